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

/* The operation fails with this code. */
static void assert_fails(struct cloud *cloud, const char *operation,
                         const char *input, const char *expected)
{
    const char *code;

    assert_null(cloud_ecr(cloud, operation, input, &code));
    assert_string_equal(code, expected);
}

static void create(struct cloud *cloud, const char *name)
{
    char *input = mem_format("{\"repositoryName\": \"%s\"}", name);

    json_decref(cloud_ecr_done(cloud, "CreateRepository", input));
    free(input);
}

/* BatchDeleteImage of one id; "" when it went, the failure's code otherwise. To
 * free. */
static char *delete_one(struct cloud *cloud, const char *member,
                        const char *value)
{
    char *input = mem_format("{\"repositoryName\": \"web\", \"imageIds\": "
                             "[{\"%s\": \"%s\"}]}",
                             member, value);
    json_t *answer = cloud_ecr_done(cloud, "BatchDeleteImage", input);
    json_t *failure = json_array_get(json_object_get(answer, "failures"), 0);
    char *code = mem_text(jsonx_text(failure, "failureCode", ""));

    json_decref(answer);
    free(input);
    return code;
}

static size_t count_images(struct cloud *cloud, const char *status)
{
    char *input = mem_format("{\"repositoryName\": \"web\", \"filter\": "
                             "{\"tagStatus\": \"%s\"}}",
                             status);
    json_t *answer = cloud_ecr_done(cloud, "DescribeImages", input);
    size_t count = json_array_size(json_object_get(answer, "imageDetails"));

    json_decref(answer);
    free(input);
    return count;
}

static void ecr_gives_tokens_that_do_not_fit_small_buffers(void **state)
{
    struct cloud *cloud = *state;
    json_t *answer = cloud_ecr_done(cloud, "GetAuthorizationToken", "{}");
    json_t *token =
        json_array_get(json_object_get(answer, "authorizationData"), 0);
    double expires = json_number_value(json_object_get(token, "expiresAt"));

    assert_true(strlen(jsonx_text(token, "authorizationToken", "")) > 1024);
    assert_true(expires > emulator_now() + 11 * 3600);
    json_decref(answer);
}

static void ecr_refuses_in_its_own_codes(void **state)
{
    static const struct {
        const char *operation, *input, *code;
    } cases[] = {
        { "DescribeRepositories", "{\"repositoryNames\": [\"none\"]}",
          "RepositoryNotFoundException" },
        { "DescribeImages", "{\"repositoryName\": \"none\"}",
          "RepositoryNotFoundException" },
        { "DescribeImages",
          "{\"repositoryName\": \"web\", \"imageIds\": [{\"imageTag\": "
          "\"v1\"}]}",
          "ImageNotFoundException" },
        { "CreateRepository", "{\"repositoryName\": \"web\"}",
          "RepositoryAlreadyExistsException" },
        { "CreateRepository", "{\"repositoryName\": \"Web/\"}",
          "InvalidParameterException" },
        { "CreateRepository",
          "{\"repositoryName\": \"new\", \"imageTagMutability\": \"NO\"}",
          "InvalidParameterException" },
        { "BatchGetImage", "{\"repositoryName\": \"web\", \"imageIds\": []}",
          "InvalidParameterException" },
        { "GetLifecyclePolicy", "{\"repositoryName\": \"web\"}",
          "LifecyclePolicyNotFoundException" },
        { "PutLifecyclePolicy",
          "{\"repositoryName\": \"web\", \"lifecyclePolicyText\": \"[]\"}",
          "InvalidParameterException" },
        { "PutImage",
          "{\"repositoryName\": \"web\", \"imageManifest\": \"{}\"}",
          "InvalidParameterException" },
    };
    struct cloud *cloud = *state;

    create(cloud, "web");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_fails(cloud, cases[i].operation, cases[i].input, cases[i].code);
    /* What was refused has left nothing behind. */
    assert_fails(cloud, "DescribeRepositories",
                 "{\"repositoryNames\": [\"new\"]}",
                 "RepositoryNotFoundException");
}

static void ecr_gives_pages_until_no_token_is_left(void **state)
{
    struct cloud *cloud = *state;
    const char *token = "";
    char *input = NULL;
    size_t seen = 0, pages = 0;
    json_t *answer = NULL;

    for (int i = 0; i < 5; i++) {
        char *name = mem_format("name-%d", i);

        create(cloud, name);
        free(name);
    }
    while (token) {
        input = *token ? mem_format("{\"maxResults\": 2, \"nextToken\": "
                                    "\"%s\"}",
                                    token)
                       : mem_text("{\"maxResults\": 2}");
        json_decref(answer);
        answer = cloud_ecr_done(cloud, "DescribeRepositories", input);
        free(input);
        seen += json_array_size(json_object_get(answer, "repositories"));
        pages++;
        token = jsonx_text(answer, "nextToken", NULL);
    }
    json_decref(answer);
    assert_int_equal(seen, 5);
    assert_int_equal(pages, 3);
}

static void ecr_deletes_an_image_with_its_last_tag(void **state)
{
    struct cloud *cloud = *state;
    char digest[BLOBS_DIGEST_SIZE];
    char *code;

    create(cloud, "web");
    cloud_push(cloud, "web", "v1", "{}", "one", digest);
    cloud_push(cloud, "web", "v2", "{}", "one", digest);
    code = delete_one(cloud, "imageTag", "v1");
    assert_string_equal(code, "");
    free(code);
    assert_int_equal(count_images(cloud, "TAGGED"), 1);
    code = delete_one(cloud, "imageTag", "v1");
    assert_string_equal(code, "ImageNotFound");
    free(code);
    code = delete_one(cloud, "imageTag", "v2");
    assert_string_equal(code, "");
    free(code);
    assert_int_equal(count_images(cloud, "ANY"), 0);
}

