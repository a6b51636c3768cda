#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/cluster.h"
#include "base/utf8.h"
#include "tui/icons.h"

#include <string.h>

static void expect_columns(enum icon_set set, const char *sign, int columns)
{
    if (!sign || cluster_columns(sign) != columns)
        fail_msg("%s: '%s' is not %d wide", icons_name(set), sign ? sign : "",
                 columns);
    assert_true(utf8_is_valid(sign, strlen(sign)));
    for (const char *byte = sign; set == ICONS_ASCII && *byte; byte++)
        assert_true(*byte >= ' ' && *byte <= '~');
}

static void signs_of_a_set_are_equally_wide(void **state)
{
    (void)state;
    for (int set = 0; set < ICON_SET_COUNT; set++) {
        const struct icons *icons = icons_of((enum icon_set)set);

        for (int i = 0; i < STATUS_COUNT; i++)
            expect_columns((enum icon_set)set, icons->status[i],
                           icons->status_columns);
        expect_columns((enum icon_set)set, icons->warning,
                       icons->status_columns);
    }
}

static void other_signs_take_one_column(void **state)
{
    (void)state;
    for (int set = 0; set < ICON_SET_COUNT; set++) {
        const struct icons *icons = icons_of((enum icon_set)set);
        const char *const narrow[] = {
            icons->horizontal, icons->vertical,    icons->top_left,
            icons->top_right,  icons->bottom_left, icons->bottom_right,
            icons->bar_full,   icons->bar_empty,   icons->ellipsis,
            icons->cut_left,   icons->cut_right,   icons->continued,
            icons->more_above, icons->more_below,  icons->pointer,
            icons->marker,     icons->crumb,       icons->separator,
            icons->checked,    icons->unchecked,
        };

        for (size_t i = 0; i < sizeof(narrow) / sizeof(narrow[0]); i++)
            expect_columns((enum icon_set)set, narrow[i], 1);
        assert_in_range(icons->bar_parts, 0, BAR_PARTS_MOST);
        for (int i = 0; i < icons->bar_parts; i++)
            expect_columns((enum icon_set)set, icons->bar_part[i], 1);
    }
}

static void statuses_differ_within_a_set(void **state)
{
    (void)state;
    for (int set = 0; set < ICON_SET_COUNT; set++) {
        const struct icons *icons = icons_of((enum icon_set)set);

        for (int i = 0; i < STATUS_COUNT; i++) {
            for (int j = 0; j < i; j++)
                assert_string_not_equal(icons->status[i], icons->status[j]);
        }
    }
}

static void statuses_are_those_of_the_plain_lines(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        enum step_status status = (enum step_status)i;
        const char *ascii = icons_of(ICONS_ASCII)->status[i];

        assert_string_equal(icons_of(ICONS_TEXT)->status[i],
                            status_icon(status, false));
        if (status != STATUS_PENDING) /* "[  ]": nothing would be seen */
            assert_non_null(strstr(status_icon(status, true), ascii));
    }
}

static void sets_have_names_that_find_them(void **state)
{
    enum icon_set set;

    (void)state;
    for (int i = 0; i < ICON_SET_COUNT; i++) {
        assert_true(icons_parse(icons_name((enum icon_set)i), &set));
        assert_int_equal(set, i);
    }
    assert_false(icons_parse("Text", &set));
    assert_false(icons_parse("", &set));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_of_a_set_are_equally_wide),
        cmocka_unit_test(other_signs_take_one_column),
        cmocka_unit_test(statuses_differ_within_a_set),
        cmocka_unit_test(statuses_are_those_of_the_plain_lines),
        cmocka_unit_test(sets_have_names_that_find_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
