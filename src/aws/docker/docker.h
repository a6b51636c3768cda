/*
 * The Docker Engine API over its unix socket or DOCKER_HOST, Podman's included.
 *
 *     struct docker *docker = docker_open(&options, &err);
 *     docker_build(docker, &build, &image, &err);
 *     docker_tag(docker, image, "host/repo", "v1", &err);
 *     docker_push(docker, &push, digest, &err);
 *     docker_free(docker);
 *
 * The version spoken is the lower of the daemon's and ours. Failures inside a
 * stream that began with 200 are failures. May block; one thread at a time.
 * The files of `docker context` are not read: DOCKER_HOST says where a daemon
 * is that has no usual socket. tcp:// is plain HTTP, and refused when
 * DOCKER_TLS_VERIFY is set.
 * https://docs.docker.com/reference/api/engine
 */
#ifndef STEPDECK_AWS_DOCKER_DOCKER_H
#define STEPDECK_AWS_DOCKER_DOCKER_H

#include "base/error.h"
#include "base/strvec.h"

#include <stddef.h>
#include <stdint.h>

struct cancel;
struct docker;

struct docker_options {
    /* "unix:///path", "tcp://host:port", "http://..."; NULL: DOCKER_HOST, else
     * the usual sockets of Docker, then of Podman. */
    const char *host;
    struct cancel *cancel;
};

struct docker_info {
    char api_version[16]; /* the one spoken */
    char os[32], architecture[32];
    bool is_podman, has_buildkit;
};

/* Asks for the version (ping); NULL with ERROR_BLOCKED when no daemon answers
 * there, saying where it was looked for and what to do. */
NODISCARD struct docker *docker_open(const struct docker_options *options,
                                     struct error *err);
void docker_free(struct docker *docker);
const struct docker_info *docker_info(const struct docker *docker);
/* Where it was found: "unix:///var/run/docker.sock". */
const char *docker_host(const struct docker *docker);
void docker_set_cancel(struct docker *docker, struct cancel *cancel);

struct docker_image {
    char *id; /* "sha256:..." */
    char *os, *architecture;
    int64_t size_bytes;
};
/* ERROR_NOT_FOUND without such an image. */
NODISCARD bool docker_inspect(struct docker *docker, const char *reference,
                              struct docker_image *image, struct error *err);
void docker_image_release(struct docker_image *image);
NODISCARD bool docker_tag(struct docker *docker, const char *image,
                          const char *repository, const char *tag,
                          struct error *err);

/* What a build or push tells meanwhile. `item` is a layer or a build step;
 * amounts in bytes, total 0 when unknown. Texts are borrowed, of any bytes. */
enum docker_told_kind { DOCKER_LINE, DOCKER_PROGRESS };
struct docker_told {
    enum docker_told_kind kind;
    const char *text; /* a line of output; or what is going on: "Pushing" */
    const char *item; /* "4f1e77aa2b01"; NULL for a line */
    int64_t current, total;
    bool is_done; /* of this item */
};
typedef void docker_tell(void *context, const struct docker_told *told);

struct docker_build {
    const char *context_dir;        /* absolute */
    const char *dockerfile;         /* relative to the context, or absolute */
    const char *tag;                /* "repo:tag" it gets locally */
    const char *platform;           /* "linux/amd64" */
    const struct strvec *arguments; /* "NAME=VALUE" */
    const struct strvec *labels;    /* "NAME=VALUE" */
    bool no_cache;
    docker_tell *tell;
    void *tell_context;
};
/* By the Engine API's own builder, the context streamed (.dockerignore heeded).
 * `image` gets the id, to free. ERROR_BLOCKED: the build failed, in the words
 * of the builder; ERROR_INPUT: no Dockerfile; ERROR_CANCELLED. */
NODISCARD bool docker_build(struct docker *docker,
                            const struct docker_build *build, char **image,
                            struct error *err);

/* Whether `docker buildx` is there, and the same build by it, with BuildKit.
 * Children see no secrets. */
bool buildx_is_there(struct cancel *cancel);
NODISCARD bool buildx_build(const struct docker_build *build,
                            const char *docker_host, struct cancel *cancel,
                            char **image, struct error *err);

struct docker_push {
    const char *repository; /* "host/repo" */
    const char *tag;
    const char *user, *password, *registry; /* in memory and headers only */
    docker_tell *tell;
    void *tell_context;
};
/* `digest` ("sha256:...") to free, as the stream tells it. ERROR_BLOCKED: the
 * registry refused, in its words; docker_push_is_immutable() knows one. */
NODISCARD bool docker_push(struct docker *docker,
                           const struct docker_push *push, char **digest,
                           struct error *err);
/* Whether the error says that an immutable tag exists already. */
bool docker_push_is_immutable(const struct error *err);

/* ---- containers: what the emulator runs ------------------------------- */

struct docker_container {
    const char *image;                /* reference or digest */
    const char *name;                 /* may be NULL */
    const struct strvec *environment; /* "NAME=VALUE" */
    int port; /* the one inside, published on 127.0.0.1 */
    const struct strvec *labels;
};
NODISCARD bool docker_pull(struct docker *docker, const char *reference,
                           const char *user, const char *password,
                           struct error *err);
/* Creates and starts; `id` to free, `port` the one outside (0 when it ended at
 * once). One that cannot be started is removed again. */
NODISCARD bool docker_start(struct docker *docker,
                            const struct docker_container *container, char **id,
                            int *port, struct error *err);
/* Whether it runs; else its exit status. */
NODISCARD bool docker_is_running(struct docker *docker, const char *id,
                                 bool *running, int *exit_status,
                                 struct error *err);
/* The last `lines` lines of both outputs, one an entry. */
NODISCARD bool docker_logs(struct docker *docker, const char *id, int lines,
                           struct strvec *out, struct error *err);
/* Stops (TERM, 3 seconds) and removes; one that is not there is fine. After a
 * cancel, docker_set_cancel(docker, NULL) first. */
NODISCARD bool docker_remove(struct docker *docker, const char *id,
                             struct error *err);

#endif
