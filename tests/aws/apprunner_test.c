#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_service.h"

#include "aws/apprunner.h"

#include <stdlib.h>
#include <string.h>

#define ARN                                                                    \
    "arn:aws:apprunner:us-east-1:123456789012:service/web/"                    \
    "8fe1e10304f84fd2b0df550fe98a71fa"
#define SUMMARY(name, arn, status)                                             \
    "{\"ServiceName\":\"" name "\",\"ServiceArn\":\"" arn                      \
    "\",\"ServiceId\":\"1\",\"Status\":\"" status "\"}"

/* ---- finding ---------------------------------------------------------- */

static void a_service_is_found_behind_empty_pages(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    char *arn;

    service_answer(f, 200, "{\"ServiceSummaryList\":[],\"NextToken\":\"a\"}");
    service_answer(f, 200, "{\"ServiceSummaryList\":[],\"NextToken\":\"b\"}");
    service_answer(f, 200,
                   "{\"ServiceSummaryList\":[" SUMMARY(
                       "web", ARN, "RUNNING") "],\"NextToken\":null}");
    assert_true(apprunner_find(f->client, "web", &arn, &err));
    assert_string_equal(arn, ARN);
    free(arn);
    service_expect(f, 0, "AppRunner.ListServices", "{\"MaxResults\":20}");
    service_expect(f, 1, "AppRunner.ListServices",
                   "{\"MaxResults\":20,\"NextToken\":\"a\"}");
    service_expect(f, 2, "AppRunner.ListServices",
                   "{\"MaxResults\":20,\"NextToken\":\"b\"}");
    service_expect_header(f, 0, "content-type", "application/x-amz-json-1.0");
}

static void a_service_that_is_not_there_is_not_found(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    char *arn;

    service_answer(
        f, 200,
        "{\"ServiceSummaryList\":[" SUMMARY("webs", "arn:a", "RUNNING") "]}");
    assert_false(apprunner_find(f->client, "web", &arn, &err));
    assert_null(arn);
    service_expect_error(&err, ERROR_NOT_FOUND, "'web' in eu-central-1");
}

static void a_deleted_service_yields_to_a_living_one(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    char *arn;

    service_answer(
        f, 200,
        "{\"ServiceSummaryList\":[" SUMMARY(
            "web", "arn:dead", "DELETED") "," SUMMARY("web", "arn:alive",
                                                      "CREATE_FAILED") "]}");
    assert_true(apprunner_find(f->client, "web", &arn, &err));
    assert_string_equal(arn, "arn:alive");
    free(arn);
    service_answer(
        f, 200,
        "{\"ServiceSummaryList\":[" SUMMARY("web", "arn:dead", "DELETED") "]}");
    assert_true(apprunner_find(f->client, "web", &arn, &err));
    assert_string_equal(arn, "arn:dead");
    free(arn);
}

static void the_list_leaves_deleted_services_out(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct strvec names = { 0 };

    service_answer(
        f, 200,
        "{\"ServiceSummaryList\":[" SUMMARY(
            "a", "arn:a",
            "RUNNING") "," SUMMARY("b", "arn:b",
                                   "DELETED") "],\"NextToken\":\"t\"}");
    service_answer(
        f, 200,
        "{\"ServiceSummaryList\":[" SUMMARY("c", "arn:c", "PAUSED") "]}");
    assert_true(apprunner_list(f->client, &names, &err));
    assert_int_equal(names.count, 2);
    assert_string_equal(names.items[0], "a");
    assert_string_equal(names.items[1], "c");
    strvec_release(&names);
}

static void pages_that_come_again_are_an_error(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    char *arn;

    service_answer(f, 200, "{\"ServiceSummaryList\":[],\"NextToken\":\"a\"}");
    service_answer(f, 200, "{\"ServiceSummaryList\":[],\"NextToken\":\"a\"}");
    assert_false(apprunner_find(f->client, "web", &arn, &err));
    service_expect_error(&err, ERROR_IO, "the same page comes again");
}

static void pages_without_end_are_an_error(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    char *arn;

    for (int page = 0; page < 1000; page++)
        service_answer(f, 200,
                       page % 2 ? "{\"ServiceSummaryList\":[],"
                                  "\"NextToken\":\"odd\"}"
                                : "{\"ServiceSummaryList\":[],"
                                  "\"NextToken\":\"even\"}");
    assert_false(apprunner_find(f->client, "web", &arn, &err));
    service_expect_error(&err, ERROR_IO, "more than 1000 pages");
}

