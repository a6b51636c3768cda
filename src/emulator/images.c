#include "emulator/images.h"

#include "base/base64.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/emulator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html:
 * imageManifest has at most 4 MiB. */
enum { MANIFEST_LIMIT = 4 << 20, TAG_LIMIT = 128, NAME_LIMIT = 256 };

json_t *images_repository(struct emulator *emulator, const char *name)
{
    return json_object_get(emulator_part(emulator, "repositories"), name);
}

json_t *images_new_repository(struct emulator *emulator, const char *name)
{
    json_t *repository =
        json_pack("{s:f, s:s, s:[], s:[], s:{}, s:{}, s:{}}", "created",
                  emulator_now(), "mutability", "MUTABLE", "filters",
                  "resource_tags", "blobs", "tags", "images");

    json_object_set_new(emulator_part(emulator, "repositories"), name,
                        repository);
    return repository;
}

/* (?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
 */
bool images_is_name(const char *text)
{
    const size_t size = strlen(text);
    bool after_letter = false;

    if (size < 2 || size > NAME_LIMIT)
        return false;
    for (const char *p = text; *p; p++) {
        bool is_letter = strchr("abcdefghijklmnopqrstuvwxyz0123456789", *p);

        if (!is_letter && (!after_letter || !strchr("._-/", *p)))
            return false;
        after_letter = is_letter;
    }
    return after_letter;
}

static bool is_tag(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789_.-";
    const size_t size = strlen(text);

    return size > 0 && size <= TAG_LIMIT && text[0] != '.' && text[0] != '-' &&
           strspn(text, letters) == size;
}

const char *images_find(const json_t *repository, const char *reference)
{
    const json_t *tags = json_object_get(repository, "tags");
    const json_t *images = json_object_get(repository, "images");
    const char *digest = jsonx_text(tags, reference, NULL);
    void *place;

    if (digest)
        return digest;
    place =
        json_object_iter_at(json_object_get(repository, "images"), reference);
    return images && place ? json_object_iter_key(place) : NULL;
}

const json_t *images_get(const json_t *repository, const char *digest)
{
    return json_object_get(json_object_get(repository, "images"), digest);
}

/* `*` stands for any characters; nothing else is special.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
 */
static bool matches(const char *filter, const char *tag)
{
    const char *star = NULL, *retry = NULL;

    while (*tag) {
        if (*filter == '*') {
            star = filter++;
            retry = tag;
        } else if (*filter == *tag) {
            filter++;
            tag++;
        } else if (star) {
            filter = star + 1;
            tag = ++retry;
        } else {
            return false;
        }
    }
    while (*filter == '*')
        filter++;
    return *filter == '\0';
}

/* Whether the tag exists and may not be moved. */
static bool is_tag_fixed(const json_t *repository, const char *tag)
{
    const char *mutability = jsonx_text(repository, "mutability", "MUTABLE");
    bool is_fixed = strncmp(mutability, "IMMUTABLE", 9) == 0;
    const json_t *filter;
    size_t i;

    if (!jsonx_text(json_object_get(repository, "tags"), tag, NULL))
        return false;
    json_array_foreach(json_object_get(repository, "filters"), i, filter)
    {
        if (matches(jsonx_text(filter, "filter", ""), tag))
            return !is_fixed;
    }
    return is_fixed;
}

static bool lists(const json_t *image, const char *digest)
{
    const json_t *child;
    size_t i;

    json_array_foreach(json_object_get(image, "children"), i, child)
    {
        if (strcmp(json_string_value(child), digest) == 0)
            return true;
    }
    return false;
}

const char *images_listed_by(const json_t *repository, const char *digest)
{
    const char *parent;
    json_t *image;

    json_object_foreach(json_object_get(repository, "images"), parent, image)
    {
        if (lists(image, digest))
            return parent;
    }
    return NULL;
}

void images_add_blob(struct emulator *emulator, json_t *repository,
                     const char *digest)
{
    jsonx_set_int(json_object_get(repository, "blobs"), digest,
                  blobs_size(emulator, digest));
}

bool images_has_blob(const json_t *repository, const char *digest)
{
    return json_object_get(json_object_get(repository, "blobs"), digest);
}

/* ---- taking a manifest ------------------------------------------------- */

/* https://github.com/opencontainers/image-spec/blob/main/media-types.md and
 * https://distribution.github.io/distribution/spec/manifest-v2-2/ */
static const struct kind {
    const char *media_type;
    bool is_index;
} kinds[] = {
    { "application/vnd.docker.distribution.manifest.v2+json", false },
    { "application/vnd.oci.image.manifest.v1+json", false },
    { "application/vnd.docker.distribution.manifest.list.v2+json", true },
    { "application/vnd.oci.image.index.v1+json", true },
};

static const struct kind *find_kind(const char *media_type)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].media_type, media_type) == 0)
            return &kinds[i];
    }
    return NULL;
}

