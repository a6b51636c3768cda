#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/client.h"
#include "aws/http.h"
#include "base/cancel.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "fixture_client.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int set_up(void **state)
{
    struct fixture_client *f = mem_new(1, sizeof(*f));

    fixture_client_init(f, FIXTURE_CLIENT_WRITES);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture_client *f = *state;

    fixture_client_release(f);
    free(f);
    return 0;
}

static bool read_service(struct fixture_client *f, struct error *err)
{
    struct client_call call = { CLIENT_APPRUNNER, "DescribeService", NULL,
                                false };
    json_t *reply = NULL;
    bool ok = client_read(f->client, &call, &reply, err);

    assert_int_equal(reply != NULL, ok);
    json_decref(reply);
    return ok;
}

static bool change(struct fixture_client *f, enum client_service service,
                   const char *operation, bool is_unrepeatable,
                   struct error *err)
{
    struct client_call call = { service, operation, NULL, is_unrepeatable };
    json_t *reply = NULL;
    bool ok = client_write(client_writer(f->client), &call, &reply, err);

    json_decref(reply);
    return ok;
}

static void expect_header(struct fixture_client *f, size_t n, const char *name,
                          const char *wanted)
{
    char *value = fixture_server_header(f->server, n, name);

    assert_non_null(value);
    assert_string_equal(value, wanted);
    free(value);
}

/* ---- protocols -------------------------------------------------------- */

static void client_speaks_json_as_each_service_wants_it(void **state)
{
    static const struct {
        enum client_service service;
        const char *operation, *target, *type, *scope;
    } cases[] = {
        { CLIENT_APPRUNNER, "ListServices", "AppRunner.ListServices",
          "application/x-amz-json-1.0", "/eu-central-1/apprunner/" },
        { CLIENT_ECR, "DescribeImages",
          "AmazonEC2ContainerRegistry_V20150921.DescribeImages",
          "application/x-amz-json-1.1", "/eu-central-1/ecr/" },
        { CLIENT_SECRETS, "DescribeSecret", "secretsmanager.DescribeSecret",
          "application/x-amz-json-1.1", "/eu-central-1/secretsmanager/" },
        { CLIENT_LOGS, "FilterLogEvents", "Logs_20140328.FilterLogEvents",
          "application/x-amz-json-1.1", "/eu-central-1/logs/" },
    };
    struct fixture_client *f = *state;
    json_t *input = json_pack("{s:s}", "A", "b");

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct client_call call = { cases[i].service, cases[i].operation, input,
                                    false };
        json_t *reply = NULL;
        struct error err = { 0 };
        char *text;

        fixture_server_answer(f->server, 200, "{\"Out\": 1.5E9}");
        assert_true(client_read(f->client, &call, &reply, &err));
        assert_true(json_is_real(json_object_get(reply, "Out")));
        json_decref(reply);
        text = fixture_server_line(f->server, i);
        assert_string_equal(text, "POST /");
        free(text);
        assert_string_equal(fixture_server_body(f->server, i), "{\"A\":\"b\"}");
        expect_header(f, i, "X-Amz-Target", cases[i].target);
        expect_header(f, i, "Content-Type", cases[i].type);
        text = fixture_server_header(f->server, i, "User-Agent");
        assert_int_equal(strncmp(text, "stepdeck/", 9), 0);
        free(text);
        text = fixture_server_header(f->server, i, "Authorization");
        assert_non_null(strstr(text, cases[i].scope));
        free(text);
    }
    assert_int_equal(fixture_server_connections(f->server), 1);
    json_decref(input);
}

