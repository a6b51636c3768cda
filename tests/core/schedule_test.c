#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "core/schedule.h"

#include <stdlib.h>
#include <string.h>

/* Steps 010-a, 020-b, ... with these headers, up to a NULL. */
static void make(struct fixture *f, struct schedule *schedule, size_t jobs,
                 const char *const *headers)
{
    char name[] = "step-0X0-X.sh";

    for (int i = 0; headers[i]; i++) {
        name[6] = (char)('1' + i);
        name[9] = (char)('a' + i);
        fixture_script(f, name, headers[i], "exit 0");
    }
    schedule_init(schedule, fixture_plan(f, NULL), jobs);
}

static void expect(struct schedule *schedule, enum schedule_kind kind,
                   size_t item)
{
    struct schedule_choice choice = schedule_next(schedule);

    assert_int_equal(choice.kind, kind);
    if (kind != SCHEDULE_WAIT && kind != SCHEDULE_END)
        assert_int_equal(choice.item, item);
}

static void expect_chain(const struct schedule *schedule, size_t item,
                         const char *text)
{
    char *chain = schedule_chain(schedule, item);

    assert_string_equal(chain, text);
    free(chain);
}

static void expect_blocked_next(struct schedule *schedule, size_t item)
{
    size_t found = 99;

    assert_true(schedule_block_next(schedule, &found));
    assert_int_equal(found, item);
}

static void schedule_of_nothing_ends(void **state)
{
    static const char *const none[] = { NULL };
    struct schedule schedule;

    make(*state, &schedule, 2, none);
    expect(&schedule, SCHEDULE_END, 0);
    schedule_release(&schedule);
}

static void schedule_runs_steps_one_after_the_other(void **state)
{
    static const char *const headers[] = { "", "", "", NULL };
    struct schedule schedule;

    make(*state, &schedule, 4, headers);
    for (size_t i = 0; i < 3; i++) {
        expect(&schedule, SCHEDULE_START, i);
        expect(&schedule, SCHEDULE_WAIT, 0);
        schedule_completed(&schedule, i);
    }
    expect(&schedule, SCHEDULE_END, 0);
    schedule_release(&schedule);
}

static void schedule_tells_skipped_steps_in_order(void **state)
{
    static const char *const headers[] = { "", "", NULL };
    struct fixture *f = *state;
    struct schedule schedule;

    fixture_write(f, STATE_DIR "/step-010-a.status", "completed\n");
    make(f, &schedule, 1, headers);
    expect(&schedule, SCHEDULE_SKIP, 0);
    expect(&schedule, SCHEDULE_START, 1);
    schedule_completed(&schedule, 1);
    expect(&schedule, SCHEDULE_END, 0);
    schedule_release(&schedule);
}

#define NET "# Parallel: net\n"

static void schedule_runs_a_group_together_at_most_jobs_at_once(void **state)
{
    static const char *const headers[] = { NET, NET, NET, "", NULL };
    struct schedule schedule;

    make(*state, &schedule, 2, headers);
    expect(&schedule, SCHEDULE_START, 0);
    expect(&schedule, SCHEDULE_START, 1);
    expect(&schedule, SCHEDULE_WAIT, 0);
    schedule_completed(&schedule, 1);
    expect(&schedule, SCHEDULE_START, 2);
    expect(&schedule, SCHEDULE_WAIT, 0);
    schedule_completed(&schedule, 2);
    expect(&schedule, SCHEDULE_WAIT, 0);
    schedule_completed(&schedule, 0);
    expect(&schedule, SCHEDULE_START, 3);
    schedule_completed(&schedule, 3);
    expect(&schedule, SCHEDULE_END, 0);
    schedule_release(&schedule);
}

static void schedule_without_jobs_runs_one_at_a_time(void **state)
{
    static const char *const headers[] = { NET, NET, NULL };
    struct schedule schedule;

    make(*state, &schedule, 0, headers);
    expect(&schedule, SCHEDULE_START, 0);
    expect(&schedule, SCHEDULE_WAIT, 0);
    schedule_release(&schedule);
}