/* A list that cannot be read must not look like "there is no service". */
static void a_garbled_list_is_no_empty_list(void **state)
{
    struct service *f = *state;
    static const char *const bodies[] = {
        "{}",
        "{\"ServiceSummaryList\":null}",
        "{\"ServiceSummaryList\":\"\"}",
        "{\"ServiceSummaryList\":{}}",
        "{\"ServiceSummaryList\":[7]}",
        "{\"ServiceSummaryList\":[{\"ServiceName\":1,\"ServiceArn\":\"a\","
        "\"Status\":\"RUNNING\"}]}",
        "{\"ServiceSummaryList\":[{\"ServiceName\":\"web\","
        "\"Status\":\"RUNNING\"}]}",
        "{\"ServiceSummaryList\":[{\"ServiceName\":\"web\","
        "\"ServiceArn\":\"a\",\"Status\":[]}]}",
        "{\"ServiceSummaryList\":[],\"NextToken\":5}",
    };

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct error err = { 0 };
        char *arn;

        service_answer(f, 200, bodies[i]);
        assert_false(apprunner_find(f->client, "web", &arn, &err));
        assert_null(arn);
        service_expect_error(&err, ERROR_IO, "'ListServices'");
    }
}

/* ---- describing ------------------------------------------------------- */

#define SERVICE                                                                \
    "{\"ServiceName\":\"web\",\"ServiceArn\":\"" ARN                           \
    "\",\"ServiceUrl\":\"x.us-east-1.awsapprunner.com\","                      \
    "\"Status\":\"RUNNING\",\"CreatedAt\":1.742895933E9,"                      \
    "\"SourceConfiguration\":{\"AutoDeploymentsEnabled\":true,"                \
    "\"ImageRepository\":{\"ImageIdentifier\":\"r/web:1\","                    \
    "\"ImageConfiguration\":{\"Port\":\"8080\"}}},"                            \
    "\"HealthCheckConfiguration\":{\"Protocol\":\"HTTP\","                     \
    "\"Path\":\"/up\"},\"Unknown\":[1,{\"a\":null}]}"

static void a_description_is_given_back_whole(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    json_t *service, *expected = service_json(SERVICE);

    service_answer(f, 200, "{\"Service\":" SERVICE "}");
    assert_true(apprunner_describe(f->client, ARN, &service, &err));
    assert_true(json_equal(service, expected));
    service_expect(f, 0, "AppRunner.DescribeService",
                   "{\"ServiceArn\":\"" ARN "\"}");
    json_decref(expected);
    json_decref(service);
}

static void a_description_without_a_service_is_an_error(void **state)
{
    struct service *f = *state;
    static const char *const bodies[] = {
        "{}",
        "{\"Service\":\"web\"}",
        "{\"Service\":{}}",
        "{\"Service\":{\"ServiceArn\":\"a\",\"Status\":3}}",
    };

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct error err = { 0 };
        json_t *service;

        service_answer(f, 200, bodies[i]);
        assert_false(apprunner_describe(f->client, ARN, &service, &err));
        assert_null(service);
        service_expect_error(&err, ERROR_IO, "'DescribeService'");
    }
}

static void a_service_that_is_gone_is_not_found(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    json_t *service;

    service_fail(f, 400, "ResourceNotFoundException");
    assert_false(apprunner_describe(f->client, ARN, &service, &err));
    service_expect_error(&err, ERROR_NOT_FOUND, "");
}

static void members_are_read_where_they_are(void **state)
{
    json_t *service = service_json(SERVICE);

    (void)state;
    assert_int_equal(apprunner_state(service), APPRUNNER_RUNNING);
    assert_string_equal(apprunner_status(service), "RUNNING");
    assert_string_equal(apprunner_url(service), "x.us-east-1.awsapprunner.com");
    assert_string_equal(apprunner_image(service), "r/web:1");
    assert_string_equal(apprunner_port(service), "8080");
    assert_string_equal(apprunner_health_path(service), "/up");
    assert_true(apprunner_auto_deploys(service));
    json_decref(service);
}