static void client_speaks_the_query_protocol(void **state)
{
    struct fixture_client *f = *state;
    json_t *input = json_pack("{s:s, s:s}", "PolicySourceArn", "arn:aws:x",
                              "ActionNames.member.1", "a b");
    struct client_call call = { CLIENT_IAM, "SimulatePrincipalPolicy", input,
                                false };
    json_t *reply = NULL;
    struct error err = { 0 };
    char *text;

    fixture_server_answer(f->server, 200,
                          "<R><SimulatePrincipalPolicyResult><IsTruncated>"
                          "false</IsTruncated></SimulatePrincipalPolicyResult>"
                          "</R>");
    assert_true(client_read(f->client, &call, &reply, &err));
    assert_string_equal(
        jsonx_text(json_object_get(reply, "SimulatePrincipalPolicyResult"),
                   "IsTruncated", ""),
        "false");
    assert_string_equal(fixture_server_body(f->server, 0),
                        "Action=SimulatePrincipalPolicy&Version=2010-05-08"
                        "&PolicySourceArn=arn%3Aaws%3Ax"
                        "&ActionNames.member.1=a%20b");
    text = fixture_server_header(f->server, 0, "Authorization");
    assert_non_null(strstr(text, "/us-east-1/iam/aws4_request"));
    free(text);
    json_decref(reply);
    json_decref(input);
}

static void client_asks_for_objects_by_path(void **state)
{
    struct fixture_client *f = *state;
    struct strvec headers = { 0 };
    struct client_object object = { .method = "PUT",
                                    .bucket = "bucket",
                                    .key = "locks/a b",
                                    .query = "x=1",
                                    .headers = &headers,
                                    .body = "{}",
                                    .body_size = 2 };
    struct client_object_reply reply;
    struct error err = { 0 };
    char *text;

    strvec_add(&headers, "If-None-Match: *");
    fixture_server_add(
        f->server, &(struct fixture_answer){ .status = 200,
                                             .headers = "ETag: \"12ab\"\r\n",
                                             .body = "stored" });
    assert_true(client_object(f->client, &object, &reply, &err));
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.etag, "\"12ab\"");
    assert_string_equal(strbuf_text(&reply.body), "stored");
    client_object_reply_release(&reply);
    text = fixture_server_line(f->server, 0);
    assert_string_equal(text, "PUT /bucket/locks/a%20b?x=1");
    free(text);
    assert_string_equal(fixture_server_body(f->server, 0), "{}");
    expect_header(f, 0, "If-None-Match", "*");
    expect_header(f, 0, "X-Amz-Content-Sha256",
                  "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f6"
                  "1caaff8a");
    strvec_release(&headers);
}

static void client_gives_status_and_body_of_an_object_that_failed(void **state)
{
    struct fixture_client *f = *state;
    struct client_object object = { .method = "GET",
                                    .bucket = "bucket",
                                    .key = "k" };
    struct client_object_reply reply;
    struct error err = { 0 };

    fixture_server_answer(f->server, 404,
                          "<Error><Code>NoSuchKey</Code><Message>The key does "
                          "not exist.</Message></Error>");
    assert_false(client_object(f->client, &object, &reply, &err));
    assert_int_equal(reply.status, 404);
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_true(client_failed_with(f->client, "NoSuchKey"));
    assert_non_null(strstr(strbuf_text(&reply.body), "NoSuchKey"));
    client_object_reply_release(&reply);
    fixture_server_answer(f->server, 412, "");
    error_clear(&err);
    assert_false(client_object(f->client, &object, &reply, &err));
    assert_int_equal(reply.status, 412);
    client_object_reply_release(&reply);
}

/* ---- retries ---------------------------------------------------------- */

static void client_tries_again_what_may_pass(void **state)
{
    static const struct {
        int status;
        const char *body;
        int64_t most_ms; /* of the first wait */
    } cases[] = {
        { 503, "", 50 },
        { 500, "{\"__type\": \"InternalServiceErrorException\"}", 50 },
        { 502, "<html>bad gateway</html>", 50 },
        { 400, "{\"__type\": \"RequestTimeoutException\"}", 50 },
        { 400, "{\"__type\": \"ThrottlingException\"}", 1000 },
        { 400, "{\"__type\": \"a.b#TooManyRequestsException:http://x\"}",
          1000 },
        { 429, "", 1000 },
        { 400, "{\"__type\": \"LimitExceededException\"}", 1000 },
        { 200, "no JSON", 50 },
        { 200, "", 50 },
        { 200, "[1]", 50 },
    };
    struct fixture_client *f = *state;
    size_t sent = 0;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };

        f->waits = 0;
        fixture_server_answer(f->server, cases[i].status, cases[i].body);
        fixture_server_answer(f->server, 200, "{}");
        if (!read_service(f, &err))
            fail_msg("case %zu: %s", i, err.message);
        assert_int_equal(fixture_server_requests(f->server), sent += 2);
        assert_int_equal(f->waits, 1);
        assert_in_range(f->waited_ms, 0, cases[i].most_ms);
        assert_int_equal(client_failure(f->client)->attempts, 0);
    }
}

