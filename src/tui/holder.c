#include "tui/holder.h"

#include "base/clock.h"
#include "base/fileio.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif

/*
 * A signal for the parent alone (kill with the number that the shell knows) has
 * to be passed on; one for both must not be, for the console takes the second
 * one more seriously than the first. Whom a signal was for nobody can tell, so
 * the child notes when it has got one, in a page that both see, and the parent
 * looks a moment later. SIGCONT is passed on likewise, to a child that is still
 * stopped then.
 */
enum { PASS_ON_MS = 150, SAME_SIGNAL_MS = 50 };

/* What a user may send; of the terminal's own the child has got its copy. */
static const int passed[] = {
    SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2
};
enum { PASSED = sizeof(passed) / sizeof(passed[0]) };

struct shared {
    _Atomic int64_t noted_ms; /* when the child has last got a signal */
};

/* The child's. */
static pid_t parent;
static int door[2] = { -1, -1 }; /* the child writes when it has left */
static struct shared *shared;

/* The parent's. */
static int bell[2] = { -1, -1 }; /* its signal handler writes */

static int64_t now_ms(void)
{
    return clock_monotonic(clock_system());
}

/* ---- the parent ------------------------------------------------------- */

static void on_signal(int number, siginfo_t *info, void *context)
{
    int saved = errno;
    unsigned char byte = (unsigned char)number;

    (void)context;
    if (number == SIGCHLD || number == SIGCONT || info->si_code == SI_USER)
        while (write(bell[1], &byte, 1) < 0 && errno == EINTR)
            ;
    errno = saved;
}

static void catch_signals(void)
{
    struct sigaction action = { .sa_flags = SA_SIGINFO };

    action.sa_sigaction = on_signal;
    sigfillset(&action.sa_mask);
    for (int i = 0; i < PASSED; i++)
        sigaction(passed[i], &action, NULL);
    sigaction(SIGCONT, &action, NULL);
    sigaction(SIGCHLD, &action, NULL);
}

/* Ends as the child has ended. */
static NORETURN void leave_like(int status)
{
    struct rlimit no_core = { 0 };
    struct sigaction usual = { .sa_handler = SIG_DFL };
    sigset_t set;

    if (!WIFSIGNALED(status))
        _exit(WEXITSTATUS(status));
    /* The child's core is the one worth reading. */
    (void)setrlimit(RLIMIT_CORE, &no_core);
    sigaction(WTERMSIG(status), &usual, NULL);
    sigemptyset(&set);
    sigaddset(&set, WTERMSIG(status));
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(WTERMSIG(status));
    _exit(128 + WTERMSIG(status));
}

static uint64_t bit(int number)
{
    return UINT64_C(1) << number;
}

/* The bits of the signals that have come. */
static uint64_t take_bells(void)
{
    uint64_t rung = 0;
    unsigned char byte;

    while (read(bell[0], &byte, 1) == 1)
        rung |= bit(byte & 63);
    return rung;
}

struct held {
    pid_t child;
    bool is_stopped;    /* the child, though the parent goes on */
    uint64_t signals;   /* to be passed on */
    int64_t stopped_ms; /* when that was found out, */
    int64_t came_ms;    /* and when the first of them came */
};

static void note_stop(struct held *held)
{
    held->is_stopped = true;
    held->stopped_ms = now_ms();
}

/* The child has ended, or has been stopped (Ctrl-Z): so does the parent, and
 * the shell sees what it would have seen of one process. What continues both
 * may reach the parent first; a stop that is told then is over, or nearly. */
static void follow(struct held *held, uint64_t *rung)
{
    bool continues = (*rung & bit(SIGCONT)) != 0;
    int status;
    pid_t pid;

    while ((pid = waitpid(held->child, &status,
                          WNOHANG | WUNTRACED | WCONTINUED)) != 0) {
        if (pid < 0) {
            if (errno == EINTR)
                continue;
            _exit(1);
        }
        if (WIFCONTINUED(status)) {
            held->is_stopped = false;
        } else if (!WIFSTOPPED(status)) {
            leave_like(status);
        } else {
            if (!continues)
                raise(WSTOPSIG(status) == SIGSTOP ? SIGSTOP : SIGTSTP);
            continues = false;
            *rung |= take_bells();
            note_stop(held);
        }
    }
    *rung &= ~(bit(SIGCONT) | bit(SIGCHLD));
}

