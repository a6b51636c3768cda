/*
 * A build by the Engine API's own ("classic") builder: the context goes up as
 * a chunked tar, the output comes down as records.
 *
 * The platform is asked for from version 1.32 on. A daemon without
 * experimental features refuses it before 1.41; when its own platform is the
 * one that is wanted, the build is sent once more without.
 * https://docs.docker.com/reference/api/engine/version/v1.44/#tag/Image/operation/ImageBuild
 */
#include "aws/docker/context.h"
#include "aws/docker/docker_private.h"
#include "aws/docker/dockerstream.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { PLATFORM_MINOR = 32 };

/* One attempt. */
struct building {
    const struct docker_build *build;
    struct context *context;
    struct dockerstream stream;
    int64_t sent;
    struct error error; /* of the context */
};

static void tell_sent(struct building *building, bool is_done)
{
    int64_t total = context_bytes(building->context);
    struct docker_told told = { .kind = DOCKER_PROGRESS,
                                .text = "Sending the build context",
                                .item = "context",
                                .current = building->sent,
                                .total = total,
                                .is_done = is_done };

    /* The stream has headers, which the total does not count. */
    if (told.current > total || is_done)
        told.current = total;
    if (building->build->tell)
        building->build->tell(building->build->tell_context, &told);
}

static ssize_t send_context(void *context, char *buffer, size_t size)
{
    struct building *building = context;
    ssize_t count =
        context_read(building->context, buffer, size, &building->error);

    if (count >= 0) {
        building->sent += count;
        tell_sent(building, count == 0);
    }
    return count;
}

static bool take_output(void *context, const char *bytes, size_t size)
{
    struct building *building = context;

    dockerstream_add(&building->stream, bytes, size);
    return true;
}

static void add_pairs(struct strbuf *path, const char *name,
                      const struct strvec *pairs)
{
    json_t *json;
    char *text;

    if (!pairs || !pairs->count)
        return;
    json = docker_pairs(pairs);
    text = jsonx_line(json);
    strbuf_addf(path, "&%s=", name);
    docker_escape(path, text, false);
    free(text);
    json_decref(json);
}

static void compose_path(const struct docker_build *build,
                         const char *dockerfile, bool with_platform,
                         struct strbuf *path)
{
    strbuf_adds(path, "/build?version=1&rm=1&forcerm=1&dockerfile=");
    docker_escape(path, dockerfile, false);
    if (build->tag) {
        strbuf_adds(path, "&t=");
        docker_escape(path, build->tag, false);
    }
    if (with_platform) {
        strbuf_adds(path, "&platform=");
        docker_escape(path, build->platform, false);
    }
    if (build->no_cache)
        strbuf_adds(path, "&nocache=1");
    add_pairs(path, "buildargs", build->arguments);
    add_pairs(path, "labels", build->labels);
}

/* What went wrong, in this order: our own files, the builder's words, the
 * daemon's refusal, the connection. */
static bool judge(struct building *building, bool was_answered,
                  const struct http_response *response, struct error *err)
{
    static const char what[] = "the build failed";

    if (error_is_set(&building->error)) {
        error_clear(err);
        error_set(err, building->error.code, "%s", building->error.message);
        return error_hint(err, "%s", building->error.hint);
    }
    if (building->stream.error && response->failure != HTTP_CANCELLED) {
        error_clear(err);
        return error_set(err, ERROR_BLOCKED, "%s: %s", what,
                         building->stream.error);
    }
    if (!was_answered)
        return error_wrap(err, "%s", what);
    if (response->status < 200 || response->status > 299) {
        docker_refuse(response, what, err);
        if (err && err->code == ERROR_NOT_FOUND)
            err->code = ERROR_BLOCKED;
        return false;
    }
    if (!building->stream.image)
        return error_set(err, ERROR_BLOCKED,
                         "%s: the daemon told neither an image nor an error",
                         what);
    return true;
}

/* Whether the daemon refused because of the platform, and it does not matter
 * to it: "linux/amd64" is what it builds anyway. */
static bool may_leave_out_platform(const struct docker *docker,
                                   const struct docker_build *build,
                                   const struct http_response *response)
{
    char *own = mem_format("%s/%s", docker->info.os, docker->info.architecture);
    char *complaint = docker_complaint(response);
    bool may = response->status >= 400 && strcmp(own, build->platform) == 0 &&
               strstr(complaint, "platform") &&
               strstr(complaint, "experimental");

    free(complaint);
    free(own);
    return may;
}

/* One attempt; `again` tells that another one without a platform may do. */
static bool attempt(struct docker *docker, const struct docker_build *build,
                    bool with_platform, char **image, bool *again,
                    struct error *err)
{
    struct building building = {
        .build = build,
        .stream = { .tell = build->tell, .tell_context = build->tell_context }
    };
    struct http_response response = { 0 };
    struct strvec headers = { 0 };
    struct strbuf path = { 0 };
    struct docker_call call = { .method = "POST",
                                .headers = &headers,
                                .read = send_context,
                                .write = take_output,
                                .context = &building };
    bool ok;

    *again = false;
    building.context = context_open(build->context_dir, build->dockerfile, err);
    if (!building.context)
        return false;
    compose_path(build, context_dockerfile(building.context), with_platform,
                 &path);
    call.path = strbuf_text(&path);
    strvec_add(&headers, "Content-Type: application/x-tar");
    ok = docker_send(docker, &call, &response, err);
    dockerstream_finish(&building.stream);
    if (ok && with_platform)
        *again = may_leave_out_platform(docker, build, &response);
    ok = judge(&building, ok, &response, err);
    if (ok) {
        *image = building.stream.image;
        building.stream.image = NULL;
    }
    dockerstream_release(&building.stream);
    context_close(building.context);
    http_response_release(&response);
    strvec_release(&headers);
    strbuf_release(&path);
    return ok;
}

/* The whole id for the first digits, which is all that some builders say. */
static bool complete_id(struct docker *docker, char **image, struct error *err)
{
    struct docker_image found;

    if (dockerstream_is_digest(*image))
        return true;
    if (!docker_inspect(docker, *image, &found, err)) {
        free(*image);
        *image = NULL;
        return error_wrap(err, "the build has ended, but");
    }
    free(*image);
    *image = found.id;
    found.id = NULL;
    docker_image_release(&found);
    return true;
}

bool docker_build(struct docker *docker, const struct docker_build *build,
                  char **image, struct error *err)
{
    struct error why = { 0 };
    bool with_platform = build->platform && *build->platform &&
                         docker_speaks(docker, PLATFORM_MINOR);
    bool again = false;
    bool ok;

    *image = NULL;
    ok = attempt(docker, build, with_platform, image, &again, &why);
    if (!ok && again) {
        error_clear(&why);
        ok = attempt(docker, build, false, image, &again, &why);
    }
    if (!ok) {
        error_set(err, why.code, "%s", why.message);
        return error_hint(err, "%s", why.hint);
    }
    return complete_id(docker, image, err);
}
