#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_cloud.h"

#include "base/jsonx.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void run(struct fixture_cloud *c)
{
    update_run(c->f->context, &c->f->outcome);
}

static const char *log_of(struct fixture_cloud *c)
{
    return strbuf_text(&c->f->log);
}

/* ---- what is asked for ------------------------------------------------ */

static void a_service_that_is_not_there_is_created(void **state)
{
    struct fixture_cloud *c = *state;
    json_t *input, *record;

    fixture_step_set(c->f, "ACCESS_ROLE_ARN", "role/access");
    cloud_open(c);
    cloud_list(c, NULL);
    cloud_accept(c, "op-1");
    run(c);
    cloud_expect_success(c);
    cloud_expect_calls(c, "ListServices CreateService");
    input = cloud_input(c, "CreateService", 0);
    assert_string_equal(jsonx_text(input, "ServiceName", ""), "web");
    json_decref(input);
    record = cloud_record_file(c);
    assert_string_equal(
        jsonx_text(json_object_get(record, "operation"), "id", ""), "op-1");
    assert_string_equal(jsonx_text(record, "service_arn", ""), CLOUD_ARN);
    assert_null(json_object_get(record, "previous"));
    json_decref(record);
    assert_true(c->f->deployment.was_updated);
}

static void nothing_is_done_where_nothing_differs(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    cloud_list(c, "RUNNING");
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    run(c);
    cloud_expect_success(c);
    cloud_expect_calls(c, "ListServices DescribeService");
    assert_true(c->f->deployment.is_unchanged);
    assert_false(c->f->deployment.was_updated);
}

static void a_restart_is_forced_where_nothing_differs(void **state)
{
    struct fixture_cloud *c = *state;

    fixture_step_set(c->f, "FORCE_RESTART", "yes");
    cloud_open(c);
    cloud_list(c, "RUNNING");
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    cloud_operations(c, "");
    cloud_answer(c, "{\"OperationId\":\"op-2\"}");
    run(c);
    cloud_expect_success(c);
    cloud_expect_calls(
        c, "ListServices DescribeService ListOperations StartDeployment");
    assert_string_equal(c->f->deployment.operation.purpose, "restart");
    assert_false(c->f->deployment.was_updated);
}

static void an_update_is_recorded_before_it_is_called(void **state)
{
    struct fixture_cloud *c = *state;
    const struct deployment *deployment = &c->f->deployment;
    json_t *input, *record;

    cloud_open(c);
    cloud_list(c, "RUNNING");
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    cloud_operations(c, "op-0 CREATE_SERVICE SUCCEEDED");
    cloud_accept(c, "op-1");
    run(c);
    cloud_expect_success(c);
    cloud_expect_calls(
        c, "ListServices DescribeService ListOperations UpdateService");
    fixture_step_expect(log_of(c), "image: " CLOUD_OLD " -> " CLOUD_NEW);
    assert_string_equal(deployment->previous_digest, "sha256:old");
    assert_true(strvec_has(&deployment->operation.before, "op-0"));
    input = cloud_input(c, "UpdateService", 0);
    assert_string_equal(jsonx_text(input, "ServiceArn", ""), CLOUD_ARN);
    assert_string_equal(apprunner_image(input), CLOUD_NEW);
    assert_string_equal(apprunner_port(input), "8080");
    json_decref(input);
    record = cloud_record_file(c);
    assert_string_equal(apprunner_image(json_object_get(record, "previous")),
                        CLOUD_OLD);
    json_decref(record);
}

static void a_previous_tag_is_resolved_before_it_moves(void **state)
{
    struct fixture_cloud *c = *state;
    json_t *input;

    cloud_open(c);
    cloud_list(c, "RUNNING");
    cloud_describe(c, "RUNNING", CLOUD_REPOSITORY ":v1");
    cloud_answer(c, "{\"imageDetails\":[{\"imageDigest\":\"sha256:was\","
                    "\"imageTags\":[\"v1\"]}]}");
    cloud_operations(c, "");
    cloud_accept(c, "op-1");
    run(c);
    cloud_expect_success(c);
    input = cloud_input(c, "DescribeImages", 0);
    assert_string_equal(jsonx_text(input, "repositoryName", ""), "web");
    json_decref(input);
    assert_string_equal(c->f->deployment.previous_digest, "sha256:was");
}

