#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "core/timings.h"

#include <stdlib.h>
#include <string.h>

enum { START_MS = 1000000 };

/* ---- models ----------------------------------------------------------- */

static char step_a[] = "step-010-a", step_b[] = "step-020-b",
            step_c[] = "step-030-c", step_d[] = "step-040-d";
static char group_x[] = "x", group_y[] = "y", deploy[] = "deploy";

static struct run_step completed(char *id, int64_t duration_ms)
{
    return (struct run_step){ .id = id,
                              .status = STATUS_COMPLETED,
                              .will_run = true,
                              .start_ms = START_MS,
                              .duration_ms = duration_ms };
}

static struct run_step due(char *id, char *group)
{
    return (struct run_step){
        .id = id, .group = group, .status = STATUS_PENDING, .will_run = true
    };
}

static struct run_step running(char *id, char *group)
{
    return (struct run_step){ .id = id,
                              .group = group,
                              .status = STATUS_IN_PROGRESS,
                              .will_run = true,
                              .start_ms = START_MS };
}

static struct run_model model_of(struct run_step *steps, size_t count)
{
    return (struct run_model){ .command = deploy,
                               .start_ms = START_MS,
                               .steps = steps,
                               .step_count = count };
}

/* A run in which `id` took so long. */
static void add(struct timings *timings, char *id, int64_t duration_ms)
{
    struct run_step step = completed(id, duration_ms);
    struct run_model model = model_of(&step, 1);

    timings_add(timings, &model, NULL);
}

static void expect_usual(const struct timings *timings, const char *step,
                         int64_t usual_ms, size_t samples)
{
    size_t count = 99;

    assert_int_equal(timings_usual(timings, step, &count), usual_ms);
    assert_int_equal(count, samples);
}

/* a takes 10 s, b 20 s, c 30 s; d is not known. */
static struct timings usual_timings(void)
{
    struct timings timings = { 0 };

    add(&timings, step_b, 20000);
    add(&timings, step_c, 30000);
    add(&timings, step_a, 10000);
    return timings;
}

/* ---- usual ------------------------------------------------------------ */

static void timings_of_no_history_know_nothing(void **state)
{
    struct timings timings = { 0 };

    (void)state;
    expect_usual(&timings, step_a, -1, 0);
    expect_usual(&timings, NULL, -1, 0);
    timings_release(&timings);
}

static void timings_take_the_median(void **state)
{
    struct timings timings = { 0 };

    (void)state;
    add(&timings, step_a, 900);
    expect_usual(&timings, step_a, 900, 1);
    add(&timings, step_a, 100);
    expect_usual(&timings, step_a, 500, 2);
    add(&timings, step_a, 80000);
    expect_usual(&timings, step_a, 900, 3);
    expect_usual(&timings, step_b, -1, 0);
    timings_release(&timings);
}

static void timings_hold_the_newest_runs_only(void **state)
{
    struct timings timings = { 0 };

    (void)state;
    for (int i = 0; i < TIMINGS_RUNS; i++)
        add(&timings, step_a, 1000);
    for (int i = 0; i < 2 * TIMINGS_RUNS; i++)
        add(&timings, step_a, 5000);
    expect_usual(&timings, step_a, 1000, TIMINGS_RUNS);
    timings_release(&timings);
}

static void timings_count_only_steps_that_ran_and_were_completed(void **state)
{
    static const enum step_status others[] = { STATUS_FAILED, STATUS_SKIPPED,
                                               STATUS_IN_PROGRESS,
                                               STATUS_BLOCKED };
    struct timings timings = { 0 };
    struct run_step step = completed(step_a, 700);
    struct run_model model = model_of(&step, 1);

    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        step.status = others[i];
        timings_add(&timings, &model, NULL);
    }
    step.status = STATUS_COMPLETED;
    step.start_ms = 0;
    timings_add(&timings, &model, NULL);
    expect_usual(&timings, step_a, -1, 0);
    timings_release(&timings);
}

