/*
 * What the progress pane shows of a run that has ended: how it ended, what
 * failed and what mends it, and of a cloud deployment what serves now.
 */
#ifndef STEPDECK_TUI_RESULTPANE_H
#define STEPDECK_TUI_RESULTPANE_H

#include "tui/canvas.h"
#include "tui/model.h"

/* The step that a failed run failed at, or NULL: a critical one, else one that
 * somebody did not want to go on without. */
const struct run_step *resultpane_culprit(const struct run_model *run);

void resultpane_draw(const struct model *model, struct area area);

#endif
