#include "fixture_screen.h"

#include "base/mem.h"
#include "core/target.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#define RUN_ID "20261121T165000Z-7f3c"

static const char journal[] =
    "{\"v\":1,\"time\":\"2026-11-21T16:50:00.000Z\",\"type\":\"run.start\","
    "\"run\":\"" RUN_ID "\",\"command\":\"deploy\",\"plan\":["
    "{\"step\":\"step-010-network\",\"number\":10,\"action\":\"run\"},"
    "{\"step\":\"step-030-push\",\"number\":30,\"action\":\"run\"}]}\n"
    "{\"v\":1,\"time\":\"2026-11-21T16:50:10.000Z\",\"type\":\"warning\","
    "\"step\":\"step-010-network\",\"message\":\"no NAT gateway\","
    "\"suggestion\":\"set NAT=yes\"}\n"
    "{\"v\":1,\"time\":\"2026-11-21T16:51:46.000Z\",\"type\":\"step.start\","
    "\"step\":\"step-030-push\"}\n"
    "{\"v\":1,\"time\":\"2026-11-21T16:52:24.000Z\",\"type\":\"error\","
    "\"step\":\"step-030-push\",\"message\":\"push failed with exit status "
    "1\",\"suggestion\":\"log in again: 'docker login'\"}\n"
    "{\"v\":1,\"time\":\"2026-11-21T16:52:24.000Z\",\"type\":\"step.end\","
    "\"step\":\"step-030-push\",\"status\":\"failed\",\"duration_ms\":38000,"
    "\"message\":\"push failed with exit status 1\",\"suggestion\":\"log in "
    "again: 'docker login'\"}\n"
    "{\"v\":1,\"time\":\"2026-11-21T16:52:24.500Z\",\"type\":\"run.end\","
    "\"exit_status\":3}\n";

static const char errors[] =
    "2026-11-20T09:00:00Z ERROR [step-010-network]: one\n"
    "2026-11-20T09:00:01Z ERROR [step-010-network]: two\n"
    "2026-11-20T09:00:02Z ERROR [step-010-network]: three \u65e5\u672c\u8a9e\n"
    "2026-11-21T16:52:24Z ERROR [step-030-push]: push failed with exit status "
    "1\n";
static const char warnings[] =
    "2026-11-21T16:50:10Z WARNING [step-010-network]: no NAT gateway\n";
static const char checkpoints[] = "2026-11-21T16:52:24Z step-030-push failed\n";

static void add_step(struct project *project, int number, const char *id,
                     const char *title)
{
    project->steps = mem_grow(project->steps, project->count,
                              &project->capacity, sizeof(*project->steps));
    project->steps[project->count++] = (struct step){ .id = mem_text(id),
                                                      .title = mem_text(title),
                                                      .number = number };
}

static struct session *make_session(void)
{
    struct session *session = mem_new(1, sizeof(*session));
    struct project *project = &session->project;

    project->dir = mem_text("/srv/acme");
    project->name = mem_text("acme-api \u30a2\u30af\u30df");
    add_step(project, 10, "step-010-network", "Network");
    add_step(project, 20, "step-020-image", "Build \u30a4\u30e1\u30fc\u30b8");
    add_step(project, 30, "step-030-push", "Push cafe\u0301 \U0001F680");
    add_step(project, 40, "step-040-serve",
             "Serve \u0645\u0631\u062d\u0628\u0627");
    add_step(project, 900, "step-900-teardown", "Tear down");
    session->state =
        state_open("/srv/acme", NULL, STATE_READ, &session->state_warning);
    error_clear(&session->state_warning);
    return session;
}

static void parse(struct statelog *log, enum statelog_kind kind,
                  const char *text)
{
    statelog_parse(log, kind, text, strlen(text));
}

static void set_steps(struct overview *overview)
{
    static const enum step_status states[] = {
        STATUS_COMPLETED, STATUS_STALE,   STATUS_FAILED,
        STATUS_PENDING,   STATUS_PENDING,
    };

    overview->count = overview->project->count;
    overview->steps = mem_new(overview->count, sizeof(*overview->steps));
    for (size_t i = 0; i < overview->count; i++)
        overview->steps[i] =
            (struct overview_step){ .step = &overview->project->steps[i],
                                    .status = states[i],
                                    .duration_ms = -1 };
    overview->steps[1].reason = mem_text("Dockerfile has changed");
    overview->steps[2].reason = mem_text("push failed with exit status 1");
    overview->steps[2].attempts = 3;
    overview->advice = ADVICE_RETRY;
    overview->next = &overview->steps[2];
}

