#include "core/event.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/redact_json.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct event {
    atomic_int references;
    enum event_type type;
    json_t *json;
};

static const char *const type_names[] = {
    [EVENT_RUN_START] = "run.start",
    [EVENT_STEP_START] = "step.start",
    [EVENT_STEP_OUTPUT] = "step.output",
    [EVENT_STEP_PROGRESS] = "step.progress",
    [EVENT_STEP_RETRY] = "step.retry",
    [EVENT_STEP_END] = "step.end",
    [EVENT_CHECKPOINT] = "checkpoint",
    [EVENT_CLOUD_OPERATION] = "cloud.operation",
    [EVENT_CLOUD_PHASE] = "cloud.phase",
    [EVENT_DIAGNOSIS] = "diagnosis",
    [EVENT_PROMPT] = "prompt",
    [EVENT_ANSWER] = "answer",
    [EVENT_WARNING] = "warning",
    [EVENT_ERROR] = "error",
    [EVENT_VERDICT] = "verdict",
    [EVENT_RUN_END] = "run.end",
    [EVENT_UNKNOWN] = "unknown",
};

const char *event_type_name(enum event_type type)
{
    return type_names[type];
}

static struct event *wrap(enum event_type type, json_t *json)
{
    struct event *event = mem_new(1, sizeof(*event));

    atomic_init(&event->references, 1);
    event->type = type;
    event->json = json;
    return event;
}

struct event *event_new(enum event_type type)
{
    json_t *json = json_object();

    /* Members are written in the order they are set: the envelope first. */
    jsonx_set_int(json, "v", EVENT_VERSION);
    if (type != EVENT_STEP_OUTPUT)
        jsonx_set_int(json, "seq", 0);
    jsonx_set_text(json, "time", "");
    jsonx_set_text(json, "run", "");
    jsonx_set_text(json, "type", type_names[type]);
    return wrap(type, json);
}

struct event *event_parse(const char *line, size_t size, struct error *err)
{
    json_t *json = jsonx_parse_object(line, size, err);
    const char *name = jsonx_text(json, "type", NULL);

    if (json && !name)
        error_set(err, ERROR_INPUT, "the object has no 'type'");
    if (!json || !name) {
        json_decref(json);
        return NULL;
    }
    for (int type = 0; type < EVENT_UNKNOWN; type++) {
        if (strcmp(name, type_names[type]) == 0)
            return wrap((enum event_type)type, json);
    }
    return wrap(EVENT_UNKNOWN, json);
}

struct event *event_ref(struct event *event)
{
    atomic_fetch_add(&event->references, 1);
    return event;
}

void event_unref(struct event *event)
{
    if (!event || atomic_fetch_sub(&event->references, 1) != 1)
        return;
    json_decref(event->json);
    free(event);
}

void event_set_text(struct event *event, const char *name, const char *text)
{
    jsonx_set_text(event->json, name, text);
}

void event_set_int(struct event *event, const char *name, int64_t number)
{
    jsonx_set_int(event->json, name, number);
}

void event_set_bool(struct event *event, const char *name, bool value)
{
    jsonx_set_bool(event->json, name, value);
}

void event_set(struct event *event, const char *name, json_t *value)
{
    json_object_set_new(event->json, name, value);
}

void event_redact(struct event *event, const struct redact *redact)
{
    static const char *const envelope[] = { "type", "run", "time", "step",
                                            "status" };
    const char *key;
    json_t *member;
    void *next;

    json_object_foreach_safe(event->json, next, key, member)
    {
        bool is_envelope = false;

        for (size_t i = 0; i < sizeof(envelope) / sizeof(envelope[0]); i++)
            is_envelope = is_envelope || strcmp(key, envelope[i]) == 0;
        if (!is_envelope)
            json_object_set_new(event->json, key,
                                redact_json(member, redact, NULL));
    }
}

enum event_type event_type(const struct event *event)
{
    return event->type;
}

const char *event_text(const struct event *event, const char *name)
{
    return jsonx_text(event->json, name, NULL);
}

int64_t event_int(const struct event *event, const char *name, int64_t missing)
{
    return jsonx_int(event->json, name, missing);
}

bool event_bool(const struct event *event, const char *name)
{
    return jsonx_bool(event->json, name);
}

const json_t *event_get(const struct event *event, const char *name)
{
    return json_object_get(event->json, name);
}

const json_t *event_json(const struct event *event)
{
    return event->json;
}

int64_t event_time(const struct event *event)
{
    const char *text = event_text(event, "time");
    int64_t time_ms = 0;

    return text && clock_parse(text, &time_ms) ? time_ms : 0;
}
