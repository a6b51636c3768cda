#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "core/awsprofiles.h"

#include <stdlib.h>
#include <string.h>

static struct awsprofiles parse(enum awsprofiles_file kind, const char *text)
{
    struct awsprofiles profiles = { 0 };
    struct error err = { 0 };

    if (!awsprofiles_parse(&profiles, kind, text, strlen(text), &err))
        fail_msg("%s", err.message);
    return profiles;
}

static void expect(const struct awsprofiles *profiles, size_t at,
                   const char *name, const char *region)
{
    assert_true(at < profiles->count);
    assert_string_equal(profiles->items[at].name, name);
    if (region)
        assert_string_equal(profiles->items[at].region, region);
    else
        assert_null(profiles->items[at].region);
}

static void profiles_of_the_config_carry_the_word_profile(void **state)
{
    struct awsprofiles profiles =
        parse(AWSPROFILES_CONFIG, "[default]\nregion = us-east-1\n"
                                  "[profile prod]\nregion=eu-west-1\n"
                                  "[ profile  \"two words\" ]\noutput=json\n"
                                  "[sso-session mine]\nsso_region=us-east-1\n"
                                  "[stray]\nregion=us-west-1\n");

    (void)state;
    assert_int_equal(profiles.count, 3);
    expect(&profiles, 0, "default", "us-east-1");
    expect(&profiles, 1, "prod", "eu-west-1");
    expect(&profiles, 2, "two words", NULL);
    awsprofiles_release(&profiles);
}

static void profiles_of_the_credentials_are_plain_names(void **state)
{
    struct awsprofiles profiles =
        parse(AWSPROFILES_CREDENTIALS,
              "[default]\naws_access_key_id = AKIAEXAMPLE\n"
              "[ci]\naws_secret_access_key = not-a-region-1\n");

    (void)state;
    assert_int_equal(profiles.count, 2);
    expect(&profiles, 0, "default", NULL);
    expect(&profiles, 1, "ci", NULL);
    awsprofiles_release(&profiles);
}

static void region_of_a_nested_setting_is_none_of_the_profile(void **state)
{
    struct awsprofiles profiles =
        parse(AWSPROFILES_CONFIG, "[profile a]\ns3 =\n  region = eu-north-1\n"
                                  "region = us-east-2\n"
                                  "[profile b]\nregion = not a region\n");

    (void)state;
    expect(&profiles, 0, "a", "us-east-2");
    expect(&profiles, 1, "b", NULL);
    awsprofiles_release(&profiles);
}

static void
files_are_those_below_home_unless_variables_name_others(void **state)
{
    struct fixture *f = *state;
    struct awsprofiles profiles = { 0 };

    setenv("HOME", f->dir, 1);
    unsetenv("AWS_CONFIG_FILE");
    unsetenv("AWS_SHARED_CREDENTIALS_FILE");
    assert_true(awsprofiles_read(&profiles, NULL));
    assert_false(profiles.has_files);
    fixture_write(f, ".aws/config", "[profile a]\nregion=us-east-1\n");
    fixture_write(f, ".aws/credentials", "[b]\naws_access_key_id=x\n");
    fixture_write(f, "other", "[profile c]\nregion=us-east-2\n");
    assert_true(awsprofiles_read(&profiles, NULL));
    assert_true(profiles.has_files);
    assert_int_equal(profiles.count, 2);
    expect(&profiles, 0, "a", "us-east-1");
    expect(&profiles, 1, "b", NULL);
    awsprofiles_release(&profiles);
    setenv("AWS_CONFIG_FILE", fixture_path(f, "other"), 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", fixture_path(f, "nowhere"), 1);
    assert_true(awsprofiles_read(&profiles, NULL));
    assert_int_equal(profiles.count, 1);
    expect(&profiles, 0, "c", "us-east-2");
    awsprofiles_release(&profiles);
    setenv("AWS_CONFIG_FILE", "~/other", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
    assert_true(awsprofiles_read(&profiles, NULL));
    assert_int_equal(profiles.count, 1);
    expect(&profiles, 0, "c", "us-east-2");
    awsprofiles_release(&profiles);
    unsetenv("AWS_CONFIG_FILE");
    unsetenv("AWS_SHARED_CREDENTIALS_FILE");
}

static void file_that_cannot_be_read_leaves_what_the_other_gives(void **state)
{
    struct fixture *f = *state;
    struct awsprofiles profiles = { 0 };
    struct error err = { 0 };

    setenv("HOME", f->dir, 1);
    fixture_write(f, ".aws/config/not-a-file", "");
    fixture_write(f, ".aws/credentials", "[b]\naws_access_key_id=x\n");
    assert_false(awsprofiles_read(&profiles, &err));
    fixture_expect_part(err.message, "config");
    assert_int_equal(profiles.count, 1);
    awsprofiles_release(&profiles);
}

static void region_has_words_and_a_number(void **state)
{
    static const char *const good[] = { "us-east-1", "us-gov-west-1",
                                        "ap-southeast-12" };
    static const char *const bad[] = { "",        "us-east",    "us-1",
                                       "us east", "us-east-1a", "US-EAST-1",
                                       "-east-1", "us--1",      "us-east-" };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(awsprofiles_is_region(good[i]));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(awsprofiles_is_region(bad[i]));
    for (size_t i = 0; awsprofiles_regions()[i]; i++)
        assert_true(awsprofiles_is_region(awsprofiles_regions()[i]));
    assert_true(awsprofiles_knows_region("eu-central-1"));
    assert_false(awsprofiles_knows_region("xx-nowhere-1"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(profiles_of_the_config_carry_the_word_profile),
        cmocka_unit_test(profiles_of_the_credentials_are_plain_names),
        cmocka_unit_test(region_of_a_nested_setting_is_none_of_the_profile),
        FIXTURE_TEST(files_are_those_below_home_unless_variables_name_others),
        FIXTURE_TEST(file_that_cannot_be_read_leaves_what_the_other_gives),
        cmocka_unit_test(region_has_words_and_a_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
