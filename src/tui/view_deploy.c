/* The steps of a run, what the selected one is doing, and its log. */
#include "base/cluster.h"
#include "base/mem.h"
#include "tui/ask.h"
#include "tui/draw.h"
#include "tui/model.h"
#include "tui/progresspane.h"

#include <stdlib.h>
#include <string.h>

/* A list narrower than this shows icon, number and name only. */
enum { DETAIL_COLUMNS = 32 };

/* ---- the list --------------------------------------------------------- */

/* Tenths would flicker. */
static int64_t whole_seconds(int64_t ms)
{
    return ms < 1000 ? -1 : ms / 1000 * 1000;
}

static int64_t step_duration(const struct model *model,
                             const struct run_step *step)
{
    if (status_is_running(step->status))
        return step->start_ms ? whole_seconds(model->now_ms - step->start_ms)
                              : -1;
    return step->duration_ms ? step->duration_ms : -1;
}

/* What the status is to people: a step of a plan that has not begun shows how
 * it ended before. */
static enum step_status shown_status(const struct model *model,
                                     const struct run_step *step)
{
    if (step->was_completed && step->status == STATUS_SKIPPED)
        return STATUS_COMPLETED;
    if ((model->mode == MODE_IDLE || model->mode == MODE_STARTING) &&
        step->status == STATUS_PENDING &&
        (step->before == STATUS_FAILED || step->before == STATUS_STALE))
        return step->before;
    if (step->is_blocked && step->status == STATUS_PENDING)
        return STATUS_BLOCKED;
    return step->status;
}

/* What stands behind the name: the duration, the attempt, or what it waits
 * for. */
static char *step_detail(const struct model *model, const struct run_step *step)
{
    char text[CLOCK_TEXT_SIZE];

    draw_duration(step_duration(model, step), text);
    if (step->status == STATUS_BLOCKED)
        return mem_text("blocked");
    if (step->status == STATUS_RETRYING || step->attempts > 1)
        return mem_format("%s%d %s", model->icons->status[STATUS_RETRYING],
                          step->attempts, text);
    if (step->status == STATUS_IN_PROGRESS && step->percent >= 0)
        return mem_format("%d%% %s", step->percent, text);
    return mem_text(text);
}

static void draw_step(const struct model *model, struct area row,
                      const struct run_step *step, bool with_detail)
{
    enum step_status status = shown_status(model, step);
    char *label = draw_step_label(step->id);
    char *detail = with_detail ? step_detail(model, step) : mem_text("");
    int icon = model->icons->status_columns;
    int room = row.columns - icon - 3;
    int width = cluster_columns(detail);
    struct style name = { .role = ROLE_TEXT };

    if (status == STATUS_PENDING || status == STATUS_SKIPPED ||
        step->was_completed)
        name.role = ROLE_DIM;
    if (status == STATUS_IN_PROGRESS || status == STATUS_FAILED)
        name.attributes = ATTRIBUTE_BOLD;
    /* A failure that stops nothing is no more than a warning. */
    if (status == STATUS_FAILED && !step->critical)
        area_text(row, 1, 0, draw_bold(ROLE_WARNING), model->icons->warning);
    else
        area_text(row, 1, 0, draw_status_style(status),
                  model->icons->status[status]);
    area_fit(row, icon + 2, 0, width ? room - width - 1 : room, name, label,
             model->icons->ellipsis);
    draw_right(area_part(row, 0, 0, row.columns - 1, 1), 0, draw_role(ROLE_DIM),
               detail);
    free(label);
    free(detail);
}

static void draw_empty(const struct model *model, struct area inner)
{
    if (model->mode == MODE_LOADING)
        draw_message(inner, draw_role(ROLE_DIM), "loading ...", NULL);
    else if (error_is_set(&model->plan_error))
        draw_error(inner, &model->plan_error, model->icons);
    else
        draw_message(inner, draw_role(ROLE_DIM), "There are no steps yet.",
                     "'stepdeck init' writes the first ones, ':setup' sets "
                     "the project up");
}

