/*
 * Where the daemon is, what it speaks, and one call to it.
 *
 * The version: a path with a version above the daemon's is refused, and Docker
 * 29 refuses what is below 1.44 (or, later, 1.40). So ours is the daemon's or
 * OUR_MINOR, whichever is lower, but never below the least that it accepts.
 * https://docs.docker.com/reference/api/engine/#api-version-matrix
 */
#include "aws/docker/docker.h"

#include "aws/docker/docker_private.h"
#include "aws/docker/dockerstream.h"
#include "base/base64.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OUR_MINOR = 44, PING_TIMEOUT_MS = 10000, COMPLAINT_LIMIT = 500 };

static const char install_hint[] =
    "start Docker (systemctl start docker, or Docker Desktop), or say where "
    "it is in DOCKER_HOST";

/* ---- one call --------------------------------------------------------- */

static bool explain_silence(const struct docker *docker,
                            enum http_failure failure, const char *words,
                            struct error *err)
{
    if (failure == HTTP_GAVE_UP)
        return false;
    if (failure == HTTP_CANCELLED)
        return error_set(err, ERROR_CANCELLED, "stopped on request");
    if (failure == HTTP_REFUSED || failure == HTTP_NO_ROUTE) {
        error_set(err, ERROR_BLOCKED, "Docker is not running at '%s': %s",
                  docker->host, words);
        return error_hint(err, "%s", install_hint);
    }
    error_set(err, failure == HTTP_NO_HOST ? ERROR_BLOCKED : ERROR_IO,
              "no whole answer from Docker at '%s': %s", docker->host, words);
    return error_hint(err, "see whether the daemon still runs: docker info");
}

static char *compose_url(const struct docker *docker, const char *path)
{
    if (!docker->info.api_version[0])
        return mem_format("%s%s", docker->url, path);
    return mem_format("%s/v%s%s", docker->url, docker->info.api_version, path);
}

bool docker_send(struct docker *docker, const struct docker_call *call,
                 struct http_response *response, struct error *err)
{
    struct error why = { 0 };
    struct strvec headers = { 0 };
    char *url = compose_url(docker, call->path);
    struct http_request request = { .method = call->method,
                                    .url = url,
                                    .unix_socket = docker->socket,
                                    .headers = &headers,
                                    .body = call->body,
                                    .read = call->read,
                                    .write = call->write,
                                    .context = call->context,
                                    .timeout_ms = call->timeout_ms,
                                    .cancel = docker->cancel };
    bool ok;

    for (size_t i = 0; call->headers && i < call->headers->count; i++)
        strvec_add(&headers, call->headers->items[i]);
    if (call->body) {
        request.body_size = strlen(call->body);
        strvec_add(&headers, "Content-Type: application/json");
    }
    ok = http_send(docker->http, &request, response, &why);
    if (!ok)
        explain_silence(docker, response->failure, why.message, err);
    strvec_release(&headers);
    free(url);
    return ok;
}

char *docker_complaint(const struct http_response *response)
{
    const char *text = strbuf_text(&response->body);
    struct dockerstream stream = { 0 };
    json_t *json = jsonx_parse_object(text, response->body.len, NULL);
    const char *message = jsonx_text(json, "message", NULL);
    char *complaint;

    /* Podman's push answers the record of a stream. */
    dockerstream_add(&stream, text, response->body.len);
    dockerstream_finish(&stream);
    if (!message || !*message)
        message = stream.error;
    if (message)
        complaint = mem_format("%.*s", COMPLAINT_LIMIT, message);
    else
        complaint = mem_format("HTTP status %d", response->status);
    dockerstream_release(&stream);
    json_decref(json);
    return complaint;
}

bool docker_refuse(const struct http_response *response, const char *what,
                   struct error *err)
{
    char *complaint = docker_complaint(response);

