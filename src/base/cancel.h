/*
 * Asking a worker to stop. The owner raises; the worker polls the descriptor
 * together with whatever it waits for, or asks cancel_level() between steps.
 *
 * A level only ever rises, until cancel_reset(). cancel_raise() is thread-safe;
 * the rest belongs to the one worker. cancel_init() fails only when no pipe can
 * be had.
 */
#ifndef STEPDECK_BASE_CANCEL_H
#define STEPDECK_BASE_CANCEL_H

#include "base/error.h"

#include <stdatomic.h>
#include <stdint.h>

enum cancel_level {
    CANCEL_NONE,
    CANCEL_STOP, /* stop at the next safe point, with grace */
    CANCEL_KILL  /* no more grace */
};

struct cancel {
    atomic_int level;
    int read_fd;
    int write_fd;
};

NODISCARD bool cancel_init(struct cancel *cancel, struct error *err);
void cancel_release(struct cancel *cancel);
void cancel_raise(struct cancel *cancel, enum cancel_level level);
enum cancel_level cancel_level(struct cancel *cancel);
/* The descriptor that becomes readable at each rise; drain after poll. */
int cancel_fd(const struct cancel *cancel);
void cancel_drain(struct cancel *cancel);
/* Back to CANCEL_NONE, for the next piece of work. */
void cancel_reset(struct cancel *cancel);
/* Waits `duration_ms`; false when the level is above CANCEL_NONE. */
bool cancel_wait(struct cancel *cancel, int64_t duration_ms);

#endif
