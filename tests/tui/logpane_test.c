#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_pane.h"

#include <string.h>

/* A log of lines 1 to `lines`, followed, in a pane of 40 by 10. */
static struct fixture_pane *open_numbers(int lines)
{
    struct fixture_pane *f = fixture_pane_new(40, 10);

    fixture_pane_number(f, 1, lines);
    fixture_pane_open(f);
    return f;
}

/* The rows show the lines from `first` on. */
static void expect_from(struct fixture_pane *f, int first)
{
    for (int row = 0; row < f->rows; row++)
        assert_int_equal(fixture_pane_number_at(f, row), first + row);
}

/* ---- following -------------------------------------------------------- */

static void following_shows_the_end_while_the_log_grows(void **state)
{
    struct fixture_pane *f = open_numbers(3);

    (void)state;
    assert_int_equal(fixture_pane_number_at(f, 0), 1);
    assert_string_equal(fixture_pane_row(f, 3), "");
    for (int last = 4; last < 2000; last += last / 3) {
        fixture_pane_grow(f, last, last + last / 3 - 1);
        assert_true(f->pane.follow);
        fixture_pane_check(f);
    }
    assert_int_equal(fixture_pane_number_at(f, 9), (int)f->log->count);
    assert_non_null(strstr(fixture_pane_title(f), "following"));
    fixture_pane_free(f);
}

static void a_last_line_that_grows_is_followed(void **state)
{
    struct fixture_pane *f = open_numbers(30);

    (void)state;
    fixture_log_puts(f->log, "half");
    fixture_pane_look(f);
    fixture_pane_serve(f);
    assert_string_equal(fixture_pane_row(f, 9), "half");
    fixture_log_puts(f->log, " and half\n");
    fixture_pane_look(f);
    fixture_pane_serve(f);
    assert_string_equal(fixture_pane_row(f, 9), "half and half");
    assert_int_equal(fixture_pane_number_at(f, 8), 30);
    fixture_pane_free(f);
}

static void scrolling_up_freezes_the_text(void **state)
{
    struct fixture_pane *f = open_numbers(100);

    (void)state;
    fixture_pane_act(f, ACTION_UP);
    assert_false(f->pane.follow);
    expect_from(f, 90);
    for (int i = 0; i < 40; i++) {
        fixture_pane_grow(f, 101 + i * 100, 200 + i * 100);
        expect_from(f, 90);
    }
    assert_non_null(strstr(fixture_pane_title(f), "▼ 4 000 new"));
    f->pane.is_growing = false;
    fixture_pane_serve(f);
    expect_from(f, 90);
    assert_non_null(strstr(fixture_pane_title(f), "▼ 4 000 new"));
    fixture_pane_free(f);
}

static void the_end_is_followed_again(void **state)
{
    struct fixture_pane *f = open_numbers(100);

    (void)state;
    fixture_pane_act(f, ACTION_UP);
    fixture_pane_grow(f, 101, 5000);
    fixture_pane_act(f, ACTION_BOTTOM);
    assert_true(f->pane.follow);
    expect_from(f, 4991);
    fixture_pane_act(f, ACTION_HALF_UP);
    expect_from(f, 4986);
    fixture_pane_act(f, ACTION_DOWN);
    assert_false(f->pane.follow);
    expect_from(f, 4987);
    fixture_pane_act(f, ACTION_HALF_DOWN);
    assert_true(f->pane.follow);
    fixture_pane_grow(f, 5001, 5003);
    expect_from(f, 4994);
    fixture_pane_act(f, ACTION_FOLLOW);
    fixture_pane_grow(f, 5004, 5004);
    expect_from(f, 4994);
    fixture_pane_act(f, ACTION_FOLLOW);
    expect_from(f, 4995);
    fixture_pane_free(f);
}