static void members_of_other_types_are_not_there(void **state)
{
    static const char *const services[] = {
        "{}",
        "{\"Status\":1,\"ServiceUrl\":\"\",\"SourceConfiguration\":[],"
        "\"HealthCheckConfiguration\":\"HTTP\"}",
        "{\"Status\":\"\",\"ServiceUrl\":{},\"SourceConfiguration\":{"
        "\"AutoDeploymentsEnabled\":\"true\",\"ImageRepository\":{"
        "\"ImageIdentifier\":1,\"ImageConfiguration\":{\"Port\":80}}},"
        "\"HealthCheckConfiguration\":{\"Protocol\":1,\"Path\":\"/\"}}",
    };

    (void)state;
    for (size_t i = 0; i <= COUNT(services); i++) {
        json_t *service =
            i < COUNT(services) ? service_json(services[i]) : NULL;

        assert_int_equal(apprunner_state(service), APPRUNNER_OTHER);
        assert_null(apprunner_status(service));
        assert_null(apprunner_url(service));
        assert_null(apprunner_image(service));
        assert_null(apprunner_port(service));
        assert_null(apprunner_health_path(service));
        assert_false(apprunner_auto_deploys(service));
        json_decref(service);
    }
}

static void every_status_has_its_state(void **state)
{
    static const struct {
        const char *word;
        enum apprunner_state state;
    } cases[] = {
        { "RUNNING", APPRUNNER_RUNNING },
        { "OPERATION_IN_PROGRESS", APPRUNNER_IN_OPERATION },
        { "PAUSED", APPRUNNER_PAUSED },
        { "CREATE_FAILED", APPRUNNER_CREATE_FAILED },
        { "DELETED", APPRUNNER_DELETED },
        { "DELETE_FAILED", APPRUNNER_DELETE_FAILED },
        { "DREAMING", APPRUNNER_OTHER },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *service = json_pack("{s:s}", "Status", cases[i].word);

        assert_int_equal(apprunner_state(service), cases[i].state);
        json_decref(service);
    }
}

static void only_an_http_check_has_a_path(void **state)
{
    json_t *http =
        service_json("{\"HealthCheckConfiguration\":{\"Protocol\":\"HTTP\"}}");
    json_t *tcp = service_json("{\"HealthCheckConfiguration\":{"
                               "\"Protocol\":\"TCP\",\"Path\":\"/\"}}");

    (void)state;
    assert_string_equal(apprunner_health_path(http), "/");
    assert_null(apprunner_health_path(tcp));
    json_decref(http);
    json_decref(tcp);
}

/* ---- changes ---------------------------------------------------------- */

/* Environment and secrets are maps of names to texts, and stay so. */
#define UPDATE                                                                 \
    "{\"ServiceArn\":\"" ARN "\",\"SourceConfiguration\":{"                    \
    "\"ImageRepository\":{\"ImageIdentifier\":\"r/web@sha256:1\","             \
    "\"ImageRepositoryType\":\"ECR\",\"ImageConfiguration\":{"                 \
    "\"Port\":\"80\",\"RuntimeEnvironmentVariables\":{\"A\":\"1\"},"           \
    "\"RuntimeEnvironmentSecrets\":{\"B\":\"arn:s\"}}},"                       \
    "\"AutoDeploymentsEnabled\":false}}"

static void an_update_sends_its_input_as_it_is(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    json_t *input = service_json(UPDATE), *service;
    char *operation;

    service_answer(f, 200,
                   "{\"Service\":" SERVICE ",\"OperationId\":\"op-1\"}");
    assert_true(apprunner_update(f->writer, input, &service, &operation, &err));
    assert_string_equal(operation, "op-1");
    assert_string_equal(apprunner_image(service), "r/web:1");
    service_expect(f, 0, "AppRunner.UpdateService", UPDATE);
    free(operation);
    json_decref(service);
    json_decref(input);
}

static void a_creation_without_an_operation_is_one(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    json_t *input = service_json("{\"ServiceName\":\"web\"}"), *service;
    char *operation;

    service_answer(f, 200, "{\"Service\":" SERVICE ",\"OperationId\":null}");
    assert_true(apprunner_create(f->writer, input, &service, &operation, &err));
    assert_null(operation);
    assert_non_null(service);
    service_expect(f, 0, "AppRunner.CreateService",
                   "{\"ServiceName\":\"web\"}");
    json_decref(service);
    json_decref(input);
}

static void a_change_is_not_sent_again(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    char *operation;

    service_fail(f, 500, "InternalServiceErrorException");
    assert_false(apprunner_start_deployment(f->writer, ARN, &operation, &err));
    assert_null(operation);
    assert_int_equal(service_count(f), 1);
    assert_true(client_failure(f->client)->is_ambiguous);
}

typedef bool change_named(struct client_writer *writer, const char *arn,
                          char **operation, struct error *err);

