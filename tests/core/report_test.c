#include "core/report.h"

#include "base/clock.h"
#include "base/fileio.h"
#include "base/redact.h"
#include "core/lock.h"
#include "core/report_text.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#define RUN "20261121T170000Z-7f3c"

#define ENVELOPE(seconds, type)                                                \
    "{\"v\":1,\"time\":\"2026-11-21T17:00:" seconds ".000Z\",\"run\":\"" RUN   \
    "\",\"type\":\"" type "\","

#define START                                                                  \
    ENVELOPE("00", "run.start")                                                \
    "\"command\":\"deploy\",\"project\":\"<acme>\",\"target\":\"none\","       \
    "\"pid\":1,\"plan\":["                                                     \
    "{\"step\":\"step-010-a\",\"number\":10,\"title\":\"A\","                  \
    "\"action\":\"skip\",\"reason\":\"already completed\"},"                   \
    "{\"step\":\"step-020-b\",\"number\":20,\"title\":\"B & B\","              \
    "\"action\":\"run\",\"reason\":\"has not run yet\"},"                      \
    "{\"step\":\"step-030-c\",\"number\":30,\"title\":\"C\","                  \
    "\"action\":\"run\",\"reason\":\"has not run yet\"},"                      \
    "{\"step\":\"step-040-d\",\"number\":40,\"title\":\"D\","                  \
    "\"action\":\"run\",\"reason\":\"has not run yet\"}]}\n" ENVELOPE(         \
        "00", "step.end") "\"step\":\"step-010-a\","                           \
                          "\"status\":\"skipped\",\"completed\":true,"         \
                          "\"message\":\"already completed\"}\n" ENVELOPE(     \
                              "00", "step.start") "\"step\":\"step-020-b\"}\n"

#define FAILURE                                                                \
    ENVELOPE("03", "step.end")                                                 \
    "\"step\":\"step-020-b\","                                                 \
    "\"status\":\"failed\",\"duration_ms\":3007,\"exit_status\":7,"            \
    "\"attempt\":2,\"message\":\"a < b | \\\"c\\\" & `d`\","                   \
    "\"suggestion\":\"try *this*\"}\n" ENVELOPE(                               \
        "03", "error") "\"step\":\"step-020-b\","                              \
                       "\"message\":\"a < b | \\\"c\\\" & `d`\","              \
                       "\"suggestion\":\"try *this*\"}\n" ENVELOPE(            \
                           "03",                                               \
                           "step.end") "\"step\":\"step-030-c\","              \
                                       "\"status\":\"blocked\",\"message\":"   \
                                       "\"needs step-020-b\"}\n"

#define END(status)                                                            \
    ENVELOPE("05", "run.end")                                                  \
    "\"exit_status\":" status ",\"summary\":{\"elapsed_ms\":5250}}\n"

struct fixture {
    char dir[32];
    struct state *state;
};

static int set_up(void **context)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct error err = { 0 };

    strcpy(fixture->dir, "/tmp/report-XXXXXX");
    if (!mkdtemp(fixture->dir))
        return -1;
    fixture->state = state_open(fixture->dir, NULL, STATE_WRITE, &err);
    *context = fixture;
    return fileio_make_dirs(state_fd(fixture->state), "runs/" RUN, 0700, &err)
               ? 0
               : -1;
}

static int tear_down(void **context)
{
    struct fixture *fixture = *context;
    struct error err = { 0 };
    bool ok;

    state_free(fixture->state);
    ok = fileio_remove_tree(AT_FDCWD, fixture->dir, &err);
    free(fixture);
    return ok ? 0 : -1;
}

static void write_file(const struct fixture *fixture, const char *path,
                       const char *text)
{
    struct error err = { 0 };

    assert_true(fileio_replace(state_fd(fixture->state), path, text,
                               strlen(text), 0600, FILEIO_LAZY, &err));
}

static struct report loaded(const struct fixture *fixture, const char *journal)
{
    struct report report;

    write_file(fixture, "runs/" RUN "/events.ndjson", journal);
    report_load(&report, fixture->state, RUN, NULL);
    return report;
}

