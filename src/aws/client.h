/*
 * Calls to AWS: credentials, endpoint, signature, retries, errors.
 *
 *     struct client *client = client_new(&options, &err);
 *     json_t *input = json_pack("{s:s}", "ServiceArn", arn), *reply = NULL;
 *     struct client_call call = { CLIENT_APPRUNNER, "DescribeService", input };
 *     if (client_read(client, &call, &reply, &err)) ...
 *     else if (client_failed_with(client, "ResourceNotFoundException")) ...
 *     json_decref(reply);
 *
 * What changes something in the cloud goes through a `struct client_writer`. A
 * client that is made read-only has none: asking it for one ends the program,
 * and so does reading, by any client, with an operation whose name begins with
 * none of the verbs that read (Get, List, Describe, BatchGet, BatchCheck,
 * Filter, Simulate, Head, Lookup). So a dry run cannot change anything.
 *
 * Answers of query services (STS, IAM) come as JSON too, with only texts in
 * it (aws/xml.h), below the member OPERATIONResult. Service modules (sts.h,
 * ecr.h, ...) wrap the calls; others use them, not this. May block; one thread
 * at a time.
 *
 * Retries: 3 attempts, 50 ms (throttled: 1 s) doubled with full jitter, at most
 * 20 s, x-amz-retry-after, a quota of 500; one more after a correction of
 * the clock, and one with fresh credentials when they had expired.
 */
#ifndef STEPDECK_AWS_CLIENT_H
#define STEPDECK_AWS_CLIENT_H

#include "base/clock.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <jansson.h>

struct cancel;
struct client;
struct client_writer;
struct config;
struct http;

enum client_service {
    CLIENT_APPRUNNER,
    CLIENT_ECR,
    CLIENT_STS,
    CLIENT_IAM,
    CLIENT_SECRETS,
    CLIENT_LOGS,
    CLIENT_S3,
    CLIENT_SERVICES /* their number */
};

/* Borrowed for the life of the client. */
struct client_options {
    const struct config *config; /* AWS_REGION, AWS_PROFILE, AWS_* */
    const struct clock *clock;
    bool is_profile_explicit; /* chosen by --profile */
    bool is_read_only;
};

/* NULL with ERROR_INPUT: no region, a profile that does not exist, a file that
 * cannot be read. Asks nobody yet. */
NODISCARD struct client *client_new(const struct client_options *options,
                                    struct error *err);
void client_free(struct client *client);

/* Ends waits and requests from now on; NULL for none. */
void client_set_cancel(struct client *client, struct cancel *cancel);
const char *client_region(const struct client *client);
/* Whether a service is spoken to at an address of the user's: an emulator. */
bool client_has_endpoint(const struct client *client,
                         enum client_service service);
/* "profile 'prod' (SSO)", and until when (0: no end), once a call has been
 * signed, else NULL. */
const char *client_credentials_source(const struct client *client);
int64_t client_credentials_expiry(const struct client *client);
/* For requests of another kind on the same connections: health checks. */
struct http *client_http(struct client *client);

/* ---- calls ------------------------------------------------------------ */

/* `input`: the JSON body; for query services an object of texts, flat:
 * {"ActionNames.member.1": "ecr:PutImage"}. Borrowed; NULL: empty. */
struct client_call {
    enum client_service service;
    const char *operation;
    const json_t *input;
    /* A change that must not be sent again when nobody knows whether it was
     * carried out: then the failure is ambiguous. */
    bool is_unrepeatable;
};

/* What is known about the last call that failed. */
struct client_failure {
    int status;    /* HTTP; 0 without an answer */
    char code[96]; /* "ThrottlingException"; "" without one */
    char message[ERROR_TEXT_SIZE];
    bool is_throttled;
    bool is_denied;    /* not allowed, or not who we say we are */
    bool is_ambiguous; /* a change, sent in one of the attempts, without an
                          answer that says no: it may have been carried out */
    int attempts;
};

/* `*reply` to json_decref(). Codes: ERROR_BLOCKED (no credentials, denied,
 * expired), ERROR_NOT_FOUND (ResourceNotFoundException and its like),
 * ERROR_INPUT (refused as invalid), ERROR_IO (network, server, throttling),
 * ERROR_CANCELLED. */
NODISCARD bool client_read(struct client *client,
                           const struct client_call *call, json_t **reply,
                           struct error *err);
NODISCARD bool client_write(struct client_writer *writer,
                            const struct client_call *call, json_t **reply,
                            struct error *err);
/* Borrowed from the client. Ends the program when that is read-only. */
struct client_writer *client_writer(struct client *client);
struct client *client_of(struct client_writer *writer);

const struct client_failure *client_failure(const struct client *client);
bool client_failed_with(const struct client *client, const char *code);

/* ---- S3 --------------------------------------------------------------- */

struct client_object {
    const char *method; /* "GET", "PUT", "DELETE" */
    const char *bucket;
    const char *key;              /* unencoded; "" for the bucket */
    const char *query;            /* encoded and sorted; may be NULL */
    const struct strvec *headers; /* "If-None-Match: *"; may be NULL */
    const char *body;
    size_t body_size;
};

struct client_object_reply {
    int status;
    char etag[128];
    struct strbuf body;
};

/* True for 2xx. GET and HEAD only on a read-only client. An endpoint of the
 * user's is addressed by path, AWS by bucket.s3.REGION. */
NODISCARD bool client_object(struct client *client,
                             const struct client_object *object,
                             struct client_object_reply *reply,
                             struct error *err);
void client_object_reply_release(struct client_object_reply *reply);

#endif
