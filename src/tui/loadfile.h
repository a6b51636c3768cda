/*
 * The loader's work on files of the user: saving a log, a copied text, a
 * picture. Blocking.
 */
#ifndef STEPDECK_TUI_LOADFILE_H
#define STEPDECK_TUI_LOADFILE_H

#include "tui/loads.h"

/* Copies the file `text` to `other`, never over a file. */
void loadfile_copy(struct loaded *loaded, const struct load_job *job);
/* Writes `text` into the file `other`. */
void loadfile_write(struct loaded *loaded, const struct load_job *job);

#endif
