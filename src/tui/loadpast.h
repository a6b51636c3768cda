/*
 * The loader's work on the past: the history, single runs, the logs of the
 * state, the overview. Blocking.
 */
#ifndef STEPDECK_TUI_LOADPAST_H
#define STEPDECK_TUI_LOADPAST_H

#include "tui/loads.h"

/* All runs, the newest first. */
void loadpast_history(struct loaded *loaded,
                      const struct console_request *request);
/* The run whose id the job has. */
void loadpast_run(struct loaded *loaded, const struct load_job *job,
                  const struct console_request *request);
/* checkpoints.log, or errors.log and warnings.log with what mends each. */
void loadpast_logs(struct loaded *loaded, enum load_kind kind,
                   const struct console_request *request);
void loadpast_status(struct loaded *loaded,
                     const struct console_request *request);

#endif
