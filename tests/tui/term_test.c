#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tui/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/*
 * The test is the terminal: it holds the master of a pseudo terminal, and a
 * child at the other end uses term.h and tells through a pipe what it has got,
 * a line each. Nothing sleeps: the test waits for lines.
 */

enum { DEADLINE_MS = 20000 };

/* ---- the child -------------------------------------------------------- */

static void tell(int fd, const char *format, ...) PRINTF_LIKE(2, 3);

static void tell(int fd, const char *format, ...)
{
    char line[512];
    va_list args;
    int size;

    va_start(args, format);
    size = vsnprintf(line, sizeof(line) - 1, format, args);
    va_end(args);
    line[size] = '\n';
    if (write(fd, line, (size_t)size + 1) < 0)
        _exit(99);
}

static unsigned long sum_of(const char *bytes, size_t size)
{
    unsigned long sum = 0;

    for (size_t i = 0; i < size; i++)
        sum = (sum * 31 + (unsigned char)bytes[i]) % 1000003;
    return sum;
}

static void tell_input(int fd, const struct input *input)
{
    struct strbuf name = { 0 };

    switch (input->kind) {
    case INPUT_KEY:
        key_print(input->key, &name);
        tell(fd, "key %s", strbuf_text(&name));
        break;
    case INPUT_PASTE:
        tell(fd, "paste %zu %lu", input->size,
             sum_of(input->text, input->size));
        break;
    case INPUT_WHEEL:
        tell(fd, "wheel %d", input->wheel);
        break;
    case INPUT_CLICK:
        tell(fd, "click %d,%d", input->column, input->row);
        break;
    case INPUT_CLOSED:
        tell(fd, "closed");
        break;
    }
    strbuf_release(&name);
}

static void fill(struct canvas *canvas, int number)
{
    char text[64];

    for (int row = 0; row < canvas->rows; row++) {
        for (int column = 0; column < canvas->columns; column += 8) {
            snprintf(text, sizeof(text), "%07d ", number + row * 100 + column);
            area_text(canvas_area(canvas), column, row, (struct style){ 0 },
                      text);
        }
    }
    snprintf(text, sizeof(text), "frame%d", number);
    area_text(canvas_area(canvas), 0, 0, (struct style){ 0 }, text);
}

/* Many frames for a terminal that does not read. */
static void show_many(struct term *term, const struct theme *theme, int fd)
{
    enum { FRAMES = 300 };
    struct canvas canvas = { 0 };

    canvas_resize(&canvas, 80, 24);
    for (int i = 1; i <= FRAMES; i++) {
        fill(&canvas, i);
        term_show(term, &canvas, theme);
    }
    tell(fd, "busy %d", term_is_busy(term));
    while (term_is_busy(term)) {
        struct pollfd output = { .fd = term_output_fd(term),
                                 .events = POLLOUT };

        (void)poll(&output, 1, -1);
        term_flush(term);
    }
    tell(fd, "shown");
    canvas_release(&canvas);
}

/* The shell has the terminal until the test says something. */
static void lend(struct term *term, int fd, int wake)
{
    struct error err = { 0 };
    char byte;

    term_suspend(term);
    tell(fd, "lent");
    if (read(wake, &byte, 1) != 1 || !term_resume(term, &err))
        _exit(98);
    tell(fd, "back %s", err.message);
}

static void overflow(volatile char *outer)
{
    volatile char inner[4096];

    inner[0] = outer[0];
    if (inner[0] == 0)
        overflow(inner);
    inner[1] = outer[1];
}

/* The same canvas in one theme, in it again, and in another. */
static void show_themes(struct term *term, const struct theme *theme)
{
    struct error err = { 0 };
    struct theme *other = theme_load("dark", NULL, &err);
    struct canvas canvas = { 0 };

    canvas_resize(&canvas, 80, 24);
    fill(&canvas, 1);
    term_show(term, &canvas, theme);
    term_show(term, &canvas, theme);
    term_show(term, &canvas, other);
    while (term_is_busy(term))
        term_flush(term);
    canvas_release(&canvas);
    theme_free(other);
}

/* A child that has not yet become another program. */
static void fork_in_vain(int fd)
{
    pid_t pid = fork();

    if (pid == 0) {
        term_restore();
        abort();
    }
    (void)!waitpid(pid, NULL, 0);
    tell(fd, "forked");
}

