#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "core/setup.h"

#include <stdlib.h>
#include <string.h>

static const struct target_ops apprunner = { .name = "apprunner" };

/* A folder whose home has no AWS files. */
static int set_up(void **state)
{
    int status = fixture_set_up(state);
    struct fixture *f = *state;

    if (status == 0)
        setenv("HOME", fixture_path(f, "home"), 1);
    unsetenv("AWS_CONFIG_FILE");
    unsetenv("AWS_SHARED_CREDENTIALS_FILE");
    return status;
}

#define SETUP_TEST(name)                                                       \
    cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

static struct setup *begin(struct fixture *f)
{
    struct setup_request request = { .dir = f->dir };
    struct error err = { 0 };
    struct setup *setup = setup_new(&request, &err);

    if (!setup)
        fail_msg("%s (%s)", err.message, err.hint);
    return setup;
}

static void expect(const struct setup *setup, const char *key,
                   const char *value, const char *origin)
{
    assert_string_equal(setup_value(setup, key), value);
    if (origin)
        assert_string_equal(setup_origin(setup, key), origin);
    else
        assert_null(setup_origin(setup, key));
}

static void answer(struct setup *setup, const char *key, const char *value)
{
    struct error err = { 0 };

    if (!setup_answer(setup, key, value, &err))
        fail_msg("%s=%s: %s", key, value, err.message);
}

static void expect_refusal(struct setup *setup, const char *key,
                           const char *value, const char *part,
                           const char *hint)
{
    struct error err = { 0 };

    assert_false(setup_answer(setup, key, value, &err));
    fixture_expect_error(&err, ERROR_INPUT, part, hint);
}

/* ---- defaults --------------------------------------------------------- */

static void default_is_what_the_files_say(void **state)
{
    struct fixture *f = *state;
    struct setup *setup;

    fixture_write(f, "deployment-config.env", "PROJECT_NAME=shared\n");
    fixture_write(f, "terraform/main.tf", "");
    fixture_write(f, ".env", "ENVIRONMENT=prod\nAWS_REGION=us-east-1\n");
    fixture_write(f, "environments/prod.env", "AWS_REGION=${WHERE:-eu}-west-1");
    setup = begin(f);
    expect(setup, "PROJECT_NAME", "shared", "in deployment-config.env");
    expect(setup, "ENVIRONMENT", "prod", "in .env");
    expect(setup, "AWS_REGION", "eu-west-1", "in environments/prod.env");
    answer(setup, "ENVIRONMENT", "other");
    expect(setup, "ENVIRONMENT", "other", NULL);
    expect(setup, "AWS_REGION", "us-east-1", "in .env");
    setup_free(setup);
}

static void default_is_the_name_of_the_folder_without_a_remote(void **state)
{
    struct fixture *f = *state;
    struct setup *setup = begin(f);

    expect(setup, "PROJECT_NAME", strrchr(f->dir, '/') + 1,
           "name of the folder");
    expect(setup, "ENVIRONMENT", "dev", "");
    expect(setup, "SETUP_FILES", "split", "");
    assert_int_equal(setup_count(setup), 3);
    setup_free(setup);
}

static void default_is_what_git_tells(void **state)
{
    struct fixture *f = *state;
    struct setup *setup;

    fixture_write(f, ".git/config",
                  "[core]\n\trepositoryformatversion = 0\n"
                  "[remote \"origin\"]\n\turl = git@example.com:x/acme.git\n");
    fixture_write(f, ".git/HEAD", "ref: refs/heads/staging\n");
    fixture_write(f, ".git/refs/heads/staging",
                  "0123456789012345678901234567890123456789\n");
    fixture_write(f, ".git/objects/none", "");
    setup = begin(f);
    expect(setup, "PROJECT_NAME", "acme", "from the git remote");
    expect(setup, "ENVIRONMENT", "staging", "name of the git branch");
    setup_free(setup);
}

static void default_is_what_the_process_environment_says(void **state)
{
    struct fixture *f = *state;
    struct setup *setup;

    setenv("AWS_DEFAULT_REGION", "us-east-2", 1);
    setenv("ENVIRONMENT", "qa", 1);
    setup = begin(f);
    expect(setup, "AWS_REGION", "us-east-2",
           "AWS_DEFAULT_REGION in the process environment");
    expect(setup, "ENVIRONMENT", "qa",
           "ENVIRONMENT in the process "
           "environment");
    setup_free(setup);
    unsetenv("AWS_DEFAULT_REGION");
    unsetenv("ENVIRONMENT");
}

