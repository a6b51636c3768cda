#include "core/recorder.h"

#include "base/mem.h"
#include "base/redact.h"
#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

static int64_t now(const struct recorder *recorder)
{
    return clock_wall(recorder->clock);
}

/* The line in the logs is of the run itself when no step is concerned. */
static const char *subject(const char *step)
{
    return step ? step : "stepdeck";
}

/* A line in the state's logs, masked as the events are. */
static void log_line(struct recorder *recorder, enum state_level level,
                     const char *step, const char *message)
{
    struct strbuf masked = { 0 };

    redact_text(recorder->redact, message, strlen(message), &masked);
    state_log(recorder->state, level, subject(step), strbuf_text(&masked),
              now(recorder));
    strbuf_release(&masked);
}

static void warn(struct recorder *recorder, const char *step,
                 const char *message, const char *suggestion,
                 const char *output)
{
    struct event *event = event_new(EVENT_WARNING);

    event_set_text(event, "step", step);
    event_set_text(event, "message", message);
    event_set_text(event, "suggestion", suggestion);
    event_set_text(event, "output", output);
    recorder_emit(recorder, event, false);
    log_line(recorder, STATE_WARNING, step, message);
}

void recorder_warn(struct recorder *recorder, const char *step,
                   const char *message, const char *suggestion)
{
    warn(recorder, step, message, suggestion, NULL);
}

void recorder_warn_lost(struct recorder *recorder, const char *step,
                        const char *message, const char *output)
{
    warn(recorder, step, message, NULL, output);
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
        log_line(recorder, STATE_WARNING, NULL, warning.message);
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
    log_line(recorder, STATE_ERROR, step, line);
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
    log_line(recorder, STATE_INFO, step, message);
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

    log_line(recorder, STATE_WARNING, step, line);
    free(line);
}
