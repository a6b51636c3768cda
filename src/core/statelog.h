/*
 * The logs of the state, read back: checkpoints.log, errors.log, warnings.log.
 *
 *     struct statelog log = { 0 };
 *     if (!statelog_read(&log, state, STATELOG_ERRORS, &err)) ...
 *     for (size_t i = 0; i < log.count; i++) puts(log.entries[i].message);
 *     statelog_release(&log);
 *
 * The engine and the shell libraries write these files, and people do. A line
 * that is none of theirs is counted and left out; a last line without its
 * newline is torn and not believed. Nothing here is fatal.
 *
 * Values only: any thread, one owner.
 */
#ifndef STEPDECK_CORE_STATELOG_H
#define STEPDECK_CORE_STATELOG_H

#include "base/clock.h"
#include "base/error.h"
#include "core/state.h"

enum statelog_kind {
    STATELOG_CHECKPOINTS, /* "TIME STEP STATUS" */
    STATELOG_ERRORS,      /* "TIME LEVEL [STEP]: MESSAGE" */
    STATELOG_WARNINGS
};

struct statelog_entry {
    char time[CLOCK_TEXT_SIZE]; /* as stored, in UTC */
    int64_t time_ms;
    char *step;
    enum step_status status; /* of a checkpoint */
    enum state_level level;  /* of an error or warning */
    char *message;           /* NULL for a checkpoint */
};

/* In the order of the file. */
struct statelog {
    struct statelog_entry *entries;
    size_t count, capacity;
    size_t unreadable; /* whole lines that are no entries */
    bool is_torn;      /* the last line has no end */
};

/* The name of the file below the state. */
const char *statelog_name(enum statelog_kind kind);

/* Appends the entries of `size` bytes. */
void statelog_parse(struct statelog *log, enum statelog_kind kind,
                    const char *bytes, size_t size);

/* Appends the entries of the file. A file that is not there has none; false
 * when there is one that cannot be read. */
NODISCARD bool statelog_read(struct statelog *log, const struct state *state,
                             enum statelog_kind kind, struct error *err);
void statelog_release(struct statelog *log);

struct redact;
/* Masks secrets in the messages: the shell libraries do not when writing. */
void statelog_redact(struct statelog *log, const struct redact *redact);

/* Orders by time; what has the same time stays in order. */
void statelog_sort(struct statelog *log);

/* The last entry of a step, NULL when it has none. */
const struct statelog_entry *statelog_last(const struct statelog *log,
                                           const char *step);

/* How long the step took last, by its last two checkpoints; -1 when they do
 * not tell. */
int64_t statelog_duration(const struct statelog *log, const char *step);

#endif
