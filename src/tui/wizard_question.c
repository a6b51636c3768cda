/* How one question looks: its help, the field, what is wrong with the answer,
 * and the choices. */
#include "base/cluster.h"
#include "base/mem.h"
#include "tui/draw.h"
#include "tui/wizard_private.h"

#include <stdlib.h>

enum { CHOICES_LEAST = 3, ASKING_LEAST_ROWS = 8 };

/* ---- what is said about the answer ------------------------------------ */

struct remark {
    struct style style;
    const char *sign; /* before it; NULL: none */
    char *text;
    char *hint; /* NULL: none */
};

static void remark_error(struct remark *remark, const struct error *err,
                         const struct icons *icons)
{
    remark->style = draw_role(ROLE_FAILED);
    remark->sign = icons->status[STATUS_FAILED];
    remark->text = mem_text(err->message);
    remark->hint = err->hint[0] ? mem_text(err->hint) : NULL;
}

/* Where the value in the field comes from. */
static const char *origin_of(const struct wizard_view *wizard)
{
    const struct setup_question *question = setup_current(wizard->setup);
    const struct setup_choice *choices[WIZARD_CHOICES];

    if (!wizard->is_changed && setup_is_answered(wizard->setup, question->key))
        return "your answer";
    if (!wizard->is_changed) {
        const char *origin = setup_origin(wizard->setup, question->key);
        struct error err = { 0 };

        if (origin && *origin)
            return origin;
        if (wizard->field.text.len)
            return "the usual";
        /* The answers before may want one. */
        return question->missing &&
                       setup_check(wizard->setup, question->key, "", &err)
                   ? "may stay empty"
                   : "";
    }
    if (wizard->has_picked && wizard_is_typed(question)) {
        wizard_matches(wizard, choices);
        return choices[wizard->choices.selected]->origin;
    }
    return "";
}

static struct remark make_remark(const struct model *model)
{
    const struct wizard_view *wizard = model->wizard;
    const struct setup_question *question = setup_current(wizard->setup);
    struct remark remark = { .style = draw_role(ROLE_DIM) };
    struct error err = { 0 };
    char *answer = wizard_answer(wizard);
    bool is_valid = setup_check(wizard->setup, question->key, answer, &err);
    const char *doubt =
        is_valid ? setup_doubt(wizard->setup, question->key, answer) : NULL;

    if (error_is_set(&wizard->error)) {
        remark_error(&remark, &wizard->error, model->icons);
    } else if (!is_valid && wizard->is_changed) {
        remark_error(&remark, &err, model->icons);
    } else if (doubt) {
        remark.style = draw_role(ROLE_WARNING);
        remark.sign = model->icons->warning;
        remark.text = mem_text(doubt);
    } else {
        remark.text = mem_text(origin_of(wizard));
        if (wizard_is_typed(question) && wizard->is_changed && !*remark.text) {
            remark.style = draw_role(ROLE_OK);
            remark.sign = model->icons->checked;
        }
    }
    free(answer);
    return remark;
}

/* Gives the rows it takes, at least 1. */
static int draw_remark(const struct model *model, struct area area, int row,
                       const struct remark *remark)
{
    int column = 3, rows;

    if (remark->sign) {
        area_text(area, 1, row, remark->style, remark->sign);
        column = 2 + model->icons->status_columns;
    }
    rows = draw_paragraph(area, column, row, area.columns - column - 1,
                          remark->style, remark->text);
    if (remark->hint)
        rows +=
            draw_paragraph(area, column, row + rows, area.columns - column - 1,
                           draw_role(ROLE_ACCENT), remark->hint);
    return rows;
}

/* ---- the question ----------------------------------------------------- */

static void draw_field(const struct model *model, struct area area, int row)
{
    struct area line = area_part(area, 3, row, area.columns - 5, 1);
    struct style style = { .role = ROLE_TEXT,
                           .attributes = ATTRIBUTE_UNDERLINE };

    area_text(area, 1, row, draw_bold(ROLE_ACCENT), model->icons->pointer);
    area_fill(line, style, " ");
    field_draw(&model->wizard->field, line, style);
}

static int value_columns(const struct setup_choice *const *choices,
                         size_t count, int most)
{
    int columns = 0;

    for (size_t i = 0; i < count; i++) {
        int here = cluster_columns(choices[i]->value);

        columns = here > columns ? here : columns;
    }
    return columns > most ? most : columns;
}

