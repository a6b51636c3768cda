#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_run.h"

#include "base/cancel.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "core/runs.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    HANG_MS = 120000, /* nothing for that long: the engine hangs */
    HOLD_MS = 600000,
    PREFIX_SIZE = 9 /* "step-NNN-" */
};

/* ---- time ------------------------------------------------------------- */

static int64_t now(void *context)
{
    struct fixture_clock *clock = context;
    int64_t now_ms;

    pthread_mutex_lock(&clock->mutex);
    now_ms = clock->now_ms;
    pthread_mutex_unlock(&clock->mutex);
    return now_ms;
}

static bool wait_for(void *context, int64_t duration_ms, struct cancel *cancel)
{
    struct fixture_clock *clock = context;
    bool holds;

    pthread_mutex_lock(&clock->mutex);
    if (clock->wait_count < FIXTURE_WAITS)
        clock->waits[clock->wait_count++] = duration_ms;
    clock->now_ms += duration_ms;
    holds = clock->holds;
    pthread_mutex_unlock(&clock->mutex);
    if (holds && cancel)
        return cancel_wait(cancel, HOLD_MS);
    return !cancel || cancel_level(cancel) == CANCEL_NONE;
}

/* ---- a run ------------------------------------------------------------ */

struct fixture_run *fixture_run_new(struct fixture *f)
{
    struct fixture_run *run = mem_new(1, sizeof(*run));

    run->f = f;
    pthread_mutex_init(&run->clock.mutex, NULL);
    run->clock.now_ms = FIXTURE_TIME;
    run->clock.clock = (struct clock){ .context = &run->clock,
                                       .wall_ms = now,
                                       .monotonic_ms = now,
                                       .wait = wait_for };
    run->request = (struct engine_request){ .command = "deploy",
                                            .clock = &run->clock.clock,
                                            .jobs = 1,
                                            .grace_ms = 5000 };
    return run;
}

void fixture_run_free(struct fixture_run *run)
{
    for (size_t i = 0; i < run->count; i++)
        event_unref(run->events[i]);
    free(run->events);
    run_model_release(&run->model);
    pthread_mutex_destroy(&run->clock.mutex);
    free(run->id);
    free(run);
}

static void keep_event(struct fixture_run *run, struct event *event)
{
    run->events =
        mem_grow(run->events, run->count, &run->capacity, sizeof(*run->events));
    run->events[run->count++] = event;
    run_model_apply(&run->model, event);
}

static void take_event(struct fixture_run *run, struct engine *engine,
                       struct event *event)
{
    keep_event(run, event);
    if (event_type(event) == EVENT_PROMPT && run->answered < FIXTURE_ANSWERS &&
        run->answers[run->answered])
        engine_command(engine, ENGINE_ANSWER, run->answers[run->answered++]);
    if (run->on_event)
        run->on_event(run, engine, event);
}

static bool has_ended(const struct fixture_run *run)
{
    return run->count &&
           event_type(run->events[run->count - 1]) == EVENT_RUN_END;
}

static void watch(struct fixture_run *run, struct engine *engine)
{
    int64_t last_ms = clock_monotonic(clock_system());

    while (!has_ended(run)) {
        struct event *event;

        queue_wait(engine_events(engine), 1000);
        while ((event = queue_take(engine_events(engine))) != NULL) {
            take_event(run, engine, event);
            last_ms = clock_monotonic(clock_system());
        }
        if (clock_monotonic(clock_system()) - last_ms > HANG_MS)
            fail_msg("the engine hangs behind: %s", fixture_run_trace(run));
    }
}

/* ---- what every run must hold ----------------------------------------- */

static void check_envelopes(const struct fixture_run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        const struct event *event = run->events[i];
        enum event_type type = event_type(event);

        assert_int_equal(event_int(event, "v", 0), EVENT_VERSION);
        assert_int_equal(event_int(event, "seq", 0), i + 1);
        assert_string_equal(event_text(event, "run"), run->id);
        assert_true(event_time(event) >= FIXTURE_TIME);
        assert_true((type == EVENT_RUN_START) == (i == 0));
        assert_true((type == EVENT_RUN_END) == (i == run->count - 1));
    }
}

static void check_end(const struct fixture_run *run)
{
    const struct event *end = run->events[run->count - 1];
    const json_t *summary = event_get(end, "summary");

    assert_int_equal(event_int(end, "exit_status", -1), run->exit_status);
    /* Null, unless the target had a last word. */
    assert_int_equal(json_is_string(event_get(end, "verdict")),
                     fixture_run_event(run, EVENT_VERDICT, NULL) != NULL);
    assert_true(json_is_object(json_object_get(summary, "steps")));
    assert_true(json_is_integer(json_object_get(summary, "elapsed_ms")));
}

