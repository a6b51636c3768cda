#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_pane.h"

#include <stdlib.h>
#include <string.h>

/* Lines 1 to `lines`, those behind a multiple of 100 "hit N" or, each second,
 * "Hit N"; shown from the top. */
static struct fixture_pane *open_hits(int lines)
{
    struct fixture_pane *f = fixture_pane_new(40, 12);
    struct strbuf text = { 0 };

    for (int i = 1; i <= lines; i++) {
        if (i % 100 == 0)
            strbuf_addf(&text, "%s %d\n", i % 200 ? "hit" : "Hit", i / 100);
        else
            strbuf_addf(&text, "line %d\n", i);
    }
    fixture_log_append(f->log, strbuf_text(&text), text.len);
    strbuf_release(&text);
    fixture_pane_open(f);
    fixture_pane_act(f, ACTION_TOP);
    return f;
}

static void search(struct fixture_pane *f, const char *text)
{
    logpane_search(&f->pane, text);
    fixture_pane_serve(f);
}

static void filter(struct fixture_pane *f, const char *text)
{
    logpane_filter(&f->pane, text);
    fixture_pane_serve(f);
    fixture_pane_check(f);
}

/* The row of the line that was jumped to; -1: none is marked. */
static int hit_row(struct fixture_pane *f)
{
    for (int row = 0; row < f->rows; row++) {
        if (strpbrk(fixture_pane_styles(f, row), "#@"))
            return row;
    }
    return -1;
}

static void expect_hit(struct fixture_pane *f, const char *text)
{
    int row = hit_row(f);

    assert_true(row >= 0);
    assert_string_equal(fixture_pane_row(f, row), text);
    fixture_pane_check(f);
}

static void expect_title(struct fixture_pane *f, const char *text)
{
    assert_non_null(strstr(fixture_pane_title(f), text));
}

/* ---- searching -------------------------------------------------------- */

static void jumps_go_from_match_to_match_and_around(void **state)
{
    struct fixture_pane *f = open_hits(1000);

    (void)state;
    search(f, "hit");
    expect_hit(f, "hit 1");
    assert_int_equal(hit_row(f), 12 / 3);
    expect_title(f, "/hit 1/10");
    for (int i = 2; i <= 10; i++)
        fixture_pane_act(f, ACTION_NEXT_MATCH);
    expect_hit(f, "Hit 10");
    expect_title(f, "/hit 10/10");
    assert_null(f->pane.notice);
    fixture_pane_act(f, ACTION_NEXT_MATCH);
    expect_hit(f, "hit 1");
    expect_title(f, "on from the top");
    fixture_pane_act(f, ACTION_PREVIOUS_MATCH);
    expect_hit(f, "Hit 10");
    expect_title(f, "on from the end");
    fixture_pane_act(f, ACTION_PREVIOUS_MATCH);
    expect_hit(f, "hit 9");
    assert_null(f->pane.notice);
    fixture_pane_free(f);
}

static void jumps_typed_ahead_add_up(void **state)
{
    static const enum action n = ACTION_NEXT_MATCH, p = ACTION_PREVIOUS_MATCH;
    struct fixture_pane *f = open_hits(1000);

    (void)state;
    search(f, "hit");
    for (int i = 0; i < 3; i++) {
        logpane_act(&f->pane, n);
        fixture_pane_ask(f);
        fixture_pane_draw(f);
    }
    fixture_pane_serve(f);
    expect_hit(f, "Hit 4");
    logpane_act(&f->pane, n);
    logpane_act(&f->pane, n);
    logpane_act(&f->pane, p);
    fixture_pane_serve(f);
    expect_hit(f, "hit 5");
    logpane_act(&f->pane, n);
    fixture_pane_ask(f);
    for (int i = 0; i < 4; i++)
        logpane_act(&f->pane, p);
    fixture_pane_reply(f);
    fixture_pane_serve(f);
    expect_hit(f, "Hit 2");
    fixture_pane_free(f);
}