static void ecr_deletes_an_image_by_digest_with_all_its_tags(void **state)
{
    struct cloud *cloud = *state;
    char digest[BLOBS_DIGEST_SIZE];
    char *code;

    create(cloud, "web");
    cloud_push(cloud, "web", "v1", "{}", "one", digest);
    cloud_push(cloud, "web", "v2", "{}", "one", digest);
    assert_fails(cloud, "DeleteRepository", "{\"repositoryName\": \"web\"}",
                 "RepositoryNotEmptyException");
    code = delete_one(cloud, "imageDigest", digest);
    assert_string_equal(code, "");
    free(code);
    assert_int_equal(count_images(cloud, "ANY"), 0);
    json_decref(cloud_ecr_done(cloud, "DeleteRepository",
                               "{\"repositoryName\": \"web\"}"));
}

static void ecr_keeps_what_an_index_refers_to(void **state)
{
    struct cloud *cloud = *state;
    char child[BLOBS_DIGEST_SIZE], digest[BLOBS_DIGEST_SIZE];
    char *index, *code;

    create(cloud, "web");
    cloud_push(cloud, "web", NULL, "{}", "one", child);
    index = mem_format("{\"schemaVersion\":2,\"manifests\":[{\"digest\":"
                       "\"%s\"}]}",
                       child);
    cloud_digest(index, digest);
    assert_int_equal(cloud_status(cloud, "PUT", "/v2/web/manifests/multi",
                                  "content-type: " OCI_INDEX, index),
                     201);
    free(index);
    assert_int_equal(count_images(cloud, "UNTAGGED"), 1);
    code = delete_one(cloud, "imageDigest", child);
    assert_string_equal(code, "ImageReferencedByManifestList");
    free(code);
    code = delete_one(cloud, "imageTag", "multi");
    assert_string_equal(code, "");
    free(code);
    code = delete_one(cloud, "imageDigest", child);
    assert_string_equal(code, "");
    free(code);
}

static void ecr_tags_an_image_again_from_its_own_manifest(void **state)
{
    struct cloud *cloud = *state;
    char digest[BLOBS_DIGEST_SIZE], found[BLOBS_DIGEST_SIZE];
    json_t *answer, *input;
    const char *manifest;
    char *text;

    create(cloud, "web");
    cloud_push(cloud, "web", "v1", "{}", "one", digest);
    answer = cloud_ecr_done(cloud, "BatchGetImage",
                            "{\"repositoryName\": \"web\", \"imageIds\": "
                            "[{\"imageTag\": \"v1\"}]}");
    manifest = jsonx_text(json_array_get(json_object_get(answer, "images"), 0),
                          "imageManifest", "");
    cloud_digest(manifest, found);
    assert_string_equal(found, digest);
    input = json_pack("{s:s, s:s, s:s, s:s}", "repositoryName", "web",
                      "imageManifest", manifest, "imageManifestMediaType",
                      DOCKER_MANIFEST, "imageTag", "v2");
    text = jsonx_line(input);
    json_decref(cloud_ecr_done(cloud, "PutImage", text));
    assert_fails(cloud, "PutImage", text, "ImageAlreadyExistsException");
    assert_int_equal(count_images(cloud, "ANY"), 1);
    json_decref(cloud_ecr_done(cloud, "PutImageTagMutability",
                               "{\"repositoryName\": \"web\", "
                               "\"imageTagMutability\": \"IMMUTABLE\"}"));
    assert_fails(cloud, "PutImage", text, "ImageTagAlreadyExistsException");
    free(text);
    json_decref(input);
    json_decref(answer);
}

static void ecr_gives_back_the_lifecycle_policy_it_was_given(void **state)
{
    static const char where[] = "{\"repositoryName\": \"web\"}";
    struct cloud *cloud = *state;
    json_t *answer;

    create(cloud, "web");
    json_decref(cloud_ecr_done(cloud, "PutLifecyclePolicy",
                               "{\"repositoryName\": \"web\", "
                               "\"lifecyclePolicyText\": "
                               "\"{\\\"rules\\\":[]}\"}"));
    answer = cloud_ecr_done(cloud, "GetLifecyclePolicy", where);
    assert_string_equal(jsonx_text(answer, "lifecyclePolicyText", ""),
                        "{\"rules\":[]}");
    json_decref(answer);
    json_decref(cloud_ecr_done(cloud, "DeleteLifecyclePolicy", where));
    assert_fails(cloud, "GetLifecyclePolicy", where,
                 "LifecyclePolicyNotFoundException");
}

#define CLOUD_TEST(test)                                                       \
    cmocka_unit_test_setup_teardown(test, cloud_open, cloud_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLOUD_TEST(ecr_gives_tokens_that_do_not_fit_small_buffers),
        CLOUD_TEST(ecr_refuses_in_its_own_codes),
        CLOUD_TEST(ecr_gives_pages_until_no_token_is_left),
        CLOUD_TEST(ecr_deletes_an_image_with_its_last_tag),
        CLOUD_TEST(ecr_deletes_an_image_by_digest_with_all_its_tags),
        CLOUD_TEST(ecr_keeps_what_an_index_refers_to),
        CLOUD_TEST(ecr_tags_an_image_again_from_its_own_manifest),
        CLOUD_TEST(ecr_gives_back_the_lifecycle_policy_it_was_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
