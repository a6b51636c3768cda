#include "core/config.h"

#include "base/clock.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/redact.h"
#include "core/envfile.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENV_FILE_LIMIT = 1 << 20 };

/* ---- the known keys --------------------------------------------------- */

static bool check_number(const char *value, struct error *err)
{
    char *end;
    long number = strtol(value, &end, 10);

    if (isdigit((unsigned char)value[0]) && !*end && number > 0 &&
        number <= 1000000)
        return true;
    error_set(err, ERROR_INPUT, "'%s' is not a number from 1 to 1000000",
              value);
    return error_hint(err, "write a whole number");
}

static bool check_port(const char *value, struct error *err)
{
    if (check_number(value, NULL) && atol(value) <= 65535)
        return true;
    error_set(err, ERROR_INPUT, "'%s' is not a port", value);
    return error_hint(err, "a port is a number from 1 to 65535");
}

static bool check_duration(const char *value, struct error *err)
{
    int64_t ignored;

    return clock_parse_duration(value, &ignored, err);
}

static bool check_name(const char *value, struct error *err)
{
    size_t size = strspn(value, "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    if (size && size <= 128 && !value[size] && value[0] != '.' &&
        value[0] != '-')
        return true;
    error_set(err, ERROR_INPUT, "'%s' is not a usable name", value);
    return error_hint(err, "use letters, digits, '.', '_' and '-', "
                           "starting with a letter or digit");
}

static bool check_path(const char *value, struct error *err)
{
    if (value[0] == '/')
        return true;
    error_set(err, ERROR_INPUT, "'%s' does not start with '/'", value);
    return error_hint(err, "write the path of the URL, like /healthz");
}

static bool check_auto_deployments(const char *value, struct error *err)
{
    if (strcmp(value, "restore") == 0 || strcmp(value, "on") == 0 ||
        strcmp(value, "off") == 0)
        return true;
    error_set(err, ERROR_INPUT, "'%s' is not restore, on or off", value);
    return false;
}

static bool check_flag(const char *value, struct error *err)
{
    if (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0)
        return true;
    error_set(err, ERROR_INPUT, "'%s' is not yes or no", value);
    return false;
}

static bool check_state_backend(const char *value, struct error *err)
{
    if (strcmp(value, "local") == 0)
        return true;
    if (strncmp(value, "s3://", 5) == 0)
        error_set(err, ERROR_INPUT, "this build cannot share state in S3");
    else
        error_set(err, ERROR_INPUT, "'%s' is no state backend", value);
    return error_hint(err, "write local, or leave it out");
}

static const struct config_key keys[] = {
    { "PROJECT_NAME", NULL, NULL, "name shown for the project" },
    { "ENVIRONMENT", "dev", check_name, "environment deployed to" },
    { "AWS_REGION", NULL, check_name, "AWS region" },
    { "AWS_PROFILE", NULL, NULL, "AWS profile" },
    { "DEPLOY_TARGET", NULL, check_name, "what is deployed to" },
    { "SERVICE_NAME", NULL, check_name, "App Runner service" },
    { "ECR_REPOSITORY", NULL, NULL, "ECR repository" },
    { "DOCKERFILE", "Dockerfile", NULL, "Dockerfile of the image" },
    { "BUILD_CONTEXT", ".", NULL, "folder sent to the builder" },
    { "BUILD_ARGS", NULL, NULL, "build arguments" },
    { "PORT", "8080", check_port, "port the service listens on" },
    { "HEALTH_PATH", "/healthz", check_path, "path of the health check" },
    { "HEALTH_EXPECT", NULL, NULL, "assertions on the health answer" },
    { "HEALTH_URL", NULL, NULL, "URL that overrides the service's own" },
    { "SERVICE_CPU", "1024", NULL, "CPU units of a new service" },
    { "SERVICE_MEMORY", "2048", NULL, "memory of a new service in MB" },
    { "ACCESS_ROLE_ARN", NULL, NULL, "role that pulls the image" },
    { "INSTANCE_ROLE_ARN", NULL, NULL, "role of the running service" },
    { "SERVICE_CONFIG", "service.json", NULL, "environment and secrets" },
    { "DEPLOY_TIMEOUT", "2700", check_duration, "longest wait for the cloud" },
    { "HEALTH_TIMEOUT", "10", check_duration, "longest health request" },
    { "HEALTH_RETRIES", "10", check_number, "health requests at most" },
    { "IMAGE_RETENTION", "10", check_number, "images kept by prune" },
    { "ROLLBACK_WAIT", "10m", check_duration,
      "longest wait for a service that is stuck, before a rollback" },
    { "NO_ROLLBACK", NULL, check_flag, "leaves a failed deployment as it is" },
    { "RECREATE_SERVICE", NULL, check_flag,
      "creates a service anew that somebody deleted" },
    { "DESTROY_REPOSITORY", NULL, check_flag,
      "destroy also deletes the repository and its images" },
    { "AUTO_DEPLOYMENTS", "restore", check_auto_deployments,
      "automatic deployments after ours" },
    { "STATE_BACKEND", "local", check_state_backend, "where state is shared" },
    { "SECRET_KEYS", NULL, NULL, "further keys whose values are masked" },
    { "HISTORY_RUNS", "50", check_number, "runs kept in the history" },
    { NULL, NULL, NULL, NULL },
};

