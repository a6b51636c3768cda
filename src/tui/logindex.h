/*
 * How many things (newlines, matches) there are before each block of a file
 * that is read once from front to back: sparse sums in constant memory.
 *
 *     logindex_init(&index, block, limit);
 *     logindex_add(&index, offset, count);     ascending offsets
 *     logindex_advance(&index, reached);       nothing more comes before it
 *     sum = logindex_before(&index, offset, &boundary);
 *     logindex_release(&index);
 *
 * There are never more than `limit` sums: at the limit every second is dropped
 * and the blocks become twice as large. One owner, no locks, no I/O.
 */
#ifndef STEPDECK_TUI_LOGINDEX_H
#define STEPDECK_TUI_LOGINDEX_H

#include <stddef.h>
#include <stdint.h>

struct logindex {
    int64_t *sums; /* sums[k]: before the offset k * block */
    size_t count, capacity;
    size_t limit;
    int64_t first_block, block; /* bytes, at the beginning and now */
    int64_t total;
    int64_t reached; /* all before this offset is in */
};

/* `limit` is at least 2. */
void logindex_init(struct logindex *index, int64_t block, size_t limit);
/* Back to an empty file. */
void logindex_clear(struct logindex *index);
void logindex_release(struct logindex *index);

/* `count` more at `offset` (or behind it, before the next boundary), which is
 * not before what has been reached. */
void logindex_add(struct logindex *index, int64_t offset, int64_t count);
void logindex_advance(struct logindex *index, int64_t reached);
/* The first boundary behind `offset`. */
int64_t logindex_boundary(const struct logindex *index, int64_t offset);

/* The sum before `*boundary`, the last known boundary up to `offset`. */
int64_t logindex_before(const struct logindex *index, int64_t offset,
                        int64_t *boundary);
/* Where to look for the `number`-th (from 1): it is behind `*boundary`, the
 * result is the sum before that. */
int64_t logindex_find(const struct logindex *index, int64_t number,
                      int64_t *boundary);

/* From `offset` on, the first place where there may be one; all that has not
 * been reached may. */
int64_t logindex_skip(const struct logindex *index, int64_t offset);
/* Backwards: the last place so that there is none between it and `offset`. */
int64_t logindex_skip_back(const struct logindex *index, int64_t offset);

#endif
