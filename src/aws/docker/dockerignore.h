/*
 * .dockerignore: which files of a folder do not go along.
 *
 *     struct dockerignore ignore = { 0 };
 *     if (dockerignore_parse(&ignore, bytes, size, &err) &&
 *         dockerignore_excludes(&ignore, "src/main.o")) ...
 *     dockerignore_release(&ignore);
 *
 * As Docker's matcher: a pattern takes the path or one of its parents, the
 * last that does decides, `!` takes back. `*`, `?` and `[a-z]` stay within a
 * name, `**` does not. Pure; time grows with pattern times path, never more.
 * https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
#ifndef STEPDECK_AWS_DOCKER_DOCKERIGNORE_H
#define STEPDECK_AWS_DOCKER_DOCKERIGNORE_H

#include "base/error.h"

#include <stddef.h>

struct dockerignore_pattern;

/* `= { 0 }` excludes nothing. */
struct dockerignore {
    struct dockerignore_pattern *patterns;
    size_t count, capacity;
};

/* Adds the patterns of a file. ERROR_INPUT names the line of a bad one. */
NODISCARD bool dockerignore_parse(struct dockerignore *ignore,
                                  const char *bytes, size_t size,
                                  struct error *err);
void dockerignore_release(struct dockerignore *ignore);

/* `path` is relative, its parts divided by one slash each. */
bool dockerignore_excludes(const struct dockerignore *ignore, const char *path);
/* Whether something below the excluded folder `path` may be taken back: if
 * not, there is no need to look into it. */
bool dockerignore_may_return(const struct dockerignore *ignore,
                             const char *path);

#endif
