/*
 * The plan of a run: each step of the selection with run, skip or blocked, and
 * why. Made from the project and its state; changes nothing.
 *
 *     struct plan plan = { 0 };
 *     if (!plan_make(&plan, &project, state, &request, &err)) ...
 *     plan_release(&plan);
 *
 * Borrows the project. Single-threaded; read-only once made.
 */
#ifndef STEPDECK_CORE_PLAN_H
#define STEPDECK_CORE_PLAN_H

#include "core/project.h"
#include "core/state.h"

#include <jansson.h>

struct cancel;

enum plan_action { PLAN_RUN, PLAN_SKIP, PLAN_BLOCKED };

struct plan_item {
    size_t step; /* index in the project */
    enum plan_action action;
    enum step_status before; /* on the disk, or STATUS_STALE */
    bool skipped_by_choice;  /* --skip, --skip-preflight: counts as met */
    bool is_standby;         /* runs only to roll back: not shown before */
    char *reason;            /* "the script changed"; never NULL */
    char *suggestion;        /* how to unblock; NULL otherwise */
    char *note;              /* "terraform is not installed yet"; may be NULL */
    struct strvec preview;   /* what a built-in step would do, when asked for */
};

struct plan {
    const struct project *project;
    struct plan_item *items;
    size_t count;
    size_t run_count, skip_count, blocked_count, standby_count;
    struct strvec warnings; /* states that could not be read, and the like */
};

struct plan_request {
    enum step_range range;
    const char *from, *until;         /* a step as people name it, or NULL */
    const struct strvec *only, *skip; /* may be NULL */
    bool skip_preflight;
    bool fresh_start; /* every step counts as pending */
    bool forced;      /* completed steps of the selection run again */
};

/* ERROR_INPUT: a step that does not exist, a circle of prerequisites, a script
 * that cannot be run. A plan with blocked items is a plan. */
NODISCARD bool plan_make(struct plan *plan, const struct project *project,
                         const struct state *state,
                         const struct plan_request *request, struct error *err);
void plan_release(struct plan *plan);

const struct step *plan_step(const struct plan *plan, size_t item);
/* The item of a project's step, or NULL when it is not in the plan. */
const struct plan_item *plan_item_of(const struct plan *plan, size_t step);

/* [{"step":..., "number":..., "title":..., "action":..., "reason":...}], what
 * only stands by left out. */
json_t *plan_json(const struct plan *plan);
const char *plan_action_name(enum plan_action action);

/* The critical blocked item that stops a deployment before it starts, NULL
 * when there is none. */
const struct plan_item *plan_first_obstacle(const struct plan *plan);

/* Asks the target what its steps of this plan would do, reading only: for a dry
 * run. Blocks (the cloud, Docker) until `cancel` (may be NULL) is raised. */
void plan_preview(struct plan *plan, const struct state *state,
                  const char *command, struct cancel *cancel);

/* Whether two steps belong to one parallel group (neighbours in the plan). */
bool plan_is_same_group(const struct plan *plan, size_t item, size_t other);

#endif
