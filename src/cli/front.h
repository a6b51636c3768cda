/*
 * The headless front: one poll loop over the events of a run, signals and the
 * terminal's answers, telling everything to its printers. The events come from
 * the engine of this process, or from a follower of another one's.
 *
 * Ctrl-C (or TERM) first stops the engine at the next safe point, then kills
 * the running children, then leaves at once; HUP and a closed output change
 * nothing: the deployment goes on. Who only follows leaves at the first of any
 * of these, and the run goes on without him.
 */
#ifndef STEPDECK_CLI_FRONT_H
#define STEPDECK_CLI_FRONT_H

#include "cli/printer.h"
#include "core/engine.h"
#include "core/follower.h"

enum { FRONT_PRINTERS = 4, FRONT_LEFT_AT_ONCE = 130 };

struct front {
    struct engine *engine;     /* one of these two, the other is NULL */
    struct follower *follower; /* read-only: nothing is answered or stopped */
    const struct state *state;
    struct printer printers[FRONT_PRINTERS];
    size_t printer_count;
    bool can_ask;  /* stdin answers prompts */
    bool is_quiet; /* notices go nowhere (stdout is data) */
};

enum front_end {
    FRONT_ENDED, /* run.end was told */
    FRONT_DIED,  /* so was all else; the followed run will not end any more */
    FRONT_LEFT   /* by a signal, or nobody reads stdout any more */
};

/* Follows the run and releases the printers. `exit_status` (may be NULL) is
 * set to that of the run when it has ended. */
enum front_end front_run(struct front *front, int *exit_status);

#endif
