#include "emulator/imagecalls.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/emulator.h"
#include "emulator/images.h"

#include <stdlib.h>
#include <string.h>

enum { IDS_LIMIT = 100, MANIFEST_LIMIT = 4 << 20 };

/* The tags of an image, as a new array. */
static json_t *tags_of(const json_t *repository, const char *digest)
{
    json_t *tags = json_array(), *value;
    const char *tag;

    json_object_foreach(json_object_get(repository, "tags"), tag, value)
    {
        if (strcmp(json_string_value(value), digest) == 0)
            json_array_append_new(tags, json_string(tag));
    }
    return tags;
}

/* ---- DescribeImages, ListImages ---------------------------------------- */

static json_t *detail(const char *repository_name, const json_t *repository,
                      const char *digest)
{
    const json_t *image = images_get(repository, digest);
    json_t *tags = tags_of(repository, digest);
    json_t *answer = json_pack(
        "{s:s, s:s, s:s, s:O, s:O, s:s, s:s}", "registryId", EMULATOR_ACCOUNT,
        "repositoryName", repository_name, "imageDigest", digest,
        "imageSizeInBytes", json_object_get(image, "size"), "imagePushedAt",
        json_object_get(image, "pushed"), "imageManifestMediaType",
        jsonx_text(image, "media_type", ""), "imageStatus", "ACTIVE");

    if (json_array_size(tags) > 0)
        json_object_set(answer, "imageTags", tags);
    json_decref(tags);
    jsonx_set_text(answer, "artifactMediaType",
                   jsonx_text(image, "config_type", NULL));
    jsonx_set_text(answer, "subjectManifestDigest",
                   jsonx_text(image, "subject", NULL));
    return answer;
}

/* "TAGGED", "UNTAGGED" or any. */
static bool passes(const json_t *repository, const char *digest,
                   const json_t *input)
{
    const char *wanted =
        jsonx_text(json_object_get(input, "filter"), "tagStatus", "ANY");
    json_t *tags = tags_of(repository, digest);
    bool is_tagged = json_array_size(tags) > 0;

    json_decref(tags);
    if (strcmp(wanted, "ANY") == 0)
        return true;
    return is_tagged == (strcmp(wanted, "TAGGED") == 0);
}

/* What an image id means here: a digest that is there, NULL otherwise. Tag and
 * digest together must agree. */
static const char *find_id(const json_t *repository, const json_t *id)
{
    const char *tag = jsonx_text(id, "imageTag", NULL);
    const char *digest = jsonx_text(id, "imageDigest", NULL);
    const json_t *tags = json_object_get(repository, "tags");
    const char *tagged = tag ? jsonx_text(tags, tag, NULL) : NULL;

    if (tag && digest)
        return tagged && strcmp(tagged, digest) == 0 ? tagged : NULL;
    if (tag)
        return tagged;
    return digest && images_get(repository, digest) ? digest : NULL;
}

static json_t *describe_ids(const char *name, const json_t *repository,
                            const json_t *ids, struct emulator_failure *failure)
{
    json_t *found = json_array();
    const json_t *id;
    size_t i;

    json_array_foreach(ids, i, id)
    {
        const char *digest = find_id(repository, id);

        if (!digest) {
            json_decref(found);
            return emulator_fail(
                failure, 400, "ImageNotFoundException",
                "The image with imageId {imageDigest:'%.80s', imageTag:'%.128s'"
                "} does not exist within the repository with name '%.128s' in "
                "the registry with id '" EMULATOR_ACCOUNT "'",
                jsonx_text(id, "imageDigest", "null"),
                jsonx_text(id, "imageTag", "null"), name);
        }
        json_array_append_new(found, detail(name, repository, digest));
    }
    return found;
}

json_t *imagecalls_describe(struct emulator *emulator, const json_t *input,
                            struct emulator_failure *failure)
{
    const json_t *ids = json_object_get(input, "imageIds");
    const char *name, *digest;
    json_t *repository = imagecalls_repository(emulator, input, &name, failure);
    json_t *found, *image;

    if (!repository)
        return NULL;
    if (json_array_size(ids) > 0) {
        found = describe_ids(name, repository, ids, failure);
    } else {
        found = json_array();
        json_object_foreach(json_object_get(repository, "images"), digest,
                            image)
        {
            if (passes(repository, digest, input))
                json_array_append_new(found, detail(name, repository, digest));
        }
    }
    return found ? imagecalls_page(found, input, "imageDetails", failure)
                 : NULL;
}