static void changes_name_the_service_only(void **state)
{
    struct service *f = *state;
    static const struct {
        change_named *change;
        const char *target;
    } cases[] = {
        { apprunner_start_deployment, "AppRunner.StartDeployment" },
        { apprunner_delete, "AppRunner.DeleteService" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        char *operation;

        service_answer(f, 200, "{\"OperationId\":\"op\"}");
        assert_true(cases[i].change(f->writer, ARN, &operation, &err));
        assert_string_equal(operation, "op");
        service_expect(f, i, cases[i].target, "{\"ServiceArn\":\"" ARN "\"}");
        free(operation);
    }
}

static void a_garbled_answer_to_a_change_is_an_error(void **state)
{
    struct service *f = *state;
    struct error err = { 0 }, other = { 0 };
    json_t *input = service_json(UPDATE), *service;
    char *operation;

    service_answer(f, 200, "{\"OperationId\":12}");
    assert_false(apprunner_delete(f->writer, ARN, &operation, &err));
    assert_null(operation);
    service_expect_error(&err, ERROR_IO, "'OperationId'");
    service_answer(f, 200, "{\"OperationId\":\"op\",\"Service\":[]}");
    assert_false(
        apprunner_update(f->writer, input, &service, &operation, &other));
    assert_null(operation);
    assert_null(service);
    service_expect_error(&other, ERROR_IO, "'Service'");
    json_decref(input);
}

/* ---- operations ------------------------------------------------------- */

#define OPERATION(id, status)                                                  \
    "{\"Id\":\"" id "\",\"Type\":\"UPDATE_SERVICE\",\"Status\":\"" status      \
    "\",\"StartedAt\":1.7428959335E9,\"EndedAt\":1742895999}"

static void operations_are_read_with_their_times(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct apprunner_operations operations;

    service_answer(f, 200,
                   "{\"OperationSummaryList\":[" OPERATION(
                       "b", "IN_PROGRESS") "],\"NextToken\":\"t\"}");
    service_answer(f, 200,
                   "{\"OperationSummaryList\":[{\"Id\":\"a\","
                   "\"Type\":\"CREATE_SERVICE\",\"Status\":\"SUCCEEDED\"}]}");
    assert_true(apprunner_operations(f->client, ARN, 0, &operations, &err));
    assert_int_equal(operations.count, 2);
    assert_string_equal(operations.items[0].id, "b");
    assert_string_equal(operations.items[0].type, "UPDATE_SERVICE");
    assert_string_equal(operations.items[0].word, "IN_PROGRESS");
    assert_int_equal(operations.items[0].status, OPERATION_IN_PROGRESS);
    assert_int_equal(operations.items[0].started_ms, INT64_C(1742895933500));
    assert_int_equal(operations.items[0].ended_ms, INT64_C(1742895999000));
    assert_int_equal(operations.items[1].started_ms, 0);
    assert_int_equal(operations.items[1].ended_ms, 0);
    service_expect(f, 0, "AppRunner.ListOperations",
                   "{\"ServiceArn\":\"" ARN "\",\"MaxResults\":20}");
    service_expect(f, 1, "AppRunner.ListOperations",
                   "{\"ServiceArn\":\"" ARN
                   "\",\"MaxResults\":20,\"NextToken\":\"t\"}");
    apprunner_operations_release(&operations);
}

static void only_as_many_operations_as_wanted_are_read(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct apprunner_operations operations;

    service_answer(
        f, 200,
        "{\"OperationSummaryList\":[" OPERATION("c", "FAILED") "," OPERATION(
            "b", "FAILED") "],\"NextToken\":\"t\"}");
    assert_true(apprunner_operations(f->client, ARN, 2, &operations, &err));
    assert_int_equal(operations.count, 2);
    assert_int_equal(service_count(f), 1);
    service_expect(f, 0, "AppRunner.ListOperations",
                   "{\"ServiceArn\":\"" ARN "\",\"MaxResults\":2}");
    apprunner_operations_release(&operations);
}

static void a_service_may_have_no_operations(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct apprunner_operations operations;

    service_answer(f, 200, "{}");
    assert_true(apprunner_operations(f->client, ARN, 0, &operations, &err));
    assert_int_equal(operations.count, 0);
    apprunner_operations_release(&operations);
}

static void garbled_operations_are_an_error(void **state)
{
    struct service *f = *state;
    static const char *const bodies[] = {
        "{\"OperationSummaryList\":7}",
        "{\"OperationSummaryList\":[[]]}",
        "{\"OperationSummaryList\":[{\"Id\":1,\"Type\":\"a\","
        "\"Status\":\"b\"}]}",
        "{\"OperationSummaryList\":[" OPERATION("a", "FAILED") ",{}]}",
    };

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct error err = { 0 };
        struct apprunner_operations operations;

        service_answer(f, 200, bodies[i]);
        assert_false(
            apprunner_operations(f->client, ARN, 0, &operations, &err));
        assert_int_equal(operations.count, 0);
        assert_null(operations.items);
        service_expect_error(&err, ERROR_IO, "'ListOperations'");
    }
}