static bool refuse(struct images_answer *answer, enum images_refusal refusal,
                   const char *format, ...) PRINTF_LIKE(3, 4);

static bool refuse(struct images_answer *answer, enum images_refusal refusal,
                   const char *format, ...)
{
    va_list args;

    answer->refusal = refusal;
    va_start(args, format);
    vsnprintf(answer->message, sizeof(answer->message), format, args);
    va_end(args);
    return false;
}

/* The size of a blob that the manifest names; it must be the repository's. */
static bool add_layer(const json_t *repository, const json_t *descriptor,
                      json_t *image, struct images_answer *answer)
{
    const char *digest = jsonx_text(descriptor, "digest", "");
    const json_t *blobs = json_object_get(repository, "blobs");

    if (!images_has_blob(repository, digest))
        return refuse(answer, IMAGES_NO_LAYERS,
                      "Layers with digests '[%.80s]' required for pushing image"
                      " into repository do not exist in the registry with id "
                      "'" EMULATOR_ACCOUNT "'",
                      digest);
    jsonx_set_int(image, "size",
                  jsonx_int(image, "size", 0) + jsonx_int(blobs, digest, 0));
    return true;
}

static bool add_layers(const json_t *repository, const json_t *manifest,
                       json_t *image, struct images_answer *answer)
{
    const json_t *config = json_object_get(manifest, "config"), *layer;
    size_t i;

    if (!config)
        return refuse(answer, IMAGES_NO_MANIFEST,
                      "Invalid parameter at 'imageManifest': it names no "
                      "configuration");
    if (!add_layer(repository, config, image, answer))
        return false;
    jsonx_set_text(image, "config", jsonx_text(config, "digest", NULL));
    jsonx_set_text(image, "config_type", jsonx_text(config, "mediaType", NULL));
    json_array_foreach(json_object_get(manifest, "layers"), i, layer)
    {
        if (!add_layer(repository, layer, image, answer))
            return false;
    }
    return true;
}

static bool add_children(const json_t *repository, const json_t *manifest,
                         json_t *image, struct images_answer *answer)
{
    json_t *children = json_array();
    const json_t *child;
    size_t i;

    json_object_set_new(image, "children", children);
    json_array_foreach(json_object_get(manifest, "manifests"), i, child)
    {
        const char *digest = jsonx_text(child, "digest", "");

        if (!images_get(repository, digest))
            return refuse(answer, IMAGES_NO_CHILDREN,
                          "Images with digests '[%.80s]' required for pushing "
                          "image into repository do not exist in the registry "
                          "with id '" EMULATOR_ACCOUNT "'",
                          digest);
        json_array_append_new(children, json_string(digest));
    }
    return true;
}

/* What is kept of a manifest; NULL with a refusal. */
static json_t *read_manifest(const json_t *repository,
                             const struct images_manifest *input,
                             struct images_answer *answer)
{
    json_t *manifest = jsonx_parse_object(input->bytes, input->size, NULL);
    const char *media_type = input->media_type
                                 ? input->media_type
                                 : jsonx_text(manifest, "mediaType", "");
    const struct kind *kind = find_kind(media_type);
    json_t *image =
        json_pack("{s:s, s:i, s:f}", "media_type", kind ? kind->media_type : "",
                  "size", 0, "pushed", emulator_now());
    bool is_taken;

    if (!manifest || !kind || input->size > MANIFEST_LIMIT)
        is_taken = refuse(answer, IMAGES_NO_MANIFEST,
                          "Invalid parameter at 'imageManifest' failed to "
                          "satisfy constraint: 'Invalid JSON syntax, or a "
                          "media type that is not supported'");
    else if (kind->is_index)
        is_taken = add_children(repository, manifest, image, answer);
    else
        is_taken = add_layers(repository, manifest, image, answer);
    jsonx_set_text(
        image, "subject",
        jsonx_text(json_object_get(manifest, "subject"), "digest", NULL));
    json_decref(manifest);
    if (is_taken)
        return image;
    json_decref(image);
    return NULL;
}

/* The tag that the reference is, NULL for a digest, which must be the right
 * one. */
static bool check_reference(const json_t *repository,
                            const struct images_manifest *input,
                            const char **tag, struct images_answer *answer)
{
    char expected[BLOBS_DIGEST_SIZE];

    *tag = NULL;
    memcpy(expected, answer->digest, sizeof(expected));
    if (!input->reference || strcmp(input->reference, expected) == 0)
        return true;
    if (blobs_is_digest(input->reference))
        return refuse(answer, IMAGES_WRONG_DIGEST,
                      "Manifest digest '%s' does not match the digest '%s' of "
                      "the manifest that was sent",
                      input->reference, expected);
    if (!is_tag(input->reference))
        return refuse(answer, IMAGES_BAD_REFERENCE,
                      "Invalid parameter at 'imageTag' failed to satisfy "
                      "constraint: 'must satisfy regular expression "
                      "'[a-zA-Z0-9_][a-zA-Z0-9-_.]{0,127}''");
    if (is_tag_fixed(repository, input->reference))
        /* The words: https://github.com/aws/containers-roadmap/issues/2380 */
        return refuse(answer, IMAGES_TAG_FIXED,
                      "The image tag '%s' already exists in the '%.256s' "
                      "repository and cannot be overwritten because the tag "
                      "is immutable.",
                      input->reference, input->repository);
    *tag = input->reference;
    return true;
}

