/*
 * Shared by the files of the client: what it is made of, and one request with
 * its attempts (client_send.c). Not for others.
 */
#ifndef STEPDECK_AWS_CLIENT_PRIVATE_H
#define STEPDECK_AWS_CLIENT_PRIVATE_H

#include "aws/awsfile.h"
#include "aws/backoff.h"
#include "aws/client.h"
#include "aws/endpoint.h"
#include "aws/http.h"

#include <stdint.h>

struct credentials;

struct client_writer {
    struct client *client;
};

struct client {
    struct client_options options;
    struct awsfile file;
    char *profile; /* never NULL */
    char *region;
    struct http *http;
    struct credentials *credentials;
    struct cancel *cancel;
    struct client_writer writer;
    struct client_failure failure;
    struct backoff backoff;
    int attempts;    /* the most a call may have */
    int64_t skew_ms; /* to be added to our clock */
    uint32_t chance; /* state of the jitter */
    bool has_credentials;
    struct {
        char *url;
        bool is_chosen; /* by the user */
    } endpoints[CLIENT_SERVICES];
};

/* Signed anew for each attempt. Borrowed. */
struct client_request {
    const struct endpoint *endpoint;
    const char *operation; /* for messages */
    const char *method, *url;
    const struct strvec *headers; /* without the signing ones */
    const char *body;
    size_t body_size;
    bool is_change;
    bool is_unrepeatable;
    /* Whether a 2xx is an answer; NULL: always. */
    bool (*accept)(void *context, const struct http_response *response,
                   struct error *err);
    void *context;
};

/* Fills client->failure and `err` on failure. */
NODISCARD bool client_send(struct client *client,
                           const struct client_request *request,
                           struct http_response *response, struct error *err);

#endif
