/*
 * Bytes that grow. `= { 0 }` is the empty buffer; strbuf_release() gives the
 * memory back and leaves an empty buffer.
 *
 *     struct strbuf text = { 0 };
 *     strbuf_addf(&text, "%d steps", count);
 *     puts(strbuf_text(&text));
 *     strbuf_release(&text);
 *
 * `data` is terminated by a NUL that `len` does not count whenever it is not
 * NULL. One owner, no locks.
 */
#ifndef STEPDECK_BASE_STRBUF_H
#define STEPDECK_BASE_STRBUF_H

#include "base/error.h"

#include <stddef.h>

struct strbuf {
    char *data;
    size_t len;
    size_t capacity;
};

void strbuf_release(struct strbuf *buf);
/* The same of what was secret: overwritten first. */
void strbuf_wipe(struct strbuf *buf);
/* Empties the buffer and keeps its memory. */
void strbuf_clear(struct strbuf *buf);
/* The bytes as text, "" when empty; valid until the next change. */
const char *strbuf_text(const struct strbuf *buf);
/* Gives the text to the caller (to free) and leaves an empty buffer. */
char *strbuf_take(struct strbuf *buf);

/* Makes room for `more` bytes beyond `len` without changing the content. */
void strbuf_reserve(struct strbuf *buf, size_t more);
void strbuf_add(struct strbuf *buf, const void *bytes, size_t size);
void strbuf_adds(struct strbuf *buf, const char *text);
void strbuf_addc(struct strbuf *buf, char byte);
void strbuf_addf(struct strbuf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
/* Drops the first `size` bytes. */
void strbuf_consume(struct strbuf *buf, size_t size);
/* Cuts the buffer down to `size` bytes; a shorter one stays as it is. */
void strbuf_truncate(struct strbuf *buf, size_t size);

#endif
