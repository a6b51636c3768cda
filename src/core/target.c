#include "core/target.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "core/config.h"
#include "core/project.h"

#include <string.h>

enum { TARGET_LIMIT = 8 };

static const struct target_ops *known[TARGET_LIMIT];
static size_t known_count;

void target_register(const struct target_ops *ops)
{
    if (known_count < TARGET_LIMIT)
        known[known_count++] = ops;
}

void target_reset(void)
{
    known_count = 0;
}

void target_names(struct strvec *names)
{
    strvec_add(names, "none");
    for (size_t i = 0; i < known_count; i++)
        strvec_add(names, known[i]->name);
}

const struct target_ops *target_at(size_t index)
{
    return index < known_count ? known[index] : NULL;
}

bool target_choose(const struct config *config, const struct target_ops **ops,
                   struct error *err)
{
    const char *name = config_get(config, "DEPLOY_TARGET");
    struct strbuf names = { 0 };

    *ops = NULL;
    if (!name)
        name = config_get(config, "SERVICE_NAME") ? "apprunner" : "none";
    if (strcmp(name, "none") == 0)
        return true;
    strbuf_adds(&names, "none");
    for (size_t i = 0; i < known_count; i++) {
        if (strcmp(known[i]->name, name) == 0)
            *ops = known[i];
        strbuf_addf(&names, ", %s", known[i]->name);
    }
    if (!*ops) {
        error_set(err, ERROR_INPUT, "'%s' is no deployment target", name);
        error_hint(err, "set DEPLOY_TARGET to one of: %s", strbuf_text(&names));
    }
    strbuf_release(&names);
    return *ops != NULL;
}

/* ---- looking, outside of a run ---------------------------------------- */

static struct target_request look_request(const struct project *project,
                                          const struct state *state,
                                          const char *command,
                                          struct cancel *cancel)
{
    return (struct target_request){ .project = project,
                                    .state = state,
                                    .clock = clock_system(),
                                    .command = command,
                                    .is_read_only = true,
                                    .cancel = cancel };
}

json_t *target_status(const struct project *project, const struct state *state,
                      struct cancel *cancel, struct error *err)
{
    const struct target_request request =
        look_request(project, state, "status", cancel);
    const struct target_ops *target = project->target;
    struct error warning = { 0 };
    struct target_run *run;
    json_t *status;

    if (!target || !target->status)
        return NULL;
    run = target->open(&request, &warning);
    status = target->status(run, cancel, err);
    target->close(run);
    return status;
}

bool target_follow(const struct project *project, const struct state *state,
                   struct cancel *cancel,
                   void (*take)(void *context, int64_t time_ms,
                                const char *source, const char *line),
                   void *context, struct error *err)
{
    const struct target_request request =
        look_request(project, state, "logs", cancel);
    const struct target_ops *target = project->target;
    struct error warning = { 0 };
    struct target_run *run;
    bool ok;

    if (!target || !target->follow) {
        error_set(err, ERROR_INPUT, "there are no service logs to follow");
        return error_hint(err, "a cloud target has them: set SERVICE_NAME");
    }
    run = target->open(&request, &warning);
    ok = target->follow(run, cancel, take, context, err);
    target->close(run);
    return ok;
}
