#include "fixture_screen.h"

#include "base/mem.h"
#include "tui/compare.h"
#include "tui/draw.h"
#include "tui/history.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

enum { HOUR_MS = 60 * 60 * 1000 };

/* ---- the past --------------------------------------------------------- */

#define EVENT(run, time, type)                                                 \
    "{\"v\":1,\"time\":\"2026-11-21T" time "Z\",\"run\":\"" run                \
    "\",\"type\":\"" type "\""
#define PLAN                                                                   \
    ",\"command\":\"deploy\",\"environment\":\"prod\",\"plan\":["              \
    "{\"step\":\"step-001-preflight\",\"number\":1,\"action\":\"run\"},"       \
    "{\"step\":\"step-010-network\",\"number\":10,\"action\":\"skip\","        \
    "\"status\":\"completed\"},"                                               \
    "{\"step\":\"step-020-\u30a4\u30e1\u30fc\u30b8\u4f5c\u6210\","             \
    "\"number\":20,\"action\":\"run\"},"                                       \
    "{\"step\":\"step-030-push\",\"number\":30,\"action\":\"run\"},"           \
    "{\"step\":\"step-040-cafe\u0301-\U0001F469\u200d\U0001F680\","            \
    "\"number\":40,\"action\":\"run\"}]}\n"
#define DONE(run, time, step, ms, attempt)                                     \
    EVENT(run, time, "step.end")                                               \
    ",\"step\":\"" step "\",\"status\":\"completed\",\"duration_ms\":" ms      \
    ",\"attempt\":" attempt "}\n"
#define BEGUN(run, time, step)                                                 \
    EVENT(run, time, "step.start") ",\"step\":\"" step "\"}\n"
#define IMAGE "step-020-\u30a4\u30e1\u30fc\u30b8\u4f5c\u6210"

#define FAILED_ID "20261121T160000Z-7f3c"
#define DONE_ID "20261121T140000Z-a1b2"
#define TORN_ID "20261120T120000Z-c0de"
#define LOST_ID "20261119T120000Z-dead"

static const char failed_journal[] = EVENT(FAILED_ID, "16:00:00.000",
                                           "run.start")
    PLAN BEGUN(FAILED_ID, "16:00:00.100", "step-001-preflight") DONE(
        FAILED_ID, "16:00:02.100", "step-001-preflight", "2000",
        "1") BEGUN(FAILED_ID, "16:00:03.000",
                   IMAGE) DONE(FAILED_ID, "16:01:45.000", IMAGE, "102000", "1")
        BEGUN(FAILED_ID, "16:01:46.000", "step-030-push") EVENT(
            FAILED_ID, "16:02:24.000",
            "diagnosis") ",\"step\":\"step-030-push\",\"id\":\"docker-denied\","
                         "\"cause\":\"the "
                         "registry does not know this account\"}\n" EVENT(
                             FAILED_ID, "16:02:24.000",
                             "step.end") ",\"step\":\"step-030-push\","
                                         "\"status\":\"failed\",\"duration_"
                                         "ms\":38000,"
                                         "\"attempt\":3,\"exit_status\":1,"
                                         "\"message\":\"push failed with exit "
                                         "status 1\",\"suggestion\":\"log in "
                                         "again: 'docker login', then "
                                         "deploy\"}\n" EVENT(
                                             FAILED_ID, "16:02:24.500",
                                             "run.end") ",\"exit_status\":3}\n";

static const char done_journal[] = EVENT(DONE_ID, "14:00:00.000", "run.start")
    PLAN BEGUN(DONE_ID, "14:00:00.100", "step-001-preflight") DONE(
        DONE_ID, "14:00:02.100", "step-001-preflight", "2050",
        "1") BEGUN(DONE_ID, "14:00:03.000", IMAGE) DONE(DONE_ID, "14:01:08.000",
                                                        IMAGE, "65000", "1")
        BEGUN(DONE_ID, "14:01:09.000", "step-030-push")
            DONE(DONE_ID, "14:02:04.000", "step-030-push", "55000", "1") EVENT(
                DONE_ID, "14:02:05.000",
                "step.start") ",\"step\":\"step-050-only-then\",\"number\":50}"
                              "\n" DONE(DONE_ID, "14:02:06.000",
                                        "step-050-only-then", "812", "1")
                                  EVENT(DONE_ID, "14:02:06.000",
                                        "run.end") ",\"exit_status\":0}\n";

