/* S3, as far as a shared state needs it: path style, small objects, conditional
 * writes, lists. https://docs.aws.amazon.com/AmazonS3/latest/API
 * In the tree an object is {"hex": its bytes, "etag", "type", "modified"}. */
#include "base/clock.h"
#include "base/digest.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/fault.h"
#include "emulator/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAGE = 3, ETAG_DIGITS = 32, SMALL_LIMIT = 8 << 20 };

/* What is asked for. */
struct ask {
    struct emulator *emulator;
    const struct emulator_request *request;
    struct emulator_reply *reply;
    char *bucket;
    const char *key; /* "" for the bucket itself */
    json_t *query;
    json_t *objects; /* of the bucket; NULL: there is none */
};

static void fail(const struct ask *ask, int status, const char *code,
                 const char *message)
{
    struct emulator_failure failure = { 0 };

    emulator_fail(&failure, status, code, "%s", message);
    protocol_fail(PROTOCOL_S3, &failure, ask->reply);
}

static void fail_missing(const struct ask *ask)
{
    fail(ask, 404, "NoSuchKey", "The specified key does not exist.");
}

static void fail_condition(const struct ask *ask)
{
    fail(ask, 412, "PreconditionFailed",
         "At least one of the pre-conditions you specified did not hold");
}

static json_t *object_of(const struct ask *ask)
{
    return json_object_get(ask->objects, ask->key);
}

static const char *etag_of(const json_t *object)
{
    return jsonx_text(object, "etag", "");
}

/* ---- objects ----------------------------------------------------------------
 */

/* Any bytes as text. */
static char *to_hex(const char *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    char *hex = mem_new(2 * size + 1, 1);

    for (size_t i = 0; i < size; i++) {
        hex[2 * i] = digits[(unsigned char)bytes[i] >> 4];
        hex[2 * i + 1] = digits[(unsigned char)bytes[i] & 15];
    }
    return hex;
}

static void from_hex(const char *hex, struct strbuf *out)
{
    for (; hex[0] && hex[1]; hex += 2) {
        const char pair[] = { hex[0], hex[1], '\0' };

        strbuf_addc(out, (char)strtol(pair, NULL, 16));
    }
}

static void add_etag(const struct ask *ask, const json_t *object)
{
    strvec_addf(&ask->reply->headers, "ETag: %s", etag_of(object));
}

/* Whether an If-Match allows it; the header may say "*". */
static bool matches(const struct ask *ask, const json_t *object)
{
    const char *tag = emulator_header(ask->request, "if-match");

    return !tag || !strcmp(tag, "*") || !strcmp(tag, etag_of(object));
}

/* https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
static void put_object(struct ask *ask)
{
    const struct emulator_request *request = ask->request;
    const char *none = emulator_header(request, "if-none-match");
    const char *type = emulator_header(request, "content-type");
    json_t *old = object_of(ask);
    char digest[DIGEST_TEXT_SIZE];
    json_t *object;

    if (request->body_file || request->body_size > SMALL_LIMIT) {
        fail(ask, 400, "EntityTooLarge", "Objects here are small.");
        return;
    }
    if (!old && emulator_header(request, "if-match")) {
        fail_missing(ask);
        return;
    }
    if (old && (none || !matches(ask, old))) {
        fail_condition(ask);
        return;
    }
    digest_bytes(request->body, request->body_size, digest);
    char *etag = mem_format("\"%.*s\"", ETAG_DIGITS, digest);
    char *hex = to_hex(request->body, request->body_size);
    object = json_object();
    jsonx_set_text(object, "hex", hex);
    jsonx_set_text(object, "etag", etag);
    jsonx_set_text(object, "type", type ? type : "binary/octet-stream");
    json_object_set_new(object, "modified", json_real(emulator_now()));
    json_object_set_new(ask->objects, ask->key, object);
    add_etag(ask, object);
    free(hex);
    free(etag);
}

static void get_object(struct ask *ask)
{
    const json_t *object = object_of(ask);
    double modified = json_number_value(json_object_get(object, "modified"));
    time_t seconds = (time_t)modified;
    struct tm parts;
    char date[64];

    if (!object) {
        fail_missing(ask);
        return;
    }
    if (!matches(ask, object)) {
        fail_condition(ask);
        return;
    }
    gmtime_r(&seconds, &parts);
    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    add_etag(ask, object);
    strvec_addf(&ask->reply->headers, "Last-Modified: %s", date);
    strvec_addf(&ask->reply->headers, "Content-Type: %s",
                jsonx_text(object, "type", ""));
    from_hex(jsonx_text(object, "hex", ""), &ask->reply->body);
}

/* What is not there is deleted already, whatever the condition. */
static void delete_object(struct ask *ask)
{
    const json_t *object = object_of(ask);

    if (object && !matches(ask, object)) {
        fail_condition(ask);
        return;
    }
    json_object_del(ask->objects, ask->key);
    ask->reply->status = 204;
}

