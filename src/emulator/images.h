/*
 * Repositories and the images in them: what ECR's API, its registry protocol
 * and the Engine API's stand-in share. All of it with the emulator's lock.
 *
 * In the tree, "repositories" has for each name
 *     {"created", "mutability", "filters": [...], "resource_tags": [...],
 *      "lifecycle": TEXT,
 *      "blobs":  {DIGEST: size},       what was uploaded into it
 *      "tags":   {TAG: DIGEST},
 *      "images": {DIGEST: {"media_type", "config", "config_type", "size",
 *                          "pushed", "subject", "children": [DIGEST]}}}
 * and the bytes of a manifest are a blob of their own.
 */
#ifndef STEPDECK_EMULATOR_IMAGES_H
#define STEPDECK_EMULATOR_IMAGES_H

#include "emulator/blobs.h"

#include <jansson.h>
#include <stddef.h>

struct emulator;

/* Borrowed; NULL when there is no such repository. */
json_t *images_repository(struct emulator *emulator, const char *name);
/* Borrowed, new, with mutable tags. */
json_t *images_new_repository(struct emulator *emulator, const char *name);
/* Whether ECR takes it as a repository's name. */
bool images_is_name(const char *text);

/* The digest of a tag, or of a digest that is there; NULL. Borrowed. */
const char *images_find(const json_t *repository, const char *reference);
const json_t *images_get(const json_t *repository, const char *digest);
/* The digest of an index that lists this image; NULL: none. */
const char *images_listed_by(const json_t *repository, const char *digest);

/* Makes a stored blob one of the repository's; images_has_blob() then. */
void images_add_blob(struct emulator *emulator, json_t *repository,
                     const char *digest);
bool images_has_blob(const json_t *repository, const char *digest);

/* Why a manifest is not taken. */
enum images_refusal {
    IMAGES_TAKEN,
    IMAGES_NO_REPOSITORY,
    IMAGES_NO_MANIFEST, /* it cannot be read, or is of a kind not known */
    IMAGES_BAD_REFERENCE,
    IMAGES_WRONG_DIGEST,
    IMAGES_TAG_FIXED,
    IMAGES_NO_LAYERS,   /* a blob it names was not uploaded */
    IMAGES_NO_CHILDREN, /* a manifest it lists is not there */
    IMAGES_NOT_STORED   /* the disk */
};
struct images_manifest {
    const char *repository;
    const char *reference;  /* a tag or a digest; NULL: by its digest */
    const char *media_type; /* NULL: what the manifest itself says */
    const char *bytes;
    size_t size;
};
struct images_answer {
    enum images_refusal refusal;
    char message[512]; /* in ECR's words */
    char digest[BLOBS_DIGEST_SIZE];
    bool is_new; /* something changed: the image or the tag is new */
};
/* Stores a manifest and moves the tag. False with a refusal. */
NODISCARD bool images_put(struct emulator *emulator,
                          const struct images_manifest *manifest,
                          struct images_answer *answer);

/* The configuration of an image ("config" object of its JSON), of the first
 * linux/amd64 one for an index; NULL when it cannot be read. To give back. */
json_t *images_config(struct emulator *emulator, const char *repository,
                      const char *reference);

/* Whether "AWS:PASSWORD" in base64 is a token that was given out and is still
 * valid. `*is_known` tells an expired one from an invented one. */
bool images_admits(struct emulator *emulator, const char *token,
                   bool *is_known);
/* Gives out a new one, to free; `password` (may be NULL) gets the part behind
 * "AWS:", to free too. */
char *images_new_token(struct emulator *emulator, char **password,
                       double *expires);

#endif
