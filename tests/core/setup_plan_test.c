#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/clock.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "core/setup.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STAMP "DEPLOYMENT_TIMESTAMP=2026-11-21T17:00:00Z\n"

static int64_t fixed_time(void *context)
{
    (void)context;
    return FIXTURE_TIME;
}

static const struct clock fixed_clock = { .wall_ms = fixed_time,
                                          .monotonic_ms = fixed_time };

static int set_up(void **state)
{
    int status = fixture_set_up(state);
    struct fixture *f = *state;

    if (status == 0)
        setenv("HOME", fixture_path(f, "home"), 1);
    unsetenv("AWS_CONFIG_FILE");
    unsetenv("AWS_SHARED_CREDENTIALS_FILE");
    umask(022);
    return status;
}

#define SETUP_TEST(name)                                                       \
    cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

static struct setup *begin(struct fixture *f, const char *answers)
{
    struct setup_request request = { .dir = f->dir, .clock = &fixed_clock };
    struct error err = { 0 };
    struct setup *setup = setup_new(&request, &err);

    if (!setup ||
        !setup_answer_file(setup, "answers", answers, strlen(answers), &err))
        fail_msg("%s (%s)", err.message, err.hint);
    return setup;
}

static struct setup_files plan(struct fixture *f, const char *answers)
{
    struct setup *setup = begin(f, answers);
    struct setup_files files;
    struct error err = { 0 };

    if (!setup_plan(setup, &files, &err))
        fail_msg("%s (%s)", err.message, err.hint);
    setup_free(setup);
    return files;
}

/* Sets the project up; gives what was written and kept as "a b|a.bak". */
static const char *run(struct fixture *f, const char *answers)
{
    struct setup_files files = plan(f, answers);
    struct setup_result result;
    struct strbuf text = { 0 };
    struct error err = { 0 };

    if (!setup_write(&files, &result, &err))
        fail_msg("%s (%s)", err.message, err.hint);
    for (size_t i = 0; i < result.written.count; i++)
        strbuf_addf(&text, "%s%s", i ? " " : "", result.written.items[i]);
    for (size_t i = 0; i < result.kept.count; i++)
        strbuf_addf(&text, "%s%s", i ? " " : "|", result.kept.items[i]);
    assert_int_equal(result.missing.count, 0);
    setup_result_release(&result);
    setup_files_release(&files);
    return fixture_keep(f, strbuf_take(&text));
}

static void expect_refusal(struct fixture *f, const char *answers,
                           const char *part)
{
    struct setup *setup = begin(f, answers);
    struct setup_files files;
    struct error err = { 0 };

    assert_false(setup_plan(setup, &files, &err));
    fixture_expect_error(&err, ERROR_INPUT, part, "");
    assert_int_equal(files.count, 0);
    setup_free(setup);
}

static void expect_mode(struct fixture *f, const char *name, mode_t mode)
{
    struct stat info;

    assert_int_equal(lstat(fixture_path(f, name), &info), 0);
    assert_int_equal(info.st_mode & 0777, mode);
}

/* ---- which file ------------------------------------------------------- */

static void values_go_into_the_files_they_concern(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(run(f, "PROJECT_NAME='my app'\nENVIRONMENT=prod\n"
                               "AWS_PROFILE=me\nAWS_REGION=us-east-1\n"
                               "HEALTH_TIMEOUT=5\nHEALTH_URL=http://x/\n"),
                        ".env deployment-config.env environments/prod.env");
    fixture_expect(f, ".env",
                   "# This machine's settings, not for git. They win over "
                   "deployment-config.env.\n"
                   "ENVIRONMENT=prod\nAWS_PROFILE=me\n" STAMP);
    fixture_expect(f, "deployment-config.env",
                   "# Shared by all who deploy this project: .env and "
                   "environments/NAME.env win.\n"
                   "PROJECT_NAME='my app'\nHEALTH_TIMEOUT=5\n" STAMP);
    fixture_expect(f, "environments/prod.env",
                   "# The environment prod: wins over .env and "
                   "deployment-config.env.\n"
                   "AWS_REGION=us-east-1\nHEALTH_URL=http://x/\n" STAMP);
    expect_mode(f, ".env", 0600);
    expect_mode(f, "deployment-config.env", 0644);
    expect_mode(f, "environments/prod.env", 0644);
    assert_false(fixture_has(f, "terraform"));
}

