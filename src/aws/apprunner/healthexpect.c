#include "aws/apprunner/healthexpect.h"

#include "base/mem.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- parsing ---------------------------------------------------------- */

static const char *skip_spaces(const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

static bool refuse(const char *at, const char *why, struct error *err)
{
    error_set(err, ERROR_INPUT, "HEALTH_EXPECT: '%.64s' %s", at, why);
    return error_hint(err,
                      "write path=value, like dependencies.db.available=true");
}

/* "items[0].name" to "items.0.name". */
static bool take_path(const char **at, struct strbuf *path)
{
    for (; **at && **at != '=' && !isspace((unsigned char)**at); (*at)++) {
        if (**at == '[')
            strbuf_addc(path, '.');
        else if (**at != ']')
            strbuf_addc(path, **at);
    }
    return **at == '=' && path->len;
}

static bool take_value(const char **at, struct strbuf *value)
{
    bool is_quoted = **at == '"';

    if (is_quoted)
        (*at)++;
    for (; **at; (*at)++) {
        if (is_quoted ? **at == '"' : isspace((unsigned char)**at) != 0)
            break;
        if (is_quoted && **at == '\\' && (*at)[1])
            (*at)++;
        strbuf_addc(value, **at);
    }
    if (!is_quoted)
        return true;
    if (**at != '"')
        return false;
    (*at)++;
    return !**at || isspace((unsigned char)**at);
}

static bool parse_one(const char **at, struct healthexpect *expect,
                      struct error *err)
{
    const char *start = *at;
    struct strbuf path = { 0 }, value = { 0 };
    bool ok = take_path(at, &path);

    if (!ok) {
        refuse(start, path.len ? "has no '='" : "has no path", err);
    } else {
        (*at)++;
        ok = take_value(at, &value);
        if (!ok)
            refuse(start, "has a quote that does not end", err);
    }
    if (ok) {
        strvec_add(&expect->paths, strbuf_text(&path));
        strvec_add(&expect->values, strbuf_text(&value));
    }
    strbuf_release(&path);
    strbuf_release(&value);
    return ok;
}

bool healthexpect_parse(const char *text, struct healthexpect *expect,
                        struct error *err)
{
    const char *at = skip_spaces(text ? text : "");

    *expect = (struct healthexpect){ 0 };
    while (*at) {
        if (!parse_one(&at, expect, err)) {
            healthexpect_release(expect);
            return false;
        }
        at = skip_spaces(at);
    }
    return true;
}

void healthexpect_release(struct healthexpect *expect)
{
    strvec_release(&expect->paths);
    strvec_release(&expect->values);
}

/* ---- checking --------------------------------------------------------- */

static const json_t *go_down(const json_t *json, const char *name)
{
    char *end;
    unsigned long index;

    if (!json_is_array(json))
        return json_object_get(json, name);
    index = strtoul(name, &end, 10);
    if (!isdigit((unsigned char)name[0]) || *end)
        return NULL;
    return json_array_get(json, index);
}

static const json_t *look_up(const json_t *json, const char *path)
{
    const char *at = path;

    while (json) {
        size_t size = strcspn(at, ".");
        char *name = mem_bytes(at, size);

        json = go_down(json, name);
        free(name);
        if (!at[size])
            break;
        at += size + 1;
    }
    return json;
}

static bool is_number(const json_t *json, const char *value)
{
    char *end;
    double number = strtod(value, &end);

    return *value && !*end && isfinite(number) &&
           !(number < json_number_value(json)) &&
           !(number > json_number_value(json));
}

static bool is_value(const json_t *json, const char *value)
{
    switch (json_typeof(json)) {
    case JSON_STRING:
        return strcmp(json_string_value(json), value) == 0;
    case JSON_INTEGER:
    case JSON_REAL:
        return is_number(json, value);
    case JSON_TRUE:
        return strcmp(value, "true") == 0;
    case JSON_FALSE:
        return strcmp(value, "false") == 0;
    case JSON_NULL:
        return strcmp(value, "null") == 0;
    case JSON_OBJECT:
    case JSON_ARRAY:
        break;
    }
    return false;
}

static char *describe(const json_t *json)
{
    char *text, *shown;

    if (!json)
        return mem_text("missing");
    if (json_is_object(json) || json_is_array(json))
        return mem_text(json_is_object(json) ? "an object" : "an array");
    text = json_dumps(json, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    shown = mem_format("%.100s", text ? text : "?");
    free(text);
    return shown;
}

bool healthexpect_check(const struct healthexpect *expect, const json_t *answer,
                        struct error *err)
{
    for (size_t i = 0; i < expect->paths.count; i++) {
        const char *path = expect->paths.items[i];
        const json_t *found = look_up(answer, path);
        char *shown;

        if (found && is_value(found, expect->values.items[i]))
            continue;
        shown = describe(found);
        error_set(err, ERROR_BLOCKED, "'%s' is %s, and '%s' is expected", path,
                  shown, expect->values.items[i]);
        free(shown);
        return error_hint(err, "mend what the service reports there, or "
                               "HEALTH_EXPECT");
    }
    return true;
}
