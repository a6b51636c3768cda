#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_step.h"

#include "aws/apprunner/apprunner_target.h"
#include "core/setup.h"

#include <stdlib.h>
#include <string.h>

#define ACCOUNT "123456789012"
#define IDENTITY                                                               \
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam:"    \
    ":" ACCOUNT ":user/me</Arn><UserId>U</UserId><Account>" ACCOUNT            \
    "</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
#define SERVICES                                                               \
    "{\"ServiceSummaryList\":[{\"ServiceName\":\"webs\",\"ServiceArn\":"       \
    "\"arn:2\",\"Status\":\"RUNNING\"},{\"ServiceName\":\"apis\","             \
    "\"ServiceArn\":\"arn:1\",\"Status\":\"RUNNING\"}]}"
#define REPOSITORIES                                                           \
    "{\"repositories\":[{\"repositoryName\":\"images\",\"repositoryArn\":"     \
    "\"arn:r\",\"repositoryUri\":\"host/images\",\"imageTagMutability\":"      \
    "\"MUTABLE\"}]}"
#define QUERY_DENIED                                                           \
    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"       \
    "<Message>no</Message></Error></ErrorResponse>"

static struct setup *begin(struct fixture_step *f)
{
    struct setup_request request = { .dir = f->dir };
    struct error err = { 0 };
    struct setup *setup;

    target_reset();
    target_register(&apprunner_target);
    setup = setup_new(&request, &err);
    if (!setup || !setup_answer(setup, "DEPLOY_TARGET", "apprunner", &err))
        fail_msg("%s", err.message);
    return setup;
}

static bool is_offered(const struct setup *setup, const char *key,
                       const char *value)
{
    size_t count;
    const struct setup_choice *choices = setup_choices(setup, key, &count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(choices[i].value, value) == 0)
            return strstr(choices[i].origin, ACCOUNT) != NULL;
    }
    return false;
}

static void what_the_account_has_is_offered(void **state)
{
    struct fixture_step *f = *state;
    struct setup *setup;

    fixture_step_cloud(f);
    setenv("AWS_REGION", "us-east-1", 1);
    setup = begin(f);
    fixture_server_answer(f->cloud, 200, IDENTITY);
    fixture_server_answer(f->cloud, 200, SERVICES);
    fixture_server_answer(f->cloud, 200, REPOSITORIES);
    fixture_server_answer(f->cloud, 403, QUERY_DENIED);
    fixture_server_answer(f->cloud, 403, QUERY_DENIED);
    choices_offer(setup, NULL);
    assert_int_equal(fixture_server_requests(f->cloud), 5);
    assert_true(is_offered(setup, "SERVICE_NAME", "webs"));
    assert_true(is_offered(setup, "SERVICE_NAME", "apis"));
    assert_true(is_offered(setup, "ECR_REPOSITORY", "images"));
    setup_free(setup);
}

static void a_choice_is_no_default(void **state)
{
    struct fixture_step *f = *state;
    struct setup *setup;
    char *before;

    fixture_step_cloud(f);
    setenv("AWS_REGION", "us-east-1", 1);
    setup = begin(f);
    before = strdup(setup_value(setup, "SERVICE_NAME"));
    fixture_server_answer(f->cloud, 200, IDENTITY);
    fixture_server_answer(f->cloud, 200, SERVICES);
    choices_offer(setup, NULL);
    assert_string_equal(setup_value(setup, "SERVICE_NAME"), before);
    assert_true(is_offered(setup, "SERVICE_NAME", "webs"));
    free(before);
    setup_free(setup);
}

static void choices_of_another_region_do_not_count(void **state)
{
    struct fixture_step *f = *state;
    struct error err = { 0 };
    struct setup *setup;

    fixture_step_cloud(f);
    setenv("AWS_REGION", "us-east-1", 1);
    setup = begin(f);
    fixture_server_answer(f->cloud, 200, IDENTITY);
    fixture_server_answer(f->cloud, 200, SERVICES);
    choices_offer(setup, NULL);
    assert_true(setup_answer(setup, "AWS_REGION", "eu-west-1", &err));
    assert_false(is_offered(setup, "SERVICE_NAME", "webs"));
    assert_true(setup_answer(setup, "AWS_REGION", "us-east-1", &err));
    assert_true(is_offered(setup, "SERVICE_NAME", "webs"));
    setup_free(setup);
}

static void refused_credentials_ask_nothing_more(void **state)
{
    struct fixture_step *f = *state;
    struct setup *setup;

    fixture_step_cloud(f);
    setenv("AWS_REGION", "us-east-1", 1);
    setup = begin(f);
    fixture_server_answer(f->cloud, 403, QUERY_DENIED);
    choices_offer(setup, NULL);
    assert_int_equal(fixture_server_requests(f->cloud), 1);
    assert_false(is_offered(setup, "SERVICE_NAME", "webs"));
    setup_free(setup);
}

static void without_credentials_nobody_is_asked(void **state)
{
    struct fixture_step *f = *state;
    struct setup *setup;

    fixture_step_cloud(f);
    unsetenv("AWS_ACCESS_KEY_ID");
    unsetenv("AWS_SECRET_ACCESS_KEY");
    setenv("AWS_REGION", "us-east-1", 1);
    setup = begin(f);
    choices_offer(setup, NULL);
    assert_int_equal(fixture_server_requests(f->cloud), 0);
    setup_free(setup);
}

static void a_raised_cancel_asks_nobody(void **state)
{
    struct fixture_step *f = *state;
    struct setup *setup;

    fixture_step_cloud(f);
    setenv("AWS_REGION", "us-east-1", 1);
    setup = begin(f);
    cancel_raise(&f->cancel, CANCEL_STOP);
    choices_offer(setup, &f->cancel);
    assert_int_equal(fixture_server_requests(f->cloud), 0);
    setup_free(setup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_STEP_TEST(what_the_account_has_is_offered),
        FIXTURE_STEP_TEST(a_choice_is_no_default),
        FIXTURE_STEP_TEST(choices_of_another_region_do_not_count),
        FIXTURE_STEP_TEST(refused_credentials_ask_nothing_more),
        FIXTURE_STEP_TEST(without_credentials_nobody_is_asked),
        FIXTURE_STEP_TEST(a_raised_cancel_asks_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
