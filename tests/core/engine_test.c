/* One run after the other: order, attempts, diagnoses, outputs, hooks. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_run.h"

#include "base/jsonx.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RULE(pattern, action)                                                  \
    "{\"version\":1,\"rules\":[{\"id\":\"t-known\",\"tool\":\"t\","            \
    "\"pattern\":\"" pattern "\",\"cause\":\"the cause\","                     \
    "\"suggestion\":\"the suggestion\",\"documentation\":\"d\","               \
    "\"action\":\"" action "\"}]}"

static void go(struct fixture *f, int exit_status, const char *trace)
{
    struct fixture_run *run = fixture_run_new(f);

    fixture_run_expect(run, exit_status, trace);
    fixture_run_free(run);
}

/* ---- order ------------------------------------------------------------ */

static void engine_of_an_empty_plan_is_done(void **state)
{
    go(*state, EXIT_STATUS_DONE, "");
}

static void engine_runs_steps_in_order(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "step-010-a.sh", NULL, "echo a >> order");
    fixture_script(f, "step-020-b.sh", NULL, "echo b >> order");
    fixture_script(f, "step-100-c.sh", NULL, "echo c >> order");
    go(f, EXIT_STATUS_DONE, "+a a=completed +b b=completed +c c=completed");
    fixture_expect(f, "order", "a\nb\nc\n");
}

static void engine_skips_what_is_completed_and_resumes_what_is_not(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "step-010-a.sh", NULL, "echo a >> order");
    fixture_script(f, "step-020-b.sh", NULL, "echo b >> order; [ -e mended ]");
    go(f, EXIT_STATUS_STEP_FAILED, "+a a=completed +b !b b=failed");
    fixture_write(f, "mended", "");
    fixture_plan(f, NULL);
    go(f, EXIT_STATUS_DONE, "a=skipped +b b=completed");
    fixture_plan(f, NULL);
    go(f, EXIT_STATUS_DONE, "a=skipped b=skipped");
    fixture_expect(f, "order", "a\nb\nb\n");
}

static void engine_runs_an_interrupted_step_again(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    fixture_write(f, STATE_DIR "/step-010-a.status", "in_progress\n");
    go(f, EXIT_STATUS_DONE, "+a a=completed");
}

static void engine_runs_a_stale_step_again(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "step-010-a.sh", "# Inputs: in.txt\n", "exit 0");
    fixture_write(f, "in.txt", "1");
    go(f, EXIT_STATUS_DONE, "+a a=completed");
    fixture_plan(f, NULL);
    go(f, EXIT_STATUS_DONE, "a=skipped");
    fixture_write(f, "in.txt", "2");
    fixture_plan(f, NULL);
    go(f, EXIT_STATUS_DONE, "+a a=completed");
}

/* What a step was made of is what it saw when it started. */
static void
engine_notices_an_input_that_changed_while_the_step_ran(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "step-010-a.sh", "# Inputs: in.txt\n",
                   "echo more >> in.txt");
    fixture_write(f, "in.txt", "1");
    go(f, EXIT_STATUS_DONE, "+a a=completed");
    fixture_plan(f, NULL);
    assert_int_equal(fixture_item(f, "step-010-a")->before, STATUS_STALE);
}

/* ---- failures --------------------------------------------------------- */

static void engine_stops_at_a_critical_failure_and_blocks_the_rest(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);
    const struct event *end;

    fixture_script(f, "step-010-a.sh", NULL, "exit 7");
    fixture_script(f, "step-020-b.sh", NULL, "exit 0");
    fixture_script(f, "step-030-c.sh", "# Prerequisites: step-020-b\n",
                   "exit 0");
    fixture_run_expect(run, EXIT_STATUS_STEP_FAILED,
                       "+a !a a=failed b=blocked c=blocked");
    end = fixture_run_event(run, EVENT_STEP_END, "step-010-a");
    assert_int_equal(event_int(end, "exit_status", -1), 7);
    assert_int_equal(event_int(end, "attempt", 0), 1);
    assert_string_equal(event_text(end, "message"),
                        "failed with exit status 7");
    end = fixture_run_event(run, EVENT_STEP_END, "step-020-b");
    assert_string_equal(event_text(end, "message"),
                        "needs step-010-a, which failed");
    end = fixture_run_event(run, EVENT_STEP_END, "step-030-c");
    assert_string_equal(
        event_text(end, "message"),
        "needs step-020-b, which needs step-010-a, which failed");
    fixture_expect_part(fixture_read(f, STATE_DIR "/errors.log"),
                        "ERROR [step-010-a]: failed with exit status 7");
    fixture_run_free(run);
}

