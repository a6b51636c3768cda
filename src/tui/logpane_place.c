/* The place half of the log pane: how many rows lines take, and which row is
 * the first to draw. */
#include "tui/logpane_private.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A part of a line is assembled with so many bytes for a column at first. */
enum { TIME_COLUMNS = 9, PART_BYTES = 4 };

int logpane_time_columns(const struct logpane *pane)
{
    /* The text comes first. */
    if (pane->times == TIMES_NONE || pane->columns < 2 * TIME_COLUMNS)
        return 0;
    return TIME_COLUMNS;
}

int logpane_text_columns(const struct logpane *pane)
{
    int columns = pane->columns - logpane_time_columns(pane);

    return columns > 0 ? columns : 1;
}

/* ---- the shapes of lines ---------------------------------------------- */

const char *logpane_bytes(const struct logpane *pane, size_t line)
{
    return pane->window.bytes.data + pane->window.lines[line].begin;
}

void logpane_forget_shapes(struct logpane *pane)
{
    if (pane->window.count > pane->shapes_capacity) {
        pane->shapes_capacity = pane->window.count;
        pane->shapes = mem_resize(pane->shapes, pane->shapes_capacity,
                                  sizeof(*pane->shapes));
    }
    for (size_t i = 0; i < pane->window.count; i++)
        pane->shapes[i] = (struct log_shape){ 0 };
    pane->scratch_line = 0;
}

/* No branches, so that it becomes vector code. */
static bool is_plain(const char *bytes, size_t size)
{
    unsigned char bad = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)bytes[i];

        bad |= (unsigned char)((byte < 0x20) | (byte >= 0x7f));
    }
    return !bad;
}

/* Nothing in it goes back: what is on its left does not depend on its right. A
 * carriage return before the newline goes back for nothing. */
static bool is_straight(const char *bytes, size_t size)
{
    unsigned char bad = 0;

    if (size && bytes[size - 1] == '\r')
        size--;
    for (size_t i = 0; i < size; i++)
        bad |= (unsigned char)((bytes[i] == '\r') | (bytes[i] == '\b') |
                               (bytes[i] == '\x1b'));
    return !bad;
}

static const struct log_shape *look_at(struct logpane *pane, size_t line)
{
    struct log_shape *shape = &pane->shapes[line];
    const char *bytes = logpane_bytes(pane, line);
    size_t size = pane->window.lines[line].size;

    if (!shape->is_looked_at) {
        shape->is_looked_at = true;
        shape->is_plain = is_plain(bytes, size);
        shape->is_straight = shape->is_plain || is_straight(bytes, size);
    }
    return shape;
}

bool logpane_is_plain(struct logpane *pane, size_t line)
{
    return look_at(pane, line)->is_plain;
}

/* At least the first `columns`. Where the bytes are cut a cluster may be, and
 * a tab or blanks may be dropped. */
static const struct textline *assemble(struct logpane *pane, size_t line,
                                       size_t columns)
{
    size_t size = pane->window.lines[line].size, part = size;

    if (pane->scratch_line == line + 1 && pane->scratch_columns >= columns)
        return &pane->scratch;
    if (columns < size / PART_BYTES && look_at(pane, line)->is_straight)
        part = columns * PART_BYTES;
    for (;; part = part < size / 2 ? part * 2 : size) {
        textline_assemble(&pane->scratch, logpane_bytes(pane, line), part);
        if (part == size || pane->scratch.count > columns + 2)
            break;
    }
    pane->scratch_line = line + 1;
    pane->scratch_columns = part < size ? columns : SIZE_MAX;
    return &pane->scratch;
}

const struct textline *logpane_assemble_all(struct logpane *pane, size_t line)
{
    return assemble(pane, line, SIZE_MAX);
}

const struct textline *logpane_assemble(struct logpane *pane, size_t line)
{
    size_t length = pane->search ? strlen(pane->search) : 0;

    if (pane->wrap)
        return logpane_assemble_all(pane, line);
    return assemble(pane, line,
                    pane->column + (size_t)pane->columns + 2 * length + 1);
}

size_t logpane_line_columns(struct logpane *pane, size_t line)
{
    if (logpane_is_plain(pane, line))
        return pane->window.lines[line].size;
    return logpane_assemble(pane, line)->count;
}

static size_t count_rows(struct logpane *pane, size_t line)
{
    size_t size = pane->window.lines[line].size;
    size_t width = (size_t)logpane_text_columns(pane);

    if (logpane_is_plain(pane, line))
        return size ? (size - 1) / width + 1 : 1;
    return textline_rows(logpane_assemble(pane, line), (int)width);
}

