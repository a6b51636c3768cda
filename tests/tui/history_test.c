#include "fixture_past.h"

#include "tui/compare.h"
#include "tui/history.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

static void history_asks_for_one_run_at_a_time(void **unused)
{
    static const char newest[] = "20261121T165900Z-0123";
    struct console_request request = { 0 };
    struct model model;
    char *asked;

    (void)unused;
    screen_init(&model, &request);
    screen_keys(&model, "3");
    asked = screen_asked(&model, LOAD_HISTORY);
    assert_non_null(asked);
    free(asked);
    model_loaded(&model, past_history());
    asked = screen_asked(&model, LOAD_RUN);
    assert_string_equal(asked, newest);
    free(asked);
    screen_keys(&model, "j j k Tab S-Tab");
    assert_null(screen_asked(&model, LOAD_RUN));
    model_loaded(&model, past_report(newest, REPORT_RUNNING, ""));
    asked = screen_asked(&model, LOAD_RUN);
    assert_string_equal(asked, FAILED_ID);
    free(asked);
    model_loaded(&model, past_report(FAILED_ID, REPORT_FAILED, past_failed));
    assert_null(screen_asked(&model, LOAD_RUN));
    assert_string_equal(history_step(&model.history)->id, "step-030-push");
    model_release(&model);
}

static void history_does_not_ask_again_for_what_it_cannot_have(void **unused)
{
    struct console_request request = { 0 };
    struct model model;
    struct loaded *broken;

    (void)unused;
    past_open(&model, &request);
    screen_keys(&model, "j");
    free(screen_asked(&model, LOAD_RUN));
    broken = screen_answer(LOAD_RUN, DONE_ID);
    error_set(&broken->error, ERROR_IO, "permission denied");
    model_loaded(&model, broken);
    screen_keys(&model, "Tab S-Tab");
    assert_null(screen_asked(&model, LOAD_RUN));
    assert_string_equal(model.history.error.message, "permission denied");
    model_release(&model);
}

static void history_drops_the_answer_about_a_run_left_behind(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    past_open(&model, &request);
    screen_keys(&model, "j");
    model_loaded(&model, past_report(FAILED_ID, REPORT_FAILED, past_failed));
    assert_null(history_report(&model.history));
    model_loaded(&model, past_report(DONE_ID, REPORT_DONE, past_done));
    assert_string_equal(history_report(&model.history)->id, DONE_ID);
    model_release(&model);
}

static void history_keeps_its_selection_when_it_is_read_again(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    past_open(&model, &request);
    screen_keys(&model, "1 3");
    model_loaded(&model, past_history());
    assert_string_equal(history_run(&model.history)->id, FAILED_ID);
    assert_non_null(history_report(&model.history));
    model_release(&model);
}

static void history_goes_back_one_level_at_a_time(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    past_open(&model, &request);
    screen_keys(&model, "Enter Enter / d e n i e d Enter");
    assert_int_equal(model.history.focus, HISTORY_LOG);
    assert_string_equal(model.history.log.search, "denied");
    screen_keys(&model, "Esc");
    assert_null(model.history.log.search);
    screen_keys(&model, "Esc");
    assert_int_equal(model.history.focus, HISTORY_STEPS);
    screen_keys(&model, "Esc");
    assert_int_equal(model.history.focus, HISTORY_RUNS);
    assert_int_equal(model.view, VIEW_HISTORY);
    screen_keys(&model, "Esc");
    assert_int_equal(model.view, VIEW_DEPLOY);
    model_release(&model);
}

static void compare_takes_the_steps_of_both_runs_in_order(void **unused)
{
    struct report *a = screen_report(FAILED_ID, REPORT_FAILED, past_failed);
    struct report *b = screen_report(DONE_ID, REPORT_DONE, past_done);
    struct compared_step *steps;
    size_t count;

    (void)unused;
    steps = compare_steps(a, b, &count);
    assert_int_equal(count, 6);
    assert_string_equal(steps[0].a->id, "step-001-preflight");
    assert_ptr_equal(steps[0].b, &b->model.steps[0]);
    assert_null(steps[5].a);
    assert_string_equal(steps[5].b->id, "step-050-only-then");
    free(steps);
    report_free(a);
    report_free(b);
}