static void what_has_been_in_sight_is_not_new(void **state)
{
    struct fixture_pane *f = open_numbers(3);

    (void)state;
    fixture_pane_act(f, ACTION_FOLLOW);
    fixture_pane_grow(f, 4, 8);
    assert_null(strstr(fixture_pane_title(f), "new"));
    fixture_pane_grow(f, 9, 12);
    assert_int_equal(fixture_pane_number_at(f, 0), 1);
    assert_non_null(strstr(fixture_pane_title(f), "▼ 4 new"));
    fixture_pane_act(f, ACTION_DOWN);
    fixture_pane_act(f, ACTION_DOWN);
    assert_true(f->pane.follow);
    fixture_pane_free(f);
}

/* What is counted in the background was there before. */
static void counting_on_makes_nothing_new(void **state)
{
    struct fixture_pane *f = fixture_pane_new(40, 10);

    (void)state;
    f->budget = 1 << 20;
    fixture_pane_number(f, 1, 500000);
    fixture_pane_open(f);
    assert_true(f->pane.stats.counted < f->pane.stats.size);
    fixture_pane_act(f, ACTION_PAGE_UP);
    f->budget = 0;
    fixture_pane_grow(f, 500001, 500007);
    fixture_pane_grow(f, 500008, 500009);
    assert_int_equal(f->pane.stats.counted, f->pane.stats.size);
    assert_non_null(strstr(fixture_pane_title(f), "▼ 2 new"));
    expect_from(f, 500000 - 18);
    fixture_pane_free(f);
}

static void nothing_moves_in_an_empty_log(void **state)
{
    struct fixture_pane *f = fixture_pane_new(40, 10);

    (void)state;
    fixture_pane_open(f);
    assert_string_equal(fixture_pane_row(f, 0), "no output yet");
    fixture_pane_act(f, ACTION_UP);
    fixture_pane_act(f, ACTION_PAGE_DOWN);
    assert_true(f->pane.follow);
    fixture_pane_grow(f, 1, 100);
    expect_from(f, 91);
    fixture_pane_free(f);
}

/* ---- moving ----------------------------------------------------------- */

static void pages_never_skip_or_repeat_a_line(void **state)
{
    static const struct {
        enum action action;
        int rows;
    } moves[] = {
        { ACTION_PAGE_DOWN, 9 },
        { ACTION_HALF_DOWN, 5 },
        { ACTION_DOWN, 1 },
    };
    struct fixture_pane *f = open_numbers(100000);
    int top = 1;

    (void)state;
    fixture_pane_act(f, ACTION_TOP);
    for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
        for (int j = 0; j < 1500; j++) {
            fixture_pane_act(f, moves[i].action);
            top += moves[i].rows;
            assert_int_equal(fixture_pane_number_at(f, 0), top);
        }
        expect_from(f, top);
    }
    for (int j = 0; j < 500; j++) {
        fixture_pane_act(f, ACTION_PAGE_UP);
        fixture_pane_act(f, ACTION_HALF_UP);
        fixture_pane_act(f, ACTION_UP);
        top -= 9 + 5 + 1;
        expect_from(f, top);
    }
    fixture_pane_free(f);
}

static void moves_beyond_the_window_wait_for_the_answer(void **state)
{
    struct fixture_pane *f = open_numbers(100000);

    (void)state;
    fixture_pane_act(f, ACTION_TOP);
    expect_from(f, 1);
    for (int i = 0; i < 500; i++) {
        logpane_act(&f->pane, ACTION_PAGE_DOWN);
        /* What is there is shown, without an empty row. */
        fixture_pane_draw(f);
        assert_true(fixture_pane_number_at(f, 0) > 0);
        expect_from(f, fixture_pane_number_at(f, 0));
        if (i % 70 == 69 && fixture_pane_ask(f))
            fixture_pane_reply(f);
    }
    fixture_pane_serve(f);
    expect_from(f, 1 + 500 * 9);
    for (int i = 0; i < 300; i++)
        logpane_act(&f->pane, i % 3 ? ACTION_PAGE_UP : ACTION_DOWN);
    fixture_pane_serve(f);
    expect_from(f, 1 + 500 * 9 - 200 * 9 + 100);
    fixture_pane_free(f);
}

