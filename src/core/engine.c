/*
 * The engine thread owns the schedule, the state and the stream. It sleeps on
 * its inbox, into which workers put what they have to tell and everybody else
 * puts commands; one message is handled at a time, to its end:
 *
 *   WORKER_ENDED -> schedule -> checkpoint on the disk -> events
 *
 * A prompt does not stop the inbox: while an answer is awaited, messages of
 * running steps are handled as ever, and the end of a step goes on record at
 * once. Only what somebody has to decide about it is set aside until the answer
 * is there: one question at a time.
 */
#include "core/engine_private.h"

#include "base/mem.h"
#include "base/redact.h"
#include "base/strvec.h"
#include "core/diagnosis.h"
#include "core/hooks.h"
#include "core/recorder.h"
#include "core/runevents.h"
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

struct command {
    enum engine_command kind;
    char *argument;
};

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
        cancel_raise(&engine->cancel,
                     kind == ENGINE_STOP ? CANCEL_STOP : CANCEL_KILL);
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
            cancel_workers(
                engine,
                command->kind == ENGINE_STOP ? CANCEL_STOP : CANCEL_KILL, NULL);
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

static void handle_message(struct engine *engine,
                           struct worker_message *message)
{
    const struct step *step = plan_step(engine->request.plan, message->item);

    switch (message->kind) {
    case WORKER_EVENT:
        if (event_type(message->event) == EVENT_STEP_RETRY)
            recorder_note_retry(&engine->recorder, step->id, message->event);
        /* What the cloud was asked for is known after a crash. */
        recorder_emit(&engine->recorder, event_ref(message->event),
                      event_type(message->event) == EVENT_CLOUD_OPERATION);
        break;
    case WORKER_WARNING:
        recorder_warn(&engine->recorder, step->id, message->text, NULL);
        break;
    case WORKER_ENDED:
        worker_join(engine->workers[message->item]);
        engine->workers[message->item] = NULL;
        engine_end_step(engine, message->item, message->outcome);
        if (engine->is_asking) {
            engine->deferred = mem_grow(
                engine->deferred, engine->deferred_count,
                &engine->deferred_capacity, sizeof(struct worker_message *));
            engine->deferred[engine->deferred_count++] = message;
            return;
        }
        engine_decide_step(engine, message->item, message->outcome);
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
        engine_decide_step(engine, message->item, message->outcome);
        worker_message_free(message);
    }
}

/* ---- asking ----------------------------------------------------------- */

const char *engine_ask(struct engine *engine, const char *kind,
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
    recorder_emit(&engine->recorder, event, false);
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
    recorder_emit(&engine->recorder, event, false);
    return engine->answer;
}

static void check_lock(struct engine *engine)
{
    /* Without the folder there is no lock that anybody could have broken; the
     * state itself is warned of. */
    if (engine->lock_lost || !engine->request.lock ||
        state_is_gone(engine->request.state) ||
        !lock_is_lost(engine->request.lock))
        return;
    engine->lock_lost = true;
    schedule_stop(&engine->schedule);
    engine_set_exit_status(engine, EXIT_STATUS_LOCKED);
    recorder_fail(&engine->recorder, NULL,
                  "somebody broke the deployment lock of this run",
                  "see 'stepdeck lock status', then deploy again", NULL);
}

/* Who depends on what failed is told at once, also while the rest of a group
 * is running; unless somebody may yet choose to repeat it. */
static void block_dependants(struct engine *engine)
{
    size_t item;

    if (!engine->schedule.stopping || engine->stopped ||
        (engine->request.asks_on_failure && engine->schedule.running))
        return;
    while (schedule_block_next(&engine->schedule, &item))
        engine_tell_blocked(engine, item);
}

static void run_steps(struct engine *engine)
{
    for (;;) {
        struct schedule_choice choice;

        take_messages(engine);
        take_deferred(engine);
        block_dependants(engine);
        choice = schedule_next(&engine->schedule);
        switch (choice.kind) {
        case SCHEDULE_START:
            check_lock(engine);
            if (engine->lock_lost)
                schedule_unstart(&engine->schedule, choice.item);
            else
                engine_start_step(engine, choice.item);
            break;
        case SCHEDULE_SKIP:
            engine_tell_skipped(engine, choice.item);
            break;
        case SCHEDULE_BLOCK:
            engine_tell_blocked(engine, choice.item);
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

static void roll_back(struct engine *engine)
{
    size_t item;

    /* Who stopped the run wants nothing more to happen. */
    if (engine->schedule.stopped || !engine_find_rollback(engine, &item))
        return;
    schedule_force(&engine->schedule, item);
    engine_start_step(engine, item);
    while (engine->workers[item]) {
        queue_wait(engine->inbox, -1);
        take_messages(engine);
    }
    take_deferred(engine);
}

static void tell_warnings(struct engine *engine)
{
    const struct strvec *lists[] = {
        &engine->request.plan->warnings,
        &engine->request.project->config.warnings
    };

    recorder_warn_state(&engine->recorder, &engine->start_warning);
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < lists[i]->count; j++)
            recorder_warn(&engine->recorder, NULL, lists[i]->items[j], NULL);
    }
}

static bool run_hook(struct engine *engine, const char *name, int exit_status,
                     struct error *err)
{
    struct worker_job job = { 0 };

    if (engine->request.plan->count)
        job = engine_make_job(engine, 0);
    else
        return true;
    return hooks_run_logged(&job, name, exit_status, &engine->cancel, err);
}

static void *engine_main(void *opaque)
{
    struct engine *engine = opaque;
    struct runevents_end end = { .plan = engine->request.plan };
    struct error err = { 0 };

    engine_open_target(engine);
    recorder_emit(&engine->recorder,
                  runevents_start(engine->request.command,
                                  engine->request.project,
                                  engine->request.plan),
                  true);
    tell_warnings(engine);
    if (run_hook(engine, "pre-run", -1, &err)) {
        run_steps(engine);
        roll_back(engine);
    } else {
        engine_set_exit_status(engine, EXIT_STATUS_STEP_FAILED);
        recorder_fail(&engine->recorder, NULL, err.message,
                      "nothing was run; mend hooks/pre-run, then deploy again",
                      NULL);
    }
    heed_commands(engine);
    /* Who stops a run that has just done all of its work has not. */
    if (engine->stopped &&
        (engine->failed || schedule_is_unfinished(&engine->schedule)))
        engine->exit_status = EXIT_STATUS_CANCELLED;
    error_clear(&err);
    /* What stopped the steps is not to stop the hook that tells of it. */
    cancel_reset(&engine->cancel);
    if (!run_hook(engine, "post-run", engine->exit_status, &err))
        recorder_warn(&engine->recorder, NULL, err.message, NULL);
    engine_close_target(engine, &end);
    end.exit_status = engine->exit_status;
    end.completed = engine->completed;
    end.failed = engine->failed;
    end.elapsed_ms = clock_monotonic(engine->request.clock) - engine->start_ms;
    recorder_end(&engine->recorder, runevents_end(&end));
    free(end.verdict);
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
    char *journal_path;

    engine->run = runs_create(request->state, clock_wall(request->clock),
                              &engine->start_warning);
    journal_path = runs_journal_path(engine->run);
    engine->redact = secrets_collect(&request->project->config);
    engine->journal = journal_create(state_fd(request->state), journal_path,
                                     &engine->start_warning);
    engine->stream = stream_new(engine->run, engine->journal, engine->redact,
                                request->clock, engine->events);
    engine->recorder = (struct recorder){ .stream = engine->stream,
                                          .state = request->state,
                                          .clock = request->clock,
                                          .redact = engine->redact };
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
