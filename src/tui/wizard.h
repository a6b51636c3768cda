/*
 * The setup wizard on the screen: one question a screen over core/setup.h.
 * The object that asks travels: what touches files is done by the loader
 * (struct load_setup), in the meantime the screen says so.
 */
#ifndef STEPDECK_TUI_WIZARD_H
#define STEPDECK_TUI_WIZARD_H

#include "tui/loader.h"
#include "tui/model.h"

/* NULL is fine. */
void wizard_free(struct wizard_view *wizard);

/* Behind REQUEST_SETUP: what the loader is to do; false when there is nothing.
 */
NODISCARD bool wizard_take_job(struct model *model, struct load_setup *job);

#endif
