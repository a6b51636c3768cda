#include "aws/apprunner/servicefile.h"

#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "core/project.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* Lengths of the API's model:
 * https://docs.aws.amazon.com/apprunner/latest/api/API_ImageConfiguration.html
 */
struct kind {
    const char *member;   /* of the file */
    size_t longest;       /* name or value */
    bool may_be_empty;    /* the value */
    const char *value[4]; /* names of the value's member in an array */
};

static const struct kind environment_kind = {
    "environment", 51200, true, { "Value", "value", NULL }
};
static const struct kind secrets_kind = {
    "secrets", 2048, false, { "Value", "value", "ValueFrom", "valueFrom" }
};

/* What is read: for errors, and where it goes. */
struct reading {
    const char *file;
    const struct kind *kind;
    json_t *map;
    struct error *err;
};

static bool is_usable_name(const char *name, size_t longest)
{
    size_t size = strlen(name);

    return size && size <= longest && !strchr(name, '=') &&
           !strpbrk(name, "\r\n\t ");
}

/* https://docs.aws.amazon.com/apprunner/latest/api/API_ImageConfiguration.html
 */
static bool is_reserved(const char *name)
{
    return strncmp(name, "AWSAPPRUNNER", 12) == 0;
}

/* `place` stands for the entry: its name, or its number in an array. */
static bool add(struct reading *reading, const char *place, const char *name,
                json_t *value)
{
    const struct kind *kind = reading->kind;

    if (!is_usable_name(name, kind->longest)) {
        error_set(reading->err, ERROR_INPUT, "%s: %s: the name is not usable",
                  reading->file, place);
        return error_hint(reading->err, "a name has letters, digits and '_', "
                                        "no space and no '='");
    }
    if (is_reserved(name)) {
        error_set(reading->err, ERROR_INPUT, "%s: %s: the name is reserved",
                  reading->file, place);
        return error_hint(reading->err, "App Runner keeps AWSAPPRUNNER... to "
                                        "itself: choose another name");
    }
    if (json_object_get(reading->map, name)) {
        error_set(reading->err, ERROR_INPUT, "%s: %s: '%s' is there twice",
                  reading->file, place, name);
        return error_hint(reading->err, "remove one of the two");
    }
    if (!json_is_string(value) && !json_is_null(value)) {
        error_set(reading->err, ERROR_INPUT,
                  "%s: %s: the value of '%s' is not a text", reading->file,
                  place, name);
        return error_hint(reading->err, "put it into double quotes");
    }
    if (json_is_string(value) &&
        (json_string_length(value) > kind->longest ||
         (!json_string_length(value) && !kind->may_be_empty))) {
        error_set(reading->err, ERROR_INPUT, "%s: %s: the value of '%s' is %s",
                  reading->file, place, name,
                  json_string_length(value) ? "too long" : "empty");
        return error_hint(reading->err, "App Runner takes 1 to %zu bytes",
                          kind->longest);
    }
    json_object_set(reading->map, name, value);
    return true;
}

static bool add_map(struct reading *reading, json_t *map)
{
    const char *name;
    json_t *value;

    json_object_foreach(map, name, value)
    {
        char *place = mem_format("%s.%.64s", reading->kind->member, name);
        bool ok = add(reading, place, name, value);

        free(place);
        if (!ok)
            return false;
    }
    return true;
}

static json_t *member_of(const json_t *entry, const char *const *names,
                         size_t count)
{
    for (size_t i = 0; i < count && names[i]; i++) {
        json_t *member = json_object_get(entry, names[i]);

        if (member)
            return member;
    }
    return NULL;
}

static bool add_entry(struct reading *reading, const char *place,
                      const json_t *entry)
{
    static const char *const names[] = { "Name", "name" };
    const char *name = json_string_value(member_of(entry, names, 2));
    json_t *value = member_of(entry, reading->kind->value, 4);

    if (!name || !value) {
        error_set(reading->err, ERROR_INPUT, "%s: %s has no %s", reading->file,
                  place, name ? "Value" : "Name that is a text");
        return error_hint(reading->err,
                          "write {\"Name\": \"...\", \"Value\": \"...\"}");
    }
    return add(reading, place, name, value);
}

static bool add_array(struct reading *reading, json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        char *place = mem_format("%s[%zu]", reading->kind->member, i);
        bool ok = add_entry(reading, place, json_array_get(array, i));

        free(place);
        if (!ok)
            return false;
    }
    return true;
}

