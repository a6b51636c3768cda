/*
 * How a step ended, and the forms in which that is told: the event, the record
 * in STEP.json, the exit status of the program.
 *
 * Made by a worker, then owned by whoever handles the worker's last message.
 */
#ifndef STEPDECK_CORE_OUTCOME_H
#define STEPDECK_CORE_OUTCOME_H

#include "base/strbuf.h"
#include "core/diagnosis.h"
#include "core/event.h"
#include "core/project.h"
#include "core/status.h"

#include <jansson.h>
#include <stdint.h>

/* Exit statuses of the program (design 3). */
enum exit_status {
    EXIT_STATUS_DONE = 0,
    EXIT_STATUS_INTERNAL = 1,
    EXIT_STATUS_INPUT = 2,
    EXIT_STATUS_STEP_FAILED = 3,
    EXIT_STATUS_BLOCKED = 4,
    EXIT_STATUS_LOCKED = 5,
    EXIT_STATUS_CANCELLED = 6,
    /* Of cloud targets, fixed by the requirements. */
    EXIT_STATUS_BUILD_FAILED = 10,
    EXIT_STATUS_PUSH_FAILED = 11,
    EXIT_STATUS_UPDATE_FAILED = 12,
    EXIT_STATUS_HEALTH_FAILED = 13,
    EXIT_STATUS_TIMED_OUT = 14,
    EXIT_STATUS_ROLLBACK_FAILED = 15,
    EXIT_STATUS_PREFLIGHT = 20
};

/* Texts are owned; step_outcome_release() frees them. */
struct step_outcome {
    enum step_status status; /* completed, failed or blocked */
    bool cancelled;
    bool timed_out;
    int exit_status; /* of the script; -1 when it did not exit */
    int signal;
    int run_status; /* exit status of the program for this failure; 0: the
                       usual one */
    char *message;
    char *suggestion;
    const struct diagnosis *diagnosis; /* borrowed from the rules */
    int attempts;
    int64_t duration_ms;
    int64_t log_bytes;
    int64_t lost_bytes;
    json_t *fingerprint;
    struct strbuf tail; /* the last output, masked, for a failure */
};

void step_outcome_release(struct step_outcome *outcome);

/* A step.end event with only the step and its status. */
struct event *outcome_end_event(const struct step *step,
                                enum step_status status);
/* The step.end event of a step that ran. */
struct event *outcome_event(const struct step *step,
                            const struct step_outcome *outcome);
/* The record of the run for STEP.json; to json_decref(). */
json_t *outcome_record(const struct step_outcome *outcome, const char *run);
/* The exit status of a run that fails with this step. */
int outcome_exit_status(const struct step *step,
                        const struct step_outcome *outcome);

#endif
