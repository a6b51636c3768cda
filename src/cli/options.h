/*
 * The command line: one table of options, from which the parser, its error
 * messages, every --help, the completions and the manual page are made.
 *
 *     struct options options = { 0 };
 *     if (!options_parse(&options, argc, argv, &err)) ... exit 2
 *     command_table()[...].run(&options)
 *     options_release(&options);
 */
#ifndef STEPDECK_CLI_OPTIONS_H
#define STEPDECK_CLI_OPTIONS_H

#include "base/error.h"
#include "base/strvec.h"

#include <stddef.h>
#include <stdint.h>

/* Groups of options; a command names those it takes. */
enum option_group {
    OPTIONS_COMMON = 1 << 0,  /* every command */
    OPTIONS_PROJECT = 1 << 1, /* --env and what overrides the configuration */
    OPTIONS_RUN = 1 << 2,     /* what runs steps */
    OPTIONS_SELECT = 1 << 3,  /* which steps */
    OPTIONS_DEPLOY = 1 << 4,  /* the cloud target */
    OPTIONS_JSON = 1 << 5,
    OPTIONS_WATCH = 1 << 6,
    OPTIONS_FOLLOW = 1 << 7,
    OPTIONS_REPORT = 1 << 8,
    OPTIONS_APPROVE = 1 << 9,
    OPTIONS_SETUP = 1 << 10,
    OPTIONS_ROLLBACK = 1 << 11,
    OPTIONS_PRUNE = 1 << 12,
    OPTIONS_REHEARSE = 1 << 13,
    OPTIONS_MIGRATE = 1 << 14,
    OPTIONS_DRY_RUN = 1 << 15 /* only that one */
};

enum option_id {
    OPTION_HELP,
    OPTION_DIR,
    OPTION_VERBOSE,
    OPTION_QUIET,
    OPTION_COLOR,
    OPTION_ASCII,
    OPTION_NO_TUI,
    OPTION_THEME,
    OPTION_ENV,
    OPTION_SERVICE_NAME,
    OPTION_REGION,
    OPTION_ECR_REPO,
    OPTION_PROFILE,
    OPTION_JSON,
    OPTION_EVENTS,
    OPTION_AUTO_APPROVE,
    OPTION_FRESH_START,
    OPTION_SKIP_PREFLIGHT,
    OPTION_DRY_RUN,
    OPTION_JOBS,
    OPTION_LOCK_WAIT,
    OPTION_FROM,
    OPTION_UNTIL,
    OPTION_ONLY,
    OPTION_SKIP,
    OPTION_FORCE_LATEST,
    OPTION_FORCE_RESTART,
    OPTION_TAIL,
    OPTION_CLEANUP_OLD,
    OPTION_PRUNE_IMAGES,
    OPTION_DEPLOY_TIMEOUT,
    OPTION_HEALTH_TIMEOUT,
    OPTION_HEALTH_RETRIES,
    OPTION_NO_ROLLBACK,
    OPTION_TO,
    OPTION_KEEP,
    OPTION_FAIL,
    OPTION_UNDO,
    OPTION_WATCH,
    OPTION_FOLLOW,
    OPTION_FORMAT,
    OPTION_WIZARD,
    OPTION_ANSWERS,
    OPTION_VERSION,
    OPTION_COUNT
};

/* One row of the table. */
struct option_row {
    enum option_id id;
    const char *name;     /* "--dry-run" without the dashes */
    char letter;          /* 0: none */
    const char *argument; /* "SECONDS"; NULL: takes none; "[N]": optional */
    unsigned groups;
    const char *key; /* configuration key it overrides, or NULL */
    const char *help;
};

/* OPTION_COUNT rows, in the order of their ids. */
const struct option_row *option_table(void);

struct options {
    const struct command *command; /* NULL: none given, and no option that
                                      would mean deploy */
    bool given[OPTION_COUNT];
    const char *values[OPTION_COUNT]; /* borrowed from argv; "" without one */
    struct strvec only, skip;         /* repeated options */
    struct strvec overrides;          /* "KEY=VALUE" for config_load() */
    struct strvec arguments;          /* what follows the command */
    int verbose;
};

/* ERROR_INPUT with a did-you-mean. Options but no command mean deploy. */
NODISCARD bool options_parse(struct options *options, int argc, char **argv,
                             struct error *err);
void options_release(struct options *options);

/* The duration of an option, `missing` when it was not given. Checked when
 * parsed. */
int64_t options_duration(const struct options *options, enum option_id id,
                         int64_t missing);
int64_t options_number(const struct options *options, enum option_id id,
                       int64_t missing);

#endif
