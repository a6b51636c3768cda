#include "core/runevents.h"

#include "base/jsonx.h"
#include "core/repo.h"

#include <unistd.h>

#ifndef STEPDECK_VERSION
#define STEPDECK_VERSION "unknown"
#endif

static json_t *git_json(const struct project *project)
{
    struct repo_info info;
    json_t *json;

    if (!repo_read(project->dir, &info))
        return NULL;
    json = json_object();
    jsonx_set_text(json, "commit", info.commit);
    jsonx_set_text(json, "branch", info.branch);
    repo_info_release(&info);
    return json;
}

struct event *runevents_start(const char *command,
                              const struct project *project,
                              const struct plan *plan)
{
    struct event *event = event_new(EVENT_RUN_START);
    json_t *git = git_json(project);

    event_set_text(event, "version", STEPDECK_VERSION);
    event_set_text(event, "command", command);
    event_set_text(event, "project", project->name);
    event_set_text(event, "environment",
                   config_get(&project->config, "ENVIRONMENT"));
    event_set_text(event, "target",
                   project->target ? project->target->name : "none");
    event_set_int(event, "pid", getpid());
    if (git)
        event_set(event, "git", git);
    event_set(event, "plan", plan_json(plan));
    event_set(event, "configuration", config_json(&project->config));
    return event;
}

struct event *runevents_end(const struct runevents_end *end)
{
    static const char *const members[] = { "service_url", "image_tag",
                                           "image_digest", "previous_digest" };
    struct event *event = event_new(EVENT_RUN_END);
    json_t *summary = end->summary ? end->summary : json_object();
    json_t *steps = json_object();

    jsonx_set_int(steps, "total",
                  (int64_t)(end->plan->count - end->plan->standby_count));
    jsonx_set_int(steps, "completed", (int64_t)end->completed);
    jsonx_set_int(steps, "failed", (int64_t)end->failed);
    jsonx_set_int(steps, "skipped", (int64_t)end->plan->skip_count);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (!json_object_get(summary, members[i]))
            json_object_set_new(summary, members[i], json_null());
    }
    jsonx_set_int(summary, "elapsed_ms", end->elapsed_ms);
    json_object_set_new(summary, "steps", steps);
    event_set_int(event, "exit_status", end->exit_status);
    event_set(event, "verdict",
              end->verdict ? json_string(end->verdict) : json_null());
    event_set(event, "summary", summary);
    return event;
}
