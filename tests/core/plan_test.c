#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/jsonx.h"
#include "core/circle.h"
#include "core/fingerprint.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void script(struct fixture *f, const char *id, const char *header)
{
    char name[64];

    assert_true(strlen(id) < 60);
    strcpy(name, id);
    strcat(name, ".sh");
    fixture_script(f, name, header, "exit 0");
}

static void set_status(struct fixture *f, const char *id,
                       enum step_status status)
{
    struct error warning = { 0 };

    assert_true(state_checkpoint(fixture_state(f), id, status, NULL,
                                 FIXTURE_TIME, &warning));
}

/* As the engine completes a step: with its fingerprint. */
static void complete(struct fixture *f, const char *id)
{
    struct error warning = { 0 };
    json_t *record = json_object();

    fixture_project(f);
    json_object_set_new(
        record, "fingerprint",
        fingerprint_make(&f->project, fixture_step(f, id),
                         fingerprint_steps(&f->project, fixture_step(f, id),
                                           fixture_state(f))));
    assert_true(state_checkpoint(fixture_state(f), id, STATUS_COMPLETED, record,
                                 FIXTURE_TIME, &warning));
    json_decref(record);
}

static void expect(struct fixture *f, const char *id, enum plan_action action,
                   const char *reason)
{
    const struct plan_item *item = fixture_item(f, id);

    if (item->action != action)
        fail_msg("%s: %s (%s) instead of %s", id,
                 plan_action_name(item->action), item->reason,
                 plan_action_name(action));
    fixture_expect_part(item->reason, reason);
}

static void expect_refusal(struct fixture *f,
                           const struct plan_request *request, const char *part,
                           const char *hint)
{
    struct plan plan = { 0 };
    struct error err = { 0 };

    fixture_project(f);
    assert_false(
        plan_make(&plan, &f->project, fixture_state(f), request, &err));
    fixture_expect_error(&err, ERROR_INPUT, part, hint);
    assert_null(plan.items);
}

/* ---- what runs -------------------------------------------------------- */

static void plan_of_an_empty_project_is_empty(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(fixture_plan(f, NULL)->count, 0);
    assert_null(plan_first_obstacle(&f->plan));
}

static void plan_runs_what_is_not_completed_and_says_why(void **state)
{
    struct fixture *f = *state;

    script(f, "step-010-a", NULL);
    script(f, "step-020-b", NULL);
    script(f, "step-030-c", NULL);
    script(f, "step-040-d", NULL);
    set_status(f, "step-010-a", STATUS_COMPLETED);
    set_status(f, "step-020-b", STATUS_FAILED);
    set_status(f, "step-030-c", STATUS_IN_PROGRESS);
    fixture_plan(f, NULL);
    expect(f, "step-010-a", PLAN_SKIP, "already completed");
    expect(f, "step-020-b", PLAN_RUN, "failed last time");
    expect(f, "step-030-c", PLAN_RUN, "was interrupted");
    expect(f, "step-040-d", PLAN_RUN, "has not run yet");
    assert_int_equal(f->plan.run_count, 3);
    assert_int_equal(f->plan.skip_count, 1);
    assert_int_equal(f->plan.blocked_count, 0);
}

static void plan_keeps_setup_deployment_and_teardown_apart(void **state)
{
    struct fixture *f = *state;
    struct plan_request teardown = { .range = RANGE_TEARDOWN };
    struct plan_request setup = { .range = RANGE_SETUP };

    script(f, "step-000-setup", NULL);
    script(f, "step-010-a", NULL);
    script(f, "step-998-clean", NULL);
    assert_int_equal(fixture_plan(f, NULL)->count, 1);
    expect(f, "step-010-a", PLAN_RUN, "has not run yet");
    assert_int_equal(fixture_plan(f, &teardown)->count, 1);
    expect(f, "step-998-clean", PLAN_RUN, "has not run yet");
    assert_int_equal(fixture_plan(f, &setup)->count, 1);
    expect(f, "step-000-setup", PLAN_RUN, "has not run yet");
}

