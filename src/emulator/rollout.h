/*
 * What one operation of App Runner does: its phases, its log lines, its end.
 * operations.c gives it a thread and what it needs.
 */
#ifndef STEPDECK_EMULATOR_ROLLOUT_H
#define STEPDECK_EMULATOR_ROLLOUT_H

#include "emulator/emulator.h"

struct forward;

/* The running half of a service: its URL, and what stands behind it. */
struct site {
    char *arn;
    struct forward *forward;
    char *instance; /* of hosting_start(); NULL: nothing runs */
};

enum rollout_end {
    ROLLOUT_DONE,
    ROLLOUT_FAILED,      /* as before; a create has failed */
    ROLLOUT_ROLLED_BACK, /* the same, and it says so */
    ROLLOUT_BROKEN,      /* the rollback failed: nothing runs */
    ROLLOUT_INTERRUPTED  /* the program ends */
};

struct rollout {
    struct emulator *emulator;
    char *arn, *id;
    const char *type;    /* "UPDATE_SERVICE" */
    const char *trigger; /* "SERVICE_UPDATE", of the log */
    bool was_paused;     /* an update then changes only the configuration */
    char fault[32], mood[32]; /* of the events operation and health; "" */
    int64_t mood_value;
    const char *reason; /* of a failure, for the log; NULL: its health */
    /* What began to run, until it is routed to. */
    char *instance, *url;
};

/* With the lock, which it gives up while it waits. */
enum rollout_end rollout_deploy(struct rollout *rollout);
/* Pause, delete: nothing runs afterwards. */
enum rollout_end rollout_stop(struct rollout *rollout);

/* Of operations.c, with the lock. */

/* Made when there is none; borrowed, moves when another is made. */
struct site *operations_site(struct emulator *emulator, const char *arn);
void operations_set_status(struct emulator *emulator, const char *arn,
                           const char *id, const char *status);

#endif
