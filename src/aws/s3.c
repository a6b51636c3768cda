#include "aws/s3.h"

#include "aws/client.h"
#include "aws/sigv4.h"
#include "aws/xml.h"
#include "base/jsonx.h"
#include "base/mem.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 * A conflict (409) means that somebody wrote at the same moment: asked again,
 * the condition decides. */
enum { CONFLICT_ATTEMPTS = 5, PAGE_LIMIT = 1000 };

static bool is_missing(const struct client *client,
                       const struct client_object_reply *reply)
{
    return reply->status == 404 && !client_failed_with(client, "NoSuchBucket");
}

static bool no_object(const char *bucket, const char *key, struct error *err)
{
    error_clear(err);
    return error_set(err, ERROR_NOT_FOUND, "no object '%s' in the bucket '%s'",
                     key, bucket);
}

static void copy_etag(char etag[S3_ETAG_SIZE],
                      const struct client_object_reply *reply)
{
    snprintf(etag, S3_ETAG_SIZE, "%s", reply->etag);
}

bool s3_get(struct client *client, const char *bucket, const char *key,
            struct strbuf *body, char etag[S3_ETAG_SIZE], struct error *err)
{
    struct client_object object = { .method = "GET",
                                    .bucket = bucket,
                                    .key = key };
    struct client_object_reply reply = { 0 };
    bool ok = client_object(client, &object, &reply, err);

    if (ok) {
        strbuf_add(body, strbuf_text(&reply.body), reply.body.len);
        copy_etag(etag, &reply);
    } else if (is_missing(client, &reply)) {
        no_object(bucket, key, err);
    }
    client_object_reply_release(&reply);
    return ok;
}

/* Whether the object is what was to be written: then the request had been
 * carried out, and only its answer was lost. */
static bool is_ours(struct client *client, const struct client_object *object,
                    char etag[S3_ETAG_SIZE])
{
    struct strbuf body = { 0 };
    char found[S3_ETAG_SIZE];
    bool ours =
        s3_get(client, object->bucket, object->key, &body, found, NULL) &&
        body.len == object->body_size &&
        (!body.len || memcmp(body.data, object->body, body.len) == 0);

    if (ours)
        memcpy(etag, found, sizeof(found));
    strbuf_release(&body);
    return ours;
}

/* Sends a change, again after a conflict; `reply` is that of the last try. */
static bool change(struct client *client, const struct client_object *object,
                   struct client_object_reply *reply, struct error *err)
{
    for (int attempt = 1;; attempt++) {
        struct error reason = { 0 };

        *reply = (struct client_object_reply){ 0 };
        if (client_object(client, object, reply, &reason))
            return true;
        if (reply->status != 409 || attempt == CONFLICT_ATTEMPTS) {
            if (err)
                *err = reason;
            return false;
        }
        client_object_reply_release(reply);
    }
}

static bool is_refused(const struct client_object_reply *reply)
{
    return reply->status == 412 || reply->status == 409;
}

static bool was_changed(const struct client_object *object, struct error *err)
{
    error_clear(err);
    return error_set(err, ERROR_LOCKED,
                     "'%s' in the bucket '%s' was changed by somebody else",
                     object->key, object->bucket);
}

bool s3_put(struct client_writer *writer, const char *bucket, const char *key,
            const void *bytes, size_t size, enum s3_condition condition,
            char etag[S3_ETAG_SIZE], struct error *err)
{
    struct client *client = client_of(writer);
    struct strvec headers = { 0 };
    struct client_object object = { .method = "PUT",
                                    .bucket = bucket,
                                    .key = key,
                                    .headers = &headers,
                                    .body = bytes,
                                    .body_size = size };
    struct client_object_reply reply;
    bool ok;

    strvec_add(&headers, "Content-Type: application/octet-stream");
    if (condition == S3_IF_ABSENT)
        strvec_add(&headers, "If-None-Match: *");
    if (condition == S3_IF_UNCHANGED)
        strvec_addf(&headers, "If-Match: %s", etag);
    ok = change(client, &object, &reply, err);
    if (ok) {
        copy_etag(etag, &reply);
    } else if (client_failure(client)->is_ambiguous) {
        ok = condition != S3_ANYWAY && is_ours(client, &object, etag);
        if (ok)
            error_clear(err);
    } else if (is_refused(&reply) ||
               (condition == S3_IF_UNCHANGED && is_missing(client, &reply))) {
        was_changed(&object, err);
    }
    client_object_reply_release(&reply);
    strvec_release(&headers);
    return ok;
}

