/*
 * What the files behind logsource.h share: reading stretches of the file, and
 * going through its lines. Tests shrink the limits.
 */
#ifndef STEPDECK_TUI_LOGSOURCE_PRIVATE_H
#define STEPDECK_TUI_LOGSOURCE_PRIVATE_H

#include "core/logtimes.h"
#include "tui/logindex.h"
#include "tui/loglines.h"
#include "tui/logmatch.h"
#include "tui/logsource.h"

#include <sys/types.h>

struct logsource_limits {
    int64_t piece;       /* LOG_PIECE */
    int64_t block;       /* bytes between two sums, at the beginning */
    size_t blocks;       /* LOG_BLOCKS */
    size_t read;         /* bytes at once, at least 5 pieces + 16 */
    size_t window_bytes; /* LOG_WINDOW_BYTES */
};

/* Bytes of the file in memory. */
struct logbuffer {
    char *bytes;
    size_t size;
    int64_t base;
};

struct logsource {
    char *path;
    char *times_path; /* NULL: the name does not end in ".log" */
    int fd, times_fd;
    dev_t device;
    ino_t inode;
    struct cancel *cancel;
    struct logsource_limits limits;
    int64_t size;   /* when it was looked at last */
    int read_errno; /* why reading stopped; 0: it is fine */
    bool is_broken; /* do not count on until the file has changed */
    struct logbuffer window, slice;
    struct logindex newlines;
    bool ends_in_newline; /* what has been counted */
    bool trusts_marks,
        distrusts_marks; /* of the writer; neither: not known yet */
    struct logmatch search;
    struct logindex matches;
    struct logplace searched; /* lines before it are in `matches` */
    int64_t tail_matches;     /* in the last lines, which may still grow, ... */
    int64_t tail_end;         /* ... up to here */
    struct logtimes times;
};

NODISCARD struct logsource *
logsource_open_limited(const char *path, const struct logsource_limits *limits,
                       struct cancel *cancel, struct error *err);

bool logsource_is_cancelled(const struct logsource *source);
/* For logtimes: the writer says that there are `count` newlines before
 * `offset`. Taken when it is the next block's, and the first one is right. */
void logsource_take_newlines(void *context, int64_t offset, int64_t count);
/* The search begins anew. */
void logsource_restart_search(struct logsource *source);

/* The bytes from `from` up to `to` at least, as far as the file has them.
 * False when there is none at `from`, or it cannot be read. Valid until the
 * next call with the same buffer. */
bool logsource_read(struct logsource *source, struct logbuffer *buffer,
                    int64_t from, int64_t to, struct logstretch *stretch);

/* Beginnings of lines. The place behind the last line is the file's size. */
bool logsource_line(struct logsource *source, int64_t offset,
                    struct logplace *line);
bool logsource_next(struct logsource *source, struct logplace line,
                    struct logplace *next);
/* The first line that begins at `offset` or behind it. */
bool logsource_line_from(struct logsource *source, int64_t offset,
                         struct logplace *line);

/* The newlines before `offset`, or -1 while they are not counted. */
int64_t logsource_newlines(struct logsource *source, int64_t offset);
/* The beginning of the line with that number; counts on when it must. One too
 * large gives the last line. */
bool logsource_numbered(struct logsource *source, int64_t number,
                        struct logplace *line);

/* A match in a range of the file. */
struct logfound {
    bool is_found;
    struct logplace line;
    struct logplace next;
};

/* The first match that begins at `from` or behind it and before `to`; the last
 * one that begins before `to` and not before `from`. False when it was
 * cancelled or cannot be read. */
bool logscan_forward(struct logsource *source, struct logmatch *match,
                     struct logplace from, int64_t to, struct logfound *found);
bool logscan_back(struct logsource *source, struct logmatch *match,
                  int64_t from, int64_t to, struct logfound *found);
/* Whether the line matches. */
bool logscan_is_match(struct logsource *source, struct logmatch *match,
                      struct logplace line, struct logplace next,
                      bool *is_match);

/* A line that a window shows. */
struct logrow {
    struct logplace line;
    int64_t end;
    bool is_context;
};

/*
 * Goes from one line that is shown to the next, or to the one before.
 *
 *     struct logcursor cursor = { source, &filter, context, direction, line };
 *     while (logcursor_look(&cursor) && cursor.has_row)
 *         ... cursor.row ..., cursor.has_row = false;
 */
struct logcursor {
    struct logsource *source;
    struct logmatch *filter; /* LOG_MATCH_NOTHING shows every line */
    size_t context;
    int direction;         /* 1 or -1 */
    struct logplace place; /* the line to look at, or behind the one */
    bool is_begun;
    size_t left;      /* lines to show beside the match that was passed */
    int64_t shown_to; /* the lines up to here are beside one that comes */
    bool has_row;     /* false after a look: there is no more */
    struct logrow row;
};

/* Finds the row that comes next, unless there is one. False when it was
 * cancelled or cannot be read. */
NODISCARD bool logcursor_look(struct logcursor *cursor);

#endif
