/* Macros would take the names of functions and members of ours. */
#define NCURSES_NOMACROS 1

#include "tui/term_inside.h"

#include "base/mem.h"
#include "tui/termout.h"
#include "tui/termsafe.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct term_curses {
    FILE *file; /* what curses writes to; see open_curses() */
    SCREEN *screen;
    WINDOW *pad; /* keys are read from it; a pad is never refreshed */
    const char *place, *foreground, *background; /* terminfo's */
    int colours;
};

/* ---- what terminfo says ----------------------------------------------- */

static const char *capability(const char *name)
{
    const char *text = tigetstr(name);

    return text && text != (char *)-1 ? text : NULL;
}

/* Without the delays ("$<5>") that hardware of old needed. */
static void add_undelayed(const char *text, struct strbuf *out)
{
    while (text && *text) {
        const char *end = strncmp(text, "$<", 2) == 0 ? strchr(text, '>') : 0;

        if (end)
            text = end + 1;
        else
            strbuf_addc(out, *text++);
    }
}

static void add_move(void *context, int column, int row, struct strbuf *out)
{
    struct term_curses *curses = context;

    if (strncmp(curses->place, "\x1b[%i%p1%d;%p2%dH", 16) == 0)
        strbuf_addf(out, "\x1b[%d;%dH", row + 1, column + 1);
    else
        add_undelayed(tiparm(curses->place, row, column), out);
}

static void add_colour(void *context, bool background, int number,
                       struct strbuf *out)
{
    enum { BRIGHT = 8 };
    struct term_curses *curses = context;
    const char *form = background ? curses->background : curses->foreground;

    /* Terminals with 8 colours know the bright ones under other numbers, or
     * pass over them; terminfo would make nonsense of them. */
    if (number >= BRIGHT && curses->colours < 2 * BRIGHT)
        strbuf_addf(out, "\x1b[%dm", (background ? 100 : 90) + number % BRIGHT);
    else if (form)
        add_undelayed(tiparm(form, number), out);
}

/* Where signs of ambiguous width may be wide. */
static bool is_cjk_locale(void)
{
    const char *locale = setlocale(LC_CTYPE, NULL);

    return locale &&
           (strncmp(locale, "zh", 2) == 0 || strncmp(locale, "ja", 2) == 0 ||
            strncmp(locale, "ko", 2) == 0);
}

static enum colour_depth find_depth(const struct term *term, bool no_colour)
{
    const char *wish = getenv("COLORTERM");
    const char *name = getenv("TERM");
    const char *none = getenv("NO_COLOR");

    if (no_colour || (none && *none) || term->curses->colours < 8)
        return DEPTH_MONO;
    if (tigetflag("RGB") > 0 || tigetnum("RGB") > 0 || capability("RGB"))
        return DEPTH_TRUE;
    if (wish && name && strcmp(name, "linux") != 0 &&
        (strcmp(wish, "truecolor") == 0 || strcmp(wish, "24bit") == 0))
        return DEPTH_TRUE;
    return term->curses->colours >= 256 ? DEPTH_256 : DEPTH_16;
}

static void make_painter(struct term *term, const struct term_settings *wishes)
{
    struct term_curses *curses = term->curses;

    curses->foreground = capability("setaf");
    curses->background = capability("setab");
    curses->colours = curses->foreground ? tigetnum("colors") : 0;
    term->painter = (struct paint_terminal){
        .depth = find_depth(term, wishes->no_colour),
        .is_ascii = wishes->is_ascii,
        .has_dim = capability("dim") != NULL,
        .has_italic = capability("sitm") != NULL,
        .lines_are_narrow = !is_cjk_locale(),
        .synchronises = term->is_xterm,
        .move = add_move,
        .colour = add_colour,
        .context = curses,
    };
}

/* Without automatic margins a character whose width the terminal sees
 * otherwise cannot push the rest of the screen away. */
static void make_entry(struct term *term)
{
    add_undelayed(capability("smcup"), &term->entry);
    add_undelayed(capability("smkx"), &term->entry);
    if (capability("smam"))
        add_undelayed(capability("rmam"), &term->entry);
    if (term->is_xterm)
        strbuf_adds(&term->entry, "\x1b[?2004h");
}