static void speak(struct term *term)
{
    term_title(term, "a\x1b[2J title");
    term_title(term, "a\x1b[2J title");
    term_progress(term, 40, false);
    term_progress(term, 40, false);
    term_bell(term);
    term_notify(term, "done");
    (void)!term_copy(term, "hi", 2);
}

/* What single keys do; false ends the child. */
static bool obey(struct term *term, const struct theme *theme, struct key key,
                 int fd, int wake)
{
    char byte = 0;

    if (key.modifiers)
        return true;
    switch (key.code) {
    case 'Q':
        return false;
    case 'F':
        show_many(term, theme, fd);
        break;
    case 'Z':
        lend(term, fd, wake);
        break;
    case 'M':
        term_set_mouse(term, true);
        break;
    case 'T':
        speak(term);
        break;
    case 'P':
        show_themes(term, theme);
        break;
    case 'G':
        fork_in_vain(fd);
        break;
    case 'A':
        abort();
    case 'V':
        raise(SIGSEGV);
        break;
    case 'O':
        overflow(&byte);
        break;
    default:
        break;
    }
    return true;
}

static void use_terminal(struct term *term, int fd, int wake)
{
    struct error err = { 0 };
    struct theme *theme = theme_load("default", NULL, &err);
    struct input input;
    bool goes_on = true;

    while (goes_on) {
        struct pollfd ready = { .fd = term_fd(term), .events = POLLIN };

        if (poll(&ready, 1, term_wait_ms(term)) < 0 && errno != EINTR)
            _exit(97);
        while (goes_on && term_read(term, &input)) {
            tell_input(fd, &input);
            if (input.kind == INPUT_CLOSED)
                goes_on = false;
            else if (input.kind == INPUT_KEY)
                goes_on = obey(term, theme, input.key, fd, wake);
        }
        tell(fd, "-");
    }
    theme_free(theme);
}

static bool is_usual(int number)
{
    struct sigaction action;

    return sigaction(number, NULL, &action) == 0 &&
           action.sa_handler == SIG_DFL;
}

