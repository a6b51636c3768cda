#include "base/courtesy.h"

#include "base/clock.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>

enum { LOOK_INTERVAL_MS = 2, PAUSE_MS = 1 };

static atomic_int watched = -1;
static atomic_bool is_asked, is_unread;
static _Atomic int64_t looked_ms; /* when is_unread was found out */
static _Atomic int64_t since_ms;  /* when room was made first; 0: not now */

void courtesy_watch(int fd)
{
    watched = fd;
    is_unread = false;
}

void courtesy_ask(bool waits)
{
    is_asked = waits;
}

static bool look(int64_t now)
{
    struct pollfd input = { .fd = watched, .events = POLLIN };

    looked_ms = now;
    is_unread = poll(&input, 1, 0) > 0;
    return is_unread;
}

static bool is_wanted(int64_t now)
{
    if (is_asked)
        return true;
    if (watched < 0)
        return false;
    return now - looked_ms < LOOK_INTERVAL_MS ? is_unread : look(now);
}

bool courtesy_give(void)
{
    int64_t now = clock_monotonic(clock_system());
    bool has_waited = false;

    if (!is_wanted(now)) {
        since_ms = 0;
        return false;
    }
    if (!since_ms)
        since_ms = now;
    while (now - since_ms < COURTESY_LIMIT_MS) {
        (void)poll(NULL, 0, PAUSE_MS);
        has_waited = true;
        now = clock_monotonic(clock_system());
        if (!is_wanted(now)) {
            since_ms = 0;
            break;
        }
    }
    return has_waited;
}