static void value_that_is_not_valid_is_no_default(void **state)
{
    struct fixture *f = *state;
    struct setup *setup;

    fixture_write(f, ".env", "ENVIRONMENT='a b'\nPORT=many\n");
    setup = begin(f);
    expect(setup, "ENVIRONMENT", "dev", "");
    expect(setup, "PORT", "8080", "");
    setup_free(setup);
}

static void region_follows_the_profile(void **state)
{
    struct fixture *f = *state;
    struct setup *setup;

    fixture_write(f, "home/.aws/config",
                  "[default]\nregion=us-west-2\n"
                  "[profile prod]\nregion=eu-west-1\n[profile x]\noutput=j\n");
    setup = begin(f);
    assert_true(setup_is_asked(setup, "AWS_PROFILE"));
    expect(setup, "AWS_PROFILE", "", "");
    expect(setup, "AWS_REGION", "us-west-2",
           "profile 'default' in the AWS config");
    answer(setup, "ENVIRONMENT", "prod");
    expect(setup, "AWS_PROFILE", "prod", "named like the environment");
    expect(setup, "AWS_REGION", "eu-west-1",
           "profile 'prod' in the AWS config");
    answer(setup, "AWS_PROFILE", "x");
    expect(setup, "AWS_REGION", "", "");
    answer(setup, "AWS_PROFILE", "y");
    assert_non_null(setup_doubt(setup, "AWS_PROFILE", "y"));
    assert_null(setup_doubt(setup, "AWS_PROFILE", "x"));
    answer(setup, "AWS_PROFILE", "");
    setup_free(setup);
}

static void file_that_cannot_be_understood_ends_it(void **state)
{
    struct fixture *f = *state;
    struct setup_request request = { .dir = f->dir };
    struct error err = { 0 };
    struct setup *setup;

    fixture_write(f, "environments/prod.env", "A=$(x)\n");
    setup = begin(f);
    expect_refusal(setup, "ENVIRONMENT", "prod",
                   "environments/prod.env:1:", "");
    expect(setup, "ENVIRONMENT", "dev", "");
    setup_free(setup);
    fixture_write(f, ".env", "\nnot a line\n");
    assert_null(setup_new(&request, &err));
    fixture_expect_error(&err, ERROR_INPUT, ".env:2:", "");
}

/* ---- cloud questions -------------------------------------------------- */

static void cloud_is_asked_about_only_with_its_target(void **state)
{
    struct fixture *f = *state;
    struct setup *setup = begin(f);

    assert_false(setup_is_asked(setup, "DEPLOY_TARGET"));
    assert_false(setup_is_asked(setup, "SERVICE_NAME"));
    expect_refusal(setup, "DEPLOY_TARGET", "apprunner", "'apprunner'", "none");
    setup_free(setup);
    target_register(&apprunner);
    setup = begin(f);
    expect(setup, "DEPLOY_TARGET", "none", "");
    assert_true(setup_is_asked(setup, "DEPLOY_TARGET"));
    assert_false(setup_is_asked(setup, "SERVICE_NAME"));
    answer(setup, "DEPLOY_TARGET", "apprunner");
    assert_true(setup_is_asked(setup, "SERVICE_NAME"));
    assert_true(setup_is_asked(setup, "AWS_REGION"));
    assert_int_equal(setup_count(setup), 13);
    expect_refusal(setup, "AWS_REGION", "", "needs a region", "us-east-1");
    setup_free(setup);
}

static void cloud_target_of_the_files_is_asked_about(void **state)
{
    struct fixture *f = *state;
    struct setup *setup;

    fixture_write(f, ".env", "DEPLOY_TARGET=apprunner\n");
    setup = begin(f);
    expect(setup, "DEPLOY_TARGET", "apprunner", "in .env");
    assert_true(setup_is_asked(setup, "DEPLOY_TARGET"));
    assert_true(setup_is_asked(setup, "SERVICE_CPU"));
    setup_free(setup);
}

