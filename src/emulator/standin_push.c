#include "base/base64.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "emulator/emulator.h"
#include "emulator/fault.h"
#include "emulator/images.h"
#include "emulator/standin.h"
#include "emulator/webtext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Pushing is moving within the store: the registry is the same program. What
 * the client sees is what dockerd tells (20.10, by its graph driver):
 * https://github.com/moby/moby/blob/v20.10.24/distribution/push_v2.go
 */

enum { PIECES = 8, AUTH_LIMIT = 64 << 10, BRIEF = 12 };

static const char manifest_type[] =
    "application/vnd.oci.image.manifest.v1+json";

/* ---- who pushes -------------------------------------------------------- */

/* base64, the URL's alphabet or the other, padded or not (RFC 4648); false when
 * it is none. */
static bool decode(const char *text, struct strbuf *out)
{
    struct strbuf plain = { 0 };
    bool ok;

    for (; *text && *text != '='; text++)
        strbuf_addc(&plain, *text == '-' ? '+' : *text == '_' ? '/' : *text);
    while (plain.len % 4)
        strbuf_addc(&plain, '=');
    ok = base64_decode(strbuf_text(&plain), plain.len, out);
    strbuf_release(&plain);
    return ok;
}

/* Whether user and password are a token of ours; takes the lock. */
static bool admits(struct emulator *emulator, const json_t *login,
                   bool *is_known)
{
    struct strbuf plain = { 0 }, token = { 0 };
    bool is_admitted;

    strbuf_addf(&plain, "%s:%s", jsonx_text(login, "username", ""),
                jsonx_text(login, "password", ""));
    base64_encode(plain.data, plain.len, &token);
    pthread_mutex_lock(&emulator->lock);
    is_admitted = images_admits(emulator, strbuf_text(&token), is_known);
    pthread_mutex_unlock(&emulator->lock);
    strbuf_release(&plain);
    strbuf_release(&token);
    return is_admitted;
}

/* The registry's word against the push, NULL when there is none. */
static const char *objection(const struct standin_call *call, const char *auth)
{
    struct strbuf text = { 0 };
    json_t *login = NULL;
    bool is_known = false, is_admitted;

    if (strlen(auth) < AUTH_LIMIT && decode(auth, &text))
        login = jsonx_parse_object(strbuf_text(&text), text.len, NULL);
    is_admitted = admits(call->emulator, login, &is_known);
    json_decref(login);
    strbuf_release(&text);
    if (is_admitted)
        return NULL;
    return is_known ? "denied: Your authorization token has expired. "
                      "Reauthenticate and try again."
                    : "no basic auth credentials";
}

void standin_login(struct standin_call *call)
{
    json_t *login = jsonx_parse_object(call->body, call->body_size, NULL);
    bool is_known = false;

    if (admits(call->emulator, login, &is_known))
        standin_reply(call, 200,
                      json_pack("{s:s, s:s}", "IdentityToken", "", "Status",
                                "Login Succeeded"));
    else
        standin_fail(call, 401,
                     "login attempt to %s/v2/ failed with status: 401 "
                     "Unauthorized",
                     call->emulator->url);
    json_decref(login);
}

/* ---- one tag ----------------------------------------------------------- */

struct push {
    struct standin_call *call;
    const char *repository; /* without the host */
    const char *tag;
    const char *id;
    char layer[BLOBS_DIGEST_SIZE]; /* "" for none */
    int64_t layer_size;
};

static void say_layer(struct push *push, const char *status, int64_t current)
{
    char brief[BRIEF + 1];
    json_t *record, *detail = json_object();

    snprintf(brief, sizeof(brief), "%.12s", push->layer + strlen("sha256:"));
    if (current >= 0) {
        jsonx_set_int(detail, "current", current);
        jsonx_set_int(detail, "total", push->layer_size);
    }
    record = json_pack("{s:s, s:o, s:s}", "status", status, "progressDetail",
                       detail, "id", brief);
    standin_say(push->call, record);
}