static void engine_failure_of_the_preflight_is_twenty(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "step-001-preflight-check.sh", NULL, "exit 1");
    go(f, EXIT_STATUS_PREFLIGHT,
       "+preflight-check !preflight-check preflight-check=failed");
}

static void engine_goes_on_after_a_failure_that_is_not_critical(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    fixture_script(f, "step-010-a.sh", "# Critical: no\n", "exit 1");
    fixture_script(f, "step-020-b.sh", NULL, "exit 0");
    fixture_run_expect(run, EXIT_STATUS_DONE, "+a w:a a=failed +b b=completed");
    fixture_expect_part(
        event_text(fixture_run_event(run, EVENT_WARNING, NULL), "message"),
        "(not critical)");
    fixture_expect(f, STATE_DIR "/step-010-a.status", "failed\n");
    fixture_expect_part(fixture_read(f, STATE_DIR "/warnings.log"),
                        "[step-010-a]: failed with exit status 1");
    fixture_run_free(run);
}

static void engine_names_the_signal_that_ended_a_script(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);
    const struct event *end;

    fixture_script(f, "step-010-a.sh", NULL, "ulimit -c 0; kill -SEGV $$");
    fixture_run_expect(run, EXIT_STATUS_STEP_FAILED, "+a !a a=failed");
    end = fixture_run_event(run, EVENT_STEP_END, "step-010-a");
    assert_string_equal(event_text(end, "message"), "was ended by SIGSEGV");
    assert_null(event_get(end, "exit_status"));
    fixture_run_free(run);
}

static void engine_timeout_of_a_script_ends_in_three(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);
    const struct event *end;

    fixture_script(f, "step-010-a.sh", "# Timeout: 50ms\n", "exec sleep 1000");
    fixture_run_expect(run, EXIT_STATUS_STEP_FAILED, "+a !a a=failed");
    end = fixture_run_event(run, EVENT_STEP_END, "step-010-a");
    assert_true(event_bool(end, "timed_out"));
    assert_string_equal(event_text(end, "message"),
                        "did not end within its timeout of 50ms");
    fixture_expect_part(event_text(end, "suggestion"),
                        "'Timeout' in step-010-a.sh");
    fixture_run_free(run);
}

static void engine_script_that_cannot_start_is_explained(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    fixture_write(f, "step-010-a.sh", "#!/nonexistent/sh\n");
    fixture_run_expect(run, EXIT_STATUS_STEP_FAILED, "+a !a a=failed");
    fixture_expect_part(
        event_text(fixture_run_event(run, EVENT_ERROR, NULL), "suggestion"),
        "first line of step-010-a.sh");
    fixture_run_free(run);
}

static void engine_blocks_a_step_whose_file_never_appeared(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    fixture_script(f, "step-020-b.sh", "# Prerequisites: file made\n",
                   "exit 0");
    go(f, EXIT_STATUS_BLOCKED, "+a a=completed +b !b b=blocked");
    fixture_expect(f, STATE_DIR "/step-020-b.status", "pending\n");
    fixture_script(f, "step-010-a.sh", NULL, "touch made");
    fixture_plan(f, NULL);
    go(f, EXIT_STATUS_DONE, "+a a=completed +b b=completed");
}

/* ---- attempts --------------------------------------------------------- */

static void expect_waits(const struct fixture_run *run, int64_t first,
                         size_t count)
{
    assert_int_equal(run->clock.wait_count, count);
    for (size_t i = 0; i < count; i++, first *= 2)
        assert_in_range(run->clock.waits[i], first * 3 / 4, first * 5 / 4);
}

static void engine_retries_with_doubling_delays(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);
    const struct event *retry;

    fixture_script(f, "step-010-a.sh", "# Attempts: 4\n# Delay: 8s\n",
                   "echo $STEPDECK_ATTEMPT >> attempts; exit 3");
    fixture_run_expect(run, EXIT_STATUS_STEP_FAILED, "+a ~a ~a ~a !a a=failed");
    expect_waits(run, 8000, 3);
    fixture_expect(f, "attempts", "1\n2\n3\n4\n");
    retry = fixture_run_event(run, EVENT_STEP_RETRY, NULL);
    assert_int_equal(event_int(retry, "attempt", 0), 1);
    assert_int_equal(event_int(retry, "attempts", 0), 4);
    assert_int_equal(event_int(retry, "delay_ms", 0), run->clock.waits[0]);
    assert_int_equal(event_int(retry, "exit_status", 0), 3);
    fixture_expect_part(fixture_read(f, STATE_DIR "/deployment.log"),
                        "attempt 1 of 4 failed with exit status 3");
    fixture_run_free(run);
}

