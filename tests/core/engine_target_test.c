/* A target of the test's own: its steps, its rollback, its last word. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/jsonx.h"
#include "base/mem.h"
#include "core/target.h"
#include "core/worker.h"
#include "fixture_run.h"

#include <string.h>

/* What each step of the script does: its exit status of the run, 0 for done. */
static struct script {
    int wait_status, rollback_status;
    bool is_cancelled;
    const char *verdict;
    int opened, closed, rolled_back;
    int64_t told;
} script;

static struct target_run *open_moon(const struct target_request *request,
                                    struct error *err)
{
    (void)err;
    assert_non_null(request->run);
    assert_string_equal(request->command, "deploy");
    assert_false(request->is_read_only);
    script.opened++;
    return (struct target_run *)&script;
}

static void close_moon(struct target_run *run)
{
    assert_ptr_equal(run, &script);
    script.closed++;
}

static const char *summarize_moon(struct target_run *run, json_t *summary)
{
    assert_ptr_equal(run, &script);
    jsonx_set_text(summary, "service_url", "https://moon.example");
    return script.verdict;
}

static void end(struct step_outcome *outcome, int status)
{
    if (!status)
        return;
    outcome->status = STATUS_FAILED;
    outcome->exit_status = -1;
    outcome->run_status = status;
    outcome->message = mem_text("the moon is down");
}

static void run_update(struct step_context *context,
                       struct step_outcome *outcome)
{
    struct context_item item = { .name = "layer", .current = 1, .total = 2 };
    struct event *event = event_new(EVENT_CLOUD_OPERATION);

    (void)outcome;
    assert_ptr_equal(context_target(context), &script);
    assert_false(context_is_cancelled(context));
    event_set_text(event, "operation", "op-1");
    context_emit(context, event);
    context_progress_item(context, &item);
    item.is_done = true;
    context_progress_item(context, &item);
    context_log(context, "layer by layer");
    context_warn(context, "it drifted");
}

static void run_wait(struct step_context *context, struct step_outcome *outcome)
{
    (void)context;
    end(outcome, script.wait_status);
    outcome->cancelled = script.is_cancelled;
}

static void run_rollback(struct step_context *context,
                         struct step_outcome *outcome)
{
    assert_ptr_equal(context_target(context), &script);
    script.rolled_back++;
    end(outcome, script.rollback_status);
}

static const struct target_step steps[] = {
    { .number = 30,
      .id = "030-update",
      .title = "Update",
      .critical = true,
      .always = true,
      .run = run_update },
    { .number = 35,
      .id = "035-wait",
      .title = "Wait",
      .critical = true,
      .always = true,
      .rolls_back = true,
      .run = run_wait },
    { .number = 46,
      .id = "046-back",
      .title = "Back",
      .critical = true,
      .always = true,
      .stands_alone = true,
      .role = TARGET_ROLLBACK,
      .run = run_rollback },
};

static const struct target_ops moon = {
    .name = "moon",
    .steps = steps,
    .step_count = 3,
    .open = open_moon,
    .close = close_moon,
    .summarize = summarize_moon,
};

static struct fixture_run *begin(struct fixture *f)
{
    script = (struct script){ .verdict = "live" };
    target_reset();
    target_register(&moon);
    fixture_write(f, ".env", "DEPLOY_TARGET=moon\n");
    return fixture_run_new(f);
}

static void target_is_opened_once_and_has_the_last_word(void **state)
{
    struct fixture_run *run = begin(*state);
    const struct event *verdict;

    fixture_run_expect(run, EXIT_STATUS_DONE,
                       "+update w:update "
                       "update=completed +wait "
                       "wait=completed");
    assert_int_equal(script.opened, 1);
    assert_int_equal(script.closed, 1);
    assert_int_equal(script.rolled_back, 0);
    verdict = fixture_run_event(run, EVENT_VERDICT, NULL);
    assert_non_null(verdict);
    assert_string_equal(event_text(verdict, "verdict"), "live");
    assert_string_equal(run->model.verdict, "live");
    assert_string_equal(jsonx_text(run->model.summary, "service_url", ""),
                        "https://moon.example");
    assert_int_equal(run->model.step_count, 2);
    fixture_run_free(run);
}

static void target_step_tells_what_is_under_way(void **state)
{
    struct fixture_run *run = begin(*state);
    const struct event *item;

    fixture_run_go(run);
    item = fixture_run_event(run, EVENT_STEP_PROGRESS, "step-030-update");
    assert_non_null(item);
    assert_string_equal(event_text(item, "item"), "layer");
    assert_int_equal(event_int(item, "total", 0), 2);
    /* The end of it is told although no time has passed. */
    assert_int_equal(
        fixture_run_count(run, EVENT_STEP_PROGRESS, "step-030-update"), 2);
    fixture_run_free(run);
}

static void rollback_runs_when_a_step_that_asks_for_it_fails(void **state)
{
    struct fixture_run *run = begin(*state);

    script.wait_status = 13;
    script.verdict = "rolled-back";
    fixture_run_expect(run, 13,
                       "+update w:update "
                       "update=completed +wait "
                       "!wait wait=failed +back "
                       "back=completed");
    assert_int_equal(script.rolled_back, 1);
    assert_string_equal(run->model.verdict, "rolled-back");
    assert_int_equal(run->model.step_count, 3);
    fixture_run_free(run);
}

static void rollback_that_fails_decides_the_exit_status(void **state)
{
    struct fixture_run *run = begin(*state);

    script.wait_status = 14;
    script.rollback_status = 15;
    script.verdict = "down";
    fixture_run_go(run);
    assert_int_equal(run->exit_status, 15);
    fixture_run_free(run);
}

static void rollback_does_not_follow_a_cancel(void **state)
{
    struct fixture_run *run = begin(*state);

    script.wait_status = 13;
    script.is_cancelled = true;
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_CANCELLED);
    assert_int_equal(script.rolled_back, 0);
    fixture_run_free(run);
}

static void rollback_follows_a_script_that_asks_for_it(void **state)
{
    struct fixture_run *run = begin(*state);

    fixture_script(*state, "step-050-smoke.sh", "# Rollback: yes\n", "exit 1");
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_STEP_FAILED);
    assert_int_equal(script.rolled_back, 1);
    fixture_run_free(run);
}

static void rollback_does_not_follow_other_scripts(void **state)
{
    struct fixture_run *run = begin(*state);

    fixture_script(*state, "step-050-smoke.sh", "", "exit 1");
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_STEP_FAILED);
    assert_int_equal(script.rolled_back, 0);
    fixture_run_free(run);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(target_is_opened_once_and_has_the_last_word),
        FIXTURE_TEST(target_step_tells_what_is_under_way),
        FIXTURE_TEST(rollback_runs_when_a_step_that_asks_for_it_fails),
        FIXTURE_TEST(rollback_that_fails_decides_the_exit_status),
        FIXTURE_TEST(rollback_does_not_follow_a_cancel),
        FIXTURE_TEST(rollback_follows_a_script_that_asks_for_it),
        FIXTURE_TEST(rollback_does_not_follow_other_scripts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
