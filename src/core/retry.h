/* Whether a failed attempt is followed by another, and after how long: pure
 * functions of the step's header and of what happened. */
#ifndef STEPDECK_CORE_RETRY_H
#define STEPDECK_CORE_RETRY_H

#include "core/diagnosis.h"
#include "core/header.h"

#include <stdint.h>

enum {
    RETRY_TEMPORARY_STATUS = 75,  /* EX_TEMPFAIL of sysexits.h */
    RETRY_TEMPORARY_ATTEMPTS = 4, /* the first, and 3 retries */
    RETRY_DIAGNOSED_ATTEMPTS = 3,
    RETRY_DEFAULT_DELAY_MS = 5000,
    RETRY_LONGEST_DELAY_MS = 300000
};

/* The most attempts a step may have after it failed with `exit_status` (-1:
 * not by exiting) and was diagnosed as `diagnosis` (may be NULL). */
int retry_most_attempts(const struct header *header, int exit_status,
                        const struct diagnosis *diagnosis);

/* The wait after attempt number `attempt` (from 1): the delay doubled for each
 * attempt, 25 % either way. `chance` is from 0 to 999. */
int64_t retry_delay(const struct header *header, int attempt, int chance);

#endif
