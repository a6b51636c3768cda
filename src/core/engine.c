/*
 * The engine thread owns the schedule, the state and the stream. It sleeps on
 * its inbox, into which workers put what they have to tell and everybody else
 * puts commands; one message is handled at a time, to its end:
 *
 *   WORKER_ENDED -> schedule -> checkpoint on the disk -> events
 *
 * A prompt does not stop the inbox: while an answer is awaited, messages of
 * running steps are handled as ever, only ends of steps are set aside (each
 * could ask a question of its own) until the answer is there.
 */
#include "core/engine.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/strvec.h"
#include "core/diagnosis.h"
#include "core/repo.h"
#include "core/runs.h"
#include "core/schedule.h"
#include "core/script.h"
#include "core/secrets.h"
#include "core/stream.h"
#include "core/worker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef STEPDECK_VERSION
#define STEPDECK_VERSION "unknown"
#endif

struct command {
    enum engine_command kind;
    char *argument;
};

struct engine {
    struct engine_request request;
    pthread_t thread;
    struct queue *events;
    struct queue *inbox; /* of struct worker_message */
    struct queue *commands;
    char *run;
    struct stream *stream;
    struct journal *journal;
    struct redact *redact;
    struct diagnosis_rules *rules;
    struct strvec environment;
    struct schedule schedule;
    struct worker **workers; /* one per item, NULL when not running */
    struct cancel cancel;    /* for hooks of the run */
    struct worker_message **deferred;
    size_t deferred_count, deferred_capacity;
    bool is_asking;
    bool stopped; /* by a command */
    bool lock_lost;
    bool state_warned;
    int exit_status;
    int64_t start_ms;
    size_t completed, failed, warned;
    int64_t prompts;
    char *answer;
};

/* ---- telling ---------------------------------------------------------- */

static int64_t now(const struct engine *engine)
{
    return clock_wall(engine->request.clock);
}

static void emit(struct engine *engine, struct event *event, bool durable);

static void warn(struct engine *engine, const char *step, const char *message,
                 const char *suggestion)
{
    struct event *event = event_new(EVENT_WARNING);

    event_set_text(event, "step", step);
    event_set_text(event, "message", message);
    event_set_text(event, "suggestion", suggestion);
    emit(engine, event, false);
    state_log(engine->request.state, STATE_WARNING, step ? step : "stepdeck",
              message, now(engine));
    engine->warned++;
}

/* A state that cannot be written is said once; the deployment goes on. */
static void warn_state(struct engine *engine, const struct error *warning)
{
    if (!error_is_set(warning) || engine->state_warned)
        return;
    engine->state_warned = true;
    warn(engine, NULL, warning->message,
         "the deployment goes on, but resume may run steps again; free space "
         "in or mend the state folder");
}

static void emit(struct engine *engine, struct event *event, bool durable)
{
    struct error warning = { 0 };

    stream_emit(engine->stream, event, durable, &warning);
    warn_state(engine, &warning);
}

static void fail(struct engine *engine, const char *step, const char *message,
                 const char *suggestion, const struct diagnosis *diagnosis)
{
    struct event *event = event_new(EVENT_ERROR);
    char *line = mem_format("%s%s%s", message, diagnosis ? ": " : "",
                            diagnosis ? diagnosis->cause : "");

    event_set_text(event, "step", step);
    event_set_text(event, "message", message);
    if (diagnosis) {
        event_set_text(event, "cause", diagnosis->cause);
        event_set_text(event, "diagnosis", diagnosis->id);
    }
    event_set_text(event, "suggestion", suggestion);
    emit(engine, event, false);
    state_log(engine->request.state, STATE_ERROR, step ? step : "stepdeck",
              line, now(engine));
    free(line);
}

/* The status of a run is that of its first failure. */
static void set_exit_status(struct engine *engine, int status)
{
    if (engine->exit_status == EXIT_STATUS_DONE)
        engine->exit_status = status;
}

static void checkpoint(struct engine *engine, const struct step *step,
                       enum step_status status, json_t *record)
{
    struct error warning = { 0 };
    struct event *event = event_new(EVENT_CHECKPOINT);

    state_checkpoint(engine->request.state, step->id, status, record,
                     now(engine), &warning);
    warn_state(engine, &warning);
    event_set_text(event, "step", step->id);
    event_set_text(event, "status", status_name(status));
    emit(engine, event, false);
}

/* ---- commands --------------------------------------------------------- */

static void free_command(void *item)
{
    struct command *command = item;

    free(command->argument);
    free(command);
}

