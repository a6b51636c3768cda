#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/strvec.h"

#include <stdio.h>
#include <string.h>

static void strvec_is_always_ended_by_null(void **state)
{
    struct strvec vec = { 0 };

    (void)state;
    for (size_t i = 0; i < 100; i++) {
        strvec_addf(&vec, "item %zu", i);
        assert_int_equal(vec.count, i + 1);
        assert_null(vec.items[vec.count]);
    }
    assert_string_equal(vec.items[0], "item 0");
    assert_string_equal(vec.items[99], "item 99");
    strvec_release(&vec);
    assert_null(vec.items);
    assert_int_equal(vec.count, 0);
}

static void strvec_add_copies_and_take_does_not(void **state)
{
    struct strvec vec = { 0 };
    char copied[] = "copied";
    char *taken = mem_text("taken");

    (void)state;
    strvec_add(&vec, copied);
    copied[0] = 'x';
    strvec_take(&vec, taken);
    assert_string_equal(vec.items[0], "copied");
    assert_ptr_equal(vec.items[1], taken);
    strvec_release(&vec);
}

static void strvec_has_compares_whole_texts(void **state)
{
    struct strvec vec = { 0 };

    (void)state;
    assert_false(strvec_has(&vec, ""));
    strvec_add(&vec, "step");
    assert_true(strvec_has(&vec, "step"));
    assert_false(strvec_has(&vec, "ste"));
    assert_false(strvec_has(&vec, "steps"));
    strvec_release(&vec);
}

static void strvec_sort_orders_by_byte_value(void **state)
{
    static const char *const sorted[] = { "", "B", "a", "a", "b", "\xC3\xA4" };
    static const size_t order[] = { 4, 2, 0, 5, 3, 1 };
    struct strvec vec = { 0 };

    (void)state;
    strvec_sort(&vec);
    for (size_t i = 0; i < 6; i++)
        strvec_add(&vec, sorted[order[i]]);
    strvec_sort(&vec);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(vec.items[i], sorted[i]);
    assert_null(vec.items[6]);
    strvec_release(&vec);
}

static void strvec_split_cuts_blanks_and_drops_empty_pieces(void **state)
{
    static const struct {
        const char *text;
        const char *separators;
        const char *pieces; /* joined with | */
    } cases[] = {
        { "", ",", "" },
        { "a", ",", "a" },
        { "a,b,c", ",", "a|b|c" },
        { " a , b ", ",", "a|b" },
        { ",,a,,b,,", ",", "a|b" },
        { "a b,c", ",", "a b|c" },
        { "a b,c", ", ", "a|b|c" },
        { "  \t\r\n ", ",", "" },
        { " , ,\n", ",", "" },
        { "a;b,c", ",;", "a|b|c" },
        { "one\ntwo\r\n\nthree", "\n", "one|two|three" },
        { "abc", "", "abc" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct strvec vec = { 0 };
        char joined[64] = "";

        strvec_split(&vec, cases[i].text, cases[i].separators);
        for (size_t k = 0; k < vec.count; k++) {
            strcat(joined, k ? "|" : "");
            strcat(joined, vec.items[k]);
        }
        assert_string_equal(joined, cases[i].pieces);
        strvec_release(&vec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strvec_is_always_ended_by_null),
        cmocka_unit_test(strvec_add_copies_and_take_does_not),
        cmocka_unit_test(strvec_has_compares_whole_texts),
        cmocka_unit_test(strvec_sort_orders_by_byte_value),
        cmocka_unit_test(strvec_split_cuts_blanks_and_drops_empty_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