/* A new image, or a new place of the tag, is what has changed. */
static void keep(json_t *repository, const char *tag, json_t *image,
                 struct images_answer *answer)
{
    json_t *images = json_object_get(repository, "images");
    json_t *tags = json_object_get(repository, "tags");

    answer->is_new = !json_object_get(images, answer->digest);
    if (answer->is_new)
        json_object_set_new(images, answer->digest, image);
    else
        json_decref(image);
    if (!tag || strcmp(jsonx_text(tags, tag, ""), answer->digest) == 0)
        return;
    jsonx_set_text(tags, tag, answer->digest);
    answer->is_new = true;
}

bool images_put(struct emulator *emulator, const struct images_manifest *input,
                struct images_answer *answer)
{
    json_t *repository = images_repository(emulator, input->repository);
    struct error err = { 0 };
    const char *tag;
    json_t *image;

    memset(answer, 0, sizeof(*answer));
    if (!repository)
        return refuse(answer, IMAGES_NO_REPOSITORY,
                      "The repository with name '%.256s' does not exist in the "
                      "registry with id '" EMULATOR_ACCOUNT "'",
                      input->repository);
    image = read_manifest(repository, input, answer);
    if (!image)
        return false;
    if (!blobs_put(emulator, input->bytes, input->size, answer->digest, &err))
        refuse(answer, IMAGES_NOT_STORED, "%.400s", err.message);
    else if (check_reference(repository, input, &tag, answer)) {
        keep(repository, tag, image, answer);
        return true;
    }
    json_decref(image);
    return false;
}

/* ---- reading an image -------------------------------------------------- */

static json_t *read_json(struct emulator *emulator, const char *digest)
{
    struct strbuf text = { 0 };
    json_t *json = NULL;

    if (blobs_read(emulator, digest, MANIFEST_LIMIT, &text))
        json = jsonx_parse_object(strbuf_text(&text), text.len, NULL);
    strbuf_release(&text);
    return json;
}

/* The image that linux/amd64 gets of an index; to free. */
static char *choose_child(struct emulator *emulator, const char *digest)
{
    json_t *index = read_json(emulator, digest), *child;
    char *chosen = NULL;
    size_t i;

    json_array_foreach(json_object_get(index, "manifests"), i, child)
    {
        const json_t *platform = json_object_get(child, "platform");
        const char *os = jsonx_text(platform, "os", "");
        const char *architecture = jsonx_text(platform, "architecture", "");

        if (strcmp(os, "linux") == 0 && strcmp(architecture, "amd64") == 0) {
            chosen = mem_text(jsonx_text(child, "digest", NULL));
            break;
        }
    }
    json_decref(index);
    return chosen;
}

json_t *images_config(struct emulator *emulator, const char *repository_name,
                      const char *reference)
{
    const json_t *repository = images_repository(emulator, repository_name);
    const char *digest = images_find(repository, reference);
    const json_t *image = digest ? images_get(repository, digest) : NULL;
    char *child = NULL;
    json_t *config;

    if (json_object_get(image, "children")) {
        child = choose_child(emulator, digest);
        image = child ? images_get(repository, child) : NULL;
    }
    config = read_json(emulator, jsonx_text(image, "config", ""));
    free(child);
    return config;
}

/* ---- tokens ------------------------------------------------------------ */

enum { TOKEN_SECONDS = 12 * 3600, TOKEN_PIECES = 40 };

bool images_admits(struct emulator *emulator, const char *token, bool *is_known)
{
    const json_t *expires =
        json_object_get(emulator_part(emulator, "tokens"), token);

    *is_known = expires;
    return expires && json_number_value(expires) > emulator_now();
}

/* Real ones have some thousand characters, which small buffers do not hold. */
char *images_new_token(struct emulator *emulator, char **password,
                       double *expires)
{
    static const char user[] = "AWS:";
    struct strbuf plain = { 0 }, token = { 0 };

    strbuf_adds(&plain, user);
    for (int i = 0; i < TOKEN_PIECES; i++) {
        char *piece = emulator_hex_id(emulator);

        strbuf_adds(&plain, piece);
        free(piece);
    }
    base64_encode(plain.data, plain.len, &token);
    if (password)
        *password = mem_text(strbuf_text(&plain) + sizeof(user) - 1);
    strbuf_release(&plain);
    *expires = emulator_now() + TOKEN_SECONDS;
    json_object_set_new(emulator_part(emulator, "tokens"), strbuf_text(&token),
                        json_real(*expires));
    return strbuf_take(&token);
}
