/*
 * Memory that cannot fail: out of memory ends the program through one
 * function, after the handler (which restores the terminal) has run.
 *
 * Everything returned is freed with free(3). Thread-safe.
 */
#ifndef STEPDECK_BASE_MEM_H
#define STEPDECK_BASE_MEM_H

#include "base/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Called once, before the program ends for want of memory. It must be
 * async-signal-safe. NULL removes it. */
void mem_set_exhausted_handler(void (*handler)(void));

/* `count` zeroed objects of `size` bytes. */
void *mem_new(size_t count, size_t size);

/* As realloc(3) for `count` objects of `size` bytes; the added part is not
 * zeroed. */
void *mem_resize(void *old, size_t count, size_t size);

/* Room for one more: doubles `*capacity` when `count` reaches it. Returns the
 * (moved) array. */
void *mem_grow(void *array, size_t count, size_t *capacity, size_t size);

/* A copy of `text`; NULL stays NULL. */
char *mem_text(const char *text);

/* A terminated copy of the `size` bytes at `bytes`. */
char *mem_bytes(const char *bytes, size_t size);

char *mem_format(const char *format, ...) PRINTF_LIKE(1, 2);
char *mem_format_args(const char *format, va_list args) PRINTF_LIKE(1, 0);

/* How many of the bytes are `wanted`. */
int64_t mem_count(const char *bytes, size_t size, char wanted);

/* Zeroes what was secret, also where nobody reads it any more. NULL is fine. */
void mem_wipe(void *bytes, size_t size);
void mem_wipe_text(char *text);

#endif
