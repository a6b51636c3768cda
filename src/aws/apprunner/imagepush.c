/* Pushes the image and makes sure of what the repository then holds. */
#include "aws/apprunner/buildadvice.h"
#include "aws/apprunner/deployment.h"
#include "aws/apprunner/imageplace.h"
#include "aws/apprunner/imagetold.h"
#include "aws/apprunner/prunable.h"
#include "base/jsonx.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    PUSH_ATTEMPTS = 2,
    /* A new tag may be invisible to DescribeImages for a moment. */
    CONFIRM_ATTEMPTS = 8,
    CONFIRM_WAIT_MS = 1000,
    RETRY_WAIT_MS = 2000
};

#define LATEST "latest"

struct push {
    struct deployment *deployment;
    struct step_context *context;
    struct client *client;
    struct docker *docker;
    struct ecr_repository repository;
};

/* ---- what is there already -------------------------------------------- */

/* Whether the manifest of that digest is of the image that was built: Docker
 * names an image by its configuration, with the containerd store by its
 * manifest. https://github.com/opencontainers/image-spec/blob/main/manifest.md
 */
static bool is_built_image(struct push *push, const char *digest)
{
    const char *local_id = push->deployment->image.local_id;
    char *manifest = NULL, *media_type = NULL;
    struct error err = { 0 };
    json_t *json = NULL;
    bool is_same = local_id && strcmp(local_id, digest) == 0;

    if (!is_same && local_id &&
        ecr_get_manifest(push->client, push->repository.name, digest, &manifest,
                         &media_type, &err)) {
        json = jsonx_parse_object(manifest, strlen(manifest), &err);
        is_same =
            strcmp(jsonx_text(json_object_get(json, "config"), "digest", ""),
                   local_id) == 0;
    }
    json_decref(json);
    free(media_type);
    free(manifest);
    return is_same;
}

/* Looks at the tag in the repository: `*digest` is that of the built image
 * when it is there. False when the tag is taken for good. */
static bool find_existing(struct push *push, char **digest, struct error *err)
{
    const struct deployment_image *built = &push->deployment->image;
    struct ecr_image image = { 0 };
    struct error absent = { 0 };
    bool done = true;

    if (!ecr_find_image(push->client, push->repository.name, built->tag, &image,
                        &absent)) {
        if (absent.code != ERROR_CANCELLED)
            return true;
        *err = absent;
        return false;
    }
    if ((built->digest && strcmp(built->digest, image.digest) == 0) ||
        is_built_image(push, image.digest)) {
        *digest = mem_text(image.digest);
    } else if (push->repository.is_immutable) {
        error_set(err, ERROR_BLOCKED,
                  "the repository '%s' is immutable and holds another image "
                  "as '%s'",
                  push->repository.name, built->tag);
        error_hint(err, "commit a change, so that the image gets a tag of its "
                        "own, or leave out --force-latest to deploy the one "
                        "that is there");
        done = false;
    }
    ecr_image_release(&image);
    return done;
}

/* ---- one push --------------------------------------------------------- */

static bool push_once(struct push *push, const char *tag, char **digest,
                      struct error *err)
{
    struct imagetold told = { .context = push->context };
    struct ecr_token token = { 0 };
    char size[IMAGETOLD_SIZE_TEXT];
    bool done = false;

    if (ecr_get_token(push->client, &token, err)) {
        struct docker_push request = { .repository = push->repository.uri,
                                       .tag = tag,
                                       .user = token.user,
                                       .password = token.password,
                                       .registry = token.registry,
                                       .tell = imagetold_take,
                                       .tell_context = &told };

        done = docker_push(push->docker, &request, digest, err);
    }
    ecr_token_release(&token);
    if (done && told.count)
        context_log(push->context, "%zu layer%s, %s moved", told.count,
                    told.count == 1 ? "" : "s",
                    imagetold_size(imagetold_bytes(&told), size));
    imagetold_release(&told);
    return done;
}

