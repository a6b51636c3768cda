/* `--tail`: the application's log and App Runner's, until asked to stop. */
#include "aws/apprunner/deployment.h"

#include "aws/cloudwatchlogs.h"
#include "base/cancel.h"

#include <stdlib.h>

/* Each group every 2 s: CloudWatch Logs allows 5 such requests a second to the
 * whole account. */
enum { SOURCES = 2, TURN_MS = 1000, HISTORY_MS = 60000 };

struct source {
    const char *name;
    struct logtail tail;
    bool has_group;
    void (*take)(void *context, int64_t time_ms, const char *source,
                 const char *line);
    void *context;
};

static void open_source(struct source *source, const char *arn,
                        const char *kind, int64_t since_ms)
{
    char *group = apprunner_log_group(arn, kind);

    source->name = kind;
    if (!group)
        return;
    logtail_init(&source->tail, group, since_ms);
    source->has_group = true;
    free(group);
}

static void take_line(void *context, int64_t time_ms, const char *message)
{
    const struct source *source = context;

    source->take(source->context, time_ms, source->name, message);
}

/* True at the end: somebody asked for it. A failure that may pass, passes. */
static bool follow_sources(struct client *client, const struct clock *clock,
                           struct source *sources, struct cancel *cancel,
                           struct error *err)
{
    for (size_t turn = 0;; turn++) {
        struct source *source = &sources[turn % SOURCES];
        struct error reason = { 0 };

        if (source->has_group &&
            !logtail_poll(client, &source->tail, take_line, source, &reason) &&
            reason.code == ERROR_BLOCKED) {
            *err = reason;
            return false;
        }
        if (!clock_wait(clock, TURN_MS, cancel))
            return true;
    }
}

bool follow_logs(struct deployment *deployment, struct cancel *cancel,
                 void (*take)(void *context, int64_t time_ms,
                              const char *source, const char *line),
                 void *context, struct error *err)
{
    static const char *const kinds[SOURCES] = { "application", "service" };
    struct source sources[SOURCES] = { 0 };
    const struct clock *clock = deployment->request->clock;
    int64_t since_ms = clock_wall(clock) - HISTORY_MS;
    bool ok;

    if (!deployment_look(deployment, NULL, err))
        return false;
    if (!deployment->service_arn) {
        error_set(err, ERROR_NOT_FOUND, "there is no such service");
        return error_hint(err, "run 'stepdeck deploy' first");
    }
    client_set_cancel(deployment->client, cancel);
    for (size_t i = 0; i < SOURCES; i++) {
        sources[i].take = take;
        sources[i].context = context;
        open_source(&sources[i], deployment->service_arn, kinds[i], since_ms);
    }
    ok = follow_sources(deployment->client, clock, sources, cancel, err);
    for (size_t i = 0; i < SOURCES; i++) {
        if (sources[i].has_group)
            logtail_release(&sources[i].tail);
    }
    return ok;
}