static void what_was_never_healthy_is_nothing_to_go_back_to(void **state)
{
    struct fixture_cloud *c = *state;
    struct deployment *deployment = &c->f->deployment;

    cloud_open(c);
    cloud_record(c, "op-0", "UPDATE_SERVICE", "deploy");
    deployment->operation.is_over = true;
    free(deployment->operation.image);
    deployment->operation.image = mem_text(CLOUD_OLD);
    deployment->verdict_before = mem_text("down");
    deployment->previous = json_object();
    deployment->previous_digest = mem_text("sha256:good");
    cloud_list(c, "RUNNING");
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    cloud_operations(c, "");
    cloud_accept(c, "op-1");
    run(c);
    cloud_expect_success(c);
    assert_string_equal(deployment->previous_digest, "sha256:good");
}

static void what_somebody_else_deployed_is_told(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    cloud_record(c, "op-0", "UPDATE_SERVICE", "deploy");
    c->f->deployment.operation.is_over = true;
    c->f->deployment.operation.status = mem_text("SUCCEEDED");
    free(c->f->deployment.operation.image);
    c->f->deployment.operation.image = mem_text(CLOUD_REPOSITORY "@sha256:x");
    cloud_list(c, "RUNNING");
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    cloud_operations(c, "");
    cloud_accept(c, "op-1");
    run(c);
    cloud_expect_success(c);
    assert_int_equal(c->f->warnings.count, 1);
    fixture_step_expect(c->f->warnings.items[0], "somebody else");
}

/* ---- what cannot be updated ------------------------------------------- */

static void a_service_that_takes_no_update_is_explained(void **state)
{
    static const struct {
        const char *status, *message, *remedy;
    } rows[] = {
        { "PAUSED", "paused", "resume-service --service-arn " CLOUD_ARN },
        { "OPERATION_IN_PROGRESS", "under way", "stepdeck status" },
        { "DELETE_FAILED", "could not be deleted", "stepdeck destroy" },
        { "STRANGE", "not known", CLOUD_ARN },
    };
    struct fixture_cloud *c = *state;

    cloud_open(c);
    cloud_know(c);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cloud_describe(c, rows[i].status, CLOUD_OLD);
        run(c);
        cloud_expect_failure(c, EXIT_STATUS_UPDATE_FAILED, rows[i].message,
                             rows[i].remedy);
    }
    assert_int_equal(fixture_server_requests(c->server), 4);
}

static void a_deleted_service_is_created_anew_only_when_asked(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    cloud_list(c, "DELETED");
    cloud_describe(c, "DELETED", CLOUD_OLD);
    run(c);
    cloud_expect_failure(c, EXIT_STATUS_UPDATE_FAILED, "was deleted",
                         "RECREATE_SERVICE=yes");
}

static void a_service_that_we_destroyed_is_created_anew(void **state)
{
    struct fixture_cloud *c = *state;

    fixture_step_set(c->f, "ACCESS_ROLE_ARN", "role/access");
    cloud_open(c);
    cloud_record(c, "op-0", "DELETE_SERVICE", "destroy");
    c->f->deployment.operation.is_over = true;
    cloud_list(c, "DELETED");
    cloud_describe(c, "DELETED", CLOUD_OLD);
    cloud_accept(c, "op-1");
    run(c);
    cloud_expect_success(c);
    cloud_expect_calls(c, "ListServices DescribeService CreateService");
}

static void without_an_image_there_is_nothing_to_deploy(void **state)
{
    struct fixture_cloud *c = *state;

    fixture_step_open(c->f);
    run(c);
    cloud_expect_failure(c, EXIT_STATUS_UPDATE_FAILED, "no image", "deploy");
    cloud_expect_calls(c, "");
}

static void a_mistake_in_the_assertions_is_found_before_the_update(void **state)
{
    struct fixture_cloud *c = *state;

    fixture_step_set(c->f, "HEALTH_EXPECT", "ready");
    cloud_open(c);
    run(c);
    cloud_expect_failure(c, EXIT_STATUS_INPUT, "HEALTH_EXPECT", "path=value");
    cloud_expect_calls(c, "");
}

static void a_refusal_is_told_and_leaves_nothing_pending(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    cloud_know(c);
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    cloud_operations(c, "");
    cloud_fail(c, 400, "InvalidRequestException", "no such role");
    run(c);
    assert_int_equal(c->f->outcome.status, STATUS_FAILED);
    fixture_step_expect(c->f->outcome.message, "no such role");
    cloud_expect_calls(c, "DescribeService ListOperations UpdateService");
    assert_true(c->f->deployment.operation.is_over);
}

/* ---- answers that are lost -------------------------------------------- */

