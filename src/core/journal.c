#include "core/journal.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JOURNAL_READ_LIMIT = 1 << 30 };

struct journal {
    int fd;
    bool ended; /* too much was waiting: nothing more is written */
    struct strbuf pending;
};

struct journal *journal_create(int dir_fd, const char *path,
                               struct error *warning)
{
    struct journal *journal = mem_new(1, sizeof(*journal));

    journal->fd = dir_fd < 0 ? -1 : fileio_open_append(dir_fd, path, warning);
    return journal;
}

bool journal_append(struct journal *journal, const char *line, size_t size,
                    bool durable, struct error *warning)
{
    if (journal->fd < 0 || journal->ended)
        return journal->fd < 0;
    if (journal->pending.len) {
        strbuf_add(&journal->pending, line, size);
        line = journal->pending.data;
        size = journal->pending.len;
    }
    if (!fileio_append(journal->fd, line, size, warning)) {
        error_wrap(warning, "the journal of the run");
        if (!journal->pending.len)
            strbuf_add(&journal->pending, line, size);
        journal->ended = journal->pending.len > JOURNAL_PENDING_LIMIT;
        return false;
    }
    strbuf_clear(&journal->pending);
    if (durable && fdatasync(journal->fd) < 0)
        return error_set_errno(warning, ERROR_IO, errno,
                               "cannot sync the journal");
    return true;
}

void journal_close(struct journal *journal)
{
    if (!journal)
        return;
    if (journal->fd >= 0) {
        if (journal->pending.len && !journal->ended)
            (void)!fileio_append(journal->fd, journal->pending.data,
                                 journal->pending.len, NULL);
        close(journal->fd);
    }
    strbuf_release(&journal->pending);
    free(journal);
}

void journal_read_bytes(const char *bytes, size_t size,
                        bool (*visit)(void *context, const struct event *event),
                        void *context, size_t *skipped)
{
    size_t ignored = 0;
    bool more = true;

    if (!skipped)
        skipped = &ignored;
    *skipped = 0;
    while (size && more) {
        const char *end = memchr(bytes, '\n', size);
        size_t length = end ? (size_t)(end - bytes) : size;
        struct event *event =
            end && length ? event_parse(bytes, length, NULL) : NULL;

        if (event)
            more = visit(context, event);
        else if (length)
            (*skipped)++;
        event_unref(event);
        length += end != NULL;
        bytes += length;
        size -= length;
    }
}

bool journal_read(int dir_fd, const char *path,
                  bool (*visit)(void *context, const struct event *event),
                  void *context, size_t *skipped, struct error *err)
{
    struct strbuf text = { 0 };
    bool ok = fileio_read_state(dir_fd, path, JOURNAL_READ_LIMIT, &text, err);

    if (ok)
        journal_read_bytes(strbuf_text(&text), text.len, visit, context,
                           skipped);
    strbuf_release(&text);
    return ok;
}
