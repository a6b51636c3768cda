/*
 * The way from the wish to run to the running engine, for every front.
 *
 *     struct launch launch = { 0 };
 *     if (launch_open(&launch, &request, &err) &&    project, state, secrets
 *         launch_prepare(&launch, &err) &&           lock taken, plan made
 *         ... show launch.plan, ask for consent ... &&
 *         launch_start(&launch, &err)) {             the engine runs
 *         ... engine_events(launch.engine) until run.end ...
 *         status = launch_join(&launch, &err);       and archives after destroy
 *     }
 *     launch_release(&launch);                       always; gives the lock
 * back
 *
 * The state that the plan is made from must not change before the run has
 * begun, so the lock is held from launch_prepare() to launch_release(), also
 * while somebody is asked. A plan that was shown before is compared with
 * launch_is_as_shown().
 *
 * All of these block (files, git, the lock, the end of the run): a console
 * calls them in a thread of its own. One thread at a time has the launch; the
 * engine's own functions go by the rules of engine.h. Threads of the engine
 * inherit the signal mask of the thread that calls launch_start().
 */
#ifndef STEPDECK_CORE_LAUNCH_H
#define STEPDECK_CORE_LAUNCH_H

#include "core/engine.h"
#include "core/session.h"
#include "core/targetlock.h"

struct cancel;

/* Borrowed: `command`, `say` and its context until launch_release(), all else
 * until launch_prepare() has returned. */
struct launch_request {
    const char *command;            /* "deploy": for words and the journal */
    const char *environment;        /* as chosen by --env, or NULL */
    const struct strvec *overrides; /* "KEY=VALUE" of options; may be NULL */
    struct plan_request plan;       /* with fresh_start the state is archived
                                       when the run starts */
    const char *target_option;      /* a chosen option that only a cloud target
                                       understands, "--tail"; NULL: none */
    bool needs_approval; /* refused when nobody can be asked (destroy) */
    bool archives;       /* states are archived after success (destroy) */
    int64_t lock_wait_ms;
    struct cancel *cancel; /* ends the wait for the lock; may be NULL */
    size_t jobs;           /* as in engine.h, like the rest */
    bool can_ask, asks_on_failure, auto_approve, has_terminal, follows_output;
    /* Told in passing, a line without its newline: warnings, whose lock is
     * waited for, that the last run was interrupted. In the thread that called.
     * May be NULL. */
    void (*say)(void *context, const char *text);
    void *say_context;
};

struct launch {
    struct launch_request request;
    struct session session;
    struct lock *lock;
    struct targetlock target_lock; /* of what is deployed to */
    struct plan plan;              /* from launch_prepare() on */
    bool has_plan;
    struct engine *engine; /* from launch_start() to launch_join() */
};

/* Opens the session, for writing. */
NODISCARD bool launch_open(struct launch *launch,
                           const struct launch_request *request,
                           struct error *err);

/* Takes the lock and makes the plan. ERROR_LOCKED: another run, or processes
 * that one left behind; ERROR_BLOCKED: a critical step is blocked, or nobody
 * could be asked; ERROR_INPUT: no such step, nothing to do; ERROR_CANCELLED. */
NODISCARD bool launch_prepare(struct launch *launch, struct error *err);

/* Archives for a fresh start, removes the oldest runs, starts the engine. */
NODISCARD bool launch_start(struct launch *launch, struct error *err);

/* Waits for the end of the run and frees the engine (its queue and its events
 * not taken too); archives the states when that was asked for. The exit
 * status; `err` is set when the archive failed. */
int launch_join(struct launch *launch, struct error *err);

/* Gives back the lock and everything else. Fine at any point but between
 * launch_start() and launch_join(). */
void launch_release(struct launch *launch);

/* ---- the plan alone --------------------------------------------------- */

/* Makes the plan of `request` (its command, plan and target_option) without
 * the lock: for a preview. ERROR_INPUT also when there is nothing to do. */
NODISCARD bool launch_plan(struct plan *plan, const struct session *session,
                           const struct launch_request *request,
                           struct error *err);

/* Whether the plan made under the lock is the one whose plan_json() was shown:
 * the same steps with the same actions. Reasons may differ. */
bool launch_is_as_shown(const struct launch *launch, const json_t *shown);

#endif
