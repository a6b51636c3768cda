#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_service.h"

#include "aws/ecr.h"
#include "base/base64.h"
#include "base/digest.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TARGET "AmazonEC2ContainerRegistry_V20150921."
#define URI "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web"
#define REPOSITORY(name, mutability)                                           \
    "{\"repositoryArn\":\"arn:" name "\",\"registryId\":\"123456789012\","     \
    "\"repositoryName\":\"" name "\",\"repositoryUri\":\"" URI                 \
    "\",\"createdAt\":1.7E9,\"imageTagMutability\":\"" mutability "\"}"

/* ---- repositories ----------------------------------------------------- */

static void a_repository_has_the_uri_that_was_answered(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct ecr_repository repository;

    service_answer(f, 200,
                   "{\"repositories\":[" REPOSITORY("web", "MUTABLE") "]}");
    assert_true(ecr_get_repository(f->client, "web", &repository, &err));
    assert_string_equal(repository.name, "web");
    assert_string_equal(repository.arn, "arn:web");
    assert_string_equal(repository.uri, URI);
    service_expect(f, 0, TARGET "DescribeRepositories",
                   "{\"repositoryNames\":[\"web\"]}");
    service_expect_header(f, 0, "Content-Type", "application/x-amz-json-1.1");
    ecr_repository_release(&repository);
    assert_null(repository.uri);
}

static void exceptions_do_not_make_a_repository_mutable(void **state)
{
    struct service *f = *state;
    static const struct {
        const char *body, *mutability;
        bool is_immutable;
    } cases[] = {
        { "{\"repositories\":[" REPOSITORY("web", "MUTABLE") "]}", "MUTABLE",
          false },
        { "{\"repositories\":[" REPOSITORY("web", "IMMUTABLE") "]}",
          "IMMUTABLE", true },
        { "{\"repositories\":[" REPOSITORY("web",
                                           "IMMUTABLE_WITH_EXCLUSION") "]}",
          "IMMUTABLE_WITH_EXCLUSION", true },
        { "{\"repositories\":[" REPOSITORY("web",
                                           "MUTABLE_WITH_EXCLUSION") "]}",
          "MUTABLE_WITH_EXCLUSION", false },
        { "{\"repositories\":[{\"repositoryName\":\"web\","
          "\"repositoryArn\":\"a\",\"repositoryUri\":\"u\"}]}",
          "MUTABLE", false },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        struct ecr_repository repository;

        service_answer(f, 200, cases[i].body);
        assert_true(ecr_get_repository(f->client, "web", &repository, &err));
        assert_string_equal(repository.mutability, cases[i].mutability);
        assert_int_equal(repository.is_immutable, cases[i].is_immutable);
        ecr_repository_release(&repository);
    }
}

static void a_missing_repository_is_not_found(void **state)
{
    struct service *f = *state;
    struct error err = { 0 }, empty = { 0 };
    struct ecr_repository repository;

    service_fail(f, 400, "RepositoryNotFoundException");
    assert_false(ecr_get_repository(f->client, "web", &repository, &err));
    service_expect_error(&err, ERROR_NOT_FOUND,
                         "no ECR repository 'web' in eu-central-1");
    service_answer(f, 200, "{\"repositories\":[]}");
    assert_false(ecr_get_repository(f->client, "web", &repository, &empty));
    service_expect_error(&empty, ERROR_NOT_FOUND, "'web'");
}

static void a_garbled_repository_is_an_error(void **state)
{
    struct service *f = *state;
    static const char *const bodies[] = {
        "{}",
        "{\"repositories\":{}}",
        "{\"repositories\":[3]}",
        "{\"repositories\":[{\"repositoryName\":\"web\","
        "\"repositoryArn\":\"a\"}]}",
        "{\"repositories\":[{\"repositoryName\":\"web\","
        "\"repositoryArn\":\"a\",\"repositoryUri\":5}]}",
    };

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct error err = { 0 };
        struct ecr_repository repository;

        service_answer(f, 200, bodies[i]);
        assert_false(ecr_get_repository(f->client, "web", &repository, &err));
        assert_null(repository.uri);
        service_expect_error(&err, ERROR_IO, "'DescribeRepositories'");
    }
}

