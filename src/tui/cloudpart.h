/*
 * How the service stands in the cloud: the part of the status view that comes
 * after the rest, for the cloud has to be asked.
 */
#ifndef STEPDECK_TUI_CLOUDPART_H
#define STEPDECK_TUI_CLOUDPART_H

#include "tui/draw.h"
#include "tui/model.h"

/* Asks, unless an answer is on its way already. */
void cloudpart_ask(struct model *model);
/* Takes the answer of LOAD_CLOUD. */
void cloudpart_load(struct model *model, struct loaded *loaded);

/* Gives the rows it takes from `row` on, 0 for a project without a cloud; on an
 * area without rows it only measures. Labels are in column `column`, texts
 * `width` columns further. */
int cloudpart_draw(const struct model *model, struct area area, int row,
                   int column, int width);

#endif
