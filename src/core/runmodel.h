/*
 * A run as its events tell it: the fold that summaries, the history, reports
 * and screens share. Replaying a journal gives the same model as watching.
 *
 *     struct run_model model = { 0 };
 *     run_model_apply(&model, event);        for each event, in order
 *     run_model_release(&model);
 *
 * Values only, no threads. Events that it does not know change nothing.
 */
#ifndef STEPDECK_CORE_RUNMODEL_H
#define STEPDECK_CORE_RUNMODEL_H

#include "core/event.h"
#include "core/runitems.h"
#include "core/state.h"
#include "core/status.h"

#include <stddef.h>
#include <stdint.h>

enum { RUN_MODEL_NO_PERCENT = -1 };

struct run_step {
    char *id;
    char *title;
    char *group; /* neighbours with the same one run together; may be NULL */
    int number;
    enum step_status status;
    enum step_status before; /* the run: failed, completed, stale ...; pending
                                when the plan does not tell */
    bool will_run;           /* the plan says run */
    bool is_blocked;         /* the plan says blocked, `message` why */
    bool critical;
    bool is_builtin;    /* of the target, no script */
    bool rolls_back;    /* its failure starts a rollback of the cloud */
    bool interactive;   /* it had the terminal: nothing is recorded */
    bool was_completed; /* skipped because it was completed before */
    int attempts;
    int64_t start_ms; /* wall time; 0 before it starts */
    int64_t duration_ms;
    int exit_status; /* -1: not known */
    int percent;
    struct run_items items; /* what it has under way */
    char *note;             /* what it does, in its own words; may be NULL */
    char *operation; /* what the cloud does for it, and how that stands: */
    char *operation_state; /* "UPDATE_SERVICE", "IN_PROGRESS"; may be NULL */
    char *message;         /* why it failed, is blocked, was skipped */
    char *suggestion;      /* what mends it */
    char *diagnosis;       /* id of the known failure */
    char *cause;
    char *documentation;
    int64_t log_bytes;
};

/* An error or a warning of the run. */
struct run_remark {
    char *step; /* NULL: of the run */
    char *message;
    char *suggestion;
    int64_t time_ms;
};

struct run_remarks {
    struct run_remark *items;
    size_t count, capacity;
};

struct run_model {
    char *run;
    char *command;
    char *project;
    char *environment;
    char *target;
    char *commit;
    char *branch;
    char *version;
    int pid;
    int64_t start_ms, last_ms; /* wall time of the first and latest event */
    struct run_step *steps;
    size_t step_count, step_capacity;
    struct run_remarks errors, warnings;
    bool has_ended;
    int exit_status;
    char *verdict;
    json_t *summary; /* of run.end, or NULL */
    int version_of_events;
};

void run_model_release(struct run_model *model);
void run_model_apply(struct run_model *model, const struct event *event);

/* Adds the steps of a plan (plan_json()) to an empty model, as run.start does:
 * for a screen that shows a plan which has not started. The run itself is then
 * folded into a model of its own. */
void run_model_apply_plan(struct run_model *model, const json_t *plan);

/* The step of that id, or NULL. */
const struct run_step *run_model_step(const struct run_model *model,
                                      const char *id);

/* How many steps have that status. */
size_t run_model_count(const struct run_model *model, enum step_status status);
/* Steps the plan wants to run, and which number among them `step` is (1...). */
size_t run_model_planned(const struct run_model *model);
size_t run_model_position(const struct run_model *model,
                          const struct run_step *step);

/* Folds the journal of a run. `skipped` (may be NULL) counts lines that are no
 * events, a torn last one among them. */
NODISCARD bool run_model_load(struct run_model *model,
                              const struct state *state, const char *run,
                              size_t *skipped, struct error *err);

#endif
