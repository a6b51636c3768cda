/*
 * A child whose standard output is an answer and whose standard error is for
 * people. core/child.h has both in one stream, as a step's log wants them;
 * here a warning among the answer would spoil it, and the answer, which is
 * secret, must not get among the words of a message.
 *
 * It has no terminal: a program that asks at one fails with a word.
 */
/* For POSIX_SPAWN_SETSID, which macOS declares as well. */
#define _GNU_SOURCE

#include "aws/credentials_private.h"

#include "base/cancel.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "base/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GRACE_MS = 2000, DRAIN_MS = 1000 };

extern char **environ;

/* Why it is being ended. */
enum cause { CAUSE_NONE, CAUSE_TIMEOUT, CAUSE_CANCEL, CAUSE_TOO_MUCH };

struct child {
    pid_t pid;
    int watch_fd;
    int out_fd, errors_fd; /* -1 after end of file */
    struct strbuf *out, *errors;
    struct cancel *cancel;
    enum cause cause;
    bool is_killed, has_ended;
    int wait_status;
    int64_t deadline; /* of the timeout, then the grace, then draining */
};

/* ---- starting --------------------------------------------------------- */

static bool prepare(posix_spawn_file_actions_t *actions,
                    posix_spawnattr_t *attributes, int out_fd, int errors_fd)
{
    sigset_t none, all;

    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    return posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null",
                                            O_RDONLY, 0) == 0 &&
           posix_spawn_file_actions_adddup2(actions, out_fd, STDOUT_FILENO) ==
               0 &&
           posix_spawn_file_actions_adddup2(actions, errors_fd,
                                            STDERR_FILENO) == 0 &&
           posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETSID) == 0 &&
           posix_spawnattr_setsigmask(attributes, &none) == 0 &&
           posix_spawnattr_setsigdefault(attributes, &all) == 0;
}

static bool start(struct child *child, char *const *argv, int out_fd,
                  int errors_fd, struct error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failure = ENOMEM;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return error_set(err, ERROR_INTERNAL, "no child can be prepared");
    if (posix_spawnattr_init(&attributes) == 0) {
        if (prepare(&actions, &attributes, out_fd, errors_fd))
            failure = posix_spawnp(&child->pid, argv[0], &actions, &attributes,
                                   argv, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    if (failure)
        return error_set_errno(err, ERROR_BLOCKED, failure, "cannot start '%s'",
                               argv[0]);
    return true;
}

/* ---- running ---------------------------------------------------------- */

static void signal_group(const struct child *child, int number)
{
    if (kill(-child->pid, number) < 0 && errno == EPERM)
        kill(child->pid, number);
}

static void end(struct child *child, enum cause cause)
{
    if (child->cause != CAUSE_NONE)
        return;
    child->cause = cause;
    signal_group(child, SIGTERM);
    child->deadline = clock_monotonic(clock_system()) + GRACE_MS;
}

static void read_some(struct child *child, int *fd, struct strbuf *into)
{
    char buffer[4096];
    ssize_t count = read(*fd, buffer, sizeof(buffer));

    if (count > 0) {
        if (into->len + (size_t)count <= CRED_LIMIT)
            strbuf_add(into, buffer, (size_t)count);
        else
            end(child, CAUSE_TOO_MUCH);
        mem_wipe(buffer, (size_t)count);
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
        close(*fd);
        *fd = -1;
    }
}

static void look_for_end(struct child *child)
{
    pid_t waited;

    if (child->has_ended)
        return;
    waited = waitpid(child->pid, &child->wait_status, WNOHANG);
    if (waited == child->pid || (waited < 0 && errno == ECHILD)) {
        child->has_ended = true;
        child->deadline = clock_monotonic(clock_system()) + DRAIN_MS;
    }
}

static int wait_ms(const struct child *child)
{
    int64_t left = child->deadline - clock_monotonic(clock_system());

    if (!child->has_ended && child->watch_fd < 0 && left > PLATFORM_TICK_MS)
        left = PLATFORM_TICK_MS;
    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static void wait_for_news(struct child *child)
{
    struct pollfd fds[] = {
        { .fd = child->out_fd, .events = POLLIN },
        { .fd = child->errors_fd, .events = POLLIN },
        { .fd = child->has_ended ? -1 : child->watch_fd, .events = POLLIN },
        { .fd = child->cancel && child->cause == CAUSE_NONE
                    ? cancel_fd(child->cancel)
                    : -1,
          .events = POLLIN },
    };

    if (poll(fds, 4, wait_ms(child)) < 0)
        return;
    if (fds[0].revents)
        read_some(child, &child->out_fd, child->out);
    if (fds[1].revents)
        read_some(child, &child->errors_fd, child->errors);
    if (fds[2].revents || child->watch_fd < 0)
        look_for_end(child);
    if (fds[3].revents && cancel_level(child->cancel))
        end(child, CAUSE_CANCEL);
}

static void run_to_end(struct child *child)
{
    while (!child->has_ended || child->out_fd >= 0 || child->errors_fd >= 0) {
        bool is_late;

        wait_for_news(child);
        is_late = clock_monotonic(clock_system()) >= child->deadline;
        if (!is_late)
            continue;
        if (child->has_ended)
            return; /* somebody in the background holds the output */
        if (child->cause == CAUSE_NONE) {
            end(child, CAUSE_TIMEOUT);
        } else {
            signal_group(child, SIGKILL);
            child->deadline = clock_monotonic(clock_system()) + GRACE_MS;
        }
    }
}

static bool judge(const struct child *child, const char *name, int *exit_status,
                  struct error *err)
{
    static const char *const causes[] = {
        [CAUSE_TIMEOUT] = "does not end",
        [CAUSE_TOO_MUCH] = "writes without an end",
    };

    if (child->cause == CAUSE_CANCEL)
        return error_set(err, ERROR_CANCELLED, "'%s' was stopped", name);
    if (child->cause != CAUSE_NONE)
        return error_set(err, ERROR_BLOCKED, "'%s' %s", name,
                         causes[child->cause]);
    *exit_status = WIFSIGNALED(child->wait_status)
                       ? 128 + WTERMSIG(child->wait_status)
                       : WEXITSTATUS(child->wait_status);
    return true;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

bool cred_run(char *const *argv, int64_t timeout_ms, struct cancel *cancel,
              struct strbuf *out, struct strbuf *errors, int *exit_status,
              struct error *err)
{
    int out_fds[2] = { -1, -1 }, errors_fds[2] = { -1, -1 };
    struct child child = {
        .watch_fd = -1, .out = out, .errors = errors, .cancel = cancel
    };
    bool ok;

    ok = fileio_pipe(out_fds, false, err) &&
         fileio_pipe(errors_fds, false, err) &&
         start(&child, argv, out_fds[1], errors_fds[1], err);
    close_fd(out_fds[1]);
    close_fd(errors_fds[1]);
    child.out_fd = out_fds[0];
    child.errors_fd = errors_fds[0];
    if (ok) {
        child.watch_fd = platform_watch_process(child.pid);
        child.deadline = clock_monotonic(clock_system()) + timeout_ms;
        if (cancel && cancel_level(cancel))
            end(&child, CAUSE_CANCEL);
        run_to_end(&child);
        /* Its own children may have outlived the first signal. */
        if (child.cause != CAUSE_NONE)
            kill(-child.pid, SIGKILL);
        ok = judge(&child, argv[0], exit_status, err);
    }
    close_fd(child.watch_fd);
    close_fd(child.out_fd);
    close_fd(child.errors_fd);
    return ok;
}