/* Whether another attempt is worth it: the network, or the token. */
static bool will_pass(const struct error *err)
{
    const struct buildadvice *advice = buildadvice_find(err->message);

    return err->code == ERROR_IO || (advice && advice->passes);
}

static bool push_tag(struct push *push, const char *tag, char **digest,
                     struct error *err)
{
    if (!docker_tag(push->docker, push->deployment->image.local_id,
                    push->repository.uri, tag, err))
        return error_hint(err, "build it again: stepdeck run 020");
    context_log(push->context, "pushing %s:%s", push->repository.uri, tag);
    for (int attempt = 1;; attempt++) {
        struct error failure = { 0 };

        if (push_once(push, tag, digest, &failure))
            return true;
        if (attempt == PUSH_ATTEMPTS || !will_pass(&failure) ||
            context_is_cancelled(push->context)) {
            if (failure.code != ERROR_CANCELLED)
                buildadvice_add(&failure);
            *err = failure;
            return false;
        }
        context_log(push->context, "%s; trying again with a fresh token",
                    failure.message);
        if (!context_wait(push->context, RETRY_WAIT_MS))
            return error_set(err, ERROR_CANCELLED, "was cancelled");
    }
}

/* ---- making sure ------------------------------------------------------ */

static void warn_of_index(struct push *push, const struct ecr_image *image)
{
    if (prunable_is_index(image->media_type))
        context_warn(push->context,
                     "%s is an index of several images, not one image; it was "
                     "not built by stepdeck, or with attestations",
                     push->deployment->image.tag);
}

static bool judge(const struct push *push, const char *pushed,
                  const char *found, struct error *err)
{
    if (strcmp(pushed, found) == 0)
        return true;
    error_set(err, ERROR_BLOCKED,
              "'%s' was pushed as %s, but the repository answers %s",
              push->deployment->image.tag, pushed, found);
    return error_hint(err, "somebody else may have pushed the same tag: look, "
                           "then run the deployment again");
}

/* The repository's own word, which is what will be deployed. A stream that did
 * not tell the digest takes it from there. */
static bool confirm(struct push *push, char **digest, struct error *err)
{
    const char *tag = push->deployment->image.tag;

    for (int attempt = 1;; attempt++) {
        struct ecr_image image = { 0 };
        struct error failure = { 0 };

        if (ecr_find_image(push->client, push->repository.name, tag, &image,
                           &failure)) {
            bool is_right;

            if (!*digest)
                *digest = mem_text(image.digest);
            is_right = judge(push, *digest, image.digest, err);
            if (is_right)
                warn_of_index(push, &image);
            ecr_image_release(&image);
            return is_right;
        }
        if (failure.code != ERROR_NOT_FOUND || attempt == CONFIRM_ATTEMPTS) {
            *err = failure;
            return error_wrap(err, "cannot confirm the push of '%s'", tag);
        }
        if (!context_wait(push->context, CONFIRM_WAIT_MS))
            return error_set(err, ERROR_CANCELLED, "was cancelled");
    }
}

/* ---- latest ----------------------------------------------------------- */

static bool is_latest(const struct push *push)
{
    struct ecr_image latest = { 0 };
    bool is = ecr_find_image(push->client, push->repository.name, LATEST,
                             &latest, NULL) &&
              strcmp(latest.digest, push->deployment->image.digest) == 0;

    ecr_image_release(&latest);
    return is;
}

/* Convenience for people only: the deployment is by digest. */
static void move_latest(struct push *push)
{
    const struct deployment_image *image = &push->deployment->image;
    char *digest = NULL;
    struct error err = { 0 };
    bool done;

    if (image->was_built)
        done = push_tag(push, LATEST, &digest, &err);
    else
        done = is_latest(push) ||
               ecr_put_tag(client_writer(push->client), push->repository.name,
                           image->digest, LATEST, &err);
    free(digest);
    if (done || err.code == ERROR_CANCELLED)
        return;
    if (push->repository.is_immutable || docker_push_is_immutable(&err))
        context_warn(push->context, "the repository is immutable: '" LATEST
                                    "' stays where it is");
    else
        context_warn(push->context, "'" LATEST "' was not moved: %s",
                     err.message);
}

