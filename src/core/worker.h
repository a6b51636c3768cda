/*
 * One thread for one running step: prerequisites, hooks, attempts, outputs.
 *
 *     struct worker *worker = worker_start(&job, &err);
 *     ... its messages arrive in job.inbox; the last is WORKER_ENDED ...
 *     worker_join(worker);
 *
 * A worker runs blocking, straight-line code and shares nothing: what it has
 * to tell travels as owned messages. The engine may raise its cancel.
 *
 * Built-in steps get a `struct step_context` and use the context_ functions.
 */
#ifndef STEPDECK_CORE_WORKER_H
#define STEPDECK_CORE_WORKER_H

#include "base/cancel.h"
#include "base/clock.h"
#include "base/queue.h"
#include "core/diagnosis.h"
#include "core/event.h"
#include "core/outcome.h"
#include "core/project.h"
#include "core/state.h"

struct redact;

enum worker_message_kind { WORKER_EVENT, WORKER_WARNING, WORKER_ENDED };

struct worker_message {
    enum worker_message_kind kind;
    size_t item;
    struct event *event;          /* WORKER_EVENT: to be emitted */
    char *text;                   /* WORKER_WARNING */
    struct step_outcome *outcome; /* WORKER_ENDED */
};

void worker_message_free(void *message);

/* Everything a worker needs, borrowed for its life. */
struct worker_job {
    const struct project *project;
    const struct step *step;
    size_t item;
    const struct state *state;
    const char *run;
    const struct strvec *environment; /* for children, without the step's own */
    const struct redact *redact;
    struct diagnosis_rules *rules;
    const struct clock *clock;
    struct queue *inbox;  /* where messages go */
    struct queue *reader; /* poked when the log has grown; may be NULL */
    json_t *needed;       /* fingerprint_steps(); the worker takes it over */
    bool has_terminal;    /* interactive steps may have it */
    int64_t grace_ms;     /* 0: the usual one */
    struct target_run *target_run; /* for built-in steps; NULL: none */
};

struct worker;

NODISCARD struct worker *worker_start(const struct worker_job *job,
                                      struct error *err);
void worker_cancel(struct worker *worker, enum cancel_level level);
/* Waits for the thread's end and frees the worker. */
void worker_join(struct worker *worker);

/* ---- for built-in steps, in their worker's thread --------------------- */

const struct config *context_config(const struct step_context *context);
const struct project *context_project(const struct step_context *context);
const struct clock *context_clock(const struct step_context *context);
/* The target's object of this run (core/target.h). */
void *context_target(const struct step_context *context);

/* A line of the step's log. */
void context_log(struct step_context *context, const char *format, ...)
    PRINTF_LIKE(2, 3);
/* Bytes for the log as they are: the output of a child or a daemon. */
void context_output(struct step_context *context, const char *bytes,
                    size_t size);
/* A warning of the step: in the run's list of warnings, not in the log. */
void context_warn(struct step_context *context, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* 0 to 100, or below 0 for "unknown"; `text` may be NULL. */
void context_progress(struct step_context *context, int percent,
                      const char *text);
/* One of several things under way at once, a layer: where it stands. Amounts
 * in bytes, total 0 when unknown; `text` says what is done with it ("pushing",
 * "already there"). Told at most ten times a second, the end of it always. */
struct context_item {
    const char *name;
    const char *text;
    int64_t current, total;
    bool is_done;
};
void context_progress_item(struct step_context *context,
                           const struct context_item *item);

/* False when the step is to stop. */
bool context_wait(struct step_context *context, int64_t duration_ms);
bool context_is_cancelled(struct step_context *context);
/* What rises when the step is to stop: for calls that block. */
struct cancel *context_cancel(struct step_context *context);
/* Takes ownership of `event`; "step" is set. */
void context_emit(struct step_context *context, struct event *event);

#endif
