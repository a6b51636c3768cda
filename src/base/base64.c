#include "base/base64.h"

void base64_encode(const void *bytes, size_t size, struct strbuf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *next = bytes;

    strbuf_reserve(out, (size + 2) / 3 * 4);
    for (; size; next += 3) {
        unsigned group = (unsigned)next[0] << 16;
        size_t taken = size < 3 ? size : 3;
        char text[4];

        if (taken > 1)
            group |= (unsigned)next[1] << 8;
        if (taken > 2)
            group |= next[2];
        text[0] = digits[group >> 18];
        text[1] = digits[group >> 12 & 63];
        text[2] = digits[group >> 6 & 63];
        text[3] = digits[group & 63];
        for (size_t i = taken + 1; i < 4; i++)
            text[i] = '=';
        strbuf_add(out, text, sizeof(text));
        size -= taken;
    }
}
