/*
 * What the parts of the engine share: engine.c (the thread, the inbox,
 * questions), engine_steps.c (steps that start and end) and engine_target.c
 * (what the project deploys to). Nobody else includes this.
 */
#ifndef STEPDECK_CORE_ENGINE_PRIVATE_H
#define STEPDECK_CORE_ENGINE_PRIVATE_H

#include "base/cancel.h"
#include "base/strvec.h"
#include "core/engine.h"
#include "core/recorder.h"
#include "core/schedule.h"
#include "core/worker.h"

#include <pthread.h>

struct engine {
    struct engine_request request;
    pthread_t thread;
    struct queue *events;
    struct queue *inbox; /* of struct worker_message */
    struct queue *commands;
    char *run;
    struct stream *stream;
    struct recorder recorder;
    struct journal *journal;
    struct redact *redact;
    struct diagnosis_rules *rules;
    struct strvec environment;
    struct schedule schedule;
    struct target_request target_request; /* borrowed by target_run */
    struct target_run *target_run;        /* NULL: the project has no target */
    struct worker **workers; /* one per item, NULL when not running */
    struct cancel cancel;    /* for hooks of the run */
    struct worker_message **deferred;
    size_t deferred_count, deferred_capacity;
    bool is_asking;
    bool stopped;  /* by a command */
    bool gives_up; /* somebody chose to stop at a failure: no more questions */
    bool lock_lost;
    struct error start_warning; /* of the run's folder and journal */
    int exit_status;
    int64_t start_ms;
    size_t completed, failed;
    int64_t prompts;
    char *answer;
};

/* Emits a prompt and waits for its answer; "" when the run is stopped
 * meanwhile. Borrowed until the next question. */
const char *engine_ask(struct engine *engine, const char *kind,
                       const struct step *step, const char *message,
                       const char *choices);

/* The status of a run is that of its first failure. */
void engine_set_exit_status(struct engine *engine, int status);

/* What a worker or a hook gets to know of the run. */
struct worker_job engine_make_job(const struct engine *engine, size_t item);

/* Starts what the schedule has chosen, unless nobody approves it. */
void engine_start_step(struct engine *engine, size_t item);
/* Puts the end of a step on record and tells the schedule. */
void engine_end_step(struct engine *engine, size_t item,
                     const struct step_outcome *outcome);
/* Asks what is to become of a run whose step has failed, where that can be
 * asked; behind engine_end_step(). */
void engine_decide_step(struct engine *engine, size_t item,
                        const struct step_outcome *outcome);
/* A step that is skipped, or blocked by another one. */
void engine_tell_skipped(struct engine *engine, size_t item);
void engine_tell_blocked(struct engine *engine, size_t item);

/* The target's object of this run. The end gets its verdict and summary. */
struct runevents_end;
void engine_open_target(struct engine *engine);
void engine_close_target(struct engine *engine, struct runevents_end *end);
/* The item that stands by, when a failed step asks for a rollback. */
bool engine_find_rollback(const struct engine *engine, size_t *item);

#endif