static NORETURN void run_child(int fd, int wake,
                               const struct term_settings *settings)
{
    struct error err = { 0 };
    /* A sanitizer has handlers of its own, which would not die of it. */
    struct sigaction usual = { .sa_handler = SIG_DFL };
    struct term *term;
    int columns, rows;

    sigaction(SIGSEGV, &usual, NULL);
    sigaction(SIGBUS, &usual, NULL);
    sigaction(SIGABRT, &usual, NULL);
    sigaction(SIGHUP, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
    term = term_open(settings, &err);
    if (!term) {
        tell(fd, "refused: %s", err.message);
        _exit(err.hint[0] ? 1 : 96);
    }
    term_size(term, &columns, &rows);
    tell(fd, "open %dx%d depth %d blocks %d usual %d", columns, rows,
         (int)term_depth(term), !(fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK),
         is_usual(SIGTSTP) && is_usual(SIGINT) && is_usual(SIGTERM) &&
             is_usual(SIGWINCH));
    use_terminal(term, fd, wake);
    term_close(term);
    tell(fd, "left");
    _exit(0);
}

/* ---- the terminal ----------------------------------------------------- */

struct console {
    int master, slave;
    int lines; /* what the child tells */
    int wake;
    pid_t child;
    struct termios modes; /* before */
    struct strbuf told, screen;
};

struct setting {
    const char *term, *colorterm, *no_color, *tmux;
    int columns, rows; /* 0 and 0: 80x24 */
    struct term_settings settings;
    bool is_pipe; /* stdin is none */
};

static void set_variable(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static NORETURN void become_child(const struct console *console,
                                  const struct setting *setting, int lines,
                                  int wake)
{
    int nothing = open("/dev/null", O_RDONLY);

    close(console->master);
    setsid();
    ioctl(console->slave, TIOCSCTTY, 0);
    dup2(setting->is_pipe ? nothing : console->slave, STDIN_FILENO);
    dup2(console->slave, STDOUT_FILENO);
    set_variable("TERM", setting->term);
    set_variable("COLORTERM", setting->colorterm);
    set_variable("NO_COLOR", setting->no_color);
    set_variable("TMUX", setting->tmux);
    run_child(lines, wake, &setting->settings);
}

static void console_start(struct console *console,
                          const struct setting *setting)
{
    struct winsize size = {
        .ws_col = (unsigned short)(setting->columns ? setting->columns : 80),
        .ws_row = (unsigned short)(setting->rows ? setting->rows : 24)
    };
    int lines[2], wake[2];

    *console = (struct console){ 0 };
    console->master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(console->master >= 0);
    assert_int_equal(grantpt(console->master), 0);
    assert_int_equal(unlockpt(console->master), 0);
    console->slave = open(ptsname(console->master), O_RDWR | O_NOCTTY);
    assert_true(console->slave >= 0);
    if (setting->columns < 0)
        size = (struct winsize){ 0 };
    ioctl(console->slave, TIOCSWINSZ, &size);
    assert_int_equal(tcgetattr(console->slave, &console->modes), 0);
    assert_int_equal(pipe(lines), 0);
    assert_int_equal(pipe(wake), 0);
    console->child = fork();
    assert_true(console->child >= 0);
    if (console->child == 0) {
        close(lines[0]);
        close(wake[1]);
        become_child(console, setting, lines[1], wake[0]);
    }
    close(lines[1]);
    close(wake[0]);
    console->lines = lines[0];
    console->wake = wake[1];
    fcntl(console->master, F_SETFL, O_NONBLOCK);
}

static bool take(int fd, struct strbuf *out)
{
    char bytes[4096];
    ssize_t size = read(fd, bytes, sizeof(bytes));

    if (size > 0)
        strbuf_add(out, bytes, (size_t)size);
    return size > 0;
}

static void drain(struct console *console)
{
    while (take(console->master, &console->screen))
        ;
}

/* Waits for something the child says; the terminal reads on when it `reads`. */
static void console_turn(struct console *console, bool reads)
{
    struct pollfd fds[] = {
        { .fd = console->lines, .events = POLLIN },
        { .fd = reads ? console->master : -1, .events = POLLIN },
    };

    if (poll(fds, 2, DEADLINE_MS) <= 0)
        fail_msg("the child is silent; so far: %s",
                 strbuf_text(&console->told));
    if (fds[1].revents)
        (void)take(console->master, &console->screen);
    if (fds[0].revents && !take(console->lines, &console->told))
        fail_msg("the child is gone; so far: %s", strbuf_text(&console->told));
}

/* The next line that is not "-", or the next at all. */
static void expect_line(struct console *console, const char *line, bool any,
                        bool reads)
{
    for (;;) {
        const char *text = strbuf_text(&console->told);
        const char *end = strchr(text, '\n');
        size_t size = end ? (size_t)(end - text) : 0;

        if (!end) {
            console_turn(console, reads);
            continue;
        }
        if (any || size != 1 || *text != '-') {
            if (size != strlen(line) || strncmp(text, line, size) != 0)
                fail_msg("'%.*s' instead of '%s'", (int)size, text, line);
            strbuf_consume(&console->told, size + 1);
            return;
        }
        strbuf_consume(&console->told, size + 1);
    }
}

static void expect(struct console *console, const char *line)
{
    expect_line(console, line, false, true);
}

static void expect_silence(struct console *console)
{
    expect_line(console, "-", true, true);
}

static void type_bytes(struct console *console, const char *bytes, size_t size)
{
    while (size) {
        struct pollfd fd = { .fd = console->master,
                             .events = POLLIN | POLLOUT };
        ssize_t count;

        assert_true(poll(&fd, 1, DEADLINE_MS) > 0);
        drain(console);
        count = write(console->master, bytes, size);
        if (count > 0) {
            bytes += count;
            size -= (size_t)count;
        }
    }
}

static void type(struct console *console, const char *text)
{
    type_bytes(console, text, strlen(text));
}

static void check_modes(const struct console *console, bool are_theirs)
{
    struct termios now;

    assert_int_equal(tcgetattr(console->slave, &now), 0);
    if (!are_theirs) {
        assert_int_equal(now.c_lflag & (ICANON | ECHO | ISIG), 0);
        assert_int_equal(now.c_iflag & (IXON | ICRNL), 0);
        return;
    }
    assert_int_equal(now.c_lflag, console->modes.c_lflag);
    assert_int_equal(now.c_iflag, console->modes.c_iflag);
    assert_int_equal(now.c_oflag, console->modes.c_oflag);
    assert_int_equal(now.c_cflag, console->modes.c_cflag);
}

/* The child has ended, and its terminal is as it was. */
static int console_end(struct console *console)
{
    int status;

    assert_int_equal(waitpid(console->child, &status, 0), console->child);
    check_modes(console, true);
    drain(console);
    return status;
}

static void console_release(struct console *console)
{
    if (console->master >= 0)
        close(console->master);
    close(console->slave);
    close(console->lines);
    close(console->wake);
    strbuf_release(&console->told);
    strbuf_release(&console->screen);
}

/* A child on an xterm that is ready. */
static void console_start_usual(struct console *console)
{
    const struct setting setting = { .term = "xterm-256color" };

    console_start(console, &setting);
    expect(console, "open 80x24 depth 2 blocks 1 usual 1");
}

static void console_quit(struct console *console)
{
    type(console, "Q");
    expect(console, "key Q");
    expect(console, "left");
    assert_int_equal(console_end(console), 0);
}

static size_t times(const struct console *console, const char *text)
{
    const char *at = strbuf_text(&console->screen);
    size_t count = 0;

    for (; (at = strstr(at, text)) != NULL; at += strlen(text))
        count++;
    return count;
}

/* ---- opening ---------------------------------------------------------- */

static const struct {
    struct setting setting;
    const char *answer;
} openings[] = {
    { { .term = "xterm-256color" }, "open 80x24 depth 2 blocks 1 usual 1" },
    { { .term = "xterm" }, "open 80x24 depth 1 blocks 1 usual 1" },
    { { .term = "linux" }, "open 80x24 depth 1 blocks 1 usual 1" },
    { { .term = "tmux-256color" }, "open 80x24 depth 2 blocks 1 usual 1" },
    { { .term = "screen" }, "open 80x24 depth 1 blocks 1 usual 1" },
    { { .term = "vt100" }, "open 80x24 depth 0 blocks 1 usual 1" },
    { { .term = "xterm-mono" }, "open 80x24 depth 0 blocks 1 usual 1" },
    { { .term = "xterm-256color", .colorterm = "truecolor" },
      "open 80x24 depth 3 blocks 1 usual 1" },
    { { .term = "xterm", .colorterm = "24bit" },
      "open 80x24 depth 3 blocks 1 usual 1" },
    { { .term = "linux", .colorterm = "truecolor" },
      "open 80x24 depth 1 blocks 1 usual 1" },
    { { .term = "xterm", .colorterm = "yes" },
      "open 80x24 depth 1 blocks 1 usual 1" },
    { { .term = "xterm-256color", .colorterm = "truecolor", .no_color = "1" },
      "open 80x24 depth 0 blocks 1 usual 1" },
    { { .term = "xterm-256color", .no_color = "" },
      "open 80x24 depth 2 blocks 1 usual 1" },
    { { .term = "xterm-256color", .settings = { .no_colour = true } },
      "open 80x24 depth 0 blocks 1 usual 1" },
    { { .term = "xterm", .columns = -1 },
      "open 80x24 depth 1 blocks 1 usual 1" },
    { { .term = "xterm", .columns = 65535, .rows = 65535 },
      "open 1000x500 depth 1 blocks 1 usual 1" },
    { { .term = "xterm", .columns = 1, .rows = 1 },
      "open 1x1 depth 1 blocks 1 usual 1" },
};

static void term_opens_whatever_the_terminal_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
        struct console console;

        console_start(&console, &openings[i].setting);
        expect(&console, openings[i].answer);
        check_modes(&console, false);
        type(&console, "\x03j");
        expect(&console, "key C-c");
        expect(&console, "key j");
        console_quit(&console);
        console_release(&console);
    }
}