static bool add_all(const char *file, const struct kind *kind,
                    const json_t *root, json_t *map, struct error *err)
{
    struct reading reading = { file, kind, map, err };
    json_t *member = json_object_get(root, kind->member);

    if (!member || json_is_null(member))
        return true;
    if (json_is_object(member))
        return add_map(&reading, member);
    if (json_is_array(member))
        return add_array(&reading, member);
    error_set(err, ERROR_INPUT, "%s: %s is no map and no array", file,
              kind->member);
    return error_hint(err, "write {\"NAME\": \"value\"}");
}

/* A misspelled member would be left out without a word. */
static bool check_members(const char *file, json_t *root, struct error *err)
{
    static const char *const known[] = { "environment", "secrets" };
    const char *name, *nearest;
    json_t *value;

    json_object_foreach(root, name, value)
    {
        if (name[0] == '$' || name[0] == '_' || strcmp(name, known[0]) == 0 ||
            strcmp(name, known[1]) == 0)
            continue;
        nearest = suggest_nearest(name, known, 2);
        error_set(err, ERROR_INPUT, "%s: unknown member '%.64s'", file, name);
        if (nearest)
            return error_hint(err, "did you mean '%s'?", nearest);
        return error_hint(err, "known are 'environment' and 'secrets'");
    }
    return true;
}

static bool check_apart(const char *file, const struct servicefile *service,
                        struct error *err)
{
    const char *name;
    json_t *value;

    json_object_foreach(service->secrets, name, value)
    {
        if (json_is_null(value) ||
            !json_is_string(json_object_get(service->environment, name)))
            continue;
        error_set(err, ERROR_INPUT,
                  "%s: '%s' is in both environment and secrets", file, name);
        return error_hint(err, "remove one of the two");
    }
    return true;
}

/* What jansson says behind the place may quote a value. */
static json_t *parse_root(const char *file, const char *bytes, size_t size,
                          struct error *err)
{
    json_error_t detail;
    json_t *root =
        json_loadb(bytes ? bytes : "", size, JSON_REJECT_DUPLICATES, &detail);
    char *quote;

    if (json_is_object(root))
        return root;
    if (root) {
        error_set(err, ERROR_INPUT, "%s: a JSON object is expected", file);
        error_hint(err, "write {\"environment\": {\"NAME\": \"value\"}}");
    } else {
        quote = strstr(detail.text, " near ");
        if (quote)
            *quote = '\0';
        error_set(err, ERROR_INPUT, "%s: line %d, column %d: %s", file,
                  detail.line, detail.column, detail.text);
        error_hint(err, "correct the JSON there");
    }
    json_decref(root);
    return NULL;
}

bool servicefile_parse(const char *file, const char *bytes, size_t size,
                       struct servicefile *service, struct error *err)
{
    json_t *root = parse_root(file, bytes, size, err);
    bool ok;

    *service = (struct servicefile){ 0 };
    if (!root)
        return false;
    service->environment = json_object();
    service->secrets = json_object();
    ok = check_members(file, root, err) &&
         add_all(file, &environment_kind, root, service->environment, err) &&
         add_all(file, &secrets_kind, root, service->secrets, err) &&
         check_apart(file, service, err);
    json_decref(root);
    if (!ok)
        servicefile_release(service);
    return ok;
}

static bool is_named_by_user(const struct config *config)
{
    const struct config_value *value = config_find(config, "SERVICE_CONFIG");

    return value && value->origin != CONFIG_DEFAULT;
}

bool servicefile_load(const struct project *project,
                      struct servicefile *service, struct error *err)
{
    const char *name = config_get(&project->config, "SERVICE_CONFIG");
    struct strbuf text = { 0 };
    struct error reason = { 0 };
    char *path;
    bool ok;

    *service = (struct servicefile){ 0 };
    if (!name)
        return servicefile_parse("service.json", "{}", 2, service, err);
    path = fileio_join(project->dir, name);
    ok = fileio_read(AT_FDCWD, path, SERVICEFILE_LIMIT, &text, &reason);
    free(path);
    if (ok)
        ok =
            servicefile_parse(name, strbuf_text(&text), text.len, service, err);
    else if (reason.code == ERROR_NOT_FOUND &&
             !is_named_by_user(&project->config))
        ok = servicefile_parse(name, "{}", 2, service, err);
    else {
        error_set(err, ERROR_INPUT, "%s", reason.message);
        error_hint(err, "create it, or mend SERVICE_CONFIG");
    }
    strbuf_release(&text);
    return ok;
}

void servicefile_release(struct servicefile *service)
{
    json_decref(service->environment);
    json_decref(service->secrets);
    *service = (struct servicefile){ 0 };
}
