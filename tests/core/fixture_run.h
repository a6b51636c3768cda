/*
 * A run of the engine, watched to its end and looked at from all sides.
 *
 *     struct fixture_run *run = fixture_run_new(f);
 *     run->request.jobs = 2;
 *     fixture_run_expect(run, EXIT_STATUS_DONE, "+a a=completed");
 *     fixture_run_free(run);
 *
 * Whatever a test is about, every run is checked: `seq` without gaps, run.start
 * first and run.end last, the journal equal to what the queue gave, checkpoint
 * events equal to checkpoints.log and to the status files, one model from both
 * sides. With STEPDECK_TEST_JOURNALS set each journal is copied there.
 *
 * Time is the test's: it passes only by waiting, and every wait is remembered.
 */
#ifndef STEPDECK_TESTS_CORE_FIXTURE_RUN_H
#define STEPDECK_TESTS_CORE_FIXTURE_RUN_H

#include "fixture.h"

#include "core/engine.h"
#include "core/event.h"
#include "core/runmodel.h"

#include <pthread.h>

enum { FIXTURE_WAITS = 64, FIXTURE_ANSWERS = 8 };

struct fixture_clock {
    struct clock clock;
    pthread_mutex_t mutex;
    int64_t now_ms;
    int64_t waits[FIXTURE_WAITS];
    size_t wait_count;
    bool holds; /* a wait ends only when it is cancelled */
};

struct fixture_run {
    struct fixture *f;
    struct engine_request request;
    struct fixture_clock clock;
    /* In the test's thread, for each event as it comes; may be NULL. */
    void (*on_event)(struct fixture_run *run, struct engine *engine,
                     const struct event *event);
    const char *answers[FIXTURE_ANSWERS]; /* to the prompts, in order */
    size_t answered;
    bool is_unwritable; /* the disk takes nothing: look at events only */
    struct event **events;
    size_t count, capacity;
    char *id;
    int exit_status;
    struct run_model model;
};

/* A deployment of the fixture's project. */
struct fixture_run *fixture_run_new(struct fixture *f);
void fixture_run_free(struct fixture_run *run);

/* Runs the plan (made now when the fixture has none) to its end. */
void fixture_run_go(struct fixture_run *run);
/* The same, and looks at exit status and trace. */
void fixture_run_expect(struct fixture_run *run, int exit_status,
                        const char *trace);

/* What happened, in words: "+a" step a started, "a=completed" it ended,
 * "~a" is retried, "!a" an error and "w:a" a warning ("!" and "w:" of the run),
 * "?failure" a prompt, ">retry" its answer, "d:id" a diagnosis. */
const char *fixture_run_trace(struct fixture_run *run);

/* The first event of that type (and step, NULL: any); NULL when none. */
const struct event *fixture_run_event(const struct fixture_run *run,
                                      enum event_type type, const char *step);
size_t fixture_run_count(const struct fixture_run *run, enum event_type type,
                         const char *step);

#endif
