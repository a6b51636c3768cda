/* Errors and warnings of all runs, and of steps that were run by hand. */
#include "base/cluster.h"
#include "base/mem.h"
#include "tui/draw.h"
#include "tui/history.h"
#include "tui/logbook.h"

#include <stdlib.h>
#include <string.h>

enum { SHORT_TIME = 11, STEP_MOST = 24, STEP_PART = 4, MESSAGE_LEAST = 16 };

/* ---- what is known ---------------------------------------------------- */

static const struct statelog_entry *selected(const struct model *model)
{
    return logbook_selected(&model->remarks.book);
}

static enum step_status status_like(const struct statelog_entry *entry)
{
    return entry->level == STATE_ERROR ? STATUS_FAILED : STATUS_STALE;
}

/* What mends it, or NULL. */
static const char *suggestion(const struct model *model,
                              const struct statelog_entry *entry)
{
    const struct remarks_view *view = &model->remarks;
    size_t index = (size_t)(entry - view->book.log.entries);
    const char *hint =
        index < view->hints.count ? view->hints.items[index] : "";

    return *hint ? hint : NULL;
}

static size_t count_level(const struct statelog *log, enum state_level level)
{
    size_t count = 0;

    for (size_t i = 0; i < log->count; i++)
        count += log->entries[i].level == level;
    return count;
}

/* ---- the list --------------------------------------------------------- */

static char *list_title(const struct remarks_view *view)
{
    size_t errors = count_level(&view->book.log, STATE_ERROR);
    size_t warnings = view->book.log.count - errors;

    if (!view->book.log.count)
        return mem_text("Errors and warnings");
    return mem_format("%zu %s, %zu %s", errors,
                      errors == 1 ? "error" : "errors", warnings,
                      warnings == 1 ? "warning" : "warnings");
}

static int step_columns(const struct statelog *log, int columns)
{
    int most = columns / STEP_PART, width = 0;

    for (size_t i = 0; i < log->count; i++) {
        char *label = draw_step_label(log->entries[i].step);
        int wanted = cluster_columns(label);

        width = wanted > width ? wanted : width;
        free(label);
    }
    most = most < STEP_MOST ? most : STEP_MOST;
    return width < most ? width : most;
}

static void draw_entry(const struct model *model, struct area row,
                       const struct statelog_entry *entry, int step_width)
{
    const char *end = model->icons->ellipsis;
    enum step_status like = status_like(entry);
    int column = 2 + model->icons->status_columns;
    bool with_time =
        row.columns > column + SHORT_TIME + 1 + step_width + 2 + MESSAGE_LEAST;
    bool with_year = row.columns >= LAYOUT_WIDE - 2;
    char text[REPORT_TIME_SIZE], *label = draw_step_label(entry->step);

    area_text(row, 1, 0, draw_status_style(like), model->icons->status[like]);
    if (with_time && with_year)
        column += 2 + area_text(row, column, 0, draw_role(ROLE_DIM),
                                report_time(entry->time_ms, text));
    else if (with_time)
        column += 2 + area_text(row, column, 0, draw_role(ROLE_DIM),
                                draw_minute(entry->time_ms, false, text));
    area_fit(row, column, 0, step_width, draw_role(ROLE_ACCENT), label, end);
    column += step_width + 2;
    area_fit(row, column, 0, row.columns - column - 1, draw_role(ROLE_TEXT),
             entry->message ? entry->message : "", end);
    free(label);
}

static void draw_empty(const struct model *model, struct area inner)
{
    if (!logbook_draw_state(&model->remarks.book, inner, model->icons))
        draw_message(inner, draw_role(ROLE_OK),
                     "No errors and no warnings. All has gone well so far.",
                     NULL);
}

static void draw_list(struct model *model, struct area area, bool focused)
{
    struct logbook *book = &model->remarks.book;
    const struct statelog *log = &book->log;
    char *title = list_title(&model->remarks);
    struct area inner = draw_box(area, model->icons, title, focused);
    int width = step_columns(log, inner.columns);

    free(title);
    if (!log->count)
        draw_empty(model, inner);
    inner = logbook_fit(book, area, inner, "errors.log and warnings.log",
                        model->icons);
    for (int i = 0; i < inner.rows; i++) {
        size_t index = book->list.top + (size_t)i;

        if (index >= log->count)
            return;
        draw_entry(model, area_part(inner, 0, i, inner.columns, 1),
                   &log->entries[index], width);
        if (index == book->list.selected)
            draw_selection(inner, i, focused, model->icons);
    }
}

/* ---- the selected one ------------------------------------------------- */

