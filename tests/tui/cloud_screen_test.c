/* What the console shows of a deployment to a cloud: journals of real runs
 * (against the emulator, shortened) are replayed as far as a line. */
#include "fixture_screen.h"

#include "base/fileio.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <fcntl.h>

#define EVENT "{\"v\":1,\"time\":\"2026-11-21T16:59:"
#define OF_STEP ",\"step\":\"step-025-push-image\"}\n"

static const struct console_request nothing = { 0 };

/* ---- the fixture ------------------------------------------------------ */

static char *journal(const char *name)
{
    char *path = mem_format(SOURCE_DIR "/tests/tui/journals/%s.ndjson", name);
    struct strbuf text = { 0 };

    assert_true(fileio_read(AT_FDCWD, path, 1 << 20, &text, NULL));
    strbuf_addc(&text, '\0');
    free(path);
    return strbuf_take(&text);
}

/* Gives the time of the last one. */
static int64_t feed(struct model *model, const char *lines, const char *last)
{
    int64_t time_ms = 0;

    while (*lines) {
        size_t size = strcspn(lines, "\n");
        struct event *event = event_parse(lines, size, NULL);
        char *line = mem_bytes(lines, size);
        bool is_last = last && strstr(line, last);

        if (!event)
            fail_msg("no event: %s", line);
        time_ms = event_time(event);
        model_tick(model, time_ms);
        model_event(model, event);
        event_unref(event);
        free(line);
        lines += size + 1;
        if (is_last)
            return time_ms;
    }
    assert_null(last);
    return time_ms;
}

/* The run as it was `later_ms` behind the first line that holds `last`. */
static void replay(struct model *model, const char *name, const char *last,
                   int64_t later_ms)
{
    char *lines = journal(name);

    screen_init(model, &nothing);
    model_begin(model, MODE_LIVE);
    model_tick(model, feed(model, lines, last) + later_ms);
    model_settle(model);
    free(lines);
}

static void expect_at_all_sizes(struct model *model, const char *name)
{
    screen_expect(model, name, 80, 24);
    screen_expect(model, name, 120, 40);
    screen_expect(model, name, 40, 10);
}

/* Narrow: the detail instead of the list. */
static void expect_detail(struct model *model, const char *name)
{
    screen_keys(model, "Tab");
    screen_expect(model, name, 40, 10);
}

static bool asked(struct model *model, enum request_kind kind)
{
    struct request request;
    bool found = false;

    while (model_take(model, &request)) {
        found = found || request.kind == kind;
        request_release(&request);
    }
    return found;
}

/* ---- under way -------------------------------------------------------- */

static void a_layer_that_is_pushed(void **state)
{
    struct model model;

    (void)state;
    replay(&model, "deployed", "\"message\":\"pushing\"", 200);
    expect_at_all_sizes(&model, "cloud-push");
    expect_detail(&model, "cloud-push-detail");
    screen_every_size(&model);
    model_release(&model);
}

static const char layers[] = EVENT
    "01.000Z\",\"type\":\"step.start\",\"number\":25,"
    "\"title\":\"Push the image\"" OF_STEP EVENT
    "01.000Z\",\"type\":\"step.progress\",\"item\":\"4f1e22aa90b1\","
    "\"message\":\"pushing\",\"current\":0,\"total\":63000000" OF_STEP EVENT
    "05.000Z\",\"type\":\"step.progress\",\"item\":\"4f1e22aa90b1\","
    "\"message\":\"pushing\",\"current\":41200000,"
    "\"total\":63000000" OF_STEP EVENT
    "05.000Z\",\"type\":\"step.progress\",\"item\":\"77aa0c1d2e3f\","
    "\"message\":\"already there\",\"done\":true,\"current\":0" OF_STEP EVENT
    "05.000Z\",\"type\":\"step.progress\",\"item\":\"9b31c0ffee12\","
    "\"message\":\"pushed\",\"done\":true,\"current\":1200,"
    "\"total\":1200" OF_STEP EVENT
    "05.000Z\",\"type\":\"step.progress\",\"item\":\"unknown size\","
    "\"message\":\"pushing\",\"current\":8200000" OF_STEP EVENT
    "05.000Z\",\"type\":\"step.progress\",\"item\":\"not begun\","
    "\"current\":0" OF_STEP EVENT
    "05.000Z\",\"type\":\"step.progress\",\"item\":\"[build 12/19] RUN "
    "apt-get update && apt-get install -y イメージ\",\"message\":"
    "\"extracting\",\"current\":999999999999,"
    "\"total\":1500000000000" OF_STEP EVENT
    "05.000Z\",\"type\":\"step.progress\",\"item\":\"more than all\","
    "\"message\":\"pushing\",\"current\":900,\"total\":800" OF_STEP;

