/*
 * CloudWatch Logs: the lines of a log group, oldest first, each once.
 *
 *     struct logtail tail = { 0 };
 *     logtail_init(&tail, group, since_ms);
 *     while (...) logtail_poll(client, &tail, take, context, &err)
 *     logtail_release(&tail);
 *
 * A group that does not exist (yet) has no lines. Late lines are found by
 * looking 30 s back, and doubles left out by their event id. Who follows polls
 * each group at most every 2 s: 5 requests a second are the whole account's.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference
 */
#ifndef STEPDECK_AWS_CLOUDWATCHLOGS_H
#define STEPDECK_AWS_CLOUDWATCHLOGS_H

#include "base/error.h"
#include "base/strvec.h"

#include <stddef.h>
#include <stdint.h>

struct client;

struct logtail {
    char *group;
    int64_t newest_ms;
    int64_t floor_ms;   /* nothing up to then is given */
    struct strvec seen; /* "TIME ID" of the overlap, the last 4096 */
    size_t next_seen;
    char *token; /* of a search that the last poll did not bring to its end */
    int64_t start_ms;
};

typedef void logtail_take(void *context, int64_t time_ms, const char *message);

void logtail_init(struct logtail *tail, const char *group, int64_t since_ms);
void logtail_release(struct logtail *tail);
/* Gives what is new to `take`; all pages, the empty ones too, at most 10, then
 * the next poll goes on. */
NODISCARD bool logtail_poll(struct client *client, struct logtail *tail,
                            logtail_take *take, void *context,
                            struct error *err);

/* Adds the last `count` lines since `since_ms`, "TIME message"; for a dossier.
 * Those that were read before a failure too. */
NODISCARD bool cloudwatchlogs_last(struct client *client, const char *group,
                                   int64_t since_ms, size_t count,
                                   struct strvec *lines, struct error *err);

#endif
