#include "cli/tail.h"

#include "base/cancel.h"
#include "base/clock.h"
#include "base/signals.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/workspace.h"

#include <stdio.h>
#include <stdlib.h>

/* One for the process: a signal's handler takes no argument. */
static struct cancel stopped;

static void stop(void)
{
    cancel_raise(&stopped, CANCEL_STOP);
}

/* Where stdout is data, people read stderr. */
static void print_line(void *context, int64_t time_ms, const char *source,
                       const char *line)
{
    const struct options *options = context;
    char *safe = output_safe(line);
    char time[CLOCK_TEXT_SIZE];

    clock_format_local(time_ms, time);
    if (options->given[OPTION_JSON]) {
        fprintf(stderr, "%s %s %s\n", time, source, safe);
    } else {
        output_printf("%s%s %-11s%s %s\n", output_on(STYLE_DIM), time, source,
                      output_off(), safe);
        output_flush();
    }
    free(safe);
}

int tail_follow(const struct options *options, int status)
{
    struct options mutable_options = *options;
    struct session session = { 0 };
    struct error err = { 0 };

    if (!cancel_init(&stopped, &err))
        return command_fail(&err);
    signals_tell(stop);
    if (signals_install(&err) &&
        workspace_open(&session, options, STATE_READ, &err)) {
        if (!options->given[OPTION_JSON])
            output_printf("\nThe service's log, until Ctrl-C:\n");
        output_flush();
        (void)!target_follow(&session.project, session.state, &stopped,
                             print_line, &mutable_options, &err);
    }
    /* Ctrl-C is how it ends. */
    if (error_is_set(&err) && err.code != ERROR_CANCELLED)
        status = command_fail(&err);
    workspace_close(&session);
    signals_tell(NULL);
    cancel_release(&stopped);
    return status;
}
