/* However the bytes are cut, the same is told and the same comes of it, and
 * what is kept meanwhile has a ceiling. */
#include "aws/docker/dockerstream.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_told(void *context, const struct docker_told *told)
{
    struct strbuf *log = context;

    if (told->current < 0 || told->total < 0 ||
        (told->total && told->current > told->total))
        abort();
    if (strpbrk(told->text, "\n") && told->kind == DOCKER_LINE)
        strbuf_adds(log, "(lines)");
    strbuf_addf(log, "%d|%s|%s|%lld|%lld|%d\n", (int)told->kind,
                told->item ? told->item : "", told->text,
                (long long)told->current, (long long)told->total,
                told->is_done);
}

static void add_result(struct strbuf *log, const char *text)
{
    strbuf_adds(log, text ? text : "(none)");
    strbuf_addc(log, '\n');
}

static void read_in_pieces(const char *bytes, size_t size, size_t piece,
                           struct strbuf *log)
{
    struct dockerstream stream = { .tell = take_told, .tell_context = log };

    for (size_t at = 0; at < size; at += piece) {
        dockerstream_add(&stream, bytes + at,
                         size - at < piece ? size - at : piece);
        if (stream.record.len > DOCKERSTREAM_LIMIT ||
            stream.line.len > DOCKERSTREAM_LINE_LIMIT ||
            stream.item_count > DOCKERSTREAM_ITEMS)
            abort();
    }
    dockerstream_finish(&stream);
    add_result(log, stream.error);
    add_result(log, stream.image);
    add_result(log, stream.digest);
    if (stream.digest && !dockerstream_is_digest(stream.digest))
        abort();
    dockerstream_release(&stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct strbuf whole = { 0 }, cut = { 0 };

    read_in_pieces(bytes, size, size ? size : 1, &whole);
    for (size_t piece = 1; piece < 8; piece += 3) {
        strbuf_clear(&cut);
        read_in_pieces(bytes, size, piece, &cut);
        if (strcmp(strbuf_text(&whole), strbuf_text(&cut)) != 0)
            abort();
    }
    strbuf_release(&whole);
    strbuf_release(&cut);
    return 0;
}
