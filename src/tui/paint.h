/*
 * From canvas to bytes: what a terminal that shows `before` must be sent to
 * show `after`. Pure.
 *
 * Only rows and runs of cells that differ are sent. The cursor is placed anew
 * behind every cell that is not plain ASCII, since terminals disagree about
 * the width of others. Colours and attributes are sent when they change; a
 * frame begins and ends without any.
 */
#ifndef STEPDECK_TUI_PAINT_H
#define STEPDECK_TUI_PAINT_H

#include "base/strbuf.h"
#include "tui/canvas.h"
#include "tui/theme.h"

/* What the painter needs to know of the terminal; term.c fills it in from
 * terminfo, a test as it likes. */
struct paint_terminal {
    enum colour_depth depth;
    bool is_ascii;            /* other cells are sent as "?" */
    bool has_dim, has_italic; /* else left out */
    /* Lines and blocks take one column for sure, as they do everywhere but in
     * some terminals of Chinese, Japanese and Korean users: the cursor is where
     * it should be behind them. Half of a full screen's bytes. */
    bool lines_are_narrow;
    bool synchronises; /* frames are wrapped in DEC mode 2026 */
    /* Appends the sequence that places the cursor. */
    void (*move)(void *context, int column, int row, struct strbuf *out);
    /* Appends the sequence that sets one of the 16 or 256 colours, `number`
     * counted from 0. True colours are sent as SGR 38;2 / 48;2, the
     * terminal's own by SGR 0. */
    void (*colour)(void *context, bool background, int number,
                   struct strbuf *out);
    void *context;
};

/* Appends; nothing when nothing differs. `before` NULL, or of another size:
 * the screen is erased first. Both are drawn in the same theme: after a change
 * of it `before` is NULL. */
void paint(const struct paint_terminal *terminal, const struct theme *theme,
           const struct canvas *before, const struct canvas *after,
           struct strbuf *out);

#endif
