/* Checks of what is here: Docker, the build context, the tag. */
#include "aws/apprunner/preflight_private.h"

#include "aws/apprunner/imageplace.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "core/project.h"
#include "core/setup_docker.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { DOCKERFILE_LIMIT = 1 << 20 };

static bool is_amd64(const char *architecture)
{
    return strcmp(architecture, "amd64") == 0 ||
           strcmp(architecture, "x86_64") == 0;
}

static void look_at_docker(struct preflight *preflight,
                           struct preflight_finding *finding)
{
    struct error err = { 0 };
    const struct docker_info *info;

    preflight->docker =
        deployment_docker(preflight->deployment, preflight->context, &err);
    if (!preflight->docker) {
        /* No daemon, no deployment: nothing is unknown about it. */
        if (err.code == ERROR_IO)
            err.code = ERROR_BLOCKED;
        preflight_error(finding, &err);
        return;
    }
    info = docker_info(preflight->docker);
    preflight_pass(finding, "%s answers at %s, API %s, %s/%s",
                   info->is_podman ? "Podman" : "Docker",
                   docker_host(preflight->docker), info->api_version, info->os,
                   info->architecture);
}

static void look_at_builder(struct preflight *preflight,
                            struct preflight_finding *finding)
{
    struct cancel *cancel = context_cancel(preflight->context);
    const struct docker_info *info;
    bool has_buildx;

    if (!preflight->docker) {
        preflight_unknown(finding, "no daemon to build with");
        return;
    }
    info = docker_info(preflight->docker);
    has_buildx =
        !info->is_podman && info->has_buildkit && buildx_is_there(cancel);
    if (has_buildx)
        preflight_pass(finding, "BuildKit by docker buildx");
    else
        preflight_pass(finding, "the Engine API's own builder (%s)",
                       info->is_podman      ? "Podman has no BuildKit"
                       : info->has_buildkit ? "docker buildx is not installed"
                                            : "the daemon has no BuildKit");
    if (!is_amd64(info->architecture) && info->architecture[0])
        preflight_warn(finding,
                       "the daemon runs on %s: a build for linux/amd64 is "
                       "emulated and slow%s",
                       info->architecture,
                       has_buildx ? "" : ", and may need docker buildx");
}

/* What the image says about its port is for people; a different one is a
 * frequent cause of a failed deployment all the same. */
static void compare_port(const struct preflight *preflight,
                         const char *dockerfile,
                         struct preflight_finding *finding)
{
    const char *text = deployment_setting(preflight->deployment, "PORT");
    struct strbuf file = { 0 };
    int exposed = 0;

    if (fileio_read(AT_FDCWD, dockerfile, DOCKERFILE_LIMIT, &file, NULL))
        exposed = setup_docker_port(strbuf_text(&file), file.len);
    if (exposed && text && strtol(text, NULL, 10) != exposed)
        preflight_warn(finding, "the image exposes port %d, but PORT is %s",
                       exposed, text);
    strbuf_release(&file);
}

static void look_at_context(struct preflight *preflight,
                            struct preflight_finding *finding)
{
    struct imageplace place = { 0 };
    struct error err = { 0 };

    if (imageplace_find(&place, preflight->deployment, &err)) {
        preflight_pass(finding, "%s, with %s", place.dockerfile,
                       place.context_dir);
        compare_port(preflight, place.dockerfile, finding);
    } else {
        preflight_error(finding, &err);
    }
    imageplace_release(&place);
}

/* The record of an earlier build stays as it is: only the build replaces it. */
static void look_at_tag(struct preflight *preflight,
                        struct preflight_finding *finding)
{
    struct deployment *deployment = preflight->deployment;
    struct deployment_image recorded = deployment->image, *image;
    struct error err = { 0 };

    image = &deployment->image;
    *image = (struct deployment_image){ 0 };
    if (!imagetag_make(deployment, &err))
        preflight_error(finding, &err);
    else if (!image->commit)
        preflight_pass(finding, "the time, for there is no git commit");
    else
        preflight_pass(finding, "%s%s", image->tag,
                       image->is_dirty ? ", of uncommitted changes" : "");
    free(image->tag);
    free(image->commit);
    *image = recorded;
}

/* The path of a URL as it is sent: nothing in it may need quoting. */
static bool is_path(const char *text)
{
    if (text[0] != '/' || text[1] == '/')
        return false;
    for (; *text; text++) {
        if (*text <= ' ' || *text >= 0x7f || strchr("#\"<>\\^`{|}", *text))
            return false;
    }
    return true;
}

static void look_at_health(struct preflight *preflight,
                           struct preflight_finding *finding)
{
    const char *path = deployment_setting(preflight->deployment, "HEALTH_PATH");

    if (!path)
        path = "/";
    if (is_path(path)) {
        preflight_pass(finding, "%s", path);
        return;
    }
    preflight_fail(finding, "HEALTH_PATH '%s' is no path of a URL", path);
    preflight_mend(finding, "set HEALTH_PATH to a path like /healthz, without "
                            "host, fragment or spaces");
}

const struct preflight_check preflight_local[] = {
    { "docker", look_at_docker },      { "builder", look_at_builder },
    { "Dockerfile", look_at_context }, { "image tag", look_at_tag },
    { "health path", look_at_health }, { NULL, NULL },
};
