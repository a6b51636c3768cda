/* How the wizard looks. */
#include "base/cluster.h"
#include "base/mem.h"
#include "tui/draw.h"
#include "tui/wizard_private.h"

#include <stdlib.h>

enum { HINTS_LEAST_ROWS = 12, SIDE_MOST_PERCENT = 40 };

/* ---- the frame of a stage --------------------------------------------- */

/* A key and what it does: an action's, or one of the wizard's own. */
struct hint {
    enum action action;
    const char *key;
    const char *label;
};

static void draw_hints(const struct model *model, struct area area,
                       const struct hint *hints)
{
    int column = 1;

    for (; hints->label; hints++) {
        struct strbuf key = { 0 };
        int columns;

        if (hints->key)
            strbuf_adds(&key, hints->key);
        else
            keymap_print(&model->keys, hints->action, false, &key);
        columns = cluster_columns(strbuf_text(&key)) + 1 +
                  cluster_columns(hints->label);
        if (key.len && column + columns < area.columns) {
            int used = area_text(area, column, 0, draw_role(ROLE_ACCENT),
                                 strbuf_text(&key));

            area_text(area, column + used + 1, 0, draw_role(ROLE_DIM),
                      hints->label);
            column += columns + 2;
        }
        strbuf_release(&key);
    }
}

/* A box with title and note, or where it is narrow a line with both; gives what
 * is left for the stage. The hints are in the last row where there is room. */
static struct area draw_frame(const struct model *model, struct area area,
                              const char *title, const char *note,
                              const struct hint *hints)
{
    bool is_narrow = area.columns < LAYOUT_NARROW;
    struct area inner;

    if (is_narrow) {
        draw_right(area_part(area, 0, 0, area.columns - 1, 1), 0,
                   draw_role(ROLE_DIM), note);
        area_fit(area, 1, 0, area.columns - cluster_columns(note) - 3,
                 draw_bold(ROLE_TITLE), title, model->icons->ellipsis);
        inner = area_part(area, 0, 1, area.columns, area.rows - 1);
    } else {
        inner = draw_box(area, model->icons, title, true);
        draw_box_note(area, model->icons, title, note, true);
    }
    if (inner.rows < HINTS_LEAST_ROWS || !hints)
        return inner;
    draw_hints(model, area_part(inner, 0, inner.rows - 1, inner.columns, 1),
               hints);
    return area_part(inner, 0, 0, inner.columns, inner.rows - 2);
}

/* ---- the answers so far ----------------------------------------------- */

static void draw_answer(const struct model *model, struct area row,
                        const struct setup_question *question, bool is_current)
{
    const struct wizard_view *wizard = model->wizard;
    const struct icons *icons = model->icons;
    bool is_done = wizard_has_passed(wizard, question) && !is_current;
    int room = row.columns - 4, title = cluster_columns(question->title), used;

    area_text(row, 1, 0, draw_role(is_done ? ROLE_OK : ROLE_DIM),
              is_done ? icons->checked : icons->unchecked);
    if (is_done && title > room * 3 / 5)
        title = room * 3 / 5;
    used = area_fit(row, 3, 0, is_done ? title : room,
                    is_current ? draw_bold(ROLE_TEXT) : draw_role(ROLE_TEXT),
                    question->title, icons->ellipsis);
    if (is_done)
        area_fit(row, used + 5, 0, row.columns - used - 6, draw_role(ROLE_DIM),
                 setup_value(wizard->setup, question->key), icons->ellipsis);
    if (is_current)
        draw_selection(row, 0, false, icons);
}

/* The rows above the current question that are not shown. */
static size_t first_shown(const struct wizard_view *wizard, int rows)
{
    size_t number = setup_number(wizard->setup);
    size_t count = setup_count(wizard->setup);
    size_t shown = rows > 0 ? (size_t)rows : 1;
    size_t half = shown / 2;

    if (count <= shown || number <= half)
        return 0;
    return number - half < count - shown ? number - half : count - shown;
}

static void draw_answers(const struct model *model, struct area area)
{
    const struct wizard_view *wizard = model->wizard;
    const struct setup_question *current = setup_current(wizard->setup);
    struct area inner = draw_box(area, model->icons, "Answers", false);
    size_t skipped = first_shown(wizard, inner.rows);
    int row = 0;

    for (const struct setup_question *question = setup_questions();
         question->key && row < inner.rows; question++) {
        if (!setup_is_asked(wizard->setup, question->key))
            continue;
        if (skipped) {
            skipped--;
            continue;
        }
        draw_answer(model, area_part(inner, 0, row++, inner.columns, 1),
                    question, question == current);
    }
}

/* ---- the stages -------------------------------------------------------- */

static const struct hint *hints_of(const struct wizard_view *wizard)
{
    static const struct hint typed[] = {
        { ACTION_NONE, "Enter", "next" },
        { ACTION_NONE, "Esc", "back" },
        { ACTION_NONE, "Up/Down", "suggestions" },
        { ACTION_NONE, "F1", "help" },
        { ACTION_NONE, NULL, NULL },
    };
    static const struct hint chosen[] = {
        { ACTION_NONE, "Enter", "next" },     { ACTION_NONE, "Esc", "back" },
        { ACTION_NONE, "Up/Down", "choose" }, { ACTION_NONE, "F1", "help" },
        { ACTION_NONE, NULL, NULL },
    };
    static const struct hint yes_no[] = {
        { ACTION_NONE, "Enter", "next" }, { ACTION_NONE, "Esc", "back" },
        { ACTION_NONE, "y/n", "choose" }, { ACTION_NONE, "F1", "help" },
        { ACTION_NONE, NULL, NULL },
    };
    const struct setup_question *question = setup_current(wizard->setup);

    return wizard_is_typed(question)        ? typed
           : question->kind == SETUP_YES_NO ? yes_no
                                            : chosen;
}

