#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_pane.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A line of so many characters: digits, or what takes more bytes and columns.
 */
static void put_long(struct fixture_pane *f, int characters, bool is_ascii)
{
    static const char *const wide[] = { "\xE6\x97\xA5", "a", "\xC3\xA4" };
    struct strbuf text = { 0 };

    for (int i = 0; i < characters; i++) {
        if (is_ascii)
            strbuf_addc(&text, (char)('0' + i / 10 % 10));
        else
            strbuf_adds(&text, wide[i % 3]);
    }
    strbuf_addc(&text, '\n');
    fixture_log_append(f->log, strbuf_text(&text), text.len);
    strbuf_release(&text);
}

/* ---- wrapping --------------------------------------------------------- */

static void wrapping_keeps_the_line_at_the_top(void **state)
{
    struct fixture_pane *f = fixture_pane_new(20, 6);

    (void)state;
    for (int i = 0; i < 200; i++) {
        fixture_pane_number(f, i, i);
        put_long(f, 50 + i, i % 2);
    }
    fixture_pane_open(f);
    fixture_pane_act(f, ACTION_PAGE_UP);
    fixture_pane_act(f, ACTION_PAGE_UP);
    for (int i = 0; i < 5; i++) {
        int64_t top = f->pane.shown.offset;

        fixture_pane_act(f, ACTION_WRAP);
        assert_int_equal(f->pane.shown.offset, top);
        fixture_pane_check(f);
    }
    fixture_pane_free(f);
}

static void wrapping_keeps_what_was_found_in_sight(void **state)
{
    struct fixture_pane *f = fixture_pane_new(20, 6);

    (void)state;
    for (int i = 0; i < 60; i++) {
        put_long(f, 90, true);
        if (i == 40)
            fixture_log_puts(f->log, "here is the needle\n");
    }
    fixture_pane_open(f);
    logpane_search(&f->pane, "needle");
    fixture_pane_serve(f);
    /* To the last row: without wrapping four lines are above it. */
    logpane_scroll(&f->pane, -2);
    fixture_pane_serve(f);
    for (int i = 0; i < 4; i++) {
        bool is_there = false;

        for (int row = 0; row < f->rows; row++)
            is_there = is_there || strcmp(fixture_pane_row(f, row),
                                          "here is the needle") == 0;
        assert_true(is_there);
        /* What comes before the next frame changes nothing. */
        logpane_act(&f->pane, ACTION_WRAP);
        put_long(f, 90, true);
        fixture_pane_look(f);
        fixture_pane_serve(f);
        fixture_pane_check(f);
    }
    /* What is out of sight pulls nothing. */
    fixture_pane_act(f, ACTION_TOP);
    fixture_pane_act(f, ACTION_WRAP);
    assert_int_equal(f->pane.shown.offset, 0);
    fixture_pane_free(f);
}

static void a_place_inside_of_a_line_is_kept_in_every_width(void **state)
{
    struct fixture_pane *f = fixture_pane_new(20, 6);

    (void)state;
    f->pane.wrap = true;
    fixture_pane_number(f, 1, 5);
    put_long(f, 3000, true);
    put_long(f, 3000, false);
    fixture_pane_number(f, 6, 50);
    fixture_pane_open(f);
    fixture_pane_act(f, ACTION_TOP);
    for (int line = 0; line < 2; line++) {
        struct logspot place;

        /* Behind the lines before, 40 rows into the long one. */
        logpane_scroll(&f->pane, line ? 150 - 40 + 40 : 5 + 40);
        fixture_pane_serve(f);
        place = f->pane.top;
        assert_true(place.column >= 780);
        for (int columns = 1; columns < 90; columns++) {
            fixture_pane_resize(f, columns, 1 + columns % 9);
            fixture_pane_check(f);
            assert_int_equal(f->pane.shown.offset, place.offset);
            assert_true(f->pane.shown.column <= place.column);
            assert_true(f->pane.shown.column + (size_t)columns + 1 >
                        place.column);
        }
        fixture_pane_resize(f, 20, 6);
        assert_int_equal(f->pane.shown.column, place.column);
    }
    fixture_pane_free(f);
}