static void schedule_keeps_the_order_within_a_group_that_is_named(void **state)
{
    static const char *const headers[] = { NET,
                                           NET "# Prerequisites: step-010-a\n",
                                           NET, NULL };
    struct schedule schedule;

    make(*state, &schedule, 3, headers);
    expect(&schedule, SCHEDULE_START, 0);
    expect(&schedule, SCHEDULE_START, 2);
    expect(&schedule, SCHEDULE_WAIT, 0);
    schedule_completed(&schedule, 0);
    expect(&schedule, SCHEDULE_START, 1);
    schedule_release(&schedule);
}

static void schedule_starts_nothing_after_a_critical_failure(void **state)
{
    static const char *const headers[] = { "", "", NULL };
    struct schedule schedule;

    make(*state, &schedule, 1, headers);
    expect(&schedule, SCHEDULE_START, 0);
    schedule_failed(&schedule, 0);
    expect(&schedule, SCHEDULE_END, 0);
    expect_blocked_next(&schedule, 1);
    expect_chain(&schedule, 1, "needs step-010-a, which failed");
    schedule_release(&schedule);
}

/* So that what a group does and reports does not depend on `jobs`. */
static void schedule_starts_the_rest_of_a_group_that_failed(void **state)
{
    static const char *const headers[] = { NET, NET, NET, "", NULL };
    struct schedule schedule;

    make(*state, &schedule, 2, headers);
    expect(&schedule, SCHEDULE_START, 0);
    expect(&schedule, SCHEDULE_START, 1);
    schedule_failed(&schedule, 0);
    expect(&schedule, SCHEDULE_START, 2);
    expect(&schedule, SCHEDULE_WAIT, 0);
    schedule_failed(&schedule, 1);
    schedule_completed(&schedule, 2);
    expect(&schedule, SCHEDULE_END, 0);
    schedule_release(&schedule);
}

static void schedule_stopped_leaves_the_rest_of_a_group(void **state)
{
    static const char *const headers[] = { NET, NET, NET, NULL };
    struct schedule schedule;

    make(*state, &schedule, 1, headers);
    expect(&schedule, SCHEDULE_START, 0);
    schedule_stop(&schedule);
    schedule_failed(&schedule, 0);
    expect(&schedule, SCHEDULE_END, 0);
    schedule_release(&schedule);
}

static void schedule_goes_on_after_a_failure_that_is_not_critical(void **state)
{
    static const char *const headers[] = {
        "# Critical: no\n", "", "# Critical: no\n# Prerequisites: step-010-a\n",
        "", NULL
    };
    struct schedule schedule;

    make(*state, &schedule, 1, headers);
    expect(&schedule, SCHEDULE_START, 0);
    schedule_failed(&schedule, 0);
    expect(&schedule, SCHEDULE_START, 1);
    schedule_completed(&schedule, 1);
    expect(&schedule, SCHEDULE_BLOCK, 2);
    expect_chain(&schedule, 2, "needs step-010-a, which failed");
    expect(&schedule, SCHEDULE_START, 3);
    schedule_release(&schedule);
}

static void schedule_chain_goes_through_all_blocked_ones(void **state)
{
    static const char *const headers[] = { "", "# Prerequisites: step-010-a\n",
                                           "# Prerequisites: step-020-b\n",
                                           NULL };
    struct schedule schedule;
    size_t item;

    make(*state, &schedule, 1, headers);
    expect(&schedule, SCHEDULE_START, 0);
    schedule_failed(&schedule, 0);
    expect_blocked_next(&schedule, 1);
    expect_blocked_next(&schedule, 2);
    assert_false(schedule_block_next(&schedule, &item));
    expect_chain(&schedule, 2,
                 "needs step-020-b, which needs step-010-a, which failed");
    schedule_release(&schedule);
}

static void schedule_leaves_independent_steps_unblocked(void **state)
{
    static const char *const headers[] = { "", "# Prerequisites: none\n",
                                           NULL };
    struct schedule schedule;
    size_t item;

    make(*state, &schedule, 1, headers);
    expect(&schedule, SCHEDULE_START, 0);
    schedule_failed(&schedule, 0);
    assert_false(schedule_block_next(&schedule, &item));
    schedule_release(&schedule);
}

static void schedule_step_that_turns_out_blocked_stops_it(void **state)
{
    static const char *const headers[] = { "", "", NULL };
    struct schedule schedule;

    make(*state, &schedule, 1, headers);
    expect(&schedule, SCHEDULE_START, 0);
    schedule_blocked(&schedule, 0);
    expect(&schedule, SCHEDULE_END, 0);
    expect_blocked_next(&schedule, 1);
    expect_chain(&schedule, 1, "needs step-010-a, which is blocked");
    schedule_release(&schedule);
}