const struct config_key *config_keys(void)
{
    return keys;
}

/* ---- values ----------------------------------------------------------- */

const struct config_value *config_find(const struct config *config,
                                       const char *key)
{
    for (size_t i = 0; i < config->count; i++) {
        if (strcmp(config->values[i].key, key) == 0)
            return &config->values[i];
    }
    return NULL;
}

const char *config_get(const struct config *config, const char *key)
{
    const struct config_value *value = config_find(config, key);

    return value && value->value[0] ? value->value : NULL;
}

int64_t config_number(const struct config *config, const char *key)
{
    const char *value = config_get(config, key);

    return value ? strtoll(value, NULL, 10) : 0;
}

/* Sets the key unless a higher source has set it already. */
static struct config_value *add_value(struct config *config, const char *key,
                                      const char *value,
                                      enum config_origin origin)
{
    struct config_value *entry;

    if (config_find(config, key))
        return NULL;
    config->values = mem_grow(config->values, config->count, &config->capacity,
                              sizeof(*config->values));
    entry = &config->values[config->count++];
    *entry = (struct config_value){ .key = mem_text(key),
                                    .value = mem_text(value),
                                    .origin = origin };
    return entry;
}

static void add_from_environment(struct config *config, const char *key)
{
    const char *value = getenv(key);

    if ((!value || !*value) && strcmp(key, "AWS_REGION") == 0)
        value = getenv("AWS_DEFAULT_REGION");
    if (value && *value)
        add_value(config, key, value, CONFIG_ENVIRONMENT);
}

/* ---- files ------------------------------------------------------------ */

static const char *look_up(void *context, const char *key)
{
    const struct config_value *value = config_find(context, key);

    return value ? value->value : getenv(key);
}

static bool parse_file(struct config *config, const char *dir, const char *name,
                       struct envfile *entries, struct error *err)
{
    char *path = fileio_join(dir, name);
    struct strbuf text = { 0 };
    bool ok = fileio_read(AT_FDCWD, path, ENV_FILE_LIMIT, &text, err) &&
              envfile_parse(name, strbuf_text(&text), text.len, look_up, config,
                            entries, err);

    strbuf_release(&text);
    free(path);
    return ok;
}

static bool add_file(struct config *config, const char *dir, const char *name,
                     struct error *err)
{
    struct envfile entries = { 0 };
    struct error reading = { 0 };

    if (!parse_file(config, dir, name, &entries, &reading)) {
        if (reading.code == ERROR_NOT_FOUND)
            return true;
        reading.code = ERROR_INPUT;
        if (err)
            *err = reading;
        return false;
    }
    for (size_t i = entries.count; i-- > 0;) {
        const struct envfile_entry *entry = &entries.entries[i];
        struct config_value *value;

        add_from_environment(config, entry->key);
        value = add_value(config, entry->key, entry->value, CONFIG_FILE);
        if (value) {
            value->file = mem_text(name);
            value->line = entry->line;
        }
    }
    envfile_release(&entries);
    return true;
}

/* ENVIRONMENT as a file of the project says it, when nothing higher does: it
 * chooses the overlay, which itself ranks above that file. */
static char *environment_of_files(struct config *config, const char *dir,
                                  struct error *err)
{
    static const char *const names[] = { ".env", "deployment-config.env" };
    char *chosen = NULL;

    for (size_t i = 0; !chosen && i < 2; i++) {
        struct envfile entries = { 0 };
        struct error reading = { 0 };

        if (parse_file(config, dir, names[i], &entries, &reading)) {
            chosen = mem_text(envfile_value(&entries, "ENVIRONMENT"));
        } else if (reading.code != ERROR_NOT_FOUND) {
            reading.code = ERROR_INPUT;
            *err = reading;
            return NULL;
        }
        envfile_release(&entries);
    }
    return chosen;
}

/* Whether the state in use is the environment's own. A stepdeck that a step of
 * this project has called goes by the folder that step was given: what chose
 * the environment there is not what chooses it here. */
static bool has_separate_state(const char *dir, bool explicit_choice)
{
    const char *given = getenv("DEPLOYMENT_STATE_DIR");
    char *folder = mem_format("%s/.deployment-state", dir);
    size_t size = strlen(folder);
    bool separate = explicit_choice;

    if (given && getenv("STEPDECK_RUN_ID") && strncmp(given, folder, size) == 0)
        separate = given[size] == '/';
    free(folder);
    return separate;
}

