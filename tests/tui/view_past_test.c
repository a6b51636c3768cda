#include "fixture_screen.h"

#include "base/mem.h"
#include "tui/draw.h"
#include "tui/history.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#define RUN_ID "20261121T165000Z-7f3c"

/* ---- what was logged -------------------------------------------------- */

static const char errors_text[] =
    "2026-11-21T16:50:10Z WARNING [step-010-network]: no NAT gateway: the "
    "subnets \u65e5\u672c\u8a9e have no way out\n"
    "2026-11-21T16:52:24Z ERROR [step-030-push]: push failed with exit status "
    "1: denied: requested access to the resource is denied by the registry of "
    "the account, which knows neither the repository nor whoever asked for it; "
    "\u0645\u0631\u062d\u0628\u0627 cafe\u0301 \U0001F469\u200d\U0001F680\n"
    "2026-11-20T09:00:00Z ERROR [step-\u30a4\u30e1\u30fc\u30b8]: run by hand, "
    "with \x1b[31mcolour\x1b[0m\n"
    "this is no entry\n"
    "2026-11-20T09:00:00Z ERROR [step-010-network]: to";

static const char checkpoints_text[] =
    "2026-11-21T16:50:01Z step-001-preflight in_progress\n"
    "2026-11-21T16:50:03Z step-001-preflight completed\n"
    "2026-11-21T16:50:03Z step-020-\u30a4\u30e1\u30fc\u30b8\u4f5c\u6210 "
    "in_progress\n"
    "2026-11-21T16:51:45Z step-020-\u30a4\u30e1\u30fc\u30b8\u4f5c\u6210 "
    "completed\n"
    "2026-11-21T16:51:46Z step-030-push-the-image-to-every-region-there-is "
    "in_progress\n"
    "2026-11-21T16:52:24Z step-030-push-the-image-to-every-region-there-is "
    "failed\n"
    "nonsense\n"
    "2026-11-21T16:5";

static struct loaded *remarks(void)
{
    struct loaded *loaded = screen_answer(LOAD_REMARKS, NULL);

    statelog_parse(&loaded->remarks, STATELOG_ERRORS, errors_text,
                   strlen(errors_text));
    statelog_sort(&loaded->remarks);
    return loaded;
}

static struct loaded *checkpoints(void)
{
    struct loaded *loaded = screen_answer(LOAD_CHECKPOINTS, NULL);

    statelog_parse(&loaded->checkpoints, STATELOG_CHECKPOINTS, checkpoints_text,
                   strlen(checkpoints_text));
    return loaded;
}

static struct loaded *one_run(void)
{
    struct loaded *loaded = screen_answer(LOAD_HISTORY, NULL);

    loaded->history = mem_new(1, sizeof(*loaded->history));
    loaded->history_count = 1;
    loaded->history[0] =
        (struct past_run){ .id = mem_text(RUN_ID),
                           .command = mem_text("deploy"),
                           .result = REPORT_FAILED,
                           .start_ms = SCREEN_TIME - 10 * 60 * 1000,
                           .duration_ms = 144500,
                           .steps = 3 };
    return loaded;
}

static const char run_journal[] =
    "{\"v\":1,\"time\":\"2026-11-21T16:50:00.000Z\",\"type\":\"run.start\","
    "\"run\":\"" RUN_ID "\",\"command\":\"deploy\",\"plan\":["
    "{\"step\":\"step-010-network\",\"number\":10,\"action\":\"run\"},"
    "{\"step\":\"step-030-push\",\"number\":30,\"action\":\"run\"}]}\n"
    "{\"v\":1,\"time\":\"2026-11-21T16:50:10.000Z\",\"type\":\"warning\","
    "\"step\":\"step-010-network\",\"message\":\"no NAT gateway: the subnets "
    "\u65e5\u672c\u8a9e have no way out\",\"suggestion\":\"set "
    "NAT=yes\"}\n"
    "{\"v\":1,\"time\":\"2026-11-21T16:51:46.000Z\",\"type\":\"step.start\","
    "\"step\":\"step-030-push\"}\n"
    "{\"v\":1,\"time\":\"2026-11-21T16:52:24.000Z\",\"type\":\"step.end\","
    "\"step\":\"step-030-push\",\"status\":\"failed\",\"duration_ms\":38000}\n"
    "{\"v\":1,\"time\":\"2026-11-21T16:52:24.500Z\",\"type\":\"run.end\","
    "\"exit_status\":3}\n";

