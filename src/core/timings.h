/*
 * How long things usually take, by this project's own history.
 *
 *     struct timings timings = { 0 };
 *     timings_load(&timings, state, "deploy");
 *     left_ms = timings_remaining(&timings, &model, now_ms);
 *     timings_release(&timings);
 *
 * The usual duration of a step is the median of the times it was completed in
 * the latest TIMINGS_RUNS runs, that of a run the median of those that were
 * done. All but the load is pure. Values only, any thread, one owner.
 */
#ifndef STEPDECK_CORE_TIMINGS_H
#define STEPDECK_CORE_TIMINGS_H

#include "core/runmodel.h"
#include "core/state.h"

#include <stddef.h>
#include <stdint.h>

enum { TIMINGS_RUNS = 20 };

struct timing {
    char *step;
    int64_t samples_ms[TIMINGS_RUNS]; /* sorted */
    size_t count;
};

/* `= { 0 }` knows nothing. */
struct timings {
    struct timing *steps; /* sorted by id */
    size_t count, capacity;
    struct timing whole; /* runs; without a step */
};

/* Reads the latest journals; one that cannot be read is left out. `command`
 * chooses the runs that count as a whole ("deploy"; NULL: any), steps count in
 * all. Blocking: reads up to TIMINGS_RUNS files. */
void timings_load(struct timings *timings, const struct state *state,
                  const char *command);
void timings_release(struct timings *timings);

/* Adds what one run tells, unless a step has TIMINGS_RUNS samples already: the
 * newest run first. What timings_load() does for each. */
void timings_add(struct timings *timings, const struct run_model *model,
                 const char *command);

/* The usual duration of a step (NULL: of a run) in ms; -1 without a history.
 * `count` (may be NULL): of how many times it is the median. */
int64_t timings_usual(const struct timings *timings, const char *step,
                      size_t *count);

/* About how long the run takes from now on, by its steps that run or will:
 * neighbours of one parallel group count as the longest of them. A plan that
 * has not started is estimated as a whole. 0 once it has ended; -1 while a
 * step that is still to be done has no history. `now_ms` is wall time. */
int64_t timings_remaining(const struct timings *timings,
                          const struct run_model *model, int64_t now_ms);

/* Whether a running step takes remarkably long: more than half as long again
 * as usual, and at least 5 s more. */
bool timings_is_slow(const struct timings *timings, const struct run_step *step,
                     int64_t now_ms);

#endif
