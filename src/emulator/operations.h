/*
 * App Runner's operations: what happens after CreateService and the others
 * have answered. Each is a thread that goes through its phases, --pace
 * milliseconds each, and writes the service's log; the service's URL is a
 * forwarder (forward.h) that stays when the instance behind it changes.
 *
 * In the tree: services: {ARN: {"Service": what DescribeService gives,
 * "Tags": [...], "deployed": the Service as it last ran}}, operations: {ARN:
 * [OperationSummary..., the newest first]}.
 */
#ifndef STEPDECK_EMULATOR_OPERATIONS_H
#define STEPDECK_EMULATOR_OPERATIONS_H

#include "emulator/emulator.h"

/* All of them with the lock. */

/* Starts an operation of the service, which becomes OPERATION_IN_PROGRESS:
 * "CREATE_SERVICE" or another type. To free: its id. */
char *operations_start(struct emulator *emulator, const char *arn,
                       const char *type);
/* Borrowed; the entry of "services". */
json_t *operations_entry(struct emulator *emulator, const char *arn);
/* The URL for a service that is new; to free. */
char *operations_open_url(struct emulator *emulator, const char *arn);

/* After a restart: what ran is started again, what was in an operation has
 * failed. Without the lock. */
void operations_resume(struct emulator *emulator);
/* Waits with the lock given up; false when the program ends. */
NODISCARD bool operations_pause(struct emulator *emulator, int64_t wait_ms);
/* Ends all of it and waits for it; then, when nobody can start any more, closes
 * the URLs. Without the lock. */
void operations_stop(struct emulator *emulator);
void operations_release(struct emulator *emulator);

#endif
