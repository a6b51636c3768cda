/*
 * Two walks. The first (contextlist.h) finds what goes along, so that a bad
 * pattern or an unreadable file is told before anything is sent and the amount
 * is known. The second, as it is read, makes the tar: a header, then the
 * file's bytes.
 *
 * The tree may change in between. A file that is gone is left out, one that is
 * no file any more too; one that shrinks is filled with zeroes up to the size
 * in its header, one that grows is cut there. So the tar is always whole.
 */
#include "aws/docker/context.h"

#include "aws/docker/context_archive.h"
#include "aws/docker/contextlist.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_SIZE = 64 << 10 };

static const char ignore_name[] = ".dockerignore";

struct context {
    struct contextlist list;
    struct archive *archive;
    struct strbuf pending; /* made, and not read yet */
    size_t taken;          /* of pending */
    size_t next;           /* of the list's paths */
    size_t extra;          /* of the two texts that are not in the folder */
    int file;              /* under way; -1 */
    int64_t left;          /* of it, as its header says */
    bool is_over;
    bool is_dropped; /* nobody will read the rest */
    char *block;
};

/* ---- the tar ---------------------------------------------------------- */

static la_ssize_t take_tar(struct archive *archive, void *data,
                           const void *bytes, size_t size)
{
    struct context *context = data;

    (void)archive;
    if (context->is_dropped)
        return -1;
    strbuf_add(&context->pending, bytes, size);
    return (la_ssize_t)size;
}

static bool wrong_tar(struct context *context, struct error *err)
{
    const char *why = archive_error_string(context->archive);

    return error_set(err, ERROR_INTERNAL, "cannot make the tar of '%s': %s",
                     context->list.dir, why ? why : "no reason is known");
}

/* GNU's form keeps names as bytes, whatever the locale is. */
static bool start_tar(struct context *context, struct error *err)
{
    if (!context_archive_load(err))
        return false;
    context->archive = archive_write_new();
    if (!context->archive)
        return error_set(err, ERROR_INTERNAL, "no tar can be made");
    if (archive_write_set_format_gnutar(context->archive) != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(context->archive, 0) != ARCHIVE_OK ||
        archive_write_open(context->archive, context, NULL, take_tar, NULL) !=
            ARCHIVE_OK)
        return wrong_tar(context, err);
    return true;
}

static bool write_header(struct context *context, const char *path,
                         const struct stat *info, const char *link,
                         struct error *err)
{
    struct archive_entry *entry = archive_entry_new();
    bool ok;

    archive_entry_copy_pathname(entry, path);
    archive_entry_set_mode(entry, info->st_mode);
    archive_entry_set_size(entry, S_ISREG(info->st_mode) ? info->st_size : 0);
    archive_entry_set_mtime(entry, info->st_mtime, 0);
    if (link)
        archive_entry_copy_symlink(entry, link);
    ok = archive_write_header(context->archive, entry) >= ARCHIVE_WARN;
    archive_entry_free(entry);
    return ok || wrong_tar(context, err);
}

static bool write_text(struct context *context, const char *path,
                       const struct strbuf *text, struct error *err)
{
    struct stat info = { .st_mode = S_IFREG | 0644,
                         .st_size = (off_t)text->len };

    if (!write_header(context, path, &info, NULL, err))
        return false;
    if (text->len &&
        archive_write_data(context->archive, text->data, text->len) < 0)
        return wrong_tar(context, err);
    return true;
}

