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

static int digit_value(char digit)
{
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

bool base64_decode(const char *text, size_t size, struct strbuf *out)
{
    size_t padding = 0;

    if (size % 4)
        return false;
    while (padding < 2 && padding < size && text[size - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < size; i += 4) {
        size_t digits = i + 4 < size ? 4 : 4 - padding;
        unsigned group = 0;
        char bytes[3];

        for (size_t j = 0; j < 4; j++) {
            int value = j < digits ? digit_value(text[i + j]) : 0;

            if (value < 0)
                return false;
            group = group << 6 | (unsigned)value;
        }
        bytes[0] = (char)(group >> 16);
        bytes[1] = (char)(group >> 8 & 255);
        bytes[2] = (char)(group & 255);
        strbuf_add(out, bytes, digits - 1);
    }
    return true;
}