static void rows_of_wrapped_lines_are_passed_one_by_one(void **state)
{
    struct fixture_pane *f = fixture_pane_new(11, 5);

    (void)state;
    f->pane.wrap = true;
    for (int i = 0; i < 20; i++) {
        put_long(f, i * 7, i % 2);
        fixture_log_puts(f->log, "\n");
    }
    fixture_pane_open(f);
    for (int direction = 0; direction < 2; direction++) {
        fixture_pane_act(f, direction ? ACTION_TOP : ACTION_BOTTOM);
        for (int i = 0; i < 300; i++) {
            char *kept = mem_text(fixture_pane_row(f, direction ? 1 : 0));

            fixture_pane_act(f, direction ? ACTION_DOWN : ACTION_UP);
            fixture_pane_check(f);
            if (!f->pane.follow && f->pane.shown.offset)
                assert_string_equal(fixture_pane_row(f, direction ? 0 : 1),
                                    kept);
            free(kept);
        }
    }
    assert_true(f->pane.follow);
    fixture_pane_free(f);
}

/* ---- not wrapped ------------------------------------------------------ */

static void lines_that_go_on_have_marks_where_they_are_cut(void **state)
{
    struct fixture_pane *f = fixture_pane_new(10, 3);

    (void)state;
    fixture_log_puts(f->log, "abcdefghijklmnopqrstuvwxyz\nabc\n");
    fixture_log_puts(f->log, "\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5"
                             "\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\n");
    fixture_pane_open(f);
    assert_string_equal(fixture_pane_row(f, 0), "abcdefghi›");
    assert_string_equal(fixture_pane_row(f, 1), "abc");
    assert_string_equal(fixture_pane_row(f, 2), "日日日日 ›");
    fixture_pane_act(f, ACTION_RIGHT);
    assert_string_equal(fixture_pane_row(f, 0), "‹jklmnopq›");
    assert_string_equal(fixture_pane_row(f, 1), "‹");
    assert_string_equal(fixture_pane_row(f, 2), "‹ 日");
    fixture_pane_act(f, ACTION_RIGHT);
    assert_string_equal(fixture_pane_row(f, 0), "‹rstuvwxyz");
    /* There is nothing further right. */
    fixture_pane_act(f, ACTION_RIGHT);
    assert_string_equal(fixture_pane_row(f, 0), "‹rstuvwxyz");
    fixture_pane_act(f, ACTION_LEFT);
    fixture_pane_act(f, ACTION_LEFT);
    fixture_pane_act(f, ACTION_LEFT);
    assert_string_equal(fixture_pane_row(f, 0), "abcdefghi›");
    fixture_pane_free(f);
}

static void what_a_carriage_return_overwrote_is_gone(void **state)
{
    struct fixture_pane *f = fixture_pane_new(30, 4);

    (void)state;
    fixture_log_puts(f->log, "start\n 10 %\r 20 %");
    fixture_pane_open(f);
    assert_string_equal(fixture_pane_row(f, 1), " 20 %");
    for (int i = 3; i < 10; i++) {
        char text[40], wanted[40];

        snprintf(text, sizeof(text), "\r\x1b[K\x1b[32m %d0 %%\x1b[0m", i);
        snprintf(wanted, sizeof(wanted), " %d0 %%", i);
        fixture_log_puts(f->log, text);
        fixture_pane_look(f);
        fixture_pane_serve(f);
        assert_string_equal(fixture_pane_row(f, 1), wanted);
        assert_string_equal(fixture_pane_row(f, 2), "");
    }
    assert_string_equal(fixture_pane_styles(f, 1), "ccccc");
    fixture_log_puts(f->log, "\rdone!\nnext\n");
    fixture_pane_look(f);
    fixture_pane_serve(f);
    assert_string_equal(fixture_pane_row(f, 1), "done!");
    assert_string_equal(fixture_pane_row(f, 2), "next");
    fixture_pane_free(f);
}

