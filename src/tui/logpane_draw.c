/* The drawing half of the log pane: settles the place, then copies what is in
 * sight of each line to the canvas. */
#include "tui/logpane.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct place {
    size_t line; /* of the window */
    size_t row;  /* of the line */
};

static const char *line_bytes(const struct logpane *pane, size_t line)
{
    return pane->window.bytes.data + pane->window.lines[line].begin;
}

/* Printable ASCII only: the bytes are the columns. */
static bool is_plain(const char *bytes, size_t size)
{
    unsigned char bad = 0;

    for (size_t i = 0; i < size; i++)
        bad |= (unsigned char)(bytes[i] < 0x20) | (bytes[i] == 0x7f);
    return !bad;
}

static int prefix_columns(const struct logpane *pane)
{
    return pane->times == TIMES_NONE ? 0 : 9;
}

static int text_columns(const struct logpane *pane)
{
    int columns = pane->columns - prefix_columns(pane);

    return columns > 0 ? columns : 1;
}

/* ---- settling the place ----------------------------------------------- */

static size_t line_rows(struct logpane *pane, size_t line)
{
    const struct log_line *found = &pane->window.lines[line];
    size_t width = (size_t)text_columns(pane);

    if (!pane->wrap || found->size * 8 <= width)
        return 1;
    if (is_plain(line_bytes(pane, line), found->size))
        return found->size ? (found->size + width - 1) / width : 1;
    textline_assemble(&pane->scratch, line_bytes(pane, line), found->size);
    return textline_rows(&pane->scratch, (int)width);
}

/* Moves by rows as far as the window goes; gives what is left. */
static long move_place(struct logpane *pane, struct place *place, long by)
{
    while (by > 0) {
        size_t rows = line_rows(pane, place->line);

        if (place->row + (size_t)by < rows) {
            place->row += (size_t)by;
            return 0;
        }
        if (place->line + 1 >= pane->window.count) {
            by -= (long)(rows - 1 - place->row);
            place->row = rows - 1;
            return by;
        }
        by -= (long)(rows - place->row);
        place->line++;
        place->row = 0;
    }
    while (by < 0) {
        if (place->row >= (size_t)-by) {
            place->row -= (size_t)-by;
            return 0;
        }
        by += (long)place->row;
        place->row = 0;
        if (!place->line)
            return by;
        place->line--;
        place->row = line_rows(pane, place->line) - 1;
        by++;
    }
    return 0;
}

/* The place whose rows end with the last of the window. */
static struct place end_place(struct logpane *pane)
{
    struct place place = { .line = pane->window.count - 1 };

    place.row = line_rows(pane, place.line) - 1;
    move_place(pane, &place, -(long)(pane->rows - 1));
    return place;
}

static bool is_behind(struct place a, struct place b)
{
    return a.line > b.line || (a.line == b.line && a.row > b.row);
}

