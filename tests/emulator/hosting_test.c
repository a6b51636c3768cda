#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_registry.h"

#include "base/jsonx.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A configuration as docker makes one; `config` is what is in its "config". */
static void push(struct cloud *cloud, const char *tag, const char *config)
{
    char digest[BLOBS_DIGEST_SIZE];
    char *whole = mem_format("{\"architecture\":\"amd64\",\"os\":\"linux\","
                             "\"config\":%s}",
                             config);

    cloud_push(cloud, "web", tag, whole, "layer", digest);
    free(whole);
}

static int hosting_open(void **state)
{
    cloud_open(state);
    json_decref(cloud_ecr_done(*state, "CreateRepository",
                               "{\"repositoryName\": \"web\"}"));
    return 0;
}

static int hosting_close(void **state)
{
    struct cloud *cloud = *state;

    hosting_stop_all(&cloud->emulator);
    return cloud_close(state);
}

/* Starts "web:TAG" on `port` with the environment {"NAME": "VALUE"}. */
static char *start(struct cloud *cloud, const char *tag, int port,
                   const char *environment, char **instance, struct error *err)
{
    char *image = mem_format("127.0.0.1:1/web:%s", tag);
    json_t *json = json_loads(environment, 0, NULL);
    char *url = hosting_start(&cloud->emulator, image, port, json, "/app",
                              instance, err);

    json_decref(json);
    free(image);
    return url;
}

/* Whether the service that is started so answers its health check with 200. */
static bool is_well(struct cloud *cloud, int port, const char *environment,
                    const char *path)
{
    char *instance = NULL;
    char *url = start(cloud, "v1", port, environment, &instance, NULL);
    bool answer;

    assert_non_null(url);
    answer = hosting_is_healthy(url, path);
    hosting_stop(&cloud->emulator, instance);
    assert_false(hosting_is_healthy(url, path));
    free(instance);
    free(url);
    return answer;
}

static void hosting_serves_what_the_image_says(void **state)
{
    struct cloud *cloud = *state;

    push(cloud, "v1", "{\"ExposedPorts\":{\"8080/tcp\":{}}}");
    assert_true(is_well(cloud, 8080, "{}", "/healthz"));
    assert_true(is_well(cloud, 8080, "{}", "/"));
    assert_false(is_well(cloud, 8080, "{}", "/nowhere"));
    assert_false(is_well(cloud, 8080, "{\"HEALTHY\": \"no\"}", "/healthz"));
    assert_true(is_well(cloud, 8080, "{\"HEALTHY\": \"no\"}", "/"));
}

static void hosting_lets_the_label_make_a_version_unwell(void **state)
{
    struct cloud *cloud = *state;

    push(cloud, "v1", "{\"Labels\":{\"stepdeck.healthy\":\"no\"}}");
    assert_false(is_well(cloud, 8080, "{}", "/healthz"));
}

static void hosting_refuses_connections_at_another_port(void **state)
{
    struct cloud *cloud = *state;

    push(cloud, "v1",
         "{\"Env\":[\"PORT=9000\"],\"ExposedPorts\":"
         "{\"8080/tcp\":{}}}");
    assert_false(is_well(cloud, 8080, "{}", "/healthz"));
    assert_true(is_well(cloud, 9000, "{}", "/healthz"));
    /* The service's environment wins over the image's. */
    assert_true(is_well(cloud, 8080, "{\"PORT\": \"8080\"}", "/healthz"));
}

static void hosting_writes_the_log_of_the_application(void **state)
{
    struct cloud *cloud = *state;
    char *text;

    push(cloud, "v1", "{\"Env\":[\"APP_VERSION=4.2\"]}");
    assert_true(is_well(cloud, 8080, "{}", "/healthz"));
    text = jsonx_line(
        json_object_get(emulator_part(&cloud->emulator, "logs"), "/app"));
    assert_non_null(strstr(text, "version 4.2 listens on port 8080"));
    assert_non_null(strstr(text, "GET /healthz HTTP/1.1 200"));
    free(text);
}

static void hosting_says_why_an_image_does_not_start(void **state)
{
    struct cloud *cloud = *state;
    char digest[BLOBS_DIGEST_SIZE];
    char *instance = NULL;
    struct error err = { 0 };

    assert_null(start(cloud, "none", 8080, "{}", &instance, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    error_clear(&err);
    cloud_push(cloud, "web", "arm", "{\"architecture\":\"arm64\"}", "layer",
               digest);
    assert_null(start(cloud, "arm", 8080, "{}", &instance, &err));
    assert_non_null(strstr(err.message, "exec format error"));
    error_clear(&err);
    push(cloud, "v1", "{}");
    assert_true(fault_add(&cloud->emulator, "image:exit", NULL));
    assert_null(start(cloud, "v1", 8080, "{}", &instance, &err));
    assert_non_null(strstr(err.message, "ended at once"));
}

static void hosting_runs_the_amd64_image_of_an_index(void **state)
{
    struct cloud *cloud = *state;
    char arm[BLOBS_DIGEST_SIZE], amd[BLOBS_DIGEST_SIZE];
    char *index;

    cloud_push(cloud, "web", NULL, "{\"architecture\":\"arm64\"}", "a", arm);
    cloud_push(cloud, "web", NULL, "{\"architecture\":\"amd64\"}", "b", amd);
    index = mem_format(
        "{\"schemaVersion\":2,\"manifests\":["
        "{\"digest\":\"%s\",\"platform\":{\"os\":\"linux\",\"architecture\":"
        "\"arm64\"}},"
        "{\"digest\":\"%s\",\"platform\":{\"os\":\"linux\",\"architecture\":"
        "\"amd64\"}}]}",
        arm, amd);
    assert_int_equal(cloud_status(cloud, "PUT", "/v2/web/manifests/v1",
                                  "content-type: " OCI_INDEX, index),
                     201);
    free(index);
    assert_true(is_well(cloud, 8080, "{}", "/healthz"));
}

static void hosting_ends_all_that_is_left(void **state)
{
    struct cloud *cloud = *state;
    char *urls[2];

    push(cloud, "v1", "{}");
    for (int i = 0; i < 2; i++) {
        char *instance = NULL;

        urls[i] = start(cloud, "v1", 8080, "{}", &instance, NULL);
        assert_true(hosting_is_healthy(urls[i], "/"));
        free(instance);
    }
    hosting_stop_all(&cloud->emulator);
    for (int i = 0; i < 2; i++) {
        assert_false(hosting_is_healthy(urls[i], "/"));
        free(urls[i]);
    }
}

#define HOSTING_TEST(test)                                                     \
    cmocka_unit_test_setup_teardown(test, hosting_open, hosting_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOSTING_TEST(hosting_serves_what_the_image_says),
        HOSTING_TEST(hosting_lets_the_label_make_a_version_unwell),
        HOSTING_TEST(hosting_refuses_connections_at_another_port),
        HOSTING_TEST(hosting_writes_the_log_of_the_application),
        HOSTING_TEST(hosting_says_why_an_image_does_not_start),
        HOSTING_TEST(hosting_runs_the_amd64_image_of_an_index),
        HOSTING_TEST(hosting_ends_all_that_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
