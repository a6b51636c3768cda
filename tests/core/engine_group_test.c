/* Steps that run together, and what the failure of one means to others. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_run.h"

#include "base/mem.h"
#include "core/worker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define NET "# Parallel: net\n"

/* Says that this step is here, and goes on when the other is. */
#define MEET(own, other)                                                       \
    "touch " own ".here; until [ -e " other ".here ]; do sleep 0.01; done; "

/* Notes when more than two are running at once. */
#define COUNTED(commands)                                                      \
    "mkdir -p busy; touch busy/$SCRIPT_NAME;"                                  \
    "[ $(ls busy | wc -l) -le 2 ] || touch too-many; " commands                \
    "rm busy/$SCRIPT_NAME"

static void engine_runs_a_group_together(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    run->request.jobs = 2;
    fixture_script(f, "step-010-a.sh", NET, MEET("a", "b"));
    fixture_script(f, "step-020-b.sh", NET, MEET("b", "a"));
    fixture_script(f, "step-030-c.sh", NULL, "exit 0");
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_DONE);
    fixture_expect_part(fixture_run_trace(run), "+a +b");
    assert_int_equal(run_model_count(&run->model, STATUS_COMPLETED), 3);
    fixture_run_free(run);
}

static void engine_runs_at_most_jobs_at_once(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    run->request.jobs = 2;
    fixture_script(f, "step-010-a.sh", NET, COUNTED(MEET("a", "b")));
    fixture_script(f, "step-020-b.sh", NET, COUNTED(MEET("b", "a")));
    fixture_script(f, "step-030-c.sh", NET, COUNTED(MEET("c", "d")));
    fixture_script(f, "step-040-d.sh", NET, COUNTED(MEET("d", "c")));
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_DONE);
    assert_int_equal(run_model_count(&run->model, STATUS_COMPLETED), 4);
    assert_false(fixture_has(f, "too-many"));
    fixture_run_free(run);
}

static void engine_with_one_job_runs_a_group_in_order(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    fixture_script(f, "step-010-a.sh", NET, "exit 0");
    fixture_script(f, "step-020-b.sh", NET, "exit 0");
    fixture_run_expect(run, EXIT_STATUS_DONE, "+a a=completed +b b=completed");
    fixture_run_free(run);
}

static void engine_reports_every_failure_of_a_group(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    run->request.jobs = 3;
    fixture_script(f, "step-010-a.sh", NET, MEET("a", "b") "exit 4");
    fixture_script(f, "step-020-b.sh", NET, MEET("b", "c") "exit 5");
    fixture_script(f, "step-030-c.sh", NET, MEET("c", "a") "exit 0");
    fixture_script(f, "step-040-d.sh", "# Prerequisites: step-020-b\n",
                   "exit 0");
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_STEP_FAILED);
    assert_int_equal(fixture_run_count(run, EVENT_ERROR, NULL), 2);
    assert_int_equal(fixture_run_count(run, EVENT_ERROR, "step-010-a"), 1);
    assert_int_equal(fixture_run_count(run, EVENT_ERROR, "step-020-b"), 1);
    assert_int_equal(run_model_step(&run->model, "step-030-c")->status,
                     STATUS_COMPLETED);
    assert_string_equal(run_model_step(&run->model, "step-040-d")->message,
                        "needs step-020-b, which failed");
    assert_int_equal(run->model.errors.count, 2);
    fixture_run_free(run);
}

static void engine_waits_for_the_rest_of_a_group_that_failed(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    run->request.jobs = 2;
    fixture_script(f, "step-010-a.sh", NET, MEET("a", "b") "exit 1");
    fixture_script(f, "step-020-b.sh", NET,
                   MEET("b", "a") "until [ \"$(cat .deployment-state/"
                                  "step-010-a.status)\" = failed ];"
                                  "do sleep 0.01; done; echo b > ended");
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_STEP_FAILED);
    fixture_expect(f, "ended", "b\n");
    fixture_expect(f, STATE_DIR "/step-020-b.status", "completed\n");
    fixture_run_free(run);
}

static void engine_starts_the_rest_of_a_group_that_failed(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    fixture_script(f, "step-010-a.sh", NET, "exit 1");
    fixture_script(f, "step-020-b.sh", NET, "exit 0");
    fixture_script(f, "step-030-c.sh", NULL, "exit 0");
    fixture_run_expect(run, EXIT_STATUS_STEP_FAILED,
                       "+a !a a=failed c=blocked +b b=completed");
    fixture_run_free(run);
}

static void engine_blocks_at_once_who_needs_a_failed_step_by_name(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    fixture_script(f, "step-010-a.sh", "# Critical: no\n", "exit 1");
    fixture_script(f, "step-020-b.sh",
                   "# Critical: no\n# Prerequisites: step-010-a\n", "exit 0");
    fixture_script(f, "step-030-c.sh", NULL, "exit 0");
    fixture_run_expect(run, EXIT_STATUS_DONE,
                       "+a w:a a=failed b=blocked +c c=completed");
    fixture_run_free(run);
}

