#include "fixture_past.h"

#include "tui/history.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

static const char push_log[] =
    "\x1b[1mpushing\x1b[0m acme/api:9e1a2b4\n"
    "layer 4f1e  \u2588\u2588\u2588\u2591  41.2 / 63.0 MB\n"
    "\u65e5\u672c\u8a9e\u306e\u30ed\u30b0 \U0001F680 cafe\u0301 "
    "\u0645\u0631\u062d\u0628\u0627\n"
    "denied: requested access to the resource is denied\n";

static void history_shows_runs_their_steps_and_a_log(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    past_open(&model, &request);
    screen_log(&model, push_log);
    screen_expect(&model, "history", 80, 24);
    screen_expect(&model, "history", 120, 40);
    screen_expect(&model, "history", 40, 10);
    screen_keys(&model, "Enter");
    screen_expect(&model, "history-steps", 80, 24);
    screen_expect(&model, "history-steps", 40, 10);
    screen_keys(&model, "Enter");
    screen_expect(&model, "history-log", 120, 40);
    screen_expect(&model, "history-log", 40, 10);
    screen_keys(&model, "z");
    screen_expect(&model, "history-zoomed", 80, 24);
    model_release(&model);
}

static void history_has_other_signs(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    past_open(&model, &request);
    model.icons = icons_of(ICONS_EMOJI);
    screen_expect(&model, "history-emoji", 80, 24);
    model.icons = icons_of(ICONS_ASCII);
    screen_expect(&model, "history-ascii", 80, 24);
    model_release(&model);
}

static void history_hides_no_run_that_it_cannot_read(void **unused)
{
    struct console_request request = { 0 };
    struct loaded *lost;
    struct model model;

    (void)unused;
    past_open(&model, &request);
    screen_keys(&model, "j j");
    model_loaded(&model, past_report(TORN_ID, REPORT_INTERRUPTED, past_done));
    model.history.report->skipped = 1;
    screen_expect(&model, "history-torn", 80, 24);
    screen_keys(&model, "G");
    lost = past_report(LOST_ID, REPORT_UNREADABLE, "");
    error_set(&lost->report->error, ERROR_IO,
              "run " LOST_ID ": it cannot be read: permission denied");
    model_loaded(&model, lost);
    screen_expect(&model, "history-lost", 80, 24);
    model_release(&model);
}

static void history_tells_of_a_run_under_way(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    past_open(&model, &request);
    screen_keys(&model, "g");
    model_loaded(
        &model,
        past_report("20261121T165900Z-0123", REPORT_RUNNING,
                    EVENT("20261121T165900Z-0123", "16:59:00.000", "run.start")
                        PLAN BEGUN("20261121T165900Z-0123", "16:59:01.000",
                                   "step-001-preflight")));
    screen_expect(&model, "history-running", 80, 24);
    assert_true(model_log(&model)->is_growing);
    model_release(&model);
}

static void history_says_that_it_is_loading_or_empty_or_broken(void **unused)
{
    struct console_request request = { 0 };
    struct loaded *broken;
    struct model model;

    (void)unused;
    screen_init(&model, &request);
    screen_keys(&model, "3");
    screen_expect(&model, "history-loading", 80, 24);
    broken = screen_answer(LOAD_HISTORY, NULL);
    error_set(&broken->error, ERROR_IO,
              "'.deployment-state': permission denied");
    error_hint(&broken->error, "the folder belongs to somebody else");
    model_loaded(&model, broken);
    model_tick(&model, SCREEN_TIME + HOUR_MS);
    screen_expect(&model, "history-error", 80, 24);
    model_loaded(&model, screen_answer(LOAD_HISTORY, NULL));
    screen_expect(&model, "history-empty", 80, 24);
    screen_expect(&model, "history-empty", 40, 10);
    model_release(&model);
}

static void history_compares_the_durations_of_two_runs(void **unused)
{
    struct console_request request = { 0 };
    struct model model;
    char *asked;

    (void)unused;
    past_open(&model, &request);
    screen_keys(&model, "j c k");
    model_tick(&model, SCREEN_TIME + HOUR_MS);
    screen_expect(&model, "history-marked", 80, 24);
    free(screen_asked(&model, LOAD_RUN));
    screen_keys(&model, "c");
    asked = screen_asked(&model, LOAD_RUN);
    assert_string_equal(asked, DONE_ID);
    free(asked);
    model_loaded(&model, past_report(DONE_ID, REPORT_DONE, past_done));
    model_loaded(&model, past_report(FAILED_ID, REPORT_FAILED, past_failed));
    screen_expect(&model, "history-compare", 80, 24);
    screen_expect(&model, "history-compare", 120, 40);
    screen_keys(&model, "Enter");
    screen_expect(&model, "history-compare", 40, 10);
    assert_null(model_log(&model));
    screen_keys(&model, "Esc");
    assert_false(model.history.compares);
    assert_null(model.history.marked);
    assert_int_equal(model.view, VIEW_HISTORY);
    model_release(&model);
}

static void history_fits_into_every_size(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    past_open(&model, &request);
    screen_log(&model, push_log);
    screen_every_size(&model);
    screen_keys(&model, "Enter");
    screen_every_size(&model);
    screen_keys(&model, "Esc c j c");
    model_loaded(&model, past_report(FAILED_ID, REPORT_FAILED, past_failed));
    model_loaded(&model, past_report(DONE_ID, REPORT_DONE, past_done));
    assert_true(model.history.compares);
    screen_every_size(&model);
    model_release(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(history_shows_runs_their_steps_and_a_log),
        cmocka_unit_test(history_has_other_signs),
        cmocka_unit_test(history_hides_no_run_that_it_cannot_read),
        cmocka_unit_test(history_tells_of_a_run_under_way),
        cmocka_unit_test(history_says_that_it_is_loading_or_empty_or_broken),
        cmocka_unit_test(history_compares_the_durations_of_two_runs),
        cmocka_unit_test(history_fits_into_every_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
