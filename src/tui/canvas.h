/*
 * The screen as cells in memory: views draw here, term.c shows it, tests and
 * pictures read it. Needs no terminal.
 *
 *     struct canvas canvas = { 0 };
 *     canvas_resize(&canvas, 80, 24);
 *     struct area all = canvas_area(&canvas);
 *     area_text(all, 0, 0, style, "hello");
 *     canvas_release(&canvas);
 *
 * Rows and columns count from 0 at the top left. An area is a window onto a
 * canvas with coordinates of its own; whatever lies outside of it is not
 * drawn, so views need not check. Text is sanitised when drawn: control
 * characters never reach a cell. A wide character takes two cells, the second
 * of width 0; one that would be cut at an edge becomes a space, and so does
 * what is left of one when half of it is drawn over (even beside the area).
 *
 * One thread. Nothing fails.
 */
#ifndef STEPDECK_TUI_CANVAS_H
#define STEPDECK_TUI_CANVAS_H

#include "base/strbuf.h"
#include "tui/style.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    CELL_TEXT_SIZE = 20,
    CANVAS_MOST_COLUMNS = 1000,
    CANVAS_MOST_ROWS = 500
};

struct cell {
    char text[CELL_TEXT_SIZE]; /* one cluster, terminated; "" is a space */
    uint8_t width;             /* 1, 2; 0: the right half of a wide one */
    struct style style;
};

struct canvas {
    int columns, rows;
    struct cell *cells; /* row by row */
    size_t capacity;
    bool has_cursor;
    int cursor_column, cursor_row;
};

/* Changes the size, clamped to 1 and the most above, and erases. */
void canvas_resize(struct canvas *canvas, int columns, int rows);
void canvas_release(struct canvas *canvas);
void canvas_erase(struct canvas *canvas);
/* NULL outside of the canvas. */
struct cell *canvas_cell(const struct canvas *canvas, int column, int row);
/* Copies size, cells and cursor. */
void canvas_copy(struct canvas *to, const struct canvas *from);

/* Not to be used any more after the canvas has changed its size. */
struct area {
    struct canvas *canvas;
    int column, row;   /* of the canvas */
    int columns, rows; /* never negative */
};

struct area canvas_area(struct canvas *canvas);
/* The part of an area that begins at column, row, clipped to it. */
struct area area_part(struct area area, int column, int row, int columns,
                      int rows);
/* Without the `border` cells around it. */
struct area area_inset(struct area area, int border);

/* Draws one line of text and gives the columns it took: up to the right edge
 * at most, what is cut at the left edge included. */
int area_text(struct area area, int column, int row, struct style style,
              const char *text);
/* As area_text, in at most `columns` (and those left in the area): a longer
 * text is cut and ends with `ellipsis`, the caller's "…" or "~". */
int area_fit(struct area area, int column, int row, int columns,
             struct style style, const char *text, const char *ellipsis);
/* One cluster of sanitised text (as a textline has), of `size` bytes and
 * `width` columns; 0 bytes and control characters are spaces. What is longer
 * than a cell's text is cut behind a code point. */
void area_cluster(struct area area, int column, int row, struct style style,
                  const char *bytes, size_t size, int width);
/* Every cell; NULL or "" for spaces. */
void area_fill(struct area area, struct style style, const char *cluster);
/* Lays attributes over `columns` cells of a row (-1: to its end). */
void area_mark(struct area area, int column, int row, int columns,
               uint8_t attributes);
/* Where the terminal's cursor is to be seen; nothing when it is outside. */
void area_cursor(struct area area, int column, int row);

/* The text of the canvas, a line a row, trailing spaces dropped: for tests.
 * Appends, as does the next one. */
void canvas_text(const struct canvas *canvas, struct strbuf *out);
/*
 * The styles in the same shape, a letter a cell, trailing dots dropped:
 *
 *     . text        r running     d dim          f focus
 *     o ok          - waiting     a accent       t title
 *     F failed      s skipped     S selection    m match
 *     w warning                   b border
 *
 *     c text in colours of its own (a child's)
 *     # ATTRIBUTE_SELECTED   * ATTRIBUTE_MATCHED   @ both, whatever the role
 */
void canvas_styles(const struct canvas *canvas, struct strbuf *out);

#endif
