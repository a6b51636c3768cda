/* Step 045: automatic deployments as they were, or as AUTO_DEPLOYMENTS says. */
#include "aws/apprunner/change.h"
#include "aws/apprunner/deployment.h"
#include "aws/apprunner/serviceconfig.h"

#include "core/config.h"
#include "core/project.h"

#include <string.h>

static bool is_to_be_on(const struct deployment *deployment)
{
    const char *word = deployment_setting(deployment, "AUTO_DEPLOYMENTS");

    if (word && strcmp(word, "on") == 0)
        return true;
    return (!word || strcmp(word, "restore") == 0) &&
           deployment->auto_deploys_changed && deployment->auto_deploys_before;
}

static bool switch_on(struct deployment *deployment,
                      struct step_context *context, struct error *err)
{
    const char *image = apprunner_image(deployment->service);
    json_t *input =
        serviceconfig_pin(deployment->service, image ? image : "", true, err);
    struct change change = { "UPDATE_SERVICE", "auto-deployments", image,
                             input };
    bool ok = input && change_begin(deployment, context, &change, err) &&
              await_operation(deployment, context, DEPLOYMENT_TIMEOUT_MS,
                              err) == AWAIT_SUCCEEDED;

    json_decref(input);
    return ok;
}

static void forget(struct deployment *deployment, struct step_context *context)
{
    struct error unsaved = { 0 };

    if (!deployment->auto_deploys_changed)
        return;
    deployment->auto_deploys_changed = false;
    deployment->auto_deploys_before = false;
    if (!deployment_save(deployment, &unsaved))
        context_warn(context, "%s", unsaved.message);
}

void autodeploy_run(struct step_context *context, struct step_outcome *outcome)
{
    struct deployment *deployment = context_target(context);
    struct error err = { 0 };
    bool ok = true;

    if (!is_to_be_on(deployment)) {
        context_log(context, "automatic deployments stay off");
        forget(deployment, context);
        return;
    }
    ok = deployment_look(deployment, context, &err);
    if (ok && deployment->service &&
        !apprunner_auto_deploys(deployment->service)) {
        ok = switch_on(deployment, context, &err);
        if (ok)
            context_log(context, "automatic deployments are on again; they "
                                 "follow a tag, and the service is pinned to a "
                                 "digest until it is given one");
    }
    if (ok) {
        forget(deployment, context);
        return;
    }
    error_hint(&err, "switch them on in the console of App Runner");
    deployment_fail(outcome, 0, &err);
}
