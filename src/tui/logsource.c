#include "tui/logsource_private.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 20, TIMES_BUDGET = 1 << 20 };

/* ---- the file --------------------------------------------------------- */

/* "DIR/STEP.log" -> "DIR/STEP.times" */
static char *name_times(const char *path)
{
    static const char ending[] = ".log";
    size_t size = strlen(path), cut = sizeof(ending) - 1;

    if (size < cut || strcmp(path + size - cut, ending) != 0)
        return NULL;
    return mem_format("%.*s.times", (int)(size - cut), path);
}

/* Opens a regular file; a pipe must not make us wait. */
static int open_file(const char *path, struct stat *status, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) {
        error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO,
                        errno, "cannot read '%s'", path);
        return -1;
    }
    if (fstat(fd, status) == 0 && S_ISREG(status->st_mode))
        return fd;
    error_set(err, ERROR_INPUT, "'%s' is no regular file", path);
    close(fd);
    return -1;
}

static void close_times(struct logsource *source)
{
    if (source->times_fd >= 0)
        close(source->times_fd);
    source->times_fd = -1;
    logtimes_release(&source->times);
}

static void read_times(struct logsource *source)
{
    struct stat status;

    if (source->times_fd < 0 && source->times_path)
        source->times_fd = open_file(source->times_path, &status, NULL);
    if (source->times_fd < 0)
        return;
    source->times.tell_newlines = logsource_take_newlines;
    source->times.context = source;
    logtimes_read(&source->times, source->times_fd, TIMES_BUDGET);
}

/* What is known is of another file, or of one that began anew. */
static void start_anew(struct logsource *source)
{
    source->size = 0;
    source->window.size = source->slice.size = 0;
    source->ends_in_newline = false;
    source->trusts_marks = source->distrusts_marks = false;
    logindex_clear(&source->newlines);
    logsource_restart_search(source);
    close_times(source);
}

static void look_at(struct logsource *source, int fd, const struct stat *status)
{
    source->fd = fd;
    source->device = status->st_dev;
    source->inode = status->st_ino;
    source->size = status->st_size;
}

struct logsource *logsource_open_limited(const char *path,
                                         const struct logsource_limits *limits,
                                         struct cancel *cancel,
                                         struct error *err)
{
    struct stat status;
    struct logsource *source;
    int fd = open_file(path, &status, err);

    if (fd < 0)
        return NULL;
    source = mem_new(1, sizeof(*source));
    source->path = mem_text(path);
    source->times_path = name_times(path);
    source->times_fd = -1;
    source->cancel = cancel;
    source->limits = *limits;
    source->window.bytes = mem_new(limits->read, 1);
    source->slice.bytes = mem_new(limits->read, 1);
    logindex_init(&source->newlines, limits->block, limits->blocks);
    logindex_init(&source->matches, limits->block, limits->blocks);
    look_at(source, fd, &status);
    read_times(source);
    return source;
}

struct logsource *logsource_open(const char *path, struct cancel *cancel,
                                 struct error *err)
{
    static const struct logsource_limits limits = {
        .piece = LOG_PIECE,
        .block = LOGTIMES_BLOCK,
        .blocks = LOG_BLOCKS,
        .read = READ_SIZE,
        .window_bytes = LOG_WINDOW_BYTES,
    };

    return logsource_open_limited(path, &limits, cancel, err);
}

void logsource_close(struct logsource *source)
{
    if (!source)
        return;
    close(source->fd);
    close_times(source);
    logindex_release(&source->newlines);
    logindex_release(&source->matches);
    logmatch_release(&source->search);
    free(source->window.bytes);
    free(source->slice.bytes);
    free(source->times_path);
    free(source->path);
    free(source);
}

/* Another file may have come under the same name; one that is gone stays open
 * under none. */
static bool take_replacement(struct logsource *source)
{
    struct stat status;
    int fd;

    if (stat(source->path, &status) < 0 ||
        (status.st_dev == source->device && status.st_ino == source->inode))
        return false;
    fd = open_file(source->path, &status, NULL);
    if (fd < 0)
        return false;
    close(source->fd);
    start_anew(source);
    look_at(source, fd, &status);
    return true;
}

bool logsource_refresh(struct logsource *source)
{
    struct stat status;
    bool has_changed = take_replacement(source);

    if (!has_changed && fstat(source->fd, &status) == 0) {
        has_changed = status.st_size != source->size;
        if (status.st_size < source->size)
            start_anew(source);
        source->size = status.st_size;
    }
    if (has_changed) {
        source->is_broken = false;
        read_times(source);
    }
    return has_changed;
}

/* ---- reading ---------------------------------------------------------- */

bool logsource_is_cancelled(const struct logsource *source)
{
    return source->cancel && cancel_level(source->cancel) != CANCEL_NONE;
}

static bool fill(struct logsource *source, struct logbuffer *buffer,
                 int64_t base)
{
    int64_t left = source->size - base;
    size_t wanted = source->limits.read;

    if (left < (int64_t)wanted)
        wanted = left > 0 ? (size_t)left : 0;
    buffer->base = base;
    buffer->size = 0;
    while (buffer->size < wanted) {
        ssize_t count =
            pread(source->fd, buffer->bytes + buffer->size,
                  wanted - buffer->size, base + (int64_t)buffer->size);

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            source->read_errno = count < 0 ? errno : 0;
            return false;
        }
        buffer->size += (size_t)count;
    }
    return true;
}

static int64_t end_of(const struct logbuffer *buffer)
{
    return buffer->base + (int64_t)buffer->size;
}

bool logsource_read(struct logsource *source, struct logbuffer *buffer,
                    int64_t from, int64_t to, struct logstretch *stretch)
{
    int64_t base = from, room = (int64_t)source->limits.read;

    if (to > source->size)
        to = source->size;
    if (from < 0 || from >= to)
        return false;
    if (from < buffer->base || to > end_of(buffer)) {
        /* Going back, what is before will be wanted next. */
        if (from < buffer->base && buffer->size)
            base = to > room ? to - room : 0;
        if (!fill(source, buffer, base < from ? base : from))
            return false;
    }
    *stretch = (struct logstretch){ .bytes = buffer->bytes,
                                    .size = buffer->size,
                                    .base = buffer->base,
                                    .piece = source->limits.piece,
                                    .is_end = end_of(buffer) == source->size };
    return true;
}

bool logsource_line(struct logsource *source, int64_t offset,
                    struct logplace *line)
{
    int64_t from = offset - loglines_look_back(source->limits.piece);
    struct logstretch stretch;

    if (!logsource_read(source, &source->window, from < 0 ? 0 : from,
                        offset + loglines_look_ahead(source->limits.piece),
                        &stretch))
        return false;
    *line = loglines_begin(&stretch, NULL, offset);
    return true;
}

bool logsource_next(struct logsource *source, struct logplace line,
                    struct logplace *next)
{
    struct logstretch stretch;

    return logsource_read(source, &source->window, line.at,
                          line.at + loglines_look_ahead(source->limits.piece),
                          &stretch) &&
           loglines_next(&stretch, line, next);
}

bool logsource_line_from(struct logsource *source, int64_t offset,
                         struct logplace *line)
{
    if (offset >= source->size) {
        *line = (struct logplace){ .at = source->size };
        return true;
    }
    if (!logsource_line(source, offset, line))
        return false;
    return line->at == offset || logsource_next(source, *line, line);
}
