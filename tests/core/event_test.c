#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/jsonx.h"
#include "base/redact.h"
#include "core/event.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void expect_json(const struct event *event, const char *text)
{
    char *line = jsonx_line(event_json(event));

    assert_string_equal(line, text);
    free(line);
}

static struct event *parse(const char *line)
{
    struct error err = { 0 };
    struct event *event = event_parse(line, strlen(line), &err);

    if (!event)
        fail_msg("%s", err.message);
    return event;
}

static void event_begins_with_its_envelope(void **state)
{
    struct event *event = event_new(EVENT_STEP_END);

    (void)state;
    expect_json(event, "{\"v\":1,\"seq\":0,\"time\":\"\",\"run\":\"\","
                       "\"type\":\"step.end\"}");
    event_unref(event);
}

static void event_of_output_is_data_and_has_no_number(void **state)
{
    struct event *event = event_new(EVENT_STEP_OUTPUT);

    (void)state;
    assert_null(event_get(event, "seq"));
    assert_string_equal(event_text(event, "type"), "step.output");
    event_unref(event);
}

static void event_members_are_read_as_they_were_set(void **state)
{
    struct event *event = event_new(EVENT_STEP_END);

    (void)state;
    event_set_text(event, "step", "step-010-a");
    event_set_text(event, "message", NULL);
    event_set_int(event, "duration_ms", INT64_C(5000000000));
    event_set_bool(event, "critical", true);
    event_set(event, "plan", json_array());
    assert_string_equal(event_text(event, "step"), "step-010-a");
    assert_null(event_get(event, "message"));
    assert_null(event_text(event, "message"));
    assert_int_equal(event_int(event, "duration_ms", 0), INT64_C(5000000000));
    assert_int_equal(event_int(event, "exit_status", -1), -1);
    assert_true(event_bool(event, "critical"));
    assert_false(event_bool(event, "cancelled"));
    assert_true(json_is_array(event_get(event, "plan")));
    assert_null(event_text(event, "plan"));
    assert_int_equal(event_int(event, "step", 7), 7);
    assert_int_equal(event_type(event), EVENT_STEP_END);
    event_unref(event);
}

static void event_texts_become_valid_utf8(void **state)
{
    struct event *event = event_new(EVENT_WARNING);

    (void)state;
    event_set_text(event, "message", "a\xff\xc3z");
    assert_string_equal(event_text(event, "message"),
                        "a\xef\xbf\xbd\xef\xbf\xbdz");
    event_unref(event);
}

static void event_survives_its_line(void **state)
{
    struct event *event = event_new(EVENT_PROMPT);
    struct event *again;
    char *line;

    (void)state;
    event_set_text(event, "message", "two\nlines, \"quoted\", \x1b[31m, ✔");
    event_set_int(event, "prompt", 3);
    line = jsonx_line(event_json(event));
    assert_null(strchr(line, '\n'));
    again = parse(line);
    assert_int_equal(event_type(again), EVENT_PROMPT);
    assert_true(json_equal(event_json(event), event_json(again)));
    free(line);
    event_unref(again);
    event_unref(event);
}

static void event_knows_its_type_by_name(void **state)
{
    static const char *const names[] = {
        "run.start",   "step.start", "step.output", "step.progress",
        "step.retry",  "step.end",   "checkpoint",  "cloud.operation",
        "cloud.phase", "diagnosis",  "prompt",      "answer",
        "warning",     "error",      "verdict",     "run.end",
    };

    (void)state;
    assert_int_equal(COUNT(names), EVENT_UNKNOWN);
    for (int i = 0; i < EVENT_UNKNOWN; i++) {
        struct event *event = event_new((enum event_type)i);
        char *line = jsonx_line(event_json(event));
        struct event *again = parse(line);

        assert_string_equal(event_type_name((enum event_type)i), names[i]);
        assert_int_equal(event_type(again), i);
        free(line);
        event_unref(again);
        event_unref(event);
    }
}

static void event_of_a_newer_version_is_read_as_far_as_possible(void **state)
{
    struct event *event = parse("{\"v\":2,\"seq\":9,\"type\":\"moon.landing\","
                                "\"step\":\"step-010-a\",\"crew\":3}");

    (void)state;
    assert_int_equal(event_type(event), EVENT_UNKNOWN);
    assert_string_equal(event_text(event, "type"), "moon.landing");
    assert_int_equal(event_int(event, "crew", 0), 3);
    assert_int_equal(event_time(event), 0);
    event_unref(event);
}

