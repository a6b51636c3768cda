/*
 * Whether the full-screen console does it, and what is printed when it is
 * left. main.c says which console there is.
 */
#ifndef STEPDECK_CLI_SCREEN_H
#define STEPDECK_CLI_SCREEN_H

#include "cli/options.h"
#include "core/console.h"

/* NULL: this build has none. */
void screen_set(console_runner *runner);

/* Why there is no console for these options here, NULL when there is. */
const char *screen_why_not(const struct options *options);

/* Runs the console and, behind it, prints the summary of its run. False when
 * there was none to be had after all (screen_why_not() then says why): plain
 * lines have to do it. `request` without theme and the like, which the options
 * say; `resume` is the command that goes on (may be NULL). */
NODISCARD bool screen_run(const struct options *options,
                          struct console_request *request, const char *resume,
                          int *exit_status);

/* The console for nothing in particular; false as above. */
NODISCARD bool screen_open(const struct options *options, bool sets_up,
                           int *exit_status);

#endif
