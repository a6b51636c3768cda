/* Any bytes give a header within its bounds and of valid text, or an error
 * that names a place; its prerequisites go on through the next parser. */
#include "base/utf8.h"
#include "core/header.h"
#include "core/needs.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void check_text(const char *text)
{
    if (text)
        demand(utf8_is_valid(text, strlen(text)));
}

static void check_items(const struct strvec *items)
{
    for (size_t i = 0; i < items->count; i++) {
        check_text(items->items[i]);
        demand(items->items[i][0] != '\0');
        (void)need_is_output_path(items->items[i]);
    }
}

static void check_needs(const struct strvec *items)
{
    struct error err = { 0 };
    struct need *needs;
    size_t count;

    if (needs_parse(items, &needs, &count, &err)) {
        for (size_t i = 0; i < count; i++) {
            demand((needs[i].name == NULL) == (needs[i].kind == NEED_PROSE));
            demand((needs[i].version == NULL) == (needs[i].op == VERSION_ANY));
        }
    } else {
        demand(err.code == ERROR_INPUT && *err.hint && !needs && !count);
    }
    needs_free(needs, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct header header;
    struct error err = { 0 };

    if (header_parse("fuzz", (const char *)data, size, &header, &err)) {
        check_text(header.shebang);
        check_text(header.title);
        check_text(header.description);
        check_text(header.confirm);
        check_text(header.parallel);
        check_items(&header.prerequisites_raw);
        check_items(&header.inputs);
        check_items(&header.outputs);
        check_items(&header.remarks);
        check_needs(&header.prerequisites_raw);
        demand(header.attempts >= 0 && header.attempts <= HEADER_MOST_ATTEMPTS);
        demand(header.delay_ms >= -1 && header.timeout_ms >= 0);
    } else {
        demand(err.code == ERROR_INPUT && *err.hint);
        demand(strncmp(err.message, "fuzz:", strlen("fuzz:")) == 0);
    }
    header_release(&header);
    return 0;
}