static void times_that_no_clock_shows_are_none(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct apprunner_operations operations;

    service_answer(f, 200,
                   "{\"OperationSummaryList\":[{\"Id\":\"a\",\"Type\":\"t\","
                   "\"Status\":\"DANCING\",\"StartedAt\":-5,"
                   "\"EndedAt\":1e300}]}");
    assert_true(apprunner_operations(f->client, ARN, 0, &operations, &err));
    assert_int_equal(operations.items[0].started_ms, 0);
    assert_int_equal(operations.items[0].ended_ms, 0);
    assert_int_equal(operations.items[0].status, OPERATION_UNKNOWN);
    assert_string_equal(operations.items[0].word, "DANCING");
    apprunner_operations_release(&operations);
}

static void four_statuses_are_the_end(void **state)
{
    static const struct {
        enum apprunner_operation_status status;
        bool is_over;
    } cases[] = {
        { OPERATION_PENDING, false },        { OPERATION_IN_PROGRESS, false },
        { OPERATION_SUCCEEDED, true },       { OPERATION_FAILED, true },
        { OPERATION_ROLLING_BACK, false },   { OPERATION_ROLLED_BACK, true },
        { OPERATION_ROLLBACK_FAILED, true }, { OPERATION_UNKNOWN, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(apprunner_operation_is_over(cases[i].status),
                         cases[i].is_over);
}

/* ---- log groups ------------------------------------------------------- */

static void a_log_group_is_made_of_name_and_id(void **state)
{
    static const struct {
        const char *arn, *group;
    } cases[] = {
        { "arn:aws:apprunner:us-east-1:1:service/web/8fe1",
          "/aws/apprunner/web/8fe1/service" },
        { "arn:aws-cn:apprunner:r:1:service/a-b/0",
          "/aws/apprunner/a-b/0/service" },
        { "arn:aws:apprunner:us-east-1:1:service/web", NULL },
        { "arn:aws:apprunner:us-east-1:1:service/web/", NULL },
        { "arn:aws:apprunner:us-east-1:1:service//8", NULL },
        { "arn:aws:apprunner:us-east-1:1:service/web/8/9", NULL },
        { "arn:aws:apprunner:us-east-1:1:connection/web/8", NULL },
        { "arn:aws:ecr:us-east-1:1:service/web/8", NULL },
        { "arn:aws:apprunner", NULL },
        { "x:aws:apprunner:r:1:service/web/8", NULL },
        { "", NULL },
        { NULL, NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *group = apprunner_log_group(cases[i].arn, "service");

        if (cases[i].group)
            assert_string_equal(group, cases[i].group);
        else
            assert_null(group);
        free(group);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_service_is_found_behind_empty_pages),
        SERVICE_TEST(a_service_that_is_not_there_is_not_found),
        SERVICE_TEST(a_deleted_service_yields_to_a_living_one),
        SERVICE_TEST(the_list_leaves_deleted_services_out),
        SERVICE_TEST(pages_that_come_again_are_an_error),
        SERVICE_TEST(pages_without_end_are_an_error),
        SERVICE_TEST(a_garbled_list_is_no_empty_list),
        SERVICE_TEST(a_description_is_given_back_whole),
        SERVICE_TEST(a_description_without_a_service_is_an_error),
        SERVICE_TEST(a_service_that_is_gone_is_not_found),
        cmocka_unit_test(members_are_read_where_they_are),
        cmocka_unit_test(members_of_other_types_are_not_there),
        cmocka_unit_test(every_status_has_its_state),
        cmocka_unit_test(only_an_http_check_has_a_path),
        SERVICE_TEST(an_update_sends_its_input_as_it_is),
        SERVICE_TEST(a_creation_without_an_operation_is_one),
        SERVICE_TEST(a_change_is_not_sent_again),
        SERVICE_TEST(changes_name_the_service_only),
        SERVICE_TEST(a_garbled_answer_to_a_change_is_an_error),
        SERVICE_TEST(operations_are_read_with_their_times),
        SERVICE_TEST(only_as_many_operations_as_wanted_are_read),
        SERVICE_TEST(a_service_may_have_no_operations),
        SERVICE_TEST(garbled_operations_are_an_error),
        SERVICE_TEST(times_that_no_clock_shows_are_none),
        cmocka_unit_test(four_statuses_are_the_end),
        cmocka_unit_test(a_log_group_is_made_of_name_and_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
