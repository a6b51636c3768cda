#include "emulator/server.h"

#include "base/clock.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "base/signals.h"
#include "emulator/protocol.h"
#include "emulator/sockets.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct server {
    struct MHD_Daemon *daemon;
};

/* A body over this goes to a temporary file. */
static const size_t body_limit = (size_t)64 << 20;

/* One request, from its first line to the end of its answer. */
struct exchange {
    char *url;
    struct strbuf body;
    int spool; /* descriptor of the temporary file; 0: none */
    char *spool_path;
    bool has_begun;
    bool is_lost; /* the body could not be kept */
};

static void *exchange_new(void *context, const char *uri,
                          struct MHD_Connection *connection)
{
    struct exchange *exchange = mem_new(1, sizeof(*exchange));

    (void)context;
    (void)connection;
    exchange->url = mem_text(uri);
    return exchange;
}

static void exchange_free(void *context, struct MHD_Connection *connection,
                          void **state, enum MHD_RequestTerminationCode code)
{
    struct exchange *exchange = *state;

    (void)context;
    (void)connection;
    (void)code;
    if (!exchange)
        return;
    if (exchange->spool)
        close(exchange->spool);
    if (exchange->spool_path)
        unlink(exchange->spool_path);
    free(exchange->spool_path);
    free(exchange->url);
    strbuf_release(&exchange->body);
    free(exchange);
    *state = NULL;
}

static bool open_spool(struct exchange *exchange)
{
    const char *folder = getenv("TMPDIR");

    exchange->spool_path = mem_format("%s/stepdeck-emulator.XXXXXX",
                                      folder && *folder ? folder : "/tmp");
    exchange->spool = mkstemp(exchange->spool_path);
    if (exchange->spool > 0)
        return true;
    free(exchange->spool_path);
    exchange->spool_path = NULL;
    exchange->spool = 0;
    return false;
}

static void keep_body(struct exchange *exchange, const char *bytes, size_t size)
{
    if (exchange->is_lost)
        return;
    if (!exchange->spool && exchange->body.len + size <= body_limit) {
        strbuf_add(&exchange->body, bytes, size);
        return;
    }
    if (!exchange->spool) {
        exchange->is_lost =
            !open_spool(exchange) ||
            !fileio_write_all(exchange->spool, strbuf_text(&exchange->body),
                              exchange->body.len, NULL);
        strbuf_release(&exchange->body);
    }
    exchange->is_lost = exchange->is_lost ||
                        !fileio_write_all(exchange->spool, bytes, size, NULL);
}

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind,
                                   const char *name, const char *value)
{
    struct strvec *headers = context;
    char *line = mem_format("%s: %s", name, value ? value : "");

    (void)kind;
    for (char *at = line; *at && *at != ':'; at++)
        *at = (char)tolower((unsigned char)*at);
    strvec_take(headers, line);
    return MHD_YES;
}

/* ---- the answer -------------------------------------------------------- */

/* A body that ends before its Content-Length. */
struct piece {
    char *bytes;
    size_t size;
};

static ssize_t read_piece(void *context, uint64_t position, char *buffer,
                          size_t most)
{
    struct piece *piece = context;
    size_t left;

    if (position >= piece->size)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    left = piece->size - (size_t)position;
    if (left > most)
        left = most;
    memcpy(buffer, piece->bytes + position, left);
    return (ssize_t)left;
}

static void free_piece(void *context)
{
    struct piece *piece = context;

    free(piece->bytes);
    free(piece);
}

static struct MHD_Response *truncated_response(struct emulator_reply *reply)
{
    struct piece *piece = mem_new(1, sizeof(*piece));
    size_t whole = reply->body.len;

    piece->size = (size_t)(reply->truncated < (int64_t)whole ? reply->truncated
                                                             : (int64_t)whole);
    piece->bytes = mem_bytes(strbuf_text(&reply->body), piece->size);
    return MHD_create_response_from_callback(whole + 1, 4096, read_piece, piece,
                                             free_piece);
}

static struct MHD_Response *file_response(const struct emulator_reply *reply)
{
    struct stat file;
    int fd = open(reply->file, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &file) || file.st_size < reply->offset) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    return MHD_create_response_from_fd_at_offset64(
        (uint64_t)(file.st_size - reply->offset), fd, (uint64_t)reply->offset);
}

/* The cloud's clock, which a fault may have moved. */
static void add_date(struct emulator *emulator, struct MHD_Response *response)
{
    char text[64];
    struct tm parts;

    pthread_mutex_lock(&emulator->lock);
    time_t now =
        (time_t)((clock_wall(clock_system()) + emulator->skew_ms) / 1000);
    pthread_mutex_unlock(&emulator->lock);
    gmtime_r(&now, &parts);
    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    MHD_add_response_header(response, "Date", text);
}

static enum MHD_Result send_reply(struct emulator *emulator,
                                  struct MHD_Connection *connection,
                                  struct emulator_reply *reply)
{
    struct MHD_Response *response;
    enum MHD_Result result;