void engine_command(struct engine *engine, enum engine_command kind,
                    const char *argument)
{
    struct command *command = mem_new(1, sizeof(*command));

    command->kind = kind;
    command->argument = mem_text(argument);
    queue_push(engine->commands, command);
    queue_poke(engine->inbox);
    /* A hook of the run blocks the engine thread itself. */
    if (kind == ENGINE_STOP || kind == ENGINE_KILL)
        cancel_raise(&engine->cancel, kind == ENGINE_STOP ? CANCEL_STOP
                                                          : CANCEL_KILL);
}

static void cancel_workers(struct engine *engine, enum cancel_level level,
                           const char *step)
{
    for (size_t i = 0; i < engine->request.plan->count; i++) {
        if (engine->workers[i] &&
            (!step ||
             strcmp(plan_step(engine->request.plan, i)->id, step) == 0))
            worker_cancel(engine->workers[i], level);
    }
}

static void heed_commands(struct engine *engine)
{
    struct command *command;

    while ((command = queue_take(engine->commands)) != NULL) {
        switch (command->kind) {
        case ENGINE_STOP:
        case ENGINE_KILL:
            engine->stopped = true;
            schedule_stop(&engine->schedule);
            cancel_workers(engine,
                           command->kind == ENGINE_STOP ? CANCEL_STOP
                                                        : CANCEL_KILL,
                           NULL);
            break;
        case ENGINE_STOP_STEP:
            cancel_workers(engine, CANCEL_STOP, command->argument);
            break;
        case ENGINE_ANSWER:
            free(engine->answer);
            engine->answer = command->argument;
            command->argument = NULL;
            break;
        }
        free_command(command);
    }
}

/* ---- messages --------------------------------------------------------- */

static void handle_end(struct engine *engine, size_t item,
                       struct step_outcome *outcome);

static void note_retry(struct engine *engine, const struct event *event,
                       const char *step)
{
    char duration[CLOCK_TEXT_SIZE];
    char *line = mem_format(
        "attempt %d of %d %s, retrying in %s",
        (int)event_int(event, "attempt", 0),
        (int)event_int(event, "attempts", 0), event_text(event, "message"),
        clock_format_duration(event_int(event, "delay_ms", 0), duration));

    state_log(engine->request.state, STATE_WARNING, step, line, now(engine));
    free(line);
}

static void handle_message(struct engine *engine,
                           struct worker_message *message)
{
    const struct step *step = plan_step(engine->request.plan, message->item);

    switch (message->kind) {
    case WORKER_EVENT:
        if (event_type(message->event) == EVENT_STEP_RETRY)
            note_retry(engine, message->event, step->id);
        emit(engine, event_ref(message->event), false);
        break;
    case WORKER_WARNING:
        warn(engine, step->id, message->text, NULL);
        break;
    case WORKER_ENDED:
        if (engine->is_asking) {
            engine->deferred = mem_grow(
                engine->deferred, engine->deferred_count,
                &engine->deferred_capacity, sizeof(struct worker_message *));
            engine->deferred[engine->deferred_count++] = message;
            return;
        }
        worker_join(engine->workers[message->item]);
        engine->workers[message->item] = NULL;
        handle_end(engine, message->item, message->outcome);
        break;
    }
    worker_message_free(message);
}

static void take_messages(struct engine *engine)
{
    struct worker_message *message;

    heed_commands(engine);
    while ((message = queue_take(engine->inbox)) != NULL)
        handle_message(engine, message);
}

static void take_deferred(struct engine *engine)
{
    while (engine->deferred_count) {
        struct worker_message *message = engine->deferred[0];

        engine->deferred_count--;
        memmove(engine->deferred, engine->deferred + 1,
                engine->deferred_count * sizeof(struct worker_message *));
        handle_message(engine, message);
    }
}

/* ---- asking ----------------------------------------------------------- */

/* Emits a prompt and waits for its answer; "" when the run is stopped
 * meanwhile. Borrowed until the next question. */
