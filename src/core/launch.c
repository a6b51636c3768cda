#include "core/launch.h"

#include "base/cancel.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "core/runmodel.h"
#include "core/runs.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void say(const struct launch *launch, const char *format, ...)
    PRINTF_LIKE(2, 3);

static void say(const struct launch *launch, const char *format, ...)
{
    va_list args;
    char *text;

    if (!launch->request.say)
        return;
    va_start(args, format);
    text = mem_format_args(format, args);
    va_end(args);
    launch->request.say(launch->request.say_context, text);
    free(text);
}

bool launch_open(struct launch *launch, const struct launch_request *request,
                 struct error *err)
{
    const struct session_request session = {
        .environment = request->environment,
        .overrides = request->overrides,
        .mode = STATE_WRITE,
    };

    *launch = (struct launch){ .request = *request };
    return session_open(&launch->session, &session, err);
}

/* ---- the plan --------------------------------------------------------- */

/* The options of a cloud deployment mean nothing to scripts alone. */
static bool check_target(const struct session *session,
                         const struct launch_request *request,
                         struct error *err)
{
    if (!request->target_option || session->project.target)
        return true;
    error_set(err, ERROR_INPUT,
              "option '%s' needs a cloud target, and this project has none",
              request->target_option);
    return error_hint(err, "leave it out, or set DEPLOY_TARGET");
}

static bool make_plan(struct plan *plan, const struct session *session,
                      const struct launch_request *request, struct error *err)
{
    if (!plan_make(plan, &session->project, session->state, &request->plan,
                   err))
        return false;
    if (plan->count)
        return true;
    plan_release(plan);
    error_set(err, ERROR_INPUT, "there is nothing to %s in '%s'",
              request->command, session->project.dir);
    return error_hint(err, request->plan.range == RANGE_TEARDOWN
                               ? "steps 900 to 999 tear down; write one with "
                                 "'stepdeck new 999 destroy-everything'"
                               : "write steps with 'stepdeck init' or "
                                 "'stepdeck new 010 NAME'");
}

bool launch_plan(struct plan *plan, const struct session *session,
                 const struct launch_request *request, struct error *err)
{
    return check_target(session, request, err) &&
           make_plan(plan, session, request, err);
}

static bool is_same_item(const struct plan *plan, size_t item,
                         const json_t *entry)
{
    return strcmp(plan_step(plan, item)->id, jsonx_text(entry, "step", "")) ==
               0 &&
           strcmp(plan_action_name(plan->items[item].action),
                  jsonx_text(entry, "action", "")) == 0;
}

bool launch_is_as_shown(const struct launch *launch, const json_t *shown)
{
    const struct plan *plan = &launch->plan;

    size_t entry = 0;

    /* What stands by is not shown. */
    for (size_t i = 0; i < plan->count; i++) {
        if (!plan->items[i].is_standby &&
            !is_same_item(plan, i, json_array_get(shown, entry++)))
            return false;
    }
    return entry == json_array_size(shown);
}

/* ---- before the run --------------------------------------------------- */

static bool take_lock(struct launch *launch, struct error *err)
{
    int fd = state_fd(launch->session.state);
    int64_t wait_ms = launch->request.lock_wait_ms;
    struct error warning = { 0 };

    if (wait_ms) {
        json_t *holder = NULL;

        if (lock_inspect(fd, &holder)) {
            char *text = lock_holder_text(holder);

            say(launch, "waiting for the lock held by %s", text);
            free(text);
        }
        json_decref(holder);
    }
    launch->lock = lock_acquire(fd, wait_ms, launch->request.cancel,
                                clock_system(), &warning, err);
    if (error_is_set(&warning))
        say(launch, "%s", warning.message);
    return launch->lock != NULL;
}

static bool take_target_lock(struct launch *launch, struct error *err)
{
    struct error warning = { 0 };
    bool ok = targetlock_take(&launch->target_lock, &launch->session.project,
                              launch->request.lock_wait_ms,
                              launch->request.cancel, &warning, err);

    if (error_is_set(&warning))
        say(launch, "%s", warning.message);
    return ok;
}

/* A run that died may have left its step running: it must not run twice. */
static bool check_orphans(const struct launch *launch, struct error *err)
{
    const struct project *project = &launch->session.project;
    const struct state *state = launch->session.state;

    for (size_t i = 0; i < project->count; i++) {
        const char *id = project->steps[i].id;

        if (state_status(state, id, NULL) != STATUS_IN_PROGRESS ||
            !runs_is_alive(state, id))
            continue;
        error_set(err, ERROR_LOCKED,
                  "processes of %s are still running, from an earlier run", id);
        return error_hint(err,
                          "wait until it has ended, or end it, then "
                          "deploy again; its log is %s/%s.log",
                          state_path(state), id);
    }
    return true;
}

