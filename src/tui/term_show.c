#include "tui/term_inside.h"

#include "base/courtesy.h"
#include "base/mem.h"
#include "tui/termsafe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

enum { USUAL_COLUMNS = 80, USUAL_ROWS = 24, FINISH_MS = 100 };

static int clamp(int value, int usual, int most)
{
    return value < 1 ? usual : value > most ? most : value;
}

void term_size(const struct term *term, int *columns, int *rows)
{
    struct winsize size = { 0 };

    (void)ioctl(term->fd, TIOCGWINSZ, &size);
    *columns = clamp(size.ws_col, USUAL_COLUMNS, CANVAS_MOST_COLUMNS);
    *rows = clamp(size.ws_row, USUAL_ROWS, CANVAS_MOST_ROWS);
}

enum colour_depth term_depth(const struct term *term)
{
    return term->painter.depth;
}

/* ---- frames ----------------------------------------------------------- */

void term_show(struct term *term, const struct canvas *canvas,
               const struct theme *theme)
{
    if (term->is_suspended)
        return;
    if (theme != term->theme)
        termwrite_forget(&term->out);
    term->theme = theme;
    paint(&term->painter, theme, termwrite_shown(&term->out), canvas,
          &term->bytes);
    termwrite_frame(&term->out, canvas, &term->bytes);
    termwrite_flush(&term->out);
}

bool term_is_busy(const struct term *term)
{
    return termwrite_is_busy(&term->out);
}

int term_output_fd(const struct term *term)
{
    return term->fd;
}

void term_flush(struct term *term)
{
    if (!term->is_suspended)
        termwrite_flush(&term->out);
}

void term_repaint(struct term *term)
{
    termwrite_forget(&term->out);
}

/* ---- between frames --------------------------------------------------- */

/* Sends what has been built. */
static void say(struct term *term)
{
    if (!term->is_suspended) {
        termwrite_control(&term->out, &term->bytes);
        termwrite_flush(&term->out);
    }
    strbuf_clear(&term->bytes);
}

static void add_mouse(struct term *term)
{
    if (term->is_xterm)
        strbuf_adds(&term->bytes, term->has_mouse ? "\x1b[?1000h\x1b[?1006h"
                                                  : "\x1b[?1006l\x1b[?1000l");
}

void term_set_mouse(struct term *term, bool on)
{
    if (term->has_mouse == on)
        return;
    term->has_mouse = on;
    add_mouse(term);
    say(term);
}

static void add_progress(struct term *term)
{
    if (!term->is_xterm)
        return;
    termout_progress(term->percent, term->failed, &term->bytes);
    termsafe_set_extra(TERMSAFE_PROGRESS,
                       term->percent == TERMOUT_IDLE ? NULL : "\x1b]9;4;0;0\a");
}

void term_progress(struct term *term, int percent, bool failed)
{
    if (percent < TERMOUT_IDLE)
        percent = TERMOUT_IDLE;
    if (percent == term->percent && failed == term->failed)
        return;
    term->percent = percent;
    term->failed = failed;
    add_progress(term);
    say(term);
}

/* The terminal's own title is put aside, and taken back on leaving. */
static void add_title(struct term *term, bool is_first)
{
    if (!term->is_xterm)
        return;
    if (is_first)
        strbuf_adds(&term->bytes, "\x1b[22;2t");
    termout_title(term->title, term->is_ascii, &term->bytes);
    termsafe_set_extra(TERMSAFE_TITLE, "\x1b[23;2t");
}

void term_title(struct term *term, const char *title)
{
    bool is_first = !term->title;

    if (!is_first && strcmp(title, term->title) == 0)
        return;
    free(term->title);
    term->title = mem_text(title);
    add_title(term, is_first);
    say(term);
}

bool term_copy(struct term *term, const char *text, size_t size)
{
    if (!term->is_xterm || !termout_copy(term->wrap, text, size, &term->bytes))
        return false;
    say(term);
    return true;
}

void term_bell(struct term *term)
{
    strbuf_addc(&term->bytes, '\a');
    say(term);
}

void term_notify(struct term *term, const char *text)
{
    if (!term->is_xterm)
        return;
    termout_notify(term->wrap, text, term->is_ascii, &term->bytes);
    say(term);
}

/* ---- coming and going ------------------------------------------------- */

void term_enter(struct term *term)
{
    courtesy_watch(term_fd(term));
    termwrite_forget(&term->out);
    termsafe_arm(term->fd, &term->theirs, strbuf_text(&term->leave),
                 term->leave.len);
    strbuf_add(&term->bytes, term->entry.data, term->entry.len);
    if (term->has_mouse)
        add_mouse(term);
    if (term->title)
        add_title(term, true);
    if (term->percent != TERMOUT_IDLE)
        add_progress(term);
    say(term);
}

void term_restore(void)
{
    termsafe_restore();
}

void term_suspend(struct term *term)
{
    if (term->is_suspended)
        return;
    courtesy_watch(-1);
    courtesy_ask(false);
    termwrite_finish(&term->out, FINISH_MS);
    termwrite_drop(&term->out);
    termin_release(&term->in);
    termsafe_restore();
    term->is_suspended = true;
}

bool term_resume(struct term *term, struct error *err)
{
    if (!term->is_suspended)
        return true;
    while (tcsetattr(term->fd, TCSANOW, &term->ours) < 0) {
        if (errno != EINTR)
            return error_set_errno(err, ERROR_IO, errno,
                                   "cannot take the terminal back");
    }
    term->is_suspended = false;
    term_enter(term);
    return true;
}
