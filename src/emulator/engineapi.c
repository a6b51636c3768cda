#include "base/cancel.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "emulator/blobs.h"
#include "emulator/emulator.h"
#include "emulator/standin.h"
#include "emulator/webtext.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * DESIGN. HTTP/1.1 on a unix socket, a thread for each connection and one
 * request on each: every answer ends the connection, so nothing has to be kept
 * in step. A body goes into an unlinked file and is mapped for the handler,
 * since a build context may be large. All waiting ends when `cancel` rises.
 */
struct engineapi {
    struct engineapi *next;
    struct emulator *emulator;
    char *path;
    int fd;
    struct cancel cancel;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t idle;
    int connections;
};

struct connection {
    struct engineapi *engine;
    int fd;
    struct strbuf in; /* read, not used yet */
};

enum { HEAD_LIMIT = 64 << 10, PATIENCE_MS = 60000, BACKLOG = 64 };
static const int64_t body_limit = (int64_t)4 << 30;

static struct engineapi *engines;
static pthread_mutex_t engines_lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- reading ----------------------------------------------------------- */

static bool wait_readable(struct engineapi *engine, int fd, int patience_ms)
{
    struct pollfd fds[] = {
        { .fd = fd, .events = POLLIN },
        { .fd = cancel_fd(&engine->cancel), .events = POLLIN },
    };
    int ready;

    do
        ready = poll(fds, 2, patience_ms);
    while (ready < 0 && errno == EINTR);
    return ready > 0 && cancel_level(&engine->cancel) == CANCEL_NONE;
}

/* More bytes into `in`; false at the end. */
static bool read_more(struct connection *connection)
{
    char block[65536];
    ssize_t size;

    if (!wait_readable(connection->engine, connection->fd, PATIENCE_MS))
        return false;
    size = recv(connection->fd, block, sizeof(block), 0);
    if (size <= 0)
        return false;
    strbuf_add(&connection->in, block, (size_t)size);
    return true;
}

/* A line without its end, to free; NULL at the end of all or a line too long.
 */
static char *read_line(struct connection *connection)
{
    struct strbuf *in = &connection->in;
    char *end, *line;
    size_t size;

    while (!in->data || !(end = memchr(in->data, '\n', in->len))) {
        if (in->len > HEAD_LIMIT || !read_more(connection))
            return NULL;
    }
    size = (size_t)(end - in->data);
    line = mem_bytes(in->data, size && end[-1] == '\r' ? size - 1 : size);
    strbuf_consume(in, size + 1);
    return line;
}

/* `size` bytes of the body into a file. */
static bool read_bytes(struct connection *connection, int64_t size, int out)
{
    while (size > 0) {
        struct strbuf *in = &connection->in;
        size_t some = in->len;

        if (some == 0 && !read_more(connection))
            return false;
        some = (int64_t)in->len > size ? (size_t)size : in->len;
        if (!fileio_write_all(out, in->data, some, NULL))
            return false;
        strbuf_consume(in, some);
        size -= (int64_t)some;
    }
    return true;
}

/* https://www.rfc-editor.org/rfc/rfc9112#name-chunked-transfer-coding */
static bool read_chunks(struct connection *connection, int out)
{
    int64_t total = 0, size = 1;

    while (size > 0) {
        char *line = read_line(connection), *end = NULL;

        size = line ? strtoll(line, &end, 16) : -1;
        if (!line || end == line || size < 0 || size > body_limit - total)
            size = -1;
        free(line);
        total += size;
        if (size < 0 || !read_bytes(connection, size, out))
            return false;
        line = read_line(connection); /* behind the chunk, or the trailer */
        if (!line)
            return false;
        free(line);
    }
    return true;
}

static bool read_body(struct connection *connection, struct standin_call *call,
                      int out)
{
    const char *expected = standin_header(call, "expect");
    const char *coding = standin_header(call, "transfer-encoding");
    const char *length = standin_header(call, "content-length");
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    int64_t size = length ? strtoll(length, NULL, 10) : 0;

    if (expected && strcasecmp(expected, "100-continue") == 0 &&
        send(connection->fd, go_on, sizeof(go_on) - 1, MSG_NOSIGNAL) < 0)
        return false;
    if (coding && strcasecmp(coding, "chunked") == 0)
        return read_chunks(connection, out);
    return size >= 0 && size <= body_limit && read_bytes(connection, size, out);
}

