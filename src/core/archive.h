/* Putting the states of steps aside: what a fresh start and a finished teardown
 * do instead of deleting them. */
#ifndef STEPDECK_CORE_ARCHIVE_H
#define STEPDECK_CORE_ARCHIVE_H

#include "base/error.h"

#include <stdint.h>

/* Moves step states, step logs, checkpoints, errors and warnings of the state
 * folder `state_fd` into its archive/TIME/; deployment.log and runs/ stay. */
NODISCARD bool archive_states(int state_fd, int64_t now_ms, struct error *err);

#endif
