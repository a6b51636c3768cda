/*
 * Screens of the console without a terminal: a model, keys, what the loader
 * would bring, and files to compare the drawing with.
 *
 *     struct model model;
 *     struct console_request request = { 0 };
 *     screen_init(&model, &request);
 *     screen_load(&model, loaded);               made by hand; takes ownership
 *     screen_keys(&model, "3 j Enter");
 *     screen_expect(&model, "history-steps", 80, 24);
 *     model_release(&model);
 *
 * A golden file is the text of the screen, a line "--", and its styles
 * (canvas_styles()). With UPDATE_GOLDEN in the environment the files are
 * written instead; look at each. The time zone is UTC and the time SCREEN_TIME.
 */
#ifndef STEPDECK_TESTS_TUI_FIXTURE_SCREEN_H
#define STEPDECK_TESTS_TUI_FIXTURE_SCREEN_H

#include "tui/model.h"

/* 2026-11-21T17:00:00Z */
#define SCREEN_TIME INT64_C(1795280400000)

/* model_init(), the time, and a heading. The request is borrowed. */
void screen_init(struct model *model, const struct console_request *request);

/* Keys by their names, separated by spaces; a name that is no key is typed
 * character by character. */
void screen_keys(struct model *model, const char *keys);

/* An empty answer of that kind; `text` (may be NULL) is what was asked for. */
struct loaded *screen_answer(enum load_kind kind, const char *text);

/* Takes all requests; the last LOAD among them of that kind gives its text (to
 * free, "" for none), NULL when there is none. */
char *screen_asked(struct model *model, enum load_kind kind);

/* Folds a journal, one event a line. */
void screen_fold(struct run_model *run, const char *journal);
/* The report of a run with that journal, as LOAD_RUN brings it. */
struct report *screen_report(const char *id, enum report_result result,
                             const char *journal);

/* Answers what the log pane in sight asks, as if its file had this text. */
void screen_log(struct model *model, const char *text);

/* Draws, and compares with tests/tui/golden/NAME-COLUMNSxROWS.txt. */
#define screen_expect(model, name, columns, rows)                              \
    screen_expect_in(SOURCE_DIR "/tests/tui/golden", model, name, columns, rows)
void screen_expect_in(const char *folder, struct model *model, const char *name,
                      int columns, int rows);
/* Draws in sizes from 1x1 on: for what a sanitizer finds. */
void screen_every_size(struct model *model);
/* The text of a drawing; to free. */
char *screen_text(struct model *model, int columns, int rows);

#endif
