/*
 * The build by `docker buildx`, a child process: BuildKit's own progress over
 * the Engine API is protobuf and wants a session in gRPC.
 *
 * One image for one platform, without attestations: those would make an index
 * of it. Build arguments may be secret, and an argv can be read by everybody:
 * their values travel in the environment, where buildx looks up what has no
 * value. Names that would steer docker itself stay in the argv.
 * https://docs.docker.com/reference/cli/docker/buildx/build/
 */
#include "aws/docker/docker.h"

#include "aws/docker/dockerstream.h"
#include "aws/docker/rawjson.h"
#include "base/cancel.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "core/child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VERSION_TIMEOUT_MS = 20000, RESULT_LIMIT = 4 << 20 };

extern char **environ;

/* ---- is it there ------------------------------------------------------ */

static void ignore_output(void *context, const char *bytes, size_t size)
{
    (void)context;
    (void)bytes;
    (void)size;
}

bool buildx_is_there(struct cancel *cancel)
{
    struct strvec argv = { 0 };
    struct child_request request = { .marker_fd = -1,
                                     .timeout_ms = VERSION_TIMEOUT_MS,
                                     .cancel = cancel,
                                     .output = ignore_output };
    struct child_result result;
    bool ok;

    strvec_split(&argv, "docker buildx version", " ");
    request.argv = argv.items;
    ok = child_run(&request, &result, NULL) && result.end == CHILD_EXITED &&
         result.exit_status == 0;
    strvec_release(&argv);
    return ok;
}

/* ---- what it is told -------------------------------------------------- */

/* Whether a variable of this name would mean something to docker. */
static bool steers_docker(const char *name)
{
    static const char *const beginnings[] = {
        "DOCKER_", "BUILDX_", "BUILDKIT_", "LD_",   "DYLD_",   "XDG_", "SSL_",
        "GO",      "OTEL_",   "PATH=",     "HOME=", "TMPDIR=", "USER="
    };

    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    }
    return false;
}

/* Sets "NAME=VALUE" in place of what has that name. */
static void set_variable(struct strvec *environment, const char *pair)
{
    size_t length = strcspn(pair, "=") + 1;

    for (size_t i = 0; i < environment->count; i++) {
        if (strncmp(environment->items[i], pair, length) == 0) {
            free(environment->items[i]);
            environment->items[i] = mem_text(pair);
            return;
        }
    }
    strvec_add(environment, pair);
}

static void add_arguments(const struct docker_build *build, struct strvec *argv,
                          struct strvec *environment)
{
    for (size_t i = 0; build->arguments && i < build->arguments->count; i++) {
        const char *pair = build->arguments->items[i];
        size_t length = strcspn(pair, "=");

        strvec_add(argv, "--build-arg");
        if (pair[length] && !steers_docker(pair)) {
            strvec_take(argv, mem_bytes(pair, length));
            set_variable(environment, pair);
        } else {
            strvec_add(argv, pair);
        }
    }
}

static void compose_argv(const struct docker_build *build, const char *work,
                         struct strvec *argv)
{
    char *dockerfile =
        fileio_join(build->context_dir,
                    build->dockerfile ? build->dockerfile : "Dockerfile");

    strvec_split(argv,
                 "docker buildx build --provenance=false --sbom=false "
                 "--progress=rawjson --load",
                 " ");
    strvec_addf(argv, "--metadata-file=%s/metadata.json", work);
    strvec_addf(argv, "--iidfile=%s/image", work);
    strvec_addf(argv, "--file=%s", dockerfile);
    if (build->platform)
        strvec_addf(argv, "--platform=%s", build->platform);
    if (build->tag)
        strvec_addf(argv, "--tag=%s", build->tag);
    if (build->no_cache)
        strvec_add(argv, "--no-cache");
    for (size_t i = 0; build->labels && i < build->labels->count; i++)
        strvec_addf(argv, "--label=%s", build->labels->items[i]);
    free(dockerfile);
}

/* ---- what comes of it -------------------------------------------------- */

static bool read_result(const char *work, const char *name, struct strbuf *out)
{
    char *path = fileio_join(work, name);
    bool ok = fileio_read_state(AT_FDCWD, path, RESULT_LIMIT, out, NULL);

    free(path);
    return ok;
}

/* The id from the file of its own, else from the metadata; NULL without. */
static char *image_id(const char *work, const json_t *metadata)
{
    struct strbuf text = { 0 };
    const char *id = jsonx_text(metadata, "containerimage.config.digest", "");
    char *image = NULL;

    if (read_result(work, "image", &text)) {
        while (text.len && strchr(" \r\n", text.data[text.len - 1]))
            strbuf_truncate(&text, text.len - 1);
        if (dockerstream_is_digest(strbuf_text(&text)))
            image = strbuf_take(&text);
    }
    if (!image && dockerstream_is_digest(id))
        image = mem_text(id);
    strbuf_release(&text);
    return image;
}

