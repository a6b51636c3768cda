/* What follows an update: the wait, the health, and the way back. */
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

static const char *log_of(struct fixture_cloud *c)
{
    return strbuf_text(&c->f->log);
}

static void open_pending(struct fixture_cloud *c)
{
    cloud_open(c);
    cloud_know(c);
    cloud_record(c, "op-1", "UPDATE_SERVICE", "deploy");
    c->f->deployment.was_updated = true;
}

/* ---- waiting ---------------------------------------------------------- */

static void a_wait_ends_when_operation_and_service_agree(void **state)
{
    struct fixture_cloud *c = *state;

    open_pending(c);
    c->f->deployment.usual_wait_ms = 9000;
    cloud_operations(c, "op-2 UPDATE_SERVICE SUCCEEDED,"
                        "op-1 UPDATE_SERVICE PENDING");
    cloud_log(c, "Pulling image");
    cloud_operations(c, "op-1 UPDATE_SERVICE IN_PROGRESS");
    cloud_operations(c, "op-1 UPDATE_SERVICE SUCCEEDED");
    cloud_log(c, NULL);
    cloud_describe(c, "OPERATION_IN_PROGRESS", CLOUD_NEW);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    await_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "ListOperations FilterLogEvents ListOperations "
                          "ListOperations FilterLogEvents DescribeService "
                          "DescribeService");
    fixture_step_expect(log_of(c), "service | Pulling image");
    assert_int_equal(c->f->deployment.verdict, VERDICT_LIVE_UNVERIFIED);
    assert_true(c->f->deployment.operation.is_over);
    assert_true(c->f->deployment.usual_wait_ms < 9000);
}

static void a_service_that_is_running_proves_nothing(void **state)
{
    struct fixture_cloud *c = *state;

    open_pending(c);
    cloud_operations(c, "op-1 UPDATE_SERVICE SUCCEEDED");
    cloud_log(c, NULL);
    for (int i = 0; i < 5; i++)
        cloud_describe(c, "RUNNING", CLOUD_OLD);
    cloud_log(c, NULL);
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    await_run(c->f->context, &c->f->outcome);
    cloud_expect_failure(c, EXIT_STATUS_UPDATE_FAILED, "web@sha256:old",
                         "somebody else");
}

static void
a_rollback_of_app_runner_is_a_failure_not_to_be_repeated(void **state)
{
    struct fixture_cloud *c = *state;

    open_pending(c);
    cloud_operations(c, "op-1 UPDATE_SERVICE ROLLBACK_IN_PROGRESS");
    cloud_log(c, NULL);
    cloud_operations(c, "op-1 UPDATE_SERVICE ROLLBACK_SUCCEEDED");
    cloud_log(c, "Health check failed");
    cloud_log(c, "KeyError: 'TOKEN'");
    cloud_log(c, "Health check failed on protocol `HTTP`");
    await_run(c->f->context, &c->f->outcome);
    cloud_expect_failure(c, EXIT_STATUS_UPDATE_FAILED, "by itself",
                         "most likely an environment variable");
    fixture_step_expect(log_of(c), "Health check failed");
    fixture_step_expect(log_of(c), "last lines of the application:");
    fixture_step_expect(log_of(c), "KeyError: 'TOKEN'");
    fixture_step_expect(log_of(c), "2. the application does not answer");
    assert_true(c->f->deployment.self_rolled_back);
    assert_int_equal(c->f->deployment.verdict, VERDICT_ROLLED_BACK);
    assert_true(c->f->deployment.operation.is_over);
}

/* As from the console, where a failed step may be tried again, or skipped. */
static void a_wait_that_is_tried_again_is_no_deployment(void **state)
{
    static const char *const ends[] = { "ROLLBACK_SUCCEEDED", "FAILED" };
    struct fixture_cloud *c = *state;

    open_pending(c);
    c->f->deployment.operation.is_over = true;
    for (size_t i = 0; i < 2; i++) {
        free(c->f->deployment.operation.status);
        c->f->deployment.operation.status = mem_text(ends[i]);
        await_run(c->f->context, &c->f->outcome);
        cloud_expect_failure(c, EXIT_STATUS_UPDATE_FAILED, ends[i],
                             "'stepdeck deploy' begins another");
    }
    /* A later run that found everything as it should be has no part in it. */
    step_outcome_release(&c->f->outcome);
    c->f->outcome = (struct step_outcome){ .status = STATUS_COMPLETED };
    c->f->deployment.is_unchanged = true;
    await_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
}

