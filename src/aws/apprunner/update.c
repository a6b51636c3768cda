/* Step 030: creates the service, or updates it when something differs. */
#include "aws/apprunner/change.h"
#include "aws/apprunner/deployment.h"
#include "aws/apprunner/healthexpect.h"
#include "aws/apprunner/serviceconfig.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "core/config.h"
#include "core/project.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is asked for ------------------------------------------------ */

static char *target_image(const struct deployment *deployment,
                          struct error *err)
{
    const struct deployment_image *image = &deployment->image;

    if (image->repository && image->digest)
        return mem_format("%s@%s", image->repository, image->digest);
    error_set(err, ERROR_BLOCKED, "no image has been pushed yet");
    error_hint(err, "run 'stepdeck deploy', which builds and pushes it first");
    return NULL;
}

/* A mistake in HEALTH_EXPECT must not be found behind the update. */
static bool check_expectations(const struct deployment *deployment,
                               struct error *err)
{
    struct healthexpect expect = { 0 };
    bool ok = healthexpect_parse(
        deployment_setting(deployment, "HEALTH_EXPECT"), &expect, err);

    healthexpect_release(&expect);
    return ok;
}

/* ---- the service as it is --------------------------------------------- */

static const struct {
    enum apprunner_state state;
    const char *problem, *remedy;
} unusable[] = {
    { APPRUNNER_IN_OPERATION, "another operation on the service is under way",
      "it cannot be cancelled: wait for its end ('stepdeck status' shows it), "
      "then deploy again" },
    { APPRUNNER_PAUSED, "the service is paused",
      "a paused service takes no new version: resume it with 'aws apprunner "
      "resume-service --service-arn %s', then deploy again" },
    { APPRUNNER_DELETE_FAILED, "the service could not be deleted before",
      "run 'stepdeck destroy' again, then deploy" },
    { APPRUNNER_DELETED, "the service was deleted",
      "set RECREATE_SERVICE=yes to create it anew, or choose another "
      "SERVICE_NAME" },
    { APPRUNNER_OTHER, "the service is in a state that is not known here",
      "look at it in the console of App Runner (%s)" },
};

static bool check_state(const struct deployment *deployment, struct error *err)
{
    enum apprunner_state state = apprunner_state(deployment->service);

    for (size_t i = 0; i < sizeof(unusable) / sizeof(unusable[0]); i++) {
        const char *marker = strstr(unusable[i].remedy, "%s");

        if (state != unusable[i].state)
            continue;
        error_set(err, ERROR_BLOCKED, "%s ('%s')", unusable[i].problem,
                  apprunner_status(deployment->service));
        if (!marker)
            return error_hint(err, "%s", unusable[i].remedy);
        return error_hint(err, "%.*s%s%s", (int)(marker - unusable[i].remedy),
                          unusable[i].remedy, deployment->service_arn,
                          marker + 2);
    }
    return true;
}

/* One that we destroyed, or that may be created anew, is none. */
static void forget_deleted(struct deployment *deployment)
{
    const char *purpose = deployment->operation.purpose;
    bool is_ours = purpose && strcmp(purpose, "destroy") == 0;

    if (!deployment->service ||
        apprunner_state(deployment->service) != APPRUNNER_DELETED ||
        (!is_ours && !deployment_is_set(deployment, "RECREATE_SERVICE")))
        return;
    json_decref(deployment->service);
    deployment->service = NULL;
    free(deployment->service_arn);
    deployment->service_arn = NULL;
}

/* Somebody else has changed what runs since we deployed last. */
static void warn_of_drift(struct deployment *deployment,
                          struct step_context *context, const char *image)
{
    const struct deployment_operation *last = &deployment->operation;
    const char *live = apprunner_image(deployment->service);

    if (!live || !last->is_over || !last->image || !last->status ||
        strcmp(last->status, "SUCCEEDED") != 0 ||
        strcmp(last->image, live) == 0 || strcmp(live, image) == 0)
        return;
    context_log(context, "the service runs %s, not %s that was deployed last",
                live, last->image);
    context_warn(context,
                 "somebody else has deployed %s since the last deployment "
                 "from here; it is overwritten",
                 change_image_name(live));
}

/* ---- what to go back to ----------------------------------------------- */

/* "repo" of "host/repo:tag" or "host/repo@digest", and the reference. */
static char *split_image(const char *image, const char **reference)
{
    const char *name = change_image_name(image);
    size_t size = strcspn(name, "@:");

    *reference = name[size] ? name + size + 1 : "latest";
    return mem_bytes(name, size);
}

