/*
 * The project's executables in hooks/: pre-run, pre-step, post-step, post-run.
 * One that does not exist is fine. They run in the calling thread with the
 * environment of the steps.
 */
#ifndef STEPDECK_CORE_HOOKS_H
#define STEPDECK_CORE_HOOKS_H

#include "core/worker.h"

/* Runs hooks/NAME; what it prints goes to `output`. `step` (NULL: none) is
 * given as SCRIPT_NAME, `exit_status` (-1: none) as STEPDECK_EXIT_STATUS.
 * False with an error when it failed. */
NODISCARD bool
hooks_run(const struct worker_job *job, const char *name, const char *step,
          int exit_status, struct cancel *cancel,
          void (*output)(void *context, const char *bytes, size_t size),
          void *context, struct error *err);

/* The same for a hook of the run, into its own log runs/ID/NAME.log. */
NODISCARD bool hooks_run_logged(const struct worker_job *job, const char *name,
                                int exit_status, struct cancel *cancel,
                                struct error *err);

#endif