/* As much of a phase's time as a layer takes, so that it can be seen. */
static void say_progress(struct push *push)
{
    int64_t pace = push->call->emulator->pace_ms / PIECES;

    for (int64_t i = 1; i <= PIECES; i++) {
        say_layer(push, "Pushing", push->layer_size * i / PIECES);
        if (pace > 0 && !clock_wait(clock_system(), pace, NULL))
            return;
    }
}

/* https://github.com/opencontainers/image-spec/blob/main/manifest.md */
static char *make_manifest(struct emulator *emulator, const struct push *push)
{
    json_t *manifest = json_pack(
        "{s:i, s:s, s:{s:s, s:s, s:I}, s:[]}", "schemaVersion", 2, "mediaType",
        manifest_type, "config", "mediaType",
        "application/vnd.oci.image.config.v1+json", "digest", push->id, "size",
        (json_int_t)blobs_size(emulator, push->id), "layers");
    char *text;

    if (push->layer[0])
        json_array_append_new(
            json_object_get(manifest, "layers"),
            json_pack("{s:s, s:s, s:I}", "mediaType",
                      "application/vnd.oci.image.layer.v1.tar", "digest",
                      push->layer, "size", (json_int_t)push->layer_size));
    text = jsonx_line(manifest);
    json_decref(manifest);
    return text;
}

/* What docker makes of the registry's codes. */
static const char *const prefixes[] = {
    [IMAGES_TAKEN] = "",
    [IMAGES_NO_REPOSITORY] = "name unknown",
    [IMAGES_NO_MANIFEST] = "manifest invalid",
    [IMAGES_BAD_REFERENCE] = "tag invalid",
    [IMAGES_WRONG_DIGEST] = "digest invalid",
    [IMAGES_TAG_FIXED] = "tag invalid",
    [IMAGES_NO_LAYERS] = "manifest blob unknown",
    [IMAGES_NO_CHILDREN] = "manifest blob unknown",
    [IMAGES_NOT_STORED] = "unknown",
};

/* With the lock. False with the refusal in `answer`. */
static bool put(struct push *push, size_t *size, struct images_answer *answer)
{
    struct emulator *emulator = push->call->emulator;
    json_t *repository = images_repository(emulator, push->repository);
    struct images_manifest manifest = { .repository = push->repository,
                                        .reference = push->tag,
                                        .media_type = manifest_type };
    char *text = make_manifest(emulator, push);
    bool done;

    if (repository && push->layer[0])
        images_add_blob(emulator, repository, push->layer);
    if (repository)
        images_add_blob(emulator, repository, push->id);
    manifest.bytes = text;
    manifest.size = *size = strlen(text);
    done = images_put(emulator, &manifest, answer);
    free(text);
    return done;
}

static void say_done(struct push *push, const struct images_answer *answer,
                     size_t size)
{
    char *status =
        mem_format("%s: digest: %s size: %zu", push->tag, answer->digest, size);

    standin_say(push->call, json_pack("{s:s}", "status", status));
    standin_say(push->call,
                json_pack("{s:{}, s:{s:s, s:s, s:I}}", "progressDetail", "aux",
                          "Tag", push->tag, "Digest", answer->digest, "Size",
                          (json_int_t)size));
    free(status);
}

/* What is known of the image and the repository before bytes would flow. False
 * when there is no such repository. */
static bool look_up(struct push *push, bool *has_layer)
{
    struct emulator *emulator = push->call->emulator;
    const json_t *image, *repository;
    bool is_there;

    pthread_mutex_lock(&emulator->lock);
    image = json_object_get(standin_images(emulator), push->id);
    snprintf(push->layer, sizeof(push->layer), "%s",
             jsonx_text(image, "layer", ""));
    push->layer_size = jsonx_int(image, "layer_size", 0);
    repository = images_repository(emulator, push->repository);
    is_there = repository;
    *has_layer = images_has_blob(repository, push->layer);
    pthread_mutex_unlock(&emulator->lock);
    return is_there;
}

/* The registry's faults concern this way into it as well; dockerd has these
 * words for them. */
