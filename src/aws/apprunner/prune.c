/* Step 060: removes old images. Never more than a warning when it fails, and
 * nothing unless it is sure: what is deleted is gone. */
#include "aws/apprunner/change.h"
#include "aws/apprunner/deployment.h"
#include "aws/apprunner/imageplace.h"
#include "aws/apprunner/prunable.h"

#include "base/mem.h"
#include "core/config.h"
#include "core/project.h"

#include <stdlib.h>
#include <string.h>

struct pruning {
    struct deployment *deployment;
    struct client *client;
    const char *repository; /* borrowed */
    struct ecr_images images;
    struct prunable_rules rules;
    struct strvec doomed;
    char *risk; /* of a lifecycle policy; NULL */
};

static void release(struct pruning *pruning)
{
    ecr_images_release(&pruning->images);
    prunable_rules_release(&pruning->rules);
    strvec_release(&pruning->doomed);
    free(pruning->risk);
}

/* --prune-images=N, else IMAGE_RETENTION. */
static size_t images_to_keep(const struct deployment *deployment)
{
    static const char *const keys[] = { "PRUNE_IMAGES", "IMAGE_RETENTION" };

    for (size_t i = 0; i < 2; i++) {
        const char *text = deployment_setting(deployment, keys[i]);
        char *end;
        long number = text ? strtol(text, &end, 10) : 0;

        if (number > 0 && !*end)
            return (size_t)number;
    }
    return 10;
}

/* "…@sha256:…" or "…:tag". */
static void protect_image(struct prunable_rules *rules, const char *image)
{
    const char *name = image ? change_image_name(image) : NULL;
    const char *at = name ? strchr(name, '@') : NULL;
    const char *colon = name ? strchr(name, ':') : NULL;

    if (at)
        prunable_protect(rules, at + 1);
    else if (name)
        prunable_protect_tag(rules, colon ? colon + 1 : "latest");
}

static void protect_known(struct pruning *pruning)
{
    const struct deployment *deployment = pruning->deployment;
    struct prunable_rules *rules = &pruning->rules;

    protect_image(rules, apprunner_image(deployment->service));
    protect_image(rules, apprunner_image(deployment->previous));
    protect_image(rules, deployment->operation.image);
    prunable_protect(rules, deployment->previous_digest);
    prunable_protect(rules, deployment->deployed_digest);
    prunable_protect(rules, deployment->image.digest);
    prunable_protect_tag(rules, deployment->image.tag);
    prunable_protect_tag(rules, "latest");
}

/* Without the manifest of every index nobody knows what is a part of one. */
static bool read_indexes(struct pruning *pruning, struct error *err)
{
    for (size_t i = 0; i < pruning->images.count; i++) {
        const struct ecr_image *image = &pruning->images.items[i];
        char *manifest = NULL, *media_type = NULL;
        bool ok = true;

        if (image->media_type && !prunable_is_index(image->media_type))
            continue;
        ok = ecr_get_manifest(pruning->client, pruning->repository,
                              image->digest, &manifest, &media_type, err) &&
             (!prunable_is_index(media_type) ||
              prunable_add_manifest(&pruning->rules, image->digest, manifest,
                                    err));
        free(manifest);
        free(media_type);
        if (!ok)
            return false;
    }
    return true;
}

static const struct ecr_image *deployed_image(const struct pruning *pruning)
{
    const char *image = apprunner_image(pruning->deployment->service);
    const char *at = image ? strchr(image, '@') : NULL;

    for (size_t i = 0; at && i < pruning->images.count; i++) {
        if (strcmp(pruning->images.items[i].digest, at + 1) == 0)
            return &pruning->images.items[i];
    }
    return NULL;
}

static void check_policy(struct pruning *pruning)
{
    const struct ecr_image *deployed = deployed_image(pruning);
    json_t *policy = NULL;
    struct error ignored = { 0 };

    if (deployed &&
        ecr_get_lifecycle_policy(pruning->client, pruning->repository, &policy,
                                 &ignored) &&
        policy)
        pruning->risk = prunable_policy_risk(policy, &deployed->tags);
    json_decref(policy);
}

static bool refuse_during_operation(const struct deployment *deployment,
                                    struct error *err)
{
    if (!deployment->service ||
        apprunner_state(deployment->service) != APPRUNNER_IN_OPERATION)
        return true;
    error_set(err, ERROR_BLOCKED,
              "an operation on the service is under way: which image it ends "
              "with is not known yet");
    return error_hint(err, "run 'stepdeck prune' when it has ended");
}