static const char *ask(struct engine *engine, const char *kind,
                       const struct step *step, const char *message,
                       const char *choices)
{
    struct event *event = event_new(EVENT_PROMPT);
    int64_t id = ++engine->prompts;

    event_set_int(event, "prompt", id);
    event_set_text(event, "kind", kind);
    event_set_text(event, "step", step->id);
    event_set_text(event, "message", message);
    event_set_text(event, "choices", choices);
    free(engine->answer);
    engine->answer = NULL;
    engine->is_asking = true;
    emit(engine, event, false);
    for (;;) {
        take_messages(engine);
        if (engine->answer || engine->stopped)
            break;
        queue_wait(engine->inbox, -1);
    }
    engine->is_asking = false;
    if (!engine->answer)
        engine->answer = mem_text("");
    event = event_new(EVENT_ANSWER);
    event_set_int(event, "prompt", id);
    event_set_text(event, "step", step->id);
    event_set_text(event, "answer", engine->answer);
    emit(engine, event, false);
    return engine->answer;
}

/* ---- steps that end --------------------------------------------------- */

static struct event *end_event(const struct step *step,
                               enum step_status status)
{
    struct event *event = event_new(EVENT_STEP_END);

    event_set_text(event, "step", step->id);
    event_set_text(event, "status", status_name(status));
    return event;
}

static void emit_outcome(struct engine *engine, const struct step *step,
                         const struct step_outcome *outcome)
{
    struct event *event = end_event(step, outcome->status);

    event_set_int(event, "attempt", outcome->attempts);
    event_set_int(event, "duration_ms", outcome->duration_ms);
    if (outcome->exit_status >= 0 && outcome->status != STATUS_BLOCKED)
        event_set_int(event, "exit_status", outcome->exit_status);
    if (outcome->signal)
        event_set_int(event, "signal", outcome->signal);
    if (outcome->cancelled)
        event_set_bool(event, "cancelled", true);
    if (outcome->timed_out)
        event_set_bool(event, "timed_out", true);
    event_set_bool(event, "critical", step->header.critical);
    event_set_text(event, "message", outcome->message);
    event_set_text(event, "suggestion", outcome->suggestion);
    event_set_int(event, "log_bytes", outcome->log_bytes);
    emit(engine, event, false);
}

static json_t *make_record(const struct engine *engine,
                           const struct step_outcome *outcome)
{
    json_t *record = json_object();

    json_object_set(record, "fingerprint", outcome->fingerprint);
    jsonx_set_int(record, "attempts", outcome->attempts);
    jsonx_set_int(record, "duration_ms", outcome->duration_ms);
    jsonx_set_int(record, "exit_status", outcome->exit_status);
    jsonx_set_text(record, "run", engine->run);
    return record;
}

static int failure_status(const struct step *step,
                          const struct step_outcome *outcome)
{
    if (outcome->run_status)
        return outcome->run_status;
    if (step->number == STEP_PREFLIGHT_NUMBER)
        return EXIT_STATUS_PREFLIGHT;
    return EXIT_STATUS_STEP_FAILED;
}

static void handle_completed(struct engine *engine, size_t item,
                             const struct step *step,
                             const struct step_outcome *outcome)
{
    json_t *record = make_record(engine, outcome);

    checkpoint(engine, step, STATUS_COMPLETED, record);
    json_decref(record);
    if (outcome->diagnosis)
        warn(engine, step->id, outcome->diagnosis->cause,
             "the step counts as completed: what it wants is there already");
    schedule_completed(&engine->schedule, item);
    engine->completed++;
    state_log(engine->request.state, STATE_INFO, step->id, "completed",
              now(engine));
    emit_outcome(engine, step, outcome);
}

/* Whether the failure of a non-critical step lets the run go on. */
static bool goes_on(struct engine *engine, const struct step *step,
                    const char *message)
{
    const char *answer;

    if (!engine->request.asks_on_failure || engine->request.auto_approve ||
        engine->stopped)
        return true;
    answer = ask(engine, "continue", step, message, "yes,no");
    return strcmp(answer, "yes") == 0;
}

/* What somebody at the console does about a failed critical step. */
static void recover(struct engine *engine, size_t item,
                    const struct step *step,
                    const struct step_outcome *outcome)
{
    const char *answer;

    if (!engine->request.asks_on_failure || engine->request.auto_approve ||
        engine->stopped || outcome->cancelled)
        return;
    answer = ask(engine, "failure", step, outcome->message, "retry,skip,stop");
    if (strcmp(answer, "retry") == 0) {
        schedule_retry(&engine->schedule, item);
    } else if (strcmp(answer, "skip") == 0) {
        schedule_skip(&engine->schedule, item);
        emit(engine, end_event(step, STATUS_SKIPPED), false);
    } else {
        return;
    }
    engine->exit_status = EXIT_STATUS_DONE;
}

