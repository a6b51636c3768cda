#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_service.h"

#include "aws/s3.h"

#include <stdio.h>
#include <string.h>

#define FAILED(code) "<Error><Code>" code "</Code><Message>no</Message></Error>"

/* ---- reading ---------------------------------------------------------- */

static void an_object_is_read_with_its_etag(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct strbuf body = { 0 };
    char etag[S3_ETAG_SIZE];

    strbuf_adds(&body, "a");
    service_answer_with(f, 200, "ETag: \"e1\"\r\n", "bc");
    assert_true(s3_get(f->client, "bucket", "locks/a b", &body, etag, &err));
    assert_string_equal(strbuf_text(&body), "abc");
    assert_string_equal(etag, "\"e1\"");
    service_expect_line(f, 0, "GET /bucket/locks/a%20b");
    service_expect_header(f, 0, "If-Match", NULL);
    strbuf_release(&body);
}

static void an_object_that_is_not_there_is_not_found(void **state)
{
    struct service *f = *state;
    static const char *const bodies[] = { FAILED("NoSuchKey"), "" };

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct error err = { 0 };
        struct strbuf body = { 0 };
        char etag[S3_ETAG_SIZE];

        service_answer(f, 404, bodies[i]);
        assert_false(s3_get(f->client, "bucket", "a", &body, etag, &err));
        service_expect_error(&err, ERROR_NOT_FOUND, "no object 'a'");
        assert_int_equal(body.len, 0);
    }
}

static void a_bucket_that_is_not_there_is_said(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct strbuf body = { 0 };
    char etag[S3_ETAG_SIZE];

    service_answer(f, 404, FAILED("NoSuchBucket"));
    assert_false(s3_get(f->client, "bucket", "a", &body, etag, &err));
    service_expect_error(&err, ERROR_NOT_FOUND, "NoSuchBucket");
}

/* ---- writing ---------------------------------------------------------- */

static void each_condition_has_its_header(void **state)
{
    struct service *f = *state;
    static const struct {
        enum s3_condition condition;
        const char *none_match, *match;
    } cases[] = {
        { S3_ANYWAY, NULL, NULL },
        { S3_IF_ABSENT, "*", NULL },
        { S3_IF_UNCHANGED, NULL, "\"old\"" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        char etag[S3_ETAG_SIZE] = "\"old\"";

        service_answer_with(f, 200, "ETag: \"new\"\r\n", "");
        assert_true(s3_put(f->writer, "bucket", "locks/a", "body", 4,
                           cases[i].condition, etag, &err));
        assert_string_equal(etag, "\"new\"");
        service_expect_line(f, i, "PUT /bucket/locks/a");
        service_expect_body(f, i, "body");
        service_expect_header(f, i, "If-None-Match", cases[i].none_match);
        service_expect_header(f, i, "If-Match", cases[i].match);
    }
}

static void a_condition_that_does_not_hold_is_locked(void **state)
{
    struct service *f = *state;
    static const struct {
        enum s3_condition condition;
        int status;
        const char *code;
    } cases[] = {
        { S3_IF_ABSENT, 412, FAILED("PreconditionFailed") },
        { S3_IF_UNCHANGED, 412, FAILED("PreconditionFailed") },
        { S3_IF_UNCHANGED, 404, FAILED("NoSuchKey") },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        char etag[S3_ETAG_SIZE] = "\"old\"";

        service_answer(f, cases[i].status, cases[i].code);
        assert_false(s3_put(f->writer, "bucket", "a", "b", 1,
                            cases[i].condition, etag, &err));
        service_expect_error(&err, ERROR_LOCKED, "'a' in the bucket 'bucket'");
        assert_string_equal(etag, "\"old\"");
    }
}

static void a_conflict_is_tried_again(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    char etag[S3_ETAG_SIZE] = "";

    service_answer(f, 409, FAILED("ConditionalRequestConflict"));
    service_answer(f, 409, FAILED("ConditionalRequestConflict"));
    service_answer_with(f, 200, "ETag: \"e\"\r\n", "");
    assert_true(
        s3_put(f->writer, "bucket", "a", "b", 1, S3_IF_ABSENT, etag, &err));
    assert_string_equal(etag, "\"e\"");
    assert_int_equal(err.code, ERROR_NONE);
    service_expect_header(f, 2, "If-None-Match", "*");
}

static void conflicts_without_end_are_locked(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    char etag[S3_ETAG_SIZE] = "";

    for (int attempt = 0; attempt < 5; attempt++)
        service_answer(f, 409, FAILED("ConditionalRequestConflict"));
    assert_false(
        s3_put(f->writer, "bucket", "a", "b", 1, S3_IF_ABSENT, etag, &err));
    service_expect_error(&err, ERROR_LOCKED, "'a'");
}

static void a_lost_answer_is_looked_up(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    char etag[S3_ETAG_SIZE] = "";

    service_answer_lost(f);
    service_answer_with(f, 200, "ETag: \"e\"\r\n", "ours");
    assert_true(
        s3_put(f->writer, "bucket", "a", "ours", 4, S3_IF_ABSENT, etag, &err));
    assert_string_equal(etag, "\"e\"");
    assert_int_equal(err.code, ERROR_NONE);
    service_expect_line(f, 1, "GET /bucket/a");
}

static void a_lost_answer_with_other_bytes_is_an_error(void **state)
{
    struct service *f = *state;
    static const struct {
        int status;
        const char *body;
    } cases[] = { { 200, "their" }, { 200, "" }, { 404, FAILED("NoSuchKey") } };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        char etag[S3_ETAG_SIZE] = "\"old\"";

        service_answer_lost(f);
        service_answer_with(f, cases[i].status, "ETag: \"e\"\r\n",
                            cases[i].body);
        assert_false(s3_put(f->writer, "bucket", "a", "ours", 4,
                            S3_IF_UNCHANGED, etag, &err));
        assert_string_equal(etag, "\"old\"");
        service_expect_error(&err, ERROR_IO, "");
    }
}