static void a_repository_is_created_once(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct ecr_repository repository;

    service_answer(f, 200, "{\"repository\":" REPOSITORY("web", "MUTABLE") "}");
    assert_true(ecr_create_repository(f->writer, "web", &repository, &err));
    assert_string_equal(repository.uri, URI);
    ecr_repository_release(&repository);
    service_fail(f, 400, "RepositoryAlreadyExistsException");
    service_answer(f, 200,
                   "{\"repositories\":[" REPOSITORY("web", "IMMUTABLE") "]}");
    assert_true(ecr_create_repository(f->writer, "web", &repository, &err));
    assert_true(repository.is_immutable);
    assert_int_equal(err.code, ERROR_NONE);
    service_expect(f, 0, TARGET "CreateRepository",
                   "{\"repositoryName\":\"web\"}");
    ecr_repository_release(&repository);
}

static void a_creation_that_fails_is_an_error(void **state)
{
    struct service *f = *state;
    struct error denied = { 0 }, garbled = { 0 };
    struct ecr_repository repository;

    service_fail(f, 400, "AccessDeniedException");
    assert_false(ecr_create_repository(f->writer, "web", &repository, &denied));
    service_expect_error(&denied, ERROR_BLOCKED, "");
    service_answer(f, 200, "{\"repository\":[]}");
    assert_false(
        ecr_create_repository(f->writer, "web", &repository, &garbled));
    service_expect_error(&garbled, ERROR_IO, "'CreateRepository'");
}

static void repositories_of_all_pages_are_listed(void **state)
{
    struct service *f = *state;
    struct error err = { 0 }, again = { 0 };
    struct strvec names = { 0 };

    service_answer(f, 200,
                   "{\"repositories\":[" REPOSITORY(
                       "a", "MUTABLE") "],\"nextToken\":\"t\"}");
    service_answer(f, 200, "{\"repositories\":[],\"nextToken\":\"u\"}");
    service_answer(f, 200,
                   "{\"repositories\":[" REPOSITORY("b", "MUTABLE") "]}");
    assert_true(ecr_list_repositories(f->client, &names, &err));
    assert_int_equal(names.count, 2);
    assert_string_equal(names.items[1], "b");
    service_expect(f, 0, TARGET "DescribeRepositories",
                   "{\"maxResults\":1000}");
    service_expect(f, 2, TARGET "DescribeRepositories",
                   "{\"maxResults\":1000,\"nextToken\":\"u\"}");
    service_answer(f, 200, "{\"repositories\":[],\"nextToken\":\"t\"}");
    service_answer(f, 200, "{\"repositories\":[],\"nextToken\":\"t\"}");
    assert_false(ecr_list_repositories(f->client, &names, &again));
    service_expect_error(&again, ERROR_IO, "the same page comes again");
    strvec_release(&names);
}

static void a_repository_is_deleted_with_images_only_when_told(void **state)
{
    struct service *f = *state;
    struct error err = { 0 }, full = { 0 }, gone = { 0 };

    service_answer(f, 200, "{}");
    assert_true(ecr_delete_repository(f->writer, "web", true, &err));
    service_fail(f, 400, "RepositoryNotEmptyException");
    assert_false(ecr_delete_repository(f->writer, "web", false, &full));
    service_expect_error(&full, ERROR_BLOCKED, "images are left");
    service_fail(f, 400, "RepositoryNotFoundException");
    assert_false(ecr_delete_repository(f->writer, "web", false, &gone));
    service_expect_error(&gone, ERROR_NOT_FOUND, "'web'");
    service_expect(f, 0, TARGET "DeleteRepository",
                   "{\"repositoryName\":\"web\",\"force\":true}");
    service_expect(f, 1, TARGET "DeleteRepository",
                   "{\"repositoryName\":\"web\",\"force\":false}");
}

static void a_lifecycle_policy_is_json_in_a_text(void **state)
{
    struct service *f = *state;
    struct error err = { 0 }, garbled = { 0 }, missing = { 0 };
    json_t *policy;

    service_answer(f, 200, "{\"lifecyclePolicyText\":\"{\\\"rules\\\":[]}\"}");
    assert_true(ecr_get_lifecycle_policy(f->client, "web", &policy, &err));
    assert_true(json_is_array(json_object_get(policy, "rules")));
    json_decref(policy);
    service_fail(f, 400, "LifecyclePolicyNotFoundException");
    assert_true(ecr_get_lifecycle_policy(f->client, "web", &policy, &err));
    assert_null(policy);
    assert_int_equal(err.code, ERROR_NONE);
    service_answer(f, 200, "{\"lifecyclePolicyText\":{\"rules\":[]}}");
    assert_false(ecr_get_lifecycle_policy(f->client, "web", &policy, &garbled));
    assert_null(policy);
    service_expect_error(&garbled, ERROR_IO, "'lifecyclePolicyText'");
    service_fail(f, 400, "RepositoryNotFoundException");
    assert_false(ecr_get_lifecycle_policy(f->client, "web", &policy, &missing));
    service_expect_error(&missing, ERROR_NOT_FOUND, "");
    service_expect(f, 0, TARGET "GetLifecyclePolicy",
                   "{\"repositoryName\":\"web\"}");
}

