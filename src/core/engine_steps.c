/* Steps that start, and steps that end: what is put on record, and what the
 * schedule learns of it. */
#include "core/engine_private.h"

#include "base/mem.h"
#include "base/queue.h"
#include "core/fingerprint.h"

#include <stdlib.h>
#include <string.h>

enum { LOST_OUTPUT_SHOWN = 16 * 1024 };

void engine_set_exit_status(struct engine *engine, int status)
{
    if (engine->exit_status == EXIT_STATUS_DONE)
        engine->exit_status = status;
}

/* ---- steps that end --------------------------------------------------- */

static void handle_completed(struct engine *engine, size_t item,
                             const struct step *step,
                             const struct step_outcome *outcome)
{
    json_t *record = outcome_record(outcome, engine->run);

    recorder_checkpoint(&engine->recorder, step->id, STATUS_COMPLETED, record);
    json_decref(record);
    if (outcome->diagnosis)
        recorder_warn(
            &engine->recorder, step->id, outcome->diagnosis->cause,
            "the step counts as completed: what it wants is there already");
    schedule_completed(&engine->schedule, item);
    engine->completed++;
    recorder_note(&engine->recorder, step->id, "completed");
    recorder_emit(&engine->recorder, outcome_event(step, outcome), false);
}

/* Whether the failure of a non-critical step lets the run go on. */
static bool goes_on(struct engine *engine, const struct step *step,
                    const char *message)
{
    const char *answer;

    if (!engine->request.asks_on_failure || engine->request.auto_approve ||
        engine->stopped || engine->gives_up)
        return true;
    answer = engine_ask(engine, "continue", step, message, "yes,no");
    engine->gives_up = strcmp(answer, "yes") != 0;
    return !engine->gives_up;
}

/* What somebody at the console does about a failed critical step. */
static void recover(struct engine *engine, size_t item, const struct step *step,
                    const struct step_outcome *outcome)
{
    const char *answer;

    if (!engine->request.asks_on_failure || engine->request.auto_approve ||
        engine->stopped || engine->gives_up || outcome->cancelled)
        return;
    answer = engine_ask(engine, "failure", step, outcome->message,
                        "retry,skip,stop");
    if (strcmp(answer, "retry") == 0) {
        schedule_retry(&engine->schedule, item);
    } else if (strcmp(answer, "skip") == 0) {
        schedule_skip(&engine->schedule, item);
        recorder_emit(&engine->recorder,
                      outcome_end_event(step, STATUS_SKIPPED), false);
    } else {
        engine->gives_up = true;
        return;
    }
    engine->failed--;
    /* Another failed step of the group may still stand in the way. */
    if (!engine->schedule.stopping)
        engine->exit_status = EXIT_STATUS_DONE;
}

static void handle_failed(struct engine *engine, size_t item,
                          const struct step *step,
                          const struct step_outcome *outcome)
{
    json_t *record = outcome_record(outcome, engine->run);
    bool critical = step->header.critical;

    recorder_checkpoint(&engine->recorder, step->id, STATUS_FAILED, record);
    json_decref(record);
    schedule_failed(&engine->schedule, item);
    if (critical || outcome->cancelled) {
        engine->failed++;
        recorder_fail(&engine->recorder, step->id, outcome->message,
                      outcome->suggestion, outcome->diagnosis);
    } else {
        char *message = mem_format("%s (not critical)", outcome->message);

        recorder_warn(&engine->recorder, step->id, message,
                      outcome->suggestion);
        free(message);
    }
    recorder_emit(&engine->recorder, outcome_event(step, outcome), false);
    /* That a rollback failed is worse than what it was to mend. */
    if (step_is_rollback(step) && !outcome->cancelled)
        engine->exit_status = outcome_exit_status(step, outcome);
    if (critical && !outcome->cancelled)
        engine_set_exit_status(engine, outcome_exit_status(step, outcome));
    if (outcome->cancelled && !engine->stopped) {
        schedule_stop(&engine->schedule);
        engine_set_exit_status(engine, EXIT_STATUS_CANCELLED);
    }
}

static void handle_blocked(struct engine *engine, size_t item,
                           const struct step *step,
                           const struct step_outcome *outcome)
{
    recorder_checkpoint(&engine->recorder, step->id, STATUS_PENDING, NULL);
    schedule_blocked(&engine->schedule, item);
    if (step->header.critical) {
        engine_set_exit_status(engine, EXIT_STATUS_BLOCKED);
        engine->failed++;
        recorder_fail(&engine->recorder, step->id, outcome->message,
                      outcome->suggestion, NULL);
    } else {
        recorder_warn(&engine->recorder, step->id, outcome->message,
                      outcome->suggestion);
    }
    recorder_emit(&engine->recorder, outcome_event(step, outcome), false);
}

/* The disk did not take all that the step printed: the end of it is shown with
 * the warning, for there is no log to read it from. */
static void tell_lost_output(struct engine *engine, const struct step *step,
                             const struct step_outcome *outcome)
{
    char *message = mem_format("the disk did not take %lld bytes of its output",
                               (long long)outcome->lost_bytes);
    const char *tail = strbuf_text(&outcome->tail);

    if (outcome->tail.len > LOST_OUTPUT_SHOWN)
        tail += outcome->tail.len - LOST_OUTPUT_SHOWN;
    recorder_warn_lost(&engine->recorder, step->id, message, tail);
    free(message);
}

