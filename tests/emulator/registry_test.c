#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_registry.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void create(struct cloud *cloud, const char *input)
{
    json_decref(cloud_ecr_done(cloud, "CreateRepository", input));
}

/* The registry refuses with this status and code. */
static void assert_refused(struct cloud *cloud, const char *method,
                           const char *target, const char *header,
                           const char *body, int status, const char *code)
{
    struct emulator_reply reply =
        cloud_ask(cloud, method, target, header, body);
    char *text = cloud_body(&reply);

    assert_int_equal(reply.status, status);
    assert_non_null(strstr(text, code));
    free(text);
    cloud_reply_release(&reply);
}

static void registry_lets_in_who_has_a_token(void **state)
{
    struct cloud *cloud = *state;
    struct emulator_request request = {
        .method = "GET", .path = "/v2/", .query = "", .body = ""
    };
    struct emulator_reply reply = { 0 };

    registry_answer(&cloud->emulator, &request, &reply);
    assert_int_equal(reply.status, 401);
    assert_non_null(strstr(cloud_header(&reply, "WWW-Authenticate"), "Basic "));
    cloud_reply_release(&reply);
    assert_int_equal(cloud_status(cloud, "GET", "/v2/", NULL, NULL), 200);
}

static void registry_tells_an_expired_token_from_an_invented_one(void **state)
{
    struct cloud *cloud = *state;

    json_object_set_new(emulator_part(&cloud->emulator, "tokens"), cloud->token,
                        json_real(emulator_now() - 1));
    assert_refused(cloud, "GET", "/v2/", NULL, NULL, 403, "has expired");
    json_object_del(emulator_part(&cloud->emulator, "tokens"), cloud->token);
    assert_refused(cloud, "GET", "/v2/", NULL, NULL, 401, "UNAUTHORIZED");
}

static void registry_has_only_repositories_that_were_created(void **state)
{
    struct cloud *cloud = *state;

    assert_refused(cloud, "POST", "/v2/team/web/blobs/uploads/", NULL, NULL,
                   404, "NAME_UNKNOWN");
    assert_refused(cloud, "GET", "/v2/team/web/tags/list", NULL, NULL, 404,
                   "The repository with name 'team/web' does not exist");
    create(cloud, "{\"repositoryName\": \"team/web\"}");
    assert_int_equal(
        cloud_status(cloud, "GET", "/v2/team/web/tags/list", NULL, NULL), 200);
}

/* The path of the upload that the answer names. */
static char *upload_path(const struct emulator_reply *reply)
{
    const char *place = cloud_header(reply, "Location");

    assert_non_null(place);
    return mem_text(strstr(place, "/v2/"));
}

static char *start_upload(struct cloud *cloud)
{
    struct emulator_reply reply =
        cloud_ask(cloud, "POST", "/v2/web/blobs/uploads/", NULL, NULL);
    char *path = upload_path(&reply);

    assert_int_equal(reply.status, 202);
    cloud_reply_release(&reply);
    return path;
}

static void registry_puts_chunks_together_in_their_order(void **state)
{
    struct cloud *cloud = *state;
    char digest[BLOBS_DIGEST_SIZE];
    char *path, *target, *body;
    struct emulator_reply reply;

    create(cloud, "{\"repositoryName\": \"web\"}");
    path = start_upload(cloud);
    assert_int_equal(
        cloud_status(cloud, "PATCH", path, "content-range: 0-3", "one "), 202);
    /* One that belongs elsewhere changes nothing. */
    reply = cloud_ask(cloud, "PATCH", path, "content-range: 9-12", "lost");
    assert_int_equal(reply.status, 416);
    assert_string_equal(cloud_header(&reply, "Range"), "0-3");
    cloud_reply_release(&reply);
    assert_int_equal(
        cloud_status(cloud, "PATCH", path, "content-range: 4-7", "two "), 202);
    cloud_digest("one two three", digest);
    target = mem_format("%s?digest=sha256%%3A%s", path, digest + 7);
    assert_int_equal(cloud_status(cloud, "PUT", target, NULL, "three"), 201);
    free(target);
    target = mem_format("/v2/web/blobs/%s", digest);
    assert_int_equal(cloud_status(cloud, "HEAD", target, NULL, NULL), 200);
    reply = cloud_ask(cloud, "GET", target, NULL, NULL);
    body = cloud_body(&reply);
    assert_string_equal(body, "one two three");
    cloud_reply_release(&reply);
    free(body);
    free(target);
    free(path);
}