static void handle_failed(struct engine *engine, size_t item,
                          const struct step *step,
                          const struct step_outcome *outcome)
{
    json_t *record = make_record(engine, outcome);
    bool critical = step->header.critical;

    checkpoint(engine, step, STATUS_FAILED, record);
    json_decref(record);
    schedule_failed(&engine->schedule, item);
    if (critical || outcome->cancelled) {
        engine->failed++;
        fail(engine, step->id, outcome->message, outcome->suggestion,
             outcome->diagnosis);
    } else {
        char *message = mem_format("%s (not critical)", outcome->message);

        warn(engine, step->id, message, outcome->suggestion);
        free(message);
    }
    emit_outcome(engine, step, outcome);
    if (critical && !outcome->cancelled)
        set_exit_status(engine, failure_status(step, outcome));
    if (critical)
        recover(engine, item, step, outcome);
    else if (!goes_on(engine, step, outcome->message))
        schedule_stop(&engine->schedule);
    if (outcome->cancelled && !engine->stopped) {
        schedule_stop(&engine->schedule);
        set_exit_status(engine, EXIT_STATUS_CANCELLED);
    }
}

static void handle_blocked(struct engine *engine, size_t item,
                           const struct step *step,
                           const struct step_outcome *outcome)
{
    checkpoint(engine, step, STATUS_PENDING, NULL);
    schedule_blocked(&engine->schedule, item);
    if (step->header.critical) {
        set_exit_status(engine, EXIT_STATUS_BLOCKED);
        engine->failed++;
        fail(engine, step->id, outcome->message, outcome->suggestion, NULL);
    } else {
        warn(engine, step->id, outcome->message, outcome->suggestion);
    }
    emit_outcome(engine, step, outcome);
}

static void handle_end(struct engine *engine, size_t item,
                       struct step_outcome *outcome)
{
    const struct step *step = plan_step(engine->request.plan, item);

    if (outcome->lost_bytes) {
        char *message = mem_format("%lld bytes of its output were lost: the "
                                   "disk did not take them",
                                   (long long)outcome->lost_bytes);

        warn(engine, step->id, message, NULL);
        free(message);
    }
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

/* ---- steps that start ------------------------------------------------- */

static struct worker_job make_job(const struct engine *engine, size_t item)
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
        .reader = engine->events,
        .has_terminal = request->has_terminal,
        .grace_ms = request->grace_ms,
    };
}

