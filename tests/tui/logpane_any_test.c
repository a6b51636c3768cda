#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_pane.h"

static const enum action actions[] = {
    ACTION_DOWN,         ACTION_UP,
    ACTION_HALF_DOWN,    ACTION_HALF_UP,
    ACTION_PAGE_DOWN,    ACTION_PAGE_UP,
    ACTION_PAGE_DOWN,    ACTION_PAGE_UP,
    ACTION_TOP,          ACTION_BOTTOM,
    ACTION_FOLLOW,       ACTION_WRAP,
    ACTION_TIMESTAMPS,   ACTION_LEFT,
    ACTION_RIGHT,        ACTION_NEXT_MATCH,
    ACTION_NEXT_MATCH,   ACTION_PREVIOUS_MATCH,
    ACTION_NEXT_ERROR,   ACTION_PREVIOUS_ERROR,
    ACTION_MORE_CONTEXT, ACTION_LESS_CONTEXT
};
enum { ACTIONS_TRIED = sizeof(actions) / sizeof(actions[0]) };

static void change_text(struct fixture_pane *f, unsigned *chance)
{
    static const char *const searches[] = { "needle", "Needle", "e", "x",
                                            NULL };
    static const char *const filters[] = { "need", "!x", "error", "nowhere",
                                           NULL,   NULL, NULL,    NULL };

    if (fixture_log_random(chance, 2))
        logpane_search(&f->pane, searches[fixture_log_random(chance, 5)]);
    else
        logpane_filter(&f->pane, filters[fixture_log_random(chance, 8)]);
}

static void change_size(struct fixture_pane *f, unsigned *chance)
{
    f->columns = 1 + (int)fixture_log_random(chance, 60);
    f->rows = 1 + (int)fixture_log_random(chance, 20);
}

static void do_something(struct fixture_pane *f, unsigned *chance)
{
    unsigned what = fixture_log_random(chance, 40);

    if (what < 24)
        logpane_act(&f->pane,
                    actions[fixture_log_random(chance, ACTIONS_TRIED)]);
    else if (what < 27)
        logpane_scroll(&f->pane, (long)fixture_log_random(chance, 200) - 100);
    else if (what < 29)
        change_size(f, chance);
    else if (what < 31)
        change_text(f, chance);
    else if (what < 32)
        logpane_goto_line(&f->pane, fixture_log_random(chance, 600));
    else if (what < 33)
        f->pane.is_growing = !f->pane.is_growing;
    else if (what < 35 && f->log->bytes.len < 60000)
        fixture_log_babble(f->log, fixture_log_random(chance, 40), chance);
    else if (what < 36 && !fixture_log_random(chance, 40))
        fixture_log_truncate(f->log);
    else if (what < 38 && fixture_pane_ask(f))
        fixture_pane_reply(f);
    else if (what < 39)
        fixture_pane_look(f);
    else
        fixture_pane_draw(f);
}

/* Everything is answered and drawn. A log that does not grow is not looked at
 * by itself. */
static void come_to_rest(struct fixture_pane *f)
{
    bool was_growing = f->pane.is_growing;

    f->pane.is_growing = true;
    fixture_pane_serve(f);
    if (f->is_asked)
        fixture_pane_reply(f);
    fixture_pane_look(f);
    fixture_pane_serve(f);
    f->pane.is_growing = was_growing;
}

static void check_rest(struct fixture_pane *f)
{
    struct logspot shown = f->pane.shown;
    int questions = f->questions;

    assert_int_equal(f->pane.pending, 0);
    fixture_pane_check(f);
    /* Nothing moves by itself, and nothing is asked twice. */
    f->pane.asked_growing = f->pane.is_growing;
    fixture_pane_serve(f);
    assert_int_equal(f->questions, questions);
    assert_int_equal(f->pane.shown.offset, shown.offset);
    assert_int_equal(f->pane.shown.column, shown.column);
    if (f->pane.follow && f->pane.window.count)
        assert_true(f->pane.shows_end);
}

static void whatever_is_done_the_lines_of_the_log_are_shown(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 16; seed++) {
        struct fixture_pane *f = fixture_pane_new(40, 10);
        unsigned chance = seed;

        f->log->piece = f->limits.piece = seed % 2 ? 64 : LOG_PIECE;
        f->limits.read = seed % 2 ? 1024 : 1 << 20;
        f->limits.block = 1024;
        fixture_log_babble(f->log, 300, &chance);
        fixture_pane_open(f);
        for (int i = 0; i < 300; i++) {
            for (unsigned j = fixture_log_random(&chance, 6); j--;)
                do_something(f, &chance);
            come_to_rest(f);
            check_rest(f);
        }
        fixture_pane_free(f);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_done_the_lines_of_the_log_are_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
