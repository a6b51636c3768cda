#include "cli/command.h"

#include "cli/output.h"
#include "core/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct command *const *command_table(void)
{
    static const struct command *const table[] = {
        &command_setup,      &command_migrate,
        &command_init,       &command_new,
        &command_plan,       &command_deploy,
        &command_run,        &command_next,
        &command_preflight,  &command_lint,
        &command_status,     &command_history,
        &command_logs,       &command_attach,
        &command_errors,     &command_checkpoints,
        &command_report,     &command_rehearse,
        &command_rollback,   &command_prune,
        &command_destroy,    &command_lock,
        &command_completion, &command_version,
        &command_help,       NULL,
    };

    return table;
}

const struct command *command_find(const char *name)
{
    const struct command *const *table = command_table();

    for (size_t i = 0; table[i]; i++) {
        if (strcmp(table[i]->name, name) == 0)
            return table[i];
    }
    return NULL;
}

int command_fail(const struct error *err)
{
    char *message = output_safe(err->message);
    char *hint = output_safe(err->hint);

    output_flush();
    fprintf(stderr, "stepdeck: %s\n", message);
    if (*hint)
        fprintf(stderr, "  %s\n", hint);
    free(message);
    free(hint);
    return engine_exit_status(err);
}
