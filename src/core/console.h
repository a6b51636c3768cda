/*
 * What a full-screen console is asked to do, and what it says when it is left:
 * the seam between the command line, which knows what was asked, and the
 * console, which may be built in or not. main.c joins the two.
 */
#ifndef STEPDECK_CORE_CONSOLE_H
#define STEPDECK_CORE_CONSOLE_H

#include "core/launch.h"

/* All borrowed until the console has been left. */
struct console_request {
    /* What to run. Its command NULL: nothing yet, only look; the rest then
     * serves runs that are started on the screen. */
    struct launch_request launch;
    bool starts;           /* without asking (--auto-approve) */
    const char *typed_key; /* consent is the value of this configuration key,
                              typed; NULL: a yes */
    const char *question;  /* asked instead of "Run N steps?"; may be NULL */
    bool watches;          /* a run of another process, or a past one: */
    const char *watched;   /* which (as runs_find()); NULL: the one under way */
    bool sets_up;          /* begins with the wizard */
    const char *theme;     /* --theme; NULL: as preferred */
    bool ascii;            /* --ascii */
    bool no_colour;        /* --color never */
};

struct console_result {
    char *run;        /* the last run that was seen live, or NULL; to free */
    bool is_detached; /* it goes on; the terminal is not ours any more */
    int exit_status;  /* of the run; 0 without one */
    struct error failure; /* why nothing was run; not set: something was, or
                             nothing was asked for */
    struct error error;   /* why there was no console at all */
};

/* False when there is no console to be had (`result->error` says why): then
 * nothing has happened and plain lines do it. */
typedef bool console_runner(const struct console_request *request,
                            struct console_result *result);

#endif
