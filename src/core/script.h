/* One attempt of a script or hook: its command line, its environment, its run.
 * Part of the worker. */
#ifndef STEPDECK_CORE_SCRIPT_H
#define STEPDECK_CORE_SCRIPT_H

#include "core/child.h"
#include "core/worker.h"

struct strvec;

/* The environment of all children of a run: ours, the configuration over it,
 * and the contract's DEPLOYMENT_STATE_DIR, STEPDECK_RUN_ID and
 * STEPDECK_HEADLESS. */
void script_environment(const struct project *project,
                        const struct state *state, const char *run,
                        bool headless, struct strvec *environment);

/* Runs one attempt; output goes to `output`. False when it could not be
 * started. */
NODISCARD bool
script_run(const struct worker_job *job, int attempt, int marker_fd,
           struct cancel *cancel,
           void (*output)(void *context, const char *bytes, size_t size),
           void *context, struct child_result *result, struct error *err);

/* Runs the executable at `path` (a hook) with the job's environment and these
 * further variables ("KEY=VALUE", may be NULL). */
NODISCARD bool
script_run_hook(const struct worker_job *job, const char *path,
                const struct strvec *variables, struct cancel *cancel,
                void (*output)(void *context, const char *bytes, size_t size),
                void *context, struct child_result *result, struct error *err);

#endif
