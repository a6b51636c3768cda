/*
 * Steps are looked at in order, each with what is known of the steps before
 * it: whether they are met, will run, or stand in the way. `standing` holds
 * that for every step of the project; `obstacle` is the first critical one in
 * the way, so that the default prerequisite ("all earlier critical steps")
 * costs one look, not a walk.
 */
#include "core/plan.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "core/circle.h"
#include "core/fingerprint.h"
#include "core/prerequisite.h"

#include <stdlib.h>
#include <string.h>

enum standing { STANDING_UNMET, STANDING_MET, STANDING_WILL_RUN };

struct planner {
    struct plan *plan;
    const struct project *project;
    const struct state *state;
    const struct plan_request *request;
    enum standing *standing; /* one per step of the project */
    bool *is_only, *is_skipped;
    /* Per step: the digest of the fingerprint it will have, made when a step
     * that names it asks; "" when it has none. NULL: not asked yet. */
    char **digests;
    size_t from, until; /* indices, inclusive */
    bool has_only;
    size_t obstacle;       /* SIZE_MAX: none */
    size_t group_obstacle; /* the obstacle before the current group */
};

/* ---- selection -------------------------------------------------------- */

static bool mark(const struct project *project, const struct strvec *names,
                 bool *marks, struct error *err)
{
    for (size_t i = 0; names && i < names->count; i++) {
        size_t index;

        if (!project_find(project, names->items[i], &index, err))
            return false;
        marks[index] = true;
    }
    return true;
}

static bool select_steps(struct planner *planner, struct error *err)
{
    const struct plan_request *request = planner->request;

    planner->from = 0;
    planner->until = SIZE_MAX;
    planner->has_only = request->only && request->only->count;
    if ((request->from &&
         !project_find(planner->project, request->from, &planner->from, err)) ||
        (request->until &&
         !project_find(planner->project, request->until, &planner->until, err)))
        return false;
    if (planner->from > planner->until) {
        error_set(err, ERROR_INPUT, "'%s' comes after '%s'", request->from,
                  request->until);
        return error_hint(err, "--from names the first step, --until the last");
    }
    return mark(planner->project, request->only, planner->is_only, err) &&
           mark(planner->project, request->skip, planner->is_skipped, err);
}

static bool is_preflight(const struct step *step)
{
    return step->number == STEP_PREFLIGHT_NUMBER;
}

static bool is_selected(const struct planner *planner, size_t index)
{
    const struct step *step = &planner->project->steps[index];

    if (step_range(step) != planner->request->range)
        return false;
    /* The preflight runs at every deployment, whatever is selected. */
    if (is_preflight(step) && !planner->request->forced)
        return true;
    if (planner->has_only)
        return planner->is_only[index];
    return index >= planner->from && index <= planner->until;
}

/* ---- what a step needs ------------------------------------------------ */

static bool block(struct plan_item *item, const struct error *err)
{
    item->action = PLAN_BLOCKED;
    free(item->reason);
    item->reason = mem_text(err->message);
    item->suggestion = err->hint[0] ? mem_text(err->hint) : NULL;
    return false;
}

/* "failed", "has not run": behind "which". */
static const char *how_it_stands(const struct planner *planner,
                                 const struct step *step)
{
    if (planner->request->fresh_start)
        return "has not run";
    switch (state_status(planner->state, step->id, NULL)) {
    case STATUS_FAILED:
        return "failed";
    case STATUS_IN_PROGRESS:
        return "is in progress";
    default:
        return "has not run";
    }
}

static void explain_unmet(const struct planner *planner, size_t needed,
                          struct error *err)
{
    const struct plan_item *item = plan_item_of(planner->plan, needed);
    const struct step *step = &planner->project->steps[needed];

    if (item && item->action == PLAN_BLOCKED)
        error_set(err, ERROR_BLOCKED, "needs %s, which is blocked: %s",
                  step->id, item->reason);
    else if (item || is_selected(planner, needed))
        error_set(err, ERROR_BLOCKED, "needs %s, which comes later", step->id);
    else
        error_set(err, ERROR_BLOCKED, "needs %s, which %s", step->id,
                  how_it_stands(planner, step));
    error_hint(err, "run it first: stepdeck run %s", step->id);
}

