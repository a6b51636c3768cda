/* How a command is asked for its version, and when no more. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/cancel.h"
#include "core/prerequisite.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Writes down each question, and answers none. */
#define ASKED "echo \"$1\" >> \"${0%/*}/asked\"\n"

static struct cancel cancel;

static bool check(struct fixture *f, const char *item, struct error *err)
{
    struct need need;
    bool ok;

    error_clear(err);
    fixture_project(f);
    assert_true(need_parse(item, &need, err));
    ok = prerequisite_check(&f->project, &need, &cancel, err);
    need_release(&need);
    return ok;
}

static void cancel_now(int number)
{
    (void)number;
    cancel_raise(&cancel, CANCEL_STOP);
}

static int set_up(void **state)
{
    struct sigaction action = { .sa_handler = cancel_now };

    return fixture_set_up(state) == 0 && cancel_init(&cancel, NULL) &&
                   sigaction(SIGUSR1, &action, NULL) == 0
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    cancel_release(&cancel);
    return fixture_tear_down(state);
}

static void prerequisite_version_of_an_own_program_is_asked_once(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };

    fixture_script(f, "tools/own", NULL, ASKED);
    assert_false(check(f, "command ./tools/own >= 1", &err));
    fixture_expect_error(&err, ERROR_BLOCKED,
                         "'./tools/own' does not tell its version",
                         "tools/own --version");
    fixture_expect(f, "tools/asked", "--version\n");
}

static void prerequisite_version_of_others_is_asked_in_every_way(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };

    fixture_script(f, "bin/tool", NULL, ASKED);
    setenv("PATH", fixture_path(f, "bin"), 1);
    assert_false(check(f, "command tool >= 1", &err));
    assert_int_equal(err.code, ERROR_BLOCKED);
    fixture_expect(f, "bin/asked", "--version\nversion\n-version\n-V\n");
}

/* The command cancels the check that runs it, and would go on for ever. */
static void prerequisite_check_is_ended_by_a_cancel(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };

    fixture_script(f, "bin/tool", NULL,
                   ASKED "echo tool 3.0\nkill -USR1 $PPID\n"
                         "while :; do :; done");
    setenv("PATH", fixture_path(f, "bin"), 1);
    assert_false(check(f, "command tool >= 1", &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    fixture_expect_part(err.message, "'tool'");
    fixture_expect(f, "bin/asked", "--version\n");
}

static void prerequisite_check_that_is_cancelled_asks_nothing(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };

    fixture_script(f, "bin/tool", NULL, ASKED "echo tool 3.0");
    setenv("PATH", fixture_path(f, "bin"), 1);
    cancel_raise(&cancel, CANCEL_STOP);
    assert_false(check(f, "command tool >= 1", &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    assert_false(fixture_has(f, "bin/asked"));
    assert_true(check(f, "command tool", &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(prerequisite_version_of_an_own_program_is_asked_once),
        TEST(prerequisite_version_of_others_is_asked_in_every_way),
        TEST(prerequisite_check_is_ended_by_a_cancel),
        TEST(prerequisite_check_that_is_cancelled_asks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
