/* Any bytes are read to their end: each line is an entry or counted. The first
 * byte chooses the log. */
#include "core/statelog.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void check(const struct statelog *log, bool is_checkpoints)
{
    for (size_t i = 0; i < log->count; i++) {
        const struct statelog_entry *entry = &log->entries[i];
        int64_t time_ms;

        demand(entry->step != NULL);
        demand((entry->message == NULL) == is_checkpoints);
        demand(clock_parse(entry->time, &time_ms) && time_ms == entry->time_ms);
        demand(!is_checkpoints || status_is_stored(entry->status));
        demand(statelog_last(log, entry->step) != NULL);
        demand(!is_checkpoints || statelog_duration(log, entry->step) >= -1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool is_checkpoints = size && data[0] % 2 == 0;
    const char *text = (const char *)data + 1;
    struct statelog log = { 0 };
    size_t lines = 0;

    if (!size)
        return 0;
    size--;
    statelog_parse(&log,
                   is_checkpoints ? STATELOG_CHECKPOINTS : STATELOG_ERRORS,
                   text, size);
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    demand(log.count + log.unreadable <= lines);
    demand(log.is_torn == (size && text[size - 1] != '\n'));
    check(&log, is_checkpoints);
    statelog_sort(&log);
    for (size_t i = 1; i < log.count; i++)
        demand(log.entries[i - 1].time_ms <= log.entries[i].time_ms);
    statelog_release(&log);
    return 0;
}