static void open_errors(struct model *model,
                        const struct console_request *request)
{
    screen_init(model, request);
    screen_keys(model, "4");
    model_loaded(model, one_run());
    model_loaded(model, remarks());
}

/* ---- errors and warnings ---------------------------------------------- */

static void errors_are_listed_and_told_in_full(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    open_errors(&model, &request);
    screen_expect(&model, "errors", 80, 24);
    screen_expect(&model, "errors", 120, 40);
    screen_expect(&model, "errors", 40, 10);
    screen_keys(&model, "Enter");
    screen_expect(&model, "errors-detail", 40, 10);
    screen_keys(&model, "G");
    screen_expect(&model, "errors-detail-end", 40, 10);
    screen_keys(&model, "Esc g Tab");
    screen_expect(&model, "errors-first", 80, 24);
    screen_every_size(&model);
    model_release(&model);
}

static void errors_have_the_suggestion_of_their_run(void **unused)
{
    struct console_request request = { 0 };
    struct model model;
    char *text;

    (void)unused;
    open_errors(&model, &request);
    for (size_t i = 0; i < model.remarks.book.log.count; i++)
        strvec_add(&model.remarks.hints,
                   i + 2 == model.remarks.book.log.count ? "set NAT=yes" : "");
    screen_keys(&model, "k");
    text = screen_text(&model, 80, 24);
    assert_non_null(strstr(text, "Suggestion: set NAT=yes"));
    free(text);
    model_release(&model);
}

static void errors_lead_to_their_place_in_the_log(void **unused)
{
    struct console_request request = { 0 };
    struct loaded *loaded = screen_answer(LOAD_RUN, RUN_ID);
    struct model model;

    (void)unused;
    open_errors(&model, &request);
    screen_keys(&model, "Enter");
    assert_int_equal(model.view, VIEW_HISTORY);
    model_loaded(&model, one_run());
    loaded->report = screen_report(RUN_ID, REPORT_FAILED, run_journal);
    model_loaded(&model, loaded);
    assert_string_equal(history_step(&model.history)->id, "step-030-push");
    assert_non_null(strstr(model.history.log.search, "push failed with exit"));
    model_release(&model);
}

static void errors_say_when_their_run_is_not_known(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    open_errors(&model, &request);
    screen_keys(&model, "g Enter");
    assert_non_null(strstr(model.notice.text, "no run is known of that time"));
    model_release(&model);

    screen_init(&model, &request);
    screen_keys(&model, "4");
    model_loaded(&model, remarks());
    screen_keys(&model, "Enter");
    assert_int_equal(model.view, VIEW_ERRORS);
    assert_non_null(strstr(model.notice.text, "still being read"));
    model_loaded(&model, screen_answer(LOAD_HISTORY, NULL));
    screen_keys(&model, "Enter");
    assert_non_null(strstr(model.notice.text, "no run is known"));
    model_release(&model);
}

static void no_errors_are_good_news(void **unused)
{
    struct console_request request = { 0 };
    struct loaded *broken;
    struct model model;

    (void)unused;
    screen_init(&model, &request);
    screen_keys(&model, "4");
    screen_expect(&model, "errors-loading", 80, 24);
    model_loaded(&model, screen_answer(LOAD_REMARKS, NULL));
    screen_expect(&model, "errors-none", 80, 24);
    broken = screen_answer(LOAD_REMARKS, NULL);
    error_set(&broken->error, ERROR_IO, "'errors.log': permission denied");
    model_loaded(&model, broken);
    screen_expect(&model, "errors-broken", 40, 10);
    model_release(&model);
}

