/*
 * The work of the loader, kind by kind: blocking, straight-line code without
 * a thread of its own, so that tests can call it.
 */
#ifndef STEPDECK_TUI_LOADS_H
#define STEPDECK_TUI_LOADS_H

#include "base/cancel.h"
#include "tui/loader.h"

/* One piece of work. Owned texts. */
struct load_job {
    enum load_kind kind;
    char *text, *other;
    char *command, *only, *skip; /* of a plan or a launch */
    json_t *shown;
    bool is_first;
    int64_t wait_ms; /* for the lock */
    struct launch *launch;
    struct load_setup setup;
    struct preferences preferences, before;
};

void load_job_free(void *job);

/* Does the job and gives its answer. `request` is what the console was opened
 * with; `cancel` ends the wait for a lock, or for a cloud. */
struct loaded *load_do(struct load_job *job,
                       const struct console_request *request,
                       struct cancel *cancel);

/* A session for reading, as the console was asked. */
NODISCARD bool load_session(struct session *session,
                            const struct console_request *request,
                            struct error *err);

#endif