static void make_exit(struct term *term)
{
    struct strbuf *out = &term->leave;

    /* The ST ends what an accident may have left half said. */
    if (term->is_xterm)
        strbuf_adds(out, "\x1b\\\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[?2026l");
    strbuf_adds(out, "\x1b[0m");
    add_undelayed(capability("sgr0"), out);
    add_undelayed(capability("cnorm"), out);
    /* The painter hides the cursor so, whatever terminfo knows of. */
    strbuf_adds(out, "\x1b[?25h");
    add_undelayed(capability("rmkx"), out);
    add_undelayed(capability("smam"), out);
    if (capability("rmcup"))
        add_undelayed(capability("rmcup"), out);
    else
        strbuf_adds(out, "\x1b[999;1H\r\n");
}

/* ---- opening and closing ---------------------------------------------- */

/* O_NONBLOCK belongs to the open file, which the shell and our children share
 * with us; so the terminal is opened once more. */
static bool open_output(struct term *term, struct error *err)
{
    enum { FLAGS = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC };
    char path[PATH_MAX];

    term->fd = -1;
    if (ttyname_r(STDOUT_FILENO, path, sizeof(path)) == 0)
        term->fd = open(path, FLAGS);
    if (term->fd < 0)
        term->fd = open("/dev/tty", FLAGS);
    term->is_nonblocking = term->fd >= 0;
    if (term->fd < 0)
        term->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    if (term->fd < 0 || tcgetattr(term->fd, &term->theirs) < 0)
        return error_set_errno(err, ERROR_IO, errno,
                               "cannot open the terminal");
    return true;
}

/* Curses wants these signals, and the console has other plans for them. */
static const int wanted[] = { SIGTSTP, SIGINT, SIGTERM, SIGWINCH };
enum { WANTED = sizeof(wanted) / sizeof(wanted[0]) };

/* Of the size only curses' own drawing would know what to do, and one that lies
 * would cost memory; so it takes the one in terminfo. Not every entry has one,
 * and then it must ask. */
static SCREEN *new_screen(const struct term *term, FILE *file)
{
    struct sigaction before[WANTED];
    struct winsize size = { 0 };
    SCREEN *screen;

    for (int i = 0; i < WANTED; i++)
        sigaction(wanted[i], NULL, &before[i]);
    use_env(FALSE);
    screen = newterm(NULL, file, stdin);
    if (!screen && ioctl(term->fd, TIOCGWINSZ, &size) == 0 &&
        size.ws_col <= CANVAS_MOST_COLUMNS && size.ws_row <= CANVAS_MOST_ROWS) {
        use_env(TRUE);
        screen = newterm(NULL, file, stdin);
    }
    for (int i = 0; i < WANTED; i++)
        sigaction(wanted[i], &before[i], NULL);
    return screen;
}

/* Curses sets the modes, tells what the terminal can do, and reads its keys.
 * What it would write (a scrolling region of a size that we do not want it to
 * know, among others) goes nowhere: it holds it back until keypad(). */
static bool open_curses(struct term *term, struct error *err)
{
    int fd = fcntl(term->fd, F_DUPFD_CLOEXEC, 0);
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    bool is_silent;

    term->curses->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (term->curses->file)
        term->curses->screen = new_screen(term, term->curses->file);
    else if (fd >= 0)
        close(fd);
    if (term->curses->screen) {
        raw();
        noecho();
        nonl();
        term->curses->pad = newpad(1, 1);
    }
    is_silent = term->curses->file && nowhere >= 0 && dup2(nowhere, fd) >= 0 &&
                fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
    if (nowhere >= 0)
        close(nowhere);
    if (!term->curses->pad || !is_silent)
        return error_set(err, ERROR_INPUT,
                         "curses cannot drive the terminal '%s'",
                         getenv("TERM"));
    keypad(term->curses->pad, TRUE);
    meta(term->curses->pad, TRUE);
    nodelay(term->curses->pad, TRUE);
    keyok(KEY_MOUSE, FALSE);
    set_escdelay(TERMIN_ESC_MS);
    return true;
}