static void errors_keep_the_selection_of_the_user(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    open_errors(&model, &request);
    assert_int_equal(model.remarks.book.list.selected, 2);
    screen_keys(&model, "g");
    model_loaded(&model, remarks());
    assert_int_equal(model.remarks.book.list.selected, 0);
    model_release(&model);
}

/* ---- checkpoints ------------------------------------------------------ */

static void checkpoints_are_listed_newest_last(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    screen_init(&model, &request);
    screen_keys(&model, "5");
    screen_expect(&model, "checkpoints-loading", 40, 10);
    model_loaded(&model, screen_answer(LOAD_CHECKPOINTS, NULL));
    screen_expect(&model, "checkpoints-none", 80, 24);
    model_loaded(&model, checkpoints());
    screen_expect(&model, "checkpoints", 80, 24);
    screen_expect(&model, "checkpoints", 120, 40);
    screen_expect(&model, "checkpoints", 40, 10);
    screen_every_size(&model);
    model_release(&model);
}

static void checkpoints_open_the_log_of_their_step(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    screen_init(&model, &request);
    screen_keys(&model, "5");
    model_loaded(&model, one_run());
    model_loaded(&model, checkpoints());
    screen_keys(&model, "g Enter");
    assert_int_equal(model.view, VIEW_HISTORY);
    assert_string_equal(model.history.wanted_step, "step-001-preflight");
    assert_null(model.history.log.search);
    model_release(&model);
}

/* ---- help ------------------------------------------------------------- */

static void help_tells_every_key_as_it_is_bound(void **unused)
{
    struct console_request request = { 0 };
    struct error err = { 0 };
    struct model model;

    (void)unused;
    setenv("XDG_CONFIG_HOME", "/home/ada/.config", 1);
    screen_init(&model, &request);
    assert_true(keymap_bind(&model.keys, "follow", "F C-f", &err));
    assert_true(keymap_bind(&model.keys, "wrap", "none", &err));
    screen_keys(&model, "?");
    screen_expect(&model, "help", 80, 24);
    screen_expect(&model, "help", 120, 100);
    screen_expect(&model, "help", 40, 10);
    screen_keys(&model, "G");
    screen_expect(&model, "help-end", 80, 24);
    free(screen_text(&model, 40, 10));
    screen_keys(&model, "G");
    screen_expect(&model, "help-end", 40, 10);
    screen_every_size(&model);
    screen_keys(&model, "k k j Esc");
    assert_int_equal(model.view, VIEW_DEPLOY);
    model_release(&model);
}

/* ---- drawing ---------------------------------------------------------- */

static char *paragraph(int columns, int rows, int row, const char *text,
                       int *taken)
{
    struct canvas canvas = { 0 };
    struct strbuf out = { 0 };

    canvas_resize(&canvas, columns, rows);
    *taken = draw_paragraph(canvas_area(&canvas), 0, row, columns,
                            draw_role(ROLE_TEXT), text);
    canvas_text(&canvas, &out);
    canvas_release(&canvas);
    return strbuf_take(&out);
}

static void paragraphs_are_wrapped_at_words(void **unused)
{
    static const struct {
        int row;
        const char *text, *shown;
        int rows;
    } cases[] = {
        { 0, "", "\n\n\n", 1 },
        { 0, "one two", "one two\n\n\n", 1 },
        { 0, "one two three", "one two\nthree\n\n", 2 },
        { 0, "one  two  three", "one  two\nthree\n\n", 2 },
        { 0, "incomprehensible", "incompre\nhensible\n\n", 2 },
        { 0, "\u65e5\u672c\u8a9e\u65e5\u672c",
          "\u65e5\u672c\u8a9e\u65e5\n\u672c\n\n", 2 },
        { 0, "a\nb\n", "a\nb\n\n", 2 },
        { 0, "a\n\nb", "a\n\nb\n", 3 },
        { 0, "\x1b[31mred\x1b[0m", "red\n\n\n", 1 },
        { -1, "one two three", "three\n\n\n", 2 },
        { 2, "one two three", "\n\none two\n", 2 },
        { 0, "1 2 3 4 5 6 7 8 9 a b c d e f", "1 2 3 4\n5 6 7 8\n9 a b c\n",
          4 },
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int rows;
        char *shown = paragraph(8, 3, cases[i].row, cases[i].text, &rows);

        assert_string_equal(shown, cases[i].shown);
        assert_int_equal(rows, cases[i].rows);
        free(shown);
    }
}