static void client_gives_up_after_three_attempts(void **state)
{
    struct fixture_client *f = *state;
    struct error err = { 0 };

    for (int i = 0; i < 3; i++)
        fixture_server_answer(f->server, 503, "");
    assert_false(read_service(f, &err));
    assert_int_equal(fixture_server_requests(f->server), 3);
    assert_int_equal(f->waits, 2);
    assert_int_equal(err.code, ERROR_IO);
    assert_int_equal(client_failure(f->client)->status, 503);
    assert_int_equal(client_failure(f->client)->attempts, 3);
    assert_false(client_failure(f->client)->is_ambiguous);
}

static void client_says_what_an_answer_without_json_is(void **state)
{
    struct fixture_client *f = *state;
    struct error err = { 0 };

    for (int i = 0; i < 3; i++)
        fixture_server_answer(f->server, 200, "<html>");
    assert_false(read_service(f, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_non_null(strstr(err.message, "no readable answer of App Runner"));
}

static void client_heeds_the_wait_that_the_server_asks_for(void **state)
{
    static const struct {
        const char *header;
        int64_t least_ms, most_ms;
    } cases[] = {
        { "x-amz-retry-after: 3000\r\n", 3000, 3000 },
        { "x-amz-retry-after: 60000\r\n", 5000, 6000 },
        { "x-amz-retry-after: soon\r\n", 0, 1000 },
        { "x-amz-retry-after: -5\r\n", 0, 1000 },
    };
    struct fixture_client *f = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };

        fixture_server_add(
            f->server,
            &(struct fixture_answer){ .status = 400,
                                      .headers = cases[i].header,
                                      .body = "{\"__type\": \"Throttling\"}" });
        fixture_server_answer(f->server, 200, "{}");
        assert_true(read_service(f, &err));
        assert_in_range(f->waited_ms, cases[i].least_ms, cases[i].most_ms);
    }
}

static void client_stops_retrying_when_the_tokens_are_spent(void **state)
{
    struct fixture_client *f = *state;
    struct error err = { 0 };

    /* Two retries a call, 28 tokens: 17 calls spend 476, the next may pay for
     * one retry, all others for none. */
    for (int i = 0; i < 3 * 17 + 2 + 1; i++)
        fixture_server_answer(f->server, 503, "");
    for (int i = 0; i < 17; i++)
        assert_false(read_service(f, &err));
    assert_int_equal(client_failure(f->client)->attempts, 3);
    assert_false(read_service(f, &err));
    assert_int_equal(client_failure(f->client)->attempts, 2);
    assert_false(read_service(f, &err));
    assert_int_equal(client_failure(f->client)->attempts, 1);
    for (int i = 0; i < 4; i++) {
        fixture_server_answer(f->server, 200, "{}");
        assert_true(read_service(f, &err));
    }
    for (int i = 0; i < 2; i++)
        fixture_server_answer(f->server, 503, "");
    assert_false(read_service(f, &err));
    assert_int_equal(client_failure(f->client)->attempts, 2);
}

static void client_does_not_retry_what_will_not_pass(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum error_code code;
        const char *hint;
    } cases[] = {
        { 400, "{\"__type\": \"InvalidRequestException\", \"Message\": \"m\"}",
          ERROR_INPUT, "" },
        { 400, "{\"__type\": \"ResourceNotFoundException\"}", ERROR_NOT_FOUND,
          "" },
        { 400,
          "{\"__type\": \"AccessDeniedException\", \"Message\": \"User: u is "
          "not authorized to perform: apprunner:DescribeService on resource: "
          "r\"}",
          ERROR_BLOCKED, "apprunner:DescribeService" },
        { 400, "{\"__type\": \"UnrecognizedClientException\"}", ERROR_BLOCKED,
          "access key" },
        { 400, "{\"__type\": \"ServiceQuotaExceededException\"}", ERROR_BLOCKED,
          "Service Quotas" },
        { 403, "<html>Forbidden by the proxy</html>", ERROR_IO, "proxy" },
        { 404, "not here", ERROR_IO, "AWS_ENDPOINT_URL" },
    };
    struct fixture_client *f = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };

        fixture_server_answer(f->server, cases[i].status, cases[i].body);
        assert_false(read_service(f, &err));
        assert_int_equal(fixture_server_requests(f->server), i + 1);
        assert_int_equal(err.code, cases[i].code);
        assert_non_null(strstr(err.hint, cases[i].hint));
        assert_non_null(strstr(err.message, "DescribeService"));
    }
    assert_int_equal(f->waits, 0);
}