static void health_behind_a_rollback_is_that_of_the_old_version(void **state)
{
    struct fixture_cloud *c = *state;

    open_pending(c);
    c->f->deployment.self_rolled_back = true;
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    cloud_answer(c, "{}");
    cloud_answer(c, "{}");
    health_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    assert_int_equal(c->f->deployment.verdict, VERDICT_ROLLED_BACK);
}

static void every_bad_end_is_a_failure(void **state)
{
    static const char *const rows[] = { "FAILED", "ROLLBACK_FAILED" };
    struct fixture_cloud *c = *state;

    open_pending(c);
    for (size_t i = 0; i < 2; i++) {
        char *row = mem_format("op-1 UPDATE_SERVICE %s", rows[i]);

        c->f->deployment.operation.is_over = false;
        cloud_operations(c, row);
        cloud_log(c, NULL);
        cloud_log(c, NULL);
        cloud_describe(c, "RUNNING", CLOUD_OLD);
        await_run(c->f->context, &c->f->outcome);
        cloud_expect_failure(c, EXIT_STATUS_UPDATE_FAILED, "App Runner could",
                             "log");
        assert_false(c->f->deployment.self_rolled_back);
        free(row);
    }
}

static void an_end_that_nobody_saw_teaches_no_duration(void **state)
{
    struct fixture_cloud *c = *state;

    open_pending(c);
    c->f->deployment.operation.called_ms = FIXTURE_STEP_TIME - 86400000;
    cloud_operations(c, "op-1 UPDATE_SERVICE SUCCEEDED");
    cloud_log(c, NULL);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    await_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    assert_int_equal(c->f->deployment.usual_wait_ms, 0);
}

static void a_word_of_the_future_is_no_end(void **state)
{
    struct fixture_cloud *c = *state;

    open_pending(c);
    cloud_operations(c, "op-1 UPDATE_SERVICE POLISHING");
    cloud_log(c, NULL);
    cloud_operations(c, "op-1 UPDATE_SERVICE SUCCEEDED");
    cloud_log(c, NULL);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    await_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    fixture_step_expect(log_of(c), "POLISHING after");
}

static void a_timeout_leaves_the_operation_to_be_taken_up(void **state)
{
    struct fixture_cloud *c = *state;

    fixture_step_set(c->f, "DEPLOY_TIMEOUT", "1");
    fixture_step_set(c->f, "NO_ROLLBACK", "yes");
    open_pending(c);
    cloud_operations(c, "op-1 UPDATE_SERVICE IN_PROGRESS");
    cloud_log(c, NULL);
    cloud_operations(c, "op-1 UPDATE_SERVICE IN_PROGRESS");
    cloud_describe(c, "OPERATION_IN_PROGRESS", CLOUD_NEW);
    await_run(c->f->context, &c->f->outcome);
    cloud_expect_failure(c, EXIT_STATUS_TIMED_OUT, "has not ended",
                         "stepdeck deploy");
    cloud_expect_calls(c, "ListOperations FilterLogEvents ListOperations "
                          "DescribeService");
    assert_false(c->f->deployment.operation.is_over);
}

static void a_late_operation_is_outwaited_for_the_rollback(void **state)
{
    struct fixture_cloud *c = *state;

    fixture_step_set(c->f, "DEPLOY_TIMEOUT", "1");
    open_pending(c);
    cloud_operations(c, "op-1 UPDATE_SERVICE IN_PROGRESS");
    cloud_log(c, NULL);
    cloud_operations(c, "op-1 UPDATE_SERVICE IN_PROGRESS");
    cloud_operations(c, "op-1 UPDATE_SERVICE ROLLBACK_SUCCEEDED");
    cloud_log(c, NULL);
    cloud_log(c, NULL);
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    await_run(c->f->context, &c->f->outcome);
    cloud_expect_failure(c, EXIT_STATUS_TIMED_OUT, "has not ended", NULL);
    assert_true(c->f->deployment.self_rolled_back);
    assert_true(c->f->deployment.operation.is_over);
}

