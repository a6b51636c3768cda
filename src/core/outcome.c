#include "core/outcome.h"

#include "base/jsonx.h"

#include <stdlib.h>

void step_outcome_release(struct step_outcome *outcome)
{
    free(outcome->message);
    free(outcome->suggestion);
    json_decref(outcome->fingerprint);
    strbuf_release(&outcome->tail);
    *outcome = (struct step_outcome){ 0 };
}

struct event *outcome_end_event(const struct step *step,
                                enum step_status status)
{
    struct event *event = event_new(EVENT_STEP_END);

    event_set_text(event, "step", step->id);
    event_set_text(event, "status", status_name(status));
    return event;
}

struct event *outcome_event(const struct step *step,
                            const struct step_outcome *outcome)
{
    struct event *event = outcome_end_event(step, outcome->status);

    event_set_int(event, "attempt", outcome->attempts);
    event_set_int(event, "duration_ms", outcome->duration_ms);
    if (outcome->exit_status >= 0 && outcome->status != STATUS_BLOCKED)
        event_set_int(event, "exit_status", outcome->exit_status);
    if (outcome->signal)
        event_set_int(event, "signal", outcome->signal);
    if (outcome->cancelled)
        event_set_bool(event, "cancelled", true);
    if (outcome->timed_out)
        event_set_bool(event, "timed_out", true);
    event_set_bool(event, "critical", step->header.critical);
    event_set_text(event, "message", outcome->message);
    event_set_text(event, "suggestion", outcome->suggestion);
    event_set_int(event, "log_bytes", outcome->log_bytes);
    return event;
}

json_t *outcome_record(const struct step_outcome *outcome, const char *run)
{
    json_t *record = json_object();

    json_object_set(record, "fingerprint", outcome->fingerprint);
    jsonx_set_int(record, "attempts", outcome->attempts);
    jsonx_set_int(record, "duration_ms", outcome->duration_ms);
    jsonx_set_int(record, "exit_status", outcome->exit_status);
    jsonx_set_text(record, "run", run);
    return record;
}

int outcome_exit_status(const struct step *step,
                        const struct step_outcome *outcome)
{
    if (outcome->run_status)
        return outcome->run_status;
    if (step->number == STEP_PREFLIGHT_NUMBER)
        return EXIT_STATUS_PREFLIGHT;
    return EXIT_STATUS_STEP_FAILED;
}
