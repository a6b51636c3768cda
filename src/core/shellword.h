/*
 * The shell's reading of one word, without the shell: quotes, escapes,
 * continued lines and plain variables are understood, everything that would
 * run code is refused with its place. The inner half of envfile.h.
 *
 *     struct shellword word = { .name = "FILE", .bytes = bytes, .size = size,
 *                               .lookup = lookup, .err = err };
 *     if (shellword_read(&word))
 *         use(word.value);
 *     strbuf_release(&word.value);
 *
 * The caller steps through the bytes by `at` and the functions below. After an
 * error nothing but the release is allowed. For any thread.
 */
#ifndef STEPDECK_CORE_SHELLWORD_H
#define STEPDECK_CORE_SHELLWORD_H

#include "base/strbuf.h"

#include <stddef.h>

enum {
    SHELLWORD_END = -1,
    /* Bytes that variables may put into all words together: a few lines of
     * `A=$A$A` would otherwise fill the memory. */
    SHELLWORD_MOST_EXPANDED = 1024 * 1024
};

struct shellword {
    const char *name; /* of the file, for messages */
    const char *bytes;
    size_t size;
    size_t start; /* where line 1, column 1 is */
    size_t at;
    /* The value of a variable, NULL when unset; read before the next call. */
    const char *(*lookup)(void *context, const char *key);
    void *context;
    struct strbuf value; /* what shellword_read() found */
    size_t expanded;
    int depth;
    struct error *err;
};

/* The next byte that counts, SHELLWORD_END behind the last one; steps over
 * continued lines. */
int shellword_peek(struct shellword *word);
/* Whether a line ends here, by LF, CRLF or the end of the bytes. */
bool shellword_is_line_end(struct shellword *word);
void shellword_skip_blanks(struct shellword *word);

/* Reads an identifier, "" when there is none here; to free. */
char *shellword_name(struct shellword *word);

/* Reads into `value`, which it empties first, up to an unquoted blank or the
 * end of the line. */
NODISCARD bool shellword_read(struct shellword *word);

/* Refuses an unquoted byte that would start something else than a word (a
 * command, a redirection ...); true when none is here. */
NODISCARD bool shellword_check_operator(struct shellword *word);

/* Sets the error `NAME:LINE:COLUMN: message` for the byte at offset `where`.
 * Always false. */
bool shellword_refuse(struct shellword *word, size_t where, const char *hint,
                      const char *format, ...) PRINTF_LIKE(4, 5);

#endif
