#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/mem.h"
#include "core/prerequisite.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Only what the test puts into bin/ is a command, and what a script needs. */
static void limit_path(struct fixture *f)
{
    char *path = mem_format("%s/bin", f->dir);

    setenv("PATH", path, 1);
    free(path);
}

static bool check(struct fixture *f, const char *item, struct error *err)
{
    struct need need;
    bool ok;

    error_clear(err);
    fixture_project(f);
    assert_true(need_parse(item, &need, err));
    ok = prerequisite_check(&f->project, &need, NULL, err);
    assert_int_equal(ok, !error_is_set(err));
    need_release(&need);
    return ok;
}

static void prerequisite_command_is_looked_for_on_the_path(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    char *found;

    fixture_script(f, "bin/tool", NULL, "exit 0");
    fixture_write(f, "bin/data", "not executable");
    fixture_write(f, "bin/folder/x", "");
    limit_path(f);
    assert_true(check(f, "command tool", &err));
    assert_false(check(f, "command nothing", &err));
    fixture_expect_error(&err, ERROR_BLOCKED,
                         "the command 'nothing' is not installed",
                         "install nothing");
    assert_false(check(f, "command data", &err));
    assert_false(check(f, "command folder", &err));
    found = prerequisite_find_command("tool");
    assert_string_equal(found, fixture_path(f, "bin/tool"));
    free(found);
    assert_null(prerequisite_find_command("nothing"));
}

static void prerequisite_command_with_a_path_is_the_project_s(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };

    fixture_script(f, "tools/own", NULL, "echo own 2.1");
    assert_true(check(f, "command ./tools/own", &err));
    assert_true(check(f, "command ./tools/own >= 2", &err));
    assert_false(check(f, "command ./tools/other", &err));
}

static void prerequisite_version_is_asked_from_the_command(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };

    fixture_script(f, "bin/tool", NULL,
                   "[ \"$1\" = --version ] && echo 'Tool v1.5.7'");
    limit_path(f);
    assert_true(check(f, "command tool >= 1.5", &err));
    assert_true(check(f, "command tool = 1.5.7", &err));
    assert_false(check(f, "command tool >= 1.6", &err));
    fixture_expect_error(&err, ERROR_BLOCKED,
                         "'tool' is version 1.5.7, but >= 1.6 is needed",
                         "install a suitable tool");
    fixture_expect_part(err.hint, fixture_path(f, "bin/tool"));
    assert_false(check(f, "command tool < 1.5", &err));
}

static void
prerequisite_version_is_asked_in_the_ways_commands_know(void **state)
{
    static const char *const words[] = { "--version", "version", "-version",
                                         "-V" };
    struct fixture *f = *state;
    struct error err = { 0 };

    limit_path(f);
    for (size_t i = 0; i < COUNT(words); i++) {
        char *body = mem_format("[ \"$1\" = %s ] && echo tool 3.0 >&2; exit 9",
                                words[i]);

        fixture_script(f, "bin/tool", NULL, body);
        assert_true(check(f, "command tool >= 3", &err));
        free(body);
    }
}

static void prerequisite_command_without_a_version_is_explained(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };

    fixture_script(f, "bin/tool", NULL, "echo no number here");
    limit_path(f);
    assert_true(check(f, "command tool", &err));
    assert_false(check(f, "command tool >= 1.0", &err));
    fixture_expect_error(&err, ERROR_BLOCKED,
                         "'tool' does not tell its version", "--version");
    fixture_expect_part(err.hint, ">= 1.0 is needed");
}

static void
prerequisite_env_is_met_by_configuration_or_environment(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };

    assert_false(check(f, "env STEPDECK_TEST_VALUE", &err));
    fixture_expect_error(&err, ERROR_BLOCKED, "STEPDECK_TEST_VALUE is not set",
                         "set it in .env");
    fixture_write(f, ".env", "STEPDECK_TEST_VALUE=x\n");
    assert_true(check(f, "env STEPDECK_TEST_VALUE", &err));
    fixture_write(f, ".env", "STEPDECK_TEST_VALUE=\n");
    assert_false(check(f, "env STEPDECK_TEST_VALUE", &err));
    setenv("STEPDECK_TEST_VALUE", "", 1);
    assert_false(check(f, "env STEPDECK_TEST_VALUE", &err));
    setenv("STEPDECK_TEST_VALUE", "y", 1);
    assert_true(check(f, "env STEPDECK_TEST_VALUE", &err));
    unsetenv("STEPDECK_TEST_VALUE");
}

static void prerequisite_file_is_relative_to_the_project(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    char *absolute;

    assert_false(check(f, "file deep/main.tf", &err));
    fixture_expect_error(&err, ERROR_BLOCKED,
                         "the file 'deep/main.tf' does not exist", "create it");
    fixture_write(f, "deep/main.tf", "");
    assert_true(check(f, "file deep/main.tf", &err));
    assert_true(check(f, "file deep", &err));
    absolute = mem_format("file %s/deep/main.tf", f->dir);
    assert_true(check(f, absolute, &err));
    free(absolute);
}

static void prerequisite_steps_and_prose_are_not_checked_here(void **state)
{
    struct error err = { 0 };

    assert_true(check(*state, "step-005-nowhere", &err));
    assert_true(check(*state, "a quiet afternoon", &err));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(prerequisite_command_is_looked_for_on_the_path),
        FIXTURE_TEST(prerequisite_command_with_a_path_is_the_project_s),
        FIXTURE_TEST(prerequisite_version_is_asked_from_the_command),
        FIXTURE_TEST(prerequisite_version_is_asked_in_the_ways_commands_know),
        FIXTURE_TEST(prerequisite_command_without_a_version_is_explained),
        FIXTURE_TEST(prerequisite_env_is_met_by_configuration_or_environment),
        FIXTURE_TEST(prerequisite_file_is_relative_to_the_project),
        FIXTURE_TEST(prerequisite_steps_and_prose_are_not_checked_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
