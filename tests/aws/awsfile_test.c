#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/awsfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool parse(struct awsfile *file, enum awsfile_origin origin,
                  const char *text, struct error *err)
{
    return awsfile_parse(file, origin, "FILE", text, strlen(text), err);
}

static void expect(const char *got, const char *wanted, const char *text)
{
    if ((got == NULL) != (wanted == NULL) || (got && strcmp(got, wanted) != 0))
        fail_msg("%s\ngives '%s', not '%s'", text, got ? got : "(none)",
                 wanted ? wanted : "(none)");
}

/* What `name` of a section is in a config file. */
static const struct {
    const char *text, *kind, *section, *name, *value;
} configs[] = {
    { "[default]\nregion = us-east-1", "profile", "default", "region",
      "us-east-1" },
    { "[profile a]\nregion=x\n", "profile", "a", "region", "x" },
    { "[profile a]\nregion\t=\tx\t\n", "profile", "a", "region", "x" },
    { "[profile a]\nregion: x\n", "profile", "a", "region", "x" },
    { "[profile a]\r\nregion = x\r\n", "profile", "a", "region", "x" },
    { "\xEF\xBB\xBF[profile a]\nregion = x", "profile", "a", "region", "x" },
    { "[ profile  a ]\nregion = x", "profile", "a", "region", "x" },
    { "[profile \"two words\"]\nregion = x", "profile", "two words", "region",
      "x" },
    { "[profile 'b']\nregion = x", "profile", "b", "region", "x" },
    { "[profile a] # mine\nregion = x", "profile", "a", "region", "x" },
    { "[sso-session s]\nsso_region = x", "sso-session", "s", "sso_region",
      "x" },
    { "[services v]\ns3 =\n  endpoint_url = http://h", "services", "v",
      "s3.endpoint_url", "http://h" },
    { "[services v]\ns3 =\n  a = 1\n  endpoint_url = http://h\necr =\n"
      "  endpoint_url = http://e\n",
      "services", "v", "ecr.endpoint_url", "http://e" },
    { "[profile a]\ns3 =\n\n  # why\n  max = 5\n", "profile", "a", "s3.max",
      "5" },
    { "[profile a]\ns3 =\n  max = 5\nregion = x\n", "profile", "a", "region",
      "x" },
    { "[profile a]\ns3 =\n  no setting\n  max = 5\n", "profile", "a", "s3.max",
      "5" },
    /* Where and how settings stand. */
    { "[profile a]\n  region = x\n  output = y\n", "profile", "a", "output",
      "y" },
    { "  [profile a]\n  region = x\n", "profile", "a", "region", "x" },
    { "[profile a]\nRegion = X\n", "profile", "a", "region", "X" },
    { "[profile a]\nregion = x\nregion = y\n", "profile", "a", "region", "y" },
    { "[profile a]\nregion = x\n[profile b]\nregion = y\n[profile a]\n"
      "output = z\n",
      "profile", "a", "region", "x" },
    { "[profile a]\nregion = x\n[profile b]\nregion = y\n", "profile", "b",
      "region", "y" },
    { "[profile a]\nregion =\n", "profile", "a", "region", NULL },
    { "[profile a]\nregion = x\nregion =\n", "profile", "a", "region", NULL },
    { "[profile a]\nurl = http://h/?a=b\n", "profile", "a", "url",
      "http://h/?a=b" },
    { "[profile a]\nurl = https://h/start#/x\n", "profile", "a", "url",
      "https://h/start#/x" },
    { "[profile a]\nrole = arn:aws:iam::1:role/x\n", "profile", "a", "role",
      "arn:aws:iam::1:role/x" },
    /* Lines that go on. */
    { "[profile a]\nlong = one\n  two\n\tthree\nregion = x", "profile", "a",
      "long", "one\ntwo\nthree" },
    { "[profile a]\nlong = one\n\n  [two]\n", "profile", "a", "long",
      "one\n[two]" },
    /* Comments. */
    { "# [profile b]\n; x\n[profile a]\n#region = y\nregion = x\n  ; end\n",
      "profile", "a", "region", "x" },
    { "[profile a]\nregion = x # mine\n", "profile", "a", "region", "x" },
    { "[profile a]\nregion = x ; mine\n", "profile", "a", "region", "x" },
    { "[profile a]\nregion = # none\n", "profile", "a", "region", NULL },
    { "[profile a]\nregion = x;y#z\n", "profile", "a", "region", "x;y#z" },
    { "[profile a]\ncredential_process = /bin/x --id \"a # b\" ; c\n",
      "profile", "a", "credential_process", "/bin/x --id \"a # b\" ; c" },
    /* Sections that concern nobody. */
    { "[a]\nregion = x\n", "profile", "a", "region", NULL },
    { "[profilea]\nregion = x\n", "profile", "a", "region", NULL },
    { "[profile]\nregion = x\n", "profile", "", "region", NULL },
    { "[plugins]\ncli =\n  a = b\n[profile a]\nregion = x", "profile", "a",
      "region", "x" },
    { "region = x\n[profile a]\noutput = y", "profile", "a", "region", NULL },
};

static void a_config_file_is_read_as_the_aws_command_reads_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(configs); i++) {
        struct awsfile file = { 0 };
        struct error err = { 0 };

        if (!parse(&file, AWSFILE_CONFIG, configs[i].text, &err))
            fail_msg("%s\n%s", configs[i].text, err.message);
        expect(awsfile_get(&file, configs[i].kind, configs[i].section,
                           configs[i].name),
               configs[i].value, configs[i].text);
        awsfile_release(&file);
    }
}