static void event_refuses_lines_that_are_none(void **state)
{
    static const char *const lines[] = {
        "",
        "{",
        "[]",
        "\"run.end\"",
        "{}",
        "null",
        "{\"v\":1}",
        "{\"type\":1}",
        "{\"type\":\"run.end\"",
        "{\"type\":\"run.end\"} x",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct error err = { 0 };

        assert_null(event_parse(lines[i], strlen(lines[i]), &err));
        assert_int_equal(err.code, ERROR_INPUT);
        assert_string_not_equal(err.message, "");
    }
}

static void event_time_is_wall_time(void **state)
{
    struct event *event = event_new(EVENT_WARNING);

    (void)state;
    assert_int_equal(event_time(event), 0);
    event_set_text(event, "time", "2026-11-21T17:00:00.123Z");
    assert_int_equal(event_time(event), FIXTURE_TIME + 123);
    event_set_text(event, "time", "yesterday");
    assert_int_equal(event_time(event), 0);
    event_unref(event);
}

static void event_redaction_masks_texts_at_any_depth(void **state)
{
    struct redact *redact = redact_new();
    struct event *event = event_new(EVENT_RUN_START);

    (void)state;
    assert_int_equal(redact_add(redact, "hunter2hunter2"), REDACT_ADDED);
    redact_seal(redact);
    event_set_text(event, "message", "see hunter2hunter2 there");
    event_set(event, "plan",
              json_pack("[{s:s,s:i,s:[s,b]}]", "reason", "hunter2hunter2",
                        "number", 4, "more", "a hunter2hunter2", 1));
    event_redact(event, redact);
    assert_string_equal(event_text(event, "message"), "see *** there");
    expect_json(event, "{\"v\":1,\"seq\":0,\"time\":\"\",\"run\":\"\","
                       "\"type\":\"run.start\",\"message\":\"see *** there\","
                       "\"plan\":[{\"reason\":\"***\",\"number\":4,"
                       "\"more\":[\"a ***\",true]}]}");
    event_unref(event);
    redact_free(redact);
}

static void event_redaction_spares_the_words_others_rely_on(void **state)
{
    struct redact *redact = redact_new();
    struct event *event = event_new(EVENT_STEP_END);

    (void)state;
    assert_int_equal(redact_add(redact, "completed"), REDACT_ADDED);
    assert_int_equal(redact_add(redact, "step.end"), REDACT_ADDED);
    assert_int_equal(redact_add(redact, "step-010-a"), REDACT_ADDED);
    redact_seal(redact);
    event_set_text(event, "run", "completed");
    event_set_text(event, "time", "completed");
    event_set_text(event, "step", "step-010-a");
    event_set_text(event, "status", "completed");
    event_set_text(event, "message", "completed");
    event_redact(event, redact);
    expect_json(event, "{\"v\":1,\"seq\":0,\"time\":\"completed\","
                       "\"run\":\"completed\",\"type\":\"step.end\","
                       "\"step\":\"step-010-a\",\"status\":\"completed\","
                       "\"message\":\"***\"}");
    event_unref(event);
    redact_free(redact);
}

enum { SHARERS = 4, SHARES = 2000 };

static void *share(void *opaque)
{
    struct event *event = opaque;

    for (int i = 0; i < SHARES; i++)
        event_unref(event_ref(event));
    event_unref(event);
    return NULL;
}

static void event_is_shared_between_threads(void **state)
{
    struct event *event = event_new(EVENT_WARNING);
    pthread_t threads[SHARERS];

    (void)state;
    for (int i = 0; i < SHARERS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, share, event_ref(event)), 0);
    for (int i = 0; i < SHARERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(event_type(event), EVENT_WARNING);
    event_unref(event);
    event_unref(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_begins_with_its_envelope),
        cmocka_unit_test(event_of_output_is_data_and_has_no_number),
        cmocka_unit_test(event_members_are_read_as_they_were_set),
        cmocka_unit_test(event_texts_become_valid_utf8),
        cmocka_unit_test(event_survives_its_line),
        cmocka_unit_test(event_knows_its_type_by_name),
        cmocka_unit_test(event_of_a_newer_version_is_read_as_far_as_possible),
        cmocka_unit_test(event_refuses_lines_that_are_none),
        cmocka_unit_test(event_time_is_wall_time),
        cmocka_unit_test(event_redaction_masks_texts_at_any_depth),
        cmocka_unit_test(event_redaction_spares_the_words_others_rely_on),
        cmocka_unit_test(event_is_shared_between_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
