/* A plan as the events and --json show it. */
#include "base/jsonx.h"
#include "core/plan.h"

#include <string.h>

static json_t *texts_json(const struct strvec *texts)
{
    json_t *json = json_array();

    for (size_t i = 0; i < texts->count; i++)
        json_array_append_new(
            json, jsonx_string(texts->items[i], strlen(texts->items[i])));
    return json;
}

json_t *plan_json(const struct plan *plan)
{
    json_t *json = json_array();

    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_item *item = &plan->items[i];
        const struct step *step = plan_step(plan, i);
        json_t *entry;

        if (item->is_standby)
            continue;
        entry = json_object();
        jsonx_set_text(entry, "step", step->id);
        jsonx_set_int(entry, "number", step->number);
        jsonx_set_text(entry, "title", step->title);
        jsonx_set_text(entry, "action", plan_action_name(item->action));
        jsonx_set_text(entry, "status", status_name(item->before));
        jsonx_set_text(entry, "reason", item->reason);
        jsonx_set_text(entry, "suggestion", item->suggestion);
        jsonx_set_text(entry, "note", item->note);
        jsonx_set_bool(entry, "critical", step->header.critical);
        jsonx_set_text(entry, "parallel", step->header.parallel);
        jsonx_set_text(entry, "description", step->header.description);
        jsonx_set_text(entry, "confirm", step->header.confirm);
        if (step->builtin)
            jsonx_set_bool(entry, "builtin", true);
        if (step->header.interactive)
            jsonx_set_bool(entry, "interactive", true);
        if (step->header.attempts > 1)
            jsonx_set_int(entry, "attempts", step->header.attempts);
        if (step->header.timeout_ms)
            jsonx_set_int(entry, "timeout_ms", step->header.timeout_ms);
        if (step->header.rollback && plan->standby_count)
            jsonx_set_bool(entry, "rolls_back", true);
        if (item->preview.count)
            json_object_set_new(entry, "preview", texts_json(&item->preview));
        json_array_append_new(json, entry);
    }
    return json;
}