static void engine_ends_retrying_with_the_first_success(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);
    json_t *record;

    fixture_script(f, "step-010-a.sh", "# Attempts: 9\n",
                   "[ $STEPDECK_ATTEMPT -eq 3 ]");
    fixture_run_expect(run, EXIT_STATUS_DONE, "+a ~a ~a a=completed");
    expect_waits(run, 5000, 2);
    assert_int_equal(
        event_int(fixture_run_event(run, EVENT_STEP_END, NULL), "attempt", 0),
        3);
    record = state_record(f->state, "step-010-a", NULL);
    assert_int_equal(jsonx_int(record, "attempts", 0), 3);
    assert_string_equal(jsonx_text(record, "run", ""), run->id);
    json_decref(record);
    fixture_run_free(run);
}

static void engine_retries_a_temporary_failure_three_times_unasked(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    fixture_script(f, "step-010-a.sh", NULL, "exit 75");
    fixture_run_expect(run, EXIT_STATUS_STEP_FAILED, "+a ~a ~a ~a !a a=failed");
    expect_waits(run, 5000, 3);
    fixture_run_free(run);
}

/* ---- diagnoses -------------------------------------------------------- */

static void engine_retries_when_the_diagnosis_says_so(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "diagnoses/t.json", RULE("alpha", "retry"));
    fixture_script(f, "step-010-a.sh", NULL, "echo alpha; exit 1");
    go(f, EXIT_STATUS_STEP_FAILED,
       "+a d:t-known ~a d:t-known ~a d:t-known !a a=failed");
}

static void engine_stops_retrying_when_the_diagnosis_says_fail(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);
    const struct event *error;

    fixture_write(f, "diagnoses/t.json", RULE("alpha", "fail"));
    fixture_script(f, "step-010-a.sh", "# Attempts: 5\n",
                   "echo alpha >&2; exit 1");
    fixture_run_expect(run, EXIT_STATUS_STEP_FAILED,
                       "+a d:t-known !a a=failed");
    error = fixture_run_event(run, EVENT_ERROR, NULL);
    assert_string_equal(event_text(error, "suggestion"), "the suggestion");
    assert_string_equal(event_text(error, "cause"), "the cause");
    fixture_expect_part(fixture_read(f, STATE_DIR "/errors.log"),
                        "failed with exit status 1: the cause");
    fixture_run_free(run);
}

static void engine_completes_a_step_whose_work_is_done_already(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "diagnoses/t.json", RULE("exists", "already-done"));
    fixture_script(f, "step-010-a.sh", NULL, "echo it exists; exit 1");
    go(f, EXIT_STATUS_DONE, "+a d:t-known w:a a=completed");
    fixture_expect(f, STATE_DIR "/step-010-a.status", "completed\n");
    fixture_plan(f, NULL);
    go(f, EXIT_STATUS_DONE, "a=skipped");
}

static void engine_diagnoses_only_the_last_attempt(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "diagnoses/t.json", RULE("alpha", "retry"));
    fixture_script(f, "step-010-a.sh", "# Attempts: 2\n",
                   "[ $STEPDECK_ATTEMPT -eq 1 ] && echo alpha; exit 1");
    go(f, EXIT_STATUS_STEP_FAILED, "+a d:t-known ~a !a a=failed");
}

/* ---- outputs ---------------------------------------------------------- */

static void engine_fails_a_step_whose_output_is_missing(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    fixture_script(f, "step-010-a.sh",
                   "# Outputs: out/made.json, a network of pipes\n", "exit 0");
    fixture_run_expect(run, EXIT_STATUS_STEP_FAILED, "+a !a a=failed");
    assert_string_equal(
        event_text(fixture_run_event(run, EVENT_ERROR, NULL), "message"),
        "ended well, but its output 'out/made.json' is missing");
    fixture_expect_part(
        event_text(fixture_run_event(run, EVENT_ERROR, NULL), "suggestion"),
        "'Outputs' in step-010-a.sh");
    fixture_run_free(run);
    fixture_script(f, "step-010-a.sh", "# Outputs: out/made.json\n",
                   "mkdir -p out; echo > out/made.json");
    fixture_plan(f, NULL);
    go(f, EXIT_STATUS_DONE, "+a a=completed");
}

/* ---- the contract with a script --------------------------------------- */

