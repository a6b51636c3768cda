#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_pane.h"

#include <string.h>

static void search(struct fixture_pane *f, const char *text)
{
    logpane_search(&f->pane, text);
    fixture_pane_serve(f);
}

static void hits_are_marked_and_the_current_line_told_apart(void **state)
{
    struct fixture_pane *f = fixture_pane_new(16, 5);

    (void)state;
    fixture_log_puts(f->log, "a needle\nx\n\x1b[1mneed\x1b[0mle\tneedle\n"
                             "\xE6\x97\xA5\xE6\x9C\xAC needle\nno\n");
    fixture_pane_open(f);
    search(f, "needle");
    assert_string_equal(fixture_pane_styles(f, 0), "..******");
    assert_string_equal(fixture_pane_styles(f, 1), "");
    assert_string_equal(fixture_pane_styles(f, 2), "******..******");
    assert_string_equal(fixture_pane_styles(f, 3), "#####@@@@@@#####");
    search(f, NULL);
    search(f, "\xE6\x9C\xAC");
    assert_string_equal(fixture_pane_styles(f, 3), "##@@############");
    fixture_pane_free(f);
}

static void matches_are_marked_across_the_ends_of_rows(void **state)
{
    struct fixture_pane *f = fixture_pane_new(10, 6);

    (void)state;
    f->pane.wrap = true;
    fixture_log_puts(f->log, "0123456needle0123456789\n"
                             "0123456needle\xC3\xA4\xE6\x97\xA5 needle\n");
    fixture_pane_open(f);
    logpane_search(&f->pane, "needle");
    fixture_pane_serve(f);
    assert_string_equal(fixture_pane_styles(f, 0), ".......***");
    assert_string_equal(fixture_pane_styles(f, 1), "***");
    assert_string_equal(fixture_pane_styles(f, 3), "#######@@@");
    assert_string_equal(fixture_pane_styles(f, 4), "@@@####@@@");
    assert_string_equal(fixture_pane_styles(f, 5), "@@@#######");
    /* What was found stays in sight. */
    fixture_pane_act(f, ACTION_WRAP);
    assert_string_equal(fixture_pane_styles(f, 1), "###@@@@@@#");
    /* The part in sight of one that is cut is marked as well. */
    fixture_pane_act(f, ACTION_LEFT);
    fixture_pane_act(f, ACTION_RIGHT);
    assert_string_equal(fixture_pane_styles(f, 0), "d****....d");
    assert_string_equal(fixture_pane_styles(f, 1), "#@@@@#####");
    fixture_pane_free(f);
}

static void a_match_is_not_hidden_by_the_signs_of_what_is_cut(void **state)
{
    struct fixture_pane *f = fixture_pane_new(20, 3);

    (void)state;
    fixture_log_puts(f->log, "0123456789012345needle and more of it\n"
                             "01234567 needle 0123456789\n");
    fixture_pane_open(f);
    search(f, "needle");
    assert_string_equal(fixture_pane_row(f, 1), "01234567 needle 012›");
    fixture_pane_act(f, ACTION_PREVIOUS_MATCH);
    assert_string_equal(fixture_pane_row(f, 0), "‹12345needle and mo›");
    fixture_pane_act(f, ACTION_NEXT_MATCH);
    assert_string_equal(fixture_pane_row(f, 1), "01234567 needle 012›");
    fixture_pane_free(f);
}

static void a_match_deep_in_a_line_is_shown(void **state)
{
    struct fixture_pane *f = fixture_pane_new(30, 9);
    struct strbuf text = { 0 };

    (void)state;
    fixture_pane_number(f, 1, 100);
    for (int i = 0; i < 5000; i++)
        strbuf_addf(&text, i == 4000 ? "needle" : i % 2 ? "x" : "\xC3\xA4");
    strbuf_addc(&text, '\n');
    fixture_log_append(f->log, strbuf_text(&text), text.len);
    fixture_pane_number(f, 1, 100);
    fixture_pane_open(f);
    search(f, "needle");
    assert_non_null(strstr(fixture_pane_row(f, 3), "needle"));
    fixture_pane_check(f);
    fixture_pane_act(f, ACTION_WRAP);
    fixture_pane_act(f, ACTION_BOTTOM);
    fixture_pane_act(f, ACTION_PREVIOUS_MATCH);
    assert_non_null(strstr(fixture_pane_row(f, 3), "needle"));
    fixture_pane_check(f);
    strbuf_release(&text);
    fixture_pane_free(f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(hits_are_marked_and_the_current_line_told_apart),
        cmocka_unit_test(matches_are_marked_across_the_ends_of_rows),
        cmocka_unit_test(a_match_is_not_hidden_by_the_signs_of_what_is_cut),
        cmocka_unit_test(a_match_deep_in_a_line_is_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
