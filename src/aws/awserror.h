/*
 * Errors that AWS answers: code and message out of JSON, XML or headers, what
 * kind it is, and words that help.
 *
 *     struct awserror failure = { 0 };
 *     awserror_read(&failure, &response);
 *     if (failure.kind == AWSERROR_THROTTLED) ...
 *     awserror_say(&failure, "DescribeService", "App Runner", &err);
 *
 * Messages are foreign: the first line only (the rest may repeat headers that
 * were sent), no control characters, cut at a character's edge. Foreign bytes:
 * tests/fuzz/awsreply_fuzz.c.
 */
#ifndef STEPDECK_AWS_AWSERROR_H
#define STEPDECK_AWS_AWSERROR_H

#include "base/error.h"

#include <stddef.h>

struct http_response;

enum awserror_kind {
    AWSERROR_INVALID, /* refused as it stands */
    AWSERROR_NOT_FOUND,
    AWSERROR_DENIED,
    AWSERROR_EXPIRED,   /* the credentials */
    AWSERROR_SKEWED,    /* perhaps our clock */
    AWSERROR_QUOTA,     /* the account may have no more of these */
    AWSERROR_THROTTLED, /* too many requests */
    AWSERROR_TRANSIENT, /* the server's fault: again */
    AWSERROR_FOREIGN    /* no answer of AWS: a proxy's, another server's */
};

enum { AWSERROR_CODE_SIZE = 96, AWSERROR_MESSAGE_SIZE = 512 };

struct awserror {
    int status;
    char code[AWSERROR_CODE_SIZE];
    char message[AWSERROR_MESSAGE_SIZE];
    enum awserror_kind kind;
};

/* Of an answer whose status is no 2xx. */
void awserror_read(struct awserror *failure,
                   const struct http_response *response);
/* The kind of a code, of the status when there is none. */
enum awserror_kind awserror_kind(const char *code, int status);
/* Message and hint for `operation` of `service`. Always false. */
bool awserror_say(const struct awserror *failure, const char *operation,
                  const char *service, struct error *err);

#endif
