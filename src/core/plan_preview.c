/* What the built-in steps of a plan would do, for a dry run: the target looks,
 * with a run of its own that cannot change anything. */
#include "base/cancel.h"
#include "base/clock.h"
#include "core/plan.h"

void plan_preview(struct plan *plan, const struct state *state,
                  const char *command, struct cancel *cancel)
{
    const struct target_ops *target = plan->project->target;
    const struct target_request request = {
        .project = plan->project,
        .state = state,
        .clock = clock_system(),
        .command = command,
        .is_read_only = true,
        .cancel = cancel,
    };
    struct error warning = { 0 };
    struct target_run *run;

    if (!target || !target->preview || !target->open)
        return;
    run = target->open(&request, &warning);
    if (error_is_set(&warning))
        strvec_addf(&plan->warnings, "%s: %s", warning.message, warning.hint);
    for (size_t i = 0; run && i < plan->count; i++) {
        struct plan_item *item = &plan->items[i];
        const struct step *step = plan_step(plan, i);

        if (cancel && cancel_level(cancel) != CANCEL_NONE)
            break;
        if (step->builtin && item->action == PLAN_RUN)
            target->preview(run, step->builtin, &item->preview);
    }
    if (run)
        target->close(run);
}
