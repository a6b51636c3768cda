/*
 * Pushing an image, and pulling one: both answer with a stream of records.
 *
 * A push without a tag would push every tag of the repository, so there always
 * is one. Podman 4.3 answers 200 and an empty stream for a push that failed: a
 * push is a success only when a digest was told.
 */
#include "aws/docker/docker_private.h"
#include "aws/docker/dockerstream.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static bool take_bytes(void *context, const char *bytes, size_t size)
{
    dockerstream_add(context, bytes, size);
    return true;
}

/* What a registry says, and what to do about it. */
static const struct {
    const char *words, *hint;
} refusals[] = {
    { "no basic auth credentials",
      "the registry got no credentials: see that the address of the "
      "repository is the one that the token is for" },
    { "authorization token has expired",
      "the clock of this machine may be wrong, or the push took longer than "
      "the token lives: run it again" },
    { "repository with name", "create the repository first, in this region" },
    { "immutable", "push another tag: this one exists and may not be moved" },
    { "403 Forbidden",
      "the policy lacks ecr:PutImage, ecr:InitiateLayerUpload, "
      "ecr:UploadLayerPart, ecr:CompleteLayerUpload or "
      "ecr:BatchCheckLayerAvailability" },
    { "no such host", "see that this machine resolves the registry's name" },
    { "x509", "the registry's certificate is not one that the daemon trusts" },
    { "An image does not exist locally",
      "build the image first, or tag it with the repository's name" },
};

static void hint_refusal(struct error *err, const char *complaint)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (strstr(complaint, refusals[i].words))
            error_hint(err, "%s", refusals[i].hint);
    }
}

/* Sends `call` and reads its stream; false on any failure, one inside the
 * stream included. */
static bool send_stream(struct docker *docker, struct docker_call *call,
                        struct dockerstream *stream, const char *what,
                        struct error *err)
{
    struct http_response response = { 0 };
    bool ok;

    call->write = take_bytes;
    call->context = stream;
    ok = docker_send(docker, call, &response, err);
    dockerstream_finish(stream);
    if (stream->error) {
        /* The registry's words say more than a connection that ended. */
        if (err && err->code != ERROR_CANCELLED)
            error_clear(err);
        error_set(err, ERROR_BLOCKED, "%s: %s", what, stream->error);
        hint_refusal(err, stream->error);
        ok = false;
    } else if (!ok) {
        error_wrap(err, "%s", what);
    } else if (response.status < 200 || response.status > 299) {
        char *complaint = docker_complaint(&response);

        ok = docker_refuse(&response, what, err);
        hint_refusal(err, complaint);
        free(complaint);
    }
    http_response_release(&response);
    return ok;
}

bool docker_push(struct docker *docker, const struct docker_push *push,
                 char **digest, struct error *err)
{
    struct dockerstream stream = { .tell = push->tell,
                                   .tell_context = push->tell_context };
    struct strbuf path = { 0 };
    struct strvec headers = { 0 };
    struct docker_call call = { .method = "POST", .headers = &headers };
    char *what = mem_format("cannot push '%s:%s'", push->repository, push->tag);
    bool ok;

    *digest = NULL;
    strbuf_adds(&path, "/images/");
    docker_escape(&path, push->repository, true);
    strbuf_adds(&path, "/push?tag=");
    docker_escape(&path, push->tag, false);
    call.path = strbuf_text(&path);
    strvec_take(&headers, docker_registry_auth(push->user, push->password,
                                               push->registry));
    ok = send_stream(docker, &call, &stream, what, err);
    if (ok && !stream.digest) {
        ok = error_set(err, ERROR_BLOCKED,
                       "%s: the daemon told neither a digest nor an error",
                       what);
        error_hint(err,
                   "try it by hand, the reason may be shown: %s push %s:%s",
                   docker->info.is_podman ? "podman" : "docker",
                   push->repository, push->tag);
    }
    if (ok) {
        *digest = stream.digest;
        stream.digest = NULL;
    }
    dockerstream_release(&stream);
    strvec_release(&headers);
    strbuf_release(&path);
    free(what);
    return ok;
}

/* "tag invalid: The image tag 'v1' already exists in the 'x' repository and
 * cannot be overwritten because the tag is immutable." */
bool docker_push_is_immutable(const struct error *err)
{
    return error_is_set(err) && strstr(err->message, "immutable") &&
           strstr(err->message, "already exists");
}

/* Where the tag or digest of a reference begins; "latest" when it has none.
 * The colon of "host:5000/name" is none. `name` gets what stands before. */
static const char *split_reference(const char *reference, char **name)
{
    const char *slash = strrchr(reference, '/');
    const char *mark = strchr(reference, '@');

    if (!mark)
        mark = strchr(slash ? slash : reference, ':');
    if (!mark) {
        *name = mem_text(reference);
        return "latest";
    }
    *name = mem_bytes(reference, (size_t)(mark - reference));
    return mark + 1;
}

bool docker_pull(struct docker *docker, const char *reference, const char *user,
                 const char *password, struct error *err)
{
    struct dockerstream stream = { 0 };
    struct strbuf path = { 0 };
    struct strvec headers = { 0 };
    struct docker_call call = { .method = "POST", .headers = &headers };
    char *what = mem_format("cannot pull '%s'", reference);
    char *name;
    const char *tag = split_reference(reference, &name);
    bool ok;

    strbuf_adds(&path, "/images/create?fromImage=");
    docker_escape(&path, name, false);
    strbuf_adds(&path, "&tag=");
    docker_escape(&path, tag, false);
    call.path = strbuf_text(&path);
    if (user) {
        char *registry = mem_bytes(name, strcspn(name, "/"));

        strvec_take(&headers, docker_registry_auth(user, password, registry));
        free(registry);
    }
    ok = send_stream(docker, &call, &stream, what, err);
    dockerstream_release(&stream);
    strvec_release(&headers);
    strbuf_release(&path);
    free(name);
    free(what);
    return ok;
}
