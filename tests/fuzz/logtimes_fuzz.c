/* The times of a log: whatever the bytes say and however they are cut, the
 * marks ascend, stay few, and are found again. */
#include "core/logtimes.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void sum_up(void *context, int64_t offset, int64_t newlines)
{
    uint64_t *sum = context;

    demand(offset >= 0 && newlines >= 0);
    *sum = *sum * 31 + (uint64_t)offset + (uint64_t)newlines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    uint64_t told_whole = 0, told_cut = 0;
    struct logtimes whole = { .tell_newlines = sum_up, .context = &told_whole };
    struct logtimes cut = { .tell_newlines = sum_up, .context = &told_cut };

    logtimes_feed(&whole, bytes, size);
    for (size_t i = 0; i < size; i++)
        logtimes_feed(&cut, bytes + i, 1);
    demand(told_whole == told_cut);
    demand(whole.count == cut.count && whole.count < LOGTIMES_MARKS);
    for (size_t i = 0; i < whole.count; i++) {
        const struct logtimes_entry *entry = &whole.entries[i];

        demand(entry->offset >= 0 && entry->wall_ms >= 0);
        demand(cut.entries[i].offset == entry->offset);
        demand(!i || entry[-1].offset <= entry->offset);
        if (i + 1 == whole.count || entry[1].offset > entry->offset)
            demand(logtimes_at(&whole, entry->offset) == entry->wall_ms);
    }
    logtimes_release(&whole);
    logtimes_release(&cut);
    return 0;
}
