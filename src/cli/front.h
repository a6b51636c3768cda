/*
 * The headless front: one poll loop over the engine's events, signals and the
 * terminal's answers, telling everything to its printers.
 *
 * Ctrl-C (or TERM) first stops at the next safe point, then kills the running
 * children, then leaves at once; HUP and a closed output change nothing: the
 * deployment goes on.
 */
#ifndef STEPDECK_CLI_FRONT_H
#define STEPDECK_CLI_FRONT_H

#include "cli/printer.h"
#include "core/engine.h"

enum { FRONT_PRINTERS = 4, FRONT_LEFT_AT_ONCE = 130 };

struct front {
    struct engine *engine;
    const struct state *state;
    struct printer printers[FRONT_PRINTERS];
    size_t printer_count;
    bool can_ask;  /* stdin answers prompts */
    bool is_quiet; /* notices go nowhere (stdout is data) */
};

/* Follows the run to its end, joins the engine and gives the exit status. The
 * printers are released. */
int front_run(struct front *front);

#endif
