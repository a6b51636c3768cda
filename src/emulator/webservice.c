#include "emulator/webservice.h"

#include "base/cancel.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "emulator/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_LIMIT = 16 << 10, PATIENCE_MS = 5000, BACKLOG = 64 };

struct webservice {
    int fd;
    char *version;
    bool is_unhealthy, has_proxy;
    void (*tell)(void *context, const char *line);
    void *context;
    struct cancel cancel;
    pthread_t thread;
};

/* ---- what it answers --------------------------------------------------- */

static int answer_root(const struct webservice *service, struct strbuf *body)
{
    strbuf_addf(body,
                "<!doctype html>\n<title>Local cloud</title>\n"
                "<p>The built-in web service, version %s. Its health is at "
                "<a href=\"/healthz\">/healthz</a>.\n",
                service->version);
    return 200;
}

static int answer_health(const struct webservice *service, struct strbuf *body)
{
    json_t *health =
        json_pack("{s:s, s:{s:{s:b}, s:{s:b}}, s:b}", "status",
                  service->is_unhealthy ? "unhealthy" : "ok", "dependencies",
                  "ffmpeg", "available", 1, "yt_dlp", "available", 1,
                  "proxy_config_readable", service->has_proxy);
    char *line;

    jsonx_set_text(health, "version", service->version);
    line = jsonx_line(health);
    strbuf_addf(body, "%s\n", line);
    free(line);
    json_decref(health);
    return service->is_unhealthy ? 503 : 200;
}

static const struct page {
    const char *path, *type;
    int (*answer)(const struct webservice *service, struct strbuf *body);
} pages[] = {
    { "/", "text/html; charset=utf-8", answer_root },
    { "/healthz", "application/json", answer_health },
};

static const struct page *find_page(const char *path, size_t size)
{
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (strlen(pages[i].path) == size &&
            strncmp(pages[i].path, path, size) == 0)
            return &pages[i];
    }
    return NULL;
}

static const char *reason_of(int status)
{
    return status == 200   ? "OK"
           : status == 404 ? "Not Found"
           : status == 405 ? "Method Not Allowed"
                           : "Service Unavailable";
}

/* The whole answer to a request's head. */
static void answer(const struct webservice *service, const char *head,
                   struct strbuf *out)
{
    bool is_get = strncmp(head, "GET ", 4) == 0;
    bool is_head = strncmp(head, "HEAD ", 5) == 0;
    const char *path = head + strcspn(head, " ");
    const struct page *page = NULL;
    struct strbuf body = { 0 };
    int status = 404;

    path += *path == ' ';
    if (is_get || is_head)
        page = find_page(path, strcspn(path, " ?\r\n"));
    else
        status = 405;
    if (page)
        status = page->answer(service, &body);
    else
        strbuf_addf(&body, "%s\n", reason_of(status));
    strbuf_addf(out,
                "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n"
                "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                status, reason_of(status), page ? page->type : "text/plain",
                body.len);
    if (!is_head)
        strbuf_add(out, body.data, body.len);
    strbuf_release(&body);
}

static void tell_request(const struct webservice *service, const char *head,
                         const struct strbuf *reply)
{
    char *line;

    if (!service->tell)
        return;
    line = mem_format("%.*s %.3s", (int)strcspn(head, "?\r\n"), head,
                      strbuf_text(reply) + strlen("HTTP/1.1 "));
    service->tell(service->context, line);
    free(line);
}

/* ---- connections ------------------------------------------------------- */

/* False at the end of patience, and when the service is to stop. */
static bool wait_readable(struct webservice *service, int fd, int patience_ms)
{
    struct pollfd fds[] = {
        { .fd = fd, .events = POLLIN },
        { .fd = cancel_fd(&service->cancel), .events = POLLIN },
    };
    int ready;

    do
        ready = poll(fds, 2, patience_ms);
    while (ready < 0 && errno == EINTR);
    return ready > 0 && cancel_level(&service->cancel) == CANCEL_NONE;
}

static bool read_head(struct webservice *service, int fd, struct strbuf *head)
{
    char block[2048];

    while (!strstr(strbuf_text(head), "\r\n\r\n") &&
           !strstr(strbuf_text(head), "\n\n")) {
        ssize_t size;

        if (head->len > REQUEST_LIMIT ||
            !wait_readable(service, fd, PATIENCE_MS))
            return false;
        size = recv(fd, block, sizeof(block), 0);
        if (size <= 0)
            return false;
        strbuf_add(head, block, (size_t)size);
    }
    return true;
}

static void serve_connection(struct webservice *service, int fd)
{
    struct strbuf head = { 0 }, reply = { 0 };

    if (read_head(service, fd, &head)) {
        answer(service, strbuf_text(&head), &reply);
        sockets_send(fd, reply.data, reply.len);
        tell_request(service, strbuf_text(&head), &reply);
    }
    strbuf_release(&head);
    strbuf_release(&reply);
}

static void *serve(void *context)
{
    struct webservice *service = context;

    while (cancel_level(&service->cancel) == CANCEL_NONE) {
        int fd;

        if (!wait_readable(service, service->fd, -1))
            continue;
        fd = accept(service->fd, NULL, NULL);
        if (fd < 0)
            continue;
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        serve_connection(service, fd);
        close(fd);
    }
    return NULL;
}

struct webservice *webservice_start(const struct webservice_options *options,
                                    int *port, struct error *err)
{
    struct webservice *service = mem_new(1, sizeof(*service));
    int number = 0;

    service->version = mem_text(options->version ? options->version : "");
    service->is_unhealthy = options->is_unhealthy;
    service->has_proxy = options->has_proxy;
    service->tell = options->tell;
    service->context = options->context;
    *port = 0;
    service->fd = sockets_bind(port, err);
    if (service->fd >= 0 && cancel_init(&service->cancel, err)) {
        if (listen(service->fd, BACKLOG) != 0)
            number = errno;
        else
            number = pthread_create(&service->thread, NULL, serve, service);
        if (number == 0)
            return service;
        error_set_errno(err, ERROR_IO, number, "cannot serve port %d", *port);
        cancel_release(&service->cancel);
    }
    if (service->fd >= 0)
        close(service->fd);
    free(service->version);
    free(service);
    return NULL;
}

void webservice_stop(struct webservice *service)
{
    if (!service)
        return;
    cancel_raise(&service->cancel, CANCEL_STOP);
    pthread_join(service->thread, NULL);
    cancel_release(&service->cancel);
    close(service->fd);
    free(service->version);
    free(service);
}
