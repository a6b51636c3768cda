/*
 * The lines that App Runner writes about a service, shown in a step's log while
 * the step waits. Wordings change: for eyes, never for decisions.
 */
#ifndef STEPDECK_AWS_APPRUNNER_SERVICELOG_H
#define STEPDECK_AWS_APPRUNNER_SERVICELOG_H

#include "aws/cloudwatchlogs.h"

struct deployment;
struct step_context;

/* `= { 0 }` shows nothing. */
struct servicelog {
    struct deployment *deployment;
    struct logtail tail;
    bool has_group;
    int64_t polled_ms; /* monotonic */
    int64_t pause_ms;  /* longer after failures: they take time, too */
};

void servicelog_init(struct servicelog *log, struct deployment *deployment);
void servicelog_release(struct servicelog *log);
/* What is new; asks at most every 2 s. That the log cannot be read is no
 * failure of the step. */
void servicelog_show(struct servicelog *log, struct step_context *context,
                     struct client *client);
/* Once more, without regard to the last time: the end of it. */
void servicelog_finish(struct servicelog *log, struct step_context *context,
                       struct client *client);

#endif
