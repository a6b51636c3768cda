/*
 * The engine: carries out a plan on its own thread.
 *
 *     struct engine *engine = engine_start(&request, &err);
 *     while (poll(engine_events(engine)) ...)
 *         event = queue_take(engine_events(engine)) ... event_unref(event);
 *     engine_command(engine, ENGINE_STOP, NULL);     any thread, any time
 *     status = engine_join(engine);                  after run.end
 *
 * Everything it does is an event; the last one is run.end. It asks nothing of
 * anybody unless `can_ask`: then it emits `prompt` and waits for
 * ENGINE_ANSWER. It knows no screen.
 *
 * A story: deploy -> engine -> worker -> child -> log file; outcome -> engine
 * -> checkpoint -> journal -> event -> reader.
 */
#ifndef STEPDECK_CORE_ENGINE_H
#define STEPDECK_CORE_ENGINE_H

#include "base/clock.h"
#include "base/error.h"
#include "base/queue.h"
#include "core/lock.h"
#include "core/outcome.h"
#include "core/plan.h"
#include "core/state.h"

/* What a run needs; all borrowed until engine_join(). */
struct engine_request {
    const char *command; /* "deploy": for the journal */
    const struct project *project;
    const struct plan *plan;
    struct state *state;
    struct lock *lock; /* may be NULL */
    const struct clock *clock;
    size_t jobs;          /* parallel steps at once; 0: as many as processors */
    bool can_ask;         /* somebody answers prompts */
    bool asks_on_failure; /* and chooses what to do about failed steps */
    bool auto_approve;    /* confirm steps are approved */
    bool has_terminal;    /* interactive steps may have it */
    bool follows_output;  /* somebody reads logs as they grow: poke the queue */
    int64_t grace_ms;     /* of TERM before KILL; 0: the usual one */
};

enum engine_command {
    ENGINE_STOP,      /* at the next safe point, children with grace */
    ENGINE_KILL,      /* no more grace */
    ENGINE_STOP_STEP, /* `argument`: the step to stop */
    ENGINE_ANSWER     /* `argument`: the answer to the open prompt */
};

struct engine;

/* NULL when no thread can be had. */
NODISCARD struct engine *engine_start(const struct engine_request *request,
                                      struct error *err);

/* Owned by the engine; holds struct event references that the reader takes
 * over. Also poked when a log has grown. */
struct queue *engine_events(struct engine *engine);

/* The run's id. Borrowed. */
const char *engine_run(const struct engine *engine);

/* From any thread. `argument` is copied; may be NULL. */
void engine_command(struct engine *engine, enum engine_command kind,
                    const char *argument);

/* Waits for the end of the run, frees the engine, and returns the exit
 * status. Events not taken are dropped. */
int engine_join(struct engine *engine);

/* The exit status for an error that prevented a run. */
int engine_exit_status(const struct error *err);

#endif
