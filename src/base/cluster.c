#include "base/cluster.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <utf8proc.h>

enum { EMOJI_SELECTOR = 0xFE0F, WIDEST = 2 };

/* The code point at `bytes` and its length, 0 when there is none. */
static size_t decode(const char *bytes, size_t size, int32_t *code)
{
    utf8proc_ssize_t length =
        utf8proc_iterate((const utf8proc_uint8_t *)bytes,
                         (utf8proc_ssize_t)(size < 4 ? size : 4), code);

    return length > 0 ? (size_t)length : 0;
}

/* Whether U+FE0F turns the character into an emoji of two columns. Digits, #
 * and * are those of keycaps. */
static bool has_emoji_form(int32_t code)
{
    if (code < 0x80)
        return (code >= '0' && code <= '9') || code == '#' || code == '*';
    return utf8proc_get_property(code)->boundclass ==
           UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

/* The widths of the code points add up, to two columns at most: that is what
 * terminals which know clusters draw, and for the clusters of the common
 * scripts also what those draw that do not. */
static struct cluster measure(const char *bytes, size_t size, size_t length,
                              int32_t code)
{
    struct cluster cluster = { length, utf8proc_charwidth(code) };
    utf8proc_int32_t state = 0;
    int32_t next;

    while (cluster.size < size) {
        length = decode(bytes + cluster.size, size - cluster.size, &next);
        if (!length || cluster.size + length > CLUSTER_LIMIT ||
            utf8proc_grapheme_break_stateful(code, next, &state))
            break;
        if (next == EMOJI_SELECTOR && has_emoji_form(code))
            cluster.width = WIDEST;
        cluster.width += utf8proc_charwidth(next);
        if (cluster.width > WIDEST)
            cluster.width = WIDEST;
        cluster.size += length;
        code = next;
    }
    return cluster;
}

struct cluster cluster_next(const char *bytes, size_t size)
{
    const unsigned char *b = (const unsigned char *)bytes;
    int32_t code;
    size_t length;

    /* Two bytes of ASCII never join but for \r\n, which nobody draws. */
    if (b[0] < 0x80 && (size == 1 || b[1] < 0x80))
        return (struct cluster){ 1, b[0] >= 0x20 && b[0] != 0x7f };
    length = decode(bytes, size, &code);
    if (!length)
        return (struct cluster){ 1, 1 };
    return measure(bytes, size, length, code);
}

int cluster_columns(const char *text)
{
    size_t size = strlen(text);
    int columns = 0;

    while (size) {
        struct cluster cluster = cluster_next(text, size);

        columns += cluster.width;
        text += cluster.size;
        size -= cluster.size;
    }
    return columns;
}

size_t cluster_fit(const char *text, size_t size, int columns, int *used)
{
    size_t at = 0;
    int width = 0;

    while (at < size) {
        struct cluster cluster = cluster_next(text + at, size - at);

        if (width + cluster.width > columns)
            break;
        width += cluster.width;
        at += cluster.size;
    }
    if (used)
        *used = width;
    return at;
}