static void client_takes_no_quota_of_repositories_for_throttling(void **state)
{
    struct fixture_client *f = *state;
    struct error err = { 0 };

    fixture_server_answer(f->server, 400,
                          "{\"__type\": \"LimitExceededException\"}");
    assert_false(change(f, CLIENT_ECR, "CreateRepository", false, &err));
    assert_int_equal(fixture_server_requests(f->server), 1);
    assert_int_equal(err.code, ERROR_BLOCKED);
    assert_false(client_failure(f->client)->is_throttled);
    assert_true(client_failed_with(f->client, "LimitExceededException"));
}

/* ---- clock and keys --------------------------------------------------- */

static void client_corrects_its_clock_once(void **state)
{
    static const char *const codes[] = { "RequestTimeTooSkewed",
                                         "InvalidSignatureException",
                                         "RequestExpired", "AuthFailure" };
    struct fixture_client *f = *state;
    size_t n = 0;

    for (size_t i = 0; i < COUNT(codes); i++) {
        char *body = mem_format("{\"__type\": \"%s\"}", codes[i]);
        struct error err = { 0 };

        f->now_ms = FIXTURE_CLIENT_TIME - (int64_t)(i + 1) * 3600000;
        fixture_server_add(f->server,
                           &(struct fixture_answer){
                               .status = 403,
                               .headers = "Date: " FIXTURE_CLIENT_DATE "\r\n",
                               .body = body });
        fixture_server_answer(f->server, 200, "{}");
        fixture_server_answer(f->server, 200, "{}");
        assert_true(read_service(f, &err));
        expect_header(f, n + 1, "X-Amz-Date", "20261121T170000Z");
        assert_true(read_service(f, &err)); /* and it stays so */
        expect_header(f, n + 2, "X-Amz-Date", "20261121T170000Z");
        n += 3;
        free(body);
    }
    assert_int_equal(f->waits, 0);
}

static void client_does_not_blame_a_clock_that_is_right(void **state)
{
    struct fixture_client *f = *state;
    struct error err = { 0 };

    f->now_ms -= 3 * 60 * 1000;
    fixture_server_add(
        f->server,
        &(struct fixture_answer){
            .status = 403,
            .headers = "Date: " FIXTURE_CLIENT_DATE "\r\n",
            .body = "{\"__type\": \"InvalidSignatureException\", "
                    "\"message\": \"It does not match.\\n\\nThe "
                    "Canonical String was x-amz-security-token\"}" });
    assert_false(read_service(f, &err));
    assert_int_equal(fixture_server_requests(f->server), 1);
    assert_int_equal(err.code, ERROR_BLOCKED);
    assert_true(client_failure(f->client)->is_denied);
    assert_non_null(strstr(err.message, "It does not match"));
    assert_null(strstr(err.message, "token"));
    assert_null(strstr(client_failure(f->client)->message, "token"));
}

static void client_does_not_correct_its_clock_twice(void **state)
{
    static const char *const dates[] = {
        "Date: Sat, 21 Nov 2026 18:00:00 GMT\r\n",
        "Date: Sat, 21 Nov 2026 19:00:00 GMT\r\n",
    };
    struct fixture_client *f = *state;
    struct error err = { 0 };

    for (size_t i = 0; i < COUNT(dates); i++)
        fixture_server_add(
            f->server,
            &(struct fixture_answer){ .status = 403,
                                      .headers = dates[i],
                                      .body = "{\"__type\": "
                                              "\"RequestTimeTooSkewed\"}" });
    assert_false(read_service(f, &err));
    assert_int_equal(fixture_server_requests(f->server), 2);
    assert_int_equal(err.code, ERROR_BLOCKED);
}