static const struct {
    struct setting setting;
    const char *answer;
} refusals[] = {
    { { .term = "dumb" }, "refused: TERM is 'dumb', which has no screen" },
    { { .term = "" }, "refused: TERM is not set" },
    { { .term = NULL }, "refused: TERM is not set" },
    { { .term = "no-such-terminal" },
      "refused: curses cannot drive the terminal 'no-such-terminal'" },
    { { .term = "vt52" },
      "refused: the terminal 'vt52' does not place the "
      "cursor as xterm does" },
    { { .term = "xterm", .is_pipe = true },
      "refused: the input is not a terminal" },
};

static void term_refuses_and_leaves_the_terminal_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct console console;

        console_start(&console, &refusals[i].setting);
        expect(&console, refusals[i].answer);
        assert_int_equal(WEXITSTATUS(console_end(&console)), 1);
        assert_string_equal(strbuf_text(&console.screen), "");
        console_release(&console);
    }
}

/* ---- input ------------------------------------------------------------ */

static void term_reads_keys(void **state)
{
    static const struct {
        const char *bytes;
        const char *name;
    } keys[] = {
        { "j", "key j" },
        { "\x03", "key C-c" },
        { "\x1a", "key C-z" },
        { "\x13", "key C-s" },
        { "\x11", "key C-q" },
        { "\x1c", "key C-\\" },
        { "\r", "key Enter" },
        { "\n", "key Enter" },
        { "\t", "key Tab" },
        { "\x7f", "key Backspace" },
        { "\x08", "key Backspace" },
        { "\x1b", "key Esc" },
        { "\x1bx", "key A-x" },
        { "\x1bOA", "key Up" },
        { "\x1b[A", "key Up" },
        { "\x1b[1;5A", "key C-Up" },
        { "\x1b[1;5D", "key C-Left" },
        { "\x1b[1;2D", "key S-Left" },
        { "\x1b[5;2~", "key S-PgUp" },
        { "\x1b[3;5~", "key C-Delete" },
        { "\x1b[Z", "key S-Tab" },
        { "\x1bOH", "key Home" },
        { "\x1b[H", "key Home" },
        { "\x1b[1~", "key Home" },
        { "\x1bOF", "key End" },
        { "\x1b[4~", "key End" },
        { "\x1b[5~", "key PgUp" },
        { "\x1b[6~", "key PgDn" },
        { "\x1b[2~", "key Insert" },
        { "\x1b[3~", "key Delete" },
        { "\x1bOP", "key F1" },
        { "\x1b[15~", "key F5" },
        { "\x1b[24~", "key F12" },
        { "\x1b[15;2~", "key S-F5" },
        { "\xC3\xA9", "key \xC3\xA9" },
        { "\xE4\xB8\x96", "key \xE4\xB8\x96" },
        { "\xF0\x9F\x9A\x80", "key \xF0\x9F\x9A\x80" },
        { "\x1b\x1b[A", "key A-Up" },
    };
    struct console console;

    (void)state;
    console_start_usual(&console);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        type(&console, keys[i].bytes);
        expect(&console, keys[i].name);
    }
    console_quit(&console);
    console_release(&console);
}

