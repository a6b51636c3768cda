/*
 * One deployment of a service at a time on this machine, from whatever clone
 * it comes: the lock of a state folder (lock.h) only knows that folder.
 *
 * It is a lock of the same kind, in $XDG_STATE_HOME/stepdeck/locks/NAME (else
 * ~/.local/state), where NAME is what the target says it deploys to. Two
 * machines meet in the cloud: a service that is in an operation refuses another
 * one.
 */
#ifndef STEPDECK_CORE_TARGETLOCK_H
#define STEPDECK_CORE_TARGETLOCK_H

#include "core/lock.h"
#include "core/project.h"

struct targetlock {
    struct lock *lock; /* NULL: nothing is held */
    int dir_fd;
};

/* Takes it, waiting at most `wait_ms`. Also true when there is nothing to lock,
 * or no place for it (then `warning` says so); ERROR_LOCKED names the holder.
 */
NODISCARD bool targetlock_take(struct targetlock *held,
                               const struct project *project, int64_t wait_ms,
                               struct cancel *cancel, struct error *warning,
                               struct error *err);
/* One that was never taken is fine. */
void targetlock_release(struct targetlock *held);

#endif
