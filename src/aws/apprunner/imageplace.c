#include "aws/apprunner/imageplace.h"

#include "aws/apprunner/deployment.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "core/project.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_kind(const char *path, mode_t kind)
{
    struct stat status;

    return stat(path, &status) == 0 && (status.st_mode & S_IFMT) == kind;
}

static const char *setting_or(const struct deployment *deployment,
                              const char *name, const char *missing)
{
    const char *value = deployment_setting(deployment, name);

    return value ? value : missing;
}

bool imageplace_find(struct imageplace *place,
                     const struct deployment *deployment, struct error *err)
{
    const char *dir = deployment->request->project->dir;
    const char *context = setting_or(deployment, "BUILD_CONTEXT", ".");
    const char *file = setting_or(deployment, "DOCKERFILE", "Dockerfile");

    *place = (struct imageplace){ 0 };
    place->context_dir =
        strcmp(context, ".") == 0 ? mem_text(dir) : fileio_join(dir, context);
    if (!is_kind(place->context_dir, S_IFDIR)) {
        error_set(err, ERROR_INPUT, "the build context '%s' is no folder",
                  context);
        error_hint(err, "set BUILD_CONTEXT to the folder that the Dockerfile "
                        "copies from, relative to the project");
        imageplace_release(place);
        return false;
    }
    place->dockerfile = fileio_join(dir, file);
    if (!is_kind(place->dockerfile, S_IFREG)) {
        free(place->dockerfile);
        place->dockerfile = fileio_join(place->context_dir, file);
    }
    if (is_kind(place->dockerfile, S_IFREG))
        return true;
    error_set(err, ERROR_INPUT, "there is no Dockerfile '%s'", file);
    error_hint(err, "write one, or set DOCKERFILE to its path, relative to "
                    "the project");
    imageplace_release(place);
    return false;
}

void imageplace_release(struct imageplace *place)
{
    free(place->context_dir);
    free(place->dockerfile);
    *place = (struct imageplace){ 0 };
}

const char *imageplace_repository(const struct deployment *deployment)
{
    const char *name = deployment_setting(deployment, "ECR_REPOSITORY");

    return name ? name : deployment_setting(deployment, "SERVICE_NAME");
}

bool imageplace_reach(struct deployment *deployment,
                      struct step_context *context,
                      struct ecr_repository *repository, bool *created,
                      struct error *err)
{
    struct client *client = deployment_client(deployment, context, err);
    const char *name = imageplace_repository(deployment);
    struct error absent = { 0 };

    if (created)
        *created = false;
    if (!client)
        return false;
    if (!name) {
        error_set(err, ERROR_INPUT, "ECR_REPOSITORY is not set");
        return error_hint(err, "set it in deployment-config.env, or give "
                               "--ecr-repo NAME");
    }
    if (!ecr_get_repository(client, name, repository, &absent)) {
        if (absent.code != ERROR_NOT_FOUND ||
            deployment->request->is_read_only) {
            *err = absent;
            return false;
        }
        if (!ecr_create_repository(client_writer(client), name, repository,
                                   err))
            return false;
        if (created)
            *created = true;
    }
    free(deployment->image.repository);
    deployment->image.repository = mem_text(repository->uri);
    return true;
}
