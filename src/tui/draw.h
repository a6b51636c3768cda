/*
 * Drawing that the views share: boxes, rows of lists, paragraphs, bars.
 *
 *     struct area inner = draw_box(panes.list, icons, "Steps 5/9", focused);
 *     area_text(inner, 1, row, draw_status_style(status), ...);
 *     draw_selection(inner, row, focused, icons);
 *
 * Column 0 of the rows of a list is left free for the marker of the selected
 * row. All texts may be foreign; they are made safe when they are drawn, and
 * what does not fit in the area is not drawn. One thread. Nothing fails.
 */
#ifndef STEPDECK_TUI_DRAW_H
#define STEPDECK_TUI_DRAW_H

#include "base/clock.h"
#include "base/error.h"
#include "core/statelog.h"
#include "tui/canvas.h"
#include "tui/icons.h"
#include "tui/list.h"
#include "tui/logpane.h"

/* Draws a border with the title (may be NULL) in its upper edge, and gives
 * what is inside of it. An area of less than 2x2 has no inside. */
struct area draw_box(struct area area, const struct icons *icons,
                     const char *title, bool focused);
/* Adds text to the right end of a box's upper edge, where there is room behind
 * `title`; `area` and `title` are those of draw_box(). */
void draw_box_note(struct area area, const struct icons *icons,
                   const char *title, const char *note, bool focused);

/* The selected row of a list: the selection over the whole row when the list
 * has the focus, a marker in column 0 when it has not. Call it behind the
 * drawing of the row. */
void draw_selection(struct area area, int row, bool focused,
                    const struct icons *icons);

/* Shows in the right corners of a box whether the list in it goes on above and
 * below; `area` is that of draw_box(). */
void draw_more(struct area area, const struct icons *icons,
               const struct list *list);

/* Text that ends at the right edge of the area; cut on the left side of the
 * area when it is longer. */
void draw_right(struct area area, int row, struct style style,
                const char *text);

/* The same within `columns` of the area from `column` on: a cell of a table. */
void draw_cell(struct area area, int column, int row, int columns,
               struct style style, const char *text);

/* Text wrapped at words, or within a word that is longer than a row; a newline
 * in it begins a new row. Gives the rows it takes, at least 1; those outside of
 * the area are not drawn, so `row` may be negative and a text can be scrolled.
 */
int draw_paragraph(struct area area, int column, int row, int columns,
                   struct style style, const char *text);

/* A progress bar; `percent` is clamped to 0 ... 100. */
void draw_bar(struct area area, int column, int row, int columns, int percent,
              const struct icons *icons, struct style style);

/* What a pane shows that has nothing else to show: a sentence and a hint (may
 * be NULL) below. */
void draw_message(struct area area, struct style style, const char *text,
                  const char *hint);
/* An error: its message and its hint. */
void draw_error(struct area area, const struct error *err,
                const struct icons *icons);

/* What of the log's files (`names`) could not be read, if anything; gives the
 * rows it takes, those outside of the area too. */
int draw_unread(struct area area, int row, const struct statelog *log,
                const char *names);

/* The style of a status: its icon and its word. */
struct style draw_status_style(enum step_status status);
/* A style that is nothing but a role, and a bold one. */
struct style draw_role(enum role role);
struct style draw_bold(enum role role);

/* "completed", "in progress": the word of a status as people read it. */
const char *draw_status_word(enum step_status status);

/* "step-020-build-image" -> "020 build-image": what tells steps apart; to
 * free. */
char *draw_step_label(const char *step);

/* A log in a box: "Log ─ LABEL", and in the right of the edge how it is shown.
 * `label` may be "". */
void draw_log(struct area area, struct logpane *pane, const struct icons *icons,
              const char *label, bool focused);

/* "1m10s"; "" for a negative duration. `text` holds CLOCK_TEXT_SIZE bytes;
 * returns it. */
char *draw_duration(int64_t duration_ms, char *text);

enum { DRAW_MINUTE_SIZE = 17 };
/* "2026-11-21 17:00", local time, or without its year ("11-21 17:00") where
 * there is little room; "" for 0. `text` holds DRAW_MINUTE_SIZE bytes; returns
 * it. For seconds there is report_time(). */
char *draw_minute(int64_t wall_ms, bool with_year, char *text);

#endif