/* ---- the token -------------------------------------------------------- */

static void answer_token(struct service *f, const char *pair,
                         const char *endpoint)
{
    struct strbuf encoded = { 0 };
    char *body;

    base64_encode(pair, strlen(pair), &encoded);
    body = mem_format("{\"authorizationData\":[{\"authorizationToken\":\"%s\","
                      "\"expiresAt\":1.7428959335E9,"
                      "\"proxyEndpoint\":\"%s\"}]}",
                      strbuf_text(&encoded), endpoint);
    service_answer(f, 200, body);
    strbuf_release(&encoded);
    free(body);
}

static void a_token_is_user_password_and_registry(void **state)
{
    struct service *f = *state;
    static const struct {
        const char *pair, *endpoint, *password, *registry;
    } cases[] = {
        { "AWS:p", "https://1.dkr.ecr.eu-central-1.amazonaws.com", "p",
          "1.dkr.ecr.eu-central-1.amazonaws.com" },
        { "AWS:pa", "http://127.0.0.1:5000", "pa", "127.0.0.1:5000" },
        { "AWS:pas:s", "http://127.0.0.1:5000/", "pas:s", "127.0.0.1:5000" },
        { "AWS:pass?>~", "localhost:5000", "pass?>~", "localhost:5000" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        struct ecr_token token;

        answer_token(f, cases[i].pair, cases[i].endpoint);
        assert_true(ecr_get_token(f->client, &token, &err));
        assert_string_equal(token.user, "AWS");
        assert_string_equal(token.password, cases[i].password);
        assert_string_equal(token.registry, cases[i].registry);
        assert_int_equal(token.expires_ms, INT64_C(1742895933500));
        service_expect(f, i, TARGET "GetAuthorizationToken", "{}");
        ecr_token_release(&token);
        assert_null(token.password);
    }
}

static void a_long_token_is_not_cut(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct ecr_token token;
    char pair[4 + 5000 + 1] = "AWS:";

    memset(pair + 4, 'x', 5000);
    answer_token(f, pair, "https://r");
    assert_true(ecr_get_token(f->client, &token, &err));
    assert_string_equal(token.password, pair + 4);
    ecr_token_release(&token);
}

static void a_garbled_token_is_an_error_that_does_not_show_it(void **state)
{
    struct service *f = *state;
    static const char *const bodies[] = {
        "{}",
        "{\"authorizationData\":[]}",
        "{\"authorizationData\":{}}",
        "{\"authorizationData\":[{\"proxyEndpoint\":\"https://r\"}]}",
        "{\"authorizationData\":[{\"authorizationToken\":\"QVdTOnA=\"}]}",
        "{\"authorizationData\":[{\"authorizationToken\":5,"
        "\"proxyEndpoint\":\"https://r\"}]}",
        /* "AWS", "AWS:", ":p", and no base64 at all */
        "{\"authorizationData\":[{\"authorizationToken\":\"QVdT\","
        "\"proxyEndpoint\":\"https://r\"}]}",
        "{\"authorizationData\":[{\"authorizationToken\":\"QVdTOg==\","
        "\"proxyEndpoint\":\"https://r\"}]}",
        "{\"authorizationData\":[{\"authorizationToken\":\"OnA=\","
        "\"proxyEndpoint\":\"https://r\"}]}",
        "{\"authorizationData\":[{\"authorizationToken\":\"QVdT*nBh\","
        "\"proxyEndpoint\":\"https://r\"}]}",
        "{\"authorizationData\":[{\"authorizationToken\":\"QVdTOnA\","
        "\"proxyEndpoint\":\"https://r\"}]}",
        "{\"authorizationData\":[{\"authorizationToken\":\"QVdTOgBh\","
        "\"proxyEndpoint\":\"https://r\"}]}",
        "{\"authorizationData\":[{\"authorizationToken\":\"====\","
        "\"proxyEndpoint\":\"https://r\"}]}",
    };

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct error err = { 0 };
        struct ecr_token token;

        service_answer(f, 200, bodies[i]);
        assert_false(ecr_get_token(f->client, &token, &err));
        assert_null(token.password);
        service_expect_error(&err, ERROR_IO, "'GetAuthorizationToken'");
        assert_null(strstr(err.message, "QVdT"));
    }
}

