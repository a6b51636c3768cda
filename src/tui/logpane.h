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
 * DESIGN. The place is a spot: the offset of the line at the top of the pane
 * and the column of its text at which the top row begins. It is no row number,
 * so lines that come or go do not move the text, and no row of a line, so
 * neither does another width. Only what a person does moves it: where it cannot
 * be shown as it is (the pane has grown and there are no more lines below, a
 * filter hides it), what is drawn differs from it until it can be shown again,
 * or until the log has grown, which must not move what is drawn. Following
 * means that the place is the end.
 *
 * The pane holds a window of lines around its place (logsource.h); moving goes
 * through the lines that are there, a new window is asked for before they run
 * out, and what could not be moved yet is kept until it comes. A jump out of
 * the window leaves the old lines in sight until it is answered. Whatever makes
 * the open question pointless takes away its serial, so that a late answer is
 * not taken for the new one.
 *
 * Rows exist only while they are drawn: a line is assembled (textline.h) and
 * its visible part copied to the canvas. A line of plain ASCII needs no
 * assembly, its bytes are its columns, which is what makes very long lines
 * cheap; of one that is not wrapped no more is assembled than is in sight,
 * unless something in it goes back. How many rows a line takes is remembered as
 * long as the window and the width are the same, so a line is assembled when it
 * is in sight or passed.
 */
#ifndef STEPDECK_TUI_LOGPANE_H
#define STEPDECK_TUI_LOGPANE_H

#include "tui/canvas.h"
#include "tui/icons.h"
#include "tui/logthread.h"
#include "tui/preferences.h"
#include "tui/textline.h"

/* A row: that of the line at `offset` in which its column `column` is. */
struct logspot {
    int64_t offset;
    size_t column;
};

/* What has been found out about a line of the window. */
struct log_shape {
    size_t rows; /* 0: not known */
    bool is_looked_at;
    bool is_plain;    /* its bytes are its columns */
    bool is_straight; /* a part from the left can be assembled alone */
};

struct logpane {
    char *path;       /* NULL: nothing to show */
    char *empty_text; /* said instead, in a pane without a log */
    int64_t start_ms; /* wall time the step began: elapsed times count from */

    struct log_window window;
    struct log_shape *shapes; /* of the window's lines */
    size_t shapes_capacity;
    int shapes_width;     /* for which the rows were counted */
    int64_t window_place; /* the offset it was asked for, -1: none */
    struct log_stats stats;
    struct error error;

    /* The place. */
    bool follow;
    struct logspot top;
    size_t column;       /* the first column shown, when not wrapped */
    long pending;        /* rows still to move, once the lines are there */
    int64_t wanted_line; /* number of the line to go to; 0: none */
    bool center;         /* the place goes to the upper third */
    bool shows_match;    /* ... and the match in its line into sight */
    int64_t seen_size;   /* of the file, when its end was last in sight; -1: to
                            be found out */
    int64_t seen_lines;  /* up to there; -1: not counted yet */
    bool is_growing;     /* the step runs: whoever owns the pane says so */

    bool wrap;
    enum time_mode times;
    bool begins_at_top; /* another log is shown from its top, not followed */

    char *search;       /* NULL: none */
    bool is_typing;     /* it may be being typed, ... */
    bool was_typed;     /* ... and is, letter by letter; ... */
    bool typing_follow; /* ... it is looked for from here on */
    struct logspot typing_top;
    enum log_match_kind find_kind; /* what the last jump looked for */
    int64_t hit;                   /* offset of the line found; -1: none */
    int64_t hit_ordinal;
    char *notice; /* "not found", "on from the top", ... */
    char *filter; /* NULL: none; "!text" negates */
    size_t context;

    /* The open question. */
    uint64_t serial;     /* of the newest question; 0: no answer counts */
    int64_t asked_place; /* its place */
    bool asked_growing;
    bool wants_window; /* also set by whoever owns the pane */
    bool wants_find;
    bool falls_back; /* the last error is shown when the text is not there */
    bool is_finding; /* a jump is wanted, or asked for */
    bool is_waiting; /* an answer to `serial` is to come */
    int64_t find_from;
    int find_direction;
    bool find_here;
    int find_wraps; /* how often it has gone around */
    int more_finds; /* jumps once this one is answered; below 0: upwards */

    /* Of the last drawing. */
    int rows, columns;
    struct logspot shown;           /* the row at the top */
    bool is_shown;                  /* there was one of this log */
    bool is_settled;                /* it was drawn for the place */
    bool was_moved;                 /* since then, by hand */
    int64_t sight_begin, sight_end; /* offsets of the first and last line */
    bool shows_end;                 /* the end of the log is in sight */
    size_t widest;                  /* columns of the longest line in sight */
    struct textline scratch;
    size_t scratch_line;    /* the line assembled in it, from 1; or 0 */
    size_t scratch_columns; /* at least these of it */
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

/* Sets what is searched, and goes to the first match from here on; following,
 * to the last one. As long as it is being typed, which the same text again
 * or a move ends, each text is looked for from where the first was; NULL or ""
 * (nothing is searched) then goes back there. */
void logpane_search(struct logpane *pane, const char *text);
/* Goes to the text; to the last error of the log when it is not there, else to
 * the end. */
void logpane_search_or_error(struct logpane *pane, const char *text);
/* Shows only lines with the text, or with "!" before it without it. Jumps then
 * go from one line that is shown to another. */
void logpane_filter(struct logpane *pane, const char *text);

/* True when there is something to ask; fills the question in (texts are the
 * pane's) and counts it as asked. */
bool logpane_question(struct logpane *pane, struct log_question *question);
/* Takes the window out of the answer. An answer to another question than the
 * newest, or one that has become pointless, is passed over. */
void logpane_answer(struct logpane *pane, struct log_answer *answer);

/* Draws into the area (inside of a border). Settles the place first, hence not
 * const. */
void logpane_draw(struct logpane *pane, struct area area,
                  const struct icons *icons);

/* What the border says: "following", "18 204 lines", "▼ 1 204 new", "only x",
 * "/x 12/340", as much of it as fits in `columns`; appends. */
void logpane_title(const struct logpane *pane, const struct icons *icons,
                   int columns, struct strbuf *out);

/* The lines that were drawn last, whole ones, for copying; appends. */
void logpane_text(const struct logpane *pane, struct strbuf *out);

#endif
