#include "tui/textline.h"

#include "base/cluster.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "tui/sgr.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"

enum { TAB_COLUMNS = 8 };

/*
 * DESIGN. What stays linear, whatever the bytes say:
 * - The text only grows; what was overwritten stays in it, unused.
 * - A cell is made only by a byte that was written or, up to eight, by a tab.
 * - Erasing to the end forgets the cells. Erasing from the start blanks only
 *   those that may not be blank yet (`erased`): to make it blank them again, a
 *   child must write to its left and pay for the way back.
 */
struct pen {
    struct textline *line;
    size_t cursor; /* at most line->count */
    size_t erased; /* the cells before this one, as far as there are any, are
                      known to be blank */
    struct style style;
};

/* ---- cells ------------------------------------------------------------ */

static const struct textcell blank = { .width = 1 };

static void reserve(struct textline *line, size_t count)
{
    if (count <= line->capacity)
        return;
    line->capacity = count > 2 * line->capacity ? count : 2 * line->capacity;
    line->cells = mem_resize(line->cells, line->capacity, sizeof(*line->cells));
}

/* Something is about to begin, or to end, before `column`: a wide cluster that
 * stands on both sides of it falls apart into two spaces. */
static void part_wide(struct textline *line, size_t column)
{
    if (column >= line->count || line->cells[column].width)
        return;
    for (size_t i = column - 1; i <= column; i++) {
        line->cells[i].size = 0;
        line->cells[i].width = 1;
    }
}

/* The next `columns` cells, which are about to be written; goes behind them. */
static struct textcell *take_cells(struct pen *pen, size_t columns)
{
    struct textline *line = pen->line;
    size_t begin = pen->cursor, end = begin + columns;

    part_wide(line, begin);
    part_wide(line, end);
    reserve(line, end);
    if (line->count < end)
        line->count = end;
    if (pen->erased > begin)
        pen->erased = begin;
    pen->cursor = end;
    return line->cells + begin;
}

static void write_cluster(struct pen *pen, const char *bytes, size_t size,
                          int width)
{
    struct textcell *cell = take_cells(pen, (size_t)width);

    *cell = (struct textcell){ (uint32_t)pen->line->text.len, (uint8_t)size,
                               (uint8_t)width, pen->style };
    if (width > 1) {
        cell[1] = (struct textcell){ .style = pen->style };
        pen->line->has_wide = true;
    }
    strbuf_add(&pen->line->text, bytes, size);
}

/* Printable ASCII: each byte is a cluster. */
static void write_plain(struct pen *pen, const char *bytes, size_t size)
{
    struct textcell cell = { (uint32_t)pen->line->text.len, 1, 1, pen->style };
    struct textcell *cells = take_cells(pen, size);

    for (size_t i = 0; i < size; i++) {
        cells[i] = cell;
        cell.begin++;
    }
    strbuf_add(&pen->line->text, bytes, size);
}

/* Marks that come alone, such as behind a change of colour, join the cluster
 * that was written last, if they make one with it. */
static void join(struct pen *pen, const char *bytes, size_t size)
{
    struct textline *line = pen->line;
    struct textcell *cell;
    struct cluster joined;
    size_t old_size = line->text.len;

    if (!pen->cursor)
        return;
    cell = &line->cells[pen->cursor - 1];
    if (!cell->width)
        cell--;
    if (!cell->size || cell->begin + cell->size != old_size)
        return;
    strbuf_add(&line->text, bytes, size);
    joined = cluster_next(line->text.data + cell->begin, cell->size + size);
    if (joined.size == cell->size + size && joined.width == cell->width)
        cell->size = (uint8_t)joined.size;
    else
        strbuf_truncate(&line->text, old_size);
}

/* ---- controls --------------------------------------------------------- */

static void advance_to_tab(struct pen *pen)
{
    struct textline *line = pen->line;

    pen->cursor += TAB_COLUMNS - pen->cursor % TAB_COLUMNS;
    reserve(line, pen->cursor);
    while (line->count < pen->cursor)
        line->cells[line->count++] = blank;
}

