/* How often an operation is asked for; await_operation() is in deployment.h. */
#ifndef STEPDECK_AWS_APPRUNNER_AWAIT_H
#define STEPDECK_AWS_APPRUNNER_AWAIT_H

#include "base/error.h"

#include <stdint.h>

struct deployment;
struct step_context;

/* How long to wait before asking again, `elapsed_ms` after the call: seldom
 * while it cannot be done, every second around its usual end (0: unknown), so
 * that the end is seen within 2 s (median) and nobody asks more than once a
 * second. `chance` (0 to 999) spreads it by up to a tenth, upwards. */
int64_t await_interval(int64_t elapsed_ms, int64_t usual_ms, int chance);

/* 0 to 95 by the usual duration; -1 where that is unknown. */
int await_percent(int64_t elapsed_ms, int64_t usual_ms);

#endif