static void engine_gives_a_script_its_surroundings(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);
    char *expected;

    fixture_write(f, ".env", "MINE='two words'\n");
    fixture_script(f, "step-010-a.sh", NULL,
                   "{ pwd -P; echo $DEPLOYMENT_STATE_DIR; echo $SCRIPT_NAME;"
                   "echo $STEPDECK_RUN_ID; echo $STEPDECK_ATTEMPT;"
                   "echo $STEPDECK_HEADLESS; echo $MINE; echo $PROJECT_NAME;"
                   "echo $ENVIRONMENT; read x || echo no input; } > seen");
    fixture_run_expect(run, EXIT_STATUS_DONE, "+a a=completed");
    expected = mem_format("%s\n%s/%s\nstep-010-a\n%s\n1\n1\ntwo words\nacme\n"
                          "dev\nno input\n",
                          f->dir, f->dir, STATE_DIR, run->id);
    fixture_expect(f, "seen", expected);
    free(expected);
    fixture_run_free(run);
}

static void engine_runs_a_script_without_the_executable_bit(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "step-010-a.sh", "#!/bin/sh -e\nfalse\ntrue\n");
    go(f, EXIT_STATUS_STEP_FAILED, "+a !a a=failed");
    fixture_write(f, "step-010-a.sh", "#! /bin/sh\nfalse\ntrue\n");
    fixture_plan(f, NULL);
    go(f, EXIT_STATUS_DONE, "+a a=completed");
}

static void engine_keeps_the_output_of_a_step(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    fixture_script(f, "step-010-a.sh", "# Attempts: 2\n",
                   "echo out; echo err >&2; [ $STEPDECK_ATTEMPT -eq 2 ]");
    fixture_run_expect(run, EXIT_STATUS_DONE, "+a ~a a=completed");
    fixture_expect(f, STATE_DIR "/step-010-a.log", "out\nerr\nout\nerr\n");
    assert_int_equal(
        event_int(fixture_run_event(run, EVENT_STEP_END, NULL), "log_bytes", 0),
        16);
    fixture_run_free(run);
}

static void engine_passes_progress_on(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    fixture_script(f, "step-010-a.sh", NULL,
                   "printf '\\033]9;4;1;100\\007'; echo done");
    fixture_run_expect(run, EXIT_STATUS_DONE, "+a a=completed");
    assert_int_equal(
        event_int(fixture_run_event(run, EVENT_STEP_PROGRESS, "step-010-a"),
                  "percent", -1),
        100);
    fixture_run_free(run);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(engine_of_an_empty_plan_is_done),
        FIXTURE_TEST(engine_runs_steps_in_order),
        FIXTURE_TEST(engine_skips_what_is_completed_and_resumes_what_is_not),
        FIXTURE_TEST(engine_runs_an_interrupted_step_again),
        FIXTURE_TEST(engine_runs_a_stale_step_again),
        FIXTURE_TEST(engine_notices_an_input_that_changed_while_the_step_ran),
        FIXTURE_TEST(engine_stops_at_a_critical_failure_and_blocks_the_rest),
        FIXTURE_TEST(engine_failure_of_the_preflight_is_twenty),
        FIXTURE_TEST(engine_goes_on_after_a_failure_that_is_not_critical),
        FIXTURE_TEST(engine_names_the_signal_that_ended_a_script),
        FIXTURE_TEST(engine_timeout_of_a_script_ends_in_three),
        FIXTURE_TEST(engine_script_that_cannot_start_is_explained),
        FIXTURE_TEST(engine_blocks_a_step_whose_file_never_appeared),
        FIXTURE_TEST(engine_retries_with_doubling_delays),
        FIXTURE_TEST(engine_ends_retrying_with_the_first_success),
        FIXTURE_TEST(engine_retries_a_temporary_failure_three_times_unasked),
        FIXTURE_TEST(engine_retries_when_the_diagnosis_says_so),
        FIXTURE_TEST(engine_stops_retrying_when_the_diagnosis_says_fail),
        FIXTURE_TEST(engine_completes_a_step_whose_work_is_done_already),
        FIXTURE_TEST(engine_diagnoses_only_the_last_attempt),
        FIXTURE_TEST(engine_fails_a_step_whose_output_is_missing),
        FIXTURE_TEST(engine_gives_a_script_its_surroundings),
        FIXTURE_TEST(engine_runs_a_script_without_the_executable_bit),
        FIXTURE_TEST(engine_keeps_the_output_of_a_step),
        FIXTURE_TEST(engine_passes_progress_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