/* The body as memory: mapped from a file that has no name any more. */
static bool map_body(struct connection *connection, struct standin_call *call)
{
    char *dir, *path;
    struct stat info;
    void *bytes = MAP_FAILED;
    int fd = -1;

    pthread_mutex_lock(&call->emulator->lock);
    dir = blobs_dir(call->emulator, NULL);
    pthread_mutex_unlock(&call->emulator->lock);
    path = dir ? mem_format("%s/body-XXXXXX", dir) : NULL;
    if (path && (fd = mkstemp(path)) >= 0) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        unlink(path);
    }
    free(path);
    free(dir);
    call->body = "";
    if (fd >= 0 && read_body(connection, call, fd) && fstat(fd, &info) == 0) {
        call->body_size = (size_t)info.st_size;
        if (call->body_size)
            bytes = mmap(NULL, call->body_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes != MAP_FAILED)
            call->body = bytes;
        else if (call->body_size)
            call->body = NULL;
    } else {
        call->body = NULL;
    }
    if (fd >= 0)
        close(fd);
    return call->body != NULL;
}

/* "/v1.41/images/web/json?a=b" into path and query. */
static void split_target(struct standin_call *call, const char *target)
{
    size_t size = strcspn(target, "?");

    call->query = mem_text(target + size + (target[size] == '?'));
    if (strncmp(target, "/v1.", 4) == 0) {
        size_t version = 4 + strspn(target + 4, "0123456789");

        if (target[version] == '/') {
            target += version;
            size -= version;
        }
    }
    call->path = webtext_decode(target, size);
}

static bool read_headers(struct connection *connection,
                         struct standin_call *call)
{
    size_t total = 0;

    for (;;) {
        char *line = read_line(connection);
        size_t size = line ? strlen(line) : 0;

        total += size;
        if (size == 0 || total > HEAD_LIMIT) {
            free(line);
            return line && size == 0;
        }
        for (char *p = line; *p && *p != ':'; p++)
            *p = (char)tolower((unsigned char)*p);
        strvec_take(&call->headers, line);
    }
}

static bool read_call(struct connection *connection, struct standin_call *call)
{
    char *line = read_line(connection);
    size_t method = line ? strcspn(line, " ") : 0;
    size_t target;
    bool done = false;

    if (line && line[method] == ' ') {
        line[method] = '\0';
        call->method = mem_text(line);
        target = strcspn(line + method + 1, " ");
        line[method + 1 + target] = '\0';
        split_target(call, line + method + 1);
        done = read_headers(connection, call) && map_body(connection, call);
    }
    free(line);
    return done;
}

/* ---- answering --------------------------------------------------------- */

/* Whether the path fits, with the name between its ends in `call->name`. */
static bool fits(const struct standin_route *route, struct standin_call *call)
{
    size_t start = strlen(route->start), end = strlen(route->end);
    size_t size = strlen(call->path);

    if (strcmp(route->method, call->method) != 0 ||
        strncmp(call->path, route->start, start) != 0)
        return false;
    if (route->start[start - 1] != '/')
        return start == size;
    if (size <= start + end || strcmp(call->path + size - end, route->end) != 0)
        return false;
    call->name = mem_bytes(call->path + start, size - start - end);
    return true;
}

static void answer(struct standin_call *call)
{
    for (const struct standin_route *route = standin_routes; route->method;
         route++) {
        if (fits(route, call)) {
            char *name = mem_format("%s %s%s%s", route->method, route->start,
                                    call->name ? "*" : "", route->end);

            emulator_record(call->emulator, "docker", name, 0);
            free(name);
            route->answer(call);
            return;
        }
    }
    standin_fail(call, 404,
                 "page not found: the stand-in for Docker cannot '%s %s'",
                 call->method, call->path);
}

static void call_release(struct standin_call *call)
{
    if (call->body_size && call->body)
        munmap((void *)(uintptr_t)call->body, call->body_size);
    free(call->method);
    free(call->path);
    free(call->name);
    free(call->query);
    strvec_release(&call->headers);
}

static void *serve_connection(void *context)
{
    struct connection *connection = context;
    struct engineapi *engine = connection->engine;
    struct standin_call call = { .emulator = engine->emulator,
                                 .fd = connection->fd };

    if (read_call(connection, &call)) {
        answer(&call);
        if (call.has_begun && send(call.fd, "0\r\n\r\n", 5, MSG_NOSIGNAL) < 0)
            call.has_begun = false;
    }
    call_release(&call);
    strbuf_release(&connection->in);
    close(connection->fd);
    free(connection);
    pthread_mutex_lock(&engine->lock);
    if (--engine->connections == 0)
        pthread_cond_signal(&engine->idle);
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}

