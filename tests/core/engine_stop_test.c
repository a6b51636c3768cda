/* Stopping: at every event of a run, by every command, and going on behind. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_run.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "core/worker.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define NET "# Parallel: net\n"

/* When to send which command; the test's own thread reads and writes it. */
static struct {
    int64_t at_seq; /* behind the event of that number */
    enum event_type at_type;
    const char *at_step;
    enum engine_command command;
    const char *argument;
} plan_to;

static void send_when_due(struct fixture_run *run, struct engine *engine,
                          const struct event *event)
{
    const char *step = event_text(event, "step");

    (void)run;
    if (plan_to.at_seq ? event_int(event, "seq", 0) == plan_to.at_seq
                       : event_type(event) == plan_to.at_type && step &&
                             strcmp(step, plan_to.at_step) == 0)
        engine_command(engine, plan_to.command, plan_to.argument);
}

static struct fixture_run *stopping(struct fixture *f, enum engine_command how,
                                    enum event_type type, const char *step)
{
    struct fixture_run *run = fixture_run_new(f);

    memset(&plan_to, 0, sizeof(plan_to));
    plan_to.at_type = type;
    plan_to.at_step = step;
    plan_to.command = how;
    run->on_event = send_when_due;
    return run;
}

/* ---- one step --------------------------------------------------------- */

static void
engine_stop_ends_the_running_script_and_starts_no_other(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run =
        stopping(f, ENGINE_STOP, EVENT_STEP_START, "step-010-a");
    const struct event *end;

    fixture_script(f, "step-010-a.sh", NULL, "exec sleep 1000");
    fixture_script(f, "step-020-b.sh", NULL, "exit 0");
    fixture_run_expect(run, EXIT_STATUS_CANCELLED, "+a !a a=failed");
    end = fixture_run_event(run, EVENT_STEP_END, "step-010-a");
    assert_true(event_bool(end, "cancelled"));
    assert_string_equal(event_text(end, "message"), "was cancelled");
    fixture_expect(f, STATE_DIR "/step-010-a.status", "failed\n");
    assert_false(fixture_has(f, STATE_DIR "/step-020-b.status"));
    fixture_run_free(run);
}

static void engine_kill_gives_no_grace(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run =
        stopping(f, ENGINE_KILL, EVENT_STEP_START, "step-010-a");

    run->request.grace_ms = 600000;
    fixture_script(f, "step-010-a.sh", NULL,
                   "trap '' TERM; while :; do sleep 1000; done");
    fixture_run_expect(run, EXIT_STATUS_CANCELLED, "+a !a a=failed");
    assert_int_equal(
        event_int(fixture_run_event(run, EVENT_STEP_END, NULL), "signal", 0),
        9);
    fixture_run_free(run);
}

static void engine_stop_of_one_step_ends_the_run_as_cancelled(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run =
        stopping(f, ENGINE_STOP_STEP, EVENT_STEP_START, "step-010-a");

    plan_to.argument = "step-010-a";
    run->request.jobs = 2;
    fixture_script(f, "step-010-a.sh", NET, "exec sleep 1000");
    fixture_script(f, "step-020-b.sh", NET, "exit 0");
    fixture_script(f, "step-030-c.sh", NULL, "exit 0");
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_CANCELLED);
    assert_int_equal(run_model_step(&run->model, "step-010-a")->status,
                     STATUS_FAILED);
    assert_int_equal(fixture_run_count(run, EVENT_STEP_START, "step-030-c"), 0);
    fixture_run_free(run);
}

static void engine_stop_of_a_step_that_does_not_run_does_nothing(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run =
        stopping(f, ENGINE_STOP_STEP, EVENT_STEP_START, "step-010-a");

    plan_to.argument = "step-020-b";
    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    fixture_script(f, "step-020-b.sh", NULL, "exit 0");
    fixture_run_expect(run, EXIT_STATUS_DONE, "+a a=completed +b b=completed");
    fixture_run_free(run);
}

