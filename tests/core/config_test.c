#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/jsonx.h"
#include "core/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct config load(struct fixture *f, const char *environment,
                          const struct strvec *options)
{
    struct config config = { 0 };
    struct error err = { 0 };

    if (!config_load(&config, f->dir, environment, options, &err))
        fail_msg("%s (%s)", err.message, err.hint);
    return config;
}

static void expect_origin(const struct config *config, const char *key,
                          const char *value, const char *origin)
{
    const struct config_value *found = config_find(config, key);
    char *text;

    if (!found)
        fail_msg("there is no %s", key);
    assert_string_equal(found->value, value);
    text = config_origin_text(found);
    assert_string_equal(text, origin);
    free(text);
}

/* Loads once, looks at one key, releases. */
static void expect(struct fixture *f, const char *environment,
                   const char *option, const char *key, const char *value,
                   const char *origin)
{
    struct strvec options = { 0 };
    struct config config;

    if (option)
        strvec_add(&options, option);
    config = load(f, environment, &options);
    expect_origin(&config, key, value, origin);
    config_release(&config);
    strvec_release(&options);
}

static void expect_refusal(struct fixture *f, const char *environment,
                           const char *part, const char *hint)
{
    struct config config = { 0 };
    struct error err = { 0 };

    assert_false(config_load(&config, f->dir, environment, NULL, &err));
    fixture_expect_error(&err, ERROR_INPUT, part, hint);
    assert_null(config.values);
    assert_int_equal(config.count, 0);
}

/* ---- precedence ------------------------------------------------------- */

static void write_all_files(struct fixture *f)
{
    fixture_write(f, "deployment-config.env", "SERVICE_NAME=shared\n");
    fixture_write(f, ".env", "# mine\nSERVICE_NAME=own\n");
    fixture_write(f, "environments/prod.env", "\n\nSERVICE_NAME=prod\n");
}

static void config_default_is_the_last_resort(void **state)
{
    struct fixture *f = *state;

    expect(f, NULL, NULL, "PORT", "8080", "default");
    fixture_write(f, "deployment-config.env", "PORT=81\n");
    expect(f, NULL, NULL, "PORT", "81", "deployment-config.env:1");
}

static void config_own_env_file_wins_over_the_shared_one(void **state)
{
    struct fixture *f = *state;

    write_all_files(f);
    expect(f, NULL, NULL, "SERVICE_NAME", "own", ".env:2");
}

static void config_chosen_environment_wins_over_both_files(void **state)
{
    struct fixture *f = *state;

    write_all_files(f);
    expect(f, "prod", NULL, "SERVICE_NAME", "prod", "environments/prod.env:3");
}

static void config_environment_variable_wins_over_every_file(void **state)
{
    struct fixture *f = *state;

    write_all_files(f);
    setenv("SERVICE_NAME", "variable", 1);
    expect(f, "prod", NULL, "SERVICE_NAME", "variable", "environment");
    unsetenv("SERVICE_NAME");
}

static void config_option_wins_over_everything(void **state)
{
    struct fixture *f = *state;

    write_all_files(f);
    setenv("SERVICE_NAME", "variable", 1);
    expect(f, "prod", "SERVICE_NAME=option", "SERVICE_NAME", "option",
           "option");
    unsetenv("SERVICE_NAME");
}

static void config_option_given_twice_counts_as_given_last(void **state)
{
    struct fixture *f = *state;
    struct strvec options = { 0 };
    struct config config;

    strvec_add(&options, "AWS_REGION=eu-west-1");
    strvec_add(&options, "AWS_REGION=eu-west-3");
    config = load(f, NULL, &options);
    expect_origin(&config, "AWS_REGION", "eu-west-3", "option");
    config_release(&config);
    strvec_release(&options);
}

static void
config_environment_variable_wins_also_for_keys_of_the_project(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, ".env", "STEPDECK_TEST_KEY=file\n");
    setenv("STEPDECK_TEST_KEY", "variable", 1);
    expect(f, NULL, NULL, "STEPDECK_TEST_KEY", "variable", "environment");
    unsetenv("STEPDECK_TEST_KEY");
    expect(f, NULL, NULL, "STEPDECK_TEST_KEY", "file", ".env:1");
}

static void config_empty_environment_variable_does_not_count(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, ".env", "SERVICE_NAME=own\n");
    setenv("SERVICE_NAME", "", 1);
    expect(f, NULL, NULL, "SERVICE_NAME", "own", ".env:1");
    unsetenv("SERVICE_NAME");
}

