#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_step.h"

#include "aws/apprunner/serviceconfig.h"

#include "base/jsonx.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define ARN "arn:aws:apprunner:eu-west-1:123456789012:service/web/0123"
#define CHANGED "image: web:old -> " IMAGE
#define IMAGE "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web@sha256:new"

static const char live_text[] =
    "{\"ServiceName\":\"web\",\"ServiceArn\":\"" ARN "\","
    "\"Status\":\"RUNNING\",\"SourceConfiguration\":{"
    "\"AutoDeploymentsEnabled\":true,"
    "\"AuthenticationConfiguration\":{\"AccessRoleArn\":\"role/old\"},"
    "\"ImageRepository\":{\"ImageIdentifier\":\"web:old\","
    "\"ImageRepositoryType\":\"ECR\",\"ImageConfiguration\":{"
    "\"Port\":\"3000\",\"StartCommand\":\"run it\","
    "\"RuntimeEnvironmentVariables\":{\"A\":\"1\",\"KEPT\":\"hidden\"},"
    "\"RuntimeEnvironmentSecrets\":{\"S\":\"arn:s\"}}}},"
    "\"InstanceConfiguration\":{\"Cpu\":\"1024\",\"Memory\":\"2048\","
    "\"InstanceRoleArn\":\"role/instance\"},"
    "\"HealthCheckConfiguration\":{\"Protocol\":\"TCP\",\"Path\":\"/\","
    "\"Interval\":7}}";

struct made {
    json_t *live, *input;
    struct strvec drift;
};

static void make(struct fixture_step *f, bool is_live, struct made *made)
{
    struct error err = { 0 };

    *made = (struct made){ 0 };
    if (!f->is_open)
        fixture_step_open(f);
    if (is_live)
        made->live = json_loads(live_text, 0, NULL);
    made->input = serviceconfig_make(&f->deployment, IMAGE, made->live,
                                     &made->drift, &err);
    if (!made->input)
        fail_msg("%s", err.message);
}

static void release(struct made *made)
{
    json_decref(made->live);
    json_decref(made->input);
    strvec_release(&made->drift);
}

static void expect_json(const json_t *json, const char *text)
{
    json_t *expected = json_loads(text, JSON_DECODE_ANY, NULL);
    char *found = json_dumps(json, JSON_SORT_KEYS | JSON_ENCODE_ANY);

    assert_non_null(expected);
    if (!json_equal(json, expected))
        fail_msg("%s\ninstead of %s", found, text);
    free(found);
    json_decref(expected);
}

static void expect_drift(const struct made *made, const char *const *lines,
                         size_t count)
{
    for (size_t i = 0; i < made->drift.count && i < count; i++)
        assert_string_equal(made->drift.items[i], lines[i]);
    assert_int_equal(made->drift.count, count);
}

static void a_new_service_is_configured_whole(void **state)
{
    struct fixture_step *f = *state;
    struct made made;

    fixture_step_set(f, "SERVICE_NAME", "web");
    fixture_step_set(f, "ACCESS_ROLE_ARN", "role/access");
    fixture_step_write(f, "service.json",
                       "{\"environment\":{\"A\":\"1\",\"GONE\":null},"
                       "\"secrets\":[{\"Name\":\"S\",\"Value\":\"arn:s\"}]}");
    make(f, false, &made);
    expect_json(
        made.input,
        "{\"ServiceName\":\"web\",\"SourceConfiguration\":{"
        "\"AutoDeploymentsEnabled\":false,\"AuthenticationConfiguration\":{"
        "\"AccessRoleArn\":\"role/access\"},\"ImageRepository\":{"
        "\"ImageIdentifier\":\"" IMAGE "\",\"ImageRepositoryType\":\"ECR\","
        "\"ImageConfiguration\":{\"Port\":\"8080\","
        "\"RuntimeEnvironmentVariables\":{\"A\":\"1\"},"
        "\"RuntimeEnvironmentSecrets\":{\"S\":\"arn:s\"}}}},"
        "\"InstanceConfiguration\":{\"Cpu\":\"1024\",\"Memory\":\"2048\"},"
        "\"HealthCheckConfiguration\":{\"Protocol\":\"HTTP\","
        "\"Path\":\"/healthz\"}}");
    assert_int_equal(made.drift.count, 0);
    release(&made);
}