static void registry_refuses_bytes_that_have_another_digest(void **state)
{
    struct cloud *cloud = *state;
    char digest[BLOBS_DIGEST_SIZE];
    char *path, *target;

    create(cloud, "{\"repositoryName\": \"web\"}");
    cloud_digest("expected", digest);
    path = start_upload(cloud);
    target = mem_format("%s?digest=%s", path, digest);
    assert_refused(cloud, "PUT", target, NULL, "found", 400, "DIGEST_INVALID");
    free(target);
    /* Neither a blob nor an upload is left. */
    target = mem_format("/v2/web/blobs/%s", digest);
    assert_refused(cloud, "GET", target, NULL, NULL, 404, "BLOB_UNKNOWN");
    assert_refused(cloud, "PATCH", path, NULL, "more", 404,
                   "BLOB_UPLOAD_UNKNOWN");
    free(target);
    free(path);
}

static void registry_takes_no_path_for_a_digest_or_an_upload(void **state)
{
    static const char *const targets[] = {
        "/v2/web/blobs/../../etc/passwd", "/v2/web/blobs/sha256:..",
        "/v2/web/blobs/uploads/..",       "/v2/web/manifests/..",
        "/v2/../blobs/uploads/x",
    };
    struct cloud *cloud = *state;

    create(cloud, "{\"repositoryName\": \"web\"}");
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        assert_in_range(cloud_status(cloud, "GET", targets[i], NULL, NULL), 400,
                        499);
}

static void registry_mounts_what_another_repository_has(void **state)
{
    struct cloud *cloud = *state;
    char digest[BLOBS_DIGEST_SIZE], blob[BLOBS_DIGEST_SIZE];
    char *mount, *target;

    create(cloud, "{\"repositoryName\": \"web\"}");
    create(cloud, "{\"repositoryName\": \"api\"}");
    cloud_push(cloud, "web", "v1", "{}", "layer", digest);
    cloud_digest("layer", blob);
    target = mem_format("/v2/api/blobs/%s", blob);
    assert_int_equal(cloud_status(cloud, "HEAD", target, NULL, NULL), 404);
    mount = mem_format("/v2/api/blobs/uploads/?mount=%s&from=web", blob);
    assert_int_equal(cloud_status(cloud, "POST", mount, NULL, NULL), 201);
    assert_int_equal(cloud_status(cloud, "HEAD", target, NULL, NULL), 200);
    free(mount);
    /* What is not there becomes an ordinary upload. */
    cloud_digest("nowhere", blob);
    mount = mem_format("/v2/api/blobs/uploads/?mount=%s&from=web", blob);
    assert_int_equal(cloud_status(cloud, "POST", mount, NULL, NULL), 202);
    free(mount);
    free(target);
}

static void registry_gives_a_manifest_by_tag_and_by_digest(void **state)
{
    struct cloud *cloud = *state;
    char digest[BLOBS_DIGEST_SIZE], found[BLOBS_DIGEST_SIZE];
    char *by_digest, *body;

    create(cloud, "{\"repositoryName\": \"web\"}");
    cloud_push(cloud, "web", "v1", "{}", "layer", digest);
    by_digest = mem_format("/v2/web/manifests/%s", digest);
    const char *const targets[] = { "/v2/web/manifests/v1", by_digest };
    for (size_t i = 0; i < 2; i++) {
        struct emulator_reply reply =
            cloud_ask(cloud, "GET", targets[i], NULL, NULL);

        body = cloud_body(&reply);
        cloud_digest(body, found);
        assert_string_equal(found, digest);
        assert_string_equal(cloud_header(&reply, "Docker-Content-Digest"),
                            digest);
        assert_string_equal(cloud_header(&reply, "Content-Type"),
                            DOCKER_MANIFEST);
        free(body);
        cloud_reply_release(&reply);
    }
    free(by_digest);
    assert_refused(cloud, "GET", "/v2/web/manifests/v2", NULL, NULL, 404,
                   "MANIFEST_UNKNOWN");
}

static void registry_refuses_manifests_that_are_not_whole(void **state)
{
    static const char config[] =
        "{\"schemaVersion\":2,\"config\":{\"digest\":\"sha256:"
        "0000000000000000000000000000000000000000000000000000000000000000\"}}";
    static const char index[] =
        "{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"sha256:"
        "0000000000000000000000000000000000000000000000000000000000000000\"}]}";
    static const struct {
        const char *type, *body, *code;
    } cases[] = {
        { "content-type: " DOCKER_MANIFEST, config, "MANIFEST_BLOB_UNKNOWN" },
        { "content-type: " OCI_INDEX, index, "MANIFEST_BLOB_UNKNOWN" },
        { "content-type: " DOCKER_MANIFEST, "{", "MANIFEST_INVALID" },
        { "content-type: " DOCKER_MANIFEST, "{}", "MANIFEST_INVALID" },
        { "content-type: text/plain", config, "MANIFEST_INVALID" },
    };
    struct cloud *cloud = *state;

    create(cloud, "{\"repositoryName\": \"web\"}");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_refused(cloud, "PUT", "/v2/web/manifests/v1", cases[i].type,
                       cases[i].body, 400, cases[i].code);
}

