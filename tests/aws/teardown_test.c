/* Steps behind a deployment: pruning, destroying, and the status. */
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

#define MANIFEST "application/vnd.oci.image.manifest.v1+json"

static const char *log_of(struct fixture_cloud *c)
{
    return strbuf_text(&c->f->log);
}

/* Images "sha256:new" (newest) and three older ones. */
static void answer_images(struct fixture_cloud *c)
{
    cloud_answer(c, "{\"imageDetails\":["
                    "{\"imageDigest\":\"sha256:new\",\"imageTags\":[\"v2\"],"
                    "\"imagePushedAt\":4e9,\"imageSizeInBytes\":2000000,"
                    "\"imageManifestMediaType\":\"" MANIFEST "\"},"
                    "{\"imageDigest\":\"sha256:old\",\"imageTags\":[\"v1\"],"
                    "\"imagePushedAt\":1.7e9,\"imageSizeInBytes\":1000000,"
                    "\"imageManifestMediaType\":\"" MANIFEST "\"},"
                    "{\"imageDigest\":\"sha256:b\",\"imagePushedAt\":1.6e9,"
                    "\"imageManifestMediaType\":\"" MANIFEST "\"},"
                    "{\"imageDigest\":\"sha256:a\",\"imageTags\":[\"v0\"],"
                    "\"imagePushedAt\":1.5e9,"
                    "\"imageManifestMediaType\":\"" MANIFEST "\"}]}");
}

static void open_known(struct fixture_cloud *c)
{
    cloud_open(c);
    cloud_know(c);
}

/* ---- pruning ---------------------------------------------------------- */

static void old_images_go_and_what_is_needed_stays(void **state)
{
    struct fixture_cloud *c = *state;
    json_t *input;

    fixture_step_set(c->f, "PRUNE_IMAGES", "1");
    open_known(c);
    c->f->deployment.previous_digest = mem_text("sha256:old");
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    answer_images(c);
    cloud_fail(c, 400, "LifecyclePolicyNotFoundException", "none");
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    cloud_answer(c, "{\"imageIds\":[{\"imageDigest\":\"sha256:a\"},"
                    "{\"imageDigest\":\"sha256:b\"}],\"failures\":[]}");
    prune_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "DescribeService DescribeImages GetLifecyclePolicy "
                          "DescribeService BatchDeleteImage");
    input = cloud_input(c, "BatchDeleteImage", 0);
    assert_int_equal(json_array_size(json_object_get(input, "imageIds")), 2);
    json_decref(input);
    fixture_step_expect(log_of(c), "removing sha256:a");
    fixture_step_expect_not(log_of(c), "removing sha256:old");
    assert_int_equal(c->f->warnings.count, 0);
}

static void nothing_is_pruned_during_an_operation(void **state)
{
    struct fixture_cloud *c = *state;

    open_known(c);
    cloud_describe(c, "OPERATION_IN_PROGRESS", CLOUD_NEW);
    prune_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "DescribeService");
    fixture_step_expect(c->f->warnings.items[0], "under way");
}

static void
nothing_is_pruned_when_another_image_was_deployed_meanwhile(void **state)
{
    struct fixture_cloud *c = *state;

    fixture_step_set(c->f, "PRUNE_IMAGES", "1");
    open_known(c);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    answer_images(c);
    cloud_fail(c, 400, "LifecyclePolicyNotFoundException", "none");
    cloud_describe(c, "RUNNING", CLOUD_REPOSITORY "@sha256:a");
    prune_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    fixture_step_expect(c->f->warnings.items[0], "another image");
}

static void a_failure_to_prune_is_a_warning(void **state)
{
    struct fixture_cloud *c = *state;

    open_known(c);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    cloud_fail(c, 400, "AccessDeniedException", "no");
    prune_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    assert_int_equal(c->f->warnings.count, 1);
}

static void an_expiring_policy_is_told(void **state)
{
    struct fixture_cloud *c = *state;

    open_known(c);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    answer_images(c);
    cloud_answer(c, "{\"lifecyclePolicyText\":\"{\\\"rules\\\":["
                    "{\\\"rulePriority\\\":7,\\\"selection\\\":{"
                    "\\\"tagStatus\\\":\\\"any\\\"},\\\"action\\\":{"
                    "\\\"type\\\":\\\"expire\\\"}}]}\"}");
    prune_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "DescribeService DescribeImages GetLifecyclePolicy");
    assert_int_equal(c->f->warnings.count, 1);
    fixture_step_expect(c->f->warnings.items[0], "rule 7");
}

