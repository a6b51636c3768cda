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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct logtimes whole = { 0 }, cut = { 0 };

    logtimes_feed(&whole, bytes, size);
    for (size_t i = 0; i < size; i++)
        logtimes_feed(&cut, bytes + i, 1);
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