size_t logpane_line_rows(struct logpane *pane, size_t line)
{
    int width = logpane_text_columns(pane);

    if (!pane->wrap)
        return 1;
    if (pane->shapes_width != width) {
        for (size_t i = 0; i < pane->window.count; i++)
            pane->shapes[i].rows = 0;
        pane->shapes_width = width;
    }
    if (!pane->shapes[line].rows)
        pane->shapes[line].rows = count_rows(pane, line);
    return pane->shapes[line].rows;
}

size_t logpane_row_begin(struct logpane *pane, struct logpane_row place)
{
    int width = logpane_text_columns(pane);

    if (!pane->wrap)
        return pane->column;
    if (!place.row || logpane_is_plain(pane, place.line))
        return place.row * (size_t)width;
    return textline_row_begin(logpane_assemble(pane, place.line), width,
                              place.row);
}

/* The row of the line in which the column is, or its last one. */
static size_t row_of(struct logpane *pane, size_t line, size_t column)
{
    size_t low = 0, high;

    if (!pane->wrap || !column)
        return 0;
    high = logpane_line_rows(pane, line);
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (logpane_row_begin(pane, (struct logpane_row){ line, middle }) <=
            column)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* ---- rows of the window ----------------------------------------------- */

/* Moves by rows as far as the window goes; gives what is left. */
static long move_place(struct logpane *pane, struct logpane_row *place, long by)
{
    while (by > 0) {
        size_t below = logpane_line_rows(pane, place->line) - 1 - place->row;

        if ((size_t)by <= below) {
            place->row += (size_t)by;
            return 0;
        }
        if (place->line + 1 >= pane->window.count) {
            place->row += below;
            return by - (long)below;
        }
        by -= (long)below + 1;
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
        place->row = logpane_line_rows(pane, place->line) - 1;
        by++;
    }
    return 0;
}

/* The rows from the place to the end of the window, at most `most`: no more
 * lines are looked at than it takes. */
static long rows_from(struct logpane *pane, struct logpane_row place, long most)
{
    long rows = -(long)place.row;

    for (size_t i = place.line; i < pane->window.count && rows < most; i++)
        rows += (long)logpane_line_rows(pane, i);
    return rows < most ? rows : most;
}

/* The place whose rows end with the last of the window. */
static struct logpane_row end_place(struct logpane *pane)
{
    struct logpane_row place = { .line = pane->window.count - 1 };

    place.row = logpane_line_rows(pane, place.line) - 1;
    move_place(pane, &place, -(long)(pane->rows - 1));
    return place;
}

static bool holds(const struct log_line *line, int64_t offset)
{
    return line->offset + (int64_t)line->size >= offset;
}

/* The line that holds the offset, else the next one behind it, else the last.
 */
static size_t line_at(const struct log_window *window, int64_t offset)
{
    size_t low = 0, high = window->count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (window->lines[middle].offset <= offset)
            low = middle;
        else
            high = middle;
    }
    if (!holds(&window->lines[low], offset) && low + 1 < window->count)
        low++;
    return low;
}

static struct logpane_row find_spot(struct logpane *pane, struct logspot spot)
{
    struct logpane_row place = { .line = line_at(&pane->window, spot.offset) };

    if (pane->window.lines[place.line].offset == spot.offset)
        place.row = row_of(pane, place.line, spot.column);
    return place;
}

bool logpane_is_in_sight(struct logpane *pane, int64_t offset)
{
    struct logpane_row place;
    size_t line;
    long rows;

    if (!pane->is_shown || !pane->window.count)
        return false;
    place = find_spot(pane, pane->shown);
    line = line_at(&pane->window, offset);
    if (pane->window.lines[line].offset != offset || line < place.line)
        return false;
    rows = -(long)place.row;
    for (size_t i = place.line; i < line && rows < pane->rows; i++)
        rows += (long)logpane_line_rows(pane, i);
    return rows < pane->rows;
}

static struct logspot spot_of(struct logpane *pane, struct logpane_row place)
{
    struct logspot spot = { .offset = pane->window.lines[place.line].offset };

    if (pane->wrap)
        spot.column = logpane_row_begin(pane, place);
    return spot;
}

/* ---- settling --------------------------------------------------------- */

/* The window was made for this place: there is no better one. */
static bool is_made_for_place(const struct logpane *pane)
{
    return pane->window_place == pane->top.offset;
}

