/* Repaired text is valid; sanitised text is valid, drives no terminal and
 * stays as it is when sanitised again; a line swallows nothing of the next. */
#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static bool is_same(const struct strbuf *left, const struct strbuf *right)
{
    return left->len == right->len &&
           (!left->len || memcmp(left->data, right->data, left->len) == 0);
}

/* The only controls that may be left are colour sequences. */
static void check_harmless(const struct strbuf *text, bool keep_colour)
{
    for (size_t i = 0; i < text->len; i++) {
        unsigned char byte = (unsigned char)text->data[i];

        if (byte == 0x1b) {
            check(keep_colour && text->data[i + 1] == '[');
            i += 2 + strspn(text->data + i + 2, "0123456789;:");
            check(text->data[i] == 'm');
        } else {
            check(byte >= 0x20 && byte != 0x7f);
            check(byte != 0xC2 || (unsigned char)text->data[i + 1] >= 0xA0);
        }
    }
}

static void check_sanitised(const char *bytes, size_t size, bool keep_colour)
{
    struct strbuf once = { 0 }, twice = { 0 };

    utf8_sanitise(bytes, size, keep_colour, &once);
    check(utf8_is_valid(strbuf_text(&once), once.len));
    check_harmless(&once, keep_colour);
    utf8_sanitise(strbuf_text(&once), once.len, keep_colour, &twice);
    check(is_same(&once, &twice));
    strbuf_release(&once);
    strbuf_release(&twice);
}

/* Sanitising two lines is sanitising each: nothing reaches over a newline. */
static void check_lines(const char *bytes, size_t size)
{
    const char *newline = size ? memchr(bytes, '\n', size) : NULL;
    struct strbuf whole = { 0 }, parts = { 0 };
    size_t first = newline ? (size_t)(newline - bytes) : size;

    utf8_sanitise(bytes, size, true, &whole);
    utf8_sanitise(bytes, first, true, &parts);
    utf8_sanitise(bytes + first, size - first, true, &parts);
    check(is_same(&whole, &parts));
    strbuf_release(&whole);
    strbuf_release(&parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct strbuf repaired = { 0 };

    if (!size)
        return 0;
    utf8_repair(bytes, size, &repaired);
    check(utf8_is_valid(strbuf_text(&repaired), repaired.len));
    check(!utf8_is_valid(bytes, size) ||
          (repaired.len == size && memcmp(repaired.data, bytes, size) == 0));
    strbuf_release(&repaired);
    check_sanitised(bytes, size, false);
    check_sanitised(bytes, size, true);
    check_lines(bytes, size);
    return 0;
}
