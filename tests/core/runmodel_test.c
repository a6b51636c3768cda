#include "core/runmodel.h"

#include "core/journal.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#define ENVELOPE(seconds, type)                                                \
    "{\"v\":1,\"time\":\"2026-11-21T17:00:" seconds ".000Z\",\"run\":\"R\","   \
    "\"type\":\"" type "\","

#define START                                                                  \
    ENVELOPE("00", "run.start")                                                \
    "\"command\":\"deploy\",\"project\":\"acme\",\"environment\":\"dev\","     \
    "\"target\":\"none\",\"pid\":42,\"git\":{\"commit\":\"abcdef\","           \
    "\"branch\":\"main\"},\"plan\":["                                          \
    "{\"step\":\"step-010-a\",\"number\":10,\"title\":\"A\","                  \
    "\"action\":\"skip\",\"status\":\"completed\",\"critical\":true},"         \
    "{\"step\":\"step-020-b\",\"number\":20,\"title\":\"B\","                  \
    "\"action\":\"run\",\"reason\":\"has not run yet\",\"critical\":false},"   \
    "{\"step\":\"step-030-c\",\"number\":30,\"title\":\"C\","                  \
    "\"action\":\"run\",\"reason\":\"has not run yet\"}]}\n"

static bool apply(void *context, const struct event *event)
{
    run_model_apply(context, event);
    return true;
}

static struct run_model folded(const char *journal)
{
    struct run_model model = { 0 };

    journal_read_bytes(journal, strlen(journal), apply, &model, NULL);
    return model;
}

static void runmodel_takes_the_plan_from_the_start(void **unused)
{
    struct run_model model = folded(START);

    (void)unused;
    assert_string_equal(model.command, "deploy");
    assert_string_equal(model.branch, "main");
    assert_int_equal(model.pid, 42);
    assert_int_equal(model.step_count, 3);
    assert_int_equal(run_model_planned(&model), 2);
    assert_false(model.steps[0].will_run);
    assert_false(model.steps[1].critical);
    assert_true(model.steps[2].critical);
    assert_int_equal(run_model_position(&model, &model.steps[2]), 2);
    assert_int_equal(run_model_count(&model, STATUS_PENDING), 2);
    assert_int_equal(model.steps[0].status, STATUS_SKIPPED);
    assert_true(model.steps[0].was_completed);
    assert_null(run_model_step(&model, "step-040-d"));
    assert_null(run_model_step(&model, NULL));
    run_model_release(&model);
}

static void runmodel_tells_how_a_step_stood_before(void **unused)
{
    static const char text[] =
        "{\"plan\":["
        "{\"step\":\"step-010-a\",\"action\":\"skip\","
        "\"status\":\"completed\"},"
        "{\"step\":\"step-020-b\",\"action\":\"run\","
        "\"status\":\"failed\",\"parallel\":\"pair\"},"
        "{\"step\":\"step-030-c\",\"action\":\"run\","
        "\"status\":\"stale\",\"reason\":\"it changed\"},"
        "{\"step\":\"step-040-d\",\"action\":\"blocked\","
        "\"status\":\"melted\"},"
        "{\"step\":\"step-050-e\",\"action\":\"run\"}]}";
    json_t *json = json_loads(text, 0, NULL);
    struct run_model model = { 0 };

    (void)unused;
    run_model_apply_plan(&model, json_object_get(json, "plan"));
    assert_int_equal(model.step_count, 5);
    assert_int_equal(model.steps[0].before, STATUS_COMPLETED);
    assert_int_equal(model.steps[0].status, STATUS_SKIPPED);
    assert_true(model.steps[0].was_completed);
    assert_int_equal(model.steps[1].before, STATUS_FAILED);
    assert_int_equal(model.steps[1].status, STATUS_PENDING);
    assert_string_equal(model.steps[1].group, "pair");
    assert_int_equal(model.steps[2].before, STATUS_STALE);
    assert_string_equal(model.steps[2].message, "it changed");
    assert_null(model.steps[2].group);
    assert_int_equal(model.steps[3].before, STATUS_PENDING);
    assert_true(model.steps[3].is_blocked);
    assert_false(model.steps[3].will_run);
    assert_int_equal(model.steps[4].before, STATUS_PENDING);
    assert_false(model.steps[4].is_blocked);
    assert_int_equal(run_model_planned(&model), 3);
    assert_false(model.has_ended);
    run_model_release(&model);
    run_model_apply_plan(&model, json);
    run_model_apply_plan(&model, NULL);
    assert_int_equal(model.step_count, 0);
    run_model_release(&model);
    json_decref(json);
}

static void runmodel_follows_a_step_to_its_end(void **unused)
{
    struct run_model model = folded(
        START
            ENVELOPE("01", "step.start") "\"step\":\"step-020-b\"}\n" ENVELOPE("02", "step.retry") "\"step\":\"step-020-b\",\"attempt\":1,\"message\":\"exited\"}\n" ENVELOPE(
                "03",
                "diagnosis") "\"step\":\"step-020-b\",\"id\":\"x\",\"cause\":"
                             "\"the net\","
                             "\"suggestion\":\"wait\"}\n" ENVELOPE(
                                 "04",
                                 "step.end") "\"step\":\"step-020-b\","
                                             "\"status\":\"failed\","
                                             "\"attempt\":2,"
                                             "\"duration_ms\":3000,\"exit_"
                                             "status\":7,\"message\":\"exited "
                                             "with "
                                             "7\"}\n" ENVELOPE(
                                                 "04",
                                                 "error") "\"step\":\"step-020-"
                                                          "b\",\"message\":"
                                                          "\"exited with "
                                                          "7\"}\n" ENVELOPE(
                                                              "0"
                                                              "5",
                                                              "ru"
                                                              "n."
                                                              "en"
                                                              "d") "\"exit_"
                                                                   "status\":3,"
                                                                   "\"summary\""
                                                                   ":{"
                                                                   "\"elapsed_"
                                                                   "ms\":5000}}"
                                                                   "\n");
    const struct run_step *step = run_model_step(&model, "step-020-b");

    (void)unused;
    assert_int_equal(step->status, STATUS_FAILED);
    assert_int_equal(step->attempts, 2);
    assert_int_equal(step->duration_ms, 3000);
    assert_int_equal(step->exit_status, 7);
    assert_string_equal(step->message, "exited with 7");
    assert_string_equal(step->cause, "the net");
    assert_string_equal(step->suggestion, "wait");
    assert_true(model.has_ended);
    assert_int_equal(model.exit_status, 3);
    assert_int_equal(model.last_ms - model.start_ms, 5000);
    assert_int_equal(model.errors.count, 1);
    assert_string_equal(model.errors.items[0].step, "step-020-b");
    assert_non_null(model.summary);
    run_model_release(&model);
}