/* ---- buckets
 * -------------------------------------------------------------------- */

static void begin_xml(const struct ask *ask, const char *name)
{
    strvec_add(&ask->reply->headers, "Content-Type: application/xml");
    strbuf_addf(&ask->reply->body,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                "<%s xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">",
                name);
}

static void add_element(struct strbuf *out, const char *name, const char *text)
{
    strbuf_addf(out, "<%s>", name);
    protocol_write_text(text, out);
    strbuf_addf(out, "</%s>", name);
}

static void list_buckets(struct ask *ask)
{
    json_t *buckets = emulator_part(ask->emulator, "buckets");
    struct strbuf *out = &ask->reply->body;
    const char *name;
    json_t *objects;

    begin_xml(ask, "ListAllMyBucketsResult");
    strbuf_adds(out, "<Buckets>");
    json_object_foreach(buckets, name, objects)
    {
        strbuf_adds(out, "<Bucket>");
        add_element(out, "Name", name);
        strbuf_adds(out, "<CreationDate>2026-01-01T00:00:00.000Z"
                         "</CreationDate></Bucket>");
    }
    strbuf_adds(out, "</Buckets></ListAllMyBucketsResult>");
}

static void create_bucket(struct ask *ask)
{
    if (!ask->objects)
        json_object_set_new(emulator_part(ask->emulator, "buckets"),
                            ask->bucket, json_object());
    strvec_addf(&ask->reply->headers, "Location: /%s", ask->bucket);
}

static void delete_bucket(struct ask *ask)
{
    if (json_object_size(ask->objects)) {
        fail(ask, 409, "BucketNotEmpty",
             "The bucket you tried to delete is not empty");
        return;
    }
    json_object_del(emulator_part(ask->emulator, "buckets"), ask->bucket);
    ask->reply->status = 204;
}

static void head_bucket(struct ask *ask)
{
    strvec_add(&ask->reply->headers, "x-amz-bucket-region: " EMULATOR_REGION);
}

static void get_location(struct ask *ask)
{
    begin_xml(ask, "LocationConstraint");
    strbuf_adds(&ask->reply->body, "</LocationConstraint>");
}

static void write_entry(struct strbuf *out, const char *key,
                        const json_t *object)
{
    double modified = json_number_value(json_object_get(object, "modified"));
    char time[CLOCK_TEXT_SIZE];

    strbuf_adds(out, "<Contents>");
    add_element(out, "Key", key);
    add_element(out, "LastModified",
                clock_format_millis((int64_t)(modified * 1000), time));
    add_element(out, "ETag", etag_of(object));
    strbuf_addf(out, "<Size>%zu</Size><StorageClass>STANDARD</StorageClass>",
                strlen(jsonx_text(object, "hex", "")) / 2);
    strbuf_adds(out, "</Contents>");
}

static void sorted_keys(const struct ask *ask, struct strvec *keys)
{
    const char *prefix = jsonx_text(ask->query, "prefix", "");
    const char *after = jsonx_text(ask->query, "continuation-token",
                                   jsonx_text(ask->query, "start-after", ""));
    const char *key;
    json_t *object;

    json_object_foreach(ask->objects, key,
                        object) if (!strncmp(key, prefix, strlen(prefix)) &&
                                    strcmp(key, after) > 0)
        strvec_add(keys, key);
    strvec_sort(keys);
}

