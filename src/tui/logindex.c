#include "tui/logindex.h"

#include "base/mem.h"

#include <stdlib.h>

void logindex_init(struct logindex *index, int64_t block, size_t limit)
{
    *index = (struct logindex){ .limit = limit, .first_block = block };
    logindex_clear(index);
}

void logindex_clear(struct logindex *index)
{
    index->block = index->first_block;
    index->count = 0;
    index->total = index->reached = 0;
    logindex_advance(index, 0);
}

void logindex_release(struct logindex *index)
{
    free(index->sums);
    *index = (struct logindex){ 0 };
}

static void double_blocks(struct logindex *index)
{
    size_t kept = 0;

    for (size_t i = 0; i < index->count; i += 2)
        index->sums[kept++] = index->sums[i];
    index->count = kept;
    index->block *= 2;
}

void logindex_advance(struct logindex *index, int64_t reached)
{
    while ((int64_t)index->count * index->block <= reached) {
        if (index->count == index->limit) {
            double_blocks(index);
            continue;
        }
        index->sums = mem_grow(index->sums, index->count, &index->capacity,
                               sizeof(*index->sums));
        index->sums[index->count++] = index->total;
    }
    index->reached = reached;
}

void logindex_add(struct logindex *index, int64_t offset, int64_t count)
{
    logindex_advance(index, offset);
    index->total += count;
}

int64_t logindex_boundary(const struct logindex *index, int64_t offset)
{
    return (offset / index->block + 1) * index->block;
}

int64_t logindex_before(const struct logindex *index, int64_t offset,
                        int64_t *boundary)
{
    size_t k = (size_t)(offset / index->block);

    if (k >= index->count)
        k = index->count - 1;
    *boundary = (int64_t)k * index->block;
    return index->sums[k];
}

int64_t logindex_find(const struct logindex *index, int64_t number,
                      int64_t *boundary)
{
    size_t low = 0, high = index->count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (index->sums[middle] < number)
            low = middle;
        else
            high = middle;
    }
    *boundary = (int64_t)low * index->block;
    return index->sums[low];
}

/* What is behind the last boundary counts as one more block. */
static int64_t sum_at(const struct logindex *index, size_t k)
{
    return k < index->count ? index->sums[k] : index->total;
}

int64_t logindex_skip(const struct logindex *index, int64_t offset)
{
    size_t k = (size_t)(offset / index->block);

    if (offset >= index->reached)
        return offset;
    for (; sum_at(index, k) == sum_at(index, k + 1); k++) {
        if (k + 1 >= index->count)
            return index->reached;
        offset = (int64_t)(k + 1) * index->block;
    }
    return offset;
}

int64_t logindex_skip_back(const struct logindex *index, int64_t offset)
{
    if (offset > index->reached)
        return offset;
    while (offset > 0) {
        size_t k = (size_t)((offset - 1) / index->block);

        if (sum_at(index, k) != sum_at(index, k + 1))
            break;
        offset = (int64_t)k * index->block;
    }
    return offset;
}
