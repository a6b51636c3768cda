/*
 * App Runner's structures in a script: as JSON, and in the short form of the
 * AWS CLI (Cpu=1024,Memory=2048,Image={Port=8080}). The names of the members
 * are those of https://docs.aws.amazon.com/apprunner/latest/api/
 * API_CreateService.html, the short form is that of
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html
 */
#include "core/migrate_read.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "core/migrate_shell.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 24 };

struct structure {
    struct migrate_reading *reading;
    const char *text; /* the place of a member is looked for in it */
    int line;
};

/* ---- where a member stands -------------------------------------------- */

static int count_lines(const char *text, const char *end)
{
    int count = 0;

    for (; text < end; text++)
        count += *text == '\n';
    return count;
}

/* The line of the first `"name"` or `name=` behind `after`. */
static int line_of(const struct structure *structure, const char *after,
                   const char *name)
{
    const char *from = after ? strstr(structure->text, after) : NULL;
    size_t size = strlen(name);
    const char *at = from ? from : structure->text;

    while (size && (at = strstr(at, name)) != NULL) {
        bool begins = at == structure->text || !isalnum((unsigned char)at[-1]);

        if (begins && (at[size] == '"' || at[size] == '=' || at[size] == '\''))
            return structure->line + count_lines(structure->text, at);
        at++;
    }
    return structure->line;
}

/* ---- members ---------------------------------------------------------- */

/* The text of a text or a number; to free, NULL for anything else. */
static char *text_of(const json_t *value)
{
    if (json_is_string(value))
        return mem_text(json_string_value(value));
    if (json_is_integer(value))
        return mem_format("%lld", (long long)json_integer_value(value));
    return NULL;
}

/* Members with one key of the configuration. The parent may be left out where
 * the script builds the structure from pieces. */
static const struct member {
    const char *name, *parent, *key;
} members[] = {
    { "ServiceName", NULL, "SERVICE_NAME" },
    { "AccessRoleArn", "AuthenticationConfiguration", "ACCESS_ROLE_ARN" },
    { "InstanceRoleArn", "InstanceConfiguration", "INSTANCE_ROLE_ARN" },
    { "Cpu", "InstanceConfiguration", "SERVICE_CPU" },
    { "Memory", "InstanceConfiguration", "SERVICE_MEMORY" },
    { "Port", "ImageConfiguration", "PORT" },
    { "Path", "HealthCheckConfiguration", "HEALTH_PATH" },
};

static bool is_health_check(const json_t *object)
{
    return json_object_get(object, "Protocol") ||
           json_object_get(object, "HealthyThreshold") ||
           json_object_get(object, "Interval");
}

static void read_member(const struct structure *structure, const json_t *object,
                        const char *parent, const char *name,
                        const json_t *value)
{
    char *text = text_of(value);

    for (size_t i = 0; text && i < sizeof(members) / sizeof(members[0]); i++) {
        const struct member *row = &members[i];

        if (strcmp(row->name, name) != 0 ||
            (parent && row->parent && strcmp(row->parent, parent) != 0) ||
            (!parent && strcmp(name, "Path") == 0 && !is_health_check(object)))
            continue;
        migrate_add(structure->reading, MIGRATE_SETTING, row->key, text,
                    line_of(structure, NULL, name), 0);
    }
    if (text && strcmp(name, "ImageIdentifier") == 0)
        migrate_add_forms(structure->reading, text,
                          line_of(structure, NULL, name));
    free(text);
}

/* ---- variables and secrets -------------------------------------------- */

static const char variables[] = "RuntimeEnvironmentVariables";
static const char secrets[] = "RuntimeEnvironmentSecrets";

static void add_entry(const struct structure *structure, const char *list,
                      const char *name, const json_t *value)
{
    char *text = text_of(value);
    int line = line_of(structure, list, name);

    if (text && migrate_unknown_why(name))
        text[0] = '\0'; /* nothing to call it by */
    if (text && strcmp(list, secrets) == 0)
        migrate_add(structure->reading, MIGRATE_REFERENCE, name, text, line, 0);
    else if (text)
        migrate_add_variable(structure->reading, name, text, line);
    free(text);
}

static const json_t *member_of(const json_t *object, const char *const *names)
{
    for (; *names; names++) {
        const json_t *found = json_object_get(object, *names);

        if (found)
            return found;
    }
    return NULL;
}

