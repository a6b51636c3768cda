/* What a run leaves behind: hooks told, secrets kept, the disk that refuses,
 * the lock that is broken. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_run.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "core/runs.h"
#include "core/worker.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define SECRET "hunter2hunter2"

static void go(struct fixture *f, int exit_status, const char *trace)
{
    struct fixture_run *run = fixture_run_new(f);

    fixture_run_expect(run, exit_status, trace);
    fixture_run_free(run);
}

/* ---- hooks ------------------------------------------------------------ */

static void with_hooks(struct fixture *f)
{
    static const char *const names[] = { "pre-run", "pre-step", "post-step",
                                         "post-run" };

    for (size_t i = 0; i < COUNT(names); i++) {
        char *name = mem_format("hooks/%s", names[i]);
        char *body = mem_format(
            "echo \"%s,$SCRIPT_NAME,$STEPDECK_EXIT_STATUS\" >> told", names[i]);

        fixture_script(f, name, NULL, body);
        free(name);
        free(body);
    }
}

static void engine_hooks_stand_around_run_and_steps(void **state)
{
    struct fixture *f = *state;

    unsetenv("SCRIPT_NAME");
    with_hooks(f);
    fixture_script(f, "step-010-a.sh", NULL, "echo a >> told");
    fixture_script(f, "step-020-b.sh", NULL, "exit 7");
    go(f, EXIT_STATUS_STEP_FAILED, "+a a=completed +b !b b=failed");
    fixture_expect(f, "told",
                   "pre-run,,\npre-step,step-010-a,\na\n"
                   "post-step,step-010-a,0\npre-step,step-020-b,\n"
                   "post-step,step-020-b,7\npost-run,,3\n");
}

static void engine_hooks_get_the_environment_of_the_steps(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);
    char *expected;

    fixture_write(f, ".env", "MINE=own\n");
    fixture_script(f, "hooks/pre-run", NULL,
                   "echo out; { pwd -P; echo $DEPLOYMENT_STATE_DIR;"
                   "echo $STEPDECK_RUN_ID; echo $MINE; } > seen");
    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    fixture_run_expect(run, EXIT_STATUS_DONE, "+a a=completed");
    expected =
        mem_format("%s\n%s/%s\n%s\nown\n", f->dir, f->dir, STATE_DIR, run->id);
    fixture_expect(f, "seen", expected);
    fixture_expect(f, STATE_DIR "/pre-run.log", "out\n");
    free(expected);
    fixture_run_free(run);
}

static void engine_failing_pre_run_hook_stops_the_run(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    fixture_script(f, "hooks/pre-run", NULL, "exit 9");
    fixture_script(f, "step-010-a.sh", NULL, "touch ran");
    fixture_run_expect(run, EXIT_STATUS_STEP_FAILED, "!");
    assert_false(fixture_has(f, "ran"));
    fixture_expect_part(run->model.errors.items[0].message,
                        "hook 'pre-run' failed with exit status 9");
    fixture_expect_part(run->model.errors.items[0].suggestion,
                        "mend hooks/pre-run");
    fixture_run_free(run);
}

static void engine_failing_pre_step_hook_fails_the_step(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    fixture_script(f, "hooks/pre-step", NULL, "[ $SCRIPT_NAME != step-020-b ]");
    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    fixture_script(f, "step-020-b.sh", "# Attempts: 3\n", "touch ran");
    fixture_run_expect(run, EXIT_STATUS_STEP_FAILED,
                       "+a a=completed +b !b b=failed");
    assert_false(fixture_has(f, "ran"));
    fixture_expect_part(run->model.errors.items[0].message, "'pre-step'");
    fixture_expect(f, STATE_DIR "/step-020-b.status", "failed\n");
    fixture_run_free(run);
}

static void engine_failing_post_hooks_are_warnings(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "hooks/post-step", NULL, "exit 1");
    fixture_script(f, "hooks/post-run", NULL, "exit 1");
    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    go(f, EXIT_STATUS_DONE, "+a w:a a=completed w:");
}

static void engine_hook_that_is_not_executable_is_none(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "hooks/pre-run", "#!/bin/sh\nexit 1\n");
    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    go(f, EXIT_STATUS_DONE, "+a a=completed");
}

