/*
 * The deployment lock: one run at a time changes a state.
 *
 * The lock is flock(2) on `.deployment-state/lock`, so it is free the moment
 * its holder is dead, however it died. The file's content only tells people
 * who holds it (JSON: pid, host, user, run, tag, step, since). Breaking a lock
 * whose holder lives takes the file away; the holder notices before its next
 * step (lock_is_lost) and stops there.
 */
#ifndef STEPDECK_CORE_LOCK_H
#define STEPDECK_CORE_LOCK_H

#include "base/clock.h"
#include "base/error.h"

#include <jansson.h>

struct lock;

/* Takes the lock in the folder `dir_fd`, waiting at most `wait_ms`; NULL with
 * ERROR_LOCKED names the holder. Tries for a moment in any case: who only
 * looks (lock_inspect) must not make a deployment fail. `cancel` may be NULL.
 * Without a folder (dir_fd < 0), or where the file system has no locks, the
 * lock is taken in name only and `warning` says so. */
NODISCARD struct lock *lock_acquire(int dir_fd, int64_t wait_ms,
                                    struct cancel *cancel,
                                    const struct clock *clock,
                                    struct error *warning, struct error *err);
/* Frees the lock and empties the file. NULL is fine. */
void lock_release(struct lock *lock);

/* Writes who holds it; texts may be NULL. */
void lock_describe(struct lock *lock, const char *run, const char *tag,
                   const char *step);

/* Whether somebody broke the lock. */
bool lock_is_lost(const struct lock *lock);

/* Whether the lock is held, and what its file says (NULL: nothing readable;
 * to json_decref). Is in nobody's way: lock_acquire() outlasts it. */
bool lock_inspect(int dir_fd, json_t **holder);

/* "pid 4711 on host by user, run 2026…, step step-010-x, since …"; to free. */
char *lock_holder_text(const json_t *holder);

/* Takes the lock file away from a living holder. False when there is none. */
NODISCARD bool lock_break(int dir_fd, struct error *err);

#endif
