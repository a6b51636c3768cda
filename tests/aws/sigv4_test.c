#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/sigv4.h"
#include "base/mem.h"
#include "base/strvec.h"

#include <stdlib.h>
#include <string.h>

#define ACCESS_KEY "AKIDEXAMPLE"
#define SECRET_KEY "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define TOKEN "FwoGZXIvYXdzEJr//////////wEaDGtoken+/=="

enum { HEADERS = 3 };

struct row {
    const char *name;
    const char *method, *url, *service;
    const char *region; /* NULL: us-east-1 */
    const char *headers[HEADERS + 1];
    const char *body;
    bool has_token, is_s3;
    const char *signed_headers, *signature;
};

/* What botocore 1.43.11 signs (SigV4Auth, S3SigV4Auth) with these keys at
 * 2026-11-21T17:00:00Z. */
static const struct row rows[] = {
    { .name = "a JSON call",
      .method = "POST",
      .url = "https://apprunner.us-east-1.amazonaws.com/",
      .service = "apprunner",
      .headers = { "Content-Type: application/x-amz-json-1.0",
                   "X-Amz-Target: AppRunner.DescribeService" },
      .body = "{\"ServiceArn\":\"arn:aws:apprunner:us-east-1:123456789012:"
              "service/web/8fe1\"}",
      .signed_headers = "content-type;host;x-amz-date;x-amz-target",
      .signature =
          "013942a1e35bdb7a0e1309e9be56d5482907775fb2c006a0f16217f6f8e022ee" },
    { .name = "a session token",
      .method = "POST",
      .url = "https://apprunner.us-east-1.amazonaws.com/",
      .service = "apprunner",
      .headers = { "Content-Type: application/x-amz-json-1.0",
                   "X-Amz-Target: AppRunner.DescribeService" },
      .body = "{\"ServiceArn\":\"arn:aws:apprunner:us-east-1:123456789012:"
              "service/web/8fe1\"}",
      .has_token = true,
      .signed_headers =
          "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
      .signature =
          "b8b3d09bf5c2a9be2d4463ffa78403cc1850b14242351b2c0a349f9cd378fe69" },
    { .name = "a query call",
      .method = "POST",
      .url = "https://sts.eu-central-1.amazonaws.com/",
      .service = "sts",
      .region = "eu-central-1",
      .headers = { "Content-Type: application/x-www-form-urlencoded; "
                   "charset=utf-8" },
      .body = "Action=GetCallerIdentity&Version=2011-06-15",
      .signed_headers = "content-type;host;x-amz-date",
      .signature =
          "dec70dc559f3ef6a958e2804323c8383354362421e3988f4007d9bcbbc29aacd" },
    { .name = "a GET without a path",
      .method = "GET",
      .url = "https://example.amazonaws.com",
      .service = "service",
      .signed_headers = "host;x-amz-date",
      .signature =
          "5368bf73428c30d744455abb0b42c6e494a75a091434a397baea5887d1fc78da" },
    { .name = "a query out of order",
      .method = "GET",
      .url = "https://example.amazonaws.com/?b=2&a=2&a=1&B=3&a-b=0&c",
      .service = "service",
      .signed_headers = "host;x-amz-date",
      .signature =
          "bb2e0337923c296ab0e1cbf5ae1f44c5eea02026a3022a8bd9b3b2ac0244ab93" },
    { .name = "an encoded query",
      .method = "GET",
      .url = "https://example.amazonaws.com/?key=a%20b%2Fc%C3%A4&%C3%A4=1",
      .service = "service",
      .signed_headers = "host;x-amz-date",
      .signature =
          "79b12f7bb8f84d41b11b337c1ca9837a54e250515f6860d40e7ecc42d635498a" },
    { .name = "a path with escapes",
      .method = "GET",
      .url = "https://example.amazonaws.com/a%20b/%C3%A4/c~d",
      .service = "service",
      .signed_headers = "host;x-amz-date",
      .signature =
          "a74c6f929ef1fd86fb108fa3563d27224bf6c945762b303add5693adf5d3cff1" },
    { .name = "a path of S3 with escapes",
      .method = "GET",
      .url = "https://bucket.s3.amazonaws.com/a%20b/%C3%A4/c~d",
      .service = "s3",
      .is_s3 = true,
      .signed_headers = "host;x-amz-content-sha256;x-amz-date",
      .signature =
          "34027fbc6388e316435c51e32a0e395ce34eaa861c6cf1ed026f61bb4a8e9d77" },
    { .name = "dot segments",
      .method = "GET",
      .url = "https://example.amazonaws.com/a/./b/../c//d/",
      .service = "service",
      .signed_headers = "host;x-amz-date",
      .signature =
          "c92bb3fba31d2b57fe53bbddd514cfc4fff41fb8d9a034d4a427f52c2ba080c1" },
    { .name = "only dot segments",
      .method = "GET",
      .url = "https://example.amazonaws.com/../a/..",
      .service = "service",
      .signed_headers = "host;x-amz-date",
      .signature =
          "5368bf73428c30d744455abb0b42c6e494a75a091434a397baea5887d1fc78da" },
    { .name = "dot segments of S3",
      .method = "GET",
      .url = "https://bucket.s3.amazonaws.com/a/../b//c",
      .service = "s3",
      .is_s3 = true,
      .signed_headers = "host;x-amz-content-sha256;x-amz-date",
      .signature =
          "9c9712d1cf2f2166a1258d740ee8151d38218011c4ea41588f932dde8a86ea02" },
    { .name = "a bucket listing",
      .method = "GET",
      .url = "https://bucket.s3.eu-west-1.amazonaws.com/"
             "?list-type=2&prefix=locks%2F",
      .service = "s3",
      .region = "eu-west-1",
      .has_token = true,
      .is_s3 = true,
      .signed_headers =
          "host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
      .signature =
          "676607859df27c3deefb2bade8b90e4bffe71109a0593cbd96a6eb5540653255" },
    { .name = "a conditional PUT",
      .method = "PUT",
      .url = "https://bucket.s3.eu-west-1.amazonaws.com/locks/prod.lock",
      .service = "s3",
      .region = "eu-west-1",
      .headers = { "If-None-Match: *", "Content-Type: application/json" },
      .body = "{\"run\": 1}",
      .is_s3 = true,
      .signed_headers =
          "content-type;host;if-none-match;x-amz-content-sha256;x-amz-date",
      .signature =
          "a78a51a4e9767ba460a12707135a793a01bdebb9e420018a68e1a4a784e526d0" },
    { .name = "a DELETE by etag",
      .method = "DELETE",
      .url = "https://bucket.s3.eu-west-1.amazonaws.com/locks/prod.lock",
      .service = "s3",
      .region = "eu-west-1",
      .headers = { "If-Match: \"0123\"" },
      .is_s3 = true,
      .signed_headers = "host;if-match;x-amz-content-sha256;x-amz-date",
      .signature =
          "11f97250168ec9487a311838405e440ac218c36e767e3f72dd44f779358e8157" },
    { .name = "headers to trim",
      .method = "GET",
      .url = "https://example.amazonaws.com/",
      .service = "service",
      .headers = { "Pad-One:   a   b  \t c  ", "X-Quoted: \"a   b\"" },
      .signed_headers = "host;pad-one;x-amz-date;x-quoted",
      .signature =
          "84cb1ffd4da3892663531a8ac300597c53356aed156245e2a83a5d33c7bf45d3" },
    { .name = "a header that comes twice",
      .method = "GET",
      .url = "https://example.amazonaws.com/",
      .service = "service",
      .headers = { "X-Twice: b", "X-Twice: a", "X-Once: c" },
      .signed_headers = "host;x-amz-date;x-once;x-twice",
      .signature =
          "1b1d66ea4f345af95e9a7b739c826da13c9a5b6a05ece290a5750dd0bdfd5053" },
    { .name = "names where one begins another",
      .method = "GET",
      .url = "https://example.amazonaws.com/",
      .service = "service",
      .headers = { "x-amz-meta-a-b: 1", "x-amz-meta-a: 2", "X-Amz-Meta: 3" },
      .signed_headers =
          "host;x-amz-date;x-amz-meta;x-amz-meta-a;x-amz-meta-a-b",
      .signature =
          "91bf9cc64bf89e056e1dd97205c073a8d65831bb7583ac8949417e855fc465df" },
    { .name = "a port of its own",
      .method = "POST",
      .url = "http://127.0.0.1:4566/base/",
      .service = "ecr",
      .body = "{}",
      .signed_headers = "host;x-amz-date",
      .signature =
          "0e6a20f5502e228ccccc339a567029985018482d0a6a4930bf6cb3cb9a122374" },
    { .name = "the port of the scheme",
      .method = "POST",
      .url = "https://example.amazonaws.com:443/",
      .service = "ecr",
      .body = "{}",
      .signed_headers = "host;x-amz-date",
      .signature =
          "0202b6154dccd740b4adc3c2cbcdea2db9701a153af2f7193505a4878d82a1d7" },
    { .name = "headers that are not signed",
      .method = "GET",
      .url = "https://example.amazonaws.com/",
      .service = "service",
      .headers = { "User-Agent: stepdeck/1", "Expect: 100-continue" },
      .signed_headers = "host;x-amz-date",
      .signature =
          "5368bf73428c30d744455abb0b42c6e494a75a091434a397baea5887d1fc78da" },
    { .name = "a body of any bytes",
      .method = "POST",
      .url = "https://example.amazonaws.com/",
      .service = "service",
      .body = "ä\n\t€",
      .signed_headers = "host;x-amz-date",
      .signature =
          "8fa45651af2434b4753d3599c1e1cfdf911ad19004b12e1e1d791c6f0f5559fe" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct sigv4_request request_of(const struct row *row)
{
    return (struct sigv4_request){
        .method = row->method,
        .url = row->url,
        .service = row->service,
        .region = row->region ? row->region : "us-east-1",
        .body = row->body,
        .body_size = row->body ? strlen(row->body) : 0,
        .time_ms = INT64_C(1795280400000),
        .is_s3 = row->is_s3,
    };
}

static void add_headers(const struct row *row, struct strvec *headers)
{
    for (int i = 0; i < HEADERS && row->headers[i]; i++)
        strvec_add(headers, row->headers[i]);
}

static const char *find_header(const struct strvec *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++) {
        if (strncmp(headers->items[i], name, strlen(name)) == 0)
            return headers->items[i] + strlen(name);
    }
    return NULL;
}

static void sigv4_signs_as_the_sdk_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sigv4_request request = request_of(&rows[i]);
        struct sigv4_keys keys = { ACCESS_KEY, SECRET_KEY,
                                   rows[i].has_token ? TOKEN : NULL };
        struct strvec headers = { 0 };
        struct error err = { 0 };
        char *wanted = mem_format(
            "AWS4-HMAC-SHA256 Credential=" ACCESS_KEY
            "/20261121/%s/%s/aws4_request, SignedHeaders=%s, Signature=%s",
            request.region, request.service, rows[i].signed_headers,
            rows[i].signature);
        const char *got;

        add_headers(&rows[i], &headers);
        assert_true(sigv4_sign(&request, &keys, &headers, &err));
        got = find_header(&headers, "Authorization: ");
        if (strcmp(got, wanted) != 0)
            fail_msg("%s:\n%s\n%s", rows[i].name, got, wanted);
        assert_string_equal(find_header(&headers, "X-Amz-Date: "),
                            "20261121T170000Z");
        free(wanted);
        strvec_release(&headers);
    }
}

