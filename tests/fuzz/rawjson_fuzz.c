/* However the bytes are cut, the same is told and the same error found. */
#include "aws/docker/rawjson.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_told(void *context, const struct docker_told *told)
{
    if (told->current < 0 || told->total < 0 ||
        (told->total && told->current > told->total))
        abort();
    strbuf_addf(context, "%d|%s|%s|%lld|%lld|%d\n", (int)told->kind,
                told->item ? told->item : "", told->text,
                (long long)told->current, (long long)told->total,
                told->is_done);
}

static void read_in_pieces(const char *bytes, size_t size, size_t piece,
                           struct strbuf *log)
{
    struct rawjson raw = { .tell = take_told, .tell_context = log };
    const char *error;

    for (size_t at = 0; at < size; at += piece) {
        rawjson_add(&raw, bytes + at, size - at < piece ? size - at : piece);
        if (raw.record.len > RAWJSON_LIMIT || raw.count > RAWJSON_STEPS)
            abort();
    }
    rawjson_finish(&raw);
    error = rawjson_error(&raw);
    strbuf_adds(log, error ? error : "(none)");
    rawjson_release(&raw);
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
