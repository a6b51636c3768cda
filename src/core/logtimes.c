#include "core/logtimes.h"

#include "base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- writer ----------------------------------------------------------- */

void logtimes_writer_release(struct logtimes_writer *writer)
{
    if (writer->fd >= 0)
        close(writer->fd);
    writer->fd = -1;
}

/* A clock that was set back gets a new mark, too. */
static bool is_due(const struct logtimes_writer *writer, int64_t now)
{
    return !writer->has_mark || now < writer->last_ms ||
           now - writer->last_ms >= LOGTIMES_INTERVAL_MS;
}

static void write_line(struct logtimes_writer *writer, const char *line,
                       int size)
{
    ssize_t written;

    do
        written = write(writer->fd, line, (size_t)size);
    while (written < 0 && errno == EINTR);
    /* Behind half a line the next would be read as part of it. */
    if (written != size)
        logtimes_writer_release(writer);
}

void logtimes_mark(struct logtimes_writer *writer, int64_t offset)
{
    char line[LOGTIMES_LINE];
    int64_t now;

    if (writer->fd < 0)
        return;
    now = clock_wall(writer->clock);
    if (!is_due(writer, now))
        return;
    writer->last_ms = now;
    writer->has_mark = true;
    write_line(
        writer, line,
        snprintf(line, sizeof(line), "%" PRId64 " %" PRId64 "\n", offset, now));
}

static void mark_block(struct logtimes_writer *writer)
{
    char line[LOGTIMES_LINE];

    write_line(
        writer, line,
        snprintf(line, sizeof(line), "%" PRId64 " %" PRId64 " %" PRId64 "\n",
                 writer->counted, clock_wall(writer->clock), writer->newlines));
}

void logtimes_count(struct logtimes_writer *writer, int64_t offset,
                    const char *bytes, size_t size)
{
    if (offset != writer->counted)
        return;
    while (size && writer->fd >= 0) {
        size_t part =
            (size_t)(LOGTIMES_BLOCK - writer->counted % LOGTIMES_BLOCK);

        if (part > size)
            part = size;
        writer->newlines += mem_count(bytes, part, '\n');
        writer->counted += (int64_t)part;
        if (writer->counted % LOGTIMES_BLOCK == 0)
            mark_block(writer);
        bytes += part;
        size -= part;
    }
}

/* ---- reader ----------------------------------------------------------- */

static void thin_out(struct logtimes *times)
{
    size_t kept = 0;

    for (size_t i = 0; i < times->count; i += 2)
        times->entries[kept++] = times->entries[i];
    times->count = kept;
    times->thinned++;
}

static void add_mark(struct logtimes *times, int64_t offset, int64_t wall_ms)
{
    if (times->seen && offset < times->last_offset)
        return;
    times->last_offset = offset;
    /* Every 2^thinned-th is kept, so the kept ones are evenly spread. */
    if (times->seen++ & ((UINT64_C(1) << times->thinned) - 1))
        return;
    times->entries = mem_grow(times->entries, times->count, &times->capacity,
                              sizeof(*times->entries));
    times->entries[times->count++] =
        (struct logtimes_entry){ .offset = offset, .wall_ms = wall_ms };
    if (times->count == LOGTIMES_MARKS)
        thin_out(times);
}

/* Up to 18 digits, which cannot overflow; NULL when there are none, or more. */
static const char *read_number(const char *text, int64_t *number)
{
    const char *begin = text;

    *number = 0;
    for (; *text >= '0' && *text <= '9' && text - begin < 18; text++)
        *number = *number * 10 + (*text - '0');
    return text == begin ? NULL : text;
}

static void read_line(struct logtimes *times)
{
    int64_t offset, wall_ms, newlines = -1;
    const char *text, *end = times->line + times->line_size;

    times->line[times->line_size] = '\0';
    text = read_number(times->line, &offset);
    if (!text || *text != ' ')
        return;
    text = read_number(text + 1, &wall_ms);
    if (text && *text == ' ')
        text = read_number(text + 1, &newlines);
    if (!text || text != end)
        return;
    if (newlines < 0)
        add_mark(times, offset, wall_ms);
    else if (times->tell_newlines)
        times->tell_newlines(times->context, offset, newlines);
}

void logtimes_feed(struct logtimes *times, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\n') {
            if (times->line_size < LOGTIMES_LINE - 1)
                read_line(times);
            times->line_size = 0;
        } else if (times->line_size < LOGTIMES_LINE - 1) {
            /* A line that fills the room is too long to be a mark. */
            times->line[times->line_size++] = bytes[i];
        }
    }
}

bool logtimes_read(struct logtimes *times, int fd, size_t budget)
{
    char bytes[8192];

    times->is_partial = false;
    while (budget) {
        size_t wanted = budget < sizeof(bytes) ? budget : sizeof(bytes);
        ssize_t count = pread(fd, bytes, wanted, times->position);

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        logtimes_feed(times, bytes, (size_t)count);
        times->position += count;
        budget -= (size_t)count;
    }
    times->is_partial = true;
    return true;
}

int64_t logtimes_at(const struct logtimes *times, int64_t offset)
{
    size_t low = 0, high = times->count;

    /* What the next mark is, nobody knows yet. */
    if (times->is_partial && offset >= times->last_offset)
        return 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (times->entries[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? times->entries[low - 1].wall_ms : 0;
}

void logtimes_release(struct logtimes *times)
{
    free(times->entries);
    *times = (struct logtimes){ 0 };
}