/* The server's way: over the headers that arrived, in any order and case. */
static void sigv4_signature_is_found_again_by_the_receiver(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sigv4_request request = request_of(&rows[i]);
        struct sigv4_keys keys = { ACCESS_KEY, SECRET_KEY,
                                   rows[i].has_token ? TOKEN : NULL };
        struct strvec headers = { 0 }, arrived = { 0 };
        char hash[DIGEST_TEXT_SIZE], text[DIGEST_TEXT_SIZE];

        add_headers(&rows[i], &headers);
        assert_true(sigv4_sign(&request, &keys, &headers, NULL));
        strvec_add(&arrived, "x-added-on-the-way: 1");
        for (size_t j = 0; j < headers.count; j++)
            strvec_add(&arrived, headers.items[j]);
        digest_bytes(request.body ? request.body : "", request.body_size, hash);
        assert_true(sigv4_signature(&request, SECRET_KEY, "20261121T170000Z",
                                    hash, rows[i].signed_headers, &arrived,
                                    text, NULL));
        assert_string_equal(text, rows[i].signature);
        assert_true(
            sigv4_signature(&request, SECRET_KEY "x", "20261121T170000Z", hash,
                            rows[i].signed_headers, &arrived, text, NULL));
        assert_string_not_equal(text, rows[i].signature);
        strvec_release(&headers);
        strvec_release(&arrived);
    }
}