static void report_tells_how_a_run_ended(void **context)
{
    static const struct {
        const char *journal;
        const char *result;
    } cases[] = {
        { START END("0"), "done" },          { START END("3"), "failed" },
        { START END("20"), "failed" },       { START END("4"), "blocked" },
        { START END("6"), "cancelled" },     { START, "interrupted" },
        { START "{\"v\":1", "interrupted" }, { "", "interrupted" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct report report = loaded(*context, cases[i].journal);

        assert_string_equal(report_result_name(report.result), cases[i].result);
        report_release(&report);
    }
}

static void report_of_the_run_that_holds_the_lock_is_running(void **context)
{
    struct fixture *fixture = *context;
    struct error err = { 0 };
    struct report report;
    struct lock *lock = lock_acquire(state_fd(fixture->state), 0, NULL,
                                     clock_system(), &err, &err);

    assert_non_null(lock);
    lock_describe(lock, RUN, NULL, NULL);
    report = loaded(fixture, START);
    assert_int_equal(report.result, REPORT_RUNNING);
    assert_string_equal(
        report_step_word(&report, run_model_step(&report.model, "step-020-b")),
        "in_progress");
    report_release(&report);

    lock_describe(lock, "20261121T180000Z-0000", NULL, NULL);
    report = loaded(fixture, START);
    assert_int_equal(report.result, REPORT_INTERRUPTED);
    report_release(&report);
    lock_release(lock);
}

static void report_of_an_absent_journal_is_unreadable(void **context)
{
    struct fixture *fixture = *context;
    struct report report;

    report_load(&report, fixture->state, "nowhere", NULL);
    assert_int_equal(report.result, REPORT_UNREADABLE);
    assert_true(error_is_set(&report.error));
    assert_int_equal(report_duration(&report, 1000), -1);
    report_release(&report);
}

static void report_names_what_stopped_the_run(void **context)
{
    struct report report = loaded(*context, START FAILURE END("3"));

    assert_string_equal(report_culprit(&report)->id, "step-020-b");
    assert_int_equal(report_completed(&report), 1);
    assert_int_equal(report_duration(&report, 0), 5250);
    assert_string_equal(report_step_word(&report, &report.model.steps[3]),
                        "not reached");
    report_release(&report);
    report = loaded(*context, START);
    assert_string_equal(report_culprit(&report)->id, "step-020-b");
    assert_string_equal(report_step_word(&report, report_culprit(&report)),
                        "interrupted");
    report_release(&report);
}

static void report_remarks_on_a_journal_that_is_not_whole(void **context)
{
    struct report report = loaded(*context, START END("0"));
    char *remark = report_remark(&report);

    assert_null(remark);
    report_release(&report);
    report = loaded(*context, START "rubbish\n{\"v\":1,\"ty");
    remark = report_remark(&report);
    assert_string_equal(remark, "2 lines of the journal could not be read");
    free(remark);
    report_release(&report);
    report = loaded(*context, "{\"v\":2,\"type\":\"run.end\"}\n");
    remark = report_remark(&report);
    assert_non_null(strstr(remark, "newer version"));
    free(remark);
    report_release(&report);
}

static void report_junit_has_a_case_for_each_step(void **context)
{
    struct report report = loaded(*context, START FAILURE END("3"));
    struct strbuf out = { 0 };

    write_file(*context, "runs/" RUN "/step-020-b.log",
               "\x1b[31mred\x1b[0m <&>\x01\n");
    report_junit(&report, &out);
    assert_non_null(strstr(
        strbuf_text(&out),
        "<testsuite name=\"deploy\" tests=\"4\" failures=\"1\" errors=\"1\" "
        "skipped=\"2\" time=\"5.250\" timestamp=\"2026-11-21T17:00:00\">"));
    assert_non_null(strstr(strbuf_text(&out),
                           "<testcase classname=\"&lt;acme&gt;\" "
                           "name=\"step-020-b\" time=\"3.007\">"));
    assert_non_null(strstr(strbuf_text(&out),
                           "<failure type=\"exit\" message=\"a &lt; b | "
                           "&quot;c&quot; &amp; `d`\">"));
    assert_non_null(strstr(strbuf_text(&out),
                           "<system-out>red &lt;&amp;&gt;\n</system-out>"));
    assert_non_null(strstr(strbuf_text(&out), "<error type=\"blocked\""));
    assert_non_null(
        strstr(strbuf_text(&out), "<skipped message=\"already completed\"/>"));
    assert_non_null(
        strstr(strbuf_text(&out), "<skipped message=\"not reached\"/>"));
    strbuf_release(&out);
    report_release(&report);
}

static void report_junit_tells_of_errors_outside_of_steps(void **context)
{
    struct report report =
        loaded(*context, START ENVELOPE("04", "error") "\"message\":\"hooks/"
                                                       "pre-run failed\"}\n");
    struct strbuf out = { 0 };

    report_junit(&report, &out);
    assert_non_null(strstr(strbuf_text(&out), "tests=\"5\" failures=\"0\" "
                                              "errors=\"2\""));
    assert_non_null(strstr(strbuf_text(&out), "<error type=\"interrupted\""));
    assert_non_null(strstr(strbuf_text(&out), "name=\"run\" time=\"0.000\">"));
    strbuf_release(&out);
    report_release(&report);
}

static void report_markdown_escapes_foreign_text(void **context)
{
    struct report report = loaded(*context, START FAILURE END("3"));
    struct strbuf out = { 0 };

    report_markdown(&report, &out);
    assert_non_null(strstr(strbuf_text(&out), "# &lt;acme>: deploy failed"));
    assert_non_null(
        strstr(strbuf_text(&out), "| ✖ | step-020-b | failed | 3.0s | 2 |"));
    assert_non_null(strstr(strbuf_text(&out),
                           "**step-020-b**: a &lt; b \\| \"c\" &amp; \\`d\\`"));
    assert_non_null(strstr(strbuf_text(&out), "Suggestion: try \\*this\\*"));
    strbuf_release(&out);
    report_release(&report);
}

static void report_html_needs_nothing_from_outside(void **context)
{
    struct report report = loaded(*context, START FAILURE END("3"));
    struct strbuf out = { 0 };

    write_file(*context, "runs/" RUN "/step-020-b.log", "<script>\n");
    report_html(&report, &out);
    assert_non_null(strstr(strbuf_text(&out), "<title>&lt;acme&gt;: deploy"));
    assert_non_null(strstr(strbuf_text(&out), "B &amp; B"));
    assert_non_null(strstr(strbuf_text(&out), "<pre>&lt;script&gt;\n</pre>"));
    assert_non_null(strstr(strbuf_text(&out), "prefers-color-scheme:dark"));
    assert_null(strstr(strbuf_text(&out), "http"));
    assert_null(strstr(strbuf_text(&out), "<script"));
    assert_null(strstr(strbuf_text(&out), "src="));
    strbuf_release(&out);
    report_release(&report);
}

static void report_json_holds_the_model(void **context)
{
    struct report report = loaded(*context, START FAILURE END("3"));
    json_t *json = report_json(&report);
    json_t *step = json_array_get(json_object_get(json, "steps"), 1);

    assert_string_equal(json_string_value(json_object_get(json, "result")),
                        "failed");
    assert_string_equal(json_string_value(json_object_get(json, "started")),
                        "2026-11-21T17:00:00.000Z");
    assert_int_equal(json_array_size(json_object_get(json, "steps")), 4);
    assert_string_equal(json_string_value(json_object_get(json, "failed_step")),
                        "step-020-b");
    assert_int_equal(json_integer_value(json_object_get(step, "exit_status")),
                     7);
    json_decref(json);
    report_release(&report);
}

static void report_masks_what_has_become_secret(void **context)
{
    struct fixture *fixture = *context;
    struct redact *redact = redact_new();
    struct strbuf out = { 0 };
    struct report report;

    assert_int_equal(redact_add(redact, "try *this*"), REDACT_ADDED);
    assert_int_equal(redact_add(redact, "<acme>"), REDACT_ADDED);
    redact_seal(redact);
    write_file(fixture, "runs/" RUN "/events.ndjson", START FAILURE END("3"));
    write_file(fixture, "runs/" RUN "/step-020-b.log", "do try *this*\n");
    report_load(&report, fixture->state, RUN, redact);
    assert_string_equal(report.model.steps[1].suggestion, "***");
    report_junit(&report, &out);
    assert_null(strstr(strbuf_text(&out), "this"));
    assert_non_null(strstr(strbuf_text(&out), "do ***\n"));
    strbuf_clear(&out);
    report_html(&report, &out);
    assert_null(strstr(strbuf_text(&out), "acme"));
    strbuf_clear(&out);
    report_markdown(&report, &out);
    assert_null(strstr(strbuf_text(&out), "acme"));
    strbuf_release(&out);
    report_release(&report);
    redact_free(redact);
}

static void report_log_tail_begins_with_a_line(void **context)
{
    struct report report = loaded(*context, START);
    struct strbuf log = { 0 }, out = { 0 };

    for (int i = 0; i < 20000; i++)
        strbuf_addf(&log, "line %d\n", i);
    write_file(*context, "runs/" RUN "/step-020-b.log", log.data);
    report_log_tail(&report, "step-020-b", &out);
    assert_true(out.len <= REPORT_LOG_TAIL);
    assert_true(out.len > REPORT_LOG_TAIL - 16);
    assert_memory_equal(out.data, "line ", 5);
    assert_string_equal(out.data + out.len - 11, "line 19999\n");
    strbuf_clear(&out);
    report_log_tail(&report, "../../../../etc/passwd", &out);
    assert_int_equal(out.len, 0);
    strbuf_release(&log);
    strbuf_release(&out);
    report_release(&report);
}

static void report_escape_xml_leaves_out_what_xml_forbids(void **context)
{
    static const char bytes[] = "a\x01\x1b\t\n\xEF\xBF\xBE\xEF\xBF\xBF\xFF<'b";
    struct strbuf out = { 0 };

    (void)context;
    report_escape_xml(bytes, sizeof(bytes) - 1, &out);
    assert_string_equal(strbuf_text(&out), "a\t\n\xEF\xBF\xBD&lt;&#39;b");
    strbuf_release(&out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(report_tells_how_a_run_ended),
        TEST(report_of_the_run_that_holds_the_lock_is_running),
        TEST(report_of_an_absent_journal_is_unreadable),
        TEST(report_names_what_stopped_the_run),
        TEST(report_remarks_on_a_journal_that_is_not_whole),
        TEST(report_junit_has_a_case_for_each_step),
        TEST(report_junit_tells_of_errors_outside_of_steps),
        TEST(report_markdown_escapes_foreign_text),
        TEST(report_html_needs_nothing_from_outside),
        TEST(report_json_holds_the_model),
        TEST(report_masks_what_has_become_secret),
        TEST(report_log_tail_begins_with_a_line),
        TEST(report_escape_xml_leaves_out_what_xml_forbids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
