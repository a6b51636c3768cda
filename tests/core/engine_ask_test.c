/* Prompts: who is asked, and what each answer does. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_run.h"

#include "base/jsonx.h"

#include <stdlib.h>
#include <string.h>

#define NET "# Parallel: net\n"
#define MEET(own, other)                                                       \
    "touch " own ".here; until [ -e " other ".here ]; do sleep 0.01; done; "

/* A run whose prompts are answered one by one. */
static struct fixture_run *asking(struct fixture *f, const char *first,
                                  const char *second)
{
    struct fixture_run *run = fixture_run_new(f);

    run->request.can_ask = true;
    run->request.asks_on_failure = true;
    run->answers[0] = first;
    run->answers[1] = second;
    return run;
}

static int64_t counted(const struct fixture_run *run, const char *name)
{
    return jsonx_int(json_object_get(run->model.summary, "steps"), name, -1);
}

/* ---- confirm ---------------------------------------------------------- */

static void with_question(struct fixture *f)
{
    fixture_script(f, "step-010-a.sh", "# Confirm: Really?\n", "touch ran");
    fixture_script(f, "step-020-b.sh", NULL, "exit 0");
}

static void engine_confirm_step_runs_when_somebody_says_yes(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, "yes", NULL);
    const struct event *prompt, *answer;

    with_question(f);
    fixture_run_expect(run, EXIT_STATUS_DONE,
                       "?confirm >yes +a a=completed +b b=completed");
    prompt = fixture_run_event(run, EVENT_PROMPT, "step-010-a");
    answer = fixture_run_event(run, EVENT_ANSWER, "step-010-a");
    assert_string_equal(event_text(prompt, "message"), "Really?");
    assert_string_equal(event_text(prompt, "choices"), "yes,no");
    assert_int_equal(event_int(prompt, "prompt", 0), 1);
    assert_int_equal(event_int(answer, "prompt", 0), 1);
    fixture_run_free(run);
}

static void engine_confirm_step_is_refused_when_somebody_says_no(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, "no", NULL);

    with_question(f);
    fixture_run_expect(run, EXIT_STATUS_BLOCKED,
                       "?confirm >no !a a=blocked b=blocked");
    assert_false(fixture_has(f, "ran"));
    fixture_expect_part(run->model.errors.items[0].suggestion,
                        "--auto-approve");
    fixture_expect(f, STATE_DIR "/step-010-a.status", "pending\n");
    fixture_run_free(run);
}

static void
engine_confirm_step_is_refused_when_nobody_can_be_asked(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    with_question(f);
    fixture_run_expect(run, EXIT_STATUS_BLOCKED, "!a a=blocked b=blocked");
    assert_false(fixture_has(f, "ran"));
    fixture_run_free(run);
}

static void engine_confirm_step_is_not_asked_about_when_approved(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, NULL, NULL);

    run->request.auto_approve = true;
    with_question(f);
    fixture_run_expect(run, EXIT_STATUS_DONE, "+a a=completed +b b=completed");
    fixture_run_free(run);
}

static void engine_handles_running_steps_while_it_asks(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, "yes", NULL);

    run->request.jobs = 2;
    fixture_script(f, "step-010-a.sh", NET, "echo out");
    fixture_script(f, "step-020-b.sh", NET "# Confirm: Really?\n", "exit 0");
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_DONE);
    assert_int_equal(run_model_count(&run->model, STATUS_COMPLETED), 2);
    fixture_run_free(run);
}

/* ---- failure ---------------------------------------------------------- */

static void with_failure(struct fixture *f)
{
    fixture_script(f, "step-010-a.sh", NULL,
                   "[ -e once ] || { touch once; exit 7; }");
    fixture_script(f, "step-020-b.sh", "# Prerequisites: step-010-a\n",
                   "exit 0");
}

static void engine_failed_step_is_retried_on_request(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, "retry", NULL);
    const struct event *prompt;

    with_failure(f);
    fixture_run_expect(run, EXIT_STATUS_DONE,
                       "+a !a a=failed ?failure >retry +a a=completed "
                       "+b b=completed");
    prompt = fixture_run_event(run, EVENT_PROMPT, NULL);
    assert_string_equal(event_text(prompt, "choices"), "retry,skip,stop");
    assert_string_equal(event_text(prompt, "message"),
                        "failed with exit status 7");
    fixture_expect(f, STATE_DIR "/step-010-a.status", "completed\n");
    fixture_run_free(run);
}

static void engine_counts_a_step_retried_well_as_completed_only(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, "retry", NULL);

    with_failure(f);
    fixture_run_go(run);
    assert_int_equal(counted(run, "total"), 2);
    assert_int_equal(counted(run, "completed"), 2);
    assert_int_equal(counted(run, "failed"), 0);
    fixture_run_free(run);
}