static void draw_list(struct model *model, struct area area, bool with_detail)
{
    const struct run_model *run = &model->run;
    bool focused = model->focus == PANE_LIST;
    char *title =
        mem_format("Steps %zu/%zu", model_done(model), run->step_count);
    struct area inner = draw_box(area, model->icons,
                                 run->step_count ? title : "Steps", focused);
    struct list *list = &model->steps;

    list_fit(list, run->step_count, inner.rows);
    if (!run->step_count)
        draw_empty(model, inner);
    for (int i = 0; i < inner.rows; i++) {
        size_t index = list->top + (size_t)i;

        if (index >= run->step_count)
            break;
        draw_step(model, area_part(inner, 0, i, inner.columns, 1),
                  &run->steps[index], with_detail);
        if (index == list->selected)
            draw_selection(inner, i, focused, model->icons);
    }
    draw_more(area, model->icons, list);
    free(title);
}

static void draw_step_log(struct model *model, struct area area)
{
    const struct run_step *step = model_step(model);
    char *label = step ? draw_step_label(step->id) : mem_text("");

    draw_log(area, &model->log, model->icons, label,
             model->focus == PANE_LOG || model->is_zoomed);
    free(label);
}

/* ---- the view --------------------------------------------------------- */

static void draw(struct model *model, const struct layout *layout)
{
    int upper = progresspane_rows(model, layout) + 2;
    struct panes panes =
        layout_panes(layout->body, layout->shape, model->preferences.list_width,
                     upper, model->focus == PANE_LOG, model->is_zoomed);

    if (panes.list.rows)
        draw_list(model, panes.list, panes.list.columns >= DETAIL_COLUMNS);
    if (panes.upper.rows > 2)
        progresspane_draw(model, panes.upper);
    if (panes.lower.rows > 2)
        draw_step_log(model, panes.lower);
}

/* What others have done to the state meanwhile is seen. */
static void enter(struct model *model)
{
    if (model->mode == MODE_IDLE && !model->wish.command)
        model_ask(model, REQUEST_PLAN, NULL);
}

static bool is_movement(enum action action)
{
    return action >= ACTION_DOWN && action <= ACTION_RIGHT;
}

static bool act(struct model *model, enum action action)
{
    bool in_log = model->focus == PANE_LOG || model->is_zoomed;

    switch (action) {
    case ACTION_NEXT_PANE:
    case ACTION_PREVIOUS_PANE:
        model->focus = model->focus == PANE_LIST ? PANE_LOG : PANE_LIST;
        return true;
    case ACTION_OPEN:
        if (model->prompt.is_open)
            ask_again(model);
        else
            model->focus = PANE_LOG;
        return true;
    case ACTION_BACK:
        if (model->is_zoomed || model->prompt.is_open)
            return false;
        if (model->focus == PANE_LOG && model->log.search) {
            logpane_search(&model->log, NULL);
            return true;
        }
        if (model->log.filter) {
            logpane_filter(&model->log, NULL);
            return true;
        }
        model->focus = PANE_LIST;
        /* Back at the top level the selection goes with the run again. */
        model->steps.was_moved = false;
        return true;
    default:
        break;
    }
    if (in_log)
        return is_movement(action) && logpane_act(&model->log, action);
    return list_act(&model->steps, action);
}

static void click(struct model *model, int column, int row)
{
    int width = model->columns * model->preferences.list_width / 100;
    size_t index = model->steps.top + (size_t)(row > 2 ? row - 2 : 0);

    if (column >= width) {
        model->focus = PANE_LOG;
        return;
    }
    model->focus = PANE_LIST;
    if (row >= 2 && index < model->run.step_count) {
        list_select(&model->steps, index);
        model->steps.was_moved = true;
    }
}

static struct logpane *log_of(struct model *model)
{
    return &model->log;
}

const struct view view_deploy = {
    .title = "steps",
    .enter = enter,
    .act = act,
    .draw = draw,
    .log = log_of,
    .click = click,
    .hints = { { ACTION_OPEN, "answer" },
               { ACTION_START, "deploy" },
               { ACTION_RESUME, "resume" },
               { ACTION_STOP, "stop" },
               { ACTION_SEARCH, "search" },
               { ACTION_NEXT_PANE, "pane" },
               { ACTION_PALETTE, "command" },
               { ACTION_FOLLOW, "follow" },
               { ACTION_VIEW_HISTORY, "history" },
               { ACTION_PAGER, "open" } },
};
