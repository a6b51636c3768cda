/*
 * One fact about a run. An event is its JSON object: the journal, --json and
 * the screens all read the same members (docs/events.md lists them).
 *
 *     struct event *event = event_new(EVENT_STEP_END);
 *     event_set_text(event, "step", step->id);
 *     stream_emit(stream, event);               gives the reference away
 *
 * Until it is emitted an event has one owner, who may set members. From then
 * on it is immutable, shared by reference, and safe in every thread.
 */
#ifndef STEPDECK_CORE_EVENT_H
#define STEPDECK_CORE_EVENT_H

#include "base/error.h"

#include <jansson.h>
#include <stdint.h>

enum { EVENT_VERSION = 1 };

enum event_type {
    EVENT_RUN_START,
    EVENT_STEP_START,
    EVENT_STEP_OUTPUT,
    EVENT_STEP_PROGRESS,
    EVENT_STEP_RETRY,
    EVENT_STEP_END,
    EVENT_CHECKPOINT,
    EVENT_CLOUD_OPERATION,
    EVENT_CLOUD_PHASE,
    EVENT_DIAGNOSIS,
    EVENT_PROMPT,
    EVENT_ANSWER,
    EVENT_WARNING,
    EVENT_ERROR,
    EVENT_VERDICT,
    EVENT_RUN_END,
    EVENT_UNKNOWN /* of a newer version: shown as far as it can be read */
};

struct event;

const char *event_type_name(enum event_type type);

struct event *event_new(enum event_type type);
/* An event from a line of a journal (without its newline); NULL with
 * ERROR_INPUT when the line is none. */
NODISCARD struct event *event_parse(const char *line, size_t size,
                                    struct error *err);
struct event *event_ref(struct event *event);
void event_unref(struct event *event);

/* Members; NULL texts are left out. event_set() takes ownership of `value`. */
void event_set_text(struct event *event, const char *name, const char *text);
void event_set_int(struct event *event, const char *name, int64_t number);
void event_set_bool(struct event *event, const char *name, bool value);
void event_set(struct event *event, const char *name, json_t *value);

struct redact;
/* Masks secrets in every text but those of the envelope (type, run, time,
 * step, status), whose words other programs rely on. */
void event_redact(struct event *event, const struct redact *redact);

enum event_type event_type(const struct event *event);
/* Borrowed; NULL, `missing` or false when there is no such member. */
const char *event_text(const struct event *event, const char *name);
int64_t event_int(const struct event *event, const char *name, int64_t missing);
bool event_bool(const struct event *event, const char *name);
const json_t *event_get(const struct event *event, const char *name);
const json_t *event_json(const struct event *event);
/* Wall time in milliseconds, 0 when the event has none. */
int64_t event_time(const struct event *event);

#endif
