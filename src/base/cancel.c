#include "base/cancel.h"

#include "base/clock.h"
#include "base/fileio.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

bool cancel_init(struct cancel *cancel, struct error *err)
{
    int fds[2];

    atomic_init(&cancel->level, CANCEL_NONE);
    if (!fileio_pipe(fds, true, err))
        return false;
    cancel->read_fd = fds[0];
    cancel->write_fd = fds[1];
    return true;
}

void cancel_release(struct cancel *cancel)
{
    close(cancel->read_fd);
    close(cancel->write_fd);
}

void cancel_raise(struct cancel *cancel, enum cancel_level level)
{
    int seen = atomic_load(&cancel->level);

    if (level == CANCEL_NONE)
        return; /* nothing rises, and a wake-up would never be answered */
    while (seen < (int)level &&
           !atomic_compare_exchange_weak(&cancel->level, &seen, (int)level))
        ;
    while (write(cancel->write_fd, "!", 1) < 0 && errno == EINTR)
        ;
}

enum cancel_level cancel_level(struct cancel *cancel)
{
    return (enum cancel_level)atomic_load(&cancel->level);
}

int cancel_fd(const struct cancel *cancel)
{
    return cancel->read_fd;
}

void cancel_drain(struct cancel *cancel)
{
    char bytes[16];

    while (read(cancel->read_fd, bytes, sizeof(bytes)) > 0)
        ;
}

void cancel_reset(struct cancel *cancel)
{
    atomic_store(&cancel->level, CANCEL_NONE);
    cancel_drain(cancel);
}

bool cancel_wait(struct cancel *cancel, int64_t duration_ms)
{
    const struct clock *clock = clock_system();
    int64_t end = clock_monotonic(clock) + duration_ms;

    while (cancel_level(cancel) == CANCEL_NONE) {
        int64_t left = end - clock_monotonic(clock);
        struct pollfd poll_fd = { .fd = cancel->read_fd, .events = POLLIN };

        if (left <= 0)
            return true;
        poll(&poll_fd, 1, left > INT_MAX ? INT_MAX : (int)left);
    }
    return false;
}