static void a_wide_character_in_one_column_ends_the_wrapping(void **unused)
{
    int rows;
    char *shown = paragraph(1, 3, 0, "\u65e5\u672c", &rows);

    (void)unused;
    assert_int_equal(rows, 2);
    free(shown);
}

static void bars_are_as_long_as_the_percentage(void **unused)
{
    static const struct {
        int percent;
        const char *shown;
    } cases[] = {
        { -5, "\u2591\u2591\u2591\u2591\n" },
        { 0, "\u2591\u2591\u2591\u2591\n" },
        { 50, "\u2588\u2588\u2591\u2591\n" },
        { 60, "\u2588\u2588\u258d\u2591\n" },
        { 100, "\u2588\u2588\u2588\u2588\n" },
        { 250, "\u2588\u2588\u2588\u2588\n" },
    };
    struct canvas canvas = { 0 };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct strbuf out = { 0 };

        canvas_resize(&canvas, 4, 1);
        draw_bar(canvas_area(&canvas), 0, 0, 4, cases[i].percent,
                 icons_of(ICONS_TEXT), draw_role(ROLE_OK));
        canvas_text(&canvas, &out);
        assert_string_equal(strbuf_text(&out), cases[i].shown);
        strbuf_release(&out);
    }
    canvas_release(&canvas);
}

static void boxes_fit_into_any_area(void **unused)
{
    struct canvas canvas = { 0 };

    (void)unused;
    for (int columns = 1; columns < 12; columns++) {
        for (int rows = 1; rows < 4; rows++) {
            struct area area, inner;

            canvas_resize(&canvas, columns, rows);
            area = canvas_area(&canvas);
            inner = draw_box(area, icons_of(ICONS_TEXT), "\u65e5\u672c\u8a9e",
                             true);
            draw_box_note(area, icons_of(ICONS_TEXT), "\u65e5\u672c\u8a9e",
                          "a note", true);
            assert_int_equal(inner.columns,
                             columns > 2 && rows > 1 ? columns - 2 : 0);
            assert_int_equal(inner.rows,
                             rows > 2 && columns > 1 ? rows - 2 : 0);
        }
    }
    canvas_release(&canvas);
}

static void labels_of_steps_begin_with_their_number(void **unused)
{
    static const char *const cases[][2] = {
        { "step-020-build-image", "020 build-image" },
        { "020-build-image", "020 build-image" },
        { "step-020", "020" },
        { "stage", "stage" },
        { "", "" },
        { "step-1a2-x", "1a2-x" },
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *label = draw_step_label(cases[i][0]);

        assert_string_equal(label, cases[i][1]);
        free(label);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_listed_and_told_in_full),
        cmocka_unit_test(errors_have_the_suggestion_of_their_run),
        cmocka_unit_test(errors_lead_to_their_place_in_the_log),
        cmocka_unit_test(errors_say_when_their_run_is_not_known),
        cmocka_unit_test(no_errors_are_good_news),
        cmocka_unit_test(errors_keep_the_selection_of_the_user),
        cmocka_unit_test(checkpoints_are_listed_newest_last),
        cmocka_unit_test(checkpoints_open_the_log_of_their_step),
        cmocka_unit_test(help_tells_every_key_as_it_is_bound),
        cmocka_unit_test(paragraphs_are_wrapped_at_words),
        cmocka_unit_test(a_wide_character_in_one_column_ends_the_wrapping),
        cmocka_unit_test(bars_are_as_long_as_the_percentage),
        cmocka_unit_test(boxes_fit_into_any_area),
        cmocka_unit_test(labels_of_steps_begin_with_their_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
