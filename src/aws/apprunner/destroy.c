/* Steps 998 and 999: what there is, and its end. */
#include "aws/apprunner/change.h"
#include "aws/apprunner/deployment.h"
#include "aws/apprunner/imageplace.h"
#include "aws/apprunner/imagetold.h"
#include "aws/apprunner/serviceconfig.h"

#include "base/mem.h"
#include "core/config.h"
#include "core/project.h"

#include <stdlib.h>
#include <string.h>

static bool is_there(const struct deployment *deployment)
{
    return deployment->service &&
           apprunner_state(deployment->service) != APPRUNNER_DELETED;
}

/* ---- the inventory ---------------------------------------------------- */

static char *age_of(const struct deployment *deployment, int64_t time_ms)
{
    int64_t age_ms = clock_wall(deployment->request->clock) - time_ms;

    if (time_ms <= 0 || age_ms < 0)
        return mem_text("age unknown");
    if (age_ms < 2 * INT64_C(3600000))
        return mem_format("%lld minutes old", (long long)(age_ms / 60000));
    if (age_ms < 48 * INT64_C(3600000))
        return mem_format("%lld hours old", (long long)(age_ms / 3600000));
    return mem_format("%lld days old", (long long)(age_ms / 86400000));
}

static void list_service(struct deployment *deployment, struct strvec *lines)
{
    double created =
        json_number_value(json_object_get(deployment->service, "CreatedAt"));
    char *age = age_of(deployment, (int64_t)(created * 1000));

    strvec_addf(lines, "service %s: %s, %s", deployment->service_arn,
                apprunner_status(deployment->service), age);
    if (deployment->service_url)
        strvec_addf(lines, "  at %s", deployment->service_url);
    strvec_addf(lines, "  runs %s",
                change_image_name(apprunner_image(deployment->service)));
    free(age);
}

static void list_images(struct deployment *deployment, struct strvec *lines)
{
    const char *name = imageplace_repository(deployment);
    struct ecr_images images = { 0 };
    struct error reason = { 0 };
    int64_t size_bytes = 0, oldest_ms = 0;
    char size[IMAGETOLD_SIZE_TEXT];
    char *age;

    if (!name || !ecr_list_images(deployment->client, name, &images, &reason)) {
        strvec_addf(lines, "repository %s: %s", name ? name : "(none)",
                    reason.code == ERROR_NOT_FOUND ? "none" : reason.message);
        return;
    }
    for (size_t i = 0; i < images.count; i++) {
        int64_t pushed_ms = images.items[i].pushed_ms;

        size_bytes += images.items[i].size_bytes;
        if (pushed_ms > 0 && (!oldest_ms || pushed_ms < oldest_ms))
            oldest_ms = pushed_ms;
    }
    age = age_of(deployment, oldest_ms);
    strvec_addf(lines, "repository %s: %zu images, %s, the oldest %s", name,
                images.count, imagetold_size(size_bytes, size), age);
    strvec_addf(lines, deployment_is_set(deployment, "DESTROY_REPOSITORY")
                           ? "  is deleted with all images"
                           : "  is kept (DESTROY_REPOSITORY=yes deletes it)");
    free(age);
    ecr_images_release(&images);
}

static bool take_inventory(struct deployment *deployment,
                           struct step_context *context, struct strvec *lines,
                           struct error *err)
{
    if (!deployment_look(deployment, context, err))
        return false;
    if (is_there(deployment))
        list_service(deployment, lines);
    else
        strvec_add(lines, "there is no service");
    list_images(deployment, lines);
    return true;
}

/* ---- 998 -------------------------------------------------------------- */

/* A push meanwhile would begin a deployment, and a service in an operation
 * cannot be deleted. */
static bool switch_off(struct deployment *deployment,
                       struct step_context *context, struct error *err)
{
    const char *image = apprunner_image(deployment->service);
    struct change change = { "UPDATE_SERVICE", "auto-deployments", image,
                             NULL };
    json_t *input;
    bool ok;

    if (!is_there(deployment) || !image ||
        !apprunner_auto_deploys(deployment->service) ||
        apprunner_state(deployment->service) != APPRUNNER_RUNNING)
        return true;
    input = serviceconfig_pin(deployment->service, image, false, err);
    change.input = input;
    context_log(context, "switching automatic deployments off");
    ok = input && change_begin(deployment, context, &change, err) &&
         await_operation(deployment, context, DEPLOYMENT_TIMEOUT_MS, err) ==
             AWAIT_SUCCEEDED;
    json_decref(input);
    return ok;
}

