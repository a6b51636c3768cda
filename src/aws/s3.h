/* S3: small objects with conditions, as a shared state needs them.
 * https://docs.aws.amazon.com/AmazonS3/latest/API */
#ifndef STEPDECK_AWS_S3_H
#define STEPDECK_AWS_S3_H

#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"

struct client;
struct client_writer;

enum { S3_ETAG_SIZE = 128 };

/* Appends the object; ERROR_NOT_FOUND. */
NODISCARD bool s3_get(struct client *client, const char *bucket,
                      const char *key, struct strbuf *body,
                      char etag[S3_ETAG_SIZE], struct error *err);

enum s3_condition {
    S3_ANYWAY,
    S3_IF_ABSENT,   /* If-None-Match: * */
    S3_IF_UNCHANGED /* If-Match: etag */
};
/* ERROR_LOCKED: the condition does not hold. `etag` goes in for S3_IF_UNCHANGED
 * and comes out. A conflict (409) is tried again at once, 5 times. Where the
 * answer was lost and there was a condition, the object is read: when it is
 * what was to be written, that is success. */
NODISCARD bool s3_put(struct client_writer *writer, const char *bucket,
                      const char *key, const void *bytes, size_t size,
                      enum s3_condition condition, char etag[S3_ETAG_SIZE],
                      struct error *err);
/* `etag` NULL: whatever it is. One that is not there is fine. */
NODISCARD bool s3_delete(struct client_writer *writer, const char *bucket,
                         const char *key, const char *etag, struct error *err);
/* The keys below a prefix, every page. */
NODISCARD bool s3_list(struct client *client, const char *bucket,
                       const char *prefix, struct strvec *keys,
                       struct error *err);

#endif
