#include "cli/plan_view.h"

#include "base/mem.h"
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

static enum step_status shown_status(const struct plan_item *item)
{
    if (item->action == PLAN_BLOCKED)
        return STATUS_BLOCKED;
    if (item->action == PLAN_RUN)
        return item->before == STATUS_STALE ? STATUS_STALE : STATUS_IN_PROGRESS;
    return item->skipped_by_choice ? STATUS_SKIPPED : STATUS_COMPLETED;
}

static size_t longest_id(const struct plan *plan)
{
    size_t longest = 0;

    for (size_t i = 0; i < plan->count; i++) {
        size_t size = strlen(plan_step(plan, i)->id);

        if (size > longest)
            longest = size;
    }
    return longest > 40 ? 40 : longest;
}

static void print_item(const struct plan *plan, size_t index, size_t width)
{
    const struct plan_item *item = &plan->items[index];
    const struct step *step = plan_step(plan, index);
    enum step_status status = shown_status(item);
    char *id = output_column(step->id, width);
    char *reason = output_safe(item->reason);

    output_printf("  %s%s %-7s%s  %s  %s%s%s%s%s\n",
                  output_on(output_style_of(status)), output_icon(status),
                  plan_action_name(item->action), output_off(), id,
                  output_on(STYLE_DIM), reason,
                  step->header.critical ? "" : ", not critical",
                  step->header.parallel ? ", parallel" : "", output_off());
    free(reason);
    free(id);
    for (size_t i = 0; i < item->preview.count; i++) {
        char *text = output_safe(item->preview.items[i]);

        output_printf("  %*s%s\n", (int)width + 13, "", text);
        free(text);
    }
    if (item->suggestion || item->note) {
        char *text =
            output_safe(item->suggestion ? item->suggestion : item->note);

        output_printf("  %*s%s%s %s%s\n", (int)width + 13, "",
                      output_on(STYLE_WARNING),
                      item->suggestion ? "do:" : "note:", text, output_off());
        free(text);
    }
}

static void print_configuration(const struct config *config)
{
    output_printf("\n%sConfiguration%s\n", output_on(STYLE_BOLD), output_off());
    for (size_t i = 0; i < config->count; i++) {
        const struct config_value *value = &config->values[i];
        char *origin = config_origin_text(value);
        char *safe = output_safe(
            config_is_secret(config, value->key) ? "***" : value->value);

        output_printf("  %s=%s  %s%s%s\n", value->key, safe,
                      output_on(STYLE_DIM), origin, output_off());
        free(safe);
        free(origin);
    }
}

void plan_view_print(const struct plan *plan, bool is_verbose)
{
    const char *environment = config_get(&plan->project->config, "ENVIRONMENT");
    char *name = output_safe(plan->project->name);
    char *where = output_safe(environment ? environment : "");
    size_t width = longest_id(plan);

    output_printf("%sPlan%s for %s (%s): %zu to run, %zu to skip, %zu "
                  "blocked\n\n",
                  output_on(STYLE_BOLD), output_off(), name, where,
                  plan->run_count, plan->skip_count, plan->blocked_count);
    free(name);
    free(where);
    for (size_t i = 0; i < plan->count; i++) {
        if (!plan->items[i].is_standby)
            print_item(plan, i, width);
    }
    for (size_t i = 0; i < plan->warnings.count; i++) {
        char *safe = output_safe(plan->warnings.items[i]);

        output_printf("\n  %s%s %s%s\n", output_on(STYLE_WARNING),
                      output_icon(STATUS_STALE), safe, output_off());
        free(safe);
    }
    if (is_verbose)
        print_configuration(&plan->project->config);
}
