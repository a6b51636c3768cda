/* The commands that run steps: each fills in a flow request. */
#include "base/mem.h"
#include "base/strvec.h"
#include "cli/command.h"
#include "cli/flow.h"
#include "cli/workspace.h"
#include "core/alone.h"
#include "core/engine.h"

#include <stdlib.h>
#include <string.h>

#define RUNNING_OPTIONS                                                        \
    (OPTIONS_PROJECT | OPTIONS_RUN | OPTIONS_JSON | OPTIONS_APPROVE)

static int deploy(const struct options *options)
{
    struct flow_request request = { .command = "deploy",
                                    .plan = { .range = RANGE_DEPLOY },
                                    .shows_plan = true };

    flow_select(options, &request.plan);
    return options->given[OPTION_DRY_RUN] ? flow_show_plan(options, &request)
                                          : flow_run(options, &request);
}

const struct command command_deploy = {
    .name = "deploy",
    .arguments = "",
    .groups = RUNNING_OPTIONS | OPTIONS_SELECT | OPTIONS_DEPLOY,
    .summary = "run the steps that are due, in order",
    .description =
        "Runs steps 001 to 899 in order. What is completed and unchanged is "
        "skipped; what failed, was interrupted or has become stale runs again. "
        "Each result is on the disk before the next step starts, so a run that "
        "breaks is continued by the same command. On a terminal the plan is "
        "shown and you are asked first.",
    .examples = "stepdeck deploy\n"
                "stepdeck deploy --dry-run\n"
                "stepdeck deploy --auto-approve --env prod\n"
                "stepdeck deploy --from 030 --json",
    .run = deploy,
};

static int plan(const struct options *options)
{
    struct flow_request request = { .command = "deploy",
                                    .plan = { .range = RANGE_DEPLOY } };

    flow_select(options, &request.plan);
    return flow_show_plan(options, &request);
}

const struct command command_plan = {
    .name = "plan",
    .arguments = "",
    .groups = OPTIONS_PROJECT | OPTIONS_SELECT | OPTIONS_DEPLOY | OPTIONS_JSON,
    .summary = "show what deploy would do, and why",
    .description =
        "Shows for each step whether it would run, be skipped or is blocked, "
        "and why. Changes nothing. With -v, each configuration value is shown "
        "with where it came from. The exit status is 4 when a step is blocked.",
    .examples = "stepdeck plan\n"
                "stepdeck plan -v --env prod\n"
                "stepdeck plan --json",
    .run = plan,
};

/* The steps named as arguments, in the range of the first. */
static int run_steps(const struct options *options)
{
    struct flow_request request = { .command = "run",
                                    .plan = { .range = RANGE_DEPLOY } };
    struct session session = { 0 };
    struct error err = { 0 };
    bool ok = workspace_open(&session, options, STATE_READ, &err);

    for (size_t i = 0; ok && i < options->arguments.count; i++) {
        size_t index;

        ok = project_find(&session.project, options->arguments.items[i], &index,
                          &err);
        if (!ok)
            break;
        if (i &&
            step_range(&session.project.steps[index]) != request.plan.range) {
            ok = error_set(&err, ERROR_INPUT,
                           "setup, deployment and teardown steps do not run "
                           "together");
            error_hint(&err, "run them one after the other");
        }
        request.plan.range = step_range(&session.project.steps[index]);
    }
    workspace_close(&session);
    if (!ok)
        return command_fail(&err);
    flow_select(options, &request.plan);
    request.plan.only = &options->arguments;
    request.plan.forced = true;
    return flow_run(options, &request);
}

const struct command command_run = {
    .name = "run",
    .arguments = "STEP...",
    .least = 1,
    .most = 100,
    .groups = RUNNING_OPTIONS,
    .summary = "run single steps, completed or not",
    .description =
        "Runs the named steps (number, name or file) in their order, whether "
        "they are completed or not. Their prerequisites are checked; one that "
        "is not met blocks the step.",
    .examples = "stepdeck run 010\n"
                "stepdeck run step-030-update-service\n"
                "stepdeck run 998",
    .run = run_steps,
};

static int preflight(const struct options *options)
{
    const struct alone *alone = alone_find("preflight");
    struct strvec only = { 0 };
    struct flow_request request = {
        .command = alone->command,
        .plan = { .range = RANGE_DEPLOY, .only = &only, .forced = true }
    };
    struct session session = { 0 };
    struct error err = { 0 };
    int status;
    bool ok;

    if (!workspace_open(&session, options, STATE_READ, &err))
        return command_fail(&err);
    ok = alone_select(alone, &session.project, &only, &err);
    workspace_close(&session);
    status = ok ? flow_run(options, &request) : command_fail(&err);
    strvec_release(&only);
    return status;
}

const struct command command_preflight = {
    .name = "preflight",
    .arguments = "",
    .groups = RUNNING_OPTIONS,
    .summary = "run only the checks of step 001",
    .description = "Runs the preflight step of the project. The exit status is "
                   "20 when a check fails.",
    .examples = "stepdeck preflight",
    .run = preflight,
};

static int destroy(const struct options *options)
{
    struct flow_request request = { .command = "destroy",
                                    .plan = { .range = RANGE_TEARDOWN,
                                              .forced = true },
                                    .needs_approval = true,
                                    .archives = true };
    struct session session = { 0 };
    struct error err = { 0 };
    char *environment;
    int status;

    if (!workspace_open(&session, options, STATE_READ, &err))
        return command_fail(&err);
    environment = mem_text(config_get(&session.project.config, "ENVIRONMENT"));
    workspace_close(&session);
    request.question = "This tears the environment down.";
    request.typed = environment;
    request.typed_key = "ENVIRONMENT";
    status = options->given[OPTION_DRY_RUN] ? flow_show_plan(options, &request)
                                            : flow_run(options, &request);
    free(environment);
    return status;
}

const struct command command_destroy = {
    .name = "destroy",
    .arguments = "",
    .groups = RUNNING_OPTIONS | OPTIONS_DRY_RUN,
    .summary = "tear down: step 998, then step 999",
    .description =
        "Runs the teardown steps (900 to 999) in order: 998 removes what would "
        "hold up the destruction, 999 destroys everything. You are shown what "
        "will go, with a cloud target its inventory, and asked to type the "
        "environment's name; without a terminal --auto-approve is "
        "needed. After success the steps count as not run; the history stays.",
    .examples = "stepdeck destroy --dry-run\n"
                "stepdeck destroy\n"
                "stepdeck destroy --auto-approve --env dev",
    .run = destroy,
};