/* Whether the place is in the window. */
static bool is_covered(const struct logpane *pane)
{
    const struct log_window *window = &pane->window;
    const struct log_line *last = &window->lines[window->count - 1];
    int64_t top = pane->top.offset;

    if (pane->follow)
        return window->at_end;
    if (pane->wanted_line)
        return false;
    return is_made_for_place(pane) ||
           ((window->at_start || window->lines[0].offset <= top) &&
            (window->at_end || holds(last, top)));
}

static void ask_for_more(struct logpane *pane)
{
    if (!pane->is_waiting)
        pane->wants_window = true;
}

/* Rows are not left empty while there are lines above. */
static struct logpane_row fill(struct logpane *pane, struct logpane_row place)
{
    if (rows_from(pane, place, pane->rows) < pane->rows &&
        (pane->window.at_end || !is_made_for_place(pane)))
        return end_place(pane);
    return place;
}

/* The match that was jumped to may be far inside of its line. */
static void show_match(struct logpane *pane, struct logpane_row *place)
{
    size_t width = (size_t)logpane_text_columns(pane), column = 0;
    size_t end;

    pane->shows_match = false;
    if (pane->find_kind != LOG_MATCH_TEXT ||
        pane->window.lines[place->line].offset != pane->hit ||
        !logpane_match_column(pane, place->line, &column))
        return;
    /* With the signs of what is cut on both sides. */
    end = column + strlen(pane->search) + 1;
    if (pane->wrap)
        place->row = row_of(pane, place->line, column);
    else if (end <= width)
        pane->column = 0;
    else if (column <= pane->column || end > pane->column + width)
        pane->column = column - (column < width / 3 ? column : width / 3);
}

static void move_up(struct logpane *pane, struct logpane_row *place)
{
    long left = move_place(pane, place, pane->pending);

    pane->pending = pane->window.at_start ? 0 : left;
}

/* Not so far that rows would be empty, unless the window, whose lines are very
 * long, cannot fill them. At the end it is followed. */
static void move_down(struct logpane *pane, struct logpane_row *place)
{
    long there = rows_from(pane, *place, pane->pending + pane->rows);
    long by = there - pane->rows;

    if (by > pane->pending)
        by = pane->pending;
    if (by <= 0 && !pane->window.at_end && is_made_for_place(pane))
        by = there - 1 < pane->pending ? there - 1 : pane->pending;
    if (by < 0)
        by = 0;
    move_place(pane, place, by);
    pane->pending -= by;
    if (pane->window.at_end &&
        rows_from(pane, *place, pane->rows + 1) <= pane->rows) {
        pane->follow = pane->wants_window = true;
        pane->pending = 0;
    } else if (!by && is_made_for_place(pane)) {
        pane->pending = 0;
    }
}

static void apply_pending(struct logpane *pane, struct logpane_row *place)
{
    if (pane->pending < 0)
        move_up(pane, place);
    else
        move_down(pane, place);
    pane->top = spot_of(pane, *place);
    if (pane->pending)
        ask_for_more(pane);
}

static bool runs_out(const struct logpane *pane, struct logpane_row place)
{
    size_t margin = (size_t)pane->rows * 2;

    if (is_made_for_place(pane))
        return false;
    return (place.line < margin && !pane->window.at_start) ||
           (place.line + margin >= pane->window.count && !pane->window.at_end);
}

static struct logpane_row settle_frozen(struct logpane *pane,
                                        struct logpane_row place)
{
    if (pane->center) {
        if (pane->shows_match)
            show_match(pane, &place);
        move_place(pane, &place, -(long)(pane->rows / 3));
        pane->top = spot_of(pane, place);
        pane->center = false;
    }
    place = fill(pane, place);
    if (pane->pending)
        apply_pending(pane, &place);
    if (runs_out(pane, place))
        ask_for_more(pane);
    return place;
}

static struct logpane_row settle(struct logpane *pane)
{
    if (!pane->follow)
        return settle_frozen(pane, find_spot(pane, pane->top));
    if (pane->pending >= 0) {
        pane->pending = 0;
        return end_place(pane);
    }
    /* Moved up before the end was in sight. */
    pane->shown = spot_of(pane, end_place(pane));
    pane->is_shown = true;
    logpane_freeze(pane);
    logpane_ask_anew(pane);
    return settle_frozen(pane, find_spot(pane, pane->top));
}

struct logpane_row logpane_settle(struct logpane *pane)
{
    struct logpane_row place;

    pane->is_settled = is_covered(pane);
    if (pane->is_settled) {
        place = settle(pane);
    } else {
        ask_for_more(pane);
        place = fill(pane, find_spot(pane, pane->shown));
    }
    pane->shown = spot_of(pane, place);
    pane->is_shown = true;
    return place;
}
