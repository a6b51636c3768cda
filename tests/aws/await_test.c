#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/apprunner/await.h"

#include <stdlib.h>

/* When an operation that ends at `end_ms` is seen to have ended. */
static int64_t seen_at(int64_t end_ms, int64_t usual_ms, int chance, int *asked)
{
    int64_t now = 0;

    for (*asked = 1; now < end_ms; (*asked)++)
        now += await_interval(now, usual_ms, chance);
    return now;
}

static void nobody_asks_more_than_once_a_second(void **state)
{
    static const int64_t usual_ms[] = { 0, 1000, 30000, 180000, 3600000 };

    (void)state;
    for (size_t i = 0; i < sizeof(usual_ms) / sizeof(usual_ms[0]); i++) {
        for (int64_t at = 0; at < 7200000; at += 777) {
            for (int chance = 0; chance < 1000; chance += 333) {
                int64_t wait = await_interval(at, usual_ms[i], chance);

                assert_true(wait >= 1000);
                assert_true(wait <= 5500);
            }
        }
    }
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

static int64_t median_lag(int64_t usual_ms, int64_t first_ms, int64_t last_ms)
{
    enum { ENDS = 501 };
    int64_t lags[ENDS];
    int asked;

    for (int i = 0; i < ENDS; i++) {
        int64_t end_ms = first_ms + (last_ms - first_ms) * i / ENDS;

        lags[i] = seen_at(end_ms, usual_ms, (i * 37) % 1000, &asked) - end_ms;
    }
    qsort(lags, ENDS, sizeof(lags[0]), compare);
    return lags[ENDS / 2];
}

static void the_end_is_seen_within_two_seconds_by_the_median(void **state)
{
    (void)state;
    assert_true(median_lag(0, 60000, 1500000) < 2000);
    assert_true(median_lag(180000, 120000, 260000) <= 1000);
    assert_true(median_lag(180000, 120000, 1500000) < 2000);
}

static void a_known_duration_saves_requests(void **state)
{
    int known, unknown;

    (void)state;
    seen_at(180000, 180000, 0, &known);
    seen_at(180000, 0, 0, &unknown);
    assert_true(known < 110);
    assert_true(unknown <= 92);
    assert_true(await_interval(20000, 180000, 0) == 5000);
    assert_true(await_interval(170000, 180000, 0) == 1000);
    assert_true(await_interval(0, 180000, 0) == 1000);
}

static void
percent_follows_the_usual_duration_and_never_claims_the_end(void **state)
{
    (void)state;
    assert_int_equal(await_percent(1000, 0), -1);
    assert_int_equal(await_percent(-5, 1000), 0);
    assert_int_equal(await_percent(0, 1000), 0);
    assert_int_equal(await_percent(500, 1000), 50);
    assert_int_equal(await_percent(960, 1000), 95);
    assert_int_equal(await_percent(INT64_C(9000000000), 1000), 95);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_asks_more_than_once_a_second),
        cmocka_unit_test(the_end_is_seen_within_two_seconds_by_the_median),
        cmocka_unit_test(a_known_duration_saves_requests),
        cmocka_unit_test(
            percent_follows_the_usual_duration_and_never_claims_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
