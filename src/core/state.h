/*
 * What a project remembers between runs: `.deployment-state/`.
 *
 *     struct state *state = state_open(dir, environment, STATE_WRITE,
 * &warning); state_checkpoint(state, "step-010-network", STATUS_COMPLETED,
 * record, now, &warning); state_free(state);
 *
 * The formats are shared with the shell libraries (docs/state.md): either side
 * reads what the other wrote. STEP.status is the truth about a step; STEP.json
 * adds what the engine knows (fingerprint, attempts, duration), and counts
 * only while no later checkpoint was written by somebody else.
 *
 * Nothing here is fatal. When the folder cannot be made or written (read-only,
 * full), functions return false with a warning and the state lives on in
 * memory and, for logs, in a temporary folder, so that a deployment can go on.
 * One writer (who holds the lock), one thread.
 */
#ifndef STEPDECK_CORE_STATE_H
#define STEPDECK_CORE_STATE_H

#include "base/error.h"
#include "core/status.h"

#include <jansson.h>
#include <stdint.h>

#define STATE_DIR ".deployment-state"

enum state_mode {
    STATE_READ, /* creates nothing; an absent folder is an empty state */
    STATE_WRITE /* creates the folder; falls back to memory */
};

enum state_level { STATE_INFO, STATE_WARNING, STATE_ERROR };

struct state;

/* Opens the state of the project in `project_dir` (absolute). `environment`
 * names the one that keeps its own state, NULL for the shared one. Always
 * gives a state; `warning` is set when it will not reach the disk. */
struct state *state_open(const char *project_dir, const char *environment,
                         enum state_mode mode, struct error *warning);
void state_free(struct state *state);

/* The absolute folder; it may not exist. Borrowed. */
const char *state_path(const struct state *state);
/* The folder's descriptor, -1 when the state is only in memory. */
int state_fd(const struct state *state);
/* Whether it outlives the process: false for the temporary folder that stands
 * in for one that cannot be written, and for memory alone. */
bool state_will_last(const struct state *state);

/* Whether somebody has removed the folder meanwhile. */
bool state_is_gone(const struct state *state);

/* The step's last status. Without a file: pending. A word that is none of
 * ours is reported in `warning` and counts as pending. */
enum step_status state_status(const struct state *state, const char *step,
                              struct error *warning);

/* STEP.json, or NULL when there is none, it cannot be read (`warning` says
 * so), or somebody else wrote a later checkpoint. To json_decref(). */
json_t *state_record(const struct state *state, const char *step,
                     struct error *warning);

/* Writes a checkpoint: the record (may be NULL; borrowed), STEP.status, and
 * the line in checkpoints.log, in this order, each whole or absent. On return
 * a completed or failed step is on the disk. */
bool state_checkpoint(struct state *state, const char *step,
                      enum step_status status, json_t *record, int64_t now_ms,
                      struct error *warning);

/* Appends a line to deployment.log and, by level, to errors.log or
 * warnings.log. Failures are dropped: a log must not stop a deployment. */
void state_log(struct state *state, enum state_level level, const char *step,
               const char *message, int64_t now_ms);

/* Moves step states, checkpoints, errors and warnings to archive/TIME/;
 * history (runs/) stays. */
NODISCARD bool state_archive(struct state *state, int64_t now_ms,
                             struct error *err);

#endif
