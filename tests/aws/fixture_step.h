/*
 * A built-in step of the target without an engine: a project in a folder of its
 * own, a deployment, and a step context that remembers what the step tells.
 *
 *     static void a_rule(void **state)
 *     {
 *         struct fixture_step *f = *state;
 *
 *         fixture_step_set(f, "SERVICE_NAME", "web");
 *         fixture_step_open(f);
 *         preflight_run(f->context, &f->outcome);
 *         ... strbuf_text(&f->log) ...
 *     }
 *     ... FIXTURE_STEP_TEST(a_rule)
 *
 * The environment has none of the keys of a configuration, no AWS files and no
 * credentials. Time is the test's own: it passes only by waiting.
 */
#ifndef STEPDECK_TESTS_AWS_FIXTURE_STEP_H
#define STEPDECK_TESTS_AWS_FIXTURE_STEP_H

#include "aws/apprunner/deployment.h"
#include "base/cancel.h"
#include "base/strbuf.h"
#include "core/project.h"
#include "core/state.h"
#include "fixture_server.h"

#define FIXTURE_STEP_TEST(name)                                                \
    cmocka_unit_test_setup_teardown(name, fixture_step_set_up,                 \
                                    fixture_step_tear_down)

/* 2026-11-21T17:00:00Z */
#define FIXTURE_STEP_TIME INT64_C(1795280400000)

struct fixture_step {
    char *dir;
    struct strvec options; /* "KEY=VALUE", as of the command line */
    struct project project;
    struct state *state;
    bool is_open;
    struct clock clock;
    int64_t now_ms;
    struct cancel cancel;
    struct target_request request;
    struct deployment deployment;
    struct step_context *context;
    struct step_outcome outcome;
    struct strbuf log;      /* lines and bytes */
    struct strvec warnings; /* one an entry */
    struct strvec items;    /* "NAME text current/total[ done]" */
    struct strvec events;   /* "cloud.phase build started" */
    struct strvec percents; /* "41" */
    struct fixture_server *cloud, *daemon; /* NULL until asked for */
};

int fixture_step_set_up(void **state);
int fixture_step_tear_down(void **state);

void fixture_step_write(struct fixture_step *f, const char *name,
                        const char *text);
/* A setting that counts when the project is opened. */
void fixture_step_set(struct fixture_step *f, const char *key,
                      const char *value);
/* Loads the project and makes the deployment; once. */
void fixture_step_open(struct fixture_step *f);

/* A scripted AWS (STS, ECR, ... at one address) and a scripted Docker, which
 * answers what finding it asks (/_ping, /version) already. Before the project
 * is opened. */
struct fixture_server *fixture_step_cloud(struct fixture_step *f);
struct fixture_server *fixture_step_docker(struct fixture_step *f);
/* An answer of AWS that is a failure: {"__type": code, "message": "no"}. */
void fixture_step_refuse(struct fixture_step *f, int status, const char *code);

/* What became of the step; a failure shows its log. `suggestion` may be NULL.
 */
void fixture_step_expect_success(const struct fixture_step *f);
void fixture_step_expect_failure(const struct fixture_step *f, int run_status,
                                 const char *message, const char *suggestion);
/* Runs "git COMMAND" in the project, whatever the user's configuration is;
 * skips the test where there is no git. */
void fixture_step_git(struct fixture_step *f, const char *command);

/* Fails, showing the text, when `part` is not in it (or is). */
void fixture_step_expect(const char *text, const char *part);
void fixture_step_expect_not(const char *text, const char *part);

#endif
