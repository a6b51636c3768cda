/* Times and durations as text: what is read is written back the same. */
#include "base/clock.h"
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* 60 is a leap second, which reads as the second after. */
static void check_moment(const char *text)
{
    char again[CLOCK_TEXT_SIZE];
    int64_t wall_ms, read_ms;
    bool has_millis = strlen(text) == strlen("2026-11-21T17:00:00.000Z");

    if (!clock_parse(text, &wall_ms))
        return;
    if (has_millis)
        clock_format_millis(wall_ms, again);
    else
        clock_format_seconds(wall_ms, again);
    if (memcmp(text + 17, "60", 2) != 0)
        check(strcmp(text, again) == 0);
    else if (memcmp(text, "9999-12-31T23:59", 16) != 0)
        check(clock_parse(again, &read_ms) && read_ms == wall_ms);
}

static void check_duration(const char *text)
{
    struct error err = { 0 };
    char shown[CLOCK_TEXT_SIZE];
    int64_t duration_ms = -1;

    if (clock_parse_duration(text, &duration_ms, &err)) {
        check(duration_ms >= 0 && duration_ms <= 366LL * 24 * 3600 * 1000);
        check(!error_is_set(&err));
        clock_format_duration(duration_ms, shown);
        check(shown[0] && strlen(shown) < sizeof(shown));
    } else {
        check(err.code == ERROR_INPUT && err.hint[0]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_bytes((const char *)data, size);
    char shown[CLOCK_TEXT_SIZE];
    int64_t wall_ms;

    check_moment(text);
    check_duration(text);
    if (size >= sizeof(wall_ms)) {
        memcpy(&wall_ms, data, sizeof(wall_ms));
        check(clock_format_seconds(wall_ms, shown)[0]);
        check(clock_format_millis(wall_ms, shown)[0]);
        check(clock_format_compact(wall_ms, shown)[0]);
        clock_format_local(wall_ms, shown);
        clock_format_duration(wall_ms, shown);
    }
    free(text);
    return 0;
}
