/*
 * Containers: create with one port on 127.0.0.1, start, look, read the log,
 * stop and remove.
 * https://docs.docker.com/reference/api/engine/version/v1.44/#tag/Container
 */
#include "aws/docker/docker_private.h"
#include "base/mem.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STOP_GRACE_S = 3, LOG_LINES_LIMIT = 10000, FRAME_HEADER = 8 };

/* ---- starting --------------------------------------------------------- */

static json_t *port_bindings(const char *port)
{
    /* An empty HostPort: a free one. */
    return json_pack("{s:[{s:s,s:s}]}", port, "HostIp", "127.0.0.1", "HostPort",
                     "");
}

static char *compose_container(const struct docker_container *container)
{
    json_t *json = json_pack("{s:s}", "Image", container->image);
    json_t *environment = json_array();
    char *text;

    for (size_t i = 0;
         container->environment && i < container->environment->count; i++) {
        const char *pair = container->environment->items[i];

        json_array_append_new(environment, jsonx_string(pair, strlen(pair)));
    }
    json_object_set_new(json, "Env", environment);
    json_object_set_new(json, "Labels", docker_pairs(container->labels));
    if (container->port) {
        char port[32];

        snprintf(port, sizeof(port), "%d/tcp", container->port);
        json_object_set_new(json, "ExposedPorts", json_pack("{s:{}}", port));
        json_object_set_new(
            json, "HostConfig",
            json_pack("{s:o}", "PortBindings", port_bindings(port)));
    }
    text = jsonx_line(json);
    json_decref(json);
    return text;
}

static bool create(struct docker *docker,
                   const struct docker_container *container, char **id,
                   struct error *err)
{
    struct strbuf path = { 0 };
    struct http_response response = { 0 };
    char *what =
        mem_format("cannot create a container of '%s'", container->image);
    char *body = compose_container(container);
    struct docker_call call = { .method = "POST",
                                .body = body,
                                .timeout_ms = DOCKER_TIMEOUT_MS };
    json_t *json = NULL;
    bool ok;

    strbuf_adds(&path, "/containers/create");
    if (container->name) {
        strbuf_adds(&path, "?name=");
        docker_escape(&path, container->name, false);
    }
    call.path = strbuf_text(&path);
    ok = docker_want(docker, &call, what, &response, err);
    if (ok)
        json = jsonx_parse_object(response.body.data, response.body.len, err);
    ok = json != NULL;
    if (ok)
        *id = mem_text(jsonx_text(json, "Id", ""));
    json_decref(json);
    http_response_release(&response);
    strbuf_release(&path);
    free(body);
    free(what);
    return ok;
}

/* A call about one container; `response` may be NULL. */
static bool call_container(struct docker *docker, const char *method,
                           const char *id, const char *rest, const char *what,
                           struct http_response *response, struct error *err)
{
    struct strbuf path = { 0 };
    struct http_response own = { 0 };
    struct docker_call call = { .method = method,
                                .timeout_ms = DOCKER_TIMEOUT_MS };
    bool ok;

    strbuf_adds(&path, "/containers/");
    docker_escape(&path, id, false);
    strbuf_adds(&path, rest);
    call.path = strbuf_text(&path);
    ok = docker_want(docker, &call, what, response ? response : &own, err);
    http_response_release(&own);
    strbuf_release(&path);
    return ok;
}

/* What the daemon knows of a container; to json_decref(). */
static json_t *look(struct docker *docker, const char *id, struct error *err)
{
    struct http_response response = { 0 };
    json_t *json = NULL;

    if (call_container(docker, "GET", id, "/json",
                       "cannot look at the container", &response, err))
        json = jsonx_parse_object(response.body.data, response.body.len, err);
    http_response_release(&response);
    return json;
}

/* The first port outside; 0 when there is none (any more). */
static int port_outside(const json_t *container, int inside)
{
    const json_t *network = json_object_get(container, "NetworkSettings");
    const json_t *ports = json_object_get(network, "Ports");
    char name[32];
    const char *text;
    long port;

    snprintf(name, sizeof(name), "%d/tcp", inside);
    text = jsonx_text(json_array_get(json_object_get(ports, name), 0),
                      "HostPort", "0");
    port = strtol(text, NULL, 10);
    return port > 0 && port < 65536 ? (int)port : 0;
}