static void credentials_have_bare_section_names(void **state)
{
    struct awsfile file = { 0 };

    (void)state;
    assert_true(parse(&file, AWSFILE_CREDENTIALS,
                      "[default]\naws_access_key_id = A\n"
                      "[ci]\naws_access_key_id = B\n"
                      "[profile ci]\naws_access_key_id = C\n",
                      NULL));
    expect(awsfile_get(&file, "profile", "default", "aws_access_key_id"), "A",
           "default");
    expect(awsfile_get(&file, "profile", "ci", "aws_access_key_id"), "B", "ci");
    expect(awsfile_get(&file, "profile", "profile ci", "aws_access_key_id"),
           "C", "profile ci");
    awsfile_release(&file);
}

static void the_credentials_file_goes_first(void **state)
{
    struct awsfile file = { 0 };

    (void)state;
    assert_true(
        parse(&file, AWSFILE_CREDENTIALS, "[a]\nregion = credentials\n", NULL));
    assert_true(parse(&file, AWSFILE_CONFIG,
                      "[profile a]\nregion = config\noutput = json\n", NULL));
    expect(awsfile_get(&file, "profile", "a", "region"), "credentials", "both");
    expect(awsfile_get(&file, "profile", "a", "output"), "json", "config only");
    expect(awsfile_get_from(&file, AWSFILE_CONFIG, "profile", "a", "region"),
           "config", "of the config");
    expect(
        awsfile_get_from(&file, AWSFILE_CREDENTIALS, "profile", "a", "output"),
        NULL, "of the credentials");
    awsfile_release(&file);
}

static void a_section_without_settings_is_there(void **state)
{
    struct awsfile file = { 0 };

    (void)state;
    assert_true(parse(&file, AWSFILE_CONFIG, "[profile empty]\n", NULL));
    assert_true(awsfile_has(&file, "profile", "empty"));
    assert_false(awsfile_has(&file, "profile", "other"));
    assert_false(awsfile_has(&file, "sso-session", "empty"));
    awsfile_release(&file);
}

static void an_empty_file_has_nothing(void **state)
{
    struct awsfile file = { 0 };

    (void)state;
    assert_true(awsfile_parse(&file, AWSFILE_CONFIG, "FILE", NULL, 0, NULL));
    assert_int_equal(file.count, 0);
    assert_null(awsfile_get(&file, "profile", "default", "region"));
    awsfile_release(&file);
}

/* Texts that are refused, and the line that is to blame. */
static const struct {
    const char *text, *line;
} refused[] = {
    { "[default]\nregion = x\nAKIASECRETWORD\n", "line 3" },
    { "[default\nregion = x\n", "line 1" },
    { "\n\n= AKIASECRETWORD\n", "line 3" },
    { "[default]\nregion = x\n AKIA\nAKIASECRETWORD", "line 4" },
};

static void a_line_that_is_nothing_is_named_but_not_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct awsfile file = { 0 };
        struct error err = { 0 };

        assert_false(parse(&file, AWSFILE_CONFIG, refused[i].text, &err));
        assert_int_equal(err.code, ERROR_INPUT);
        assert_non_null(strstr(err.message, "FILE"));
        if (!strstr(err.message, refused[i].line))
            fail_msg("%s\n%s", refused[i].text, err.message);
        assert_null(strstr(err.message, "SECRETWORD"));
        assert_null(strstr(err.hint, "SECRETWORD"));
        awsfile_release(&file);
    }
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    struct awsfile file = { 0 };
    struct error err = { 0 };

    (void)state;
    assert_false(
        awsfile_parse(&file, AWSFILE_CONFIG, "FILE", "[a]\0", 4, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    awsfile_release(&file);
}

/* ---- files ------------------------------------------------------------ */

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void both_files_are_found_by_the_environment(void **state)
{
    char dir[] = "/tmp/stepdeck_test.XXXXXX";
    char config[64], credentials[64];
    struct awsfile file = { 0 };
    struct error err = { 0 };

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(config, sizeof(config), "%s/config", dir);
    snprintf(credentials, sizeof(credentials), "%s/credentials", dir);
    setenv("AWS_CONFIG_FILE", config, 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", credentials, 1);
    assert_true(awsfile_read(&file, &err));
    assert_int_equal(file.count, 0);

    write_file(config, "[default]\nregion = x\n");
    setenv("HOME", dir, 1);
    setenv("AWS_CONFIG_FILE", "~/config", 1);
    write_file(credentials, "[default]\naws_access_key_id = y\n");
    assert_true(awsfile_read(&file, &err));
    expect(awsfile_get(&file, "profile", "default", "region"), "x", "config");
    expect(awsfile_get(&file, "profile", "default", "aws_access_key_id"), "y",
           "credentials");
    awsfile_release(&file);

    write_file(config, "nothing\n");
    assert_false(awsfile_read(&file, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_non_null(strstr(err.message, config));
    awsfile_release(&file);
    unlink(config);
    unlink(credentials);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_config_file_is_read_as_the_aws_command_reads_it),
        cmocka_unit_test(credentials_have_bare_section_names),
        cmocka_unit_test(the_credentials_file_goes_first),
        cmocka_unit_test(a_section_without_settings_is_there),
        cmocka_unit_test(an_empty_file_has_nothing),
        cmocka_unit_test(a_line_that_is_nothing_is_named_but_not_shown),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(both_files_are_found_by_the_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