static void client_asks_for_fresh_keys_once(void **state)
{
    struct fixture_client *f = *state;
    struct error err = { 0 };

    fixture_server_answer(f->server, 400,
                          "{\"__type\": \"ExpiredTokenException\"}");
    fixture_server_answer(f->server, 200, "{}");
    assert_true(read_service(f, &err));
    for (int i = 0; i < 2; i++)
        fixture_server_answer(f->server, 400, "{\"__type\": \"ExpiredToken\"}");
    assert_false(read_service(f, &err));
    assert_int_equal(fixture_server_requests(f->server), 4);
    assert_int_equal(err.code, ERROR_BLOCKED);
    assert_true(client_failure(f->client)->is_denied);
    assert_non_null(strstr(err.hint, "sign in again"));
}

/* ---- changes ---------------------------------------------------------- */

static void client_repeats_no_change_that_may_be_done(void **state)
{
    static const struct fixture_answer answers[] = {
        { .is_mute = true, .closes = true },
        { .raw = "HTTP/1.1 200 OK\r\n", .raw_size = 17, .closes = true },
        { .status = 500 },
        { .status = 200, .body = "<html>" },
    };
    struct fixture_client *f = *state;

    for (size_t i = 0; i < COUNT(answers); i++) {
        struct error err = { 0 };

        /* A connection that is kept: libcurl itself would try again. */
        fixture_server_answer(f->server, 200, "{}");
        assert_true(read_service(f, &err));
        fixture_server_add(f->server, &answers[i]);
        assert_false(change(f, CLIENT_APPRUNNER, "CreateService", true, &err));
        assert_int_equal(fixture_server_requests(f->server), 2 * (i + 1));
        assert_true(client_failure(f->client)->is_ambiguous);
        assert_int_equal(err.code, ERROR_IO);
        assert_non_null(strstr(err.message, "not known whether"));
    }
}

static void client_repeats_a_change_that_was_surely_not_done(void **state)
{
    struct fixture_client *f = *state;
    struct error err = { 0 };

    fixture_server_answer(f->server, 400,
                          "{\"__type\": \"ThrottlingException\"}");
    fixture_server_answer(f->server, 200, "{}");
    assert_true(change(f, CLIENT_APPRUNNER, "CreateService", true, &err));
    assert_int_equal(fixture_server_requests(f->server), 2);
}

static void client_repeats_a_change_that_may_be_repeated(void **state)
{
    struct fixture_client *f = *state;
    struct error err = { 0 };

    fixture_server_add(
        f->server, &(struct fixture_answer){ .is_mute = true, .closes = true });
    fixture_server_answer(f->server, 200, "");
    assert_true(change(f, CLIENT_ECR, "DeleteRepository", false, &err));
    fixture_server_answer(f->server, 503, "");
    fixture_server_answer(f->server, 400, "{\"__type\": \"OtherException\"}");
    assert_false(change(f, CLIENT_ECR, "DeleteRepository", false, &err));
    assert_true(client_failure(f->client)->is_ambiguous);
    assert_true(client_failed_with(f->client, "OtherException"));
}

static void client_repeats_no_conditional_change_of_an_object(void **state)
{
    struct fixture_client *f = *state;
    struct strvec headers = { 0 };
    struct client_object object = {
        .method = "DELETE", .bucket = "b", .key = "k", .headers = &headers
    };
    struct client_object_reply reply;
    struct error err = { 0 };

    strvec_add(&headers, "If-Match: \"1\"");
    fixture_server_add(
        f->server, &(struct fixture_answer){ .is_mute = true, .closes = true });
    assert_false(client_object(f->client, &object, &reply, &err));
    assert_int_equal(fixture_server_requests(f->server), 1);
    assert_true(client_failure(f->client)->is_ambiguous);
    client_object_reply_release(&reply);
    object.method = "GET";
    fixture_server_answer(f->server, 503, "");
    fixture_server_answer(f->server, 200, "");
    assert_true(client_object(f->client, &object, &reply, &err));
    client_object_reply_release(&reply);
    strvec_release(&headers);
}