static bool check_environment(struct error *err)
{
    const char *name = getenv("TERM");

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        error_set(err, ERROR_INPUT, "%s is not a terminal",
                  isatty(STDIN_FILENO) ? "the output" : "the input");
        return error_hint(err, "use --no-tui");
    }
    if (!name || !*name)
        error_set(err, ERROR_INPUT, "TERM is not set");
    else if (strcmp(name, "dumb") == 0)
        error_set(err, ERROR_INPUT, "TERM is 'dumb', which has no screen");
    else
        return true;
    return error_hint(err, "set TERM to what your terminal is, such as "
                           "xterm-256color, or use --no-tui");
}

/* All that can fail; the terminal's modes are changed on the way. */
static bool take_terminal(struct term *term, struct error *err)
{
    const char *place;

    if (!open_curses(term, err))
        return error_hint(err, "is TERM what your terminal is? If not set it, "
                               "or use --no-tui");
    place = term->curses->place = capability("cup");
    if (!place || strncmp(place, "\x1b[", 2) != 0) {
        error_set(err, ERROR_INPUT,
                  "the terminal '%s' does not place the cursor as xterm does",
                  getenv("TERM"));
        return error_hint(err, "use --no-tui");
    }
    if (tcgetattr(term->fd, &term->ours) < 0)
        return error_set_errno(err, ERROR_IO, errno,
                               "cannot read the terminal's modes");
    return true;
}

/* Takes what term_open() has found, whole or in part. */
static void release(struct term *term)
{
    struct term_curses *curses = term->curses;

    termsafe_disarm();
    mem_set_exhausted_handler(NULL);
    if (curses->pad)
        delwin(curses->pad);
    if (curses->screen)
        delscreen(curses->screen);
    if (curses->file)
        (void)fclose(curses->file);
    if (term->fd >= 0)
        close(term->fd);
    termwrite_release(&term->out);
    termin_release(&term->in);
    strbuf_release(&term->entry);
    strbuf_release(&term->leave);
    strbuf_release(&term->bytes);
    free(term->title);
    free(curses);
    free(term);
}

struct term *term_open(const struct term_settings *settings, struct error *err)
{
    struct term *term;

    if (!check_environment(err))
        return NULL;
    term = mem_new(1, sizeof(*term));
    term->curses = mem_new(1, sizeof(*term->curses));
    term->percent = TERMOUT_IDLE;
    term->has_mouse = settings->mouse;
    term->is_ascii = settings->is_ascii;
    term->is_xterm = termout_is_xterm(getenv("TERM"));
    term->wrap = termout_wrap(getenv("TERM"), getenv("TMUX"));
    if (!open_output(term, err)) {
        release(term);
        return NULL;
    }
    termwrite_init(&term->out, term->fd, term->is_nonblocking);
    /* Only the modes, until more is changed. */
    termsafe_arm(term->fd, &term->theirs, "", 0);
    if (!take_terminal(term, err)) {
        release(term);
        return NULL;
    }
    make_painter(term, settings);
    make_entry(term);
    make_exit(term);
    mem_set_exhausted_handler(term_restore);
    term_enter(term);
    return term;
}

void term_close(struct term *term)
{
    if (!term)
        return;
    term_suspend(term);
    release(term);
}

/* ---- keys ------------------------------------------------------------- */