static void term_swallows_what_is_no_key(void **state)
{
    static const char *const silent[] = {
        "\x80\xff\xfe", "\xE2\x82",       "\xED\xA0\x80",
        "\x1b[",        "\x1b[1;",        "\x1bO",
        "\x1b[?62;4c",  "\x1b[24;80R",    "\x1b[I",
        "\x1b[O",       "\x1b[9999~",     "\x1b]11;rgb:00/00/00",
        "\x1b]11;x\a",  "\x1bP1+r\x1b\\", "\x1b[200",
        "\x1b[<0;3;4m", "\x1b[M !!",
    };
    struct console console;

    (void)state;
    console_start_usual(&console);
    for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
        type(&console, silent[i]);
        expect_silence(&console);
        type(&console, "j");
        expect_line(&console, "key j", true, true);
        expect_silence(&console);
    }
    type(&console, "\xff\xE2\x82j\x1b[?62;4ck\x1b]11;x\x1b\\\x1b[B");
    expect(&console, "key j");
    expect(&console, "key k");
    expect(&console, "key Down");
    console_quit(&console);
    console_release(&console);
}

static void term_reads_the_mouse_when_asked_to(void **state)
{
    struct console console;

    (void)state;
    console_start_usual(&console);
    type(&console, "M");
    expect(&console, "key M");
    expect_silence(&console);
    drain(&console);
    assert_int_equal(times(&console, "\x1b[?1000h\x1b[?1006h"), 1);
    type(&console, "\x1b[<65;10;5M\x1b[<64;10;5M\x1b[<0;10;5M");
    expect(&console, "wheel 3");
    expect(&console, "wheel -3");
    expect(&console, "click 9,4");
    console_quit(&console);
    assert_true(times(&console, "\x1b[?1006l\x1b[?1000l") > 0);
    console_release(&console);
}

