/* Windows: the lines around an anchor, all of them or those that a filter
 * shows. */
#include "tui/logsource_private.h"

#include "base/mem.h"

#include <stdlib.h>

struct rows {
    struct logrow *items;
    size_t count, capacity;
    int64_t bytes;
};

void logwindow_release(struct log_window *window)
{
    strbuf_release(&window->bytes);
    free(window->lines);
    *window = (struct log_window){ 0 };
}

static void clear(struct log_window *window)
{
    strbuf_clear(&window->bytes);
    window->count = window->anchor = 0;
    window->at_start = window->at_end = true;
    window->file_size = 0;
}

static bool find_anchor(struct logsource *source, const struct log_query *query,
                        struct logplace *line)
{
    int64_t place = query->place;

    if (query->anchor == LOG_ANCHOR_LINE)
        return logsource_numbered(source, place, line);
    if (query->anchor == LOG_ANCHOR_END || place >= source->size)
        place = source->size - 1;
    return logsource_line(source, place > 0 ? place : 0, line);
}

/* Up to `most` rows in all, of `bytes` bytes in all. The row that comes next
 * stays in the cursor: whether there is one, the window is to tell. */
static bool add_rows(struct logcursor *cursor, struct rows *rows, size_t most,
                     int64_t bytes)
{
    for (;;) {
        int64_t size;

        if (!logcursor_look(cursor))
            return false;
        if (!cursor->has_row || rows->count >= most)
            return true;
        size = cursor->row.end - cursor->row.line.at;
        if (rows->bytes + size > bytes)
            return true;
        rows->items = mem_grow(rows->items, rows->count, &rows->capacity,
                               sizeof(*rows->items));
        rows->items[rows->count++] = cursor->row;
        rows->bytes += size;
        cursor->has_row = false;
    }
}

static bool add_line(struct logsource *source, const struct logrow *row,
                     struct log_window *window)
{
    struct logplace next = { .at = row->end };
    struct logstretch stretch;
    struct log_line *line;
    const char *text;
    size_t size;

    if (!logsource_read(source, &source->window, row->line.at, row->end,
                        &stretch))
        return false;
    text = loglines_text(&stretch, row->line, next, &size);
    window->lines = mem_grow(window->lines, window->count, &window->capacity,
                             sizeof(*window->lines));
    line = &window->lines[window->count++];
    *line = (struct log_line){
        .offset = row->line.at,
        .time_ms = logtimes_at(&source->times, row->line.at),
        .begin = window->bytes.len,
        .size = size,
        .is_continued = row->line.is_continued,
        .is_context = row->is_context,
    };
    strbuf_add(&window->bytes, text, size);
    return true;
}

/* `end` is where the row before ends: -1 when it is not shown. */
static bool place_line(struct logsource *source, struct log_window *window,
                       const struct logrow *row, int64_t end)
{
    struct log_line *line = &window->lines[window->count - 1];
    int64_t newlines;

    line->is_gap = row->line.at > 0 && row->line.at != end;
    if (window->count > 1 && !line->is_gap) {
        int64_t before = line[-1].number;

        line->number = before ? before + !line->is_continued : 0;
        return true;
    }
    newlines = logsource_newlines(source, row->line.at);
    line->number = newlines + 1;
    return newlines >= 0 || row->line.at > source->newlines.reached;
}

static bool put_together(struct logsource *source, const struct logcursor *back,
                         const struct rows *before, const struct rows *after,
                         struct log_window *window)
{
    int64_t end = back->has_row ? back->row.end : -1;
    size_t count = before->count + after->count;

    for (size_t i = 0; i < count; i++) {
        const struct logrow *row = i < before->count
                                       ? &before->items[before->count - 1 - i]
                                       : &after->items[i - before->count];

        if (!add_line(source, row, window) ||
            !place_line(source, window, row, end))
            return false;
        end = row->end;
    }
    window->anchor = before->count;
    if (!after->count && before->count)
        window->anchor--;
    return true;
}

/* What one side leaves of the bytes the other may have. */
static bool collect(struct logsource *source, const struct log_query *query,
                    struct logmatch *filter, struct log_window *window)
{
    struct logcursor forward = { .source = source,
                                 .filter = filter,
                                 .context = query->context,
                                 .direction = 1 };
    struct logcursor back = forward;
    struct rows before = { 0 }, after = { 0 };
    int64_t room = (int64_t)source->limits.window_bytes;
    size_t most = query->after < SIZE_MAX ? query->after + 1 : query->after;
    bool ok;

    back.direction = -1;
    ok = find_anchor(source, query, &forward.place);
    back.place = forward.place;
    ok = ok && add_rows(&forward, &after, most, room / 2) &&
         add_rows(&back, &before, query->before, room - after.bytes) &&
         add_rows(&forward, &after, most, room - before.bytes) &&
         put_together(source, &back, &before, &after, window);
    window->at_start = !back.has_row;
    window->at_end = !forward.has_row;
    free(before.items);
    free(after.items);
    return ok;
}

static bool explain(const struct logsource *source, struct error *err)
{
    if (logsource_is_cancelled(source))
        return error_set(err, ERROR_CANCELLED, "was cancelled");
    if (source->read_errno)
        return error_set_errno(err, ERROR_IO, source->read_errno,
                               "cannot read '%s'", source->path);
    return error_set(err, ERROR_IO, "'%s' changed while it was read",
                     source->path);
}

bool logsource_window(struct logsource *source, const struct log_query *query,
                      struct log_window *window, struct error *err)
{
    struct logmatch filter;
    bool ok;

    clear(window);
    window->file_size = source->size;
    if (!source->size)
        return true;
    source->read_errno = 0;
    logmatch_init(&filter, &query->filter);
    ok = collect(source, query, &filter, window);
    logmatch_release(&filter);
    if (!ok) {
        clear(window);
        return explain(source, err);
    }
    return true;
}
