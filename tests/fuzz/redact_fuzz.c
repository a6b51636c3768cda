/*
 * Masking. Input: one byte with the number of secrets (low two bits, plus one)
 * and the seed of the chunk sizes (the rest); the secrets, each ended by a NUL;
 * then the text. The stream must write what one call writes, and no secret may
 * stay readable.
 */
#include "base/redact.h"

#include "base/mem.h"
#include "base/strvec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* Adds the secrets in front of the text and returns where the text begins. */
static size_t add_secrets(struct redact *redact, struct strvec *secrets,
                          const char *bytes, size_t size)
{
    int left = (bytes[0] & 3) + 1;
    size_t at = 1;

    for (; left && at < size; left--) {
        size_t length = strnlen(bytes + at, size - at);
        char *secret = mem_bytes(bytes + at, length);

        if (redact_add(redact, secret) == REDACT_ADDED)
            strvec_add(secrets, secret);
        free(secret);
        at += length < size - at ? length + 1 : length;
    }
    return at;
}

static void stream(const struct redact *redact, unsigned seed,
                   const char *bytes, size_t size, struct strbuf *out)
{
    struct redact_stream stream = { .redact = redact };

    while (size) {
        size_t step = 1 + (seed = seed * 1103515245U + 12345U) / 65536 % 13;

        if (step > size)
            step = size;
        redact_stream_feed(&stream, bytes, step, out);
        check(stream.covered <= stream.held.len);
        bytes += step;
        size -= step;
    }
    redact_stream_finish(&stream, out);
}

/* The text may hold NULs, the secret none. A mask can only complete a secret
 * that has an asterisk itself. */
static bool is_readable(const struct strbuf *text, const char *padded)
{
    static const char blanks[] = " \t\r\n\v\f";
    const char *secret = padded + strspn(padded, blanks);
    size_t size = strlen(secret);

    while (size && strchr(blanks, secret[size - 1]))
        size--;
    if (memchr(secret, '*', size))
        return false;
    for (size_t at = 0; at + size <= text->len; at++) {
        if (memcmp(text->data + at, secret, size) == 0)
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct redact *redact;
    struct strvec secrets = { 0 };
    struct strbuf once = { 0 }, streamed = { 0 };
    size_t start;

    if (!size)
        return 0;
    redact = redact_new();
    start = add_secrets(redact, &secrets, bytes, size);
    redact_seal(redact);
    redact_text(redact, bytes + start, size - start, &once);
    stream(redact, data[0] >> 2, bytes + start, size - start, &streamed);
    check(once.len == streamed.len);
    check(!once.len || memcmp(once.data, streamed.data, once.len) == 0);
    for (size_t i = 0; i < secrets.count; i++)
        check(!is_readable(&once, secrets.items[i]));
    for (size_t i = 0; i < secrets.count; i++)
        redact_is_secret_name(secrets.items[i]);
    strbuf_release(&once);
    strbuf_release(&streamed);
    strvec_release(&secrets);
    redact_free(redact);
    return 0;
}