/* A step that started ends, and ends before the run does. */
static void check_pairs(const struct fixture_run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        const char *step = event_text(run->events[i], "step");
        bool ended = false;

        if (event_type(run->events[i]) != EVENT_STEP_START)
            continue;
        for (size_t j = i + 1; !ended && j < run->count; j++)
            ended = event_type(run->events[j]) == EVENT_STEP_END &&
                    strcmp(event_text(run->events[j], "step"), step) == 0;
        if (!ended)
            fail_msg("%s started and never ended", step);
    }
    assert_int_equal(run_model_count(&run->model, STATUS_IN_PROGRESS), 0);
    assert_int_equal(run_model_count(&run->model, STATUS_RETRYING), 0);
}

static const char *journal_name(const struct fixture_run *run)
{
    return fixture_keep(run->f, mem_format("%s/runs/%s/events.ndjson",
                                           state_path(run->f->state), run->id));
}

static void check_journal(const struct fixture_run *run)
{
    struct strbuf lines = { 0 };

    for (size_t i = 0; i < run->count; i++) {
        char *line = jsonx_line(event_json(run->events[i]));

        strbuf_addf(&lines, "%s\n", line);
        free(line);
    }
    fixture_expect(run->f, journal_name(run), strbuf_text(&lines));
    strbuf_release(&lines);
}

static const char *read_checkpoints(struct fixture *f)
{
    const char *name =
        fixture_keep(f, mem_format("%s/checkpoints.log", state_path(f->state)));
    const char *log = fixture_read(f, name);

    return log ? log : "";
}

/* Checkpoint events are the lines of the log since `size`, without times, and
 * the last one of each step is what its status file says. */
static void check_checkpoints(const struct fixture_run *run, size_t size)
{
    const char *log = read_checkpoints(run->f);
    struct strbuf told = { 0 }, written = { 0 };

    for (size_t i = 0; i < run->count; i++) {
        if (event_type(run->events[i]) == EVENT_CHECKPOINT)
            strbuf_addf(&told, "%s %s\n", event_text(run->events[i], "step"),
                        event_text(run->events[i], "status"));
    }
    for (log += size; *log;) {
        const char *end = strchr(log, '\n');

        log += strcspn(log, " ") + 1;
        strbuf_add(&written, log, (size_t)(end + 1 - log));
        log = end + 1;
    }
    assert_string_equal(strbuf_text(&told), strbuf_text(&written));
    strbuf_release(&told);
    strbuf_release(&written);
}

static void check_status_files(const struct fixture_run *run)
{
    for (size_t i = run->count; i-- > 0;) {
        const char *step = event_text(run->events[i], "step");
        bool is_last = event_type(run->events[i]) == EVENT_CHECKPOINT;
        char *name, *word;

        for (size_t j = i + 1; is_last && j < run->count; j++)
            is_last = event_type(run->events[j]) != EVENT_CHECKPOINT ||
                      strcmp(event_text(run->events[j], "step"), step) != 0;
        if (!is_last)
            continue;
        name = mem_format("%s/%s.status", state_path(run->f->state), step);
        word = mem_format("%s\n", event_text(run->events[i], "status"));
        fixture_expect(run->f, name, word);
        assert_string_not_equal(word, "in_progress\n");
        free(name);
        free(word);
    }
}

static char *describe(const struct run_model *model)
{
    struct strbuf text = { 0 };

    strbuf_addf(&text, "%s %s %s %s %d %d %" PRId64 " %" PRId64 "\n",
                model->run, model->command, model->project, model->environment,
                model->has_ended, model->exit_status, model->start_ms,
                model->last_ms);
    for (size_t i = 0; i < model->step_count; i++) {
        const struct run_step *step = &model->steps[i];

        strbuf_addf(&text, "%s %s %d %d %d %" PRId64 " %d %s %s %s\n", step->id,
                    status_name(step->status), step->will_run, step->critical,
                    step->attempts, step->duration_ms, step->exit_status,
                    step->message ? step->message : "",
                    step->suggestion ? step->suggestion : "",
                    step->diagnosis ? step->diagnosis : "");
    }
    for (size_t i = 0; i < model->errors.count; i++)
        strbuf_addf(&text, "error %s\n", model->errors.items[i].message);
    for (size_t i = 0; i < model->warnings.count; i++)
        strbuf_addf(&text, "warning %s\n", model->warnings.items[i].message);
    return strbuf_take(&text);
}

