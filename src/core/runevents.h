/* The first and the last event of a run. */
#ifndef STEPDECK_CORE_RUNEVENTS_H
#define STEPDECK_CORE_RUNEVENTS_H

#include "core/event.h"
#include "core/plan.h"

#include <stdint.h>

/* run.start: who runs what, with which configuration, from which commit. */
struct event *runevents_start(const char *command,
                              const struct project *project,
                              const struct plan *plan);

/* run.end. `completed` and `failed` count steps of this run. */
struct event *runevents_end(int exit_status, const struct plan *plan,
                            size_t completed, size_t failed,
                            int64_t elapsed_ms);

#endif
