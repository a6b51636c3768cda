/* Foreign JSON: never a crash, an error for each refusal, and what was read
 * survives being written and read again. */
#include "base/jsonx.h"

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

static void check_round_trip(const json_t *json)
{
    char *line = jsonx_line(json);
    json_t *again;

    check(line && !strchr(line, '\n'));
    again = jsonx_parse_object(line, strlen(line), NULL);
    check(again && json_equal(json, again));
    json_decref(again);
    free(line);
}

static void read_members(json_t *json)
{
    const char *name;
    json_t *member;

    json_object_foreach(json, name, member)
    {
        check(jsonx_text(json, name, NULL) == json_string_value(member));
        check(jsonx_bool(json, name) == json_is_true(member));
        if (!json_is_integer(member))
            check(jsonx_int(json, name, 42) == 42);
        jsonx_text(member, name, "");
    }
}

/* Any bytes make a text of valid UTF-8. */
static void check_string(const char *bytes, size_t size)
{
    json_t *string = jsonx_string(bytes, size);

    check(json_is_string(string));
    check(utf8_is_valid(json_string_value(string), json_string_length(string)));
    json_decref(string);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct error err = { 0 };
    json_t *json = jsonx_parse_object(bytes, size, &err);

    if (json) {
        check(!error_is_set(&err));
        read_members(json);
        check_round_trip(json);
    } else {
        check(err.code == ERROR_INPUT && err.message[0]);
    }
    json_decref(json);
    check_string(bytes, size);
    return 0;
}
