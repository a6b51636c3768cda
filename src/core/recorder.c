#include "core/recorder.h"

#include "base/mem.h"

#include <stdlib.h>

static int64_t now(const struct recorder *recorder)
{
    return clock_wall(recorder->clock);
}

/* The line in the logs is of the run itself when no step is concerned. */
static const char *subject(const char *step)
{
    return step ? step : "stepdeck";
}

void recorder_warn(struct recorder *recorder, const char *step,
                   const char *message, const char *suggestion)
{
    struct event *event = event_new(EVENT_WARNING);

    event_set_text(event, "step", step);
    event_set_text(event, "message", message);
    event_set_text(event, "suggestion", suggestion);
    recorder_emit(recorder, event, false);
    state_log(recorder->state, STATE_WARNING, subject(step), message,
              now(recorder));
}

void recorder_warn_state(struct recorder *recorder, const struct error *warning)
{
    if (!error_is_set(warning) || recorder->state_warned)
        return;
    recorder->state_warned = true;
    recorder_warn(recorder, NULL, warning->message,
                  "the deployment goes on, but resume may run steps again; "
                  "free space in or mend the state folder");
}

void recorder_emit(struct recorder *recorder, struct event *event, bool durable)
{
    struct error warning = { 0 };

    stream_emit(recorder->stream, event, durable, &warning);
    recorder_warn_state(recorder, &warning);
}

void recorder_end(struct recorder *recorder, struct event *event)
{
    struct error warning = { 0 };

    if (!stream_emit(recorder->stream, event, true, &warning))
        state_log(recorder->state, STATE_WARNING, subject(NULL),
                  warning.message, now(recorder));
}

void recorder_fail(struct recorder *recorder, const char *step,
                   const char *message, const char *suggestion,
                   const struct diagnosis *diagnosis)
{
    struct event *event = event_new(EVENT_ERROR);
    char *line = mem_format("%s%s%s", message, diagnosis ? ": " : "",
                            diagnosis ? diagnosis->cause : "");

    event_set_text(event, "step", step);
    event_set_text(event, "message", message);
    if (diagnosis) {
        event_set_text(event, "cause", diagnosis->cause);
        event_set_text(event, "diagnosis", diagnosis->id);
    }
    event_set_text(event, "suggestion", suggestion);
    recorder_emit(recorder, event, false);
    state_log(recorder->state, STATE_ERROR, subject(step), line, now(recorder));
    free(line);
}

void recorder_checkpoint(struct recorder *recorder, const char *step,
                         enum step_status status, json_t *record)
{
    struct error warning = { 0 };
    struct event *event = event_new(EVENT_CHECKPOINT);

    state_checkpoint(recorder->state, step, status, record, now(recorder),
                     &warning);
    recorder_warn_state(recorder, &warning);
    event_set_text(event, "step", step);
    event_set_text(event, "status", status_name(status));
    recorder_emit(recorder, event, false);
}

void recorder_note(struct recorder *recorder, const char *step,
                   const char *message)
{
    state_log(recorder->state, STATE_INFO, step, message, now(recorder));
}

void recorder_note_retry(struct recorder *recorder, const char *step,
                         const struct event *retry)
{
    char duration[CLOCK_TEXT_SIZE];
    char *line = mem_format(
        "attempt %d of %d %s, retrying in %s",
        (int)event_int(retry, "attempt", 0),
        (int)event_int(retry, "attempts", 0), event_text(retry, "message"),
        clock_format_duration(event_int(retry, "delay_ms", 0), duration));

    state_log(recorder->state, STATE_WARNING, step, line, now(recorder));
    free(line);
}
