/* What would run, step by step, and why. */
#include "base/cluster.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "tui/draw.h"
#include "tui/model.h"

#include <stdlib.h>
#include <string.h>

static void enter(struct model *model)
{
    if (!model->plan && model->mode != MODE_LOADING)
        model_ask(model, REQUEST_PLAN, NULL);
}

static struct style action_style(const char *action)
{
    if (strcmp(action, "run") == 0)
        return draw_bold(ROLE_RUNNING);
    if (strcmp(action, "blocked") == 0)
        return draw_bold(ROLE_FAILED);
    return draw_role(ROLE_SKIPPED);
}

static enum step_status action_icon(const char *action, const char *status)
{
    if (strcmp(action, "run") == 0)
        return STATUS_PENDING;
    if (strcmp(action, "blocked") == 0)
        return STATUS_BLOCKED;
    return strcmp(status, "completed") == 0 ? STATUS_COMPLETED : STATUS_SKIPPED;
}

static void draw_entry(const struct model *model, struct area row,
                       const json_t *entry)
{
    const char *action = jsonx_text(entry, "action", "");
    const char *step = jsonx_text(entry, "step", "");
    const char *reason = jsonx_text(entry, "reason", "");
    const char *note = jsonx_text(entry, "note", NULL);
    enum step_status icon =
        action_icon(action, jsonx_text(entry, "status", ""));
    int column = 1 + model->icons->status_columns + 1;
    /* Where there is no room for the reason it stands below the list. */
    bool is_narrow = row.columns < LAYOUT_NARROW - 2;
    int name = is_narrow ? row.columns : row.columns * 2 / 5;
    char *text = note ? mem_format("%s (%s)", reason, note) : mem_text(reason);
    char *label = draw_step_label(step);

    area_text(row, 1, 0, draw_status_style(icon), model->icons->status[icon]);
    area_fit(row, column, 0, 8, action_style(action), action, "");
    column += 8;
    area_fit(row, column, 0, name - column, draw_role(ROLE_TEXT), label,
             model->icons->ellipsis);
    if (!is_narrow)
        area_fit(row, name + 1, 0, row.columns - name - 2, draw_role(ROLE_DIM),
                 text, model->icons->ellipsis);
    free(label);
    free(text);
}

static char *plan_title(const struct model *model)
{
    size_t counts[3] = { 0 }, index;
    json_t *entry;

    json_array_foreach(model->plan, index, entry)
    {
        const char *action = jsonx_text(entry, "action", "");

        counts[strcmp(action, "run") == 0 ? 0
               : strcmp(action, "skip")   ? 2
                                          : 1]++;
    }
    return mem_format("Plan %s %zu to run, %zu to skip, %zu blocked",
                      model->icons->horizontal, counts[0], counts[1],
                      counts[2]);
}

/* All that is known of the selected entry, under the list. */
static void draw_detail(const struct model *model, struct area area)
{
    const json_t *entry =
        json_array_get(model->plan, model->plan_list.selected);
    struct area inner =
        draw_box(area, model->icons, jsonx_text(entry, "title", "Why"), false);
    const char *suggestion = jsonx_text(entry, "suggestion", NULL);
    int row = 0;

    row +=
        draw_paragraph(inner, 1, row, inner.columns - 2, draw_role(ROLE_TEXT),
                       jsonx_text(entry, "reason", ""));
    if (suggestion) {
        char *text = mem_format("Try: %s", suggestion);

        row += draw_paragraph(inner, 1, row, inner.columns - 2,
                              draw_role(ROLE_ACCENT), text);
        free(text);
    }
    if (jsonx_text(entry, "note", NULL))
        draw_paragraph(inner, 1, row, inner.columns - 2,
                       draw_role(ROLE_WARNING), jsonx_text(entry, "note", ""));
}

static void draw(struct model *model, const struct layout *layout)
{
    struct area body = layout->body;
    size_t count = json_array_size(model->plan);
    int detail = count && body.rows >= 14 ? 5 : 0;
    char *title = count ? plan_title(model) : mem_text("Plan");
    struct area inner =
        draw_box(area_part(body, 0, 0, body.columns, body.rows - detail),
                 model->icons, title, true);
    struct list *list = &model->plan_list;

    list_fit(list, count, inner.rows);
    if (error_is_set(&model->plan_error))
        draw_error(inner, &model->plan_error, model->icons);
    else if (!model->plan)
        draw_message(inner, draw_role(ROLE_DIM), "making the plan ...", NULL);
    else if (!count)
        draw_message(inner, draw_role(ROLE_DIM), "There is nothing to run.",
                     "'stepdeck init' writes the first steps");
    for (int i = 0; i < inner.rows && list->top + (size_t)i < count; i++) {
        size_t index = list->top + (size_t)i;

        draw_entry(model, area_part(inner, 0, i, inner.columns, 1),
                   json_array_get(model->plan, index));
        if (index == list->selected)
            draw_selection(inner, i, true, model->icons);
    }
    if (detail)
        draw_detail(model, area_part(body, 0, body.rows - detail, body.columns,
                                     detail));
    free(title);
}

static bool act(struct model *model, enum action action)
{
    if (list_act(&model->plan_list, action))
        return true;
    if (action != ACTION_OPEN)
        return false;
    model_wish(model, "deploy", NULL);
    return true;
}

const struct view view_plan = {
    .title = "plan",
    .enter = enter,
    .act = act,
    .draw = draw,
    .hints = { { ACTION_OPEN, "start" },
               { ACTION_BACK, "back" },
               { ACTION_SKIP, "leave out" },
               { ACTION_PALETTE, "command" } },
};