void predestroy_run(struct step_context *context, struct step_outcome *outcome)
{
    struct deployment *deployment = context_target(context);
    struct strvec lines = { 0 };
    struct error err = { 0 };
    bool ok = take_inventory(deployment, context, &lines, &err);

    for (size_t i = 0; i < lines.count; i++)
        context_log(context, "%s", lines.items[i]);
    ok = ok && switch_off(deployment, context, &err);
    if (!ok)
        deployment_fail(outcome, 0, &err);
    strvec_release(&lines);
}

void destroy_preview(struct deployment *deployment, struct strvec *lines)
{
    struct error err = { 0 };

    if (!take_inventory(deployment, NULL, lines, &err))
        strvec_addf(lines, "the cloud cannot be read: %s", err.message);
}

/* ---- 999 -------------------------------------------------------------- */

static bool is_deleting(const struct deployment *deployment)
{
    return change_is_pending(deployment) &&
           strcmp(deployment->operation.type, "DELETE_SERVICE") == 0;
}

/* One of ours that is still under way: it cannot be cancelled, and its end is
 * not far. */
static bool outwait(struct deployment *deployment, struct step_context *context,
                    struct error *err)
{
    struct error ended = { 0 };
    enum await_result result;

    if (!change_is_pending(deployment) || is_deleting(deployment))
        return true;
    if (!change_adopt(deployment, context, err))
        return false;
    if (!deployment->operation.id)
        return true;
    context_log(context, "operation %s of ours has to end first",
                deployment->operation.id);
    result =
        await_operation(deployment, context, DEPLOYMENT_TIMEOUT_MS, &ended);
    if (deployment->operation.is_over && result != AWAIT_CANCELLED)
        return deployment_look(deployment, context, err);
    *err = ended;
    return false;
}

static bool begin_delete(struct deployment *deployment,
                         struct step_context *context, struct error *err)
{
    struct change change = { "DELETE_SERVICE", "destroy", NULL, NULL };

    if (is_deleting(deployment)) {
        if (!change_adopt(deployment, context, err))
            return false;
        if (deployment->operation.id) {
            context_log(context, "the deletion of an earlier run is taken up");
            return true;
        }
    }
    if (apprunner_state(deployment->service) == APPRUNNER_IN_OPERATION) {
        error_set(err, ERROR_BLOCKED,
                  "the service cannot be deleted while an operation is under "
                  "way");
        return error_hint(err, "run 'stepdeck destroy' again when it has "
                               "ended ('stepdeck status')");
    }
    context_log(context, "deleting %s", deployment->service_arn);
    return change_begin(deployment, context, &change, err);
}

static bool delete_service(struct deployment *deployment,
                           struct step_context *context, struct error *err)
{
    if (!deployment_look(deployment, context, err))
        return false;
    if (!is_there(deployment)) {
        context_log(context, "there is no service");
        deployment->operation.is_over = true;
        return true;
    }
    return outwait(deployment, context, err) &&
           begin_delete(deployment, context, err) &&
           await_operation(deployment, context, DEPLOYMENT_TIMEOUT_MS, err) ==
               AWAIT_SUCCEEDED;
}

static bool delete_repository(struct deployment *deployment,
                              struct step_context *context, struct error *err)
{
    const char *name = imageplace_repository(deployment);
    struct error reason = { 0 };

    if (!name)
        return true;
    if (!deployment_is_set(deployment, "DESTROY_REPOSITORY")) {
        context_log(context,
                    "the repository '%s' is not touched, what images it has "
                    "are kept (DESTROY_REPOSITORY=yes deletes them)",
                    name);
        return true;
    }
    if (ecr_delete_repository(client_writer(deployment->client), name, true,
                              &reason) ||
        reason.code == ERROR_NOT_FOUND) {
        context_log(context, "the repository '%s' is deleted", name);
        return true;
    }
    *err = reason;
    return false;
}

/* What a later deployment must not take for its own. */
static void forget(struct deployment *deployment, struct step_context *context)
{
    struct error unsaved = { 0 };

    json_decref(deployment->previous);
    deployment->previous = NULL;
    free(deployment->previous_digest);
    free(deployment->deployed_digest);
    free(deployment->service_url);
    deployment->previous_digest = deployment->deployed_digest = NULL;
    deployment->service_url = NULL;
    deployment->auto_deploys_before = deployment->auto_deploys_changed = false;
    deployment->verdict = VERDICT_NONE;
    if (!deployment_save(deployment, &unsaved))
        context_warn(context, "%s", unsaved.message);
}

void destroy_run(struct step_context *context, struct step_outcome *outcome)
{
    struct deployment *deployment = context_target(context);
    struct error err = { 0 };

    deployment_phase(deployment, context, "destroy", true);
    if (delete_service(deployment, context, &err)) {
        forget(deployment, context);
        if (!delete_repository(deployment, context, &err))
            deployment_fail(outcome, 0, &err);
    } else {
        deployment_fail(outcome, 0, &err);
    }
    deployment_phase(deployment, context, "destroy", false);
}
