#include "base/jsonx.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <string.h>

json_t *jsonx_parse_object(const char *bytes, size_t size, struct error *err)
{
    json_error_t detail;
    json_t *json =
        json_loadb(bytes ? bytes : "", size, JSON_REJECT_DUPLICATES, &detail);

    if (json && json_is_object(json))
        return json;
    if (json)
        error_set(err, ERROR_INPUT, "a JSON object is expected");
    else
        error_set(err, ERROR_INPUT, "line %d, column %d: %s", detail.line,
                  detail.column, detail.text);
    json_decref(json);
    return NULL;
}

const char *jsonx_text(const json_t *json, const char *name,
                       const char *missing)
{
    const char *text = json_string_value(json_object_get(json, name));

    return text ? text : missing;
}

int64_t jsonx_int(const json_t *json, const char *name, int64_t missing)
{
    const json_t *member = json_object_get(json, name);

    return json_is_integer(member) ? json_integer_value(member) : missing;
}

bool jsonx_bool(const json_t *json, const char *name)
{
    return json_is_true(json_object_get(json, name));
}

json_t *jsonx_string(const char *bytes, size_t size)
{
    json_t *string = json_stringn(bytes, size);
    struct strbuf repaired = { 0 };

    if (string)
        return string;
    utf8_repair(bytes, size, &repaired);
    string = json_stringn(strbuf_text(&repaired), repaired.len);
    strbuf_release(&repaired);
    return string;
}

void jsonx_set_text(json_t *json, const char *name, const char *text)
{
    if (text)
        json_object_set_new(json, name, jsonx_string(text, strlen(text)));
}

void jsonx_set_int(json_t *json, const char *name, int64_t number)
{
    json_object_set_new(json, name, json_integer(number));
}

void jsonx_set_bool(json_t *json, const char *name, bool value)
{
    json_object_set_new(json, name, json_boolean(value));
}

char *jsonx_line(const json_t *json)
{
    return json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
}
