/*
 * The project's configuration: values, each with where it came from.
 *
 *     struct config config = { 0 };
 *     if (!config_load(&config, dir, environment, &options, &err)) ...
 *     const char *region = config_get(&config, "AWS_REGION");
 *     config_release(&config);
 *
 * Highest first: option, process environment, environments/NAME.env, .env,
 * deployment-config.env, built-in default (design 4). The files are read,
 * never executed. Read-only after loading, so any thread may read it.
 */
#ifndef STEPDECK_CORE_CONFIG_H
#define STEPDECK_CORE_CONFIG_H

#include "base/error.h"
#include "base/strvec.h"

#include <jansson.h>

enum config_origin {
    CONFIG_OPTION,
    CONFIG_ENVIRONMENT,
    CONFIG_FILE,
    CONFIG_DEFAULT
};

struct config_value {
    char *key;
    char *value;
    enum config_origin origin;
    char *file; /* for CONFIG_FILE, else NULL */
    int line;
};

struct config {
    struct config_value *values;
    size_t count, capacity;
    char *environment;      /* NAME of environments/NAME.env in use, or NULL */
    bool separate_state;    /* that environment keeps its own state */
    struct strvec warnings; /* sentences for the user */
};

/* One known key. `check` is NULL when any text will do. */
struct config_key {
    const char *name;
    const char *missing; /* the default; NULL for none */
    bool (*check)(const char *value, struct error *err);
    const char *meaning;
};

/* The known keys, ended by a NULL name. */
const struct config_key *config_keys(void);

/* Loads the configuration of the project in `dir`. `environment` is --env or
 * NULL; `options` is a list of "KEY=VALUE" from the command line, may be NULL.
 * ERROR_INPUT names file, line and column. `config` is released on failure. */
NODISCARD bool config_load(struct config *config, const char *dir,
                           const char *environment,
                           const struct strvec *options, struct error *err);
void config_release(struct config *config);

/* The value, or NULL when there is none or it is empty. Borrowed. */
const char *config_get(const struct config *config, const char *key);
const struct config_value *config_find(const struct config *config,
                                       const char *key);
/* The number in a key whose check guarantees one. */
int64_t config_number(const struct config *config, const char *key);

/* "option", "environment", ".env:3", "default"; to free. */
char *config_origin_text(const struct config_value *value);

/* {KEY: {"value":..., "origin":...}}; secret values as "***". */
json_t *config_json(const struct config *config);

/* Whether the key's value is to be masked: a secret-looking name, or one that
 * SECRET_KEYS lists. */
bool config_is_secret(const struct config *config, const char *key);

/* Appends KEY=VALUE of everything that step scripts see: what was set by an
 * option or a file, and PROJECT_NAME and ENVIRONMENT always. */
void config_export(const struct config *config, struct strvec *environment);

#endif
