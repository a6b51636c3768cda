#include "aws/ecr.h"

#include "aws/client.h"
#include "aws/reply.h"
#include "base/digest.h"
#include "base/jsonx.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
 * and API_BatchDeleteImage.html */
enum { PAGE_SIZE = 1000, DELETE_SIZE = 100 };

/* Far more than an image may have; a million of them can be added up. */
static const int64_t size_limit = INT64_C(1) << 42;

static bool is_digest(const char *reference)
{
    return strncmp(reference, "sha256:", 7) == 0;
}

/* {"repositoryName": NAME}: what nearly every input begins with. */
static json_t *input_for(const char *repository)
{
    json_t *input = json_object();

    jsonx_set_text(input, "repositoryName", repository);
    return input;
}

static void add_image_id(json_t *input, const char *reference)
{
    json_t *ids = json_object_get(input, "imageIds"), *id = json_object();

    if (!ids) {
        ids = json_array();
        json_object_set_new(input, "imageIds", ids);
    }
    jsonx_set_text(id, is_digest(reference) ? "imageDigest" : "imageTag",
                   reference);
    json_array_append_new(ids, id);
}

static bool no_repository(const struct client *client, const char *name,
                          struct error *err)
{
    return error_set(err, ERROR_NOT_FOUND, "no ECR repository '%s' in %s", name,
                     client_region(client));
}

static bool no_image(const char *repository, const char *reference,
                     struct error *err)
{
    return error_set(err, ERROR_NOT_FOUND,
                     "no image '%s' in the ECR repository '%s'", reference,
                     repository);
}

/* Says what is missing, when that was why the call failed. */
static bool explain(const struct client *client, const char *repository,
                    const char *reference, struct error *err)
{
    if (client_failed_with(client, "RepositoryNotFoundException")) {
        error_clear(err);
        return no_repository(client, repository, err);
    }
    if (reference && client_failed_with(client, "ImageNotFoundException")) {
        error_clear(err);
        return no_image(repository, reference, err);
    }
    return false;
}

static struct reply_pages pages_of(const char *operation, const char *list,
                                   reply_take *take, void *context)
{
    return (struct reply_pages){ .service = CLIENT_ECR,
                                 .operation = operation,
                                 .list = list,
                                 .token = "nextToken",
                                 .take = take,
                                 .context = context };
}

/* ---- repositories ----------------------------------------------------- */

static bool take_repository(const char *operation, const json_t *item,
                            struct ecr_repository *repository,
                            struct error *err)
{
    const char *name = reply_text(item, "repositoryName");
    const char *arn = reply_text(item, "repositoryArn");
    const char *uri = reply_text(item, "repositoryUri");
    const char *mutability = jsonx_text(item, "imageTagMutability", "MUTABLE");

    if (!name || !arn || !uri)
        return reply_refuse(
            operation, "repositoryName, repositoryArn or repositoryUri", err);
    *repository = (struct ecr_repository){
        .name = mem_text(name),
        .arn = mem_text(arn),
        .uri = mem_text(uri),
        /* Also IMMUTABLE_WITH_EXCLUSION. */
        .is_immutable = strncmp(mutability, "IMMUTABLE", 9) == 0,
        .mutability = mem_text(mutability),
    };
    return true;
}

bool ecr_get_repository(struct client *client, const char *name,
                        struct ecr_repository *repository, struct error *err)
{
    json_t *names = json_array(), *input = json_object(), *reply = NULL;
    struct client_call call = { CLIENT_ECR, "DescribeRepositories", input,
                                false };
    const json_t *list;
    bool ok;

    *repository = (struct ecr_repository){ 0 };
    json_array_append_new(names, jsonx_string(name, strlen(name)));
    json_object_set_new(input, "repositoryNames", names);
    ok = client_read(client, &call, &reply, err) ||
         explain(client, name, NULL, err);
    list = json_object_get(reply, "repositories");
    if (ok && json_is_array(list) && !json_array_size(list))
        ok = no_repository(client, name, err);
    else if (ok)
        ok = take_repository(call.operation, json_array_get(list, 0),
                             repository, err);
    json_decref(reply);
    json_decref(input);
    return ok;
}

