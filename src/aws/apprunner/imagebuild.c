/* Builds the image, unless the repository has it already. */
#include "aws/apprunner/buildadvice.h"
#include "aws/apprunner/deployment.h"
#include "aws/apprunner/imageplace.h"
#include "aws/apprunner/imagetold.h"
#include "base/mem.h"
#include "core/project.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is there ---------------------------------------------------- */

/* Whether the tag can stand for what would be built: a tree without changes. */
static bool may_skip(const struct deployment *deployment)
{
    return deployment->image.commit && !deployment->image.is_dirty &&
           !deployment_is_set(deployment, "FORCE_LATEST");
}

/* Sets the digest when the repository holds the tag; `*found` says so. Not
 * being allowed to look is no reason to stop. */
static bool find_pushed(struct deployment *deployment,
                        struct step_context *context, bool *found,
                        struct error *err)
{
    struct client *client = deployment_client(deployment, context, err);
    struct ecr_image image = { 0 };
    struct error absent = { 0 };

    *found = false;
    if (!client)
        return false;
    if (ecr_find_image(client, imageplace_repository(deployment),
                       deployment->image.tag, &image, &absent)) {
        *found = true;
        free(deployment->image.digest);
        deployment->image.digest = mem_text(image.digest);
        ecr_image_release(&image);
        return true;
    }
    if (absent.code == ERROR_CANCELLED) {
        *err = absent;
        return false;
    }
    if (absent.code != ERROR_NOT_FOUND && context)
        context_log(context, "cannot look for the tag in the repository: %s",
                    absent.message);
    return true;
}

/* ---- building --------------------------------------------------------- */

static bool read_arguments(const struct deployment *deployment,
                           struct strvec *arguments, struct error *err)
{
    const char *text = deployment_setting(deployment, "BUILD_ARGS");

    if (text)
        strvec_split(arguments, text, " \t\n");
    for (size_t i = 0; i < arguments->count; i++) {
        const char *equals = strchr(arguments->items[i], '=');

        if (equals && equals != arguments->items[i])
            continue;
        error_set(err, ERROR_INPUT, "'%.40s' in BUILD_ARGS is not NAME=VALUE",
                  arguments->items[i]);
        return error_hint(err, "write BUILD_ARGS=\"NAME=VALUE NAME=VALUE\"; a "
                               "value cannot hold a space");
    }
    return true;
}

static void add_labels(const struct deployment_image *image,
                       struct strvec *labels)
{
    /* https://specs.opencontainers.org/image-spec/annotations */
    if (image->commit)
        strvec_addf(labels, "org.opencontainers.image.revision=%s",
                    image->commit);
    strvec_addf(labels, "stepdeck.tag=%s", image->tag);
}

/* BuildKit needs both the daemon's part and the plugin; Podman has neither. */
static bool uses_buildx(struct docker *docker, struct step_context *context)
{
    const struct docker_info *info = docker_info(docker);

    return info->has_buildkit && !info->is_podman &&
           buildx_is_there(context_cancel(context));
}

static bool run_builder(struct step_context *context, struct docker *docker,
                        struct docker_build *build, char **id,
                        struct error *err)
{
    struct imagetold told = { .context = context, .by_items = true };
    bool by_buildx = uses_buildx(docker, context), done;

    build->tell = imagetold_take;
    build->tell_context = &told;
    context_log(context, "building %s for %s by %s", build->tag,
                build->platform,
                by_buildx ? "BuildKit (docker buildx)"
                          : "the builder of the Engine API");
    done = by_buildx ? buildx_build(build, docker_host(docker),
                                    context_cancel(context), id, err)
                     : docker_build(docker, build, id, err);
    imagetold_release(&told);
    if (!done && err->code == ERROR_BLOCKED)
        buildadvice_add(err);
    return done;
}

/* App Runner runs amd64 only: it would fail after minutes, with "exec format
 * error". https://github.com/aws/apprunner-roadmap/issues/98 */
static bool check_architecture(struct step_context *context,
                               struct docker *docker, const char *reference,
                               struct error *err)
{
    struct docker_image image = { 0 };
    char size[IMAGETOLD_SIZE_TEXT];
    bool is_right;