static void list_image(const json_t *repository, const char *digest,
                       json_t *out)
{
    json_t *tags = tags_of(repository, digest), *tag;
    size_t i;

    json_array_foreach(tags, i, tag) json_array_append_new(
        out, json_pack("{s:s, s:O}", "imageDigest", digest, "imageTag", tag));
    if (json_array_size(tags) == 0)
        json_array_append_new(out, json_pack("{s:s}", "imageDigest", digest));
    json_decref(tags);
}

json_t *imagecalls_list(struct emulator *emulator, const json_t *input,
                        struct emulator_failure *failure)
{
    const char *name, *digest;
    json_t *repository = imagecalls_repository(emulator, input, &name, failure);
    json_t *found, *image;

    if (!repository)
        return NULL;
    found = json_array();
    json_object_foreach(json_object_get(repository, "images"), digest, image)
    {
        if (passes(repository, digest, input))
            list_image(repository, digest, found);
    }
    return imagecalls_page(found, input, "imageIds", failure);
}

/* ---- the batches: 200, with failures in it ----------------------------- */

static void add_failure(json_t *failures, const json_t *id, const char *code,
                        const char *reason)
{
    json_array_append_new(failures, json_pack("{s:O, s:s, s:s}", "imageId", id,
                                              "failureCode", code,
                                              "failureReason", reason));
}

/* Why an id means no image. */
static void add_unknown(const json_t *repository, const json_t *id,
                        json_t *failures)
{
    const char *tag = jsonx_text(id, "imageTag", NULL);
    const char *digest = jsonx_text(id, "imageDigest", NULL);

    if (!tag && !digest)
        add_failure(failures, id, "MissingDigestAndTag",
                    "Invalid request parameters: both tag and digest cannot be "
                    "null");
    else if (digest && !blobs_is_digest(digest))
        add_failure(failures, id, "InvalidImageDigest",
                    "Invalid request parameters: image digest should satisfy "
                    "the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'");
    else if (tag && digest && images_find(repository, tag))
        add_failure(failures, id, "ImageTagDoesNotMatchDigest",
                    "Requested image tag does not match the digest");
    else
        add_failure(failures, id, "ImageNotFound", "Requested image not found");
}

static bool check_count(const json_t *ids, struct emulator_failure *failure)
{
    if (json_array_size(ids) >= 1 && json_array_size(ids) <= IDS_LIMIT)
        return true;
    emulator_fail(failure, 400, "InvalidParameterException",
                  "Invalid parameter at 'imageIds' failed to satisfy "
                  "constraint: 'Member must have length between 1 and 100'");
    return false;
}

/* The id as an answer has it: digest, and the tag that was asked for. */
static json_t *answer_id(const json_t *id, const char *digest)
{
    json_t *answer = json_pack("{s:s}", "imageDigest", digest);

    jsonx_set_text(answer, "imageTag", jsonx_text(id, "imageTag", NULL));
    return answer;
}

static json_t *get_one(struct emulator *emulator, const char *name,
                       const json_t *repository, const json_t *id,
                       const char *digest)
{
    struct strbuf text = { 0 };
    json_t *answer;

    if (!blobs_read(emulator, digest, MANIFEST_LIMIT, &text))
        strbuf_clear(&text);
    answer =
        json_pack("{s:s, s:s, s:o, s:s, s:s}", "registryId", EMULATOR_ACCOUNT,
                  "repositoryName", name, "imageId", answer_id(id, digest),
                  "imageManifest", strbuf_text(&text), "imageManifestMediaType",
                  jsonx_text(images_get(repository, digest), "media_type", ""));
    strbuf_release(&text);
    return answer;
}

json_t *imagecalls_get(struct emulator *emulator, const json_t *input,
                       struct emulator_failure *failure)
{
    const json_t *ids = json_object_get(input, "imageIds"), *id;
    const char *name;
    json_t *repository = imagecalls_repository(emulator, input, &name, failure);
    json_t *images, *failures;
    size_t i;

    if (!repository || !check_count(ids, failure))
        return NULL;
    images = json_array();
    failures = json_array();
    json_array_foreach(ids, i, id)
    {
        const char *digest = find_id(repository, id);

        if (digest)
            json_array_append_new(
                images, get_one(emulator, name, repository, id, digest));
        else
            add_unknown(repository, id, failures);
    }
    return json_pack("{s:o, s:o}", "images", images, "failures", failures);
}