static void case_counts_when_there_is_some(void **state)
{
    struct fixture_pane *f = open_hits(1000);

    (void)state;
    search(f, "Hit");
    expect_hit(f, "Hit 2");
    expect_title(f, "/Hit 1/5");
    assert_string_equal(fixture_pane_styles(f, hit_row(f)),
                        "@@@#####################################");
    fixture_pane_act(f, ACTION_NEXT_MATCH);
    expect_hit(f, "Hit 4");
    fixture_pane_free(f);
}

static void what_is_typed_is_looked_for_from_where_one_was(void **state)
{
    struct fixture_pane *f = open_hits(1000);

    (void)state;
    logpane_goto_line(&f->pane, 320);
    fixture_pane_serve(f);
    assert_int_equal(fixture_pane_number_at(f, 0), 316);
    search(f, "h");
    expect_hit(f, "Hit 4");
    search(f, "hi");
    search(f, "hit");
    expect_hit(f, "Hit 4");
    search(f, "hit 3");
    expect_hit(f, "hit 3");
    expect_title(f, "on from the top");
    search(f, "hit");
    expect_hit(f, "Hit 4");
    search(f, "hitx");
    assert_int_equal(hit_row(f), -1);
    expect_title(f, "/hitx 0");
    expect_title(f, "not found");
    search(f, "hit");
    /* Entered. */
    search(f, "hit");
    expect_hit(f, "Hit 4");
    fixture_pane_act(f, ACTION_NEXT_MATCH);
    expect_hit(f, "hit 5");
    fixture_pane_free(f);
}

static void what_is_given_up_goes_back_where_one_was(void **state)
{
    struct fixture_pane *f = open_hits(1000);

    (void)state;
    logpane_goto_line(&f->pane, 320);
    fixture_pane_serve(f);
    search(f, "h");
    search(f, "hi");
    search(f, NULL);
    assert_int_equal(fixture_pane_number_at(f, 0), 316);
    fixture_pane_act(f, ACTION_BOTTOM);
    search(f, "h");
    search(f, "hit 3");
    expect_hit(f, "hit 3");
    search(f, NULL);
    assert_true(f->pane.follow);
    assert_string_equal(fixture_pane_row(f, 11), "Hit 10");
    /* What was entered is kept, the place too. */
    search(f, "h");
    search(f, "hit 3");
    search(f, "hit 3");
    search(f, NULL);
    assert_string_equal(fixture_pane_row(f, 4), "hit 3");
    fixture_pane_free(f);
}

static void a_search_while_following_finds_the_last_one(void **state)
{
    struct fixture_pane *f = open_hits(1050);

    (void)state;
    fixture_pane_act(f, ACTION_BOTTOM);
    search(f, "hit");
    expect_hit(f, "Hit 10");
    assert_false(f->pane.follow);
    fixture_pane_act(f, ACTION_PREVIOUS_MATCH);
    expect_hit(f, "hit 9");
    fixture_pane_grow(f, 1051, 3000);
    expect_hit(f, "hit 9");
    fixture_pane_free(f);
}

static void a_jump_begins_at_the_last_hit_only_while_it_is_in_sight(void **s)
{
    struct fixture_pane *f = fixture_pane_new(20, 9);

    (void)s;
    fixture_log_puts(f->log, "x 1\nx 2\nx 3\nx 4\nx 5\nx 6\nx 7\nx 8\n");
    fixture_pane_number(f, 1, 100);
    fixture_pane_open(f);
    fixture_pane_act(f, ACTION_TOP);
    search(f, "x");
    expect_hit(f, "x 1");
    for (int i = 0; i < 5; i++)
        fixture_pane_act(f, ACTION_NEXT_MATCH);
    expect_hit(f, "x 6");
    fixture_pane_act(f, ACTION_DOWN);
    expect_hit(f, "x 6");
    fixture_pane_act(f, ACTION_NEXT_MATCH);
    expect_hit(f, "x 7");
    logpane_scroll(&f->pane, 60);
    fixture_pane_serve(f);
    assert_int_equal(hit_row(f), -1);
    logpane_scroll(&f->pane, -60);
    fixture_pane_serve(f);
    assert_int_equal(hit_row(f), -1);
    /* From the top of what is in sight, that line included. */
    assert_string_equal(fixture_pane_row(f, 0), "x 4");
    fixture_pane_act(f, ACTION_NEXT_MATCH);
    expect_hit(f, "x 4");
    fixture_pane_free(f);
}

