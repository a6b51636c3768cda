/* The App Runner target as core sees it: its steps, and a run's beginning and
 * end. */
#include "aws/apprunner/apprunner_target.h"

#include "aws/apprunner/deployment.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "core/config.h"
#include "core/project.h"

#include <stdlib.h>
#include <string.h>

/* ---- steps ------------------------------------------------------------ */

static bool is_pruning(const struct config *config)
{
    return config_get(config, "PRUNE_IMAGES") != NULL;
}

static bool may_roll_back(const struct config *config)
{
    const char *value = config_get(config, "NO_ROLLBACK");

    return !value || strcmp(value, "yes") != 0;
}

static const struct target_step steps[] = {
    { .number = 1,
      .id = "001-preflight",
      .title = "Check everything that a deployment needs",
      .description = "Docker, credentials, region, repository, roles, "
                     "permissions, secrets, and the service as it is.",
      .critical = true,
      .always = true,
      .run = preflight_run },
    { .number = 20,
      .id = "020-build-image",
      .title = "Build the image",
      .description = "Builds for linux/amd64, tagged with the commit; not when "
                     "the repository has that tag already.",
      .critical = true,
      .always = true,
      .run = imagebuild_run },
    { .number = 25,
      .id = "025-push-image",
      .title = "Push the image",
      .description = "Pushes to ECR and confirms the digest there.",
      .critical = true,
      .always = true,
      .run = imagepush_run },
    { .number = 30,
      .id = "030-update-service",
      .title = "Create or update the service",
      .description = "Asks App Runner for the image by its digest, with the "
                     "configuration merged over the live one.",
      .critical = true,
      .always = true,
      .run = update_run },
    { .number = 35,
      .id = "035-wait-for-deployment",
      .title = "Wait for the deployment",
      .description = "Follows the operation that the update began to its end.",
      .critical = true,
      .always = true,
      .rolls_back = true,
      .run = await_run },
    { .number = 40,
      .id = "040-validate-health",
      .title = "Validate the health",
      .description = "Asks the service until it is healthy twice in a row.",
      .critical = true,
      .always = true,
      .rolls_back = true,
      .run = health_run },
    { .number = 45,
      .id = "045-restore-auto-deployments",
      .title = "Restore automatic deployments",
      .description = "Switches them on again where they were on before.",
      .critical = false,
      .always = true,
      .run = autodeploy_run },
    { .number = 46,
      .id = "046-roll-back",
      .title = "Roll back",
      .description = "Puts the previous image and configuration back and "
                     "checks their health.",
      .critical = true,
      .always = true,
      .stands_alone = true,
      .role = TARGET_ROLLBACK,
      .is_wanted = may_roll_back,
      .run = rollback_run },
    { .number = 60,
      .id = "060-prune-images",
      .title = "Remove old images",
      .description = "Keeps what is deployed, what a rollback needs, and the "
                     "newest ones.",
      .critical = false,
      .always = true,
      .stands_alone = true,
      .role = TARGET_PRUNE,
      .is_wanted = is_pruning,
      .run = prune_run },
    { .number = 998,
      .id = "998-pre-destroy-cleanup",
      .title = "Show what will be destroyed",
      .description = "Lists the service and its images, and switches "
                     "automatic deployments off.",
      .critical = true,
      .always = true,
      .run = predestroy_run },
    { .number = 999,
      .id = "999-destroy-everything",
      .title = "Destroy the service",
      .description = "Deletes the App Runner service and waits for its end.",
      .critical = true,
      .always = true,
      .run = destroy_run },
};

/* ---- a run ------------------------------------------------------------ */

static struct target_run *open_run(const struct target_request *request,
                                   struct error *warning)
{
    struct deployment *deployment = mem_new(1, sizeof(*deployment));

    deployment->request = request;
    if (!deployment_load(deployment, warning))
        deployment->operation = (struct deployment_operation){ 0 };
    return (struct target_run *)deployment;
}

/* Both are checked names, so no path leads out of the folder of locks. */
static char *lock_name(const struct config *config)
{
    const char *service = config_get(config, "SERVICE_NAME");
    const char *region = config_get(config, "AWS_REGION");

    return service ? mem_format("apprunner-%s-%s", region ? region : "default",
                                service)
                   : NULL;
}

static struct deployment *deployment_of(struct target_run *run)
{
    return (struct deployment *)run;
}

static void close_run(struct target_run *run)
{
    if (!run)
        return;
    deployment_release(deployment_of(run));
    free(run);
}

static void add_phases(const struct deployment *deployment, json_t *summary)
{
    json_t *phases = json_object(), *value;
    const char *name;

    json_object_foreach(deployment->phases, name, value)
    {
        if (json_integer_value(value) >= 0)
            json_object_set(phases, name, value);
    }
    json_object_set_new(summary, "phases", phases);
}

static void set_or_null(json_t *json, const char *name, const char *text)
{
    json_object_set_new(json, name, text ? json_string(text) : json_null());
}

static const char *digest_of(const char *image)
{
    const char *at = image ? strchr(image, '@') : NULL;

    return at ? at + 1 : NULL;
}

/* Of a rollback that was asked for, the image is what serves now. */
static const char *summarize(struct target_run *run, json_t *summary)
{
    struct deployment *deployment = deployment_of(run);
    bool has_image = deployment->image.was_built ||
                     deployment->image.was_pushed || deployment->was_updated ||
                     deployment->is_unchanged;
    bool is_rollback = deployment->request->command &&
                       strcmp(deployment->request->command, "rollback") == 0;

    set_or_null(summary, "service_url", deployment->service_url);
    set_or_null(summary, "image_tag", has_image ? deployment->image.tag : NULL);
    if (is_rollback && deployment->verdict == VERDICT_ROLLED_BACK)
        set_or_null(summary, "image_digest",
                    digest_of(apprunner_image(deployment->service)));
    else
        set_or_null(summary, "image_digest",
                    has_image ? deployment->image.digest : NULL);
    set_or_null(summary, "previous_digest", deployment->previous_digest);
    add_phases(deployment, summary);
    return deployment_verdict(deployment->verdict);
}

static void preview(struct target_run *run, const struct target_step *step,
                    struct strvec *lines)
{
    static const struct {
        const char *id;
        void (*preview)(struct deployment *deployment, struct strvec *lines);
    } rows[] = {
        { "020-build-image", imagebuild_preview },
        { "025-push-image", imagepush_preview },
        { "030-update-service", update_preview },
        { "060-prune-images", prune_preview },
        { "998-pre-destroy-cleanup", destroy_preview },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].id, step->id) == 0)
            rows[i].preview(deployment_of(run), lines);
    }
}

static json_t *status(struct target_run *run, struct cancel *cancel,
                      struct error *err)
{
    return cloudstatus_make(deployment_of(run), cancel, err);
}

static bool follow(struct target_run *run, struct cancel *cancel,
                   void (*take)(void *context, int64_t time_ms,
                                const char *source, const char *line),
                   void *context, struct error *err)
{
    return follow_logs(deployment_of(run), cancel, take, context, err);
}

const struct target_ops apprunner_target = {
    .name = "apprunner",
    .steps = steps,
    .step_count = sizeof(steps) / sizeof(steps[0]),
    .lock_name = lock_name,
    .open = open_run,
    .close = close_run,
    .summarize = summarize,
    .preview = preview,
    .status = status,
    .follow = follow,
    .offer = choices_offer,
};
