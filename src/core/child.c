/*
 * The life of a child, as its worker sees it:
 *
 *   running --(timeout, cancel)--> ending --(grace over, kill)--> killed
 *      |                             |                              |
 *      +----------- the child has ended (pidfd or tick) -----------+
 *                                    |
 *                 draining: until end of file, or DRAIN_MS
 *
 * The end of the output and the end of the child are two things: a child may
 * close its output and go on, and a background process may hold the output
 * when the child is long gone. Both are waited for, the second only for
 * DRAIN_MS, which is enough for `exec > >(tee log)` to finish.
 *
 * A group that is being ended has its grace until its last member is gone,
 * not only its leader: a shell dies of TERM at once, while the program it
 * started is still cleaning up.
 */
/* For posix_spawn_file_actions_addchdir_np(), which macOS declares as well. */
#define _GNU_SOURCE

#include "core/child.h"

#include "base/cancel.h"
#include "base/courtesy.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "base/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { READ_SIZE = 256 * 1024, DRAIN_MS = 1000, MARKER_FD = 63 };

extern char **environ;

struct running {
    const struct child_request *request;
    pid_t pid;
    int watch_fd;
    /* Standard output and standard error; -1 after end of file, and for a
     * second one that goes into the first. */
    int output_fds[2];
    int64_t written;
    bool ended;
    int wait_status;
    enum child_end cause; /* CHILD_EXITED until we end it ourselves */
    bool killed;
    int64_t deadline; /* of the timeout, then of the grace, then of draining */
    char *buffer;
};

/* ---- starting --------------------------------------------------------- */

static bool prepare_actions(const struct child_request *request,
                            posix_spawn_file_actions_t *actions,
                            const int write_fds[2])
{
    int failed = 0;

    if (request->dir)
        failed |= posix_spawn_file_actions_addchdir_np(actions, request->dir);
    if (!request->interactive) {
        failed |= posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
                                                   "/dev/null", O_RDONLY, 0);
        failed |= posix_spawn_file_actions_adddup2(actions, write_fds[0],
                                                   STDOUT_FILENO);
        failed |= posix_spawn_file_actions_adddup2(
            actions, write_fds[request->errors ? 1 : 0], STDERR_FILENO);
    }
    if (request->marker_fd >= 0)
        failed |= posix_spawn_file_actions_adddup2(actions, request->marker_fd,
                                                   MARKER_FD);
    return failed == 0;
}

/* The child starts with no signal blocked or ignored, whatever our threads do,
 * as the leader of its own group. Without the terminal it gets a session of
 * its own as well: a program that asks at /dev/tty then fails with a word,
 * where it would be stopped for ever in the background. */
static bool prepare_attributes(const struct child_request *request,
                               posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;

    flags = (short)(flags | (request->interactive ? POSIX_SPAWN_SETPGROUP
                                                  : POSIX_SPAWN_SETSID));

    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    return posix_spawnattr_setflags(attributes, flags) == 0 &&
           posix_spawnattr_setpgroup(attributes, 0) == 0 &&
           posix_spawnattr_setsigmask(attributes, &none) == 0 &&
           posix_spawnattr_setsigdefault(attributes, &all) == 0;
}