static void errors_are_found_in_both_directions(void **state)
{
    struct fixture_pane *f = fixture_pane_new(40, 5);

    (void)state;
    fixture_pane_number(f, 1, 50);
    fixture_log_puts(f->log, "error: one\n");
    fixture_pane_number(f, 52, 500);
    fixture_log_puts(f->log, "fatal error: two\n");
    fixture_pane_number(f, 502, 600);
    fixture_pane_open(f);
    fixture_pane_act(f, ACTION_PREVIOUS_ERROR);
    expect_hit(f, "fatal error: two");
    fixture_pane_act(f, ACTION_PREVIOUS_ERROR);
    expect_hit(f, "error: one");
    fixture_pane_act(f, ACTION_PREVIOUS_ERROR);
    expect_hit(f, "fatal error: two");
    expect_title(f, "on from the end");
    fixture_pane_act(f, ACTION_NEXT_ERROR);
    expect_hit(f, "error: one");
    filter(f, "line");
    fixture_pane_act(f, ACTION_NEXT_ERROR);
    expect_title(f, "no errors found");
    fixture_pane_free(f);
}

static void the_ordinal_comes_with_the_count(void **state)
{
    struct fixture_pane *f = open_hits(700000);

    (void)state;
    f->budget = 1;
    search(f, "hit 6999");
    expect_title(f, "/hit 6999 0 in ");
    assert_int_equal(f->pane.hit_ordinal, 0);
    f->budget = 0;
    fixture_pane_number(f, 1, 1);
    fixture_pane_look(f);
    fixture_pane_draw(f);
    expect_title(f, "/hit 6999 1/1");
    fixture_pane_free(f);
}

/* ---- filters ---------------------------------------------------------- */

static void a_filter_shows_only_its_lines(void **state)
{
    struct fixture_pane *f = open_hits(3000);

    (void)state;
    filter(f, "hit");
    assert_string_equal(fixture_pane_row(f, 0), "hit 1");
    assert_string_equal(fixture_pane_row(f, 1), "Hit 2");
    expect_title(f, "only hit");
    fixture_pane_act(f, ACTION_BOTTOM);
    assert_string_equal(fixture_pane_row(f, 11), "Hit 30");
    fixture_log_puts(f->log, "other\na last hit\n");
    fixture_pane_look(f);
    fixture_pane_serve(f);
    assert_string_equal(fixture_pane_row(f, 11), "a last hit");
    filter(f, "!line");
    fixture_pane_act(f, ACTION_TOP);
    assert_string_equal(fixture_pane_row(f, 0), "hit 1");
    filter(f, "!");
    assert_null(f->pane.filter);
    fixture_pane_free(f);
}

static void a_filter_keeps_the_place(void **state)
{
    struct fixture_pane *f = open_hits(3000);

    (void)state;
    logpane_goto_line(&f->pane, 1234);
    fixture_pane_serve(f);
    for (int i = 0; i < 3; i++) {
        filter(f, "hit");
        assert_string_equal(fixture_pane_row(f, 0), "hit 13");
        filter(f, NULL);
        assert_int_equal(fixture_pane_number_at(f, 0), 1230);
    }
    filter(f, "hit");
    fixture_pane_act(f, ACTION_DOWN);
    filter(f, NULL);
    assert_string_equal(fixture_pane_row(f, 0), "Hit 14");
    fixture_pane_free(f);
}

static void context_shows_the_lines_around(void **state)
{
    struct fixture_pane *f = open_hits(1000);

    (void)state;
    assert_false(logpane_act(&f->pane, ACTION_MORE_CONTEXT));
    filter(f, "Hit 4");
    fixture_pane_act(f, ACTION_MORE_CONTEXT);
    fixture_pane_act(f, ACTION_MORE_CONTEXT);
    fixture_pane_check(f);
    assert_string_equal(fixture_pane_row(f, 0), "line 398");
    assert_string_equal(fixture_pane_row(f, 2), "Hit 4");
    assert_string_equal(fixture_pane_row(f, 4), "line 402");
    assert_string_equal(fixture_pane_row(f, 5), "");
    assert_int_equal(fixture_pane_styles(f, 0)[0], 'd');
    assert_string_equal(fixture_pane_styles(f, 2), "");
    expect_title(f, "only Hit 4 ±2");
    fixture_pane_act(f, ACTION_LESS_CONTEXT);
    assert_string_equal(fixture_pane_row(f, 0), "line 399");
    fixture_pane_free(f);
}