    if (reply->is_truncated)
        response = truncated_response(reply);
    else if (reply->file)
        response = file_response(reply);
    else
        response = MHD_create_response_from_buffer(
            reply->body.len, reply->body.data, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    for (size_t i = 0; i < reply->headers.count; i++) {
        char *name = mem_text(reply->headers.items[i]);
        char *value = strchr(name, ':');

        if (value) {
            *value++ = '\0';
            MHD_add_response_header(response, name, value + strspn(value, " "));
        }
        free(name);
    }
    add_date(emulator, response);
    result = MHD_queue_response(connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return result;
}

/* ---- connections ------------------------------------------------------- */

/* Whoever asks the control pages only is none of the cloud's. */
struct caller {
    bool is_counted;
};

static void notify_connection(void *context, struct MHD_Connection *connection,
                              void **state,
                              enum MHD_ConnectionNotificationCode code)
{
    struct emulator *emulator = context;
    struct caller *caller = *state;

    (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *state = mem_new(1, sizeof(*caller));
        return;
    }
    pthread_mutex_lock(&emulator->lock);
    emulator->connections.open -= caller && caller->is_counted;
    pthread_mutex_unlock(&emulator->lock);
    free(caller);
    *state = NULL;
}

static void count_connection(struct emulator *emulator,
                             struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct caller *caller = info ? info->socket_context : NULL;
    struct emulator_connections *connections = &emulator->connections;

    if (!caller || caller->is_counted)
        return;
    caller->is_counted = true;
    pthread_mutex_lock(&emulator->lock);
    connections->opened++;
    connections->open++;
    if (connections->open > connections->most)
        connections->most = connections->open;
    pthread_mutex_unlock(&emulator->lock);
}

/* ---- a request --------------------------------------------------------- */

static bool is_below(const char *path, const char *folder)
{
    size_t size = strlen(folder);

    return !strncmp(path, folder, size) &&
           (path[size] == '/' || path[size] == '\0');
}

/* What answers it, by its path. */
static void answer(struct emulator *emulator,
                   const struct emulator_request *request,
                   struct emulator_reply *reply)
{
    if (is_below(request->path, "/_emulator"))
        control_answer(emulator, request, reply);
    else if (is_below(request->path, "/v2"))
        registry_answer(emulator, request, reply);
    else if (protocol_is_call(request))
        protocol_answer(emulator, request, reply);
    else
        bucket_answer(emulator, request, reply);
}

static void ask(struct emulator *emulator, const struct exchange *exchange,
                const char *method, struct strvec *headers,
                struct emulator_reply *reply)
{
    const char *query = strchr(exchange->url, '?');
    size_t path_size =
        query ? (size_t)(query - exchange->url) : strlen(exchange->url);
    char *path = mem_bytes(exchange->url, path_size);

    MHD_http_unescape(path);
    struct emulator_request request = {
        .method = method,
        .path = path,
        .query = query ? query + 1 : "",
        .headers = *headers,
        .body = strbuf_text(&exchange->body),
        .body_size = exchange->body.len,
        .body_file = exchange->spool_path,
        .url = exchange->url,
    };
    answer(emulator, &request, reply);
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 &&
        !protocol_is_call(&request))
        emulator_save(emulator);
    free(path);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection,
                              const char *url, const char *method,
                              const char *version, const char *data,
                              size_t *size, void **state)
{
    struct emulator *emulator = context;
    struct exchange *exchange = *state;
    struct emulator_reply reply = { .status = 200 };
    struct strvec headers = { 0 };
    enum MHD_Result result;

    (void)url;
    (void)version;
    if (!exchange->has_begun) {
        exchange->has_begun = true;
        return MHD_YES;
    }
    if (*size) {
        keep_body(exchange, data, *size);
        *size = 0;
        return MHD_YES;
    }
    if (exchange->is_lost)
        return MHD_NO;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, take_header,
                              &headers);
    if (!is_below(exchange->url, "/_emulator"))
        count_connection(emulator, connection);
    ask(emulator, exchange, method, &headers, &reply);
    result = reply.is_cut ? MHD_NO : send_reply(emulator, connection, &reply);
    strvec_release(&headers);
    strvec_release(&reply.headers);
    strbuf_release(&reply.body);
    free(reply.file);
    return result;
}

/* ---- start and end ------------------------------------------------------ */

struct server *server_start(struct emulator *emulator, int port,
                            struct error *err)
{
    const unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD |
                           MHD_USE_THREAD_PER_CONNECTION |
                           MHD_USE_SUPPRESS_DATE_NO_CLOCK;
    struct MHD_Daemon *daemon;
    struct server *server;
    int fd = sockets_bind(&port, err);

    if (fd < 0)
        return NULL;
    if (listen(fd, SOMAXCONN) != 0) {
        error_set_errno(err, ERROR_IO, errno, "cannot listen on port %d", port);
        close(fd);
        return NULL;
    }
    /* Requests read them: they are set before the first can come. */
    emulator->host = mem_format("127.0.0.1:%d", port);
    emulator->url = mem_format("http://%s", emulator->host);
    daemon = MHD_start_daemon(flags, (uint16_t)port, NULL, NULL, handle,
                              emulator, MHD_OPTION_LISTEN_SOCKET, fd,
                              MHD_OPTION_URI_LOG_CALLBACK, exchange_new, NULL,
                              MHD_OPTION_NOTIFY_COMPLETED, exchange_free, NULL,
                              MHD_OPTION_NOTIFY_CONNECTION, notify_connection,
                              emulator, MHD_OPTION_END);
    if (!daemon) {
        error_set_errno(err, ERROR_IO, errno, "cannot listen on port %d", port);
        close(fd);
        return NULL;
    }
    server = mem_new(1, sizeof(*server));
    server->daemon = daemon;
    return server;
}

void server_wait(void)
{
    for (;;) {
        struct pollfd ready = { .fd = signals_fd(), .events = POLLIN };
        int number;

        poll(&ready, 1, -1);
        while ((number = signals_take()) != 0)
            if (number == SIGINT || number == SIGTERM || number == SIGHUP)
                return;
    }
}

void server_stop(struct server *server)
{
    if (!server)
        return;
    MHD_stop_daemon(server->daemon);
    free(server);
}