/* A map, or an array of {Name, Value}. */
static void read_entries(const struct structure *structure, const char *list,
                         json_t *entries)
{
    static const char *const names[] = { "Name", "name", NULL };
    static const char *const values[] = { "Value", "value", "ValueFrom",
                                          "valueFrom", NULL };
    const char *name;
    json_t *value;
    size_t i;

    json_object_foreach(entries, name, value)
    {
        add_entry(structure, list, name, value);
    }
    json_array_foreach(entries, i, value)
    {
        const char *text = json_string_value(member_of(value, names));

        if (text)
            add_entry(structure, list, text, member_of(value, values));
    }
}

/* ---- all of it -------------------------------------------------------- */

static void walk(const struct structure *structure, json_t *json,
                 const char *parent, int depth)
{
    const char *name;
    json_t *value;
    size_t i;

    if (depth > DEEPEST)
        return;
    json_array_foreach(json, i, value)
    {
        walk(structure, value, parent, depth + 1);
    }
    json_object_foreach(json, name, value)
    {
        if (strcmp(name, variables) == 0)
            read_entries(structure, variables, value);
        else if (strcmp(name, secrets) == 0)
            read_entries(structure, secrets, value);
        else if (json_is_object(value) || json_is_array(value))
            walk(structure, value, name, depth + 1);
        else
            read_member(structure, json, parent, name, value);
    }
}

/* ---- JSON with unknown parts ------------------------------------------ */

/* Unknown parts become texts of JSON: one within a text, else one alone. */
static void repair(const char *text, struct strbuf *out)
{
    bool within = false;

    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte < MIGRATE_UNKNOWNS)
            strbuf_addf(out, within ? "\\u%04x" : "\"\\u%04x\"", byte);
        else
            strbuf_addc(out, *text);
        if (within && byte == '\\' && text[1])
            strbuf_addc(out, *++text);
        else if (byte == '"')
            within = !within;
    }
}

static json_t *parse_json(const char *text)
{
    struct strbuf json = { 0 };
    json_t *parsed;

    repair(text, &json);
    parsed =
        json_loadb(strbuf_text(&json), json.len, JSON_DISABLE_EOF_CHECK, NULL);
    strbuf_release(&json);
    return parsed;
}

/* ---- the short form --------------------------------------------------- */

static json_t *parse_pairs(const char **at, int depth);

static json_t *parse_list(const char **at, int depth)
{
    json_t *list = json_array();

    while (**at && **at != ']') {
        const char *start = *at;

        if (**at == '{') {
            ++*at;
            json_array_append_new(list, parse_pairs(at, depth + 1));
        } else {
            *at += strcspn(*at, ",]");
            json_array_append_new(list,
                                  jsonx_string(start, (size_t)(*at - start)));
        }
        *at += **at == ',';
    }
    *at += **at == ']';
    return list;
}

static json_t *parse_plain(const char **at)
{
    const char *start = *at;
    char quote = *start == '"' || *start == '\'' ? *start : 0;
    size_t size;

    if (quote) {
        const char *end = strchr(++start, quote);

        size = end ? (size_t)(end - start) : strlen(start);
        *at = start + size + (end != NULL);
        return jsonx_string(start, size);
    }
    size = strcspn(start, ",}]");
    *at = start + size;
    return jsonx_string(start, size);
}

/* NAME=VALUE,... up to behind the brace that closes them. */
static json_t *parse_pairs(const char **at, int depth)
{
    json_t *map = json_object();

    while (**at && **at != '}') {
        size_t size;
        char *name;
        json_t *value;

        *at += strspn(*at, " \t\r\n");
        size = strcspn(*at, "=,{}[]\"' ");
        if (!size || (*at)[size] != '=')
            break;
        name = mem_bytes(*at, size);
        *at += size + 1;
        if (depth < DEEPEST && (**at == '{' || **at == '[')) {
            bool is_map = *(*at)++ == '{';

            value =
                is_map ? parse_pairs(at, depth + 1) : parse_list(at, depth + 1);
        } else {
            value = parse_plain(at);
        }
        json_object_set_new(map, name, value);
        free(name);
        *at += **at == ',';
    }
    *at += **at == '}';
    return map;
}

/* ---- either ----------------------------------------------------------- */

void migrate_read_value(struct migrate_reading *reading, const char *text,
                        const char *parent, int line)
{
    struct structure structure = { reading, text, line };
    const char *start = text + strspn(text, " \t\r\n");
    json_t *json = NULL;

    if (*start == '{' || *start == '[')
        json = parse_json(start);
    else if (parent)
        json = parse_pairs(&start, 0);
    walk(&structure, json, parent, 0);
    json_decref(json);
}

void migrate_read_input(const char *bytes, size_t size,
                        struct migrate_reading *reading)
{
    char *text = mem_bytes(bytes, size);

    migrate_read_value(reading, text, NULL, 1);
    free(text);
}