static void set_run(struct past_run *run, const char *id,
                    enum report_result result, int64_t ago_ms,
                    const char *environment, const char *remark)
{
    *run = (struct past_run){ .id = mem_text(id),
                              .command = mem_text("deploy"),
                              .environment = mem_text(environment),
                              .result = result,
                              .start_ms = SCREEN_TIME - ago_ms,
                              .duration_ms = 144500,
                              .completed = 3,
                              .steps = 5,
                              .commit = mem_text("9e1a2b4c5d6e7f"),
                              .remark = mem_text(remark) };
}

static struct loaded *history(void)
{
    struct loaded *loaded = screen_answer(LOAD_HISTORY, NULL);
    struct past_run *runs = mem_new(6, sizeof(*runs));

    set_run(&runs[0], "20261121T165900Z-0123", REPORT_RUNNING, 60000, "prod",
            NULL);
    set_run(&runs[1], FAILED_ID, REPORT_FAILED, HOUR_MS, "prod", NULL);
    set_run(&runs[2], DONE_ID, REPORT_DONE, 3 * HOUR_MS,
            "\u672c\u756a\u74b0\u5883-very-long-name", NULL);
    set_run(&runs[3], TORN_ID, REPORT_INTERRUPTED, 29 * HOUR_MS, "prod",
            "1 line of the journal could not be read");
    set_run(&runs[4], "20261120T110000Z-beef", REPORT_CANCELLED, 30 * HOUR_MS,
            "\u0645\u0631\u062d\u0628\u0627", NULL);
    set_run(&runs[5], LOST_ID, REPORT_UNREADABLE, SCREEN_TIME, NULL,
            "the journal cannot be read");
    loaded->history = runs;
    loaded->history_count = 6;
    return loaded;
}

static struct loaded *run(const char *id, enum report_result result,
                          const char *journal)
{
    struct loaded *loaded = screen_answer(LOAD_RUN, id);

    loaded->report = screen_report(id, result, journal);
    return loaded;
}

/* The console with the history loaded and the failed run selected. */
static void open_history(struct model *model,
                         const struct console_request *request)
{
    screen_init(model, request);
    screen_keys(model, "3");
    model_loaded(model, history());
    screen_keys(model, "j");
    model_loaded(model, run(FAILED_ID, REPORT_FAILED, failed_journal));
}

static const char push_log[] =
    "\x1b[1mpushing\x1b[0m acme/api:9e1a2b4\n"
    "layer 4f1e  \u2588\u2588\u2588\u2591  41.2 / 63.0 MB\n"
    "\u65e5\u672c\u8a9e\u306e\u30ed\u30b0 \U0001F680 cafe\u0301 "
    "\u0645\u0631\u062d\u0628\u0627\n"
    "denied: requested access to the resource is denied\n";

/* ---- history ---------------------------------------------------------- */

