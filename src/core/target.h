/*
 * What a project deploys to, behind a table of functions.
 *
 * core knows no cloud. main.c registers the targets it was built with; a test
 * registers a scripted one. A target brings built-in steps, which take their
 * place among the project's scripts by number and run in a worker thread like
 * them: blocking, straight-line code with a step context (core/worker.h).
 */
#ifndef STEPDECK_CORE_TARGET_H
#define STEPDECK_CORE_TARGET_H

#include "base/error.h"

#include <stddef.h>

struct config;
struct step_context;
struct step_outcome;

struct target_step {
    int number;
    const char *id;    /* "020-build-image" */
    const char *title; /* "Build the image" */
    const char *description;
    bool critical;
    bool always; /* runs at every deploy, completed or not */
    int attempts;
    /* Whether this run needs it; NULL: always. */
    bool (*is_wanted)(const struct config *config);
    /* Runs the step. The outcome says how it ended. */
    void (*run)(struct step_context *context, struct step_outcome *outcome);
};

struct target_ops {
    const char *name;
    const struct target_step *steps;
    size_t step_count;
};

/* Makes a target known; `ops` must live as long as the program. Not
 * thread-safe: at start only. */
void target_register(const struct target_ops *ops);
/* Forgets all; for tests. */
void target_reset(void);

/* Adds the names of all known targets, "none" first. */
struct strvec;
void target_names(struct strvec *names);

/* The target the configuration asks for: DEPLOY_TARGET, else `apprunner` when
 * SERVICE_NAME is set, else none (*ops is NULL). ERROR_INPUT lists the known
 * ones for an unknown name. */
NODISCARD bool target_choose(const struct config *config,
                             const struct target_ops **ops, struct error *err);

#endif
