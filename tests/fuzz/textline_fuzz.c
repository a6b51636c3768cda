/* Whatever a child wrote, the cells are sound, their text is valid and cannot
 * drive a terminal, and cutting it into rows loses nothing. */
#include "base/cluster.h"
#include "base/utf8.h"
#include "tui/textline.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_cell(const struct textline *line, size_t column)
{
    const struct textcell *cell = &line->cells[column];
    struct cluster cluster;

    check(cell->begin + cell->size <= line->text.len && cell->width <= 2);
    check((cell->width == 0) == (column && line->cells[column - 1].width == 2));
    check(cell->width != 2 || (line->has_wide && cell->size));
    check(cell->width || !cell->size);
    check(!(cell->style.attributes & (ATTRIBUTE_SELECTED | ATTRIBUTE_MATCHED)));
    if (!cell->size)
        return;
    cluster = cluster_next(line->text.data + cell->begin, cell->size);
    check(cluster.size == cell->size && cluster.width == cell->width);
}

/* Sanitising has nothing left to drop. */
static void check_text(const struct textline *line)
{
    struct strbuf plain = { 0 }, clean = { 0 };
    uint32_t *columns = NULL;

    textline_plain(line, &plain, &columns);
    utf8_sanitise(strbuf_text(&plain), plain.len, false, &clean);
    check(plain.len == clean.len &&
          strcmp(strbuf_text(&plain), strbuf_text(&clean)) == 0);
    check(columns[plain.len] == line->count);
    for (size_t i = 0; i < plain.len; i++)
        check(columns[i] <= columns[i + 1] && columns[i] < line->count);
    free(columns);
    strbuf_release(&plain);
    strbuf_release(&clean);
}

static void check_rows(const struct textline *line, int width)
{
    size_t rows = textline_rows(line, width), begin = 0;
    size_t most = width > 2 ? (size_t)width : 2;

    check(rows > 0 && textline_row_begin(line, width, 0) == 0);
    for (size_t row = 1; row <= rows; row++) {
        size_t end = textline_row_begin(line, width, row);

        check(end > begin || !line->count);
        check(end - begin <= most);
        check((end == line->count) == (row == rows));
        check(end == line->count || line->cells[end].width);
        begin = end;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct textline line = { 0 };

    textline_assemble(&line, (const char *)data, size);
    check(line.count <= 8 * size && line.text.len <= 3 * size);
    for (size_t i = 0; i < line.count; i++)
        check_cell(&line, i);
    check_text(&line);
    for (int width = 1; width < 6; width++)
        check_rows(&line, width);
    check_rows(&line, 80);
    textline_release(&line);
    return 0;
}
