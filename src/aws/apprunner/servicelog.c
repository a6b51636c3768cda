#include "aws/apprunner/servicelog.h"

#include "aws/apprunner/deployment.h"

#include <stdlib.h>

enum { POLL_MS = 2000, LONGEST_PAUSE_MS = 60000, SKEW_MS = 2000 };

void servicelog_init(struct servicelog *log, struct deployment *deployment)
{
    char *group = deployment->service_arn
                      ? apprunner_log_group(deployment->service_arn, "service")
                      : NULL;

    int64_t since_ms = deployment->operation.called_ms - SKEW_MS;

    *log = (struct servicelog){ .deployment = deployment, .pause_ms = POLL_MS };
    if (!group)
        return;
    /* A wait that is resumed, or the next one, does not begin all over. */
    if (since_ms <= deployment->log_shown_ms)
        since_ms = deployment->log_shown_ms + 1;
    logtail_init(&log->tail, group, since_ms);
    log->has_group = true;
    free(group);
}

void servicelog_release(struct servicelog *log)
{
    if (log->has_group)
        logtail_release(&log->tail);
    *log = (struct servicelog){ 0 };
}

struct showing {
    struct deployment *deployment;
    struct step_context *context;
};

static void show_line(void *context, int64_t time_ms, const char *message)
{
    struct showing *showing = context;
    struct deployment *deployment = showing->deployment;

    if (time_ms > deployment->log_shown_ms)
        deployment->log_shown_ms = time_ms;
    context_log(showing->context, "service | %s", message);
}

static void poll_log(struct servicelog *log, struct step_context *context,
                     struct client *client)
{
    struct showing showing = { log->deployment, context };
    bool ok = logtail_poll(client, &log->tail, show_line, &showing, NULL);

    log->polled_ms = clock_monotonic(log->deployment->request->clock);
    if (ok)
        log->pause_ms = POLL_MS;
    else if (log->pause_ms < LONGEST_PAUSE_MS)
        log->pause_ms *= 2;
}

void servicelog_show(struct servicelog *log, struct step_context *context,
                     struct client *client)
{
    int64_t now = clock_monotonic(log->deployment->request->clock);

    if (log->has_group &&
        (!log->polled_ms || now - log->polled_ms >= log->pause_ms))
        poll_log(log, context, client);
}

void servicelog_finish(struct servicelog *log, struct step_context *context,
                       struct client *client)
{
    if (log->has_group)
        poll_log(log, context, client);
}
