/*
 * A command is one constant row: its words and its function. The table yields
 * dispatch, help, completions and the manual page.
 */
#ifndef STEPDECK_CLI_COMMAND_H
#define STEPDECK_CLI_COMMAND_H

#include "cli/options.h"

#include <stddef.h>

struct command {
    const char *name;
    const char *arguments; /* "[RUN] [STEP]", "" for none */
    size_t least, most;    /* number of arguments */
    unsigned groups;       /* of options it takes */
    const char *summary;   /* for the list: lower case, no full stop */
    const char *description;
    const char *examples; /* lines "COMMAND\0..."; one a line */
    /* Runs it and gives the exit status. */
    int (*run)(const struct options *options);
};

/* Ended by a row whose name is NULL; in the order of the help. */
const struct command *const *command_table(void);
const struct command *command_find(const char *name);

/* Shows an error as the last page does: message, hint; gives the exit status
 * for it. */
int command_fail(const struct error *err);

extern const struct command command_deploy, command_plan, command_run,
    command_preflight, command_destroy, command_next, command_lint,
    command_init, command_new, command_setup, command_migrate, command_status,
    command_history, command_logs, command_errors, command_checkpoints,
    command_report, command_attach, command_rehearse, command_rollback,
    command_prune, command_lock, command_completion, command_version,
    command_help;

#endif