static void cloud_defaults_follow_each_other(void **state)
{
    struct fixture *f = *state;
    struct setup *setup;

    target_register(&apprunner);
    fixture_write(f, "Dockerfile", "FROM x\nEXPOSE 3000\n");
    fixture_write(f, "api.Dockerfile", "FROM x\nEXPOSE 4000\n");
    fixture_script(f, "step-010-a.sh", NULL, "true");
    setup = begin(f);
    assert_string_equal(setup_value(setup, "DEPLOY_TARGET"), "none");
    answer(setup, "PROJECT_NAME", "Acme API!");
    answer(setup, "SERVICE_NAME", "some-name");
    expect(setup, "DEPLOY_TARGET", "apprunner", "SERVICE_NAME is set");
    expect(setup, "ECR_REPOSITORY", "some-name", "from the service's name");
    expect(setup, "DOCKERFILE", "Dockerfile", "found here");
    expect(setup, "PORT", "3000", "EXPOSE in Dockerfile");
    answer(setup, "DOCKERFILE", "api.Dockerfile");
    expect(setup, "PORT", "4000", "EXPOSE in api.Dockerfile");
    expect(setup, "SERVICE_MEMORY", "2048", "the least for that CPU");
    answer(setup, "SERVICE_CPU", "4 vCPU");
    expect(setup, "SERVICE_MEMORY", "8192", "the least for that CPU");
    assert_null(setup_doubt(setup, "SERVICE_MEMORY", "10 GB"));
    assert_non_null(setup_doubt(setup, "SERVICE_MEMORY", "512"));
    assert_non_null(setup_doubt(setup, "DOCKERFILE", "Nofile"));
    setup_free(setup);
}

static void a_container_alone_is_deployed_to_the_cloud(void **state)
{
    struct fixture *f = *state;
    struct setup *setup;

    target_register(&apprunner);
    fixture_write(f, "Dockerfile", "FROM x\n");
    setup = begin(f);
    expect(setup, "DEPLOY_TARGET", "apprunner",
           "for there is a Dockerfile, and no step scripts");
    setup_free(setup);
}

static void service_is_named_by_project_and_environment(void **state)
{
    struct setup *setup = begin(*state);

    answer(setup, "PROJECT_NAME", "Acme API!");
    expect(setup, "SERVICE_NAME", "acme-api", "from the project's name");
    answer(setup, "ENVIRONMENT", "prod");
    expect(setup, "SERVICE_NAME", "acme-api-prod", "from the project's name");
    answer(setup, "PROJECT_NAME", "日本");
    answer(setup, "ENVIRONMENT", "dev");
    expect(setup, "SERVICE_NAME", "", "");
    setup_free(setup);
}

static void offer_of_another_source_is_a_choice(void **state)
{
    struct setup *setup = begin(*state);
    struct setup_offer offer = { .key = "SERVICE_NAME",
                                 .value = "live-service",
                                 .origin = "there already",
                                 .rank = SETUP_POSSIBLE };
    const struct setup_choice *choices;
    size_t count;

    answer(setup, "PROJECT_NAME", "acme");
    setup_offer(setup, &offer);
    expect(setup, "SERVICE_NAME", "acme", "from the project's name");
    choices = setup_choices(setup, "SERVICE_NAME", &count);
    assert_int_equal(count, 2);
    assert_string_equal(choices[1].value, "live-service");
    assert_string_equal(choices[1].origin, "there already");
    offer.value = "x";
    setup_offer(setup, &offer);
    setup_choices(setup, "SERVICE_NAME", &count);
    assert_int_equal(count, 2);
    setup_free(setup);
}

/* ---- answers ---------------------------------------------------------- */