static bool choose(struct pruning *pruning, struct step_context *context,
                   struct error *err)
{
    struct deployment *deployment = pruning->deployment;

    pruning->client = deployment_client(deployment, context, err);
    pruning->repository = imageplace_repository(deployment);
    pruning->rules.keep = images_to_keep(deployment);
    if (!pruning->client || !deployment_look(deployment, context, err) ||
        !refuse_during_operation(deployment, err) ||
        !ecr_list_images(pruning->client, pruning->repository, &pruning->images,
                         err) ||
        !read_indexes(pruning, err))
        return false;
    protect_known(pruning);
    prunable_choose(&pruning->images, &pruning->rules, &pruning->doomed);
    check_policy(pruning);
    return true;
}

static char *describe(const struct pruning *pruning, const char *digest)
{
    for (size_t i = 0; i < pruning->images.count; i++) {
        const struct ecr_image *image = &pruning->images.items[i];
        char pushed[CLOCK_TEXT_SIZE];

        if (strcmp(image->digest, digest) == 0)
            return mem_format("%.19s  %s  %s", digest,
                              clock_format_seconds(image->pushed_ms, pushed),
                              image->tags.count ? image->tags.items[0]
                                                : "(no tag)");
    }
    return mem_text(digest);
}

/* ---- the step --------------------------------------------------------- */

/* What is deployed may have changed while the manifests were read. */
static bool is_still_deployed(struct pruning *pruning,
                              struct step_context *context, struct error *err)
{
    char *before = mem_text(apprunner_image(pruning->deployment->service));
    bool ok = deployment_look(pruning->deployment, context, err) &&
              refuse_during_operation(pruning->deployment, err);
    const char *now = apprunner_image(pruning->deployment->service);

    if (ok && (before || now) &&
        (!before || !now || strcmp(before, now) != 0)) {
        ok = error_set(err, ERROR_BLOCKED,
                       "somebody else has just deployed another image");
        error_hint(err, "run 'stepdeck prune' again");
    }
    free(before);
    return ok;
}

static bool delete_images(struct pruning *pruning, struct step_context *context,
                          struct error *err)
{
    struct strvec kept = { 0 };
    size_t deleted = 0;
    bool ok = true;

    for (size_t i = 0; i < pruning->doomed.count; i++) {
        char *line = describe(pruning, pruning->doomed.items[i]);

        context_log(context, "removing %s", line);
        free(line);
    }
    if (pruning->doomed.count)
        ok = is_still_deployed(pruning, context, err) &&
             ecr_delete_images(client_writer(pruning->client),
                               pruning->repository, &pruning->doomed, &deleted,
                               &kept, err);
    for (size_t i = 0; i < kept.count; i++)
        context_log(context, "kept by ECR: %s", kept.items[i]);
    context_log(context,
                "%zu of %zu images removed, the newest %zu and what "
                "is in use kept",
                deleted, pruning->images.count, pruning->rules.keep);
    strvec_release(&kept);
    return ok;
}

void prune_run(struct step_context *context, struct step_outcome *outcome)
{
    struct deployment *deployment = context_target(context);
    struct pruning pruning = { .deployment = deployment };
    struct error err = { 0 };

    deployment_phase(deployment, context, "prune", true);
    if (!choose(&pruning, context, &err) ||
        !delete_images(&pruning, context, &err)) {
        if (err.code == ERROR_CANCELLED)
            deployment_fail(outcome, 0, &err);
        else
            context_warn(context, "old images were not removed: %s%s%s",
                         err.message, err.hint[0] ? "; " : "", err.hint);
    }
    if (pruning.risk)
        context_warn(context, "%s", pruning.risk);
    deployment_phase(deployment, context, "prune", false);
    release(&pruning);
}

void prune_preview(struct deployment *deployment, struct strvec *lines)
{
    struct pruning pruning = { .deployment = deployment };
    struct error err = { 0 };

    if (!choose(&pruning, NULL, &err)) {
        strvec_addf(lines, "would remove nothing: %s", err.message);
    } else {
        strvec_addf(lines, "would remove %zu of %zu images",
                    pruning.doomed.count, pruning.images.count);
        for (size_t i = 0; i < pruning.doomed.count; i++) {
            char *line = describe(&pruning, pruning.doomed.items[i]);

            strvec_addf(lines, "  %s", line);
            free(line);
        }
        if (pruning.risk)
            strvec_add(lines, pruning.risk);
    }
    release(&pruning);
}
