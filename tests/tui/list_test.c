#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tui/list.h"

static void a_selection_keeps_rows_around_it_in_sight(void **state)
{
    struct list list = { 0 };

    (void)state;
    list_fit(&list, 100, 20);
    assert_int_equal(list.top, 0);
    assert_true(list_act(&list, ACTION_PAGE_DOWN));
    assert_int_equal(list.selected, 19);
    assert_int_equal(list.top, 2);
    assert_true(list_act(&list, ACTION_BOTTOM));
    assert_int_equal(list.selected, 99);
    assert_int_equal(list.top, 80);
    assert_true(list_act(&list, ACTION_UP));
    assert_int_equal(list.top, 80);
    assert_true(list_act(&list, ACTION_TOP));
    assert_int_equal(list.selected, 0);
    assert_int_equal(list.top, 0);
    assert_true(list.was_moved);
    assert_false(list_act(&list, ACTION_QUIT));
}

/* Each key as the views have it: first the key, then the next frame. */
static void scroll(struct list *list, enum action action, size_t top)
{
    assert_true(list_scroll(list, action));
    list_fit_text(list, list->count, list->rows);
    assert_int_equal(list->top, top);
}

static void text_scrolls_line_by_line_to_its_very_end(void **state)
{
    struct list list = { 0 };

    (void)state;
    list_fit_text(&list, 50, 20);
    scroll(&list, ACTION_DOWN, 1);
    scroll(&list, ACTION_DOWN, 2);
    scroll(&list, ACTION_UP, 1);
    scroll(&list, ACTION_HALF_DOWN, 11);
    scroll(&list, ACTION_PAGE_DOWN, 30);
    scroll(&list, ACTION_DOWN, 30);
    scroll(&list, ACTION_UP, 29);
    scroll(&list, ACTION_BOTTOM, 30);
    scroll(&list, ACTION_PAGE_UP, 11);
    scroll(&list, ACTION_TOP, 0);
    scroll(&list, ACTION_UP, 0);
    assert_false(list_scroll(&list, ACTION_QUIT));
}

static void text_that_fits_does_not_scroll(void **state)
{
    struct list list = { 0 };

    (void)state;
    list_fit_text(&list, 20, 20);
    scroll(&list, ACTION_DOWN, 0);
    scroll(&list, ACTION_BOTTOM, 0);
    list_fit_text(&list, 20, 10);
    scroll(&list, ACTION_BOTTOM, 10);
    list_fit_text(&list, 20, 15);
    assert_int_equal(list.top, 5);
    list_fit_text(&list, 3, 0);
    assert_int_equal(list.top, 2);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_selection_keeps_rows_around_it_in_sight),
        cmocka_unit_test(text_scrolls_line_by_line_to_its_very_end),
        cmocka_unit_test(text_that_fits_does_not_scroll),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
