#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/awsfile.h"
#include "aws/endpoint.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void endpoint_of_each_service_in_each_partition(void **state)
{
    static const struct {
        enum client_service service;
        const char *region, *url, *signing_region;
    } cases[] = {
        { CLIENT_APPRUNNER, "eu-west-1",
          "https://apprunner.eu-west-1.amazonaws.com", "eu-west-1" },
        { CLIENT_ECR, "us-east-1", "https://api.ecr.us-east-1.amazonaws.com",
          "us-east-1" },
        { CLIENT_STS, "us-east-1", "https://sts.us-east-1.amazonaws.com",
          "us-east-1" },
        { CLIENT_IAM, "eu-west-1", "https://iam.amazonaws.com", "us-east-1" },
        { CLIENT_IAM, "us-gov-east-1", "https://iam.us-gov.amazonaws.com",
          "us-gov-west-1" },
        { CLIENT_IAM, "cn-northwest-1",
          "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1" },
        { CLIENT_SECRETS, "eu-west-1",
          "https://secretsmanager.eu-west-1.amazonaws.com", "eu-west-1" },
        { CLIENT_LOGS, "cn-north-1", "https://logs.cn-north-1.amazonaws.com.cn",
          "cn-north-1" },
        { CLIENT_S3, "eu-west-1", "https://s3.eu-west-1.amazonaws.com",
          "eu-west-1" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct endpoint *endpoint = endpoint_of(cases[i].service);
        char *url = endpoint_default_url(endpoint, cases[i].region);

        assert_string_equal(url, cases[i].url);
        assert_string_equal(endpoint_signing_region(endpoint, cases[i].region),
                            cases[i].signing_region);
        free(url);
    }
}

static void endpoint_checks_that_a_region_is_a_label(void **state)
{
    static const char *const wrong[] = {
        "",   "a.b", "a/b", "EU-WEST-1", "a b",
        "-a", "a-",  "a@b", "\xc3\xa4",  "a\n"
    };

    (void)state;
    assert_true(endpoint_check_region("eu-central-1", NULL));
    assert_true(endpoint_check_region("local", NULL));
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct error err = { 0 };

        assert_false(endpoint_check_region(wrong[i], &err));
        assert_int_equal(err.code, ERROR_INPUT);
        assert_true(err.hint[0]);
    }
}

struct settings {
    const char *pairs[8]; /* name, value, ..., NULL */
};

static const char *get(void *context, const char *name)
{
    const struct settings *settings = context;

    for (size_t i = 0; settings->pairs[i]; i += 2) {
        if (strcmp(settings->pairs[i], name) == 0)
            return settings->pairs[i + 1];
    }
    return NULL;
}

static void endpoint_is_chosen_in_order(void **state)
{
    static const char config[] = "[profile own]\n"
                                 "services = mine\n"
                                 "endpoint_url = http://profile\n"
                                 "[profile off]\n"
                                 "endpoint_url = http://profile\n"
                                 "ignore_configured_endpoint_urls = true\n"
                                 "[services mine]\n"
                                 "ecr =\n"
                                 "  endpoint_url = http://services-ecr\n"
                                 "cloudwatch_logs =\n"
                                 "  endpoint_url = http://services-logs\n";
    static const struct {
        enum client_service service;
        const char *profile;
        struct settings settings;
        const char *wanted;
    } cases[] = {
        { CLIENT_ECR, "default", { { NULL } }, NULL },
        { CLIENT_ECR, "own", { { NULL } }, "http://services-ecr" },
        { CLIENT_LOGS, "own", { { NULL } }, "http://services-logs" },
        { CLIENT_STS, "own", { { NULL } }, "http://profile" },
        { CLIENT_STS, "off", { { NULL } }, NULL },
        { CLIENT_ECR,
          "own",
          { { "AWS_ENDPOINT_URL", "http://all" } },
          "http://all" },
        { CLIENT_ECR,
          "own",
          { { "AWS_ENDPOINT_URL", "http://all", "AWS_ENDPOINT_URL_ECR",
              "http://ecr//" } },
          "http://ecr" },
        { CLIENT_APPRUNNER,
          "own",
          { { "AWS_ENDPOINT_URL_ECR", "http://ecr" } },
          "http://profile" },
        { CLIENT_SECRETS,
          "default",
          { { "AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://s/base/" } },
          "http://s/base" },
        { CLIENT_LOGS,
          "default",
          { { "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "http://l" } },
          "http://l" },
        { CLIENT_ECR,
          "own",
          { { "AWS_ENDPOINT_URL", "http://all",
              "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE" } },
          NULL },
        { CLIENT_STS,
          "off",
          { { "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false" } },
          "http://profile" },
    };
    struct awsfile file = { 0 };

    (void)state;
    assert_true(awsfile_parse(&file, AWSFILE_CONFIG, "config", config,
                              strlen(config), NULL));
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct settings settings = cases[i].settings;
        struct endpoint_source source = { .setting = get,
                                          .context = &settings,
                                          .file = &file,
                                          .profile = cases[i].profile };
        char *url = endpoint_chosen_url(endpoint_of(cases[i].service), &source);

        if (cases[i].wanted)
            assert_string_equal(url ? url : "none", cases[i].wanted);
        else
            assert_null(url);
        free(url);
    }
    awsfile_release(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endpoint_of_each_service_in_each_partition),
        cmocka_unit_test(endpoint_checks_that_a_region_is_a_label),
        cmocka_unit_test(endpoint_is_chosen_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
