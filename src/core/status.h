/* The words for how far a step is. The first four are written to disk. */
#ifndef STEPDECK_CORE_STATUS_H
#define STEPDECK_CORE_STATUS_H

#include "base/error.h"

#include <stddef.h>

enum step_status {
    STATUS_PENDING,
    STATUS_IN_PROGRESS,
    STATUS_COMPLETED,
    STATUS_FAILED,
    STATUS_SKIPPED,
    STATUS_BLOCKED,
    STATUS_STALE,
    STATUS_RETRYING,
    STATUS_COUNT
};

/* "in_progress" and so on: the word on disk and in events. */
const char *status_name(enum step_status status);

/* The status whose word is exactly the `size` bytes at `word`; false for any
 * other text. */
NODISCARD bool status_parse(const char *word, size_t size,
                            enum step_status *status);

/* Whether the word may stand in STEP.status and checkpoints.log. */
bool status_is_stored(enum step_status status);
/* Whether the step is at work: in progress, or about to be tried again. */
bool status_is_running(enum step_status status);

/* "✔" and so on; with `ascii` "[ok]" and so on. */
const char *status_icon(enum step_status status, bool ascii);

#endif
