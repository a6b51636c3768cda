/*
 * Time: the two clocks, their texts, and a seam for tests.
 *
 * Code that waits or stamps takes a `struct clock *`; clock_system() is the
 * real one, a test brings its own and no test sleeps. All values are
 * milliseconds; wall time counts from 1970-01-01T00:00:00Z.
 */
#ifndef STEPDECK_BASE_CLOCK_H
#define STEPDECK_BASE_CLOCK_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct cancel;

struct clock {
    void *context;
    int64_t (*wall_ms)(void *context);
    int64_t (*monotonic_ms)(void *context);
    /* Waits; false when `cancel` (may be NULL) was raised before the end. */
    bool (*wait)(void *context, int64_t duration_ms, struct cancel *cancel);
};

const struct clock *clock_system(void);
int64_t clock_wall(const struct clock *clock);
int64_t clock_monotonic(const struct clock *clock);
bool clock_wait(const struct clock *clock, int64_t duration_ms,
                struct cancel *cancel);

enum { CLOCK_TEXT_SIZE = 32 };

/* "2026-11-21T17:00:00Z". `text` holds CLOCK_TEXT_SIZE bytes; returns it. */
char *clock_format_seconds(int64_t wall_ms, char *text);
/* "2026-11-21T17:00:00.123Z" */
char *clock_format_millis(int64_t wall_ms, char *text);
/* "20261121T170000Z" */
char *clock_format_compact(int64_t wall_ms, char *text);
/* "17:00:00", local time. */
char *clock_format_local(int64_t wall_ms, char *text);
/* "812ms", "38s", "1m10s", "2h03m": for people. */
char *clock_format_duration(int64_t duration_ms, char *text);

/* Reads "2026-11-21T17:00:00Z" or with milliseconds; false on anything else. */
NODISCARD bool clock_parse(const char *text, int64_t *wall_ms);

/* Reads `90`, `90s`, `20m`, `1h`, `250ms` into milliseconds; a bare number is
 * seconds. Refuses what is negative, empty, or more than 366 days. */
NODISCARD bool clock_parse_duration(const char *text, int64_t *duration_ms,
                                    struct error *err);

#endif
