/* The frame of every screen: header, footer, and what lies over the view. */
#include "base/cluster.h"
#include "base/mem.h"
#include "tui/draw.h"
#include "tui/model.h"
#include "tui/palette.h"

#include <stdlib.h>
#include <string.h>

/* ---- the header ------------------------------------------------------- */

static void add_crumb(const struct model *model, struct strbuf *out,
                      const char *text)
{
    if (!text || !*text)
        return;
    if (out->len)
        strbuf_addf(out, " %s ", model->icons->crumb);
    strbuf_adds(out, text);
}

static void add_part(const struct model *model, struct strbuf *out,
                     const char *text)
{
    if (!text || !*text)
        return;
    if (out->len)
        strbuf_addf(out, " %s ", model->icons->separator);
    strbuf_adds(out, text);
}

static int64_t elapsed_ms(const struct model *model)
{
    const struct run_model *run = &model->run;
    int64_t end = model->mode == MODE_OVER ? run->last_ms : model->now_ms;

    return run->start_ms && end > run->start_ms ? end - run->start_ms : 0;
}

/* "03:12" or "1:03:12" */
static char *stopwatch(int64_t ms)
{
    long seconds = (long)(ms / 1000);

    return seconds < 3600
               ? mem_format("%02ld:%02ld", seconds / 60, seconds % 60)
               : mem_format("%ld:%02ld:%02ld", seconds / 3600,
                            seconds / 60 % 60, seconds % 60);
}

static void add_estimate(const struct model *model, struct strbuf *out)
{
    int64_t left =
        timings_remaining(&model->timings, &model->run, model->now_ms);
    char *watch;
    char *text;

    if (left <= 0 || (model->mode != MODE_LIVE && model->mode != MODE_WATCHING))
        return;
    watch = stopwatch(left + 500);
    text = mem_format("about %s left", watch);
    add_part(model, out, text);
    free(text);
    free(watch);
}

/* The part of the run id that people tell runs by: behind the time. */
static const char *short_run(const char *run)
{
    const char *dash = run ? strrchr(run, '-') : NULL;

    return dash ? dash + 1 : run;
}

static void add_commit(const struct model *model, struct strbuf *out,
                       const char *branch, const char *commit)
{
    char *text;

    if (!commit)
        return;
    text =
        mem_format("%s%s%.7s", branch ? branch : "", branch ? "@" : "", commit);
    add_part(model, out, text);
    free(text);
}

static void run_facts(const struct model *model, struct strbuf *out)
{
    const struct run_model *run = &model->run;
    bool is_run = model->mode >= MODE_LIVE;

    if (is_run && run->run) {
        char *text = mem_format("run %s", short_run(run->run));

        add_part(model, out, text);
        free(text);
    }
    add_commit(model, out, is_run ? run->branch : model->heading.branch,
               is_run ? run->commit : model->heading.commit);
    if (is_run) {
        char *watch = stopwatch(elapsed_ms(model));

        add_part(model, out, watch);
        free(watch);
    }
    add_estimate(model, out);
}

static const char *mode_word(const struct model *model)
{
    switch (model->mode) {
    case MODE_STARTING:
        return "starting";
    case MODE_WATCHING:
        return model->prompt.is_open ? "watching; it waits for an answer where "
                                       "it was started"
                                     : "watching";
    case MODE_OVER:
        return model->has_died           ? "it died"
               : model->exit_status == 0 ? "done"
               : model->exit_status == 6 ? "stopped"
                                         : "failed";
    case MODE_LIVE:
        return model->interrupts       ? "stopping"
               : model->prompt.is_open ? "waiting for you"
                                       : NULL;
    case MODE_LOADING:
    case MODE_IDLE:
        break;
    }
    return NULL;
}

static struct style mode_style(const struct model *model)
{
    if (model->mode != MODE_OVER)
        return draw_bold(ROLE_WARNING);
    return draw_bold(model->exit_status ? ROLE_FAILED : ROLE_OK);
}

