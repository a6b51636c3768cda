/* The terminal in other hands: an interactive step, a pager, the shell, plain
 * lines; and the terminal that is gone. */
#include "base/mem.h"
#include "base/signals.h"
#include "tui/console_private.h"
#include "tui/holder.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

extern char **environ;

static void take_back(struct console *console)
{
    struct error err = { 0 };

    if (!term_resume(console->term, &err))
        lend_for_ever(console);
    /* The time away is not one without output. */
    console->model.output_size = 0;
    console->is_dirty = console->is_urgent = true;
}

/* ---- an interactive step ---------------------------------------------- */

void lend_to_step(struct console *console, const char *step)
{
    term_suspend(console->term);
    printf("--- %s has the terminal ---\n", step);
    fflush(stdout);
    free(console->lent_to);
    console->lent_to = mem_text(step);
}

void lend_back(struct console *console)
{
    free(console->lent_to);
    console->lent_to = NULL;
    if (console->term)
        take_back(console);
}

/* ---- a pager or an editor --------------------------------------------- */

/* The programs may come with arguments of their own ("less -R"), which the
 * shell takes apart; the path is data, and an argument. */
static bool run_program(const char *script, const char *path)
{
    char shell[] = "sh", option[] = "-c";
    char *words = mem_text(script), *file = mem_text(path);
    char *arguments[] = { shell, option, words, shell, file, NULL };
    posix_spawnattr_t attributes;
    sigset_t none;
    pid_t pid;
    int status = -1;
    bool ok;

    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    ok = posix_spawnp(&pid, shell, NULL, &attributes, arguments, environ) == 0;
    posix_spawnattr_destroy(&attributes);
    while (ok && waitpid(pid, &status, 0) < 0)
        continue;
    free(words);
    free(file);
    return ok && WIFEXITED(status) && WEXITSTATUS(status) != 127;
}

static void lend_to_program(struct console *console, const char *script,
                            const char *variable, const char *path)
{
    bool ok;

    term_suspend(console->term);
    ok = run_program(script, path);
    /* Ctrl-C was meant for the program. */
    while (signals_take() == SIGINT)
        continue;
    take_back(console);
    if (!ok)
        model_say(&console->model, ROLE_FAILED,
                  "that program could not be run; set $%s", variable);
}

void lend_to_pager(struct console *console, const char *path)
{
    const struct logpane *pane = model_log(&console->model);

    lend_to_program(console,
                    pane && pane->follow ? "exec ${PAGER:-less -R +G} \"$1\""
                                         : "exec ${PAGER:-less -R} \"$1\"",
                    "PAGER", path);
}

void lend_to_editor(struct console *console, const char *path)
{
    lend_to_program(console, "exec ${VISUAL:-${EDITOR:-vi}} \"$1\"", "EDITOR",
                    path);
}

/* ---- the shell -------------------------------------------------------- */

void lend_to_shell(struct console *console)
{
    term_suspend(console->term);
    signals_catch(SIGTSTP, false);
    /* Also the process that holds our place. */
    kill(0, SIGTSTP);
    signals_catch(SIGTSTP, true);
    take_back(console);
}

/* ---- plain lines ------------------------------------------------------ */

/* Keys one by one, and not echoed among the lines. */
static void set_keys(bool one_by_one)
{
    static struct termios before;
    struct termios now;

    if (!one_by_one) {
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
        return;
    }
    if (tcgetattr(STDIN_FILENO, &before) < 0)
        return;
    now = before;
    now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &now);
}

void lend_to_lines(struct console *console)
{
    term_suspend(console->term);
    set_keys(true);
    console->plain = plainlines_new(&console->model);
    printf("--- plain lines; s, Enter or Esc comes back to the screen ---\n");
    plainlines_state(&console->model);
    fflush(stdout);
}

void lend_read_lines(struct console *console)
{
    char bytes[256];
    ssize_t count = read(STDIN_FILENO, bytes, sizeof(bytes));

    if (count < 0 || (count && !strchr("sq\r\n\x1b", bytes[0])))
        return;
    set_keys(false);
    plainlines_free(console->plain);
    console->plain = NULL;
    if (count == 0)
        lend_for_ever(console);
    else
        take_back(console);
}

/* ---- no terminal any more --------------------------------------------- */

void lend_for_ever(struct console *console)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    term_close(console->term);
    console->term = NULL;
    plainlines_free(console->plain);
    console->plain = NULL;
    console->result->is_detached = true;
    arrivals_answer(console);
    for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
        dup2(null, fd);
    if (null > STDERR_FILENO)
        close(null);
    if (console->model.mode != MODE_LIVE &&
        console->model.mode != MODE_STARTING)
        console->leaves = true;
}
