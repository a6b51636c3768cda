#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_pane.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* ---- files ------------------------------------------------------------ */

static void a_truncated_log_begins_anew(void **state)
{
    struct fixture_pane *f = open_numbers(1000);

    (void)state;
    for (int followed = 0; followed < 2; followed++) {
        logpane_set_follow(&f->pane, followed);
        fixture_pane_serve(f);
        fixture_log_truncate(f->log);
        fixture_pane_look(f);
        fixture_pane_serve(f);
        assert_string_equal(fixture_pane_row(f, 0), "no output yet");
        fixture_pane_grow(f, 1, 4);
        assert_int_equal(fixture_pane_number_at(f, 0), 1);
        assert_string_equal(fixture_pane_row(f, 4), "");
        fixture_pane_grow(f, 5, 1000);
        fixture_pane_check(f);
    }
    expect_from(f, 991);
    fixture_pane_free(f);
}

static void a_log_that_is_gone_stays_in_sight(void **state)
{
    struct fixture_pane *f = open_numbers(1000);

    (void)state;
    assert_int_equal(unlink(f->log->path), 0);
    fixture_pane_act(f, ACTION_TOP);
    expect_from(f, 1);
    fixture_pane_free(f);
}

static void a_log_that_is_not_there_yet_is_shown_when_it_is(void **state)
{
    struct fixture_pane *f = open_numbers(20);
    char aside[200];

    (void)state;
    snprintf(aside, sizeof(aside), "%s.aside", f->log->path);
    assert_int_equal(rename(f->log->path, aside), 0);
    logpane_show(&f->pane, NULL, "nothing here", 0);
    fixture_pane_serve(f);
    assert_string_equal(fixture_pane_row(f, 0), "nothing here");
    logsource_close(f->source);
    f->source = NULL;
    f->pane.is_growing = false;
    logpane_show(&f->pane, f->log->path, "", 0);
    fixture_pane_serve(f);
    assert_string_equal(fixture_pane_row(f, 0),
                        "its log is not there (any more)");
    assert_int_equal(rename(aside, f->log->path), 0);
    /* It grows now, which is asked for without a key. */
    f->pane.is_growing = true;
    fixture_pane_serve(f);
    expect_from(f, 11);
    fixture_pane_grow(f, 21, 21);
    expect_from(f, 12);
    fixture_pane_free(f);
}

static void what_cannot_be_read_is_said(void **state)
{
    struct fixture_pane *f = fixture_pane_new(60, 10);

    (void)state;
    logpane_show(&f->pane, f->log->dir, "", 0);
    fixture_pane_serve(f);
    assert_non_null(strstr(fixture_pane_row(f, 0), "is no regular file"));
    assert_int_equal(fixture_pane_styles(f, 0)[0], 'F');
    fixture_pane_act(f, ACTION_PAGE_UP);
    fixture_pane_act(f, ACTION_NEXT_ERROR);
    assert_non_null(strstr(fixture_pane_row(f, 0), "is no regular file"));
    logpane_show(&f->pane, f->log->path, "", 0);
    fixture_pane_serve(f);
    assert_string_equal(fixture_pane_row(f, 0), "no output");
    fixture_pane_free(f);
}

static void a_late_answer_is_not_for_another_log(void **state)
{
    struct fixture_pane *f = open_numbers(1000);
    struct fixture_pane *other = fixture_pane_new(40, 10);

    (void)state;
    fixture_log_puts(other->log, "another log\n");
    logpane_act(&f->pane, ACTION_TOP);
    fixture_pane_ask(f);
    logpane_show(&f->pane, other->log->path, "", 0);
    fixture_pane_reply(f);
    assert_int_equal(f->pane.window.count, 0);
    fixture_pane_serve(f);
    assert_string_equal(fixture_pane_row(f, 0), "another log");
    assert_true(f->pane.follow);
    /* Nor for another pane. */
    fixture_pane_open(other);
    assert_int_not_equal(f->pane.serial, other->pane.serial);
    fixture_pane_free(f);
    fixture_pane_free(other);
}

static void what_is_copied_is_what_is_in_sight(void **state)
{
    struct fixture_pane *f = open_numbers(100);
    struct strbuf text = { 0 };

    (void)state;
    fixture_pane_resize(f, 40, 3);
    fixture_pane_act(f, ACTION_UP);
    logpane_text(&f->pane, &text);
    assert_string_equal(strbuf_text(&text), "line 97\nline 98\nline 99\n");
    strbuf_clear(&text);
    fixture_pane_act(f, ACTION_WRAP);
    fixture_pane_resize(f, 4, 3);
    logpane_text(&f->pane, &text);
    assert_string_equal(strbuf_text(&text), "line 97\nline 98\n");
    strbuf_release(&text);
    fixture_pane_free(f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_truncated_log_begins_anew),
        cmocka_unit_test(a_log_that_is_gone_stays_in_sight),
        cmocka_unit_test(a_log_that_is_not_there_yet_is_shown_when_it_is),
        cmocka_unit_test(what_cannot_be_read_is_said),
        cmocka_unit_test(a_late_answer_is_not_for_another_log),
        cmocka_unit_test(what_is_copied_is_what_is_in_sight),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
