/*
 * A log pane over a real file, without threads: the questions are answered one
 * by one, when the test says so.
 *
 *     struct fixture_pane *f = fixture_pane_new(60, 10);
 *     fixture_log_puts(f->log, "one\ntwo\n");
 *     fixture_pane_open(f);                      shown, answered, drawn
 *     fixture_pane_act(f, ACTION_PAGE_UP);       done, answered, drawn
 *     assert_string_equal(fixture_pane_row(f, 0), "one");
 *     fixture_pane_free(f);
 *
 * What comes between can be done by hand: logpane_act(&f->pane, ...),
 * fixture_pane_draw(), fixture_pane_ask() and fixture_pane_reply(). Failures
 * fail the test.
 */
#ifndef STEPDECK_TESTS_TUI_FIXTURE_PANE_H
#define STEPDECK_TESTS_TUI_FIXTURE_PANE_H

#include "fixture_log.h"

#include "tui/logorder.h"
#include "tui/logpane.h"
#include "tui/logsource_private.h"

struct fixture_pane {
    struct fixture_log *log;
    struct logsource_limits limits; /* LOG_PIECE ..., until it is opened */
    struct logsource *source;
    struct logpane pane;
    int columns, rows;
    struct canvas canvas;
    struct strbuf text;     /* of the canvas */
    struct logorder *order; /* the newest question */
    bool is_asked;          /* it is not answered */
    bool was_found;
    struct log_hit hit;
    size_t budget; /* counted before an answer; 0: everything */
    int questions; /* so far */
};

struct fixture_pane *fixture_pane_new(int columns, int rows);
void fixture_pane_free(struct fixture_pane *f);

/* Shows the log, which is growing, serves and draws. */
void fixture_pane_open(struct fixture_pane *f);
void fixture_pane_draw(struct fixture_pane *f);
/* Takes the pane's question, if it has one; true when there is one open. */
bool fixture_pane_ask(struct fixture_pane *f);
/* Answers it. */
void fixture_pane_reply(struct fixture_pane *f);
/* Draws, asks and replies until there is nothing to ask. More than 500
 * questions are too many. */
void fixture_pane_serve(struct fixture_pane *f);
/* What the thread does when the file has changed: answers once more. */
void fixture_pane_look(struct fixture_pane *f);
/* The action, and served. */
void fixture_pane_act(struct fixture_pane *f, enum action action);
void fixture_pane_resize(struct fixture_pane *f, int columns, int rows);

/* Appends lines "line N", numbered from `from` up to `to`. */
void fixture_pane_number(struct fixture_pane *f, int from, int to);
/* The same, and the thread's answer, drawn. */
void fixture_pane_grow(struct fixture_pane *f, int from, int to);

/* The text of a row, until the next call; "" for one below the canvas. */
const char *fixture_pane_row(struct fixture_pane *f, int row);
/* The number N of the "line N" in a row; 0: there is none. */
int fixture_pane_number_at(struct fixture_pane *f, int row);
/* The styles of a row, until the next call. */
const char *fixture_pane_styles(struct fixture_pane *f, int row);
/* What the border says. */
const char *fixture_pane_title(struct fixture_pane *f);

/* Whether what was drawn is what is in the file: from the row that the pane
 * shows at the top on the rows of the lines that the filter shows, and no row
 * is left empty as long as there are lines. */
void fixture_pane_check(struct fixture_pane *f);

#endif
