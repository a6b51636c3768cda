#include "base/strbuf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void strbuf_release(struct strbuf *buf)
{
    free(buf->data);
    *buf = (struct strbuf){ 0 };
}

void strbuf_wipe(struct strbuf *buf)
{
    mem_wipe(buf->data, buf->capacity);
    strbuf_release(buf);
}

void strbuf_clear(struct strbuf *buf)
{
    strbuf_truncate(buf, 0);
}

const char *strbuf_text(const struct strbuf *buf)
{
    return buf->data ? buf->data : "";
}

char *strbuf_take(struct strbuf *buf)
{
    char *text = buf->data ? buf->data : mem_text("");

    *buf = (struct strbuf){ 0 };
    return text;
}

void strbuf_reserve(struct strbuf *buf, size_t more)
{
    size_t wanted = buf->len + more + 1;

    if (wanted <= buf->capacity)
        return;
    if (wanted < buf->capacity * 2)
        wanted = buf->capacity * 2;
    if (wanted < 64)
        wanted = 64;
    buf->data = mem_resize(buf->data, wanted, 1);
    buf->capacity = wanted;
    buf->data[buf->len] = '\0';
}

void strbuf_add(struct strbuf *buf, const void *bytes, size_t size)
{
    if (!size)
        return;
    strbuf_reserve(buf, size);
    memcpy(buf->data + buf->len, bytes, size);
    buf->len += size;
    buf->data[buf->len] = '\0';
}

void strbuf_adds(struct strbuf *buf, const char *text)
{
    strbuf_add(buf, text, strlen(text));
}

void strbuf_addc(struct strbuf *buf, char byte)
{
    strbuf_add(buf, &byte, 1);
}

void strbuf_addf(struct strbuf *buf, const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length <= 0)
        return;
    strbuf_reserve(buf, (size_t)length);
    va_start(args, format);
    vsnprintf(buf->data + buf->len, (size_t)length + 1, format, args);
    va_end(args);
    buf->len += (size_t)length;
}

void strbuf_consume(struct strbuf *buf, size_t size)
{
    if (size >= buf->len) {
        strbuf_clear(buf);
        return;
    }
    memmove(buf->data, buf->data + size, buf->len - size + 1);
    buf->len -= size;
}

void strbuf_truncate(struct strbuf *buf, size_t size)
{
    if (size > buf->len || !buf->data)
        return;
    buf->len = size;
    buf->data[size] = '\0';
}
