/*
 * A list that is scrolled and has a selected row; what the rows are is the
 * view's. Pure; `= { 0 }` is at the top.
 */
#ifndef STEPDECK_TUI_LIST_H
#define STEPDECK_TUI_LIST_H

#include "tui/actions.h"

#include <stdbool.h>
#include <stddef.h>

struct list {
    size_t selected, top;
    size_t count;
    int rows;       /* that were shown last */
    bool was_moved; /* the user has moved: nothing else moves the selection */
};

/* Handles the movements of actions.h; false when it is none of them. */
bool list_act(struct list *list, enum action action);
/* Fits selection and top to so many entries shown in so many rows. */
void list_fit(struct list *list, size_t count, int rows);
void list_select(struct list *list, size_t index);

/* As list_act() and list_fit() for text that is scrolled without a selection:
 * `selected` is then unused, and the top is moved. */
bool list_scroll(struct list *list, enum action action);
void list_fit_text(struct list *list, size_t count, int rows);

#endif
