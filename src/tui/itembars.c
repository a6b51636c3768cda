#include "tui/itembars.h"

#include "base/mem.h"
#include "tui/draw.h"
#include "tui/icons.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_COLUMNS = 14, BAR_COLUMNS = 16, NUMBER_COLUMNS = 7 };

char *itembars_size(double bytes)
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
    size_t unit = 0;

    while (bytes >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        bytes /= 1000;
        unit++;
    }
    return mem_format(unit && bytes < 100 ? "%.1f %s" : "%.0f %s", bytes,
                      units[unit]);
}

/* "41.2 MB of 63.0 MB, 8.1 MB/s", or only what is known. */
static char *amounts(const struct run_item *item)
{
    char *current = itembars_size((double)item->current);
    char *total = itembars_size((double)item->total);
    char *rate = itembars_size((double)run_item_rate(item));
    char *text;

    if (item->is_done || (!item->total && !item->current))
        text = mem_text(item->text ? item->text : "done");
    else if (!item->total)
        text = mem_text(current);
    else if (run_item_rate(item))
        text = mem_format("%s of %s, %s/s", current, total, rate);
    else
        text = mem_format("%s of %s", current, total);
    free(current);
    free(total);
    free(rate);
    return text;
}

static void draw_item(const struct run_item *item, const struct icons *icons,
                      struct area area, int row)
{
    struct style style = draw_role(item->is_done ? ROLE_DIM : ROLE_TEXT);
    char *words = amounts(item);
    int column = 1;

    area_fit(area, column, row, NAME_COLUMNS, style, item->name,
             icons->ellipsis);
    column += NAME_COLUMNS + 1;
    if (!item->is_done && item->total &&
        area.columns > column + BAR_COLUMNS + NUMBER_COLUMNS) {
        int64_t current =
            item->current > item->total ? item->total : item->current;
        int percent = (int)((double)current * 100 / (double)item->total);
        char *number = mem_format(" %3d%%", percent);

        draw_bar(area, column, row, BAR_COLUMNS, percent, icons,
                 draw_role(ROLE_RUNNING));
        area_text(area, column + BAR_COLUMNS, row, style, number);
        column += BAR_COLUMNS + NUMBER_COLUMNS;
        free(number);
    }
    area_fit(area, column, row, area.columns - column - 1, style, words,
             icons->ellipsis);
    free(words);
}

int itembars_rows(const struct run_items *items)
{
    return (int)items->count;
}

void itembars_draw(const struct run_items *items, const struct icons *icons,
                   struct area area)
{
    size_t shown = 0;
    int row = 0;

    for (int done = 0; done < 2; done++) {
        for (size_t i = 0; i < items->count; i++) {
            const struct run_item *item = &items->items[i];
            size_t left = items->count - shown;

            if (item->is_done != (done == 1) || row >= area.rows)
                continue;
            if (row == area.rows - 1 && left > 1) {
                char *more = mem_format("and %zu more", left);

                area_text(area, 1, row++, draw_role(ROLE_DIM), more);
                free(more);
                return;
            }
            draw_item(item, icons, area, row++);
            shown++;
        }
    }
}