static void draw_header(const struct model *model, struct area area)
{
    const struct heading *heading = &model->heading;
    const char *word = mode_word(model);
    struct strbuf left = { 0 }, right = { 0 };
    int used, room;

    add_crumb(model, &left, heading->project ? heading->project : "stepdeck");
    add_crumb(model, &left, heading->environment);
    add_crumb(model, &left, heading->region);
    if (model->view != VIEW_DEPLOY)
        add_crumb(model, &left, model_view(model)->title);
    used = 1 + area_fit(area, 1, 0, area.columns - 1, draw_bold(ROLE_TITLE),
                        strbuf_text(&left), model->icons->ellipsis);
    if (word && used + 2 + cluster_columns(word) < area.columns)
        used += 2 + area_text(area, used + 2, 0, mode_style(model), word);
    run_facts(model, &right);
    room = area.columns - used - 3;
    /* What does not fit goes from the left: the time says most. */
    while (right.len && cluster_columns(strbuf_text(&right)) > room) {
        char *separator = strstr(right.data, model->icons->separator);
        size_t size = separator ? (size_t)(separator - right.data) +
                                      strlen(model->icons->separator) + 1
                                : right.len;

        strbuf_consume(&right, size);
    }
    draw_right(area_part(area, 0, 0, area.columns - 1, 1), 0,
               draw_role(ROLE_DIM), strbuf_text(&right));
    strbuf_release(&left);
    strbuf_release(&right);
}

/* ---- the footer ------------------------------------------------------- */

static size_t harmless_failures(const struct run_model *run)
{
    size_t count = 0;

    for (size_t i = 0; i < run->step_count; i++)
        count +=
            run->steps[i].status == STATUS_FAILED && !run->steps[i].critical;
    return count;
}

/* "5/9 ✖1 ▶1 ⊘2": done of all, then what there is any of. */
static int draw_counts(const struct model *model, struct area area)
{
    static const enum step_status shown[] = { STATUS_FAILED, STATUS_IN_PROGRESS,
                                              STATUS_RETRYING, STATUS_BLOCKED };
    const struct run_model *run = &model->run;
    char *text;
    int column = 1;

    if (!run->step_count)
        return 1;
    text = mem_format("%zu/%zu", model_done(model), run->step_count);
    column += area_text(area, column, 0, draw_bold(ROLE_TEXT), text);
    free(text);
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        size_t count = run_model_count(run, shown[i]);

        if (shown[i] == STATUS_FAILED)
            count -= harmless_failures(run);
        if (!count || column > area.columns / 2)
            continue;
        text = mem_format("%s%zu", model->icons->status[shown[i]], count);
        column += 1 + area_text(area, column + 1, 0,
                                draw_status_style(shown[i]), text);
        free(text);
    }
    return column;
}

static int hint_columns(const struct model *model, enum action action,
                        const char *label)
{
    struct strbuf key = { 0 };
    int columns;

    keymap_print(&model->keys, action, false, &key);
    columns = cluster_columns(strbuf_text(&key)) + 1 + cluster_columns(label);
    strbuf_release(&key);
    return columns;
}

static void draw_hint(const struct model *model, struct area area, int column,
                      enum action action, const char *label)
{
    struct strbuf key = { 0 };

    keymap_print(&model->keys, action, false, &key);
    column +=
        area_text(area, column, 0, draw_role(ROLE_ACCENT), strbuf_text(&key));
    area_text(area, column + 1, 0, draw_role(ROLE_DIM), label);
    strbuf_release(&key);
}

static bool is_chosen(const struct view_hint *const *chosen, size_t count,
                      const struct view_hint *hint)
{
    for (size_t i = 0; i < count; i++) {
        if (chosen[i] == hint)
            return true;
    }
    return false;
}

/* False when there is no room for it. */
static bool choose_hint(const struct model *model, const struct view_hint *hint,
                        const struct view_hint **chosen, size_t *count,
                        int *room)
{
    int columns = hint_columns(model, hint->action, hint->label) + 2;

    if (columns > *room)
        return false;
    *room -= columns;
    chosen[(*count)++] = hint;
    return true;
}

/* The hints of a view in order of their worth, then help and quit, which are
 * there before any other. */
