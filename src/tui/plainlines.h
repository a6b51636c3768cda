/*
 * Plain lines instead of the screen: the logs of a run as they grow, each line
 * behind the name of its step, made safe for a terminal.
 */
#ifndef STEPDECK_TUI_PLAINLINES_H
#define STEPDECK_TUI_PLAINLINES_H

#include "tui/model.h"

struct plainlines;

/* Begins with what comes from now on; to plainlines_free(). */
struct plainlines *plainlines_new(const struct model *model);
void plainlines_free(struct plainlines *plain);

/* Prints to stdout what the logs of running steps have got since. */
void plainlines_print(struct plainlines *plain, const struct model *model);
/* Prints what is running. */
void plainlines_state(const struct model *model);
/* Prints what the console says in passing, as a line. */
void plainlines_notice(const struct model *model);
/* Prints how a step began or ended. */
void plainlines_event(struct plainlines *plain, const struct model *model,
                      const struct event *event);

#endif
