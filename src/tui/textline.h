/*
 * A line of a log as a terminal would show it, assembled from the bytes that a
 * child wrote.
 *
 *     struct textline line = { 0 };
 *     textline_assemble(&line, bytes, size);    reuses its memory
 *     for (i = 0; i < line.count; i++) draw line.cells[i] ...
 *     textline_release(&line);
 *
 * Carriage return, backspace, tab and erase-line (CSI K) are applied, so what
 * a progress bar overwrote is gone. SGR colours and attributes are kept as
 * style (sgr.h). All other control characters and sequences (CSI, OSC, DCS and
 * the like, terminated or not), C1 controls in both forms (encoded, and as
 * bytes that are not part of a character), and bidirectional controls are
 * dropped; other invalid UTF-8 becomes U+FFFD, a byte each. Text keeps the
 * order of its bytes, also where it is written from right to left. Combining
 * marks are kept up to CLUSTER_LIMIT bytes a cell. Cost and memory are linear
 * in `size`, whatever the bytes say: a cursor never goes beyond what was
 * written, except to the next tab stop. Blanks that nobody wrote (erased, or
 * skipped by a tab) are not there at the end of a line.
 *
 * The bytes are one line, or a piece of a very long one, without its newline.
 * Foreign bytes: tests/fuzz/textline_fuzz.c. One thread.
 */
#ifndef STEPDECK_TUI_TEXTLINE_H
#define STEPDECK_TUI_TEXTLINE_H

#include "base/strbuf.h"
#include "tui/style.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One column. A wide cluster has two: the second has width 0, size 0. */
struct textcell {
    uint32_t begin; /* of the cluster in `text` */
    uint8_t size;   /* bytes; 0: a space, or the right half */
    uint8_t width;  /* 1, 2, or 0 */
    struct style style;
};

struct textline {
    struct strbuf text;
    struct textcell *cells;
    size_t count, capacity; /* columns */
    bool has_wide;          /* there may be a cell of width 2 */
};

void textline_assemble(struct textline *line, const char *bytes, size_t size);
void textline_release(struct textline *line);

/* Appends the visible text without styles, for searching and copying.
 * `columns` (may be NULL) gets, for each byte appended, the column it is shown
 * in, and behind them the number of columns; the array is the caller's, NULL
 * or one to use again at first, to be freed at last. */
void textline_plain(const struct textline *line, struct strbuf *out,
                    uint32_t **columns);

/* How many rows the line takes when wrapped at `width` columns (at least 1),
 * and the column at which row `row` begins, `count` for a row behind the last.
 * A wide cluster is never split: a row that would end within one is a column
 * shorter, and where `width` is 1 it has a row for itself. */
size_t textline_rows(const struct textline *line, int width);
size_t textline_row_begin(const struct textline *line, int width, size_t row);

#endif
