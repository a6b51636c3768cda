/*
 * What the history knows: which run and step are selected, and what has been
 * loaded of them. Its screens are view_history.c and view_compare.c; other
 * views come here to find the run in which something was said.
 *
 * The report of a run is asked for when the selection comes to rest on it:
 * there is one question at a time, so that running through a long list does
 * not load all of it. Whatever changes the selection calls history_settle().
 */
#ifndef STEPDECK_TUI_HISTORY_H
#define STEPDECK_TUI_HISTORY_H

#include "tui/model.h"

/* The selected run; NULL without runs. */
const struct past_run *history_run(const struct history_view *history);
/* All about the selected run; NULL while it is not known. */
const struct report *history_report(const struct history_view *history);
/* The selected step of it, or NULL. */
const struct run_step *history_step(const struct history_view *history);

/* The run that was under way at that wall time, or NULL. */
const struct past_run *history_run_at(const struct history_view *history,
                                      int64_t wall_ms);

/* Asks for what is missing and shows the log of the selected step. */
void history_settle(struct model *model);
/* Asks for the list of runs. */
void history_reload(struct model *model);
/* Takes LOAD_HISTORY and LOAD_RUN. */
void history_load(struct model *model, struct loaded *loaded);

/* Marks the selected run, or compares it with the marked one. */
void history_compare(struct model *model);
/* Ends comparing, or takes the mark away; false when there was neither. */
bool history_end_comparison(struct model *model);

/* Goes to the log of a step as it was at that wall time, and at a text in it
 * (may be NULL); says so when no run is known to fit. */
void history_goto(struct model *model, const char *step, int64_t wall_ms,
                  const char *text);

#endif