/* ---- images ----------------------------------------------------------- */

#define IMAGE(digest, pushed, more)                                            \
    "{\"imageDigest\":\"sha256:" digest "\",\"imagePushedAt\":" pushed more "}"

static void an_image_is_found_by_tag_or_digest(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct ecr_image image;

    service_answer(
        f, 200,
        "{\"imageDetails\":[" IMAGE(
            "aa", "1.7428959335E9",
            ",\"imageTags\":[\"v1\",\"latest\"],\"imageSizeInBytes\":5000000000"
            ",\"imageManifestMediaType\":\"m\","
            "\"subjectManifestDigest\":\"sha256:bb\"") "]}");
    assert_true(ecr_find_image(f->client, "web", "v1", &image, &err));
    assert_string_equal(image.digest, "sha256:aa");
    assert_int_equal(image.tags.count, 2);
    assert_string_equal(image.tags.items[1], "latest");
    assert_int_equal(image.size_bytes, INT64_C(5000000000));
    assert_int_equal(image.pushed_ms, INT64_C(1742895933500));
    assert_string_equal(image.media_type, "m");
    assert_string_equal(image.subject, "sha256:bb");
    ecr_image_release(&image);
    service_answer(f, 200, "{\"imageDetails\":[" IMAGE("aa", "null", "") "]}");
    assert_true(ecr_find_image(f->client, "web", "sha256:aa", &image, &err));
    assert_int_equal(image.tags.count, 0);
    assert_int_equal(image.pushed_ms, 0);
    assert_int_equal(image.size_bytes, 0);
    assert_null(image.media_type);
    assert_null(image.subject);
    ecr_image_release(&image);
    service_expect(f, 0, TARGET "DescribeImages",
                   "{\"repositoryName\":\"web\","
                   "\"imageIds\":[{\"imageTag\":\"v1\"}]}");
    service_expect(f, 1, TARGET "DescribeImages",
                   "{\"repositoryName\":\"web\","
                   "\"imageIds\":[{\"imageDigest\":\"sha256:aa\"}]}");
}

static void a_missing_image_is_not_found(void **state)
{
    struct service *f = *state;
    static const struct {
        int status;
        const char *body, *part;
    } cases[] = {
        { 400, "{\"__type\":\"ImageNotFoundException\"}",
          "no image 'v1' in the ECR repository 'web'" },
        { 400, "{\"__type\":\"RepositoryNotFoundException\"}",
          "no ECR repository 'web'" },
        { 200, "{\"imageDetails\":[]}", "no image 'v1'" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        struct ecr_image image;

        service_answer(f, cases[i].status, cases[i].body);
        assert_false(ecr_find_image(f->client, "web", "v1", &image, &err));
        service_expect_error(&err, ERROR_NOT_FOUND, cases[i].part);
    }
}

static void garbled_images_are_an_error(void **state)
{
    struct service *f = *state;
    static const char *const bodies[] = {
        "{}",
        "{\"imageDetails\":\"\"}",
        "{\"imageDetails\":[[]]}",
        "{\"imageDetails\":[{\"imageDigest\":7}]}",
        "{\"imageDetails\":[{\"imageDigest\":\"md5:1\"}]}",
        "{\"imageDetails\":[" IMAGE("aa", "1", ",\"imageTags\":\"v1\"") "]}",
    };

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct error err = { 0 }, list = { 0 };
        struct ecr_image image;
        struct ecr_images images;

        service_answer(f, 200, bodies[i]);
        assert_false(ecr_find_image(f->client, "web", "v1", &image, &err));
        assert_null(image.digest);
        service_expect_error(&err, ERROR_IO, "'DescribeImages'");
        service_answer(f, 200, bodies[i]);
        assert_false(ecr_list_images(f->client, "web", &images, &list));
        assert_int_equal(images.count, 0);
        service_expect_error(&list, ERROR_IO, "'DescribeImages'");
    }
}

