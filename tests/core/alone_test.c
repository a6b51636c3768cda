#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "core/alone.h"
#include "core/target.h"
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

static const struct target_step steps[] = {
    { .number = 20, .id = "020-build", .title = "Build" },
    { .number = 46,
      .id = "046-back",
      .title = "Back",
      .role = TARGET_ROLLBACK },
    { .number = 60, .id = "060-prune", .title = "Prune", .role = TARGET_PRUNE },
};
static const struct target_ops target = { .name = "apprunner",
                                          .steps = steps,
                                          .step_count = COUNT(steps) };

/* The steps that the command runs in the project, or the error. */
static void expect(struct fixture *f, const char *command, const char *option,
                   const char *expected)
{
    struct strvec options = { 0 }, only = { 0 };
    struct project project = { 0 };
    struct error err = { 0 };
    const char *got;

    if (option)
        strvec_add(&options, option);
    assert_true(project_load(&project, f->dir, NULL, &options, &err));
    got = alone_select(alone_find(command), &project, &only, &err)
              ? only.items[0]
              : err.message;
    if (!strstr(got, expected))
        fail_msg("%s: '%s', not '%s'", command, got, expected);
    assert_int_equal(only.count, error_is_set(&err) ? 0 : 1);
    project_release(&project);
    strvec_release(&only);
    strvec_release(&options);
}

static void a_command_runs_the_step_with_its_role(void **state)
{
    target_register(&target);
    expect(*state, "rollback", "SERVICE_NAME=web", "step-046-back");
    expect(*state, "prune", "SERVICE_NAME=web", "step-060-prune");
}

static void the_preflight_needs_no_target(void **state)
{
    fixture_script(*state, "step-001-check.sh", NULL, "exit 0");
    expect(*state, "preflight", NULL, "step-001-check");
}

static void what_is_missing_is_named(void **state)
{
    expect(*state, "rollback", NULL, "needs a cloud target");
    expect(*state, "prune", NULL, "needs a cloud target");
    expect(*state, "preflight", NULL, "no step 001");
    target_register(&target);
    expect(*state, "preflight", "SERVICE_NAME=web", "no step 001");
}

static void other_commands_are_none_of_these(void **state)
{
    (void)state;
    assert_null(alone_find("deploy"));
    assert_null(alone_find(""));
    assert_null(alone_find(NULL));
}

static int tear_down(void **state)
{
    target_reset();
    return fixture_tear_down(state);
}

#define ALONE_TEST(name)                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE_TEST(a_command_runs_the_step_with_its_role),
        ALONE_TEST(the_preflight_needs_no_target),
        ALONE_TEST(what_is_missing_is_named),
        ALONE_TEST(other_commands_are_none_of_these),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