static void a_denied_write_is_blocked(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    char etag[S3_ETAG_SIZE] = "";

    service_answer(f, 403, FAILED("AccessDenied"));
    assert_false(
        s3_put(f->writer, "bucket", "a", "b", 1, S3_IF_ABSENT, etag, &err));
    service_expect_error(&err, ERROR_BLOCKED, "");
}

/* ---- deleting --------------------------------------------------------- */

static void an_object_is_deleted_when_it_is_unchanged(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };

    service_answer(f, 204, "");
    assert_true(s3_delete(f->writer, "bucket", "a", "\"e\"", &err));
    service_answer(f, 204, "");
    assert_true(s3_delete(f->writer, "bucket", "a", NULL, &err));
    service_answer(f, 404, FAILED("NoSuchKey"));
    assert_true(s3_delete(f->writer, "bucket", "a", "\"e\"", &err));
    assert_int_equal(err.code, ERROR_NONE);
    service_expect_line(f, 0, "DELETE /bucket/a");
    service_expect_header(f, 0, "If-Match", "\"e\"");
    service_expect_header(f, 1, "If-Match", NULL);
}

static void a_changed_object_is_not_deleted(void **state)
{
    struct service *f = *state;
    struct error err = { 0 }, bucket = { 0 };

    service_answer(f, 412, FAILED("PreconditionFailed"));
    assert_false(s3_delete(f->writer, "bucket", "a", "\"e\"", &err));
    service_expect_error(&err, ERROR_LOCKED, "'a'");
    service_answer(f, 404, FAILED("NoSuchBucket"));
    assert_false(s3_delete(f->writer, "bucket", "a", "\"e\"", &bucket));
    service_expect_error(&bucket, ERROR_NOT_FOUND, "NoSuchBucket");
}

/* ---- the list --------------------------------------------------------- */

#define KEY(name)                                                              \
    "<Contents><Key>" name "</Key><ETag>&quot;e&quot;</ETag>"                  \
    "<Size>1</Size></Contents>"
