/* The selected run of the history: what is to be said about it, its steps, and
 * why the selected one failed. */
#ifndef STEPDECK_TUI_RUNPANE_H
#define STEPDECK_TUI_RUNPANE_H

#include "tui/history.h"

/* How many rows it would like in so many columns, its border included. */
int runpane_rows(const struct model *model, int columns);
void runpane_draw(struct model *model, struct area area, bool focused);

#endif