/* By digest: the image and all its tags. */
static void delete_image(json_t *repository, const char *digest,
                         json_t *deleted)
{
    json_t *tags = tags_of(repository, digest), *tag;
    size_t i;

    json_array_foreach(tags, i, tag)
    {
        json_array_append_new(deleted, json_pack("{s:s, s:O}", "imageDigest",
                                                 digest, "imageTag", tag));
        json_object_del(json_object_get(repository, "tags"),
                        json_string_value(tag));
    }
    if (json_array_size(tags) == 0)
        json_array_append_new(deleted,
                              json_pack("{s:s}", "imageDigest", digest));
    json_object_del(json_object_get(repository, "images"), digest);
    json_decref(tags);
}

/* An image id that is known. By tag only the tag goes, and the image with its
 * last one. An image that an index lists stays. */
static void delete_one(json_t *repository, const json_t *id, const char *digest,
                       json_t *deleted, json_t *failures)
{
    const char *tag = jsonx_text(id, "imageTag", NULL);
    const char *parent = images_listed_by(repository, digest);
    json_t *tags = tags_of(repository, digest);
    bool is_last = !tag || json_array_size(tags) <= 1;

    json_decref(tags);
    if (is_last && parent) {
        char *reason = mem_format("Requested image referenced by manifest "
                                  "list: [%s]",
                                  parent);

        add_failure(failures, id, "ImageReferencedByManifestList", reason);
        free(reason);
    } else if (is_last) {
        delete_image(repository, digest, deleted);
    } else {
        json_array_append_new(deleted, answer_id(id, digest));
        json_object_del(json_object_get(repository, "tags"), tag);
    }
}

json_t *imagecalls_delete(struct emulator *emulator, const json_t *input,
                          struct emulator_failure *failure)
{
    const json_t *ids = json_object_get(input, "imageIds"), *id;
    const char *name;
    json_t *repository = imagecalls_repository(emulator, input, &name, failure);
    json_t *deleted, *failures;
    size_t i;

    if (!repository || !check_count(ids, failure))
        return NULL;
    deleted = json_array();
    failures = json_array();
    json_array_foreach(ids, i, id)
    {
        char *digest = mem_text(find_id(repository, id));

        if (digest)
            delete_one(repository, id, digest, deleted, failures);
        else
            add_unknown(repository, id, failures);
        free(digest);
    }
    return json_pack("{s:o, s:o}", "imageIds", deleted, "failures", failures);
}

/* ---- PutImage ---------------------------------------------------------- */

static const char *const refusals[] = {
    [IMAGES_TAKEN] = "",
    [IMAGES_NO_REPOSITORY] = "RepositoryNotFoundException",
    [IMAGES_NO_MANIFEST] = "InvalidParameterException",
    [IMAGES_BAD_REFERENCE] = "InvalidParameterException",
    [IMAGES_WRONG_DIGEST] = "ImageDigestDoesNotMatchException",
    [IMAGES_TAG_FIXED] = "ImageTagAlreadyExistsException",
    [IMAGES_NO_LAYERS] = "LayersNotFoundException",
    [IMAGES_NO_CHILDREN] = "ReferencedImagesNotFoundException",
    [IMAGES_NOT_STORED] = "ServerException",
};

json_t *imagecalls_put(struct emulator *emulator, const json_t *input,
                       struct emulator_failure *failure)
{
    const char *text = jsonx_text(input, "imageManifest", "");
    const char *tag = jsonx_text(input, "imageTag", NULL);
    const char *digest = jsonx_text(input, "imageDigest", NULL), *name;
    json_t *repository = imagecalls_repository(emulator, input, &name, failure),
           *image;
    struct images_manifest manifest = {
        .repository = name,
        .reference = tag ? tag : digest,
        .media_type = jsonx_text(input, "imageManifestMediaType", NULL),
        .bytes = text,
        .size = strlen(text),
    };
    struct images_answer answer;

    if (!repository)
        return NULL;
    if (!images_put(emulator, &manifest, &answer))
        return emulator_fail(failure,
                             answer.refusal == IMAGES_NOT_STORED ? 500 : 400,
                             refusals[answer.refusal], "%s", answer.message);
    if (!answer.is_new)
        return emulator_fail(failure, 400, "ImageAlreadyExistsException",
                             "Image with digest '%s' and tag '%.128s' already "
                             "exists in the repository with name '%.128s' in "
                             "registry with id '" EMULATOR_ACCOUNT "'",
                             answer.digest, tag ? tag : "null", name);
    image = get_one(emulator, name, repository, input, answer.digest);
    return json_pack("{s:o}", "image", image);
}
