#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_service.h"

#include "aws/sts.h"

#define IDENTITY                                                               \
    "<GetCallerIdentityResponse "                                              \
    "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"                     \
    "<GetCallerIdentityResult>"                                                \
    "<Arn>arn:aws:sts::123456789012:assumed-role/Admin/me</Arn>"               \
    "<UserId>AROA:me</UserId><Account>123456789012</Account>"                  \
    "</GetCallerIdentityResult><ResponseMetadata>"                             \
    "<RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"

static void the_identity_is_account_arn_and_id(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct sts_identity identity;

    service_answer(f, 200, IDENTITY);
    assert_true(sts_identify(f->client, &identity, &err));
    assert_string_equal(identity.account, "123456789012");
    assert_string_equal(identity.arn,
                        "arn:aws:sts::123456789012:assumed-role/Admin/me");
    assert_string_equal(identity.user_id, "AROA:me");
    service_expect_form(f, 0, "Action=GetCallerIdentity");
    sts_identity_release(&identity);
    assert_null(identity.arn);
}

static void an_answer_without_a_name_is_an_error(void **state)
{
    struct service *f = *state;
    static const char *const bodies[] = {
        "<R/>",
        "<R>text</R>",
        "<R><GetCallerIdentityResult/></R>",
        "<R><GetCallerIdentityResult><Arn>a</Arn>"
        "</GetCallerIdentityResult></R>",
        "<R><GetCallerIdentityResult><Arn/><Account>1</Account>"
        "</GetCallerIdentityResult></R>",
        "<R><GetCallerIdentityResult><Arn><B>1</B></Arn><Account>1</Account>"
        "</GetCallerIdentityResult></R>",
    };

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct error err = { 0 };
        struct sts_identity identity;

        service_answer(f, 200, bodies[i]);
        assert_false(sts_identify(f->client, &identity, &err));
        assert_null(identity.account);
        service_expect_error(&err, ERROR_IO, "'GetCallerIdentity'");
    }
}

static void keys_that_are_not_known_are_an_error(void **state)
{
    struct service *f = *state;
    struct error err = { 0 };
    struct sts_identity identity;

    service_fail_query(f, 403, "InvalidClientTokenId");
    assert_false(sts_identify(f->client, &identity, &err));
    service_expect_error(&err, ERROR_BLOCKED, "");
    assert_true(client_failure(f->client)->is_denied);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(the_identity_is_account_arn_and_id),
        SERVICE_TEST(an_answer_without_a_name_is_an_error),
        SERVICE_TEST(keys_that_are_not_known_are_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