static void a_new_service_needs_a_role_to_pull_with(void **state)
{
    struct fixture_step *f = *state;
    struct error err = { 0 };

    fixture_step_set(f, "SERVICE_NAME", "web");
    fixture_step_open(f);
    assert_null(serviceconfig_make(&f->deployment, IMAGE, NULL, NULL, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    fixture_step_expect(err.message, "ACCESS_ROLE_ARN");
}

static void an_update_changes_nothing_that_nobody_configured(void **state)
{
    static const char *const drift[] = { CHANGED };
    struct fixture_step *f = *state;
    struct made made;

    make(f, true, &made);
    expect_json(
        made.input,
        "{\"ServiceArn\":\"" ARN "\",\"SourceConfiguration\":{"
        "\"AutoDeploymentsEnabled\":false,\"AuthenticationConfiguration\":{"
        "\"AccessRoleArn\":\"role/old\"},\"ImageRepository\":{"
        "\"ImageIdentifier\":\"" IMAGE "\",\"ImageRepositoryType\":\"ECR\","
        "\"ImageConfiguration\":{\"Port\":\"3000\",\"StartCommand\":\"run it\","
        "\"RuntimeEnvironmentVariables\":{\"A\":\"1\",\"KEPT\":\"hidden\"},"
        "\"RuntimeEnvironmentSecrets\":{\"S\":\"arn:s\"}}}},"
        "\"InstanceConfiguration\":{\"Cpu\":\"1024\",\"Memory\":\"2048\","
        "\"InstanceRoleArn\":\"role/instance\"},"
        "\"HealthCheckConfiguration\":{\"Protocol\":\"TCP\",\"Path\":\"/\","
        "\"Interval\":7}}");
    expect_drift(&made, drift, 1);
    release(&made);
}

static void an_update_changes_what_is_configured_and_says_so(void **state)
{
    static const char *const drift[] = {
        CHANGED,
        "port: 3000 -> 9000",
        "access role: role/old -> role/access",
        "instance role: role/instance -> role/other",
        "cpu: 1024 -> 2048",
        "memory: 2048 -> 4096",
        "health check: TCP -> HTTP",
        "health path: / -> /up",
        "environment: A changes",
        "environment: KEPT is removed",
        "environment: NEW is added",
        "environment: S is added",
        "secrets: S is removed",
        "secrets: T is added",
    };
    struct fixture_step *f = *state;
    struct made made;

    fixture_step_set(f, "PORT", "9000");
    fixture_step_set(f, "ACCESS_ROLE_ARN", "role/access");
    fixture_step_set(f, "INSTANCE_ROLE_ARN", "role/other");
    fixture_step_set(f, "SERVICE_CPU", "2 vCPU");
    fixture_step_set(f, "SERVICE_MEMORY", "4 GB");
    fixture_step_set(f, "HEALTH_PATH", "/up");
    fixture_step_write(f, "service.json",
                       "{\"environment\":{\"A\":\"hidden\",\"KEPT\":null,"
                       "\"NEW\":\"hidden\",\"S\":\"hidden\"},"
                       "\"secrets\":{\"T\":\"arn:t\"}}");
    make(f, true, &made);
    expect_drift(&made, drift, sizeof(drift) / sizeof(drift[0]));
    expect_json(json_object_get(made.input, "HealthCheckConfiguration"),
                "{\"Protocol\":\"HTTP\",\"Path\":\"/up\",\"Interval\":7}");
    release(&made);
}

static void units_that_mean_the_same_are_no_difference(void **state)
{
    static const char *const drift[] = { CHANGED };
    struct fixture_step *f = *state;
    struct made made;

    fixture_step_set(f, "SERVICE_CPU", "1 vCPU");
    fixture_step_set(f, "SERVICE_MEMORY", "2 GB");
    make(f, true, &made);
    expect_drift(&made, drift, 1);
    release(&made);
}

static void sizes_that_are_not_offered_are_refused(void **state)
{
    struct fixture_step *f = *state;
    struct error err = { 0 };
    json_t *live = json_loads(live_text, 0, NULL);

    fixture_step_set(f, "SERVICE_CPU", "3 vCPU");
    fixture_step_open(f);
    assert_null(serviceconfig_make(&f->deployment, IMAGE, live, NULL, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    fixture_step_expect(err.message, "SERVICE_CPU '3 vCPU'");
    json_decref(live);
}

static void units_are_read_in_both_forms(void **state)
{
    static const struct {
        const char *text, *units;
    } rows[] = {
        { "1 vCPU", "1024" }, { "0.25 vCPU", "256" }, { "0.5", "512" },
        { "1024", "1024" },   { "256", "256" },       { "2 GB", "2048" },
        { "12GB", "12288" },  { "1 lot", NULL },      { "", NULL },
        { "-1", NULL },       { "nan", NULL },        { "1e9", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *units = serviceconfig_units(rows[i].text);

        if (rows[i].units)
            assert_string_equal(units, rows[i].units);
        else
            assert_null(units);
        free(units);
    }
}

static void a_service_of_source_code_cannot_take_an_image(void **state)
{
    struct fixture_step *f = *state;
    struct error err = { 0 };
    json_t *live = json_loads("{\"ServiceArn\":\"a\",\"SourceConfiguration\":"
                              "{\"CodeRepository\":{}}}",
                              0, NULL);

    fixture_step_open(f);
    assert_null(serviceconfig_make(&f->deployment, IMAGE, live, NULL, &err));
    assert_int_equal(err.code, ERROR_BLOCKED);
    error_clear(&err);
    assert_null(serviceconfig_pin(live, IMAGE, false, &err));
    assert_int_equal(err.code, ERROR_BLOCKED);
    json_decref(live);
}

static void a_saved_configuration_is_pinned_to_an_image(void **state)
{
    struct error err = { 0 };
    json_t *live = json_loads(live_text, 0, NULL);
    json_t *input = serviceconfig_pin(live, IMAGE, true, &err);
    struct strvec lines = { 0 };

    (void)state;
    assert_non_null(input);
    serviceconfig_compare(live, input, &lines);
    assert_int_equal(lines.count, 1);
    assert_string_equal(lines.items[0], "image: web:old -> " IMAGE);
    assert_true(jsonx_bool(json_object_get(input, "SourceConfiguration"),
                           "AutoDeploymentsEnabled"));
    assert_null(json_object_get(input, "Status"));
    strvec_release(&lines);
    json_decref(input);
    json_decref(live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_STEP_TEST(a_new_service_is_configured_whole),
        FIXTURE_STEP_TEST(a_new_service_needs_a_role_to_pull_with),
        FIXTURE_STEP_TEST(an_update_changes_nothing_that_nobody_configured),
        FIXTURE_STEP_TEST(an_update_changes_what_is_configured_and_says_so),
        FIXTURE_STEP_TEST(units_that_mean_the_same_are_no_difference),
        FIXTURE_STEP_TEST(sizes_that_are_not_offered_are_refused),
        FIXTURE_STEP_TEST(units_are_read_in_both_forms),
        FIXTURE_STEP_TEST(a_service_of_source_code_cannot_take_an_image),
        FIXTURE_STEP_TEST(a_saved_configuration_is_pinned_to_an_image),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