static void runmodel_adds_a_step_that_no_plan_names(void **unused)
{
    struct run_model model = folded(
        ENVELOPE("01", "step.start") "\"step\":\"step-005-z\"}\n" ENVELOPE(
            "02",
            "step.start") "\"step\":\"step-001-y\"}\n" ENVELOPE("03",
                                                                "step.end") "\""
                                                                            "st"
                                                                            "ep"
                                                                            "\""
                                                                            ":"
                                                                            "\""
                                                                            "st"
                                                                            "ep"
                                                                            "-0"
                                                                            "05"
                                                                            "-z"
                                                                            "\""
                                                                            ","
                                                                            "\""
                                                                            "st"
                                                                            "at"
                                                                            "us"
                                                                            "\""
                                                                            ":"
                                                                            "\""
                                                                            "co"
                                                                            "mp"
                                                                            "le"
                                                                            "te"
                                                                            "d"
                                                                            "\""
                                                                            "}"
                                                                            "\n");

    (void)unused;
    assert_int_equal(model.step_count, 2);
    assert_int_equal(run_model_step(&model, "step-005-z")->status,
                     STATUS_COMPLETED);
    assert_int_equal(run_model_step(&model, "step-001-y")->status,
                     STATUS_IN_PROGRESS);
    assert_false(model.has_ended);
    run_model_release(&model);
}

static void runmodel_passes_over_what_it_does_not_know(void **unused)
{
    struct run_model model = folded(
        START ENVELOPE("01", "step.teleport") "\"to\":\"mars\"}\n" ENVELOPE(
            "02",
            "step.end") "\"step\":\"step-030-c\",\"status\":\"sublimated\"}"
                        "\n" ENVELOPE(
                            "03",
                            "step.end") "\"step\":[1],\"status\":7}"
                                        "\n" ENVELOPE(
                                            "04",
                                            "run.start") "\"plan\":[7,{"
                                                         "\"step\":9},\"x\"]}\n"
                                                         "{"
                                                         "\"v\":9,\"type\":"
                                                         "\"warning\",\"time\":"
                                                         "\"never\",\"run\":"
                                                         "\"R\"}\n");

    (void)unused;
    assert_int_equal(model.step_count, 3);
    assert_int_equal(run_model_step(&model, "step-030-c")->status,
                     STATUS_PENDING);
    assert_int_equal(model.version_of_events, 9);
    assert_int_equal(model.warnings.count, 1);
    assert_string_equal(model.warnings.items[0].message, "");
    assert_int_equal(model.last_ms - model.start_ms, 4000);
    run_model_release(&model);
}

/* clang-format off */
static const char waiting[] =
    ENVELOPE("00", "run.start") "\"plan\":[{\"step\":\"step-035-wait\","
        "\"number\":35,\"action\":\"run\",\"rolls_back\":true}]}\n"
    ENVELOPE("01", "step.start") "\"step\":\"step-035-wait\"}\n"
    ENVELOPE("02", "step.progress") "\"step\":\"step-035-wait\","
        "\"percent\":0,\"message\":\"usually takes 6m\"}\n"
    ENVELOPE("03", "cloud.operation") "\"step\":\"step-035-wait\","
        "\"kind\":\"UPDATE_SERVICE\",\"state\":\"IN_PROGRESS\"}\n";
static const char again[] =
    ENVELOPE("04", "step.start") "\"step\":\"step-035-wait\"}\n";
/* clang-format on */

static void runmodel_knows_what_the_cloud_does_for_a_step(void **unused)
{
    struct run_model model = folded(waiting);
    const struct run_step *step = run_model_step(&model, "step-035-wait");

    (void)unused;
    assert_true(step->rolls_back);
    assert_string_equal(step->operation, "UPDATE_SERVICE");
    assert_string_equal(step->operation_state, "IN_PROGRESS");
    assert_string_equal(step->note, "usually takes 6m");
    /* A step that begins again has begun nothing yet. */
    journal_read_bytes(again, strlen(again), apply, &model, NULL);
    step = run_model_step(&model, "step-035-wait");
    assert_null(step->operation);
    assert_null(step->operation_state);
    assert_null(step->note);
    assert_true(step->rolls_back);
    run_model_release(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runmodel_takes_the_plan_from_the_start),
        cmocka_unit_test(runmodel_tells_how_a_step_stood_before),
        cmocka_unit_test(runmodel_follows_a_step_to_its_end),
        cmocka_unit_test(runmodel_adds_a_step_that_no_plan_names),
        cmocka_unit_test(runmodel_knows_what_the_cloud_does_for_a_step),
        cmocka_unit_test(runmodel_passes_over_what_it_does_not_know),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