static void draw_hints(const struct model *model, struct area area, int from)
{
    static const struct view_hint always[] = { { ACTION_VIEW_HELP, "help" },
                                               { ACTION_QUIT, "quit" } };
    const struct view_hint *hints = model_view(model)->hints;
    const struct view_hint *chosen[VIEW_HINTS + 2];
    bool is_narrow = area.columns < LAYOUT_NARROW;
    size_t count = 0, kept = model_view(model)->key ? 0 : 2;
    int room = area.columns - from - 1, column;

    /* Where keys are typed as text the view says its own. */
    if (!kept)
        return;
    for (size_t i = 0; i < kept; i++)
        room -= hint_columns(model, always[i].action, always[i].label) + 2;
    /* Where panes take turns the way to the other one comes first. */
    for (size_t i = 0; is_narrow && i < VIEW_HINTS && hints[i].action; i++) {
        if (hints[i].action ==
            (model->prompt.is_open ? ACTION_OPEN : ACTION_NEXT_PANE))
            choose_hint(model, &hints[i], chosen, &count, &room);
    }
    for (size_t i = 0; i < VIEW_HINTS && hints[i].action; i++) {
        if ((is_narrow && is_chosen(chosen, count, &hints[i])) ||
            !model_can(model, hints[i].action))
            continue;
        if (!choose_hint(model, &hints[i], chosen, &count, &room))
            break;
    }
    for (size_t i = 0; i < kept; i++)
        chosen[count++] = &always[i];
    column = area.columns - 1;
    for (size_t i = 0; i < count; i++)
        column -= hint_columns(model, chosen[i]->action, chosen[i]->label) +
                  (i ? 2 : 0);
    for (size_t i = 0; i < count; i++) {
        draw_hint(model, area, column, chosen[i]->action, chosen[i]->label);
        column += hint_columns(model, chosen[i]->action, chosen[i]->label) + 2;
    }
}

static void draw_footer(const struct model *model, struct area area)
{
    int used = draw_counts(model, area);

    if (model->keys.pending_count) {
        struct strbuf keys = { 0 };

        for (size_t i = 0; i < model->keys.pending_count; i++)
            key_print(model->keys.pending[i], &keys);
        strbuf_adds(&keys, model->icons->ellipsis);
        area_text(area, used + 2, 0, draw_role(ROLE_ACCENT),
                  strbuf_text(&keys));
        strbuf_release(&keys);
        return;
    }
    if (model->notice.text && model->dialog.kind == DIALOG_NONE) {
        struct style style = { .role = (uint8_t)model->notice.role };

        area_fit(area, used + 2, 0, area.columns - used - 3, style,
                 model->notice.text, model->icons->ellipsis);
        return;
    }
    if (model->dialog.kind == DIALOG_NONE)
        draw_hints(model, area, used + 2);
    else
        draw_right(area_part(area, 0, 0, area.columns - 1, 1), 0,
                   draw_role(ROLE_DIM), "Enter chooses  Esc closes");
}

/* ---- tiny screens ----------------------------------------------------- */

/* "12/29 ✖3 q quit ? help" */
static void draw_line(const struct model *model, struct area area)
{
    int used = draw_counts(model, area);
    const char *word = mode_word(model);

    used += 1 + area_text(area, used + 1, 0, draw_role(ROLE_DIM), "q ?");
    if (word)
        area_text(area, used + 1, 0, mode_style(model), word);
    if (area.rows > 1)
        area_fit(area, 1, 1, area.columns - 1, draw_role(ROLE_DIM),
                 "make the window 40x10 or larger", model->icons->ellipsis);
}

/* ---- all of it -------------------------------------------------------- */

static void draw_over(struct model *model, struct canvas *canvas,
                      struct area docked)
{
    if (model->dialog.kind == DIALOG_NONE)
        return;
    if (palette_is_open(model))
        palette_draw(model, canvas_area(canvas));
    dialog_draw(&model->dialog, docked.rows ? docked : canvas_area(canvas),
                model->icons);
}

void model_draw(struct model *model, struct canvas *canvas)
{
    struct layout layout;
    struct area docked = { .canvas = canvas };
    int rows;

    model_settle(model);
    canvas_erase(canvas);
    model->columns = canvas->columns;
    model->rows = canvas->rows;
    layout = layout_make(canvas);
    if (layout.shape == SHAPE_LINE) {
        draw_line(model, layout.body);
        draw_over(model, canvas, docked);
        return;
    }
    rows = dialog_docked_rows(&model->dialog, layout.body);
    if (rows) {
        docked = area_part(layout.body, 0, layout.body.rows - rows,
                           layout.body.columns, rows);
        layout.body.rows -= rows;
    }
    draw_header(model, layout.header);
    model_view(model)->draw(model, &layout);
    draw_footer(model, layout.footer);
    draw_over(model, canvas, docked);
}
