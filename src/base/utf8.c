#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"

size_t utf8_sequence(const char *bytes, size_t size)
{
    const unsigned char *b = (const unsigned char *)bytes;
    size_t length;
    unsigned low = 0x80, high = 0xBF;

    if (!size)
        return 0;
    if (b[0] < 0x80)
        return 1;
    if (b[0] < 0xC2 || b[0] > 0xF4)
        return 0;
    length = b[0] < 0xE0 ? 2 : b[0] < 0xF0 ? 3 : 4;
    if (size < length)
        return 0;
    if (b[0] == 0xE0)
        low = 0xA0;
    else if (b[0] == 0xED)
        high = 0x9F;
    else if (b[0] == 0xF0)
        low = 0x90;
    else if (b[0] == 0xF4)
        high = 0x8F;
    if (b[1] < low || b[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if (b[i] < 0x80 || b[i] > 0xBF)
            return 0;
    }
    return length;
}

size_t utf8_cut_tail(const char *bytes, size_t size)
{
    for (size_t back = 1; back <= 3 && back <= size; back++) {
        unsigned char byte = (unsigned char)bytes[size - back];

        if (byte < 0x80)
            return 0;
        if (byte >= 0xC0) {
            size_t length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;

            return length > back ? back : 0;
        }
    }
    return 0;
}

/* The printable ASCII characters at the start: most of every log. */
static size_t plain_length(const char *bytes, size_t size)
{
    size_t length = 0;

    while (length < size && (unsigned char)bytes[length] >= 0x20 &&
           (unsigned char)bytes[length] < 0x7f)
        length++;
    return length;
}

bool utf8_is_valid(const char *bytes, size_t size)
{
    while (size) {
        size_t plain = plain_length(bytes, size);
        size_t length = plain ? plain : utf8_sequence(bytes, size);

        if (!length)
            return false;
        bytes += length;
        size -= length;
    }
    return true;
}

void utf8_repair(const char *bytes, size_t size, struct strbuf *out)
{
    while (size) {
        size_t length = utf8_sequence(bytes, size);

        if (length)
            strbuf_add(out, bytes, length);
        else
            strbuf_adds(out, REPLACEMENT);
        bytes += length ? length : 1;
        size -= length ? length : 1;
    }
}

/* The length of a sequence that goes on at `bytes[at]` with bytes from
 * `lowest` up to a final one. A byte that can be neither (a newline, another
 * ESC, a letter beyond ASCII) is not part of it. */
static size_t sequence_end(const char *bytes, size_t size, size_t at,
                           unsigned char lowest)
{
    while (at < size && bytes[at] >= 0x20 && bytes[at] < lowest)
        at++;
    return at < size && bytes[at] >= lowest && bytes[at] < 0x7f ? at + 1 : at;
}

static size_t string_end(const char *bytes, size_t size)
{
    size_t i = 2;

    for (; i < size && bytes[i] != '\n'; i++) {
        if (bytes[i] == '\a')
            return i + 1;
        if (bytes[i] == '\x1b')
            return i + 1 < size && bytes[i + 1] == '\\' ? i + 2 : i;
    }
    return i;
}

/* The length of the escape sequence at `bytes` (which starts with ESC). Ends
 * at the terminator or, for one that never ends, at a newline or the end of
 * the text: what follows must not be swallowed. */
static size_t escape_length(const char *bytes, size_t size)
{
    if (size < 2)
        return size;
    if (bytes[1] == '[')
        return sequence_end(bytes, size, 2, 0x40);
    if (bytes[1] && strchr("]P_^X", bytes[1]))
        return string_end(bytes, size);
    return sequence_end(bytes, size, 1, 0x30);
}

/* ESC [ numbers m. With other marks before the m (as in ESC [ > 4 m) it is a
 * different command. */
static bool is_colour(const char *bytes, size_t length)
{
    if (length < 3 || bytes[1] != '[' || bytes[length - 1] != 'm')
        return false;
    for (size_t i = 2; i < length - 1; i++) {
        if (!strchr("0123456789;:", bytes[i]))
            return false;
    }
    return true;
}

/* C1 controls, zero-width and bidirectional controls: U+0080-9F, U+061C,
 * U+200B, U+200E/F, U+202A-E, U+2066-9, U+FEFF. */
static bool is_hidden(const char *bytes, size_t length)
{
    const unsigned char *b = (const unsigned char *)bytes;

    if (length == 2)
        return (b[0] == 0xC2 && b[1] < 0xA0) || (b[0] == 0xD8 && b[1] == 0x9C);
    if (length != 3)
        return false;
    if (b[0] == 0xE2 && b[1] == 0x80)
        return b[2] == 0x8B || b[2] == 0x8E || b[2] == 0x8F ||
               (b[2] >= 0xAA && b[2] <= 0xAE);
    if (b[0] == 0xE2 && b[1] == 0x81)
        return b[2] >= 0xA6 && b[2] <= 0xA9;
    return b[0] == 0xEF && b[1] == 0xBB && b[2] == 0xBF;
}

void utf8_sanitise(const char *bytes, size_t size, bool keep_colour,
                   struct strbuf *out)
{
    while (size) {
        unsigned char first = (unsigned char)bytes[0];
        size_t plain = plain_length(bytes, size);
        size_t length = plain ? plain : utf8_sequence(bytes, size);

        if (plain) {
            strbuf_add(out, bytes, plain);
        } else if (first == 0x1b) {
            length = escape_length(bytes, size);
            if (keep_colour && is_colour(bytes, length))
                strbuf_add(out, bytes, length);
        } else if (!length) {
            strbuf_adds(out, REPLACEMENT);
            length = 1;
        } else if (first == '\t') {
            strbuf_adds(out, "    ");
        } else if (first == '\n') {
            strbuf_addc(out, ' ');
        } else if (first >= 0x20 && first != 0x7f &&
                   !is_hidden(bytes, length)) {
            strbuf_add(out, bytes, length);
        }
        bytes += length;
        size -= length;
    }
}
