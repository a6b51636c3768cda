#include "tui/termout.h"

#include "base/base64.h"
#include "base/utf8.h"

#include <ctype.h>
#include <string.h>

bool termout_is_xterm(const char *term)
{
    static const char *const kin[] = {
        "xterm",  "tmux",    "screen",      "rxvt",    "alacritty", "foot",
        "kitty",  "wezterm", "vte",         "ghostty", "konsole",   "gnome",
        "iterm",  "contour", "mintty",      "Eterm",   "putty",     "st-",
        "mlterm", "rio",     "ms-terminal",
    };

    for (size_t i = 0; i < sizeof(kin) / sizeof(kin[0]); i++) {
        if (strncmp(term, kin[i], strlen(kin[i])) == 0)
            return true;
    }
    return strcmp(term, "st") == 0;
}

enum termout_wrap termout_wrap(const char *term, const char *tmux)
{
    if (tmux && *tmux)
        return TERMOUT_TMUX;
    return strncmp(term, "screen", 6) == 0 ? TERMOUT_SCREEN : TERMOUT_PLAIN;
}

/* ---- wrapping --------------------------------------------------------- */

/* An ESC is doubled inside. */
static void wrap_for_tmux(const char *bytes, size_t size, struct strbuf *out)
{
    strbuf_adds(out, "\x1bPtmux;");
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\x1b')
            strbuf_addc(out, '\x1b');
        strbuf_addc(out, bytes[i]);
    }
    strbuf_adds(out, "\x1b\\");
}

/* In pieces: it forgets a string that is longer than its buffer. */
static void wrap_for_screen(const char *bytes, size_t size, struct strbuf *out)
{
    enum { PIECE = 240 };

    while (size) {
        size_t length = size < PIECE ? size : PIECE;

        strbuf_adds(out, "\x1bP");
        strbuf_add(out, bytes, length);
        strbuf_adds(out, "\x1b\\");
        bytes += length;
        size -= length;
    }
}

static void add_wrapped(enum termout_wrap wrap, const struct strbuf *sequence,
                        struct strbuf *out)
{
    if (wrap == TERMOUT_TMUX)
        wrap_for_tmux(sequence->data, sequence->len, out);
    else if (wrap == TERMOUT_SCREEN)
        wrap_for_screen(sequence->data, sequence->len, out);
    else
        strbuf_add(out, sequence->data, sequence->len);
}

/* ---- texts ------------------------------------------------------------ */

static void add_text(const char *text, bool is_ascii, struct strbuf *out)
{
    struct strbuf clean = { 0 };

    utf8_sanitise(text, strlen(text), false, &clean);
    if (clean.len > TERMOUT_TEXT_LIMIT) {
        strbuf_truncate(&clean, TERMOUT_TEXT_LIMIT);
        strbuf_truncate(&clean,
                        clean.len - utf8_cut_tail(clean.data, clean.len));
    }
    for (size_t i = 0; i < clean.len; i++) {
        unsigned char byte = (unsigned char)clean.data[i];

        if (byte < 0x80 || !is_ascii)
            strbuf_addc(out, clean.data[i]);
        else if (byte >= 0xC0)
            strbuf_addc(out, '?');
    }
    strbuf_release(&clean);
}

void termout_title(const char *title, bool is_ascii, struct strbuf *out)
{
    strbuf_adds(out, "\x1b]2;");
    add_text(title, is_ascii, out);
    strbuf_addc(out, '\a');
}

void termout_notify(enum termout_wrap wrap, const char *text, bool is_ascii,
                    struct strbuf *out)
{
    struct strbuf sequence = { 0 };

    strbuf_adds(&sequence, "\x1b]9;");
    /* A number would make another command of it. */
    if (isdigit((unsigned char)*text))
        strbuf_addc(&sequence, ' ');
    add_text(text, is_ascii, &sequence);
    strbuf_addc(&sequence, '\a');
    add_wrapped(wrap, &sequence, out);
    strbuf_release(&sequence);
}

void termout_progress(int percent, bool failed, struct strbuf *out)
{
    enum { NONE, NORMAL, FAILED, BUSY };
    int state = failed ? FAILED : NORMAL;

    if (percent == TERMOUT_IDLE)
        state = NONE;
    else if (percent == TERMOUT_BUSY && !failed)
        state = BUSY;
    if (percent == TERMOUT_BUSY && failed)
        percent = 100;
    strbuf_addf(out, "\x1b]9;4;%d;%d\a", state,
                percent < 0     ? 0
                : percent > 100 ? 100
                                : percent);
}

bool termout_copy(enum termout_wrap wrap, const char *text, size_t size,
                  struct strbuf *out)
{
    struct strbuf sequence = { 0 };

    if (size > TERMOUT_COPY_LIMIT / 4 * 3)
        return false;
    strbuf_adds(&sequence, "\x1b]52;c;");
    base64_encode(text, size, &sequence);
    strbuf_addc(&sequence, '\a');
    /* tmux takes the plain one for its own buffer, and passes it on or not;
     * which of the two it heeds is a matter of its configuration. */
    if (wrap == TERMOUT_TMUX)
        strbuf_add(out, sequence.data, sequence.len);
    add_wrapped(wrap, &sequence, out);
    strbuf_release(&sequence);
    return true;
}