    error_set(err, response->status == 404 ? ERROR_NOT_FOUND : ERROR_BLOCKED,
              "%s: %s", what, complaint);
    free(complaint);
    return false;
}

bool docker_want(struct docker *docker, const struct docker_call *call,
                 const char *what, struct http_response *response,
                 struct error *err)
{
    if (!docker_send(docker, call, response, err))
        return error_wrap(err, "%s", what);
    if (response->status < 200 || response->status > 299)
        return docker_refuse(response, what, err);
    return true;
}

void docker_escape(struct strbuf *out, const char *text, bool is_path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (; *text; text++) {
        if (strchr(plain, *text) || (is_path && strchr("/:@", *text)))
            strbuf_addc(out, *text);
        else
            strbuf_addf(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

char *docker_registry_auth(const char *user, const char *password,
                           const char *registry)
{
    struct strbuf header = { 0 };
    json_t *json = json_object();
    char *text;

    jsonx_set_text(json, "username", user);
    jsonx_set_text(json, "password", password);
    jsonx_set_text(json, "serveraddress", registry);
    text = jsonx_line(json);
    json_decref(json);
    strbuf_adds(&header, "X-Registry-Auth: ");
    base64_encode(text, strlen(text), &header);
    /* The URL-safe alphabet (RFC 4648, section 5), padded.
     * https://docs.docker.com/reference/api/engine/version/v1.44/#section/Authentication
     */
    for (size_t i = strlen("X-Registry-Auth: "); i < header.len; i++) {
        if (header.data[i] == '+')
            header.data[i] = '-';
        else if (header.data[i] == '/')
            header.data[i] = '_';
    }
    free(text);
    return strbuf_take(&header);
}

json_t *docker_pairs(const struct strvec *pairs)
{
    json_t *json = json_object();

    for (size_t i = 0; pairs && i < pairs->count; i++) {
        const char *equals = strchr(pairs->items[i], '=');
        char *name;

        if (!equals) {
            json_object_set_new(json, pairs->items[i], json_null());
            continue;
        }
        name = mem_bytes(pairs->items[i], (size_t)(equals - pairs->items[i]));
        jsonx_set_text(json, name, equals + 1);
        free(name);
    }
    return json;
}

/* ---- the version ------------------------------------------------------ */

/* The minor number of "1.44"; -1 when it is no such text. */
static int minor_of(const char *version)
{
    char *end;
    long minor;

    if (!version || strncmp(version, "1.", 2) != 0)
        return -1;
    minor = strtol(version + 2, &end, 10);
    return end > version + 2 && !*end && minor >= 0 && minor < 10000
               ? (int)minor
               : -1;
}

bool docker_speaks(const struct docker *docker, int minor)
{
    return minor_of(docker->info.api_version) >= minor;
}

static bool read_ping(struct docker *docker,
                      const struct http_response *response, int *theirs,
                      struct error *err)
{
    const char *builder = http_header(response, "builder-version");

    *theirs = minor_of(http_header(response, "api-version"));
    if (response->status != 200 || *theirs < 0) {
        error_set(err, ERROR_BLOCKED,
                  "what answers at '%s' is no Docker daemon", docker->host);
        return error_hint(err, "%s", install_hint);
    }
    docker->info.is_podman =
        http_header(response, "libpod-api-version") != NULL;
    docker->info.has_buildkit = builder && strcmp(builder, "2") == 0;
    return true;
}

/* What it is; an answer that does not come leaves the fields empty. */
static bool ask_version(struct docker *docker, int *least, struct error *err)
{
    struct docker_call call = { .method = "GET",
                                .path = "/version",
                                .timeout_ms = PING_TIMEOUT_MS };
    struct http_response response = { 0 };
    json_t *json = NULL;
    bool ok = docker_send(docker, &call, &response, err);

    if (ok && response.status == 200)
        json = jsonx_parse_object(response.body.data, response.body.len, NULL);
    snprintf(docker->info.os, sizeof(docker->info.os), "%s",
             jsonx_text(json, "Os", ""));
    snprintf(docker->info.architecture, sizeof(docker->info.architecture), "%s",
             jsonx_text(json, "Arch", ""));
    *least = minor_of(jsonx_text(json, "MinAPIVersion", ""));
    json_decref(json);
    http_response_release(&response);
    return ok;
}

static bool negotiate(struct docker *docker, struct error *err)
{
    struct docker_call call = { .method = "GET",
                                .path = "/_ping",
                                .timeout_ms = PING_TIMEOUT_MS };
    struct http_response response = { 0 };
    int theirs = -1, least = -1, spoken;
    bool ok = docker_send(docker, &call, &response, err) &&
              read_ping(docker, &response, &theirs, err) &&
              ask_version(docker, &least, err);

    http_response_release(&response);
    if (!ok)
        return false;
    spoken = theirs < OUR_MINOR ? theirs : OUR_MINOR;
    if (spoken < least && least <= theirs)
        spoken = least;
    snprintf(docker->info.api_version, sizeof(docker->info.api_version), "1.%d",
             spoken);
    return true;
}

/* ---- where it is ------------------------------------------------------ */

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool refuse_tls(const char *host, struct error *err)
{
    error_set(err, ERROR_BLOCKED,
              "DOCKER_TLS_VERIFY is set, but '%s' can only be spoken to "
              "without TLS here",
              host);
    return error_hint(err,
                      "use the daemon's socket, by ssh -L if it is elsewhere, "
                      "and unset DOCKER_TLS_VERIFY");
}

static bool refuse_scheme(const char *host, struct error *err)
{
    error_set(err, ERROR_BLOCKED, "'%s' names no daemon that can be reached",
              host);
    if (starts_with(host, "ssh://"))
        return error_hint(err,
                          "forward its socket (ssh -nNT -L "
                          "/tmp/docker.sock:/var/run/docker.sock %s) and set "
                          "DOCKER_HOST=unix:///tmp/docker.sock",
                          host + strlen("ssh://"));
    return error_hint(err, "unix:///PATH, tcp://HOST:PORT and http://HOST:PORT "
                           "are understood");
}

/* A tcp:// without a port means 2375, as for the docker command. */
static char *url_of_tcp(const char *place)
{
    size_t length = strcspn(place, "/");
    const char *colon = memchr(place, ':', length);

    if (place[0] == '[') {
        colon = strchr(place, ']');
        colon = colon && colon[1] == ':' ? colon + 1 : NULL;
    }
    return mem_format("http://%.*s%s", (int)length, place,
                      colon ? "" : ":2375");
}

static bool set_host(struct docker *docker, const char *host, struct error *err)
{
    const char *tls = getenv("DOCKER_TLS_VERIFY");

    docker->host = mem_text(host);
    if (starts_with(host, "unix://") && host[strlen("unix://")] == '/') {
        docker->socket = mem_text(host + strlen("unix://"));
        docker->url = mem_text("http://localhost");
    } else if (starts_with(host, "tcp://")) {
        if (tls && *tls)
            return refuse_tls(host, err);
        docker->url = url_of_tcp(host + strlen("tcp://"));
    } else if (starts_with(host, "http://") || starts_with(host, "https://")) {
        docker->url = mem_text(host);
        while (docker->url[strlen(docker->url) - 1] == '/')
            docker->url[strlen(docker->url) - 1] = '\0';
    } else {
        return refuse_scheme(host, err);
    }
    return true;
}

/* Says what is wrong with a socket before anything is sent: curl tells only
 * that it could not connect. */
static bool check_socket(const char *path, struct error *err)
{
    struct stat info = { 0 };

    if (stat(path, &info) < 0 && errno != EACCES) {
        error_set(err, ERROR_BLOCKED,
                  "Docker is not running: there is no socket '%s'", path);
        return error_hint(err, "%s", install_hint);
    }
    if (access(path, R_OK | W_OK) < 0) {
        error_set(err, ERROR_BLOCKED,
                  "no permission to speak to Docker at '%s'", path);
        return error_hint(err,
                          "add yourself to its group (sudo usermod -aG docker "
                          "$USER), then log in again");
    }
    if (!S_ISSOCK(info.st_mode)) {
        error_set(err, ERROR_BLOCKED, "'%s' is no socket", path);
        return error_hint(err, "%s", install_hint);
    }
    return true;
}

static struct docker *open_host(const char *host, struct cancel *cancel,
                                struct error *err)
{
    struct docker *docker = mem_new(1, sizeof(*docker));
    struct error why = { 0 };

    docker->cancel = cancel;
    if (!set_host(docker, host, err) ||
        (docker->socket && !check_socket(docker->socket, err)))
        goto failed;
    docker->http = http_new(err);
    if (!docker->http)
        goto failed;
    if (negotiate(docker, &why))
        return docker;
    error_set(err, why.code == ERROR_CANCELLED ? why.code : ERROR_BLOCKED, "%s",
              why.message);
    error_hint(err, "%s", why.hint);
failed:
    docker_free(docker);
    return NULL;
}

/* The sockets that are looked for, the first that answers is taken. */
static void list_sockets(struct strvec *hosts)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    const char *home = getenv("HOME");

    strvec_add(hosts, "unix:///var/run/docker.sock");
    if (runtime && *runtime == '/')
        strvec_addf(hosts, "unix://%s/docker.sock", runtime);
    /* Docker Desktop,
     * https://docs.docker.com/desktop/setup/install/mac-permission-requirements/
     */
    if (home && *home == '/')
        strvec_addf(hosts, "unix://%s/.docker/run/docker.sock", home);
    /* https://docs.podman.io/en/latest/markdown/podman-system-service.1.html */
    if (runtime && *runtime == '/')
        strvec_addf(hosts, "unix://%s/podman/podman.sock", runtime);
    strvec_add(hosts, "unix:///run/podman/podman.sock");
}

/* The first socket that exists decides what is said when none answers. */
static struct docker *open_usual(struct cancel *cancel, struct error *err)
{
    struct strvec hosts = { 0 };
    struct docker *docker = NULL;
    struct error first = { 0 };

    list_sockets(&hosts);
    for (size_t i = 0; i < hosts.count && !docker; i++) {
        const char *path = hosts.items[i] + strlen("unix://");
        struct stat info;

        if (stat(path, &info) == 0 || errno == EACCES)
            docker = open_host(hosts.items[i], cancel, &first);
    }
    if (!docker && error_is_set(&first)) {
        error_set(err, first.code, "%s", first.message);
        error_hint(err, "%s", first.hint);
    } else if (!docker) {
        error_set(err, ERROR_BLOCKED,
                  "Docker is not running: DOCKER_HOST is not set, and there "
                  "is no '/var/run/docker.sock' nor one of Podman");
        error_hint(err, "%s", install_hint);
    }
    strvec_release(&hosts);
    return docker;
}

struct docker *docker_open(const struct docker_options *options,
                           struct error *err)
{
    const char *host = options->host;

    if (!host)
        host = getenv("DOCKER_HOST");
    if (host && *host)
        return open_host(host, options->cancel, err);
    return open_usual(options->cancel, err);
}

void docker_free(struct docker *docker)
{
    if (!docker)
        return;
    http_free(docker->http);
    free(docker->host);
    free(docker->socket);
    free(docker->url);
    free(docker);
}

const struct docker_info *docker_info(const struct docker *docker)
{
    return &docker->info;
}

const char *docker_host(const struct docker *docker)
{
    return docker->host;
}

void docker_set_cancel(struct docker *docker, struct cancel *cancel)
{
    docker->cancel = cancel;
}