/* The next bytes of the file under way. */
static bool write_block(struct context *context, struct error *err)
{
    size_t want = BLOCK_SIZE;
    ssize_t count;

    if (context->left < (int64_t)want)
        want = (size_t)context->left;
    do {
        count = want ? read(context->file, context->block, want) : 0;
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return contextlist_refuse(&context->list,
                                  context->list.paths.items[context->next - 1],
                                  errno, err);
    /* It has shrunk. */
    if (!count && want) {
        memset(context->block, 0, want);
        count = (ssize_t)want;
    }
    if (count && archive_write_data(context->archive, context->block,
                                    (size_t)count) != count)
        return wrong_tar(context, err);
    context->left -= count;
    if (!context->left) {
        close(context->file);
        context->file = -1;
    }
    return true;
}

static bool begin_file(struct context *context, const char *path,
                       struct error *err)
{
    struct stat info;
    int fd = openat(context->list.fd, path,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT || errno == ELOOP ||
               contextlist_refuse(&context->list, path, errno, err);
    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return true;
    }
    if (!write_header(context, path, &info, NULL, err)) {
        close(fd);
        return false;
    }
    context->file = fd;
    context->left = info.st_size;
    return context->left > 0 || write_block(context, err);
}

static bool write_link(struct context *context, const char *path,
                       const struct stat *info, struct error *err)
{
    char target[PATH_MAX + 1];
    ssize_t length =
        readlinkat(context->list.fd, path, target, sizeof(target) - 1);

    if (length < 0)
        return true;
    target[length] = '\0';
    return write_header(context, path, info, target, err);
}

static bool write_next(struct context *context, struct error *err)
{
    const char *path = context->list.paths.items[context->next++];
    struct stat info;

    if (fstatat(context->list.fd, path, &info, AT_SYMLINK_NOFOLLOW) < 0)
        return true;
    if (S_ISREG(info.st_mode))
        return begin_file(context, path, err);
    if (S_ISLNK(info.st_mode))
        return write_link(context, path, &info, err);
    return !S_ISDIR(info.st_mode) ||
           write_header(context, path, &info, NULL, err);
}

static bool write_extra(struct context *context, struct error *err)
{
    if (context->extra++ == 0)
        return write_text(context, context->list.dockerfile,
                          &context->list.dockerfile_text, err);
    return write_text(context, ignore_name, &context->list.ignore_text, err);
}

/* Makes some more of the tar. */
static bool produce(struct context *context, struct error *err)
{
    if (context->file >= 0)
        return write_block(context, err);
    if (context->next < context->list.paths.count)
        return write_next(context, err);
    if (context->list.is_outside && context->extra < 2)
        return write_extra(context, err);
    context->is_over = true;
    return archive_write_close(context->archive) == ARCHIVE_OK ||
           wrong_tar(context, err);
}

struct context *context_open(const char *dir, const char *dockerfile,
                             struct error *err)
{
    struct context *context = mem_new(1, sizeof(*context));

    context->file = -1;
    context->block = mem_new(1, BLOCK_SIZE);
    if (contextlist_read(&context->list, dir, dockerfile, err) &&
        start_tar(context, err))
        return context;
    context_close(context);
    return NULL;
}

/* Fills the whole buffer while there is something: each becomes a chunk of the
 * request, and a tree may have many small files. */
ssize_t context_read(struct context *context, char *buffer, size_t size,
                     struct error *err)
{
    size_t filled = 0;

    while (filled < size) {
        size_t count = context->pending.len - context->taken;

        if (count > size - filled)
            count = size - filled;
        if (count) {
            memcpy(buffer + filled, context->pending.data + context->taken,
                   count);
            context->taken += count;
            filled += count;
            continue;
        }
        if (context->is_over)
            break;
        strbuf_clear(&context->pending);
        context->taken = 0;
        if (!produce(context, err))
            return -1;
    }
    return (ssize_t)filled;
}

void context_close(struct context *context)
{
    if (!context)
        return;
    /* One that was not read to its end would write its rest; after
     * archive_write_fail() libarchive 3.6 would not free all. */
    context->is_dropped = true;
    if (context->archive)
        archive_write_free(context->archive);
    if (context->file >= 0)
        close(context->file);
    contextlist_release(&context->list);
    strbuf_release(&context->pending);
    free(context->block);
    free(context);
}

size_t context_files(const struct context *context)
{
    return context->list.files;
}

int64_t context_bytes(const struct context *context)
{
    return context->list.bytes;
}

const char *context_dockerfile(const struct context *context)
{
    return context->list.dockerfile;
}