static bool check_steps(const struct planner *planner, const struct step *step,
                        struct error *err)
{
    if (step->unknown_steps.count) {
        error_set(err, ERROR_BLOCKED, "needs %s, which does not exist",
                  step->unknown_steps.items[0]);
        return error_hint(err, "correct the Prerequisites of %s", step->id);
    }
    for (size_t i = 0; i < step->require_count; i++) {
        if (planner->standing[step->requires[i]] == STANDING_UNMET) {
            explain_unmet(planner, step->requires[i], err);
            return false;
        }
    }
    if (!step->header.has_prerequisites &&
        planner->group_obstacle != SIZE_MAX) {
        explain_unmet(planner, planner->group_obstacle, err);
        return false;
    }
    return true;
}

/* A command or file may appear while earlier steps run: with some before it
 * the step is only remarked on, and checked when its turn comes. */
static bool check_rest(const struct planner *planner, const struct step *step,
                       struct plan_item *item, struct error *err)
{
    for (size_t i = 0; i < step->need_count; i++) {
        const struct need *need = &step->needs[i];
        struct error unmet = { 0 };

        if (prerequisite_check(planner->project, need, NULL, &unmet))
            continue;
        if (need->kind == NEED_ENV || planner->plan->run_count == 0) {
            *err = unmet;
            return false;
        }
        if (!item->note)
            item->note = mem_format("%s now", unmet.message);
    }
    return true;
}

/* ---- one step --------------------------------------------------------- */

static json_t *expected_steps(const struct planner *planner,
                              const struct step *step);

/* What a step's fingerprint will be when this plan has been carried out. */
static const char *expected_digest(const struct planner *planner, size_t index)
{
    const struct step *step = &planner->project->steps[index];
    char digest[DIGEST_TEXT_SIZE] = "";
    json_t *fingerprint, *record = NULL;

    if (planner->digests[index])
        return planner->digests[index];
    /* A step that needs itself in the end is refused before (circles). */
    if (planner->standing[index] == STANDING_WILL_RUN) {
        fingerprint = fingerprint_make(planner->project, step,
                                       expected_steps(planner, step));
    } else {
        record = state_record(planner->state, step->id, NULL);
        fingerprint = json_incref(json_object_get(record, "fingerprint"));
    }
    if (json_is_object(fingerprint))
        fingerprint_digest(fingerprint, digest);
    json_decref(fingerprint);
    json_decref(record);
    planner->digests[index] = mem_text(digest);
    return planner->digests[index];
}

static json_t *expected_steps(const struct planner *planner,
                              const struct step *step)
{
    json_t *steps = json_object();

    for (size_t i = 0; i < step->require_count; i++) {
        const char *digest = expected_digest(planner, step->requires[i]);

        if (*digest)
            jsonx_set_text(steps, planner->project->steps[step->requires[i]].id,
                           digest);
    }
    return steps;
}

/* Why a completed step has to run again; NULL when it has not. To free. */
static char *find_staleness(const struct planner *planner, size_t index)
{
    const struct step *step = &planner->project->steps[index];
    struct error warning = { 0 };
    json_t *record, *now;
    char *reason = NULL;

    for (size_t i = 0; i < step->require_count; i++) {
        const struct plan_item *needed =
            plan_item_of(planner->plan, step->requires[i]);

        if (needed && needed->before == STATUS_STALE)
            return mem_format("%s, which it needs, is stale",
                              plan_step(planner->plan,
                                        (size_t)(needed - planner->plan->items))
                                  ->id);
    }
    record = state_record(planner->state, step->id, &warning);
    if (error_is_set(&warning))
        strvec_addf(&planner->plan->warnings, "%s", warning.message);
    if (json_is_object(json_object_get(record, "fingerprint"))) {
        now = fingerprint_make(planner->project, step,
                               expected_steps(planner, step));
        reason =
            fingerprint_difference(json_object_get(record, "fingerprint"), now);
        json_decref(now);
    }
    json_decref(record);
    return reason;
}