static void start_connection(struct engineapi *engine, int fd)
{
    struct connection *connection = mem_new(1, sizeof(*connection));
    pthread_t thread;

    fcntl(fd, F_SETFD, FD_CLOEXEC);
    connection->engine = engine;
    connection->fd = fd;
    pthread_mutex_lock(&engine->lock);
    engine->connections++;
    pthread_mutex_unlock(&engine->lock);
    if (pthread_create(&thread, NULL, serve_connection, connection) == 0) {
        pthread_detach(thread);
        return;
    }
    pthread_mutex_lock(&engine->lock);
    engine->connections--;
    pthread_mutex_unlock(&engine->lock);
    close(fd);
    free(connection);
}

static void *serve(void *context)
{
    struct engineapi *engine = context;

    while (cancel_level(&engine->cancel) == CANCEL_NONE) {
        int fd = -1;

        if (wait_readable(engine, engine->fd, -1))
            fd = accept(engine->fd, NULL, NULL);
        if (fd >= 0)
            start_connection(engine, fd);
    }
    return NULL;
}

/* ---- starting, stopping ------------------------------------------------ */

static int open_socket(const char *path, struct error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct stat info;
    int fd;

    if (strlen(path) >= sizeof(address.sun_path)) {
        error_set(err, ERROR_INPUT, "the socket's path is too long: '%s'",
                  path);
        error_hint(err, "a unix socket's path has at most %zu bytes",
                   sizeof(address.sun_path) - 1);
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path));
    /* What a process that was killed left behind; never another kind of file.
     */
    if (lstat(path, &info) == 0 && S_ISSOCK(info.st_mode))
        unlink(path);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd >= 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
        bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        chmod(path, 0600) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    error_set_errno(err, ERROR_IO, errno, "cannot serve the socket '%s'", path);
    if (fd >= 0)
        close(fd);
    return -1;
}

bool engineapi_start(struct emulator *emulator, const char *path,
                     struct error *err)
{
    struct engineapi *engine = mem_new(1, sizeof(*engine));
    int number;

    engine->emulator = emulator;
    engine->path = mem_text(path);
    engine->fd = open_socket(path, err);
    if (engine->fd >= 0 && cancel_init(&engine->cancel, err)) {
        pthread_mutex_init(&engine->lock, NULL);
        pthread_cond_init(&engine->idle, NULL);
        number = pthread_create(&engine->thread, NULL, serve, engine);
        if (number == 0) {
            pthread_mutex_lock(&engines_lock);
            engine->next = engines;
            engines = engine;
            pthread_mutex_unlock(&engines_lock);
            return true;
        }
        error_set_errno(err, ERROR_IO, number, "cannot serve '%s'", path);
        pthread_cond_destroy(&engine->idle);
        pthread_mutex_destroy(&engine->lock);
        cancel_release(&engine->cancel);
    }
    if (engine->fd >= 0)
        close(engine->fd);
    free(engine->path);
    free(engine);
    return false;
}

static struct engineapi *take(const struct emulator *emulator)
{
    struct engineapi **place, *found = NULL;

    pthread_mutex_lock(&engines_lock);
    for (place = &engines; *place; place = &(*place)->next) {
        if ((*place)->emulator == emulator) {
            found = *place;
            *place = found->next;
            break;
        }
    }
    pthread_mutex_unlock(&engines_lock);
    return found;
}

void engineapi_stop(struct emulator *emulator)
{
    struct engineapi *engine = take(emulator);

    if (!engine)
        return;
    cancel_raise(&engine->cancel, CANCEL_STOP);
    pthread_join(engine->thread, NULL);
    pthread_mutex_lock(&engine->lock);
    while (engine->connections)
        pthread_cond_wait(&engine->idle, &engine->lock);
    pthread_mutex_unlock(&engine->lock);
    close(engine->fd);
    unlink(engine->path);
    pthread_cond_destroy(&engine->idle);
    pthread_mutex_destroy(&engine->lock);
    cancel_release(&engine->cancel);
    free(engine->path);
    free(engine);
}
