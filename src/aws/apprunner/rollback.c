/*
 * Step 046: back to what ran before, and proof that it is healthy.
 *
 * It runs behind a failed step of this run, or because somebody asked for it
 * ("stepdeck rollback"), then also to a tag or digest of their choice.
 */
#include "aws/apprunner/change.h"
#include "aws/apprunner/deployment.h"
#include "aws/apprunner/serviceconfig.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "core/config.h"
#include "core/project.h"

#include <stdlib.h>
#include <string.h>

static bool is_asked_for(const struct deployment *deployment)
{
    return strcmp(deployment->request->command, "rollback") == 0;
}

static void save(struct deployment *deployment, struct step_context *context)
{
    struct error unsaved = { 0 };

    if (!deployment_save(deployment, &unsaved))
        context_warn(context, "%s", unsaved.message);
}

/* ---- where to --------------------------------------------------------- */

/* "host/repo" of "host/repo:tag" or "host/repo@digest"; a port of the host is
 * no tag. To free. */
static char *repository_of(const char *image)
{
    const char *slash = strrchr(image, '/');
    const char *name = slash ? slash : image;
    size_t size = strcspn(name, "@:");

    return mem_bytes(image, (size_t)(name - image) + size);
}

/* The previous image by the digest that was noted, which stays when its tag
 * moves. */
static char *previous_image(const struct deployment *deployment)
{
    const char *image = apprunner_image(deployment->previous);
    char *repository, *pinned;

    if (!image || !deployment->previous_digest)
        return mem_text(image);
    repository = repository_of(image);
    pinned = mem_format("%s@%s", repository, deployment->previous_digest);
    free(repository);
    return pinned;
}

static char *named_image(struct deployment *deployment, const char *reference,
                         struct error *err)
{
    const char *live = apprunner_image(deployment->service);
    struct ecr_image found = { 0 };
    char *repository, *image = NULL;

    if (!live) {
        error_set(err, ERROR_BLOCKED, "the service has no image");
        return NULL;
    }
    repository = repository_of(live);
    if (ecr_find_image(deployment->client, change_image_name(repository),
                       reference, &found, err))
        image = mem_format("%s@%s", repository, found.digest);
    else
        error_hint(err,
                   "'aws ecr describe-images --repository-name %s' lists "
                   "what is there",
                   change_image_name(repository));
    ecr_image_release(&found);
    free(repository);
    return image;
}

/* The image to go back to and the configuration to give it; to free and to
 * json_decref(). */
static bool choose(struct deployment *deployment, char **image, json_t **input,
                   struct error *err)
{
    const char *named = deployment_setting(deployment, "ROLLBACK_TO");
    json_t *configuration = deployment->previous;

    if (named && is_asked_for(deployment)) {
        *image = named_image(deployment, named, err);
        configuration = deployment->service;
    } else if (deployment->previous) {
        *image = previous_image(deployment);
    } else {
        error_set(err, ERROR_BLOCKED, "no previous version is recorded");
        error_hint(err, "name one: 'stepdeck rollback --to TAG'");
    }
    if (*image)
        *input = serviceconfig_pin(configuration, *image, false, err);
    if (*input) /* the service may have been created anew since */
        jsonx_set_text(*input, "ServiceArn", deployment->service_arn);
    return *input != NULL;
}

/* ---- there and proof -------------------------------------------------- */

/* So that the next rollback comes back to here. */
static void remember_before(struct deployment *deployment)
{
    const char *image = apprunner_image(deployment->service);
    const char *at = image ? strchr(image, '@') : NULL;

    json_decref(deployment->previous);
    deployment->previous = json_incref(deployment->service);
    free(deployment->previous_digest);
    deployment->previous_digest = at ? mem_text(at + 1) : NULL;
}

static bool is_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* An update that failed has left the previous version alone; that it names its
 * image by a tag is no reason to deploy it again. */
static bool is_there_already(const struct deployment *deployment,
                             const char *image, const json_t *input)
{
    const char *live = apprunner_image(deployment->service);
    bool is_previous = !is_asked_for(deployment) &&
                       is_same(live, apprunner_image(deployment->previous));
    struct strvec differences = { 0 };
    size_t count = 0;

    if (apprunner_state(deployment->service) != APPRUNNER_RUNNING)
        return false;
    serviceconfig_compare(deployment->service, input, &differences);
    for (size_t i = 0; i < differences.count; i++) {
        if (!is_previous || strncmp(differences.items[i], "image: ", 7) != 0)
            count++;
    }
    strvec_release(&differences);
    return !count && (is_previous || is_same(live, image));
}

static bool check_back(struct deployment *deployment,
                       struct step_context *context, struct error *err)
{
    bool ok = health_check(deployment, context, err);

    if (ok || err->code != ERROR_CANCELLED)
        deployment->verdict = ok ? VERDICT_ROLLED_BACK : VERDICT_DOWN;
    return ok;
}

static bool go_back(struct deployment *deployment, struct step_context *context,
                    struct error *err)
{
    char *image = NULL;
    json_t *input = NULL;
    struct change change = { "UPDATE_SERVICE", "rollback", NULL, NULL };
    bool ok = choose(deployment, &image, &input, err);

