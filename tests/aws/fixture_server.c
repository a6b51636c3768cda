#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_server.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 32 };

struct reply {
    char *bytes;
    size_t size;
    bool closes, is_mute;
    void (*arrived)(void *context);
    void *context;
};

struct connection {
    int fd; /* -1: none */
    struct strbuf input;
};

struct fixture_server {
    int listen_fd;
    int stop[2];
    char *url;
    pthread_t thread;
    struct connection connections[CONNECTIONS];
    pthread_mutex_t lock; /* all below */
    struct reply *replies;
    size_t count, capacity, next;
    struct strvec requests; /* chunks decoded */
    size_t accepted;
};

/* ---- requests --------------------------------------------------------- */

static const char *find_header(const char *head, const char *name)
{
    for (const char *at = strstr(head, "\r\n"); at && at[2] != '\r';
         at = strstr(at + 2, "\r\n")) {
        if (strncasecmp(at + 2, name, strlen(name)) == 0 &&
            at[2 + strlen(name)] == ':') {
            at += 3 + strlen(name);
            return at + strspn(at, " ");
        }
    }
    return NULL;
}

/* Decodes the chunks behind `at` into `body`; the size they took, 0 when they
 * are not all there. */
static size_t read_chunks(const char *at, const char *limit,
                          struct strbuf *body)
{
    const char *start = at;

    for (;;) {
        char *end;
        size_t size = strtoul(at, &end, 16);

        if (end == at || limit - end < 2 || memcmp(end, "\r\n", 2) != 0 ||
            (size_t)(limit - end) < size + 4)
            return 0;
        strbuf_add(body, end + 2, size);
        at = end + 2 + size + 2;
        if (!size)
            return (size_t)(at - start);
    }
}

/* Takes a whole request from the input; NULL when there is none yet. */
static char *take_request(struct strbuf *input)
{
    const char *text = strbuf_text(input), *end = strstr(text, "\r\n\r\n");
    const char *length, *coding;
    struct strbuf request = { 0 };
    size_t head, body;

    if (!end)
        return NULL;
    head = (size_t)(end - text) + 4;
    strbuf_add(&request, text, head);
    length = find_header(request.data, "Content-Length");
    coding = find_header(request.data, "Transfer-Encoding");
    body = length ? strtoul(length, NULL, 10) : 0;
    if (coding &&
        !(body = read_chunks(text + head, text + input->len, &request))) {
        strbuf_release(&request);
        return NULL;
    }
    if (input->len - head < body) {
        strbuf_release(&request);
        return NULL;
    }
    if (!coding)
        strbuf_add(&request, text + head, body);
    strbuf_consume(input, head + body);
    return strbuf_take(&request);
}

/* ---- the thread ------------------------------------------------------- */

static void close_connection(struct connection *connection)
{
    close(connection->fd);
    connection->fd = -1;
    strbuf_release(&connection->input);
}

static void send_all(int fd, const char *bytes, size_t size)
{
    while (size) {
        ssize_t count = send(fd, bytes, size, MSG_NOSIGNAL);

        if (count <= 0)
            return;
        bytes += count;
        size -= (size_t)count;
    }
}

static void answer(struct fixture_server *server, struct connection *connection,
                   char *request)
{
    static const char beyond[] = "HTTP/1.1 599 Beyond the script\r\n"
                                 "Content-Length: 0\r\n\r\n";
    struct reply reply = { .bytes = (char *)(uintptr_t)beyond,
                           .size = sizeof(beyond) - 1 };

    pthread_mutex_lock(&server->lock);
    strvec_take(&server->requests, request);
    if (server->next < server->count)
        reply = server->replies[server->next++];
    pthread_mutex_unlock(&server->lock);
    if (reply.arrived)
        reply.arrived(reply.context);
    if (!reply.is_mute)
        send_all(connection->fd, reply.bytes, reply.size);
    if (reply.closes)
        close_connection(connection);
}

static void read_more(struct fixture_server *server,
                      struct connection *connection)
{
    char bytes[16384];
    ssize_t count = recv(connection->fd, bytes, sizeof(bytes), 0);
    char *request;

    if (count <= 0) {
        close_connection(connection);
        return;
    }
    strbuf_add(&connection->input, bytes, (size_t)count);
    if (connection->input.data[0] < 'A' || connection->input.data[0] > 'Z') {
        close_connection(connection); /* no method: TLS, most likely */
        return;
    }
    while (connection->fd >= 0 &&
           (request = take_request(&connection->input)) != NULL)
        answer(server, connection, request);
}

static void accept_one(struct fixture_server *server)
{
    int fd = accept(server->listen_fd, NULL, NULL), on = 1;
    int i = 0;

    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    pthread_mutex_lock(&server->lock);
    server->accepted++;
    pthread_mutex_unlock(&server->lock);
    while (i < CONNECTIONS && server->connections[i].fd >= 0)
        i++;
    if (i < CONNECTIONS)
        server->connections[i].fd = fd;
    else
        close(fd);
}

