/* The last page of a run: what happened, every error once with what mends it,
 * and how to go on. */
#ifndef STEPDECK_CLI_SUMMARY_H
#define STEPDECK_CLI_SUMMARY_H

#include "core/runmodel.h"

/* To stdout. `resume` is the command that goes on. With `show_tail` the end of
 * each failed step's log is shown, for it was not printed before. */
void summary_print(const struct run_model *model, const struct state *state,
                   const char *resume, bool show_tail);

/* "done", "failed", "blocked", "cancelled", ... for an exit status. */
const char *summary_word(int exit_status);

#endif
