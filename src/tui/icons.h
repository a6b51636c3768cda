/*
 * The signs of the screen in three sets: text, which every UTF-8 font has;
 * emoji; and ASCII, for other locales and --ascii.
 *
 *     const struct icons *icons = icons_of(ICONS_TEXT);
 *     area_text(area, 0, row, style, icons->status[STATUS_FAILED]);
 *
 * Those of `status` and `warning` are `status_columns` wide, the same in the
 * whole set, so that columns stay straight; every other sign takes one column.
 * Constant tables.
 */
#ifndef STEPDECK_TUI_ICONS_H
#define STEPDECK_TUI_ICONS_H

#include "core/status.h"

enum icon_set { ICONS_TEXT, ICONS_EMOJI, ICONS_ASCII };
enum { ICON_SET_COUNT = ICONS_ASCII + 1 };

enum { BAR_PARTS_MOST = 7 };

struct icons {
    const char *status[STATUS_COUNT];
    int status_columns;
    const char *warning;

    /* Boxes. */
    const char *horizontal, *vertical;
    const char *top_left, *top_right, *bottom_left, *bottom_right;

    /* Progress bars; the parts of a cell, growing, between empty and full. */
    const char *bar_full, *bar_empty;
    const char *bar_part[BAR_PARTS_MOST];
    int bar_parts;

    const char *ellipsis;             /* text was cut */
    const char *cut_left, *cut_right; /* a line goes on there */
    const char *continued;            /* a row goes on from the one above */
    const char *more_above, *more_below;
    const char *pointer;   /* the choice of a dialog */
    const char *marker;    /* the row of a list without focus */
    const char *crumb;     /* acme ▸ prod ▸ us-east-1 */
    const char *separator; /* run 7f3c · main */
    const char *checked, *unchecked;
};

const struct icons *icons_of(enum icon_set set);

/* "text", "emoji", "ascii". */
const char *icons_name(enum icon_set set);
/* False for any other word. */
NODISCARD bool icons_parse(const char *name, enum icon_set *set);

#endif