static void decide_completed(const struct planner *planner, size_t index,
                             struct plan_item *item)
{
    char *stale = find_staleness(planner, index);

    if (stale) {
        item->before = STATUS_STALE;
        item->reason = stale;
    } else if (planner->request->forced || planner->is_only[index]) {
        item->reason = mem_text("asked for");
    } else {
        item->action = PLAN_SKIP;
        item->reason = mem_text("already completed");
    }
}

/* A script that may call the deployment back has to look at each. */
static bool guards_deployment(const struct planner *planner,
                              const struct step *step)
{
    return planner->project->target && step->header.rollback;
}

static void decide(const struct planner *planner, size_t index,
                   struct plan_item *item)
{
    static const char *const reasons[] = {
        [STATUS_PENDING] = "has not run yet",
        [STATUS_IN_PROGRESS] = "was interrupted",
        [STATUS_FAILED] = "failed last time",
    };
    const struct step *step = &planner->project->steps[index];

    item->action = PLAN_RUN;
    if (planner->is_skipped[index] ||
        (is_preflight(step) && planner->request->skip_preflight)) {
        item->action = PLAN_SKIP;
        item->skipped_by_choice = true;
        item->reason = mem_text(planner->is_skipped[index]
                                    ? "skipped by choice"
                                    : "skipped by --skip-preflight");
    } else if (step_is_rollback(step) && !planner->is_only[index]) {
        item->action = PLAN_SKIP;
        item->is_standby = true;
        item->reason = mem_text("only when the deployment fails");
    } else if (planner->is_only[index] && step->builtin) {
        item->reason = mem_text("asked for");
    } else if (is_preflight(step) || step->header.always ||
               guards_deployment(planner, step)) {
        item->reason = mem_text("runs every time");
    } else if (item->before == STATUS_COMPLETED) {
        decide_completed(planner, index, item);
    } else {
        item->reason = mem_text(reasons[item->before]);
    }
}

static struct plan_item *add_item(struct planner *planner, size_t index)
{
    struct plan *plan = planner->plan;
    const char *id = planner->project->steps[index].id;
    struct error warning = { 0 };
    struct plan_item *item = &plan->items[plan->count++];

    *item = (struct plan_item){ .step = index };
    if (!planner->request->fresh_start)
        item->before = state_status(planner->state, id, &warning);
    if (error_is_set(&warning))
        strvec_addf(&plan->warnings, "%s: %s", warning.message, warning.hint);
    return item;
}

static bool plan_one(struct planner *planner, size_t index, struct error *err)
{
    const struct step *step = &planner->project->steps[index];
    struct plan_item *item = add_item(planner, index);
    struct plan *plan = planner->plan;
    struct error unmet = { 0 };

    decide(planner, index, item);
    if (item->action == PLAN_RUN && !step_check_runnable(step, err))
        return false;
    if (item->action == PLAN_RUN && (!check_steps(planner, step, &unmet) ||
                                     !check_rest(planner, step, item, &unmet)))
        block(item, &unmet);
    plan->run_count += item->action == PLAN_RUN;
    plan->standby_count += item->is_standby;
    plan->skip_count += item->action == PLAN_SKIP && !item->is_standby;
    plan->blocked_count += item->action == PLAN_BLOCKED;
    planner->standing[index] = item->action == PLAN_RUN    ? STANDING_WILL_RUN
                               : item->action == PLAN_SKIP ? STANDING_MET
                                                           : STANDING_UNMET;
    return true;
}

static void note_unselected(struct planner *planner, size_t index)
{
    const struct step *step = &planner->project->steps[index];

    if (planner->is_skipped[index] ||
        (is_preflight(step) && planner->request->skip_preflight) ||
        (!planner->request->fresh_start &&
         state_status(planner->state, step->id, NULL) == STATUS_COMPLETED))
        planner->standing[index] = STANDING_MET;
}

