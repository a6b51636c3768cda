/* Each status that a step reached, and when. */
#include "base/cluster.h"
#include "base/mem.h"
#include "tui/draw.h"
#include "tui/history.h"
#include "tui/logbook.h"

#include <stdlib.h>

enum {
    SHORT_TIME = 11,
    LONG_TIME = 19,
    WORD_COLUMNS = 11,
    TIME_GAP = 2,
    GAPS = 5
};

/* ---- drawing ---------------------------------------------------------- */

static bool is_roomy(struct area area)
{
    return area.columns >= LAYOUT_NARROW;
}

/* The whole name where there is room. */
static char *step_name_of(const struct statelog_entry *entry, bool is_long)
{
    return is_long ? mem_text(entry->step) : draw_step_label(entry->step);
}

/* Of the longest name, as far as there is room. */
static int step_columns(const struct model *model, struct area area)
{
    const struct statelog *log = &model->checkpoints.log;
    bool is_long = is_roomy(area);
    int most = area.columns - (is_long ? LONG_TIME : SHORT_TIME) - TIME_GAP -
               GAPS - model->icons->status_columns - WORD_COLUMNS;
    int width = 0;

    for (size_t i = 0; i < log->count && width < most; i++) {
        char *name = step_name_of(&log->entries[i], is_long);
        int wanted = cluster_columns(name);

        width = wanted > width ? wanted : width;
        free(name);
    }
    return width < most ? width : most;
}

static void draw_entry(const struct model *model, struct area row,
                       const struct statelog_entry *entry, int width)
{
    struct style style = draw_status_style(entry->status);
    bool is_long = is_roomy(row);
    int column = 1;
    char text[REPORT_TIME_SIZE], *name = step_name_of(entry, is_long);

    area_text(row, column, 0, draw_role(ROLE_DIM),
              is_long ? report_time(entry->time_ms, text)
                      : draw_minute(entry->time_ms, false, text));
    column += (is_long ? LONG_TIME : SHORT_TIME) + TIME_GAP;
    area_fit(row, column, 0, width, draw_role(ROLE_TEXT), name,
             model->icons->ellipsis);
    column += width + 2;
    area_text(row, column, 0, style, model->icons->status[entry->status]);
    column += model->icons->status_columns + 1;
    area_text(row, column, 0, style, draw_status_word(entry->status));
    free(name);
}

static void draw_empty(const struct model *model, struct area inner)
{
    struct strbuf hint = { 0 };

    if (logbook_draw_state(&model->checkpoints, inner, model->icons))
        return;
    keymap_print(&model->keys, ACTION_START, false, &hint);
    if (hint.len)
        strbuf_adds(&hint, " deploys, which writes the first.");
    draw_message(inner, draw_role(ROLE_DIM), "There are no checkpoints yet.",
                 strbuf_text(&hint));
    strbuf_release(&hint);
}

static void draw(struct model *model, const struct layout *layout)
{
    struct logbook *book = &model->checkpoints;
    const struct statelog *log = &book->log;
    char *title = log->count ? mem_format("Checkpoints %zu", log->count)
                             : mem_text("Checkpoints");
    struct area inner = draw_box(layout->body, model->icons, title, true);
    int width = step_columns(model, inner);

    free(title);
    if (!log->count)
        draw_empty(model, inner);
    inner =
        logbook_fit(book, layout->body, inner, "checkpoints.log", model->icons);
    for (int i = 0; i < inner.rows; i++) {
        size_t index = book->list.top + (size_t)i;

        if (index >= log->count)
            return;
        draw_entry(model, area_part(inner, 0, i, inner.columns, 1),
                   &log->entries[index], width);
        if (index == book->list.selected)
            draw_selection(inner, i, true, model->icons);
    }
}

/* ---- the view --------------------------------------------------------- */

static void enter(struct model *model)
{
    logbook_enter(model, LOAD_CHECKPOINTS);
}

static void load(struct model *model, struct loaded *loaded)
{
    if (loaded->kind == LOAD_CHECKPOINTS)
        logbook_take(&model->checkpoints, loaded, &loaded->checkpoints);
}

static bool act(struct model *model, enum action action)
{
    const struct statelog_entry *entry = logbook_selected(&model->checkpoints);

    if (action != ACTION_OPEN)
        return list_act(&model->checkpoints.list, action);
    if (entry)
        history_goto(model, entry->step, entry->time_ms, NULL);
    return true;
}

const struct view view_checkpoints = {
    .title = "checkpoints",
    .enter = enter,
    .act = act,
    .draw = draw,
    .load = load,
    .hints = { { ACTION_OPEN, "its log" }, { ACTION_BACK, "back" } },
};
