#include "tui/compare.h"

#include "base/mem.h"
#include "tui/draw.h"

#include <stdlib.h>
#include <string.h>

enum {
    TIME_COLUMNS = 7,
    CHANGE_COLUMNS = 8,
    WORD_COLUMNS = 14, /* "about the same" */
    LABEL_LEAST = 8,
    BAR_LEAST = 6,
    BAR_MOST = 24,
    SAME_PART = 20,
    ROOMY = 10
};

/* ---- what is compared ------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    const struct compared_step *one = a, *other = b;
    const struct run_step *x = one->a ? one->a : one->b;
    const struct run_step *y = other->a ? other->a : other->b;

    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return strcmp(x->id, y->id);
}

struct compared_step *compare_steps(const struct report *a,
                                    const struct report *b, size_t *count)
{
    size_t most = a->model.step_count + b->model.step_count;
    struct compared_step *steps = mem_new(most + 1, sizeof(*steps));

    *count = 0;
    for (size_t i = 0; i < a->model.step_count; i++) {
        const struct run_step *step = &a->model.steps[i];

        steps[(*count)++] =
            (struct compared_step){ step, run_model_step(&b->model, step->id) };
    }
    for (size_t i = 0; i < b->model.step_count; i++) {
        const struct run_step *step = &b->model.steps[i];

        if (!run_model_step(&a->model, step->id))
            steps[(*count)++] = (struct compared_step){ NULL, step };
    }
    qsort(steps, *count, sizeof(*steps), by_number);
    return steps;
}

static int64_t magnitude(int64_t number)
{
    return number < 0 ? -number : number;
}

const char *compare_word(int64_t a_ms, int64_t b_ms)
{
    int64_t longer = a_ms > b_ms ? a_ms : b_ms;

    if (a_ms < 0 || b_ms < 0)
        return "";
    if (magnitude(b_ms - a_ms) * SAME_PART <= longer)
        return "about the same";
    return b_ms > a_ms ? "slower" : "faster";
}

/* ---- columns ---------------------------------------------------------- */

/* Where what stands; a width of 0 is not shown. */
struct columns {
    int label, a, b, change, word, bar;
    int label_width, word_width, bar_width;
};

static struct columns place(const struct area *area)
{
    struct columns columns = { .label = 1 };
    int rest =
        area->columns - 2 - 2 * TIME_COLUMNS - CHANGE_COLUMNS - LABEL_LEAST;

    if (rest > WORD_COLUMNS + 1) {
        columns.word_width = WORD_COLUMNS;
        rest -= WORD_COLUMNS + 1;
    }
    if (rest > 2 * BAR_LEAST) {
        columns.bar_width = rest / 2 < BAR_MOST ? rest / 2 : BAR_MOST;
        rest -= columns.bar_width + 1;
    }
    columns.label_width = LABEL_LEAST + (rest > 0 ? rest : 0);
    columns.a = columns.label + columns.label_width;
    columns.b = columns.a + TIME_COLUMNS;
    columns.change = columns.b + TIME_COLUMNS;
    columns.word = columns.change + CHANGE_COLUMNS + 1;
    columns.bar =
        columns.word + (columns.word_width ? columns.word_width + 1 : 0);
    return columns;
}

static struct style change_style(const char *word)
{
    if (strcmp(word, "slower") == 0)
        return draw_role(ROLE_WARNING);
    return draw_role(strcmp(word, "faster") == 0 ? ROLE_OK : ROLE_DIM);
}

static void draw_change(struct area area, const struct columns *columns,
                        int row, int64_t a_ms, int64_t b_ms)
{
    const char *word = compare_word(a_ms, b_ms);
    char text[CLOCK_TEXT_SIZE], *change;

    if (!*word)
        return;
    draw_duration(magnitude(b_ms - a_ms), text);
    change = mem_format("%s%s", b_ms < a_ms ? "-" : "+", text);
    draw_cell(area, columns->change, row, CHANGE_COLUMNS, change_style(word),
              a_ms == b_ms ? "0" : change);
    if (columns->word_width)
        area_text(area, columns->word, row, change_style(word), word);
    free(change);
}

/* The longest difference has the whole bar. */
static void draw_change_bar(const struct model *model, struct area area,
                            const struct columns *columns, int row,
                            int64_t change_ms, int64_t most_ms)
{
    int width;

    if (!columns->bar_width || !most_ms || !change_ms)
        return;
    width = (int)(magnitude(change_ms) * columns->bar_width / most_ms);
    if (width)
        draw_bar(area, columns->bar, row, width, 100, model->icons,
                 draw_role(change_ms > 0 ? ROLE_WARNING : ROLE_OK));
}

/* ---- rows ------------------------------------------------------------- */

static int64_t duration_in(const struct report *report,
                           const struct run_step *step, int64_t now_ms)
{
    return step ? report_step_duration(report, step, now_ms) : -1;
}

/* The duration, else why there is none. */
static void draw_time(struct area area, int column, int row,
                      const struct report *report, const struct run_step *step,
                      int64_t now_ms)
{
    int64_t duration_ms = duration_in(report, step, now_ms);
    char text[CLOCK_TEXT_SIZE];

    if (duration_ms >= 0)
        draw_cell(area, column, row, TIME_COLUMNS,
                  draw_status_style(report_step_status(report, step)),
                  draw_duration(duration_ms, text));
    else
        draw_cell(area, column, row, TIME_COLUMNS, draw_role(ROLE_DIM),
                  !step                            ? "absent"
                  : step->was_completed            ? "kept"
                  : step->start_ms                 ? "?"
                  : step->status == STATUS_SKIPPED ? "skip"
                                                   : "-");
}