static struct loaded *status(void)
{
    struct loaded *loaded = screen_answer(LOAD_STATUS, NULL);
    struct overview *overview = mem_new(1, sizeof(*overview));

    loaded->session = make_session();
    loaded->overview = overview;
    overview->project = &loaded->session->project;
    overview->state = loaded->session->state;
    overview->is_locked = true;
    overview->holder =
        json_pack("{s:i,s:s,s:s,s:s}", "pid", 4242, "user", "ada", "host",
                  "build-7", "since", "2026-11-21T16:59:00Z");
    overview->has_run = true;
    overview->last.id = mem_text(RUN_ID);
    overview->last.result = REPORT_FAILED;
    screen_fold(&overview->last.model, journal);
    parse(&overview->errors, STATELOG_ERRORS, errors);
    parse(&overview->warnings, STATELOG_WARNINGS, warnings);
    parse(&overview->checkpoints, STATELOG_CHECKPOINTS, checkpoints);
    strvec_add(&overview->notices, "1 line of errors.log could not be read");
    set_steps(overview);
    return loaded;
}

static void status_tells_how_the_project_stands(void **unused)
{
    struct console_request request = { .launch.environment = "prod" };
    struct model model;

    (void)unused;
    screen_init(&model, &request);
    model.heading.commit = mem_text("9e1a2b4c5d6e");
    model.heading.branch = mem_text("main");
    screen_keys(&model, "6");
    screen_expect(&model, "status-loading", 80, 24);
    model_loaded(&model, status());
    screen_expect(&model, "status", 80, 24);
    screen_expect(&model, "status", 120, 60);
    screen_expect(&model, "status", 40, 10);
    screen_keys(&model, "PgDn");
    screen_expect(&model, "status-next", 40, 10);
    free(screen_text(&model, 80, 24));
    screen_keys(&model, "G");
    screen_expect(&model, "status-end", 80, 24);
    screen_every_size(&model);
    model_release(&model);
}

static void expect_words(struct model *model, const char *there,
                         const char *not_there)
{
    char *text = screen_text(model, 120, 60);

    assert_non_null(strstr(text, there));
    assert_null(strstr(text, not_there));
    free(text);
}

static void status_of_the_own_run_leads_to_it(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    screen_init(&model, &request);
    screen_keys(&model, "6");
    model_loaded(&model, status());
    model.mode = MODE_LIVE;
    expect_words(&model, "The run is under way.", "d does it here");
    expect_words(&model, "1 shows it.", "waits for your answer");
    model.prompt.is_open = true;
    model.prompt.kind = mem_text("failure");
    model.prompt.step = mem_text("step-020-build");
    expect_words(&model, "020 build waits for your answer.", "d does it here");
    model_release(&model);
}

static void status_of_a_project_that_has_not_begun(void **unused)
{
    struct console_request request = { 0 };
    struct loaded *loaded = screen_answer(LOAD_STATUS, NULL);
    struct model model;

    (void)unused;
    loaded->session = mem_new(1, sizeof(*loaded->session));
    loaded->session->project.dir = mem_text("/srv/new");
    loaded->session->project.name = mem_text("new");
    loaded->session->state = state_open("/srv/new", NULL, STATE_READ, NULL);
    loaded->overview = mem_new(1, sizeof(*loaded->overview));
    loaded->overview->project = &loaded->session->project;
    loaded->overview->state = loaded->session->state;
    loaded->overview->advice = ADVICE_SET_UP;
    screen_init(&model, &request);
    screen_keys(&model, "6");
    model_loaded(&model, loaded);
    screen_expect(&model, "status-new", 80, 24);
    model_release(&model);
}

static void status_says_why_it_cannot_be_told(void **unused)
{
    struct console_request request = { 0 };
    struct loaded *loaded = screen_answer(LOAD_STATUS, NULL);
    struct model model;

    (void)unused;
    error_set(&loaded->error, ERROR_INPUT, ".env:3: no '=' in this line");
    error_hint(&loaded->error, "write KEY=VALUE");
    screen_init(&model, &request);
    screen_keys(&model, "6");
    model_loaded(&model, loaded);
    screen_expect(&model, "status-broken", 40, 10);
    model_release(&model);
}

/* ---- the service in the cloud ----------------------------------------- */

static const struct target_ops target = { .name = "apprunner" };

