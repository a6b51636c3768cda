#include "core/statelog.h"

#include "base/redact.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

static struct statelog parsed(enum statelog_kind kind, const char *text)
{
    struct statelog log = { 0 };

    statelog_parse(&log, kind, text, strlen(text));
    return log;
}

static void statelog_reads_checkpoints_in_order(void **unused)
{
    struct statelog log = parsed(STATELOG_CHECKPOINTS,
                                 "2026-11-21T17:00:00Z step-010-a in_progress\n"
                                 "2026-11-21T17:00:05Z step-010-a completed\n");

    (void)unused;
    assert_int_equal(log.count, 2);
    assert_string_equal(log.entries[0].step, "step-010-a");
    assert_int_equal(log.entries[0].status, STATUS_IN_PROGRESS);
    assert_string_equal(log.entries[1].time, "2026-11-21T17:00:05Z");
    assert_int_equal(log.entries[1].status, STATUS_COMPLETED);
    assert_int_equal(log.entries[1].time_ms - log.entries[0].time_ms, 5000);
    assert_null(log.entries[0].message);
    assert_int_equal(log.unreadable, 0);
    assert_false(log.is_torn);
    statelog_release(&log);
}

static void statelog_reads_remarks(void **unused)
{
    static const struct {
        const char *line;
        const char *step;
        const char *message;
        enum state_level level;
    } cases[] = {
        { "2026-11-21T17:00:00Z ERROR [step-010-a]: it broke\n", "step-010-a",
          "it broke", STATE_ERROR },
        { "2026-11-21T17:00:00Z WARNING [step-010-a]: slow: [x]: y\n",
          "step-010-a", "slow: [x]: y", STATE_WARNING },
        { "2026-11-21T17:00:00.123Z INFO [a b]: \n", "a b", "", STATE_INFO },
        { "2026-11-21T17:00:00Z ERROR []:tight\r\n", "", "tight", STATE_ERROR },
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct statelog log = parsed(STATELOG_ERRORS, cases[i].line);

        assert_int_equal(log.count, 1);
        assert_string_equal(log.entries[0].step, cases[i].step);
        assert_string_equal(log.entries[0].message, cases[i].message);
        assert_int_equal(log.entries[0].level, cases[i].level);
        statelog_release(&log);
    }
}

static void statelog_counts_foreign_lines(void **unused)
{
    static const struct {
        enum statelog_kind kind;
        const char *line;
    } cases[] = {
        { STATELOG_CHECKPOINTS, "2026-11-21T17:00:00Z step-010-a skipped\n" },
        { STATELOG_CHECKPOINTS,
          "2026-11-21T17:00:00Z step-010-a completed x\n" },
        { STATELOG_CHECKPOINTS, "2026-11-21T17:00:00Z step-010-a\n" },
        { STATELOG_CHECKPOINTS, "2026-11-21T17:00:00Z  completed\n" },
        { STATELOG_CHECKPOINTS, "yesterday step-010-a completed\n" },
        { STATELOG_CHECKPOINTS,
          "2026-11-21T17:00:00Z-and-a-time-that-never-ends a completed\n" },
        { STATELOG_ERRORS, "a line of a stack trace\n" },
        { STATELOG_ERRORS, "2026-11-21T17:00:00Z FATAL [a]: b\n" },
        { STATELOG_ERRORS, "2026-11-21T17:00:00Z ERROR a: b\n" },
        { STATELOG_ERRORS, "2026-11-21T17:00:00Z ERROR [a b\n" },
        { STATELOG_ERRORS, "2026-11-21T17:00:00Z ERROR \n" },
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct statelog log = parsed(cases[i].kind, cases[i].line);

        if (log.count || log.unreadable != 1)
            fail_msg("taken as an entry: %s", cases[i].line);
        statelog_release(&log);
    }
}

static void statelog_refuses_a_line_with_a_nul(void **unused)
{
    static const char line[] = "2026-11-21T17:00:00Z ERROR [a]: b\0c\n";
    struct statelog log = { 0 };

    (void)unused;
    statelog_parse(&log, STATELOG_ERRORS, line, sizeof(line) - 1);
    assert_int_equal(log.count, 0);
    assert_int_equal(log.unreadable, 1);
    statelog_release(&log);
}

static void statelog_does_not_believe_a_torn_line(void **unused)
{
    struct statelog log =
        parsed(STATELOG_CHECKPOINTS, "\n2026-11-21T17:00:00Z a completed\n"
                                     "2026-11-21T17:00:00Z b completed");

    (void)unused;
    assert_int_equal(log.count, 1);
    assert_string_equal(log.entries[0].step, "a");
    assert_int_equal(log.unreadable, 0);
    assert_true(log.is_torn);
    statelog_release(&log);
}

