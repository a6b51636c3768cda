/*
 * What the files of the Docker client share: the daemon, one call to it, and
 * the words for what it refuses. Nobody else includes this.
 */
#ifndef STEPDECK_AWS_DOCKER_DOCKER_PRIVATE_H
#define STEPDECK_AWS_DOCKER_DOCKER_PRIVATE_H

#include "aws/docker/docker.h"
#include "aws/http.h"
#include "base/jsonx.h"
#include "base/strbuf.h"

struct docker {
    struct http *http;
    struct cancel *cancel;
    struct docker_info info;
    char *host;   /* as it was found, for people */
    char *socket; /* a path; NULL: by the network */
    char *url;    /* "http://localhost", without a slash at the end */
};

/* One request. `path` stands behind the version: "/images/json?all=1". */
struct docker_call {
    const char *method;
    const char *path;
    const char *body;             /* JSON; NULL: none */
    const struct strvec *headers; /* "Name: value"; may be NULL */
    ssize_t (*read)(void *context, char *buffer, size_t size);
    bool (*write)(void *context, const char *bytes, size_t size);
    void *context;
    int64_t timeout_ms; /* 0: none */
};

enum { DOCKER_TIMEOUT_MS = 60000 };

/* False when no whole answer came. HTTP_GAVE_UP sets no error: the reason is
 * known to whoever gave up. To be released either way. */
NODISCARD bool docker_send(struct docker *docker,
                           const struct docker_call *call,
                           struct http_response *response, struct error *err);

/* Sends, and wants one of 200 to 299; anything else becomes an error that
 * begins with `what` ("cannot tag 'x'"). */
NODISCARD bool docker_want(struct docker *docker,
                           const struct docker_call *call, const char *what,
                           struct http_response *response, struct error *err);

/* What the daemon says in an answer that is no success; to free. */
char *docker_complaint(const struct http_response *response);

/* Sets the error for such an answer: ERROR_NOT_FOUND for 404, else
 * ERROR_BLOCKED. Always false. */
bool docker_refuse(const struct http_response *response, const char *what,
                   struct error *err);

/* Appends `text` as a query value, or as part of a path (keeps "/:@"). */
void docker_escape(struct strbuf *out, const char *text, bool is_path);

/* "X-Registry-Auth: ..." for a push or pull; to free. */
char *docker_registry_auth(const char *user, const char *password,
                           const char *registry);

/* Whether the version spoken is at least 1.`minor`. */
bool docker_speaks(const struct docker *docker, int minor);

/* {"NAME": "VALUE", ...} of "NAME=VALUE"; one without "=" is null. */
json_t *docker_pairs(const struct strvec *pairs);

/* Appends the lines of a container's log: frames of an 8-byte header (stream,
 * three zeroes, length) and bytes, or plain bytes of a terminal.
 * https://docs.docker.com/reference/api/engine/version/v1.44/#tag/Container/operation/ContainerAttach
 */
void docker_log_lines(const char *bytes, size_t size, struct strvec *out);

#endif