static void a_filter_that_nothing_passes_says_so(void **state)
{
    struct fixture_pane *f = open_hits(1000);

    (void)state;
    filter(f, "nowhere");
    assert_non_null(strstr(fixture_pane_row(f, 0), "no line passes"));
    search(f, "hit");
    expect_title(f, "not found");
    fixture_pane_act(f, ACTION_PAGE_DOWN);
    fixture_log_puts(f->log, "nowhere else\n");
    fixture_pane_look(f);
    fixture_pane_serve(f);
    assert_string_equal(fixture_pane_row(f, 0), "nowhere else");
    filter(f, NULL);
    assert_int_equal(fixture_pane_number_at(f, 0), 1);
    fixture_pane_free(f);
}

static void a_filter_is_dropped_with_its_log(void **state)
{
    struct fixture_pane *f = open_hits(1000);
    struct fixture_pane *other = fixture_pane_new(40, 12);

    (void)state;
    fixture_log_puts(other->log, "another log\n");
    search(f, "hit");
    filter(f, "hit");
    logpane_show(&f->pane, other->log->path, "", 0);
    fixture_pane_serve(f);
    assert_string_equal(fixture_pane_row(f, 0), "another log");
    assert_null(f->pane.filter);
    expect_title(f, "/hit 0");
    fixture_pane_free(f);
    fixture_pane_free(other);
}

static void jumps_within_a_filter_pass_over_what_is_hidden(void **state)
{
    struct fixture_pane *f = open_hits(30000);
    int questions;

    (void)state;
    filter(f, "5");
    search(f, "hit");
    expect_hit(f, "hit 5");
    fixture_pane_act(f, ACTION_NEXT_MATCH);
    expect_hit(f, "hit 15");
    for (int i = 0; i < 3; i++)
        logpane_act(&f->pane, ACTION_NEXT_MATCH);
    fixture_pane_serve(f);
    expect_hit(f, "hit 45");
    logpane_act(&f->pane, ACTION_PREVIOUS_MATCH);
    fixture_pane_serve(f);
    expect_hit(f, "hit 35");
    for (int i = 0; i < 4; i++)
        fixture_pane_act(f, ACTION_PREVIOUS_MATCH);
    expect_hit(f, "hit 295");
    expect_title(f, "on from the end");
    /* All of them hidden. */
    filter(f, "!hit");
    questions = f->questions;
    fixture_pane_act(f, ACTION_NEXT_MATCH);
    expect_title(f, "not found");
    assert_true(f->questions - questions < 400);
    fixture_pane_check(f);
    fixture_pane_free(f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(jumps_go_from_match_to_match_and_around),
        cmocka_unit_test(jumps_typed_ahead_add_up),
        cmocka_unit_test(case_counts_when_there_is_some),
        cmocka_unit_test(what_is_typed_is_looked_for_from_where_one_was),
        cmocka_unit_test(what_is_given_up_goes_back_where_one_was),
        cmocka_unit_test(a_search_while_following_finds_the_last_one),
        cmocka_unit_test(
            a_jump_begins_at_the_last_hit_only_while_it_is_in_sight),
        cmocka_unit_test(errors_are_found_in_both_directions),
        cmocka_unit_test(the_ordinal_comes_with_the_count),
        cmocka_unit_test(a_filter_shows_only_its_lines),
        cmocka_unit_test(a_filter_keeps_the_place),
        cmocka_unit_test(context_shows_the_lines_around),
        cmocka_unit_test(a_filter_that_nothing_passes_says_so),
        cmocka_unit_test(a_filter_is_dropped_with_its_log),
        cmocka_unit_test(jumps_within_a_filter_pass_over_what_is_hidden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