static struct loaded *status_of_target(void)
{
    struct loaded *loaded = status();

    loaded->session->project.target = &target;
    return loaded;
}

static struct loaded *cloud(const char *json)
{
    struct loaded *loaded = screen_answer(LOAD_CLOUD, NULL);

    loaded->cloud = json_loads(json, 0, NULL);
    assert_non_null(loaded->cloud);
    return loaded;
}

static const char serving[] =
    "{\"service\":{\"name\":\"web\",\"status\":\"RUNNING\",\"url\":"
    "\"https://k3xm7pqr2a.us-east-1.awsapprunner.com\",\"image\":"
    "\"123456789012.dkr.ecr.us-east-1.amazonaws.com/web@sha256:"
    "40e436a1b7d04b11b0a8f9bd621fe59fb2ce6e90c0a574abd42824051e4d19ee\"},"
    "\"operations\":[{\"type\":\"UPDATE_SERVICE\",\"status\":\"SUCCEEDED\","
    "\"started\":\"2026-11-21T16:40:00Z\",\"ours\":true},"
    "{\"type\":\"CREATE_SERVICE\",\"status\":\"SUCCEEDED\","
    "\"started\":\"2026-11-20T09:00:00Z\",\"ours\":false}],"
    "\"health\":{\"status\":\"healthy\",\"duration_ms\":42},"
    "\"drift\":[\"cpu: 1024 -> 2048, changed by somebody \u30a2\u30af\u30df\"],"
    "\"identity\":{\"account\":\"123456789012\",\"region\":\"us-east-1\","
    "\"source\":\"the profile 'web'\"},\"verdict\":\"live\"}";

static void status_tells_how_the_service_stands(void **unused)
{
    struct console_request request = { 0 };
    struct model model;
    char *asked;

    (void)unused;
    screen_init(&model, &request);
    screen_keys(&model, "6");
    asked = screen_asked(&model, LOAD_CLOUD);
    assert_non_null(asked);
    free(asked);
    model_loaded(&model, status_of_target());
    screen_expect(&model, "status-cloud-asking", 80, 24);
    model_loaded(&model, cloud(serving));
    screen_expect(&model, "status-cloud", 80, 24);
    screen_expect(&model, "status-cloud", 120, 40);
    screen_keys(&model, "PgDn");
    screen_expect(&model, "status-cloud", 40, 10);
    screen_every_size(&model);
    model_release(&model);
}

static void
status_asks_the_cloud_when_it_is_opened_and_not_before(void **unused)
{
    struct console_request request = { 0 };
    struct model model;

    (void)unused;
    screen_init(&model, &request);
    screen_keys(&model, "6");
    free(screen_asked(&model, LOAD_CLOUD));
    /* One question at a time. */
    screen_keys(&model, "1 6");
    assert_null(screen_asked(&model, LOAD_CLOUD));
    model_loaded(&model, status_of_target());
    model_loaded(&model, cloud(serving));
    screen_keys(&model, "1 6");
    screen_expect(&model, "status-cloud-again", 80, 24);
    free(screen_asked(&model, LOAD_CLOUD));
    model_loaded(&model, cloud(serving));
    model_release(&model);
}

static void status_says_why_the_cloud_does_not_tell(void **unused)
{
    struct console_request request = { 0 };
    struct loaded *loaded = screen_answer(LOAD_CLOUD, NULL);
    struct model model;

    (void)unused;
    error_set(&loaded->error, ERROR_INPUT, "no credentials were found");
    error_hint(&loaded->error, "run 'aws sso login', or set AWS_PROFILE");
    screen_init(&model, &request);
    screen_keys(&model, "6");
    model_loaded(&model, status_of_target());
    model_loaded(&model, loaded);
    screen_expect(&model, "status-cloud-error", 80, 24);
    model_loaded(&model, cloud("{\"service\":null}"));
    screen_expect(&model, "status-cloud-none", 80, 24);
    model_release(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_tells_how_the_project_stands),
        cmocka_unit_test(status_of_the_own_run_leads_to_it),
        cmocka_unit_test(status_of_a_project_that_has_not_begun),
        cmocka_unit_test(status_says_why_it_cannot_be_told),
        cmocka_unit_test(status_tells_how_the_service_stands),
        cmocka_unit_test(
            status_asks_the_cloud_when_it_is_opened_and_not_before),
        cmocka_unit_test(status_says_why_the_cloud_does_not_tell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
