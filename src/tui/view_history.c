/* Past runs, the steps of the selected one, and the log of a step. */
#include "base/cluster.h"
#include "base/mem.h"
#include "tui/compare.h"
#include "tui/draw.h"
#include "tui/history.h"
#include "tui/runpane.h"

#include <stdlib.h>
#include <string.h>

enum {
    COMMAND_COLUMNS = 7,
    DURATION_COLUMNS = 6,
    ENVIRONMENT_LEAST = 4,
    ENVIRONMENT_MOST = 14,
    SHORT_TIME = 11,
    YEAR_COLUMNS = 5,
    /* Runs have more to tell than steps. */
    MORE_LIST_PERCENT = 10
};

/* ---- the runs --------------------------------------------------------- */

/* What of a run there is room for; a width of 0 is left out. */
struct run_columns {
    int time, command, environment, duration, steps;
    bool with_year;
};

/* What does not fit is left out, and all that is worth less. */
static int take(int *rest, int columns, int least)
{
    int room = *rest - 1;

    if (room < least) {
        *rest = 0;
        return 0;
    }
    columns = columns < room ? columns : room;
    *rest -= columns ? columns + 1 : 0;
    return columns;
}

static int wider(int columns, const char *text)
{
    int width = text ? cluster_columns(text) : 0;

    return width > columns ? width : columns;
}

static char *steps_text(const struct past_run *run)
{
    return run->steps ? mem_format("%zu/%zu", run->completed, run->steps)
                      : mem_text("");
}

/* In the order of their worth. */
static struct run_columns place_run(const struct model *model, int columns)
{
    const struct history_view *history = &model->history;
    struct run_columns out = { .time = SHORT_TIME };
    int rest = columns - 3 - model->icons->status_columns - out.time;
    int steps = 0, environment = 0;

    for (size_t i = 0; i < history->count; i++) {
        char *text = steps_text(&history->runs[i]);

        steps = wider(steps, text);
        environment = wider(environment, history->runs[i].environment);
        free(text);
    }
    out.command = take(&rest, COMMAND_COLUMNS, COMMAND_COLUMNS);
    out.duration = take(&rest, DURATION_COLUMNS, DURATION_COLUMNS);
    out.steps = take(&rest, steps, steps);
    out.environment = take(
        &rest, environment < ENVIRONMENT_MOST ? environment : ENVIRONMENT_MOST,
        ENVIRONMENT_LEAST);
    out.with_year = take(&rest, YEAR_COLUMNS, YEAR_COLUMNS) != 0;
    out.time += out.with_year ? YEAR_COLUMNS : 0;
    return out;
}

static int64_t run_duration(const struct model *model,
                            const struct past_run *run)
{
    if (run->result != REPORT_RUNNING || !run->start_ms)
        return run->duration_ms;
    return model->now_ms > run->start_ms ? model->now_ms - run->start_ms : 0;
}

/* A run whose journal says nothing is known by its id alone. */
static void draw_unknown_run(const struct model *model, struct area row,
                             int column, const struct past_run *run)
{
    char *text = mem_format("%s %s", run->id, report_result_name(run->result));

    area_fit(row, column, 0, row.columns - column - 1, draw_role(ROLE_WARNING),
             text, model->icons->ellipsis);
    free(text);
}

static void draw_run_facts(const struct model *model, struct area row,
                           int column, const struct past_run *run)
{
    struct run_columns columns = place_run(model, row.columns);
    const char *end = model->icons->ellipsis;
    char text[CLOCK_TEXT_SIZE], *steps;

    column +=
        1 + area_text(row, column, 0, draw_role(ROLE_TEXT),
                      draw_minute(run->start_ms, columns.with_year, text));
    if (columns.command && run->command)
        area_fit(row, column, 0, columns.command, draw_role(ROLE_TEXT),
                 run->command, end);
    column += columns.command ? columns.command + 1 : 0;
    if (columns.environment && run->environment)
        area_fit(row, column, 0, columns.environment, draw_role(ROLE_DIM),
                 run->environment, end);
    column += columns.environment ? columns.environment + 1 : 0;
    if (columns.duration)
        draw_cell(row, column, 0, columns.duration, draw_role(ROLE_DIM),
                  draw_duration(run_duration(model, run), text));
    column += columns.duration ? columns.duration + 1 : 0;
    steps = steps_text(run);
    draw_cell(row, column, 0, columns.steps, draw_role(ROLE_DIM), steps);
    free(steps);
}