static void answer_that_will_not_do_is_refused(void **state)
{
    static const struct {
        const char *key, *value, *part;
    } cases[] = {
        { "PROJECT_NAME", "", "needs an answer" },
        { "PROJECT_NAME", "a\nb", "control" },
        { "PROJECT_NAME", "\xff", "UTF-8" },
        { "ENVIRONMENT", "../x", "usable name" },
        { "AWS_REGION", "us", "not a region" },
        { "PORT", "0", "port" },
        { "PORT", "x", "port" },
        { "HEALTH_PATH", "x", "'/'" },
        { "SERVICE_NAME", "abc", "service name" },
        { "SERVICE_NAME", "ab.cd", "service name" },
        { "ECR_REPOSITORY", "Acme", "repository" },
        { "ECR_REPOSITORY", "a//b", "repository" },
        { "ECR_REPOSITORY", "a-", "repository" },
        { "SERVICE_CPU", "100", "CPU" },
        { "SERVICE_MEMORY", "100", "memory" },
        { "SERVICE_MEMORY", "2 TB", "memory" },
        { "SETUP_FILES", "some", "choices" },
        { "SETUP_TERRAFORM", "perhaps", "choices" },
        { "HEALTH_RETRIES", "x", "number" },
    };
    struct setup *setup = begin(*state);

    for (size_t i = 0; i < COUNT(cases); i++)
        expect_refusal(setup, cases[i].key, cases[i].value, cases[i].part, "");
    expect_refusal(setup, "SERVICE_NANE", "x", "unknown key", "SERVICE_NAME");
    setup_free(setup);
}

static void answer_loses_the_blanks_around_it(void **state)
{
    struct setup *setup = begin(*state);

    answer(setup, "PROJECT_NAME", " \tacme api ");
    expect(setup, "PROJECT_NAME", "acme api", NULL);
    answer(setup, "HEALTH_TIMEOUT", "20s");
    assert_string_equal(setup_value(setup, "HEALTH_TIMEOUT"), "20s");
    assert_true(setup_is_answered(setup, "HEALTH_TIMEOUT"));
    setup_free(setup);
}

static bool answer_text(struct setup *setup, const char *text,
                        struct error *err)
{
    return setup_answer_file(setup, "answers", text, strlen(text), err);
}

static void answers_of_a_file_count_together_or_not_at_all(void **state)
{
    struct setup *setup = begin(*state);
    struct error err = { 0 };

    assert_true(answer_text(setup,
                            "# mine\nHEALTH_TIMEOUT=5\nENVIRONMENT=qa\n"
                            "DEPLOYMENT_TIMESTAMP=x\nPROJECT_NAME='a b'\n",
                            &err));
    expect(setup, "PROJECT_NAME", "a b", NULL);
    assert_false(answer_text(setup,
                             "PROJECT_NAME=other\nHISTORY_RUNS=9\n"
                             "HEALTH_TIMEOUT=7\nPORT=x\n",
                             &err));
    fixture_expect_error(&err, ERROR_INPUT, "answers:4: PORT: 'x'", "65535");
    expect(setup, "PROJECT_NAME", "a b", NULL);
    assert_string_equal(setup_value(setup, "HEALTH_TIMEOUT"), "5");
    assert_false(setup_is_answered(setup, "HISTORY_RUNS"));
    error_clear(&err);
    assert_false(answer_text(setup, "\nPROJECTNAME=x\n", &err));
    fixture_expect_error(&err, ERROR_INPUT, "answers:2: unknown key",
                         "'PROJECT_NAME'");
    error_clear(&err);
    assert_false(answer_text(setup, "PROJECT_NAME=`id`\n", &err));
    fixture_expect_error(&err, ERROR_INPUT, "answers:1:", "");
    setup_free(setup);
}

/* ---- one question at a time ------------------------------------------- */

static void walk_to(struct setup *setup, const char *key, const char *value)
{
    struct error err = { 0 };

    assert_string_equal(setup_current(setup)->key, key);
    if (!setup_next(setup, value, &err))
        fail_msg("%s", err.message);
}

static void questions_are_numbered_as_they_are_asked(void **state)
{
    struct setup *setup;
    struct error err = { 0 };

    target_register(&apprunner);
    setup = begin(*state);
    assert_int_equal(setup_number(setup), 1);
    assert_int_equal(setup_count(setup), 4);
    assert_false(setup_back(setup));
    walk_to(setup, "PROJECT_NAME", "acme");
    assert_false(setup_next(setup, "a/b", &err));
    assert_string_equal(setup_current(setup)->key, "ENVIRONMENT");
    walk_to(setup, "ENVIRONMENT", NULL);
    assert_false(setup_is_answered(setup, "ENVIRONMENT"));
    walk_to(setup, "DEPLOY_TARGET", "apprunner");
    assert_int_equal(setup_number(setup), 4);
    assert_int_equal(setup_count(setup), 13);
    assert_string_equal(setup_current(setup)->key, "AWS_PROFILE");
    assert_true(setup_back(setup));
    walk_to(setup, "DEPLOY_TARGET", "none");
    walk_to(setup, "SETUP_FILES", NULL);
    assert_null(setup_current(setup));
    assert_int_equal(setup_number(setup), 5);
    assert_true(setup_next(setup, NULL, &err));
    assert_true(setup_back(setup));
    assert_string_equal(setup_current(setup)->key, "SETUP_FILES");
    setup_free(setup);
}

