/*
 * How a project stands: what `status` and `next` tell, and a screen may show.
 *
 *     struct overview overview = { 0 };
 *     overview_make(&overview, &project, state, redact);
 *     ...
 *     overview_release(&overview);
 *
 * Puts together the plan, the states, the logs, the lock and the last run.
 * Nothing here fails: a plan that cannot be made, a log that cannot be read
 * and the like are told in `plan_error` and `notices`. Changes nothing.
 * Borrows project, state and redact; one thread. Commands that steps need may
 * be asked for their version, so not for a thread that draws.
 */
#ifndef STEPDECK_CORE_OVERVIEW_H
#define STEPDECK_CORE_OVERVIEW_H

#include "core/plan.h"
#include "core/report.h"
#include "core/statelog.h"

struct overview_step {
    const struct step *step;
    enum step_status status; /* on the disk, or stale, or blocked */
    bool is_interrupted;     /* in progress, but the run that did it is dead */
    bool is_alive;           /* its processes live on without their run */
    const struct plan_item *item; /* NULL outside of a deployment's plan */
    char *reason;                 /* why it is not completed; NULL: nothing to
                                     tell */
    int64_t duration_ms;          /* of the last time; -1: unknown */
    int64_t time_ms;              /* of the last checkpoint; 0: none */
    int attempts;                 /* of the last time; 0: unknown */
};

/* What to do next, the most urgent first. */
enum overview_advice {
    ADVICE_SET_UP,    /* there are no steps */
    ADVICE_WATCH,     /* a run is under way */
    ADVICE_MEND_PLAN, /* `plan_error` */
    ADVICE_UNBLOCK,   /* `next` is blocked */
    ADVICE_RESUME,    /* `next` was interrupted */
    ADVICE_RETRY,     /* `next` failed */
    ADVICE_REPEAT,    /* `next` is stale */
    ADVICE_GO_ON,     /* `next` has not run yet */
    ADVICE_NOTHING    /* all is done */
};

struct overview {
    const struct project *project;
    const struct state *state;
    struct plan plan;            /* of a deployment; empty with plan_error */
    struct error plan_error;     /* why there is no plan */
    struct overview_step *steps; /* all of the project, in order */
    size_t count;
    struct statelog checkpoints, errors, warnings;
    bool is_locked;
    json_t *holder; /* of the lock; NULL when nothing is known */
    bool has_run;
    struct report last; /* the last run, when there is one */
    enum overview_advice advice;
    const struct overview_step *next; /* the advice is about it; may be NULL */
    struct strvec notices;            /* what could not be read, and the like */
};

void overview_make(struct overview *overview, const struct project *project,
                   const struct state *state, const struct redact *redact);
void overview_release(struct overview *overview);

/* How many steps of a deployment there are, and how many have that status. */
size_t overview_total(const struct overview *overview);
size_t overview_count(const struct overview *overview, enum step_status status);

/* What the last run suggests about an entry of errors.log or warnings.log;
 * NULL when it is not of that run, or nothing is known. Borrowed. */
const char *overview_suggestion(const struct overview *overview,
                                const struct statelog_entry *entry);

/* Whether there are teardown steps. */
bool overview_has_teardown(const struct overview *overview);

#endif
