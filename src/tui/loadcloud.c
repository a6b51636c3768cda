#include "tui/loadcloud.h"

#include "base/jsonx.h"
#include "base/redact_json.h"
#include "core/target.h"
#include "tui/wanted.h"

#include <string.h>

void loadcloud_status(struct loaded *loaded,
                      const struct console_request *request,
                      struct cancel *cancel)
{
    static const char *const spared[] = { "status", "verdict", NULL };
    struct session session = { 0 };
    json_t *cloud;

    if (!load_session(&session, request, &loaded->error))
        return;
    cloud =
        target_status(&session.project, session.state, cancel, &loaded->error);
    if (cloud)
        loaded->cloud = redact_json(cloud, session.redact, spared);
    json_decref(cloud);
    session_close(&session);
}

static json_t *previews_of(const struct plan *plan)
{
    json_t *all = json_object();

    for (size_t i = 0; i < plan->count; i++) {
        const struct strvec *lines = &plan->items[i].preview;
        json_t *list;

        if (!lines->count)
            continue;
        list = json_array();
        for (size_t j = 0; j < lines->count; j++)
            json_array_append_new(
                list, jsonx_string(lines->items[j], strlen(lines->items[j])));
        json_object_set_new(all, plan_step(plan, i)->id, list);
    }
    return all;
}

void loadcloud_preview(struct loaded *loaded, const struct load_job *job,
                       const struct console_request *request,
                       struct cancel *cancel)
{
    static const char *const spared[] = { NULL };
    struct session session = { 0 };
    struct wanted wanted = { 0 };
    struct plan plan = { 0 };
    json_t *previews;

    wanted_fill(&wanted, job, request);
    if (wanted_open(&wanted, &session, &loaded->error)) {
        if (wanted_select(&wanted, &session, &loaded->error) &&
            launch_plan(&plan, &session, &wanted.request, &loaded->error)) {
            plan_preview(&plan, session.state, wanted.request.command, cancel);
            previews = previews_of(&plan);
            loaded->previews = redact_json(previews, session.redact, spared);
            json_decref(previews);
        }
        plan_release(&plan);
        session_close(&session);
    }
    wanted_release(&wanted);
}
