/* CloudWatch Logs.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference */
#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/emulator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Short pages, so that whoever reads them has to read on. */
enum { EVENTS_PAGE = 50, GROUPS_PAGE = 5 };

static json_t *find_group(struct emulator *emulator, const json_t *input,
                          struct emulator_failure *failure)
{
    const char *name = jsonx_text(input, "logGroupName",
                                  jsonx_text(input, "logGroupIdentifier", ""));
    const char *colon = strrchr(name, ':');
    json_t *events = json_object_get(emulator_part(emulator, "logs"),
                                     colon ? colon + 1 : name);

    if (events)
        return events;
    return emulator_fail(failure, 400, "ResourceNotFoundException",
                         "The specified log group does not exist.");
}

/* ---- which events
 * ------------------------------------------------------------- */

static bool is_stream(const json_t *input, const json_t *event)
{
    const char *stream = jsonx_text(event, "logStreamName", "");
    const char *prefix = jsonx_text(input, "logStreamNamePrefix", "");
    const json_t *names = json_object_get(input, "logStreamNames");
    const char *only = jsonx_text(input, "logStreamName", NULL);
    size_t index;
    const json_t *name;

    if (strncmp(stream, prefix, strlen(prefix)) != 0 ||
        (only && strcmp(only, stream) != 0))
        return false;
    if (!names)
        return true;
    json_array_foreach(names, index, name) if (json_is_string(name) &&
                                               !strcmp(json_string_value(name),
                                                       stream)) return true;
    return false;
}

/* The start belongs to it, the end does not. A pattern is a text to be found,
 * quotes around it left away. */
static bool is_wanted(const json_t *input, const json_t *event)
{
    int64_t time = jsonx_int(event, "timestamp", 0);
    char *pattern = mem_text(jsonx_text(input, "filterPattern", ""));
    size_t size = strlen(pattern);
    const char *word = pattern;
    bool is_found;

    if (size > 1 && pattern[0] == '"' && pattern[size - 1] == '"') {
        pattern[size - 1] = '\0';
        word = pattern + 1;
    }
    is_found = strstr(jsonx_text(event, "message", ""), word) != NULL;
    free(pattern);
    return is_found && is_stream(input, event) &&
           time >= jsonx_int(input, "startTime", 0) &&
           time < jsonx_int(input, "endTime", INT64_MAX);
}

/* In the order of their times; what came late stands where it belongs. */
static json_t *select_events(const json_t *events, const json_t *input)
{
    json_t *list = json_array();
    size_t index;
    json_t *event;

    json_array_foreach(events, index, event)
    {
        size_t at = json_array_size(list);
        int64_t time = jsonx_int(event, "timestamp", 0);

        if (!is_wanted(input, event))
            continue;
        while (at &&
               jsonx_int(json_array_get(list, at - 1), "timestamp", 0) > time)
            at--;
        json_array_insert(list, at, event);
    }
    return list;
}

static json_t *filter_log_events(struct emulator *emulator, const json_t *input,
                                 struct emulator_failure *failure)
{
    const json_t *events = find_group(emulator, input, failure);
    json_t *list, *answer;

    if (!events)
        return NULL;
    list = select_events(events, input);
    answer = json_object();
    emulator_page(list, input, "nextToken", "limit", EVENTS_PAGE, answer,
                  "events");
    json_object_set_new(answer, "searchedLogStreams", json_array());
    json_decref(list);
    return answer;
}

/* Tokens are "f/NUMBER" and "b/NUMBER", the place in front of that event. They
 * are never absent: the one that comes back is the end.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
 */
static json_t *get_log_events(struct emulator *emulator, const json_t *input,
                              struct emulator_failure *failure)
{
    const json_t *events = find_group(emulator, input, failure);
    const char *token = jsonx_text(input, "nextToken", "");
    size_t limit = (size_t)jsonx_int(input, "limit", EVENTS_PAGE);
    size_t count, from, to;
    json_t *list, *page, *answer;
    char text[32];

    if (!events)
        return NULL;
    list = select_events(events, input);
    count = json_array_size(list);
    from =
        jsonx_bool(input, "startFromHead") || count < limit ? 0 : count - limit;
    if (*token)
        from = (size_t)strtoull(token + 2, NULL, 10);
    if (*token == 'b')
        from = from > limit ? from - limit : 0;
    to = from + limit < count ? from + limit : count;
    page = json_array();
    for (size_t i = from; i < to; i++) {
        json_t *event = json_deep_copy(json_array_get(list, i));

        json_object_del(event, "eventId");
        json_object_del(event, "logStreamName");
        json_array_append_new(page, event);
    }
    json_decref(list);
    answer = json_pack("{s:o}", "events", page);
    snprintf(text, sizeof(text), "f/%zu", to);
    jsonx_set_text(answer, "nextForwardToken", text);
    snprintf(text, sizeof(text), "b/%zu", from);
    jsonx_set_text(answer, "nextBackwardToken", text);
    return answer;
}

