/* The target of a run: opened before the first step, asked for its verdict
 * behind the last one. */
#include "core/engine_private.h"

#include "base/mem.h"
#include "core/runevents.h"

bool engine_find_rollback(const struct engine *engine, size_t *item)
{
    const struct plan *plan = engine->request.plan;
    bool is_needed = false;

    for (size_t i = 0; i < plan->count; i++) {
        if (engine->schedule.states[i] == SCHEDULE_FAILED)
            is_needed |= plan_step(plan, i)->header.rollback;
        if (plan->items[i].is_standby)
            *item = i;
    }
    return is_needed && plan->standby_count;
}

void engine_open_target(struct engine *engine)
{
    const struct engine_request *request = &engine->request;
    const struct target_ops *target = request->project->target;

    engine->target_request = (struct target_request){
        .project = request->project,
        .state = request->state,
        .clock = request->clock,
        .run = engine->run,
        .command = request->command,
    };
    if (target && target->open)
        engine->target_run =
            target->open(&engine->target_request, &engine->start_warning);
}

void engine_close_target(struct engine *engine, struct runevents_end *end)
{
    const struct target_ops *target = engine->request.project->target;
    struct event *event;

    if (!engine->target_run)
        return;
    end->summary = json_object();
    if (target->summarize)
        end->verdict =
            mem_text(target->summarize(engine->target_run, end->summary));
    target->close(engine->target_run);
    engine->target_run = NULL;
    if (!end->verdict)
        return;
    event = event_new(EVENT_VERDICT);
    event_set_text(event, "verdict", end->verdict);
    event_set(event, "summary", json_deep_copy(end->summary));
    recorder_emit(&engine->recorder, event, false);
}