/* Runs `what` in a child; whether that ended by abort(3). */
static bool aborts(void (*what)(struct fixture_client *f))
{
    struct fixture_client f;
    int status = 0;
    pid_t child;

    fixture_client_init(&f, FIXTURE_CLIENT_READS);
    child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_WRONLY);

        signal(SIGABRT, SIG_DFL);
        dup2(null, STDERR_FILENO);
        what(&f);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    fixture_client_release(&f);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void ask_for_writer(struct fixture_client *f)
{
    client_writer(f->client);
}

static void read_by(struct fixture_client *f, const char *operation)
{
    struct client_call call = { CLIENT_APPRUNNER, operation, NULL, false };
    json_t *reply;

    if (!client_read(f->client, &call, &reply, NULL))
        _exit(1);
}

static void read_by_create(struct fixture_client *f)
{
    read_by(f, "CreateService");
}

static void read_by_batch_delete(struct fixture_client *f)
{
    read_by(f, "BatchDeleteImage");
}

static void read_by_unknown(struct fixture_client *f)
{
    read_by(f, "RotateSecret");
}

static void read_by_describe(struct fixture_client *f)
{
    fixture_server_answer(f->server, 200, "{}");
    read_by(f, "DescribeService");
}

static void put_object(struct fixture_client *f)
{
    struct client_object object = { .method = "PUT", .bucket = "b", .key = "" };
    struct client_object_reply reply;

    if (!client_object(f->client, &object, &reply, NULL))
        _exit(1);
}

static void client_that_only_reads_ends_the_program_at_a_change(void **state)
{
    (void)state;
    assert_true(aborts(ask_for_writer));
    assert_true(aborts(read_by_create));
    assert_true(aborts(read_by_batch_delete));
    assert_true(aborts(read_by_unknown));
    assert_true(aborts(put_object));
    assert_false(aborts(read_by_describe));
}

/* ---- cancelling ------------------------------------------------------- */

static void raise_it(void *context)
{
    cancel_raise(context, CANCEL_STOP);
}

