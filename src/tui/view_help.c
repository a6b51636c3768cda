/* Every key as it is bound now, what the signs mean, and where this is
 * changed. */
#include "base/cluster.h"
#include "base/mem.h"
#include "tui/draw.h"
#include "tui/model.h"

#include <stdlib.h>

enum { INDENT = 3, KEYS_MOST = 22, NAME_MOST = 16, NAME_LEAST_ROOM = 90 };

struct page {
    const struct model *model;
    struct area area;
    int first, row;
};

static void add_text(struct page *page, int column, struct style style,
                     const char *text)
{
    page->row += draw_paragraph(page->area, column, page->row,
                                page->area.columns - column - 1, style, text);
}

static void add_heading(struct page *page, const char *text)
{
    if (page->row != page->first)
        page->row++;
    add_text(page, 1, draw_bold(ROLE_TITLE), text);
}

/* ---- keys ------------------------------------------------------------- */

static int keys_columns(const struct model *model)
{
    int columns = 0;

    for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++) {
        struct strbuf keys = { 0 };
        int width;

        keymap_print(&model->keys, (enum action)i, true, &keys);
        width = cluster_columns(strbuf_text(&keys));
        columns = width > columns ? width : columns;
        strbuf_release(&keys);
    }
    return columns < KEYS_MOST ? columns : KEYS_MOST;
}

/* The keys, where there is room the name for config.ini and the palette, and
 * what it does. */
static void add_action(struct page *page, enum action action, int key_width)
{
    const struct action_info *info = action_info(action);
    const char *end = page->model->icons->ellipsis;
    char *by_name = mem_format(":%s", info->name);
    int column = INDENT + key_width + 2;
    struct strbuf keys = { 0 };

    keymap_print(&page->model->keys, action, true, &keys);
    if (keys.len)
        area_fit(page->area, INDENT, page->row, key_width,
                 draw_bold(ROLE_ACCENT), strbuf_text(&keys), end);
    else
        area_fit(page->area, INDENT, page->row, key_width, draw_role(ROLE_DIM),
                 by_name, end);
    if (page->area.columns >= NAME_LEAST_ROOM) {
        area_fit(page->area, column, page->row, NAME_MOST, draw_role(ROLE_DIM),
                 info->name, end);
        column += NAME_MOST + 2;
    }
    add_text(page, column, draw_role(ROLE_TEXT), info->help);
    strbuf_release(&keys);
    free(by_name);
}

static void add_group(struct page *page, enum action_group group, int key_width)
{
    add_heading(page, action_group_name(group));
    for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++) {
        if (action_info((enum action)i)->group == group)
            add_action(page, (enum action)i, key_width);
    }
}

/* ---- signs ------------------------------------------------------------ */

static const char *const meanings[STATUS_COUNT] = {
    [STATUS_PENDING] = "has not run yet",
    [STATUS_IN_PROGRESS] = "is running; of a run: it is under way",
    [STATUS_COMPLETED] = "has been done; of a run: all went well",
    [STATUS_FAILED] = "went wrong; an error",
    [STATUS_SKIPPED] = "was left out; of a run: somebody stopped it",
    [STATUS_BLOCKED] = "cannot run: something it needs is missing",
    [STATUS_STALE] =
        ("has changed since it was done, and runs again; interrupted; "
         "a warning"),
    [STATUS_RETRYING] = "failed and is tried again",
};

static void add_signs(struct page *page)
{
    const struct icons *icons = page->model->icons;
    int column = INDENT + icons->status_columns + 1, words = 0;

    for (int i = 0; i < STATUS_COUNT; i++) {
        int width = cluster_columns(draw_status_word((enum step_status)i));

        words = width > words ? width : words;
    }
    add_heading(page, "Signs");
    for (int i = 0; i < STATUS_COUNT; i++) {
        enum step_status status = (enum step_status)i;
        struct style style = draw_status_style(status);

        area_text(page->area, INDENT, page->row, style, icons->status[i]);
        area_text(page->area, column, page->row, style,
                  draw_status_word(status));
        add_text(page, column + words + 2, draw_role(ROLE_TEXT), meanings[i]);
    }
}

/* ---- notes ------------------------------------------------------------ */

static void add_key_note(struct page *page, enum action action,
                         const char *text)
{
    struct strbuf line = { 0 };

    keymap_print(&page->model->keys, action, false, &line);
    if (line.len) {
        strbuf_adds(&line, text);
        add_text(page, INDENT, draw_role(ROLE_TEXT), strbuf_text(&line));
    }
    strbuf_release(&line);
}

static void add_notes(struct page *page)
{
    char *path = preferences_path();
    char *text = mem_format("Keys, icons and colours are changed in %s.",
                            path ? path : "config.ini of a home folder");

    add_heading(page, "Notes");
    add_text(page, INDENT, draw_role(ROLE_TEXT), text);
    add_text(page, INDENT, draw_role(ROLE_TEXT),
             "A [keys] line there reads ACTION = KEYS, say: follow = F f. "
             "'none' takes the keys away.");
    add_key_note(page, ACTION_PALETTE,
                 " knows every action by its name, and also theme NAME, "
                 "goto LINE, status and setup.");
    add_key_note(page, ACTION_BACK,
                 " goes one level back and never leaves the program.");
    free(text);
    free(path);
}

/* ---- the view --------------------------------------------------------- */

static int draw_page(const struct model *model, struct area area, int row)
{
    struct page page = { model, area, row, row };
    int key_width = keys_columns(model);

    for (int i = GROUP_MOVE; i <= GROUP_VIEW; i++)
        add_group(&page, (enum action_group)i, key_width);
    add_signs(&page);
    add_notes(&page);
    return page.row - row;
}

static void draw(struct model *model, const struct layout *layout)
{
    struct area inner = draw_box(layout->body, model->icons, "Help", true);
    int rows = draw_page(model, area_part(inner, 0, 0, inner.columns, 0), 0);

    list_fit_text(&model->help, (size_t)rows, inner.rows);
    draw_page(model, inner, -(int)model->help.top);
    draw_more(layout->body, model->icons, &model->help);
}

static bool act(struct model *model, enum action action)
{
    return list_scroll(&model->help, action);
}

const struct view view_help = {
    .title = "help",
    .act = act,
    .draw = draw,
    .hints = { { ACTION_DOWN, "scroll" },
               { ACTION_PAGE_DOWN, "page" },
               { ACTION_BACK, "back" } },
};