bool s3_delete(struct client_writer *writer, const char *bucket,
               const char *key, const char *etag, struct error *err)
{
    struct client *client = client_of(writer);
    struct strvec headers = { 0 };
    struct client_object object = {
        .method = "DELETE", .bucket = bucket, .key = key, .headers = &headers
    };
    struct client_object_reply reply;
    bool ok;

    if (etag)
        strvec_addf(&headers, "If-Match: %s", etag);
    ok = change(client, &object, &reply, err);
    if (!ok && is_missing(client, &reply)) {
        error_clear(err);
        ok = true;
    } else if (!ok && is_refused(&reply)) {
        was_changed(&object, err);
    }
    client_object_reply_release(&reply);
    strvec_release(&headers);
    return ok;
}

/* ---- the list --------------------------------------------------------- */

static bool refuse_list(const char *bucket, struct error *err)
{
    return error_set(err, ERROR_IO, "unreadable list of the bucket '%s'",
                     bucket);
}

static bool take_key(const json_t *item, struct strvec *keys)
{
    const char *key = jsonx_text(item, "Key", NULL);

    if (key)
        strvec_add(keys, key);
    return key != NULL;
}

/* Adds the keys of a page; a single one is no array in XML. `*token` gets what
 * the next page begins with, NULL at the end. */
static bool take_keys(const struct strbuf *body, const char *bucket,
                      struct strvec *keys, char **token, struct error *err)
{
    json_t *page = xml_parse(strbuf_text(body), body->len, NULL, NULL);
    const json_t *contents = json_object_get(page, "Contents");
    bool has_more = strcmp(jsonx_text(page, "IsTruncated", ""), "true") == 0;
    bool ok = json_is_object(page) && !json_is_string(contents);

    *token = NULL;
    if (json_is_object(contents))
        ok = take_key(contents, keys);
    for (size_t i = 0; i < json_array_size(contents) && ok; i++)
        ok = take_key(json_array_get(contents, i), keys);
    if (has_more)
        *token = mem_text(jsonx_text(page, "NextContinuationToken", NULL));
    ok = ok && (!has_more || *token);
    json_decref(page);
    return ok || refuse_list(bucket, err);
}

/* https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html; the
 * names in their order, as the signature wants them. */
static char *list_query(const char *prefix, const char *token)
{
    char *encoded = sigv4_encode(prefix, false);
    char *continuation = sigv4_encode(token ? token : "", false);
    char *query = mem_format("%s%s%slist-type=2&prefix=%s",
                             token ? "continuation-token=" : "", continuation,
                             token ? "&" : "", encoded);

    free(encoded);
    free(continuation);
    return query;
}

static bool list_page(struct client *client, const char *bucket,
                      const char *prefix, struct strvec *keys, char **token,
                      struct error *err)
{
    char *query = list_query(prefix, *token), *next = NULL;
    struct client_object object = {
        .method = "GET", .bucket = bucket, .key = "", .query = query
    };
    struct client_object_reply reply = { 0 };
    bool ok = client_object(client, &object, &reply, err) &&
              take_keys(&reply.body, bucket, keys, &next, err);

    if (ok && next && *token && strcmp(next, *token) == 0)
        ok = error_set(err, ERROR_IO,
                       "endless list of the bucket '%s': the same page comes "
                       "again",
                       bucket);
    free(query);
    free(*token);
    *token = next;
    client_object_reply_release(&reply);
    return ok;
}

bool s3_list(struct client *client, const char *bucket, const char *prefix,
             struct strvec *keys, struct error *err)
{
    char *token = NULL;
    bool ok = true;
    int page = 0;

    do {
        ok = page++ < PAGE_LIMIT
                 ? list_page(client, bucket, prefix, keys, &token, err)
                 : error_set(err, ERROR_IO,
                             "endless list of the bucket '%s': more than %d "
                             "pages",
                             bucket, PAGE_LIMIT);
    } while (ok && token);
    free(token);
    return ok;
}