static void many_layers_of_all_kinds(void **state)
{
    struct model model;

    (void)state;
    replay(&model, "deployed", "\"type\":\"run.start\"", 0);
    model_tick(&model, feed(&model, layers, NULL) + 1000);
    expect_at_all_sizes(&model, "cloud-layers");
    expect_detail(&model, "cloud-layers-detail");
    for (int i = 0; i < 30; i++) {
        char *line =
            mem_format(EVENT "06.000Z\",\"type\":\"step.progress\",\"item\":"
                             "\"layer %d\",\"current\":%d,\"total\":"
                             "30000000,\"done\":%s" OF_STEP,
                       i, i * 1000000, i < 10 ? "true" : "false");

        feed(&model, line, NULL);
        free(line);
    }
    screen_expect(&model, "cloud-layers-more", 80, 24);
    screen_expect(&model, "cloud-layers-more", 120, 40);
    screen_every_size(&model);
    model_release(&model);
}

static void a_wait_tells_what_the_cloud_is_doing(void **state)
{
    struct model model;

    (void)state;
    replay(&model, "rolled-back", "\"state\":\"IN_PROGRESS\"", 1500);
    expect_at_all_sizes(&model, "cloud-wait");
    expect_detail(&model, "cloud-wait-detail");
    screen_keys(&model, "C-c");
    screen_expect(&model, "cloud-stopping", 80, 24);
    model_release(&model);
}

/* ---- a failure -------------------------------------------------------- */

static void the_menu_says_that_stopping_rolls_back(void **state)
{
    struct model model;

    (void)state;
    replay(&model, "rolled-back", "\"type\":\"prompt\"", 2000);
    screen_expect(&model, "cloud-recovery", 80, 24);
    screen_expect(&model, "cloud-recovery", 40, 10);
    screen_keys(&model, "x");
    assert_true(asked(&model, REQUEST_ANSWER));
    model_release(&model);
}

static void the_rollback_appears_when_it_starts(void **state)
{
    struct model model;

    (void)state;
    replay(&model, "rolled-back", "\"purpose\":\"rollback\"", 1000);
    screen_expect(&model, "cloud-rollback", 80, 24);
    model_release(&model);
}

static void a_question_about_a_step_ends_with_the_step(void **state)
{
    char *lines = journal("rolled-back");
    struct model model;

    (void)state;
    replay(&model, "rolled-back", "\"seq\":75", 1000);
    screen_keys(&model, "x");
    assert_int_equal(model.dialog.kind, DIALOG_CHOICE);
    feed(&model, strstr(lines, "{\"v\":1,\"seq\":81"), "\"type\":\"step.end\"");
    assert_int_equal(model.dialog.kind, DIALOG_NONE);
    free(lines);
    model_release(&model);
}

/* ---- the result ------------------------------------------------------- */

static void the_result_tells_what_serves(void **state)
{
    struct model model;

    (void)state;
    replay(&model, "deployed", NULL, 0);
    expect_at_all_sizes(&model, "cloud-live");
    expect_detail(&model, "cloud-live-detail");
    screen_every_size(&model);
    model_release(&model);
}

static void a_rollback_is_told_from_a_success(void **state)
{
    struct model model;

    (void)state;
    replay(&model, "rolled-back", NULL, 0);
    expect_at_all_sizes(&model, "cloud-rolled-back");
    expect_detail(&model, "cloud-rolled-back-detail");
    model_release(&model);
}

static void end_with(const char *verdict, int exit_status, const char *name)
{
    char *lines = journal("deployed");
    char *line =
        mem_format(EVENT "59.000Z\",\"type\":\"run.end\",\"exit_status\":%d,"
                         "\"verdict\":\"%s\",\"summary\":{\"service_url\":"
                         "\"https://k3xm7pqr2a.us-east-1.awsapprunner.com\","
                         "\"image_tag\":null,\"image_digest\":null,"
                         "\"previous_digest\":null}}\n",
                   exit_status, verdict);
    struct model model;

    screen_init(&model, &nothing);
    model_begin(&model, MODE_LIVE);
    feed(&model, lines, "\"type\":\"verdict\"");
    feed(&model, line, NULL);
    screen_expect(&model, name, 80, 24);
    model_release(&model);
    free(line);
    free(lines);
}

static void doubtful_ends_say_what_is_doubtful(void **state)
{
    (void)state;
    end_with("live-unverified", 13, "cloud-unverified");
    end_with("down", 15, "cloud-down");
}

/* ---- the past --------------------------------------------------------- */

static void the_history_tells_verdict_and_image(void **state)
{
    struct loaded *loaded = screen_answer(LOAD_HISTORY, NULL);
    const char *id = "20261121T165900Z-7149";
    char *lines = journal("rolled-back");
    struct model model;

    (void)state;
    screen_init(&model, &nothing);
    screen_keys(&model, "3");
    loaded->history = mem_new(1, sizeof(*loaded->history));
    loaded->history_count = 1;
    loaded->history[0] = (struct past_run){ .id = mem_text(id),
                                            .command = mem_text("deploy"),
                                            .result = REPORT_FAILED,
                                            .start_ms = SCREEN_TIME,
                                            .duration_ms = 101000,
                                            .completed = 6,
                                            .failed = 1,
                                            .steps = 8,
                                            .exit_status = 13 };
    model_loaded(&model, loaded);
    loaded = screen_answer(LOAD_RUN, id);
    loaded->report = screen_report(id, REPORT_FAILED, lines);
    model_loaded(&model, loaded);
    screen_expect(&model, "cloud-history", 80, 24);
    screen_expect(&model, "cloud-history", 120, 40);
    free(lines);
    model_release(&model);
}

