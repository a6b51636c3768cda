#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/backoff.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void backoff_doubles_up_to_20_seconds(void **state)
{
    static const struct {
        int attempt;
        bool is_throttled;
        int chance;
        int64_t wanted_ms;
    } cases[] = {
        { 1, false, 0, 0 },        { 1, false, 500, 25 },
        { 1, false, 999, 49 },     { 2, false, 500, 50 },
        { 3, false, 500, 100 },    { 9, false, 500, 6400 },
        { 20, false, 500, 10000 }, { 1000000, false, 999, 19980 },
        { 1, true, 500, 500 },     { 2, true, 500, 1000 },
        { 5, true, 500, 8000 },    { 6, true, 500, 10000 },
        { 1, true, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(backoff_delay(cases[i].attempt, cases[i].is_throttled,
                                       -1, cases[i].chance),
                         cases[i].wanted_ms);
}

static void backoff_heeds_what_is_asked_within_5_seconds(void **state)
{
    static const struct {
        int64_t asked_ms, wanted_ms;
    } cases[] = {
        { -1, 500 },    { 0, 500 },     { 499, 500 },        { 501, 501 },
        { 5500, 5500 }, { 5501, 5500 }, { INT64_MAX, 5500 }, { INT64_MIN, 500 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(backoff_delay(1, true, cases[i].asked_ms, 500),
                         cases[i].wanted_ms);
}

static void backoff_pays_until_the_tokens_are_spent(void **state)
{
    struct backoff backoff = { 0 };
    int paid = 0;

    (void)state;
    while (backoff_pay(&backoff, false))
        paid++;
    assert_int_equal(paid, BACKOFF_TOKENS / BACKOFF_COST);
    backoff = (struct backoff){ 0 };
    for (paid = 0; backoff_pay(&backoff, true);)
        paid++;
    assert_int_equal(paid, BACKOFF_TOKENS / BACKOFF_COST_THROTTLED);
}

static void backoff_gives_back_what_the_last_retry_cost(void **state)
{
    struct backoff backoff = { 0 };

    (void)state;
    backoff_begin(&backoff);
    assert_true(backoff_pay(&backoff, false));
    assert_true(backoff_pay(&backoff, true));
    backoff_succeed(&backoff);
    assert_int_equal(backoff.spent, BACKOFF_COST);
    backoff_begin(&backoff);
    backoff_succeed(&backoff);
    assert_int_equal(backoff.spent, BACKOFF_COST - 1);
    for (int i = 0; i < 100; i++) {
        backoff_begin(&backoff);
        backoff_succeed(&backoff);
    }
    assert_int_equal(backoff.spent, 0);
}

static void backoff_attempts_are_a_number_within_limits(void **state)
{
    static const struct {
        const char *text;
        int wanted;
    } cases[] = {
        { NULL, 3 },
        { "", 3 },
        { "0", 3 },
        { "-1", 3 },
        { "x", 3 },
        { "5x", 3 },
        { "1", 1 },
        { "5", 5 },
        { "20", 20 },
        { "21", 20 },
        { "99999999999999999999", 20 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(backoff_attempts(cases[i].text), cases[i].wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backoff_doubles_up_to_20_seconds),
        cmocka_unit_test(backoff_heeds_what_is_asked_within_5_seconds),
        cmocka_unit_test(backoff_pays_until_the_tokens_are_spent),
        cmocka_unit_test(backoff_gives_back_what_the_last_retry_cost),
        cmocka_unit_test(backoff_attempts_are_a_number_within_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
