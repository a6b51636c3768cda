#include "core/alone.h"

#include "base/strvec.h"
#include "core/project.h"
#include "core/target.h"

#include <string.h>

static bool is_preflight(const struct step *step)
{
    return step->number == STEP_PREFLIGHT_NUMBER;
}

static bool is_prune(const struct step *step)
{
    return step->builtin && step->builtin->role == TARGET_PRUNE;
}

static const struct alone commands[] = {
    { "preflight", NULL, NULL, is_preflight, false },
    { "rollback", "NO_ROLLBACK=no", "Put the previous image back?",
      step_is_rollback, true },
    { "prune", "PRUNE_IMAGES=yes", "Remove old images?", is_prune, true },
};

const struct alone *alone_find(const char *command)
{
    for (size_t i = 0; command && i < sizeof(commands) / sizeof(commands[0]);
         i++) {
        if (strcmp(commands[i].command, command) == 0)
            return &commands[i];
    }
    return NULL;
}

static bool complain(const struct alone *alone, const struct project *project,
                     struct error *err)
{
    if (!alone->needs_target) {
        error_set(err, ERROR_INPUT, "this project has no step 001");
        return error_hint(err,
                          "write one with 'stepdeck new 001 preflight-check'");
    }
    if (project->target) {
        error_set(err, ERROR_INPUT, "'%s' is no step of the target '%s'",
                  alone->command, project->target->name);
        return error_hint(err, "'stepdeck plan' shows the steps");
    }
    error_set(err, ERROR_INPUT,
              "'%s' needs a cloud target, and this project has none",
              alone->command);
    return error_hint(err, "set SERVICE_NAME (and AWS_REGION), for example "
                           "with 'stepdeck setup'");
}

bool alone_select(const struct alone *alone, const struct project *project,
                  struct strvec *only, struct error *err)
{
    size_t before = only->count;

    for (size_t i = 0; i < project->count; i++) {
        if (alone->is_wanted(&project->steps[i]))
            strvec_add(only, project->steps[i].id);
    }
    return only->count > before || complain(alone, project, err);
}
