/*
 * How the engine puts things on record: events in the stream, checkpoints in
 * the state, lines in deployment.log, errors.log and warnings.log. What belongs
 * together is written by one call, so that no reader misses half of it.
 *
 * A state that cannot be written is warned of once; the run goes on. Engine
 * thread only. Borrows what it is made of.
 */
#ifndef STEPDECK_CORE_RECORDER_H
#define STEPDECK_CORE_RECORDER_H

#include "base/clock.h"
#include "core/diagnosis.h"
#include "core/event.h"
#include "core/state.h"
#include "core/stream.h"

struct redact;

struct recorder {
    struct stream *stream;
    struct state *state;
    const struct clock *clock;
    const struct redact *redact; /* for the lines in the state's logs */
    bool state_warned;
};

/* Takes ownership of `event`. `durable`: on the disk before anybody sees it. */
void recorder_emit(struct recorder *recorder, struct event *event,
                   bool durable);

/* The last event of the run: nothing comes after it, not even a word about the
 * disk. Takes ownership. */
void recorder_end(struct recorder *recorder, struct event *event);

/* A warning and an error; `step` is NULL for those of the run, `suggestion`
 * and `diagnosis` may be NULL. */
void recorder_warn(struct recorder *recorder, const char *step,
                   const char *message, const char *suggestion);
void recorder_fail(struct recorder *recorder, const char *step,
                   const char *message, const char *suggestion,
                   const struct diagnosis *diagnosis);

/* A warning that brings the end of an output which is nowhere else, as the
 * member "output". */
void recorder_warn_lost(struct recorder *recorder, const char *step,
                        const char *message, const char *output);

/* As recorder_warn for what is wrong with the state itself; does nothing when
 * `warning` is empty or one was told before. */
void recorder_warn_state(struct recorder *recorder,
                         const struct error *warning);

/* A checkpoint on the disk, then as an event. `record` as for
 * state_checkpoint(). */
void recorder_checkpoint(struct recorder *recorder, const char *step,
                         enum step_status status, json_t *record);

/* A line in deployment.log; of a retry, from its event. */
void recorder_note(struct recorder *recorder, const char *step,
                   const char *message);
void recorder_note_retry(struct recorder *recorder, const char *step,
                         const struct event *retry);

#endif
