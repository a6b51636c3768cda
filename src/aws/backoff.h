/*
 * How long to wait before a call to AWS is tried again, and whether to.
 *
 * The rules of the SDKs as of November 2026: full jitter over 50 ms (throttled:
 * 1 s) doubled with each attempt, at most 20 s; a client may spend 500 tokens
 * on retries, 14 each (throttled: 5), which success gives back. Pure, but for
 * the tokens.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
#ifndef STEPDECK_AWS_BACKOFF_H
#define STEPDECK_AWS_BACKOFF_H

#include "base/error.h"

#include <stdint.h>

enum {
    BACKOFF_ATTEMPTS = 3,
    BACKOFF_ATTEMPTS_LIMIT = 20, /* of AWS_MAX_ATTEMPTS */
    BACKOFF_TOKENS = 500,
    BACKOFF_COST = 14,
    BACKOFF_COST_THROTTLED = 5,
    BACKOFF_LONGEST_MS = 20000,
    BACKOFF_CHANCES = 1000
};

/* `= { 0 }` is a full purse. */
struct backoff {
    int spent;     /* tokens */
    int last_cost; /* of this call's last retry; 0: none yet */
};

/* The wait after attempt number `attempt` (from 1). `chance` is from 0 to
 * BACKOFF_CHANCES - 1; `asked_ms` what the server asked for (-1: nothing),
 * which is held to between the computed wait and 5 s more. */
int64_t backoff_delay(int attempt, bool is_throttled, int64_t asked_ms,
                      int chance);

/* Before a call, and once it has succeeded. */
void backoff_begin(struct backoff *backoff);
void backoff_succeed(struct backoff *backoff);
/* Pays for a retry; false when the purse is too thin. */
NODISCARD bool backoff_pay(struct backoff *backoff, bool is_throttled);

/* AWS_MAX_ATTEMPTS as a number within limits; the usual one for no number. */
int backoff_attempts(const char *text);

#endif
