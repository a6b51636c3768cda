/*
 * What is said to a terminal beside the screen: title, progress, clipboard,
 * notification. Each function appends the bytes. Pure.
 *
 * Foreign text (titles, notifications) is sanitised; the clipboard's goes as
 * base64. tmux and GNU screen keep such sequences for themselves unless they
 * are wrapped for the terminal outside.
 *
 * The sequences: xterm's ctlseqs (OSC 2, OSC 52), ConEmu's progress (OSC 9;4),
 * iTerm2's notification (OSC 9), tmux's FAQ (DCS tmux;), GNU screen's manual
 * (DCS).
 */
#ifndef STEPDECK_TUI_TERMOUT_H
#define STEPDECK_TUI_TERMOUT_H

#include "base/error.h"
#include "base/strbuf.h"

enum termout_wrap { TERMOUT_PLAIN, TERMOUT_TMUX, TERMOUT_SCREEN };

enum {
    TERMOUT_COPY_LIMIT = 100000, /* bytes of base64 */
    TERMOUT_TEXT_LIMIT = 400,    /* bytes of a title or notification */
    TERMOUT_IDLE = -2,           /* of termout_progress: none */
    TERMOUT_BUSY = -1            /* without a number */
};

/* Whether a terminal of that TERM is one of xterm's kin, which read these
 * sequences or pass over them; others would show them. */
bool termout_is_xterm(const char *term);

/* How to reach the terminal outside, from $TERM and $TMUX (may be NULL). */
enum termout_wrap termout_wrap(const char *term, const char *tmux);

/* With `is_ascii` other characters become "?". */
void termout_title(const char *title, bool is_ascii, struct strbuf *out);
void termout_notify(enum termout_wrap wrap, const char *text, bool is_ascii,
                    struct strbuf *out);
void termout_progress(int percent, bool failed, struct strbuf *out);

/* False, and nothing is appended, when the text is too long. */
bool termout_copy(enum termout_wrap wrap, const char *text, size_t size,
                  struct strbuf *out);

#endif
