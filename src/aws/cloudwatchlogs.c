#include "aws/cloudwatchlogs.h"

#include "aws/client.h"
#include "aws/reply.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Events are sorted by their own time, but come in late: those of the last 30 s
 * are asked for again.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
 */
enum { OVERLAP_MS = 30000, SEEN_LIMIT = 4096, POLL_PAGES = 10 };

/* ---- what both readings share ----------------------------------------- */

struct reading {
    void (*take)(struct reading *reading, int64_t time_ms, const char *key,
                 const char *message);
    struct logtail *tail;
    logtail_take *give;
    void *context;
    struct strvec lines; /* a ring, when `count` are there */
    size_t count, next;
};

/* The message without the end of its line; to free. */
static char *message_of(const char *text)
{
    size_t size = strlen(text);

    while (size && (text[size - 1] == '\n' || text[size - 1] == '\r'))
        size--;
    return mem_bytes(text, size);
}

static bool take_event(void *context, const json_t *item, struct error *err)
{
    struct reading *reading = context;
    const char *text = jsonx_text(item, "message", NULL);
    const json_t *time = json_object_get(item, "timestamp");
    double time_ms = json_number_value(time);
    char *key, *message;

    if (!text || !json_is_number(time) || time_ms < 0 || time_ms > 1e14)
        return reply_refuse("FilterLogEvents", "message or timestamp", err);
    key = mem_format("%lld %s", (long long)time_ms,
                     jsonx_text(item, "eventId", text));
    message = message_of(text);
    reading->take(reading, (int64_t)time_ms, key, message);
    free(message);
    free(key);
    return true;
}

static struct reply_pages pages_of(struct reading *reading)
{
    return (struct reply_pages){ .service = CLIENT_LOGS,
                                 .operation = "FilterLogEvents",
                                 .list = "events",
                                 .token = "nextToken",
                                 .may_lack_list = true,
                                 .take = take_event,
                                 .context = reading };
}

static json_t *input_for(const char *group, int64_t start_ms)
{
    json_t *input = json_object();

    jsonx_set_text(input, "logGroupName", group);
    jsonx_set_int(input, "startTime", start_ms > 0 ? start_ms : 0);
    return input;
}

/* A group is made with its first line. */
static bool is_without_lines(const struct client *client,
                             const struct error *reason)
{
    return reason->code == ERROR_NOT_FOUND ||
           client_failed_with(client, "ResourceNotFoundException");
}

/* ---- the tail --------------------------------------------------------- */

void logtail_init(struct logtail *tail, const char *group, int64_t since_ms)
{
    /* So that the first look does not go back behind `since_ms`. */
    *tail = (struct logtail){ .group = mem_text(group),
                              .newest_ms = since_ms + OVERLAP_MS,
                              .floor_ms = since_ms - 1 };
}

void logtail_release(struct logtail *tail)
{
    free(tail->group);
    free(tail->token);
    strvec_release(&tail->seen);
    *tail = (struct logtail){ 0 };
}

/* Remembers a key in place of the oldest one. From then on what is no younger
 * than the one that is forgotten could be a double, and is passed over. */
static void remember(struct logtail *tail, const char *key)
{
    char **place;
    long long forgotten_ms;

    if (tail->seen.count < SEEN_LIMIT) {
        strvec_add(&tail->seen, key);
        return;
    }
    place = &tail->seen.items[tail->next_seen];
    forgotten_ms = strtoll(*place, NULL, 10);
    if (forgotten_ms > tail->floor_ms)
        tail->floor_ms = forgotten_ms;
    free(*place);
    *place = mem_text(key);
    tail->next_seen = (tail->next_seen + 1) % SEEN_LIMIT;
}

static void take_new(struct reading *reading, int64_t time_ms, const char *key,
                     const char *message)
{
    struct logtail *tail = reading->tail;

    if (time_ms <= tail->floor_ms || strvec_has(&tail->seen, key))
        return;
    remember(tail, key);
    if (time_ms > tail->newest_ms)
        tail->newest_ms = time_ms;
    reading->give(reading->context, time_ms, message);
}

/* Where the next look begins. */
static int64_t start_of(const struct logtail *tail)
{
    int64_t start = tail->newest_ms - OVERLAP_MS;

    return start > tail->floor_ms ? start : tail->floor_ms + 1;
}

bool logtail_poll(struct client *client, struct logtail *tail,
                  logtail_take *take, void *context, struct error *err)
{
    struct reading reading = {
        .take = take_new, .tail = tail, .give = take, .context = context
    };
    const struct reply_pages pages = pages_of(&reading);
    struct error reason = { 0 };
    bool is_last = false, ok = true;
    json_t *input;

    /* A search of many pages goes on where the last poll left it. */
    if (!tail->token)
        tail->start_ms = start_of(tail);
    input = input_for(tail->group, tail->start_ms);
    jsonx_set_text(input, "nextToken", tail->token);
    for (int page = 0; page < POLL_PAGES && ok && !is_last; page++)
        ok = reply_page(client, &pages, input, &is_last, &reason);
    free(tail->token);
    tail->token = NULL;
    if (ok && !is_last)
        tail->token = mem_text(jsonx_text(input, "nextToken", NULL));
    json_decref(input);
    if (!ok && is_without_lines(client, &reason))
        return true;
    if (!ok && err)
        *err = reason;
    return ok;
}

/* ---- the last lines --------------------------------------------------- */

static void keep_last(struct reading *reading, int64_t time_ms, const char *key,
                      const char *message)
{
    char time[CLOCK_TEXT_SIZE];
    char *line =
        mem_format("%s %s", clock_format_seconds(time_ms, time), message);

    (void)key;
    if (reading->lines.count < reading->count) {
        strvec_take(&reading->lines, line);
        return;
    }
    free(reading->lines.items[reading->next]);
    reading->lines.items[reading->next] = line;
    reading->next = (reading->next + 1) % reading->count;
}

bool cloudwatchlogs_last(struct client *client, const char *group,
                         int64_t since_ms, size_t count, struct strvec *lines,
                         struct error *err)
{
    struct reading reading = { .take = keep_last, .count = count };
    const struct reply_pages pages = pages_of(&reading);
    struct error reason = { 0 };
    json_t *input;
    bool ok;

    if (!count)
        return true;
    input = input_for(group, since_ms);
    ok = reply_each(client, &pages, input, &reason);
    json_decref(input);
    /* What was read before a failure is better than nothing. */
    for (size_t i = 0; i < reading.lines.count; i++)
        strvec_add(
            lines,
            reading.lines.items[(reading.next + i) % reading.lines.count]);
    strvec_release(&reading.lines);
    if (!ok && is_without_lines(client, &reason))
        return true;
    if (!ok && err)
        *err = reason;
    return ok;
}