static void erase_to_end(struct pen *pen)
{
    part_wide(pen->line, pen->cursor);
    if (pen->line->count > pen->cursor)
        pen->line->count = pen->cursor;
}

static void erase_from_start(struct pen *pen, size_t end)
{
    if (end > pen->line->count)
        end = pen->line->count;
    part_wide(pen->line, end);
    for (; pen->erased < end; pen->erased++)
        pen->line->cells[pen->erased] = blank;
}

/* CSI K: 0 from the cursor on, 1 up to and with the cursor, 2 everything. */
static void erase_line(struct pen *pen, const char *parameters, size_t size)
{
    size_t digits = strspn(parameters, "0");
    int what = 0;

    if (digits < size && parameters[digits] != ';') {
        if (digits + 1 < size && parameters[digits + 1] != ';')
            return;
        what = parameters[digits] - '0';
    }
    if (what == 0 || what == 2)
        erase_to_end(pen);
    if (what == 1)
        erase_from_start(pen, pen->cursor + 1);
    else if (what == 2)
        erase_from_start(pen, pen->cursor);
}

/* The length of a sequence that goes on at `at` with bytes from `lowest` up to
 * a final one; a byte that can be neither is not part of it. */
static size_t sequence_end(const char *bytes, size_t size, size_t at,
                           char lowest)
{
    while (at < size && bytes[at] >= 0x20 && bytes[at] < lowest)
        at++;
    return at < size && bytes[at] >= lowest && bytes[at] < 0x7f ? at + 1 : at;
}

static void control_sequence(struct pen *pen, const char *bytes, size_t length)
{
    size_t size = length - 3;

    for (size_t i = 2; i < length - 1; i++) {
        if (bytes[i] < '0' || bytes[i] > ';')
            return;
    }
    if (bytes[length - 1] == 'm')
        sgr_apply(&pen->style, bytes + 2, size);
    else if (bytes[length - 1] == 'K')
        erase_line(pen, bytes + 2, size);
}

/* The length of OSC, DCS, SOS, PM or APC. One that is never terminated ends
 * where the line does; CAN and SUB break it off. */
static size_t string_end(const char *bytes, size_t size)
{
    for (size_t i = 2; i < size; i++) {
        if (bytes[i] == '\x1b')
            return i + 1 < size && bytes[i + 1] == '\\' ? i + 2 : i;
        if (bytes[i] == '\a' || bytes[i] == '\x18' || bytes[i] == '\x1a' ||
            (bytes[i] == '\x9C' && bytes[i - 1] == '\xC2'))
            return i + 1;
    }
    return size;
}

/* Applies the sequence at `bytes`, which begins with ESC; gives its length. */
static size_t escape(struct pen *pen, const char *bytes, size_t size)
{
    size_t length;

    if (size < 2)
        return size;
    if (bytes[1] && strchr("]P_^X", bytes[1]))
        return string_end(bytes, size);
    if (bytes[1] != '[')
        return sequence_end(bytes, size, 1, '0');
    length = sequence_end(bytes, size, 2, '@');
    if (length > 2)
        control_sequence(pen, bytes, length);
    return length;
}

static size_t control(struct pen *pen, const char *bytes, size_t size)
{
    switch (bytes[0]) {
    case '\x1b':
        return escape(pen, bytes, size);
    case '\r':
        pen->cursor = 0;
        break;
    case '\b':
        if (pen->cursor)
            pen->cursor--;
        break;
    case '\t':
        advance_to_tab(pen);
        break;
    default:
        break;
    }
    return 1;
}

/* ---- assembling ------------------------------------------------------- */

/* The printable ASCII characters at the start that nothing joins. */
static size_t plain_length(const char *bytes, size_t size)
{
    const unsigned char *b = (const unsigned char *)bytes;
    size_t length = 0;

    while (length < size && b[length] >= 0x20 && b[length] < 0x7f)
        length++;
    return length && length < size && b[length] >= 0x80 ? length - 1 : length;
}

