/*
 * One way of telling a run: a table of functions that the front calls for
 * every event and every piece of a step's log, in order. A step's output comes
 * between its step.start and its step.end.
 *
 * Printers: lines.h (people), jsonlines.h (programs), github.h (the runner).
 * Main thread only. Functions may be NULL.
 */
#ifndef STEPDECK_CLI_PRINTER_H
#define STEPDECK_CLI_PRINTER_H

#include "core/event.h"
#include "core/runmodel.h"

#include <stdint.h>

struct printer {
    void *context;
    /* The model has the event applied already. */
    void (*event)(void *context, const struct run_model *model,
                  const struct event *event);
    /* `offset` counts bytes of the step's log. */
    void (*output)(void *context, const char *step, const char *bytes,
                   size_t size, int64_t offset);
    /* About once a second while nothing happens. */
    void (*tick)(void *context, const struct run_model *model);
    /* Frees the context. */
    void (*release)(void *context);
    bool wants_output;
};

#endif
