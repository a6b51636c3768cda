#include "base/strvec.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void strvec_release(struct strvec *vec)
{
    for (size_t i = 0; i < vec->count; i++)
        free(vec->items[i]);
    free(vec->items);
    *vec = (struct strvec){ 0 };
}

void strvec_take(struct strvec *vec, char *text)
{
    vec->items = mem_grow(vec->items, vec->count + 1, &vec->capacity,
                          sizeof(*vec->items));
    vec->items[vec->count++] = text;
    vec->items[vec->count] = NULL;
}

void strvec_add(struct strvec *vec, const char *text)
{
    strvec_take(vec, mem_text(text));
}

void strvec_addf(struct strvec *vec, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    strvec_take(vec, mem_format_args(format, args));
    va_end(args);
}

bool strvec_has(const struct strvec *vec, const char *text)
{
    for (size_t i = 0; i < vec->count; i++) {
        if (strcmp(vec->items[i], text) == 0)
            return true;
    }
    return false;
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

void strvec_sort(struct strvec *vec)
{
    if (vec->count > 1)
        qsort(vec->items, vec->count, sizeof(*vec->items), compare_texts);
}

void strvec_split(struct strvec *vec, const char *text, const char *separators)
{
    static const char blanks[] = " \t\r\n";

    while (*text) {
        size_t size = strcspn(text, separators);
        const char *start = text + strspn(text, blanks);
        const char *end = text + size;

        while (end > start && strchr(blanks, end[-1]))
            end--;
        if (end > start)
            strvec_take(vec, mem_bytes(start, (size_t)(end - start)));
        text += size;
        if (*text)
            text++;
    }
}
