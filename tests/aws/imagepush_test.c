#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_step.h"

#include "base/base64.h"
#include "base/digest.h"
#include "base/jsonx.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Both are scripted: what ECR is asked, and what the daemon is. */

#define DIGEST                                                                 \
    "sha256:4383383838383838383838383838383838383838383838383838383838383838"
#define OTHER                                                                  \
    "sha256:9999999999999999999999999999999999999999999999999999999999999999"
#define LOCAL                                                                  \
    "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define REPOSITORY(mutability)                                                 \
    "{\"repositories\":[{\"repositoryName\":\"web\",\"repositoryArn\":\"arn:"  \
    "aws:ecr:us-east-1:123456789012:repository/web\",\"repositoryUri\":"       \
    "\"host:5000/web\",\"imageTagMutability\":\"" mutability "\"}]}"
#define IMAGE(digest, type)                                                    \
    "{\"imageDetails\":[{\"imageDigest\":\"" digest                            \
    "\",\"imageTags\":[\"v1\"],\"imageSizeInBytes\":10,"                       \
    "\"imageManifestMediaType\":\"" type "\"}]}"
#define MANIFEST_TYPE "application/vnd.docker.distribution.manifest.v2+json"
#define INDEX_TYPE "application/vnd.oci.image.index.v1+json"
#define PUSHED(tag)                                                            \
    "{\"status\":\"The push refers to repository [host:5000/web]\"}\r\n"       \
    "{\"status\":\"Pushing\",\"progressDetail\":{\"current\":5,\"total\":10}," \
    "\"id\":\"aaaaaaaaaaaa\"}\r\n"                                             \
    "{\"status\":\"Pushed\",\"progressDetail\":{},\"id\":\"aaaaaaaaaaaa\"}"    \
    "\r\n{\"status\":\"" tag ": digest: " DIGEST " size: 524\"}\r\n"
#define FAILED(words)                                                          \
    "{\"errorDetail\":{\"message\":\"" words "\"},\"error\":\"" words "\"}"    \
    "\r\n"
#define IMMUTABLE                                                              \
    "tag invalid: The image tag 'latest' already exists in the 'web' "         \
    "repository and cannot be overwritten because the repository is "          \
    "immutable."

static void answer_token(struct fixture_step *f)
{
    struct strbuf token = { 0 };
    char *body;

    base64_encode("AWS:hidden", strlen("AWS:hidden"), &token);
    body = mem_format(
        "{\"authorizationData\":[{\"authorizationToken\":\"%s\","
        "\"expiresAt\":1795323600,\"proxyEndpoint\":\"http://host:5000\"}]}",
        strbuf_text(&token));
    fixture_server_answer(f->cloud, 200, body);
    strbuf_release(&token);
    free(body);
}

static void begin(struct fixture_step *f, const char *repository)
{
    fixture_step_cloud(f);
    fixture_step_docker(f);
    fixture_step_set(f, "ECR_REPOSITORY", "web");
    fixture_step_open(f);
    f->deployment.image.tag = mem_text("v1");
    f->deployment.image.local_id = mem_text(LOCAL);
    f->deployment.image.was_built = true;
    fixture_server_answer(f->cloud, 200, repository);
}

static void run(struct fixture_step *f)
{
    imagepush_run(f->context, &f->outcome);
}

static void expect_failed(struct fixture_step *f, const char *message,
                          const char *suggestion)
{
    fixture_step_expect_failure(f, EXIT_STATUS_PUSH_FAILED, message,
                                suggestion);
}

/* ---- a push ----------------------------------------------------------- */

/* What a push of the tag asks, up to where `latest` begins. */
static void answer_push(struct fixture_step *f, const char *type)
{
    fixture_step_refuse(f, 400, "ImageNotFoundException");
    answer_token(f);
    fixture_server_answer(f->cloud, 200,
                          strcmp(type, INDEX_TYPE) == 0
                              ? IMAGE(DIGEST, INDEX_TYPE)
                              : IMAGE(DIGEST, MANIFEST_TYPE));
    fixture_server_answer(f->daemon, 201, NULL);
    fixture_server_answer(f->daemon, 200, PUSHED("v1"));
}

static void answer_latest(struct fixture_step *f, const char *stream)
{
    answer_token(f);
    fixture_server_answer(f->daemon, 201, NULL);
    fixture_server_answer(f->daemon, 200, stream);
}

static void the_tag_goes_first_and_its_digest_is_confirmed(void **state)
{
    struct fixture_step *f = *state;

    begin(f, REPOSITORY("MUTABLE"));
    answer_push(f, MANIFEST_TYPE);
    answer_latest(f, PUSHED("latest"));
    run(f);
    fixture_step_expect_success(f);
    assert_string_equal(f->deployment.image.digest, DIGEST);
    assert_string_equal(f->deployment.image.repository, "host:5000/web");
    assert_true(f->deployment.image.was_pushed);
    assert_int_equal(f->warnings.count, 0);
    fixture_step_expect(fixture_server_request(f->daemon, 2), "tag=v1");
    fixture_step_expect(fixture_server_request(f->daemon, 4), "tag=latest");
    assert_string_equal(f->items.items[0], "aaaaaaaaaaaa pushing 5/10");
    fixture_step_expect(strbuf_text(&f->log), "host:5000/web:v1 is " DIGEST);
    assert_string_equal(f->events.items[0], "cloud.phase push started");
    assert_string_equal(f->events.items[f->events.count - 1],
                        "cloud.phase push ended");
}

static void the_token_is_told_to_nobody(void **state)
{
    struct fixture_step *f = *state;

    begin(f, REPOSITORY("MUTABLE"));
    answer_push(f, MANIFEST_TYPE);
    answer_latest(f, PUSHED("latest"));
    run(f);
    fixture_step_expect_success(f);
    fixture_step_expect_not(strbuf_text(&f->log), "hidden");
    fixture_step_expect_not(strbuf_text(&f->log), "QVdTOmhpZGRlbg");
}

static void an_index_is_warned_of(void **state)
{
    struct fixture_step *f = *state;

    begin(f, REPOSITORY("MUTABLE"));
    answer_push(f, INDEX_TYPE);
    answer_latest(f, PUSHED("latest"));
    run(f);
    fixture_step_expect_success(f);
    assert_int_equal(f->warnings.count, 1);
    fixture_step_expect(f->warnings.items[0], "an index of several images");
}

static void a_digest_that_appears_late_is_waited_for(void **state)
{
    struct fixture_step *f = *state;

    begin(f, REPOSITORY("MUTABLE"));
    fixture_step_refuse(f, 400, "ImageNotFoundException");
    answer_token(f);
    fixture_step_refuse(f, 400, "ImageNotFoundException");
    fixture_step_refuse(f, 400, "ImageNotFoundException");
    fixture_server_answer(f->cloud, 200, IMAGE(DIGEST, MANIFEST_TYPE));
    fixture_server_answer(f->daemon, 201, NULL);
    fixture_server_answer(f->daemon, 200, PUSHED("v1"));
    answer_latest(f, PUSHED("latest"));
    run(f);
    fixture_step_expect_success(f);
    assert_int_equal(f->now_ms, 2000);
}

static void another_digest_in_the_repository_fails(void **state)
{
    struct fixture_step *f = *state;

    begin(f, REPOSITORY("MUTABLE"));
    fixture_step_refuse(f, 400, "ImageNotFoundException");
    answer_token(f);
    fixture_server_answer(f->cloud, 200, IMAGE(OTHER, MANIFEST_TYPE));
    fixture_server_answer(f->daemon, 201, NULL);
    fixture_server_answer(f->daemon, 200, PUSHED("v1"));
    run(f);
    expect_failed(f, "but the repository answers " OTHER, "somebody else");
    assert_null(f->deployment.image.digest);
}

static void answer_image(struct fixture_step *f, const char *digest)
{
    char *body = mem_format("{\"imageDetails\":[{\"imageDigest\":\"%s\","
                            "\"imageTags\":[\"v1\"]}]}",
                            digest);

    fixture_server_answer(f->cloud, 200, body);
    free(body);
}

/* ---- there already ---------------------------------------------------- */

static void an_image_that_is_there_is_not_pushed_again(void **state)
{
    static const char manifest[] = "{'config':{'digest':'" LOCAL "'}}";
    struct fixture_step *f = *state;
    char digest[DIGEST_TEXT_SIZE], *bytes = mem_text(manifest), *expected;
    json_t *image, *reply;
    char *body;

    for (char *at = bytes; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    digest_bytes(bytes, strlen(bytes), digest);
    expected = mem_format("sha256:%s", digest);
    image = json_pack("{s:{s:s},s:s,s:s}", "imageId", "imageDigest", expected,
                      "imageManifest", bytes, "imageManifestMediaType",
                      MANIFEST_TYPE);
    reply = json_pack("{s:[o],s:[]}", "images", image, "failures");
    body = jsonx_line(reply);
    begin(f, REPOSITORY("IMMUTABLE"));
    answer_image(f, expected);
    fixture_server_answer(f->cloud, 200, body);
    answer_latest(f, FAILED(IMMUTABLE));
    run(f);
    fixture_step_expect_success(f);
    assert_string_equal(f->deployment.image.digest, expected);
    assert_false(f->deployment.image.was_pushed);
    assert_int_equal(f->warnings.count, 1);
    fixture_step_expect(f->warnings.items[0], "'latest' stays where it is");
    json_decref(reply);
    free(body);
    free(bytes);
    free(expected);
}

static void another_image_under_an_immutable_tag_fails(void **state)
{
    struct fixture_step *f = *state;

    begin(f, REPOSITORY("IMMUTABLE"));
    fixture_server_answer(f->cloud, 200, IMAGE(DIGEST, MANIFEST_TYPE));
    fixture_server_answer(f->cloud, 200, "{\"images\":[],\"failures\":[]}");
    run(f);
    expect_failed(f, "is immutable and holds another image as 'v1'",
                  "commit a change");
    /* The two of finding the daemon. */
    assert_int_equal(fixture_server_requests(f->daemon), 2);
}

static void what_the_build_found_there_needs_no_daemon(void **state)
{
    struct fixture_step *f = *state;

    begin(f, REPOSITORY("MUTABLE"));
    f->deployment.image.was_built = false;
    f->deployment.image.digest = mem_text(DIGEST);
    fixture_server_answer(f->cloud, 200, IMAGE(DIGEST, MANIFEST_TYPE));
    run(f);
    fixture_step_expect_success(f);
    assert_int_equal(fixture_server_requests(f->daemon), 0);
    /* 'latest' is no reason to fail: here ECR knows no more answers. */
    assert_int_equal(f->warnings.count, 1);
    fixture_step_expect(f->warnings.items[0], "'latest' was not moved");
}

/* ---- failures --------------------------------------------------------- */

static void a_cut_push_is_tried_once_more_with_a_fresh_token(void **state)
{
    struct fixture_step *f = *state;

    begin(f, REPOSITORY("MUTABLE"));
    fixture_step_refuse(f, 400, "ImageNotFoundException");
    answer_token(f);
    answer_token(f);
    fixture_server_answer(f->cloud, 200, IMAGE(DIGEST, MANIFEST_TYPE));
    fixture_server_answer(f->daemon, 201, NULL);
    fixture_server_answer(f->daemon, 200,
                          FAILED("read tcp: connection reset by peer"));
    fixture_server_answer(f->daemon, 200, PUSHED("v1"));
    answer_latest(f, PUSHED("latest"));
    run(f);
    fixture_step_expect_success(f);
    fixture_step_expect(strbuf_text(&f->log), "trying again with a fresh");
}

static void a_push_that_stays_cut_fails_with_advice(void **state)
{
    struct fixture_step *f = *state;

    begin(f, REPOSITORY("MUTABLE"));
    fixture_step_refuse(f, 400, "ImageNotFoundException");
    answer_token(f);
    answer_token(f);
    fixture_server_answer(f->daemon, 201, NULL);
    for (int i = 0; i < 2; i++)
        fixture_server_answer(f->daemon, 200,
                              FAILED("net/http: TLS handshake timeout"));
    run(f);
    expect_failed(f, "TLS handshake timeout", "a proxy or VPN");
    assert_int_equal(fixture_server_requests(f->daemon), 5);
}

static void a_refusal_is_not_tried_again(void **state)
{
    struct fixture_step *f = *state;

    begin(f, REPOSITORY("MUTABLE"));
    fixture_step_refuse(f, 400, "ImageNotFoundException");
    answer_token(f);
    fixture_server_answer(f->daemon, 201, NULL);
    fixture_server_answer(
        f->daemon, 200,
        FAILED("denied: User: x is not authorized to perform: ecr:PutImage"));
    run(f);
    expect_failed(f, "not authorized to perform", "ecr:PutImage");
    assert_int_equal(fixture_server_requests(f->daemon), 4);
}

static void without_a_build_the_step_to_run_is_named(void **state)
{
    struct fixture_step *f = *state;

    fixture_step_cloud(f);
    fixture_step_set(f, "ECR_REPOSITORY", "web");
    fixture_step_open(f);
    run(f);
    expect_failed(f, "no image is known", "stepdeck run 020");
    assert_int_equal(fixture_server_requests(f->cloud), 0);
}

/* ---- the dry run ------------------------------------------------------ */

static void a_preview_says_what_would_be_pushed(void **state)
{
    struct fixture_step *f = *state;
    struct strvec lines = { 0 };

    begin(f, REPOSITORY("MUTABLE"));
    f->request.is_read_only = true;
    imagepush_preview(&f->deployment, &lines);
    assert_int_equal(lines.count, 1);
    assert_string_equal(lines.items[0],
                        "would push host:5000/web:v1 and move 'latest'");
    strvec_release(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_STEP_TEST(the_tag_goes_first_and_its_digest_is_confirmed),
        FIXTURE_STEP_TEST(the_token_is_told_to_nobody),
        FIXTURE_STEP_TEST(an_index_is_warned_of),
        FIXTURE_STEP_TEST(a_digest_that_appears_late_is_waited_for),
        FIXTURE_STEP_TEST(another_digest_in_the_repository_fails),
        FIXTURE_STEP_TEST(an_image_that_is_there_is_not_pushed_again),
        FIXTURE_STEP_TEST(another_image_under_an_immutable_tag_fails),
        FIXTURE_STEP_TEST(what_the_build_found_there_needs_no_daemon),
        FIXTURE_STEP_TEST(a_cut_push_is_tried_once_more_with_a_fresh_token),
        FIXTURE_STEP_TEST(a_push_that_stays_cut_fails_with_advice),
        FIXTURE_STEP_TEST(a_refusal_is_not_tried_again),
        FIXTURE_STEP_TEST(without_a_build_the_step_to_run_is_named),
        FIXTURE_STEP_TEST(a_preview_says_what_would_be_pushed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