    if (ok && is_there_already(deployment, image, input)) {
        context_log(context, "the service runs %s already",
                    change_image_name(image));
    } else if (ok) {
        context_log(context, "going back to %s", image);
        if (deployment->auto_deploys_changed)
            context_log(context, "automatic deployments stay off until the "
                                 "next deployment");
        if (is_asked_for(deployment))
            remember_before(deployment);
        change.image = image;
        change.input = input;
        ok = change_begin(deployment, context, &change, err) &&
             await_operation(deployment, context,
                             deployment_duration(deployment, "DEPLOY_TIMEOUT",
                                                 DEPLOYMENT_TIMEOUT_MS),
                             err) == AWAIT_SUCCEEDED;
    }
    free(image);
    json_decref(input);
    return ok && check_back(deployment, context, err);
}

/* ---- when there is nothing to do -------------------------------------- */

/* A run that found everything as it should be has changed nothing. */
static bool has_changed_it(const struct deployment *deployment)
{
    const struct deployment_operation *last = &deployment->operation;
    const char *live = apprunner_image(deployment->service);

    if (deployment->was_updated || is_asked_for(deployment))
        return true;
    return !deployment->is_unchanged && last->purpose && last->image && live &&
           strcmp(last->purpose, "deploy") == 0 &&
           strcmp(last->image, live) == 0;
}

/* What runs is neither ours nor what was there before: it is not ours to
 * replace. */
static bool is_of_somebody_else(const struct deployment *deployment)
{
    const char *live = apprunner_image(deployment->service);
    const char *ours = deployment->operation.image;
    char *previous = previous_image(deployment);
    bool is_known = !live || !ours || is_same(live, ours) ||
                    is_same(live, previous) ||
                    is_same(live, apprunner_image(deployment->previous));

    free(previous);
    return !is_known && !is_asked_for(deployment);
}

static bool has_nothing_to_do(struct deployment *deployment,
                              struct step_context *context)
{
    const char *why = NULL;
    bool has_changed = has_changed_it(deployment);
    bool is_foreign = has_changed && is_of_somebody_else(deployment);

    if (!has_changed)
        why = "this run has changed nothing, so there is nothing to roll back";
    else if (is_foreign)
        why = "somebody else has deployed another image meanwhile: it is left "
              "alone";
    else if (!deployment->previous && !is_asked_for(deployment))
        why = "this was the first version: there is none to go back to";
    if (!why)
        return false;
    context_warn(context, "%s", why);
    /* Else it stays: a version that is well serves, whatever a script says. */
    if (is_foreign && deployment->verdict != VERDICT_NONE)
        deployment->verdict = VERDICT_DOWN;
    return true;
}

/* ---- the step --------------------------------------------------------- */

static void tell_manual_way(struct deployment *deployment,
                            struct step_context *context)
{
    const char *arn = deployment->service_arn ? deployment->service_arn : "ARN";

    context_log(context, "by hand:");
    context_log(context, "  aws apprunner describe-service --service-arn %s",
                arn);
    context_log(context, "  aws apprunner list-operations --service-arn %s",
                arn);
    context_log(context, "  stepdeck rollback --to %s",
                deployment->previous_digest ? deployment->previous_digest
                                            : "TAG");
}

static bool is_busy(const struct deployment *deployment)
{
    return deployment->service &&
           apprunner_state(deployment->service) == APPRUNNER_IN_OPERATION;
}

/* Too late operations cannot be cancelled; until they end nothing else goes.
 * That this run's own is late is what it failed of: no rollback has failed. */
static bool has_to_wait(const struct deployment *deployment,
                        struct step_context *context)
{
    if (is_asked_for(deployment) || !change_is_pending(deployment) ||
        !is_busy(deployment))
        return false;
    context_warn(context, "nothing was rolled back: the operation is still "
                          "under way; 'stepdeck deploy' takes up the wait, and "
                          "when it has ended 'stepdeck rollback' goes back");
    return true;
}

static bool check_free(struct deployment *deployment, struct error *err)
{
    if (!deployment->service)
        return error_set(err, ERROR_BLOCKED, "there is no such service") ||
               error_hint(err, "run 'stepdeck deploy'");
    if (!is_busy(deployment))
        return true;
    error_set(err, ERROR_BLOCKED,
              "the service takes no update while an operation is under way");
    return error_hint(err, "when it has ended ('stepdeck status'), run "
                           "'stepdeck rollback'");
}

static bool roll_back(struct deployment *deployment,
                      struct step_context *context, struct error *err)
{
    if (!deployment_look(deployment, context, err))
        return false;
    if (has_to_wait(deployment, context))
        return true;
    if (!check_free(deployment, err))
        return false;
    if (deployment->self_rolled_back) {
        context_log(context, "App Runner went back to %s by itself",
                    change_image_name(apprunner_image(deployment->service)));
        return check_back(deployment, context, err);
    }
    return has_nothing_to_do(deployment, context) ||
           go_back(deployment, context, err);
}

void rollback_run(struct step_context *context, struct step_outcome *outcome)
{
    struct deployment *deployment = context_target(context);
    struct error err = { 0 };
    bool ok;

    deployment_phase(deployment, context, "rollback", true);
    ok = roll_back(deployment, context, &err);
    deployment_phase(deployment, context, "rollback", false);
    if (!ok) {
        if (err.code != ERROR_NOT_FOUND) /* no such image: nothing was begun */
            tell_manual_way(deployment, context);
        deployment_fail(
            outcome,
            err.code == ERROR_CANCELLED ? 0 : EXIT_STATUS_ROLLBACK_FAILED,
            &err);
    }
    save(deployment, context);
}
