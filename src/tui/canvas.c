#include "tui/canvas.h"

#include "base/cluster.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- the canvas ------------------------------------------------------- */

static int clamp(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

static size_t cell_count(const struct canvas *canvas)
{
    return (size_t)canvas->columns * (size_t)canvas->rows;
}

static void set_size(struct canvas *canvas, int columns, int rows)
{
    size_t count = (size_t)columns * (size_t)rows;

    if (count > canvas->capacity) {
        canvas->cells =
            mem_resize(canvas->cells, count, sizeof(*canvas->cells));
        canvas->capacity = count;
    }
    canvas->columns = columns;
    canvas->rows = rows;
}

void canvas_resize(struct canvas *canvas, int columns, int rows)
{
    set_size(canvas, clamp(columns, 1, CANVAS_MOST_COLUMNS),
             clamp(rows, 1, CANVAS_MOST_ROWS));
    canvas_erase(canvas);
}

void canvas_release(struct canvas *canvas)
{
    free(canvas->cells);
    *canvas = (struct canvas){ 0 };
}

void canvas_erase(struct canvas *canvas)
{
    static const struct cell blank = { .width = 1 };
    size_t count = cell_count(canvas);

    for (size_t i = 0; i < count; i++)
        canvas->cells[i] = blank;
    canvas->has_cursor = false;
    canvas->cursor_column = canvas->cursor_row = 0;
}

static struct cell *row_cells(const struct canvas *canvas, int row)
{
    return canvas->cells + (ptrdiff_t)row * canvas->columns;
}

struct cell *canvas_cell(const struct canvas *canvas, int column, int row)
{
    if (column < 0 || row < 0 || column >= canvas->columns ||
        row >= canvas->rows)
        return NULL;
    return row_cells(canvas, row) + column;
}

void canvas_copy(struct canvas *to, const struct canvas *from)
{
    set_size(to, from->columns, from->rows);
    if (cell_count(from))
        memcpy(to->cells, from->cells, cell_count(from) * sizeof(*to->cells));
    to->has_cursor = from->has_cursor;
    to->cursor_column = from->cursor_column;
    to->cursor_row = from->cursor_row;
}

/* ---- areas ------------------------------------------------------------ */

struct area canvas_area(struct canvas *canvas)
{
    return (struct area){ canvas, 0, 0, canvas->columns, canvas->rows };
}

/* Clips the stretch of `length` at `begin` to 0 ... `limit`. */
static void clip(int *begin, int *length, int limit)
{
    int64_t end = (int64_t)*begin + *length;

    *begin = clamp(*begin, 0, limit);
    *length = end > *begin ? (int)(end < limit ? end : limit) - *begin : 0;
}

struct area area_part(struct area area, int column, int row, int columns,
                      int rows)
{
    clip(&column, &columns, area.columns);
    clip(&row, &rows, area.rows);
    return (struct area){ area.canvas, area.column + column, area.row + row,
                          columns, rows };
}

struct area area_inset(struct area area, int border)
{
    return area_part(area, border, border, area.columns - 2 * border,
                     area.rows - 2 * border);
}

/* ---- cells ------------------------------------------------------------ */

static void make_blank(struct cell *cell)
{
    memset(cell->text, 0, sizeof(cell->text));
    cell->width = 1;
}

/* Something is about to begin, or to end, before `column`: a wide character
 * that stands on both sides of it falls apart into two spaces. */
static void part_wide(struct canvas *canvas, int column, int row)
{
    struct cell *right = canvas_cell(canvas, column, row);

    if (!right || right->width || !column)
        return;
    make_blank(right - 1);
    make_blank(right);
}

/* How much of a cluster a cell can hold: whole code points, and no joiner that
 * has lost what it joins. */
static size_t stored_size(const char *bytes, size_t size)
{
    if (size < CELL_TEXT_SIZE)
        return size;
    size = CELL_TEXT_SIZE - 1;
    while (size && (bytes[size] & 0xC0) == 0x80)
        size--;
    if (size >= 3 && memcmp(bytes + size - 3, "\xE2\x80\x8D", 3) == 0)
        size -= 3;
    return size;
}

static bool is_blank(const char *bytes, size_t size)
{
    const unsigned char *b = (const unsigned char *)bytes;

    return !size || b[0] <= ' ' || b[0] == 0x7f ||
           (size > 1 && b[0] == 0xC2 && b[1] < 0xA0);
}

/* Cells of the canvas, all of them inside. */
static void put(struct canvas *canvas, int column, int row, struct style style,
                const char *bytes, size_t size, int width)
{
    struct cell *cell = row_cells(canvas, row) + column;

    part_wide(canvas, column, row);
    part_wide(canvas, column + width, row);
    for (int i = 0; i < width; i++) {
        make_blank(cell + i);
        cell[i].style = style;
    }
    if (is_blank(bytes, size))
        return;
    memcpy(cell->text, bytes, stored_size(bytes, size));
    cell->width = (uint8_t)width;
    if (width > 1)
        cell[1].width = 0;
}

void area_cluster(struct area area, int column, int row, struct style style,
                  const char *bytes, size_t size, int width)
{
    if (row < 0 || row >= area.rows)
        return;
    width = width > 2 ? 2 : width;
    if (column >= 0 && column <= area.columns - width) {
        if (width > 0)
            put(area.canvas, area.column + column, area.row + row, style, bytes,
                size, width);
        return;
    }
    /* Of a wide one cut by an edge the inner half is inside. */
    if (width == 2 && column == -1 && area.columns)
        put(area.canvas, area.column, area.row + row, style, "", 0, 1);
    else if (width == 2 && column >= 0 && column == area.columns - 1)
        put(area.canvas, area.column + column, area.row + row, style, "", 0, 1);
}

/* ---- text ------------------------------------------------------------- */

/* Whether the text needs no sanitising. Errs on the safe side: of what begins
 * as characters to be dropped do, nothing passes. */
static bool is_clean(const char *text, size_t size)
{
    const unsigned char *b = (const unsigned char *)text;

    for (size_t i = 0, length; i < size; i += length) {
        if (b[i] < 0x20 || b[i] == 0x7f || b[i] == 0xC2 || b[i] == 0xD8 ||
            b[i] == 0xEF)
            return false;
        length = b[i] < 0x80 ? 1 : utf8_sequence(text + i, size - i);
        if (!length || (b[i] == 0xE2 && b[i + 1] < 0x82))
            return false;
    }
    return true;
}

/* The text as it may be drawn; `room` is used only for one that must change. */
static const char *clean_text(const char *text, size_t *size,
                              struct strbuf *room)
{
    *size = strlen(text);
    if (is_clean(text, *size))
        return text;
    utf8_sanitise(text, *size, false, room);
    *size = room->len;
    return strbuf_text(room);
}

static int draw_text(struct area area, int column, int row, struct style style,
                     const char *text, size_t size)
{
    int at = column;

    while (size && at < area.columns) {
        struct cluster cluster = cluster_next(text, size);

        area_cluster(area, at, row, style, text, cluster.size, cluster.width);
        at += cluster.width;
        text += cluster.size;
        size -= cluster.size;
    }
    return column < area.columns && at > area.columns ? area.columns - column
                                                      : at - column;
}

int area_text(struct area area, int column, int row, struct style style,
              const char *text)
{
    struct strbuf room = { 0 };
    size_t size;
    int columns;

    text = clean_text(text, &size, &room);
    columns = draw_text(area, column, row, style, text, size);
    strbuf_release(&room);
    return columns;
}

int area_fit(struct area area, int column, int row, int columns,
             struct style style, const char *text, const char *ellipsis)
{
    struct strbuf room = { 0 };
    size_t size, part;
    int used, mark;

    if ((int64_t)column + columns > area.columns)
        columns = column < area.columns ? area.columns - column : 0;
    if (columns <= 0)
        return 0;
    text = clean_text(text, &size, &room);
    part = cluster_fit(text, size, columns, &used);
    if (part < size) {
        size_t mark_size =
            cluster_fit(ellipsis, strlen(ellipsis), columns, &mark);

        part = cluster_fit(text, size, columns - mark, &used);
        draw_text(area, column + used, row, style, ellipsis, mark_size);
        used += mark;
    }
    draw_text(area, column, row, style, text, part);
    strbuf_release(&room);
    return used;
}

/* ---- looks ------------------------------------------------------------ */

void area_fill(struct area area, struct style style, const char *cluster)
{
    struct cluster one = { 0, 1 };

    if (cluster && *cluster)
        one = cluster_next(cluster, strlen(cluster));
    if (!one.width)
        one = (struct cluster){ 0, 1 };
    for (int row = 0; row < area.rows; row++) {
        for (int column = 0; column < area.columns; column += one.width)
            area_cluster(area, column, row, style, cluster, one.size,
                         one.width);
    }
}

void area_mark(struct area area, int column, int row, int columns,
               uint8_t attributes)
{
    struct cell *cells;

    if (row < 0 || row >= area.rows)
        return;
    if (columns < 0)
        columns = INT_MAX;
    clip(&column, &columns, area.columns);
    if (!columns)
        return;
    cells = row_cells(area.canvas, area.row + row) + area.column;
    for (int i = column; i < column + columns; i++)
        cells[i].style.attributes |= attributes;
    /* Both halves of a wide character look the same. */
    if (!cells[column].width && area.column + column)
        cells[column - 1].style.attributes |= attributes;
    column += columns - 1;
    if (cells[column].width == 2)
        cells[column + 1].style.attributes |= attributes;
}

void area_cursor(struct area area, int column, int row)
{
    if (column < 0 || row < 0 || column >= area.columns || row >= area.rows)
        return;
    area.canvas->has_cursor = true;
    area.canvas->cursor_column = area.column + column;
    area.canvas->cursor_row = area.row + row;
}

/* ---- for tests -------------------------------------------------------- */

/* Ends a row that began at `begin`, without the `filler` at its end. */
static void end_row(struct strbuf *out, size_t begin, char filler)
{
    size_t size = out->len;

    while (size > begin && out->data[size - 1] == filler)
        size--;
    strbuf_truncate(out, size);
    strbuf_addc(out, '\n');
}

void canvas_text(const struct canvas *canvas, struct strbuf *out)
{
    for (int row = 0; row < canvas->rows; row++) {
        size_t begin = out->len;

        for (int column = 0; column < canvas->columns; column++) {
            const struct cell *cell = row_cells(canvas, row) + column;

            if (cell->width)
                strbuf_adds(out, cell->text[0] ? cell->text : " ");
        }
        end_row(out, begin, ' ');
    }
}

static char style_letter(const struct style *style)
{
    static const char letters[] = {
        [ROLE_TEXT] = '.',      [ROLE_OK] = 'o',      [ROLE_FAILED] = 'F',
        [ROLE_WARNING] = 'w',   [ROLE_RUNNING] = 'r', [ROLE_WAITING] = '-',
        [ROLE_SKIPPED] = 's',   [ROLE_DIM] = 'd',     [ROLE_ACCENT] = 'a',
        [ROLE_SELECTION] = 'S', [ROLE_BORDER] = 'b',  [ROLE_FOCUS] = 'f',
        [ROLE_TITLE] = 't',     [ROLE_MATCH] = 'm',
    };
    bool selected = style->attributes & ATTRIBUTE_SELECTED;
    bool matched = style->attributes & ATTRIBUTE_MATCHED;

    if (selected || matched)
        return !matched ? '#' : selected ? '@' : '*';
    if (style->role == ROLE_TEXT && (style->foreground || style->background))
        return 'c';
    return style->role < ROLE_COUNT ? letters[style->role] : '?';
}

void canvas_styles(const struct canvas *canvas, struct strbuf *out)
{
    for (int row = 0; row < canvas->rows; row++) {
        size_t begin = out->len;

        for (int column = 0; column < canvas->columns; column++)
            strbuf_addc(out,
                        style_letter(&row_cells(canvas, row)[column].style));
        end_row(out, begin, '.');
    }
}
