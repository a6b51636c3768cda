#include "emulator/forward.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "emulator/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 64, PIECE = 16384 };

struct forward {
    int listener;
    int port;
    int stop[2]; /* readable (at its end) once everything has to stop */
    pthread_t acceptor;
    pthread_mutex_t lock; /* what follows */
    pthread_cond_t ended;
    size_t connections;
    char *url;
    enum forward_mood mood;
    int64_t value;
};

/* One connection; its thread owns it. */
struct link {
    struct forward *forward;
    int client;
};

int forward_connect(const char *url)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    char host[64];
    int port = 0;
    int fd;

    if (!url || sscanf(url, "http://%63[0-9.]:%d", host, &port) != 2 ||
        port < 1 || port > UINT16_MAX ||
        inet_pton(AF_INET, host, &address.sin_addr) != 1)
        return -1;
    address.sin_port = htons((uint16_t)port);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof(address))) {
        close(fd);
        return -1;
    }
    return fd;
}

/* ---- one connection ------------------------------------------------------ */

/* Moves one piece; at the end of the one side tells the other. False when
 * nothing more will come from there. */
static bool carry(int from, int to)
{
    char piece[PIECE];
    ssize_t size = recv(from, piece, sizeof(piece), 0);

    if (size < 0 && errno == EINTR)
        return true;
    if (size > 0 && sockets_send(to, piece, (size_t)size))
        return true;
    shutdown(to, SHUT_WR);
    return false;
}

static void carry_both(const struct forward *forward, int client, int server)
{
    struct pollfd ready[] = {
        { .fd = client, .events = POLLIN },
        { .fd = server, .events = POLLIN },
        { .fd = forward->stop[0], .events = POLLIN },
    };

    while (ready[0].fd >= 0 || ready[1].fd >= 0) {
        if (poll(ready, 3, -1) < 0 && errno != EINTR)
            return;
        if (ready[2].revents)
            return;
        if (ready[0].fd >= 0 && ready[0].revents && !carry(client, server))
            ready[0].fd = -1;
        if (ready[1].fd >= 0 && ready[1].revents && !carry(server, client))
            ready[1].fd = -1;
    }
}

/* False when it is to stop. */
static bool wait_for(const struct forward *forward, int fd, int64_t wait_ms)
{
    struct pollfd ready[] = {
        { .fd = forward->stop[0], .events = POLLIN },
        { .fd = fd, .events = POLLIN },
    };

    poll(ready, fd >= 0 ? 2 : 1, wait_ms > 600000 ? 600000 : (int)wait_ms);
    return !ready[0].revents;
}

/* The question is read, so that the answer is not lost with it. */
static void answer_unavailable(const struct forward *forward, int client)
{
    static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\n"
                                 "Content-Type: text/plain\r\n"
                                 "Content-Length: 10\r\n"
                                 "Connection: close\r\n\r\nunhealthy\n";
    char piece[PIECE];

    if (wait_for(forward, client, 10000) &&
        recv(client, piece, sizeof(piece), 0) > 0 &&
        sockets_send(client, answer, strlen(answer)))
        shutdown(client, SHUT_WR);
}

static void reset(int client)
{
    const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

    setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

static void serve(struct forward *forward, int client)
{
    pthread_mutex_lock(&forward->lock);
    char *url = mem_text(forward->url);
    enum forward_mood mood = forward->mood;
    int64_t value = forward->value;
    pthread_mutex_unlock(&forward->lock);

    if (mood == FORWARD_FAILING) {
        answer_unavailable(forward, client);
    } else if (mood == FORWARD_REFUSING) {
        reset(client);
    } else if (mood != FORWARD_SLOW || wait_for(forward, -1, value)) {
        int server = forward_connect(url);

        if (server >= 0) {
            carry_both(forward, client, server);
            close(server);
        }
    }
    free(url);
}

static void *run_link(void *context)
{
    struct link *link = context;
    struct forward *forward = link->forward;

    serve(forward, link->client);
    close(link->client);
    free(link);
    pthread_mutex_lock(&forward->lock);
    forward->connections--;
    pthread_cond_signal(&forward->ended);
    pthread_mutex_unlock(&forward->lock);
    return NULL;
}

static void start_link(struct forward *forward, int client)
{
    struct link *link = mem_new(1, sizeof(*link));
    pthread_t thread;

    link->forward = forward;
    link->client = client;
    pthread_mutex_lock(&forward->lock);
    if (pthread_create(&thread, NULL, run_link, link) == 0) {
        forward->connections++;
        pthread_detach(thread);
    } else {
        close(client);
        free(link);
    }
    pthread_mutex_unlock(&forward->lock);
}

/* ---- the port --------------------------------------------------------------
 */

static void *run_acceptor(void *context)
{
    struct forward *forward = context;

    for (;;) {
        struct pollfd ready[] = {
            { .fd = forward->listener, .events = POLLIN },
            { .fd = forward->stop[0], .events = POLLIN },
        };

        poll(ready, 2, -1);
        if (ready[1].revents)
            return NULL;
        if (!ready[0].revents)
            continue;
        int client = accept(forward->listener, NULL, NULL);
        if (client >= 0 && fcntl(client, F_SETFD, FD_CLOEXEC) == 0)
            start_link(forward, client);
    }
}

static bool listen_on(struct forward *forward, int port, struct error *err)
{
    forward->port = port;
    forward->listener = sockets_bind(&forward->port, err);
    if (forward->listener < 0)
        return false;
    return listen(forward->listener, BACKLOG) == 0 ||
           error_set_errno(err, ERROR_IO, errno, "cannot listen on port %d",
                           forward->port);
}

static void release(struct forward *forward)
{
    if (forward->listener >= 0)
        close(forward->listener);
    for (size_t i = 0; i < 2; i++)
        if (forward->stop[i] >= 0)
            close(forward->stop[i]);
    pthread_mutex_destroy(&forward->lock);
    pthread_cond_destroy(&forward->ended);
    free(forward->url);
    free(forward);
}

struct forward *forward_open(int port, struct error *err)
{
    struct forward *forward = mem_new(1, sizeof(*forward));

    forward->stop[0] = forward->stop[1] = -1;
    pthread_mutex_init(&forward->lock, NULL);
    pthread_cond_init(&forward->ended, NULL);
    if (!listen_on(forward, port, err) ||
        !fileio_pipe(forward->stop, false, err)) {
        release(forward);
        return NULL;
    }
    if (pthread_create(&forward->acceptor, NULL, run_acceptor, forward)) {
        error_set(err, ERROR_INTERNAL, "cannot start a thread");
        release(forward);
        return NULL;
    }
    return forward;
}

int forward_port(const struct forward *forward)
{
    return forward->port;
}

void forward_point(struct forward *forward, const char *url,
                   enum forward_mood mood, int64_t value)
{
    pthread_mutex_lock(&forward->lock);
    free(forward->url);
    forward->url = mem_text(url);
    forward->mood = mood;
    forward->value = value;
    pthread_mutex_unlock(&forward->lock);
}

void forward_close(struct forward *forward)
{
    if (!forward)
        return;
    close(forward->stop[1]);
    forward->stop[1] = -1;
    pthread_join(forward->acceptor, NULL);
    pthread_mutex_lock(&forward->lock);
    while (forward->connections)
        pthread_cond_wait(&forward->ended, &forward->lock);
    pthread_mutex_unlock(&forward->lock);
    release(forward);
}
