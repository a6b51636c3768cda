#include "base/clock.h"

#include "base/cancel.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_wall(void *context)
{
    (void)context;
    return read_clock(CLOCK_REALTIME);
}

static int64_t system_monotonic(void *context)
{
    (void)context;
    return read_clock(CLOCK_MONOTONIC);
}

static bool system_wait(void *context, int64_t duration_ms,
                        struct cancel *cancel)
{
    struct timespec left;

    (void)context;
    if (cancel)
        return cancel_wait(cancel, duration_ms);
    left.tv_sec = (time_t)(duration_ms / 1000);
    left.tv_nsec = (long)(duration_ms % 1000) * 1000000;
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
    return true;
}

const struct clock *clock_system(void)
{
    static const struct clock clock = {
        .wall_ms = system_wall,
        .monotonic_ms = system_monotonic,
        .wait = system_wait,
    };

    return &clock;
}

int64_t clock_wall(const struct clock *clock)
{
    return clock->wall_ms(clock->context);
}

int64_t clock_monotonic(const struct clock *clock)
{
    return clock->monotonic_ms(clock->context);
}

bool clock_wait(const struct clock *clock, int64_t duration_ms,
                struct cancel *cancel)
{
    return clock->wait(clock->context, duration_ms, cancel);
}

/* Rounded down, also before 1970. */
static time_t whole_seconds(int64_t wall_ms)
{
    return (time_t)(wall_ms / 1000 - (wall_ms % 1000 < 0));
}

static struct tm utc_parts(int64_t wall_ms)
{
    time_t seconds = whole_seconds(wall_ms);
    struct tm parts = { .tm_mday = 1 };

    gmtime_r(&seconds, &parts);
    return parts;
}

enum { AFTER_YEAR_SIZE = 20 };

/* strftime(3) does not fill a year up to four digits everywhere. */
static char *put_year(const struct tm *parts, const char *after, char *text)
{
    snprintf(text, CLOCK_TEXT_SIZE, "%04d%.19s", parts->tm_year + 1900, after);
    return text;
}

char *clock_format_seconds(int64_t wall_ms, char *text)
{
    struct tm parts = utc_parts(wall_ms);
    char after[AFTER_YEAR_SIZE];

    strftime(after, sizeof(after), "-%m-%dT%H:%M:%SZ", &parts);
    return put_year(&parts, after, text);
}

char *clock_format_millis(int64_t wall_ms, char *text)
{
    char seconds[CLOCK_TEXT_SIZE];

    clock_format_seconds(wall_ms, seconds);
    snprintf(text, CLOCK_TEXT_SIZE, "%.19s.%03dZ", seconds,
             (int)((wall_ms % 1000 + 1000) % 1000));
    return text;
}

char *clock_format_compact(int64_t wall_ms, char *text)
{
    struct tm parts = utc_parts(wall_ms);
    char after[AFTER_YEAR_SIZE];

    strftime(after, sizeof(after), "%m%dT%H%M%SZ", &parts);
    return put_year(&parts, after, text);
}

char *clock_format_local(int64_t wall_ms, char *text)
{
    time_t seconds = whole_seconds(wall_ms);
    struct tm parts;

    if (!localtime_r(&seconds, &parts) ||
        !strftime(text, CLOCK_TEXT_SIZE, "%H:%M:%S", &parts))
        text[0] = '\0';
    return text;
}

char *clock_format_duration(int64_t duration_ms, char *text)
{
    int64_t seconds = duration_ms / 1000;

    if (duration_ms < 0)
        duration_ms = 0; /* a clock was set back */
    if (duration_ms < 1000)
        snprintf(text, CLOCK_TEXT_SIZE, "%dms", (int)duration_ms);
    else if (seconds < 10)
        snprintf(text, CLOCK_TEXT_SIZE, "%d.%ds", (int)seconds,
                 (int)(duration_ms % 1000) / 100);
    else if (seconds < 60)
        snprintf(text, CLOCK_TEXT_SIZE, "%ds", (int)seconds);
    else if (seconds < 3600)
        snprintf(text, CLOCK_TEXT_SIZE, "%dm%02ds", (int)(seconds / 60),
                 (int)(seconds % 60));
    else
        snprintf(text, CLOCK_TEXT_SIZE, "%" PRId64 "h%02dm", seconds / 3600,
                 (int)(seconds % 3600) / 60);
    return text;
}

/* Days since 1970-01-01 of a proleptic Gregorian date; timegm(3) is not POSIX.
 * The year starts in March so that the leap day is its last. */
static int64_t days_from_date(int year, int month, int day)
{
    int64_t y = (month > 2 ? year : year - 1) + 400; /* never negative */
    int64_t era_days = y * 365 + y / 4 - y / 100 + y / 400;
    int64_t month_days = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5;

    return era_days + month_days + day - 1 - 719468 - 146097;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && is_leap);
}

static bool is_shaped_like(const char *text, const char *shape)
{
    for (; *shape; shape++, text++) {
        if (*shape == '0' ? !isdigit((unsigned char)*text) : *text != *shape)
            return false;
    }
    return *text == '\0';
}

bool clock_parse(const char *text, int64_t *wall_ms)
{
    int year, month, day, hour, minute, second, millis = 0;

    if (is_shaped_like(text, "0000-00-00T00:00:00.000Z"))
        millis = atoi(text + 20);
    else if (!is_shaped_like(text, "0000-00-00T00:00:00Z"))
        return false;
    year = atoi(text);
    month = atoi(text + 5);
    day = atoi(text + 8);
    hour = atoi(text + 11);
    minute = atoi(text + 14);
    second = atoi(text + 17);
    if (month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month) || hour > 23 || minute > 59 ||
        second > 60)
        return false;
    *wall_ms = ((days_from_date(year, month, day) * 24 + hour) * 3600 +
                minute * 60 + second) *
                   1000 +
               millis;
    return true;
}

bool clock_parse_duration(const char *text, int64_t *duration_ms,
                          struct error *err)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {
        { "", 1000 },     { "s", 1000 }, { "m", 60000 },
        { "h", 3600000 }, { "ms", 1 },
    };
    const int64_t longest = (int64_t)366 * 24 * 3600 * 1000;
    int64_t number;
    char *end;

    if (!isdigit((unsigned char)text[0]))
        goto refuse;
    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno || number > longest)
        goto refuse;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(end, units[i].unit) == 0 &&
            number <= longest / units[i].ms) {
            *duration_ms = number * units[i].ms;
            return true;
        }
    }
refuse:
    error_set(err, ERROR_INPUT, "'%s' is not a time", text);
    return error_hint(err, "write seconds, or a number with a unit: "
                           "90, 90s, 20m, 1h (at most 366 days)");
}
