/*
 * Changing single values in the text of a configuration file: every byte that
 * is not the value of the key stays as it is.
 *
 *     setup_edit(SETUP_ENV, ".env", &text, "AWS_REGION", "us-east-1", &err)
 *
 * Pure functions, for any thread.
 */
#ifndef STEPDECK_CORE_SETUP_EDIT_H
#define STEPDECK_CORE_SETUP_EDIT_H

#include "base/strbuf.h"

#include <stddef.h>

enum setup_syntax {
    SETUP_ENV, /* core/envfile.h */
    SETUP_HCL  /* terraform.tfvars */
};

/* An assignment, by offsets into the text. */
struct setup_span {
    char *key;
    size_t line;             /* where its first line begins */
    size_t value, value_end; /* as it is written, quotes included */
    size_t line_end;         /* behind the newline of its last line */
};

struct setup_spans {
    struct setup_span *items;
    size_t count, capacity;
};

/* Finds the assignments, in their order. ERROR_INPUT names file and line of
 * what cannot be understood; `spans` is then empty. */
NODISCARD bool setup_spans_read(enum setup_syntax syntax, const char *name,
                                const char *text, size_t size,
                                struct setup_spans *spans, struct error *err);
void setup_spans_release(struct setup_spans *spans);
/* For the readers: takes ownership of `key`. */
void setup_spans_add(struct setup_spans *spans, const struct setup_span *span);

/* Sets `key` where it was assigned last, else on a line at the end; a NULL
 * `value` removes all its lines. Line ends are as those that are there. On
 * failure (ERROR_INPUT) the text is as it was: it cannot be understood, or the
 * change could not be read back as it was meant. */
NODISCARD bool setup_edit(enum setup_syntax syntax, const char *name,
                          struct strbuf *text, const char *key,
                          const char *value, struct error *err);

/* Appends the text with `***` for the values of the keys that `is_secret`
 * tells; as it is where it cannot be understood. */
void setup_edit_mask(enum setup_syntax syntax, const char *text, size_t size,
                     bool (*is_secret)(void *context, const char *key),
                     void *context, struct strbuf *out);

#endif
