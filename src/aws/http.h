/*
 * HTTP by libcurl: the only file that uses it. Connections are kept alive and
 * reused: one a host and thread of control at a time.
 *
 *     struct http *http = http_new(&err);
 *     struct http_request request = { .method = "GET", .url = url,
 *                                     .timeout_ms = 10000 };
 *     struct http_response response = { 0 };
 *     if (http_send(http, &request, &response, &err))
 *         ... response.status, strbuf_text(&response.body) ...
 *     http_response_release(&response);
 *     http_free(http);
 *
 * TLS is verified, redirects are not followed, only http and https are spoken,
 * proxies are those of the environment (none for loopback and a unix socket).
 * Every answer has a ceiling. Waiting ends when `cancel` rises. Belongs to one
 * thread at a time.
 */
#ifndef STEPDECK_AWS_HTTP_H
#define STEPDECK_AWS_HTTP_H

#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <stdint.h>
#include <sys/types.h>

struct cancel;
struct http;

enum { HTTP_BODY_LIMIT = 8 << 20, HTTP_HEADER_LIMIT = 64 << 10 };

/* Borrowed until http_send() has returned. */
struct http_request {
    const char *method; /* "GET", "POST", "PUT", "DELETE", "HEAD" */
    const char *url;
    const char *unix_socket;      /* a path; NULL: the network */
    const struct strvec *headers; /* "Name: value"; may be NULL */
    const char *body;
    size_t body_size;
    /* Instead of `body`: fills `buffer`, returns how much, 0 at the end, -1 to
     * give up (the request fails with ERROR_IO). Sent in chunks. */
    ssize_t (*read)(void *context, char *buffer, size_t size);
    /* Takes the answer's bytes as they come, of 2xx only; false gives up.
     * NULL: they are collected in response.body. */
    bool (*write)(void *context, const char *bytes, size_t size);
    void *context;
    size_t limit;               /* of the collected body; 0: HTTP_BODY_LIMIT */
    int64_t connect_timeout_ms; /* 0: 10 s */
    int64_t timeout_ms;         /* for all of it; 0: none */
    int64_t idle_timeout_ms;    /* without a byte either way; 0: none */
    bool ignores_proxy;
    /* Not sent anew by itself either, when the server closed a kept connection
     * under it: that too is a cut. */
    bool is_unrepeatable;
    struct cancel *cancel; /* may be NULL */
};

/* Why there is no answer. */
enum http_failure {
    HTTP_OK,
    HTTP_BAD_URL,
    HTTP_NO_HOST,  /* the name does not resolve */
    HTTP_REFUSED,  /* nobody listens */
    HTTP_NO_ROUTE, /* any other failure to connect, the proxy's included */
    HTTP_TLS,      /* certificate or handshake */
    HTTP_TIMED_OUT,
    HTTP_CUT, /* ended or garbled in the middle */
    HTTP_TOO_LARGE,
    HTTP_GAVE_UP, /* by read or write */
    HTTP_CANCELLED
};

struct http_response {
    enum http_failure failure;
    int status;            /* 0 without an answer; of a cut one, its own */
    bool was_sent;         /* at least part of the request left: without an
                              answer nobody knows whether it was carried out */
    struct strvec headers; /* "name: value", names in lower case */
    struct strbuf body;    /* also of a streamed answer that is no 2xx */
    int64_t date_ms;       /* the Date header; 0: none */
    int64_t duration_ms;
};

NODISCARD struct http *http_new(struct error *err);
void http_free(struct http *http);

/* False when no whole answer came: `response->failure` says why, `err` in words
 * with a hint. Any status is true. `response` is emptied first. */
NODISCARD bool http_send(struct http *http, const struct http_request *request,
                         struct http_response *response, struct error *err);
void http_response_release(struct http_response *response);

/* The value of a header, NULL when there is none; borrowed. */
const char *http_header(const struct http_response *response, const char *name);

/* How many connections have been opened so far. */
size_t http_connections(const struct http *http);

#endif
