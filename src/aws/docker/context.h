/*
 * The build context as a tar stream, by libarchive: the only file that uses
 * it. Nothing of it is held in memory but one block and the list of names.
 *
 *     struct context *context = context_open(dir, dockerfile, &err);
 *     while ((size = context_read(context, buffer, sizeof(buffer), &err)) > 0)
 *     context_close(context);
 *
 * .dockerignore (or DOCKERFILE.dockerignore) is heeded as Docker does: last
 * match wins, `!` takes back, the Dockerfile and the ignore file always go
 * along. Links are sent as links, sockets and devices not at all. The same
 * tree makes the same bytes: names are sorted, owners left out. Times stay, in
 * seconds, as Docker does it: a web server makes its ETag of them.
 */
#ifndef STEPDECK_AWS_DOCKER_CONTEXT_H
#define STEPDECK_AWS_DOCKER_CONTEXT_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct context;

/* ERROR_INPUT: no such folder or Dockerfile, a bad pattern (with its line). */
NODISCARD struct context *context_open(const char *dir, const char *dockerfile,
                                       struct error *err);
/* Bytes put into `buffer`; 0 at the end, -1 on failure. */
ssize_t context_read(struct context *context, char *buffer, size_t size,
                     struct error *err);
void context_close(struct context *context);
/* What goes along: files, and their bytes. */
size_t context_files(const struct context *context);
int64_t context_bytes(const struct context *context);
/* The Dockerfile's name within the stream (one outside the folder is added
 * under a name of its own). */
const char *context_dockerfile(const struct context *context);

#endif
