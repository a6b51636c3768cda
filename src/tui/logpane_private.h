/* What the files of the log pane share; see logpane.h. */
#ifndef STEPDECK_TUI_LOGPANE_PRIVATE_H
#define STEPDECK_TUI_LOGPANE_PRIVATE_H

#include "tui/logpane.h"

/* ---- logpane.c -------------------------------------------------------- */

void logpane_say(struct logpane *pane, const char *text);
/* What was asked is no longer what is wanted. */
void logpane_ask_anew(struct logpane *pane);
/* Follows no longer: what is shown is the place, and what comes is new. */
void logpane_freeze(struct logpane *pane);

/* ---- logpane_find.c --------------------------------------------------- */

void logpane_forget_find(struct logpane *pane);
void logpane_forget_hit(struct logpane *pane);
/* From one line that matches to the next in the direction, 1 or -1. */
void logpane_find_next(struct logpane *pane, enum log_match_kind kind,
                       int direction);
void logpane_fill_find(const struct logpane *pane,
                       struct log_question *question);
/* Takes how the jump ended; false when it goes on, and the window of the answer
 * is of no use. */
bool logpane_take_hit(struct logpane *pane, const struct log_answer *answer);
struct log_match logpane_filter_match(const struct logpane *pane);

/* ---- logpane_place.c -------------------------------------------------- */

/* A row of the window. */
struct logpane_row {
    size_t line; /* of the window */
    size_t row;  /* of the line */
};

/* Columns of the time before a line's text, and of the text. */
int logpane_time_columns(const struct logpane *pane);
int logpane_text_columns(const struct logpane *pane);

const char *logpane_bytes(const struct logpane *pane, size_t line);
/* Printable ASCII only: the bytes are the columns. */
bool logpane_is_plain(struct logpane *pane, size_t line);
/* The line in the pane's scratch, until the next call: as much of it as it
 * takes to draw it, or all. */
const struct textline *logpane_assemble(struct logpane *pane, size_t line);
const struct textline *logpane_assemble_all(struct logpane *pane, size_t line);
/* The columns that a line takes; no fewer than there are in sight and one more,
 * if it has them. */
size_t logpane_line_columns(struct logpane *pane, size_t line);
size_t logpane_line_rows(struct logpane *pane, size_t line);
/* The column at which a row of the line begins. */
size_t logpane_row_begin(struct logpane *pane, struct logpane_row place);
/* Whether the line that begins at `offset` was among the rows shown last. */
bool logpane_is_in_sight(struct logpane *pane, int64_t offset);
/* The window is another one. */
void logpane_forget_shapes(struct logpane *pane);

/* Moves the place by what is pending, as far as the window goes, and gives the
 * row to draw first; the window is not empty. */
struct logpane_row logpane_settle(struct logpane *pane);

/* ---- logpane_marks.c -------------------------------------------------- */

/* Marks what the search found in a row that shows the line's text from column
 * `begin` on. */
void logpane_mark(struct logpane *pane, struct area row, size_t line,
                  size_t begin);
/* The column at which the first match in the line begins; false for none. */
bool logpane_match_column(struct logpane *pane, size_t line, size_t *column);

#endif