static bool spawn(const struct child_request *request, const int write_fds[2],
                  pid_t *pid, struct error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char *const *environment =
        request->environment ? request->environment : environ;
    int failure = ENOMEM;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return error_set(err, ERROR_INTERNAL, "no child can be prepared");
    if (posix_spawnattr_init(&attributes) == 0) {
        if (prepare_actions(request, &actions, write_fds) &&
            prepare_attributes(request, &attributes))
            failure = posix_spawnp(pid, request->argv[0], &actions, &attributes,
                                   request->argv, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    if (failure)
        return error_set_errno(err,
                               failure == ENOENT ? ERROR_NOT_FOUND : ERROR_IO,
                               failure, "cannot start '%s'", request->argv[0]);
    return true;
}

/* ---- the terminal ----------------------------------------------------- */

/* Makes `group` the terminal's foreground group. We may be in the background
 * ourselves at that moment: SIGTTOU is blocked for the call. */
static void give_terminal(pid_t group)
{
    sigset_t block, before;

    sigemptyset(&block);
    sigaddset(&block, SIGTTOU);
    pthread_sigmask(SIG_BLOCK, &block, &before);
    if (isatty(STDIN_FILENO))
        (void)!tcsetpgrp(STDIN_FILENO, group);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- ending ----------------------------------------------------------- */

static void signal_group(const struct running *run, int number)
{
    /* The group outlives its leader while members are left; before the leader
     * is waited for, its number cannot be taken by anybody else. */
    if (kill(-run->pid, number) < 0 && errno == EPERM)
        kill(run->pid, number);
}

static void end_group(struct running *run, enum child_end cause)
{
    int64_t grace =
        run->request->grace_ms ? run->request->grace_ms : CHILD_GRACE_MS;

    run->cause = cause;
    signal_group(run, SIGTERM);
    signal_group(run, SIGCONT);
    run->deadline = clock_monotonic(clock_system()) + grace;
}

static void kill_group(struct running *run)
{
    run->killed = true;
    run->deadline = 0;
    signal_group(run, SIGKILL);
}

static void heed_cancel(struct running *run)
{
    enum cancel_level level = cancel_level(run->request->cancel);

    cancel_drain(run->request->cancel);
    if (run->ended && run->cause == CHILD_EXITED) {
        /* It has done its work: only the waiting for its output ends. */
        run->deadline = clock_monotonic(clock_system());
        return;
    }
    if (level == CANCEL_KILL && !run->killed) {
        if (run->cause == CHILD_EXITED)
            run->cause = CHILD_CANCELLED;
        kill_group(run);
    } else if (level == CANCEL_STOP && run->cause == CHILD_EXITED) {
        end_group(run, CHILD_CANCELLED);
    }
}

static void heed_deadline(struct running *run)
{
    if (!run->deadline || clock_monotonic(clock_system()) < run->deadline)
        return;
    run->deadline = 0;
    if (run->cause == CHILD_EXITED)
        end_group(run, CHILD_TIMED_OUT);
    else if (!run->killed)
        kill_group(run);
}

/* ---- running ---------------------------------------------------------- */

static void give_output(struct running *run, int stream, size_t size)
{
    const struct child_request *request = run->request;

    run->written += (int64_t)size;
    if (!request->output_limit || run->written <= request->output_limit)
        (stream ? request->errors : request->output)(request->context,
                                                     run->buffer, size);
    else if (run->cause == CHILD_EXITED && !run->ended)
        end_group(run, CHILD_CANCELLED);
    if (request->is_secret)
        mem_wipe(run->buffer, size);
}

static void read_output(struct running *run, int stream)
{
    int *fd = &run->output_fds[stream];
    ssize_t count;

    (void)courtesy_give();
    count = read(*fd, run->buffer, READ_SIZE);
    if (count > 0) {
        give_output(run, stream, (size_t)count);
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
        close(*fd);
        *fd = -1;
    }
}

static bool is_open(const struct running *run)
{
    return run->output_fds[0] >= 0 || run->output_fds[1] >= 0;
}

static void heed_end(struct running *run)
{
    pid_t waited =
        waitpid(run->pid, &run->wait_status,
                WNOHANG | (run->request->interactive ? WUNTRACED : 0));

    if (waited == run->pid && WIFSTOPPED(run->wait_status)) {
        /* An interactive child that suspends itself would hang the run. */
        signal_group(run, SIGCONT);
        return;
    }
    if (waited == run->pid || (waited < 0 && errno == ECHILD)) {
        run->ended = true;
        if (run->cause != CHILD_EXITED)
            return;
        run->deadline = clock_monotonic(clock_system()) + DRAIN_MS;
    }
}

static int poll_timeout(const struct running *run)
{
    int64_t left = INT_MAX;

    if (run->deadline)
        left = run->deadline - clock_monotonic(clock_system());
    /* Nothing tells of a group's last member. */
    if (left > PLATFORM_TICK_MS &&
        (run->ended ? run->cause != CHILD_EXITED : run->watch_fd < 0))
        left = PLATFORM_TICK_MS;
    if (left < 0)
        return 0;
    return left >= INT_MAX ? -1 : (int)left + 1;
}

static void wait_for_news(struct running *run)
{
    struct cancel *cancel = run->request->cancel;
    struct pollfd fds[] = {
        { .fd = run->output_fds[0], .events = POLLIN },
        { .fd = run->output_fds[1], .events = POLLIN },
        { .fd = run->ended ? -1 : run->watch_fd, .events = POLLIN },
        { .fd = cancel ? cancel_fd(cancel) : -1, .events = POLLIN },
    };

    if (poll(fds, 4, poll_timeout(run)) < 0)
        return;
    for (int stream = 0; stream < 2; stream++) {
        if (fds[stream].revents)
            read_output(run, stream);
    }
    if (!run->ended && (fds[2].revents || run->watch_fd < 0 || !is_open(run)))
        heed_end(run);
    if (fds[3].revents)
        heed_cancel(run);
}

static bool is_group_empty(const struct running *run)
{
    return kill(-run->pid, 0) < 0 && errno == ESRCH;
}

/* Whether nothing is left to wait for. */
static bool is_done(struct running *run)
{
    if (!run->ended)
        return false;
    if (run->killed)
        return true;
    if (run->cause != CHILD_EXITED)
        return is_group_empty(run);
    if (!is_open(run))
        return true;
    return run->deadline && clock_monotonic(clock_system()) >= run->deadline;
}

/* What is in the pipe already when a group was killed: at most its capacity,
 * for somebody outside the group may still be writing. */
static void read_leftovers(struct running *run, int stream)
{
    struct pollfd fd = { .fd = run->output_fds[stream], .events = POLLIN };

    for (int i = 0; i < 8 && run->output_fds[stream] >= 0; i++) {
        if (poll(&fd, 1, 0) <= 0)
            return;
        read_output(run, stream);
    }
}

static void run_to_end(struct running *run, struct child_result *result)
{
    if (run->request->cancel && cancel_level(run->request->cancel))
        heed_cancel(run);
    while (!is_done(run)) {
        wait_for_news(run);
        if (!is_done(run) && !(run->ended && run->cause == CHILD_EXITED))
            heed_deadline(run);
    }
    for (int stream = 0; stream < 2; stream++)
        read_leftovers(run, stream);
    result->end = run->cause;
    result->left_background = is_open(run) && run->cause == CHILD_EXITED;
    result->wrote_too_much =
        run->request->output_limit && run->written > run->request->output_limit;
    if (WIFSIGNALED(run->wait_status)) {
        result->signal = WTERMSIG(run->wait_status);
        if (run->cause == CHILD_EXITED)
            result->end = CHILD_SIGNALLED;
    } else {
        result->exit_status = WEXITSTATUS(run->wait_status);
    }
}

static void close_each(int fds[2])
{
    for (int i = 0; i < 2; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}

/* The ends to read from and those of the child. An interactive one has none. */
static bool open_pipes(const struct child_request *request, int read_fds[2],
                       int write_fds[2], struct error *err)
{
    int count = request->interactive ? 0 : request->errors ? 2 : 1;

    for (int i = 0; i < count; i++) {
        int fds[2];

        if (!fileio_pipe(fds, false, err)) {
            close_each(read_fds);
            close_each(write_fds);
            return false;
        }
        read_fds[i] = fds[0];
        write_fds[i] = fds[1];
        platform_widen_pipe(fds[0]);
    }
    return true;
}

static void run_with_terminal(struct running *run, struct child_result *result)
{
    struct termios modes;
    bool has_modes = tcgetattr(STDIN_FILENO, &modes) == 0;

    give_terminal(run->pid);
    run_to_end(run, result);
    give_terminal(getpgrp());
    /* A child that was killed leaves the terminal as it had it. */
    if (has_modes)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
}

bool child_run(const struct child_request *request, struct child_result *result,
               struct error *err)
{
    struct running run = { .request = request, .output_fds = { -1, -1 } };
    int write_fds[2] = { -1, -1 };
    bool is_started;

    *result = (struct child_result){ 0 };
    if (!open_pipes(request, run.output_fds, write_fds, err))
        return false;
    is_started = spawn(request, write_fds, &run.pid, err);
    close_each(write_fds);
    if (!is_started) {
        close_each(run.output_fds);
        return false;
    }
    /* A process descriptor does not tell that its process was stopped. */
    run.watch_fd = request->interactive ? -1 : platform_watch_process(run.pid);
    if (request->timeout_ms)
        run.deadline = clock_monotonic(clock_system()) + request->timeout_ms;
    if (request->interactive) {
        run_with_terminal(&run, result);
    } else {
        run.buffer = mem_resize(NULL, READ_SIZE, 1);
        run_to_end(&run, result);
    }
    if (run.watch_fd >= 0)
        close(run.watch_fd);
    close_each(run.output_fds);
    free(run.buffer);
    return true;
}

char *child_signal_name(int number, char *text)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {
        { SIGHUP, "SIGHUP" },   { SIGINT, "SIGINT" },   { SIGQUIT, "SIGQUIT" },
        { SIGILL, "SIGILL" },   { SIGTRAP, "SIGTRAP" }, { SIGABRT, "SIGABRT" },
        { SIGBUS, "SIGBUS" },   { SIGFPE, "SIGFPE" },   { SIGKILL, "SIGKILL" },
        { SIGUSR1, "SIGUSR1" }, { SIGSEGV, "SIGSEGV" }, { SIGUSR2, "SIGUSR2" },
        { SIGPIPE, "SIGPIPE" }, { SIGALRM, "SIGALRM" }, { SIGTERM, "SIGTERM" },
        { SIGXCPU, "SIGXCPU" }, { SIGXFSZ, "SIGXFSZ" },
    };

    snprintf(text, CHILD_SIGNAL_SIZE, "signal %d", number);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].number == number)
            snprintf(text, CHILD_SIGNAL_SIZE, "%s", names[i].name);
    }
    return text;
}