static void timings_count_whole_runs_of_the_command_that_were_done(void **state)
{
    struct timings timings = { 0 };
    struct run_model model = model_of(NULL, 0);

    (void)state;
    model.summary = json_object();
    jsonx_set_int(model.summary, "elapsed_ms", 4000);
    timings_add(&timings, &model, "deploy");
    model.has_ended = true;
    model.exit_status = 3;
    timings_add(&timings, &model, "deploy");
    model.exit_status = 0;
    timings_add(&timings, &model, "destroy");
    expect_usual(&timings, NULL, -1, 0);
    timings_add(&timings, &model, "deploy");
    expect_usual(&timings, NULL, 4000, 1);
    timings_add(&timings, &model, NULL);
    expect_usual(&timings, NULL, 4000, 2);
    json_decref(model.summary);
    timings_release(&timings);
}

/* ---- remaining -------------------------------------------------------- */

static void timings_add_what_runs_and_what_is_to_come(void **state)
{
    struct timings timings = usual_timings();
    struct run_step steps[] = { completed(step_a, 9000), running(step_b, NULL),
                                due(step_c, NULL) };
    struct run_model model = model_of(steps, COUNT(steps));

    (void)state;
    assert_int_equal(timings_remaining(&timings, &model, START_MS), 50000);
    assert_int_equal(timings_remaining(&timings, &model, START_MS + 5000),
                     45000);
    assert_int_equal(timings_remaining(&timings, &model, START_MS + 90000),
                     30000);
    /* The clock was set back. */
    assert_int_equal(timings_remaining(&timings, &model, START_MS - 5000),
                     50000);
    steps[1].status = STATUS_RETRYING;
    assert_int_equal(timings_remaining(&timings, &model, START_MS + 5000),
                     45000);
    model.has_ended = true;
    assert_int_equal(timings_remaining(&timings, &model, START_MS), 0);
    timings_release(&timings);
}

static void timings_take_the_longest_of_a_parallel_group(void **state)
{
    struct timings timings = usual_timings();
    struct run_step steps[] = { due(step_a, NULL), due(step_b, group_x),
                                due(step_c, group_x) };
    struct run_step others[] = { due(step_a, group_x), due(step_b, group_y),
                                 due(step_c, group_y) };
    struct run_model model = model_of(steps, COUNT(steps));

    (void)state;
    assert_int_equal(timings_remaining(&timings, &model, 0), 40000);
    steps[1] = running(step_b, group_x);
    steps[2].status = STATUS_COMPLETED;
    assert_int_equal(timings_remaining(&timings, &model, START_MS + 5000),
                     25000);
    model.steps = others;
    assert_int_equal(timings_remaining(&timings, &model, 0), 40000);
    timings_release(&timings);
}

static void timings_cannot_tell_without_a_history_of_what_is_due(void **state)
{
    struct timings timings = usual_timings();
    struct run_step steps[] = { due(step_a, NULL), due(step_d, NULL) };
    struct run_model model = model_of(steps, COUNT(steps));

    (void)state;
    assert_int_equal(timings_remaining(&timings, &model, 0), -1);
    steps[1] = running(step_d, NULL);
    assert_int_equal(timings_remaining(&timings, &model, START_MS), -1);
    /* What will not run needs none. */
    steps[1].status = STATUS_COMPLETED;
    assert_int_equal(timings_remaining(&timings, &model, 0), 10000);
    steps[1] = due(step_d, NULL);
    steps[1].will_run = false;
    assert_int_equal(timings_remaining(&timings, &model, 0), 10000);
    steps[1].will_run = true;
    steps[1].status = STATUS_BLOCKED;
    assert_int_equal(timings_remaining(&timings, &model, 0), 10000);
    timings_release(&timings);
}

/* ---- slow ------------------------------------------------------------- */

static void timings_call_slow_what_takes_half_as_long_again(void **state)
{
    struct timings timings = usual_timings();
    struct run_step step = running(step_b, NULL);

    (void)state;
    assert_false(timings_is_slow(&timings, &step, START_MS + 30000));
    assert_true(timings_is_slow(&timings, &step, START_MS + 30001));
    step.status = STATUS_COMPLETED;
    assert_false(timings_is_slow(&timings, &step, START_MS + 90000));
    step = running(step_d, NULL);
    assert_false(timings_is_slow(&timings, &step, START_MS + 90000));
    timings_release(&timings);
}

