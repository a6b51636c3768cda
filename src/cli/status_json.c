/* The JSON of `stepdeck status`. Part of status_view.h. */
#include "base/jsonx.h"
#include "base/mem.h"
#include "cli/past.h"
#include "cli/status_view.h"
#include "core/repo.h"

#include <stdlib.h>
#include <string.h>

enum { RECENT_COUNT = 10 };

static json_t *git_json(const struct project *project)
{
    struct repo_info git;
    json_t *json;

    if (!repo_read(project->dir, &git))
        return json_null();
    json = json_object();
    jsonx_set_text(json, "commit", git.commit);
    jsonx_set_text(json, "branch", git.branch);
    repo_info_release(&git);
    return json;
}

static json_t *step_json(const struct overview_step *step)
{
    static const char *const ranges[] = { "setup", "deploy", "teardown" };
    char time[CLOCK_TEXT_SIZE];
    json_t *json = json_object();

    jsonx_set_text(json, "step", step->step->id);
    jsonx_set_int(json, "number", step->step->number);
    jsonx_set_text(json, "title", step->step->title);
    jsonx_set_text(json, "range", ranges[step_range(step->step)]);
    jsonx_set_text(json, "status", status_name(step->status));
    jsonx_set_bool(json, "critical", step->step->header.critical);
    if (step->is_interrupted)
        jsonx_set_bool(json, "interrupted", true);
    if (step->item)
        jsonx_set_text(json, "action", plan_action_name(step->item->action));
    jsonx_set_text(json, "reason",
                   step->reason || !step->item ? step->reason
                                               : step->item->reason);
    if (step->item)
        jsonx_set_text(json, "suggestion", step->item->suggestion);
    if (step->duration_ms >= 0)
        jsonx_set_int(json, "duration_ms", step->duration_ms);
    if (step->time_ms)
        jsonx_set_text(json, "time", clock_format_seconds(step->time_ms, time));
    if (step->attempts)
        jsonx_set_int(json, "attempts", step->attempts);
    return json;
}

static json_t *counts_json(const struct overview *overview)
{
    static const enum step_status statuses[] = {
        STATUS_COMPLETED, STATUS_IN_PROGRESS, STATUS_FAILED,
        STATUS_STALE,     STATUS_BLOCKED,     STATUS_PENDING
    };
    json_t *json = json_object();

    jsonx_set_int(json, "total", (int64_t)overview_total(overview));
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        jsonx_set_int(json, status_name(statuses[i]),
                      (int64_t)overview_count(overview, statuses[i]));
    return json;
}

static json_t *log_json(const struct overview *overview,
                        const struct statelog *log)
{
    size_t first = log->count > RECENT_COUNT ? log->count - RECENT_COUNT : 0;
    json_t *json = json_object();
    json_t *recent = json_array();

    for (size_t i = first; i < log->count; i++) {
        const struct statelog_entry *entry = &log->entries[i];
        json_t *object = json_object();

        jsonx_set_text(object, "time", entry->time);
        jsonx_set_text(object, "step", entry->step);
        jsonx_set_text(object, "message", entry->message);
        jsonx_set_text(object, "suggestion",
                       overview_suggestion(overview, entry));
        json_array_append_new(recent, object);
    }
    jsonx_set_int(json, "count", (int64_t)log->count);
    jsonx_set_int(json, "unreadable_lines",
                  (int64_t)log->unreadable + log->is_torn);
    json_object_set_new(json, "recent", recent);
    return json;
}

static json_t *next_json(const struct overview *overview,
                         const struct options *options)
{
    json_t *json = json_object();
    struct past_advice advice;

    past_advise(overview, options, &advice);
    if (overview->next)
        jsonx_set_text(json, "step", overview->next->step->id);
    jsonx_set_text(json, "message", advice.sentence);
    jsonx_set_text(json, "suggestion", advice.suggestion);
    jsonx_set_text(json, "command", advice.command);
    past_advice_release(&advice);
    return json;
}

static json_t *lock_json(const struct overview *overview)
{
    json_t *json = json_object();

    jsonx_set_bool(json, "held", overview->is_locked);
    if (overview->holder)
        json_object_set(json, "holder", overview->holder);
    return json;
}

static json_t *notices_json(const struct overview *overview)
{
    json_t *json = json_array();

    for (size_t i = 0; i < overview->notices.count; i++) {
        const char *text = overview->notices.items[i];

        json_array_append_new(json, jsonx_string(text, strlen(text)));
    }
    return json;
}

static json_t *paths_json(const struct overview *overview)
{
    static const char *const names[][2] = {
        { "checkpoints", "checkpoints.log" },
        { "errors", "errors.log" },
        { "warnings", "warnings.log" },
        { "deployment", "deployment.log" },
        { "runs", "runs" },
    };
    json_t *json = json_object();

    jsonx_set_text(json, "state", state_path(overview->state));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *path =
            mem_format("%s/%s", state_path(overview->state), names[i][1]);

        jsonx_set_text(json, names[i][0], path);
        free(path);
    }
    return json;
}

static json_t *cloud_json(const struct status_cloud *cloud)
{
    json_t *json;

    if (cloud->status)
        return json_incref(cloud->status);
    if (!error_is_set(&cloud->err))
        return json_null();
    json = json_object();
    jsonx_set_text(json, "error", cloud->err.message);
    jsonx_set_text(json, "suggestion",
                   cloud->err.hint[0] ? cloud->err.hint : NULL);
    return json;
}

json_t *status_view_json(const struct overview *overview,
                         const struct status_cloud *cloud,
                         const struct options *options)
{
    const struct project *project = overview->project;
    json_t *json = json_object();
    json_t *steps = json_array();

    jsonx_set_text(json, "project", project->name);
    jsonx_set_text(json, "environment",
                   config_get(&project->config, "ENVIRONMENT"));
    jsonx_set_text(json, "target",
                   project->target ? project->target->name : "none");
    jsonx_set_text(json, "directory", project->dir);
    json_object_set_new(json, "git", git_json(project));
    for (size_t i = 0; i < overview->count; i++)
        json_array_append_new(steps, step_json(&overview->steps[i]));
    json_object_set_new(json, "steps", steps);
    json_object_set_new(json, "counts", counts_json(overview));
    json_object_set_new(json, "last_run",
                        overview->has_run ? report_summary_json(&overview->last)
                                          : json_null());
    json_object_set_new(json, "lock", lock_json(overview));
    json_object_set_new(json, "errors", log_json(overview, &overview->errors));
    json_object_set_new(json, "warnings",
                        log_json(overview, &overview->warnings));
    json_object_set_new(json, "notices", notices_json(overview));
    json_object_set_new(json, "cloud", cloud_json(cloud));
    json_object_set_new(json, "next", next_json(overview, options));
    json_object_set_new(json, "logs", paths_json(overview));
    json_object_set_new(json, "configuration", config_json(&project->config));
    return json;
}