static void sigv4_signature_refuses_what_it_cannot_check(void **state)
{
    static const struct {
        const char *url, *date, *signed_headers, *message;
    } cases[] = {
        { "https://h/", "20261121T170000Z", "host;x-gone", "x-gone" },
        { "https://h/", "20261121T170000Z", "host;", NULL },
        { "https://h/", "20261121T170000", "host", "not a date" },
        { "https://h/", "2026-11-21T17:00:00Z", "host", "not a date" },
        { "https://h/", "", "host", "not a date" },
        { "https://h/", "20261121T170000ZZ", "host", "not a date" },
        { "/path", "20261121T170000Z", "host", "URL" },
        { "https:///path", "20261121T170000Z", "host", "no host" },
        { "ftp://h/", "20261121T170000Z", "host", "URL" },
    };
    struct strvec headers = { 0 };

    (void)state;
    strvec_add(&headers, "Host: h");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sigv4_request request = {
            .method = "GET", .url = cases[i].url, .service = "s", .region = "r"
        };
        char text[DIGEST_TEXT_SIZE];
        struct error err = { 0 };

        assert_int_equal(sigv4_signature(&request, "k", cases[i].date, "",
                                         cases[i].signed_headers, &headers,
                                         text, &err),
                         cases[i].message == NULL);
        if (cases[i].message) {
            assert_int_equal(err.code, ERROR_INPUT);
            assert_non_null(strstr(err.message, cases[i].message));
        }
    }
    strvec_release(&headers);
}

