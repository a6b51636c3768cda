/*
 * When the bytes of a log were written: STEP.times beside STEP.log, a line
 * "OFFSET MILLIS" for the first output after each LOGTIMES_INTERVAL_MS: the
 * byte at OFFSET of the log came at wall time MILLIS.
 *
 *     struct logtimes_writer writer = { .fd = fd, .clock = clock };
 *     logtimes_mark(&writer, offset);          before the bytes are written
 *     logtimes_writer_release(&writer);
 *
 *     struct logtimes times = { 0 };
 *     while (logtimes_read(&times, fd, budget)) ...    also later, for more
 *     ms = logtimes_at(&times, offset);
 *     logtimes_release(&times);
 *
 * Times are a comfort: a disk that fails is no error, it ends them. A reader
 * takes foreign bytes; it passes over what is no mark in ascending order, and
 * of more than LOGTIMES_MARKS it keeps every second, then every fourth, and so
 * on. One owner, no locks.
 */
#ifndef STEPDECK_CORE_LOGTIMES_H
#define STEPDECK_CORE_LOGTIMES_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOGTIMES_INTERVAL_MS = 200, LOGTIMES_MARKS = 1 << 16 };
enum { LOGTIMES_LINE = 48 };

/* Owns `fd` (-1: writes nothing). */
struct logtimes_writer {
    int fd;
    const struct clock *clock;
    int64_t last_ms;
    bool has_mark;
};

/* Output that begins at `offset` of the log comes now. */
void logtimes_mark(struct logtimes_writer *writer, int64_t offset);
void logtimes_writer_release(struct logtimes_writer *writer);

struct logtimes_entry {
    int64_t offset;
    int64_t wall_ms;
};

/* `= { 0 }` is ready to use. */
struct logtimes {
    struct logtimes_entry *entries; /* ascending offsets */
    size_t count, capacity;
    uint64_t seen;            /* marks, kept or not */
    unsigned thinned;         /* times that every second was dropped */
    int64_t last_offset;      /* of the last mark seen */
    char line[LOGTIMES_LINE]; /* what has come of the next line */
    size_t line_size;
    int64_t position; /* in the file, for logtimes_read() */
    bool is_partial;  /* more was there than has been read */
};

/* Takes the next bytes of the file, cut anywhere. */
void logtimes_feed(struct logtimes *times, const char *bytes, size_t size);
/* Reads on where the last call ended, at most `budget` bytes; true when there
 * is more. */
bool logtimes_read(struct logtimes *times, int fd, size_t budget);
/* The wall time at which the byte at `offset` came; 0 when it is not known. */
int64_t logtimes_at(const struct logtimes *times, int64_t offset);
void logtimes_release(struct logtimes *times);

#endif