static void a_silence_of_the_cloud_is_tolerated(void **state)
{
    struct fixture_cloud *c = *state;

    open_pending(c);
    cloud_fail(c, 400, "AccessDeniedException", "not now");
    cloud_log(c, NULL);
    cloud_operations(c, "op-1 UPDATE_SERVICE SUCCEEDED");
    cloud_log(c, NULL);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    await_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    fixture_step_expect(log_of(c), "cannot be asked for");
    fixture_step_expect(log_of(c), "answers again");
}

static void an_operation_that_is_not_known_ends_the_wait(void **state)
{
    struct fixture_cloud *c = *state;

    open_pending(c);
    c->f->deployment.operation.called_ms = FIXTURE_STEP_TIME - 3600000;
    for (int i = 0; i < 40; i++) {
        cloud_operations(c, "op-8 UPDATE_SERVICE SUCCEEDED");
        cloud_operations(c, "op-8 UPDATE_SERVICE SUCCEEDED");
    }
    await_run(c->f->context, &c->f->outcome);
    cloud_expect_failure(c, EXIT_STATUS_UPDATE_FAILED,
                         "knows no operation op-1", "stepdeck deploy");
    assert_true(c->f->deployment.operation.is_over);
}

static void a_cancelled_wait_says_how_it_is_taken_up(void **state)
{
    struct fixture_cloud *c = *state;

    open_pending(c);
    cancel_raise(&c->f->cancel, CANCEL_STOP);
    await_run(c->f->context, &c->f->outcome);
    cloud_expect_failure(c, 0, "goes on in the cloud", "stepdeck deploy");
    assert_true(c->f->outcome.cancelled);
    assert_false(c->f->deployment.operation.is_over);
}

static void without_an_operation_there_is_nothing_to_wait_for(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    await_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "");
}

/* ---- health ----------------------------------------------------------- */

static void answer_health(struct fixture_cloud *c, int status, const char *body)
{
    fixture_server_answer(c->server, status, body);
}

static void two_good_answers_in_a_row_are_health(void **state)
{
    struct fixture_cloud *c = *state;
    char *line;

    cloud_open(c);
    cloud_know(c);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    answer_health(c, 200, "ok");
    answer_health(c, 500, "");
    answer_health(c, 200, "ok");
    answer_health(c, 204, "");
    health_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "DescribeService GET GET GET GET");
    assert_int_equal(c->f->deployment.verdict, VERDICT_LIVE);
    assert_string_equal(c->f->deployment.deployed_digest, "sha256:new");
    line = fixture_server_line(c->server, 1);
    assert_string_equal(line, "GET /healthz");
    free(line);
    assert_int_equal(c->f->now_ms, 1000 + 1000 + 1000);
}

static void a_failure_brings_the_dossier(void **state)
{
    struct fixture_cloud *c = *state;

    fixture_step_set(c->f, "HEALTH_RETRIES", "2");
    cloud_open(c);
    cloud_know(c);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    answer_health(c, 404, "");
    answer_health(c, 404, "");
    cloud_log(c, "GET /healthz 404");
    cloud_log(c, "Service status is set to RUNNING.");
    health_run(c->f->context, &c->f->outcome);
    cloud_expect_failure(c, EXIT_STATUS_HEALTH_FAILED, "HTTP 404",
                         "HEALTH_PATH");
    fixture_step_expect(log_of(c), "/healthz\n");
    fixture_step_expect(log_of(c), "target tag:      v2");
    fixture_step_expect(log_of(c), "target digest:   sha256:new");
    fixture_step_expect(log_of(c), "deployed image:  " CLOUD_NEW);
    fixture_step_expect(log_of(c), "GET /healthz 404");
    fixture_step_expect(log_of(c), "set to RUNNING.");
    fixture_step_expect(log_of(c), "1. HEALTH_PATH is not");
    assert_int_equal(c->f->deployment.verdict, VERDICT_DOWN);
}