static void going_on_from_a_jump_that_is_not_answered(void **state)
{
    struct fixture_pane *f = open_numbers(100000);

    (void)state;
    logpane_act(&f->pane, ACTION_TOP);
    logpane_act(&f->pane, ACTION_DOWN);
    fixture_pane_draw(f);
    expect_from(f, 99991);
    logpane_act(&f->pane, ACTION_DOWN);
    fixture_pane_serve(f);
    expect_from(f, 3);
    logpane_act(&f->pane, ACTION_BOTTOM);
    logpane_act(&f->pane, ACTION_UP);
    fixture_pane_draw(f);
    expect_from(f, 3);
    fixture_pane_serve(f);
    expect_from(f, 99990);
    assert_false(f->pane.follow);
    logpane_goto_line(&f->pane, 5000);
    logpane_scroll(&f->pane, 7);
    fixture_pane_draw(f);
    expect_from(f, 99990);
    fixture_pane_serve(f);
    expect_from(f, 5000 - 3 + 7);
    fixture_pane_free(f);
}

static void moves_before_the_first_answer_count_from_the_end(void **state)
{
    struct fixture_pane *f = fixture_pane_new(40, 10);

    (void)state;
    fixture_pane_number(f, 1, 1000);
    logpane_show(&f->pane, f->log->path, "", 0);
    logpane_act(&f->pane, ACTION_UP);
    fixture_pane_ask(f);
    fixture_pane_draw(f);
    assert_string_equal(fixture_pane_row(f, 0), "");
    logpane_act(&f->pane, ACTION_UP);
    fixture_pane_reply(f);
    fixture_pane_serve(f);
    expect_from(f, 989);
    assert_false(f->pane.follow);
    fixture_pane_free(f);
}

static void a_line_is_gone_to_by_its_number(void **state)
{
    struct fixture_pane *f = open_numbers(100000);

    (void)state;
    logpane_goto_line(&f->pane, 70000);
    fixture_pane_serve(f);
    expect_from(f, 69997);
    logpane_goto_line(&f->pane, 2);
    fixture_pane_serve(f);
    expect_from(f, 1);
    logpane_goto_line(&f->pane, 1000000);
    fixture_pane_serve(f);
    expect_from(f, 99991);
    logpane_goto(&f->pane, 0);
    fixture_pane_serve(f);
    expect_from(f, 1);
    fixture_pane_free(f);
}

static void another_log_may_begin_at_its_top(void **state)
{
    struct fixture_pane *f = fixture_pane_new(40, 10);

    (void)state;
    f->pane.begins_at_top = true;
    fixture_pane_number(f, 1, 1000);
    fixture_pane_open(f);
    expect_from(f, 1);
    fixture_pane_grow(f, 1001, 1010);
    expect_from(f, 1);
    assert_non_null(strstr(fixture_pane_title(f), "▼ 10 new"));
    fixture_pane_free(f);
}

/* ---- a flood ---------------------------------------------------------- */

static void a_flood_does_not_move_what_is_scrolled(void **state)
{
    struct fixture_pane *f = open_numbers(5000);
    int last = 5000, top = 4991;

    (void)state;
    for (int i = 0; i < 60; i++) {
        /* Much more than a window, between the key and its answer. */
        fixture_pane_number(f, last + 1, last + 700);
        last += 700;
        logpane_act(&f->pane, i % 5 ? ACTION_UP : ACTION_PAGE_UP);
        top -= i % 5 ? 1 : 9;
        fixture_pane_look(f);
        fixture_pane_draw(f);
        fixture_pane_ask(f);
        fixture_pane_number(f, last + 1, last + 700);
        last += 700;
        fixture_pane_look(f);
        fixture_pane_serve(f);
        expect_from(f, top);
    }
    fixture_pane_act(f, ACTION_BOTTOM);
    expect_from(f, last - 9);
    fixture_pane_free(f);
}