static void draw_run(const struct model *model, struct area row,
                     const struct past_run *run)
{
    const struct history_view *history = &model->history;
    enum step_status like = report_result_status(run->result);
    int column = 1 + model->icons->status_columns;

    area_text(row, 1, 0, draw_status_style(like), model->icons->status[like]);
    if (history->marked && strcmp(history->marked, run->id) == 0)
        area_text(row, column, 0, draw_bold(ROLE_ACCENT), "A");
    else if (run->remark)
        area_text(row, column, 0, draw_bold(ROLE_WARNING), "!");
    column += 1 + 1;
    if (run->start_ms > 0)
        draw_run_facts(model, row, column, run);
    else
        draw_unknown_run(model, row, column, run);
}

static void draw_no_runs(const struct model *model, struct area inner)
{
    struct strbuf hint = { 0 };

    if (error_is_set(&model->history.error)) {
        draw_error(inner, &model->history.error, model->icons);
        return;
    }
    if (!model->history.is_loaded) {
        draw_message(inner, draw_role(ROLE_DIM), "loading ...", NULL);
        return;
    }
    keymap_print(&model->keys, ACTION_START, false, &hint);
    if (hint.len)
        strbuf_adds(&hint, " starts the first.");
    draw_message(inner, draw_role(ROLE_DIM), "There are no runs yet.",
                 strbuf_text(&hint));
    strbuf_release(&hint);
}

static void draw_runs(struct model *model, struct area area, bool focused)
{
    struct history_view *history = &model->history;
    struct list *list = &history->list;
    char *title = history->count ? mem_format("Runs %zu", history->count)
                                 : mem_text("Runs");
    struct area inner = draw_box(area, model->icons, title, focused);

    list_fit(list, history->count, inner.rows);
    if (!history->count)
        draw_no_runs(model, inner);
    for (int i = 0; i < inner.rows; i++) {
        size_t index = list->top + (size_t)i;

        if (index >= history->count)
            break;
        draw_run(model, area_part(inner, 0, i, inner.columns, 1),
                 &history->runs[index]);
        if (index == list->selected)
            draw_selection(inner, i, focused, model->icons);
    }
    draw_more(area, model->icons, list);
    free(title);
}

/* ---- the view --------------------------------------------------------- */

static void draw_history_log(struct model *model, struct area area)
{
    struct history_view *history = &model->history;
    const struct run_step *step = history_step(history);
    char *label = step ? draw_step_label(step->id) : mem_text("");

    draw_log(area, &history->log, model->icons, label,
             history->focus == HISTORY_LOG || model->is_zoomed);
    free(label);
}

static void draw_narrow(struct model *model, struct area body)
{
    struct history_view *history = &model->history;

    if (history->focus == HISTORY_RUNS)
        draw_runs(model, body, true);
    else if (history->compares)
        compare_draw(model, body, true);
    else if (history->focus == HISTORY_STEPS)
        runpane_draw(model, body, true);
    else
        draw_history_log(model, body);
}

/* Steps and log beside the runs. */
static void draw_detail(struct model *model, struct area area)
{
    struct history_view *history = &model->history;
    bool in_steps = history->focus == HISTORY_STEPS;
    int most = area.rows / 2;
    int rows = runpane_rows(model, area.columns);

    rows = rows < most ? rows : most;
    runpane_draw(model, area_part(area, 0, 0, area.columns, rows), in_steps);
    draw_history_log(model,
                     area_part(area, 0, rows, area.columns, area.rows - rows));
}