static void engine_post_step_hook_sees_no_success_of_a_failed_step(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "hooks/post-step", NULL,
                   "[ $STEPDECK_EXIT_STATUS -ne 0 ] && touch seen; exit 0");
    fixture_script(f, "step-010-a.sh", "# Outputs: out/missing\n", "exit 0");
    go(f, EXIT_STATUS_STEP_FAILED, "+a !a a=failed");
    assert_true(fixture_has(f, "seen"));
}

/* ---- secrets ---------------------------------------------------------- */

static void tell_secret(struct step_context *context,
                        struct step_outcome *outcome)
{
    struct event *event = event_new(EVENT_CLOUD_PHASE);

    context_log(context, "the token is %s", SECRET);
    event_set_text(event, "message", "phase " SECRET);
    context_emit(context, event);
    context_progress(context, 100, "progress " SECRET);
    outcome->status = STATUS_FAILED;
    outcome->exit_status = -1;
    outcome->message = mem_text("refused " SECRET);
    outcome->suggestion = mem_text("try without " SECRET);
}

static const struct target_step moon_steps[] = { { .number = 20,
                                                   .id = "020-tell",
                                                   .title = "Tell",
                                                   .critical = true,
                                                   .run = tell_secret } };

static const struct target_ops moon = { .name = "moon",
                                        .steps = moon_steps,
                                        .step_count = COUNT(moon_steps) };

static void with_secret(struct fixture *f)
{
    target_register(&moon);
    strvec_add(&f->options, "DEPLOY_TARGET=moon");
    fixture_write(f, ".env", "API_TOKEN=" SECRET "\n");
}

static void expect_no_secret(struct fixture *f, const char *name)
{
    const char *text = fixture_read(f, name);

    assert_non_null(text);
    if (strstr(text, SECRET))
        fail_msg("%s holds the secret: %s", name, text);
}

static void engine_masks_secrets_in_every_event(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    with_secret(f);
    fixture_run_expect(run, EXIT_STATUS_STEP_FAILED, "+tell !tell tell=failed");
    for (size_t i = 0; i < run->count; i++) {
        char *line = jsonx_line(event_json(run->events[i]));

        assert_null(strstr(line, SECRET));
        free(line);
    }
    assert_string_equal(run->model.errors.items[0].message, "refused ***");
    assert_string_equal(run->model.errors.items[0].suggestion,
                        "try without ***");
    fixture_run_free(run);
}

static void engine_masks_secrets_in_the_log_of_a_step(void **state)
{
    struct fixture *f = *state;

    with_secret(f);
    fixture_script(f, "step-010-a.sh", NULL,
                   "printf 'is hunter2'; sleep 0.05; echo hunter2;"
                   "printf hunt");
    go(f, EXIT_STATUS_STEP_FAILED, "+a a=completed +tell !tell tell=failed");
    fixture_expect(f, STATE_DIR "/step-010-a.log", "is ***\nhunt");
    fixture_expect(f, STATE_DIR "/step-020-tell.log", "the token is ***\n");
}

static void engine_masks_secrets_in_the_logs_of_the_state(void **state)
{
    struct fixture *f = *state;

    with_secret(f);
    go(f, EXIT_STATUS_STEP_FAILED, "+tell !tell tell=failed");
    expect_no_secret(f, STATE_DIR "/deployment.log");
    expect_no_secret(f, STATE_DIR "/errors.log");
}

static void engine_masks_what_secret_keys_names(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, ".env", "CODE=" SECRET "\nSECRET_KEYS=CODE\n");
    fixture_script(f, "step-010-a.sh", NULL, "echo code $CODE");
    go(f, EXIT_STATUS_DONE, "+a a=completed");
    fixture_expect(f, STATE_DIR "/step-010-a.log", "code ***\n");
}

static void engine_masks_secrets_of_the_process_environment(void **state)
{
    struct fixture *f = *state;

    setenv("STEPDECK_TEST_PASSWORD", SECRET, 1);
    fixture_script(f, "step-010-a.sh", NULL, "echo $STEPDECK_TEST_PASSWORD");
    go(f, EXIT_STATUS_DONE, "+a a=completed");
    unsetenv("STEPDECK_TEST_PASSWORD");
    fixture_expect(f, STATE_DIR "/step-010-a.log", "***\n");
}

/* ---- the disk refuses ------------------------------------------------- */