static void answers_are_kept_when_going_back(void **state)
{
    struct setup *setup = begin(*state);

    walk_to(setup, "PROJECT_NAME", "acme");
    walk_to(setup, "ENVIRONMENT", "qa");
    assert_true(setup_back(setup));
    assert_true(setup_back(setup));
    expect(setup, "PROJECT_NAME", "acme", NULL);
    walk_to(setup, "PROJECT_NAME", NULL);
    expect(setup, "PROJECT_NAME", "acme", NULL);
    walk_to(setup, "ENVIRONMENT", NULL);
    expect(setup, "ENVIRONMENT", "qa", NULL);
    assert_true(setup_go(setup, "PROJECT_NAME"));
    assert_false(setup_go(setup, "SERVICE_NAME"));
    assert_string_equal(setup_current(setup)->key, "PROJECT_NAME");
    assert_true(setup_go(setup, NULL));
    assert_null(setup_current(setup));
    setup_free(setup);
}

/* ---- the same without questions --------------------------------------- */

static void expect_command(const struct setup *setup, const char *part)
{
    char *command = setup_command(setup, "my answers");

    fixture_expect_part(command, part);
    free(command);
}

static void command_says_the_same_without_questions(void **state)
{
    struct fixture *f = *state;
    struct setup *setup, *again;
    struct error err = { 0 };
    char *text;

    fixture_write(f, "terraform/main.tf", "");
    setup = begin(f);
    answer(setup, "AWS_PROFILE", "it's");
    expect_command(setup, "stepdeck setup -C /tmp/");
    expect_command(setup, "--wizard --auto-approve --env dev --profile "
                          "'it'\\''s'");
    answer(setup, "PROJECT_NAME", "acme $api");
    answer(setup, "HEALTH_TIMEOUT", "5");
    expect_command(setup, "--answers 'my answers'");
    text = setup_answers_text(setup);
    fixture_expect_part(text, "PROJECT_NAME='acme $api'\n");
    again = begin(f);
    assert_true(answer_text(again, text, &err));
    expect(again, "PROJECT_NAME", "acme $api", NULL);
    expect(again, "AWS_PROFILE", "it's", NULL);
    assert_string_equal(setup_value(again, "HEALTH_TIMEOUT"), "5");
    free(text);
    setup_free(again);
    setup_free(setup);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        SETUP_TEST(default_is_what_the_files_say),
        SETUP_TEST(default_is_the_name_of_the_folder_without_a_remote),
        SETUP_TEST(default_is_what_git_tells),
        SETUP_TEST(default_is_what_the_process_environment_says),
        SETUP_TEST(value_that_is_not_valid_is_no_default),
        SETUP_TEST(region_follows_the_profile),
        SETUP_TEST(file_that_cannot_be_understood_ends_it),
        SETUP_TEST(cloud_is_asked_about_only_with_its_target),
        SETUP_TEST(cloud_target_of_the_files_is_asked_about),
        SETUP_TEST(cloud_defaults_follow_each_other),
        SETUP_TEST(a_container_alone_is_deployed_to_the_cloud),
        SETUP_TEST(service_is_named_by_project_and_environment),
        SETUP_TEST(offer_of_another_source_is_a_choice),
        SETUP_TEST(answer_that_will_not_do_is_refused),
        SETUP_TEST(answer_loses_the_blanks_around_it),
        SETUP_TEST(answers_of_a_file_count_together_or_not_at_all),
        SETUP_TEST(questions_are_numbered_as_they_are_asked),
        SETUP_TEST(answers_are_kept_when_going_back),
        SETUP_TEST(command_says_the_same_without_questions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