/* The line at the top: the last one that begins at or before it. */
static size_t top_line(const struct logpane *pane)
{
    size_t low = 0, high = pane->window.count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (pane->window.lines[middle].offset <= pane->top)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void apply_pending(struct logpane *pane, struct place *place)
{
    struct place end;
    long by = pane->pending, left = move_place(pane, place, by);

    pane->pending = 0;
    if (left && ((left < 0 && !pane->window.at_start) ||
                 (left > 0 && !pane->window.at_end))) {
        pane->pending = left;
        pane->wants_window = true;
    }
    if (!pane->window.at_end)
        return;
    end = end_place(pane);
    if (!is_behind(end, *place) && by >= 0) {
        *place = end;
        pane->pending = 0;
        if (by > 0)
            logpane_set_follow(pane, true);
    }
}

static bool runs_out(const struct logpane *pane, struct place place)
{
    size_t margin = (size_t)pane->rows * 2;

    return (place.line < margin && !pane->window.at_start) ||
           (place.line + margin >= pane->window.count && !pane->window.at_end);
}

static struct place settle(struct logpane *pane)
{
    struct place place = { 0 };

    if (pane->follow && pane->window.at_end) {
        place = end_place(pane);
    } else {
        place.line = top_line(pane);
        if (pane->window.lines[place.line].offset == pane->top)
            place.row = pane->top_row;
        if (place.row >= line_rows(pane, place.line))
            place.row = 0;
        if (pane->center && !pane->is_waiting) {
            move_place(pane, &place, -(long)(pane->rows / 3));
            pane->center = false;
        }
        apply_pending(pane, &place);
        if (runs_out(pane, place) && !pane->is_waiting)
            pane->wants_window = true;
    }
    pane->top = pane->window.lines[place.line].offset;
    pane->top_row = place.row;
    return place;
}

/* ---- one row ---------------------------------------------------------- */

static void draw_time(const struct logpane *pane, struct area row,
                      const struct log_line *line)
{
    struct style dim = { .role = ROLE_DIM };
    char text[CLOCK_TEXT_SIZE];

    if (pane->times == TIMES_NONE || !line->time_ms || line->is_continued)
        return;
    if (pane->times == TIMES_CLOCK) {
        area_text(row, 0, 0, dim, clock_format_local(line->time_ms, text));
    } else {
        long seconds = (long)((line->time_ms - pane->start_ms) / 1000);
        char *elapsed;

        seconds = seconds < 0 ? 0 : seconds;
        elapsed = seconds < 3600
                      ? mem_format("%5ld:%02ld", seconds / 60, seconds % 60)
                      : mem_format("%2ld:%02ld:%02ld", seconds / 3600,
                                   seconds / 60 % 60, seconds % 60);
        area_text(row, 0, 0, dim, elapsed);
        free(elapsed);
    }
}

static struct style line_style(const struct log_line *line)
{
    return (struct style){ .role = line->is_context ? ROLE_DIM : ROLE_TEXT };
}

/* Where `needle` is in `text`, from `from` on; case counts only when the
 * needle has an upper-case letter. */
static size_t find_text(const char *text, size_t size, size_t from,
                        const char *needle)
{
    size_t length = strlen(needle);
    bool exact = false;

    for (size_t i = 0; i < length; i++)
        exact = exact || isupper((unsigned char)needle[i]);
    for (size_t i = from; i + length <= size; i++) {
        size_t j = 0;

        while (j < length &&
               (text[i + j] == needle[j] ||
                (!exact && tolower((unsigned char)text[i + j]) == needle[j])))
            j++;
        if (j == length)
            return i;
    }
    return size;
}

/* Marks what the search found between the columns `begin` and `end`;
 * `columns` tells the column of each byte, NULL: its number. */
static void mark(const struct logpane *pane, struct area row, const char *text,
                 size_t size, const uint32_t *columns, size_t begin, size_t end)
{
    size_t length = pane->search ? strlen(pane->search) : 0;
    size_t at = 0, limit = size;

    if (!length)
        return;
    if (!columns) {
        at = begin > length ? begin - length : 0;
        limit = end + length < size ? end + length : size;
    }
    while ((at = find_text(text, limit, at, pane->search)) < limit) {
        size_t first = columns ? columns[at] : at;
        size_t last = columns ? columns[at + length - 1] : at + length - 1;

        at += length;
        if (last < begin || first >= end)
            continue;
        first = first < begin ? begin : first;
        last = last >= end ? end - 1 : last;
        area_mark(row, (int)(first - begin), 0, (int)(last - first + 1),
                  ATTRIBUTE_MATCHED);
    }
}

static void draw_plain(const struct logpane *pane, struct area row,
                       const struct log_line *line, const char *bytes,
                       size_t begin)
{
    size_t end = begin + (size_t)row.columns;
    struct style style = line_style(line);

    end = end < line->size ? end : line->size;
    for (size_t i = begin; i < end; i++)
        area_cluster(row, (int)(i - begin), 0, style, bytes + i, 1, 1);
    mark(pane, row, bytes, line->size, NULL, begin, end);
}

static void draw_cells(struct logpane *pane, struct area row,
                       const struct log_line *line, size_t begin)
{
    const struct textline *text = &pane->scratch;
    size_t end = begin + (size_t)row.columns;

    end = end < text->count ? end : text->count;
    for (size_t i = begin; i < end; i++) {
        const struct textcell *cell = &text->cells[i];
        struct style style = cell->style;

        if (line->is_context && style.role == ROLE_TEXT)
            style.role = ROLE_DIM;
        if (cell->width)
            area_cluster(row, (int)(i - begin), 0, style,
                         text->text.data + cell->begin, cell->size,
                         cell->width);
        else if (i == begin)
            area_cluster(row, 0, 0, style, " ", 1, 1);
    }
    if (pane->search) {
        struct strbuf plain = { 0 };
        uint32_t *columns = NULL;

        textline_plain(text, &plain, &columns);
        mark(pane, row, strbuf_text(&plain), plain.len, columns, begin, end);
        free(columns);
        strbuf_release(&plain);
    }
}

static void draw_cuts(struct area row, size_t begin, size_t count,
                      const struct icons *icons)
{
    struct style dim = { .role = ROLE_DIM };

    if (begin && count)
        area_text(row, 0, 0, dim, icons->cut_left);
    if (count > begin + (size_t)row.columns)
        area_text(row, row.columns - 1, 0, dim, icons->cut_right);
}

/* Draws row `number` of the line; the assembled line stays in `scratch` for
 * its next rows. */
static void draw_row(struct logpane *pane, struct area row, size_t index,
                     size_t number, const struct icons *icons)
{
    const struct log_line *line = &pane->window.lines[index];
    const char *bytes = line_bytes(pane, index);
    bool plain = is_plain(bytes, line->size);
    struct area text =
        area_part(row, prefix_columns(pane), 0, text_columns(pane), 1);
    size_t begin =
        pane->wrap ? number * (size_t)text_columns(pane) : pane->column;

    if (!number)
        draw_time(pane, row, line);
    if (plain) {
        if (begin <= line->size)
            draw_plain(pane, text, line, bytes, begin);
    } else {
        textline_assemble(&pane->scratch, bytes, line->size);
        if (pane->wrap)
            begin = textline_row_begin(&pane->scratch, text.columns, number);
        draw_cells(pane, text, line, begin);
    }
    if (!pane->wrap)
        draw_cuts(text, begin, plain ? line->size : pane->scratch.count, icons);
    if (line->is_continued && !number && (!pane->column || pane->wrap))
        area_text(text, 0, 0, (struct style){ .role = ROLE_DIM },
                  icons->continued);
}

/* ---- all of it -------------------------------------------------------- */

static void draw_nothing(const struct logpane *pane, struct area area)
{
    struct style dim = { .role = ROLE_DIM };
    struct style failed = { .role = ROLE_FAILED };

    if (pane->error.code == ERROR_NOT_FOUND && pane->is_growing) {
        area_text(area, 0, 0, dim, "no output yet");
    } else if (pane->error.code == ERROR_NOT_FOUND) {
        area_text(area, 0, 0, dim, "its log is not there (any more)");
    } else if (error_is_set(&pane->error)) {
        area_text(area, 0, 0, failed, pane->error.message);
        area_text(area, 0, 1, dim, pane->error.hint);
    } else if (!pane->path) {
        area_text(area, 0, 0, dim, pane->empty_text ? pane->empty_text : "");
    } else if (pane->filter && pane->stats.size) {
        area_text(area, 0, 0, dim,
                  pane->is_waiting ? "looking ..."
                                   : "no line passes the filter; & with an "
                                     "empty line shows all");
    } else if (!pane->is_waiting) {
        area_text(area, 0, 0, dim,
                  pane->is_growing ? "no output yet" : "no output");
    }
}

void logpane_draw(struct logpane *pane, struct area area,
                  const struct icons *icons)
{
    struct place place;

    pane->rows = area.rows;
    pane->columns = area.columns;
    if (area.rows < 1 || area.columns < 1)
        return;
    if (!pane->window.count) {
        pane->pending = 0;
        draw_nothing(pane, area);
        return;
    }
    place = settle(pane);
    for (int row = 0; row < area.rows && place.line < pane->window.count;
         row++) {
        size_t rows = line_rows(pane, place.line);

        draw_row(pane, area_part(area, 0, row, area.columns, 1), place.line,
                 place.row, icons);
        if (pane->window.lines[place.line].offset == pane->hit)
            area_mark(area, 0, row, -1, ATTRIBUTE_SELECTED);
        if (++place.row >= rows) {
            place.line++;
            place.row = 0;
        }
    }
}

void logpane_text(const struct logpane *pane, struct strbuf *out)
{
    struct textline text = { 0 };
    size_t line = pane->window.count ? top_line(pane) : 0;

    for (int row = 0; row < pane->rows && line < pane->window.count;
         row++, line++) {
        textline_assemble(&text, line_bytes(pane, line),
                          pane->window.lines[line].size);
        textline_plain(&text, out, NULL);
        strbuf_addc(out, '\n');
    }
    textline_release(&text);
}