bool docker_start(struct docker *docker,
                  const struct docker_container *container, char **id,
                  int *port, struct error *err)
{
    json_t *json = NULL;

    *id = NULL;
    *port = 0;
    if (!create(docker, container, id, err))
        return false;
    if (!call_container(docker, "POST", *id, "/start",
                        "cannot start the container", NULL, err) ||
        !(json = look(docker, *id, err))) {
        if (!docker_remove(docker, *id, NULL))
            error_hint(err, "the container '%.12s' is left: docker rm -f %.12s",
                       *id, *id);
        free(*id);
        *id = NULL;
        return false;
    }
    *port = port_outside(json, container->port);
    json_decref(json);
    return true;
}

bool docker_is_running(struct docker *docker, const char *id, bool *running,
                       int *exit_status, struct error *err)
{
    json_t *json = look(docker, id, err);
    const json_t *state = json_object_get(json, "State");
    bool ok = json != NULL;

    *running = jsonx_bool(state, "Running");
    *exit_status = (int)jsonx_int(state, "ExitCode", 0);
    json_decref(json);
    return ok;
}

/* ---- the log ---------------------------------------------------------- */

static void end_line(struct strbuf *line, struct strvec *out)
{
    if (line->len && line->data[line->len - 1] == '\r')
        strbuf_truncate(line, line->len - 1);
    strvec_add(out, strbuf_text(line));
    strbuf_clear(line);
}

static void add_text(struct strbuf *line, const char *bytes, size_t size,
                     struct strvec *out)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\n')
            end_line(line, out);
        else
            strbuf_addc(line, bytes[i] ? bytes[i] : ' ');
    }
}

static bool is_frame(const char *bytes, size_t size)
{
    return size >= FRAME_HEADER && (unsigned char)bytes[0] <= 2 && !bytes[1] &&
           !bytes[2] && !bytes[3];
}

static size_t frame_size(const char *bytes)
{
    size_t size = 0;

    for (int i = 4; i < FRAME_HEADER; i++)
        size = size << 8 | (unsigned char)bytes[i];
    return size;
}

void docker_log_lines(const char *bytes, size_t size, struct strvec *out)
{
    struct strbuf lines[3] = { { 0 }, { 0 }, { 0 } };
    size_t at = 0;

    while (at < size && is_frame(bytes + at, size - at)) {
        struct strbuf *line = &lines[(unsigned char)bytes[at]];
        size_t length = frame_size(bytes + at);

        at += FRAME_HEADER;
        if (length > size - at)
            length = size - at;
        add_text(line, bytes + at, length, out);
        at += length;
    }
    if (at < size)
        add_text(&lines[0], bytes + at, size - at, out);
    for (size_t i = 0; i < 3; i++) {
        if (lines[i].len)
            end_line(&lines[i], out);
        strbuf_release(&lines[i]);
    }
}

bool docker_logs(struct docker *docker, const char *id, int lines,
                 struct strvec *out, struct error *err)
{
    struct http_response response = { 0 };
    char rest[80];
    bool ok;

    if (lines < 1 || lines > LOG_LINES_LIMIT)
        lines = LOG_LINES_LIMIT;
    snprintf(rest, sizeof(rest), "/logs?stdout=1&stderr=1&tail=%d", lines);
    ok = call_container(docker, "GET", id, rest,
                        "cannot read the container's log", &response, err);
    if (ok)
        docker_log_lines(strbuf_text(&response.body), response.body.len, out);
    http_response_release(&response);
    return ok;
}

/* ---- the end ---------------------------------------------------------- */

bool docker_remove(struct docker *docker, const char *id, struct error *err)
{
    struct error why = { 0 };
    char stop[32];

    /* 304 when it has ended already, 404 when there is none: the removal,
     * which kills what still runs, tells what matters. */
    snprintf(stop, sizeof(stop), "/stop?t=%d", STOP_GRACE_S);
    if (!call_container(docker, "POST", id, stop, "", NULL, &why))
        error_clear(&why);
    if (call_container(docker, "DELETE", id, "?force=1&v=1",
                       "cannot remove the container", NULL, &why) ||
        why.code == ERROR_NOT_FOUND ||
        strstr(why.message, "is already in progress"))
        return true;
    error_set(err, why.code, "%s", why.message);
    return error_hint(err, "%s", why.hint);
}
