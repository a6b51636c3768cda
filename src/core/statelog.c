#include "core/statelog.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

enum { STATELOG_FILE_LIMIT = 256 << 20 };

const char *statelog_name(enum statelog_kind kind)
{
    static const char *const names[] = { "checkpoints.log", "errors.log",
                                         "warnings.log" };

    return names[kind];
}

static void release_entry(struct statelog_entry *entry)
{
    free(entry->step);
    free(entry->message);
}

void statelog_release(struct statelog *log)
{
    for (size_t i = 0; i < log->count; i++)
        release_entry(&log->entries[i]);
    free(log->entries);
    *log = (struct statelog){ 0 };
}

/* ---- lines ------------------------------------------------------------ */

/* What is left of a line. */
struct rest {
    const char *bytes;
    size_t size;
};

/* Takes what stands before `mark`, and the mark; false without one. */
static bool take_until(struct rest *rest, const char *mark, struct rest *part)
{
    size_t length = strlen(mark);

    for (size_t i = 0; i + length <= rest->size; i++) {
        if (memcmp(rest->bytes + i, mark, length) != 0)
            continue;
        *part = (struct rest){ rest->bytes, i };
        rest->bytes += i + length;
        rest->size -= i + length;
        return true;
    }
    return false;
}

static bool read_time(struct rest *rest, struct statelog_entry *entry)
{
    struct rest word;

    if (!take_until(rest, " ", &word) || word.size >= sizeof(entry->time))
        return false;
    memcpy(entry->time, word.bytes, word.size);
    entry->time[word.size] = '\0';
    return clock_parse(entry->time, &entry->time_ms);
}

static bool read_level(const struct rest *word, enum state_level *level)
{
    static const char *const words[] = { [STATE_INFO] = "INFO",
                                         [STATE_WARNING] = "WARNING",
                                         [STATE_ERROR] = "ERROR" };

    for (int i = 0; i <= STATE_ERROR; i++) {
        if (strlen(words[i]) == word->size &&
            memcmp(words[i], word->bytes, word->size) == 0) {
            *level = (enum state_level)i;
            return true;
        }
    }
    return false;
}

static bool read_checkpoint(struct rest *rest, struct statelog_entry *entry)
{
    struct rest step;

    if (!take_until(rest, " ", &step) || !step.size ||
        !status_parse(rest->bytes, rest->size, &entry->status) ||
        !status_is_stored(entry->status))
        return false;
    entry->step = mem_bytes(step.bytes, step.size);
    return true;
}

static bool read_remark(struct rest *rest, struct statelog_entry *entry)
{
    struct rest word, step;

    if (!take_until(rest, " ", &word) || !read_level(&word, &entry->level) ||
        !rest->size || rest->bytes[0] != '[' || !take_until(rest, "]:", &step))
        return false;
    if (rest->size && rest->bytes[0] == ' ') {
        rest->bytes++;
        rest->size--;
    }
    entry->step = mem_bytes(step.bytes + 1, step.size - 1);
    entry->message = mem_bytes(rest->bytes, rest->size);
    return true;
}

static bool read_line(struct statelog *log, enum statelog_kind kind,
                      const char *bytes, size_t size)
{
    struct statelog_entry entry = { 0 };
    struct rest rest = { bytes, size };

    if (memchr(bytes, '\0', size) || !read_time(&rest, &entry))
        return false;
    if (kind == STATELOG_CHECKPOINTS ? !read_checkpoint(&rest, &entry)
                                     : !read_remark(&rest, &entry))
        return false;
    log->entries = mem_grow(log->entries, log->count, &log->capacity,
                            sizeof(*log->entries));
    log->entries[log->count++] = entry;
    return true;
}

void statelog_parse(struct statelog *log, enum statelog_kind kind,
                    const char *bytes, size_t size)
{
    while (size) {
        const char *end = memchr(bytes, '\n', size);
        size_t length = end ? (size_t)(end - bytes) : size;
        size_t text = length && bytes[length - 1] == '\r' ? length - 1 : length;

        if (!end) {
            log->is_torn = true;
            return;
        }
        if (text && !read_line(log, kind, bytes, text))
            log->unreadable++;
        bytes += length + 1;
        size -= length + 1;
    }
}

bool statelog_read(struct statelog *log, const struct state *state,
                   enum statelog_kind kind, struct error *err)
{
    struct strbuf text = { 0 };
    struct error failure = { 0 };
    bool ok = true;

    if (state_fd(state) < 0)
        return true;
    if (fileio_read_state(state_fd(state), statelog_name(kind),
                          STATELOG_FILE_LIMIT, &text, &failure)) {
        statelog_parse(log, kind, strbuf_text(&text), text.len);
    } else if (failure.code != ERROR_NOT_FOUND) {
        ok = error_set(err, failure.code, "%s", failure.message);
    }
    strbuf_release(&text);
    return ok;
}

/* ---- the entries ------------------------------------------------------ */

void statelog_redact(struct statelog *log, const struct redact *redact)
{
    for (size_t i = 0; i < log->count && !redact_is_empty(redact); i++) {
        struct strbuf masked = { 0 };
        char *message = log->entries[i].message;

        if (!message)
            continue;
        redact_text(redact, message, strlen(message), &masked);
        free(message);
        log->entries[i].message = strbuf_take(&masked);
    }
}

static bool is_in_order(const struct statelog *log)
{
    for (size_t i = 1; i < log->count; i++) {
        if (log->entries[i - 1].time_ms > log->entries[i].time_ms)
            return false;
    }
    return true;
}

/* Merges the ordered halves of `items` through `spare`. */
static void merge(struct statelog_entry *items, size_t middle, size_t count,
                  struct statelog_entry *spare)
{
    size_t left = 0, right = middle;

    for (size_t i = 0; i < count; i++) {
        bool takes_left =
            left < middle &&
            (right == count || items[left].time_ms <= items[right].time_ms);

        spare[i] = takes_left ? items[left++] : items[right++];
    }
    memcpy(items, spare, count * sizeof(*items));
}

static void sort_entries(struct statelog_entry *items, size_t count,
                         struct statelog_entry *spare)
{
    if (count < 2)
        return;
    sort_entries(items, count / 2, spare);
    sort_entries(items + count / 2, count - count / 2, spare);
    merge(items, count / 2, count, spare);
}

/* qsort(3) would not keep the order of what has the same time. */
void statelog_sort(struct statelog *log)
{
    struct statelog_entry *spare;

    if (is_in_order(log))
        return;
    spare = mem_new(log->count, sizeof(*spare));
    sort_entries(log->entries, log->count, spare);
    free(spare);
}

const struct statelog_entry *statelog_last(const struct statelog *log,
                                           const char *step)
{
    for (size_t i = log->count; i > 0; i--) {
        if (strcmp(log->entries[i - 1].step, step) == 0)
            return &log->entries[i - 1];
    }
    return NULL;
}

int64_t statelog_duration(const struct statelog *log, const char *step)
{
    const struct statelog_entry *end = statelog_last(log, step);

    if (!end ||
        (end->status != STATUS_COMPLETED && end->status != STATUS_FAILED))
        return -1;
    for (const struct statelog_entry *entry = end; entry > log->entries;) {
        entry--;
        if (strcmp(entry->step, step) != 0)
            continue;
        return entry->status == STATUS_IN_PROGRESS &&
                       entry->time_ms <= end->time_ms
                   ? end->time_ms - entry->time_ms
                   : -1;
    }
    return -1;
}
