/* What is found is a version, and the order of two texts does not depend on
 * which is asked first. The lines of the input are compared pair by pair. */
#include "base/mem.h"
#include "base/strvec.h"
#include "core/version.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

static void check_order(const char *a, const char *b, const char *c)
{
    int ab = sign(version_compare(a, b));
    int bc = sign(version_compare(b, c));
    int ac = sign(version_compare(a, c));

    demand(version_compare(a, a) == 0);
    demand(ab == -sign(version_compare(b, a)));
    if (ab == bc || bc == 0)
        demand(ac == ab);
    if (ab == 0)
        demand(ac == bc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_bytes((const char *)data, size);
    char found[VERSION_TEXT_SIZE];
    struct strvec lines = { 0 };

    if (version_find(text, found, sizeof(found)))
        demand(version_is_valid(found));
    else
        demand(found[0] == '\0');
    strvec_split(&lines, text, "\n");
    for (size_t i = 2; i < lines.count; i++)
        check_order(lines.items[i - 2], lines.items[i - 1], lines.items[i]);
    strvec_release(&lines);
    free(text);
    return 0;
}
