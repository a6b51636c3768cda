#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "core/retry.h"

static const struct diagnosis worth_it = { .action = DIAGNOSIS_RETRY };
static const struct diagnosis hopeless = { .action = DIAGNOSIS_FAIL };
static const struct diagnosis done = { .action = DIAGNOSIS_ALREADY_DONE };

static void expect_most(int attempts, int exit_status,
                        const struct diagnosis *diagnosis, int most)
{
    struct header header = { .attempts = attempts, .delay_ms = -1 };

    assert_int_equal(retry_most_attempts(&header, exit_status, diagnosis),
                     most);
}

static void retry_does_not_happen_unasked(void **state)
{
    (void)state;
    expect_most(0, 1, NULL, 1);
    expect_most(0, 255, NULL, 1);
    expect_most(0, -1, NULL, 1);
}

static void
retry_allows_the_attempts_of_the_header_for_any_failure(void **state)
{
    (void)state;
    expect_most(3, 1, NULL, 3);
    expect_most(3, -1, NULL, 3);
    expect_most(1, 1, NULL, 1);
}

static void retry_gives_a_temporary_failure_three_more(void **state)
{
    (void)state;
    expect_most(0, 75, NULL, 4);
    expect_most(0, 74, NULL, 1);
}

static void
retry_counts_as_the_header_says_for_a_temporary_failure_too(void **state)
{
    (void)state;
    expect_most(2, 75, NULL, 2);
    expect_most(9, 75, NULL, 9);
}

static void retry_stops_at_once_when_the_diagnosis_says_fail(void **state)
{
    (void)state;
    expect_most(9, 1, &hopeless, 1);
    expect_most(0, 75, &hopeless, 1);
}

static void
retry_allows_three_attempts_when_the_diagnosis_says_retry(void **state)
{
    (void)state;
    expect_most(0, 1, &worth_it, 3);
    expect_most(2, 1, &worth_it, 3);
    expect_most(5, 1, &worth_it, 5);
    expect_most(0, 75, &worth_it, 4);
    expect_most(0, 1, &done, 1);
}

static int64_t middle(int64_t delay_ms, int attempt)
{
    struct header header = { .delay_ms = delay_ms };

    return retry_delay(&header, attempt, 500);
}

static void retry_doubles_the_delay(void **state)
{
    (void)state;
    assert_int_equal(middle(1000, 1), 1000);
    assert_int_equal(middle(1000, 2), 2000);
    assert_int_equal(middle(1000, 3), 4000);
    assert_int_equal(middle(1000, 8), 128000);
}

static void retry_waits_five_seconds_where_the_header_is_silent(void **state)
{
    (void)state;
    assert_int_equal(middle(-1, 1), 5000);
    assert_int_equal(middle(-1, 2), 10000);
    assert_int_equal(middle(0, 1), 0);
    assert_int_equal(middle(0, 9), 0);
}

static void retry_never_waits_longer_than_five_minutes(void **state)
{
    struct header day = { .delay_ms = INT64_C(86400000) };
    struct header second = { .delay_ms = 1000 };

    (void)state;
    for (int chance = 0; chance < 1000; chance++) {
        assert_true(retry_delay(&day, 1, chance) <= 300000);
        assert_true(retry_delay(&second, 100, chance) <= 300000);
        assert_true(retry_delay(&second, 100, chance) >= 225000);
    }
}

static void retry_jitter_stays_within_a_quarter(void **state)
{
    struct header header = { .delay_ms = 8000 };
    int64_t least = INT64_MAX, most = 0;

    (void)state;
    for (int chance = 0; chance < 1000; chance++) {
        int64_t delay = retry_delay(&header, 1, chance);

        least = delay < least ? delay : least;
        most = delay > most ? delay : most;
    }
    assert_int_equal(least, 6000);
    assert_in_range(most, 9980, 10000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(retry_does_not_happen_unasked),
        cmocka_unit_test(
            retry_allows_the_attempts_of_the_header_for_any_failure),
        cmocka_unit_test(retry_gives_a_temporary_failure_three_more),
        cmocka_unit_test(
            retry_counts_as_the_header_says_for_a_temporary_failure_too),
        cmocka_unit_test(retry_stops_at_once_when_the_diagnosis_says_fail),
        cmocka_unit_test(
            retry_allows_three_attempts_when_the_diagnosis_says_retry),
        cmocka_unit_test(retry_doubles_the_delay),
        cmocka_unit_test(retry_waits_five_seconds_where_the_header_is_silent),
        cmocka_unit_test(retry_never_waits_longer_than_five_minutes),
        cmocka_unit_test(retry_jitter_stays_within_a_quarter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
