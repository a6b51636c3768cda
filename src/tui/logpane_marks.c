/* Where in a line of the log pane the text that is searched stands. */
#include "tui/logpane_private.h"

#include <stdlib.h>
#include <string.h>

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

/* Case counts only when the needle has an upper-case letter (logmatch.h). */
static bool is_exact(const char *needle)
{
    for (; *needle; needle++) {
        if (*needle >= 'A' && *needle <= 'Z')
            return true;
    }
    return false;
}

/* Where the needle is in the text, from `from` on; `size` for nowhere. */
static size_t find_text(const char *text, size_t size, size_t from,
                        const char *needle)
{
    size_t length = strlen(needle);
    bool exact = is_exact(needle);

    for (size_t i = from; i + length <= size; i++) {
        size_t j = 0;

        while (j < length && (text[i + j] == needle[j] ||
                              (!exact && lower(text[i + j]) == needle[j])))
            j++;
        if (j == length)
            return i;
    }
    return size;
}

/* Columns `first` up to `end`, of which those from `begin` on are in the row.
 */
static void mark_columns(struct area row, size_t begin, size_t first,
                         size_t end)
{
    size_t limit = begin + (size_t)row.columns;

    if (first < begin)
        first = begin;
    if (end > limit)
        end = limit;
    if (first < end)
        area_mark(row, (int)(first - begin), 0, (int)(end - first),
                  ATTRIBUTE_MATCHED);
}

static void mark_plain(const struct logpane *pane, struct area row, size_t line,
                       size_t begin)
{
    const char *bytes = logpane_bytes(pane, line);
    size_t length = strlen(pane->search), size = pane->window.lines[line].size;
    size_t end = begin + (size_t)row.columns + length;
    size_t at = begin > length ? begin - length : 0;

    if (end > size)
        end = size;
    for (; (at = find_text(bytes, end, at, pane->search)) < end; at++)
        mark_columns(row, begin, at, at + length);
}

/* The part of an assembled line that a match in the row can reach: a column
 * may have no byte, but never two in a row. */
static struct textline near_row(const struct textline *text, size_t begin,
                                size_t columns, size_t length, size_t *from)
{
    struct textline part = *text;
    size_t end = begin + columns + 2 * length;

    *from = begin > 2 * length ? begin - 2 * length : 0;
    if (*from > text->count)
        *from = text->count;
    if (end > text->count)
        end = text->count;
    part.cells += *from;
    part.count = end - *from;
    return part;
}

static void mark_cells(struct logpane *pane, struct area row, size_t line,
                       size_t begin)
{
    size_t length = strlen(pane->search), from, at = 0;
    struct textline part = near_row(logpane_assemble(pane, line), begin,
                                    (size_t)row.columns, length, &from);
    struct strbuf plain = { 0 };
    uint32_t *columns = NULL;

    if (!part.count)
        return;
    textline_plain(&part, &plain, &columns);
    for (;
         (at = find_text(plain.data, plain.len, at, pane->search)) < plain.len;
         at++) {
        size_t last = columns[at + length - 1];
        size_t width = part.cells[last].width;

        mark_columns(row, begin, from + columns[at], from + last + width);
    }
    free(columns);
    strbuf_release(&plain);
}

void logpane_mark(struct logpane *pane, struct area row, size_t line,
                  size_t begin)
{
    if (!pane->search)
        return;
    if (logpane_is_plain(pane, line))
        mark_plain(pane, row, line, begin);
    else
        mark_cells(pane, row, line, begin);
}

bool logpane_match_column(struct logpane *pane, size_t line, size_t *column)
{
    size_t size = pane->window.lines[line].size;
    struct strbuf plain = { 0 };
    uint32_t *columns = NULL;
    bool found;

    if (!pane->search)
        return false;
    if (logpane_is_plain(pane, line)) {
        *column = find_text(logpane_bytes(pane, line), size, 0, pane->search);
        return *column < size;
    }
    textline_plain(logpane_assemble_all(pane, line), &plain, &columns);
    size = find_text(strbuf_text(&plain), plain.len, 0, pane->search);
    found = size < plain.len;
    *column = found ? columns[size] : 0;
    free(columns);
    strbuf_release(&plain);
    return found;
}
