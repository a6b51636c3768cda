/*
 * Uploads that are not blobs yet: a file each in the store's folder, and in the
 * tree's "uploads" {ID: repository}.
 *
 *     id = uploads_start(emulator, "web", &err);
 *     uploads_append(emulator, id, request, &err);      as often as wanted
 *     uploads_finish(emulator, id, "sha256:...", &err);
 *
 * With the emulator's lock.
 */
#ifndef STEPDECK_EMULATOR_UPLOADS_H
#define STEPDECK_EMULATOR_UPLOADS_H

#include "base/error.h"

#include <stdint.h>

struct emulator;
struct emulator_request;

/* The id, to free; NULL with ERROR_IO. */
NODISCARD char *uploads_start(struct emulator *emulator, const char *repository,
                              struct error *err);
bool uploads_is_of(struct emulator *emulator, const char *id,
                   const char *repository);
/* Bytes that are there; -1 without such an upload. */
int64_t uploads_size(struct emulator *emulator, const char *id);
/* The request's body, of the memory or the disk. */
NODISCARD bool uploads_append(struct emulator *emulator, const char *id,
                              const struct emulator_request *request,
                              struct error *err);
/* Moves it into the store. ERROR_INPUT when the digest is another one; the
 * upload is gone either way. */
NODISCARD bool uploads_finish(struct emulator *emulator, const char *id,
                              const char *digest, struct error *err);
void uploads_drop(struct emulator *emulator, const char *id);

#endif