static void schedule_blocks_what_the_plan_blocks(void **state)
{
    static const char *const headers[] = {
        "# Critical: no\n# Prerequisites: env STEPDECK_TEST_UNSET\n", "", NULL
    };
    struct schedule schedule;

    make(*state, &schedule, 1, headers);
    expect(&schedule, SCHEDULE_BLOCK, 0);
    expect_chain(&schedule, 0, "STEPDECK_TEST_UNSET is not set");
    expect(&schedule, SCHEDULE_START, 1);
    schedule_release(&schedule);
}

static void schedule_retry_runs_a_failed_step_again(void **state)
{
    static const char *const headers[] = { "", "", NULL };
    struct schedule schedule;

    make(*state, &schedule, 1, headers);
    expect(&schedule, SCHEDULE_START, 0);
    schedule_failed(&schedule, 0);
    schedule_retry(&schedule, 0);
    expect(&schedule, SCHEDULE_START, 0);
    schedule_completed(&schedule, 0);
    expect(&schedule, SCHEDULE_START, 1);
    schedule_release(&schedule);
}

static void schedule_skip_counts_a_failed_step_as_met(void **state)
{
    static const char *const headers[] = { "", "# Prerequisites: step-010-a\n",
                                           NULL };
    struct schedule schedule;

    make(*state, &schedule, 1, headers);
    expect(&schedule, SCHEDULE_START, 0);
    schedule_failed(&schedule, 0);
    schedule_skip(&schedule, 0);
    expect(&schedule, SCHEDULE_START, 1);
    schedule_release(&schedule);
}

static void schedule_retry_of_one_does_not_forgive_another(void **state)
{
    static const char *const headers[] = { NET, NET, "", NULL };
    struct schedule schedule;

    make(*state, &schedule, 2, headers);
    expect(&schedule, SCHEDULE_START, 0);
    expect(&schedule, SCHEDULE_START, 1);
    schedule_failed(&schedule, 0);
    schedule_failed(&schedule, 1);
    schedule_skip(&schedule, 1);
    expect(&schedule, SCHEDULE_END, 0);
    schedule_skip(&schedule, 0);
    expect(&schedule, SCHEDULE_START, 2);
    schedule_release(&schedule);
}

static void schedule_stop_starts_nothing_new(void **state)
{
    static const char *const headers[] = { NET, NET, "", NULL };
    struct schedule schedule;

    make(*state, &schedule, 1, headers);
    expect(&schedule, SCHEDULE_START, 0);
    schedule_stop(&schedule);
    expect(&schedule, SCHEDULE_WAIT, 0);
    schedule_completed(&schedule, 0);
    expect(&schedule, SCHEDULE_END, 0);
    schedule_release(&schedule);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(schedule_of_nothing_ends),
        FIXTURE_TEST(schedule_runs_steps_one_after_the_other),
        FIXTURE_TEST(schedule_tells_skipped_steps_in_order),
        FIXTURE_TEST(schedule_runs_a_group_together_at_most_jobs_at_once),
        FIXTURE_TEST(schedule_without_jobs_runs_one_at_a_time),
        FIXTURE_TEST(schedule_keeps_the_order_within_a_group_that_is_named),
        FIXTURE_TEST(schedule_starts_nothing_after_a_critical_failure),
        FIXTURE_TEST(schedule_starts_the_rest_of_a_group_that_failed),
        FIXTURE_TEST(schedule_stopped_leaves_the_rest_of_a_group),
        FIXTURE_TEST(schedule_goes_on_after_a_failure_that_is_not_critical),
        FIXTURE_TEST(schedule_chain_goes_through_all_blocked_ones),
        FIXTURE_TEST(schedule_leaves_independent_steps_unblocked),
        FIXTURE_TEST(schedule_step_that_turns_out_blocked_stops_it),
        FIXTURE_TEST(schedule_blocks_what_the_plan_blocks),
        FIXTURE_TEST(schedule_retry_runs_a_failed_step_again),
        FIXTURE_TEST(schedule_skip_counts_a_failed_step_as_met),
        FIXTURE_TEST(schedule_retry_of_one_does_not_forgive_another),
        FIXTURE_TEST(schedule_stop_starts_nothing_new),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