static void history_shows_runs_their_steps_and_a_log(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    open_history(&model, &request);
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
    open_history(&model, &request);
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
    open_history(&model, &request);
    screen_keys(&model, "j j");
    model_loaded(&model, run(TORN_ID, REPORT_INTERRUPTED, done_journal));
    model.history.report->skipped = 1;
    screen_expect(&model, "history-torn", 80, 24);
    screen_keys(&model, "G");
    lost = run(LOST_ID, REPORT_UNREADABLE, "");
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
    open_history(&model, &request);
    screen_keys(&model, "g");
    model_loaded(&model,
                 run("20261121T165900Z-0123", REPORT_RUNNING,
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

static void history_asks_once_for_the_run_that_is_selected(void **unused)
{
    struct console_request request = { 0 };
    struct model model;
    char *asked;

    (void)unused;
    screen_init(&model, &request);
    screen_keys(&model, "3");
    asked = screen_asked(&model, LOAD_HISTORY);
    assert_non_null(asked);
    free(asked);
    model_loaded(&model, history());
    screen_keys(&model, "j");
    asked = screen_asked(&model, LOAD_RUN);
    assert_string_equal(asked, FAILED_ID);
    free(asked);
    screen_keys(&model, "Tab S-Tab");
    assert_null(screen_asked(&model, LOAD_RUN));
    model_loaded(&model, run(FAILED_ID, REPORT_FAILED, failed_journal));
    assert_null(screen_asked(&model, LOAD_RUN));
    assert_string_equal(history_step(&model.history)->id, "step-030-push");
    model_release(&model);
}

static void history_drops_the_answer_about_a_run_left_behind(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    open_history(&model, &request);
    screen_keys(&model, "j");
    model_loaded(&model, run(FAILED_ID, REPORT_FAILED, failed_journal));
    assert_null(history_report(&model.history));
    model_loaded(&model, run(DONE_ID, REPORT_DONE, done_journal));
    assert_string_equal(history_report(&model.history)->id, DONE_ID);
    model_release(&model);
}

static void history_keeps_its_selection_when_it_is_read_again(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    open_history(&model, &request);
    screen_keys(&model, "1 3");
    model_loaded(&model, history());
    assert_string_equal(history_run(&model.history)->id, FAILED_ID);
    assert_non_null(history_report(&model.history));
    model_release(&model);
}

static void history_goes_back_one_level_at_a_time(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    open_history(&model, &request);
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

/* ---- comparing -------------------------------------------------------- */

static void history_compares_the_durations_of_two_runs(void **unused)
{
    struct console_request request = { 0 };
    struct model model;
    char *asked;

    (void)unused;
    open_history(&model, &request);
    screen_keys(&model, "j c k");
    model_tick(&model, SCREEN_TIME + HOUR_MS);
    screen_expect(&model, "history-marked", 80, 24);
    free(screen_asked(&model, LOAD_RUN));
    screen_keys(&model, "c");
    asked = screen_asked(&model, LOAD_RUN);
    assert_string_equal(asked, DONE_ID);
    free(asked);
    model_loaded(&model, run(DONE_ID, REPORT_DONE, done_journal));
    model_loaded(&model, run(FAILED_ID, REPORT_FAILED, failed_journal));
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

static void compare_takes_the_steps_of_both_runs_in_order(void **unused)
{
    struct report *a = screen_report(FAILED_ID, REPORT_FAILED, failed_journal);
    struct report *b = screen_report(DONE_ID, REPORT_DONE, done_journal);
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

/* ---- going to a log --------------------------------------------------- */

static void goto_log_shows_run_step_and_text(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    screen_init(&model, &request);
    model_goto_log(&model, DONE_ID, "step-030-push", "denied");
    assert_int_equal(model.view, VIEW_HISTORY);
    model_loaded(&model, history());
    model_loaded(&model, run(DONE_ID, REPORT_DONE, done_journal));
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
    model_loaded(&model, history());
    assert_non_null(strstr(model.notice.text, "not there any more"));
    assert_non_null(history_run(&model.history));
    model_release(&model);
}

static void goto_log_works_in_a_run_that_is_loaded(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    open_history(&model, &request);
    model_goto_log(&model, FAILED_ID, "step-001-preflight", "x");
    model_loaded(&model, history());
    assert_string_equal(history_step(&model.history)->id, "step-001-preflight");
    screen_keys(&model, "Esc Esc j");
    assert_non_null(strstr(model.history.log.path, "step-020"));
    model_release(&model);
}

static void goto_log_survives_a_history_that_cannot_be_read(void **unused)
{
    struct console_request request = { 0 };
    struct loaded *broken = screen_answer(LOAD_HISTORY, NULL);
    struct model model;

    (void)unused;
    open_history(&model, &request);
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
    open_history(&model, &request);
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
        cmocka_unit_test(history_shows_runs_their_steps_and_a_log),
        cmocka_unit_test(history_has_other_signs),
        cmocka_unit_test(history_hides_no_run_that_it_cannot_read),
        cmocka_unit_test(history_tells_of_a_run_under_way),
        cmocka_unit_test(history_says_that_it_is_loading_or_empty_or_broken),
        cmocka_unit_test(history_asks_once_for_the_run_that_is_selected),
        cmocka_unit_test(history_drops_the_answer_about_a_run_left_behind),
        cmocka_unit_test(history_keeps_its_selection_when_it_is_read_again),
        cmocka_unit_test(history_goes_back_one_level_at_a_time),
        cmocka_unit_test(history_compares_the_durations_of_two_runs),
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
