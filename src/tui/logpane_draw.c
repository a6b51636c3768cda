/* The drawing half of the log pane: copies what is in sight of each line to the
 * canvas. */
#include "tui/logpane_private.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- one row ---------------------------------------------------------- */

static void draw_time(const struct logpane *pane, struct area row,
                      const struct log_line *line)
{
    struct style dim = { .role = ROLE_DIM };
    char text[CLOCK_TEXT_SIZE];

    if (!logpane_time_columns(pane) || !line->time_ms || line->is_continued)
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

static void draw_plain(const struct logpane *pane, struct area row,
                       size_t index, size_t begin)
{
    const struct log_line *line = &pane->window.lines[index];
    const char *bytes = logpane_bytes(pane, index);
    size_t end = begin + (size_t)row.columns;
    struct style style = line_style(line);

    end = end < line->size ? end : line->size;
    for (size_t i = begin; i < end; i++)
        area_cluster(row, (int)(i - begin), 0, style, bytes + i, 1, 1);
}

static void draw_cells(struct logpane *pane, struct area row, size_t index,
                       size_t begin, size_t end)
{
    const struct log_line *line = &pane->window.lines[index];
    const struct textline *text = logpane_assemble(pane, index);

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

/* A wide cluster that does not fit goes to the next row. */
static size_t row_end(struct logpane *pane, struct logpane_row place,
                      struct area text, size_t begin)
{
    if (!pane->wrap || logpane_is_plain(pane, place.line))
        return begin + (size_t)text.columns;
    place.row++;
    return logpane_row_begin(pane, place);
}

static void draw_row(struct logpane *pane, struct area row,
                     struct logpane_row place, const struct icons *icons)
{
    const struct log_line *line = &pane->window.lines[place.line];
    struct area text = area_part(row, logpane_time_columns(pane), 0,
                                 logpane_text_columns(pane), 1);
    size_t begin = logpane_row_begin(pane, place);

    if (!place.row)
        draw_time(pane, row, line);
    if (logpane_is_plain(pane, place.line))
        draw_plain(pane, text, place.line, begin);
    else
        draw_cells(pane, text, place.line, begin,
                   row_end(pane, place, text, begin));
    logpane_mark(pane, text, place.line, begin);
    if (pane->wrap)
        return;
    draw_cuts(text, begin, logpane_line_columns(pane, place.line), icons);
    if (line->is_continued && !begin)
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

/* Draws from the place on; gives the row behind the last one drawn. */
static struct logpane_row draw_rows(struct logpane *pane, struct area area,
                                    struct logpane_row place,
                                    const struct icons *icons)
{
    for (int row = 0; row < area.rows && place.line < pane->window.count;
         row++) {
        size_t rows = logpane_line_rows(pane, place.line);
        size_t columns;

        draw_row(pane, area_part(area, 0, row, area.columns, 1), place, icons);
        if (pane->window.lines[place.line].offset == pane->hit)
            area_mark(area, 0, row, -1, ATTRIBUTE_SELECTED);
        columns = pane->wrap ? 0 : logpane_line_columns(pane, place.line);
        if (columns > pane->widest)
            pane->widest = columns;
        if (++place.row >= rows) {
            place.line++;
            place.row = 0;
        }
    }
    return place;
}

static void note_sight(struct logpane *pane, struct logpane_row first,
                       struct logpane_row behind)
{
    const struct log_line *lines = pane->window.lines;
    size_t last = behind.row ? behind.line : behind.line - 1;

    pane->sight_begin = lines[first.line].offset;
    pane->sight_end = lines[last].offset;
    pane->shows_end = pane->window.at_end && behind.line == pane->window.count;
    if (pane->shows_end && pane->stats.counted >= pane->stats.size) {
        pane->seen_size = pane->stats.size;
        pane->seen_lines = pane->stats.lines;
    }
}

/* Jumps begin at the last hit only while it is in sight. */
static void leave_hit(struct logpane *pane)
{
    if (!pane->was_moved || !pane->is_settled || pane->pending)
        return;
    pane->was_moved = false;
    if (pane->hit < pane->sight_begin || pane->hit > pane->sight_end)
        logpane_forget_hit(pane);
}

void logpane_draw(struct logpane *pane, struct area area,
                  const struct icons *icons)
{
    struct logpane_row first, behind;

    pane->rows = area.rows;
    pane->columns = area.columns;
    pane->widest = 0;
    if (area.rows < 1 || area.columns < 1)
        return;
    if (!pane->window.count) {
        if (!pane->is_waiting && !pane->wants_window)
            pane->pending = 0;
        pane->shows_end = pane->is_shown = pane->is_settled = false;
        draw_nothing(pane, area);
        return;
    }
    first = logpane_settle(pane);
    behind = draw_rows(pane, area, first, icons);
    note_sight(pane, first, behind);
    leave_hit(pane);
}

void logpane_text(const struct logpane *pane, struct strbuf *out)
{
    const struct log_window *window = &pane->window;
    struct textline text = { 0 };
    bool is_first = true;

    for (size_t i = 0; pane->is_shown && i < window->count; i++) {
        const struct log_line *line = &window->lines[i];

        if (line->offset < pane->sight_begin || line->offset > pane->sight_end)
            continue;
        if (!is_first && !line->is_continued)
            strbuf_addc(out, '\n');
        textline_assemble(&text, logpane_bytes(pane, i), line->size);
        textline_plain(&text, out, NULL);
        is_first = false;
    }
    if (!is_first)
        strbuf_addc(out, '\n');
    textline_release(&text);
}
