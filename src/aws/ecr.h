/* ECR: repositories, images, tokens.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference */
#ifndef STEPDECK_AWS_ECR_H
#define STEPDECK_AWS_ECR_H

#include "base/error.h"
#include "base/strvec.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct client;
struct client_writer;

struct ecr_repository {
    char *name, *arn, *uri; /* the URI as it was answered, never composed */
    bool is_immutable;      /* tags cannot be overwritten (exceptions aside) */
    char *mutability;
};

/* ERROR_NOT_FOUND without such a repository. */
NODISCARD bool ecr_get_repository(struct client *client, const char *name,
                                  struct ecr_repository *repository,
                                  struct error *err);
/* One that exists already is fine. */
NODISCARD bool ecr_create_repository(struct client_writer *writer,
                                     const char *name,
                                     struct ecr_repository *repository,
                                     struct error *err);
void ecr_repository_release(struct ecr_repository *repository);
NODISCARD bool ecr_list_repositories(struct client *client,
                                     struct strvec *names, struct error *err);

struct ecr_token {
    char *user, *password; /* in memory only */
    char *registry;        /* host and port, without a scheme */
    int64_t expires_ms;
};
NODISCARD bool ecr_get_token(struct client *client, struct ecr_token *token,
                             struct error *err);
/* Overwrites the password first. */
void ecr_token_release(struct ecr_token *token);

struct ecr_image {
    char *digest;
    struct strvec tags;
    int64_t size_bytes, pushed_ms; /* 0: unknown */
    char *media_type;              /* of the manifest; may be NULL */
    char *subject;                 /* digest it refers to; NULL: none */
};
struct ecr_images {
    struct ecr_image *items;
    size_t count, capacity;
};
/* The image of a tag, or of a digest ("sha256:..."). ERROR_NOT_FOUND. */
NODISCARD bool ecr_find_image(struct client *client, const char *repository,
                              const char *reference, struct ecr_image *image,
                              struct error *err);
void ecr_image_release(struct ecr_image *image);
/* All of them, all pages, newest first. */
NODISCARD bool ecr_list_images(struct client *client, const char *repository,
                               struct ecr_images *images, struct error *err);
void ecr_images_release(struct ecr_images *images);

/* The exact bytes of a manifest, whose SHA-256 is the digest; to free. */
NODISCARD bool ecr_get_manifest(struct client *client, const char *repository,
                                const char *digest, char **manifest,
                                char **media_type, struct error *err);
/* Gives an image a further tag without a transfer. False with ERROR_BLOCKED
 * when the repository is immutable and the tag taken. */
NODISCARD bool ecr_put_tag(struct client_writer *writer, const char *repository,
                           const char *digest, const char *tag,
                           struct error *err);

/* Deletes by digest, 100 a call. `kept` gets "DIGEST reason" of those that ECR
 * did not delete (an index still refers to them). */
NODISCARD bool ecr_delete_images(struct client_writer *writer,
                                 const char *repository,
                                 const struct strvec *digests, size_t *deleted,
                                 struct strvec *kept, struct error *err);
NODISCARD bool ecr_delete_repository(struct client_writer *writer,
                                     const char *name, bool with_images,
                                     struct error *err);
/* The lifecycle policy as JSON; *policy is NULL without one. */
NODISCARD bool ecr_get_lifecycle_policy(struct client *client,
                                        const char *repository, json_t **policy,
                                        struct error *err);

#endif