static void values_of_dev_are_shared_without_a_file_of_its_own(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(run(f, "PROJECT_NAME=a\nAWS_REGION=us-east-1\n"),
                        ".env deployment-config.env");
    fixture_expect_part(fixture_read(f, "deployment-config.env"),
                        "AWS_REGION=us-east-1\n");
    fixture_write(f, "environments/dev.env", "# mine\n");
    assert_string_equal(run(f, "AWS_REGION=us-east-2\n"),
                        "environments/dev.env|environments/dev.env.bak");
    fixture_expect(f, "environments/dev.env",
                   "# mine\nAWS_REGION=us-east-2\n" STAMP);
    fixture_expect_part(fixture_read(f, "deployment-config.env"),
                        "AWS_REGION=us-east-1\n");
}

static void values_can_all_go_into_one_file(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(run(f, "PROJECT_NAME=a\nENVIRONMENT=prod\n"
                               "AWS_REGION=us-east-1\nSETUP_FILES=env\n"),
                        ".env");
    fixture_expect(
        f, ".env",
        "# Configuration of the deployment, not for git.\n"
        "PROJECT_NAME=a\nENVIRONMENT=prod\nAWS_REGION=us-east-1\n" STAMP);
    /* Which is then how it goes on. */
    assert_string_equal(run(f, "PROJECT_NAME=b\n"), ".env|.env.bak");
}

static void value_also_changes_where_it_would_be_hidden(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "deployment-config.env", "PROJECT_NAME=a\n" STAMP);
    fixture_write(f, ".env", "PROJECT_NAME=b\nENVIRONMENT=dev\n" STAMP);
    assert_string_equal(run(f, "PROJECT_NAME=c\n"),
                        ".env deployment-config.env"
                        "|.env.bak deployment-config.env.bak");
    fixture_expect_part(fixture_read(f, ".env"), "PROJECT_NAME=c\n");
}

static void empty_answer_takes_the_value_away(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "deployment-config.env", "PROJECT_NAME=a\n" STAMP);
    fixture_write(f, ".env", "# own\nAWS_PROFILE=x\nENVIRONMENT=dev\n" STAMP);
    assert_string_equal(run(f, "AWS_PROFILE=\n"), ".env|.env.bak");
    fixture_expect(f, ".env", "# own\nENVIRONMENT=dev\n" STAMP);
    fixture_write(f, "deployment-config.env",
                  "PROJECT_NAME=a\nAWS_PROFILE=y\n" STAMP);
    assert_string_equal(run(f, "AWS_PROFILE=\n"), ".env|.env.bak.1");
    fixture_expect_part(fixture_read(f, ".env"), "AWS_PROFILE=\n");
    assert_string_equal(run(f, "AWS_PROFILE=\n"), "");
}

static void service_without_its_target_says_so(void **state)
{
    struct fixture *f = *state;

    run(f, "SERVICE_NAME=acme\n");
    fixture_expect_part(fixture_read(f, "deployment-config.env"),
                        "DEPLOY_TARGET=none\n");
    assert_non_null(fixture_project(f));
}

/* ---- how a file changes ----------------------------------------------- */

static void lines_that_are_not_ours_stay(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "deployment-config.env",
                  "# top\nB=2\nexport PROJECT_NAME=\"old\"  # name\n\n"
                  "URL=https://$PROJECT_NAME/\nDEPLOYMENT_TIMESTAMP=before\n"
                  "C='x");
    fixture_append(f, "deployment-config.env", "\ny'");
    run(f, "PROJECT_NAME=new\n");
    fixture_expect(f, "deployment-config.env",
                   "# top\nB=2\nexport PROJECT_NAME=new  # name\n\n"
                   "URL=https://$PROJECT_NAME/\n" STAMP "C='x\ny'");
}

