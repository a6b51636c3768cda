/* What would run, step by step, and why. */
#include "base/cluster.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "tui/draw.h"
#include "tui/model.h"

#include <stdlib.h>
#include <string.h>

enum { ACTION_COLUMNS = 8 };

static void enter(struct model *model)
{
    if (model->mode == MODE_IDLE && !model->wish.command)
        model_ask(model, REQUEST_PLAN, NULL);
    else
        model_ask_previews(model);
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

/* Where names end and reasons begin: as far right as the longest name on the
 * screen needs, but leaving reasons half of the row. */
static int reason_column(const struct model *model, int columns, int rows)
{
    const struct list *list = &model->plan_list;
    int widest = 12, before = model->icons->status_columns + 10;

    for (int i = 0; i < rows; i++) {
        const json_t *entry =
            json_array_get(model->plan, list->top + (size_t)i);
        char *label = draw_step_label(jsonx_text(entry, "step", ""));
        int width = cluster_columns(label);

        widest = width > widest ? width : widest;
        free(label);
    }
    if (before + widest > columns / 2)
        widest = columns / 2 - before;
    return before + widest + 2;
}

static void draw_entry(const struct model *model, struct area row,
                       const json_t *entry, int reasons)
{
    const char *action = jsonx_text(entry, "action", "");
    const char *note = jsonx_text(entry, "note", NULL);
    const char *reason = jsonx_text(entry, "reason", "");
    enum step_status icon =
        strvec_has(&model->skips, jsonx_text(entry, "step", ""))
            ? STATUS_SKIPPED
            : action_icon(action, jsonx_text(entry, "status", ""));
    int column = 1 + model->icons->status_columns + 1;
    /* Where there is no room for the reason it stands below the list. */
    bool is_narrow = row.columns < LAYOUT_NARROW - 2;
    char *text = note ? mem_format("%s (%s)", reason, note) : mem_text(reason);
    char *label = draw_step_label(jsonx_text(entry, "step", ""));

    area_text(row, 1, 0, draw_status_style(icon), model->icons->status[icon]);
    area_fit(row, column, 0, ACTION_COLUMNS, action_style(action), action, "");
    column += ACTION_COLUMNS;
    area_fit(row, column, 0, (is_narrow ? row.columns : reasons) - column - 1,
             draw_role(ROLE_TEXT), label, model->icons->ellipsis);
    if (!is_narrow)
        area_fit(row, reasons, 0, row.columns - reasons - 1,
                 draw_role(ROLE_DIM), text, model->icons->ellipsis);
    free(label);
    free(text);
}

/* What it would do in the cloud, under it; gives the rows it takes, on an area
 * without rows too. Lines are cut where the selected entry tells all below. */
static int draw_preview(const struct model *model, struct area area, int row,
                        const json_t *entry, bool is_cut)
{
    const json_t *lines =
        json_object_get(model->previews, jsonx_text(entry, "step", ""));
    int column = 1 + model->icons->status_columns + 1 + ACTION_COLUMNS;
    int columns = area.columns - column - 1, first = row;

    for (size_t i = 0; i < json_array_size(lines); i++) {
        const char *text = json_string_value(json_array_get(lines, i));

        if (is_cut)
            area_fit(area, column, row++, columns, draw_role(ROLE_ACCENT), text,
                     model->icons->ellipsis);
        else
            row += draw_paragraph(area, column, row, columns,
                                  draw_role(ROLE_ACCENT), text);
    }
    return row - first;
}

/* Scrolls on until all of the selected entry can be seen, if that can be. */
static void fit_entries(const struct model *model, struct list *list,
                        struct area inner, bool is_cut)
{
    struct area nowhere = area_part(inner, 0, 0, inner.columns, 0);
    int rows = 0;

    for (size_t i = list->top; i <= list->selected && i < list->count; i++)
        rows += 1 + draw_preview(model, nowhere, 0,
                                 json_array_get(model->plan, i), is_cut);
    for (; rows > inner.rows && list->top < list->selected; list->top++)
        rows -=
            1 + draw_preview(model, nowhere, 0,
                             json_array_get(model->plan, list->top), is_cut);
}

static void draw_entries(const struct model *model, struct list *list,
                         struct area inner, bool is_cut)
{
    int reasons, row = 0;
    size_t index;

    fit_entries(model, list, inner, is_cut);
    reasons = reason_column(model, inner.columns, inner.rows);
    for (index = list->top; index < list->count && row < inner.rows; index++) {
        const json_t *entry = json_array_get(model->plan, index);

        draw_entry(model, area_part(inner, 0, row, inner.columns, 1), entry,
                   reasons);
        if (index == list->selected)
            draw_selection(inner, row, true, model->icons);
        row += 1 + draw_preview(model, inner, row + 1, entry, is_cut);
    }
    /* What is in sight, for the marks of what is not. */
    if (index > list->top)
        list->rows = (int)(index - list->top) - (row > inner.rows);
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

static void add_trait(struct strbuf *out, const char *text)
{
    if (out->len)
        strbuf_adds(out, ", ");
    strbuf_adds(out, text);
}

/* "not critical, together with group 'images', 3 attempts, asks: Really?" */
static void add_traits(const json_t *entry, struct strbuf *out)
{
    const char *group = jsonx_text(entry, "parallel", NULL);
    const char *confirm = jsonx_text(entry, "confirm", NULL);
    int64_t timeout_ms = jsonx_int(entry, "timeout_ms", 0);
    int64_t attempts = jsonx_int(entry, "attempts", 0);
    char text[CLOCK_TEXT_SIZE];

    if (json_object_get(entry, "critical") && !jsonx_bool(entry, "critical"))
        add_trait(out, "may fail without stopping the run");
    if (group) {
        add_trait(out, "runs together with its group ");
        strbuf_adds(out, group);
    }
    if (attempts) {
        add_trait(out, "");
        strbuf_addf(out, "up to %lld attempts", (long long)attempts);
    }
    if (timeout_ms) {
        add_trait(out, "at most ");
        strbuf_adds(out, draw_duration(timeout_ms, text));
    }
    if (jsonx_bool(entry, "interactive"))
        add_trait(out, "wants the terminal");
    if (confirm) {
        add_trait(out, "asks: ");
        strbuf_adds(out, confirm);
    }
}

static int say(struct area inner, int row, enum role role, const char *text)
{
    return text && *text ? draw_paragraph(inner, 1, row, inner.columns - 2,
                                          draw_role(role), text)
                         : 0;
}

/* All that is known of the selected entry, under the list. */
static void draw_detail(const struct model *model, struct area area)
{
    const json_t *entry =
        json_array_get(model->plan, model->plan_list.selected);
    const char *suggestion = jsonx_text(entry, "suggestion", NULL);
    struct area inner =
        draw_box(area, model->icons, jsonx_text(entry, "title", "Why"), false);
    struct strbuf traits = { 0 };
    char *try = suggestion ? mem_format("Try: %s", suggestion) : NULL;
    char text[CLOCK_TEXT_SIZE];
    int64_t usual =
        timings_usual(&model->timings, jsonx_text(entry, "step", ""), NULL);
    const json_t *line;
    size_t index;
    int row = 0;

    row += say(inner, row, ROLE_TEXT, jsonx_text(entry, "reason", ""));
    row += say(inner, row, ROLE_ACCENT, try);
    json_array_foreach(
        json_object_get(model->previews, jsonx_text(entry, "step", "")), index,
        line)
    {
        row += say(inner, row, ROLE_ACCENT, json_string_value(line));
    }
    row += say(inner, row, ROLE_WARNING, jsonx_text(entry, "note", NULL));
    add_traits(entry, &traits);
    if (usual >= 0) {
        add_trait(&traits, "usually takes ");
        strbuf_adds(&traits, draw_duration(usual, text));
    }
    row += say(inner, row, ROLE_TEXT, strbuf_text(&traits));
    say(inner, row, ROLE_DIM, jsonx_text(entry, "description", NULL));
    strbuf_release(&traits);
    free(try);
}

/* What is asked about stays in sight beside the question. */
static int detail_rows(const struct model *model, const struct area *body)
{
    if (!json_array_size(model->plan) || body->rows < 14)
        return 0;
    return body->rows < 22 ? 5 : 7;
}

static void draw(struct model *model, const struct layout *layout)
{
    struct area body = layout->body;
    size_t count = json_array_size(model->plan);
    int detail = detail_rows(model, &body);
    char *title = count ? plan_title(model) : mem_text("Plan");
    struct area box = area_part(body, 0, 0, body.columns, body.rows - detail);
    struct area inner = draw_box(box, model->icons, title, true);
    struct list *list = &model->plan_list;

    list_fit(list, count, inner.rows);
    if (model->asks_previews && count)
        draw_box_note(box, model->icons, title, "looking in the cloud ...",
                      true);
    if (error_is_set(&model->plan_error))
        draw_error(inner, &model->plan_error, model->icons);
    else if (!model->plan)
        draw_message(inner, draw_role(ROLE_DIM), "making the plan ...", NULL);
    else if (!count)
        draw_message(inner, draw_role(ROLE_DIM), "There is nothing to run.",
                     "'stepdeck init' writes the first steps");
    if (count)
        draw_entries(model, list, inner, detail > 0);
    draw_more(box, model->icons, list);
    if (detail)
        draw_detail(model, area_part(body, 0, body.rows - detail, body.columns,
                                     detail));
    free(title);
}

/* The step in the view of the steps. */
static void open_step(struct model *model)
{
    const char *id = jsonx_text(
        json_array_get(model->plan, model->plan_list.selected), "step", NULL);

    for (size_t i = 0; id && i < model->run.step_count; i++) {
        if (strcmp(model->run.steps[i].id, id) == 0) {
            list_select(&model->steps, i);
            model->steps.was_moved = true;
        }
    }
    model_show(model, VIEW_DEPLOY);
}

static bool act(struct model *model, enum action action)
{
    if (list_act(&model->plan_list, action))
        return true;
    if (action != ACTION_OPEN)
        return false;
    open_step(model);
    return true;
}

const struct view view_plan = {
    .title = "plan",
    .enter = enter,
    .act = act,
    .draw = draw,
    .hints = { { ACTION_START, "deploy" },
               { ACTION_OPEN, "its log" },
               { ACTION_BACK, "back" },
               { ACTION_SKIP, "leave out" },
               { ACTION_PALETTE, "command" } },
};
