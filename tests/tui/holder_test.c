#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tui/holder.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The test is the shell. It starts a process of its own group, which calls
 * holder_start() and goes on in `console`, with two pipes: `say` to the test,
 * `hear` from it.
 */

enum { DEADLINE_MS = 20000, STEP_MS = 10 };

static int say = -1, hear = -1;

struct shell {
    pid_t pid;
    int from, to;
};

static void tell(char byte)
{
    if (write(say, &byte, 1) != 1)
        _exit(99);
}

static void await_word(void)
{
    char byte;

    if (read(hear, &byte, 1) != 1)
        _exit(98);
}

static void shell_start(struct shell *shell, void (*console)(void))
{
    int from[2], to[2];

    assert_int_equal(pipe(from), 0);
    assert_int_equal(pipe(to), 0);
    shell->pid = fork();
    assert_true(shell->pid >= 0);
    if (shell->pid == 0) {
        setpgid(0, 0);
        close(from[0]);
        close(to[1]);
        say = from[1];
        hear = to[0];
        if (!holder_start())
            _exit(97);
        console();
        _exit(96);
    }
    setpgid(shell->pid, shell->pid);
    close(from[1]);
    close(to[0]);
    shell->from = from[0];
    shell->to = to[1];
}

/* What the console says next; 0 when it is silent for `patience_ms`. */
static char heard(const struct shell *shell, int patience_ms)
{
    struct pollfd fd = { .fd = shell->from, .events = POLLIN };
    char byte = 0;

    if (poll(&fd, 1, patience_ms) > 0)
        assert_int_equal(read(shell->from, &byte, 1), 1);
    return byte;
}

static void expect(const struct shell *shell, char byte)
{
    assert_int_equal(heard(shell, DEADLINE_MS), byte);
}

static int shell_wait(const struct shell *shell, int options)
{
    int status;

    assert_int_equal(waitpid(shell->pid, &status, options), shell->pid);
    return status;
}

static void shell_release(const struct shell *shell)
{
    close(shell->from);
    close(shell->to);
}

/* ---- leaving ---------------------------------------------------------- */

static void exit_with_7(void)
{
    _exit(7);
}

