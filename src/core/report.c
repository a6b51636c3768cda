#include "core/report.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/redact.h"
#include "core/engine.h"
#include "core/lock.h"
#include "core/runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- loading ---------------------------------------------------------- */

/* The run is alive when the lock is held by it. A run that has not come to its
 * first step has not written its name there yet, but its process. */
static bool is_alive(const struct state *state, const struct run_model *model)
{
    json_t *holder = NULL;
    bool is_held = lock_inspect(state_fd(state), &holder);
    const char *run = jsonx_text(holder, "run", NULL);
    bool alive = is_held && (run ? strcmp(run, model->run) == 0
                                 : jsonx_int(holder, "pid", -1) == model->pid);

    json_decref(holder);
    return alive;
}

static enum report_result find_result(const struct state *state,
                                      const struct run_model *model)
{
    if (!model->has_ended)
        return is_alive(state, model) ? REPORT_RUNNING : REPORT_INTERRUPTED;
    switch (model->exit_status) {
    case EXIT_STATUS_DONE:
        return REPORT_DONE;
    case EXIT_STATUS_BLOCKED:
        return REPORT_BLOCKED;
    case EXIT_STATUS_CANCELLED:
        return REPORT_CANCELLED;
    default:
        return REPORT_FAILED;
    }
}

static void mask(const struct redact *redact, char **text)
{
    struct strbuf masked = { 0 };

    if (!*text)
        return;
    redact_text(redact, *text, strlen(*text), &masked);
    free(*text);
    *text = strbuf_take(&masked);
}

static void mask_remarks(const struct redact *redact,
                         struct run_remarks *remarks)
{
    for (size_t i = 0; i < remarks->count; i++) {
        mask(redact, &remarks->items[i].message);
        mask(redact, &remarks->items[i].suggestion);
    }
}

/* What is secret now may not have been when the journal was written. */
static void mask_model(const struct redact *redact, struct run_model *model)
{
    if (!redact || redact_is_empty(redact))
        return;
    mask(redact, &model->command);
    mask(redact, &model->project);
    mask(redact, &model->environment);
    mask(redact, &model->branch);
    mask(redact, &model->verdict);
    for (size_t i = 0; i < model->step_count; i++) {
        struct run_step *step = &model->steps[i];

        mask(redact, &step->title);
        mask(redact, &step->message);
        mask(redact, &step->suggestion);
        mask(redact, &step->cause);
        mask(redact, &step->documentation);
    }
    mask_remarks(redact, &model->errors);
    mask_remarks(redact, &model->warnings);
}

void report_load(struct report *report, const struct state *state,
                 const char *id, const struct redact *redact)
{
    *report = (struct report){ .state = state,
                               .redact = redact,
                               .id = mem_text(id),
                               .result = REPORT_UNREADABLE };
    if (!run_model_load(&report->model, state, id, &report->skipped,
                        &report->error)) {
        error_set(&report->error, ERROR_IO, "run %s: it cannot be read", id);
        return;
    }
    report->is_foreign = report->model.version_of_events > EVENT_VERSION;
    report->result = find_result(state, &report->model);
    mask_model(redact, &report->model);
}

void report_release(struct report *report)
{
    run_model_release(&report->model);
    free(report->id);
    *report = (struct report){ 0 };
}

/* ---- words ------------------------------------------------------------ */

static const struct {
    const char *name;
    enum step_status status;
} results[] = {
    [REPORT_DONE] = { "done", STATUS_COMPLETED },
    [REPORT_FAILED] = { "failed", STATUS_FAILED },
    [REPORT_BLOCKED] = { "blocked", STATUS_BLOCKED },
    [REPORT_CANCELLED] = { "cancelled", STATUS_SKIPPED },
    [REPORT_INTERRUPTED] = { "interrupted", STATUS_STALE },
    [REPORT_RUNNING] = { "running", STATUS_IN_PROGRESS },
    [REPORT_UNREADABLE] = { "unreadable", STATUS_STALE },
};

const char *report_result_name(enum report_result result)
{
    return results[result].name;
}

enum step_status report_result_status(enum report_result result)
{
    return results[result].status;
}

int64_t report_duration(const struct report *report, int64_t now_ms)
{
    const struct run_model *model = &report->model;
    int64_t end_ms = report->result == REPORT_RUNNING ? now_ms : model->last_ms;

    if (!model->start_ms)
        return -1;
    return jsonx_int(model->summary, "elapsed_ms",
                     end_ms > model->start_ms ? end_ms - model->start_ms : 0);
}

size_t report_completed(const struct report *report)
{
    size_t count = 0;

    for (size_t i = 0; i < report->model.step_count; i++) {
        const struct run_step *step = &report->model.steps[i];

        count += step->status == STATUS_COMPLETED || step->was_completed;
    }
    return count;
}

const struct run_step *report_culprit(const struct report *report)
{
    for (size_t i = 0; i < report->model.step_count; i++) {
        const struct run_step *step = &report->model.steps[i];

        if ((status_is_running(step->status) &&
             report->result != REPORT_RUNNING) ||
            (step->critical &&
             (step->status == STATUS_FAILED || step->status == STATUS_BLOCKED)))
            return step;
    }
    return NULL;
}

bool report_is_unreached(const struct report *report,
                         const struct run_step *step)
{
    return report->result != REPORT_RUNNING && step->status == STATUS_PENDING;
}

const char *report_step_word(const struct report *report,
                             const struct run_step *step)
{
    if (report->result != REPORT_RUNNING && status_is_running(step->status))
        return "interrupted";
    return report_is_unreached(report, step) ? "not reached"
                                             : status_name(step->status);
}

