/*
 * The terminal. term.c is the only file that knows curses; term_read.c and
 * term_show.c have the rest of what is declared here.
 *
 *     struct term *term = term_open(&settings, &err);
 *     term_show(term, &canvas, theme);       writes what has changed
 *     poll(term_fd()) ... while (term_read(term, &input)) ...
 *     term_close(term);
 *
 * DESIGN. Curses opens the terminal, tells what it can do (terminfo), sets its
 * modes and makes keys of the bytes that terminfo names (termin.h knows the
 * others); drawing is ours (paint.h): the difference of two canvases as bytes,
 * sent as the terminal takes them (termwrite.h). So true colour works where
 * terminfo does not know of it (COLORTERM), a character whose width the
 * terminal sees otherwise moves nothing else, a slow line stops nobody, and
 * nearly all of it is tested without a terminal.
 *
 * Every way out restores the terminal: term_close(), a fatal signal (SEGV,
 * ABRT, BUS, FPE, ILL: the terminal is restored, then the signal takes its
 * course), and running out of memory (mem_set_exhausted_handler(), which an
 * open terminal has taken). The restoring is async-signal-safe and idempotent
 * (termsafe.h): mouse and paste modes off, attributes and cursor back, the main
 * screen, pending input discarded, then the line discipline. No other signal is
 * handled here, and those that curses would take are given back at once.
 *
 * One terminal, one thread; term_restore() from anywhere.
 */
#ifndef STEPDECK_TUI_TERM_H
#define STEPDECK_TUI_TERM_H

#include "base/error.h"
#include "tui/canvas.h"
#include "tui/keymap.h"
#include "tui/theme.h"

struct term;

struct term_settings {
    bool no_colour; /* attributes only (NO_COLOR, --color never) */
    bool mouse;
    bool is_ascii; /* nothing beyond ASCII is written */
};

/* Full screen on the controlling terminal. NULL when stdin or stdout is none,
 * or TERM is unknown or cannot position the cursor; `err` says which. */
NODISCARD struct term *term_open(const struct term_settings *settings,
                                 struct error *err);
/* Restores and frees; NULL is fine. */
void term_close(struct term *term);
/* Restores the terminal without freeing anything; async-signal-safe. */
void term_restore(void);

/* Gives the terminal to somebody else (a pager, an interactive step, the
 * shell), and takes it back, to be painted anew. */
void term_suspend(struct term *term);
NODISCARD bool term_resume(struct term *term, struct error *err);

/* The size now, asked of the terminal; one that lies (0, or absurd) is taken
 * for 80x24 resp. clamped. */
void term_size(const struct term *term, int *columns, int *rows);
enum colour_depth term_depth(const struct term *term);

/* Shows the canvas; never blocks. What the terminal does not take at once waits
 * (term_is_busy()), and a frame that has not been begun is replaced by a newer
 * one. Another `theme` than last time paints all of it; one that was loaded
 * anew may have the address of the old, so call term_repaint() then. */
void term_show(struct term *term, const struct canvas *canvas,
               const struct theme *theme);
/* Output waits for the terminal: poll term_output_fd() for writing, then call
 * term_flush(). */
bool term_is_busy(const struct term *term);
int term_output_fd(const struct term *term);
void term_flush(struct term *term);
/* The next term_show() paints all of it: after the size has changed, too, for
 * what terminals do to the screen then is their own affair. */
void term_repaint(struct term *term);

enum input_kind {
    INPUT_KEY,
    INPUT_PASTE, /* bracketed paste: `text`, at most 1 MiB of it */
    INPUT_WHEEL, /* `wheel`: lines, down positive */
    INPUT_CLICK, /* `column`, `row` */
    INPUT_CLOSED /* the terminal is gone: end of input; told once */
};

struct input {
    enum input_kind kind;
    struct key key;
    const char *text; /* borrowed until the next call */
    size_t size;
    int wheel;
    int column, row;
};

/* -1, which poll(2) passes over, after INPUT_CLOSED. */
int term_fd(const struct term *term);
/* The next input that is there; false when there is none (yet). Unknown or
 * half escape sequences are dropped, never taken for keys; a lone Esc is known
 * after 25 ms. Does not block longer than that, or 100 ms while a paste is
 * coming in. */
NODISCARD bool term_read(struct term *term, struct input *input);
/* How long poll(2) may wait at most before term_read() is to be asked again,
 * though term_fd() is not readable: the end of a paste or of a mouse report is
 * missing. -1, nearly always: for ever. */
int term_wait_ms(const struct term *term);

void term_set_mouse(struct term *term, bool on);
/* The window's title (restored on leaving where the terminal can), sanitised.
 */
void term_title(struct term *term, const char *title);
/* The outer progress, OSC 9;4: 0 to 100; -1: busy without a number; -2: none;
 * `failed` colours it. Sent only when it changes. */
void term_progress(struct term *term, int percent, bool failed);
/* To the clipboard by OSC 52 (also through tmux and screen); false when it is
 * longer than terminals take (100 000 bytes of base64), or the terminal is
 * none that knows of it. Whether it heeds it cannot be told. */
bool term_copy(struct term *term, const char *text, size_t size);
void term_bell(struct term *term);
/* A desktop notification, OSC 9, sanitised. */
void term_notify(struct term *term, const char *text);

#endif
