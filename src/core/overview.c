#include "core/overview.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "core/lock.h"
#include "core/runs.h"

#include <stdlib.h>
#include <string.h>

/* ---- gathering -------------------------------------------------------- */

static void notice(struct overview *overview, const struct error *warning)
{
    if (!error_is_set(warning))
        return;
    strvec_addf(&overview->notices, "%s%s%s", warning->message,
                warning->hint[0] ? ": " : "", warning->hint);
}

static void read_log(struct overview *overview, struct statelog *log,
                     enum statelog_kind kind)
{
    const char *name = statelog_name(kind);
    struct error err = { 0 };

    if (!statelog_read(log, overview->state, kind, &err))
        notice(overview, &err);
    if (log->unreadable)
        strvec_addf(&overview->notices, "%zu %s of %s could not be read",
                    log->unreadable, log->unreadable == 1 ? "line" : "lines",
                    name);
    if (log->is_torn)
        strvec_addf(&overview->notices,
                    "the last line of %s is cut off; it is not used", name);
}

static void read_last_run(struct overview *overview,
                          const struct redact *redact)
{
    char *id = runs_find(overview->state, NULL, NULL);
    char *remark;

    if (!id)
        return;
    overview->has_run = true;
    report_load(&overview->last, overview->state, id, redact);
    remark = report_remark(&overview->last);
    if (overview->last.result == REPORT_UNREADABLE)
        notice(overview, &overview->last.error);
    if (remark)
        strvec_addf(&overview->notices, "run %s: %s", id, remark);
    free(remark);
    free(id);
}

static void make_plan(struct overview *overview)
{
    const struct plan_request request = { .range = RANGE_DEPLOY };

    if (!plan_make(&overview->plan, overview->project, overview->state,
                   &request, &overview->plan_error))
        return;
    for (size_t i = 0; i < overview->plan.warnings.count; i++)
        strvec_add(&overview->notices, overview->plan.warnings.items[i]);
}

/* ---- one step --------------------------------------------------------- */

static void read_record(const struct overview *overview,
                        struct overview_step *out)
{
    const char *id = out->step->id;
    const struct statelog_entry *last =
        statelog_last(&overview->checkpoints, id);
    json_t *record = state_record(overview->state, id, NULL);

    out->time_ms = last ? last->time_ms : 0;
    if (!last && record)
        (void)!clock_parse(jsonx_text(record, "time", ""), &out->time_ms);
    out->duration_ms = jsonx_int(record, "duration_ms",
                                 statelog_duration(&overview->checkpoints, id));
    out->attempts = (int)jsonx_int(record, "attempts", 0);
    /* A step under way has no duration yet: the record is of the time before.
     */
    if (out->status == STATUS_IN_PROGRESS || out->status == STATUS_PENDING) {
        out->duration_ms = -1;
        out->attempts = 0;
    }
    json_decref(record);
}

/* What the last run says about why a step failed. */
static const char *failure_of(const struct overview *overview, const char *id)
{
    const struct run_step *step =
        overview->has_run ? run_model_step(&overview->last.model, id) : NULL;

    return step && step->status == STATUS_FAILED ? step->message : NULL;
}

static void explain_progress(const struct overview *overview,
                             struct overview_step *out)
{
    const char *id = out->step->id;
    const struct run_step *step =
        overview->has_run ? run_model_step(&overview->last.model, id) : NULL;

    if (overview->is_locked)
        return;
    out->is_alive = runs_is_alive(overview->state, id);
    out->is_interrupted =
        step && step->start_ms &&
        strcmp(report_step_word(&overview->last, step), "interrupted") == 0;
    if (out->is_alive)
        out->reason = mem_text("its run has died, but its processes live on");
    else if (!out->is_interrupted)
        out->reason = mem_text("started by hand and not ended yet, or "
                               "interrupted");
}

static void explain(const struct overview *overview, struct overview_step *out)
{
    const char *why = NULL;

    if (out->item && out->item->before == STATUS_STALE)
        out->status = STATUS_STALE;
    else if (out->item && out->item->action == PLAN_BLOCKED &&
             out->status == STATUS_PENDING)
        out->status = STATUS_BLOCKED;
    if (out->status == STATUS_IN_PROGRESS)
        explain_progress(overview, out);
    else if (out->status == STATUS_FAILED)
        why = failure_of(overview, out->step->id);
    if (out->item && (out->item->action == PLAN_BLOCKED ||
                      out->item->before == STATUS_STALE))
        why = out->item->reason;
    if (why && !out->reason)
        out->reason = mem_text(why);
}

static void add_steps(struct overview *overview)
{
    const struct project *project = overview->project;

    overview->steps = mem_new(project->count, sizeof(*overview->steps));
    for (size_t i = 0; i < project->count; i++) {
        struct overview_step *out = &overview->steps[overview->count];

        if (step_is_rollback(&project->steps[i]))
            continue;
        overview->count++;
        *out = (struct overview_step){
            .step = &project->steps[i],
            .status = state_status(overview->state, project->steps[i].id, NULL),
            .item = plan_item_of(&overview->plan, i),
        };
        read_record(overview, out);
        explain(overview, out);
    }
}

