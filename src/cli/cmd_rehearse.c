/*
 * A deployment into a cloud on this computer. The project's own scripts are
 * left out: what they do is real. The state is kept apart, so that nothing that
 * was rehearsed is taken for done.
 */
#include "base/fileio.h"
#include "base/mem.h"
#include "base/strvec.h"
#include "base/suggest.h"
#include "cli/command.h"
#include "cli/emulated.h"
#include "cli/flow.h"
#include "cli/output.h"
#include "cli/workspace.h"
#include "core/engine.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define STATE_NAME "rehearsal"
/* What makes the second deployment differ from the first. */
#define NEW_VERSION "SERVICE_CPU=2048"

/* What may be made to fail: the fault of the cloud, and settings that bring it
 * about sooner, or that are the fault. */
static const struct rehearsal {
    const char *name;
    const char *fault;
    const char *settings[4];
    const char *words;
} rehearsals[] = {
    { "health",
      "health:fail@1",
      { "HEALTH_RETRIES=3", "HEALTH_TIMEOUT=2", NEW_VERSION },
      "the new version answers its health check with an error" },
    { "timeout",
      "operation:stuck",
      { "DEPLOY_TIMEOUT=5s", "ROLLBACK_WAIT=5s", NEW_VERSION },
      "the deployment does not come to an end" },
    { "rollback",
      "operation:rollback",
      { NEW_VERSION },
      "App Runner takes the deployment back by itself" },
    { "update",
      "apprunner.UpdateService:denied",
      { NEW_VERSION },
      "the update is not allowed" },
    { "preflight",
      "ecr.GetAuthorizationToken:denied",
      { NULL },
      "the registry does not let us in" },
    { "throttle",
      "apprunner.*:throttle@1-2",
      { NEW_VERSION },
      "the cloud is too busy for the first calls" },
};

static const struct rehearsal *find_rehearsal(const char *name,
                                              struct error *err)
{
    const char *names[sizeof(rehearsals) / sizeof(rehearsals[0])];
    size_t count = sizeof(names) / sizeof(names[0]);
    const char *nearest;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(rehearsals[i].name, name) == 0)
            return &rehearsals[i];
        names[i] = rehearsals[i].name;
    }
    error_set(err, ERROR_INPUT, "'%s' cannot be rehearsed", name);
    nearest = suggest_nearest(name, names, count);
    if (nearest)
        error_hint(err, "did you mean --fail %s?", nearest);
    error_hint(err, "health, timeout, rollback, update, preflight and "
                    "throttle can be");
    return NULL;
}

/* The steps that are scripts. ERROR_INPUT without a target. */
static bool list_scripts(const struct options *options, struct strvec *scripts,
                         struct error *err)
{
    struct session session = { 0 };
    bool has_target;

    if (!workspace_open(&session, options, STATE_READ, err))
        return false;
    has_target = session.project.target != NULL;
    for (size_t i = 0; i < session.project.count; i++) {
        if (!session.project.steps[i].builtin)
            strvec_add(scripts, session.project.steps[i].id);
    }
    workspace_close(&session);
    if (has_target)
        return true;
    error_set(err, ERROR_INPUT,
              "there is nothing to rehearse: this project has no cloud target");
    return error_hint(err, "set SERVICE_NAME, for example with "
                           "'stepdeck setup'");
}