static const struct {
    int curses;
    uint32_t code;
    unsigned modifiers;
} keys[] = {
    { KEY_UP, KEY_NAME_UP, 0 },
    { KEY_DOWN, KEY_NAME_DOWN, 0 },
    { KEY_LEFT, KEY_NAME_LEFT, 0 },
    { KEY_RIGHT, KEY_NAME_RIGHT, 0 },
    { KEY_HOME, KEY_NAME_HOME, 0 },
    { KEY_FIND, KEY_NAME_HOME, 0 },
    { KEY_A1, KEY_NAME_HOME, 0 },
    { KEY_END, KEY_NAME_END, 0 },
    { KEY_SELECT, KEY_NAME_END, 0 },
    { KEY_LL, KEY_NAME_END, 0 },
    { KEY_C1, KEY_NAME_END, 0 },
    { KEY_PPAGE, KEY_NAME_PAGE_UP, 0 },
    { KEY_A3, KEY_NAME_PAGE_UP, 0 },
    { KEY_NPAGE, KEY_NAME_PAGE_DOWN, 0 },
    { KEY_C3, KEY_NAME_PAGE_DOWN, 0 },
    { KEY_IC, KEY_NAME_INSERT, 0 },
    { KEY_DC, KEY_NAME_DELETE, 0 },
    { KEY_BACKSPACE, KEY_NAME_BACKSPACE, 0 },
    { KEY_ENTER, KEY_NAME_ENTER, 0 },
    { KEY_BTAB, KEY_NAME_TAB, KEY_SHIFT },
    { KEY_SR, KEY_NAME_UP, KEY_SHIFT },
    { KEY_SF, KEY_NAME_DOWN, KEY_SHIFT },
    { KEY_SLEFT, KEY_NAME_LEFT, KEY_SHIFT },
    { KEY_SRIGHT, KEY_NAME_RIGHT, KEY_SHIFT },
    { KEY_SHOME, KEY_NAME_HOME, KEY_SHIFT },
    { KEY_SEND, KEY_NAME_END, KEY_SHIFT },
    { KEY_SPREVIOUS, KEY_NAME_PAGE_UP, KEY_SHIFT },
    { KEY_SNEXT, KEY_NAME_PAGE_DOWN, KEY_SHIFT },
    { KEY_SIC, KEY_NAME_INSERT, KEY_SHIFT },
    { KEY_SDC, KEY_NAME_DELETE, KEY_SHIFT },
};

/* xterm's keys with modifiers, which terminfo describes under names of its
 * own: "kUP5" is Up, with the modifiers in xterm's number for them. */
static const struct {
    const char *name;
    uint32_t code;
} extended[] = {
    { "kUP", KEY_NAME_UP },       { "kDN", KEY_NAME_DOWN },
    { "kLFT", KEY_NAME_LEFT },    { "kRIT", KEY_NAME_RIGHT },
    { "kHOM", KEY_NAME_HOME },    { "kEND", KEY_NAME_END },
    { "kPRV", KEY_NAME_PAGE_UP }, { "kNXT", KEY_NAME_PAGE_DOWN },
    { "kIC", KEY_NAME_INSERT },   { "kDC", KEY_NAME_DELETE },
};

static bool find_extended(int code, struct key *key)
{
    const char *name = keyname(code);

    for (size_t i = 0; name && i < sizeof(extended) / sizeof(extended[0]);
         i++) {
        size_t size = strlen(extended[i].name);

        if (strncmp(name, extended[i].name, size) == 0 && name[size] >= '2' &&
            name[size] <= '8' && !name[size + 1]) {
            key->code = extended[i].code;
            key->modifiers = termin_modifiers((unsigned)(name[size] - '0'));
            return true;
        }
    }
    return false;
}

static bool find_key(int code, struct key *key)
{
    enum { FUNCTIONS = 12 };
    int number = code - KEY_F(1);

    *key = (struct key){ 0 };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (keys[i].curses == code) {
            key->code = keys[i].code;
            key->modifiers = (uint8_t)keys[i].modifiers;
            return true;
        }
    }
    /* xterm's terminfo calls S-F1 F13. */
    if (number >= 0 && number < 2 * FUNCTIONS) {
        key->code = KEY_NAME_F1 + (uint32_t)(number % FUNCTIONS);
        key->modifiers = number < FUNCTIONS ? 0 : KEY_SHIFT;
        return true;
    }
    return find_extended(code, key);
}

enum term_unit term_next_unit(struct term *term, unsigned char *byte,
                              struct key *key)
{
    int code = wgetch(term->curses->pad);

    while (code > UCHAR_MAX && !find_key(code, key))
        code = wgetch(term->curses->pad);
    if (code < 0)
        return TERM_NOTHING;
    *byte = (unsigned char)code;
    return code > UCHAR_MAX ? TERM_KEY : TERM_BYTE;
}