static void timings_let_short_steps_be_late_for_some_seconds(void **state)
{
    struct timings timings = { 0 };
    struct run_step step = running(step_a, NULL);

    (void)state;
    add(&timings, step_a, 100);
    assert_false(timings_is_slow(&timings, &step, START_MS + 5099));
    assert_true(timings_is_slow(&timings, &step, START_MS + 5100));
    timings_release(&timings);
}

/* ---- the history ------------------------------------------------------ */

static void write_run(struct fixture *f, int number, int seconds,
                      int exit_status)
{
    char *name = mem_format(
        STATE_DIR "/runs/20261121T1700%02dZ-0001/events.ndjson", number);
    char *text = mem_format(
        "{\"v\":1,\"type\":\"run.start\",\"time\":\"2026-11-21T17:00:00Z\","
        "\"command\":\"deploy\",\"plan\":[{\"step\":\"step-010-a\","
        "\"action\":\"run\"}]}\n"
        "{\"v\":1,\"type\":\"step.start\",\"time\":\"2026-11-21T17:00:01Z\","
        "\"step\":\"step-010-a\"}\n"
        "{\"v\":1,\"type\":\"step.end\",\"step\":\"step-010-a\","
        "\"status\":\"%s\",\"duration_ms\":%d}\n"
        "{\"v\":1,\"type\":\"run.end\",\"exit_status\":%d,"
        "\"summary\":{\"elapsed_ms\":%d}}\n",
        exit_status ? "failed" : "completed", seconds * 1000, exit_status,
        seconds * 2000);

    fixture_write(f, name, text);
    free(text);
    free(name);
}

static void timings_come_from_the_newest_journals(void **state)
{
    struct fixture *f = *state;
    struct timings timings;

    for (int i = 0; i < 2 * TIMINGS_RUNS; i++)
        write_run(f, i, i < TIMINGS_RUNS ? 50 : 3, 0);
    write_run(f, 2 * TIMINGS_RUNS, 9, 3);
    fixture_write(f, STATE_DIR "/runs/20261121T170059Z-0001/events.ndjson",
                  "words\n{\"torn");
    timings_load(&timings, fixture_state(f), "deploy");
    /* Two of the newest have nothing to tell. */
    expect_usual(&timings, step_a, 3000, TIMINGS_RUNS - 2);
    expect_usual(&timings, NULL, 6000, TIMINGS_RUNS - 2);
    timings_release(&timings);
    timings_load(&timings, f->state, "destroy");
    expect_usual(&timings, step_a, 3000, TIMINGS_RUNS - 2);
    expect_usual(&timings, NULL, -1, 0);
    timings_release(&timings);
}

static void timings_of_a_project_that_never_ran_are_empty(void **state)
{
    struct fixture *f = *state;
    struct timings timings;

    timings_load(&timings, fixture_state(f), NULL);
    assert_int_equal(timings.count, 0);
    timings_release(&timings);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(timings_of_no_history_know_nothing),
        cmocka_unit_test(timings_take_the_median),
        cmocka_unit_test(timings_hold_the_newest_runs_only),
        cmocka_unit_test(timings_count_only_steps_that_ran_and_were_completed),
        cmocka_unit_test(
            timings_count_whole_runs_of_the_command_that_were_done),
        cmocka_unit_test(timings_add_what_runs_and_what_is_to_come),
        cmocka_unit_test(timings_take_the_longest_of_a_parallel_group),
        cmocka_unit_test(timings_cannot_tell_without_a_history_of_what_is_due),
        cmocka_unit_test(timings_call_slow_what_takes_half_as_long_again),
        cmocka_unit_test(timings_let_short_steps_be_late_for_some_seconds),
        FIXTURE_TEST(timings_come_from_the_newest_journals),
        FIXTURE_TEST(timings_of_a_project_that_never_ran_are_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