static void draw(struct model *model, const struct layout *layout)
{
    struct history_view *history = &model->history;
    int percent = model->preferences.list_width + MORE_LIST_PERCENT;
    struct panes panes;

    if (model->is_zoomed && !history->compares) {
        draw_history_log(model, layout->body);
        return;
    }
    if (layout->shape == SHAPE_NARROW) {
        draw_narrow(model, layout->body);
        return;
    }
    panes = layout_panes(layout->body, layout->shape, percent, 0, false, false);
    draw_runs(model, panes.list, history->focus == HISTORY_RUNS);
    if (history->compares)
        compare_draw(model, panes.lower, history->focus != HISTORY_RUNS);
    else
        draw_detail(model, panes.lower);
}

/* ---- keys ------------------------------------------------------------- */

static enum history_focus last_focus(const struct history_view *history)
{
    return history->compares ? HISTORY_STEPS : HISTORY_LOG;
}

static void move_focus(struct history_view *history, int by)
{
    int count = (int)last_focus(history) + 1;

    history->focus =
        (enum history_focus)(((int)history->focus + by + count) % count);
}

static void open_selected(struct history_view *history)
{
    if (history->count && history->focus < last_focus(history))
        history->focus++;
}

/* One level at a time, the search and the filter of the log among them. */
static bool go_back(struct model *model)
{
    struct history_view *history = &model->history;
    struct logpane *log = &history->log;

    if (model->is_zoomed && !history->compares)
        return false;
    if (history->focus == HISTORY_LOG && log->search) {
        logpane_search(log, NULL);
    } else if (history->focus == HISTORY_LOG && log->filter) {
        logpane_filter(log, NULL);
    } else if (history->compares) {
        history_end_comparison(model);
        history->focus = HISTORY_RUNS;
    } else if (history->focus != HISTORY_RUNS) {
        history->focus--;
    } else {
        return history_end_comparison(model);
    }
    return true;
}

static bool is_movement(enum action action)
{
    return action >= ACTION_DOWN && action <= ACTION_PAGE_UP;
}

static bool move(struct model *model, enum action action)
{
    struct history_view *history = &model->history;
    bool moved;

    if (!is_movement(action))
        return false;
    if (history->focus == HISTORY_RUNS)
        moved = list_act(&history->list, action);
    else if (history->compares)
        moved = list_scroll(&history->comparison, action);
    else if (history->focus == HISTORY_STEPS)
        moved = list_act(&history->steps, action);
    else
        moved = logpane_act(&history->log, action);
    history_settle(model);
    return moved;
}

static bool act(struct model *model, enum action action)
{
    struct history_view *history = &model->history;

    if (model->is_zoomed && !history->compares && is_movement(action))
        return logpane_act(&history->log, action);
    switch (action) {
    case ACTION_NEXT_PANE:
        move_focus(history, 1);
        return true;
    case ACTION_PREVIOUS_PANE:
        move_focus(history, -1);
        return true;
    case ACTION_OPEN:
        open_selected(history);
        return true;
    case ACTION_BACK:
        return go_back(model);
    case ACTION_COMPARE:
        history_compare(model);
        return true;
    default:
        return move(model, action);
    }
}

/* In sight, and of a run that is known. */
static struct logpane *log_of(struct model *model)
{
    struct history_view *history = &model->history;
    bool is_hidden = model->columns < LAYOUT_NARROW && !model->is_zoomed &&
                     history->focus != HISTORY_LOG;

    return history->compares || is_hidden ? NULL : &history->log;
}

const struct view view_history = {
    .title = "history",
    .enter = history_reload,
    .act = act,
    .draw = draw,
    .load = history_load,
    .log = log_of,
    .hints = { { ACTION_OPEN, "open" },
               { ACTION_COMPARE, "compare" },
               { ACTION_SEARCH, "search" },
               { ACTION_NEXT_PANE, "pane" },
               { ACTION_BACK, "back" },
               { ACTION_WRAP, "wrap" },
               { ACTION_PAGER, "open log" } },
};
