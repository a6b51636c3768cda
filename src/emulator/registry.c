#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/emulator.h"
#include "emulator/fault.h"
#include "emulator/images.h"
#include "emulator/uploads.h"
#include "emulator/webtext.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * DESIGN. ECR's registry: the protocol of
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md and
 * https://distribution.github.io/distribution/spec/api/, with what is ECR's
 * own: HTTP Basic with the token of GetAuthorizationToken, no repository that
 * was not created, immutable tags, nothing is deleted here. The names of
 * repositories have slashes, so a path is cut at the last word that the
 * protocol knows ("/blobs/", "/manifests/", ...), which no handler needs to
 * look for again.
 */

static void reply_header(struct emulator_reply *reply, const char *format, ...)
    PRINTF_LIKE(2, 3);

static void reply_header(struct emulator_reply *reply, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    strvec_take(&reply->headers, mem_format_args(format, args));
    va_end(args);
}

/* {"errors": [{"code", "message"}]}; the message is ECR's. */
static void reply_error(struct emulator_reply *reply, int status,
                        const char *code, const char *message)
{
    json_t *error = json_pack("{s:[{s:s}]}", "errors", "code", code);
    char *line;

    jsonx_set_text(json_array_get(json_object_get(error, "errors"), 0),
                   "message", message);
    line = jsonx_line(error);
    reply->status = status;
    strbuf_clear(&reply->body);
    strbuf_adds(&reply->body, line);
    reply_header(reply, "Content-Type: application/json; charset=utf-8");
    free(line);
    json_decref(error);
}

static void reply_no_repository(struct emulator_reply *reply, const char *name)
{
    char *message = mem_format("The repository with name '%s' does not exist "
                               "in the registry with id '" EMULATOR_ACCOUNT "'",
                               name);

    reply_error(reply, 404, "NAME_UNKNOWN", message);
    free(message);
}

/* ---- who asks ---------------------------------------------------------- */

static bool is_admitted(struct emulator *emulator,
                        const struct emulator_request *request,
                        struct emulator_reply *reply)
{
    const char *value = emulator_header(request, "authorization");
    bool is_basic = value && strncmp(value, "Basic ", 6) == 0;
    bool is_known = false;

    if (is_basic && images_admits(emulator, value + 6, &is_known))
        return true;
    if (is_known) {
        reply_error(reply, 403, "DENIED",
                    "Your authorization token has expired. Reauthenticate and "
                    "try again.");
        return false;
    }
    reply_error(reply, 401, "UNAUTHORIZED", "Not Authorized");
    reply_header(reply,
                 "WWW-Authenticate: Basic realm=\"%s/\","
                 "service=\"ecr.amazonaws.com\"",
                 emulator->url);
    return false;
}

/* ---- blobs ------------------------------------------------------------- */

struct asked {
    struct emulator *emulator;
    const struct emulator_request *request;
    struct emulator_reply *reply;
    const char *name; /* of the repository */
    const char *rest; /* digest, tag, or upload */
    json_t *repository;
    const char *pushed; /* a tag that moved: told without the lock */
};

static void reply_digest(struct asked *asked, const char *digest)
{
    reply_header(asked->reply, "Docker-Content-Digest: %s", digest);
}

static void get_blob(struct asked *asked)
{
    const char *digest = asked->rest;

    if (!images_has_blob(asked->repository, digest)) {
        reply_error(asked->reply, 404, "BLOB_UNKNOWN",
                    "blob unknown to registry");
        return;
    }
    asked->reply->status = 200;
    asked->reply->file = blobs_path(asked->emulator, digest);
    reply_digest(asked, digest);
    reply_header(asked->reply, "Content-Type: application/octet-stream");
}

static void reply_blob_created(struct asked *asked, const char *digest)
{
    asked->reply->status = 201;
    reply_header(asked->reply, "Location: %s/v2/%s/blobs/%s",
                 asked->emulator->url, asked->name, digest);
    reply_digest(asked, digest);
}