/* Takes the cluster at `bytes`; gives its length. */
static size_t text(struct pen *pen, const char *bytes, size_t size)
{
    unsigned char first = (unsigned char)bytes[0];
    struct cluster cluster;

    if (!utf8_sequence(bytes, size)) {
        if (first >= 0xA0) /* below it is a C1 control */
            write_cluster(pen, REPLACEMENT, strlen(REPLACEMENT), 1);
        return 1;
    }
    cluster = cluster_next(bytes, size);
    if (cluster.width)
        write_cluster(pen, bytes, cluster.size, cluster.width);
    else
        join(pen, bytes, cluster.size);
    return cluster.size;
}

/* What was erased at the end was never there. */
static void trim(struct textline *line)
{
    while (line->count) {
        const struct textcell *last = &line->cells[line->count - 1];

        if (last->size || last->width != 1 || last->style.background ||
            last->style.attributes)
            return;
        line->count--;
    }
}

void textline_assemble(struct textline *line, const char *bytes, size_t size)
{
    struct pen pen = { .line = line };

    strbuf_clear(&line->text);
    strbuf_reserve(&line->text, size + 1);
    line->count = 0;
    line->has_wide = false;
    while (size) {
        unsigned char first = (unsigned char)bytes[0];
        size_t length = plain_length(bytes, size);

        if (length)
            write_plain(&pen, bytes, length);
        else if (first < 0x20 || first == 0x7f)
            length = control(&pen, bytes, size);
        else
            length = text(&pen, bytes, size);
        bytes += length;
        size -= length;
    }
    trim(line);
}

void textline_release(struct textline *line)
{
    strbuf_release(&line->text);
    free(line->cells);
    *line = (struct textline){ 0 };
}

/* ---- reading ---------------------------------------------------------- */

void textline_plain(const struct textline *line, struct strbuf *out,
                    uint32_t **columns)
{
    size_t size = 0;

    if (columns) {
        for (size_t i = 0; i < line->count; i++)
            size += line->cells[i].size ? line->cells[i].size
                                        : line->cells[i].width;
        *columns = mem_resize(*columns, size + 1, sizeof(**columns));
        (*columns)[size] = (uint32_t)line->count;
        size = 0;
    }
    for (size_t i = 0; i < line->count; i++) {
        const struct textcell *cell = &line->cells[i];

        if (cell->size)
            strbuf_add(out, line->text.data + cell->begin, cell->size);
        else if (cell->width)
            strbuf_addc(out, ' ');
        for (int j = 0; columns && j < (cell->size ? cell->size : cell->width);
             j++)
            (*columns)[size++] = (uint32_t)i;
    }
}

/* Where the row that begins at `begin` ends. A wide cluster that does not fit
 * goes to the next row, unless it has the row for itself. */
static size_t row_end(const struct textline *line, size_t width, size_t begin)
{
    size_t end = begin + width;

    if (end >= line->count)
        return line->count;
    if (line->cells[end].width)
        return end;
    return width > 1 ? end - 1 : end + 1;
}

size_t textline_rows(const struct textline *line, int width)
{
    size_t columns = width > 1 ? (size_t)width : 1, rows = 1;

    if (!line->has_wide)
        return line->count ? (line->count - 1) / columns + 1 : 1;
    for (size_t end = row_end(line, columns, 0); end < line->count; rows++)
        end = row_end(line, columns, end);
    return rows;
}

size_t textline_row_begin(const struct textline *line, int width, size_t row)
{
    size_t columns = width > 1 ? (size_t)width : 1, begin = 0;

    if (!line->has_wide)
        return row <= line->count / columns ? row * columns : line->count;
    while (row-- && begin < line->count)
        begin = row_end(line, columns, begin);
    return begin;
}