static void engine_failed_step_is_skipped_on_request(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, "skip", NULL);

    with_failure(f);
    fixture_run_expect(run, EXIT_STATUS_DONE,
                       "+a !a a=failed ?failure >skip a=skipped "
                       "+b b=completed");
    fixture_expect(f, STATE_DIR "/step-010-a.status", "failed\n");
    fixture_run_free(run);
}

static void engine_failed_step_ends_the_run_on_request(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, "stop", NULL);

    with_failure(f);
    fixture_run_expect(run, EXIT_STATUS_STEP_FAILED,
                       "+a !a a=failed ?failure >stop b=blocked");
    fixture_run_free(run);
}

static void engine_asks_nothing_about_failures_unless_told_to(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, NULL, NULL);

    run->request.asks_on_failure = false;
    with_failure(f);
    fixture_run_expect(run, EXIT_STATUS_STEP_FAILED,
                       "+a !a a=failed b=blocked");
    fixture_run_free(run);
}

static void engine_approved_in_advance_ends_as_it_would_headless(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, NULL, NULL);

    run->request.auto_approve = true;
    with_failure(f);
    fixture_run_expect(run, EXIT_STATUS_STEP_FAILED,
                       "+a !a a=failed b=blocked");
    fixture_run_free(run);
}

static void with_two_failures(struct fixture *f)
{
    fixture_script(f, "step-010-a.sh", NET, MEET("a", "b") "exit 1");
    fixture_script(f, "step-020-b.sh", NET, MEET("b", "a") "exit 1");
    fixture_script(f, "step-030-c.sh", NULL, "exit 0");
}

static void engine_asks_about_every_failure_of_a_group(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, "skip", "skip");

    run->request.jobs = 2;
    with_two_failures(f);
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_DONE);
    assert_int_equal(fixture_run_count(run, EVENT_PROMPT, "step-010-a"), 1);
    assert_int_equal(fixture_run_count(run, EVENT_PROMPT, "step-020-b"), 1);
    assert_int_equal(run_model_step(&run->model, "step-030-c")->status,
                     STATUS_COMPLETED);
    fixture_run_free(run);
}

static void engine_skip_of_one_does_not_forgive_the_other(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, "stop", "skip");

    run->request.jobs = 2;
    with_two_failures(f);
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_STEP_FAILED);
    assert_int_equal(run_model_step(&run->model, "step-030-c")->status,
                     STATUS_BLOCKED);
    fixture_run_free(run);
}

/* The question about a is answered only when b is known to be done. */
static void answer_behind_b(struct fixture_run *run, struct engine *engine,
                            const struct event *event)
{
    const char *step = event_text(event, "step");

    (void)run;
    if (event_type(event) == EVENT_STEP_END && step &&
        strcmp(step, "step-020-b") == 0)
        engine_command(engine, ENGINE_ANSWER, "skip");
}

static void engine_records_ends_of_steps_while_it_asks(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, NULL, NULL);

    run->request.jobs = 2;
    run->on_event = answer_behind_b;
    fixture_script(f, "step-010-a.sh", NET, "exit 1");
    /* The log of the state says so as soon as a's failure is on record. */
    fixture_script(f, "step-020-b.sh", NET,
                   "until grep -q 'step-010-a failed' "
                   "\"$DEPLOYMENT_STATE_DIR/checkpoints.log\"; do sleep 0.01; "
                   "done");
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_DONE);
    assert_int_equal(run_model_step(&run->model, "step-020-b")->status,
                     STATUS_COMPLETED);
    fixture_run_free(run);
}

static void engine_asks_no_more_once_somebody_stops_at_a_failure(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, "stop", "retry");

    run->request.jobs = 2;
    with_two_failures(f);
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_STEP_FAILED);
    assert_int_equal(fixture_run_count(run, EVENT_PROMPT, NULL), 1);
    fixture_run_free(run);
}

/* ---- failures that are not critical ----------------------------------- */

static void with_small_failure(struct fixture *f)
{
    fixture_script(f, "step-010-a.sh", "# Critical: no\n", "exit 1");
    fixture_script(f, "step-020-b.sh", NULL, "exit 0");
}

static void engine_asks_whether_to_go_on_after_a_small_failure(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, "yes", NULL);

    with_small_failure(f);
    fixture_run_expect(run, EXIT_STATUS_DONE,
                       "+a w:a a=failed ?continue >yes +b b=completed");
    fixture_run_free(run);
}

static void
engine_not_going_on_after_a_small_failure_is_no_success(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, "no", NULL);

    with_small_failure(f);
    fixture_run_expect(run, EXIT_STATUS_STEP_FAILED,
                       "+a w:a a=failed ?continue >no");
    fixture_expect_part(fixture_read(f, STATE_DIR "/step-010-a.status"),
                        "failed");
    assert_false(fixture_has(f, STATE_DIR "/step-020-b.status"));
    fixture_run_free(run);
}

/* ---- the terminal ----------------------------------------------------- */