static void plan_runs_an_always_step_every_time(void **state)
{
    struct fixture *f = *state;

    script(f, "step-010-a", "# Always: yes\n");
    complete(f, "step-010-a");
    fixture_plan(f, NULL);
    expect(f, "step-010-a", PLAN_RUN, "runs every time");
}

/* With a target it is another version that it looks at. */
static void plan_runs_what_may_roll_back_every_time(void **state)
{
    static const struct target_ops moon = { .name = "moon" };
    struct fixture *f = *state;

    script(f, "step-050-smoke", "# Rollback: yes\n");
    complete(f, "step-050-smoke");
    fixture_plan(f, NULL);
    expect(f, "step-050-smoke", PLAN_SKIP, "already completed");
    target_reset();
    target_register(&moon);
    fixture_write(f, ".env", "DEPLOY_TARGET=moon\n");
    fixture_plan(f, NULL);
    target_reset();
    expect(f, "step-050-smoke", PLAN_RUN, "runs every time");
}

static void
plan_runs_the_preflight_every_time_even_completed_by_hand(void **state)
{
    struct fixture *f = *state;
    struct strvec only = { 0 };
    struct plan_request request = { .range = RANGE_DEPLOY, .only = &only };

    script(f, "step-001-preflight-check", NULL);
    script(f, "step-010-a", NULL);
    fixture_write(f, STATE_DIR "/step-001-preflight-check.status",
                  "completed\n");
    fixture_plan(f, NULL);
    expect(f, "step-001-preflight-check", PLAN_RUN, "runs every time");
    strvec_add(&only, "step-010-a");
    fixture_plan(f, &request);
    expect(f, "step-001-preflight-check", PLAN_RUN, "runs every time");
    strvec_release(&only);
}

static void plan_counts_a_preflight_skipped_by_option_as_met(void **state)
{
    struct fixture *f = *state;
    struct plan_request request = { .range = RANGE_DEPLOY,
                                    .skip_preflight = true };

    script(f, "step-001-preflight-check", NULL);
    script(f, "step-010-a", "# Prerequisites: step-001-preflight-check\n");
    fixture_plan(f, &request);
    expect(f, "step-001-preflight-check", PLAN_SKIP, "--skip-preflight");
    assert_true(fixture_item(f, "step-001-preflight-check")->skipped_by_choice);
    expect(f, "step-010-a", PLAN_RUN, "has not run yet");
}

/* ---- selection -------------------------------------------------------- */

static void fill(struct fixture *f)
{
    script(f, "step-010-a", NULL);
    script(f, "step-020-b", NULL);
    script(f, "step-030-c", NULL);
}

static void plan_from_and_until_bound_the_selection(void **state)
{
    struct fixture *f = *state;
    struct plan_request request = { .range = RANGE_DEPLOY,
                                    .from = "20",
                                    .until = "b" };

    fill(f);
    set_status(f, "step-010-a", STATUS_COMPLETED);
    assert_int_equal(fixture_plan(f, &request)->count, 1);
    expect(f, "step-020-b", PLAN_RUN, "has not run yet");
}

static void plan_from_does_not_force_a_completed_step(void **state)
{
    struct fixture *f = *state;
    struct plan_request request = { .range = RANGE_DEPLOY, .from = "20" };

    fill(f);
    set_status(f, "step-010-a", STATUS_COMPLETED);
    set_status(f, "step-020-b", STATUS_COMPLETED);
    fixture_plan(f, &request);
    expect(f, "step-020-b", PLAN_SKIP, "already completed");
    expect(f, "step-030-c", PLAN_RUN, "has not run yet");
}

static void plan_only_forces_a_completed_step_to_run_again(void **state)
{
    struct fixture *f = *state;
    struct strvec only = { 0 };
    struct plan_request request = { .range = RANGE_DEPLOY, .only = &only };

    fill(f);
    complete(f, "step-010-a");
    strvec_add(&only, "step-010-a.sh");
    assert_int_equal(fixture_plan(f, &request)->count, 1);
    expect(f, "step-010-a", PLAN_RUN, "asked for");
    strvec_release(&only);
}

