/* What the files of the console share: console.c (the loop), arrivals.c (what
 * other threads send), perform.c (what the model requests), lend.c (the
 * terminal in other hands). */
#ifndef STEPDECK_TUI_CONSOLE_PRIVATE_H
#define STEPDECK_TUI_CONSOLE_PRIVATE_H

#include "tui/console.h"
#include "tui/loader.h"
#include "tui/logthread.h"
#include "tui/model.h"
#include "tui/plainlines.h"
#include "tui/term.h"

struct console {
    const struct console_request *request;
    struct console_result *result;
    struct model model;
    struct term *term; /* NULL: it is gone, the run goes on without */
    struct theme *theme;
    struct canvas canvas;
    struct loader *loader;
    struct logthread *logs;
    struct launch *launch;     /* our run */
    struct follower *follower; /* somebody else's */
    bool is_joining;           /* the loader has the launch */
    struct preferences saved;  /* what the file says */

    bool is_dirty;    /* the screen does not show the model */
    bool is_urgent;   /* and somebody waits for it: a key, or its answer */
    bool has_acted;   /* somebody, in this turn */
    bool awaits_log;  /* the log thread looks for what a key wants to see */
    int64_t drawn_ms; /* monotonic; when a frame was made */
    int64_t heard_ms; /* and when the run was heard of */
    bool leaves;

    /* The terminal in other hands. */
    char *lent_to;            /* the interactive step that has it */
    struct plainlines *plain; /* plain lines instead of the screen */
};

bool console_has_screen(const struct console *console);
/* Performs what the model has asked for. */
void console_perform(struct console *console);

/* arrivals.c: takes what other threads have sent. */
void arrivals_take(struct console *console);
/* Answers the open prompt as without a terminal: nobody is there to. */
void arrivals_answer(struct console *console);
/* The queue of the run that is shown, or NULL. */
struct queue *arrivals_events(const struct console *console);
/* Asks the log thread what the log pane in sight wants to know. */
void arrivals_ask_log(struct console *console);

/* lend.c */
void lend_to_step(struct console *console, const char *step);
void lend_back(struct console *console);
void lend_to_pager(struct console *console, const char *path);
void lend_to_editor(struct console *console, const char *path);
void lend_to_shell(struct console *console);
void lend_to_lines(struct console *console);
/* Input while plain lines are shown. */
void lend_read_lines(struct console *console);
/* The terminal has gone away, or is given up: the run goes on without. */
void lend_for_ever(struct console *console);

#endif
