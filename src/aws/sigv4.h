/*
 * AWS Signature Version 4: the Authorization header of a request.
 *
 *     struct sigv4_request request = { .method = "POST", .url = url, ... };
 *     struct strvec headers = { 0 };       the caller's own, "Name: value"
 *     sigv4_sign(&request, &keys, &headers, &err)   adds the signing ones
 *
 * Pure: no clock, no network. The only file that uses OpenSSL's HMAC.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
#ifndef STEPDECK_AWS_SIGV4_H
#define STEPDECK_AWS_SIGV4_H

#include "base/digest.h"
#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct strbuf;
struct strvec;

/* Borrowed. `token` is NULL for keys of long standing. */
struct sigv4_keys {
    const char *access_key, *secret_key, *token;
};

struct sigv4_request {
    const char *method;
    const char *url;     /* absolute; path and query percent-encoded already */
    const char *service; /* signing name: "apprunner" */
    const char *region;
    const char *body; /* may be NULL when body_size is 0 */
    size_t body_size;
    int64_t time_ms; /* wall time, corrected for skew */
    bool is_s3;      /* path encoded once, X-Amz-Content-Sha256 sent */
};

/* Adds Host (when missing), X-Amz-Date, X-Amz-Security-Token (with a token),
 * X-Amz-Content-Sha256 (S3) and Authorization to `headers`, all of which are
 * signed but Authorization, Connection, User-Agent and Expect. ERROR_INPUT when
 * the URL is none. */
NODISCARD bool sigv4_sign(const struct sigv4_request *request,
                          const struct sigv4_keys *keys, struct strvec *headers,
                          struct error *err);

/* The signature over exactly the headers that `signed_headers`
 * ("host;x-amz-date") lists: what a server compares. `date` is X-Amz-Date;
 * `payload` the hash of the body in hexadecimal, or "UNSIGNED-PAYLOAD".
 * Writes 64 hexadecimal digits. */
NODISCARD bool sigv4_signature(const struct sigv4_request *request,
                               const char *secret_key, const char *date,
                               const char *payload, const char *signed_headers,
                               const struct strvec *headers,
                               char text[DIGEST_TEXT_SIZE], struct error *err);

/* Percent-encodes all but unreserved characters (and '/' when it is to stay),
 * as AWS wants it; to free. */
char *sigv4_encode(const char *text, bool keeps_slash);
/* Appends the text with `%41` as `A`; what is no such escape stays. */
void sigv4_decode(const char *text, size_t size, struct strbuf *out);

#endif