static void statelog_duration_needs_a_start_and_an_end(void **unused)
{
    static const struct {
        const char *text;
        int64_t duration_ms;
    } cases[] = {
        { "", -1 },
        { "2026-11-21T17:00:00Z a in_progress\n", -1 },
        { "2026-11-21T17:00:00Z a completed\n", -1 },
        { "2026-11-21T17:00:00Z a in_progress\n"
          "2026-11-21T17:00:01Z b in_progress\n"
          "2026-11-21T17:00:03Z a failed\n",
          3000 },
        { "2026-11-21T17:00:00Z a in_progress\n"
          "2026-11-21T17:00:03Z a completed\n"
          "2026-11-21T17:00:09Z a completed\n",
          -1 },
        { "2026-11-21T17:00:09Z a in_progress\n"
          "2026-11-21T17:00:03Z a completed\n",
          -1 },
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct statelog log = parsed(STATELOG_CHECKPOINTS, cases[i].text);

        assert_int_equal(statelog_duration(&log, "a"), cases[i].duration_ms);
        statelog_release(&log);
    }
}

static void statelog_sort_keeps_the_order_of_one_second(void **unused)
{
    struct statelog log =
        parsed(STATELOG_ERRORS, "2026-11-21T17:00:03Z ERROR [s]: d\n"
                                "2026-11-21T17:00:01Z ERROR [s]: a\n"
                                "2026-11-21T17:00:02Z ERROR [s]: b\n"
                                "2026-11-21T17:00:03Z ERROR [s]: e\n"
                                "2026-11-21T17:00:02Z ERROR [s]: c\n");

    (void)unused;
    statelog_sort(&log);
    assert_int_equal(log.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(log.entries[i].message[0], "abcde"[i]);
    statelog_release(&log);
}

static void statelog_redact_masks_messages(void **unused)
{
    struct statelog log =
        parsed(STATELOG_ERRORS,
               "2026-11-21T17:00:00Z ERROR [s]: login with hunter2secret\n");
    struct redact *redact = redact_new();

    (void)unused;
    assert_int_equal(redact_add(redact, "hunter2secret"), REDACT_ADDED);
    redact_seal(redact);
    statelog_redact(&log, redact);
    assert_string_equal(log.entries[0].message, "login with ***");
    redact_free(redact);
    statelog_release(&log);
}

static void statelog_read_takes_an_absent_file_as_empty(void **unused)
{
    char dir[] = "/tmp/statelog-XXXXXX";
    struct error err = { 0 };
    struct statelog log = { 0 };
    struct state *state;
    char path[128];

    (void)unused;
    assert_non_null(mkdtemp(dir));
    state = state_open(dir, NULL, STATE_READ, &err);
    assert_true(statelog_read(&log, state, STATELOG_ERRORS, &err));
    state_free(state);
    state = state_open(dir, NULL, STATE_WRITE, &err);
    assert_true(statelog_read(&log, state, STATELOG_ERRORS, &err));
    assert_int_equal(log.count, 0);
    state_log(state, STATE_ERROR, "step-010-a", "it broke", 1000);
    assert_true(statelog_read(&log, state, STATELOG_ERRORS, &err));
    assert_int_equal(log.count, 1);
    assert_string_equal(log.entries[0].message, "it broke");
    assert_int_equal(log.entries[0].time_ms, 1000);
    statelog_release(&log);

    /* A folder in its place is no absent file. */
    snprintf(path, sizeof(path), "%s/.deployment-state/warnings.log", dir);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(statelog_read(&log, state, STATELOG_WARNINGS, &err));
    assert_true(error_is_set(&err));
    state_free(state);
    snprintf(path, sizeof(path), "rm -rf '%s'", dir);
    assert_int_equal(system(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statelog_reads_checkpoints_in_order),
        cmocka_unit_test(statelog_reads_remarks),
        cmocka_unit_test(statelog_counts_foreign_lines),
        cmocka_unit_test(statelog_refuses_a_line_with_a_nul),
        cmocka_unit_test(statelog_does_not_believe_a_torn_line),
        cmocka_unit_test(statelog_duration_needs_a_start_and_an_end),
        cmocka_unit_test(statelog_sort_keeps_the_order_of_one_second),
        cmocka_unit_test(statelog_redact_masks_messages),
        cmocka_unit_test(statelog_read_takes_an_absent_file_as_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
