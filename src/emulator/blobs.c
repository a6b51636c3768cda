#include "emulator/blobs.h"

#include "base/digest.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/emulator.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char prefix[] = "sha256:";

bool blobs_is_digest(const char *text)
{
    const size_t digits = 64, start = sizeof(prefix) - 1;

    return strncmp(text, prefix, start) == 0 &&
           strspn(text + start, "0123456789abcdef") == digits &&
           text[start + digits] == '\0';
}

/* Memory only: a folder of its own, whose name the tree keeps. */
static char *temporary_dir(struct emulator *emulator, struct error *err)
{
    json_t *part = emulator_part(emulator, "temporary");
    const char *known = jsonx_text(part, "blobs", NULL);
    const char *parent = getenv("TMPDIR");
    char *dir;

    if (known)
        return mem_text(known);
    if (!parent || !*parent)
        parent = "/tmp";
    dir = mem_format("%s/stepdeck-emulator.XXXXXX", parent);
    if (mkdtemp(dir)) {
        jsonx_set_text(part, "blobs", dir);
        return dir;
    }
    error_set_errno(err, ERROR_IO, errno, "cannot create a folder in '%s'",
                    parent);
    error_hint(err, "set TMPDIR to a folder that can be written to");
    free(dir);
    return NULL;
}

char *blobs_dir(struct emulator *emulator, struct error *err)
{
    char *dir;

    if (!emulator->state_dir)
        return temporary_dir(emulator, err);
    dir = fileio_join(emulator->state_dir, "blobs");
    if (fileio_make_dirs(AT_FDCWD, dir, 0700, err))
        return dir;
    free(dir);
    return NULL;
}

/* The tree keeps names, not paths: the state folder may move. */
static char *path_of(const char *dir, const char *digest)
{
    return mem_format("%s/sha256-%s", dir, digest + sizeof(prefix) - 1);
}

static void remember(struct emulator *emulator, const char *path,
                     const char *digest)
{
    jsonx_set_text(emulator_part(emulator, "blobs"), digest, fileio_base(path));
}

bool blobs_put(struct emulator *emulator, const void *bytes, size_t size,
               char digest[BLOBS_DIGEST_SIZE], struct error *err)
{
    char text[DIGEST_TEXT_SIZE];
    char *dir = blobs_dir(emulator, err), *path;
    bool done;

    if (!dir)
        return false;
    digest_bytes(bytes, size, text);
    snprintf(digest, BLOBS_DIGEST_SIZE, "%s%s", prefix, text);
    path = path_of(dir, digest);
    done = fileio_replace(AT_FDCWD, path, bytes, size, 0600, FILEIO_LAZY, err);
    if (done)
        remember(emulator, path, digest);
    free(path);
    free(dir);
    return done;
}

bool blobs_move(struct emulator *emulator, const char *path, const char *digest,
                struct error *err)
{
    char *dir = blobs_dir(emulator, err), *target;
    bool done;

    if (!dir)
        return false;
    target = path_of(dir, digest);
    done = rename(path, target) == 0;
    if (done)
        remember(emulator, target, digest);
    else
        error_set_errno(err, ERROR_IO, errno, "cannot store '%s'", digest);
    free(target);
    free(dir);
    return done;
}

bool blobs_digest_file(const char *path, char digest[BLOBS_DIGEST_SIZE],
                       struct error *err)
{
    char text[DIGEST_TEXT_SIZE];

    if (!digest_file(AT_FDCWD, path, text, err))
        return false;
    snprintf(digest, BLOBS_DIGEST_SIZE, "%s%s", prefix, text);
    return true;
}

char *blobs_path(struct emulator *emulator, const char *digest)
{
    json_t *part = emulator_part(emulator, "blobs");
    const char *name = jsonx_text(part, digest, NULL);
    char *dir, *path;

    if (!name)
        return NULL;
    dir = blobs_dir(emulator, NULL);
    if (!dir)
        return NULL;
    path = fileio_join(dir, name);
    free(dir);
    return path;
}

int64_t blobs_size(struct emulator *emulator, const char *digest)
{
    char *path = blobs_path(emulator, digest);
    struct stat info;
    int64_t size = -1;

    if (path && stat(path, &info) == 0)
        size = info.st_size;
    free(path);
    return size;
}

bool blobs_read(struct emulator *emulator, const char *digest, size_t limit,
                struct strbuf *out)
{
    char *path = blobs_path(emulator, digest);
    bool done = path && fileio_read(AT_FDCWD, path, limit, out, NULL);

    free(path);
    return done;
}

void blobs_discard(struct emulator *emulator)
{
    json_t *part = emulator_part(emulator, "temporary");
    const char *dir = jsonx_text(part, "blobs", NULL);
    struct error ignored = { 0 };

    if (dir && fileio_remove_tree(AT_FDCWD, dir, &ignored))
        json_object_del(part, "blobs");
}
