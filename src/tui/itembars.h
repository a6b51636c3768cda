/* What a running step has under way at once, a bar a row: layers, parts of a
 * build. What moves stands first, what is done last. */
#ifndef STEPDECK_TUI_ITEMBARS_H
#define STEPDECK_TUI_ITEMBARS_H

#include "core/runitems.h"
#include "tui/canvas.h"

struct icons;

/* How many rows there is something for. */
int itembars_rows(const struct run_items *items);
/* Fills the area; what has no room is counted in the last row. */
void itembars_draw(const struct run_items *items, const struct icons *icons,
                   struct area area);
/* 1234567 -> "1.2 MB"; to free. */
char *itembars_size(double bytes);

#endif