static bool check_obstacle(const struct launch *launch, struct error *err)
{
    const struct plan_item *item = plan_first_obstacle(&launch->plan);
    const struct step *step;

    if (!item)
        return true;
    step = &launch->session.project.steps[item->step];
    error_set(err, ERROR_BLOCKED, "%s is blocked: %s", step->id, item->reason);
    return error_hint(err, "%s",
                      item->suggestion ? item->suggestion
                                       : "'stepdeck plan' shows it all");
}

/* Confirm steps that nobody could approve later stop the run before it has
 * touched anything. */
static bool check_approval(const struct launch *launch, struct error *err)
{
    const struct launch_request *request = &launch->request;

    if (request->auto_approve || request->can_ask)
        return true;
    if (request->needs_approval) {
        error_set(err, ERROR_BLOCKED, "nobody can be asked about '%s'",
                  request->command);
        return error_hint(err, "approve it with --auto-approve");
    }
    for (size_t i = 0; i < launch->plan.count; i++) {
        const struct step *step = plan_step(&launch->plan, i);

        if (launch->plan.items[i].action != PLAN_RUN || !step->header.confirm)
            continue;
        error_set(err, ERROR_BLOCKED, "%s wants to be confirmed: %s", step->id,
                  step->header.confirm);
        return error_hint(err,
                          "approve it with --auto-approve, or leave it "
                          "out with --skip %s",
                          step->id);
    }
    return true;
}

bool launch_prepare(struct launch *launch, struct error *err)
{
    const struct session *session = &launch->session;

    if (error_is_set(&session->state_warning))
        say(launch, "warning: %s (%s)", session->state_warning.message,
            session->state_warning.hint);
    if (!check_target(session, &launch->request, err) ||
        !take_lock(launch, err) || !take_target_lock(launch, err) ||
        !check_orphans(launch, err))
        return false;
    launch->has_plan = make_plan(&launch->plan, session, &launch->request, err);
    return launch->has_plan && check_obstacle(launch, err) &&
           check_approval(launch, err);
}

/* ---- the run ---------------------------------------------------------- */

static bool archive(const struct launch *launch, struct error *err)
{
    return state_archive(launch->session.state, clock_wall(clock_system()),
                         err);
}

static void tell_interrupted(const struct launch *launch)
{
    const struct state *state = launch->session.state;
    struct run_model model = { 0 };
    char *run = runs_find(state, NULL, NULL);

    if (run && run_model_load(&model, state, run, NULL, NULL) &&
        !model.has_ended)
        say(launch,
            "the last run (%s) was interrupted; going on from its checkpoints",
            run);
    run_model_release(&model);
    free(run);
}

bool launch_start(struct launch *launch, struct error *err)
{
    const struct launch_request *request = &launch->request;
    const struct session *session = &launch->session;
    const struct engine_request engine = {
        .command = request->command,
        .project = &session->project,
        .plan = &launch->plan,
        .state = session->state,
        .lock = launch->lock,
        .clock = clock_system(),
        .jobs = request->jobs,
        .can_ask = request->can_ask,
        .asks_on_failure = request->asks_on_failure,
        .auto_approve = request->auto_approve,
        .has_terminal = request->has_terminal,
        .follows_output = request->follows_output,
    };
    int64_t keep = config_number(&session->project.config, "HISTORY_RUNS");

    if (request->plan.fresh_start && !archive(launch, err))
        return false;
    tell_interrupted(launch);
    runs_prune(session->state, (size_t)keep - 1);
    launch->engine = engine_start(&engine, err);
    return launch->engine != NULL;
}

int launch_join(struct launch *launch, struct error *err)
{
    int status = engine_join(launch->engine);

    launch->engine = NULL;
    if (status == EXIT_STATUS_DONE && launch->request.archives &&
        !archive(launch, err))
        status = EXIT_STATUS_INTERNAL;
    return status;
}

void launch_release(struct launch *launch)
{
    if (launch->has_plan)
        plan_release(&launch->plan);
    targetlock_release(&launch->target_lock);
    lock_release(launch->lock);
    session_close(&launch->session);
    *launch = (struct launch){ 0 };
}