static void a_service_that_is_busy_for_a_moment_is_forgiven(void **state)
{
    struct fixture_cloud *c = *state;

    fixture_step_set(c->f, "HEALTH_RETRIES", "2");
    cloud_open(c);
    cloud_know(c);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    for (int i = 0; i < 5; i++)
        answer_health(c, i % 2 ? 429 : 503, "");
    answer_health(c, 200, "");
    answer_health(c, 200, "");
    health_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
}

static void a_service_that_stays_busy_is_not(void **state)
{
    struct fixture_cloud *c = *state;

    fixture_step_set(c->f, "HEALTH_RETRIES", "2");
    cloud_open(c);
    cloud_know(c);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    for (int i = 0; i < 7; i++)
        answer_health(c, 503, "");
    cloud_log(c, NULL);
    cloud_log(c, NULL);
    health_run(c->f->context, &c->f->outcome);
    cloud_expect_failure(c, EXIT_STATUS_HEALTH_FAILED, "HTTP 503", NULL);
}

static void assertions_are_held_against_the_answer(void **state)
{
    struct fixture_cloud *c = *state;

    fixture_step_set(c->f, "HEALTH_RETRIES", "2");
    fixture_step_set(c->f, "HEALTH_EXPECT", "db.ready=true");
    cloud_open(c);
    cloud_know(c);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    answer_health(c, 200, "ok");
    answer_health(c, 200, "{\"db\":{\"ready\":false}}");
    cloud_log(c, NULL);
    cloud_log(c, NULL);
    health_run(c->f->context, &c->f->outcome);
    cloud_expect_failure(c, EXIT_STATUS_HEALTH_FAILED,
                         "'db.ready' is false, and 'true' is expected",
                         "HEALTH_EXPECT");
    fixture_step_expect(log_of(c), "no JSON object");
}

static void a_service_without_a_url_is_live_but_unverified(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    c->f->deployment.service = json_object();
    health_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    assert_int_equal(c->f->deployment.verdict, VERDICT_LIVE_UNVERIFIED);
    assert_int_equal(c->f->warnings.count, 1);
    fixture_step_expect(c->f->warnings.items[0], "HEALTH_URL");
}

/* ---- the way back ----------------------------------------------------- */

static void open_failed(struct fixture_cloud *c)
{
    struct deployment *deployment = &c->f->deployment;

    open_pending(c);
    deployment->operation.is_over = true;
    deployment->verdict = VERDICT_DOWN;
    deployment->previous = json_loads(
        "{\"ServiceArn\":\"gone\",\"SourceConfiguration\":{\"ImageRepository\":"
        "{\"ImageIdentifier\":\"" CLOUD_REPOSITORY ":v1\","
        "\"ImageConfiguration\":{\"Port\":\"7000\"}}}}",
        0, NULL);
    deployment->previous_digest = mem_text("sha256:old");
}

static void answer_way_back(struct fixture_cloud *c)
{
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    cloud_operations(c, "op-1 UPDATE_SERVICE SUCCEEDED");
    cloud_accept(c, "op-2");
    cloud_operations(c, "op-2 UPDATE_SERVICE SUCCEEDED");
    cloud_log(c, NULL);
    cloud_describe(c, "RUNNING", CLOUD_OLD);
}

static void the_previous_configuration_comes_back_by_its_digest(void **state)
{
    struct fixture_cloud *c = *state;
    json_t *input;

    open_failed(c);
    answer_way_back(c);
    answer_health(c, 200, "");
    answer_health(c, 200, "");
    rollback_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "DescribeService ListOperations UpdateService "
                          "ListOperations FilterLogEvents DescribeService "
                          "GET GET");
    input = cloud_input(c, "UpdateService", 0);
    assert_string_equal(apprunner_image(input), CLOUD_OLD);
    assert_string_equal(apprunner_port(input), "7000");
    assert_string_equal(jsonx_text(input, "ServiceArn", ""), CLOUD_ARN);
    json_decref(input);
    assert_int_equal(c->f->deployment.verdict, VERDICT_ROLLED_BACK);
    assert_string_equal(c->f->deployment.operation.purpose, "rollback");
}