/* However a client encodes its query, AWS sees the same. */
static void sigv4_takes_each_way_to_encode_a_query_for_the_same(void **state)
{
    static const char *const urls[] = {
        "https://h/?a=x%2Fy&b=~",   "https://h/?a=x/y&b=~",
        "https://h/?a=x%2fy&b=%7E", "https://h/?b=~&a=x/y&",
        "https://h/?&b=~&a=x/y#f",
    };
    struct strvec headers = { 0 };
    char first[DIGEST_TEXT_SIZE] = "", text[DIGEST_TEXT_SIZE];

    (void)state;
    strvec_add(&headers, "host: h");
    for (size_t i = 0; i < COUNT(urls); i++) {
        struct sigv4_request request = {
            .method = "GET", .url = urls[i], .service = "s", .region = "r"
        };

        assert_true(sigv4_signature(&request, "k", "20261121T170000Z", "",
                                    "host", &headers, i ? text : first, NULL));
        if (i)
            assert_string_equal(text, first);
    }
    strvec_release(&headers);
}

static void sigv4_keeps_a_host_that_is_given(void **state)
{
    struct sigv4_request request = request_of(&rows[0]);
    struct sigv4_keys keys = { ACCESS_KEY, SECRET_KEY, NULL };
    struct strvec headers = { 0 };
    size_t hosts = 0;

    (void)state;
    strvec_add(&headers, "host: elsewhere");
    assert_true(sigv4_sign(&request, &keys, &headers, NULL));
    for (size_t i = 0; i < headers.count; i++)
        hosts += strncmp(headers.items[i], "Host:", 5) == 0;
    assert_int_equal(hosts, 0);
    strvec_release(&headers);
}

static void sigv4_encodes_all_but_the_unreserved(void **state)
{
    static const struct {
        const char *text, *plain, *path;
    } cases[] = {
        { "", "", "" },
        { "aZ09-._~", "aZ09-._~", "aZ09-._~" },
        { "a/b c", "a%2Fb%20c", "a/b%20c" },
        { "*+%&=:", "%2A%2B%25%26%3D%3A", "%2A%2B%25%26%3D%3A" },
        { "\xc3\xa4\x01\x7f", "%C3%A4%01%7F", "%C3%A4%01%7F" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *plain = sigv4_encode(cases[i].text, false);
        char *path = sigv4_encode(cases[i].text, true);

        assert_string_equal(plain, cases[i].plain);
        assert_string_equal(path, cases[i].path);
        free(plain);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sigv4_signs_as_the_sdk_does),
        cmocka_unit_test(sigv4_signature_is_found_again_by_the_receiver),
        cmocka_unit_test(sigv4_signature_refuses_what_it_cannot_check),
        cmocka_unit_test(sigv4_takes_each_way_to_encode_a_query_for_the_same),
        cmocka_unit_test(sigv4_keeps_a_host_that_is_given),
        cmocka_unit_test(sigv4_encodes_all_but_the_unreserved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
