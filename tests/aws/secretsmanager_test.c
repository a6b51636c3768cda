#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_service.h"

#include "aws/secretsmanager.h"

#include <stdio.h>

#define ARN "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"

static void a_secret_is_described_and_never_read(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct secret secret;

    service_answer(f, 200,
                   "{\"ARN\":\"" ARN "\",\"Name\":\"db\","
                   "\"KmsKeyId\":\"arn:key\",\"RotationEnabled\":false}");
    assert_true(secretsmanager_describe(f->client, "db", &secret, &err));
    assert_string_equal(secret.arn, ARN);
    assert_string_equal(secret.name, "db");
    assert_string_equal(secret.kms_key, "arn:key");
    assert_false(secret.is_deleted);
    assert_int_equal(service_count(f), 1);
    service_expect(f, 0, "secretsmanager.DescribeSecret",
                   "{\"SecretId\":\"db\"}");
    secret_release(&secret);
    assert_null(secret.arn);
}

static void key_and_version_of_an_arn_are_cut_off(void **state)
{
    struct service *f = *state;
    static const char *const ids[] = {
        ARN,
        ARN ":password",
        ARN ":password::",
        ARN ":password:AWSCURRENT:1",
        ARN "::",
    };

    for (size_t i = 0; i < COUNT(ids); i++) {
        struct error err = { 0 };
        struct secret secret;

        service_answer(f, 200, "{\"ARN\":\"" ARN "\",\"Name\":\"db\"}");
        assert_true(secretsmanager_describe(f->client, ids[i], &secret, &err));
        assert_null(secret.kms_key);
        service_expect(f, i, "secretsmanager.DescribeSecret",
                       "{\"SecretId\":\"" ARN "\"}");
        secret_release(&secret);
    }
}

static void a_secret_with_a_date_of_deletion_is_deleted(void **state)
{
    struct service *f = *state;
    static const struct {
        const char *date;
        bool is_deleted;
    } cases[] = { { "1.7E9", true },
                  { "1700000000", true },
                  { "null", false } };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        struct secret secret;
        char body[256];

        snprintf(body, sizeof(body),
                 "{\"ARN\":\"a\",\"Name\":\"db\",\"DeletedDate\":%s}",
                 cases[i].date);
        service_answer(f, 200, body);
        assert_true(secretsmanager_describe(f->client, "db", &secret, &err));
        assert_int_equal(secret.is_deleted, cases[i].is_deleted);
        secret_release(&secret);
    }
}

static void what_is_no_secret_is_not_asked_for(void **state)
{
    struct service *f = *state;
    static const char *const ids[] = {
        "arn:aws:ssm:us-east-1:123456789012:parameter/db/password",
        "arn:aws:s3:::bucket",
        "arn:",
        "arn:aws",
    };

    for (size_t i = 0; i < COUNT(ids); i++) {
        struct error err = { 0 };
        struct secret secret;

        assert_false(secretsmanager_describe(f->client, ids[i], &secret, &err));
        assert_null(secret.arn);
        service_expect_error(&err, ERROR_INPUT, ids[i]);
    }
    assert_int_equal(service_count(f), 0);
}

static void a_missing_secret_is_not_found(void **state)
{
    struct service *f = *state;
    struct error err = { 0 }, denied = { 0 };
    struct secret secret;

    service_fail(f, 400, "ResourceNotFoundException");
    assert_false(secretsmanager_describe(f->client, "db", &secret, &err));
    service_expect_error(&err, ERROR_NOT_FOUND,
                         "no secret 'db' in eu-central-1");
    service_fail(f, 400, "AccessDeniedException");
    assert_false(secretsmanager_describe(f->client, "db", &secret, &denied));
    service_expect_error(&denied, ERROR_BLOCKED, "");
}

static void a_garbled_description_is_an_error(void **state)
{
    struct service *f = *state;
    static const char *const bodies[] = { "{}", "{\"ARN\":\"a\"}",
                                          "{\"ARN\":1,\"Name\":\"db\"}",
                                          "{\"ARN\":\"a\",\"Name\":[]}" };

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct error err = { 0 };
        struct secret secret;

        service_answer(f, 200, bodies[i]);
        assert_false(secretsmanager_describe(f->client, "db", &secret, &err));
        assert_null(secret.arn);
        service_expect_error(&err, ERROR_IO, "'DescribeSecret'");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_secret_is_described_and_never_read),
        SERVICE_TEST(key_and_version_of_an_arn_are_cut_off),
        SERVICE_TEST(a_secret_with_a_date_of_deletion_is_deleted),
        SERVICE_TEST(what_is_no_secret_is_not_asked_for),
        SERVICE_TEST(a_missing_secret_is_not_found),
        SERVICE_TEST(a_garbled_description_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
