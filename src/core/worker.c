#include "core/worker_private.h"

#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/strvec.h"
#include "core/fingerprint.h"
#include "core/hooks.h"
#include "core/outputs.h"
#include "core/prerequisite.h"
#include "core/retry.h"
#include "core/runs.h"
#include "core/script.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_AFTER_INTERRUPT = 130 /* what a shell makes of SIGINT */ };

struct worker {
    struct step_context context;
    pthread_t thread;
};

/* ---- messages --------------------------------------------------------- */

void worker_message_free(void *message)
{
    struct worker_message *freed = message;

    if (!freed)
        return;
    event_unref(freed->event);
    free(freed->text);
    if (freed->outcome)
        step_outcome_release(freed->outcome);
    free(freed->outcome);
    free(freed);
}

void worker_send(const struct worker_job *job, enum worker_message_kind kind,
                 struct event *event, char *text, struct step_outcome *outcome)
{
    struct worker_message *message = mem_new(1, sizeof(*message));

    *message = (struct worker_message){ .kind = kind,
                                        .item = job->item,
                                        .event = event,
                                        .text = text,
                                        .outcome = outcome };
    queue_push(job->inbox, message);
}

static void warn(struct step_context *context, const struct error *warning)
{
    if (error_is_set(warning))
        context_warn(context, "%s", warning->message);
}

static void take_output(void *context, const char *bytes, size_t size)
{
    context_output(context, bytes, size);
}

/* ---- one attempt ------------------------------------------------------ */

static void set_failure(struct step_outcome *outcome, char *message)
{
    outcome->status = STATUS_FAILED;
    free(outcome->message);
    outcome->message = message;
}

static bool has_terminal(const struct step_context *context)
{
    return context->job.step->header.interactive && context->job.has_terminal;
}

static void judge_child(struct step_context *context,
                        const struct child_result *result,
                        struct step_outcome *outcome)
{
    char signal_text[CHILD_SIGNAL_SIZE], duration[CLOCK_TEXT_SIZE];

    outcome->exit_status = result->signal ? -1 : result->exit_status;
    outcome->signal = result->signal;
    child_signal_name(result->signal, signal_text);
    switch (result->end) {
    case CHILD_EXITED:
        outcome->cancelled = has_terminal(context) &&
                             result->exit_status == EXIT_AFTER_INTERRUPT;
        if (result->exit_status)
            set_failure(outcome, mem_format("failed with exit status %d",
                                            result->exit_status));
        break;
    case CHILD_SIGNALLED:
        /* Ctrl-C went to the step that has the terminal; it means the run. */
        outcome->cancelled = has_terminal(context) && result->signal == SIGINT;
        set_failure(outcome, mem_format("was ended by %s", signal_text));
        break;
    case CHILD_TIMED_OUT:
        outcome->timed_out = true;
        set_failure(
            outcome,
            mem_format("did not end within its timeout of %s",
                       clock_format_duration(
                           context->job.step->header.timeout_ms, duration)));
        outcome->suggestion = mem_format(
            "see what it waited for in its log, or raise 'Timeout' in %s",
            context->job.step->file);
        break;
    case CHILD_CANCELLED:
        outcome->cancelled = true;
        set_failure(outcome, mem_text("was cancelled"));
        break;
    }
}

static void run_script(struct step_context *context, int marker_fd,
                       struct step_outcome *outcome)
{
    struct child_result result;
    struct error err = { 0 };

    if (!script_run(&context->job, context->attempt, marker_fd,
                    &context->cancel, take_output, context, &result, &err)) {
        outcome->exit_status = -1;
        set_failure(outcome, mem_text(err.message));
        outcome->suggestion = mem_format(
            "check the first line of %s, and that what it names is installed",
            context->job.step->file);
        return;
    }
    if (result.left_background) {
        struct error warning = { 0 };

        error_set(&warning, ERROR_IO,
                  "%s left a background process that still holds its output; "
                  "what it prints is lost (redirect it to a file)",
                  context->job.step->id);
        warn(context, &warning);
    }
    judge_child(context, &result, outcome);
}

static void check_outputs(struct step_context *context,
                          struct step_outcome *outcome)
{
    const struct step *step = context->job.step;
    const char *missing = outputs_find_missing(context->job.project, step);

