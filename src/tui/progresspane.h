/*
 * The progress pane: which step of how many, how far it is, how long it
 * usually takes; or what failed and what mends it; or what comes next.
 */
#ifndef STEPDECK_TUI_PROGRESSPANE_H
#define STEPDECK_TUI_PROGRESSPANE_H

#include "tui/layout.h"
#include "tui/model.h"

/* How many rows it wants inside of its border. */
int progresspane_rows(const struct model *model, const struct layout *layout);
void progresspane_draw(const struct model *model, struct area area);

#endif
