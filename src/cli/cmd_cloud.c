/* The commands that run one built-in step of a cloud target by itself. */
#include "base/mem.h"
#include "base/strvec.h"
#include "cli/command.h"
#include "cli/flow.h"
#include "cli/workspace.h"
#include "core/engine.h"

#include <string.h>

/* The step of the project that is wanted; ERROR_INPUT without a target. */
static bool find_step(const struct options *options, const char *command,
                      bool (*is_wanted)(const struct target_step *step),
                      struct strvec *only, struct error *err)
{
    struct session session = { 0 };
    const struct project *project = &session.project;

    if (!workspace_open(&session, options, STATE_READ, err))
        return false;
    for (size_t i = 0; i < project->count; i++) {
        if (project->steps[i].builtin && is_wanted(project->steps[i].builtin))
            strvec_add(only, project->steps[i].id);
    }
    if (!project->target) {
        error_set(err, ERROR_INPUT,
                  "'%s' needs a cloud target, and this project has none",
                  command);
        error_hint(err, "set SERVICE_NAME (and AWS_REGION), for example with "
                        "'stepdeck setup'");
    }
    workspace_close(&session);
    return only->count > 0;
}

/* As the options say, with a setting of the command's own below them. */
static int run_alone(const struct options *options, const char *command,
                     const char *setting,
                     bool (*is_wanted)(const struct target_step *step),
                     const char *question)
{
    struct options with = *options;
    struct strvec only = { 0 };
    struct flow_request request = {
        .command = command,
        .plan = { .range = RANGE_DEPLOY, .only = &only, .forced = true },
        .shows_plan = true,
        .question = question
    };
    struct error err = { 0 };
    int status;

    with.overrides = (struct strvec){ 0 };
    strvec_add(&with.overrides, setting);
    for (size_t i = 0; i < options->overrides.count; i++)
        strvec_add(&with.overrides, options->overrides.items[i]);
    if (!find_step(&with, command, is_wanted, &only, &err))
        status = command_fail(&err);
    else if (options->given[OPTION_DRY_RUN])
        status = flow_show_plan(&with, &request);
    else
        status = flow_run(&with, &request);
    strvec_release(&only);
    strvec_release(&with.overrides);
    return status;
}

static bool is_rollback(const struct target_step *step)
{
    return step->role == TARGET_ROLLBACK;
}

static int rollback(const struct options *options)
{
    return run_alone(options, "rollback", "NO_ROLLBACK=no", is_rollback,
                     "Put the previous image back?");
}

const struct command command_rollback = {
    .name = "rollback",
    .arguments = "",
    .groups = OPTIONS_PROJECT | OPTIONS_RUN | OPTIONS_JSON | OPTIONS_APPROVE |
              OPTIONS_ROLLBACK,
    .summary = "put the previous image back, and verify it",
    .description =
        "Updates the service to the image and configuration that were live "
        "before the last deployment, waits for the cloud and checks the health "
        "as a deployment does. --to names another image of the repository by "
        "tag or digest. The exit status is 15 when the rollback fails.",
    .examples = "stepdeck rollback\n"
                "stepdeck rollback --to 9e1a2b4c5d6e\n"
                "stepdeck rollback --dry-run",
    .run = rollback,
};

static bool is_prune(const struct target_step *step)
{
    return step->role == TARGET_PRUNE;
}

static int prune(const struct options *options)
{
    return run_alone(options, "prune", "PRUNE_IMAGES=yes", is_prune,
                     "Remove old images?");
}

const struct command command_prune = {
    .name = "prune",
    .arguments = "",
    .groups = OPTIONS_PROJECT | OPTIONS_RUN | OPTIONS_JSON | OPTIONS_APPROVE |
              OPTIONS_PRUNE,
    .summary = "remove old images, never one that is needed",
    .description =
        "Removes images of the repository beyond the newest ones. What is "
        "deployed, what a rollback would put back and what a kept index refers "
        "to always stays. --dry-run lists what would go.",
    .examples = "stepdeck prune --dry-run\n"
                "stepdeck prune --keep 5",
    .run = prune,
};