static void check_model(const struct fixture_run *run)
{
    struct run_model replayed = { 0 };
    struct error err = { 0 };
    size_t skipped = 99;
    char *watched, *again;

    if (!run_model_load(&replayed, run->f->state, run->id, &skipped, &err))
        fail_msg("%s", err.message);
    assert_int_equal(skipped, 0);
    watched = describe(&run->model);
    again = describe(&replayed);
    assert_string_equal(watched, again);
    run_model_release(&replayed);
    free(watched);
    free(again);
}

static void copy_journal(const struct fixture_run *run)
{
    static int number;
    const char *folder = getenv("STEPDECK_TEST_JOURNALS");
    const char *text;
    char *name;

    if (!folder || !*folder)
        return;
    text = fixture_read(run->f, journal_name(run));
    name = mem_format("%s/%s-%ld-%d.ndjson", folder, run->id, (long)getpid(),
                      ++number);
    assert_non_null(text);
    assert_true(fileio_replace(AT_FDCWD, name, text, strlen(text), 0644,
                               FILEIO_LAZY, NULL));
    free(name);
}

void fixture_run_go(struct fixture_run *run)
{
    struct fixture *f = run->f;
    struct error err = { 0 };
    struct engine *engine;
    size_t size;

    if (!f->has_plan)
        fixture_plan(f, NULL);
    size = strlen(read_checkpoints(f));
    run->request.project = &f->project;
    run->request.plan = &f->plan;
    run->request.state = f->state;
    engine = engine_start(&run->request, &err);
    if (!engine)
        fail_msg("%s", err.message);
    run->id = mem_text(engine_run(engine));
    watch(run, engine);
    run->exit_status = engine_join(engine);
    check_envelopes(run);
    check_end(run);
    check_pairs(run);
    if (run->is_unwritable || state_fd(f->state) < 0)
        return;
    check_journal(run);
    check_checkpoints(run, size);
    check_status_files(run);
    check_model(run);
    copy_journal(run);
}

void fixture_run_expect(struct fixture_run *run, int exit_status,
                        const char *trace)
{
    fixture_run_go(run);
    assert_string_equal(fixture_run_trace(run), trace);
    assert_int_equal(run->exit_status, exit_status);
}

/* ---- looking at it ---------------------------------------------------- */

static void trace_event(struct strbuf *trace, const struct event *event)
{
    const char *step = event_text(event, "step");
    const char *name = step ? step + PREFIX_SIZE : "";
    const char *space = trace->len ? " " : "";

    switch (event_type(event)) {
    case EVENT_STEP_START:
        strbuf_addf(trace, "%s+%s", space, name);
        break;
    case EVENT_STEP_END:
        strbuf_addf(trace, "%s%s=%s", space, name, event_text(event, "status"));
        break;
    case EVENT_STEP_RETRY:
        strbuf_addf(trace, "%s~%s", space, name);
        break;
    case EVENT_ERROR:
        strbuf_addf(trace, "%s!%s", space, name);
        break;
    case EVENT_WARNING:
        strbuf_addf(trace, "%sw:%s", space, name);
        break;
    case EVENT_PROMPT:
        strbuf_addf(trace, "%s?%s", space, event_text(event, "kind"));
        break;
    case EVENT_ANSWER:
        strbuf_addf(trace, "%s>%s", space, event_text(event, "answer"));
        break;
    case EVENT_DIAGNOSIS:
        strbuf_addf(trace, "%sd:%s", space, event_text(event, "id"));
        break;
    default:
        break;
    }
}

const char *fixture_run_trace(struct fixture_run *run)
{
    struct strbuf trace = { 0 };

    for (size_t i = 0; i < run->count; i++)
        trace_event(&trace, run->events[i]);
    return fixture_keep(run->f, trace.len ? strbuf_take(&trace) : mem_text(""));
}

static bool is_of(const struct event *event, enum event_type type,
                  const char *step)
{
    const char *found = event_text(event, "step");

    return event_type(event) == type &&
           (!step || (found && strcmp(found, step) == 0));
}

const struct event *fixture_run_event(const struct fixture_run *run,
                                      enum event_type type, const char *step)
{
    for (size_t i = 0; i < run->count; i++) {
        if (is_of(run->events[i], type, step))
            return run->events[i];
    }
    return NULL;
}

size_t fixture_run_count(const struct fixture_run *run, enum event_type type,
                         const char *step)
{
    size_t count = 0;

    for (size_t i = 0; i < run->count; i++)
        count += is_of(run->events[i], type, step);
    return count;
}
