/*
 * Where lines begin and end, and which match, in a stretch of a log's bytes:
 * the rule that logsource.h explains, as pure functions.
 *
 *     struct logstretch stretch = { bytes, size, base, piece, is_end };
 *     struct logplace line = loglines_begin(&stretch, NULL, offset), next;
 *     while (loglines_next(&stretch, line, &next)) line = next;
 *
 * A place is an offset in the file at which a line begins, or its end.
 */
#ifndef STEPDECK_TUI_LOGLINES_H
#define STEPDECK_TUI_LOGLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct logstretch {
    const char *bytes;
    size_t size;
    int64_t base;  /* of the first byte in the file */
    int64_t piece; /* LOG_PIECE, at least 8 */
    bool is_end;   /* the file ends behind the last byte */
};

struct logplace {
    int64_t at;
    bool is_continued; /* the piece of a line that began before */
};

/* How far around an offset a stretch must reach: so much before it (or to the
 * beginning of the file) to tell where its line begins, ... */
int64_t loglines_look_back(int64_t piece);
/* ... and so much behind the beginning to tell where the line ends. */
int64_t loglines_look_ahead(int64_t piece);

/* The line that holds `offset`. `known` (may be NULL) is a line at or before
 * it; then the stretch need not reach back further. */
struct logplace loglines_begin(const struct logstretch *stretch,
                               const struct logplace *known, int64_t offset);

/* The line behind `line`, or the end of the file. False when these bytes do
 * not tell. */
bool loglines_next(const struct logstretch *stretch, struct logplace line,
                   struct logplace *next);

/* The bytes of the line from `line` to `next` without the newline. */
const char *loglines_text(const struct logstretch *stretch,
                          struct logplace line, struct logplace next,
                          size_t *size);

/* Calls `found` for each matching line that begins at `from` or behind it and
 * before `to`, as far as these bytes tell, until it returns false. Gives the
 * first line not looked at. */
struct logmatch;
typedef bool loglines_found(void *context, struct logplace line,
                            struct logplace next);
struct logplace loglines_match(const struct logstretch *stretch,
                               struct logmatch *match, struct logplace from,
                               int64_t to, loglines_found *found,
                               void *context);

#endif
