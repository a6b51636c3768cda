#include "tui/termsafe.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 300, STACK_SIZE = 64 * 1024 };

static const int fatal[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL };
enum { FATAL_COUNT = sizeof(fatal) / sizeof(fatal[0]) };

static struct {
    atomic_int is_armed;
    pid_t owner;
    int fd;
    struct termios modes;
    char bytes[TERMSAFE_BYTES];
    size_t size;
    const char *_Atomic extras[TERMSAFE_EXTRAS];
    bool has_handlers, has_stack;
    struct sigaction before[FATAL_COUNT];
} safe;

static char stack[STACK_SIZE];

/* ---- restoring: async-signal-safe ------------------------------------- */

static void put(const char *bytes, size_t size)
{
    while (size) {
        ssize_t count = write(safe.fd, bytes, size);
        struct pollfd room = { .fd = safe.fd, .events = POLLOUT };

        if (count >= 0) {
            bytes += count;
            size -= (size_t)count;
        } else if (errno == EAGAIN) {
            if (poll(&room, 1, PATIENCE_MS) <= 0)
                return;
        } else if (errno != EINTR) {
            return;
        }
    }
}

static bool is_ours(void)
{
    pid_t foreground;

    if (getpid() != safe.owner)
        return false;
    foreground = tcgetpgrp(safe.fd);
    return foreground <= 0 || foreground == getpgrp();
}

void termsafe_restore(void)
{
    int number = errno;

    if (!atomic_exchange(&safe.is_armed, 0) || !is_ours()) {
        errno = number;
        return;
    }
    for (int i = 0; i < TERMSAFE_EXTRAS; i++) {
        const char *bytes = safe.extras[i];

        if (bytes)
            put(bytes, strlen(bytes));
    }
    put(safe.bytes, safe.size);
    /* What was typed ahead was meant for us, not for the shell. */
    tcflush(safe.fd, TCIFLUSH);
    while (tcsetattr(safe.fd, TCSANOW, &safe.modes) < 0 && errno == EINTR)
        ;
    errno = number;
}

static void on_fatal(int number)
{
    termsafe_restore();
    for (int i = 0; i < FATAL_COUNT; i++) {
        if (fatal[i] == number)
            sigaction(number, &safe.before[i], NULL);
    }
    /* Blocked while it is handled: it comes when this returns, unless the
     * faulty instruction brings it back before. */
    raise(number);
}

/* ---- arming ----------------------------------------------------------- */

static void add_handlers(void)
{
    stack_t ours = { .ss_sp = stack, .ss_size = STACK_SIZE }, theirs;
    struct sigaction action = { .sa_handler = on_fatal,
                                .sa_flags = SA_ONSTACK };

    if (safe.has_handlers)
        return;
    safe.has_handlers = true;
    /* A sanitizer has brought its own. */
    if (sigaltstack(NULL, &theirs) == 0 && (theirs.ss_flags & SS_DISABLE))
        safe.has_stack = sigaltstack(&ours, NULL) == 0;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < FATAL_COUNT; i++)
        sigaction(fatal[i], &action, &safe.before[i]);
}

static void remove_handlers(void)
{
    stack_t none = { .ss_flags = SS_DISABLE, .ss_size = STACK_SIZE };

    if (!safe.has_handlers)
        return;
    for (int i = 0; i < FATAL_COUNT; i++)
        sigaction(fatal[i], &safe.before[i], NULL);
    if (safe.has_stack)
        sigaltstack(&none, NULL);
    safe.has_handlers = safe.has_stack = false;
}

void termsafe_arm(int fd, const struct termios *modes, const char *bytes,
                  size_t size)
{
    safe.owner = getpid();
    safe.fd = fd;
    safe.modes = *modes;
    safe.size = size < TERMSAFE_BYTES ? size : TERMSAFE_BYTES;
    memcpy(safe.bytes, bytes, safe.size);
    add_handlers();
    safe.is_armed = 1;
}

void termsafe_set_extra(enum termsafe_extra extra, const char *bytes)
{
    safe.extras[extra] = bytes;
}

void termsafe_disarm(void)
{
    termsafe_restore();
    for (int i = 0; i < TERMSAFE_EXTRAS; i++)
        safe.extras[i] = NULL;
    remove_handlers();
}