static void plan_forced_runs_completed_steps_again(void **state)
{
    struct fixture *f = *state;
    struct plan_request request = { .range = RANGE_DEPLOY, .forced = true };

    fill(f);
    complete(f, "step-010-a");
    fixture_plan(f, &request);
    expect(f, "step-010-a", PLAN_RUN, "asked for");
}

static void plan_selection_does_not_lift_prerequisites(void **state)
{
    struct fixture *f = *state;
    struct plan_request from = { .range = RANGE_DEPLOY, .from = "20" };
    struct strvec names = { 0 };
    struct plan_request only = { .range = RANGE_DEPLOY, .only = &names };

    fill(f);
    set_status(f, "step-010-a", STATUS_FAILED);
    fixture_plan(f, &from);
    expect(f, "step-020-b", PLAN_BLOCKED, "needs step-010-a, which failed");
    fixture_expect_part(fixture_item(f, "step-020-b")->suggestion,
                        "stepdeck run step-010-a");
    assert_ptr_equal(plan_first_obstacle(&f->plan),
                     fixture_item(f, "step-020-b"));
    strvec_add(&names, "30");
    fixture_plan(f, &only);
    expect(f, "step-030-c", PLAN_BLOCKED, "needs step-010-a");
    strvec_release(&names);
}

static void plan_skip_counts_as_met(void **state)
{
    struct fixture *f = *state;
    struct strvec skip = { 0 };
    struct plan_request request = { .range = RANGE_DEPLOY,
                                    .skip = &skip,
                                    .from = "20" };

    fill(f);
    strvec_add(&skip, "10");
    strvec_add(&skip, "c");
    fixture_plan(f, &request);
    expect(f, "step-020-b", PLAN_RUN, "has not run yet");
    expect(f, "step-030-c", PLAN_SKIP, "skipped by choice");
    assert_true(fixture_item(f, "step-030-c")->skipped_by_choice);
    strvec_release(&skip);
}

static void plan_fresh_start_counts_every_step_as_pending(void **state)
{
    struct fixture *f = *state;
    struct plan_request request = { .range = RANGE_DEPLOY,
                                    .fresh_start = true };

    fill(f);
    complete(f, "step-010-a");
    fixture_plan(f, &request);
    expect(f, "step-010-a", PLAN_RUN, "has not run yet");
    request.from = "20";
    fixture_plan(f, &request);
    expect(f, "step-020-b", PLAN_BLOCKED,
           "needs step-010-a, which has not run");
}

static void plan_refuses_a_step_that_does_not_exist(void **state)
{
    struct fixture *f = *state;
    struct strvec names = { 0 };
    struct plan_request from = { .range = RANGE_DEPLOY, .from = "nowhere" };
    struct plan_request until = { .range = RANGE_DEPLOY, .until = "nowhere" };
    struct plan_request only = { .range = RANGE_DEPLOY, .only = &names };
    struct plan_request skip = { .range = RANGE_DEPLOY, .skip = &names };

    fill(f);
    strvec_add(&names, "nowhere");
    expect_refusal(f, &from, "there is no step 'nowhere'", "stepdeck status");
    expect_refusal(f, &until, "there is no step 'nowhere'", "stepdeck status");
    expect_refusal(f, &only, "there is no step 'nowhere'", "stepdeck status");
    expect_refusal(f, &skip, "there is no step 'nowhere'", "stepdeck status");
    strvec_release(&names);
}

static void plan_refuses_a_selection_that_ends_before_it_begins(void **state)
{
    struct fixture *f = *state;
    struct plan_request request = { .range = RANGE_DEPLOY,
                                    .from = "30",
                                    .until = "10" };

    fill(f);
    expect_refusal(f, &request, "'30' comes after '10'", "--from names");
}

/* ---- prerequisites ---------------------------------------------------- */

static void plan_needs_all_earlier_critical_steps_by_default(void **state)
{
    struct fixture *f = *state;
    struct plan_request request = { .range = RANGE_DEPLOY, .from = "30" };

    script(f, "step-010-a", NULL);
    script(f, "step-020-b", "# Critical: no\n");
    script(f, "step-030-c", NULL);
    set_status(f, "step-010-a", STATUS_COMPLETED);
    fixture_plan(f, &request);
    expect(f, "step-030-c", PLAN_RUN, "has not run yet");
    set_status(f, "step-010-a", STATUS_PENDING);
    set_status(f, "step-020-b", STATUS_COMPLETED);
    fixture_plan(f, &request);
    expect(f, "step-030-c", PLAN_BLOCKED, "needs step-010-a");
}