    if (!missing)
        return;
    set_failure(
        outcome,
        mem_format("ended well, but its output '%s' is missing", missing));
    free(outcome->suggestion);
    outcome->suggestion =
        mem_format("see why the script did not create it, or correct "
                   "'Outputs' in %s",
                   step->file);
}

static void emit_diagnosis(struct step_context *context,
                           const struct diagnosis *diagnosis)
{
    struct event *event = event_new(EVENT_DIAGNOSIS);

    event_set_text(event, "id", diagnosis->id);
    event_set_text(event, "cause", diagnosis->cause);
    event_set_text(event, "suggestion", diagnosis->suggestion);
    event_set_text(event, "documentation", diagnosis->documentation);
    event_set_text(event, "action", diagnosis_action_name(diagnosis->action));
    context_emit(context, event);
}

/* A known failure explains itself, and may turn out to be none. Only what a
 * script says before it gives up counts, not a crash; and a built-in step that
 * knows what mends it knows best. */
static void diagnose(struct step_context *context, struct step_outcome *outcome)
{
    const struct strbuf *tail = steplog_tail(context->log);
    const struct diagnosis *found;
    char *broken;

    outcome->diagnosis = NULL;
    if (outcome->status != STATUS_FAILED || outcome->cancelled ||
        outcome->timed_out || outcome->signal ||
        (context->job.step->builtin && outcome->suggestion))
        return;
    found = diagnosis_find(context->job.rules, strbuf_text(tail), tail->len);
    if (diagnosis_take_warning(context->job.rules, &broken))
        worker_send(&context->job, WORKER_WARNING, NULL, broken, NULL);
    if (!found)
        return;
    outcome->diagnosis = found;
    free(outcome->suggestion);
    outcome->suggestion = mem_text(found->suggestion);
    emit_diagnosis(context, found);
    if (found->action == DIAGNOSIS_ALREADY_DONE && !context->job.step->builtin)
        outcome->status = STATUS_COMPLETED;
}

static void run_attempt(struct step_context *context, int marker_fd,
                        struct step_outcome *outcome)
{
    free(outcome->message);
    free(outcome->suggestion);
    outcome->message = outcome->suggestion = NULL;
    outcome->status = STATUS_COMPLETED;
    outcome->exit_status = 0;
    outcome->signal = 0;
    outcome->timed_out = false;
    outcome->attempts = context->attempt;
    steplog_mark(context->log);
    if (context->job.step->builtin)
        context->job.step->builtin->run(context, outcome);
    else
        run_script(context, marker_fd, outcome);
    steplog_finish(context->log);
    diagnose(context, outcome);
    if (outcome->status == STATUS_COMPLETED)
        check_outputs(context, outcome);
}

/* ---- attempts --------------------------------------------------------- */

static int next_chance(struct step_context *context)
{
    /* Spreads retries of many machines; nothing secret hangs on it. */
    context->chance = context->chance * 1103515245U + 12345U;
    return (int)(context->chance >> 16) % 1000;
}

static void emit_retry(struct step_context *context,
                       const struct step_outcome *outcome, int most,
                       int64_t delay)
{
    struct event *event = event_new(EVENT_STEP_RETRY);

    event_set_int(event, "attempt", context->attempt);
    event_set_int(event, "attempts", most);
    event_set_int(event, "delay_ms", delay);
    if (outcome->exit_status >= 0)
        event_set_int(event, "exit_status", outcome->exit_status);
    event_set_text(event, "message", outcome->message);
    event_set_text(event, "suggestion", outcome->suggestion);
    context_emit(context, event);
}

static void run_attempts(struct step_context *context,
                         struct step_outcome *outcome)
{
    int marker_fd = runs_open_marker(context->job.state, context->job.run,
                                     context->job.step->id);

    for (context->attempt = 1;; context->attempt++) {
        int64_t delay;
        int most;

        run_attempt(context, marker_fd, outcome);
        most = retry_most_attempts(&context->job.step->header,
                                   outcome->exit_status, outcome->diagnosis);
        if (outcome->status != STATUS_FAILED || outcome->cancelled ||
            context->attempt >= most)
            break;
        delay = retry_delay(&context->job.step->header, context->attempt,
                            next_chance(context));
        emit_retry(context, outcome, most, delay);
        if (!context_wait(context, delay)) {
            outcome->cancelled = true;
            set_failure(outcome, mem_text("was cancelled before its retry"));
            break;
        }
    }
    if (marker_fd >= 0)
        close(marker_fd);
}

