#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "emulator/fault.h"

#include <stdio.h>
#include <string.h>

static int set_up(void **state)
{
    static struct emulator emulator;

    emulator = (struct emulator){ 0 };
    emulator_init(&emulator);
    *state = &emulator;
    return 0;
}

static int tear_down(void **state)
{
    emulator_release(*state);
    return 0;
}

static void add(struct emulator *emulator, const char *text)
{
    struct error err = { 0 };

    if (!fault_add(emulator, text, &err))
        fail_msg("%s: %s", text, err.message);
}

static void fault_refuses_what_it_does_not_know(void **state)
{
    static const char *const wrong[] = {
        "",
        ":",
        "throttle",
        "apprunner.UpdateService",
        "apprunner.UpdateService:",
        "apprunner.UpdateService:explode",
        "apprunner.UpdateService:throttle@",
        "apprunner.UpdateService:throttle@0",
        "apprunner.UpdateService:throttle@3-2",
        "apprunner.UpdateService:throttle@1-",
        "apprunner.UpdateService:throttle@-1",
        "apprunner.UpdateService:slow=",
        "apprunner.UpdateService:slow=soon",
        "apprunner.:throttle",
        "operation:throttle",
        "operation:fail@x",
        "weather:bad",
        "apprunner@1:throttle",
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct error err = { 0 };

        if (fault_add(*state, wrong[i], &err))
            fail_msg("'%s' is taken", wrong[i]);
        assert_int_equal(err.code, ERROR_INPUT);
        assert_true(err.hint[0]);
    }
}

static void expect_call(struct emulator *emulator, const char *operation,
                        const char *kind)
{
    int64_t value = 0;
    const char *found = fault_of_call(emulator, "apprunner", operation, &value);

    if (!kind != !found || (kind && strcmp(kind, found) != 0))
        fail_msg("%s: '%s' instead of '%s'", operation, found ? found : "none",
                 kind ? kind : "none");
}

static void fault_concerns_the_calls_of_its_range(void **state)
{
    add(*state, "apprunner.UpdateService:throttle@2-3");
    expect_call(*state, "UpdateService", NULL);
    expect_call(*state, "ListServices", NULL);
    expect_call(*state, "UpdateService", "throttle");
    expect_call(*state, "UpdateService", "throttle");
    expect_call(*state, "UpdateService", NULL);
}

static void fault_concerns_one_call_when_only_one_is_named(void **state)
{
    add(*state, "apprunner.UpdateService:cut@1");
    expect_call(*state, "UpdateService", "cut");
    expect_call(*state, "UpdateService", NULL);
}

static void fault_concerns_every_call_without_a_range(void **state)
{
    add(*state, "apprunner.*:denied");
    expect_call(*state, "UpdateService", "denied");
    expect_call(*state, "ListServices", "denied");
    assert_null(fault_of_call(*state, "ecr", "DescribeImages", NULL));
}

/* Rules count on their own: a later one is not put off by an earlier. */
static void fault_counts_each_rule_by_itself(void **state)
{
    add(*state, "apprunner.ListServices:throttle@1");
    add(*state, "apprunner.ListServices:error500@2");
    expect_call(*state, "ListServices", "throttle");
    expect_call(*state, "ListServices", "error500");
    expect_call(*state, "ListServices", NULL);
}

static void fault_gives_its_value(void **state)
{
    int64_t value = 0;

    add(*state, "ecr.DescribeImages:slow=1500");
    assert_string_equal(fault_of_call(*state, "ecr", "DescribeImages", &value),
                        "slow");
    assert_int_equal(value, 1500);
}

static void fault_of_an_event_is_none_of_a_call(void **state)
{
    int64_t value = 0;

    add(*state, "health:slow=70@2");
    add(*state, "operation:rollback-failed");
    expect_call(*state, "slow", NULL);
    assert_null(fault_of_event(*state, "health", &value));
    assert_string_equal(fault_of_event(*state, "health", &value), "slow");
    assert_int_equal(value, 70);
    assert_null(fault_of_event(*state, "health", &value));
    assert_string_equal(fault_of_event(*state, "operation", NULL),
                        "rollback-failed");
}

static void fault_clear_forgets_all_of_them_and_mends_the_clock(void **state)
{
    struct emulator *emulator = *state;

    add(emulator, "apprunner.*:throttle");
    emulator->skew_ms = 1000;
    fault_clear(emulator);
    expect_call(emulator, "UpdateService", NULL);
    assert_int_equal(emulator->skew_ms, 0);
}

static void fault_refuses_in_the_words_of_the_protocol(void **state)
{
    static const struct {
        enum protocol_style style;
        int status;
        const char *words;
    } cases[] = {
        { PROTOCOL_JSON, 400, "\"__type\":\"ThrottlingException\"" },
        { PROTOCOL_QUERY, 400, "<Code>Throttling</Code>" },
        { PROTOCOL_S3, 503, "<Code>SlowDown</Code>" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fault_effect effect = { .kind = "throttle" };
        struct emulator_reply reply = { 0 };

        assert_true(fault_before(*state, &effect, cases[i].style, &reply));
        assert_int_equal(reply.status, cases[i].status);
        assert_non_null(strstr(strbuf_text(&reply.body), cases[i].words));
        strbuf_release(&reply.body);
        strvec_release(&reply.headers);
    }
}

static void fault_lets_a_call_pass_whose_answer_it_spoils(void **state)
{
    static const char *const kinds[] = { "", "cut-after", "garbage",
                                         "truncated", "empty-page" };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct fault_effect effect = { .value = 3 };
        struct emulator_reply reply = { .status = 200 };

        snprintf(effect.kind, sizeof(effect.kind), "%s", kinds[i]);
        strbuf_adds(&reply.body, "{\"whole\":1}");
        assert_false(fault_before(*state, &effect, PROTOCOL_JSON, &reply));
        fault_after(&effect, &reply);
        assert_int_equal(reply.is_cut, !strcmp(kinds[i], "cut-after"));
        assert_int_equal(reply.is_truncated, !strcmp(kinds[i], "truncated"));
        assert_int_equal(reply.truncated, reply.is_truncated ? 3 : 0);
        assert_int_equal(strcmp(strbuf_text(&reply.body), "{\"whole\":1}") != 0,
                         !strcmp(kinds[i], "garbage"));
        strbuf_release(&reply.body);
    }
}

static void fault_skew_moves_the_cloud_s_clock(void **state)
{
    struct emulator *emulator = *state;
    struct fault_effect effect = { .kind = "skew", .value = 1800 };
    struct emulator_reply reply = { 0 };

    assert_true(fault_before(emulator, &effect, PROTOCOL_JSON, &reply));
    assert_int_equal(emulator->skew_ms, 1800000);
    strbuf_release(&reply.body);
    strvec_release(&reply.headers);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(fault_refuses_what_it_does_not_know),
        test(fault_concerns_the_calls_of_its_range),
        test(fault_concerns_one_call_when_only_one_is_named),
        test(fault_concerns_every_call_without_a_range),
        test(fault_counts_each_rule_by_itself),
        test(fault_gives_its_value),
        test(fault_of_an_event_is_none_of_a_call),
        test(fault_clear_forgets_all_of_them_and_mends_the_clock),
        test(fault_refuses_in_the_words_of_the_protocol),
        test(fault_lets_a_call_pass_whose_answer_it_spoils),
        test(fault_skew_moves_the_cloud_s_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