static void compare_calls_a_twentieth_the_same(void **unused)
{
    static const struct {
        int64_t a_ms, b_ms;
        const char *word;
    } cases[] = {
        { 1000, 1000, "about the same" },
        { 1000, 1052, "about the same" },
        { 1000, 1053, "slower" },
        { 1053, 1000, "faster" },
        { 0, 0, "about the same" },
        { 0, 1, "slower" },
        { -1, 5, "" },
        { 5, -1, "" },
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(compare_word(cases[i].a_ms, cases[i].b_ms),
                            cases[i].word);
}

static void goto_log_shows_run_step_and_text(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    screen_init(&model, &request);
    model_goto_log(&model, DONE_ID, "step-030-push", "denied");
    assert_int_equal(model.view, VIEW_HISTORY);
    model_loaded(&model, past_history());
    model_loaded(&model, past_report(DONE_ID, REPORT_DONE, past_done));
    assert_string_equal(history_run(&model.history)->id, DONE_ID);
    assert_string_equal(history_step(&model.history)->id, "step-030-push");
    assert_string_equal(model.history.log.path,
                        "/srv/acme/.deployment-state/runs/" DONE_ID
                        "/step-030-push.log");
    assert_string_equal(model.history.log.search, "denied");
    assert_int_equal(model.history.focus, HISTORY_LOG);
    model_release(&model);
}

static void goto_log_says_when_the_run_is_gone(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    screen_init(&model, &request);
    model_goto_log(&model, "20250101T000000Z-gone", "step-030-push", NULL);
    model_loaded(&model, past_history());
    assert_non_null(strstr(model.notice.text, "not there any more"));
    assert_non_null(history_run(&model.history));
    model_release(&model);
}

static void goto_log_works_in_a_run_that_is_loaded(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    past_open(&model, &request);
    model_goto_log(&model, FAILED_ID, "step-001-preflight", "x");
    model_loaded(&model, past_history());
    assert_string_equal(history_step(&model.history)->id, "step-001-preflight");
    screen_keys(&model, "Esc Esc j j");
    assert_non_null(strstr(model.history.log.path, "step-020"));
    model_release(&model);
}

static void goto_log_survives_a_history_that_cannot_be_read(void **unused)
{
    struct console_request request = { 0 };
    struct loaded *broken = screen_answer(LOAD_HISTORY, NULL);
    struct model model;

    (void)unused;
    past_open(&model, &request);
    model_goto_log(&model, DONE_ID, "step-030-push", NULL);
    error_set(&broken->error, ERROR_IO, "permission denied");
    model_loaded(&model, broken);
    assert_string_equal(history_run(&model.history)->id, FAILED_ID);
    assert_non_null(strstr(model.history.log.path, "step-030"));
    model_release(&model);
}

static void the_run_of_a_moment_is_the_one_that_was_under_way(void **unused)
{
    struct console_request request = { 0 };
    struct model model;
    const struct history_view *past = &model.history;

    (void)unused;
    past_open(&model, &request);
    /* Logs of the state know only seconds, rounded down. */
    assert_string_equal(history_run_at(past, SCREEN_TIME - HOUR_MS)->id,
                        FAILED_ID);
    assert_string_equal(
        history_run_at(past, SCREEN_TIME - HOUR_MS + 144000)->id, FAILED_ID);
    assert_null(history_run_at(past, SCREEN_TIME - HOUR_MS + 200000));
    assert_null(history_run_at(past, SCREEN_TIME - HOUR_MS - 1001));
    assert_string_equal(history_run_at(past, SCREEN_TIME + 5)->id,
                        "20261121T165900Z-0123");
    model_release(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(history_asks_for_one_run_at_a_time),
        cmocka_unit_test(history_does_not_ask_again_for_what_it_cannot_have),
        cmocka_unit_test(history_drops_the_answer_about_a_run_left_behind),
        cmocka_unit_test(history_keeps_its_selection_when_it_is_read_again),
        cmocka_unit_test(history_goes_back_one_level_at_a_time),
        cmocka_unit_test(compare_takes_the_steps_of_both_runs_in_order),
        cmocka_unit_test(compare_calls_a_twentieth_the_same),
        cmocka_unit_test(goto_log_shows_run_step_and_text),
        cmocka_unit_test(goto_log_says_when_the_run_is_gone),
        cmocka_unit_test(goto_log_works_in_a_run_that_is_loaded),
        cmocka_unit_test(goto_log_survives_a_history_that_cannot_be_read),
        cmocka_unit_test(the_run_of_a_moment_is_the_one_that_was_under_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