/* A blob of another repository becomes one of this, without a transfer. */
static bool mount_blob(struct asked *asked)
{
    char *digest = webtext_parameter(asked->request->query, "mount");
    char *from = webtext_parameter(asked->request->query, "from");
    json_t *source = from ? images_repository(asked->emulator, from) : NULL;
    bool done = digest && images_has_blob(source, digest);

    if (done) {
        images_add_blob(asked->emulator, asked->repository, digest);
        reply_blob_created(asked, digest);
    }
    free(digest);
    free(from);
    return done;
}

static void reply_upload(struct asked *asked, int status, const char *id,
                         int64_t size)
{
    asked->reply->status = status;
    reply_header(asked->reply, "Location: %s/v2/%s/blobs/uploads/%s",
                 asked->emulator->url, asked->name, id);
    reply_header(asked->reply, "Docker-Upload-UUID: %s", id);
    reply_header(asked->reply, "Range: 0-%" PRId64, size > 0 ? size - 1 : 0);
}

static void reply_io(struct asked *asked, const struct error *err)
{
    reply_error(asked->reply, 500, "UNKNOWN", err->message);
}

/* The last bytes are there: they must be what the digest says. */
static void finish_upload(struct asked *asked, const char *id)
{
    char *digest = webtext_parameter(asked->request->query, "digest");
    struct error err = { 0 };

    if (!digest || !blobs_is_digest(digest))
        error_set(&err, ERROR_INPUT, "no digest");
    if (!error_is_set(&err) &&
        uploads_finish(asked->emulator, id, digest, &err)) {
        images_add_blob(asked->emulator, asked->repository, digest);
        reply_blob_created(asked, digest);
    } else if (err.code == ERROR_INPUT) {
        reply_error(asked->reply, 400, "DIGEST_INVALID",
                    "provided digest did not match uploaded content");
    } else {
        reply_io(asked, &err);
    }
    free(digest);
}

/* A chunk goes to the end; one that says it belongs elsewhere is refused with
 * the range that is there. */
static bool add_chunk(struct asked *asked, const char *id, int64_t *size)
{
    const char *range = emulator_header(asked->request, "content-range");
    struct error err = { 0 };

    *size = uploads_size(asked->emulator, id);
    if (*size < 0) {
        reply_error(asked->reply, 404, "BLOB_UPLOAD_UNKNOWN",
                    "blob upload unknown to registry");
        return false;
    }
    if (range && strtoll(range, NULL, 10) != *size) {
        reply_error(asked->reply, 416, "BLOB_UPLOAD_INVALID",
                    "blob upload invalid");
        reply_upload(asked, 416, id, *size);
        return false;
    }
    if (!uploads_append(asked->emulator, id, asked->request, &err)) {
        reply_io(asked, &err);
        return false;
    }
    *size = uploads_size(asked->emulator, id);
    return true;
}

static void start_upload(struct asked *asked)
{
    struct error err = { 0 };
    char *digest, *id;
    int64_t size;

    if (mount_blob(asked))
        return;
    id = uploads_start(asked->emulator, asked->name, &err);
    if (!id) {
        reply_io(asked, &err);
        return;
    }
    digest = webtext_parameter(asked->request->query, "digest");
    if (!digest)
        reply_upload(asked, 202, id, 0);
    else if (add_chunk(asked, id, &size)) /* all of it in one request */
        finish_upload(asked, id);
    free(digest);
    free(id);
}

static bool find_upload(struct asked *asked)
{
    if (uploads_is_of(asked->emulator, asked->rest, asked->name))
        return true;
    reply_error(asked->reply, 404, "BLOB_UPLOAD_UNKNOWN",
                "blob upload unknown to registry");
    return false;
}