static void images_of_all_pages_are_listed_newest_first(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct ecr_images images;
    static const char *const expected[] = { "sha256:dd", "sha256:bb",
                                            "sha256:cc", "sha256:aa" };

    service_answer(f, 200,
                   "{\"imageDetails\":[" IMAGE("aa", "1.1E9", "") "," IMAGE(
                       "cc", "1.2E9", "") "],\"nextToken\":\"t\"}");
    service_answer(f, 200, "{\"imageDetails\":[],\"nextToken\":\"u\"}");
    service_answer(f, 200,
                   "{\"imageDetails\":[" IMAGE("bb", "1.2E9", "") "," IMAGE(
                       "dd", "1200000000.5", "") "]}");
    assert_true(ecr_list_images(f->client, "web", &images, &err));
    assert_int_equal(images.count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_string_equal(images.items[i].digest, expected[i]);
    service_expect(f, 0, TARGET "DescribeImages",
                   "{\"repositoryName\":\"web\",\"maxResults\":1000}");
    service_expect(f, 2, TARGET "DescribeImages",
                   "{\"repositoryName\":\"web\",\"maxResults\":1000,"
                   "\"nextToken\":\"u\"}");
    ecr_images_release(&images);
}

/* ---- manifests -------------------------------------------------------- */

/* Its bytes count: also the spaces. */
#define MANIFEST "{ \"schemaVersion\": 2 }\n"
#define BATCH_GET                                                              \
    "{\"repositoryName\":\"web\",\"imageIds\":[{\"imageDigest\":\"%s\"}],"     \
    "\"acceptedMediaTypes\":["                                                 \
    "\"application/vnd.oci.image.index.v1+json\","                             \
    "\"application/vnd.oci.image.manifest.v1+json\","                          \
    "\"application/vnd.docker.distribution.manifest.list.v2+json\","           \
    "\"application/vnd.docker.distribution.manifest.v2+json\"]}"

static const char *digest(void)
{
    static char text[7 + DIGEST_TEXT_SIZE] = "sha256:";

    digest_bytes(MANIFEST, strlen(MANIFEST), text + 7);
    return text;
}

static void answer_manifest(struct service *f, const char *media_type)
{
    json_t *image = json_pack("{s:s}", "imageManifest", MANIFEST), *reply;
    char *body;

    if (media_type)
        json_object_set_new(image, "imageManifestMediaType",
                            json_string(media_type));
    reply = json_pack("{s:[o], s:[]}", "images", image, "failures");
    body = json_dumps(reply, 0);
    service_answer(f, 200, body);
    free(body);
    json_decref(reply);
}

static void a_manifest_is_given_back_byte_by_byte(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    char *manifest, *media_type;
    char *expected = mem_format(BATCH_GET, digest());

    answer_manifest(f, "application/vnd.oci.image.manifest.v1+json");
    assert_true(ecr_get_manifest(f->client, "web", digest(), &manifest,
                                 &media_type, &err));
    assert_string_equal(manifest, MANIFEST);
    assert_string_equal(media_type,
                        "application/vnd.oci.image.manifest.v1+json");
    service_expect(f, 0, TARGET "BatchGetImage", expected);
    free(expected);
    free(manifest);
    free(media_type);
}

static void a_manifest_with_another_digest_is_an_error(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    char *manifest, *media_type;

    answer_manifest(f, NULL);
    assert_false(ecr_get_manifest(f->client, "web", "sha256:00", &manifest,
                                  &media_type, &err));
    assert_null(manifest);
    assert_null(media_type);
    service_expect_error(&err, ERROR_IO, "another digest");
}

static void a_manifest_that_is_not_given_is_explained(void **state)
{
    struct service *f = *state;
    static const struct {
        const char *body;
        enum error_code code;
        const char *part;
    } cases[] = {
        { "{\"images\":[],\"failures\":[{\"imageId\":{},"
          "\"failureCode\":\"ImageNotFound\",\"failureReason\":\"r\"}]}",
          ERROR_NOT_FOUND, "no image 'sha256:aa'" },
        { "{\"images\":[],\"failures\":[{\"failureCode\":\"KmsError\","
          "\"failureReason\":\"no key\"}]}",
          ERROR_IO, "no key" },
        { "{\"failures\":[{\"failureCode\":\"KmsError\"}]}", ERROR_IO,
          "KmsError" },
        { "{\"failures\":[7]}", ERROR_IO, "no manifest" },
        { "{\"images\":[],\"failures\":[]}", ERROR_IO, "'imageManifest'" },
        { "{\"images\":[{\"imageManifest\":{}}]}", ERROR_IO,
          "'imageManifest'" },
        { "{\"images\":5}", ERROR_IO, "'imageManifest'" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        char *manifest, *media_type;

        service_answer(f, 200, cases[i].body);
        assert_false(ecr_get_manifest(f->client, "web", "sha256:aa", &manifest,
                                      &media_type, &err));
        assert_null(manifest);
        service_expect_error(&err, cases[i].code, cases[i].part);
    }
}

static void a_tag_is_put_with_the_manifest_it_is_for(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    json_t *expected =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "repositoryName", "web",
                  "imageManifest", MANIFEST, "imageManifestMediaType", "m",
                  "imageTag", "v2", "imageDigest", digest());
    char *text = json_dumps(expected, 0);

    answer_manifest(f, "m");
    service_answer(f, 200, "{\"image\":{}}");
    assert_true(ecr_put_tag(f->writer, "web", digest(), "v2", &err));
    service_expect(f, 1, TARGET "PutImage", text);
    free(text);
    json_decref(expected);
}

static void a_tag_that_is_there_is_fine_and_a_taken_one_is_not(void **state)
{
    struct service *f = *state;
    struct error err = { 0 }, taken = { 0 }, missing = { 0 };

    answer_manifest(f, NULL);
    service_fail(f, 400, "ImageAlreadyExistsException");
    assert_true(ecr_put_tag(f->writer, "web", digest(), "v2", &err));
    assert_int_equal(err.code, ERROR_NONE);
    answer_manifest(f, NULL);
    service_fail(f, 400, "ImageTagAlreadyExistsException");
    assert_false(ecr_put_tag(f->writer, "web", digest(), "v2", &taken));
    service_expect_error(&taken, ERROR_BLOCKED, "'v2' is taken in 'web'");
    service_answer(f, 200,
                   "{\"failures\":[{\"failureCode\":\"ImageNotFound\"}]}");
    assert_false(ecr_put_tag(f->writer, "web", digest(), "v2", &missing));
    service_expect_error(&missing, ERROR_NOT_FOUND, "");
}

/* ---- deleting --------------------------------------------------------- */

static void deletions_that_failed_are_kept_with_the_reason(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct strvec digests = { 0 }, kept = { 0 };
    size_t deleted;

    strvec_add(&digests, "sha256:aa");
    strvec_add(&digests, "sha256:bb");
    strvec_add(&digests, "sha256:cc");
    strvec_add(&digests, "sha256:dd");
    service_answer(
        f, 200,
        "{\"imageIds\":[{\"imageDigest\":\"sha256:aa\",\"imageTag\":\"1\"},"
        "{\"imageDigest\":\"sha256:aa\",\"imageTag\":\"2\"}],\"failures\":["
        "{\"imageId\":{\"imageDigest\":\"sha256:bb\"},"
        "\"failureCode\":\"ImageReferencedByManifestList\","
        "\"failureReason\":\"an index needs it\"},"
        "{\"imageId\":{\"imageDigest\":\"sha256:cc\"},"
        "\"failureCode\":\"ImageNotFound\",\"failureReason\":\"gone\"},"
        "{\"imageId\":{\"imageDigest\":\"sha256:dd\"},"
        "\"failureCode\":\"KmsError\"}]}");
    assert_true(
        ecr_delete_images(f->writer, "web", &digests, &deleted, &kept, &err));
    assert_int_equal(deleted, 1);
    assert_int_equal(kept.count, 2);
    assert_string_equal(kept.items[0], "sha256:bb an index needs it");
    assert_string_equal(kept.items[1], "sha256:dd KmsError");
    service_expect(f, 0, TARGET "BatchDeleteImage",
                   "{\"repositoryName\":\"web\",\"imageIds\":["
                   "{\"imageDigest\":\"sha256:aa\"},"
                   "{\"imageDigest\":\"sha256:bb\"},"
                   "{\"imageDigest\":\"sha256:cc\"},"
                   "{\"imageDigest\":\"sha256:dd\"}]}");
    strvec_release(&kept);
    strvec_release(&digests);
}

static size_t ids_of(struct service *f, size_t index)
{
    json_t *sent = service_json(fixture_server_body(f->fixture.server, index));
    size_t count = json_array_size(json_object_get(sent, "imageIds"));

    json_decref(sent);
    return count;
}

static void images_are_deleted_100_a_call(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct strvec digests = { 0 }, kept = { 0 };
    size_t deleted;

    assert_true(
        ecr_delete_images(f->writer, "web", &digests, &deleted, &kept, &err));
    assert_int_equal(service_count(f), 0);
    for (int i = 0; i < 201; i++)
        strvec_addf(&digests, "sha256:%d", i);
    for (int call = 0; call < 3; call++)
        service_answer(f, 200, "{\"imageIds\":[],\"failures\":[]}");
    assert_true(
        ecr_delete_images(f->writer, "web", &digests, &deleted, &kept, &err));
    assert_int_equal(deleted, 201);
    assert_int_equal(ids_of(f, 0), 100);
    assert_int_equal(ids_of(f, 1), 100);
    assert_int_equal(ids_of(f, 2), 1);
    strvec_release(&digests);
}

static void a_failed_call_keeps_the_count_of_those_before(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct strvec digests = { 0 }, kept = { 0 };
    size_t deleted;

    for (int i = 0; i < 101; i++)
        strvec_addf(&digests, "sha256:%d", i);
    service_answer(f, 200, "{\"imageIds\":[]}");
    service_fail(f, 400, "AccessDeniedException");
    assert_false(
        ecr_delete_images(f->writer, "web", &digests, &deleted, &kept, &err));
    assert_int_equal(deleted, 100);
    service_expect_error(&err, ERROR_BLOCKED, "");
    strvec_release(&digests);
}

static void a_garbled_deletion_is_an_error(void **state)
{
    struct service *f = *state;
    struct strvec digests = { 0 };
    static const char *const bodies[] = {
        "{}",
        "{\"imageIds\":7}",
        "{\"imageIds\":[],\"failures\":[1]}",
        ("{\"imageIds\":[],\"failures\":[{\"failureCode\":1,"
         "\"imageId\":{\"imageDigest\":\"sha256:aa\"}}]}"),
        "{\"imageIds\":[],\"failures\":[{\"failureCode\":\"KmsError\"}]}",
    };

    strvec_add(&digests, "sha256:aa");
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct error err = { 0 };
        struct strvec kept = { 0 };
        size_t deleted;

        service_answer(f, 200, bodies[i]);
        assert_false(ecr_delete_images(f->writer, "web", &digests, &deleted,
                                       &kept, &err));
        assert_int_equal(deleted, 0);
        service_expect_error(&err, ERROR_IO, "'BatchDeleteImage'");
    }
    strvec_release(&digests);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_repository_has_the_uri_that_was_answered),
        SERVICE_TEST(exceptions_do_not_make_a_repository_mutable),
        SERVICE_TEST(a_missing_repository_is_not_found),
        SERVICE_TEST(a_garbled_repository_is_an_error),
        SERVICE_TEST(a_repository_is_created_once),
        SERVICE_TEST(a_creation_that_fails_is_an_error),
        SERVICE_TEST(repositories_of_all_pages_are_listed),
        SERVICE_TEST(a_repository_is_deleted_with_images_only_when_told),
        SERVICE_TEST(a_lifecycle_policy_is_json_in_a_text),
        SERVICE_TEST(a_token_is_user_password_and_registry),
        SERVICE_TEST(a_long_token_is_not_cut),
        SERVICE_TEST(a_garbled_token_is_an_error_that_does_not_show_it),
        SERVICE_TEST(an_image_is_found_by_tag_or_digest),
        SERVICE_TEST(a_missing_image_is_not_found),
        SERVICE_TEST(garbled_images_are_an_error),
        SERVICE_TEST(images_of_all_pages_are_listed_newest_first),
        SERVICE_TEST(a_manifest_is_given_back_byte_by_byte),
        SERVICE_TEST(a_manifest_with_another_digest_is_an_error),
        SERVICE_TEST(a_manifest_that_is_not_given_is_explained),
        SERVICE_TEST(a_tag_is_put_with_the_manifest_it_is_for),
        SERVICE_TEST(a_tag_that_is_there_is_fine_and_a_taken_one_is_not),
        SERVICE_TEST(deletions_that_failed_are_kept_with_the_reason),
        SERVICE_TEST(images_are_deleted_100_a_call),
        SERVICE_TEST(a_failed_call_keeps_the_count_of_those_before),
        SERVICE_TEST(a_garbled_deletion_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
