/*
 * What waits for a terminal that takes its time: one frame on its way, what is
 * said between frames, and the newest frame behind them.
 *
 *     termwrite_init(&out, fd, is_nonblocking);
 *     paint(..., termwrite_shown(&out), canvas, &bytes);
 *     termwrite_frame(&out, canvas, &bytes);
 *     termwrite_flush(&out);           now, and when poll says so
 *     termwrite_release(&out);
 *
 * DESIGN. Bytes that were begun must be finished, or the terminal stops in the
 * middle of a sequence. What has not been begun is replaced by what is newer:
 * both are differences from the same screen, the one that the terminal shows
 * when everything before them has arrived (termwrite_shown()). So a terminal
 * behind a slow line is at most two frames behind, and memory is bounded.
 *
 * One thread. A terminal that is gone swallows everything.
 */
#ifndef STEPDECK_TUI_TERMWRITE_H
#define STEPDECK_TUI_TERMWRITE_H

#include "base/strbuf.h"
#include "tui/canvas.h"

struct termwrite {
    int fd; /* borrowed */
    bool is_nonblocking, is_gone;
    struct strbuf sending;
    size_t sent;           /* of `sending` */
    struct strbuf control; /* to be sent before the next frame */
    struct strbuf waiting; /* the next frame */
    struct canvas shown, next;
    bool has_shown; /* false: nothing is known of the screen */
    bool has_next;
};

/* Beyond this much, what is said between frames is dropped. */
enum { TERMWRITE_CONTROL_LIMIT = 1024 * 1024 };

/* With a descriptor that blocks, small pieces are written while the terminal
 * says that it has room. */
void termwrite_init(struct termwrite *out, int fd, bool is_nonblocking);
void termwrite_release(struct termwrite *out);

/* The screen that the next frame has to be the difference from; NULL: it must
 * draw all. */
const struct canvas *termwrite_shown(const struct termwrite *out);
/* Forgets what is shown, and a frame that has not been begun. */
void termwrite_forget(struct termwrite *out);
/* Gives a frame: `bytes` make `canvas` of termwrite_shown(). Takes the bytes,
 * and leaves an empty buffer. */
void termwrite_frame(struct termwrite *out, const struct canvas *canvas,
                     struct strbuf *bytes);
/* Gives bytes that must arrive whole, between frames. */
void termwrite_control(struct termwrite *out, const struct strbuf *bytes);

/* Writes as much as the terminal takes now. */
void termwrite_flush(struct termwrite *out);
/* Writes on, until nothing waits or the terminal takes nothing for
 * `patience_ms`. */
void termwrite_finish(struct termwrite *out, int patience_ms);
/* Forgets all that waits, half sent or not: the terminal is given away. */
void termwrite_drop(struct termwrite *out);
bool termwrite_is_busy(const struct termwrite *out);

#endif