static void patch_upload(struct asked *asked)
{
    int64_t size;

    if (find_upload(asked) && add_chunk(asked, asked->rest, &size))
        reply_upload(asked, 202, asked->rest, size);
}

static void put_upload(struct asked *asked)
{
    int64_t size;

    if (find_upload(asked) && add_chunk(asked, asked->rest, &size))
        finish_upload(asked, asked->rest);
}

static void get_upload(struct asked *asked)
{
    if (find_upload(asked))
        reply_upload(asked, 204, asked->rest,
                     uploads_size(asked->emulator, asked->rest));
}

static void drop_upload(struct asked *asked)
{
    if (!find_upload(asked))
        return;
    uploads_drop(asked->emulator, asked->rest);
    asked->reply->status = 204;
}

/* ---- manifests --------------------------------------------------------- */

static void get_manifest(struct asked *asked)
{
    const char *digest = images_find(asked->repository, asked->rest);
    const json_t *image = digest ? images_get(asked->repository, digest) : NULL;

    if (!image) {
        reply_error(asked->reply, 404, "MANIFEST_UNKNOWN",
                    "Requested image not found");
        return;
    }
    asked->reply->status = 200;
    asked->reply->file = blobs_path(asked->emulator, digest);
    reply_digest(asked, digest);
    reply_header(asked->reply, "Content-Type: %s",
                 jsonx_text(image, "media_type", ""));
}

/* What a refusal is in the protocol's words. */
static const struct {
    int status;
    const char *code;
} refusals[] = {
    [IMAGES_TAKEN] = { 201, "" },
    [IMAGES_NO_REPOSITORY] = { 404, "NAME_UNKNOWN" },
    [IMAGES_NO_MANIFEST] = { 400, "MANIFEST_INVALID" },
    [IMAGES_BAD_REFERENCE] = { 400, "TAG_INVALID" },
    [IMAGES_WRONG_DIGEST] = { 400, "DIGEST_INVALID" },
    [IMAGES_TAG_FIXED] = { 400, "TAG_INVALID" },
    [IMAGES_NO_LAYERS] = { 400, "MANIFEST_BLOB_UNKNOWN" },
    [IMAGES_NO_CHILDREN] = { 400, "MANIFEST_BLOB_UNKNOWN" },
    [IMAGES_NOT_STORED] = { 500, "UNKNOWN" },
};

static void put_manifest(struct asked *asked)
{
    const struct emulator_request *request = asked->request;
    struct images_manifest manifest = {
        .repository = asked->name,
        .reference = asked->rest,
        .media_type = emulator_header(request, "content-type"),
        .bytes = request->body_file ? "" : request->body,
        .size = request->body_file ? 0 : request->body_size,
    };
    struct images_answer answer;

    if (!images_put(asked->emulator, &manifest, &answer)) {
        reply_error(asked->reply, refusals[answer.refusal].status,
                    refusals[answer.refusal].code, answer.message);
        return;
    }
    asked->reply->status = 201;
    reply_header(asked->reply, "Location: %s/v2/%s/manifests/%s",
                 asked->emulator->url, asked->name, answer.digest);
    reply_digest(asked, answer.digest);
    if (answer.is_new && !blobs_is_digest(asked->rest))
        asked->pushed = asked->rest;
}

static void list_tags(struct asked *asked)
{
    json_t *answer = json_pack("{s:s, s:[]}", "name", asked->name, "tags");
    const char *tag;
    json_t *digest;
    char *line;

    json_object_foreach(json_object_get(asked->repository, "tags"), tag, digest)
        json_array_append_new(json_object_get(answer, "tags"),
                              json_string(tag));
    line = jsonx_line(answer);
    asked->reply->status = 200;
    strbuf_adds(&asked->reply->body, line);
    reply_header(asked->reply, "Content-Type: application/json");
    free(line);
    json_decref(answer);
}

/* ---- which is asked ---------------------------------------------------- */

