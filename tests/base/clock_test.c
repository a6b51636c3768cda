#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/cancel.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Computed with date(1). */
static const struct {
    const char *text;
    int64_t seconds;
} moments[] = {
    { "1970-01-01T00:00:00Z", 0 },
    { "1969-12-31T23:59:59Z", -1 },
    { "2000-02-29T00:00:00Z", 951782400 },
    { "2024-02-29T12:34:56Z", 1709210096 },
    { "2026-11-21T17:00:00Z", 1795280400 },
    { "2038-01-19T03:14:08Z", 2147483648 },
    { "2100-02-28T23:59:59Z", 4107542399 }, /* 2100 has no leap day */
    { "2100-03-01T00:00:00Z", 4107542400 },
    { "1900-03-01T00:00:00Z", -2203891200 },
    { "0000-02-29T00:00:00Z", -62162121600 },
    { "0000-03-01T00:00:00Z", -62162035200 },
    { "0001-01-01T00:00:00Z", -62135596800 },
    { "9999-12-31T23:59:59Z", 253402300799 },
};

static void clock_formats_and_reads_known_moments(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(moments); i++) {
        char text[CLOCK_TEXT_SIZE];
        int64_t wall_ms = 1;

        assert_ptr_equal(clock_format_seconds(moments[i].seconds * 1000, text),
                         text);
        assert_string_equal(text, moments[i].text);
        assert_true(clock_parse(moments[i].text, &wall_ms));
        assert_true(wall_ms == moments[i].seconds * 1000);
    }
}

static void clock_formats_milliseconds_rounded_down(void **state)
{
    static const struct {
        int64_t wall_ms;
        const char *seconds;
        const char *millis;
        const char *compact;
    } cases[] = {
        { 1795280400000, "2026-11-21T17:00:00Z", "2026-11-21T17:00:00.000Z",
          "20261121T170000Z" },
        { 1795280400123, "2026-11-21T17:00:00Z", "2026-11-21T17:00:00.123Z",
          "20261121T170000Z" },
        { 1795280400999, "2026-11-21T17:00:00Z", "2026-11-21T17:00:00.999Z",
          "20261121T170000Z" },
        { -1, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.999Z",
          "19691231T235959Z" },
        { -62135596800000, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z",
          "00010101T000000Z" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[CLOCK_TEXT_SIZE];

        assert_string_equal(clock_format_seconds(cases[i].wall_ms, text),
                            cases[i].seconds);
        assert_string_equal(clock_format_millis(cases[i].wall_ms, text),
                            cases[i].millis);
        assert_string_equal(clock_format_compact(cases[i].wall_ms, text),
                            cases[i].compact);
    }
}

static void clock_texts_stay_in_their_size(void **state)
{
    static const int64_t extremes[] = { INT64_MIN, INT64_MIN + 1, -1, 0,
                                        INT64_MAX };

    (void)state;
    for (size_t i = 0; i < COUNT(extremes); i++) {
        char text[CLOCK_TEXT_SIZE];

        assert_true(strlen(clock_format_seconds(extremes[i], text)) > 0);
        assert_true(strlen(clock_format_millis(extremes[i], text)) > 0);
        assert_true(strlen(clock_format_compact(extremes[i], text)) > 0);
        assert_true(strlen(clock_format_duration(extremes[i], text)) > 0);
        assert_true(strlen(clock_format_local(extremes[i], text)) <
                    CLOCK_TEXT_SIZE);
    }
}

static void clock_parse_reads_back_what_was_formatted(void **state)
{
    uint64_t random = 7;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        char text[CLOCK_TEXT_SIZE];
        int64_t wall_ms, read_ms = 0;

        random = random * 6364136223846793005U + 1442695040888963407U;
        /* Years 0001 to 9999. */
        wall_ms = (int64_t)((random >> 12) % 315537897600000U) - 62135596800000;
        assert_true(clock_parse(clock_format_millis(wall_ms, text), &read_ms));
        assert_true(read_ms == wall_ms);
        assert_true(clock_parse(clock_format_seconds(wall_ms, text), &read_ms));
        assert_true(read_ms <= wall_ms && wall_ms - read_ms < 1000);
        assert_true(read_ms % 1000 == 0);
    }
}

static void clock_parse_takes_every_day_once(void **state)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30,
                                   31, 31, 30, 31, 30, 31 };
    int64_t expected = -(int64_t)719528 * 86400000; /* 0000-01-01 */

    (void)state;
    for (int year = 0; year < 2500; year++) {
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

        for (int month = 1; month <= 12; month++) {
            int days = lengths[month - 1] + (month == 2 && leap);

            for (int day = 1; day <= 31; day++) {
                char text[64];
                int64_t wall_ms;

                snprintf(text, sizeof(text), "%04d-%02d-%02dT00:00:00Z", year,
                         month, day);
                assert_int_equal(clock_parse(text, &wall_ms), day <= days);
                if (day > days)
                    continue;
                assert_true(wall_ms == expected);
                expected += 86400000;
            }
        }
    }
}

static void clock_parse_refuses_anything_else(void **state)
{
    static const char *const texts[] = {
        "",
        "2026",
        "2026-11-21",
        "2026-11-21T17:00:00",
        "2026-11-21 17:00:00Z",
        "2026-11-21T17:00:00z",
        "2026-11-21T17:00:00ZZ",
        "2026-11-21T17:00:00+00:00",
        "2026-11-21T17:00:00.1Z",
        "2026-11-21T17:00:00.12Z",
        "2026-11-21T17:00:00.1234Z",
        "2026-11-21T17:00:00,123Z",
        "2026-1-21T17:00:00Z",
        "2026-00-21T17:00:00Z",
        "2026-13-21T17:00:00Z",
        "2026-11-00T17:00:00Z",
        "2026-11-31T17:00:00Z",
        "2026-02-29T17:00:00Z",
        "2100-02-29T17:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T17:60:00Z",
        "2026-11-21T17:00:61Z",
        " 2026-11-21T17:00:00Z",
        "-026-11-21T17:00:00Z",
        "+026-11-21T17:00:00Z",
        "2026-11-21T17:00:0 Z",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        int64_t wall_ms = 42;

        if (clock_parse(texts[i], &wall_ms))
            fail_msg("'%s' was read", texts[i]);
        assert_int_equal(wall_ms, 42);
    }
}