static bool is_approved(struct engine *engine, const struct step *step)
{
    const char *question = step->header.confirm;

    if (!question || engine->request.auto_approve)
        return true;
    if (!engine->request.can_ask)
        return false;
    return strcmp(ask(engine, "confirm", step, question, "yes,no"), "yes") == 0;
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

static void start_step(struct engine *engine, size_t item)
{
    const struct step *step = plan_step(engine->request.plan, item);
    struct worker_job job = make_job(engine, item);
    struct error err = { 0 };
    struct event *event;

    if (!is_approved(engine, step)) {
        refuse(engine, item, step);
        return;
    }
    if (step->header.interactive && engine->request.has_terminal &&
        engine->request.can_ask)
        ask(engine, "terminal", step, step->title, "yes");
    if (engine->request.lock)
        lock_describe(engine->request.lock, engine->run, NULL, step->id);
    checkpoint(engine, step, STATUS_IN_PROGRESS, NULL);
    event = event_new(EVENT_STEP_START);
    event_set_text(event, "step", step->id);
    event_set_int(event, "number", step->number);
    event_set_text(event, "title", step->title);
    event_set_int(event, "item", (int64_t)item);
    if (step->header.interactive && engine->request.has_terminal)
        event_set_bool(event, "interactive", true);
    emit(engine, event, false);
    state_log(engine->request.state, STATE_INFO, step->id, "started",
              now(engine));
    engine->workers[item] = worker_start(&job, &err);
    if (!engine->workers[item]) {
        struct step_outcome outcome = { .status = STATUS_FAILED,
                                        .message = mem_text(err.message) };

        handle_failed(engine, item, step, &outcome);
        step_outcome_release(&outcome);
    }
}

static void tell_skipped(struct engine *engine, size_t item)
{
    const struct plan_item *planned = &engine->request.plan->items[item];
    struct event *event =
        end_event(plan_step(engine->request.plan, item), STATUS_SKIPPED);

    event_set_text(event, "message", planned->reason);
    if (!planned->skipped_by_choice)
        event_set_bool(event, "completed", true);
    emit(engine, event, false);
}

static void tell_blocked(struct engine *engine, size_t item)
{
    const struct plan_item *planned = &engine->request.plan->items[item];
    const struct step *step = plan_step(engine->request.plan, item);
    struct event *event = end_event(step, STATUS_BLOCKED);
    char *chain = schedule_chain(&engine->schedule, item);

    event_set_text(event, "message", chain);
    event_set_text(event, "suggestion", planned->suggestion);
    event_set_bool(event, "critical", step->header.critical);
    emit(engine, event, false);
    if (step->header.critical)
        set_exit_status(engine, EXIT_STATUS_BLOCKED);
    free(chain);
}

static void check_lock(struct engine *engine)
{
    if (engine->lock_lost || !engine->request.lock ||
        !lock_is_lost(engine->request.lock))
        return;
    engine->lock_lost = true;
    schedule_stop(&engine->schedule);
    set_exit_status(engine, EXIT_STATUS_LOCKED);
    fail(engine, NULL, "somebody broke the deployment lock of this run",
         "see 'stepdeck lock status', then deploy again", NULL);
}

static void run_steps(struct engine *engine)
{
    for (;;) {
        struct schedule_choice choice;

        take_messages(engine);
        take_deferred(engine);
        choice = schedule_next(&engine->schedule);
        switch (choice.kind) {
        case SCHEDULE_START:
            check_lock(engine);
            if (engine->lock_lost)
                engine->schedule.running--;
            else
                start_step(engine, choice.item);
            break;
        case SCHEDULE_SKIP:
            tell_skipped(engine, choice.item);
            break;
        case SCHEDULE_BLOCK:
            tell_blocked(engine, choice.item);
            break;
        case SCHEDULE_WAIT:
            if (!engine->deferred_count)
                queue_wait(engine->inbox, -1);
            break;
        case SCHEDULE_END:
            return;
        }
    }
}

/* ---- the run ---------------------------------------------------------- */

static json_t *git_json(const struct project *project)
{
    struct repo_info info;
    json_t *json;

    if (!repo_read(project->dir, &info))
        return NULL;
    json = json_object();
    jsonx_set_text(json, "commit", info.commit);
    jsonx_set_text(json, "branch", info.branch);
    repo_info_release(&info);
    return json;
}

static void tell_start(struct engine *engine)
{
    const struct engine_request *request = &engine->request;
    struct event *event = event_new(EVENT_RUN_START);
    json_t *git = git_json(request->project);

    event_set_text(event, "version", STEPDECK_VERSION);
    event_set_text(event, "command", request->command);
    event_set_text(event, "project", request->project->name);
    event_set_text(event, "environment",
                   config_get(&request->project->config, "ENVIRONMENT"));
    event_set_text(event, "target",
                   request->project->target ? request->project->target->name
                                            : "none");
    event_set_int(event, "pid", getpid());
    if (git)
        event_set(event, "git", git);
    event_set(event, "plan", plan_json(request->plan));
    event_set(event, "configuration", config_json(&request->project->config));
    emit(engine, event, true);
    for (size_t i = 0; i < request->plan->warnings.count; i++)
        warn(engine, NULL, request->plan->warnings.items[i], NULL);
    for (size_t i = 0; i < request->project->config.warnings.count; i++)
        warn(engine, NULL, request->project->config.warnings.items[i], NULL);
}

static void tell_end(struct engine *engine)
{
    struct event *event = event_new(EVENT_RUN_END);
    json_t *summary = json_object();
    json_t *steps = json_object();

    jsonx_set_int(steps, "total", (int64_t)engine->request.plan->count);
    jsonx_set_int(steps, "completed", (int64_t)engine->completed);
    jsonx_set_int(steps, "failed", (int64_t)engine->failed);
    jsonx_set_int(steps, "skipped", (int64_t)engine->request.plan->skip_count);
    json_object_set_new(summary, "service_url", json_null());
    json_object_set_new(summary, "image_tag", json_null());
    json_object_set_new(summary, "image_digest", json_null());
    json_object_set_new(summary, "previous_digest", json_null());
    jsonx_set_int(summary, "elapsed_ms",
                  clock_monotonic(engine->request.clock) - engine->start_ms);
    json_object_set_new(summary, "steps", steps);
    event_set_int(event, "exit_status", engine->exit_status);
    event_set(event, "verdict", json_null());
    event_set(event, "summary", summary);
    emit(engine, event, true);
}

static bool run_hook(struct engine *engine, const char *name, int exit_status,
                     struct error *err)
{
    struct worker_job job = { 0 };

    if (engine->request.plan->count)
        job = make_job(engine, 0);
    else
        return true;
    return worker_run_hook(&job, name, name, NULL, exit_status,
                           &engine->cancel, err);
}

static void block_rest(struct engine *engine)
{
    size_t item;

    while (schedule_block_next(&engine->schedule, &item))
        tell_blocked(engine, item);
}

static void *engine_main(void *opaque)
{
    struct engine *engine = opaque;
    struct error err = { 0 };

    tell_start(engine);
    if (run_hook(engine, "pre-run", -1, &err)) {
        run_steps(engine);
        if (!engine->stopped)
            block_rest(engine);
    } else {
        set_exit_status(engine, EXIT_STATUS_STEP_FAILED);
        fail(engine, NULL, err.message,
             "nothing was run; mend hooks/pre-run, then deploy again", NULL);
    }
    heed_commands(engine);
    if (engine->stopped)
        engine->exit_status = EXIT_STATUS_CANCELLED;
    error_clear(&err);
    cancel_drain(&engine->cancel);
    if (!run_hook(engine, "post-run", engine->exit_status, &err))
        warn(engine, NULL, err.message, NULL);
    tell_end(engine);
    return NULL;
}

static size_t processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count > 0 ? (size_t)count : 1;
}