/* ---- the whole step --------------------------------------------------- */

static bool check_prerequisites(struct step_context *context,
                                struct step_outcome *outcome)
{
    const struct step *step = context->job.step;

    for (size_t i = 0; i < step->need_count; i++) {
        struct error unmet = { 0 };

        if (prerequisite_check(context->job.project, &step->needs[i],
                               &context->cancel, &unmet))
            continue;
        outcome->cancelled = unmet.code == ERROR_CANCELLED;
        outcome->status = outcome->cancelled ? STATUS_FAILED : STATUS_BLOCKED;
        outcome->message = mem_text(unmet.message);
        outcome->suggestion = mem_text(unmet.hint);
        return false;
    }
    return true;
}

/* What the post-step hook sees: a failure is never 0. */
static int hook_status(const struct step_outcome *outcome)
{
    if (outcome->status == STATUS_COMPLETED)
        return 0;
    return outcome->exit_status > 0 ? outcome->exit_status : 1;
}

static void run_step(struct step_context *context, struct step_outcome *outcome)
{
    const struct step *step = context->job.step;
    struct error err = { 0 };

    if (!check_prerequisites(context, outcome))
        return;
    outcome->fingerprint = fingerprint_make(context->job.project, step,
                                            json_incref(context->job.needed));
    if (!hooks_run(&context->job, "pre-step", step->id, -1, &context->cancel,
                   take_output, context, &err)) {
        outcome->cancelled = context_is_cancelled(context);
        outcome->exit_status = -1;
        outcome->run_status = EXIT_STATUS_STEP_FAILED;
        set_failure(outcome, mem_text(err.message));
        outcome->suggestion =
            mem_text("mend hooks/pre-step, then deploy again");
        return;
    }
    run_attempts(context, outcome);
    error_clear(&err);
    /* What stopped the step is not to stop the hook that tells of it. */
    cancel_reset(&context->cancel);
    if (!hooks_run(&context->job, "post-step", step->id, hook_status(outcome),
                   &context->cancel, take_output, context, &err))
        warn(context, &err);
}

static void *worker_main(void *opaque)
{
    struct step_context *context = opaque;
    struct step_outcome *outcome = mem_new(1, sizeof(*outcome));
    const struct worker_job *job = &context->job;
    int64_t start = clock_monotonic(job->clock);
    struct error warning = { 0 };

    outcome->status = STATUS_COMPLETED;
    context->log = steplog_new(
        runs_open_log(job->state, job->run, job->step->id, &warning),
        job->redact);
    steplog_keep_times(context->log,
                       runs_open_times(job->state, job->run, job->step->id),
                       job->clock);
    warn(context, &warning);
    run_step(context, outcome);
    steplog_finish(context->log);
    outcome->duration_ms = clock_monotonic(job->clock) - start;
    outcome->log_bytes = steplog_size(context->log);
    outcome->lost_bytes = steplog_lost(context->log);
    if (outcome->status == STATUS_FAILED || outcome->lost_bytes)
        strbuf_add(&outcome->tail, strbuf_text(steplog_tail(context->log)),
                   steplog_tail(context->log)->len);
    steplog_free(context->log);
    json_decref(context->job.needed);
    worker_send(job, WORKER_ENDED, NULL, NULL, outcome);
    return NULL;
}

struct worker *worker_start(const struct worker_job *job, struct error *err)
{
    struct worker *worker = mem_new(1, sizeof(*worker));
    int failure;

    worker->context.job = *job;
    worker->context.last_percent = PROGRESS_NONE;
    worker->context.chance =
        (unsigned)clock_wall(job->clock) ^ (unsigned)job->item;
    if (!cancel_init(&worker->context.cancel, err)) {
        json_decref(job->needed);
        free(worker);
        return NULL;
    }
    failure =
        pthread_create(&worker->thread, NULL, worker_main, &worker->context);
    if (failure) {
        error_set_errno(err, ERROR_INTERNAL, failure,
                        "no thread for %s can be had", job->step->id);
        cancel_release(&worker->context.cancel);
        json_decref(job->needed);
        free(worker);
        return NULL;
    }
    return worker;
}

void worker_cancel(struct worker *worker, enum cancel_level level)
{
    cancel_raise(&worker->context.cancel, level);
}

void worker_join(struct worker *worker)
{
    pthread_join(worker->thread, NULL);
    cancel_release(&worker->context.cancel);
    free(worker);
}
