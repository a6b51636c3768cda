/*
 * The palette: everything by its name. The actions of actions.h, and commands
 * with a word behind them:
 *
 *     theme NAME   icons NAME    goto N      only TEXT   save-as FILE
 *     step NAME    run STEP      picture FILE   setup
 */
#ifndef STEPDECK_TUI_PALETTE_H
#define STEPDECK_TUI_PALETTE_H

#include "tui/canvas.h"
#include "tui/model.h"

void palette_open(struct model *model);
bool palette_is_open(const struct model *model);
/* The entries that fit what is typed, above the line it is typed in. */
void palette_draw(const struct model *model, struct area screen);

#endif
