/*
 * Where what stands on the screen: pure arithmetic.
 *
 * From 100 columns wide on with all details; below that the list shrinks to
 * icon, number and name; under 60 columns list and panes alternate; under
 * 40x10 there is one line of text. Zoomed, the log has it all.
 */
#ifndef STEPDECK_TUI_LAYOUT_H
#define STEPDECK_TUI_LAYOUT_H

#include "tui/canvas.h"

enum shape { SHAPE_LINE, SHAPE_NARROW, SHAPE_NORMAL, SHAPE_WIDE };

enum {
    LAYOUT_WIDE = 100,
    LAYOUT_NARROW = 60,
    LAYOUT_LEAST_COLUMNS = 40,
    LAYOUT_LEAST_ROWS = 10
};

struct layout {
    enum shape shape;
    struct area header, body, footer;
};

/* The frame of every view. SHAPE_LINE: all is `body`. */
struct layout layout_make(struct canvas *canvas);

/* The body of a view with a list and what belongs to the selected entry. An
 * area without rows is not shown. */
struct panes {
    struct area list, upper, lower;
};

/* `upper_rows` with its border, 0 for none; `list_percent` of the columns.
 * In SHAPE_NARROW only one side is there: the list unless `shows_detail`. */
struct panes layout_panes(struct area body, enum shape shape, int list_percent,
                          int upper_rows, bool shows_detail, bool is_zoomed);

#endif
