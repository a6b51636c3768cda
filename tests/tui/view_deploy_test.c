#include "fixture_screen.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

/* A run with names in several scripts: wide, combining, joined, right to left.
 */
#define RUN "20261121T165900Z-7f3c"
#define HEAD "{\"v\":1,\"run\":\"" RUN "\",\"time\":\"2026-11-21T16:59:"
#define PLAN                                                                   \
    HEAD                                                                       \
        "00.000Z\",\"type\":\"run.start\",\"command\":\"deploy\","             \
        "\"git\":{\"commit\":\"9e1a2b4c5d6e\",\"branch\":\"main\"},"           \
        "\"plan\":["                                                           \
        "{\"step\":\"step-001-preflight\",\"number\":1,\"action\":\"run\"},"   \
        "{\"step\":\"step-010-network\",\"number\":10,\"action\":\"skip\","    \
        "\"status\":\"completed\",\"reason\":\"it is completed\"},"            \
        "{\"step\":\"step-020-ビルド\",\"number\":20,"                      \
        "\"title\":\"Build 日本語 👩‍🚀 café\",\"action\":\"run\"}," \
        "{\"step\":\"step-030-שלום-update\",\"number\":30,"                \
        "\"action\":\"run\"},"                                                 \
        "{\"step\":\"step-040-a-name-that-is-much-longer-than-any-list\","     \
        "\"number\":40,\"action\":\"run\"},"                                   \
        "{\"step\":\"step-050-validation\",\"number\":50,"                     \
        "\"action\":\"run\"}]}\n"
#define BUILD "step-020-ビルド"

static const char running[] = PLAN HEAD
    "01.000Z\",\"type\":\"step.start\",\"step\":\"step-001-"
    "preflight\"}\n" HEAD
    "03.000Z\",\"type\":\"step.end\",\"step\":\"step-001-preflight\","
    "\"status\":\"completed\",\"duration_ms\":2000,\"attempt\":1}\n" HEAD
    "04.000Z\",\"type\":\"step.start\",\"step\":\"" BUILD
    "\",\"title\":\"Build 日本語 👩‍🚀 café\"}\n" HEAD
    "05.000Z\",\"type\":\"step.progress\",\"step\":\"" BUILD
    "\",\"percent\":42}\n";

static const char failing[] =
    HEAD "40.000Z\",\"type\":\"diagnosis\",\"step\":\"" BUILD
         "\",\"id\":\"docker-disk\",\"cause\":\"the disk of the Docker daemon "
         "is full\",\"suggestion\":\"docker system prune\"}\n" HEAD
         "41.000Z\",\"type\":\"step.end\",\"step\":\"" BUILD
         "\",\"status\":\"failed\",\"duration_ms\":37000,\"attempt\":1,"
         "\"exit_status\":1,\"message\":\"the script ended with exit status "
         "1\",\"suggestion\":\"docker system prune\"}\n" HEAD
         "41.100Z\",\"type\":\"prompt\",\"prompt\":1,\"kind\":\"failure\","
         "\"step\":\"" BUILD
         "\",\"message\":\"the script ended with exit status 1\"}\n";

static const char ending[] = HEAD
    "42.000Z\",\"type\":\"answer\",\"prompt\":1,\"answer\":\"stop\"}\n" HEAD
    "42.100Z\",\"type\":\"step.end\",\"step\":\"step-030-שלום-"
    "update\",\"status\":\"blocked\",\"message\":\"needs " BUILD
    ", which failed\"}\n" HEAD
    "43.000Z\",\"type\":\"run.end\",\"exit_status\":3,\"verdict\":null}\n";

static const char log_text[] =
    "\x1b[1mStep 1/9\x1b[0m : FROM debian:12\n"
    "\x1b[32m ---> 4f1e22\x1b[0m\n"
    "日本語のログ 👩‍🚀 café שלום עולם\n"
    "progress  10%\rprogress 100%\n"
    "\x1b]0;a title\x07"
    "after a title\n"
    "a line that is long enough to be cut at the right edge of every pane that "
    "the console has, whatever its size may be, and then some more of it\n";

/* ---- the fixture ------------------------------------------------------ */

static const struct console_request nothing = { 0 };

static void feed(struct model *model, const char *journal)
{
    while (*journal) {
        size_t size = strcspn(journal, "\n");
        struct event *event = event_parse(journal, size, NULL);

        assert_non_null(event);
        model_event(model, event);
        event_unref(event);
        journal += size + 1;
    }
}