static bool fails_on_request(struct push *push)
{
    struct emulator *emulator = push->call->emulator;
    struct fault_effect effect =
        fault_effect_of(emulator, "registry", "PutManifest");
    struct emulator_reply reply = { 0 };
    bool fails = fault_before(emulator, &effect, PROTOCOL_JSON, &reply);

    if (fails && reply.status)
        standin_say_error(push->call, "received unexpected HTTP status: %d",
                          reply.status);
    else if (fails)
        standin_say_error(push->call, "Put \"%s/v2/%s/manifests/%s\": EOF",
                          emulator->url, push->repository, push->tag);
    emulator_record(emulator, "registry", "PutManifest",
                    fails ? reply.status : 201);
    strvec_release(&reply.headers);
    strbuf_release(&reply.body);
    return fails;
}

static bool push_tag(struct push *push)
{
    struct emulator *emulator = push->call->emulator;
    struct images_answer answer;
    bool has_layer, done;
    size_t size;

    if (!look_up(push, &has_layer)) {
        standin_say_error(push->call,
                          "name unknown: The repository with name '%s' does "
                          "not exist in the registry with id "
                          "'" EMULATOR_ACCOUNT "'",
                          push->repository);
        return false;
    }
    if (push->layer[0]) {
        say_layer(push, "Preparing", -1);
        if (!has_layer)
            say_progress(push);
        say_layer(push, has_layer ? "Layer already exists" : "Pushed", -1);
    }
    if (fails_on_request(push))
        return false;
    pthread_mutex_lock(&emulator->lock);
    done = put(push, &size, &answer);
    pthread_mutex_unlock(&emulator->lock);
    if (!done) {
        standin_say_error(push->call, "%s: %s", prefixes[answer.refusal],
                          answer.message);
        return false;
    }
    say_done(push, &answer, size);
    if (answer.is_new)
        apprunner_image_pushed(emulator, push->repository, push->tag);
    return true;
}

/* ---- the call ---------------------------------------------------------- */

/* "TAG ID" of each tag of the repository, or of the one that is asked for. */
static void list_tags(struct standin_call *call, const char *tag,
                      struct strvec *out)
{
    const size_t size = strlen(call->name);
    const char *name;
    json_t *id;

    pthread_mutex_lock(&call->emulator->lock);
    json_object_foreach(standin_names(call->emulator), name, id)
    {
        const char *own = name + size + 1;

        if (strncmp(name, call->name, size) != 0 || name[size] != ':' ||
            (tag && strcmp(own, tag) != 0))
            continue;
        strvec_add(out, own);
        strvec_add(out, json_string_value(id));
    }
    pthread_mutex_unlock(&call->emulator->lock);
}

static void push_all(struct standin_call *call, const char *repository,
                     const struct strvec *tags)
{
    for (size_t i = 0; i + 1 < tags->count; i += 2) {
        struct push push = { .call = call,
                             .repository = repository,
                             .tag = tags->items[i],
                             .id = tags->items[i + 1] };

        if (!push_tag(&push))
            return;
    }
}

void standin_push(struct standin_call *call)
{
    const char *auth = standin_header(call, "x-registry-auth");
    const size_t host = strlen(call->emulator->host);
    char *tag = webtext_parameter(call->query, "tag"), *line;
    const char *against;
    struct strvec tags = { 0 };

    if (!auth) {
        standin_fail(call, 400,
                     "Bad parameters and missing X-Registry-Auth: EOF");
        free(tag);
        return;
    }
    list_tags(call, tag && *tag ? tag : NULL, &tags);
    line = mem_format("The push refers to repository [%s]", call->name);
    standin_begin(call);
    standin_say(call, json_pack("{s:s}", "status", line));
    if (tags.count == 0)
        standin_say_error(call,
                          "An image does not exist locally with the tag: %s",
                          call->name);
    else if (strncmp(call->name, call->emulator->host, host) != 0 ||
             call->name[host] != '/')
        standin_say_error(call,
                          "the stand-in for Docker pushes to '%s' only: a real "
                          "Docker is needed",
                          call->emulator->host);
    else if ((against = objection(call, auth)))
        standin_say_error(call, "%s", against);
    else
        push_all(call, call->name + host + 1, &tags);
    strvec_release(&tags);
    free(line);
    free(tag);
}