static void plan_prerequisites_none_switches_the_default_off(void **state)
{
    struct fixture *f = *state;
    struct plan_request request = { .range = RANGE_DEPLOY, .from = "20" };

    script(f, "step-010-a", NULL);
    script(f, "step-020-b", "# Prerequisites: none\n");
    fixture_plan(f, &request);
    expect(f, "step-020-b", PLAN_RUN, "has not run yet");
}

static void plan_parallel_neighbours_do_not_need_each_other(void **state)
{
    struct fixture *f = *state;

    script(f, "step-010-a",
           "# Parallel: net\n# Prerequisites: env STEPDECK_TEST_UNSET\n");
    script(f, "step-020-b", "# Parallel: net\n");
    script(f, "step-030-c", "# Parallel: other\n");
    fixture_plan(f, NULL);
    expect(f, "step-010-a", PLAN_BLOCKED, "STEPDECK_TEST_UNSET is not set");
    expect(f, "step-020-b", PLAN_RUN, "has not run yet");
    expect(f, "step-030-c", PLAN_BLOCKED, "needs step-010-a");
    assert_true(plan_is_same_group(&f->plan, 0, 1));
    assert_true(plan_is_same_group(&f->plan, 1, 0));
    assert_false(plan_is_same_group(&f->plan, 1, 2));
}

static void plan_steps_without_a_group_are_no_group(void **state)
{
    struct fixture *f = *state;

    script(f, "step-010-a", "# Parallel: net\n");
    script(f, "step-020-b", NULL);
    script(f, "step-030-c", "# Parallel: net\n");
    fixture_plan(f, NULL);
    assert_false(plan_is_same_group(&f->plan, 0, 2));
    assert_false(plan_is_same_group(&f->plan, 1, 1));
}

static void plan_blocks_a_step_whose_env_is_not_set(void **state)
{
    struct fixture *f = *state;

    script(f, "step-010-a", NULL);
    script(f, "step-020-b", "# Prerequisites: env STEPDECK_TEST_UNSET\n");
    fixture_plan(f, NULL);
    expect(f, "step-020-b", PLAN_BLOCKED, "STEPDECK_TEST_UNSET is not set");
    fixture_expect_part(fixture_item(f, "step-020-b")->suggestion, ".env");
    fixture_write(f, ".env", "STEPDECK_TEST_UNSET=x\n");
    fixture_plan(f, NULL);
    expect(f, "step-020-b", PLAN_RUN, "has not run yet");
}

static void
plan_blocks_the_first_step_whose_command_or_file_is_missing(void **state)
{
    struct fixture *f = *state;

    script(f, "step-010-a", "# Prerequisites: file main.tf\n");
    fixture_plan(f, NULL);
    expect(f, "step-010-a", PLAN_BLOCKED, "'main.tf' does not exist");
    script(f, "step-010-a", "# Prerequisites: command stepdeck-nothing\n");
    fixture_plan(f, NULL);
    expect(f, "step-010-a", PLAN_BLOCKED, "is not installed");
}

static void
plan_only_remarks_on_what_earlier_steps_may_still_bring(void **state)
{
    struct fixture *f = *state;

    script(f, "step-010-a", NULL);
    script(f, "step-020-b", "# Prerequisites: file main.tf\n");
    fixture_plan(f, NULL);
    expect(f, "step-020-b", PLAN_RUN, "has not run yet");
    fixture_expect_part(fixture_item(f, "step-020-b")->note,
                        "'main.tf' does not exist");
    assert_null(fixture_item(f, "step-010-a")->note);
}

static void plan_blocks_a_step_that_names_one_which_does_not_exist(void **state)
{
    struct fixture *f = *state;

    script(f, "step-010-a", "# Prerequisites: step-005-login\n");
    fixture_plan(f, NULL);
    expect(f, "step-010-a", PLAN_BLOCKED,
           "needs step-005-login, which does not exist");
    fixture_expect_part(fixture_item(f, "step-010-a")->suggestion,
                        "correct the Prerequisites of step-010-a");
}

