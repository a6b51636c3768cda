#include "core/steplog.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "base/redact.h"
#include "core/logtimes.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct steplog {
    int fd;
    struct logtimes_writer times;
    const struct redact *redact;
    struct redact_stream stream;
    struct strbuf masked;
    struct strbuf tail; /* up to twice STEPLOG_TAIL_BYTES, cut when full */
    int64_t size;
    int64_t lost;
};

struct steplog *steplog_new(int fd, const struct redact *redact)
{
    struct steplog *log = mem_new(1, sizeof(*log));

    log->fd = fd;
    log->times.fd = -1;
    log->redact = redact;
    log->stream.redact = redact;
    return log;
}

void steplog_free(struct steplog *log)
{
    if (!log)
        return;
    if (log->fd >= 0)
        close(log->fd);
    logtimes_writer_release(&log->times);
    strbuf_release(&log->stream.held);
    strbuf_release(&log->masked);
    strbuf_release(&log->tail);
    free(log);
}

void steplog_keep_times(struct steplog *log, int fd, const struct clock *clock)
{
    logtimes_writer_release(&log->times);
    log->times = (struct logtimes_writer){ .fd = fd, .clock = clock };
}

static void keep_tail(struct steplog *log, const char *bytes, size_t size)
{
    if (size >= STEPLOG_TAIL_BYTES) {
        bytes += size - STEPLOG_TAIL_BYTES;
        size = STEPLOG_TAIL_BYTES;
        strbuf_clear(&log->tail);
    }
    if (log->tail.len + size > (size_t)2 * STEPLOG_TAIL_BYTES)
        strbuf_consume(&log->tail, log->tail.len - STEPLOG_TAIL_BYTES + size);
    strbuf_add(&log->tail, bytes, size);
}

static void write_out(struct steplog *log, const char *bytes, size_t size)
{
    keep_tail(log, bytes, size);
    if (size)
        logtimes_mark(&log->times, log->size);
    while (size) {
        ssize_t count = log->fd < 0 ? -1 : write(log->fd, bytes, size);

        if (count < 0 && log->fd >= 0 && errno == EINTR)
            continue;
        if (count < 0) {
            log->lost += (int64_t)size;
            return;
        }
        logtimes_count(&log->times, log->size, bytes, (size_t)count);
        log->size += count;
        bytes += count;
        size -= (size_t)count;
    }
}

void steplog_write(struct steplog *log, const char *bytes, size_t size)
{
    if (redact_is_empty(log->redact)) {
        write_out(log, bytes, size);
        return;
    }
    strbuf_clear(&log->masked);
    redact_stream_feed(&log->stream, bytes, size, &log->masked);
    write_out(log, strbuf_text(&log->masked), log->masked.len);
}

void steplog_finish(struct steplog *log)
{
    if (redact_is_empty(log->redact))
        return;
    strbuf_clear(&log->masked);
    redact_stream_finish(&log->stream, &log->masked);
    write_out(log, strbuf_text(&log->masked), log->masked.len);
}

int64_t steplog_size(const struct steplog *log)
{
    return log->size;
}

int64_t steplog_lost(const struct steplog *log)
{
    return log->lost;
}

const struct strbuf *steplog_tail(const struct steplog *log)
{
    return &log->tail;
}

void steplog_mark(struct steplog *log)
{
    strbuf_clear(&log->tail);
}