/* ---- the plan --------------------------------------------------------- */

static void load_plan(struct model *model)
{
    struct loaded *loaded = screen_answer(LOAD_PLAN, NULL);
    char *lines = journal("deployed");
    struct event *event = event_parse(lines, strcspn(lines, "\n"), NULL);

    loaded->plan = json_incref((json_t *)(uintptr_t)event_get(event, "plan"));
    loaded->has_steps = loaded->is_set_up = loaded->has_target = true;
    loaded->heading.project = mem_text("web");
    model_loaded(model, loaded);
    event_unref(event);
    free(lines);
}

static void load_previews(struct model *model)
{
    struct loaded *loaded = screen_answer(LOAD_PREVIEW, NULL);

    loaded->previews = json_pack(
        "{s:[s],s:[s,s]}", "step-020-build-image",
        "would build /srv/web/Dockerfile for linux/amd64, tagged 9e1a2b4c5d6e",
        "step-030-update-service", "would update the service (1 difference)",
        "  image: web@sha256:40e436a1b7d0 -> web:9e1a2b4c5d6e");
    model_loaded(model, loaded);
}

static void the_plan_tells_what_would_change_in_the_cloud(void **state)
{
    struct model model;

    (void)state;
    screen_init(&model, &nothing);
    load_plan(&model);
    assert_false(asked(&model, REQUEST_PREVIEW));
    screen_keys(&model, "2");
    load_plan(&model);
    assert_true(asked(&model, REQUEST_PREVIEW));
    screen_expect(&model, "plan-looking", 80, 24);
    load_previews(&model);
    screen_keys(&model, "j j j");
    expect_at_all_sizes(&model, "plan-preview");
    screen_keys(&model, "G");
    screen_expect(&model, "plan-preview-end", 40, 10);
    screen_every_size(&model);
    model_release(&model);
}

static void what_was_seen_for_another_plan_is_looked_at_again(void **state)
{
    struct model model;

    (void)state;
    screen_init(&model, &nothing);
    screen_keys(&model, "2");
    load_plan(&model);
    assert_true(asked(&model, REQUEST_PREVIEW));
    load_plan(&model);
    assert_false(asked(&model, REQUEST_PREVIEW));
    load_previews(&model);
    assert_null(model.previews);
    assert_true(asked(&model, REQUEST_PREVIEW));
    load_previews(&model);
    assert_non_null(model.previews);
    assert_false(asked(&model, REQUEST_PREVIEW));
    model_release(&model);
}

/* ---- commands --------------------------------------------------------- */

static void commands_of_a_target_run_one_step(void **state)
{
    static const char *const commands[] = { "rollback", "prune", "preflight" };

    (void)state;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        char *keys = mem_format(": %s Enter", commands[i]);
        struct model model;

        screen_init(&model, &nothing);
        load_plan(&model);
        screen_keys(&model, keys);
        assert_string_equal(model.wish.command, commands[i]);
        assert_true(asked(&model, REQUEST_PLAN));
        load_plan(&model);
        assert_int_equal(model.dialog.kind, DIALOG_CHOICE);
        if (i == 0)
            assert_string_equal(model.dialog.title,
                                "Put the previous image back?");
        model_release(&model);
        free(keys);
    }
}

static void commands_of_a_target_need_one(void **state)
{
    struct model model;
    char *screen;

    (void)state;
    screen_init(&model, &nothing);
    load_plan(&model);
    model.has_target = false;
    screen_keys(&model, ": rollb");
    screen = screen_text(&model, 80, 24);
    assert_null(strstr(screen, "puts the previous image back"));
    free(screen);
    screen_keys(&model, "ack Enter");
    assert_null(model.wish.command);
    assert_non_null(strstr(model.notice.text, "needs a cloud target"));
    screen_keys(&model, ": status Enter");
    assert_int_equal(model.view, VIEW_STATUS);
    model_release(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_layer_that_is_pushed),
        cmocka_unit_test(many_layers_of_all_kinds),
        cmocka_unit_test(a_wait_tells_what_the_cloud_is_doing),
        cmocka_unit_test(the_menu_says_that_stopping_rolls_back),
        cmocka_unit_test(the_rollback_appears_when_it_starts),
        cmocka_unit_test(a_question_about_a_step_ends_with_the_step),
        cmocka_unit_test(the_result_tells_what_serves),
        cmocka_unit_test(a_rollback_is_told_from_a_success),
        cmocka_unit_test(doubtful_ends_say_what_is_doubtful),
        cmocka_unit_test(the_history_tells_verdict_and_image),
        cmocka_unit_test(the_plan_tells_what_would_change_in_the_cloud),
        cmocka_unit_test(what_was_seen_for_another_plan_is_looked_at_again),
        cmocka_unit_test(commands_of_a_target_run_one_step),
        cmocka_unit_test(commands_of_a_target_need_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