#define LIST(content)                                                          \
    "<ListBucketResult "                                                       \
    "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bucket</"         \
    "Name>" content "</ListBucketResult>"

static void keys_of_all_pages_are_listed(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct strvec keys = { 0 };

    service_answer(
        f, 200,
        LIST("<IsTruncated>true</IsTruncated>"
             "<NextContinuationToken>t/1+</NextContinuationToken>" KEY(
                 "p/a&amp;b") KEY("p/c")));
    service_answer(f, 200,
                   LIST("<IsTruncated>true</IsTruncated>"
                        "<NextContinuationToken>t2</NextContinuationToken>"));
    service_answer(f, 200, LIST("<IsTruncated>false</IsTruncated>" KEY("p/d")));
    assert_true(s3_list(f->client, "bucket", "p/", &keys, &err));
    assert_int_equal(keys.count, 3);
    assert_string_equal(keys.items[0], "p/a&b");
    assert_string_equal(keys.items[1], "p/c");
    assert_string_equal(keys.items[2], "p/d");
    service_expect_line(f, 0, "GET /bucket?list-type=2&prefix=p%2F");
    service_expect_line(f, 1,
                        "GET /bucket?continuation-token=t%2F1%2B&list-type=2"
                        "&prefix=p%2F");
    service_expect_line(
        f, 2, "GET /bucket?continuation-token=t2&list-type=2&prefix=p%2F");
    strvec_release(&keys);
}

static void an_empty_list_has_no_keys(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct strvec keys = { 0 };

    service_answer(f, 200, LIST("<IsTruncated>false</IsTruncated>"));
    assert_true(s3_list(f->client, "bucket", "", &keys, &err));
    assert_int_equal(keys.count, 0);
    service_expect_line(f, 0, "GET /bucket?list-type=2&prefix=");
}

static void a_garbled_list_is_an_error(void **state)
{
    struct service *f = *state;
    static const char *const bodies[] = {
        LIST("<Contents><Size>1</Size></Contents>"),
        LIST("<Contents>x</Contents>"),
        LIST("<Contents>x</Contents><Contents>y</Contents>"),
        LIST("<Contents/>"),
        LIST("<IsTruncated>true</IsTruncated>"),
        "<ListBucketResult>",
        "text",
        "",
    };

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct error err = { 0 };
        struct strvec keys = { 0 };

        service_answer(f, 200, bodies[i]);
        assert_false(s3_list(f->client, "bucket", "", &keys, &err));
        service_expect_error(&err, ERROR_IO, "'bucket'");
        strvec_release(&keys);
    }
}

static void the_same_page_again_is_an_error(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct strvec keys = { 0 };
    static const char page[] =
        LIST("<IsTruncated>true</IsTruncated>"
             "<NextContinuationToken>t</NextContinuationToken>");

    service_answer(f, 200, page);
    service_answer(f, 200, page);
    assert_false(s3_list(f->client, "bucket", "", &keys, &err));
    service_expect_error(&err, ERROR_IO, "the same page comes again");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(an_object_is_read_with_its_etag),
        SERVICE_TEST(an_object_that_is_not_there_is_not_found),
        SERVICE_TEST(a_bucket_that_is_not_there_is_said),
        SERVICE_TEST(each_condition_has_its_header),
        SERVICE_TEST(a_condition_that_does_not_hold_is_locked),
        SERVICE_TEST(a_conflict_is_tried_again),
        SERVICE_TEST(conflicts_without_end_are_locked),
        SERVICE_TEST(a_lost_answer_is_looked_up),
        SERVICE_TEST(a_lost_answer_with_other_bytes_is_an_error),
        SERVICE_TEST(a_denied_write_is_blocked),
        SERVICE_TEST(an_object_is_deleted_when_it_is_unchanged),
        SERVICE_TEST(a_changed_object_is_not_deleted),
        SERVICE_TEST(keys_of_all_pages_are_listed),
        SERVICE_TEST(an_empty_list_has_no_keys),
        SERVICE_TEST(a_garbled_list_is_an_error),
        SERVICE_TEST(the_same_page_again_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