static void begin(struct model *model, enum run_mode mode, const char *journal)
{
    screen_init(model, &nothing);
    model_begin(model, mode);
    feed(model, journal);
}

/* The requests so far, by kind; the last one's text is kept. */
static bool asked(struct model *model, enum request_kind kind, char **text)
{
    struct request request;
    bool found = false;

    while (model_take(model, &request)) {
        if (request.kind == kind) {
            found = true;
            if (text) {
                free(*text);
                *text = mem_text(request.text);
            }
        }
        request_release(&request);
    }
    return found;
}

static void expect_at_all_sizes(struct model *model, const char *name)
{
    screen_expect(model, name, 80, 24);
    screen_expect(model, name, 120, 40);
    screen_expect(model, name, 40, 10);
}

/* ---- screens ---------------------------------------------------------- */

static void a_run_under_way(void **state)
{
    struct model model;

    (void)state;
    begin(&model, MODE_LIVE, running);
    model_settle(&model);
    screen_log(&model, log_text);
    expect_at_all_sizes(&model, "deploy-running");
    screen_keys(&model, "Tab");
    expect_at_all_sizes(&model, "deploy-log");
    screen_keys(&model, "z w");
    screen_expect(&model, "deploy-zoomed", 80, 24);
    model_release(&model);
}

static void a_failure_asks_what_to_do(void **state)
{
    struct model model;

    (void)state;
    begin(&model, MODE_LIVE, running);
    feed(&model, failing);
    model_settle(&model);
    screen_log(&model, log_text);
    expect_at_all_sizes(&model, "deploy-failed");
    screen_keys(&model, "Esc");
    screen_expect(&model, "deploy-waiting", 80, 24);
    model_release(&model);
}

static void a_run_that_is_over(void **state)
{
    struct model model;

    (void)state;
    begin(&model, MODE_LIVE, running);
    feed(&model, failing);
    feed(&model, ending);
    expect_at_all_sizes(&model, "deploy-over");
    model_release(&model);
}

static void before_anything_is_known(void **state)
{
    struct model model;

    (void)state;
    screen_init(&model, &nothing);
    expect_at_all_sizes(&model, "deploy-loading");
    screen_expect(&model, "deploy-line", 30, 5);
    screen_expect(&model, "deploy-line", 1, 1);
    model_release(&model);
}

static json_t *plan(void)
{
    return json_loads(
        "[{\"step\":\"step-001-preflight\",\"number\":1,\"action\":\"run\","
        "\"reason\":\"it runs at every deploy\",\"status\":\"completed\"},"
        "{\"step\":\"step-010-network\",\"number\":10,\"action\":\"skip\","
        "\"reason\":\"it is completed\",\"status\":\"completed\"},"
        "{\"step\":\"step-020-ビルド\",\"number\":20,\"action\":\"run\","
        "\"reason\":\"it failed the last time\",\"status\":\"failed\"},"
        "{\"step\":\"step-030-push\",\"number\":30,\"action\":\"blocked\","
        "\"reason\":\"docker is not installed\",\"suggestion\":\"apt-get "
        "install docker.io\",\"critical\":false}]",
        0, NULL);
}

static void load_plan(struct model *model)
{
    struct loaded *loaded = screen_answer(LOAD_PLAN, NULL);

    loaded->plan = plan();
    loaded->has_steps = loaded->is_set_up = true;
    loaded->heading.project = mem_text("acme-api");
    loaded->heading.environment = mem_text("prod");
    loaded->heading.state_path = mem_text("/srv/acme/.deployment-state");
    model_loaded(model, loaded);
}

static void the_plan_and_the_question(void **state)
{
    struct model model;

    (void)state;
    screen_init(&model, &nothing);
    load_plan(&model);
    expect_at_all_sizes(&model, "deploy-idle");
    screen_keys(&model, "2 j j j");
    expect_at_all_sizes(&model, "plan");
    screen_keys(&model, "d");
    load_plan(&model);
    expect_at_all_sizes(&model, "plan-consent");
    model_release(&model);
}

static void the_palette(void **state)
{
    struct model model;

    (void)state;
    begin(&model, MODE_LIVE, running);
    screen_keys(&model, ": t");
    screen_expect(&model, "palette", 80, 24);
    model_release(&model);
}