/* The names are ours: for faults ("registry.PutManifest:error503") and for the
 * list of what was asked. */
static const struct route {
    const char *name;
    const char *method;
    const char *word; /* between the name and the rest */
    bool has_rest;
    void (*answer)(struct asked *asked);
} routes[] = {
    { "StartUpload", "POST", "/blobs/uploads/", false, start_upload },
    { "GetUpload", "GET", "/blobs/uploads/", true, get_upload },
    { "AddChunk", "PATCH", "/blobs/uploads/", true, patch_upload },
    { "FinishUpload", "PUT", "/blobs/uploads/", true, put_upload },
    { "DropUpload", "DELETE", "/blobs/uploads/", true, drop_upload },
    { "GetBlob", "GET", "/blobs/", true, get_blob },
    { "HeadBlob", "HEAD", "/blobs/", true, get_blob },
    { "GetManifest", "GET", "/manifests/", true, get_manifest },
    { "HeadManifest", "HEAD", "/manifests/", true, get_manifest },
    { "PutManifest", "PUT", "/manifests/", true, put_manifest },
    { "ListTags", "GET", "/tags/list", false, list_tags },
};

/* Where the name ends: at the last "/WORD/" in the path; NULL without one. */
static const char *find_word(const char *path, const char *word)
{
    const char *found = NULL;

    for (const char *p = strstr(path, word); p; p = strstr(p + 1, word))
        found = p;
    return found;
}

static const struct route *find_route(const char *method, const char *path,
                                      char **name, const char **rest)
{
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        const struct route *route = &routes[i];
        const char *word = find_word(path, route->word);
        const char *end = word ? word + strlen(route->word) : NULL;

        if (!word || strcmp(route->method, method) != 0 ||
            route->has_rest != (*end != '\0') || strchr(end, '/'))
            continue;
        *name = mem_bytes(path, (size_t)(word - path));
        *rest = end;
        return route;
    }
    return NULL;
}

static void answer_route(struct asked *asked, const struct route *route)
{
    const char *path = asked->request->path;

    asked->repository =
        route ? images_repository(asked->emulator, asked->name) : NULL;
    if (asked->repository)
        route->answer(asked);
    else if (route)
        reply_no_repository(asked->reply, asked->name);
    else if (strcmp(path, "/v2/") == 0 || strcmp(path, "/v2") == 0)
        asked->reply->status = 200;
    else
        reply_error(asked->reply, 405, "UNSUPPORTED",
                    "The operation is unsupported.");
}

static void carry_out(struct asked *asked, const struct route *route)
{
    struct emulator *emulator = asked->emulator;

    pthread_mutex_lock(&emulator->lock);
    if (is_admitted(emulator, asked->request, asked->reply))
        answer_route(asked, route);
    pthread_mutex_unlock(&emulator->lock);
    if (asked->pushed)
        apprunner_image_pushed(emulator, asked->name, asked->pushed);
}

void registry_answer(struct emulator *emulator,
                     const struct emulator_request *request,
                     struct emulator_reply *reply)
{
    static const char root[] = "/v2/", service[] = "registry";
    struct asked asked = { .emulator = emulator,
                           .request = request,
                           .reply = reply };
    const struct route *route = NULL;
    const char *operation = "Ping";
    struct fault_effect effect;
    char *name = NULL;

    if (strncmp(request->path, root, sizeof(root) - 1) == 0)
        route = find_route(request->method, request->path + sizeof(root) - 1,
                           &name, &asked.rest);
    if (route)
        operation = route->name;
    asked.name = name;
    reply_header(reply, "Docker-Distribution-Api-Version: registry/2.0");
    effect = fault_effect_of(emulator, service, operation);
    if (!fault_before(emulator, &effect, PROTOCOL_JSON, reply)) {
        carry_out(&asked, route);
        fault_after(&effect, reply);
    }
    emulator_record(emulator, service, operation, reply->status);
    free(name);
}
