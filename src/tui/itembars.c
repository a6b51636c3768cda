#include "tui/itembars.h"

#include "base/cluster.h"
#include "base/mem.h"
#include "tui/draw.h"
#include "tui/icons.h"

#include <stdlib.h>
#include <string.h>

/* The amounts are "100.0 / 120.0 MB  99.9 MB/s" at most. */
enum { NAME_LEAST = 8, BAR_LEAST = 8, BAR_MOST = 24, AMOUNT_COLUMNS = 26 };

/* ---- amounts ---------------------------------------------------------- */

static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };

static size_t unit_of(double bytes, double *divisor)
{
    size_t unit = 0;

    *divisor = 1;
    while (bytes / *divisor >= 1000 &&
           unit + 1 < sizeof(units) / sizeof(units[0])) {
        *divisor *= 1000;
        unit++;
    }
    return unit;
}

static char *number(double bytes, double divisor, size_t unit)
{
    return mem_format(unit && bytes / divisor < 100 ? "%.1f" : "%.0f",
                      bytes / divisor);
}

char *itembars_size(double bytes)
{
    double divisor;
    size_t unit = unit_of(bytes, &divisor);
    char *value = number(bytes, divisor, unit);
    char *text = mem_format("%s %s", value, units[unit]);

    free(value);
    return text;
}

/* "41.2 / 63.0 MB" */
static char *share(double current, double total)
{
    double divisor;
    size_t unit = unit_of(total, &divisor);
    char *part = number(current < total ? current : total, divisor, unit);
    char *all = number(total, divisor, unit);
    char *text = mem_format("%s / %s %s", part, all, units[unit]);

    free(part);
    free(all);
    return text;
}

static bool is_measured(const struct run_item *item)
{
    return !item->is_done && item->total > 0;
}

/* "pushed, 63.0 MB": what was last said of it, and how much it was. */
static char *last_words(const struct run_item *item)
{
    const char *text = item->text      ? item->text
                       : item->is_done ? "done"
                                       : "waiting";
    char *size, *words;

    if (!item->current)
        return mem_text(text);
    size = itembars_size((double)item->current);
    words = mem_format("%s, %s", text, size);
    free(size);
    return words;
}

/* "41.2 / 63.0 MB  8.1 MB/s", or only what is known. */
static char *amounts(const struct run_item *item)
{
    char *part, *rate, *text;

    if (!is_measured(item))
        return last_words(item);
    part = share((double)item->current, (double)item->total);
    rate = itembars_size((double)run_item_rate(item));
    text = run_item_rate(item) ? mem_format("%s  %s/s", part, rate)
                               : mem_text(part);
    free(part);
    free(rate);
    return text;
}

/* ---- rows ------------------------------------------------------------- */

static int name_columns(const struct run_items *items, int columns)
{
    int widest = NAME_LEAST, most = columns * 2 / 5;
    int beside_bar = columns - 5 - BAR_LEAST - AMOUNT_COLUMNS;

    /* A long name is no reason to go without bars. */
    if (beside_bar >= NAME_LEAST && beside_bar < most)
        most = beside_bar;

    for (size_t i = 0; i < items->count; i++) {
        int width = cluster_columns(items->items[i].name);

        widest = width > widest ? width : widest;
    }
    return widest < most ? widest : most;
}

static void draw_item(const struct run_item *item, const struct icons *icons,
                      struct area area, int row, int name)
{
    struct style style = draw_role(item->is_done ? ROLE_DIM : ROLE_TEXT);
    char *words = amounts(item);
    int column = 1, bar;

    area_fit(area, column, row, name, style, item->name, icons->ellipsis);
    column += name + 2;
    bar = area.columns - column - 2 - AMOUNT_COLUMNS;
    bar = bar < BAR_MOST ? bar : BAR_MOST;
    if (is_measured(item) && bar >= BAR_LEAST) {
        draw_bar(area, column, row, bar,
                 (int)((double)item->current * 100 / (double)item->total),
                 icons, draw_role(ROLE_RUNNING));
        column += bar + 2;
    }
    area_fit(area, column, row, area.columns - column - 1, style, words,
             icons->ellipsis);
    free(words);
}

/* "3 of 12 done, 41.2 / 130 MB": all of them, or with `hidden` those that had
 * no row. */
static void draw_rest(const struct run_items *items, const struct icons *icons,
                      struct area area, int row, size_t hidden)
{
    double current = 0, total = 0;
    size_t done = 0;
    char *part, *text;

    for (size_t i = 0; i < items->count; i++) {
        const struct run_item *item = &items->items[i];

        done += item->is_done;
        total += (double)item->total;
        current += (double)(item->is_done ? item->total : item->current);
    }
    part = share(current, total);
    text = mem_format("%zu of %zu done%s%s", done, items->count,
                      total > 0 ? ", " : "", total > 0 ? part : "");
    free(part);
    if (hidden) {
        part = text;
        text = mem_format("and %zu more: %s", hidden, part);
        free(part);
    }
    area_fit(area, 1, row, area.columns - 2, draw_role(ROLE_DIM), text,
             icons->ellipsis);
    free(text);
}

int itembars_rows(const struct run_items *items)
{
    return (int)items->count;
}

void itembars_draw(const struct run_items *items, const struct icons *icons,
                   struct area area)
{
    int name = name_columns(items, area.columns), row = 0;
    bool is_whole = items->count <= (size_t)area.rows;
    size_t room = items->count, shown = 0;

    if (area.rows < 1)
        return;
    if (!is_whole)
        room = (size_t)area.rows - 1;
    /* What is under way matters more than what is done. */
    for (int done = 0; done < 2; done++) {
        for (size_t i = 0; i < items->count && shown < room; i++) {
            if (items->items[i].is_done != (done == 1))
                continue;
            draw_item(&items->items[i], icons, area, row++, name);
            shown++;
        }
    }
    if (!is_whole)
        draw_rest(items, icons, area, row, shown ? items->count - shown : 0);
}
