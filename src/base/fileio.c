#include "base/fileio.h"

#include "base/mem.h"
#include "base/strvec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 4096 };

bool fileio_pipe(int fds[2], bool nonblocking, struct error *err)
{
    if (pipe(fds) < 0)
        return error_set_errno(err, ERROR_INTERNAL, errno,
                               "no pipe could be made");
    for (int i = 0; i < 2; i++) {
        fcntl(fds[i], F_SETFD, FD_CLOEXEC);
        if (nonblocking)
            fcntl(fds[i], F_SETFL, fcntl(fds[i], F_GETFL) | O_NONBLOCK);
    }
    return true;
}

/* On failure `out` is as it was. */
static bool read_rest(int fd, const char *path, size_t limit,
                      struct strbuf *out, struct error *err)
{
    size_t before = out->len;
    ssize_t count;

    do {
        if (out->capacity - out->len < 2)
            strbuf_reserve(out, READ_BYTES);
        count = read(fd, out->data + out->len, out->capacity - out->len - 1);
        if (count > 0)
            out->len += (size_t)count;
    } while ((count > 0 && out->len - before <= limit) ||
             (count < 0 && errno == EINTR));
    if (count < 0)
        error_set_errno(err, ERROR_IO, errno, "cannot read '%s'", path);
    else if (count > 0)
        error_set(err, ERROR_INPUT, "'%s' grew beyond %zu bytes", path, limit);
    if (count != 0)
        out->len = before;
    out->data[out->len] = '\0';
    return count == 0;
}

static bool read_fd(int fd, const char *path, size_t limit, struct strbuf *out,
                    struct error *err)
{
    struct stat info;

    if (fstat(fd, &info) < 0)
        return error_set_errno(err, ERROR_IO, errno, "cannot read '%s'", path);
    if (!S_ISREG(info.st_mode))
        return error_set(err, ERROR_INPUT, "'%s' is not a regular file", path);
    if ((uintmax_t)info.st_size > limit)
        return error_set(err, ERROR_INPUT,
                         "'%s' is larger than the %zu bytes allowed", path,
                         limit);
    /* One byte more than expected, so that the end is seen without growing. */
    strbuf_reserve(out, (size_t)info.st_size + 1);
    return read_rest(fd, path, limit, out, err);
}

static bool read_file(int dir_fd, const char *path, int flags, size_t limit,
                      struct strbuf *out, struct error *err)
{
    /* Non-blocking so that a FIFO of that name cannot hang us. */
    int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
    bool ok;

    if (fd < 0)
        return error_set_errno(err,
                               errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO,
                               errno, "cannot open '%s'", path);
    ok = read_fd(fd, path, limit, out, err);
    close(fd);
    return ok;
}

bool fileio_read(int dir_fd, const char *path, size_t limit, struct strbuf *out,
                 struct error *err)
{
    return read_file(dir_fd, path, 0, limit, out, err);
}

bool fileio_read_state(int dir_fd, const char *path, size_t limit,
                       struct strbuf *out, struct error *err)
{
    return read_file(dir_fd, path, O_NOFOLLOW, limit, out, err);
}

bool fileio_write_all(int fd, const void *bytes, size_t size, struct error *err)
{
    const char *next = bytes;

    while (size) {
        ssize_t count = write(fd, next, size);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return error_set_errno(err, ERROR_IO, errno, "cannot write");
        next += count;
        size -= (size_t)count;
    }
    return true;
}

bool fileio_replace(int dir_fd, const char *path, const void *bytes,
                    size_t size, mode_t mode, enum fileio_sync sync,
                    struct error *err)
{
    char *temporary = mem_format("%s.tmp~", path);
    bool ok = false;
    int fd;

    /* One owner per state folder (the lock), so the name needs no random
     * part; what a crash left behind is replaced. */
    unlinkat(dir_fd, temporary, 0);
    fd = openat(dir_fd, temporary,
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) {
        error_set_errno(err, ERROR_IO, errno, "cannot create '%s'", temporary);
        goto out;
    }
    if (!fileio_write_all(fd, bytes, size, err) ||
        (sync == FILEIO_DURABLE && fsync(fd) < 0)) {
        error_set_errno(err, ERROR_IO, errno, "cannot write '%s'", path);
        close(fd);
        unlinkat(dir_fd, temporary, 0);
        goto out;
    }
    close(fd);
    if (renameat(dir_fd, temporary, dir_fd, path) < 0) {
        error_set_errno(err, ERROR_IO, errno, "cannot replace '%s'", path);
        unlinkat(dir_fd, temporary, 0);
        goto out;
    }
    ok = true;
out:
    free(temporary);
    return ok;
}