static void engine_waits_for_the_terminal_of_an_interactive_step(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, "yes", NULL);
    const struct event *start;

    run->request.has_terminal = true;
    fixture_script(f, "step-010-a.sh", "# Interactive: yes\n", "touch ran");
    fixture_run_expect(run, EXIT_STATUS_DONE, "?terminal >yes +a a=completed");
    start = fixture_run_event(run, EVENT_STEP_START, NULL);
    assert_true(event_bool(start, "interactive"));
    assert_true(fixture_has(f, "ran"));
    fixture_run_free(run);
}

static void
engine_runs_an_interactive_step_without_a_terminal_as_any_other(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    fixture_script(f, "step-010-a.sh", "# Interactive: yes\n",
                   "read line || echo nobody");
    fixture_run_expect(run, EXIT_STATUS_DONE, "+a a=completed");
    fixture_expect(f, STATE_DIR "/step-010-a.log", "nobody\n");
    fixture_run_free(run);
}

/* ---- stopping at a question ------------------------------------------- */

static void stop_at_prompt(struct fixture_run *run, struct engine *engine,
                           const struct event *event)
{
    (void)run;
    if (event_type(event) == EVENT_PROMPT)
        engine_command(engine, ENGINE_STOP, NULL);
}

static void engine_stops_at_an_open_question(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, NULL, NULL);

    run->on_event = stop_at_prompt;
    with_failure(f);
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_CANCELLED);
    assert_string_equal(fixture_run_trace(run), "+a !a a=failed ?failure >");
    fixture_run_free(run);
}

static void engine_runs_no_confirm_step_after_a_stop(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, NULL, NULL);

    run->on_event = stop_at_prompt;
    with_question(f);
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_CANCELLED);
    assert_false(fixture_has(f, "ran"));
    fixture_run_free(run);
}

static void engine_runs_no_interactive_step_after_a_stop(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, NULL, NULL);

    run->request.has_terminal = true;
    run->on_event = stop_at_prompt;
    fixture_script(f, "step-010-a.sh", "# Interactive: yes\n", "touch ran");
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_CANCELLED);
    assert_false(fixture_has(f, "ran"));
    assert_int_equal(fixture_run_count(run, EVENT_STEP_START, NULL), 0);
    fixture_run_free(run);
}

/* Both commands are there when the engine looks: the stop comes second. */
static void answer_and_stop(struct fixture_run *run, struct engine *engine,
                            const struct event *event)
{
    (void)run;
    if (event_type(event) != EVENT_PROMPT)
        return;
    engine_command(engine, ENGINE_STOP, NULL);
    engine_command(engine, ENGINE_ANSWER, "yes");
}

static void engine_yes_does_not_undo_a_stop(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = asking(f, NULL, NULL);

    run->on_event = answer_and_stop;
    with_question(f);
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_CANCELLED);
    assert_false(fixture_has(f, "ran"));
    fixture_run_free(run);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(engine_confirm_step_runs_when_somebody_says_yes),
        FIXTURE_TEST(engine_confirm_step_is_refused_when_somebody_says_no),
        FIXTURE_TEST(engine_confirm_step_is_refused_when_nobody_can_be_asked),
        FIXTURE_TEST(engine_confirm_step_is_not_asked_about_when_approved),
        FIXTURE_TEST(engine_handles_running_steps_while_it_asks),
        FIXTURE_TEST(engine_failed_step_is_retried_on_request),
        FIXTURE_TEST(engine_counts_a_step_retried_well_as_completed_only),
        FIXTURE_TEST(engine_failed_step_is_skipped_on_request),
        FIXTURE_TEST(engine_failed_step_ends_the_run_on_request),
        FIXTURE_TEST(engine_asks_nothing_about_failures_unless_told_to),
        FIXTURE_TEST(engine_approved_in_advance_ends_as_it_would_headless),
        FIXTURE_TEST(engine_asks_about_every_failure_of_a_group),
        FIXTURE_TEST(engine_skip_of_one_does_not_forgive_the_other),
        FIXTURE_TEST(engine_records_ends_of_steps_while_it_asks),
        FIXTURE_TEST(engine_asks_no_more_once_somebody_stops_at_a_failure),
        FIXTURE_TEST(engine_asks_whether_to_go_on_after_a_small_failure),
        FIXTURE_TEST(engine_not_going_on_after_a_small_failure_is_no_success),
        FIXTURE_TEST(engine_waits_for_the_terminal_of_an_interactive_step),
        FIXTURE_TEST(
            engine_runs_an_interactive_step_without_a_terminal_as_any_other),
        FIXTURE_TEST(engine_stops_at_an_open_question),
        FIXTURE_TEST(engine_runs_no_confirm_step_after_a_stop),
        FIXTURE_TEST(engine_runs_no_interactive_step_after_a_stop),
        FIXTURE_TEST(engine_yes_does_not_undo_a_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
