/*
 * The log pane: a place in a log file, and how it is shown. Pure: it asks its
 * questions through logpane_question() and is given the answers; whoever owns
 * it talks to logthread.h.
 *
 *     logpane_show(&pane, path, title, start_ms);
 *     logpane_act(&pane, ACTION_DOWN);            true: it was for the pane
 *     if (logpane_question(&pane, &question)) logthread_ask(thread, &question);
 *     logpane_answer(&pane, answer);              takes the answer's window
 *     logpane_draw(&pane, area, icons, ...);
 *
 * DESIGN. The place is the offset of the line at the top of the pane and the
 * row in it, not a row number: lines that come or go do not move the text.
 * Following means that the place is the end. The pane holds a window of lines
 * around its place (logsource.h); moving goes through the lines that are
 * there, a new window is asked for before they run out, and what could not be
 * moved yet is kept until it comes. Rows exist only while they are drawn: a
 * line is assembled (textline.h) and its visible part copied to the canvas. A
 * line of plain ASCII needs no assembly, its bytes are its columns, which is
 * what makes very long lines cheap.
 */
#ifndef STEPDECK_TUI_LOGPANE_H
#define STEPDECK_TUI_LOGPANE_H

#include "tui/canvas.h"
#include "tui/icons.h"
#include "tui/logthread.h"
#include "tui/preferences.h"
#include "tui/textline.h"

struct logpane {
    char *path;       /* NULL: nothing to show */
    char *empty_text; /* said instead, in a pane without a log */
    int64_t start_ms; /* wall time the step began: elapsed times count from */

    struct log_window window;
    struct log_stats stats;
    struct error error;

    /* The place. */
    bool follow;
    int64_t top;       /* offset of the line at the top */
    size_t top_row;    /* of its rows, the first one shown */
    size_t column;     /* the first column shown, when not wrapped */
    long pending;      /* rows still to move, once the lines are there */
    int64_t seen_size; /* of the file, when following stopped */
    int64_t seen_lines;
    bool center;     /* the next window's anchor goes to the upper third */
    bool is_growing; /* the step runs: whoever owns the pane says so */

    bool wrap;
    enum time_mode times;
    bool begins_at_top; /* another log is shown from its top, not followed */

    char *search;                  /* NULL: none */
    enum log_match_kind find_kind; /* what the last jump looked for */
    int64_t hit;                   /* offset of the line found; -1: none */
    int64_t hit_ordinal;
    char *notice; /* "no match", "from the top", ... */
    char *filter; /* NULL: none; "!text" negates */
    size_t context;

    /* The open question. */
    uint64_t serial; /* of the newest question */
    bool wants_window, wants_find;
    int64_t find_from;
    int find_direction;
    bool find_here;
    bool falls_back; /* a text that is not there: the last error is shown */
    int more_finds;  /* the same jump again, once this one is answered */
    bool is_finding; /* a jump is asked for and not answered */
    bool is_waiting; /* an answer to `serial` is to come */

    int rows, columns; /* of the last drawing */
    struct textline scratch;
};

void logpane_release(struct logpane *pane);
/* Shows another log, following it, or from its end when it is over; the same
 * path again changes nothing. NULL: `empty_text` is said. */
void logpane_show(struct logpane *pane, const char *path,
                  const char *empty_text, int64_t start_ms);
/* Goes to the line at that offset. */
void logpane_goto(struct logpane *pane, int64_t offset);
void logpane_goto_line(struct logpane *pane, int64_t number);

/* Moves, toggles, jumps; false when the action is none of the pane's. */
bool logpane_act(struct logpane *pane, enum action action);
void logpane_scroll(struct logpane *pane, long rows);
void logpane_set_follow(struct logpane *pane, bool follow);

/* Sets what is searched (NULL or "": nothing), and goes to the first match
 * from here on. */
void logpane_search(struct logpane *pane, const char *text);
/* Shows only lines with the text, or with "!" before it without it. */
void logpane_filter(struct logpane *pane, const char *text);

/* True when there is something to ask; fills the question in (texts are the
 * pane's) and counts it as asked. */
bool logpane_question(struct logpane *pane, struct log_question *question);
/* Takes the window out of the answer. */
void logpane_answer(struct logpane *pane, struct log_answer *answer);

/* Draws into the area (inside of a border). Settles the place first, hence not
 * const. */
void logpane_draw(struct logpane *pane, struct area area,
                  const struct icons *icons);

/* What the border says: "following", "18 204 lines", "▼ 1 204 new", "only x",
 * "/x 12/340", as much of it as fits in `columns`; appends. */
void logpane_title(const struct logpane *pane, const struct icons *icons,
                   int columns, struct strbuf *out);

/* The text that is shown now, for copying; appends. */
void logpane_text(const struct logpane *pane, struct strbuf *out);

#endif
