/*
 * The log of one step in one run: bytes in, masked, to the disk.
 *
 *     struct steplog *log = steplog_new(fd, redact);
 *     steplog_write(log, bytes, size);      any number of times
 *     steplog_finish(log);                  what was held back for masking
 *     steplog_free(log);
 *
 * Belongs to one worker. What is in the file is what readers may see: masking
 * comes first. The last STEPLOG_TAIL_BYTES stay in memory, for diagnoses and
 * for telling what failed when the disk took nothing. steplog_keep_times()
 * adds when the bytes came (core/logtimes.h).
 */
#ifndef STEPDECK_CORE_STEPLOG_H
#define STEPDECK_CORE_STEPLOG_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdint.h>

struct clock;
struct redact;
struct steplog;

enum { STEPLOG_TAIL_BYTES = 64 * 1024 };

/* Takes ownership of `fd` (-1: bytes go to the tail only). */
struct steplog *steplog_new(int fd, const struct redact *redact);
void steplog_free(struct steplog *log);

/* From now on the times of the output go to `fd`, whose ownership it takes
 * (-1: nowhere). `clock` is borrowed. */
void steplog_keep_times(struct steplog *log, int fd, const struct clock *clock);

void steplog_write(struct steplog *log, const char *bytes, size_t size);
void steplog_finish(struct steplog *log);

/* Bytes in the file. */
int64_t steplog_size(const struct steplog *log);
/* Bytes the disk refused. */
int64_t steplog_lost(const struct steplog *log);
/* The last bytes since steplog_mark() (or the beginning). Borrowed. */
const struct strbuf *steplog_tail(const struct steplog *log);
/* A new attempt: the tail starts here. */
void steplog_mark(struct steplog *log);

#endif