static void pass_on(const struct held *held)
{
    if (shared->noted_ms >= held->came_ms - SAME_SIGNAL_MS)
        return;
    for (int i = 0; i < PASSED; i++) {
        if (held->signals & bit(passed[i]))
            kill(held->child, passed[i]);
    }
}

/* Does what is due, and gives the ms until there is more to do; -1: there is
 * nothing. */
static int do_due(struct held *held)
{
    int64_t now = now_ms(), due_ms = now;

    /* What has continued the parent was for the parent alone. */
    if (held->is_stopped && now >= held->stopped_ms + PASS_ON_MS) {
        held->is_stopped = false;
        kill(held->child, SIGCONT);
    }
    if (held->signals && now >= held->came_ms + PASS_ON_MS) {
        pass_on(held);
        held->signals = 0;
    }
    if (held->is_stopped)
        due_ms = held->stopped_ms + PASS_ON_MS;
    if (held->signals &&
        (!held->is_stopped || held->came_ms < held->stopped_ms))
        due_ms = held->came_ms + PASS_ON_MS;
    return held->is_stopped || held->signals ? (int)(due_ms - now) : -1;
}

static NORETURN void hold(pid_t child)
{
    struct held held = { .child = child };
    struct pollfd fds[] = { { .fd = bell[0], .events = POLLIN },
                            { .fd = door[0], .events = POLLIN } };

    for (;;) {
        uint64_t rung;

        (void)poll(fds, 2, do_due(&held));
        if (fds[1].revents & POLLIN)
            _exit(0);
        /* The end of the child: its status says the rest. */
        if (fds[1].revents)
            fds[1].fd = -1;
        rung = take_bells();
        follow(&held, &rung);
        if (rung && !held.signals)
            held.came_ms = now_ms();
        held.signals |= rung;
    }
}

/* ---- the child -------------------------------------------------------- */

static void close_both(int fds[2])
{
    if (fds[0] >= 0)
        close(fds[0]);
    if (fds[1] >= 0)
        close(fds[1]);
    fds[0] = fds[1] = -1;
}

static bool prepare(void)
{
    void *page = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return false;
    shared = page;
    return fileio_pipe(door, false, NULL) && fileio_pipe(bell, true, NULL);
}

static void give_back(void)
{
    close_both(door);
    close_both(bell);
    if (shared)
        munmap(shared, sizeof(*shared));
    shared = NULL;
}

bool holder_start(void)
{
    sigset_t all, before;
    pid_t child, self = getpid();

    if (!prepare()) {
        give_back();
        return false;
    }
    (void)fflush(NULL);
    /* No signal may find the parent without its handlers. */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    child = fork();
    if (child > 0) {
        close(door[1]);
        catch_signals();
        sigprocmask(SIG_SETMASK, &before, NULL);
        hold(child);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (child < 0) {
        give_back();
        return false;
    }
    parent = self;
    close_both(bell);
    return true;
}

void holder_note_signal(void)
{
    struct timespec now;

    if (!shared || clock_gettime(CLOCK_MONOTONIC, &now) < 0)
        return;
    shared->noted_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Away from the terminal, whatever becomes of it. */
static bool leave_terminal(void)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool done = nothing >= 0;

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        done = done && dup2(nothing, fd) >= 0;
    if (nothing > STDERR_FILENO)
        close(nothing);
    return done && setsid() >= 0;
}

bool holder_detach(void)
{
    bool done;

    /* Its death makes the system our parent. */
    if (door[1] < 0 || getppid() != parent)
        return false;
    (void)fflush(NULL);
    if (!leave_terminal())
        return false;
    /* The child keeps the other end as well, so this can raise no SIGPIPE. */
    done = write(door[1], "!", 1) == 1;
    close_both(door);
    return done;
}
