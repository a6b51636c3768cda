/*
 * Masking secrets in bytes that leave the program: logs, screens, journals.
 *
 *     struct redact *redact = redact_new();
 *     if (redact_add(redact, value) == REDACT_TOO_SHORT)
 *         warn...
 *     redact_seal(redact);
 *
 *     struct redact_stream stream = { .redact = redact };
 *     while (read some)
 *         redact_stream_feed(&stream, bytes, size, &out);
 *     redact_stream_finish(&stream, &out);
 *
 * A secret is masked wherever it stands: as it is, line by line when it has
 * several, in base64 and base64url at any alignment, percent-encoded, and as
 * part of a JSON text (redact_forms.h has the list). Each longest run of bytes
 * that belong to a form becomes one "***", so secrets that overlap or touch
 * leave nothing readable between them, and the mask tells no length.
 *
 * How a stream is cut into feeds changes nothing in what is written. A feed
 * holds back only a tail that could be the beginning of a form, never more
 * than REDACT_PIECE_BYTES.
 *
 * Threads: redact_new, _add, _seal and _free belong to one thread. Between
 * redact_seal() and redact_free() any number of threads may read the object;
 * a stream belongs to one of them. More secrets may be added and sealed later,
 * but only while nobody reads.
 */
#ifndef STEPDECK_BASE_REDACT_H
#define STEPDECK_BASE_REDACT_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stddef.h>

/* A shorter value is refused: it would mask half of every text. */
enum { REDACT_MIN_BYTES = 6 };

enum redact_added {
    REDACT_ADDED,
    REDACT_EMPTY,    /* nothing but white space: nothing to hide */
    REDACT_TOO_SHORT /* stays readable: the caller warns */
};

struct redact;

/* `= { .redact = redact }`; `redact` is borrowed, the rest is private. */
struct redact_stream {
    const struct redact *redact;
    struct strbuf held; /* a tail that may be the beginning of a form */
    size_t covered;     /* bytes of `held` under a mask that is written */
    bool after_mask;    /* the last thing written is a mask */
};

/* Empty and sealed: an object without secrets needs no further call. */
struct redact *redact_new(void);
void redact_free(struct redact *redact);

/* Adds a value, white space around it cut off. A value that is there already
 * is fine. Takes effect with the next redact_seal(). */
enum redact_added redact_add(struct redact *redact, const char *secret);

/* Builds the search tables. Reading an object with unsealed additions is a
 * bug (asserted). */
void redact_seal(struct redact *redact);

/* Whether every text passes unchanged, so that the copy can be spared. */
bool redact_is_empty(const struct redact *redact);

/* Appends the masked text to `out`. */
void redact_text(const struct redact *redact, const char *bytes, size_t size,
                 struct strbuf *out);

/* Appends to `out` whatever may be written now. */
void redact_stream_feed(struct redact_stream *stream, const char *bytes,
                        size_t size, struct strbuf *out);

/* Appends what is held back, masked where it must be, and leaves the stream
 * as new, its memory given back. Call it for every stream that was fed. */
void redact_stream_finish(struct redact_stream *stream, struct strbuf *out);

/* Whether a configuration or environment key (any case; '-' and '.' count as
 * '_') names a secret. Decided by the name alone: PASSWORD_FILE, SECRET_ARN
 * and the like hold a path or a name and are none. */
bool redact_is_secret_name(const char *key);

#endif