static int draw_part(struct area area, int row, enum role role,
                     const char *label, const char *text)
{
    char *whole = mem_format("%s%s", label, text);
    int rows =
        draw_paragraph(area, 1, row, area.columns - 2, draw_role(role), whole);

    free(whole);
    return row + rows;
}

/* Gives the rows it takes; on an area without rows it only measures. */
static int draw_text(const struct model *model, struct area area, int row,
                     const struct statelog_entry *entry)
{
    const char *mends = suggestion(model, entry);
    const struct past_run *run =
        history_run_at(&model->history, entry->time_ms);
    int first = row;

    row = draw_part(area, row, ROLE_TEXT, "",
                    entry->message ? entry->message : "");
    if (mends)
        row = draw_part(area, row, ROLE_ACCENT, "Suggestion: ", mends);
    if (run)
        row = draw_part(area, row, ROLE_DIM, "Run: ", run->id);
    else if (model->history.is_loaded)
        row = draw_part(area, row, ROLE_DIM, "",
                        "It is not known in which run this was said.");
    return row - first;
}

static int detail_rows(const struct model *model, struct area body)
{
    const struct statelog_entry *entry = selected(model);
    int rows;

    if (!entry)
        return 0;
    rows = 2 + draw_text(model, area_part(body, 0, 0, body.columns - 2, 0), 0,
                         entry);
    return rows < body.rows / 2 ? rows : body.rows / 2;
}

static void draw_detail(struct model *model, struct area area, bool focused)
{
    const struct statelog_entry *entry = selected(model);
    struct list *list = &model->remarks.detail;
    char time[REPORT_TIME_SIZE], *title;
    struct area inner;
    int rows;

    if (!entry)
        return;
    title =
        mem_format("%s  %s", report_time(entry->time_ms, time), entry->step);
    inner = draw_box(area, model->icons, title, focused);
    rows = draw_text(model, area_part(inner, 0, 0, inner.columns, 0), 0, entry);
    list_fit_text(list, (size_t)rows, inner.rows);
    draw_text(model, inner, -(int)list->top, entry);
    draw_more(area, model->icons, list);
    free(title);
}

/* ---- the view --------------------------------------------------------- */

static void draw(struct model *model, const struct layout *layout)
{
    struct remarks_view *view = &model->remarks;
    struct area body = layout->body;
    int rows = detail_rows(model, body);

    if (layout->shape == SHAPE_NARROW && view->in_detail && rows) {
        draw_detail(model, body, true);
        return;
    }
    if (layout->shape == SHAPE_NARROW)
        rows = 0;
    draw_list(model, area_part(body, 0, 0, body.columns, body.rows - rows),
              !view->in_detail || !rows);
    if (rows)
        draw_detail(model,
                    area_part(body, 0, body.rows - rows, body.columns, rows),
                    view->in_detail);
}

static void enter(struct model *model)
{
    logbook_enter(model, LOAD_REMARKS);
}

static void load(struct model *model, struct loaded *loaded)
{
    struct remarks_view *view = &model->remarks;

    if (loaded->kind != LOAD_REMARKS)
        return;
    logbook_take(&view->book, loaded, &loaded->remarks);
    strvec_release(&view->hints);
    view->hints = loaded->hints;
    loaded->hints = (struct strvec){ 0 };
}

static bool open_selected(struct model *model)
{
    struct remarks_view *view = &model->remarks;
    const struct statelog_entry *entry = selected(model);

    if (!entry)
        return true;
    if (model->columns < LAYOUT_NARROW && !view->in_detail)
        view->in_detail = true;
    else
        history_goto(model, entry->step, entry->time_ms, entry->message);
    return true;
}

static bool act(struct model *model, enum action action)
{
    struct remarks_view *view = &model->remarks;

    switch (action) {
    case ACTION_OPEN:
        return open_selected(model);
    case ACTION_NEXT_PANE:
    case ACTION_PREVIOUS_PANE:
        view->in_detail = !view->in_detail && selected(model);
        return true;
    case ACTION_BACK:
        if (!view->in_detail)
            return false;
        view->in_detail = false;
        return true;
    default:
        break;
    }
    if (view->in_detail)
        return list_scroll(&view->detail, action);
    if (!list_act(&view->book.list, action))
        return false;
    view->detail = (struct list){ 0 };
    return true;
}

const struct view view_errors = {
    .title = "errors and warnings",
    .enter = enter,
    .act = act,
    .draw = draw,
    .load = load,
    .hints = { { ACTION_OPEN, "its log" },
               { ACTION_NEXT_PANE, "whole text" },
               { ACTION_BACK, "back" } },
};