static void *serve(void *context)
{
    struct fixture_server *server = context;

    for (;;) {
        struct pollfd fds[CONNECTIONS + 2] = {
            { .fd = server->listen_fd, .events = POLLIN },
            { .fd = server->stop[0], .events = POLLIN },
        };

        for (int i = 0; i < CONNECTIONS; i++) {
            fds[i + 2].fd = server->connections[i].fd;
            fds[i + 2].events = POLLIN;
        }
        poll(fds, CONNECTIONS + 2, -1);
        if (fds[1].revents)
            return NULL;
        for (int i = 0; i < CONNECTIONS; i++) {
            if (fds[i + 2].revents)
                read_more(server, &server->connections[i]);
        }
        if (fds[0].revents)
            accept_one(server);
    }
}

/* ---- from start to end ------------------------------------------------ */

struct fixture_server *fixture_server_new(void)
{
    struct fixture_server *server = mem_new(1, sizeof(*server));
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof(address);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < CONNECTIONS; i++)
        server->connections[i].fd = -1;
    pthread_mutex_init(&server->lock, NULL);
    server->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(server->listen_fd >= 0);
    assert_int_equal(
        bind(server->listen_fd, (struct sockaddr *)&address, sizeof(address)),
        0);
    assert_int_equal(listen(server->listen_fd, 64), 0);
    assert_int_equal(
        getsockname(server->listen_fd, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(pipe(server->stop), 0);
    server->url = mem_format("http://127.0.0.1:%u", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
    return server;
}

void fixture_server_free(struct fixture_server *server)
{
    if (!server)
        return;
    assert_int_equal(write(server->stop[1], "!", 1), 1);
    pthread_join(server->thread, NULL);
    for (int i = 0; i < CONNECTIONS; i++) {
        if (server->connections[i].fd >= 0)
            close_connection(&server->connections[i]);
    }
    for (size_t i = 0; i < server->count; i++)
        free(server->replies[i].bytes);
    free(server->replies);
    strvec_release(&server->requests);
    close(server->listen_fd);
    close(server->stop[0]);
    close(server->stop[1]);
    pthread_mutex_destroy(&server->lock);
    free(server->url);
    free(server);
}

void fixture_server_add(struct fixture_server *server,
                        const struct fixture_answer *answer)
{
    struct strbuf bytes = { 0 };
    const char *body = answer->body ? answer->body : "";
    struct reply reply = { .closes = answer->closes,
                           .is_mute = answer->is_mute,
                           .arrived = answer->arrived,
                           .context = answer->context };

    if (answer->raw)
        strbuf_add(&bytes, answer->raw, answer->raw_size);
    else
        strbuf_addf(&bytes,
                    "HTTP/1.1 %d Said\r\n%sContent-Length: %zu\r\n\r\n%s",
                    answer->status, answer->headers ? answer->headers : "",
                    strlen(body), body);
    reply.size = bytes.len;
    reply.bytes = strbuf_take(&bytes);
    pthread_mutex_lock(&server->lock);
    server->replies = mem_grow(server->replies, server->count,
                               &server->capacity, sizeof(*server->replies));
    server->replies[server->count++] = reply;
    pthread_mutex_unlock(&server->lock);
}

void fixture_server_answer(struct fixture_server *server, int status,
                           const char *body)
{
    fixture_server_add(
        server, &(struct fixture_answer){ .status = status, .body = body });
}

/* ---- what happened ---------------------------------------------------- */

const char *fixture_server_url(struct fixture_server *server)
{
    return server->url;
}

size_t fixture_server_requests(struct fixture_server *server)
{
    size_t count;

    pthread_mutex_lock(&server->lock);
    count = server->requests.count;
    pthread_mutex_unlock(&server->lock);
    return count;
}

size_t fixture_server_connections(struct fixture_server *server)
{
    size_t count;

    pthread_mutex_lock(&server->lock);
    count = server->accepted;
    pthread_mutex_unlock(&server->lock);
    return count;
}

const char *fixture_server_request(struct fixture_server *server, size_t n)
{
    const char *text = NULL;

    pthread_mutex_lock(&server->lock);
    if (n < server->requests.count)
        text = server->requests.items[n];
    pthread_mutex_unlock(&server->lock);
    assert_non_null(text);
    return text;
}

const char *fixture_server_body(struct fixture_server *server, size_t n)
{
    return strstr(fixture_server_request(server, n), "\r\n\r\n") + 4;
}

char *fixture_server_header(struct fixture_server *server, size_t n,
                            const char *name)
{
    const char *value = find_header(fixture_server_request(server, n), name);

    return value ? mem_bytes(value, strcspn(value, "\r")) : NULL;
}

char *fixture_server_line(struct fixture_server *server, size_t n)
{
    const char *text = fixture_server_request(server, n);
    size_t size = strcspn(text, " ") + 1;

    return mem_bytes(text, size + strcspn(text + size, " "));
}