static void file_that_says_it_already_is_not_touched(void **state)
{
    struct fixture *f = *state;
    struct setup_files files;

    fixture_write(f, ".env", "ENVIRONMENT=dev\nDEPLOYMENT_TIMESTAMP=before\n");
    fixture_write(f, "deployment-config.env",
                  "N=acme\nPROJECT_NAME=\"$N\"\nDEPLOYMENT_TIMESTAMP=before\n");
    files = plan(f, "PROJECT_NAME=acme\n");
    assert_false(setup_files_are_changed(&files));
    assert_string_equal(files.items[1].diff, "");
    setup_files_release(&files);
    assert_string_equal(run(f, ""), "");
    assert_false(fixture_has(f, ".env.bak"));
}

static void diff_shows_what_changes_and_no_secret(void **state)
{
    struct fixture *f = *state;
    struct setup_files files;

    fixture_write(f, ".env",
                  "API_TOKEN=very-secret\nENVIRONMENT=dev\n"
                  "DB=postgres://u:hidden-word@h/\n" STAMP);
    files = plan(f, "PROJECT_NAME=acme\nENVIRONMENT=qa\n");
    assert_string_equal(files.items[0].diff,
                        "--- .env\n+++ .env\n@@ -1,4 +1,4 @@\n API_TOKEN=***\n"
                        "-ENVIRONMENT=dev\n+ENVIRONMENT=qa\n"
                        " DB=postgres://u:***@h/\n " STAMP);
    assert_int_equal(files.items[0].added, 1);
    assert_int_equal(files.items[0].removed, 1);
    fixture_expect_part(files.items[0].text, "very-secret");
    fixture_expect_part(files.items[1].diff, "--- /dev/null\n");
    setup_files_release(&files);
    assert_false(fixture_has(f, "deployment-config.env"));
}

static void permissions_of_a_file_stay_but_for_env(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, ".env", "ENVIRONMENT=qa\n");
    fixture_write(f, "environments/qa.env", "# q\n");
    assert_int_equal(chmod(fixture_path(f, "environments/qa.env"), 0600), 0);
    run(f, "PROJECT_NAME=a\nAWS_REGION=us-east-1\n");
    expect_mode(f, ".env", 0600);
    expect_mode(f, ".env.bak", 0600);
    expect_mode(f, "environments/qa.env", 0600);
    expect_mode(f, "environments/qa.env.bak", 0600);
}

/* ---- Terraform -------------------------------------------------------- */

static void variables_are_written_for_terraform(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "terraform/main.tf", "variable \"health_timeout\" {}\n");
    fixture_write(f, "terraform/terraform.tfvars",
                  "# mine\nzone = \"a\"\nenvironment = \"old\" # e\n");
    assert_string_equal(
        run(f, "PROJECT_NAME='a \"b\" ${c}'\nENVIRONMENT=qa\nHEALTH_TIMEOUT=5\n"
               "HISTORY_RUNS=7\n"),
        ".env deployment-config.env environments/qa.env "
        "terraform/terraform.tfvars|terraform/terraform.tfvars.bak");
    fixture_expect(f, "terraform/terraform.tfvars",
                   "# mine\nzone = \"a\"\nenvironment = \"qa\" # e\n"
                   "project_name = \"a \\\"b\\\" $${c}\"\n"
                   "health_timeout = \"5\"\n"
                   "deployment_timestamp = \"2026-11-21T17:00:00Z\"\n");
    assert_string_equal(run(f, ""), "");
}

static void terraform_can_be_left_alone(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "terraform/main.tf", "");
    run(f, "SETUP_TERRAFORM=no\n");
    assert_false(fixture_has(f, "terraform/terraform.tfvars"));
    fixture_write(f, "terraform/terraform.tfvars", "block {\n}\n");
    expect_refusal(f, "", "terraform/terraform.tfvars:1:");
}

static void folder_without_terraform_files_is_none(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "terraform/README.md", "");
    run(f, "");
    assert_false(fixture_has(f, "terraform/terraform.tfvars"));
}

/* ---- refusals --------------------------------------------------------- */