static void engine_critical_step_behind_a_failed_one_is_blocked(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    fixture_script(f, "step-010-a.sh", "# Critical: no\n", "exit 1");
    fixture_script(f, "step-020-b.sh", "# Prerequisites: step-010-a\n",
                   "exit 0");
    fixture_script(f, "step-030-c.sh", NULL, "exit 0");
    fixture_run_expect(run, EXIT_STATUS_BLOCKED,
                       "+a w:a a=failed b=blocked !b c=blocked");
    fixture_run_free(run);
}

static void engine_tells_who_the_plan_has_blocked_already(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);
    const struct event *end;

    fixture_script(f, "step-010-a.sh",
                   "# Critical: no\n# Prerequisites: env STEPDECK_TEST_NOT\n",
                   "exit 0");
    fixture_script(f, "step-020-b.sh", NULL, "exit 0");
    fixture_run_expect(run, EXIT_STATUS_DONE, "a=blocked +b b=completed");
    end = fixture_run_event(run, EVENT_STEP_END, "step-010-a");
    assert_string_equal(event_text(end, "message"),
                        "STEPDECK_TEST_NOT is not set");
    fixture_expect_part(event_text(end, "suggestion"), ".env");
    fixture_run_free(run);
}

/* ---- built-in steps --------------------------------------------------- */

/* Built-in steps have no arguments: what they share is here. */
static struct {
    pthread_mutex_t mutex;
    int launches;
} shared = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static int note_launch(void)
{
    int launches;

    pthread_mutex_lock(&shared.mutex);
    launches = ++shared.launches;
    pthread_mutex_unlock(&shared.mutex);
    return launches;
}

static void launch(struct step_context *context, struct step_outcome *outcome)
{
    struct event *event = event_new(EVENT_CLOUD_PHASE);

    context_log(context, "launch %d of %s", note_launch(),
                config_get(context_config(context), "PROJECT_NAME"));
    context_progress(context, 100, "up");
    event_set_text(event, "message", "orbit");
    context_emit(context, event);
    if (!context_wait(context, 60000) || context_is_cancelled(context) ||
        !context_project(context)->dir)
        outcome->status = STATUS_FAILED;
}

static void fall(struct step_context *context, struct step_outcome *outcome)
{
    context_log(context, "alpha");
    outcome->status = STATUS_FAILED;
    outcome->exit_status = -1;
    outcome->run_status = 13;
    outcome->message = mem_text("it fell");
    outcome->suggestion = mem_text("catch it");
}

static const struct target_step moon_steps[] = {
    { .number = 20,
      .id = "020-launch",
      .title = "Launch",
      .critical = true,
      .run = launch },
    { .number = 40,
      .id = "040-fall",
      .title = "Fall",
      .critical = true,
      .attempts = 2,
      .run = fall },
};

static const struct target_ops moon = { .name = "moon",
                                        .steps = moon_steps,
                                        .step_count = COUNT(moon_steps) };

static void engine_runs_built_in_steps_like_scripts(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);
    const struct event *phase;

    shared.launches = 0;
    target_register(&moon);
    strvec_add(&f->options, "DEPLOY_TARGET=moon");
    fixture_script(f, "step-030-c.sh", NULL, "exit 0");
    fixture_run_expect(run, 13,
                       "+launch launch=completed +c c=completed +fall ~fall "
                       "!fall fall=failed");
    fixture_expect(f, STATE_DIR "/step-020-launch.log", "launch 1 of acme\n");
    assert_string_equal(run->model.target, "moon");
    phase = fixture_run_event(run, EVENT_CLOUD_PHASE, "step-020-launch");
    assert_string_equal(event_text(phase, "message"), "orbit");
    assert_int_equal(
        event_int(fixture_run_event(run, EVENT_STEP_PROGRESS, NULL), "percent",
                  0),
        100);
    assert_string_equal(run->model.errors.items[0].message, "it fell");
    assert_string_equal(run->model.errors.items[0].suggestion, "catch it");
    assert_int_equal(run->clock.waits[0], 60000);
    assert_int_equal(
        run_model_step(&run->model, "step-020-launch")->duration_ms, 60000);
    fixture_run_free(run);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(engine_runs_a_group_together),
        FIXTURE_TEST(engine_runs_at_most_jobs_at_once),
        FIXTURE_TEST(engine_with_one_job_runs_a_group_in_order),
        FIXTURE_TEST(engine_reports_every_failure_of_a_group),
        FIXTURE_TEST(engine_waits_for_the_rest_of_a_group_that_failed),
        FIXTURE_TEST(engine_starts_the_rest_of_a_group_that_failed),
        FIXTURE_TEST(engine_blocks_at_once_who_needs_a_failed_step_by_name),
        FIXTURE_TEST(engine_critical_step_behind_a_failed_one_is_blocked),
        FIXTURE_TEST(engine_tells_who_the_plan_has_blocked_already),
        FIXTURE_TEST(engine_runs_built_in_steps_like_scripts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
