/*
 * Which step is next: a pure function of the plan and of what has ended.
 *
 *     schedule_init(&schedule, &plan, jobs);
 *     while ((choice = schedule_next(&schedule)).kind != SCHEDULE_END) ...
 *     schedule_release(&schedule);
 *
 * Steps run in order; neighbours of one parallel group run together, at most
 * `jobs` at once. After a critical failure only the rest of its group starts,
 * so that what a group does and reports does not depend on `jobs`. Borrows the
 * plan; belongs to the engine thread.
 */
#ifndef STEPDECK_CORE_SCHEDULE_H
#define STEPDECK_CORE_SCHEDULE_H

#include "core/plan.h"

enum schedule_state {
    SCHEDULE_WAITING,
    SCHEDULE_RUNNING,
    SCHEDULE_MET,     /* completed, skipped, or failed and not critical */
    SCHEDULE_FAILED,  /* critical */
    SCHEDULE_GAVE_UP, /* failed and not critical: fails only who names it */
    SCHEDULE_BLOCKED
};

struct schedule {
    const struct plan *plan;
    enum schedule_state *states; /* one per item */
    size_t *blockers;            /* per blocked item: the item it needs */
    size_t head;                 /* the first item that has not ended */
    size_t jobs, running;
    bool stopping;  /* by a failure: only its parallel group goes on */
    size_t failure; /* the item that failed last */
    bool stopped;   /* by the user: nothing starts any more */
};

enum schedule_kind {
    SCHEDULE_START, /* start `item` */
    SCHEDULE_SKIP,  /* `item` is skipped: say so */
    SCHEDULE_BLOCK, /* `item` is blocked: say so */
    SCHEDULE_WAIT,  /* until a running step ends */
    SCHEDULE_END    /* nothing runs and nothing will */
};

struct schedule_choice {
    enum schedule_kind kind;
    size_t item;
};

void schedule_init(struct schedule *schedule, const struct plan *plan,
                   size_t jobs);
void schedule_release(struct schedule *schedule);

/* What to do now. START, SKIP and BLOCK are recorded as done. */
struct schedule_choice schedule_next(struct schedule *schedule);

/* An item that was to start did not: it waits again. */
void schedule_unstart(struct schedule *schedule, size_t item);

/* A running item ended well, or failed. */
void schedule_completed(struct schedule *schedule, size_t item);
void schedule_failed(struct schedule *schedule, size_t item);
/* A running item turned out to be blocked by something that is no step. */
void schedule_blocked(struct schedule *schedule, size_t item);
/* Whether an item has not ended: what a stop has kept from running. */
bool schedule_is_unfinished(const struct schedule *schedule);

/* Nothing new is to start. */
void schedule_stop(struct schedule *schedule);

/* An item starts out of order, once nothing else will: it is recorded as
 * running. */
void schedule_force(struct schedule *schedule, size_t item);

/* A failed or blocked item is to run again, or to count as met. */
void schedule_retry(struct schedule *schedule, size_t item);
void schedule_skip(struct schedule *schedule, size_t item);

/* After a stop: the next waiting item that needs one that failed, recorded as
 * blocked; false when there is none left. */
bool schedule_block_next(struct schedule *schedule, size_t *item);

/* "needs step-030-x, which failed", through all blocked ones; to free. */
char *schedule_chain(const struct schedule *schedule, size_t item);

#endif