static int deploy(const struct options *options, const struct strvec *skip,
                  const struct rehearsal *rehearsal)
{
    struct options with = *options;
    struct flow_request request = {
        .command = "rehearse", .plan = { .range = RANGE_DEPLOY, .skip = skip }
    };
    int status;

    with.overrides = (struct strvec){ 0 };
    for (size_t i = 0; i < options->overrides.count; i++)
        strvec_add(&with.overrides, options->overrides.items[i]);
    /* Keys of the project's files must not lead to the real cloud. */
    strvec_addf(&with.overrides, "AWS_ENDPOINT_URL=%s",
                getenv("AWS_ENDPOINT_URL"));
    strvec_add(&with.overrides, "AWS_REGION=us-east-1");
    strvec_add(&with.overrides, "AWS_PROFILE=");
    strvec_add(&with.overrides, "ACCESS_ROLE_ARN=arn:aws:iam::123456789012:"
                                "role/AppRunnerECRAccessRole");
    strvec_add(&with.overrides, "INSTANCE_ROLE_ARN=arn:aws:iam::123456789012:"
                                "role/AppRunnerInstanceRole");
    if (rehearsal) {
        for (size_t i = 0; i < 4 && rehearsal->settings[i]; i++)
            strvec_add(&with.overrides, rehearsal->settings[i]);
    }
    status = flow_run(&with, &request);
    strvec_release(&with.overrides);
    return status;
}

static int rehearse_with(const struct options *options,
                         struct emulated *emulated,
                         const struct rehearsal *rehearsal, struct error *err)
{
    struct strvec scripts = { 0 };
    int status = EXIT_STATUS_INTERNAL;

    if (!list_scripts(options, &scripts, err)) {
        strvec_release(&scripts);
        return engine_exit_status(err);
    }
    if (!options->given[OPTION_JSON])
        output_printf("rehearsal: nothing real is touched; the cloud is %s%s\n",
                      emulated->url,
                      scripts.count ? ", the project's scripts are left out"
                                    : "");
    status = deploy(options, &scripts, NULL);
    if (status == EXIT_STATUS_DONE && rehearsal) {
        if (!options->given[OPTION_JSON])
            output_printf("\nrehearsal: once more, and now %s\n\n",
                          rehearsal->words);
        status =
            rehearsal->fault && !emulated_fault(emulated, rehearsal->fault, err)
                ? engine_exit_status(err)
                : deploy(options, &scripts, rehearsal);
    }
    strvec_release(&scripts);
    return status;
}

static int rehearse(const struct options *options)
{
    const struct rehearsal *rehearsal = NULL;
    struct options plain = *options;
    struct emulated emulated = { 0 };
    struct error err = { 0 };
    int status;

    if (options->given[OPTION_FAIL]) {
        rehearsal = find_rehearsal(options->values[OPTION_FAIL], &err);
        if (!rehearsal)
            return command_fail(&err);
    }
    session_set_apart(STATE_NAME);
    /* The cloud of an earlier rehearsal is gone, and so is what was in it. */
    (void)!fileio_remove_tree(AT_FDCWD, STATE_DIR "/environments/" STATE_NAME,
                              NULL);
    if (!emulated_start(&emulated, &err))
        return command_fail(&err);
    /* Nothing real is at stake: nobody is asked. */
    plain.given[OPTION_AUTO_APPROVE] = true;
    plain.given[OPTION_NO_TUI] = true;
    status = rehearse_with(&plain, &emulated, rehearsal, &err);
    if (error_is_set(&err))
        status = command_fail(&err);
    emulated_stop(&emulated);
    return status;
}

const struct command command_rehearse = {
    .name = "rehearse",
    .arguments = "",
    .groups = OPTIONS_PROJECT | OPTIONS_JSON | OPTIONS_REHEARSE,
    .summary = "deploy into a cloud on this computer",
    .description =
        "Starts stepdeck-emulator, deploys the project's service into it with "
        "the real steps, and leaves nothing behind but the history of the "
        "rehearsal (.deployment-state/environments/rehearsal). The project's "
        "own scripts are left out, for what they do is real. With --fail a "
        "second deployment follows that fails as named, so that you see what "
        "stepdeck does about it; the exit status is that of this one. Uses "
        "Docker where there is one, else a stand-in that builds images of "
        "COPY lines.",
    .examples = "stepdeck rehearse\n"
                "stepdeck rehearse --fail health\n"
                "stepdeck rehearse --fail timeout",
    .run = rehearse,
};