static bool choose_environment(struct config *config, const char *dir,
                               const char *option, struct error *err)
{
    const char *variable = getenv("ENVIRONMENT");
    bool explicit_choice = option || (variable && *variable);
    char *chosen = option            ? mem_text(option)
                   : explicit_choice ? mem_text(variable)
                                     : environment_of_files(config, dir, err);
    char *name = NULL, *path = NULL;
    bool ok = !error_is_set(err);

    if (!ok || !chosen || !*chosen)
        goto out;
    if (!check_name(chosen, err)) {
        ok = error_wrap(err, "the environment's name");
        goto out;
    }
    name = mem_format("environments/%s.env", chosen);
    path = fileio_join(dir, name);
    if (fileio_exists(AT_FDCWD, path)) {
        config->environment = mem_text(chosen);
        config->separate_state = has_separate_state(dir, explicit_choice);
        ok = add_file(config, dir, name, err);
    } else if (option) {
        error_set(err, ERROR_INPUT, "there is no environment '%s'", chosen);
        ok = error_hint(err, "create %s, or choose another with --env", name);
    }
out:
    free(path);
    free(name);
    free(chosen);
    return ok;
}

static bool check_values(const struct config *config, struct error *err)
{
    for (const struct config_key *key = keys; key->name; key++) {
        const struct config_value *value = config_find(config, key->name);
        char *origin;

        if (!value || !value->value[0] || !key->check ||
            key->check(value->value, err))
            continue;
        origin = config_origin_text(value);
        error_wrap(err, "%s: %s", origin, key->name);
        free(origin);
        return false;
    }
    return true;
}

static void note_short_secrets(struct config *config)
{
    for (size_t i = 0; i < config->count; i++) {
        const struct config_value *value = &config->values[i];

        if (value->origin != CONFIG_DEFAULT && value->value[0] &&
            strlen(value->value) < REDACT_MIN_BYTES &&
            config_is_secret(config, value->key))
            strvec_addf(&config->warnings,
                        "the value of %s is too short to be masked in logs "
                        "(fewer than %d characters)",
                        value->key, (int)REDACT_MIN_BYTES);
    }
}

bool config_load(struct config *config, const char *dir,
                 const char *environment, const struct strvec *options,
                 struct error *err)
{
    struct error unwanted = { 0 };
    bool ok = true;

    if (!err)
        err = &unwanted;
    /* An option given twice counts as it was given last. */
    for (size_t i = options ? options->count : 0; i-- > 0;) {
        const char *equals = strchr(options->items[i], '=');
        char *key =
            mem_bytes(options->items[i], (size_t)(equals - options->items[i]));

        add_value(config, key, equals + 1, CONFIG_OPTION);
        free(key);
    }
    if (environment)
        add_value(config, "ENVIRONMENT", environment, CONFIG_OPTION);
    for (const struct config_key *key = keys; key->name; key++)
        add_from_environment(config, key->name);
    ok = choose_environment(config, dir, environment, err) &&
         add_file(config, dir, ".env", err) &&
         add_file(config, dir, "deployment-config.env", err);
    for (const struct config_key *key = keys; ok && key->name; key++) {
        if (key->missing)
            add_value(config, key->name, key->missing, CONFIG_DEFAULT);
    }
    ok = ok && check_values(config, err);
    if (!ok) {
        config_release(config);
        return false;
    }
    note_short_secrets(config);
    return true;
}

void config_release(struct config *config)
{
    for (size_t i = 0; i < config->count; i++) {
        free(config->values[i].key);
        free(config->values[i].value);
        free(config->values[i].file);
    }
    free(config->values);
    free(config->environment);
    strvec_release(&config->warnings);
    *config = (struct config){ 0 };
}

char *config_origin_text(const struct config_value *value)
{
    switch (value->origin) {
    case CONFIG_OPTION:
        return mem_text("option");
    case CONFIG_ENVIRONMENT:
        return mem_text("environment");
    case CONFIG_FILE:
        return mem_format("%s:%d", value->file, value->line);
    case CONFIG_DEFAULT:
        break;
    }
    return mem_text("default");
}

bool config_is_secret(const struct config *config, const char *key)
{
    const char *listed = config_get(config, "SECRET_KEYS");
    struct strvec names = { 0 };
    bool found;

    if (redact_is_secret_name(key))
        return true;
    if (!listed)
        return false;
    strvec_split(&names, listed, ", \t");
    found = strvec_has(&names, key);
    strvec_release(&names);
    return found;
}

json_t *config_json(const struct config *config)
{
    json_t *json = json_object();

    for (size_t i = 0; i < config->count; i++) {
        const struct config_value *value = &config->values[i];
        bool secret = config_is_secret(config, value->key);
        char *origin = config_origin_text(value);
        json_t *entry = json_object();

        jsonx_set_text(entry, "value", secret ? "***" : value->value);
        jsonx_set_text(entry, "origin", origin);
        json_object_set_new(json, value->key, entry);
        free(origin);
    }
    return json;
}

void config_export(const struct config *config, struct strvec *environment)
{
    for (size_t i = 0; i < config->count; i++) {
        const struct config_value *value = &config->values[i];

        if (value->origin != CONFIG_DEFAULT ||
            strcmp(value->key, "PROJECT_NAME") == 0 ||
            strcmp(value->key, "ENVIRONMENT") == 0)
            strvec_addf(environment, "%s=%s", value->key, value->value);
    }
}