/* ---- behaviour -------------------------------------------------------- */

static const char *selected(struct model *model)
{
    free(screen_text(model, 80, 24));
    return model_step(model)->id;
}

static void the_selection_goes_with_the_run_until_it_is_moved(void **state)
{
    struct model model;

    (void)state;
    begin(&model, MODE_LIVE, running);
    assert_string_equal(selected(&model), BUILD);
    screen_keys(&model, "k");
    assert_string_equal(selected(&model), "step-010-network");
    feed(&model, HEAD "30.000Z\",\"type\":\"step.end\",\"step\":\"" BUILD
                      "\",\"status\":\"completed\",\"duration_ms\":1}\n" HEAD
                      "31.000Z\",\"type\":\"step.start\",\"step\":\"step-050-"
                      "validation\"}\n");
    assert_string_equal(selected(&model), "step-010-network");
    screen_keys(&model, "Esc");
    assert_string_equal(selected(&model), "step-050-validation");
    model_release(&model);
}

static void a_failure_is_answered_by_keys(void **state)
{
    static const struct {
        const char *keys, *answer;
    } cases[] = { { "r", "retry" },      { "S", "skip" },
                  { "x", "stop" },       { "Enter", "retry" },
                  { "j Enter", "skip" }, { "Esc r", "retry" },
                  { "Esc S", "skip" },   { "Esc Enter x", "stop" } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct model model;
        char *answer = NULL;

        begin(&model, MODE_LIVE, running);
        feed(&model, failing);
        /* What was typed before the question came is no answer to it. */
        screen_keys(&model, cases[i].keys);
        assert_false(asked(&model, REQUEST_ANSWER, NULL));
        assert_true(model.prompt.is_open);
        model_tick(&model, SCREEN_TIME + 1000);
        screen_keys(&model, cases[i].keys);
        assert_true(asked(&model, REQUEST_ANSWER, &answer));
        assert_string_equal(answer, cases[i].answer);
        free(answer);
        model_release(&model);
    }
}

static void a_watched_run_cannot_be_answered(void **state)
{
    struct model model;

    (void)state;
    begin(&model, MODE_WATCHING, running);
    feed(&model, failing);
    assert_int_equal(model.dialog.kind, DIALOG_NONE);
    screen_keys(&model, "r S x d");
    assert_false(asked(&model, REQUEST_ANSWER, NULL));
    assert_null(model.wish.command);
    model_release(&model);
}

static void ctrl_c_has_three_stages_and_says_so(void **state)
{
    struct model model;

    (void)state;
    begin(&model, MODE_LIVE, running);
    screen_keys(&model, "C-c");
    assert_non_null(strstr(model.notice.text, "10 s"));
    assert_true(asked(&model, REQUEST_STOP, NULL));
    screen_keys(&model, "C-c");
    assert_non_null(strstr(model.notice.text, "killing"));
    assert_true(asked(&model, REQUEST_KILL, NULL));
    screen_keys(&model, "C-c");
    assert_true(asked(&model, REQUEST_ABANDON, NULL));
    model_release(&model);
}

static void ctrl_c_is_heard_over_an_open_question(void **state)
{
    struct model model;

    (void)state;
    begin(&model, MODE_LIVE, running);
    feed(&model, failing);
    screen_keys(&model, "C-c");
    assert_true(asked(&model, REQUEST_STOP, NULL));
    model_release(&model);
}

static void quitting_asks_while_steps_run(void **state)
{
    struct model model;

    (void)state;
    begin(&model, MODE_LIVE, running);
    screen_keys(&model, "q");
    screen_expect(&model, "deploy-quit", 80, 24);
    screen_keys(&model, "Enter");
    assert_false(asked(&model, REQUEST_LEAVE, NULL));
    screen_keys(&model, "q d");
    assert_true(asked(&model, REQUEST_DETACH, NULL));
    screen_keys(&model, "q x");
    assert_true(asked(&model, REQUEST_STOP, NULL));
    feed(&model, ending);
    assert_true(asked(&model, REQUEST_LEAVE, NULL));
    model_release(&model);
}

