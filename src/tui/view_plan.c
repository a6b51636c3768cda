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
    if (model->mode == MODE_IDLE && !model->wish.command)
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
    area_fit(row, column, 0, 8, action_style(action), action, "");
    column += 8;
    area_fit(row, column, 0, (is_narrow ? row.columns : reasons) - column - 1,
             draw_role(ROLE_TEXT), label, model->icons->ellipsis);
    if (!is_narrow)
        area_fit(row, reasons, 0, row.columns - reasons - 1,
                 draw_role(ROLE_DIM), text, model->icons->ellipsis);
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
    int row = 0;

    row += say(inner, row, ROLE_TEXT, jsonx_text(entry, "reason", ""));
    row += say(inner, row, ROLE_ACCENT, try);
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
    int reasons;

    list_fit(list, count, inner.rows);
    reasons = reason_column(model, inner.columns, inner.rows);
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
                   json_array_get(model->plan, index), reasons);
        if (index == list->selected)
            draw_selection(inner, i, true, model->icons);
    }
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
