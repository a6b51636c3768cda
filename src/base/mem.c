#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void (*exhausted_handler)(void);

void mem_set_exhausted_handler(void (*handler)(void))
{
    exhausted_handler = handler;
}

NORETURN static void exhausted(void)
{
    static const char message[] = "stepdeck: out of memory\n";

    if (exhausted_handler)
        exhausted_handler();
    if (write(STDERR_FILENO, message, sizeof(message) - 1) < 0)
        _exit(1);
    _exit(1);
}

void *mem_new(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);

    if (!memory)
        exhausted();
    return memory;
}

void *mem_resize(void *old, size_t count, size_t size)
{
    void *memory;

    if (size && count > SIZE_MAX / size)
        exhausted();
    memory = realloc(old, count && size ? count * size : 1);
    if (!memory)
        exhausted();
    return memory;
}

void *mem_grow(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity ? *capacity * 2 : 8;
    return mem_resize(array, *capacity, size);
}

char *mem_text(const char *text)
{
    return text ? mem_bytes(text, strlen(text)) : NULL;
}

char *mem_bytes(const char *bytes, size_t size)
{
    char *copy = mem_resize(NULL, size + 1, 1);

    if (size)
        memcpy(copy, bytes, size);
    copy[size] = '\0';
    return copy;
}

char *mem_format_args(const char *format, va_list args)
{
    va_list again;
    char *text;
    int length;

    va_copy(again, args);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return mem_text("");
    text = mem_resize(NULL, (size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, args);
    return text;
}

char *mem_format(const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = mem_format_args(format, args);
    va_end(args);
    return text;
}

/* A plain memset before free() may be left out by the compiler. */
/* Written so that the compiler makes vectors of it: sums of single bytes,
 * short enough not to overflow. */
int64_t mem_count(const char *bytes, size_t size, char wanted)
{
    enum { RUN = 240 };
    int64_t count = 0;

    while (size >= RUN) {
        unsigned char sum = 0;

        for (int i = 0; i < RUN; i++)
            sum = (unsigned char)(sum + (bytes[i] == wanted));
        count += sum;
        bytes += RUN;
        size -= RUN;
    }
    for (size_t i = 0; i < size; i++)
        count += bytes[i] == wanted;
    return count;
}

void mem_wipe(void *bytes, size_t size)
{
    volatile unsigned char *at = bytes;

    while (at && size--)
        *at++ = 0;
}

void mem_wipe_text(char *text)
{
    if (text)
        mem_wipe(text, strlen(text));
}