static void config_takes_the_region_from_either_variable(void **state)
{
    struct fixture *f = *state;

    setenv("AWS_DEFAULT_REGION", "eu-west-3", 1);
    expect(f, NULL, NULL, "AWS_REGION", "eu-west-3", "environment");
    setenv("AWS_REGION", "eu-west-1", 1);
    expect(f, NULL, NULL, "AWS_REGION", "eu-west-1", "environment");
    unsetenv("AWS_DEFAULT_REGION");
    unsetenv("AWS_REGION");
}

static void config_takes_nothing_else_from_the_environment(void **state)
{
    struct fixture *f = *state;
    struct config config;

    setenv("STEPDECK_TEST_KEY", "variable", 1);
    config = load(f, NULL, NULL);
    assert_null(config_find(&config, "STEPDECK_TEST_KEY"));
    assert_null(config_find(&config, "PATH"));
    config_release(&config);
    unsetenv("STEPDECK_TEST_KEY");
}

static void config_expands_keys_of_higher_sources(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "deployment-config.env",
                  "NAME=low\nURL=https://${NAME}.example\n");
    fixture_write(f, ".env", "NAME=high\n");
    expect(f, NULL, NULL, "NAME", "high", ".env:1");
}

/* ---- environments ----------------------------------------------------- */

static void expect_environment(struct fixture *f, const char *option,
                               const char *name, bool separate)
{
    struct config config = load(f, option, NULL);

    if (name)
        assert_string_equal(config.environment, name);
    else
        assert_null(config.environment);
    assert_int_equal(config.separate_state, separate);
    config_release(&config);
}

static void
config_environment_chosen_by_option_keeps_its_own_state(void **state)
{
    struct fixture *f = *state;

    write_all_files(f);
    expect_environment(f, "prod", "prod", true);
    expect(f, "prod", NULL, "ENVIRONMENT", "prod", "option");
}

static void
config_environment_chosen_by_variable_keeps_its_own_state(void **state)
{
    struct fixture *f = *state;

    write_all_files(f);
    setenv("ENVIRONMENT", "prod", 1);
    expect_environment(f, NULL, "prod", true);
    setenv("ENVIRONMENT", "moon", 1);
    expect_environment(f, NULL, NULL, false);
    unsetenv("ENVIRONMENT");
}

static void config_environment_of_a_file_shares_the_state(void **state)
{
    struct fixture *f = *state;

    write_all_files(f);
    fixture_write(f, ".env", "ENVIRONMENT=prod\nSERVICE_NAME=own\n");
    expect_environment(f, NULL, "prod", false);
    expect(f, NULL, NULL, "SERVICE_NAME", "prod", "environments/prod.env:3");
}

static void config_option_wins_over_the_environment_of_variables(void **state)
{
    struct fixture *f = *state;

    write_all_files(f);
    fixture_write(f, "environments/dev.env", "SERVICE_NAME=dev\n");
    setenv("ENVIRONMENT", "prod", 1);
    expect(f, "dev", NULL, "SERVICE_NAME", "dev", "environments/dev.env:1");
    unsetenv("ENVIRONMENT");
}

static void
config_environment_without_a_file_is_refused_only_as_an_option(void **state)
{
    struct fixture *f = *state;

    expect_refusal(f, "moon", "there is no environment 'moon'",
                   "environments/moon.env");
    expect_environment(f, NULL, NULL, false);
    expect(f, NULL, NULL, "ENVIRONMENT", "dev", "default");
}

static void config_environment_must_be_a_name_and_no_path(void **state)
{
    static const char *const names[] = { "../prod", "a/b", ".hidden", "-x",
                                         "a b" };
    struct fixture *f = *state;

    fixture_write(f, "prod.env", "SERVICE_NAME=prod\n");
    for (size_t i = 0; i < COUNT(names); i++)
        expect_refusal(f, names[i], names[i], "use letters, digits");
}

/* ---- faults ----------------------------------------------------------- */

static void config_fault_names_file_line_and_column(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, ".env", "A=1\nB=$(date)\n");
    expect_refusal(f, NULL, ".env:2:3", "");
    fixture_write(f, ".env", "A=1\n");
    fixture_write(f, "deployment-config.env", "rm -rf /\n");
    expect_refusal(f, NULL, "deployment-config.env:1", "");
    fixture_write(f, "deployment-config.env", "");
    fixture_write(f, "environments/prod.env", "A=`date`\n");
    expect_refusal(f, "prod", "environments/prod.env:1:3", "");
}