static void engine_without_a_state_folder_is_done_all_the_same(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);
    struct error warning = { 0 };

    fixture_write(f, STATE_DIR, "a file");
    f->state = state_open(f->dir, NULL, STATE_WRITE, &warning);
    assert_true(error_is_set(&warning));
    fixture_script(f, "step-010-a.sh", NULL, "echo out");
    fixture_script(f, "step-020-b.sh", NULL, "exit 0");
    fixture_run_expect(run, EXIT_STATUS_DONE, "+a a=completed +b b=completed");
    fixture_run_free(run);
}

static void engine_in_memory_only_is_done_with_a_warning(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    fixture_write(f, STATE_DIR, "a file");
    setenv("TMPDIR", "/nonexistent", 1);
    f->state = state_open(f->dir, NULL, STATE_WRITE, NULL);
    unsetenv("TMPDIR");
    assert_int_equal(state_fd(f->state), -1);
    fixture_script(f, "step-010-a.sh", NULL, "echo out");
    fixture_script(f, "step-020-b.sh", NULL, "exit 0");
    fixture_run_go(run);
    assert_int_equal(run->exit_status, EXIT_STATUS_DONE);
    assert_int_equal(run_model_count(&run->model, STATUS_COMPLETED), 2);
    assert_true(run->model.warnings.count > 0);
    fixture_run_free(run);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void fill_disk(struct fixture_run *run, struct engine *engine,
                      const struct event *event)
{
    (void)run;
    (void)engine;
    if (event_type(event) == EVENT_RUN_START)
        limit_files(0);
}

static void engine_with_a_full_disk_is_done_with_one_warning(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    fixture_script(f, "step-020-b.sh", NULL, "exit 0");
    fixture_plan(f, NULL);
    run->is_unwritable = true;
    limit_files(0);
    fixture_run_go(run);
    limit_files(RLIM_INFINITY);
    assert_int_equal(run->exit_status, EXIT_STATUS_DONE);
    assert_int_equal(run_model_count(&run->model, STATUS_COMPLETED), 2);
    assert_int_equal(run->model.warnings.count, 1);
    fixture_expect_part(run->model.warnings.items[0].suggestion,
                        "the deployment goes on");
    fixture_run_free(run);
}

static void engine_whose_disk_fills_meanwhile_goes_on(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    fixture_script(f, "step-010-a.sh", NULL, "echo out");
    fixture_script(f, "step-020-b.sh", NULL, "exit 0");
    run->is_unwritable = true;
    run->on_event = fill_disk;
    fixture_run_go(run);
    limit_files(RLIM_INFINITY);
    assert_int_equal(run->exit_status, EXIT_STATUS_DONE);
    assert_int_equal(run_model_count(&run->model, STATUS_COMPLETED), 2);
    fixture_run_free(run);
}

/* ---- the lock --------------------------------------------------------- */

static struct lock *take_lock(struct fixture *f)
{
    struct error warning = { 0 }, err = { 0 };
    struct lock *lock = lock_acquire(state_fd(fixture_state(f)), 0, NULL,
                                     clock_system(), &warning, &err);

    assert_non_null(lock);
    return lock;
}

static void engine_stops_with_five_when_somebody_breaks_its_lock(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);

    run->request.lock = take_lock(f);
    fixture_script(f, "step-010-a.sh", NULL, "rm .deployment-state/lock");
    fixture_script(f, "step-020-b.sh", NULL, "touch ran");
    fixture_run_expect(run, EXIT_STATUS_LOCKED, "+a a=completed !");
    assert_false(fixture_has(f, "ran"));
    fixture_expect_part(run->model.errors.items[0].message, "broke");
    fixture_expect_part(run->model.errors.items[0].suggestion,
                        "stepdeck lock status");
    lock_release(run->request.lock);
    fixture_run_free(run);
}

static void engine_says_in_the_lock_which_step_runs(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);
    json_t *holder;
    struct error err = { 0 };

    run->request.lock = take_lock(f);
    fixture_script(f, "step-010-a.sh", NULL, "cat .deployment-state/lock > l");
    fixture_run_expect(run, EXIT_STATUS_DONE, "+a a=completed");
    holder = jsonx_parse_object(fixture_read(f, "l"),
                                strlen(fixture_read(f, "l")), &err);
    assert_string_equal(jsonx_text(holder, "step", ""), "step-010-a");
    assert_string_equal(jsonx_text(holder, "run", ""), run->id);
    json_decref(holder);
    lock_release(run->request.lock);
    fixture_run_free(run);
}

