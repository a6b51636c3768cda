#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/sigv4.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/verify.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* 2026-11-21T17:00:00Z */
static const int64_t now_ms = INT64_C(1795280400000);
enum { MINUTE_MS = 60000 };

static int set_up(void **state)
{
    static struct emulator emulator;

    emulator = (struct emulator){ 0 };
    emulator_init(&emulator);
    emulator.host = mem_text("127.0.0.1:4711");
    emulator.url = mem_text("http://127.0.0.1:4711");
    json_object_set_new(emulator_part(&emulator, "sessions"), "ASIASESSION",
                        json_pack("{s:s, s:s, s:I}", "secret", "hush", "token",
                                  "tick", "expires_ms",
                                  (json_int_t)(now_ms + MINUTE_MS)));
    *state = &emulator;
    return 0;
}

static int tear_down(void **state)
{
    emulator_release(*state);
    return 0;
}

/* What differs from a good request. */
struct attempt {
    const char *access_key, *secret_key, *token;
    const char *service, *path, *body, *method;
    int64_t time_ms;
    const char *sent_body; /* another than the one that is signed */
    const char *drops;     /* a header that does not arrive */
};

/* Signs as a client does and gives what the server sees. */
static void make_request(const struct attempt *attempt,
                         struct emulator_request *request, char **url)
{
    const char *service = attempt->service ? attempt->service : "apprunner";
    const char *body = attempt->body ? attempt->body : "{}";
    struct sigv4_keys keys = {
        .access_key =
            attempt->access_key ? attempt->access_key : EMULATOR_ACCESS_KEY,
        .secret_key =
            attempt->secret_key ? attempt->secret_key : EMULATOR_SECRET_KEY,
        .token = attempt->token,
    };
    const char *path = attempt->path ? attempt->path : "/";
    struct strvec headers = { 0 };
    struct error err = { 0 };

    *url = mem_format("http://127.0.0.1:4711%s", path);
    struct sigv4_request to_sign = {
        .method = attempt->method ? attempt->method : "POST",
        .url = *url,
        .service = service,
        .region = EMULATOR_REGION,
        .body = body,
        .body_size = strlen(body),
        .time_ms = attempt->time_ms ? attempt->time_ms : now_ms,
        .is_s3 = !strcmp(service, "s3"),
    };
    strvec_add(&headers, "Content-Type: application/x-amz-json-1.0");
    assert_true(sigv4_sign(&to_sign, &keys, &headers, &err));
    *request = (struct emulator_request){ .method = to_sign.method };
    for (size_t i = 0; i < headers.count; i++) {
        char *line = mem_text(headers.items[i]);

        for (char *at = line; *at && *at != ':'; at++)
            *at = (char)tolower((unsigned char)*at);
        if (attempt->drops &&
            !strncmp(line, attempt->drops, strlen(attempt->drops)))
            free(line);
        else
            strvec_take(&request->headers, line);
    }
    strvec_release(&headers);
    request->path = path;
    request->query = "";
    request->url = *url + strlen("http://127.0.0.1:4711");
    request->body = attempt->sent_body ? attempt->sent_body : body;
    request->body_size = strlen(request->body);
}

static void expect(struct emulator *emulator, const struct attempt *attempt,
                   enum protocol_style style, const char *code)
{
    struct emulator_failure failure = { 0 };
    struct emulator_request request;
    char *url;
    bool is_good;

    make_request(attempt, &request, &url);
    is_good = verify_request(emulator, &request, style, now_ms, &failure);
    if (!code && !is_good)
        fail_msg("refused: %s", failure.code);
    if (code && is_good)
        fail_msg("accepted, instead of %s", code);
    if (code)
        assert_string_equal(failure.code, code);
    strvec_release(&request.headers);
    free(url);
}

static void verify_accepts_what_our_own_signer_signs(void **state)
{
    static const struct attempt good[] = {
        { .service = "apprunner" },
        { .service = "sts", .body = "Action=GetCallerIdentity" },
        { .service = "apprunner", .body = "" },
        { .service = "s3", .path = "/state/locks/a%20b%2Bc", .method = "PUT" },
        { .service = "s3", .path = "/state?list-type=2&prefix=a%2F" },
        { .access_key = "ASIASESSION", .secret_key = "hush", .token = "tick" },
        { .time_ms = now_ms - 14 * MINUTE_MS },
        { .time_ms = now_ms + 14 * MINUTE_MS },
    };

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        expect(*state, &good[i], PROTOCOL_JSON, NULL);
}