static void expect_paste(struct console *console, const char *text, size_t size)
{
    char line[64];

    snprintf(line, sizeof(line), "paste %zu %lu", size, sum_of(text, size));
    expect(console, line);
}

static void term_gives_a_paste_as_one_input(void **state)
{
    enum { MUCH = 1024 * 1024, MORE = 1000 };
    char *text = mem_new(MUCH + MORE, 1);
    struct console console;

    (void)state;
    for (int i = 0; i < MUCH + MORE; i++)
        text[i] = (char)(' ' + (i * 7 + i / 64) % 90);
    console_start_usual(&console);
    type(&console, "\x1b[200~ls\rQ\x1b[A\x1b[201~j");
    expect_paste(&console, "ls\rQ\x1b[A", 7);
    expect(&console, "key j");
    type(&console, "\x1b[200~");
    type_bytes(&console, text, MUCH + MORE);
    type(&console, "\x1b[201~k");
    expect_paste(&console, text, MUCH);
    expect(&console, "key k");
    console_quit(&console);
    console_release(&console);
    free(text);
}

static void term_ends_a_paste_that_does_not_end(void **state)
{
    struct console console;

    (void)state;
    console_start_usual(&console);
    type(&console, "\x1b[200~half\x1b[2");
    expect_paste(&console, "half\x1b[2", 7);
    type(&console, "j");
    expect(&console, "key j");
    console_quit(&console);
    console_release(&console);
}

static void term_tells_that_the_terminal_is_gone(void **state)
{
    struct console console;
    int status;

    (void)state;
    console_start_usual(&console);
    close(console.master);
    console.master = -1;
    while (!strstr(strbuf_text(&console.told), "left\n")) {
        struct pollfd fd = { .fd = console.lines, .events = POLLIN };

        assert_true(poll(&fd, 1, DEADLINE_MS) > 0);
        assert_true(take(console.lines, &console.told));
    }
    assert_non_null(strstr(strbuf_text(&console.told), "closed\n"));
    assert_int_equal(waitpid(console.child, &status, 0), console.child);
    assert_int_equal(status, 0);
    console_release(&console);
}

/* ---- output ----------------------------------------------------------- */

static void term_drops_frames_that_a_slow_terminal_would_not_see(void **state)
{
    struct console console;

    (void)state;
    console_start_usual(&console);
    type(&console, "F");
    expect_line(&console, "key F", false, false);
    expect_line(&console, "busy 1", false, false);
    expect(&console, "shown");
    console_quit(&console);
    assert_int_equal(times(&console, "frame1\x1b"), 0);
    assert_int_equal(times(&console, "frame1 "), 0);
    assert_int_equal(times(&console, "\x1b[?2026h"),
                     times(&console, "\x1b[?2026l") - 1);
    assert_true(times(&console, "\x1b[?2026h") < 100);
    assert_non_null(strstr(strbuf_text(&console.screen), "300"));
    console_release(&console);
}

static void term_paints_all_of_it_in_another_theme(void **state)
{
    struct console console;

    (void)state;
    console_start_usual(&console);
    type(&console, "P");
    expect(&console, "key P");
    expect_silence(&console);
    console_quit(&console);
    assert_int_equal(times(&console, "\x1b[2J"), 2);
    console_release(&console);
}

static void term_speaks_to_xterm_beside_the_screen(void **state)
{
    struct console console;

    (void)state;
    console_start_usual(&console);
    type(&console, "T");
    expect(&console, "key T");
    console_quit(&console);
    assert_int_equal(times(&console, "\x1b[22;2t\x1b]2;a title\a"), 1);
    assert_int_equal(times(&console, "\x1b]9;4;1;40\a"), 1);
    assert_int_equal(times(&console, "\x1b]9;done\a"), 1);
    assert_int_equal(times(&console, "\x1b]52;c;aGk=\a"), 1);
    assert_int_equal(times(&console, "\x1b]9;4;0;0\a"), 1);
    assert_int_equal(times(&console, "\x1b[23;2t"), 1);
    console_release(&console);
}

