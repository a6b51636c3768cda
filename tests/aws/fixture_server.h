/*
 * A scripted HTTP server on loopback, in a thread of its own: it answers the
 * n-th request with the n-th answer and keeps what it was asked.
 *
 *     struct fixture_server *server = fixture_server_new();
 *     fixture_server_answer(server, 200, "{\"a\": 1}");
 *     ... fixture_server_url(server) ...           "http://127.0.0.1:PORT"
 *     assert_int_equal(fixture_server_requests(server), 1);
 *     text = fixture_server_request(server, 0);    head and body
 *     fixture_server_free(server);
 *
 * A request beyond the script gets status 599 and counts. Several connections
 * may be open; a request with Content-Length or chunks is read whole before it
 * is answered, chunks are decoded; who speaks TLS is hung up on. All functions
 * are for the test's thread, and what they give back is borrowed from the
 * server.
 */
#ifndef STEPDECK_TESTS_AWS_FIXTURE_SERVER_H
#define STEPDECK_TESTS_AWS_FIXTURE_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct fixture_server;

/* Copied when added; `= { .status = 200 }` is an empty answer. */
struct fixture_answer {
    int status;
    const char *headers; /* "Name: value\r\n", each so ended; may be NULL */
    const char *body;    /* text; may be NULL. Content-Length is added */
    const char *raw;     /* instead of all these: exactly these bytes */
    size_t raw_size;
    bool closes;  /* the connection is closed behind the answer, unannounced */
    bool is_mute; /* no answer at all; without `closes` the client waits */
    /* Called in the server's thread once the request is there, before it is
     * answered; may be NULL. */
    void (*arrived)(void *context);
    void *context;
};

struct fixture_server *fixture_server_new(void);
void fixture_server_free(struct fixture_server *server);

void fixture_server_add(struct fixture_server *server,
                        const struct fixture_answer *answer);
/* The same for a status and a body alone. */
void fixture_server_answer(struct fixture_server *server, int status,
                           const char *body);

const char *fixture_server_url(struct fixture_server *server);
/* How many requests and connections there have been. */
size_t fixture_server_requests(struct fixture_server *server);
size_t fixture_server_connections(struct fixture_server *server);
/* The n-th request, from 0: all of it, its body, the value of a header (NULL
 * when there is none; to free), "METHOD /path" (to free). */
const char *fixture_server_request(struct fixture_server *server, size_t n);
const char *fixture_server_body(struct fixture_server *server, size_t n);
char *fixture_server_header(struct fixture_server *server, size_t n,
                            const char *name);
char *fixture_server_line(struct fixture_server *server, size_t n);

#endif