static void verify_refuses_in_the_words_of_the_protocol(void **state)
{
    static const struct {
        struct attempt attempt;
        const char *code[3];
    } cases[] = {
        { { .secret_key = "wrong" },
          { "InvalidSignatureException", "SignatureDoesNotMatch",
            "SignatureDoesNotMatch" } },
        { { .sent_body = "{\"a\":1}" },
          { "InvalidSignatureException", "SignatureDoesNotMatch",
            "SignatureDoesNotMatch" } },
        { { .access_key = "AKIANOBODY" },
          { "UnrecognizedClientException", "InvalidClientTokenId",
            "InvalidAccessKeyId" } },
        { { .access_key = "ASIASESSION", .secret_key = "hush" },
          { "UnrecognizedClientException", "InvalidClientTokenId",
            "InvalidToken" } },
        { { .access_key = "ASIASESSION",
            .secret_key = "hush",
            .token = "other" },
          { "UnrecognizedClientException", "InvalidClientTokenId",
            "InvalidToken" } },
        { { .token = "tick" },
          { "UnrecognizedClientException", "InvalidClientTokenId",
            "InvalidToken" } },
        { { .time_ms = now_ms - 16 * MINUTE_MS },
          { "InvalidSignatureException", "SignatureDoesNotMatch",
            "RequestTimeTooSkewed" } },
        { { .time_ms = now_ms + 16 * MINUTE_MS },
          { "InvalidSignatureException", "SignatureDoesNotMatch",
            "RequestTimeTooSkewed" } },
        { { .drops = "authorization" },
          { "MissingAuthenticationTokenException", "MissingAuthenticationToken",
            "AccessDenied" } },
        { { .drops = "x-amz-date" },
          { "IncompleteSignatureException", "IncompleteSignature",
            "AuthorizationHeaderMalformed" } },
        { { .drops = "content-type" },
          { "InvalidSignatureException", "SignatureDoesNotMatch",
            "SignatureDoesNotMatch" } },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (int style = PROTOCOL_JSON; style <= PROTOCOL_S3; style++)
            expect(*state, &cases[i].attempt, (enum protocol_style)style,
                   cases[i].code[style]);
}

static void verify_refuses_a_session_that_is_over(void **state)
{
    struct attempt attempt = { .access_key = "ASIASESSION",
                               .secret_key = "hush",
                               .token = "tick" };
    struct emulator *emulator = *state;
    json_t *session =
        json_object_get(emulator_part(emulator, "sessions"), "ASIASESSION");

    jsonx_set_int(session, "expires_ms", now_ms - 1);
    expect(emulator, &attempt, PROTOCOL_JSON, "ExpiredTokenException");
}

static void verify_goes_by_the_cloud_s_clock(void **state)
{
    struct emulator *emulator = *state;
    struct attempt early = { .time_ms = now_ms };
    struct attempt right = { .time_ms = now_ms + 20 * MINUTE_MS };

    emulator->skew_ms = 20 * MINUTE_MS;
    expect(emulator, &early, PROTOCOL_JSON, "InvalidSignatureException");
    expect(emulator, &right, PROTOCOL_JSON, NULL);
}

static void verify_wants_the_hash_of_an_s3_body(void **state)
{
    struct attempt none = { .service = "s3", .drops = "x-amz-content-sha256" };
    struct attempt other = { .service = "s3", .sent_body = "changed" };

    expect(*state, &none, PROTOCOL_S3, "AuthorizationHeaderMalformed");
    expect(*state, &other, PROTOCOL_S3, "XAmzContentSHA256Mismatch");
}

static void verify_parse_refuses_other_headers(void **state)
{
    static const char *const wrong[] = {
        "",
        "Basic QVdTOng=",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 ",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/other, SignedHeaders=host, "
        "Signature=1",
        "AWS4-HMAC-SHA256 Credential=a/b/c/aws4_request, SignedHeaders=host, "
        "Signature=1",
        "AWS4-HMAC-SHA256 Credential=//c/d/aws4_request, SignedHeaders=host, "
        "Signature=1",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=, "
        "Signature=1",
    };
    struct verify_claim claim;

    (void)state;
    assert_false(verify_parse(NULL, &claim));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (verify_parse(wrong[i], &claim))
            fail_msg("'%s' is taken", wrong[i]);
}

static void verify_parse_needs_no_spaces_between_the_parts(void **state)
{
    struct verify_claim claim;

    (void)state;
    assert_true(verify_parse(
        "AWS4-HMAC-SHA256 Credential=AKIA/20261121/us-east-1/sts/aws4_request,"
        "SignedHeaders=host;x-amz-date,Signature=abc",
        &claim));
    assert_string_equal(claim.access_key, "AKIA");
    assert_string_equal(claim.date, "20261121");
    assert_string_equal(claim.region, "us-east-1");
    assert_string_equal(claim.service, "sts");
    assert_string_equal(claim.signed_headers, "host;x-amz-date");
    assert_string_equal(claim.signature, "abc");
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(verify_accepts_what_our_own_signer_signs),
        test(verify_refuses_in_the_words_of_the_protocol),
        test(verify_refuses_a_session_that_is_over),
        test(verify_goes_by_the_cloud_s_clock),
        test(verify_wants_the_hash_of_an_s3_body),
        test(verify_parse_refuses_other_headers),
        test(verify_parse_needs_no_spaces_between_the_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
