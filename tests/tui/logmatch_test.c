#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_log.h"

#include "base/mem.h"
#include "tui/logerror.h"
#include "tui/loglines.h"
#include "tui/logmatch.h"

#include <stdlib.h>
#include <string.h>

static bool matches(enum log_match_kind kind, const char *text,
                    const char *line)
{
    const struct log_match wanted = { .kind = kind, .text = text };
    struct logmatch match;
    bool result;

    logmatch_init(&match, &wanted);
    result = logmatch_line(&match, line, strlen(line));
    logmatch_release(&match);
    return result;
}

/* ---- texts ------------------------------------------------------------ */

static const struct {
    const char *text;
    const char *line;
    bool matches;
} cases[] = {
    { "needle", "a needle here", true },
    { "needle", "a NeEdLe here", true },
    { "Needle", "a needle here", false },
    { "Needle", "a Needle here", true },
    { "needle", "needl", false },
    { "n", "N", true },
    { "n", "m", false },
    { "ab", "aab", true },
    { "aab", "aaab", true },
    { "{", "[", false },
    { "[", "{", false },
    { "@x", "`x", false },
    { "a b", "A B", true },
    { "\xC3\xA4", "gr\xC3\xA4u", true },
    { "\xC3\xA4", "GR\xC3\x84U", false },
    { "needle", "nee\x1b[1mdle", true },
    { "needle", "\x1b[31mn\x1b[0me\x1b[1me\x1b[mdle", true },
    { "needle", "nee\x1b]0;title\adle", true },
    { "needle", "nee\x1b]0;title\x1b\\dle", true },
    { "needle", "nee\x1b(Bdle", true },
    { "needle", "\x1b]0;needle\a", false },
    { "needle", "\x1b]0;needle", false },
    { "31", "\x1b[31mred", false },
    { "red", "\x1b[31mred", true },
    { "m", "\x1b[31m", false },
    { "needle", "nee\x1b", false },
    { "", "anything", false },
};

static void texts_match_what_a_reader_sees(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (matches(LOG_MATCH_TEXT, cases[i].text, cases[i].line) !=
            cases[i].matches)
            fail_msg("'%s' in '%s'", cases[i].text, cases[i].line);
        if (*cases[i].text && matches(LOG_MATCH_NOT, cases[i].text,
                                      cases[i].line) == cases[i].matches)
            fail_msg("not '%s' in '%s'", cases[i].text, cases[i].line);
    }
}

static void nothing_matches_nothing(void **state)
{
    (void)state;
    assert_false(matches(LOG_MATCH_NOTHING, "a", "a"));
    assert_false(matches(LOG_MATCH_TEXT, NULL, "a"));
    assert_false(matches(LOG_MATCH_NOT, NULL, "a"));
    assert_false(matches(LOG_MATCH_NOT, "", "a"));
}

/* ---- errors ----------------------------------------------------------- */

static const char *const errors[] = {
    "error",
    "Error: it broke",
    "[ERROR] it broke",
    "level=error msg=x",
    "{\"level\":\"error\"}",
    "2 errors",
    "cp: cannot create regular file: No space left on device",
    "permission denied",
    "denied: requested access to the resource is denied",
    "10 errors",
    "1 failed, 0 errors",
    "errors: 3",
    "error: 0 is no port",
    "error: null pointer",
    "error: no such file",
    "error=5",
    "FATAL: out of it",
    "step failed",
    "build-failed",
    "a failure of b",
    "panic: runtime error",
    "Exception in thread \"main\"",
    "Traceback (most recent call last):",
    "TypeError: x is not a function",
    "java.lang.NullPointerException",
    "E: Unable to locate package",
    "\xE2\x9C\x96 1 problem",
    "\xE2\x9D\x8C no",
    "error",
    "0 errors, then a panic",
    "\x1b[31merror\x1b[0m: x",
    "\x1b[31mE\x1b[0m\x1b[1mR\x1b[mROR",
    "failed 3",
    "error\r",
};

static const char *const harmless[] = {
    "",
    "all is well",
    "0 errors",
    "no errors",
    "No error occurred",
    "0 failed",
    "zero errors",
    "without error",
    "non-fatal",
    "errors: 0",
    "errors: 0 warnings: 2",
    "failed: 0, passed: 3",
    "failed=0",
    "error=0 status=200",
    "error=nil status=200",
    "err error=<nil>",
    "{\"error\":null}",
    "{\"errors\": 0}",
    "error: none",
    "passed 5, failed 0",
    "error_count",
    "terror",
    "errorless",
    "onError handler",
    "CC src/error.c",
    "wrote errors.log",
    "failover",
    "ME: x",
    "E:x",
    "see E: x",
    "\x1b[31m0\x1b[0m errors",
    "\xE2\x9C\x94 done",
};

static void errors_are_told_from_talk_of_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        if (!matches(LOG_MATCH_ERRORS, NULL, errors[i]))
            fail_msg("'%s' is no error", errors[i]);
    }
    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        if (matches(LOG_MATCH_ERRORS, NULL, harmless[i]))
            fail_msg("'%s' is an error", harmless[i]);
    }
}