static void
plan_blocks_dependants_of_a_blocked_step_with_the_reason(void **state)
{
    struct fixture *f = *state;

    script(f, "step-010-a", "# Prerequisites: env STEPDECK_TEST_UNSET\n");
    script(f, "step-020-b", "# Prerequisites: step-010-a\n");
    fixture_plan(f, NULL);
    expect(f, "step-020-b", PLAN_BLOCKED,
           "needs step-010-a, which is blocked: STEPDECK_TEST_UNSET");
    assert_int_equal(f->plan.blocked_count, 2);
}

static void plan_says_that_a_needed_step_comes_later(void **state)
{
    struct fixture *f = *state;

    script(f, "step-010-a", "# Prerequisites: step-020-b\n");
    script(f, "step-020-b", "# Prerequisites: none\n");
    fixture_plan(f, NULL);
    expect(f, "step-010-a", PLAN_BLOCKED,
           "needs step-020-b, which comes later");
    set_status(f, "step-020-b", STATUS_COMPLETED);
    fixture_plan(f, NULL);
    expect(f, "step-010-a", PLAN_RUN, "has not run yet");
}

static void plan_obstacle_is_a_critical_one(void **state)
{
    struct fixture *f = *state;

    script(f, "step-010-a",
           "# Critical: no\n# Prerequisites: env STEPDECK_TEST_UNSET\n");
    script(f, "step-020-b", NULL);
    fixture_plan(f, NULL);
    expect(f, "step-010-a", PLAN_BLOCKED, "not set");
    expect(f, "step-020-b", PLAN_RUN, "has not run yet");
    assert_null(plan_first_obstacle(&f->plan));
}

static void plan_teardown_does_not_need_the_deployment(void **state)
{
    struct fixture *f = *state;
    struct plan_request request = { .range = RANGE_TEARDOWN };

    script(f, "step-010-a", NULL);
    script(f, "step-998-clean", NULL);
    script(f, "step-999-destroy", NULL);
    fixture_plan(f, &request);
    expect(f, "step-998-clean", PLAN_RUN, "has not run yet");
    expect(f, "step-999-destroy", PLAN_RUN, "has not run yet");
}

/* ---- staleness -------------------------------------------------------- */

static void plan_runs_a_stale_step_again_and_says_why(void **state)
{
    struct fixture *f = *state;

    script(f, "step-010-a", NULL);
    complete(f, "step-010-a");
    fixture_plan(f, NULL);
    expect(f, "step-010-a", PLAN_SKIP, "already completed");
    script(f, "step-010-a", "# changed\n");
    fixture_plan(f, NULL);
    expect(f, "step-010-a", PLAN_RUN, "the script changed");
    assert_int_equal(fixture_item(f, "step-010-a")->before, STATUS_STALE);
}

static void
plan_marks_dependants_of_a_stale_step_stale_only_by_name(void **state)
{
    struct fixture *f = *state;

    script(f, "step-010-a", NULL);
    script(f, "step-020-b", NULL);
    script(f, "step-030-c", "# Prerequisites: step-010-a\n");
    script(f, "step-040-d", "# Prerequisites: step-030-c\n");
    complete(f, "step-010-a");
    complete(f, "step-020-b");
    complete(f, "step-030-c");
    complete(f, "step-040-d");
    script(f, "step-010-a", "# changed\n");
    fixture_plan(f, NULL);
    expect(f, "step-010-a", PLAN_RUN, "the script changed");
    expect(f, "step-020-b", PLAN_SKIP, "already completed");
    expect(f, "step-030-c", PLAN_RUN, "step-010-a, which it needs, is stale");
    expect(f, "step-040-d", PLAN_RUN, "step-030-c, which it needs, is stale");
}