static void config_files_are_never_executed(void **state)
{
    struct fixture *f = *state;
    struct config config = { 0 };
    char line[256];

    snprintf(line, sizeof(line), "A=$(touch %s/touched)\n", f->dir);
    fixture_write(f, ".env", line);
    assert_false(config_load(&config, f->dir, NULL, NULL, NULL));
    assert_false(fixture_has(f, "touched"));
}

static void config_value_that_cannot_be_names_its_origin(void **state)
{
    static const struct {
        const char *line, *part, *hint;
    } cases[] = {
        { "PORT=0\n", ".env:1: PORT: '0' is not a port", "1 to 65535" },
        { "PORT=70000\n", "PORT: '70000'", "1 to 65535" },
        { "PORT=8o8o\n", "PORT: '8o8o'", "1 to 65535" },
        { "HEALTH_RETRIES=many\n", "HEALTH_RETRIES: 'many'", "whole number" },
        { "HEALTH_RETRIES=-1\n", "HEALTH_RETRIES: '-1'", "whole number" },
        { "DEPLOY_TIMEOUT=soon\n", "DEPLOY_TIMEOUT", "" },
        { "HEALTH_PATH=healthz\n", "HEALTH_PATH: 'healthz'", "/healthz" },
        { "AUTO_DEPLOYMENTS=maybe\n", "'maybe' is not restore, on or off", "" },
        { "STATE_BACKEND=ftp\n", "STATE_BACKEND: 'ftp'", "write local" },
        { "STATE_BACKEND=s3://b/p\n", "cannot share state in S3", "local" },
        { "SERVICE_NAME='a b'\n", "SERVICE_NAME: 'a b'", "use letters" },
        { "AWS_REGION='../x'\n", "AWS_REGION: '../x'", "use letters" },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        fixture_write(f, ".env", cases[i].line);
        expect_refusal(f, NULL, cases[i].part, cases[i].hint);
    }
}

static void config_accepts_what_the_keys_may_hold(void **state)
{
    struct fixture *f = *state;
    struct config config;

    fixture_write(f, ".env",
                  "PORT=65535\nDEPLOY_TIMEOUT=20m\nHEALTH_PATH=/\n"
                  "AUTO_DEPLOYMENTS=off\nSTATE_BACKEND=local\n"
                  "SERVICE_NAME=\n");
    config = load(f, NULL, NULL);
    assert_int_equal(config_number(&config, "PORT"), 65535);
    assert_int_equal(config_number(&config, "HEALTH_RETRIES"), 10);
    assert_int_equal(config_number(&config, "NOTHING"), 0);
    assert_null(config_get(&config, "SERVICE_NAME"));
    assert_non_null(config_find(&config, "SERVICE_NAME"));
    assert_null(config_get(&config, "NOTHING"));
    config_release(&config);
}

static void config_knows_the_defaults_of_the_design(void **state)
{
    static const char *const defaults[][2] = {
        { "ENVIRONMENT", "dev" },          { "DOCKERFILE", "Dockerfile" },
        { "BUILD_CONTEXT", "." },          { "PORT", "8080" },
        { "HEALTH_PATH", "/healthz" },     { "SERVICE_CPU", "1024" },
        { "SERVICE_MEMORY", "2048" },      { "SERVICE_CONFIG", "service.json" },
        { "DEPLOY_TIMEOUT", "2700" },      { "HEALTH_TIMEOUT", "10" },
        { "HEALTH_RETRIES", "10" },        { "IMAGE_RETENTION", "10" },
        { "AUTO_DEPLOYMENTS", "restore" }, { "STATE_BACKEND", "local" },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(defaults); i++)
        expect(f, NULL, NULL, defaults[i][0], defaults[i][1], "default");
}

static void config_table_explains_every_key(void **state)
{
    size_t count = 0;

    (void)state;
    for (const struct config_key *key = config_keys(); key->name; key++) {
        assert_true(key->meaning && *key->meaning);
        assert_true(!key->missing || !key->check ||
                    key->check(key->missing, NULL));
        count++;
    }
    assert_true(count >= 25);
}

/* ---- secrets, JSON, export -------------------------------------------- */