void engine_end_step(struct engine *engine, size_t item,
                     const struct step_outcome *outcome)
{
    const struct step *step = plan_step(engine->request.plan, item);

    if (outcome->lost_bytes)
        tell_lost_output(engine, step, outcome);
    switch (outcome->status) {
    case STATUS_COMPLETED:
        handle_completed(engine, item, step, outcome);
        break;
    case STATUS_BLOCKED:
        handle_blocked(engine, item, step, outcome);
        break;
    default:
        handle_failed(engine, item, step, outcome);
        break;
    }
}

void engine_decide_step(struct engine *engine, size_t item,
                        const struct step_outcome *outcome)
{
    const struct step *step = plan_step(engine->request.plan, item);

    if (outcome->status == STATUS_COMPLETED ||
        outcome->status == STATUS_BLOCKED)
        return;
    if (step->header.critical) {
        recover(engine, item, step, outcome);
    } else if (!goes_on(engine, step, outcome->message)) {
        engine_set_exit_status(engine, outcome_exit_status(step, outcome));
        schedule_stop(&engine->schedule);
    }
}

/* ---- steps that start ------------------------------------------------- */

struct worker_job engine_make_job(const struct engine *engine, size_t item)
{
    const struct engine_request *request = &engine->request;

    return (struct worker_job){
        .project = request->project,
        .step = plan_step(request->plan, item),
        .item = item,
        .state = request->state,
        .run = engine->run,
        .environment = &engine->environment,
        .redact = engine->redact,
        .rules = engine->rules,
        .clock = request->clock,
        .inbox = engine->inbox,
        .reader = request->follows_output ? engine->events : NULL,
        .has_terminal = request->has_terminal,
        .grace_ms = request->grace_ms,
        .target_run = engine->target_run,
    };
}

static bool is_approved(struct engine *engine, const struct step *step)
{
    const char *question = step->header.confirm;

    if (!question || engine->request.auto_approve)
        return true;
    if (!engine->request.can_ask)
        return false;
    return strcmp(engine_ask(engine, "confirm", step, question, "yes,no"),
                  "yes") == 0;
}

/* A step that nobody approves blocks the run; it is not a failure. */
static void refuse(struct engine *engine, size_t item, const struct step *step)
{
    struct step_outcome outcome = { .status = STATUS_BLOCKED };

    outcome.message = mem_text("it was not confirmed");
    outcome.suggestion =
        mem_text("run again and answer yes, or approve it with --auto-approve");
    handle_blocked(engine, item, step, &outcome);
    step_outcome_release(&outcome);
}

void engine_start_step(struct engine *engine, size_t item)
{
    const struct step *step = plan_step(engine->request.plan, item);
    struct worker_job job = engine_make_job(engine, item);
    struct error err = { 0 };
    bool approved = is_approved(engine, step);
    struct event *event;

    if (approved && step->header.interactive && engine->request.has_terminal &&
        engine->request.can_ask && !engine->stopped)
        engine_ask(engine, "terminal", step, step->title, "yes");
    /* Who stopped the run while a question was open has answered it. */
    if (engine->stopped) {
        schedule_unstart(&engine->schedule, item);
        return;
    }
    if (!approved) {
        refuse(engine, item, step);
        return;
    }
    if (engine->request.lock)
        lock_describe(engine->request.lock, engine->run, NULL, step->id);
    recorder_checkpoint(&engine->recorder, step->id, STATUS_IN_PROGRESS, NULL);
    event = event_new(EVENT_STEP_START);
    event_set_text(event, "step", step->id);
    event_set_int(event, "number", step->number);
    event_set_text(event, "title", step->title);
    event_set_int(event, "item", (int64_t)item);
    if (step->builtin)
        event_set_bool(event, "builtin", true);
    if (step->header.interactive && engine->request.has_terminal)
        event_set_bool(event, "interactive", true);
    recorder_emit(&engine->recorder, event, false);
    recorder_note(&engine->recorder, step->id, "started");
    job.needed =
        fingerprint_steps(engine->request.project, step, engine->request.state);
    engine->workers[item] = worker_start(&job, &err);
    if (!engine->workers[item]) {
        struct step_outcome outcome = { .status = STATUS_FAILED,
                                        .message = mem_text(err.message) };

        handle_failed(engine, item, step, &outcome);
        step_outcome_release(&outcome);
    }
}

void engine_tell_skipped(struct engine *engine, size_t item)
{
    const struct plan_item *planned = &engine->request.plan->items[item];
    struct event *event;

    if (planned->is_standby)
        return;
    event = outcome_end_event(plan_step(engine->request.plan, item),
                              STATUS_SKIPPED);
    event_set_text(event, "message", planned->reason);
    if (!planned->skipped_by_choice)
        event_set_bool(event, "completed", true);
    recorder_emit(&engine->recorder, event, false);
}

void engine_tell_blocked(struct engine *engine, size_t item)
{
    const struct plan_item *planned = &engine->request.plan->items[item];
    const struct step *step = plan_step(engine->request.plan, item);
    struct event *event = outcome_end_event(step, STATUS_BLOCKED);
    char *chain = schedule_chain(&engine->schedule, item);

    /* What an earlier run has validated says nothing about this one. */
    if (step->builtin && planned->before == STATUS_COMPLETED)
        recorder_checkpoint(&engine->recorder, step->id, STATUS_PENDING, NULL);
    event_set_text(event, "message", chain);
    event_set_text(event, "suggestion", planned->suggestion);
    event_set_bool(event, "critical", step->header.critical);
    recorder_emit(&engine->recorder, event, false);
    /* A run that nothing else has failed needs an error to show. */
    if (step->header.critical && engine->exit_status == EXIT_STATUS_DONE) {
        engine_set_exit_status(engine, EXIT_STATUS_BLOCKED);
        recorder_fail(&engine->recorder, step->id, chain, planned->suggestion,
                      NULL);
    }
    free(chain);
}
