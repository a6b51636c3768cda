/*
 * A project: its folder, its configuration, and its steps in order.
 *
 *     struct project project = { 0 };
 *     if (!project_load(&project, dir, environment, &options, &err)) ...
 *     project_release(&project);
 *
 * Steps are the project's `step-NNN-*` files and the built-in steps of its
 * target, sorted by number, then by name. Read-only after loading, so the
 * engine, its workers and a screen may share it.
 */
#ifndef STEPDECK_CORE_PROJECT_H
#define STEPDECK_CORE_PROJECT_H

#include "base/digest.h"
#include "base/error.h"
#include "base/strvec.h"
#include "core/config.h"
#include "core/header.h"
#include "core/needs.h"
#include "core/target.h"

enum {
    STEP_SETUP_NUMBER = 0,
    STEP_PREFLIGHT_NUMBER = 1,
    STEP_FIRST_TEARDOWN = 900,
    STEP_LAST_NUMBER = 999
};

struct step {
    char *id;    /* "step-010-network": names its state files */
    char *file;  /* "step-010-network.sh"; NULL for a built-in step */
    char *title; /* from the header, else made from the name */
    int number;
    bool is_executable;
    char digest[DIGEST_TEXT_SIZE]; /* of the script's bytes */
    struct header header;
    struct need *needs;
    size_t need_count;
    /* Indices of the steps that `needs` names. Without a Prerequisites line
     * all earlier critical steps of the same range are needed instead. */
    size_t *requires;
    size_t require_count;
    struct strvec unknown_steps; /* named in `needs`, but there are none */
    const struct target_step *builtin;
};

struct project {
    char *dir; /* absolute, without links */
    char *name;
    struct config config;
    const struct target_ops *target; /* NULL for scripts only */
    struct step *steps;
    size_t count, capacity;
};

/* Loads the project in `dir`. ERROR_INPUT names the file (and line) at fault;
 * a folder without steps is an empty project, not an error. */
NODISCARD bool project_load(struct project *project, const char *dir,
                            const char *environment,
                            const struct strvec *options, struct error *err);
void project_release(struct project *project);

/* For those who go on behind a fault (lint.h), loading in pieces. The first
 * adds the step that a file of the project is, without its content; NULL when
 * it is none. The second adds the built-in steps, sorts all, and resolves what
 * they need; `steps` must not change afterwards. */
struct step *project_add_file(struct project *project, const char *file);
void project_arrange(struct project *project);

/* The step a person names: number ("10"), id, file name, or the name behind
 * the number ("network"). ERROR_INPUT for none (with the nearest) or several
 * (lists them). */
NODISCARD bool project_find(const struct project *project, const char *text,
                            size_t *index, struct error *err);

/* Whether a step is torn down, deployed or set up with: 900 to 999, 001 to
 * 899, 000. Steps need only steps of their own range by default. */
enum step_range { RANGE_SETUP, RANGE_DEPLOY, RANGE_TEARDOWN };
enum step_range step_range(const struct step *step);

/* Whether it is the target's rollback, which stands by until it is needed. */
bool step_is_rollback(const struct step *step);

/* The fault that keeps the script from being run at all (no interpreter line,
 * Windows line ends), as an error to show; false when there is one. */
NODISCARD bool step_check_runnable(const struct step *step, struct error *err);

/* "acme-network" from "step-010-acme-network"; points into the id. */
const char *step_name(const struct step *step);

/* Whether the file name has the form of a step: `step-NNN-name[.ext]`. Gives
 * its id (to free) and number. */
bool step_parse_file_name(const char *file, char **id, int *number);

#endif