static void a_rollback_that_is_not_healthy_is_15(void **state)
{
    struct fixture_cloud *c = *state;

    fixture_step_set(c->f, "HEALTH_RETRIES", "2");
    open_failed(c);
    answer_way_back(c);
    answer_health(c, 500, "");
    answer_health(c, 500, "");
    cloud_log(c, NULL);
    cloud_log(c, NULL);
    rollback_run(c->f->context, &c->f->outcome);
    cloud_expect_failure(c, EXIT_STATUS_ROLLBACK_FAILED, "HTTP 500", NULL);
    fixture_step_expect(log_of(c), "aws apprunner describe-service");
    assert_int_equal(c->f->deployment.verdict, VERDICT_DOWN);
}

static void what_app_runner_rolled_back_is_only_checked(void **state)
{
    struct fixture_cloud *c = *state;

    open_failed(c);
    c->f->deployment.self_rolled_back = true;
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    answer_health(c, 200, "");
    answer_health(c, 200, "");
    rollback_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "DescribeService GET GET");
    assert_int_equal(c->f->deployment.verdict, VERDICT_ROLLED_BACK);
}

static void a_failed_update_that_left_the_old_one_needs_no_update(void **state)
{
    struct fixture_cloud *c = *state;

    open_failed(c);
    json_decref(c->f->deployment.previous);
    c->f->deployment.previous = json_loads(
        "{\"SourceConfiguration\":{\"ImageRepository\":{\"ImageIdentifier\":"
        "\"" CLOUD_OLD "\",\"ImageConfiguration\":{\"Port\":\"8080\","
        "\"RuntimeEnvironmentVariables\":{\"A\":\"1\"}}}}}",
        0, NULL);
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    answer_health(c, 200, "");
    answer_health(c, 200, "");
    rollback_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "DescribeService GET GET");
}

static void a_tag_that_a_failed_update_left_is_not_deployed_again(void **state)
{
    struct fixture_cloud *c = *state;

    open_failed(c);
    json_decref(c->f->deployment.previous);
    c->f->deployment.previous = json_loads(
        "{\"SourceConfiguration\":{\"ImageRepository\":{\"ImageIdentifier\":"
        "\"" CLOUD_REPOSITORY ":v1\",\"ImageConfiguration\":{\"Port\":"
        "\"8080\",\"RuntimeEnvironmentVariables\":{\"A\":\"1\"}}}}}",
        0, NULL);
    cloud_describe(c, "RUNNING", CLOUD_REPOSITORY ":v1");
    answer_health(c, 200, "");
    answer_health(c, 200, "");
    rollback_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "DescribeService GET GET");
}

static void what_somebody_else_deployed_is_left_alone(void **state)
{
    struct fixture_cloud *c = *state;

    open_failed(c);
    cloud_describe(c, "RUNNING", CLOUD_REPOSITORY "@sha256:theirs");
    rollback_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "DescribeService");
    fixture_step_expect(c->f->warnings.items[0], "somebody else");
}

static void a_first_version_has_nothing_to_go_back_to(void **state)
{
    struct fixture_cloud *c = *state;

    open_failed(c);
    json_decref(c->f->deployment.previous);
    c->f->deployment.previous = NULL;
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    rollback_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "DescribeService");
    assert_int_equal(c->f->deployment.verdict, VERDICT_DOWN);
    fixture_step_expect(c->f->warnings.items[0], "first version");
}

static void a_run_that_changed_nothing_rolls_nothing_back(void **state)
{
    struct fixture_cloud *c = *state;

    open_failed(c);
    c->f->deployment.was_updated = false;
    c->f->deployment.is_unchanged = true;
    c->f->deployment.verdict = VERDICT_LIVE; /* a smoke test has failed */
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    rollback_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "DescribeService");
    assert_int_equal(c->f->deployment.verdict, VERDICT_LIVE);
    fixture_step_expect(c->f->warnings.items[0], "changed nothing");
}

static void an_operation_under_way_bars_the_way_back(void **state)
{
    struct fixture_cloud *c = *state;

    open_failed(c);
    cloud_describe(c, "OPERATION_IN_PROGRESS", CLOUD_NEW);
    rollback_run(c->f->context, &c->f->outcome);
    cloud_expect_failure(c, EXIT_STATUS_ROLLBACK_FAILED, "under way",
                         "stepdeck rollback");
}

