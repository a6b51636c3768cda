/* What is taken holds only texts and nulls, in usable names, and no name in
 * both maps; what is refused says why without giving maps. */
#include "aws/apprunner/servicefile.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void check_map(json_t *map)
{
    const char *name;
    json_t *value;

    demand(json_is_object(map));
    json_object_foreach(map, name, value)
    {
        demand(name[0] && !strchr(name, '='));
        demand(json_is_string(value) || json_is_null(value));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct servicefile file;
    struct error err = { 0 };
    const char *name;
    json_t *value;

    if (!servicefile_parse("f", (const char *)data, size, &file, &err)) {
        demand(err.code == ERROR_INPUT && err.hint[0]);
        demand(!file.environment && !file.secrets);
        return 0;
    }
    check_map(file.environment);
    check_map(file.secrets);
    json_object_foreach(file.secrets, name, value)
        demand(json_is_null(value) ||
               !json_is_string(json_object_get(file.environment, name)));
    servicefile_release(&file);
    return 0;
}