bool fileio_replace_keeping(int dir_fd, const char *path, const char *kept,
                            const void *bytes, size_t size,
                            enum fileio_sync sync, struct error *err)
{
    struct stat old;

    /* A folder in the place of the file is put aside whole. Where a file cannot
     * be linked it is deleted now instead of later. */
    if (fstatat(dir_fd, path, &old, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISDIR(old.st_mode))
        (void)!renameat(dir_fd, path, dir_fd, kept);
    else
        (void)!linkat(dir_fd, path, dir_fd, kept, 0);
    return fileio_replace(dir_fd, path, bytes, size, 0600, sync, err);
}

int fileio_open_append(int dir_fd, const char *path, struct error *err)
{
    int fd = openat(dir_fd, path,
                    O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC |
                        O_NONBLOCK,
                    0600);

    if (fd < 0)
        error_set_errno(err, ERROR_IO, errno, "cannot open '%s'", path);
    return fd;
}

bool fileio_append(int fd, const void *bytes, size_t size, struct error *err)
{
    off_t end = lseek(fd, 0, SEEK_END);
    char last = '\n';

    if (end > 0 && pread(fd, &last, 1, end - 1) == 1 && last != '\n' &&
        !fileio_write_all(fd, "\n", 1, err))
        return false;
    if (fileio_write_all(fd, bytes, size, err))
        return true;
    if (end >= 0 && ftruncate(fd, end) < 0)
        error_set_errno(err, ERROR_IO, errno, "cannot take back a half record");
    return false;
}

static bool make_dir(int dir_fd, const char *path, mode_t mode,
                     struct error *err)
{
    struct stat info;
    int number;

    if (mkdirat(dir_fd, path, mode) == 0)
        return true;
    number = errno;
    if (number == EEXIST && fstatat(dir_fd, path, &info, 0) == 0 &&
        S_ISDIR(info.st_mode))
        return true;
    return error_set_errno(err, ERROR_IO, number,
                           "cannot create the folder '%s'", path);
}

bool fileio_make_dirs(int dir_fd, const char *path, mode_t mode,
                      struct error *err)
{
    char *copy = mem_text(path);
    bool ok = true;

    for (char *slash = copy; ok && *slash; slash++) {
        if (slash == copy || *slash != '/')
            continue;
        *slash = '\0';
        ok = make_dir(dir_fd, copy, mode, err);
        *slash = '/';
    }
    ok = ok && make_dir(dir_fd, copy, mode, err);
    free(copy);
    return ok;
}

int fileio_open_dir(int dir_fd, const char *path, struct error *err)
{
    int fd =
        openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO,
                        errno, "cannot open the folder '%s'", path);
    return fd;
}

bool fileio_remove_tree(int dir_fd, const char *path, struct error *err)
{
    struct dirent *entry;
    DIR *dir;
    int fd;
    bool ok = true;

    if (unlinkat(dir_fd, path, 0) == 0 || errno == ENOENT)
        return true;
    fd = fileio_open_dir(dir_fd, path, err);
    if (fd < 0)
        return false;
    dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return error_set_errno(err, ERROR_IO, errno, "cannot list '%s'", path);
    }
    while (ok && (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            ok = fileio_remove_tree(dirfd(dir), entry->d_name, err);
    }
    closedir(dir);
    if (ok && unlinkat(dir_fd, path, AT_REMOVEDIR) < 0 && errno != ENOENT)
        ok = error_set_errno(err, ERROR_IO, errno, "cannot remove '%s'", path);
    return ok;
}

bool fileio_list(int dir_fd, struct strvec *names, struct error *err)
{
    /* A description of its own: the caller's keeps its position. */
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;

    if (!dir) {
        error_set_errno(err, ERROR_IO, errno, "cannot list a folder");
        if (fd >= 0)
            close(fd);
        return false;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.')
            strvec_add(names, entry->d_name);
    }
    closedir(dir);
    strvec_sort(names);
    return true;
}

bool fileio_exists(int dir_fd, const char *path)
{
    return faccessat(dir_fd, path, F_OK, 0) == 0;
}

char *fileio_join(const char *dir, const char *name)
{
    if (name[0] == '/' || !dir[0] || strcmp(dir, ".") == 0)
        return mem_text(name);
    return mem_format("%s%s%s", dir, dir[strlen(dir) - 1] == '/' ? "" : "/",
                      name);
}

const char *fileio_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}
