/*
 * What the two halves of a worker share: worker.c (the thread, attempts) and
 * stepcontext.c (what built-in steps and output need). Nobody else includes
 * this.
 */
#ifndef STEPDECK_CORE_WORKER_PRIVATE_H
#define STEPDECK_CORE_WORKER_PRIVATE_H

#include "core/progress.h"
#include "core/steplog.h"
#include "core/worker.h"

enum { CONTEXT_ITEMS = 64 };

struct step_context {
    struct worker_job job;
    struct cancel cancel;
    struct steplog *log;
    struct progress progress;
    int last_percent;
    int64_t last_progress_ms;
    /* When each of the things under way was told last, by a hash of its name;
     * two that meet share a place and are told less often. */
    int64_t item_told_ms[CONTEXT_ITEMS];
    unsigned chance; /* state of the jitter */
    int attempt;
};

/* Takes ownership of `event`, `text` and `outcome`. */
void worker_send(const struct worker_job *job, enum worker_message_kind kind,
                 struct event *event, char *text, struct step_outcome *outcome);

#endif