static void link_is_not_written_through(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "elsewhere/prod.env", "X=1\n");
    assert_int_equal(symlink("elsewhere", fixture_path(f, "environments")), 0);
    expect_refusal(f, "ENVIRONMENT=prod\nAWS_REGION=us-east-1\n",
                   "'environments/prod.env' is reached by a symbolic link");
    fixture_write(f, "real", "A=1\n");
    assert_int_equal(symlink("real", fixture_path(f, ".env")), 0);
    expect_refusal(f, "PROJECT_NAME=a\n", "'.env' is reached by a symbolic");
    fixture_expect(f, "real", "A=1\n");
}

static void question_without_an_answer_is_named(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, ".env", "DEPLOY_TARGET=apprunner\n");
    expect_refusal(f, "SERVICE_NAME=acme\n", "AWS_REGION: ");
}

/* ---- writing ---------------------------------------------------------- */

static void old_files_are_kept_under_free_names(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "deployment-config.env", "PROJECT_NAME=a\n");
    fixture_write(f, "deployment-config.env.bak", "theirs\n");
    fixture_write(f, ".env", "ENVIRONMENT=dev\n" STAMP);
    assert_string_equal(run(f, "PROJECT_NAME=b\n"),
                        "deployment-config.env|deployment-config.env.bak.1");
    fixture_expect(f, "deployment-config.env.bak", "theirs\n");
    fixture_expect(f, "deployment-config.env.bak.1", "PROJECT_NAME=a\n");
    fixture_write(f, "deployment-config.env", "PROJECT_NAME=a\n");
    assert_string_equal(run(f, "PROJECT_NAME=b\n"),
                        "deployment-config.env|deployment-config.env.bak.1");
    assert_false(fixture_has(f, "deployment-config.env.bak.2"));
}

static void file_that_changed_meanwhile_is_not_replaced(void **state)
{
    struct fixture *f = *state;
    struct setup_files files;
    struct setup_result result;
    struct error err = { 0 };

    fixture_write(f, "deployment-config.env", "PROJECT_NAME=a\n");
    files = plan(f, "PROJECT_NAME=b\n");
    fixture_write(f, "deployment-config.env", "PROJECT_NAME=other\n");
    assert_false(setup_write(&files, &result, &err));
    fixture_expect_error(&err, ERROR_INPUT, "'deployment-config.env' has",
                         "written: .env; not written: deployment-config.env");
    assert_int_equal(result.written.count, 1);
    assert_int_equal(result.missing.count, 1);
    fixture_expect(f, "deployment-config.env", "PROJECT_NAME=other\n");
    setup_result_release(&result);
    setup_files_release(&files);
}

static void half_a_result_is_told(void **state)
{
    struct fixture *f = *state;
    struct setup_files files =
        plan(f, "ENVIRONMENT=prod\nAWS_REGION=us-east-1\n");
    struct setup_result result;
    struct error err = { 0 };

    fixture_write(f, "environments", "in the way");
    assert_false(setup_write(&files, &result, &err));
    fixture_expect_error(&err, ERROR_IO, "environments",
                         "written: .env, deployment-config.env; not written: "
                         "environments/prod.env");
    setup_result_release(&result);
    setup_files_release(&files);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        SETUP_TEST(values_go_into_the_files_they_concern),
        SETUP_TEST(values_of_dev_are_shared_without_a_file_of_its_own),
        SETUP_TEST(values_can_all_go_into_one_file),
        SETUP_TEST(value_also_changes_where_it_would_be_hidden),
        SETUP_TEST(empty_answer_takes_the_value_away),
        SETUP_TEST(service_without_its_target_says_so),
        SETUP_TEST(lines_that_are_not_ours_stay),
        SETUP_TEST(file_that_says_it_already_is_not_touched),
        SETUP_TEST(diff_shows_what_changes_and_no_secret),
        SETUP_TEST(permissions_of_a_file_stay_but_for_env),
        SETUP_TEST(variables_are_written_for_terraform),
        SETUP_TEST(terraform_can_be_left_alone),
        SETUP_TEST(folder_without_terraform_files_is_none),
        SETUP_TEST(link_is_not_written_through),
        SETUP_TEST(question_without_an_answer_is_named),
        SETUP_TEST(old_files_are_kept_under_free_names),
        SETUP_TEST(file_that_changed_meanwhile_is_not_replaced),
        SETUP_TEST(half_a_result_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