/* The answer that the thread had ready before the key is not for it. */
static void lines_that_come_before_the_key_is_seen_move_nothing(void **state)
{
    struct fixture_pane *f = open_numbers(5000);

    (void)state;
    fixture_pane_number(f, 5001, 9000);
    fixture_pane_look(f);
    logpane_act(&f->pane, ACTION_UP);
    fixture_pane_serve(f);
    expect_from(f, 4990);
    fixture_pane_free(f);
}

static void a_waiting_pane_does_not_ask_again_and_again(void **state)
{
    struct fixture_pane *f = open_numbers(100000);
    int before;

    (void)state;
    logpane_scroll(&f->pane, -50000);
    fixture_pane_draw(f);
    fixture_pane_ask(f);
    before = f->questions;
    for (int i = 0; i < 50; i++) {
        logpane_act(&f->pane, ACTION_UP);
        fixture_pane_draw(f);
        fixture_pane_ask(f);
    }
    assert_int_equal(f->questions, before);
    logpane_scroll(&f->pane, 49000);
    fixture_pane_serve(f);
    expect_from(f, 99991 - 1050);
    fixture_pane_free(f);
}

/* ---- sizes ------------------------------------------------------------ */

static void every_size_keeps_the_place(void **state)
{
    static const int sizes[][2] = { { 1, 1 },   { 80, 24 }, { 3, 200 },
                                    { 200, 3 }, { 18, 2 },  { 7, 1 },
                                    { 300, 90 } };
    struct fixture_pane *f = open_numbers(3000);

    (void)state;
    f->pane.times = TIMES_ELAPSED;
    logpane_goto_line(&f->pane, 1500);
    fixture_pane_serve(f);
    for (int wrap = 0; wrap < 2; wrap++) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            fixture_pane_resize(f, sizes[i][0], sizes[i][1]);
            fixture_pane_check(f);
        }
        f->pane.wrap = !wrap;
    }
    f->pane.times = TIMES_NONE;
    fixture_pane_resize(f, 40, 10);
    expect_from(f, 1497);
    fixture_pane_free(f);
}

static void a_pane_that_was_taller_goes_back_to_its_place(void **state)
{
    struct fixture_pane *f = open_numbers(100);

    (void)state;
    fixture_pane_act(f, ACTION_HALF_UP);
    expect_from(f, 86);
    fixture_pane_resize(f, 40, 30);
    expect_from(f, 71);
    fixture_pane_resize(f, 40, 10);
    expect_from(f, 86);
    /* But lines that come move nothing. */
    fixture_pane_resize(f, 40, 30);
    fixture_pane_grow(f, 101, 105);
    expect_from(f, 71);
    fixture_pane_act(f, ACTION_UP);
    expect_from(f, 70);
    fixture_pane_free(f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(following_shows_the_end_while_the_log_grows),
        cmocka_unit_test(a_last_line_that_grows_is_followed),
        cmocka_unit_test(scrolling_up_freezes_the_text),
        cmocka_unit_test(the_end_is_followed_again),
        cmocka_unit_test(what_has_been_in_sight_is_not_new),
        cmocka_unit_test(counting_on_makes_nothing_new),
        cmocka_unit_test(nothing_moves_in_an_empty_log),
        cmocka_unit_test(pages_never_skip_or_repeat_a_line),
        cmocka_unit_test(moves_beyond_the_window_wait_for_the_answer),
        cmocka_unit_test(going_on_from_a_jump_that_is_not_answered),
        cmocka_unit_test(moves_before_the_first_answer_count_from_the_end),
        cmocka_unit_test(a_line_is_gone_to_by_its_number),
        cmocka_unit_test(another_log_may_begin_at_its_top),
        cmocka_unit_test(a_flood_does_not_move_what_is_scrolled),
        cmocka_unit_test(lines_that_come_before_the_key_is_seen_move_nothing),
        cmocka_unit_test(a_waiting_pane_does_not_ask_again_and_again),
        cmocka_unit_test(every_size_keeps_the_place),
        cmocka_unit_test(a_pane_that_was_taller_goes_back_to_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
