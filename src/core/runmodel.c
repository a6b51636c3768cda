#include "core/runmodel.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "core/journal.h"
#include "core/runs.h"

#include <stdlib.h>
#include <string.h>

static void set_text(char **field, const char *text)
{
    if (!text)
        return;
    free(*field);
    *field = mem_text(text);
}

static void forget(char **field)
{
    free(*field);
    *field = NULL;
}

static void release_remarks(struct run_remarks *remarks)
{
    for (size_t i = 0; i < remarks->count; i++) {
        free(remarks->items[i].step);
        free(remarks->items[i].message);
        free(remarks->items[i].suggestion);
    }
    free(remarks->items);
}

static void release_step(struct run_step *step)
{
    free(step->id);
    free(step->title);
    free(step->group);
    run_items_release(&step->items);
    free(step->note);
    free(step->operation);
    free(step->operation_state);
    free(step->message);
    free(step->suggestion);
    free(step->diagnosis);
    free(step->cause);
    free(step->documentation);
}

void run_model_release(struct run_model *model)
{
    for (size_t i = 0; i < model->step_count; i++)
        release_step(&model->steps[i]);
    free(model->steps);
    release_remarks(&model->errors);
    release_remarks(&model->warnings);
    free(model->run);
    free(model->command);
    free(model->project);
    free(model->environment);
    free(model->target);
    free(model->commit);
    free(model->branch);
    free(model->version);
    free(model->verdict);
    json_decref(model->summary);
    *model = (struct run_model){ 0 };
}

/* A plan is in the order of the ids, so halving finds a step. */
static struct run_step *find_step(const struct run_model *model, const char *id)
{
    size_t low = 0, high = model->step_count;