bool ecr_create_repository(struct client_writer *writer, const char *name,
                           struct ecr_repository *repository, struct error *err)
{
    struct client *client = client_of(writer);
    json_t *input = input_for(name), *reply = NULL;
    struct client_call call = { CLIENT_ECR, "CreateRepository", input, false };
    bool ok;

    *repository = (struct ecr_repository){ 0 };
    ok = client_write(writer, &call, &reply, err);
    if (ok) {
        ok = take_repository(call.operation,
                             json_object_get(reply, "repository"), repository,
                             err);
    } else if (client_failed_with(client, "RepositoryAlreadyExistsException")) {
        error_clear(err);
        ok = ecr_get_repository(client, name, repository, err);
    }
    json_decref(reply);
    json_decref(input);
    return ok;
}

void ecr_repository_release(struct ecr_repository *repository)
{
    free(repository->name);
    free(repository->arn);
    free(repository->uri);
    free(repository->mutability);
    *repository = (struct ecr_repository){ 0 };
}

static bool take_name(void *context, const json_t *item, struct error *err)
{
    const char *name = reply_text(item, "repositoryName");

    if (!name)
        return reply_refuse("DescribeRepositories", "repositoryName", err);
    strvec_add(context, name);
    return true;
}

bool ecr_list_repositories(struct client *client, struct strvec *names,
                           struct error *err)
{
    const struct reply_pages pages =
        pages_of("DescribeRepositories", "repositories", take_name, names);
    json_t *input = json_pack("{s:i}", "maxResults", PAGE_SIZE);
    bool ok = reply_each(client, &pages, input, err);

    json_decref(input);
    return ok;
}

bool ecr_delete_repository(struct client_writer *writer, const char *name,
                           bool with_images, struct error *err)
{
    struct client *client = client_of(writer);
    json_t *input = input_for(name), *reply = NULL;
    struct client_call call = { CLIENT_ECR, "DeleteRepository", input, false };
    bool ok;

    jsonx_set_bool(input, "force", with_images);
    ok = client_write(writer, &call, &reply, err);
    if (!ok && client_failed_with(client, "RepositoryNotEmptyException")) {
        error_clear(err);
        error_set(err, ERROR_BLOCKED,
                  "images are left in the ECR repository '%s'", name);
    } else if (!ok) {
        explain(client, name, NULL, err);
    }
    json_decref(reply);
    json_decref(input);
    return ok;
}

bool ecr_get_lifecycle_policy(struct client *client, const char *repository,
                              json_t **policy, struct error *err)
{
    json_t *input = input_for(repository), *reply = NULL;
    struct client_call call = { CLIENT_ECR, "GetLifecyclePolicy", input,
                                false };
    const char *text;
    bool ok;

    ok = client_read(client, &call, &reply, err);
    text = jsonx_text(reply, "lifecyclePolicyText", "");
    *policy = ok ? jsonx_parse_object(text, strlen(text), NULL) : NULL;
    if (ok && !*policy) {
        ok = reply_refuse(call.operation, "lifecyclePolicyText", err);
    } else if (!ok &&
               client_failed_with(client, "LifecyclePolicyNotFoundException")) {
        error_clear(err);
        ok = true;
    }
    json_decref(reply);
    json_decref(input);
    return ok;
}

/* ---- images ----------------------------------------------------------- */

static bool take_image(const json_t *item, struct ecr_image *image,
                       struct error *err)
{
    const char *digest = reply_text(item, "imageDigest");
    const json_t *tags = json_object_get(item, "imageTags");
    int64_t size = jsonx_int(item, "imageSizeInBytes", 0);

    if (!digest || !is_digest(digest))
        return reply_refuse("DescribeImages", "imageDigest", err);
    if (tags && !json_is_array(tags) && !json_is_null(tags))
        return reply_refuse("DescribeImages", "imageTags", err);
    *image = (struct ecr_image){
        .digest = mem_text(digest),
        .size_bytes = size > 0 && size < size_limit ? size : 0,
        .pushed_ms = reply_time(item, "imagePushedAt"),
        .media_type = mem_text(reply_text(item, "imageManifestMediaType")),
        .subject = mem_text(reply_text(item, "subjectManifestDigest")),
    };
    for (size_t i = 0; i < json_array_size(tags); i++) {
        const char *tag = json_string_value(json_array_get(tags, i));

        if (tag)
            strvec_add(&image->tags, tag);
    }
    return true;
}