static void registry_keeps_immutable_tags_where_they_are(void **state)
{
    static const char words[] = "The image tag 'v1' already exists in the "
                                "'web' repository and cannot be overwritten "
                                "because the tag is immutable.";
    struct cloud *cloud = *state;
    char digest[BLOBS_DIGEST_SIZE];
    struct emulator_reply reply;
    char *body, *other;

    create(cloud, "{\"repositoryName\": \"web\", \"imageTagMutability\": "
                  "\"IMMUTABLE_WITH_EXCLUSION\", "
                  "\"imageTagMutabilityExclusionFilters\": [{\"filterType\": "
                  "\"WILDCARD\", \"filter\": \"lat*t\"}]}");
    cloud_push(cloud, "web", "v1", "{}", "one", digest);
    cloud_push(cloud, "web", "latest", "{}", "one", digest);
    cloud_push(cloud, "web", "latest", "{}", "two", digest);
    reply = cloud_ask(cloud, "GET", "/v2/web/manifests/latest", NULL, NULL);
    assert_string_equal(cloud_header(&reply, "Docker-Content-Digest"), digest);
    other = cloud_body(&reply);
    cloud_reply_release(&reply);
    reply = cloud_ask(cloud, "PUT", "/v2/web/manifests/v1",
                      "content-type: " DOCKER_MANIFEST, other);
    body = cloud_body(&reply);
    assert_int_equal(reply.status, 400);
    assert_non_null(strstr(body, "TAG_INVALID"));
    assert_non_null(strstr(body, words));
    cloud_reply_release(&reply);
    free(body);
    free(other);
}

static void registry_moves_a_tag_to_what_was_sent_last(void **state)
{
    struct cloud *cloud = *state;
    char first[BLOBS_DIGEST_SIZE], second[BLOBS_DIGEST_SIZE];
    struct emulator_reply reply;
    char *body;

    create(cloud, "{\"repositoryName\": \"web\"}");
    cloud_push(cloud, "web", "v1", "{}", "one", first);
    cloud_push(cloud, "web", "v1", "{}", "two", second);
    reply = cloud_ask(cloud, "GET", "/v2/web/manifests/v1", NULL, NULL);
    assert_string_equal(cloud_header(&reply, "Docker-Content-Digest"), second);
    cloud_reply_release(&reply);
    reply = cloud_ask(cloud, "GET", "/v2/web/tags/list", NULL, NULL);
    body = cloud_body(&reply);
    assert_string_equal(body, "{\"name\":\"web\",\"tags\":[\"v1\"]}");
    free(body);
    cloud_reply_release(&reply);
}

static void registry_fails_on_request(void **state)
{
    struct cloud *cloud = *state;
    char digest[BLOBS_DIGEST_SIZE];

    create(cloud, "{\"repositoryName\": \"web\"}");
    cloud_push(cloud, "web", "v1", "{}", "layer", digest);
    assert_true(
        fault_add(&cloud->emulator, "registry.GetManifest:error503@1", NULL));
    assert_int_equal(
        cloud_status(cloud, "GET", "/v2/web/manifests/v1", NULL, NULL), 503);
    assert_int_equal(
        cloud_status(cloud, "GET", "/v2/web/manifests/v1", NULL, NULL), 200);
}

#define CLOUD_TEST(test)                                                       \
    cmocka_unit_test_setup_teardown(test, cloud_open, cloud_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLOUD_TEST(registry_lets_in_who_has_a_token),
        CLOUD_TEST(registry_tells_an_expired_token_from_an_invented_one),
        CLOUD_TEST(registry_has_only_repositories_that_were_created),
        CLOUD_TEST(registry_puts_chunks_together_in_their_order),
        CLOUD_TEST(registry_refuses_bytes_that_have_another_digest),
        CLOUD_TEST(registry_takes_no_path_for_a_digest_or_an_upload),
        CLOUD_TEST(registry_mounts_what_another_repository_has),
        CLOUD_TEST(registry_gives_a_manifest_by_tag_and_by_digest),
        CLOUD_TEST(registry_refuses_manifests_that_are_not_whole),
        CLOUD_TEST(registry_keeps_immutable_tags_where_they_are),
        CLOUD_TEST(registry_fails_on_request),
        CLOUD_TEST(registry_moves_a_tag_to_what_was_sent_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
