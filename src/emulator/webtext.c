#include "emulator/webtext.h"

#include "base/strbuf.h"

#include <string.h>

static int hex_value(char digit)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = digit ? strchr(digits, digit) : NULL;

    return found ? (int)(found - digits) % 16 : -1;
}

static char *decode(const char *text, size_t size, char space)
{
    struct strbuf out = { 0 };

    strbuf_reserve(&out, size);
    for (size_t i = 0; i < size; i++) {
        int high = i + 2 < size ? hex_value(text[i + 1]) : -1;
        int low = high >= 0 ? hex_value(text[i + 2]) : -1;

        if (text[i] == '%' && low >= 0) {
            strbuf_addc(&out, (char)(high * 16 + low));
            i += 2;
        } else {
            strbuf_addc(&out, text[i] == space ? ' ' : text[i]);
        }
    }
    return strbuf_take(&out);
}

char *webtext_decode(const char *text, size_t size)
{
    return decode(text, size, ' ');
}

char *webtext_decode_query(const char *text, size_t size)
{
    return decode(text, size, '+');
}

char *webtext_parameter(const char *query, const char *name)
{
    const size_t size = strlen(name);

    while (*query) {
        size_t end = strcspn(query, "&");

        if (end > size && strncmp(query, name, size) == 0 && query[size] == '=')
            return webtext_decode_query(query + size + 1, end - size - 1);
        query += end + (query[end] == '&');
    }
    return NULL;
}