static void
config_json_masks_secrets_and_names_the_origin_of_each_value(void **state)
{
    struct fixture *f = *state;
    struct config config;
    json_t *json;

    fixture_write(f, ".env",
                  "DB_PASSWORD=hunter2hunter2\nCODEWORD=swordfish\n"
                  "SECRET_KEYS='OTHER, CODEWORD'\n");
    config = load(f, NULL, NULL);
    json = config_json(&config);
    assert_string_equal(
        jsonx_text(json_object_get(json, "DB_PASSWORD"), "value", ""), "***");
    assert_string_equal(
        jsonx_text(json_object_get(json, "CODEWORD"), "value", ""), "***");
    assert_string_equal(
        jsonx_text(json_object_get(json, "CODEWORD"), "origin", ""), ".env:2");
    assert_string_equal(jsonx_text(json_object_get(json, "PORT"), "value", ""),
                        "8080");
    assert_string_equal(jsonx_text(json_object_get(json, "PORT"), "origin", ""),
                        "default");
    assert_true(config_is_secret(&config, "DB_PASSWORD"));
    assert_true(config_is_secret(&config, "CODEWORD"));
    assert_false(config_is_secret(&config, "PORT"));
    json_decref(json);
    config_release(&config);
}

static void config_warns_of_a_secret_too_short_to_mask(void **state)
{
    struct fixture *f = *state;
    struct config config;

    fixture_write(f, ".env", "DB_PASSWORD=abc\nAPI_TOKEN=long-enough\n");
    config = load(f, NULL, NULL);
    assert_int_equal(config.warnings.count, 1);
    fixture_expect_part(config.warnings.items[0], "DB_PASSWORD");
    assert_null(strstr(config.warnings.items[0], "abc"));
    config_release(&config);
}

static void config_exports_what_was_set_and_no_defaults(void **state)
{
    struct fixture *f = *state;
    struct strvec options = { 0 }, exported = { 0 };
    struct config config;

    strvec_add(&options, "SERVICE_NAME=option");
    strvec_add(&options, "PROJECT_NAME=acme");
    fixture_write(f, ".env", "MINE='a b'\n");
    config = load(f, NULL, &options);
    config_export(&config, &exported);
    assert_true(strvec_has(&exported, "SERVICE_NAME=option"));
    assert_true(strvec_has(&exported, "MINE=a b"));
    assert_true(strvec_has(&exported, "ENVIRONMENT=dev"));
    assert_true(strvec_has(&exported, "PROJECT_NAME=acme"));
    assert_false(strvec_has(&exported, "PORT=8080"));
    config_release(&config);
    strvec_release(&options);
    strvec_release(&exported);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(config_default_is_the_last_resort),
        FIXTURE_TEST(config_own_env_file_wins_over_the_shared_one),
        FIXTURE_TEST(config_chosen_environment_wins_over_both_files),
        FIXTURE_TEST(config_environment_variable_wins_over_every_file),
        FIXTURE_TEST(config_option_wins_over_everything),
        FIXTURE_TEST(config_option_given_twice_counts_as_given_last),
        FIXTURE_TEST(
            config_environment_variable_wins_also_for_keys_of_the_project),
        FIXTURE_TEST(config_empty_environment_variable_does_not_count),
        FIXTURE_TEST(config_takes_the_region_from_either_variable),
        FIXTURE_TEST(config_takes_nothing_else_from_the_environment),
        FIXTURE_TEST(config_expands_keys_of_higher_sources),
        FIXTURE_TEST(config_environment_chosen_by_option_keeps_its_own_state),
        FIXTURE_TEST(config_environment_chosen_by_variable_keeps_its_own_state),
        FIXTURE_TEST(config_environment_of_a_file_shares_the_state),
        FIXTURE_TEST(config_option_wins_over_the_environment_of_variables),
        FIXTURE_TEST(
            config_environment_without_a_file_is_refused_only_as_an_option),
        FIXTURE_TEST(config_environment_must_be_a_name_and_no_path),
        FIXTURE_TEST(config_fault_names_file_line_and_column),
        FIXTURE_TEST(config_files_are_never_executed),
        FIXTURE_TEST(config_value_that_cannot_be_names_its_origin),
        FIXTURE_TEST(config_accepts_what_the_keys_may_hold),
        FIXTURE_TEST(config_knows_the_defaults_of_the_design),
        FIXTURE_TEST(config_table_explains_every_key),
        FIXTURE_TEST(
            config_json_masks_secrets_and_names_the_origin_of_each_value),
        FIXTURE_TEST(config_warns_of_a_secret_too_short_to_mask),
        FIXTURE_TEST(config_exports_what_was_set_and_no_defaults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
