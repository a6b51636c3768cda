#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/awserror.h"
#include "aws/http.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct awserror read_error(int status, const char *header,
                                  const char *body)
{
    struct http_response response = { .status = status };
    struct awserror failure;

    if (header)
        strvec_add(&response.headers, header);
    strbuf_adds(&response.body, body);
    awserror_read(&failure, &response);
    http_response_release(&response);
    return failure;
}

static void awserror_finds_code_and_message(void **state)
{
    static const struct {
        const char *header, *body, *code, *message;
    } cases[] = {
        { NULL, "{\"__type\":\"SomeException\",\"Message\":\"It is.\"}",
          "SomeException", "It is" },
        { NULL,
          " \n{\"__type\":\"com.amazonaws.x#SomeException\","
          "\"message\":\"it\"}",
          "SomeException", "it" },
        { NULL, "{\"__type\":\"SomeException:http://x#y\"}", "SomeException",
          "" },
        { NULL, "{\"code\":\"SomeException\"}", "SomeException", "" },
        { "x-amzn-errortype: SomeException:http://x/", "{\"message\":\"m\"}",
          "SomeException", "m" },
        { "x-amzn-errortype: Header", "{\"__type\":\"Body\"}", "Body", "" },
        { NULL,
          "<ErrorResponse xmlns='urn:x'><Error><Type>Sender</Type><Code>"
          "NoSuchEntity</Code><Message>No role &lt;x&gt;.</Message>"
          "</Error><RequestId>1</RequestId></ErrorResponse>",
          "NoSuchEntity", "No role <x>" },
        { NULL,
          "<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>m"
          "</Message><Key>k</Key></Error>",
          "NoSuchKey", "m" },
        { NULL,
          "<Response><Errors><Error><Code>AuthFailure</Code><Message>m"
          "</Message></Error></Errors></Response>",
          "AuthFailure", "m" },
        { NULL, "<html><Code>x</Code></html>", "", "" },
        { NULL, "<!DOCTYPE html><html></html>", "", "" },
        { NULL, "{\"__type\":\"<b>bold</b>\"}", "", "" },
        { NULL, "{\"__type\":7,\"message\":{}}", "", "" },
        { NULL, "not found", "", "" },
        { NULL, "", "", "" },
        { NULL, "{\"__type\":\"A\",\"message\":\"one\\u001b[31m\\ttwo\"}", "A",
          "one [31m two" },
        { NULL,
          "{\"__type\":\"A\",\"message\":\"first\\nx-amz-security-token"
          ": abc\"}",
          "A", "first" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct awserror failure =
            read_error(400, cases[i].header, cases[i].body);

        assert_int_equal(failure.status, 400);
        assert_string_equal(failure.code, cases[i].code);
        assert_string_equal(failure.message, cases[i].message);
    }
}

static void awserror_cuts_a_long_message_at_a_character(void **state)
{
    struct strbuf body = { 0 };

    (void)state;
    for (int shift = 0; shift < 4; shift++) {
        struct awserror failure;

        strbuf_clear(&body);
        strbuf_addf(&body, "{\"__type\":\"A\",\"message\":\"%.*s", shift,
                    "xxx");
        for (int i = 0; i < 500; i++)
            strbuf_adds(&body, "\xe2\x82\xac");
        strbuf_adds(&body, "\"}");
        failure = read_error(400, NULL, body.data);
        assert_true(strlen(failure.message) > 500);
        assert_true(utf8_is_valid(failure.message, strlen(failure.message)));
    }
    strbuf_release(&body);
}

static void awserror_knows_the_kinds(void **state)
{
    static const struct {
        const char *code;
        int status;
        enum awserror_kind kind;
    } cases[] = {
        { "ThrottlingException", 400, AWSERROR_THROTTLED },
        { "SlowDown", 503, AWSERROR_THROTTLED },
        { "", 429, AWSERROR_THROTTLED },
        { "", 503, AWSERROR_TRANSIENT },
        { "", 408, AWSERROR_TRANSIENT },
        { "AnythingNew", 500, AWSERROR_TRANSIENT },
        { "RequestTimeout", 400, AWSERROR_TRANSIENT },
        { "ExpiredTokenException", 403, AWSERROR_EXPIRED },
        { "RequestTimeTooSkewed", 403, AWSERROR_SKEWED },
        { "AccessDenied", 403, AWSERROR_DENIED },
        { "RepositoryNotFoundException", 400, AWSERROR_NOT_FOUND },
        { "NoSuchEntity", 404, AWSERROR_NOT_FOUND },
        { "AnythingNew", 404, AWSERROR_INVALID },
        { "ServiceQuotaExceededException", 402, AWSERROR_QUOTA },
        { "LimitExceeded", 409, AWSERROR_QUOTA },
        { "", 404, AWSERROR_FOREIGN },
        { "", 302, AWSERROR_FOREIGN },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(awserror_kind(cases[i].code, cases[i].status),
                         cases[i].kind);
}

static void awserror_says_what_helps(void **state)
{
    static const struct {
        const char *code, *message;
        int status;
        enum error_code error;
        const char *said, *hint;
    } cases[] = {
        { "AccessDeniedException",
          "User: arn:aws:iam::1:user/u is not authorized to perform: "
          "ecr:PutImage on resource: r",
          400, ERROR_BLOCKED,
          "'Op' failed: User: ", "allow 'ecr:PutImage' to" },
        { "AccessDenied", "no", 403, ERROR_BLOCKED, "no (AccessDenied)",
          "get-caller-identity" },
        { "ExpiredToken", "", 403, ERROR_BLOCKED,
          "'Op' failed: ExpiredToken (HTTP status 403)", "sign in again" },
        { "ThrottlingException", "Rate exceeded", 400, ERROR_IO,
          "'Op' failed: Rate exceeded (ThrottlingException)", "wait" },
        { "NoSuchEntity", "m", 404, ERROR_NOT_FOUND, "NoSuchEntity", "" },
        { "ValidationException", "m", 400, ERROR_INPUT, "m", "" },
        { "", "", 502, ERROR_IO, "'Op' failed: Svc answered HTTP status 502",
          "try again" },
        { "", "", 407, ERROR_IO, "HTTP status 407", "HTTPS_PROXY" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct awserror failure = { .status = cases[i].status };
        struct error err = { 0 };

        memcpy(failure.code, cases[i].code, strlen(cases[i].code));
        memcpy(failure.message, cases[i].message, strlen(cases[i].message));
        failure.kind = awserror_kind(failure.code, failure.status);
        assert_false(awserror_say(&failure, "Op", "Svc", &err));
        assert_int_equal(err.code, cases[i].error);
        assert_non_null(strstr(err.message, cases[i].said));
        assert_non_null(strstr(err.hint, cases[i].hint));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(awserror_finds_code_and_message),
        cmocka_unit_test(awserror_cuts_a_long_message_at_a_character),
        cmocka_unit_test(awserror_knows_the_kinds),
        cmocka_unit_test(awserror_says_what_helps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
