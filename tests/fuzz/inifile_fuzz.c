/* Any bytes give values that are part of the text, in the order of the lines,
 * and none with a line's end or an empty name. */
#include "base/inifile.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    int line;
    size_t size; /* of the input */
};

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static bool on_value(void *context, int line, const char *section,
                     const char *name, const char *value)
{
    struct seen *seen = context;

    demand(line > seen->line && (size_t)line <= seen->size);
    demand(*name && !strchr(name, '\n') && !strchr(value, '\n'));
    demand(strlen(section) < seen->size);
    demand(strlen(name) + strlen(value) < seen->size);
    seen->line = line;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen seen = { .size = size };
    struct error err = { 0 };
    int bad_line = -1;

    if (inifile_parse((const char *)data, size, on_value, &seen, &bad_line,
                      &err))
        demand(bad_line >= 0 && (size_t)bad_line <= size);
    else
        demand(err.code == ERROR_INPUT && size > INIFILE_SIZE_LIMIT);
    return 0;
}