static void holder_leaves_with_the_status_of_the_console(void **state)
{
    struct shell shell;
    int status;

    (void)state;
    shell_start(&shell, exit_with_7);
    status = shell_wait(&shell, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    shell_release(&shell);
}

static void die_of_term(void)
{
    raise(SIGTERM);
}

static void die_of_kill(void)
{
    raise(SIGKILL);
}

static void holder_leaves_by_the_signal_of_the_console(void **state)
{
    struct shell shell;
    int status;

    (void)state;
    shell_start(&shell, die_of_term);
    status = shell_wait(&shell, 0);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
    shell_release(&shell);
    shell_start(&shell, die_of_kill);
    status = shell_wait(&shell, 0);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    shell_release(&shell);
}

/* ---- detaching -------------------------------------------------------- */

static bool is_nothing(int fd)
{
    struct stat here, nothing;

    return fstat(fd, &here) == 0 && stat("/dev/null", &nothing) == 0 &&
           here.st_rdev == nothing.st_rdev;
}

static void detach(void)
{
    bool done = holder_detach();

    tell(done ? 'd' : 'f');
    await_word();
    tell(getsid(0) == getpid() ? 's' : 'n');
    tell(is_nothing(0) && is_nothing(1) && is_nothing(2) ? '0' : '1');
    tell(holder_detach() ? 'd' : 'f');
    _exit(7);
}

static void holder_lets_the_shell_go_when_the_console_detaches(void **state)
{
    struct shell shell;
    int status;

    (void)state;
    shell_start(&shell, detach);
    status = shell_wait(&shell, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(write(shell.to, "!", 1), 1);
    expect(&shell, 'd');
    expect(&shell, 's');
    expect(&shell, '0');
    expect(&shell, 'f');
    shell_release(&shell);
}

static void detach_when_told(void)
{
    tell('r');
    await_word();
    tell(holder_detach() ? 'd' : 'f');
    _exit(0);
}

static void holder_cannot_detach_from_a_parent_that_is_gone(void **state)
{
    struct shell shell;

    (void)state;
    shell_start(&shell, detach_when_told);
    expect(&shell, 'r');
    kill(shell.pid, SIGKILL);
    shell_wait(&shell, 0);
    assert_int_equal(write(shell.to, "!", 1), 1);
    expect(&shell, 'f');
    shell_release(&shell);
}

/* ---- stopping --------------------------------------------------------- */

static void stop_and_go_on(void)
{
    raise(SIGTSTP);
    tell('a');
    raise(SIGSTOP);
    tell('b');
    _exit(5);
}

static void holder_stops_and_goes_on_with_the_console(void **state)
{
    struct shell shell;
    int status;

    (void)state;
    shell_start(&shell, stop_and_go_on);
    status = shell_wait(&shell, WUNTRACED);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(WSTOPSIG(status), SIGTSTP);
    assert_int_equal(heard(&shell, 0), 0);
    kill(-shell.pid, SIGCONT);
    expect(&shell, 'a');
    status = shell_wait(&shell, WUNTRACED);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(heard(&shell, 0), 0);
    kill(-shell.pid, SIGCONT);
    expect(&shell, 'b');
    status = shell_wait(&shell, WUNTRACED);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 5);
    shell_release(&shell);
}

static void holder_continues_the_console_when_only_it_is_continued(void **state)
{
    struct shell shell;

    (void)state;
    shell_start(&shell, stop_and_go_on);
    assert_true(WIFSTOPPED(shell_wait(&shell, WUNTRACED)));
    kill(shell.pid, SIGCONT);
    expect(&shell, 'a');
    assert_true(WIFSTOPPED(shell_wait(&shell, WUNTRACED)));
    kill(shell.pid, SIGCONT);
    expect(&shell, 'b');
    assert_int_equal(WEXITSTATUS(shell_wait(&shell, 0)), 5);
    shell_release(&shell);
}

static void stop_by_the_terminal(void)
{
    tell('r');
    await_word();
    _exit(5);
}

static void holder_is_stopped_by_the_terminal_once(void **state)
{
    struct shell shell;
    int status;

    (void)state;
    shell_start(&shell, stop_by_the_terminal);
    expect(&shell, 'r');
    for (int i = 0; i < 20; i++) {
        kill(-shell.pid, SIGTSTP);
        status = shell_wait(&shell, WUNTRACED);
        assert_true(WIFSTOPPED(status));
        kill(-shell.pid, SIGCONT);
        status = shell_wait(&shell, WCONTINUED);
        assert_true(WIFCONTINUED(status));
    }
    assert_int_equal(write(shell.to, "!", 1), 1);
    do
        status = shell_wait(&shell, WUNTRACED);
    while (WIFSTOPPED(status) && kill(-shell.pid, SIGCONT) == 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 5);
    shell_release(&shell);
}

/* ---- signals ---------------------------------------------------------- */

static void on_term(int number)
{
    (void)number;
    holder_note_signal();
    tell('t');
}

static void on_user(int number)
{
    (void)number;
    tell('u');
}

static void count_signals(void)
{
    struct sigaction term = { .sa_handler = on_term };
    struct sigaction user = { .sa_handler = on_user };
    char byte;

    sigaction(SIGTERM, &term, NULL);
    sigaction(SIGUSR1, &user, NULL);
    tell('r');
    while (read(hear, &byte, 1) != 1)
        ;
    _exit(0);
}

static void holder_passes_a_signal_on(void **state)
{
    struct shell shell;

    (void)state;
    shell_start(&shell, count_signals);
    expect(&shell, 'r');
    kill(shell.pid, SIGTERM);
    expect(&shell, 't');
    assert_int_equal(write(shell.to, "!", 1), 1);
    assert_int_equal(shell_wait(&shell, 0), 0);
    shell_release(&shell);
}

/* One for both reaches the console once: when a later one has come through, the
 * holder has made up its mind about the first. */
static void holder_passes_no_signal_on_that_both_have_got(void **state)
{
    struct shell shell;
    char byte = 0;

    (void)state;
    shell_start(&shell, count_signals);
    expect(&shell, 'r');
    kill(-shell.pid, SIGTERM);
    expect(&shell, 't');
    for (int i = 0; i < DEADLINE_MS / STEP_MS && byte != 'u'; i++) {
        kill(shell.pid, SIGUSR1);
        byte = heard(&shell, STEP_MS);
        assert_int_not_equal(byte, 't');
    }
    assert_int_equal(byte, 'u');
    assert_int_equal(write(shell.to, "!", 1), 1);
    assert_int_equal(shell_wait(&shell, 0), 0);
    shell_release(&shell);
}

static void holder_without_a_start_does_nothing(void **state)
{
    (void)state;
    holder_note_signal();
    assert_false(holder_detach());
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(holder_leaves_with_the_status_of_the_console),
        cmocka_unit_test(holder_leaves_by_the_signal_of_the_console),
        cmocka_unit_test(holder_lets_the_shell_go_when_the_console_detaches),
        cmocka_unit_test(holder_cannot_detach_from_a_parent_that_is_gone),
        cmocka_unit_test(holder_stops_and_goes_on_with_the_console),
        cmocka_unit_test(
            holder_continues_the_console_when_only_it_is_continued),
        cmocka_unit_test(holder_is_stopped_by_the_terminal_once),
        cmocka_unit_test(holder_passes_a_signal_on),
        cmocka_unit_test(holder_passes_no_signal_on_that_both_have_got),
        cmocka_unit_test(holder_without_a_start_does_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