    if (!docker_inspect(docker, reference, &image, err))
        return false;
    is_right = image.architecture && strcmp(image.architecture, "amd64") == 0 &&
               (!image.os || strcmp(image.os, "linux") == 0);
    if (is_right) {
        context_log(context, "built %s: linux/amd64, %s", image.id,
                    imagetold_size(image.size_bytes, size));
    } else {
        error_set(err, ERROR_BLOCKED,
                  "the image is for %s/%s, and App Runner runs linux/amd64",
                  image.os ? image.os : "?",
                  image.architecture ? image.architecture : "?");
        error_hint(err, "take --platform out of FROM in the Dockerfile, and "
                        "install buildx, which builds for another processor");
    }
    docker_image_release(&image);
    return is_right;
}

static bool build(struct deployment *deployment, struct step_context *context,
                  struct error *err)
{
    struct docker *docker = deployment_docker(deployment, context, err);
    struct strvec arguments = { 0 }, labels = { 0 };
    struct imageplace place = { 0 };
    char *tag = mem_format("%s:%s", deployment->image.repository,
                           deployment->image.tag);
    char *id = NULL;
    bool done = docker && imageplace_find(&place, deployment, err) &&
                read_arguments(deployment, &arguments, err);

    if (done) {
        struct docker_build request = { .context_dir = place.context_dir,
                                        .dockerfile = place.dockerfile,
                                        .tag = tag,
                                        .platform = IMAGEPLACE_PLATFORM,
                                        .arguments = &arguments,
                                        .labels = &labels };

        add_labels(&deployment->image, &labels);
        done = run_builder(context, docker, &request, &id, err) &&
               check_architecture(context, docker, id ? id : tag, err);
    }
    if (done) {
        free(deployment->image.local_id);
        free(deployment->image.digest);
        deployment->image.local_id = id ? id : mem_text(tag);
        deployment->image.digest = NULL;
        deployment->image.was_built = true;
        id = NULL;
    }
    free(id);
    free(tag);
    imageplace_release(&place);
    strvec_release(&labels);
    strvec_release(&arguments);
    return done;
}

/* ---- the step --------------------------------------------------------- */

static bool reach_repository(struct deployment *deployment,
                             struct step_context *context, struct error *err)
{
    struct ecr_repository repository = { 0 };
    bool created;
    bool done =
        imageplace_reach(deployment, context, &repository, &created, err);

    if (done && created)
        context_log(context, "created the repository %s", repository.uri);
    ecr_repository_release(&repository);
    return done;
}

static bool make_image(struct deployment *deployment,
                       struct step_context *context, struct error *err)
{
    bool found = false;

    deployment->image.was_built = false;
    deployment->image.was_pushed = false;
    if (!imagetag_make(deployment, err) ||
        !reach_repository(deployment, context, err))
        return false;
    if (!deployment->image.commit)
        context_log(context, "no git commit: the tag is the time");
    if (may_skip(deployment) && !find_pushed(deployment, context, &found, err))
        return false;
    if (found)
        context_log(context,
                    "the repository has %s already, as %s: nothing to build",
                    deployment->image.tag, deployment->image.digest);
    return (found || build(deployment, context, err)) &&
           deployment_save(deployment, err);
}

void imagebuild_run(struct step_context *context, struct step_outcome *outcome)
{
    struct deployment *deployment = context_target(context);
    struct error err = { 0 };

    deployment_phase(deployment, context, "build", true);
    if (!make_image(deployment, context, &err))
        deployment_fail(outcome, EXIT_STATUS_BUILD_FAILED, &err);
    else
        context_progress(context, 100, NULL);
    deployment_phase(deployment, context, "build", false);
}

/* ---- the dry run ------------------------------------------------------ */

void imagebuild_preview(struct deployment *deployment, struct strvec *lines)
{
    struct imageplace place = { 0 };
    struct error err = { 0 };
    bool found = false;

    if (!imagetag_make(deployment, &err)) {
        strvec_addf(lines, "cannot tell the image's tag: %s", err.message);
        return;
    }
    if (may_skip(deployment) && imageplace_repository(deployment) &&
        find_pushed(deployment, NULL, &found, &err) && found) {
        strvec_addf(lines, "would build nothing: the repository has %s, as %s",
                    deployment->image.tag, deployment->image.digest);
        return;
    }
    error_clear(&err);
    if (imageplace_find(&place, deployment, &err))
        strvec_addf(lines, "would build %s for %s, tagged %s%s",
                    place.dockerfile, IMAGEPLACE_PLATFORM,
                    deployment->image.tag,
                    deployment->image.is_dirty ? " (uncommitted changes)" : "");
    else
        strvec_addf(lines, "could not build: %s", err.message);
    imageplace_release(&place);
}
