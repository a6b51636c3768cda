/*
 * From what the terminal sends to keys, pastes and the mouse. Pure.
 *
 *     struct termin in = { 0 };
 *     while (bytes are there)
 *         if (termin_byte(&in, byte, &input)) ... input is complete ...
 *     patience = termin_patience(&in);     0: nothing is half read
 *     ... nothing came for that many ms:
 *         if (termin_pause(&in, &input)) ...
 *     termin_release(&in);
 *
 * DESIGN. What terminfo names curses has made a key of before (termin_key());
 * the rest arrives here as bytes: the forms all xterms share, so that a
 * terminal which sends them in the mode terminfo does not name works too, and
 * everything that is no key. Sequences that mean nothing to us are swallowed
 * whole: the answers of a terminal to questions of another program (device
 * attributes, cursor position, colours), focus events, the mouse in a form
 * nobody asked for. What stays half is dropped when the bytes stop coming;
 * only ESC alone is the key Esc. A mouse report may be cut by a slow line, and
 * its rest would be digits that switch views: it is waited for a while longer.
 *
 * Foreign bytes: tests/fuzz/termin_fuzz.c. One thread.
 */
#ifndef STEPDECK_TUI_TERMIN_H
#define STEPDECK_TUI_TERMIN_H

#include "base/strbuf.h"
#include "tui/term.h"

#include <stdint.h>

enum {
    TERMIN_SEQUENCE = 32, /* longer ones are swallowed */
    TERMIN_PASTE_LIMIT = 1024 * 1024,
    TERMIN_ESC_MS = 25,
    TERMIN_PASTE_MS = 100,
    TERMIN_MOUSE_MS = 250
};

enum termin_state {
    TERMIN_GROUND,
    TERMIN_ESC,        /* ESC */
    TERMIN_CSI,        /* ESC [ parameters */
    TERMIN_CONSOLE,    /* ESC [ [, as the Linux console begins F1 to F5 */
    TERMIN_SS3,        /* ESC O */
    TERMIN_STRING,     /* OSC, DCS, SOS, PM, APC */
    TERMIN_STRING_ESC, /* ESC in one of them: its end? */
    TERMIN_MOUSE,      /* ESC [ M: three more bytes say nothing to us */
    TERMIN_CHARACTER,  /* UTF-8 */
    TERMIN_PASTE
};

struct termin {
    enum termin_state state;
    bool has_alt;                /* ESC before it */
    char bytes[TERMIN_SEQUENCE]; /* of a sequence or a character */
    size_t size;
    struct strbuf paste;
    size_t matched; /* of the bytes that end a paste */
};

/* Takes one byte; true when `out` is an input. `out->text` lives until
 * termin_forget() or the next call. */
NODISCARD bool termin_byte(struct termin *in, unsigned char byte,
                           struct input *out);
/* Takes a key that curses has decoded. */
NODISCARD bool termin_key(struct termin *in, struct key key, struct input *out);

/* How long nothing must come until what is half read is given up, or was a
 * lone Esc; 0 when nothing is. */
int termin_patience(const struct termin *in);
/* Nothing came for that long. */
NODISCARD bool termin_pause(struct termin *in, struct input *out);

/* xterm's number of the modifiers of a key (2: Shift, 5: Control) as those of
 * struct key. */
uint8_t termin_modifiers(unsigned number);

/* How many bytes may be read at once without going beyond a paste's end; 0
 * when there is none going on. */
size_t termin_wanted(const struct termin *in);
/* Gives the memory of the last paste back. */
void termin_forget(struct termin *in);
void termin_release(struct termin *in);

#endif
