/*
 * A log file of any size, read in windows at constant memory.
 *
 *     struct logsource *source = logsource_open(path, &err);
 *     while (logsource_work(source, budget)) ...     counts in the background
 *     logsource_window(source, &query, &window);
 *     logwindow_release(&window);
 *     logsource_close(source);
 *
 * DESIGN. A line ends at its newline. One that is longer than LOG_PIECE bytes
 * is cut into pieces, each a line of its own here, marked `is_continued`: a
 * piece begins at each multiple of LOG_PIECE of the file before which there is
 * no newline for LOG_PIECE bytes (moved behind the end of a UTF-8 sequence).
 * So whether a line begins at an offset is decided by the LOG_PIECE bytes
 * before it, wherever one looks, and no line has more than 2 * LOG_PIECE bytes
 * (and the rest of a sequence).
 *
 * What is known of the whole file is two sparse sums: the newlines, and the
 * lines that match the search, before each block. There are at most
 * LOG_BLOCKS blocks; when the file outgrows them, they double in size. So a
 * line number is found by one look-up and one read of a block, and the memory
 * is the same for 1 KB and 10 GB. Nothing is mapped: mapped windows would
 * count as resident, and a truncated file would kill the program.
 *
 * The file may grow all the while; one that has shrunk is read anew. A last
 * line without its newline is a line.
 *
 * Blocking, single-threaded: for logthread.h, not for a thread that draws.
 */
#ifndef STEPDECK_TUI_LOGSOURCE_H
#define STEPDECK_TUI_LOGSOURCE_H

#include "base/cancel.h"
#include "base/error.h"
#include "base/strbuf.h"

#include <stdint.h>

enum { LOG_PIECE = 64 * 1024, LOG_BLOCKS = 1 << 15 };
/* A window never holds more bytes than this (but always the anchor's line). */
enum { LOG_WINDOW_BYTES = 1 << 20 };

/* What lines to look for. What matches is a line's (or piece's) text without
 * escape sequences. A match with an empty text (or none) is the same as
 * LOG_MATCH_NOTHING: as a search it matches nothing, as a filter it hides
 * nothing. Case is that of ASCII letters. */
enum log_match_kind {
    LOG_MATCH_NOTHING,
    LOG_MATCH_TEXT,   /* lines that hold `text`; case counts only when the
                         text has an upper-case letter */
    LOG_MATCH_ERRORS, /* lines that look like errors */
    LOG_MATCH_NOT     /* lines that do not hold `text` */
};

struct log_match {
    enum log_match_kind kind;
    const char *text;
};

struct log_line {
    int64_t offset;    /* in the file */
    int64_t number;    /* counted from 1 over newlines; 0: not known yet */
    int64_t time_ms;   /* wall time at which it was written; 0: not known */
    size_t begin;      /* in the window's bytes */
    size_t size;       /* without the newline */
    bool is_continued; /* the piece of a line that began before */
    bool is_context;   /* of a filter: beside a match */
    bool is_gap;       /* of a filter: lines were left out before this one */
};

struct log_window {
    struct strbuf bytes;
    struct log_line *lines;
    size_t count, capacity;
    size_t anchor; /* the line that was asked for; when a filter hides it, the
                      next one behind it, else before it; count when there is
                      none */
    bool at_start; /* no line (that the filter shows) before the first */
    bool at_end;   /* ... and none behind the last */
    int64_t file_size; /* at the last logsource_refresh() */
};

enum log_anchor {
    LOG_ANCHOR_OFFSET, /* the line that holds the byte `place`, or the last */
    LOG_ANCHOR_LINE,   /* the line of number `place` (1...), or the last; counts
                          on until it is known */
    LOG_ANCHOR_END     /* the last line */
};

struct log_query {
    enum log_anchor anchor;
    int64_t place;
    size_t before, after;    /* lines wanted (shown) around the anchor */
    struct log_match filter; /* only these lines, ... */
    size_t context;          /* ... and so many around each */
};

/* What is known so far. */
struct log_stats {
    int64_t size;     /* of the file */
    int64_t lines;    /* lines in `counted` bytes, a last one without its
                         newline included */
    int64_t counted;  /* bytes */
    int64_t matches;  /* lines of the search in `searched` bytes */
    int64_t searched; /* bytes */
};

struct logsource;

/* Opens the file and, where there are any, its times (PATH with ".times" for
 * ".log"). NULL: ERROR_NOT_FOUND, ERROR_IO, or ERROR_INPUT when it is no
 * regular file. `cancel` (may be NULL) makes long reads return early. */
NODISCARD struct logsource *
logsource_open(const char *path, struct cancel *cancel, struct error *err);
void logsource_close(struct logsource *source);

/* Looks for more; true when the file has changed since. */
bool logsource_refresh(struct logsource *source);

/* Counts on through about `budget` bytes; false when there is no more to do
 * for now, or the file cannot be read. */
bool logsource_work(struct logsource *source, size_t budget);
void logsource_stats(const struct logsource *source, struct log_stats *stats);

/* The lines around the anchor. `window` is emptied first and reuses its
 * memory. False on a read error, or with ERROR_CANCELLED (the window is then
 * empty but valid). */
NODISCARD bool logsource_window(struct logsource *source,
                                const struct log_query *query,
                                struct log_window *window, struct error *err);
void logwindow_release(struct log_window *window);

/* What logsource_work() counts the matches of; copies the text. The same one
 * again changes nothing. */
void logsource_search(struct logsource *source, const struct log_match *match);

struct log_hit {
    int64_t offset;  /* of the line */
    int64_t ordinal; /* among the matches, from 1; 0: not known yet */
    bool wrapped;    /* found beyond the end, from the other side; the line
                        where it began comes last */
};

/* The next line (direction 1) or previous (-1) that matches, seen from the
 * line at `offset` (below 0: behind the last line), which itself is not looked
 * at first unless `here`. Wraps around. False when there is none, or it was
 * cancelled. */
NODISCARD bool logsource_find(struct logsource *source,
                              const struct log_match *match, int64_t offset,
                              int direction, bool here, struct log_hit *hit);

/* The ordinal of the line at `offset` among the matches of
 * logsource_search(); 0 while it is not known, or when it is none. */
int64_t logsource_ordinal(struct logsource *source, int64_t offset);

#endif