static void term_says_nothing_that_the_linux_console_would_show(void **state)
{
    const struct setting setting = { .term = "linux" };
    struct console console;

    (void)state;
    console_start(&console, &setting);
    expect(&console, "open 80x24 depth 1 blocks 1 usual 1");
    type(&console, "TM\x1b[[A");
    expect(&console, "key T");
    expect(&console, "key M");
    expect(&console, "key F1");
    console_quit(&console);
    assert_int_equal(times(&console, "\x1b]"), 0);
    assert_int_equal(times(&console, "2026"), 0);
    assert_int_equal(times(&console, "1000h"), 0);
    console_release(&console);
}

/* ---- the way back ----------------------------------------------------- */

static void check_left(const struct console *console)
{
    assert_int_equal(times(console, "\x1b[?1049h"), 1);
    assert_int_equal(times(console, "\x1b[?1049l"), 1);
    assert_true(times(console, "\x1b[?2004l") > 0);
    assert_true(times(console, "\x1b[?7h") > 0);
    /* Curses' own preparations must not be left behind. */
    assert_int_equal(times(console, "\x1b[1;24r"), 0);
}

static void term_restores_on_closing(void **state)
{
    struct console console;

    (void)state;
    console_start_usual(&console);
    console_quit(&console);
    check_left(&console);
    console_release(&console);
}

static void term_restores_on_a_fatal_signal(void **state)
{
    static const struct {
        const char *key;
        int number;
    } deaths[] = { { "V", SIGSEGV }, { "A", SIGABRT }, { "O", SIGSEGV } };

    (void)state;
    for (size_t i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++) {
        struct console console;
        int status;

        console_start_usual(&console);
        type(&console, deaths[i].key);
        status = console_end(&console);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), deaths[i].number);
        check_left(&console);
        console_release(&console);
    }
}

static void term_is_not_restored_by_a_child_of_ours(void **state)
{
    struct console console;

    (void)state;
    console_start_usual(&console);
    type(&console, "G");
    expect(&console, "key G");
    expect(&console, "forked");
    check_modes(&console, false);
    drain(&console);
    assert_int_equal(times(&console, "\x1b[?1049l"), 0);
    console_quit(&console);
    check_left(&console);
    console_release(&console);
}

static void term_lends_the_terminal_and_takes_it_back(void **state)
{
    struct console console;

    (void)state;
    console_start_usual(&console);
    type(&console, "T");
    type(&console, "Z");
    expect(&console, "key T");
    expect(&console, "key Z");
    expect(&console, "lent");
    check_modes(&console, true);
    drain(&console);
    check_left(&console);
    assert_int_equal(write(console.wake, "!", 1), 1);
    expect(&console, "back ");
    check_modes(&console, false);
    drain(&console);
    assert_int_equal(times(&console, "\x1b[?1049h"), 2);
    assert_int_equal(times(&console, "\x1b]2;a title\a"), 2);
    type(&console, "j");
    expect(&console, "key j");
    console_quit(&console);
    assert_int_equal(times(&console, "\x1b[?1049l"), 2);
    console_release(&console);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(term_opens_whatever_the_terminal_is),
        cmocka_unit_test(term_refuses_and_leaves_the_terminal_alone),
        cmocka_unit_test(term_reads_keys),
        cmocka_unit_test(term_swallows_what_is_no_key),
        cmocka_unit_test(term_reads_the_mouse_when_asked_to),
        cmocka_unit_test(term_gives_a_paste_as_one_input),
        cmocka_unit_test(term_ends_a_paste_that_does_not_end),
        cmocka_unit_test(term_tells_that_the_terminal_is_gone),
        cmocka_unit_test(term_drops_frames_that_a_slow_terminal_would_not_see),
        cmocka_unit_test(term_paints_all_of_it_in_another_theme),
        cmocka_unit_test(term_speaks_to_xterm_beside_the_screen),
        cmocka_unit_test(term_says_nothing_that_the_linux_console_would_show),
        cmocka_unit_test(term_restores_on_closing),
        cmocka_unit_test(term_restores_on_a_fatal_signal),
        cmocka_unit_test(term_is_not_restored_by_a_child_of_ours),
        cmocka_unit_test(term_lends_the_terminal_and_takes_it_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