/* The run that changed it may have ended before the dependant's turn. */
static void
plan_remembers_that_what_a_step_is_built_on_has_changed(void **state)
{
    struct fixture *f = *state;

    script(f, "step-010-a", NULL);
    script(f, "step-020-b", "# Prerequisites: step-010-a\n");
    complete(f, "step-010-a");
    complete(f, "step-020-b");
    script(f, "step-010-a", "# changed\n");
    complete(f, "step-010-a");
    fixture_plan(f, NULL);
    expect(f, "step-010-a", PLAN_SKIP, "already completed");
    expect(f, "step-020-b", PLAN_RUN, "step-010-a, which it needs, changed");
}

static void plan_counts_a_status_without_fingerprint_as_completed(void **state)
{
    struct fixture *f = *state;

    script(f, "step-010-a", NULL);
    complete(f, "step-010-a");
    fixture_append(f, STATE_DIR "/checkpoints.log",
                   "2026-11-21T18:00:00Z step-010-a completed\n");
    script(f, "step-010-a", "# changed\n");
    state_free(f->state);
    f->state = NULL;
    fixture_plan(f, NULL);
    expect(f, "step-010-a", PLAN_SKIP, "already completed");
}

static void plan_warns_of_states_that_cannot_be_read(void **state)
{
    struct fixture *f = *state;

    script(f, "step-010-a", NULL);
    script(f, "step-020-b", NULL);
    fixture_write(f, STATE_DIR "/step-010-a.status", "done\n");
    fixture_write(f, STATE_DIR "/step-020-b.status", "completed\n");
    fixture_write(f, STATE_DIR "/step-020-b.json", "{");
    fixture_plan(f, NULL);
    expect(f, "step-010-a", PLAN_RUN, "has not run yet");
    expect(f, "step-020-b", PLAN_SKIP, "already completed");
    assert_int_equal(f->plan.warnings.count, 2);
    fixture_expect_part(f->plan.warnings.items[0], "'done'");
    fixture_expect_part(f->plan.warnings.items[1], "step-020-b.json");
}

/* ---- faults ----------------------------------------------------------- */

static void plan_refuses_a_circle_and_shows_it(void **state)
{
    struct fixture *f = *state;
    struct plan_request request = { .range = RANGE_DEPLOY };
    char *circle;

    script(f, "step-010-a", "# Prerequisites: step-030-c\n");
    script(f, "step-020-b", "# Prerequisites: step-010-a\n");
    script(f, "step-030-c", "# Prerequisites: step-020-b\n");
    expect_refusal(f, &request,
                   "step-010-a -> step-030-c -> step-020-b -> step-010-a",
                   "remove one of them");
    script(f, "step-010-a", "# Prerequisites: step-010-a\n");
    expect_refusal(f, &request, "step-010-a -> step-010-a", "remove");
    script(f, "step-010-a", NULL);
    fixture_project(f);
    circle = circle_find(&f->project);
    assert_null(circle);
}

static void plan_refuses_a_script_that_cannot_be_run(void **state)
{
    struct fixture *f = *state;
    struct plan_request request = { .range = RANGE_DEPLOY };

    fixture_write(f, "step-010-a.sh", "echo\n");
    expect_refusal(f, &request, "step-010-a.sh:1", "#!/bin/bash");
    set_status(f, "step-010-a", STATUS_COMPLETED);
    fixture_plan(f, NULL);
    expect(f, "step-010-a", PLAN_SKIP, "already completed");
}

static void plan_changes_nothing_on_the_disk(void **state)
{
    struct fixture *f = *state;
    struct plan_request request = { .range = RANGE_DEPLOY };
    struct state *read = state_open(f->dir, NULL, STATE_READ, NULL);
    struct error err = { 0 };
    struct plan plan = { 0 };

    fill(f);
    fixture_project(f);
    assert_true(plan_make(&plan, &f->project, read, &request, &err));
    assert_int_equal(plan.run_count, 3);
    assert_false(fixture_has(f, STATE_DIR));
    plan_release(&plan);
    state_free(read);
}