static void client_ends_when_cancelled(void **state)
{
    struct fixture_client *f = *state;
    struct cancel cancel;
    struct error err = { 0 };

    assert_true(cancel_init(&cancel, &err));
    client_set_cancel(f->client, &cancel);
    fixture_server_add(f->server,
                       &(struct fixture_answer){ .is_mute = true,
                                                 .arrived = raise_it,
                                                 .context = &cancel });
    assert_false(change(f, CLIENT_APPRUNNER, "CreateService", true, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    assert_true(client_failure(f->client)->is_ambiguous);
    cancel_reset(&cancel);
    error_clear(&err);
    f->refuses_wait = true;
    fixture_server_answer(f->server, 503, "");
    assert_false(read_service(f, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    assert_int_equal(fixture_server_requests(f->server), 2);
    client_set_cancel(f->client, NULL);
    cancel_release(&cancel);
}

/* ---- settings --------------------------------------------------------- */

static struct client *new_client(struct error *err)
{
    struct client_options options = { .is_read_only = true };

    return client_new(&options, err);
}

static void client_needs_a_region_that_is_one(void **state)
{
    static const struct {
        const char *region, *fallback, *wanted, *message;
    } cases[] = {
        { NULL, NULL, NULL, "no AWS region" },
        { "", "", NULL, "no AWS region" },
        { "eu-west-1", "us-east-1", "eu-west-1", NULL },
        { NULL, "us-east-1", "us-east-1", NULL },
        { "evil.com/", NULL, NULL, "not an AWS region: 'evil.com/'" },
        { "-x", NULL, NULL, "not an AWS region" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        struct client *client;

        fixture_client_clean_environment();
        if (cases[i].region)
            setenv("AWS_REGION", cases[i].region, 1);
        if (cases[i].fallback)
            setenv("AWS_DEFAULT_REGION", cases[i].fallback, 1);
        client = new_client(&err);
        if (cases[i].wanted) {
            assert_non_null(client);
            assert_string_equal(client_region(client), cases[i].wanted);
            assert_null(client_credentials_source(client));
        } else {
            assert_null(client);
            assert_int_equal(err.code, ERROR_INPUT);
            assert_non_null(strstr(err.message, cases[i].message));
            assert_true(err.hint[0]);
        }
        client_free(client);
    }
    fixture_client_clean_environment();
}

static void client_needs_a_profile_that_exists(void **state)
{
    struct error err = { 0 };

    (void)state;
    fixture_client_clean_environment();
    setenv("AWS_REGION", "eu-west-1", 1);
    setenv("AWS_PROFILE", "nobody", 1);
    assert_null(new_client(&err));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_non_null(strstr(err.message, "no AWS profile 'nobody'"));
    fixture_client_clean_environment();
}

static void client_needs_endpoints_that_are_urls(void **state)
{
    struct error err = { 0 };

    (void)state;
    fixture_client_clean_environment();
    setenv("AWS_REGION", "eu-west-1", 1);
    setenv("AWS_ENDPOINT_URL_ECR", "localhost:4566", 1);
    assert_null(new_client(&err));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_non_null(strstr(err.message, "endpoint of ECR"));
    fixture_client_clean_environment();
}

static void client_knows_where_it_is_sent_elsewhere(void **state)
{
    struct client *client;
    struct error err = { 0 };

    (void)state;
    fixture_client_clean_environment();
    setenv("AWS_REGION", "eu-west-1", 1);
    setenv("AWS_ENDPOINT_URL_ECR", "http://127.0.0.1:1", 1);
    client = new_client(&err);
    assert_non_null(client);
    assert_true(client_has_endpoint(client, CLIENT_ECR));
    assert_false(client_has_endpoint(client, CLIENT_APPRUNNER));
    assert_non_null(client_http(client));
    client_free(client);
    fixture_client_clean_environment();
}

static void client_tries_as_often_as_it_is_told(void **state)
{
    struct fixture_client *f = *state;
    struct client *client;
    struct client_options options = { .clock = &f->clock };
    struct client_call call = { CLIENT_STS, "GetCallerIdentity", NULL, false };
    json_t *reply;
    struct error err = { 0 };

    setenv("AWS_MAX_ATTEMPTS", "1", 1);
    client = client_new(&options, &err);
    fixture_server_answer(f->server, 503, "");
    assert_false(client_read(client, &call, &reply, &err));
    assert_int_equal(fixture_server_requests(f->server), 1);
    assert_string_equal(client_credentials_source(client), "the environment");
    assert_int_equal(client_credentials_expiry(client), 0);
    client_free(client);
}

#define CLIENT_TEST(name)                                                      \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(client_speaks_json_as_each_service_wants_it),
        CLIENT_TEST(client_speaks_the_query_protocol),
        CLIENT_TEST(client_asks_for_objects_by_path),
        CLIENT_TEST(client_gives_status_and_body_of_an_object_that_failed),
        CLIENT_TEST(client_tries_again_what_may_pass),
        CLIENT_TEST(client_gives_up_after_three_attempts),
        CLIENT_TEST(client_says_what_an_answer_without_json_is),
        CLIENT_TEST(client_heeds_the_wait_that_the_server_asks_for),
        CLIENT_TEST(client_stops_retrying_when_the_tokens_are_spent),
        CLIENT_TEST(client_does_not_retry_what_will_not_pass),
        CLIENT_TEST(client_takes_no_quota_of_repositories_for_throttling),
        CLIENT_TEST(client_corrects_its_clock_once),
        CLIENT_TEST(client_does_not_blame_a_clock_that_is_right),
        CLIENT_TEST(client_does_not_correct_its_clock_twice),
        CLIENT_TEST(client_asks_for_fresh_keys_once),
        CLIENT_TEST(client_repeats_no_change_that_may_be_done),
        CLIENT_TEST(client_repeats_a_change_that_was_surely_not_done),
        CLIENT_TEST(client_repeats_a_change_that_may_be_repeated),
        CLIENT_TEST(client_repeats_no_conditional_change_of_an_object),
        cmocka_unit_test(client_that_only_reads_ends_the_program_at_a_change),
        CLIENT_TEST(client_ends_when_cancelled),
        cmocka_unit_test(client_needs_a_region_that_is_one),
        cmocka_unit_test(client_needs_a_profile_that_exists),
        cmocka_unit_test(client_needs_endpoints_that_are_urls),
        cmocka_unit_test(client_knows_where_it_is_sent_elsewhere),
        CLIENT_TEST(client_tries_as_often_as_it_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