enum step_status report_step_status(const struct report *report,
                                    const struct run_step *step)
{
    return status_is_running(step->status) && report->result != REPORT_RUNNING
               ? STATUS_STALE
               : step->status;
}

int64_t report_step_duration(const struct report *report,
                             const struct run_step *step, int64_t now_ms)
{
    if (!step->start_ms)
        return -1;
    if (!status_is_running(step->status))
        return step->duration_ms;
    return report->result == REPORT_RUNNING && now_ms > step->start_ms
               ? now_ms - step->start_ms
               : -1;
}

char *report_remark(const struct report *report)
{
    if (report->is_foreign)
        return mem_format("written by a newer version of stepdeck; shown as "
                          "far as it can be read");
    if (report->skipped)
        return mem_format("%zu %s of the journal could not be read",
                          report->skipped,
                          report->skipped == 1 ? "line" : "lines");
    return NULL;
}

char *report_time(int64_t wall_ms, char *text)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm parts;

    if (wall_ms <= 0 || !localtime_r(&seconds, &parts) ||
        !strftime(text, REPORT_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &parts))
        text[0] = '\0';
    return text;
}

/* ---- JSON ------------------------------------------------------------- */

static void set_time(json_t *json, const char *name, int64_t wall_ms)
{
    char text[CLOCK_TEXT_SIZE];

    if (wall_ms > 0)
        jsonx_set_text(json, name, clock_format_millis(wall_ms, text));
}

json_t *report_summary_json(const struct report *report)
{
    const struct run_model *model = &report->model;
    const struct run_step *culprit = report_culprit(report);
    int64_t duration_ms = report_duration(report, clock_wall(clock_system()));
    json_t *json = json_object();
    char *remark = report_remark(report);

    jsonx_set_text(json, "run", report->id);
    jsonx_set_text(json, "result", report_result_name(report->result));
    jsonx_set_text(json, "command", model->command);
    set_time(json, "started", model->start_ms);
    if (model->has_ended) {
        set_time(json, "ended", model->last_ms);
        jsonx_set_int(json, "exit_status", model->exit_status);
    }
    if (duration_ms >= 0)
        jsonx_set_int(json, "duration_ms", duration_ms);
    jsonx_set_int(json, "steps_completed", (int64_t)report_completed(report));
    jsonx_set_int(json, "steps_total", (int64_t)model->step_count);
    if (culprit)
        jsonx_set_text(json, "failed_step", culprit->id);
    jsonx_set_text(json, "verdict", model->verdict);
    jsonx_set_text(json, "remark",
                   report->result == REPORT_UNREADABLE ? report->error.message
                                                       : remark);
    free(remark);
    return json;
}

static json_t *step_json(const struct report *report,
                         const struct run_step *step)
{
    int64_t duration_ms =
        report_step_duration(report, step, clock_wall(clock_system()));
    json_t *json = json_object();

    jsonx_set_text(json, "step", step->id);
    jsonx_set_int(json, "number", step->number);
    jsonx_set_text(json, "title", step->title);
    jsonx_set_text(json, "status", status_name(step->status));
    jsonx_set_bool(json, "critical", step->critical);
    jsonx_set_bool(json, "completed_before", step->was_completed);
    if (strcmp(report_step_word(report, step), "interrupted") == 0)
        jsonx_set_bool(json, "interrupted", true);
    set_time(json, "started", step->start_ms);
    if (duration_ms >= 0)
        jsonx_set_int(json, "duration_ms", duration_ms);
    if (step->start_ms) {
        jsonx_set_int(json, "attempts", step->attempts);
        jsonx_set_int(json, "log_bytes", step->log_bytes);
    }
    if (step->exit_status >= 0)
        jsonx_set_int(json, "exit_status", step->exit_status);
    jsonx_set_text(json, "message", step->message);
    jsonx_set_text(json, "cause", step->cause);
    jsonx_set_text(json, "suggestion", step->suggestion);
    jsonx_set_text(json, "documentation", step->documentation);
    jsonx_set_text(json, "diagnosis", step->diagnosis);
    return json;
}

static json_t *remarks_json(const struct run_remarks *remarks)
{
    json_t *json = json_array();

    for (size_t i = 0; i < remarks->count; i++) {
        const struct run_remark *remark = &remarks->items[i];
        json_t *entry = json_object();

        set_time(entry, "time", remark->time_ms);
        jsonx_set_text(entry, "step", remark->step);
        jsonx_set_text(entry, "message", remark->message);
        jsonx_set_text(entry, "suggestion", remark->suggestion);
        json_array_append_new(json, entry);
    }
    return json;
}

json_t *report_json(const struct report *report)
{
    const struct run_model *model = &report->model;
    json_t *json = report_summary_json(report);
    json_t *steps = json_array();
    char *journal = runs_journal_path(report->id);
    char *path = mem_format("%s/%s", state_path(report->state), journal);

    jsonx_set_text(json, "project", model->project);
    jsonx_set_text(json, "environment", model->environment);
    jsonx_set_text(json, "target", model->target);
    jsonx_set_text(json, "commit", model->commit);
    jsonx_set_text(json, "branch", model->branch);
    jsonx_set_text(json, "version", model->version);
    for (size_t i = 0; i < model->step_count; i++)
        json_array_append_new(steps, step_json(report, &model->steps[i]));
    json_object_set_new(json, "steps", steps);
    json_object_set_new(json, "errors", remarks_json(&model->errors));
    json_object_set_new(json, "warnings", remarks_json(&model->warnings));
    if (model->summary)
        json_object_set(json, "summary", model->summary);
    jsonx_set_text(json, "journal", path);
    free(path);
    free(journal);
    return json;
}
