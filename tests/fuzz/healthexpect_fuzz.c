/* Before the first newline stand the assertions, behind it the answer. As many
 * paths as values come out, no path is empty, and what does not hold is told.
 */
#include "aws/apprunner/healthexpect.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_bytes((const char *)data, size);
    char *body = strchr(text, '\n');
    struct healthexpect expect;
    struct error err = { 0 };
    json_t *answer = NULL;

    if (body) {
        *body++ = '\0';
        answer = json_loads(body, JSON_DECODE_ANY, NULL);
    }
    if (healthexpect_parse(text, &expect, &err)) {
        demand(expect.paths.count == expect.values.count);
        for (size_t i = 0; i < expect.paths.count; i++)
            demand(expect.paths.items[i][0]);
        demand(healthexpect_check(&expect, answer, &err) ||
               err.code == ERROR_BLOCKED);
        demand(expect.paths.count || !error_is_set(&err));
        healthexpect_release(&expect);
    } else {
        demand(err.code == ERROR_INPUT && err.hint[0]);
    }
    json_decref(answer);
    free(text);
    return 0;
}