static void plan_json_tells_what_and_why(void **state)
{
    struct fixture *f = *state;
    json_t *json;
    const json_t *entry;

    script(f, "step-010-a", "# Acme - Create it\n# Parallel: net\n");
    script(f, "step-020-b",
           "# Critical: no\n# Prerequisites: env STEPDECK_TEST_UNSET\n");
    fixture_plan(f, NULL);
    json = plan_json(&f->plan);
    assert_int_equal(json_array_size(json), 2);
    entry = json_array_get(json, 0);
    assert_string_equal(jsonx_text(entry, "step", ""), "step-010-a");
    assert_int_equal(jsonx_int(entry, "number", 0), 10);
    assert_string_equal(jsonx_text(entry, "title", ""), "Create it");
    assert_string_equal(jsonx_text(entry, "action", ""), "run");
    assert_string_equal(jsonx_text(entry, "parallel", ""), "net");
    assert_true(jsonx_bool(entry, "critical"));
    entry = json_array_get(json, 1);
    assert_string_equal(jsonx_text(entry, "action", ""), "blocked");
    assert_string_equal(jsonx_text(entry, "status", ""), "pending");
    fixture_expect_part(jsonx_text(entry, "suggestion", ""), ".env");
    assert_false(jsonx_bool(entry, "critical"));
    json_decref(json);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(plan_of_an_empty_project_is_empty),
        FIXTURE_TEST(plan_runs_what_is_not_completed_and_says_why),
        FIXTURE_TEST(plan_keeps_setup_deployment_and_teardown_apart),
        FIXTURE_TEST(plan_runs_what_may_roll_back_every_time),
        FIXTURE_TEST(plan_runs_an_always_step_every_time),
        FIXTURE_TEST(plan_runs_the_preflight_every_time_even_completed_by_hand),
        FIXTURE_TEST(plan_counts_a_preflight_skipped_by_option_as_met),
        FIXTURE_TEST(plan_from_and_until_bound_the_selection),
        FIXTURE_TEST(plan_from_does_not_force_a_completed_step),
        FIXTURE_TEST(plan_only_forces_a_completed_step_to_run_again),
        FIXTURE_TEST(plan_forced_runs_completed_steps_again),
        FIXTURE_TEST(plan_selection_does_not_lift_prerequisites),
        FIXTURE_TEST(plan_skip_counts_as_met),
        FIXTURE_TEST(plan_fresh_start_counts_every_step_as_pending),
        FIXTURE_TEST(plan_refuses_a_step_that_does_not_exist),
        FIXTURE_TEST(plan_refuses_a_selection_that_ends_before_it_begins),
        FIXTURE_TEST(plan_needs_all_earlier_critical_steps_by_default),
        FIXTURE_TEST(plan_prerequisites_none_switches_the_default_off),
        FIXTURE_TEST(plan_parallel_neighbours_do_not_need_each_other),
        FIXTURE_TEST(plan_steps_without_a_group_are_no_group),
        FIXTURE_TEST(plan_blocks_a_step_whose_env_is_not_set),
        FIXTURE_TEST(
            plan_blocks_the_first_step_whose_command_or_file_is_missing),
        FIXTURE_TEST(plan_only_remarks_on_what_earlier_steps_may_still_bring),
        FIXTURE_TEST(plan_blocks_a_step_that_names_one_which_does_not_exist),
        FIXTURE_TEST(plan_blocks_dependants_of_a_blocked_step_with_the_reason),
        FIXTURE_TEST(plan_says_that_a_needed_step_comes_later),
        FIXTURE_TEST(plan_obstacle_is_a_critical_one),
        FIXTURE_TEST(plan_teardown_does_not_need_the_deployment),
        FIXTURE_TEST(plan_runs_a_stale_step_again_and_says_why),
        FIXTURE_TEST(plan_marks_dependants_of_a_stale_step_stale_only_by_name),
        FIXTURE_TEST(plan_remembers_that_what_a_step_is_built_on_has_changed),
        FIXTURE_TEST(plan_counts_a_status_without_fingerprint_as_completed),
        FIXTURE_TEST(plan_warns_of_states_that_cannot_be_read),
        FIXTURE_TEST(plan_refuses_a_circle_and_shows_it),
        FIXTURE_TEST(plan_refuses_a_script_that_cannot_be_run),
        FIXTURE_TEST(plan_changes_nothing_on_the_disk),
        FIXTURE_TEST(plan_json_tells_what_and_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
