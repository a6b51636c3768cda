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

/* What a run ends with. */
struct runevents_end {
    int exit_status;
    const struct plan *plan;
    size_t completed, failed; /* steps of this run */
    int64_t elapsed_ms;
    char *verdict;   /* NULL: none; stays the caller's */
    json_t *summary; /* members of the target, taken over; NULL: none */
};
struct event *runevents_end(const struct runevents_end *end);

#endif