/* A new group begins unless the step continues the parallel one before it. */
static bool continues_group(const struct project *project, size_t index)
{
    const char *group = project->steps[index].header.parallel;
    const char *before =
        index ? project->steps[index - 1].header.parallel : NULL;

    return group && before && strcmp(group, before) == 0;
}

static bool plan_steps(struct planner *planner, struct error *err)
{
    const struct project *project = planner->project;

    /* What is met on the disk may be needed by an earlier step as well. */
    for (size_t i = 0; i < project->count; i++)
        note_unselected(planner, i);
    for (size_t i = 0; i < project->count; i++) {
        const struct step *step = &project->steps[i];

        if (step_range(step) != planner->request->range)
            continue;
        if (!continues_group(project, i))
            planner->group_obstacle = planner->obstacle;
        if (is_selected(planner, i) && !plan_one(planner, i, err))
            return false;
        if (step->header.critical && planner->obstacle == SIZE_MAX &&
            planner->standing[i] == STANDING_UNMET)
            planner->obstacle = i;
    }
    return true;
}

bool plan_make(struct plan *plan, const struct project *project,
               const struct state *state, const struct plan_request *request,
               struct error *err)
{
    struct planner planner = { .plan = plan,
                               .project = project,
                               .state = state,
                               .request = request,
                               .obstacle = SIZE_MAX,
                               .group_obstacle = SIZE_MAX };
    char *circle = circle_find(project);
    bool ok = false;

    *plan = (struct plan){ .project = project };
    plan->items = mem_new(project->count, sizeof(*plan->items));
    planner.standing = mem_new(project->count, sizeof(*planner.standing));
    planner.digests = mem_new(project->count, sizeof(*planner.digests));
    planner.is_only = mem_new(project->count, sizeof(*planner.is_only));
    planner.is_skipped = mem_new(project->count, sizeof(*planner.is_skipped));
    if (circle) {
        error_set(err, ERROR_INPUT, "prerequisites form a circle: %s", circle);
        error_hint(err, "remove one of them");
    } else {
        ok = select_steps(&planner, err) && plan_steps(&planner, err);
    }
    for (size_t i = 0; i < project->count; i++)
        free(planner.digests[i]);
    free(planner.digests);
    free(planner.standing);
    free(planner.is_only);
    free(planner.is_skipped);
    free(circle);
    if (!ok)
        plan_release(plan);
    return ok;
}

void plan_release(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        free(plan->items[i].reason);
        free(plan->items[i].suggestion);
        free(plan->items[i].note);
        strvec_release(&plan->items[i].preview);
    }
    free(plan->items);
    strvec_release(&plan->warnings);
    *plan = (struct plan){ 0 };
}

/* ---- asking ----------------------------------------------------------- */

const struct step *plan_step(const struct plan *plan, size_t item)
{
    return &plan->project->steps[plan->items[item].step];
}

const struct plan_item *plan_item_of(const struct plan *plan, size_t step)
{
    size_t low = 0, high = plan->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (plan->items[middle].step < step)
            low = middle + 1;
        else
            high = middle;
    }
    return low < plan->count && plan->items[low].step == step
               ? &plan->items[low]
               : NULL;
}

const struct plan_item *plan_first_obstacle(const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->items[i].action == PLAN_BLOCKED &&
            plan_step(plan, i)->header.critical)
            return &plan->items[i];
    }
    return NULL;
}

bool plan_is_same_group(const struct plan *plan, size_t item, size_t other)
{
    const char *group = plan_step(plan, item)->header.parallel;
    size_t first = item < other ? item : other;
    size_t last = item < other ? other : item;

    for (size_t i = first; group && i <= last; i++) {
        const char *name = plan_step(plan, i)->header.parallel;

        if (!name || strcmp(name, group) != 0)
            return false;
    }
    return group != NULL;
}

const char *plan_action_name(enum plan_action action)
{
    static const char *const names[] = { "run", "skip", "blocked" };

    return names[action];
}