bool ecr_find_image(struct client *client, const char *repository,
                    const char *reference, struct ecr_image *image,
                    struct error *err)
{
    json_t *input = input_for(repository), *reply = NULL;
    struct client_call call = { CLIENT_ECR, "DescribeImages", input, false };
    const json_t *list;
    bool ok;

    *image = (struct ecr_image){ 0 };
    add_image_id(input, reference);
    ok = client_read(client, &call, &reply, err) ||
         explain(client, repository, reference, err);
    list = json_object_get(reply, "imageDetails");
    if (ok && json_is_array(list) && !json_array_size(list))
        ok = no_image(repository, reference, err);
    else if (ok)
        ok = take_image(json_array_get(list, 0), image, err);
    json_decref(reply);
    json_decref(input);
    return ok;
}

void ecr_image_release(struct ecr_image *image)
{
    free(image->digest);
    strvec_release(&image->tags);
    free(image->media_type);
    free(image->subject);
    *image = (struct ecr_image){ 0 };
}

static bool take_listed(void *context, const json_t *item, struct error *err)
{
    struct ecr_images *images = context;

    images->items = mem_grow(images->items, images->count, &images->capacity,
                             sizeof(*images->items));
    if (!take_image(item, &images->items[images->count], err))
        return false;
    images->count++;
    return true;
}

/* The digest decides among those of one moment, so that two lists agree. */
static int newest_first(const void *left, const void *right)
{
    const struct ecr_image *a = left, *b = right;

    if (a->pushed_ms != b->pushed_ms)
        return a->pushed_ms < b->pushed_ms ? 1 : -1;
    return strcmp(a->digest, b->digest);
}

bool ecr_list_images(struct client *client, const char *repository,
                     struct ecr_images *images, struct error *err)
{
    const struct reply_pages pages =
        pages_of("DescribeImages", "imageDetails", take_listed, images);
    json_t *input = input_for(repository);
    bool ok;

    *images = (struct ecr_images){ 0 };
    jsonx_set_int(input, "maxResults", PAGE_SIZE);
    ok = reply_each(client, &pages, input, err);
    if (!ok)
        ecr_images_release(images);
    if (images->count > 1)
        qsort(images->items, images->count, sizeof(*images->items),
              newest_first);
    json_decref(input);
    return ok;
}

void ecr_images_release(struct ecr_images *images)
{
    for (size_t i = 0; i < images->count; i++)
        ecr_image_release(&images->items[i]);
    free(images->items);
    *images = (struct ecr_images){ 0 };
}

/* ---- manifests -------------------------------------------------------- */

/* Unless they are asked for, an index or an OCI manifest is turned away.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html
 */
static const char *const media_types[] = {
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
};

static bool take_manifest(const json_t *reply, const char *repository,
                          const char *digest, char **manifest,
                          char **media_type, struct error *err)
{
    const json_t *image = json_array_get(json_object_get(reply, "images"), 0);
    const json_t *failure =
        json_array_get(json_object_get(reply, "failures"), 0);
    const char *text = reply_text(image, "imageManifest");
    char found[DIGEST_TEXT_SIZE];

    if (!image && failure) {
        const char *code = jsonx_text(failure, "failureCode", "");

        if (strcmp(code, "ImageNotFound") == 0)
            return no_image(repository, digest, err);
        return error_set(err, ERROR_IO, "no manifest of '%s' in '%s': %s",
                         digest, repository,
                         jsonx_text(failure, "failureReason", code));
    }
    if (!text)
        return reply_refuse("BatchGetImage", "imageManifest", err);
    digest_bytes(text, strlen(text), found);
    if (is_digest(digest) && strcmp(digest + 7, found) != 0)
        return error_set(err, ERROR_IO,
                         "the manifest of '%s' in '%s' has another digest",
                         digest, repository);
    *manifest = mem_text(text);
    *media_type = mem_text(reply_text(image, "imageManifestMediaType"));
    return true;
}

