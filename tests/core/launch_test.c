#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/cancel.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "core/event.h"
#include "core/launch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- a launch in the fixture's folder --------------------------------- */

static int set_up(void **state)
{
    struct fixture *f;

    if (fixture_set_up(state) != 0)
        return -1;
    f = *state;
    return chdir(f->dir);
}

static int tear_down(void **state)
{
    return chdir("/") == 0 ? fixture_tear_down(state) : -1;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

struct told {
    struct strbuf text;
};

static void note(void *context, const char *text)
{
    struct told *told = context;

    strbuf_addf(&told->text, "%s\n", text);
}

static struct launch_request deployment(struct told *told)
{
    return (struct launch_request){ .command = "deploy",
                                    .plan = { .range = RANGE_DEPLOY },
                                    .say = told ? note : NULL,
                                    .say_context = told };
}

static void must(bool ok, const struct error *err)
{
    if (!ok)
        fail_msg("%s (%s)", err->message, err->hint);
}

/* From the request to the plan under the lock. */
static void prepare(struct launch *launch, const struct launch_request *request)
{
    struct error err = { 0 };

    must(launch_open(launch, request, &err), &err);
    must(launch_prepare(launch, &err), &err);
}

static int run(const struct launch_request *request)
{
    struct launch launch = { 0 };
    struct error err = { 0 };
    int status;

    prepare(&launch, request);
    must(launch_start(&launch, &err), &err);
    status = launch_join(&launch, &err);
    must(!error_is_set(&err), &err);
    launch_release(&launch);
    return status;
}

static void expect_refused(const struct launch_request *request,
                           enum error_code code, const char *part,
                           const char *hint)
{
    struct launch launch = { 0 };
    struct error err = { 0 };

    assert_false(launch_open(&launch, request, &err) &&
                 launch_prepare(&launch, &err));
    fixture_expect_error(&err, code, part, hint);
    launch_release(&launch);
}

static void must_be_free(struct fixture *f)
{
    json_t *holder = NULL;

    assert_false(lock_inspect(state_fd(fixture_state(f)), &holder));
    json_decref(holder);
}

/* ---- the way ---------------------------------------------------------- */

static void launch_runs_the_plan_under_the_lock(void **state)
{
    struct fixture *f = *state;
    struct launch launch = { 0 };
    struct launch_request request = deployment(NULL);
    struct error err = { 0 };

    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    fixture_script(f, "step-020-b.sh", NULL, "exit 7");
    prepare(&launch, &request);
    assert_int_equal(launch.plan.run_count, 2);
    expect_refused(&request, ERROR_LOCKED, "another run holds the lock",
                   "--lock-wait");
    must(launch_start(&launch, &err), &err);
    assert_int_equal(launch_join(&launch, &err), EXIT_STATUS_STEP_FAILED);
    assert_null(launch.engine);
    launch_release(&launch);
    must_be_free(f);
    fixture_expect(f, STATE_DIR "/step-010-a.status", "completed\n");
    fixture_expect(f, STATE_DIR "/step-020-b.status", "failed\n");
    assert_int_equal(run(&request), EXIT_STATUS_STEP_FAILED);
}

static void launch_that_is_given_up_leaves_the_lock(void **state)
{
    struct fixture *f = *state;
    struct launch launch = { 0 };
    struct launch_request request = deployment(NULL);

    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    prepare(&launch, &request);
    launch_release(&launch);
    launch_release(&launch);
    must_be_free(f);
    assert_false(fixture_has(f, STATE_DIR "/step-010-a.status"));
}

static void launch_uses_environment_and_overrides(void **state)
{
    struct fixture *f = *state;
    struct launch launch = { 0 };
    struct launch_request request = deployment(NULL);
    struct error err = { 0 };

    fixture_write(f, "environments/prod.env", "PROJECT_NAME=of-prod\n");
    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    request.environment = "prod";
    must(launch_open(&launch, &request, &err), &err);
    assert_string_equal(launch.session.project.name, "of-prod");
    fixture_expect_part(state_path(launch.session.state), "environments/prod");
    launch_release(&launch);
    request.overrides = &f->options;
    must(launch_open(&launch, &request, &err), &err);
    assert_string_equal(launch.session.project.name, "acme");
    launch_release(&launch);
    request.environment = "nowhere";
    assert_false(launch_open(&launch, &request, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    launch_release(&launch);
}

/* ---- the lock --------------------------------------------------------- */

static void launch_says_whose_lock_it_waits_for(void **state)
{
    struct fixture *f = *state;
    struct told told = { 0 };
    struct launch_request request = deployment(&told);
    struct launch launch = { 0 };
    struct cancel cancel;

    assert_true(cancel_init(&cancel, NULL));
    cancel_raise(&cancel, CANCEL_STOP);
    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    prepare(&launch, &request);
    request.lock_wait_ms = 600000;
    request.cancel = &cancel;
    expect_refused(&request, ERROR_CANCELLED, "waiting for the lock", "");
    fixture_expect_part(strbuf_text(&told.text),
                        "waiting for the lock held by pid ");
    launch_release(&launch);
    strbuf_clear(&told.text);
    prepare(&launch, &request);
    assert_string_equal(strbuf_text(&told.text), "");
    launch_release(&launch);
    cancel_release(&cancel);
    strbuf_release(&told.text);
}

/* ---- refusals --------------------------------------------------------- */

static void launch_needs_something_to_do(void **state)
{
    struct fixture *f = *state;
    struct launch_request request = deployment(NULL);

    expect_refused(&request, ERROR_INPUT, "there is nothing to deploy in '",
                   "stepdeck init");
    /* A folder without steps is left as it is. */
    assert_false(fixture_has(f, STATE_DIR));
    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    request.command = "destroy";
    request.plan.range = RANGE_TEARDOWN;
    expect_refused(&request, ERROR_INPUT, "there is nothing to destroy in '",
                   "999");
    must_be_free(f);
}

static void launch_stops_at_a_blocked_step(void **state)
{
    struct fixture *f = *state;
    struct launch_request request = deployment(NULL);

    fixture_script(f, "step-010-a.sh", "# Prerequisites: file absent.txt\n",
                   "exit 0");
    expect_refused(&request, ERROR_BLOCKED, "step-010-a is blocked: ", "");
    must_be_free(f);
}

static void launch_wants_consent_where_somebody_must_give_it(void **state)
{
    struct fixture *f = *state;
    struct launch_request request = deployment(NULL);
    struct launch launch = { 0 };

    fixture_script(f, "step-010-a.sh", "# Confirm: Really?\n", "exit 0");
    expect_refused(&request, ERROR_BLOCKED,
                   "step-010-a wants to be confirmed: Really?",
                   "--skip step-010-a");
    request.needs_approval = true;
    expect_refused(&request, ERROR_BLOCKED, "nobody can be asked about",
                   "--auto-approve");
    request.can_ask = true;
    prepare(&launch, &request);
    launch_release(&launch);
    request.can_ask = false;
    request.auto_approve = true;
    assert_int_equal(run(&request), EXIT_STATUS_DONE);
}

static void launch_refuses_options_that_need_a_target(void **state)
{
    struct fixture *f = *state;
    struct launch_request request = deployment(NULL);

    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    request.target_option = "--tail";
    expect_refused(&request, ERROR_INPUT,
                   "option '--tail' needs a cloud target", "DEPLOY_TARGET");
}

/* ---- around the run --------------------------------------------------- */

static void launch_archives_for_a_fresh_start(void **state)
{
    struct fixture *f = *state;
    struct launch_request request = deployment(NULL);
    struct launch launch = { 0 };

    fixture_script(f, "step-010-a.sh", NULL, "echo ran >>ledger");
    assert_int_equal(run(&request), EXIT_STATUS_DONE);
    assert_int_equal(run(&request), EXIT_STATUS_DONE);
    fixture_expect(f, "ledger", "ran\n");
    request.plan.fresh_start = true;
    prepare(&launch, &request);
    assert_int_equal(launch.plan.run_count, 1);
    launch_release(&launch);
    assert_false(fixture_has(f, STATE_DIR "/archive"));
    assert_int_equal(run(&request), EXIT_STATUS_DONE);
    fixture_expect(f, "ledger", "ran\nran\n");
    assert_true(fixture_has(f, STATE_DIR "/archive"));
}

static void launch_archives_after_a_teardown_that_succeeded(void **state)
{
    struct fixture *f = *state;
    struct launch_request request = deployment(NULL);

    request.command = "destroy";
    request.plan.range = RANGE_TEARDOWN;
    request.archives = true;
    fixture_script(f, "step-999-destroy.sh", NULL, "exit 1");
    assert_int_equal(run(&request), EXIT_STATUS_STEP_FAILED);
    assert_false(fixture_has(f, STATE_DIR "/archive"));
    fixture_script(f, "step-999-destroy.sh", NULL, "exit 0");
    assert_int_equal(run(&request), EXIT_STATUS_DONE);
    assert_true(fixture_has(f, STATE_DIR "/archive"));
    assert_false(fixture_has(f, STATE_DIR "/step-999-destroy.status"));
}

static void launch_says_that_the_last_run_was_interrupted(void **state)
{
    struct fixture *f = *state;
    struct told told = { 0 };
    struct launch_request request = deployment(&told);

    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    fixture_write(f, STATE_DIR "/runs/20200101T000000Z-0001/events.ndjson",
                  "{\"type\":\"run.start\"}\n");
    assert_int_equal(run(&request), EXIT_STATUS_DONE);
    assert_string_equal(strbuf_text(&told.text),
                        "the last run (20200101T000000Z-0001) was interrupted; "
                        "going on from its checkpoints\n");
    strbuf_clear(&told.text);
    assert_int_equal(run(&request), EXIT_STATUS_DONE);
    assert_string_equal(strbuf_text(&told.text), "");
    strbuf_release(&told.text);
}

/* ---- the plan alone --------------------------------------------------- */

static void launch_plan_that_was_shown_is_compared(void **state)
{
    struct fixture *f = *state;
    struct launch_request request = deployment(NULL);
    struct session_request reading = { .mode = STATE_READ };
    struct session session = { 0 };
    struct launch launch = { 0 };
    struct plan plan = { 0 };
    struct error err = { 0 };
    json_t *shown;

    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    fixture_script(f, "step-020-b.sh", NULL, "exit 0");
    must(session_open(&session, &reading, &err), &err);
    must(launch_plan(&plan, &session, &request, &err), &err);
    shown = plan_json(&plan);
    plan_release(&plan);
    session_close(&session);
    /* Looking makes no state. */
    assert_false(fixture_has(f, STATE_DIR));
    prepare(&launch, &request);
    assert_true(launch_is_as_shown(&launch, shown));
    assert_false(launch_is_as_shown(&launch, NULL));
    launch_release(&launch);
    request.plan.until = "010";
    assert_int_equal(run(&request), EXIT_STATUS_DONE);
    request.plan.until = NULL;
    prepare(&launch, &request);
    assert_false(launch_is_as_shown(&launch, shown));
    launch_release(&launch);
    json_decref(shown);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(launch_runs_the_plan_under_the_lock),
        TEST(launch_that_is_given_up_leaves_the_lock),
        TEST(launch_uses_environment_and_overrides),
        TEST(launch_says_whose_lock_it_waits_for),
        TEST(launch_needs_something_to_do),
        TEST(launch_stops_at_a_blocked_step),
        TEST(launch_wants_consent_where_somebody_must_give_it),
        TEST(launch_refuses_options_that_need_a_target),
        TEST(launch_archives_for_a_fresh_start),
        TEST(launch_archives_after_a_teardown_that_succeeded),
        TEST(launch_says_that_the_last_run_was_interrupted),
        TEST(launch_plan_that_was_shown_is_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