static void a_rollback_that_is_asked_for_may_name_its_tag(void **state)
{
    struct fixture_cloud *c = *state;
    json_t *input;

    fixture_step_set(c->f, "ROLLBACK_TO", "v0");
    cloud_open(c);
    cloud_know(c);
    c->f->request.command = "rollback";
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    cloud_answer(c, "{\"imageDetails\":[{\"imageDigest\":\"sha256:old\","
                    "\"imageTags\":[\"v0\"]}]}");
    cloud_operations(c, "");
    cloud_accept(c, "op-2");
    cloud_operations(c, "op-2 UPDATE_SERVICE SUCCEEDED");
    cloud_log(c, NULL);
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    answer_health(c, 200, "");
    answer_health(c, 200, "");
    rollback_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    input = cloud_input(c, "UpdateService", 0);
    assert_string_equal(apprunner_image(input), CLOUD_OLD);
    json_decref(input);
    assert_string_equal(c->f->deployment.previous_digest, "sha256:new");
}

static void a_rollback_to_nowhere_says_what_to_name(void **state)
{
    struct fixture_cloud *c = *state;

    cloud_open(c);
    cloud_know(c);
    c->f->request.command = "rollback";
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    rollback_run(c->f->context, &c->f->outcome);
    cloud_expect_failure(c, EXIT_STATUS_ROLLBACK_FAILED, "no previous version",
                         "--to TAG");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLOUD_TEST(a_wait_ends_when_operation_and_service_agree),
        CLOUD_TEST(a_service_that_is_running_proves_nothing),
        CLOUD_TEST(a_rollback_of_app_runner_is_a_failure_not_to_be_repeated),
        CLOUD_TEST(a_wait_that_is_tried_again_is_no_deployment),
        CLOUD_TEST(health_behind_a_rollback_is_that_of_the_old_version),
        CLOUD_TEST(every_bad_end_is_a_failure),
        CLOUD_TEST(an_end_that_nobody_saw_teaches_no_duration),
        CLOUD_TEST(a_word_of_the_future_is_no_end),
        CLOUD_TEST(a_timeout_leaves_the_operation_to_be_taken_up),
        CLOUD_TEST(a_late_operation_is_outwaited_for_the_rollback),
        CLOUD_TEST(a_silence_of_the_cloud_is_tolerated),
        CLOUD_TEST(an_operation_that_is_not_known_ends_the_wait),
        CLOUD_TEST(a_cancelled_wait_says_how_it_is_taken_up),
        CLOUD_TEST(without_an_operation_there_is_nothing_to_wait_for),
        CLOUD_TEST(two_good_answers_in_a_row_are_health),
        CLOUD_TEST(a_failure_brings_the_dossier),
        CLOUD_TEST(a_service_that_is_busy_for_a_moment_is_forgiven),
        CLOUD_TEST(a_service_that_stays_busy_is_not),
        CLOUD_TEST(assertions_are_held_against_the_answer),
        CLOUD_TEST(a_service_without_a_url_is_live_but_unverified),
        CLOUD_TEST(the_previous_configuration_comes_back_by_its_digest),
        CLOUD_TEST(a_rollback_that_is_not_healthy_is_15),
        CLOUD_TEST(what_app_runner_rolled_back_is_only_checked),
        CLOUD_TEST(a_failed_update_that_left_the_old_one_needs_no_update),
        CLOUD_TEST(a_tag_that_a_failed_update_left_is_not_deployed_again),
        CLOUD_TEST(what_somebody_else_deployed_is_left_alone),
        CLOUD_TEST(a_first_version_has_nothing_to_go_back_to),
        CLOUD_TEST(a_run_that_changed_nothing_rolls_nothing_back),
        CLOUD_TEST(an_operation_under_way_bars_the_way_back),
        CLOUD_TEST(a_rollback_that_is_asked_for_may_name_its_tag),
        CLOUD_TEST(a_rollback_to_nowhere_says_what_to_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
