/* Step 045: automatic deployments as they were, or as AUTO_DEPLOYMENTS says. */
#include "aws/apprunner/change.h"
#include "aws/apprunner/deployment.h"
#include "aws/apprunner/serviceconfig.h"

#include "core/config.h"
#include "core/project.h"

#include <string.h>

static bool is_asked_for(const struct deployment *deployment, const char *word)
{
    const char *value = deployment_setting(deployment, "AUTO_DEPLOYMENTS");

    return strcmp(value ? value : "restore", word) == 0;
}

static bool is_to_be_on(const struct deployment *deployment)
{
    return is_asked_for(deployment, "on") ||
           (is_asked_for(deployment, "restore") &&
            deployment->auto_deploys_changed &&
            deployment->auto_deploys_before);
}

/* A run that had nothing to update has not switched them off either. */
static bool is_to_be_off(const struct deployment *deployment)
{
    return is_asked_for(deployment, "off") && !deployment->auto_deploys_changed;
}

static bool switch_them(struct deployment *deployment,
                        struct step_context *context, bool on,
                        struct error *err)
{
    const char *image = apprunner_image(deployment->service);
    json_t *input =
        serviceconfig_pin(deployment->service, image ? image : "", on, err);
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

static const char on_again[] =
    "automatic deployments are on again; they follow a tag, and the service is "
    "pinned to a digest until it is given one";

void autodeploy_run(struct step_context *context, struct step_outcome *outcome)
{
    struct deployment *deployment = context_target(context);
    bool on = is_to_be_on(deployment), ok;
    struct error err = { 0 };

    if (!on && !is_to_be_off(deployment)) {
        context_log(context, deployment->auto_deploys_changed
                                 ? "automatic deployments stay off"
                                 : "automatic deployments are left as they "
                                   "are");
        forget(deployment, context);
        return;
    }
    ok = deployment_look(deployment, context, &err);
    if (ok && deployment->service &&
        apprunner_auto_deploys(deployment->service) != on) {
        ok = switch_them(deployment, context, on, &err);
        if (ok)
            context_log(context, on ? on_again
                                    : "automatic deployments are "
                                      "off");
    }
    if (ok) {
        forget(deployment, context);
        return;
    }
    error_hint(&err, "switch them %s in the console of App Runner",
               on ? "on" : "off");
    deployment_fail(outcome, 0, &err);
}