struct comparison {
    const struct report *a, *b;
    struct compared_step *steps;
    size_t count;
    int64_t most_ms; /* the longest difference */
};

static void draw_step(const struct model *model, struct area area, int row,
                      const struct comparison *comparison,
                      const struct compared_step *step)
{
    struct columns columns = place(&area);
    int64_t a_ms = duration_in(comparison->a, step->a, model->now_ms);
    int64_t b_ms = duration_in(comparison->b, step->b, model->now_ms);
    char *label = draw_step_label(step->a ? step->a->id : step->b->id);

    area_fit(area, columns.label, row, columns.label_width,
             draw_role(ROLE_TEXT), label, model->icons->ellipsis);
    draw_time(area, columns.a, row, comparison->a, step->a, model->now_ms);
    draw_time(area, columns.b, row, comparison->b, step->b, model->now_ms);
    draw_change(area, &columns, row, a_ms, b_ms);
    if (a_ms >= 0 && b_ms >= 0)
        draw_change_bar(model, area, &columns, row, b_ms - a_ms,
                        comparison->most_ms);
    free(label);
}

static void draw_head(struct area area)
{
    struct columns columns = place(&area);
    struct style style = draw_role(ROLE_DIM);

    area_text(area, columns.label, 0, style, "step");
    draw_cell(area, columns.a, 0, TIME_COLUMNS, draw_bold(ROLE_ACCENT), "A");
    draw_cell(area, columns.b, 0, TIME_COLUMNS, draw_bold(ROLE_ACCENT), "B");
    draw_cell(area, columns.change, 0, CHANGE_COLUMNS, style, "B - A");
}

static void draw_total(const struct model *model, struct area area, int row,
                       const struct comparison *comparison)
{
    struct columns columns = place(&area);
    int64_t a_ms = report_duration(comparison->a, model->now_ms);
    int64_t b_ms = report_duration(comparison->b, model->now_ms);
    char text[CLOCK_TEXT_SIZE];

    area_text(area, columns.label, row, draw_bold(ROLE_TEXT), "the run");
    draw_cell(area, columns.a, row, TIME_COLUMNS, draw_bold(ROLE_TEXT),
              draw_duration(a_ms, text));
    draw_cell(area, columns.b, row, TIME_COLUMNS, draw_bold(ROLE_TEXT),
              draw_duration(b_ms, text));
    draw_change(area, &columns, row, a_ms, b_ms);
}

/* Which run is which: "A 2026-11-21 17:00  deploy  failed". */
static int draw_run(const struct model *model, struct area area, int row,
                    const char *letter, const struct report *report)
{
    enum step_status like = report_result_status(report->result);
    char minute[DRAW_MINUTE_SIZE];
    char *text = mem_format("%s  %s  %s",
                            draw_minute(report->model.start_ms, true, minute),
                            report->model.command ? report->model.command : "",
                            report_result_name(report->result));

    area_text(area, 1, row, draw_bold(ROLE_ACCENT), letter);
    area_text(area, 3, row, draw_status_style(like),
              model->icons->status[like]);
    area_fit(area, 4 + model->icons->status_columns, row,
             area.columns - 5 - model->icons->status_columns,
             draw_role(ROLE_TEXT), text, model->icons->ellipsis);
    free(text);
    return row + 1;
}

/* ---- the pane --------------------------------------------------------- */

static void draw_table(struct model *model, struct area area,
                       const struct comparison *comparison)
{
    struct list *list = &model->history.comparison;
    struct area rows;
    int row = draw_run(model, area, 0, "A", comparison->a);

    row = draw_run(model, area, row, "B", comparison->b);
    if (area.rows >= ROOMY)
        row++;
    draw_head(area_part(area, 0, row++, area.columns, 1));
    rows = area_part(area, 0, row, area.columns, area.rows - row - 1);
    list_fit_text(list, comparison->count, rows.rows);
    for (int i = 0; i < rows.rows; i++) {
        size_t index = list->top + (size_t)i;

        if (index >= comparison->count)
            break;
        draw_step(model, rows, i, comparison, &comparison->steps[index]);
    }
    row += (int)(comparison->count < (size_t)rows.rows ? comparison->count
                                                       : (size_t)rows.rows);
    draw_total(model, area, row, comparison);
}

static void measure(struct comparison *comparison, int64_t now_ms)
{
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared_step *step = &comparison->steps[i];
        int64_t a_ms = duration_in(comparison->a, step->a, now_ms);
        int64_t b_ms = duration_in(comparison->b, step->b, now_ms);

        if (a_ms >= 0 && b_ms >= 0 &&
            magnitude(b_ms - a_ms) > comparison->most_ms)
            comparison->most_ms = magnitude(b_ms - a_ms);
    }
}

void compare_draw(struct model *model, struct area area, bool focused)
{
    struct history_view *history = &model->history;
    struct area inner =
        draw_box(area, model->icons, "Durations of two runs", focused);
    struct comparison comparison = { .a = history->compared,
                                     .b = history_report(history) };

    if (error_is_set(&history->error)) {
        draw_error(inner, &history->error, model->icons);
        return;
    }
    if (!comparison.a || !comparison.b) {
        draw_message(inner, draw_role(ROLE_DIM), "loading ...", NULL);
        return;
    }
    if (comparison.a == comparison.b) {
        draw_message(inner, draw_role(ROLE_DIM),
                     "This is the marked run itself.",
                     "Select another one to compare it with.");
        return;
    }
    comparison.steps =
        compare_steps(comparison.a, comparison.b, &comparison.count);
    measure(&comparison, model->now_ms);
    draw_table(model, inner, &comparison);
    draw_more(area, model->icons, &history->comparison);
    free(comparison.steps);
}
