/*
 * What the commands that show state and the past share: times, commands to
 * copy, and the advice on what to do next.
 *
 * Texts may be foreign: they are made safe here. Main thread only.
 */
#ifndef STEPDECK_CLI_PAST_H
#define STEPDECK_CLI_PAST_H

#include "cli/options.h"
#include "cli/output.h"
#include "core/overview.h"
#include "core/project.h"

enum { PAST_MINUTE_SIZE = 17 };

/* The columns that output_icon() takes. */
int past_icon_width(void);

/* "2026-11-21 17:00", local time; "" for 0. `text` holds PAST_MINUTE_SIZE
 * bytes; returns it. */
char *past_minute(int64_t wall_ms, char *text);

/* A command that does `words` in the same folder and environment:
 * "stepdeck -C DIR deploy --env prod"; to free. */
char *past_command(const struct options *options, const char *words);

/* The step that the first argument names: one of the project, or one that was
 * and has entries in `log`. NULL without an argument, for all; to free. */
NODISCARD bool past_choose_step(const struct options *options,
                                const struct project *project,
                                const struct statelog *log, char **step,
                                struct error *err);
bool past_is_shown(const struct statelog_entry *entry, const char *step);

/* What to do next: a sentence, what mends it and the command that does it
 * (both may be NULL). */
struct past_advice {
    char *sentence;
    char *suggestion;
    char *command;
};

void past_advise(const struct overview *overview, const struct options *options,
                 struct past_advice *advice);
void past_advice_release(struct past_advice *advice);

#endif