/* ---- advice ----------------------------------------------------------- */

/* The first step of a deployment that is not done. A preflight or the like
 * that will only run again is not in the way. */
static const struct overview_step *find_next(const struct overview *overview)
{
    for (size_t i = 0; i < overview->count; i++) {
        const struct overview_step *step = &overview->steps[i];

        if (step->item && (step->item->action == PLAN_BLOCKED ||
                           (step->item->action == PLAN_RUN &&
                            step->item->before != STATUS_COMPLETED)))
            return step;
    }
    return NULL;
}

static enum overview_advice advise(const struct overview *overview)
{
    if (!overview->count)
        return ADVICE_SET_UP;
    if (overview->is_locked)
        return ADVICE_WATCH;
    if (error_is_set(&overview->plan_error))
        return ADVICE_MEND_PLAN;
    if (!overview->next)
        return overview_total(overview) ? ADVICE_NOTHING : ADVICE_SET_UP;
    if (overview->next->item->action == PLAN_BLOCKED)
        return ADVICE_UNBLOCK;
    switch (overview->next->status) {
    case STATUS_IN_PROGRESS:
        return ADVICE_RESUME;
    case STATUS_FAILED:
        return ADVICE_RETRY;
    case STATUS_STALE:
        return ADVICE_REPEAT;
    default:
        return ADVICE_GO_ON;
    }
}

/* ---- the whole -------------------------------------------------------- */

void overview_make(struct overview *overview, const struct project *project,
                   const struct state *state, const struct redact *redact)
{
    *overview = (struct overview){ .project = project, .state = state };
    overview->is_locked = lock_inspect(state_fd(state), &overview->holder);
    if (!overview->is_locked) {
        json_decref(overview->holder);
        overview->holder = NULL;
    }
    read_log(overview, &overview->checkpoints, STATELOG_CHECKPOINTS);
    read_log(overview, &overview->errors, STATELOG_ERRORS);
    read_log(overview, &overview->warnings, STATELOG_WARNINGS);
    if (redact) {
        statelog_redact(&overview->errors, redact);
        statelog_redact(&overview->warnings, redact);
    }
    read_last_run(overview, redact);
    make_plan(overview);
    for (size_t i = 0; i < project->config.warnings.count; i++)
        strvec_add(&overview->notices, project->config.warnings.items[i]);
    add_steps(overview);
    overview->next = find_next(overview);
    overview->advice = advise(overview);
}

void overview_release(struct overview *overview)
{
    for (size_t i = 0; i < overview->count; i++)
        free(overview->steps[i].reason);
    free(overview->steps);
    plan_release(&overview->plan);
    statelog_release(&overview->checkpoints);
    statelog_release(&overview->errors);
    statelog_release(&overview->warnings);
    json_decref(overview->holder);
    if (overview->has_run)
        report_release(&overview->last);
    strvec_release(&overview->notices);
    *overview = (struct overview){ 0 };
}

size_t overview_total(const struct overview *overview)
{
    size_t total = 0;

    for (size_t i = 0; i < overview->count; i++)
        total += step_range(overview->steps[i].step) == RANGE_DEPLOY;
    return total;
}

size_t overview_count(const struct overview *overview, enum step_status status)
{
    size_t count = 0;

    for (size_t i = 0; i < overview->count; i++)
        count += step_range(overview->steps[i].step) == RANGE_DEPLOY &&
                 overview->steps[i].status == status;
    return count;
}

bool overview_has_teardown(const struct overview *overview)
{
    for (size_t i = 0; i < overview->count; i++) {
        if (step_range(overview->steps[i].step) == RANGE_TEARDOWN)
            return true;
    }
    return false;
}

/* The log has whole seconds, and is written just after the event. */
static bool is_same_time(int64_t logged_ms, int64_t event_ms)
{
    int64_t later_ms = logged_ms - event_ms / 1000 * 1000;

    return later_ms >= 0 && later_ms <= 1000;
}

/* The log's line has the cause behind the message. */
static bool is_remark_of(const struct run_remark *remark,
                         const struct statelog_entry *entry)
{
    return is_same_time(entry->time_ms, remark->time_ms) &&
           strcmp(remark->step ? remark->step : "stepdeck", entry->step) == 0 &&
           strncmp(remark->message, entry->message, strlen(remark->message)) ==
               0;
}

const char *overview_suggestion(const struct overview *overview,
                                const struct statelog_entry *entry)
{
    const struct run_model *model = &overview->last.model;
    const struct run_remarks *remarks =
        entry->level == STATE_ERROR ? &model->errors : &model->warnings;

    if (!overview->has_run)
        return NULL;
    for (size_t i = remarks->count; i > 0; i--) {
        const struct run_remark *remark = &remarks->items[i - 1];

        if (remark->suggestion && is_remark_of(remark, entry))
            return remark->suggestion;
    }
    return NULL;
}