static void times_stand_before_the_lines(void **state)
{
    struct fixture_pane *f = fixture_pane_new(30, 4);
    char *path = mem_format("%s/step.times", f->log->dir);
    FILE *file = fopen(path, "w");

    (void)state;
    assert_int_equal(setenv("TZ", "UTC0", 1), 0);
    tzset();
    assert_non_null(file);
    fputs("0 1795280400000\n6 1795280461000\n12 1795288000000\n", file);
    assert_int_equal(fclose(file), 0);
    fixture_log_puts(f->log, "first\nlater\nmuch later, a long line\n");
    f->pane.is_growing = true;
    f->pane.times = TIMES_CLOCK;
    logpane_show(&f->pane, f->log->path, "", 1795280400000);
    fixture_pane_serve(f);
    assert_string_equal(fixture_pane_row(f, 0), "17:00:00 first");
    assert_string_equal(fixture_pane_row(f, 1), "17:01:01 later");
    assert_string_equal(fixture_pane_row(f, 2),
                        "19:06:40 much later, a long l›");
    fixture_pane_act(f, ACTION_TIMESTAMPS);
    assert_string_equal(fixture_pane_row(f, 0), "    0:00 first");
    assert_string_equal(fixture_pane_row(f, 1), "    1:01 later");
    assert_string_equal(fixture_pane_row(f, 2),
                        " 2:06:40 much later, a long l›");
    fixture_pane_act(f, ACTION_WRAP);
    assert_string_equal(fixture_pane_row(f, 2),
                        " 2:06:40 much later, a long li");
    assert_string_equal(fixture_pane_row(f, 3), "         ne");
    /* Where there is no room for both, the text comes first. */
    fixture_pane_resize(f, 12, 4);
    assert_string_equal(fixture_pane_row(f, 0), "first");
    fixture_pane_resize(f, 30, 4);
    fixture_pane_act(f, ACTION_TIMESTAMPS);
    assert_string_equal(fixture_pane_row(f, 0), "first");
    free(path);
    fixture_pane_free(f);
}

/* ---- very long lines -------------------------------------------------- */

static void scroll_through(struct fixture_pane *f)
{
    static const enum action actions[] = { ACTION_TOP,       ACTION_PAGE_DOWN,
                                           ACTION_PAGE_DOWN, ACTION_DOWN,
                                           ACTION_HALF_DOWN, ACTION_UP };

    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        fixture_pane_act(f, actions[i]);
        fixture_pane_check(f);
    }
    for (int i = 0; i < 40 && !f->pane.follow; i++) {
        logpane_scroll(&f->pane, 997);
        fixture_pane_serve(f);
    }
    fixture_pane_check(f);
    fixture_pane_act(f, ACTION_BOTTOM);
    fixture_pane_check(f);
    logpane_scroll(&f->pane, -5000);
    fixture_pane_serve(f);
    fixture_pane_check(f);
}

static void very_long_lines_scroll_like_any_other(void **state)
{
    static const int lengths[] = { 90000, 1000000 };

    (void)state;
    for (int i = 0; i < 8; i++) {
        struct fixture_pane *f = fixture_pane_new(77, 8);

        fixture_pane_number(f, 1, 20);
        put_long(f, lengths[i % 2], i & 2);
        fixture_pane_number(f, 21, 40);
        f->pane.wrap = i & 4;
        fixture_pane_open(f);
        scroll_through(f);
        fixture_pane_free(f);
    }
}

/* A window cannot hold a screenful of such lines. All of them can be reached
 * nevertheless, and what is there is not asked for again and again. */