static void prepare(struct engine *engine)
{
    const struct engine_request *request = &engine->request;
    struct error warning = { 0 };
    char *journal_path;

    engine->run = runs_create(request->state, now(engine), &warning);
    journal_path = runs_journal_path(engine->run);
    engine->redact = secrets_collect(&request->project->config);
    engine->journal =
        journal_create(state_fd(request->state), journal_path, &warning);
    engine->stream = stream_new(engine->run, engine->journal, engine->redact,
                                request->clock, engine->events);
    engine->rules = diagnosis_open(request->project->dir);
    script_environment(request->project, request->state, engine->run,
                       !request->can_ask, &engine->environment);
    schedule_init(&engine->schedule, request->plan,
                  request->jobs ? request->jobs : processors());
    engine->workers = mem_new(request->plan->count, sizeof(struct worker *));
    engine->start_ms = clock_monotonic(request->clock);
    free(journal_path);
}

static void release(struct engine *engine)
{
    queue_free(engine->events);
    queue_free(engine->inbox);
    queue_free(engine->commands);
    stream_free(engine->stream);
    journal_close(engine->journal);
    redact_free(engine->redact);
    diagnosis_free(engine->rules);
    strvec_release(&engine->environment);
    schedule_release(&engine->schedule);
    free(engine->deferred);
    free(engine->workers);
    free(engine->answer);
    free(engine->run);
    free(engine);
}

static void drop_event(void *item)
{
    event_unref(item);
}

struct engine *engine_start(const struct engine_request *request,
                            struct error *err)
{
    struct engine *engine = mem_new(1, sizeof(*engine));
    int failure;

    engine->request = *request;
    engine->events = queue_new(drop_event, err);
    engine->inbox = queue_new(worker_message_free, err);
    engine->commands = queue_new(free_command, err);
    if (!engine->events || !engine->inbox || !engine->commands ||
        !cancel_init(&engine->cancel, err)) {
        release(engine);
        return NULL;
    }
    prepare(engine);
    failure = pthread_create(&engine->thread, NULL, engine_main, engine);
    if (failure) {
        error_set_errno(err, ERROR_INTERNAL, failure, "no thread can be had");
        cancel_release(&engine->cancel);
        release(engine);
        return NULL;
    }
    return engine;
}

struct queue *engine_events(struct engine *engine)
{
    return engine->events;
}

const char *engine_run(const struct engine *engine)
{
    return engine->run;
}

int engine_join(struct engine *engine)
{
    int status;

    pthread_join(engine->thread, NULL);
    status = engine->exit_status;
    cancel_release(&engine->cancel);
    release(engine);
    return status;
}

int engine_exit_status(const struct error *err)
{
    switch (err->code) {
    case ERROR_INPUT:
    case ERROR_NOT_FOUND:
        return EXIT_STATUS_INPUT;
    case ERROR_BLOCKED:
        return EXIT_STATUS_BLOCKED;
    case ERROR_LOCKED:
        return EXIT_STATUS_LOCKED;
    case ERROR_CANCELLED:
        return EXIT_STATUS_CANCELLED;
    case ERROR_NONE:
    case ERROR_INTERNAL:
    case ERROR_IO:
        break;
    }
    return EXIT_STATUS_INTERNAL;
}
