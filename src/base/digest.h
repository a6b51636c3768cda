/*
 * SHA-256, by OpenSSL. The only file that includes it.
 *
 *     struct digest *digest = digest_new();
 *     digest_add(digest, bytes, size);
 *     digest_finish(digest, text);       frees the digest
 */
#ifndef STEPDECK_BASE_DIGEST_H
#define STEPDECK_BASE_DIGEST_H

#include "base/error.h"

#include <stddef.h>

enum { DIGEST_BYTES = 32, DIGEST_TEXT_SIZE = 2 * DIGEST_BYTES + 1 };

struct digest;

struct digest *digest_new(void);
void digest_add(struct digest *digest, const void *bytes, size_t size);
/* Lower-case hexadecimal; frees `digest`. */
void digest_finish(struct digest *digest, char text[DIGEST_TEXT_SIZE]);

void digest_bytes(const void *bytes, size_t size, char text[DIGEST_TEXT_SIZE]);
/* Follows links; reads the file piece by piece. */
NODISCARD bool digest_file(int dir_fd, const char *path,
                           char text[DIGEST_TEXT_SIZE], struct error *err);

enum { DIGEST_SHA1_TEXT_SIZE = 41 };
/* SHA-1, for names that others give by it; it proves nothing. */
void digest_sha1(const void *bytes, size_t size,
                 char text[DIGEST_SHA1_TEXT_SIZE]);

#endif