    while (id && low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(model->steps[middle].id, id);

        if (order == 0)
            return &model->steps[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    /* A plan that is not sorted by id is foreign, and small. */
    for (size_t i = 0; id && i < model->step_count; i++) {
        if (strcmp(model->steps[i].id, id) == 0)
            return &model->steps[i];
    }
    return NULL;
}

static struct run_step *add_step(struct run_model *model, const char *id)
{
    struct run_step *step;

    model->steps = mem_grow(model->steps, model->step_count,
                            &model->step_capacity, sizeof(*model->steps));
    step = &model->steps[model->step_count++];
    *step = (struct run_step){ .id = mem_text(id),
                               .critical = true,
                               .exit_status = -1,
                               .percent = RUN_MODEL_NO_PERCENT };
    return step;
}

static struct run_step *step_of(struct run_model *model,
                                const struct event *event)
{
    const char *id = event_text(event, "step");
    struct run_step *step = find_step(model, id);

    return step || !id ? step : add_step(model, id);
}

static void add_remark(struct run_remarks *remarks, const struct event *event)
{
    struct run_remark *remark;

    remarks->items = mem_grow(remarks->items, remarks->count,
                              &remarks->capacity, sizeof(*remarks->items));
    remark = &remarks->items[remarks->count++];
    *remark = (struct run_remark){
        .step = mem_text(event_text(event, "step")),
        .message = mem_text(event_text(event, "message")),
        .suggestion = mem_text(event_text(event, "suggestion")),
        .time_ms = event_time(event),
    };
    if (!remark->message)
        remark->message = mem_text("");
}

static enum step_status status_before(const json_t *entry)
{
    const char *word = jsonx_text(entry, "status", "");
    enum step_status status;

    return status_parse(word, strlen(word), &status) ? status : STATUS_PENDING;
}

static void add_planned(struct run_model *model, const json_t *entry)
{
    const char *id = jsonx_text(entry, "step", NULL);
    const char *action = jsonx_text(entry, "action", "");
    struct run_step *step;

    if (!id)
        return;
    step = add_step(model, id);
    step->number = (int)jsonx_int(entry, "number", 0);
    step->title = mem_text(jsonx_text(entry, "title", id));
    step->group = mem_text(jsonx_text(entry, "parallel", NULL));
    step->before = status_before(entry);
    step->will_run = strcmp(action, "run") == 0;
    step->is_builtin = jsonx_bool(entry, "builtin");
    step->is_blocked = strcmp(action, "blocked") == 0;
    if (strcmp(action, "skip") == 0) {
        step->status = STATUS_SKIPPED;
        step->was_completed = step->before == STATUS_COMPLETED;
    }
    step->critical = json_object_get(entry, "critical")
                         ? jsonx_bool(entry, "critical")
                         : true;
    step->rolls_back = jsonx_bool(entry, "rolls_back");
    step->message = mem_text(jsonx_text(entry, "reason", NULL));
    step->suggestion = mem_text(jsonx_text(entry, "suggestion", NULL));
}

void run_model_apply_plan(struct run_model *model, const json_t *plan)
{
    json_t *entry;
    size_t index;

    json_array_foreach(plan, index, entry)
    {
        add_planned(model, entry);
    }
}

static void apply_start(struct run_model *model, const struct event *event)
{
    const json_t *git = event_get(event, "git");

    set_text(&model->command, event_text(event, "command"));
    set_text(&model->project, event_text(event, "project"));
    set_text(&model->environment, event_text(event, "environment"));
    set_text(&model->target, event_text(event, "target"));
    set_text(&model->version, event_text(event, "version"));
    set_text(&model->commit, jsonx_text(git, "commit", NULL));
    set_text(&model->branch, jsonx_text(git, "branch", NULL));
    model->pid = (int)event_int(event, "pid", 0);
    run_model_apply_plan(model, event_get(event, "plan"));
}

static void apply_step_start(struct run_step *step, const struct event *event)
{
    step->status = STATUS_IN_PROGRESS;
    step->will_run = true; /* also one that the plan did not speak of */
    step->start_ms = event_time(event);
    step->percent = RUN_MODEL_NO_PERCENT;
    run_items_release(&step->items);
    forget(&step->note);
    forget(&step->operation);
    forget(&step->operation_state);
    step->is_builtin = event_bool(event, "builtin");
    step->interactive = event_bool(event, "interactive");
    step->number = (int)event_int(event, "number", step->number);
    set_text(&step->title, event_text(event, "title"));
    forget(&step->message);
}

static void apply_progress(struct run_step *step, const struct event *event)
{
    if (event_text(event, "item")) {
        run_items_apply(&step->items, event);
        return;
    }
    step->percent = (int)event_int(event, "percent", RUN_MODEL_NO_PERCENT);
    set_text(&step->note, event_text(event, "message"));
}

static void apply_step_end(struct run_step *step, const struct event *event)
{
    const char *word = event_text(event, "status");
    enum step_status status;

    if (word && status_parse(word, strlen(word), &status))
        step->status = status;
    step->attempts = (int)event_int(event, "attempt", step->attempts);
    step->duration_ms = event_int(event, "duration_ms", step->duration_ms);
    step->exit_status = (int)event_int(event, "exit_status", -1);
    step->log_bytes = event_int(event, "log_bytes", 0);
    step->was_completed = event_bool(event, "completed");
    set_text(&step->message, event_text(event, "message"));
    set_text(&step->suggestion, event_text(event, "suggestion"));
}

static void apply_diagnosis(struct run_step *step, const struct event *event)
{
    set_text(&step->diagnosis, event_text(event, "id"));
    set_text(&step->cause, event_text(event, "cause"));
    set_text(&step->documentation, event_text(event, "documentation"));
    set_text(&step->suggestion, event_text(event, "suggestion"));
}

static void apply_end(struct run_model *model, const struct event *event)
{
    model->has_ended = true;
    model->exit_status = (int)event_int(event, "exit_status", -1);
    set_text(&model->verdict, event_text(event, "verdict"));
    json_decref(model->summary);
    model->summary =
        json_deep_copy(json_object_get(event_json(event), "summary"));
}

static void apply_to_step(struct run_model *model, const struct event *event)
{
    struct run_step *step = step_of(model, event);

    if (!step)
        return;
    switch (event_type(event)) {
    case EVENT_STEP_START:
        apply_step_start(step, event);
        break;
    case EVENT_STEP_PROGRESS:
        apply_progress(step, event);
        break;
    case EVENT_STEP_RETRY:
        step->status = STATUS_RETRYING;
        step->attempts = (int)event_int(event, "attempt", step->attempts);
        set_text(&step->message, event_text(event, "message"));
        break;
    case EVENT_STEP_END:
        apply_step_end(step, event);
        break;
    case EVENT_CLOUD_OPERATION:
        set_text(&step->operation, event_text(event, "kind"));
        set_text(&step->operation_state, event_text(event, "state"));
        break;
    case EVENT_DIAGNOSIS:
        apply_diagnosis(step, event);
        break;
    default:
        break;
    }
}

void run_model_apply(struct run_model *model, const struct event *event)
{
    int64_t time_ms = event_time(event);

    set_text(&model->run, event_text(event, "run"));
    model->version_of_events = (int)event_int(event, "v", 0);
    if (!model->start_ms)
        model->start_ms = time_ms;
    if (time_ms)
        model->last_ms = time_ms;
    switch (event_type(event)) {
    case EVENT_RUN_START:
        apply_start(model, event);
        break;
    case EVENT_WARNING:
        add_remark(&model->warnings, event);
        break;
    case EVENT_ERROR:
        add_remark(&model->errors, event);
        break;
    case EVENT_RUN_END:
        apply_end(model, event);
        break;
    default:
        apply_to_step(model, event);
        break;
    }
}

const struct run_step *run_model_step(const struct run_model *model,
                                      const char *id)
{
    return find_step(model, id);
}

size_t run_model_count(const struct run_model *model, enum step_status status)
{
    size_t count = 0;

    for (size_t i = 0; i < model->step_count; i++)
        count += model->steps[i].status == status;
    return count;
}

size_t run_model_planned(const struct run_model *model)
{
    size_t count = 0;

    for (size_t i = 0; i < model->step_count; i++)
        count += model->steps[i].will_run;
    return count;
}

size_t run_model_position(const struct run_model *model,
                          const struct run_step *step)
{
    size_t position = 0;

    for (size_t i = 0; i < model->step_count; i++) {
        position += model->steps[i].will_run;
        if (&model->steps[i] == step)
            break;
    }
    return position;
}

static bool apply(void *context, const struct event *event)
{
    run_model_apply(context, event);
    return true;
}

bool run_model_load(struct run_model *model, const struct state *state,
                    const char *run, size_t *skipped, struct error *err)
{
    char *path = runs_journal_path(run);
    bool ok;

    set_text(&model->run, run);
    ok = state_fd(state) >= 0 &&
         journal_read(state_fd(state), path, apply, model, skipped, err);
    if (!ok)
        error_wrap(err, "run %s", run);
    free(path);
    return ok;
}
