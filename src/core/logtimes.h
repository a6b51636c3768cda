/*
 * When the bytes of a log were written, and how many lines: STEP.times beside
 * STEP.log, a line "OFFSET MILLIS" for the first output after each
 * LOGTIMES_INTERVAL_MS: the byte at OFFSET of the log came at wall time MILLIS;
 * and "OFFSET MILLIS NEWLINES" at each multiple of LOGTIMES_BLOCK, where there
 * are so many newlines before OFFSET: who knows them as they pass spares a
 * reader the whole log.
 *
 *     struct logtimes_writer writer = { .fd = fd, .clock = clock };
 *     logtimes_mark(&writer, offset);          before the bytes are written
 *     logtimes_count(&writer, offset, bytes, size);          and after it
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
 * on. The newlines are told, and may be anything; neither they nor their times
 * are kept, for the output of a flood is dated by its intervals. One owner, no
 * locks.
 */
#ifndef STEPDECK_CORE_LOGTIMES_H
#define STEPDECK_CORE_LOGTIMES_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOGTIMES_INTERVAL_MS = 200, LOGTIMES_MARKS = 1 << 16 };
enum { LOGTIMES_LINE = 72, LOGTIMES_BLOCK = 1 << 20 };

/* Owns `fd` (-1: writes nothing). */
struct logtimes_writer {
    int fd;
    const struct clock *clock;
    int64_t last_ms;
    bool has_mark;
    int64_t counted, newlines; /* in the bytes before `counted` */
};

/* Output that begins at `offset` of the log comes now. */
void logtimes_mark(struct logtimes_writer *writer, int64_t offset);
/* They are written, at `offset`. What is not counted from the beginning on,
 * byte for byte, gets no marks. */
void logtimes_count(struct logtimes_writer *writer, int64_t offset,
                    const char *bytes, size_t size);
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
    /* May be NULL: is told the newlines before each block, in their order. */
    void (*tell_newlines)(void *context, int64_t offset, int64_t newlines);
    void *context;
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