/* The token is the last key. Pages are short, so that they are read on. */
static void list_objects(struct ask *ask)
{
    const char *said = jsonx_text(ask->query, "max-keys", "");
    size_t most = strtoull(said, NULL, 10);
    struct strbuf *out = &ask->reply->body;
    struct strvec keys = { 0 };
    size_t size;

    sorted_keys(ask, &keys);
    size = most && most < PAGE ? (size_t)most : PAGE;
    size = keys.count < size ? keys.count : size;
    begin_xml(ask, "ListBucketResult");
    add_element(out, "Name", ask->bucket);
    add_element(out, "Prefix", jsonx_text(ask->query, "prefix", ""));
    strbuf_addf(out, "<KeyCount>%zu</KeyCount><MaxKeys>1000</MaxKeys>", size);
    add_element(out, "IsTruncated", size < keys.count ? "true" : "false");
    if (size && size < keys.count)
        add_element(out, "NextContinuationToken", keys.items[size - 1]);
    for (size_t i = 0; i < size; i++)
        write_entry(out, keys.items[i],
                    json_object_get(ask->objects, keys.items[i]));
    strbuf_adds(out, "</ListBucketResult>");
    strvec_release(&keys);
}

/* ---- dispatch
 * --------------------------------------------------------------------- */

static const struct operation {
    const char *method;
    const char *parameter; /* that the query must have; NULL */
    enum { ALL_BUCKETS, BUCKET, OBJECT } of;
    const char *name;
    void (*answer)(struct ask *ask);
} operations[] = {
    { "PUT", NULL, OBJECT, "PutObject", put_object },
    { "GET", NULL, OBJECT, "GetObject", get_object },
    { "HEAD", NULL, OBJECT, "HeadObject", get_object },
    { "DELETE", NULL, OBJECT, "DeleteObject", delete_object },
    { "GET", "location", BUCKET, "GetBucketLocation", get_location },
    { "GET", NULL, BUCKET, "ListObjectsV2", list_objects },
    { "PUT", NULL, BUCKET, "CreateBucket", create_bucket },
    { "HEAD", NULL, BUCKET, "HeadBucket", head_bucket },
    { "DELETE", NULL, BUCKET, "DeleteBucket", delete_bucket },
    { "GET", NULL, ALL_BUCKETS, "ListBuckets", list_buckets },
};

static const struct operation *find_operation(const struct ask *ask)
{
    int of = *ask->key ? OBJECT : *ask->bucket ? BUCKET : ALL_BUCKETS;

    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        const struct operation *operation = &operations[i];

        if ((int)operation->of == of &&
            !strcmp(operation->method, ask->request->method) &&
            (!operation->parameter ||
             json_object_get(ask->query, operation->parameter)))
            return operation;
    }
    return NULL;
}

static void carry_out(struct ask *ask, const struct operation *operation)
{
    struct emulator *emulator = ask->emulator;

    pthread_mutex_lock(&emulator->lock);
    ask->objects =
        json_object_get(emulator_part(emulator, "buckets"), ask->bucket);
    if (!ask->objects && *ask->bucket && operation->answer != create_bucket)
        fail(ask, 404, "NoSuchBucket", "The specified bucket does not exist");
    else
        operation->answer(ask);
    pthread_mutex_unlock(&emulator->lock);
}

static void check_and_carry_out(struct ask *ask,
                                const struct operation *operation)
{
    struct emulator_failure failure = { 0 };
    struct fault_effect effect;

    if (!verify_request(ask->emulator, ask->request, PROTOCOL_S3,
                        clock_wall(clock_system()), &failure)) {
        protocol_fail(PROTOCOL_S3, &failure, ask->reply);
        return;
    }
    if (!operation) {
        fail(ask, 501, "NotImplemented", "This emulator does not know that.");
        return;
    }
    effect = fault_effect_of(ask->emulator, "s3", operation->name);
    if (fault_before(ask->emulator, &effect, PROTOCOL_S3, ask->reply))
        return;
    carry_out(ask, operation);
    fault_after(&effect, ask->reply);
}

void bucket_answer(struct emulator *emulator,
                   const struct emulator_request *request,
                   struct emulator_reply *reply)
{
    const char *path = request->path + strspn(request->path, "/");
    size_t size = strcspn(path, "/");
    struct ask ask = {
        .emulator = emulator,
        .request = request,
        .reply = reply,
        .bucket = mem_bytes(path, size),
        .key = path[size] ? path + size + 1 : "",
        .query = protocol_read_query(request->query, strlen(request->query)),
    };
    const struct operation *operation = find_operation(&ask);

    check_and_carry_out(&ask, operation);
    emulator_record(emulator, "s3", operation ? operation->name : "unknown",
                    reply->status);
    json_decref(ask.query);
    free(ask.bucket);
}
