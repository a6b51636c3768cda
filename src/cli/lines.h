/*
 * The plain line printer: stable, greppable lines for logs and for people
 * without a console.
 *
 *     17:00:07 ▶ step-020-build-image  started (2/9)
 *     step-020-build-image │ what the step prints
 *     17:01:49 ✔ step-020-build-image  completed in 1m42s
 *
 * The last page repeats every error once with its suggestion, and says how to
 * go on. Child text is made safe for a terminal.
 */
#ifndef STEPDECK_CLI_LINES_H
#define STEPDECK_CLI_LINES_H

#include "cli/printer.h"

struct state;

struct lines_settings {
    const struct state *state;
    bool is_quiet;              /* no child output */
    const char *resume_command; /* "stepdeck deploy --env prod"; borrowed */
    bool use_groups;            /* GitHub's ::group:: around each step */
};

/* A printer; everything borrowed lives as long as it. */
struct printer lines_printer(const struct lines_settings *settings);

#endif
