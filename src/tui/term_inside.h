/*
 * What the files behind term.h share: term.c (curses: opening, terminfo,
 * keys), term_read.c and term_show.c. For nobody else.
 */
#ifndef STEPDECK_TUI_TERM_INSIDE_H
#define STEPDECK_TUI_TERM_INSIDE_H

#include "tui/paint.h"
#include "tui/term.h"
#include "tui/termin.h"
#include "tui/termout.h"
#include "tui/termwrite.h"

#include <stdint.h>
#include <termios.h>

struct term_curses;

struct term {
    struct term_curses *curses;
    int fd; /* for output */
    bool is_nonblocking;
    bool is_xterm, is_ascii; /* is_xterm: termout_is_xterm() */
    bool is_suspended, is_closed, has_mouse;
    enum termout_wrap wrap;
    struct termios theirs, ours;
    struct strbuf entry; /* makes the screen ours */
    struct strbuf leave; /* and theirs */
    struct paint_terminal painter;
    const struct theme *theme; /* of the last frame; compared only */
    struct termwrite out;
    struct strbuf bytes; /* to build what is sent; empty between calls */
    struct termin in;
    int64_t last_ms; /* when input came */
    char *title;     /* NULL: none was set */
    int percent;     /* as term_progress() was told */
    bool failed;
};

/* What is next in the input: a byte, a key that terminfo knows, or nothing.
 * Waits only to see whether an ESC begins a key. */
enum term_unit { TERM_NOTHING, TERM_BYTE, TERM_KEY };
enum term_unit term_next_unit(struct term *term, unsigned char *byte,
                              struct key *key);

/* Takes the modes that term_open() has found out, and draws from nothing. */
void term_enter(struct term *term);

#endif