static void draw_asking(const struct model *model, const struct layout *layout)
{
    const struct wizard_view *wizard = model->wizard;
    const struct setup_question *question = setup_current(wizard->setup);
    struct area area = layout->body;
    int percent = model->preferences.list_width;
    bool is_narrow;
    char *note = mem_format("%zu/%zu", setup_number(wizard->setup),
                            setup_count(wizard->setup));

    if (layout->shape == SHAPE_WIDE) {
        struct panes panes = layout_panes(
            area, layout->shape,
            percent < SIDE_MOST_PERCENT ? percent : SIDE_MOST_PERCENT, 0, false,
            false);

        draw_answers(model, panes.list);
        area = panes.lower;
    }
    is_narrow = area.columns < LAYOUT_NARROW;
    area = draw_frame(model, area, is_narrow ? question->title : "Setup", note,
                      hints_of(wizard));
    wizard_question_draw(model, area, !is_narrow);
    free(note);
}

static char *page_note(const struct wizard_page *page)
{
    size_t last = page->list.top + (size_t)page->list.rows;

    if (last >= page->list.count && !page->list.top)
        return mem_text("");
    return mem_format("%zu%%", last >= page->list.count
                                   ? (size_t)100
                                   : last * 100 / page->list.count);
}

static const struct hint *page_hints(const struct wizard_view *wizard)
{
    static const struct hint review[] = {
        { ACTION_OPEN, NULL, "writes" },
        { ACTION_NONE, "e", "changes an answer" },
        { ACTION_BACK, NULL, "back" },
        { ACTION_NEXT_PANE, NULL, "next file" },
        { ACTION_COPY, NULL, "copies the command" },
        { ACTION_NONE, NULL, NULL },
    };
    static const struct hint choosing[] = {
        { ACTION_OPEN, NULL, "changes this answer" },
        { ACTION_BACK, NULL, "back to the review" },
        { ACTION_NONE, NULL, NULL },
    };
    static const struct hint failed[] = {
        { ACTION_RETRY, NULL, "tries again" },
        { ACTION_BACK, NULL, "back" },
        { ACTION_QUIT, NULL, "leaves" },
        { ACTION_NONE, NULL, NULL },
    };

    if (wizard->stage == WIZARD_REVIEW)
        return wizard->page.is_choosing ? choosing : review;
    return error_is_set(&wizard->error) ? failed : NULL;
}

static void draw_page(struct model *model, struct area area, const char *title)
{
    struct wizard_view *wizard = model->wizard;
    const struct hint *hints = page_hints(wizard);
    struct area inner = draw_frame(model, area, title, "", hints);
    char *note;

    wizard_page_draw(&wizard->page, inner, model->icons);
    note = page_note(&wizard->page);
    if (area.columns < LAYOUT_NARROW)
        draw_right(area_part(area, 0, 0, area.columns - 1, 1), 0,
                   draw_role(ROLE_DIM), note);
    else
        draw_box_note(area, model->icons, title, note, true);
    free(note);
}

static void draw_failed(const struct model *model, struct area area)
{
    const struct wizard_view *wizard = model->wizard;
    struct area inner =
        draw_frame(model, area, "Setup", "", page_hints(wizard));
    int column = 2 + model->icons->status_columns;
    int columns = inner.columns - column - 1, row;

    area_text(inner, 1, 0, draw_role(ROLE_FAILED),
              model->icons->status[STATUS_FAILED]);
    row = draw_paragraph(inner, column, 0, columns, draw_role(ROLE_FAILED),
                         wizard->error.message);
    if (wizard->error.hint[0])
        row += draw_paragraph(inner, column, row, columns,
                              draw_role(ROLE_ACCENT), wizard->error.hint);
    draw_paragraph(inner, column, row + (inner.rows > row + 3), columns,
                   draw_role(ROLE_TEXT),
                   wizard->setup
                       ? "r tries again, with the same answers; Esc goes back "
                         "to the questions."
                       : "Mend it, then r tries again; Esc shows the steps, q "
                         "leaves.");
}

static void draw_waiting(const struct model *model, struct area area,
                         const char *text)
{
    draw_message(draw_frame(model, area, "Setup", "", NULL),
                 draw_role(ROLE_DIM), text, NULL);
}

void wizard_draw(struct model *model, const struct layout *layout)
{
    switch (model->wizard ? model->wizard->stage : WIZARD_LOOKING) {
    case WIZARD_LOOKING:
        draw_waiting(model, layout->body, "looking at the project ...");
        break;
    case WIZARD_ASKING:
        draw_asking(model, layout);
        break;
    case WIZARD_PLANNING:
        draw_waiting(model, layout->body, "working out the files ...");
        break;
    case WIZARD_REVIEW:
        draw_page(model, layout->body, "Review");
        break;
    case WIZARD_WRITING:
        draw_waiting(model, layout->body, "writing the files ...");
        break;
    case WIZARD_RESULT:
        draw_page(model, layout->body,
                  error_is_set(&model->wizard->error) ? "Setup" : "Done");
        break;
    case WIZARD_FAILED:
        draw_failed(model, layout->body);
        break;
    }
}