/* ---- what is told ----------------------------------------------------- */

static void engine_begins_with_all_that_the_run_is_made_of(void **state)
{
    struct fixture *f = *state;
    struct fixture_run *run = fixture_run_new(f);
    const struct event *start;

    fixture_write(f, ".env", "API_TOKEN=abc\n");
    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    fixture_run_expect(run, EXIT_STATUS_DONE, "w: +a a=completed");
    start = run->events[0];
    assert_string_equal(event_text(start, "command"), "deploy");
    assert_string_equal(event_text(start, "project"), "acme");
    assert_string_equal(event_text(start, "environment"), "dev");
    assert_string_equal(event_text(start, "target"), "none");
    assert_int_equal(event_int(start, "pid", 0), getpid());
    assert_int_equal(json_array_size(event_get(start, "plan")), 1);
    assert_string_equal(
        jsonx_text(
            json_object_get(event_get(start, "configuration"), "API_TOKEN"),
            "value", ""),
        "***");
    fixture_run_free(run);
}

static void engine_passes_the_warnings_of_the_plan_on(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    fixture_write(f, STATE_DIR "/step-010-a.status", "done\n");
    go(f, EXIT_STATUS_DONE, "w: +a a=completed");
    fixture_expect_part(fixture_read(f, STATE_DIR "/warnings.log"), "'done'");
}

static void engine_tells_of_a_process_that_a_step_left_behind(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "step-010-a.sh", NULL, "sleep 1000 & echo $! > pid");
    go(f, EXIT_STATUS_DONE, "+a w:a a=completed");
    assert_true(runs_is_alive(f->state, "step-010-a"));
    kill((pid_t)atol(fixture_read(f, "pid")), SIGKILL);
}

static void engine_statuses_of_errors_are_those_of_the_design(void **state)
{
    static const struct {
        enum error_code code;
        int status;
    } cases[] = {
        { ERROR_INTERNAL, EXIT_STATUS_INTERNAL },
        { ERROR_INPUT, EXIT_STATUS_INPUT },
        { ERROR_IO, EXIT_STATUS_INTERNAL },
        { ERROR_NOT_FOUND, EXIT_STATUS_INPUT },
        { ERROR_BLOCKED, EXIT_STATUS_BLOCKED },
        { ERROR_LOCKED, EXIT_STATUS_LOCKED },
        { ERROR_CANCELLED, EXIT_STATUS_CANCELLED },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { .code = cases[i].code };

        assert_int_equal(engine_exit_status(&err), cases[i].status);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(engine_hooks_stand_around_run_and_steps),
        FIXTURE_TEST(engine_hooks_get_the_environment_of_the_steps),
        FIXTURE_TEST(engine_failing_pre_run_hook_stops_the_run),
        FIXTURE_TEST(engine_failing_pre_step_hook_fails_the_step),
        FIXTURE_TEST(engine_failing_post_hooks_are_warnings),
        FIXTURE_TEST(engine_hook_that_is_not_executable_is_none),
        FIXTURE_TEST(engine_post_step_hook_sees_no_success_of_a_failed_step),
        FIXTURE_TEST(engine_masks_secrets_in_every_event),
        FIXTURE_TEST(engine_masks_secrets_in_the_log_of_a_step),
        FIXTURE_TEST(engine_masks_secrets_in_the_logs_of_the_state),
        FIXTURE_TEST(engine_masks_what_secret_keys_names),
        FIXTURE_TEST(engine_masks_secrets_of_the_process_environment),
        FIXTURE_TEST(engine_without_a_state_folder_is_done_all_the_same),
        FIXTURE_TEST(engine_in_memory_only_is_done_with_a_warning),
        FIXTURE_TEST(engine_with_a_full_disk_is_done_with_one_warning),
        FIXTURE_TEST(engine_whose_disk_fills_meanwhile_goes_on),
        FIXTURE_TEST(engine_stops_with_five_when_somebody_breaks_its_lock),
        FIXTURE_TEST(engine_says_in_the_lock_which_step_runs),
        FIXTURE_TEST(engine_begins_with_all_that_the_run_is_made_of),
        FIXTURE_TEST(engine_passes_the_warnings_of_the_plan_on),
        FIXTURE_TEST(engine_tells_of_a_process_that_a_step_left_behind),
        FIXTURE_TEST(engine_statuses_of_errors_are_those_of_the_design),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