static void a_dry_run_lists_what_would_go(void **state)
{
    struct fixture_cloud *c = *state;
    struct strvec lines = { 0 };

    fixture_step_set(c->f, "PRUNE_IMAGES", "3");
    open_known(c);
    c->f->request.is_read_only = true;
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    answer_images(c);
    cloud_fail(c, 400, "LifecyclePolicyNotFoundException", "none");
    prune_preview(&c->f->deployment, &lines);
    assert_int_equal(lines.count, 2);
    assert_string_equal(lines.items[0], "would remove 1 of 4 images");
    fixture_step_expect(lines.items[1], "sha256:a");
    strvec_release(&lines);
}

/* ---- destroying ------------------------------------------------------- */

static void the_inventory_deletes_nothing(void **state)
{
    struct fixture_cloud *c = *state;

    open_known(c);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    answer_images(c);
    predestroy_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "DescribeService DescribeImages");
    fixture_step_expect(log_of(c), "service " CLOUD_ARN ": RUNNING");
    fixture_step_expect(log_of(c), "4 images, 3.0 MB");
    fixture_step_expect(log_of(c), "is kept (DESTROY_REPOSITORY=yes");
}

static void the_service_goes_and_the_repository_stays(void **state)
{
    struct fixture_cloud *c = *state;
    json_t *record;

    open_known(c);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    cloud_operations(c, "op-1 UPDATE_SERVICE SUCCEEDED");
    cloud_accept(c, "op-5");
    cloud_operations(c, "op-5 DELETE_SERVICE IN_PROGRESS");
    cloud_log(c, NULL);
    cloud_fail(c, 400, "ResourceNotFoundException", "gone");
    destroy_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "DescribeService ListOperations DeleteService "
                          "ListOperations FilterLogEvents ListOperations");
    record = cloud_record_file(c);
    assert_string_equal(
        jsonx_text(json_object_get(record, "operation"), "purpose", ""),
        "destroy");
    assert_null(json_object_get(record, "previous"));
    json_decref(record);
    fixture_step_expect(log_of(c), "is not touched");
}

static void the_repository_goes_when_that_is_asked_for(void **state)
{
    struct fixture_cloud *c = *state;
    json_t *input;

    fixture_step_set(c->f, "DESTROY_REPOSITORY", "yes");
    cloud_open(c);
    cloud_list(c, NULL);
    cloud_answer(c, "{\"repository\":{}}");
    destroy_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "ListServices DeleteRepository");
    input = cloud_input(c, "DeleteRepository", 0);
    assert_true(jsonx_bool(input, "force"));
    json_decref(input);
}

static void a_service_in_an_operation_is_not_deleted(void **state)
{
    struct fixture_cloud *c = *state;

    open_known(c);
    cloud_describe(c, "OPERATION_IN_PROGRESS", CLOUD_NEW);
    destroy_run(c->f->context, &c->f->outcome);
    cloud_expect_failure(c, 0, "under way", "stepdeck destroy");
    cloud_expect_calls(c, "DescribeService");
}

static void an_update_of_ours_ends_before_the_service_does(void **state)
{
    struct fixture_cloud *c = *state;

    open_known(c);
    cloud_record(c, "op-4", "UPDATE_SERVICE", "deploy");
    cloud_describe(c, "OPERATION_IN_PROGRESS", CLOUD_NEW);
    cloud_operations(c, "op-4 UPDATE_SERVICE ROLLBACK_SUCCEEDED");
    for (int i = 0; i < 4; i++) /* as it goes, at its end, and of each kind */
        cloud_log(c, NULL);
    cloud_describe(c, "RUNNING", CLOUD_OLD);
    cloud_operations(c, "op-4 UPDATE_SERVICE ROLLBACK_SUCCEEDED");
    cloud_accept(c, "op-5");
    cloud_operations(c, "op-5 DELETE_SERVICE SUCCEEDED,"
                        "op-4 UPDATE_SERVICE ROLLBACK_SUCCEEDED");
    cloud_log(c, NULL);
    destroy_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
}

static void a_deletion_of_an_earlier_run_is_taken_up(void **state)
{
    struct fixture_cloud *c = *state;

    open_known(c);
    cloud_record(c, "op-5", "DELETE_SERVICE", "destroy");
    cloud_describe(c, "OPERATION_IN_PROGRESS", CLOUD_NEW);
    cloud_operations(c, "op-5 DELETE_SERVICE SUCCEEDED");
    cloud_log(c, NULL);
    destroy_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
}

