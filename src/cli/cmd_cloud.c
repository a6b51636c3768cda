/* The commands that run one built-in step of a cloud target by itself. */
#include "base/strvec.h"
#include "cli/command.h"
#include "cli/flow.h"
#include "cli/workspace.h"
#include "core/alone.h"

static bool find_step(const struct options *options, const struct alone *alone,
                      struct strvec *only, struct error *err)
{
    struct session session = { 0 };
    bool ok;

    if (!workspace_open(&session, options, STATE_READ, err))
        return false;
    ok = alone_select(alone, &session.project, only, err);
    workspace_close(&session);
    return ok;
}

/* As the options say, with the command's own setting below them. */
static int run_alone(const struct options *options, const char *command)
{
    const struct alone *alone = alone_find(command);
    struct options with = *options;
    struct strvec only = { 0 };
    struct flow_request request = {
        .command = alone->command,
        .plan = { .range = RANGE_DEPLOY, .only = &only, .forced = true },
        .shows_plan = true,
        .question = alone->question
    };
    struct error err = { 0 };
    int status;

    with.overrides = (struct strvec){ 0 };
    strvec_add(&with.overrides, alone->setting);
    for (size_t i = 0; i < options->overrides.count; i++)
        strvec_add(&with.overrides, options->overrides.items[i]);
    if (!find_step(&with, alone, &only, &err))
        status = command_fail(&err);
    else if (options->given[OPTION_DRY_RUN])
        status = flow_show_plan(&with, &request);
    else
        status = flow_run(&with, &request);
    strvec_release(&only);
    strvec_release(&with.overrides);
    return status;
}

static int rollback(const struct options *options)
{
    return run_alone(options, "rollback");
}

const struct command command_rollback = {
    .name = "rollback",
    .arguments = "",
    .groups = OPTIONS_PROJECT | OPTIONS_RUN | OPTIONS_JSON | OPTIONS_APPROVE |
              OPTIONS_ROLLBACK | OPTIONS_DRY_RUN,
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

static int prune(const struct options *options)
{
    return run_alone(options, "prune");
}

const struct command command_prune = {
    .name = "prune",
    .arguments = "",
    .groups = OPTIONS_PROJECT | OPTIONS_RUN | OPTIONS_JSON | OPTIONS_APPROVE |
              OPTIONS_PRUNE | OPTIONS_DRY_RUN,
    .summary = "remove old images, never one that is needed",
    .description =
        "Removes images of the repository beyond the newest ones. What is "
        "deployed, what a rollback would put back and what a kept index refers "
        "to always stays. --dry-run lists what would go.",
    .examples = "stepdeck prune --dry-run\n"
                "stepdeck prune --keep 5",
    .run = prune,
};
