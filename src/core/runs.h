/*
 * The folders of single runs below the state: `runs/ID/` with the journal
 * (events.ndjson), and the log of each step with its times.
 */
#ifndef STEPDECK_CORE_RUNS_H
#define STEPDECK_CORE_RUNS_H

#include "base/error.h"
#include "core/state.h"

#include <stddef.h>
#include <stdint.h>

/* Creates runs/ID for a new run and gives its id ("20261121T170000Z-7f3c"),
 * to free. It sorts behind all ids there are, also when the clock has been set
 * back since (the time in it is then that of the newest). In memory only, the
 * id without a folder. */
char *runs_create(const struct state *state, int64_t now_ms,
                  struct error *warning);

/* Opens runs/RUN/NAME.log for writing and links NAME.log to it; -1 when the
 * disk refuses. */
int runs_open_log(const struct state *state, const char *run, const char *name,
                  struct error *warning);

/* Opens runs/RUN/NAME.times, for when the bytes of the log came; -1 when the
 * disk refuses. */
int runs_open_times(const struct state *state, const char *run,
                    const char *name);

/* A descriptor that, inherited by a step's processes, tells for as long as any
 * of them lives that the step is running (a shared flock(2) on its log): a
 * run that died leaves its step behind, and nobody may start it twice. -1 when
 * there is no log. */
int runs_open_marker(const struct state *state, const char *run,
                     const char *name);

/* Whether processes of the step's latest run are alive. */
bool runs_is_alive(const struct state *state, const char *name);

/* The path of a step's log of one run, for messages and readers; to free. */
char *runs_log_path(const struct state *state, const char *run,
                    const char *name);

/* Removes the oldest runs beyond `keep`. */
void runs_prune(const struct state *state, size_t keep);

/* The ids of all runs, oldest first; empty when there are none. */
struct strvec;
void runs_list(const struct state *state, struct strvec *ids);

/* The run a person names: an id, the end or beginning of one that is unique,
 * "last", or NULL for the last. The id, to free; NULL with ERROR_INPUT. */
NODISCARD char *runs_find(const struct state *state, const char *text,
                          struct error *err);

/* "runs/ID/events.ndjson" below the state; to free. */
char *runs_journal_path(const char *run);

#endif
