#include "tui/wanted.h"

#include "base/strvec.h"
#include "core/alone.h"

#include <string.h>

/* A launch borrows its command for as long as it lives. */
static const char *lasting_command(const char *command)
{
    static const char *const commands[] = { "deploy",  "run",     "preflight",
                                            "destroy", "setup",   "rollback",
                                            "prune",   "rehearse" };

    for (size_t i = 0; command && i < sizeof(commands) / sizeof(commands[0]);
         i++) {
        if (strcmp(commands[i], command) == 0)
            return commands[i];
    }
    return commands[0];
}

/* A command's own setting stands below what the options say. That of the
 * command which the console was opened with is not meant for another. */
static void fill_overrides(struct wanted *wanted,
                           const struct console_request *request)
{
    const struct alone *opened = alone_find(request->launch.command);
    const struct strvec *given = request->launch.overrides;

    if (wanted->alone && wanted->alone->setting)
        strvec_add(&wanted->overrides, wanted->alone->setting);
    for (size_t i = 0; given && i < given->count; i++) {
        if (opened && opened->setting && opened != wanted->alone &&
            strcmp(given->items[i], opened->setting) == 0)
            continue;
        strvec_add(&wanted->overrides, given->items[i]);
    }
    wanted->request.overrides = &wanted->overrides;
}

void wanted_fill(struct wanted *wanted, const struct load_job *job,
                 const struct console_request *request)
{
    struct launch_request *launch = &wanted->request;

    *launch = request->launch;
    wanted->alone = alone_find(job->command);
    if (!job->is_first) {
        launch->plan = (struct plan_request){ .range = RANGE_DEPLOY };
        launch->needs_approval = launch->archives = false;
        launch->target_option = NULL;
    }
    launch->command = lasting_command(job->command);
    fill_overrides(wanted, request);
    if (job->only) {
        strvec_add(&wanted->only, job->only);
        launch->plan.only = &wanted->only;
        launch->plan.forced = true;
    }
    if (job->skip) {
        for (size_t i = 0; launch->plan.skip && i < launch->plan.skip->count;
             i++)
            strvec_add(&wanted->skip, launch->plan.skip->items[i]);
        strvec_split(&wanted->skip, job->skip, " ");
        launch->plan.skip = &wanted->skip;
    }
    launch->can_ask = launch->asks_on_failure = true;
    launch->has_terminal = launch->follows_output = true;
}

void wanted_release(struct wanted *wanted)
{
    strvec_release(&wanted->overrides);
    strvec_release(&wanted->only);
    strvec_release(&wanted->skip);
    *wanted = (struct wanted){ 0 };
}

bool wanted_open(const struct wanted *wanted, struct session *session,
                 struct error *err)
{
    const struct session_request request = {
        .environment = wanted->request.environment,
        .overrides = wanted->request.overrides,
        .mode = STATE_READ,
    };

    return session_open(session, &request, err);
}

bool wanted_select(struct wanted *wanted, const struct session *session,
                   struct error *err)
{
    struct plan_request *plan = &wanted->request.plan;
    size_t index;

    if (wanted->alone && !plan->only) {
        if (!alone_select(wanted->alone, &session->project, &wanted->only, err))
            return false;
        plan->only = &wanted->only;
        plan->forced = true;
    }
    /* A step outside of the deployment is run in its own range. */
    if (wanted->only.count &&
        project_find(&session->project, wanted->only.items[0], &index, NULL))
        plan->range = step_range(&session->project.steps[index]);
    return true;
}