static void esc_never_leaves(void **state)
{
    struct model model;

    (void)state;
    begin(&model, MODE_OVER, running);
    screen_keys(&model, "Esc Esc 3 Esc Esc 7 Esc Esc Tab Esc Esc");
    assert_int_equal(model.view, VIEW_DEPLOY);
    assert_false(asked(&model, REQUEST_LEAVE, NULL));
    screen_keys(&model, "q");
    assert_true(asked(&model, REQUEST_LEAVE, NULL));
    model_release(&model);
}

static void a_run_is_started_only_after_a_yes(void **state)
{
    struct model model;

    (void)state;
    screen_init(&model, &nothing);
    load_plan(&model);
    screen_keys(&model, "d");
    assert_true(asked(&model, REQUEST_PLAN, NULL));
    load_plan(&model);
    screen_keys(&model, "n");
    assert_false(asked(&model, REQUEST_LAUNCH, NULL));
    screen_keys(&model, "d");
    load_plan(&model);
    screen_keys(&model, "y");
    assert_true(asked(&model, REQUEST_LAUNCH, NULL));
    assert_int_equal(model.mode, MODE_STARTING);
    model_release(&model);
}

static void a_teardown_wants_the_name_typed(void **state)
{
    const struct console_request request = {
        .launch = { .command = "destroy" },
        .typed_key = "ENVIRONMENT",
        .question = "This tears the environment down.",
    };
    struct model model;
    struct loaded *loaded = screen_answer(LOAD_PLAN, NULL);

    (void)state;
    screen_init(&model, &request);
    model.wish.command = mem_text("destroy");
    model.wish.is_first = true;
    loaded->plan = plan();
    loaded->has_steps = true;
    loaded->typed = mem_text("prod");
    loaded->heading.project = mem_text("acme-api");
    model_loaded(&model, loaded);
    screen_expect(&model, "destroy-consent", 80, 24);
    screen_keys(&model, "y Enter");
    assert_false(asked(&model, REQUEST_LAUNCH, NULL));
    screen_keys(&model, "C-u prod Enter");
    assert_true(asked(&model, REQUEST_LAUNCH, NULL));
    model_release(&model);
}

static void a_changed_plan_is_shown_and_asked_again(void **state)
{
    struct model model;
    struct loaded *loaded = screen_answer(LOAD_LAUNCH, NULL);

    (void)state;
    screen_init(&model, &nothing);
    load_plan(&model);
    screen_keys(&model, "d");
    load_plan(&model);
    screen_keys(&model, "y");
    assert_true(asked(&model, REQUEST_LAUNCH, NULL));
    loaded->changed = true;
    loaded->plan = plan();
    model_loaded(&model, loaded);
    assert_int_equal(model.dialog.kind, DIALOG_CHOICE);
    assert_non_null(strstr(model.notice.text, "changed"));
    screen_keys(&model, "y");
    assert_true(asked(&model, REQUEST_LAUNCH, NULL));
    model_release(&model);
}

static void every_size_can_be_drawn(void **state)
{
    struct model model;

    (void)state;
    begin(&model, MODE_LIVE, running);
    feed(&model, failing);
    model_settle(&model);
    screen_log(&model, log_text);
    for (int columns = 1; columns < 130; columns += 3) {
        for (int rows = 1; rows < 45; rows += 2) {
            for (enum view_id view = 0; view < VIEW_WIZARD; view++) {
                model.view = view;
                free(screen_text(&model, columns, rows));
            }
        }
    }
    model_release(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_under_way),
        cmocka_unit_test(a_failure_asks_what_to_do),
        cmocka_unit_test(a_run_that_is_over),
        cmocka_unit_test(before_anything_is_known),
        cmocka_unit_test(the_plan_and_the_question),
        cmocka_unit_test(the_palette),
        cmocka_unit_test(the_selection_goes_with_the_run_until_it_is_moved),
        cmocka_unit_test(a_failure_is_answered_by_keys),
        cmocka_unit_test(a_watched_run_cannot_be_answered),
        cmocka_unit_test(ctrl_c_has_three_stages_and_says_so),
        cmocka_unit_test(ctrl_c_is_heard_over_an_open_question),
        cmocka_unit_test(quitting_asks_while_steps_run),
        cmocka_unit_test(esc_never_leaves),
        cmocka_unit_test(a_run_is_started_only_after_a_yes),
        cmocka_unit_test(a_teardown_wants_the_name_typed),
        cmocka_unit_test(a_changed_plan_is_shown_and_asked_again),
        cmocka_unit_test(every_size_can_be_drawn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
