/*
 * A page of lines that scrolls. Lines are wrapped, so where one stands depends
 * on the width: wizard_page_draw() works it out and leaves it in the lines,
 * for Tab and for the choosing of a line.
 */
#include "base/cluster.h"
#include "base/mem.h"
#include "tui/draw.h"
#include "tui/wizard_private.h"

#include <stdlib.h>
#include <string.h>

/* Below that many columns a text stands behind its label, not beside it. */
enum { TEXT_LEAST_COLUMNS = 20 };

void wizard_page_release(struct wizard_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        free(page->lines[i].label);
        free(page->lines[i].text);
    }
    free(page->lines);
    *page = (struct wizard_page){ 0 };
}

struct wizard_line *wizard_page_add(struct wizard_page *page,
                                    enum wizard_line_kind kind,
                                    struct style style, const char *text)
{
    page->lines = mem_grow(page->lines, page->count, &page->capacity,
                           sizeof(*page->lines));
    page->lines[page->count] = (struct wizard_line){
        .kind = kind,
        .style = style,
        .icon = LINE_NO_ICON,
        .text = mem_text(text),
    };
    return &page->lines[page->count++];
}

static struct style diff_style(char mark)
{
    switch (mark) {
    case '+':
        return draw_role(ROLE_OK);
    case '-':
        return draw_role(ROLE_FAILED);
    case '@':
        return draw_role(ROLE_ACCENT);
    default:
        return draw_role(ROLE_TEXT);
    }
}

void wizard_page_add_bytes(struct wizard_page *page, const char *bytes,
                           bool is_diff)
{
    while (*bytes) {
        size_t size = strcspn(bytes, "\n");
        char *line = mem_bytes(bytes, size);

        wizard_page_add(page, is_diff ? LINE_BYTES : LINE_TEXT,
                        is_diff ? diff_style(*line) : draw_role(ROLE_TEXT),
                        line);
        free(line);
        bytes += size + (bytes[size] == '\n');
    }
}

/* ---- moving ----------------------------------------------------------- */

static void scroll_to(struct wizard_page *page, int row)
{
    page->list.top = (size_t)row;
    list_fit_text(&page->list, page->list.count, page->list.rows);
}

/* The stop behind the one it went to last, which at the end of the page need
 * not be the one at the top. */
static bool go_to_stop(struct wizard_page *page, bool forward)
{
    size_t at = page->chosen;

    for (size_t i = 0; i < page->count; i++) {
        at = (at + (forward ? 1 : page->count - 1)) % page->count;
        if (page->lines[at].is_stop) {
            page->chosen = at;
            scroll_to(page, page->lines[at].row);
            return true;
        }
    }
    return true;
}

static bool choose_next(struct wizard_page *page, size_t from, bool forward)
{
    size_t at = from;

    while (forward ? ++at < page->count : at-- > 0) {
        if (page->lines[at].key) {
            page->chosen = at;
            return true;
        }
    }
    return false;
}

bool wizard_page_choose(struct wizard_page *page)
{
    for (size_t i = 0; i < page->count && !page->is_choosing; i++) {
        if (page->lines[i].key) {
            page->is_choosing = true;
            page->chosen = i;
        }
    }
    return page->is_choosing;
}

static bool act_choosing(struct wizard_page *page, enum action action)
{
    switch (action) {
    case ACTION_DOWN:
    case ACTION_UP:
        choose_next(page, page->chosen, action == ACTION_DOWN);
        return true;
    case ACTION_NEXT_PANE:
        choose_next(page, page->chosen, true);
        return true;
    case ACTION_PREVIOUS_PANE:
        choose_next(page, page->chosen, false);
        return true;
    case ACTION_TOP:
    case ACTION_PAGE_UP:
    case ACTION_HALF_UP:
        while (choose_next(page, page->chosen, false))
            ;
        return true;
    case ACTION_BOTTOM:
    case ACTION_PAGE_DOWN:
    case ACTION_HALF_DOWN:
        while (choose_next(page, page->chosen, true))
            ;
        return true;
    default:
        return false;
    }
}

bool wizard_page_act(struct wizard_page *page, enum action action)
{
    if (!page->count)
        return false;
    if (page->is_choosing)
        return act_choosing(page, action);
    if (action == ACTION_NEXT_PANE || action == ACTION_PREVIOUS_PANE)
        return go_to_stop(page, action == ACTION_NEXT_PANE);
    return list_scroll(&page->list, action);
}

/* ---- drawing ---------------------------------------------------------- */

static int label_columns(const struct wizard_page *page)
{
    int most = 0;

    for (size_t i = 0; i < page->count; i++) {
        int columns =
            page->lines[i].label ? cluster_columns(page->lines[i].label) : 0;

        most = columns > most ? columns : most;
    }
    return most;
}

/* A label and its text where both do not fit beside each other. */
static int draw_joined(const struct wizard_line *line, struct area area,
                       int column, int row)
{
    char *text = mem_format("%s: %s", line->label, line->text);
    int rows = draw_paragraph(area, column, row, area.columns - column - 1,
                              line->style, text);

    free(text);
    return rows;
}

/* Draws the line, gives its rows. `labels` is the width of the labels. */
static int draw_line(const struct wizard_line *line, struct area area, int row,
                     int labels, const struct icons *icons)
{
    int column = line->kind == LINE_TEXT ? icons->status_columns + 2 : 1;

    if (line->icon != LINE_NO_ICON)
        area_text(area, 1, row, draw_status_style((enum step_status)line->icon),
                  icons->status[line->icon]);
    if (line->label) {
        if (area.columns - column - labels - 3 < TEXT_LEAST_COLUMNS)
            return draw_joined(line, area, column, row);
        area_text(area, column, row, draw_role(ROLE_DIM), line->label);
        column += labels + 2;
    }
    return draw_paragraph(area, column, row, area.columns - column - 1,
                          line->style, line->text);
}

static int measure(struct wizard_page *page, struct area area, int labels,
                   const struct icons *icons)
{
    struct area nowhere = { .canvas = area.canvas, .columns = area.columns };
    int row = 0;

    for (size_t i = 0; i < page->count; i++) {
        page->lines[i].row = row;
        row += draw_line(&page->lines[i], nowhere, row, labels, icons);
    }
    return row;
}

/* The chosen line is kept in sight. */
static void show_chosen(struct wizard_page *page, int rows)
{
    int row = page->lines[page->chosen].row;

    if (row < (int)page->list.top)
        scroll_to(page, row);
    else if (row >= (int)page->list.top + rows)
        scroll_to(page, row - rows + 1);
}

void wizard_page_draw(struct wizard_page *page, struct area area,
                      const struct icons *icons)
{
    int labels = label_columns(page);
    int rows = measure(page, area, labels, icons);

    list_fit_text(&page->list, (size_t)rows, area.rows);
    if (page->is_choosing)
        show_chosen(page, area.rows);
    for (size_t i = 0; i < page->count; i++) {
        struct wizard_line *line = &page->lines[i];
        int row = line->row - (int)page->list.top;

        if (row >= area.rows)
            break;
        draw_line(line, area, row, labels, icons);
        if (i == page->chosen && (page->is_choosing || line->is_stop))
            draw_selection(area, row, page->is_choosing, icons);
    }
}