static void draw_choices(const struct model *model, struct area area)
{
    struct wizard_view *wizard = model->wizard;
    const struct icons *icons = model->icons;
    const struct setup_choice *choices[WIZARD_CHOICES];
    size_t count = wizard_matches(wizard, choices);
    int values = value_columns(choices, count, area.columns - 4);

    list_fit(&wizard->choices, count, area.rows);
    /* What the field says already. */
    if (count == 1 && wizard->has_picked)
        return;
    for (int i = 0; i < area.rows; i++) {
        size_t at = wizard->choices.top + (size_t)i;

        if (at >= count)
            return;
        area_fit(area, 3, i, values, draw_role(ROLE_TEXT), choices[at]->value,
                 icons->ellipsis);
        area_fit(area, values + 5, i, area.columns - values - 6,
                 draw_role(ROLE_DIM), choices[at]->origin, icons->ellipsis);
        if (at == wizard->choices.selected && wizard->has_picked) {
            area_text(area, 1, i, draw_bold(ROLE_ACCENT), icons->pointer);
            draw_selection(area, i, true, icons);
        }
    }
    if (wizard->choices.top)
        draw_right(area, 0, draw_role(ROLE_DIM), icons->more_above);
    if (wizard->choices.top + (size_t)area.rows < count)
        draw_right(area, area.rows - 1, draw_role(ROLE_DIM), icons->more_below);
}

/* Where there is little room the parts go without: first the help, then empty
 * rows. What is typed and what is wrong with it always stays. */
struct rows {
    int title, help, note, gap;
};

static const char own_step[] =
    "'stepdeck setup' runs the project's own step 000; this is the built-in "
    "wizard.";

static int text_rows(struct area area, const char *text)
{
    struct area nowhere = { .canvas = area.canvas, .columns = area.columns };

    return draw_paragraph(nowhere, 1, 0, area.columns - 2, draw_role(ROLE_TEXT),
                          text);
}

static int take(int *left, int wanted)
{
    int taken = wanted <= *left ? wanted : 0;

    *left -= taken;
    return taken;
}

static struct rows share_rows(const struct wizard_view *wizard,
                              struct area area, bool has_title)
{
    const struct setup_question *question = setup_current(wizard->setup);
    const struct setup_choice *choices[WIZARD_CHOICES];
    int count = (int)wizard_matches(wizard, choices);
    int left = area.rows - 1 - wizard_is_typed(question);
    struct rows rows = { 0 };

    if (has_title)
        rows.title = take(&left, 1);
    if (setup_number(wizard->setup) == 1 && wizard->has_own_setup)
        rows.note = take(&left, text_rows(area, own_step));
    left -= count < CHOICES_LEAST ? count : CHOICES_LEAST;
    rows.help = take(&left, text_rows(area, question->help));
    rows.gap = left >= 3 + rows.title;
    return rows;
}

/* The parts above the field; gives the row below them. */
static int draw_top(const struct wizard_view *wizard, struct area area,
                    struct rows rows)
{
    const struct setup_question *question = setup_current(wizard->setup);
    int row = 0;

    if (rows.title) {
        area_text(area, 1, 0, draw_bold(ROLE_TITLE), question->title);
        row = 1 + rows.gap;
    }
    if (rows.help)
        row += draw_paragraph(area, 1, row, area.columns - 2,
                              draw_role(ROLE_DIM), question->help);
    if (rows.note) {
        row += rows.help ? rows.gap : 0;
        row += draw_paragraph(area, 1, row, area.columns - 2,
                              draw_role(ROLE_WARNING), own_step);
    }
    return row + (row ? rows.gap : 0);
}

/* That more may come, in the last row; gives the rows it takes. */
static int draw_asking(const struct model *model, struct area area)
{
    if (!model->wizard->asks_cloud || area.rows < ASKING_LEAST_ROWS)
        return 0;
    area_fit(area, 1, area.rows - 1, area.columns - 2, draw_role(ROLE_DIM),
             "looking for what is there in the cloud ...",
             model->icons->ellipsis);
    return 1;
}

void wizard_question_draw(const struct model *model, struct area area,
                          bool has_title)
{
    const struct wizard_view *wizard = model->wizard;
    bool is_typed = wizard_is_typed(setup_current(wizard->setup));
    struct rows rows = share_rows(wizard, area, has_title);
    struct remark remark = make_remark(model);
    int row = draw_top(wizard, area, rows), used;

    if (is_typed)
        draw_field(model, area, row++);
    used = draw_remark(model, area, row, &remark);
    /* Room for a hint, so that the choices do not jump while one types. */
    if (is_typed)
        row += (rows.gap && used < 2 ? 2 : used) + rows.gap;
    else if (*remark.text)
        row += used + rows.gap;
    draw_choices(model, area_part(area, 0, row, area.columns,
                                  area.rows - row - draw_asking(model, area)));
    free(remark.text);
    free(remark.hint);
}
