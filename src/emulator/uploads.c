#include "emulator/uploads.h"

#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/blobs.h"
#include "emulator/emulator.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Only ids that we gave out name a file. */
static char *path_of(struct emulator *emulator, const char *id)
{
    json_t *part = emulator_part(emulator, "uploads");
    char *dir, *path = NULL;

    if (!jsonx_text(part, id, NULL))
        return NULL;
    dir = blobs_dir(emulator, NULL);
    if (dir)
        path = mem_format("%s/upload-%s", dir, id);
    free(dir);
    return path;
}

char *uploads_start(struct emulator *emulator, const char *repository,
                    struct error *err)
{
    json_t *part = emulator_part(emulator, "uploads");
    char *id = emulator_uuid(emulator), *path;
    int fd = -1;

    jsonx_set_text(part, id, repository);
    path = path_of(emulator, id);
    if (path)
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    free(path);
    if (fd >= 0) {
        close(fd);
        return id;
    }
    error_set_errno(err, ERROR_IO, errno,
                    "cannot create the file of an upload");
    json_object_del(part, id);
    free(id);
    return NULL;
}

bool uploads_is_of(struct emulator *emulator, const char *id,
                   const char *repository)
{
    json_t *part = emulator_part(emulator, "uploads");

    return strcmp(jsonx_text(part, id, ""), repository) == 0;
}

int64_t uploads_size(struct emulator *emulator, const char *id)
{
    char *path = path_of(emulator, id);
    struct stat info;
    int64_t size = path && stat(path, &info) == 0 ? info.st_size : -1;

    free(path);
    return size;
}

static bool copy_file(const char *from, int to, struct error *err)
{
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    char block[65536];
    ssize_t size = -1;
    bool is_written = true;

    if (fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "cannot open '%s'", from);
    do {
        size = read(fd, block, sizeof(block));
        if (size > 0)
            is_written = fileio_write_all(to, block, (size_t)size, err);
    } while (is_written && (size > 0 || (size < 0 && errno == EINTR)));
    if (is_written && size < 0)
        error_set_errno(err, ERROR_IO, errno, "cannot read '%s'", from);
    close(fd);
    return is_written && size == 0;
}

bool uploads_append(struct emulator *emulator, const char *id,
                    const struct emulator_request *request, struct error *err)
{
    char *path = path_of(emulator, id);
    bool done = false;
    int fd = -1;

    if (path)
        fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0)
        error_set_errno(err, ERROR_IO, errno, "cannot open the upload '%s'",
                        id);
    else if (request->body_file)
        done = copy_file(request->body_file, fd, err);
    else
        done = fileio_write_all(fd, request->body, request->body_size, err);
    if (fd >= 0)
        close(fd);
    free(path);
    return done;
}

bool uploads_finish(struct emulator *emulator, const char *id,
                    const char *digest, struct error *err)
{
    char found[BLOBS_DIGEST_SIZE];
    char *path = path_of(emulator, id);
    bool done = false;

    if (!path)
        return error_set(err, ERROR_NOT_FOUND, "no upload '%s'", id);
    if (blobs_digest_file(path, found, err)) {
        if (strcmp(found, digest) != 0)
            error_set(err, ERROR_INPUT, "wrong digest '%s'", digest);
        else
            done = blobs_move(emulator, path, digest, err);
    }
    uploads_drop(emulator, id);
    free(path);
    return done;
}

void uploads_drop(struct emulator *emulator, const char *id)
{
    char *path = path_of(emulator, id);

    if (path)
        unlink(path);
    json_object_del(emulator_part(emulator, "uploads"), id);
    free(path);
}