bool ecr_get_manifest(struct client *client, const char *repository,
                      const char *digest, char **manifest, char **media_type,
                      struct error *err)
{
    json_t *input = input_for(repository), *types = json_array();
    json_t *reply = NULL;
    struct client_call call = { CLIENT_ECR, "BatchGetImage", input, false };
    bool ok;

    *manifest = *media_type = NULL;
    for (size_t i = 0; i < sizeof(media_types) / sizeof(*media_types); i++)
        json_array_append_new(types, json_string(media_types[i]));
    json_object_set_new(input, "acceptedMediaTypes", types);
    add_image_id(input, digest);
    ok = client_read(client, &call, &reply, err) ||
         explain(client, repository, digest, err);
    ok = ok &&
         take_manifest(reply, repository, digest, manifest, media_type, err);
    json_decref(reply);
    json_decref(input);
    return ok;
}

bool ecr_put_tag(struct client_writer *writer, const char *repository,
                 const char *digest, const char *tag, struct error *err)
{
    struct client *client = client_of(writer);
    json_t *input = input_for(repository), *reply = NULL;
    struct client_call call = { CLIENT_ECR, "PutImage", input, false };
    char *manifest, *media_type;
    bool ok = ecr_get_manifest(client, repository, digest, &manifest,
                               &media_type, err);

    if (ok) {
        jsonx_set_text(input, "imageManifest", manifest);
        jsonx_set_text(input, "imageManifestMediaType", media_type);
        jsonx_set_text(input, "imageTag", tag);
        jsonx_set_text(input, "imageDigest", digest);
        ok = client_write(writer, &call, &reply, err);
        if (!ok && client_failed_with(client, "ImageAlreadyExistsException")) {
            error_clear(err);
            ok = true;
        } else if (!ok && client_failed_with(
                              client, "ImageTagAlreadyExistsException")) {
            error_clear(err);
            error_set(err, ERROR_BLOCKED,
                      "the tag '%s' is taken in '%s', which is immutable", tag,
                      repository);
        }
    }
    free(manifest);
    free(media_type);
    json_decref(reply);
    json_decref(input);
    return ok;
}

/* ---- deleting --------------------------------------------------------- */

/* The call succeeds also when nothing was deleted. `count` is how many were to
 * be; those that have gone are answered once for each of their tags. */
static bool take_deleted(const json_t *reply, size_t count, size_t *deleted,
                         struct strvec *kept, struct error *err)
{
    const json_t *failures = json_object_get(reply, "failures");
    size_t failed = json_array_size(failures);

    if (!json_is_array(json_object_get(reply, "imageIds")))
        return reply_refuse("BatchDeleteImage", "imageIds", err);
    for (size_t i = 0; i < failed; i++) {
        const json_t *failure = json_array_get(failures, i);
        const char *code = reply_text(failure, "failureCode");
        const char *reason = reply_text(failure, "failureReason");
        const char *digest =
            reply_text(json_object_get(failure, "imageId"), "imageDigest");

        if (!code || !digest)
            return reply_refuse("BatchDeleteImage", "failures", err);
        if (strcmp(code, "ImageNotFound") != 0)
            strvec_addf(kept, "%s %s", digest, reason ? reason : code);
    }
    *deleted += failed < count ? count - failed : 0;
    return true;
}

bool ecr_delete_images(struct client_writer *writer, const char *repository,
                       const struct strvec *digests, size_t *deleted,
                       struct strvec *kept, struct error *err)
{
    struct client *client = client_of(writer);
    bool ok = true;

    *deleted = 0;
    for (size_t next = 0; next < digests->count && ok;) {
        json_t *input = input_for(repository), *reply = NULL;
        struct client_call call = { CLIENT_ECR, "BatchDeleteImage", input,
                                    false };
        size_t count = 0;

        for (; count < DELETE_SIZE && next < digests->count; count++)
            add_image_id(input, digests->items[next++]);
        ok = client_write(writer, &call, &reply, err) ||
             explain(client, repository, NULL, err);
        ok = ok && take_deleted(reply, count, deleted, kept, err);
        json_decref(reply);
        json_decref(input);
    }
    return ok;
}