/* ---- automatic deployments -------------------------------------------- */

static void automatic_deployments_come_back_where_they_were(void **state)
{
    struct fixture_cloud *c = *state;
    json_t *input;

    open_known(c);
    c->f->deployment.auto_deploys_before = true;
    c->f->deployment.auto_deploys_changed = true;
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    cloud_operations(c, "");
    cloud_accept(c, "op-3");
    cloud_operations(c, "op-3 UPDATE_SERVICE SUCCEEDED");
    cloud_log(c, NULL);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    autodeploy_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    input = cloud_input(c, "UpdateService", 0);
    assert_true(apprunner_auto_deploys(input));
    json_decref(input);
    assert_false(c->f->deployment.auto_deploys_changed);
}

static void automatic_deployments_stay_off_where_they_were_off(void **state)
{
    struct fixture_cloud *c = *state;

    open_known(c);
    autodeploy_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "");
}

/* Also in a run that had nothing to update. */
static void automatic_deployments_are_switched_off_when_asked_for(void **state)
{
    struct fixture_cloud *c = *state;
    json_t *input;

    fixture_step_set(c->f, "AUTO_DEPLOYMENTS", "off");
    open_known(c);
    cloud_answer(c, "{\"Service\":{\"ServiceName\":\"web\",\"ServiceArn\":"
                    "\"" CLOUD_ARN "\",\"Status\":\"RUNNING\","
                    "\"SourceConfiguration\":{\"AutoDeploymentsEnabled\":true,"
                    "\"ImageRepository\":{\"ImageIdentifier\":\"" CLOUD_NEW
                    "\",\"ImageRepositoryType\":\"ECR\"}}}}");
    cloud_operations(c, "");
    cloud_accept(c, "op-3");
    cloud_operations(c, "op-3 UPDATE_SERVICE SUCCEEDED");
    cloud_log(c, NULL);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    autodeploy_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    input = cloud_input(c, "UpdateService", 0);
    assert_false(apprunner_auto_deploys(input));
    json_decref(input);
}

static void automatic_deployments_stay_off_when_that_is_asked_for(void **state)
{
    struct fixture_cloud *c = *state;

    fixture_step_set(c->f, "AUTO_DEPLOYMENTS", "off");
    open_known(c);
    c->f->deployment.auto_deploys_before = true;
    c->f->deployment.auto_deploys_changed = true;
    autodeploy_run(c->f->context, &c->f->outcome);
    cloud_expect_success(c);
    cloud_expect_calls(c, "");
}

/* ---- the status ------------------------------------------------------- */

#define STS_ANSWER                                                             \
    "<GetCallerIdentityResponse "                                              \
    "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"                     \
    "<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/a</Arn>"     \
    "<UserId>U</UserId><Account>123456789012</Account>"                        \
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"

static const char *member(const json_t *status, const char *object,
                          const char *name)
{
    return jsonx_text(json_object_get(status, object), name, "(none)");
}

static void the_status_tells_what_is_serving(void **state)
{
    struct fixture_cloud *c = *state;
    struct error err = { 0 };
    json_t *status;

    fixture_step_set(c->f, "PORT", "9000");
    open_known(c);
    c->f->request.is_read_only = true;
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    cloud_operations(c, "op-2 UPDATE_SERVICE SUCCEEDED,"
                        "op-1 CREATE_SERVICE SUCCEEDED");
    fixture_server_answer(c->server, 200, "");
    cloud_answer(c, STS_ANSWER);
    status = cloudstatus_make(&c->f->deployment, NULL, &err);
    if (!status)
        fail_msg("%s", err.message);
    assert_string_equal(member(status, "service", "name"), "web");
    assert_string_equal(member(status, "service", "status"), "RUNNING");
    assert_string_equal(member(status, "service", "digest"), "sha256:new");
    assert_string_equal(member(status, "health", "status"), "healthy");
    assert_string_equal(member(status, "identity", "account"), "123456789012");
    assert_string_equal(jsonx_text(status, "verdict", ""), "live");
    assert_int_equal(json_array_size(json_object_get(status, "operations")), 2);
    assert_int_equal(json_array_size(json_object_get(status, "drift")), 1);
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(status, "drift"), 0)),
        "port: 8080 -> 9000");
    json_decref(status);
}

static void the_status_of_no_service_is_no_error(void **state)
{
    struct fixture_cloud *c = *state;
    struct error err = { 0 };
    json_t *status;

    cloud_open(c);
    cloud_list(c, NULL);
    cloud_answer(c, STS_ANSWER);
    status = cloudstatus_make(&c->f->deployment, NULL, &err);
    assert_non_null(status);
    assert_true(json_is_null(json_object_get(status, "service")));
    assert_true(json_is_null(json_object_get(status, "verdict")));
    json_decref(status);
}