static void clock_parse_takes_a_leap_second(void **state)
{
    int64_t leap, after;

    (void)state;
    assert_true(clock_parse("2016-12-31T23:59:60Z", &leap));
    assert_true(clock_parse("2017-01-01T00:00:00Z", &after));
    assert_true(leap == after);
}

static void clock_format_local_follows_the_time_zone(void **state)
{
    char text[CLOCK_TEXT_SIZE];

    (void)state;
    setenv("TZ", "XXX-02:30", 1);
    tzset();
    assert_string_equal(clock_format_local(1795280400000, text), "19:30:00");
    setenv("TZ", "UTC0", 1);
    tzset();
    assert_string_equal(clock_format_local(1795280400999, text), "17:00:00");
    unsetenv("TZ");
    tzset();
}

static void clock_format_duration_speaks_to_people(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        { 0, "0ms" },          { 1, "1ms" },         { 812, "812ms" },
        { 999, "999ms" },      { 1000, "1.0s" },     { 2549, "2.5s" },
        { 9999, "9.9s" },      { 10000, "10s" },     { 38000, "38s" },
        { 59999, "59s" },      { 60000, "1m00s" },   { 70000, "1m10s" },
        { 3599999, "59m59s" }, { 3600000, "1h00m" }, { 7380000, "2h03m" },
        { -5, "0ms" },         { -99999999, "0ms" }, { 360000000, "100h00m" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[CLOCK_TEXT_SIZE];

        assert_string_equal(clock_format_duration(cases[i].ms, text),
                            cases[i].text);
    }
}

static void clock_parse_duration_reads_all_units(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        { "0", 0 },
        { "90", 90000 },
        { "90s", 90000 },
        { "20m", 1200000 },
        { "1h", 3600000 },
        { "250ms", 250 },
        { "007s", 7000 },
        { "8784h", 31622400000 },
        { "31622400", 31622400000 },
        { "31622400000ms", 31622400000 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        int64_t ms = -1;

        assert_true(clock_parse_duration(cases[i].text, &ms, &err));
        assert_true(ms == cases[i].ms);
        assert_false(error_is_set(&err));
    }
}

static void clock_parse_duration_refuses_with_a_hint(void **state)
{
    static const char *const texts[] = {
        "",         "s",
        "-1",       "+1",
        "1.5s",     " 1",
        "1 ",       "1 s",
        "1d",       "1S",
        "1ss",      "0x10",
        "1m30s",    "8785h",
        "31622401", "99999999999999999999",
        "h1",       "9223372036854775807h",
        "1e3",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct error err = { 0 };
        int64_t ms = 42;

        if (clock_parse_duration(texts[i], &ms, &err))
            fail_msg("'%s' was read", texts[i]);
        assert_int_equal(err.code, ERROR_INPUT);
        assert_true(err.hint[0] != '\0');
        assert_int_equal(ms, 42);
    }
    assert_false(clock_parse_duration("x", &(int64_t){ 0 }, NULL));
}

struct fake {
    int64_t now_ms;
    int64_t waited_ms;
};

static int64_t fake_now(void *context)
{
    return ((struct fake *)context)->now_ms;
}

static bool fake_wait(void *context, int64_t duration_ms, struct cancel *cancel)
{
    ((struct fake *)context)->waited_ms += duration_ms;
    return cancel == NULL;
}

static void clock_can_be_replaced_by_a_test(void **state)
{
    struct fake fake = { .now_ms = 1234 };
    struct clock clock = { &fake, fake_now, fake_now, fake_wait };

    (void)state;
    assert_int_equal(clock_wall(&clock), 1234);
    assert_int_equal(clock_monotonic(&clock), 1234);
    assert_true(clock_wait(&clock, 60000, NULL));
    assert_int_equal(fake.waited_ms, 60000);
}

static void clock_system_tells_the_time(void **state)
{
    const struct clock *clock = clock_system();
    int64_t before = clock_monotonic(clock);
    time_t now = time(NULL);

    (void)state;
    assert_true(llabs(clock_wall(clock) / 1000 - (int64_t)now) <= 60);
    assert_true(clock_wait(clock, 1, NULL));
    assert_true(clock_monotonic(clock) > before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_formats_and_reads_known_moments),
        cmocka_unit_test(clock_formats_milliseconds_rounded_down),
        cmocka_unit_test(clock_texts_stay_in_their_size),
        cmocka_unit_test(clock_parse_reads_back_what_was_formatted),
        cmocka_unit_test(clock_parse_takes_every_day_once),
        cmocka_unit_test(clock_parse_refuses_anything_else),
        cmocka_unit_test(clock_parse_takes_a_leap_second),
        cmocka_unit_test(clock_format_local_follows_the_time_zone),
        cmocka_unit_test(clock_format_duration_speaks_to_people),
        cmocka_unit_test(clock_parse_duration_reads_all_units),
        cmocka_unit_test(clock_parse_duration_refuses_with_a_hint),
        cmocka_unit_test(clock_can_be_replaced_by_a_test),
        cmocka_unit_test(clock_system_tells_the_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
