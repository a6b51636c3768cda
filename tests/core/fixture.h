/*
 * A project in a folder of its own, for the tests of core.
 *
 *     static void plan_runs_what_has_not_run(void **state)
 *     {
 *         struct fixture *f = *state;
 *
 *         fixture_script(f, "step-010-a.sh", NULL, "exit 0");
 *         fixture_plan(f, NULL);
 *         ...
 *     }
 *     ... FIXTURE_TEST(plan_runs_what_has_not_run)
 *
 * The folder is made before and removed behind each test; the environment has
 * none of the keys that a configuration would take from it. Everything given
 * back is owned by the fixture. Failures fail the test, so all of it belongs to
 * the test's own thread.
 */
#ifndef STEPDECK_TESTS_CORE_FIXTURE_H
#define STEPDECK_TESTS_CORE_FIXTURE_H

#include "base/strvec.h"
#include "core/plan.h"
#include "core/project.h"
#include "core/state.h"

#define FIXTURE_TEST(name)                                                     \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* 2026-11-21T17:00:00Z */
#define FIXTURE_TIME INT64_C(1795280400000)

struct fixture {
    char *dir; /* the project, absolute, without links */
    struct strvec options;
    struct project project;
    bool has_project;
    struct state *state;
    struct plan plan;
    bool has_plan;
    struct strvec kept; /* texts to free in the end */
};

int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* Files of the project; parents are created. `header` is comment lines, each
 * ended by a newline, may be NULL. */
const char *fixture_path(struct fixture *f, const char *name);
void fixture_write(struct fixture *f, const char *name, const char *text);
void fixture_append(struct fixture *f, const char *name, const char *text);
void fixture_script(struct fixture *f, const char *name, const char *header,
                    const char *body);
bool fixture_has(struct fixture *f, const char *name);
/* The file as text, NULL when there is none. */
const char *fixture_read(struct fixture *f, const char *name);
void fixture_expect(struct fixture *f, const char *name, const char *text);

/* The project as it is on the disk now, its state, and the plan (NULL: of a
 * deployment). Each opens what it needs; all must succeed. */
struct project *fixture_project(struct fixture *f);
struct state *fixture_state(struct fixture *f);
const struct plan *fixture_plan(struct fixture *f,
                                const struct plan_request *request);
/* What the plan says about a step; fails when it is not in the plan. */
const struct plan_item *fixture_item(struct fixture *f, const char *step);
const struct step *fixture_step(struct fixture *f, const char *step);

/* The file of that name below .deployment-state. */
const char *fixture_state_file(struct fixture *f, const char *name);

/* Keeps `text` until the end of the test; gives it back. */
const char *fixture_keep(struct fixture *f, char *text);

/* Both texts of the error must be there: the message holds `part`, the hint
 * `hint`. */
void fixture_expect_error(const struct error *err, enum error_code code,
                          const char *part, const char *hint);
void fixture_expect_part(const char *text, const char *part);

#endif
