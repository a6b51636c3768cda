/*
 * Bytes by their digest ("sha256:..."): layers, configurations, manifests. One
 * file each, in --state DIR/blobs or a temporary folder.
 *
 *     if (!blobs_put(emulator, text, size, digest, &err)) ...
 *     char *path = blobs_path(emulator, digest);
 *
 * All functions that take the emulator want its lock held. A digest that comes
 * from outside becomes part of a path only after blobs_is_digest().
 */
#ifndef STEPDECK_EMULATOR_BLOBS_H
#define STEPDECK_EMULATOR_BLOBS_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stddef.h>
#include <stdint.h>

struct emulator;

enum { BLOBS_DIGEST_SIZE = sizeof("sha256:") + 64 };

/* "sha256:" and 64 lower-case hexadecimal digits. */
bool blobs_is_digest(const char *text);

/* The folder, made when it is not there; to free. Files that are on their way
 * to be blobs belong into it. */
NODISCARD char *blobs_dir(struct emulator *emulator, struct error *err);

/* Stores a copy; one that is there already is fine. */
NODISCARD bool blobs_put(struct emulator *emulator, const void *bytes,
                         size_t size, char digest[BLOBS_DIGEST_SIZE],
                         struct error *err);
/* Moves a file of blobs_dir() into the store under its digest, which the caller
 * has computed. */
NODISCARD bool blobs_move(struct emulator *emulator, const char *path,
                          const char *digest, struct error *err);
/* The digest of a file, as the store writes it. Needs no lock. */
NODISCARD bool blobs_digest_file(const char *path,
                                 char digest[BLOBS_DIGEST_SIZE],
                                 struct error *err);

/* Where it lies, to free; NULL when there is none. */
char *blobs_path(struct emulator *emulator, const char *digest);
/* -1 when there is none. */
int64_t blobs_size(struct emulator *emulator, const char *digest);
/* Appends it; false when there is none, or when it is too large. */
bool blobs_read(struct emulator *emulator, const char *digest, size_t limit,
                struct strbuf *out);

/* Removes the temporary folder, if there is one: at the end. */
void blobs_discard(struct emulator *emulator);

#endif
