/* Foreign XML: never a crash, an error for each refusal, and JSON of texts,
 * arrays and objects only, of bounded depth. */
#include "aws/xml.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_value(const json_t *json, int depth)
{
    const char *name;
    const json_t *member;
    size_t i;

    check(depth <= 64);
    if (json_is_string(json)) {
        check(utf8_is_valid(json_string_value(json), json_string_length(json)));
    } else if (json_is_array(json)) {
        check(json_array_size(json) > 0);
        json_array_foreach(json, i, member) check_value(member, depth + 1);
    } else {
        check(json_object_size(json) > 0);
        json_object_foreach((json_t *)(uintptr_t)json, name, member)
            check_value(member, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = { 0 };
    char *root = NULL;
    json_t *json = xml_parse((const char *)data, size, &root, &err);

    check((json != NULL) == (root != NULL));
    check((json != NULL) != (err.code == ERROR_INPUT && err.message[0]));
    if (json)
        check_value(json, 0);
    json_decref(json);
    free(root);
    return 0;
}
