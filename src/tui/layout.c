#include "tui/layout.h"

static enum shape shape_of(int columns, int rows)
{
    if (columns < LAYOUT_LEAST_COLUMNS || rows < LAYOUT_LEAST_ROWS)
        return SHAPE_LINE;
    if (columns < LAYOUT_NARROW)
        return SHAPE_NARROW;
    return columns < LAYOUT_WIDE ? SHAPE_NORMAL : SHAPE_WIDE;
}

struct layout layout_make(struct canvas *canvas)
{
    struct area all = canvas_area(canvas);
    struct layout layout = { .shape = shape_of(all.columns, all.rows) };

    if (layout.shape == SHAPE_LINE) {
        layout.body = all;
        return layout;
    }
    layout.header = area_part(all, 0, 0, all.columns, 1);
    layout.body = area_part(all, 0, 1, all.columns, all.rows - 2);
    layout.footer = area_part(all, 0, all.rows - 1, all.columns, 1);
    return layout;
}

static int list_columns(int columns, int percent)
{
    int wanted = columns * percent / 100;
    int least = columns / 5;

    if (wanted < 20)
        wanted = 20;
    if (wanted > columns - 30)
        wanted = columns - 30;
    return wanted < least ? least : wanted;
}

struct panes layout_panes(struct area body, enum shape shape, int list_percent,
                          int upper_rows, bool shows_detail, bool is_zoomed)
{
    struct panes panes = { .list = { .canvas = body.canvas },
                           .upper = { .canvas = body.canvas },
                           .lower = { .canvas = body.canvas } };
    struct area detail = body;
    int columns;

    if (is_zoomed) {
        panes.lower = body;
        return panes;
    }
    if (shape == SHAPE_NARROW && !shows_detail) {
        panes.list = body;
        return panes;
    }
    if (shape > SHAPE_NARROW) {
        columns = list_columns(body.columns, list_percent);
        panes.list = area_part(body, 0, 0, columns, body.rows);
        detail = area_part(body, columns, 0, body.columns - columns, body.rows);
    }
    /* The log is what people came for: it keeps at least half. */
    if (upper_rows > detail.rows / 2)
        upper_rows = detail.rows / 2;
    panes.upper = area_part(detail, 0, 0, detail.columns, upper_rows);
    panes.lower = area_part(detail, 0, upper_rows, detail.columns,
                            detail.rows - upper_rows);
    return panes;
}