static void an_update_whose_answer_is_lost_is_found(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    cloud_know(c);
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    cloud_operations(c, "op-0 UPDATE_SERVICE SUCCEEDED");
    cloud_cut(c);
    cloud_operations(c, "op-0 UPDATE_SERVICE SUCCEEDED");
    cloud_operations(c, "op-9 START_DEPLOYMENT PENDING,"
                        "op-1 UPDATE_SERVICE PENDING,"
                        "op-0 UPDATE_SERVICE SUCCEEDED");
    run(c);
    cloud_expect_success(c);
    cloud_expect_calls(c, "DescribeService ListOperations UpdateService "
                          "ListOperations ListOperations");
    assert_string_equal(c->f->deployment.operation.id, "op-1");
}

static void an_update_that_was_not_begun_is_asked_for_once_more(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    cloud_know(c);
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    cloud_operations(c, "");
    cloud_cut(c);
    for (int i = 0; i < 5; i++)
        cloud_operations(c, "");
    cloud_accept(c, "op-1");
    run(c);
    cloud_expect_success(c);
    cloud_expect_calls(
        c, "DescribeService ListOperations UpdateService ListOperations "
           "ListOperations ListOperations ListOperations ListOperations "
           "UpdateService");
    assert_true(c->f->now_ms >= 30000);
}

static void a_creation_whose_answer_is_lost_is_found(void **state)
{
    struct fixture_cloud *c = *state;

    fixture_step_set(c->f, "ACCESS_ROLE_ARN", "role/access");
    cloud_open(c);
    cloud_list(c, NULL);
    cloud_cut(c);
    cloud_list(c, NULL);
    cloud_list(c, "OPERATION_IN_PROGRESS");
    cloud_describe(c, "OPERATION_IN_PROGRESS", CLOUD_NEW);
    cloud_operations(c, "op-1 CREATE_SERVICE IN_PROGRESS");
    run(c);
    cloud_expect_success(c);
    assert_string_equal(c->f->deployment.operation.id, "op-1");
    cloud_expect_calls(c, "ListServices CreateService ListServices "
                          "ListServices DescribeService ListOperations");
}

static void an_answer_without_an_operation_takes_the_new_one(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    cloud_know(c);
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    cloud_operations(c, "");
    cloud_accept(c, NULL);
    cloud_operations(c, "op-1 UPDATE_SERVICE PENDING");
    run(c);
    cloud_expect_success(c);
    assert_string_equal(c->f->deployment.operation.id, "op-1");
}

static void an_answer_that_makes_no_sense_may_have_been_a_success(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    cloud_know(c);
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    cloud_operations(c, "");
    cloud_answer(c, "{\"Service\":5}");
    cloud_operations(c, "op-1 UPDATE_SERVICE PENDING");
    run(c);
    cloud_expect_success(c);
    assert_string_equal(c->f->deployment.operation.id, "op-1");
}

static void a_role_that_is_not_known_yet_is_waited_for(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    cloud_know(c);
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    cloud_operations(c, "");
    for (int i = 0; i < 2; i++)
        cloud_fail(c, 400, "InvalidRequestException",
                   "Error in assuming access role arn:aws:iam::1:role/a");
    cloud_accept(c, "op-1");
    run(c);
    cloud_expect_success(c);
    assert_int_equal(c->f->now_ms, 20000);
}

static void a_role_that_stays_unknown_is_a_failure(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    cloud_know(c);
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    cloud_operations(c, "");
    for (int i = 0; i < 13; i++)
        cloud_fail(c, 400, "InvalidRequestException",
                   "Error in assuming instance role");
    run(c);
    assert_int_equal(c->f->outcome.status, STATUS_FAILED);
    assert_int_equal(c->f->now_ms, 120000);
}

/* ---- what an earlier run began ---------------------------------------- */

static void an_update_of_an_earlier_run_is_taken_up(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    cloud_know(c);
    cloud_record(c, "op-1", "UPDATE_SERVICE", "deploy");
    cloud_describe(c, "OPERATION_IN_PROGRESS", CLOUD_NEW);
    run(c);
    cloud_expect_success(c);
    cloud_expect_calls(c, "DescribeService");
    assert_true(c->f->deployment.was_updated);
}

static void an_update_without_an_id_is_looked_for_first(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    cloud_know(c);
    cloud_record(c, NULL, "UPDATE_SERVICE", "deploy");
    cloud_describe(c, "OPERATION_IN_PROGRESS", CLOUD_NEW);
    cloud_operations(c, "op-1 UPDATE_SERVICE PENDING");
    run(c);
    cloud_expect_success(c);
    cloud_expect_calls(c, "DescribeService ListOperations");
    assert_string_equal(c->f->deployment.operation.id, "op-1");
}

