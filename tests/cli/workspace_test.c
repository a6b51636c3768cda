#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_output.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "cli/output.h"
#include "cli/plan_view.h"
#include "cli/workspace.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The working directory of the test: a project whose title tells a secret. */
static int set_up(void **state)
{
    char name[] = "/tmp/stepdeck_test.XXXXXX";

    unsetenv("DEPLOYMENT_STATE_DIR");
    plain_output();
    if (!mkdtemp(name) || chdir(name) < 0)
        return -1;
    *state = mem_text(name);
    return 0;
}

static int tear_down(void **state)
{
    bool removed =
        chdir("/") == 0 && fileio_remove_tree(AT_FDCWD, *state, NULL);

    free(*state);
    return removed ? 0 : -1;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void expect_safe(const char *text, const char *wanted)
{
    char *safe = output_safe(text);

    assert_string_equal(safe, wanted);
    free(safe);
}

static void workspace_masks_the_secrets_of_its_project(void **state)
{
    struct options options = { 0 };
    struct session session = { 0 };
    struct error err = { 0 };

    (void)state;
    write_file(".env", "DB_PASSWORD=hunter2hunter2\n"
                       "DATABASE_URL=postgres://u:dbpassw0rd@h/x\n");
    expect_safe("hunter2hunter2", "hunter2hunter2");
    assert_true(workspace_open(&session, &options, STATE_READ, &err));
    expect_safe("hunter2hunter2", "***");
    expect_safe("postgres://u:dbpassw0rd@h/x", "postgres://u:***@h/x");
    workspace_close(&session);
    expect_safe("hunter2hunter2", "hunter2hunter2");
}

static void workspace_that_was_never_opened_can_be_closed(void **state)
{
    struct options options = { 0 };
    struct session session = { 0 };
    struct error err = { 0 };

    (void)state;
    write_file(".env", "this is no line\n");
    assert_false(workspace_open(&session, &options, STATE_READ, &err));
    workspace_close(&session);
    expect_safe("hunter2hunter2", "hunter2hunter2");
}

static void workspace_plan_shows_no_secret(void **state)
{
    struct options options = { 0 };
    struct session session = { 0 };
    struct plan_request request = { .range = RANGE_DEPLOY };
    struct plan plan = { 0 };
    struct error err = { 0 };
    char *text;

    (void)state;
    write_file(".env", "DB_PASSWORD=hunter2hunter2\n"
                       "DATABASE_URL=postgres://u:dbpassw0rd@h/x\n"
                       "PROJECT_NAME=of-hunter2hunter2\n");
    write_file("step-010-a.sh",
               "#!/bin/sh\n# Prerequisites: file for-hunter2hunter2\n");
    assert_true(workspace_open(&session, &options, STATE_READ, &err));
    if (!plan_make(&plan, &session.project, session.state, &request, &err))
        fail_msg("%s", err.message);
    capture_begin();
    plan_view_print(&plan, true);
    text = capture_end();
    plan_release(&plan);
    workspace_close(&session);
    expect_part(text, "step-010-a");
    expect_part(text, "for of-***");
    expect_part(text, "for-***");
    expect_part(text, "DATABASE_URL=postgres://u:***@h/x");
    expect_no_part(text, "hunter2");
    expect_no_part(text, "dbpassw0rd");
    free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(workspace_masks_the_secrets_of_its_project),
        TEST(workspace_that_was_never_opened_can_be_closed),
        TEST(workspace_plan_shows_no_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
