/*
 * What views of the logs of the state have in common: a list that is loaded
 * anew whenever it is opened, with the newest entry last.
 */
#ifndef STEPDECK_TUI_LOGBOOK_H
#define STEPDECK_TUI_LOGBOOK_H

#include "tui/draw.h"
#include "tui/model.h"

/* Asks for the log, and for the history, to know in which run it was. */
void logbook_enter(struct model *model, enum load_kind kind);
/* Takes `log`, which came with `loaded`. */
void logbook_take(struct logbook *book, const struct loaded *loaded,
                  struct statelog *log);
/* The selected entry, or NULL. */
const struct statelog_entry *logbook_selected(const struct logbook *book);

/* Fits the list into what a box (`area`, and `inner` of draw_box()) leaves
 * beside what could not be read of `files`; gives the rows for the entries. */
struct area logbook_fit(struct logbook *book, struct area area,
                        struct area inner, const char *files,
                        const struct icons *icons);
/* Why there is nothing to show yet; false: there is simply nothing. */
bool logbook_draw_state(const struct logbook *book, struct area inner,
                        const struct icons *icons);

#endif