static void resolve_previous(struct deployment *deployment,
                             struct step_context *context)
{
    const char *image = apprunner_image(deployment->previous);
    const char *reference;
    struct ecr_image found = { 0 };
    struct error reason = { 0 };
    char *repository;

    free(deployment->previous_digest);
    deployment->previous_digest = NULL;
    if (!image)
        return;
    repository = split_image(image, &reference);
    if (strncmp(reference, "sha256:", 7) == 0)
        deployment->previous_digest = mem_text(reference);
    else if (ecr_find_image(deployment->client, repository, reference, &found,
                            &reason))
        deployment->previous_digest = mem_text(found.digest);
    else
        context_warn(context,
                     "the previous image %s cannot be pinned, so a rollback "
                     "would take what its tag then names: %s",
                     change_image_name(image), reason.message);
    ecr_image_release(&found);
    free(repository);
}

/* Ours, and never shown to be healthy: what was there before it is still the
 * one to go back to. */
static bool is_unproven(const struct deployment *deployment, const char *live)
{
    const char *last = deployment->operation.image;
    const char *verdict = deployment->verdict_before;

    return deployment->previous && last && strcmp(last, live) == 0 && verdict &&
           strcmp(verdict, "down") == 0;
}

static void note_previous(struct deployment *deployment,
                          struct step_context *context)
{
    const char *live = apprunner_image(deployment->service);

    if (live && is_unproven(deployment, live)) {
        context_log(context, "what runs was never healthy: a rollback goes "
                             "back to what was there before it");
        return;
    }
    json_decref(deployment->previous);
    deployment->previous = NULL;
    /* A service whose creation failed has never run. */
    if (deployment->service &&
        apprunner_state(deployment->service) != APPRUNNER_CREATE_FAILED)
        deployment->previous = json_incref(deployment->service);
    resolve_previous(deployment, context);
}

static void note_auto_deploys(struct deployment *deployment,
                              struct step_context *context)
{
    if (!apprunner_auto_deploys(deployment->service))
        return;
    deployment->auto_deploys_before = true;
    deployment->auto_deploys_changed = true;
    context_log(context, "automatic deployments are switched off meanwhile");
}

/* ---- one that is under way -------------------------------------------- */

static bool is_purpose(const struct deployment *deployment, const char *purpose)
{
    return deployment->operation.purpose &&
           strcmp(deployment->operation.purpose, purpose) == 0;
}

/* An operation of an earlier run: ours is resumed, another one waited for.
 * `*is_resumed` says that there is nothing left to ask for. */
static bool take_up(struct deployment *deployment, struct step_context *context,
                    const char *image, bool *is_resumed, struct error *err)
{
    const char *asked = deployment->operation.image;
    bool is_same =
        asked && strcmp(asked, image) == 0 &&
        (is_purpose(deployment, "deploy") || is_purpose(deployment, "restart"));
    int64_t timeout_ms = 0;
    struct error ended = { 0 };
    enum await_result result;

    if (!change_find(deployment, context, err))
        return false;
    if (!deployment->operation.id) {
        context_log(context,
                    "an earlier run did not get to its %s: beginning "
                    "anew",
                    deployment->operation.type);
        deployment->operation.is_over = true;
        return true;
    }
    if (is_same) {
        context_log(context, "operation %s of an earlier run is taken up",
                    deployment->operation.id);
        deployment_tell_operation(deployment, context);
        *is_resumed = true;
        deployment->was_updated = is_purpose(deployment, "deploy");
        return true;
    }
    context_log(context, "an earlier operation of ours is waited for first");
    if (!clock_parse_duration(deployment_setting(deployment, "DEPLOY_TIMEOUT"),
                              &timeout_ms, err))
        return false;
    result = await_operation(deployment, context, timeout_ms, &ended);
    if (deployment->operation.is_over && result != AWAIT_CANCELLED)
        return deployment_look(deployment, context, err);
    *err = ended;
    return false;
}

/* ---- the step --------------------------------------------------------- */

static bool restart(struct deployment *deployment, struct step_context *context,
                    const char *image, struct error *err)
{
    struct change change = { "START_DEPLOYMENT", "restart", image, NULL };

    if (!deployment_is_set(deployment, "FORCE_RESTART")) {
        context_log(context, "the service has this image and configuration "
                             "already: nothing to do");
        deployment->is_unchanged = true;
        return true;
    }
    context_log(context,
                "nothing differs; deployed anew as FORCE_RESTART asks");
    return change_begin(deployment, context, &change, err);
}

static bool is_running(const json_t *service)
{
    return apprunner_state(service) == APPRUNNER_RUNNING;
}