static void a_window_may_be_too_small_for_what_is_in_sight(void **state)
{
    struct fixture_pane *f = fixture_pane_new(77, 60);
    size_t line = 0;

    (void)state;
    f->limits.piece = f->log->piece = 4096;
    f->limits.read = 32 << 10;
    f->limits.window_bytes = 64 << 10;
    fixture_pane_number(f, 1, 5);
    for (int i = 0; i < 15; i++)
        put_long(f, 9000, i % 3);
    fixture_pane_number(f, 6, 10);
    fixture_pane_open(f);
    fixture_pane_act(f, ACTION_TOP);
    for (; !f->pane.window.at_end; line++) {
        assert_int_equal(f->pane.shown.offset, f->log->lines[line].begin);
        fixture_pane_act(f, ACTION_DOWN);
    }
    assert_true(line > 20);
    fixture_pane_act(f, ACTION_DOWN);
    assert_true(f->pane.follow);
    fixture_pane_act(f, ACTION_UP);
    line = fixture_log_at(f->log, f->pane.shown.offset);
    while (line) {
        fixture_pane_act(f, ACTION_UP);
        assert_int_equal(f->pane.shown.offset, f->log->lines[--line].begin);
    }
    logpane_scroll(&f->pane, 1000);
    fixture_pane_serve(f);
    assert_true(f->pane.follow);
    logpane_scroll(&f->pane, -1000);
    fixture_pane_serve(f);
    assert_int_equal(f->pane.shown.offset, 0);
    fixture_pane_free(f);
}

/* Pieces of a line are rows of their own when not wrapped; a whole one at a
 * time is copied as it was written. */
static void pieces_of_a_line_are_copied_as_one(void **state)
{
    struct fixture_pane *f = fixture_pane_new(77, 8);
    struct strbuf text = { 0 };

    (void)state;
    put_long(f, 200000, true);
    fixture_pane_open(f);
    assert_int_equal(strncmp(fixture_pane_row(f, 1), "↪", 3), 0);
    logpane_text(&f->pane, &text);
    assert_int_equal(text.len, f->log->bytes.len);
    assert_memory_equal(text.data, f->log->bytes.data, text.len);
    strbuf_release(&text);
    fixture_pane_free(f);
}

/* Work is counted, not time: what is in sight is looked at, and no more. */
static void only_what_is_in_sight_is_looked_at(void **state)
{
    struct fixture_pane *f = fixture_pane_new(80, 50);
    size_t looked = 0;

    (void)state;
    f->pane.wrap = true;
    for (int i = 0; i < 1000; i++)
        put_long(f, 100, i % 2);
    fixture_pane_open(f);
    logpane_goto_line(&f->pane, 500);
    fixture_pane_serve(f);
    fixture_pane_act(f, ACTION_DOWN);
    fixture_pane_check(f);
    assert_true(f->pane.window.count > 300);
    for (size_t i = 0; i < f->pane.window.count; i++)
        looked += f->pane.shapes[i].is_looked_at;
    assert_true(looked <= 50);
    fixture_pane_free(f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrapping_keeps_the_line_at_the_top),
        cmocka_unit_test(wrapping_keeps_what_was_found_in_sight),
        cmocka_unit_test(a_place_inside_of_a_line_is_kept_in_every_width),
        cmocka_unit_test(rows_of_wrapped_lines_are_passed_one_by_one),
        cmocka_unit_test(lines_that_go_on_have_marks_where_they_are_cut),
        cmocka_unit_test(what_a_carriage_return_overwrote_is_gone),
        cmocka_unit_test(times_stand_before_the_lines),
        cmocka_unit_test(very_long_lines_scroll_like_any_other),
        cmocka_unit_test(a_window_may_be_too_small_for_what_is_in_sight),
        cmocka_unit_test(pieces_of_a_line_are_copied_as_one),
        cmocka_unit_test(only_what_is_in_sight_is_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
