/* The first line is a path, the rest an ignore file. What is below an excluded
 * folder that nothing can return from is excluded too: else not looking into
 * the folder would lose a file. */
#include "aws/docker/dockerignore.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PATH_LIMIT = 300 };

/* Relative, without empty parts: as a walk makes it. */
static bool is_path(const char *path)
{
    return *path && *path != '/' && !strstr(path, "//") &&
           path[strlen(path) - 1] != '/' && strlen(path) < PATH_LIMIT;
}

static void check(const struct dockerignore *ignore, char *path)
{
    bool is_out = dockerignore_excludes(ignore, path);

    for (char *slash = strchr(path, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (dockerignore_excludes(ignore, path) &&
            !dockerignore_may_return(ignore, path) && !is_out)
            abort();
        *slash = '/';
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    const char *end = size ? memchr(bytes, '\n', size) : NULL;
    size_t length = end ? (size_t)(end - bytes) : size;
    char *path = mem_bytes(bytes, length);
    struct dockerignore ignore = { 0 };
    struct error err = { 0 };
    bool ok =
        !end || dockerignore_parse(&ignore, end + 1, size - length - 1, &err);

    if (!ok && err.code != ERROR_INPUT)
        abort();
    if (ok && is_path(path))
        check(&ignore, path);
    dockerignore_release(&ignore);
    free(path);
    return 0;
}