static void a_time_that_is_none_is_left_out_of_the_status(void **state)
{
    struct fixture_cloud *c = *state;
    struct error err = { 0 };
    json_t *status;

    open_known(c);
    cloud_answer(c, "{\"Service\":{\"ServiceName\":\"web\",\"ServiceArn\":"
                    "\"" CLOUD_ARN "\",\"Status\":\"PAUSED\","
                    "\"UpdatedAt\":1e15}}");
    cloud_fail(c, 400, "AccessDeniedException", "no");
    cloud_answer(c, STS_ANSWER);
    status = cloudstatus_make(&c->f->deployment, NULL, &err);
    assert_non_null(status);
    assert_string_equal(member(status, "service", "status"), "PAUSED");
    assert_string_equal(member(status, "service", "updated"), "(none)");
    json_decref(status);
}

static void an_unhealthy_service_is_down(void **state)
{
    struct fixture_cloud *c = *state;
    struct error err = { 0 };
    json_t *status;

    open_known(c);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    cloud_fail(c, 400, "AccessDeniedException", "no");
    fixture_server_answer(c->server, 500, "");
    cloud_answer(c, STS_ANSWER);
    status = cloudstatus_make(&c->f->deployment, NULL, &err);
    assert_non_null(status);
    assert_string_equal(jsonx_text(status, "verdict", ""), "down");
    assert_string_equal(member(status, "health", "reason"), "HTTP 500");
    assert_int_equal(json_array_size(json_object_get(status, "notes")), 1);
    json_decref(status);
}

/* ---- following -------------------------------------------------------- */

struct followed {
    struct fixture_cloud *c;
    struct strvec lines;
};

static void take_line(void *context, int64_t time_ms, const char *source,
                      const char *line)
{
    struct followed *followed = context;

    (void)time_ms;
    strvec_addf(&followed->lines, "%s: %s", source, line);
    if (followed->lines.count == 2)
        cancel_raise(&followed->c->f->cancel, CANCEL_STOP);
}

static void both_logs_are_followed_until_asked_to_stop(void **state)
{
    struct fixture_cloud *c = *state;
    struct followed followed = { c, { 0 } };
    struct error err = { 0 };

    open_known(c);
    cloud_describe(c, "RUNNING", CLOUD_NEW);
    cloud_log(c, "one");
    cloud_log(c, "two");
    assert_true(follow_logs(&c->f->deployment, &c->f->cancel, take_line,
                            &followed, &err));
    assert_int_equal(followed.lines.count, 2);
    assert_string_equal(followed.lines.items[0], "application: one");
    assert_string_equal(followed.lines.items[1], "service: two");
    strvec_release(&followed.lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLOUD_TEST(old_images_go_and_what_is_needed_stays),
        CLOUD_TEST(nothing_is_pruned_during_an_operation),
        CLOUD_TEST(nothing_is_pruned_when_another_image_was_deployed_meanwhile),
        CLOUD_TEST(a_failure_to_prune_is_a_warning),
        CLOUD_TEST(an_expiring_policy_is_told),
        CLOUD_TEST(a_dry_run_lists_what_would_go),
        CLOUD_TEST(the_inventory_deletes_nothing),
        CLOUD_TEST(the_service_goes_and_the_repository_stays),
        CLOUD_TEST(the_repository_goes_when_that_is_asked_for),
        CLOUD_TEST(a_service_in_an_operation_is_not_deleted),
        CLOUD_TEST(an_update_of_ours_ends_before_the_service_does),
        CLOUD_TEST(a_deletion_of_an_earlier_run_is_taken_up),
        CLOUD_TEST(automatic_deployments_come_back_where_they_were),
        CLOUD_TEST(automatic_deployments_stay_off_where_they_were_off),
        CLOUD_TEST(automatic_deployments_are_switched_off_when_asked_for),
        CLOUD_TEST(automatic_deployments_stay_off_when_that_is_asked_for),
        CLOUD_TEST(the_status_tells_what_is_serving),
        CLOUD_TEST(the_status_of_no_service_is_no_error),
        CLOUD_TEST(a_time_that_is_none_is_left_out_of_the_status),
        CLOUD_TEST(an_unhealthy_service_is_down),
        CLOUD_TEST(both_logs_are_followed_until_asked_to_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