/* ---- groups
 * --------------------------------------------------------------------- */

static json_t *describe_log_groups(struct emulator *emulator,
                                   const json_t *input,
                                   struct emulator_failure *failure)
{
    json_t *logs = emulator_part(emulator, "logs");
    const char *prefix = jsonx_text(input, "logGroupNamePrefix", "");
    json_t *list = json_array();
    json_t *answer = json_object();
    const char *name;
    json_t *events;

    (void)failure;
    json_object_foreach(logs, name, events)
    {
        if (strncmp(name, prefix, strlen(prefix)) != 0)
            continue;
        char *arn = mem_format("arn:aws:logs:" EMULATOR_REGION
                               ":" EMULATOR_ACCOUNT ":log-group:%s:*",
                               name);
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:I, s:i}", "logGroupName", name, "arn",
                            arn, "creationTime",
                            (json_int_t)jsonx_int(json_array_get(events, 0),
                                                  "timestamp", 0),
                            "storedBytes", 0));
        free(arn);
    }
    emulator_page(list, input, "nextToken", "limit", GROUPS_PAGE, answer,
                  "logGroups");
    json_decref(list);
    return answer;
}

static json_t *describe_log_streams(struct emulator *emulator,
                                    const json_t *input,
                                    struct emulator_failure *failure)
{
    const json_t *events = find_group(emulator, input, failure);
    json_t *names, *list, *answer;
    size_t index;
    const char *name;
    json_t *event;

    if (!events)
        return NULL;
    names = json_object();
    json_array_foreach(events, index, event) if (is_stream(input, event))
        json_object_set(names, jsonx_text(event, "logStreamName", ""),
                        json_object_get(event, "timestamp"));
    list = json_array();
    json_object_foreach(names, name, event) json_array_append_new(
        list, json_pack("{s:s, s:O}", "logStreamName", name,
                        "lastEventTimestamp", event));
    answer = json_object();
    emulator_page(list, input, "nextToken", "limit", GROUPS_PAGE, answer,
                  "logStreams");
    json_decref(list);
    json_decref(names);
    return answer;
}

static json_t *create_log_group(struct emulator *emulator, const json_t *input,
                                struct emulator_failure *failure)
{
    json_t *logs = emulator_part(emulator, "logs");
    const char *name = jsonx_text(input, "logGroupName", "");

    if (json_object_get(logs, name))
        return emulator_fail(failure, 400, "ResourceAlreadyExistsException",
                             "The specified log group already exists");
    json_object_set_new(logs, name, json_array());
    return json_object();
}

/* Streams come into being with their first event. */
static json_t *create_log_stream(struct emulator *emulator, const json_t *input,
                                 struct emulator_failure *failure)
{
    return find_group(emulator, input, failure) ? json_object() : NULL;
}

static json_t *put_log_events(struct emulator *emulator, const json_t *input,
                              struct emulator_failure *failure)
{
    json_t *events = find_group(emulator, input, failure);
    const char *group = jsonx_text(input, "logGroupName", "");
    const json_t *given = json_object_get(input, "logEvents");
    size_t index;
    json_t *event;

    if (!events)
        return NULL;
    json_array_foreach(given, index, event)
    {
        emulator_log(emulator, group, jsonx_text(input, "logStreamName", ""),
                     jsonx_text(event, "message", ""));
        json_object_set(json_array_get(events, json_array_size(events) - 1),
                        "timestamp", json_object_get(event, "timestamp"));
    }
    return json_pack("{s:s}", "nextSequenceToken", "0");
}

static const struct emulator_operation operations[] = {
    { "FilterLogEvents", filter_log_events },
    { "GetLogEvents", get_log_events },
    { "DescribeLogGroups", describe_log_groups },
    { "DescribeLogStreams", describe_log_streams },
    { "CreateLogGroup", create_log_group },
    { "CreateLogStream", create_log_stream },
    { "PutLogEvents", put_log_events },
    { NULL, NULL },
};

const struct emulator_service emulator_logs = {
    .name = "logs",
    .target = "Logs_20140328",
    .protocol = EMULATOR_JSON,
    .operations = operations,
};