/* ---- the step --------------------------------------------------------- */

static bool push_image(struct push *push, struct error *err)
{
    struct deployment_image *image = &push->deployment->image;
    char *digest = NULL;
    bool done;

    push->docker = deployment_docker(push->deployment, push->context, err);
    if (!push->docker || !find_existing(push, &digest, err))
        return false;
    if (digest) {
        context_log(push->context, "the repository has this image as %s",
                    image->tag);
        done = true;
    } else {
        done = push_tag(push, image->tag, &digest, err) &&
               confirm(push, &digest, err);
        image->was_pushed = done;
    }
    if (done) {
        free(image->digest);
        image->digest = digest;
        digest = NULL;
    }
    free(digest);
    return done;
}

/* The build found it there: it may be gone meanwhile. */
static bool check_pushed(struct push *push, struct error *err)
{
    const struct deployment_image *image = &push->deployment->image;
    struct ecr_image found = { 0 };

    if (!ecr_find_image(push->client, push->repository.name, image->digest,
                        &found, err)) {
        error_wrap(err, "the image %s", image->digest);
        return error_hint(err, "build it again: stepdeck run 020");
    }
    warn_of_index(push, &found);
    ecr_image_release(&found);
    context_log(push->context, "nothing to push: the repository has %s",
                image->tag);
    return true;
}

static bool check_known(const struct deployment *deployment, struct error *err)
{
    if (deployment->image.tag &&
        (deployment->image.local_id || deployment->image.digest))
        return true;
    error_set(err, ERROR_BLOCKED, "no image is known that could be pushed");
    return error_hint(err, "build it first: stepdeck run 020");
}

static bool push_or_skip(struct push *push, struct error *err)
{
    const struct deployment_image *image = &push->deployment->image;

    push->client = deployment_client(push->deployment, push->context, err);
    if (!push->client || !check_known(push->deployment, err) ||
        !imageplace_reach(push->deployment, push->context, &push->repository,
                          NULL, err))
        return false;
    if (!(image->digest ? check_pushed(push, err) : push_image(push, err)) ||
        !deployment_save(push->deployment, err))
        return false;
    context_log(push->context, "%s:%s is %s", push->repository.uri, image->tag,
                image->digest);
    move_latest(push);
    if (context_is_cancelled(push->context))
        return error_set(err, ERROR_CANCELLED, "was cancelled");
    return true;
}

void imagepush_run(struct step_context *context, struct step_outcome *outcome)
{
    struct push push = { .deployment = context_target(context),
                         .context = context };
    struct error err = { 0 };

    deployment_phase(push.deployment, context, "push", true);
    if (!push_or_skip(&push, &err))
        deployment_fail(outcome, EXIT_STATUS_PUSH_FAILED, &err);
    else
        context_progress(context, 100, NULL);
    ecr_repository_release(&push.repository);
    deployment_phase(push.deployment, context, "push", false);
}

/* ---- the dry run ------------------------------------------------------ */

void imagepush_preview(struct deployment *deployment, struct strvec *lines)
{
    const struct deployment_image *image = &deployment->image;
    struct ecr_repository repository = { 0 };
    const char *name = imageplace_repository(deployment);
    struct error err = { 0 };

    if (!image->tag && !imagetag_make(deployment, &err))
        strvec_addf(lines, "cannot tell the image's tag: %s", err.message);
    else if (image->digest)
        strvec_addf(lines, "would push nothing: %s is in the repository",
                    image->tag);
    else if (imageplace_reach(deployment, NULL, &repository, NULL, &err))
        strvec_addf(lines, "would push %s:%s and move 'latest'", repository.uri,
                    image->tag);
    else if (err.code == ERROR_NOT_FOUND)
        strvec_addf(lines, "would create the repository %s and push %s", name,
                    image->tag);
    else
        strvec_addf(lines, "would push %s: %s", image->tag, err.message);
    ecr_repository_release(&repository);
}