/* https://github.com/opencontainers/image-spec/blob/main/image-index.md */
static void warn_of_index(const json_t *metadata, const struct rawjson *raw)
{
    const json_t *descriptor =
        json_object_get(metadata, "containerimage.descriptor");
    const char *type = jsonx_text(descriptor, "mediaType", "");
    struct docker_told told = {
        .kind = DOCKER_LINE,
        .text = "WARNING: the builder made an index of several manifests, "
                "where one image for one platform was asked for"
    };

    if (raw->tell &&
        (strstr(type, "image.index") || strstr(type, "manifest.list")))
        raw->tell(raw->tell_context, &told);
}

static bool judge(const struct child_result *result, struct rawjson *raw,
                  struct error *err)
{
    const char *why = rawjson_error(raw);
    char name[CHILD_SIGNAL_SIZE];

    if (result->end == CHILD_CANCELLED)
        return error_set(err, ERROR_CANCELLED, "stopped on request");
    if (result->end == CHILD_EXITED && result->exit_status == 0)
        return true;
    if (why)
        return error_set(err, ERROR_BLOCKED, "the build failed: %s", why);
    if (result->end == CHILD_SIGNALLED)
        return error_set(err, ERROR_BLOCKED, "the build was ended by %s",
                         child_signal_name(result->signal, name));
    return error_set(err, ERROR_BLOCKED,
                     "the build failed: 'docker buildx' ended with status %d",
                     result->exit_status);
}

static bool take_results(const char *work, const struct rawjson *raw,
                         char **image, struct error *err)
{
    struct strbuf text = { 0 };
    json_t *metadata = NULL;

    if (read_result(work, "metadata.json", &text))
        metadata = jsonx_parse_object(strbuf_text(&text), text.len, NULL);
    *image = image_id(work, metadata);
    warn_of_index(metadata, raw);
    json_decref(metadata);
    strbuf_release(&text);
    return *image || error_set(err, ERROR_BLOCKED,
                               "the build failed: 'docker buildx' told no "
                               "image");
}

/* ---- the build --------------------------------------------------------- */

static void take_output(void *context, const char *bytes, size_t size)
{
    rawjson_add(context, bytes, size);
}

/* A folder that only we can enter; NULL on failure. To free. */
static char *make_work(struct error *err)
{
    const char *base = getenv("TMPDIR");
    char *work = mem_format("%s/stepdeck-build.XXXXXX",
                            base && *base == '/' ? base : "/tmp");

    if (mkdtemp(work))
        return work;
    error_set_errno(err, ERROR_IO, errno, "cannot make the folder '%s'", work);
    free(work);
    return NULL;
}

static bool run(const struct docker_build *build, const char *docker_host,
                const char *work, struct cancel *cancel, struct rawjson *raw,
                struct error *err)
{
    struct strvec argv = { 0 }, environment = { 0 };
    struct child_request request = { .marker_fd = -1,
                                     .dir = build->context_dir,
                                     .cancel = cancel,
                                     .output = take_output,
                                     .context = raw };
    struct child_result result;
    bool ok;

    for (char **variable = environ; *variable; variable++)
        strvec_add(&environment, *variable);
    if (docker_host) {
        /* What is http:// to us is tcp:// to the command. */
        bool is_plain = strncmp(docker_host, "http://", 7) == 0;
        char *pair = mem_format("DOCKER_HOST=%s%s", is_plain ? "tcp://" : "",
                                docker_host + (is_plain ? 7 : 0));

        set_variable(&environment, pair);
        free(pair);
    }
    compose_argv(build, work, &argv);
    add_arguments(build, &argv, &environment);
    strvec_add(&argv, build->context_dir);
    request.argv = argv.items;
    request.environment = environment.items;
    ok = child_run(&request, &result, err);
    rawjson_finish(raw);
    ok = ok && judge(&result, raw, err);
    strvec_release(&argv);
    strvec_release(&environment);
    return ok;
}

bool buildx_build(const struct docker_build *build, const char *docker_host,
                  struct cancel *cancel, char **image, struct error *err)
{
    struct rawjson raw = { .tell = build->tell,
                           .tell_context = build->tell_context };
    char *work = make_work(err);
    bool ok;

    *image = NULL;
    if (!work)
        return false;
    ok = run(build, docker_host, work, cancel, &raw, err) &&
         take_results(work, &raw, image, err);
    /* What cannot be removed holds nothing but two names of the image. */
    (void)!fileio_remove_tree(AT_FDCWD, work, NULL);
    rawjson_release(&raw);
    free(work);
    return ok;
}