/* ---- many lines ------------------------------------------------------- */

struct found {
    const struct fixture_log *log;
    struct log_match match;
    size_t line; /* the next that the model has not been asked about */
};

static void pass_to(struct found *found, size_t line)
{
    for (; found->line < line; found->line++)
        assert_false(
            fixture_log_matches(found->log, found->line, &found->match));
}

static bool check(void *context, struct logplace line, struct logplace next)
{
    struct found *found = context;
    size_t index = fixture_log_at(found->log, line.at);

    pass_to(found, index);
    assert_true(fixture_log_matches(found->log, index, &found->match));
    assert_int_equal(found->log->lines[index].begin, line.at);
    assert_int_equal(found->log->lines[index].end, next.at);
    found->line = index + 1;
    return true;
}

/* What the fast way finds in many lines is what each line says by itself. */
static void expect_matches(const struct fixture_log *log,
                           const struct log_match *wanted)
{
    const struct logstretch stretch = { .bytes = strbuf_text(&log->bytes),
                                        .size = log->bytes.len,
                                        .piece = log->piece,
                                        .is_end = true };
    struct found found = { .log = log, .match = *wanted };
    struct logplace from = { 0 };
    struct logmatch match;

    logmatch_init(&match, wanted);
    from = loglines_match(&stretch, &match, from, INT64_MAX, check, &found);
    assert_int_equal(from.at, log->bytes.len);
    pass_to(&found, log->count);
    logmatch_release(&match);
}

static void many_lines_match_as_each_by_itself(void **state)
{
    static const char *const texts[] = { "needle", "Needle", "e", "x",
                                         "hay",    " ",      "\t" };
    unsigned chance = 99;

    (void)state;
    for (int round = 0; round < 60; round++) {
        struct fixture_log *log = fixture_log_new(round % 2 ? 64 : LOG_PIECE);

        fixture_log_babble(log, 60, &chance);
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
            expect_matches(log,
                           &(struct log_match){ LOG_MATCH_TEXT, texts[i] });
            expect_matches(log, &(struct log_match){ LOG_MATCH_NOT, texts[i] });
        }
        expect_matches(log, &(struct log_match){ LOG_MATCH_ERRORS, NULL });
        fixture_log_free(log);
    }
}

static void errors_are_found_among_many_lines(void **state)
{
    struct fixture_log *log = fixture_log_new(LOG_PIECE);
    unsigned chance = 1;

    (void)state;
    for (int i = 0; i < 500; i++) {
        unsigned kind = fixture_log_random(&chance, 4);

        if (kind == 0)
            fixture_log_puts(log,
                             errors[fixture_log_random(
                                 &chance, sizeof(errors) / sizeof(errors[0]))]);
        else if (kind == 1)
            fixture_log_puts(
                log, harmless[fixture_log_random(
                         &chance, sizeof(harmless) / sizeof(harmless[0]))]);
        else
            fixture_log_puts(log, "nothing of any interest to anybody here");
        fixture_log_puts(log, "\n");
    }
    expect_matches(log, &(struct log_match){ LOG_MATCH_ERRORS, NULL });
    fixture_log_free(log);
}

/* At every place relative to the runs that are looked at together. */
static void a_text_is_found_wherever_it_stands(void **state)
{
    enum { SIZE = 400 };
    static const char *const texts[] = { "q", "qz", "needle", "failed" };
    char bytes[SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const struct log_match wanted = { LOG_MATCH_TEXT, texts[i] };
        size_t size = strlen(texts[i]);
        struct logmatch match;

        logmatch_init(&match, &wanted);
        for (size_t at = 0; at + size <= SIZE; at++) {
            struct logseek seek = { 0 };

            memset(bytes, '.', SIZE);
            memcpy(bytes + at, texts[i], size);
            assert_int_equal(logmatch_seek(&match, &seek, bytes, SIZE, 0), at);
            assert_int_equal(logmatch_seek(&match, &seek, bytes, SIZE, at), at);
            assert_int_equal(logmatch_seek(&match, &seek, bytes, SIZE, at + 1),
                             SIZE);
            assert_int_equal(logerror_seek(bytes, SIZE, 0), i == 3 ? at : SIZE);
        }
        logmatch_release(&match);
    }
}

static void newlines_are_counted_in_any_size(void **state)
{
    char bytes[1000];
    int64_t newlines = 0;

    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    for (size_t size = 0; size < sizeof(bytes); size++) {
        assert_int_equal(mem_count(bytes, size, '\n'), newlines);
        if (size % 3 == 0 || size > 500) {
            bytes[size] = '\n';
            newlines++;
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_match_what_a_reader_sees),
        cmocka_unit_test(nothing_matches_nothing),
        cmocka_unit_test(errors_are_told_from_talk_of_them),
        cmocka_unit_test(many_lines_match_as_each_by_itself),
        cmocka_unit_test(errors_are_found_among_many_lines),
        cmocka_unit_test(a_text_is_found_wherever_it_stands),
        cmocka_unit_test(newlines_are_counted_in_any_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