static void an_update_that_was_never_sent_is_begun_anew(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    cloud_know(c);
    cloud_record(c, NULL, "UPDATE_SERVICE", "deploy");
    c->f->deployment.operation.called_ms -= 60000;
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    cloud_operations(c, "");
    cloud_operations(c, "");
    cloud_accept(c, "op-1");
    run(c);
    cloud_expect_success(c);
    cloud_expect_calls(
        c, "DescribeService ListOperations ListOperations UpdateService");
}

static void an_update_of_a_moment_ago_may_be_on_its_way(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    cloud_know(c);
    cloud_record(c, NULL, "UPDATE_SERVICE", "deploy");
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    cloud_operations(c, "");
    cloud_operations(c, "");
    cloud_operations(c, "op-1 UPDATE_SERVICE IN_PROGRESS");
    run(c);
    cloud_expect_success(c);
    cloud_expect_calls(
        c, "DescribeService ListOperations ListOperations ListOperations");
    assert_string_equal(c->f->deployment.operation.id, "op-1");
}

static void an_older_update_of_ours_is_waited_for(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    cloud_know(c);
    cloud_record(c, "op-0", "UPDATE_SERVICE", "deploy");
    free(c->f->deployment.operation.image);
    c->f->deployment.operation.image = mem_text(CLOUD_OLD);
    cloud_describe(c, "OPERATION_IN_PROGRESS", CLOUD_OLD);
    cloud_operations(c, "op-0 UPDATE_SERVICE SUCCEEDED");
    cloud_log(c, NULL);
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    cloud_operations(c, "op-0 UPDATE_SERVICE SUCCEEDED");
    cloud_accept(c, "op-1");
    run(c);
    cloud_expect_success(c);
    assert_string_equal(c->f->deployment.operation.id, "op-1");
}

/* ---- the dry run ------------------------------------------------------ */

static void a_dry_run_tells_the_differences(void **state)
{
    struct fixture_cloud *c = *state;
    struct strvec lines = { 0 };

    cloud_open(c);
    c->f->request.is_read_only = true;
    cloud_list(c, "RUNNING");
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    update_preview(&c->f->deployment, &lines);
    assert_int_equal(lines.count, 2);
    fixture_step_expect(lines.items[0], "would update the service");
    fixture_step_expect(lines.items[1], "image: ");
    strvec_release(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLOUD_TEST(a_service_that_is_not_there_is_created),
        CLOUD_TEST(nothing_is_done_where_nothing_differs),
        CLOUD_TEST(a_restart_is_forced_where_nothing_differs),
        CLOUD_TEST(an_update_is_recorded_before_it_is_called),
        CLOUD_TEST(a_previous_tag_is_resolved_before_it_moves),
        CLOUD_TEST(what_was_never_healthy_is_nothing_to_go_back_to),
        CLOUD_TEST(what_somebody_else_deployed_is_told),
        CLOUD_TEST(a_service_that_takes_no_update_is_explained),
        CLOUD_TEST(a_deleted_service_is_created_anew_only_when_asked),
        CLOUD_TEST(a_service_that_we_destroyed_is_created_anew),
        CLOUD_TEST(without_an_image_there_is_nothing_to_deploy),
        CLOUD_TEST(a_mistake_in_the_assertions_is_found_before_the_update),
        CLOUD_TEST(a_refusal_is_told_and_leaves_nothing_pending),
        CLOUD_TEST(an_update_whose_answer_is_lost_is_found),
        CLOUD_TEST(an_update_that_was_not_begun_is_asked_for_once_more),
        CLOUD_TEST(a_creation_whose_answer_is_lost_is_found),
        CLOUD_TEST(an_answer_without_an_operation_takes_the_new_one),
        CLOUD_TEST(an_answer_that_makes_no_sense_may_have_been_a_success),
        CLOUD_TEST(a_role_that_is_not_known_yet_is_waited_for),
        CLOUD_TEST(a_role_that_stays_unknown_is_a_failure),
        CLOUD_TEST(an_update_of_an_earlier_run_is_taken_up),
        CLOUD_TEST(an_update_without_an_id_is_looked_for_first),
        CLOUD_TEST(an_update_that_was_never_sent_is_begun_anew),
        CLOUD_TEST(an_update_of_a_moment_ago_may_be_on_its_way),
        CLOUD_TEST(an_older_update_of_ours_is_waited_for),
        CLOUD_TEST(a_dry_run_tells_the_differences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
