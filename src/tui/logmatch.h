/*
 * Which lines match a struct log_match, fast.
 *
 *     struct logmatch match;
 *     logmatch_init(&match, &wanted);
 *     logmatch_line(&match, text, size)         one line
 *
 *     struct logseek seek = { 0 };
 *     place = logmatch_seek(&match, &seek, bytes, size, from);   many lines
 *     logmatch_release(&match);
 *
 * DESIGN. Of a text its two rarest bytes are looked for at their distance, over
 * runs of bytes in a loop that the compiler turns into vector code; only where
 * both stand the rest is compared. (For errors see logerror.h.) What matches is
 * the text without escape sequences: a line that holds an ESC is a candidate
 * always. It is matched without them when they could make a difference:
 * something like a match is in it, or they stand between two bytes that could
 * both belong to one.
 *
 * Without an upper-case letter in the text the case of ASCII letters does not
 * count. A match with an empty text is one of LOG_MATCH_NOTHING. One thread.
 */
#ifndef STEPDECK_TUI_LOGMATCH_H
#define STEPDECK_TUI_LOGMATCH_H

#include "base/strbuf.h"
#include "tui/logsource.h"

struct logmatch {
    enum log_match_kind kind;
    char *text;
    size_t size;
    bool folds;          /* `text` is in lower case, the case does not count */
    size_t rare[2];      /* where its two rarest bytes are, ascending */
    bool has_byte[256];  /* occurs in the text, or in a word of errors */
    struct strbuf plain; /* a line without escape sequences */
};

/* Where the next candidates are; `= { 0 }` for new bytes. */
struct logseek {
    bool is_begun;
    size_t candidate, escape;
};

void logmatch_init(struct logmatch *match, const struct log_match *wanted);
void logmatch_release(struct logmatch *match);
bool logmatch_is(const struct logmatch *match, const struct log_match *wanted);
bool logmatch_is_nothing(const struct logmatch *match);
/* Lines without a candidate match, instead of not. */
bool logmatch_is_negated(const struct logmatch *match);

bool logmatch_line(struct logmatch *match, const char *text, size_t size);

/* The first byte from `from` on (never less than the last time) at which a line
 * may hold what is looked for; `size` when there is none. */
size_t logmatch_seek(const struct logmatch *match, struct logseek *seek,
                     const char *bytes, size_t size, size_t from);

/* Whether the line from `from` to `to` (without its newline) of these bytes
 * holds it; the last logmatch_seek() was for `from`. Lines of LOG_MATCH_NOT are
 * those that do not. */
bool logmatch_holds(struct logmatch *match, const struct logseek *seek,
                    const char *bytes, size_t from, size_t to);

/* Appends the bytes without escape sequences: CSI, OSC and their like, whole
 * or cut off. */
void logmatch_plain(const char *bytes, size_t size, struct strbuf *out);

#endif