static bool update(struct deployment *deployment, struct step_context *context,
                   const char *image, struct error *err)
{
    struct strvec drift = { 0 };
    json_t *input =
        serviceconfig_make(deployment, image, deployment->service, &drift, err);
    struct change change = { deployment->service ? "UPDATE_SERVICE"
                                                 : "CREATE_SERVICE",
                             "deploy", image, input };
    bool ok = input != NULL;

    if (ok && is_running(deployment->service) && !drift.count) {
        ok = restart(deployment, context, image, err);
    } else if (ok) {
        warn_of_drift(deployment, context, image);
        for (size_t i = 0; i < drift.count; i++)
            context_log(context, "%s", drift.items[i]);
        context_log(context, deployment->service ? "updating the service"
                                                 : "creating the service");
        note_previous(deployment, context);
        note_auto_deploys(deployment, context);
        ok = change_begin(deployment, context, &change, err);
        deployment->was_updated = ok;
    }
    strvec_release(&drift);
    json_decref(input);
    return ok;
}

/* With the service everything that was under way is gone. */
static void forget_lost(struct deployment *deployment,
                        struct step_context *context)
{
    if (deployment->service_arn || !deployment->operation.id ||
        !change_is_pending(deployment))
        return;
    context_log(context, "operation %s went with its service",
                deployment->operation.id);
    deployment->operation.is_over = true;
}

static bool run(struct deployment *deployment, struct step_context *context,
                const char *image, struct error *err)
{
    bool is_resumed = false;

    if (!deployment_look(deployment, context, err))
        return false;
    forget_lost(deployment, context);
    if (change_is_pending(deployment) &&
        (!take_up(deployment, context, image, &is_resumed, err) || is_resumed))
        return is_resumed;
    forget_deleted(deployment);
    if (deployment->service && !check_state(deployment, err))
        return false;
    return update(deployment, context, image, err);
}

void update_run(struct step_context *context, struct step_outcome *outcome)
{
    struct deployment *deployment = context_target(context);
    struct error err = { 0 };
    char *image;

    if (!check_expectations(deployment, &err)) {
        deployment_fail(outcome, EXIT_STATUS_INPUT, &err);
        return;
    }
    deployment_phase(deployment, context, "update", true);
    image = target_image(deployment, &err);
    if (!image || !run(deployment, context, image, &err))
        deployment_fail(outcome,
                        err.code == ERROR_INPUT ? EXIT_STATUS_INPUT
                                                : EXIT_STATUS_UPDATE_FAILED,
                        &err);
    free(image);
    deployment_phase(deployment, context, "update", false);
}

/* ---- the dry run ------------------------------------------------------ */

static void preview_change(struct deployment *deployment, const char *image,
                           struct strvec *lines)
{
    struct strvec drift = { 0 };
    struct error err = { 0 };
    json_t *input = serviceconfig_make(deployment, image, deployment->service,
                                       &drift, &err);

    if (!input)
        strvec_addf(lines, "would fail: %s", err.message);
    else if (!deployment->service)
        strvec_addf(lines, "would create the service with %s",
                    change_image_name(image));
    else if (!drift.count && is_running(deployment->service))
        strvec_add(lines, "would change nothing: the service has this image "
                          "and configuration already");
    else
        strvec_addf(lines, "would update the service (%zu difference%s)",
                    drift.count, drift.count == 1 ? "" : "s");
    for (size_t i = 0; input && i < drift.count; i++)
        strvec_addf(lines, "  %s", drift.items[i]);
    strvec_release(&drift);
    json_decref(input);
}

void update_preview(struct deployment *deployment, struct strvec *lines)
{
    struct error err = { 0 };
    char *image = NULL;

    if (!deployment_look(deployment, NULL, &err)) {
        strvec_addf(lines, "the service cannot be read: %s", err.message);
        return;
    }
    if (change_is_pending(deployment))
        strvec_addf(lines, "would take up operation %s of an earlier run",
                    deployment->operation.id ? deployment->operation.id
                                             : "(id not known yet)");
    forget_deleted(deployment);
    if (deployment->service && !check_state(deployment, &err)) {
        strvec_addf(lines, "would fail: %s", err.message);
        return;
    }
    image = target_image(deployment, NULL);
    if (!image && deployment->image.tag)
        image = deployment->image.repository
                    ? mem_format("%s:%s", deployment->image.repository,
                                 deployment->image.tag)
                    : mem_format("the new image %s", deployment->image.tag);
    preview_change(deployment, image ? image : "the new image", lines);
    free(image);
}