static void engine_stop_ends_the_wait_before_a_retry(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run =
        stopping(f, ENGINE_STOP, EVENT_STEP_RETRY, "step-010-a");

    run->clock.holds = true;
    fixture_script(f, "step-010-a.sh", "# Attempts: 3\n",
                   "echo >> attempts; exit 1");
    fixture_run_expect(run, EXIT_STATUS_CANCELLED, "+a ~a !a a=failed");
    assert_string_equal(run->model.errors.items[0].message,
                        "was cancelled before its retry");
    fixture_expect(f, "attempts", "\n");
    fixture_run_free(run);
}

static void engine_cancelled_step_is_not_diagnosed_nor_retried(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run =
        stopping(f, ENGINE_STOP, EVENT_STEP_PROGRESS, "step-010-a");

    fixture_write(f, "diagnoses/t.json",
                  "{\"rules\":[{\"id\":\"t-known\",\"tool\":\"t\","
                  "\"pattern\":\"alpha\",\"cause\":\"c\",\"suggestion\":\"s\","
                  "\"documentation\":\"d\",\"action\":\"retry\"}]}");
    fixture_script(f, "step-010-a.sh", "# Attempts: 3\n",
                   "echo alpha; printf '\\033]9;4;1;100\\007';"
                   "exec sleep 1000");
    fixture_run_expect(run, EXIT_STATUS_CANCELLED, "+a !a a=failed");
    fixture_run_free(run);
}

static void engine_stop_ends_a_hook_of_the_run(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    memset(&plan_to, 0, sizeof(plan_to));
    plan_to.at_seq = 1;
    plan_to.command = ENGINE_STOP;
    run->on_event = send_when_due;
    fixture_script(f, "hooks/pre-run", NULL, "exec sleep 1000");
    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_CANCELLED);
    assert_int_equal(fixture_run_count(run, EVENT_STEP_START, NULL), 0);
    fixture_run_free(run);
}

static void engine_post_run_hook_runs_after_a_stop(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run =
        stopping(f, ENGINE_STOP, EVENT_STEP_START, "step-010-a");

    fixture_script(f, "hooks/post-run", NULL,
                   "sleep 0.1; echo $STEPDECK_EXIT_STATUS > seen");
    fixture_script(f, "step-010-a.sh", NULL, "exec sleep 1000");
    fixture_run_expect(run, EXIT_STATUS_CANCELLED, "+a !a a=failed");
    fixture_expect(f, "seen", "6\n");
    fixture_run_free(run);
}

static void engine_post_step_hook_runs_after_a_stop(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run =
        stopping(f, ENGINE_STOP, EVENT_STEP_START, "step-010-a");

    fixture_script(f, "hooks/post-step", NULL,
                   "sleep 0.1; echo $SCRIPT_NAME > seen");
    fixture_script(f, "step-010-a.sh", NULL, "exec sleep 1000");
    fixture_run_expect(run, EXIT_STATUS_CANCELLED, "+a !a a=failed");
    fixture_expect(f, "seen", "step-010-a\n");
    fixture_run_free(run);
}

/* ---- the sweep -------------------------------------------------------- */

static void wait_a_while(struct step_context *context,
                         struct step_outcome *outcome)
{
    context_log(context, "waiting");
    if (context_wait(context, 1000))
        return;
    outcome->status = STATUS_FAILED;
    outcome->cancelled = true;
    outcome->exit_status = -1;
    outcome->message = mem_text("was cancelled");
}

static const struct target_step moon_steps[] = { { .number = 20,
                                                   .id = "020-b",
                                                   .title = "B",
                                                   .critical = true,
                                                   .run = wait_a_while } };

static const struct target_ops moon = { .name = "moon",
                                        .steps = moon_steps,
                                        .step_count = COUNT(moon_steps) };

static void write_project(struct fixture *f)
{
    target_register(&moon);
    strvec_add(&f->options, "DEPLOY_TARGET=moon");
    fixture_script(f, "step-010-a.sh", "# Attempts: 2\n",
                   "echo out; [ $STEPDECK_ATTEMPT -eq 2 ]");
    fixture_script(f, "step-030-c.sh", NET, "echo c");
    fixture_script(f, "step-040-d.sh", NET, "echo d");
    fixture_script(f, "step-050-e.sh", "# Critical: no\n", "exit 1");
}

static void forget_state(struct fixture *f)
{
    state_free(f->state);
    f->state = NULL;
    assert_true(fileio_remove_tree(AT_FDCWD, fixture_path(f, STATE_DIR), NULL));
    fixture_plan(f, NULL);
}

static size_t count_events(struct fixture *f)
{
    struct fixture_run *run = fixture_run_new(f);
    size_t count;

    run->request.jobs = 2;
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_DONE);
    count = run->count;
    fixture_run_free(run);
    return count;
}

/* Stopped behind one event: in the end each step that was begun is completed
 * or failed on the disk (fixture_run sees to that), and a second run does what
 * is left, and nothing twice. */
static void stop_at(struct fixture *f, int64_t seq, enum engine_command how)
{
    struct fixture_run *run = fixture_run_new(f);
    struct fixture_run *rest;
    size_t completed;

    memset(&plan_to, 0, sizeof(plan_to));
    plan_to.at_seq = seq;
    plan_to.command = how;
    run->on_event = send_when_due;
    run->request.jobs = 2;
    fixture_run_go(run);
    if (run->exit_status != EXIT_STATUS_CANCELLED &&
        run->exit_status != EXIT_STATUS_DONE)
        fail_msg("stopped behind %d: exit status %d", (int)seq,
                 run->exit_status);
    completed = run_model_count(&run->model, STATUS_COMPLETED);
    fixture_plan(f, NULL);
    assert_int_equal(f->plan.skip_count, completed);
    rest = fixture_run_new(f);
    fixture_run_go(rest);
    assert_int_equal(rest->exit_status, EXIT_STATUS_DONE);
    assert_int_equal(run_model_count(&rest->model, STATUS_SKIPPED), completed);
    fixture_run_free(rest);
    fixture_run_free(run);
    forget_state(f);
}

static void engine_can_be_stopped_at_every_event_and_resumed(void **state)
{
    struct fixture *f = *state;
    size_t count;

    write_project(f);
    fixture_plan(f, NULL);
    count = count_events(f);
    assert_true(count > 20);
    forget_state(f);
    for (size_t seq = 1; seq <= count; seq++)
        stop_at(f, (int64_t)seq, ENGINE_STOP);
}

static void engine_can_be_killed_at_every_event_and_resumed(void **state)
{
    struct fixture *f = *state;
    size_t count;

    write_project(f);
    fixture_plan(f, NULL);
    count = count_events(f);
    forget_state(f);
    for (size_t seq = 1; seq <= count; seq++)
        stop_at(f, (int64_t)seq, ENGINE_KILL);
}

static void engine_commands_after_the_end_do_nothing(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    memset(&plan_to, 0, sizeof(plan_to));
    plan_to.at_seq = 6; /* run.end of this run */
    plan_to.command = ENGINE_KILL;
    run->on_event = send_when_due;
    fixture_run_expect(run, EXIT_STATUS_DONE, "+a a=completed");
    assert_int_equal(run->count, 6);
    fixture_run_free(run);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(engine_stop_ends_the_running_script_and_starts_no_other),
        FIXTURE_TEST(engine_kill_gives_no_grace),
        FIXTURE_TEST(engine_stop_of_one_step_ends_the_run_as_cancelled),
        FIXTURE_TEST(engine_stop_of_a_step_that_does_not_run_does_nothing),
        FIXTURE_TEST(engine_stop_ends_the_wait_before_a_retry),
        FIXTURE_TEST(engine_cancelled_step_is_not_diagnosed_nor_retried),
        FIXTURE_TEST(engine_stop_ends_a_hook_of_the_run),
        FIXTURE_TEST(engine_post_run_hook_runs_after_a_stop),
        FIXTURE_TEST(engine_post_step_hook_runs_after_a_stop),
        FIXTURE_TEST(engine_can_be_stopped_at_every_event_and_resumed),
        FIXTURE_TEST(engine_can_be_killed_at_every_event_and_resumed),
        FIXTURE_TEST(engine_commands_after_the_end_do_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
