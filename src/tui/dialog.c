#include "tui/dialog.h"

#include "base/cluster.h"
#include "base/mem.h"
#include "tui/draw.h"

#include <stdlib.h>
#include <string.h>

enum { DIALOG_COLUMNS = 64, VIEW_ROWS = 4 };

void dialog_release(struct dialog *dialog)
{
    free(dialog->title);
    free(dialog->error);
    strvec_release(&dialog->text);
    field_release(&dialog->field);
    *dialog = (struct dialog){ 0 };
}

void dialog_choice(struct dialog *dialog, const char *title,
                   const struct dialog_choice *choices, size_t count,
                   void (*chosen)(struct model *model, int choice))
{
    dialog_release(dialog);
    dialog->kind = DIALOG_CHOICE;
    dialog->title = mem_text(title);
    memcpy(dialog->choices, choices, count * sizeof(*choices));
    dialog->count = count;
    dialog->chosen = chosen;
}

void dialog_say(struct dialog *dialog, const char *paragraph)
{
    if (paragraph && *paragraph)
        strvec_add(&dialog->text, paragraph);
}

void dialog_input(struct dialog *dialog, const char *label,
                  bool (*entered)(struct model *model, const char *text))
{
    dialog_release(dialog);
    dialog->kind = DIALOG_INPUT;
    dialog->label = label;
    dialog->is_line = true;
    dialog->entered = entered;
}

/* ---- keys ------------------------------------------------------------- */

static bool is_plain(struct key key, uint32_t code)
{
    return key.code == code && !key.modifiers;
}

static bool is_escape(struct key key)
{
    return is_plain(key, KEY_NAME_ESC) ||
           (key.code == 'c' && key.modifiers == KEY_CONTROL);
}

/* The dialog is gone before what it led to happens: that may open another. */
static void finish_choice(struct model *model, struct dialog *dialog,
                          int choice)
{
    void (*chosen)(struct model *, int) = dialog->chosen;

    dialog_release(dialog);
    if (chosen)
        chosen(model, choice);
}

static void choice_key(struct model *model, struct dialog *dialog,
                       struct key key)
{
    if (is_escape(key)) {
        finish_choice(model, dialog, -1);
        return;
    }
    if (is_plain(key, KEY_NAME_ENTER)) {
        finish_choice(model, dialog, (int)dialog->selected);
        return;
    }
    if (is_plain(key, KEY_NAME_UP) || is_plain(key, 'k')) {
        dialog->selected =
            (dialog->selected + dialog->count - 1) % dialog->count;
        return;
    }
    if (is_plain(key, KEY_NAME_DOWN) || is_plain(key, 'j') ||
        is_plain(key, KEY_NAME_TAB)) {
        dialog->selected = (dialog->selected + 1) % dialog->count;
        return;
    }
    for (size_t i = 0; i < dialog->count; i++) {
        if (dialog->choices[i].key &&
            is_plain(key, (unsigned char)dialog->choices[i].key)) {
            finish_choice(model, dialog, (int)i);
            return;
        }
    }
}

static void tell_change(struct model *model, struct dialog *dialog)
{
    free(dialog->error);
    dialog->error = NULL;
    if (dialog->changed)
        dialog->changed(model, field_text(&dialog->field));
}

static void close_input(struct model *model, struct dialog *dialog)
{
    void (*changed)(struct model *, const char *) = dialog->changed;

    dialog_release(dialog);
    if (changed)
        changed(model, NULL);
}

static void enter_input(struct model *model, struct dialog *dialog)
{
    char *text = mem_text(field_text(&dialog->field));
    struct dialog entered = *dialog;

    /* What the text leads to may open a dialog of its own. */
    *dialog = (struct dialog){ 0 };
    if (entered.entered(model, text)) {
        dialog_release(&entered);
    } else if (dialog->kind == DIALOG_NONE) {
        if (!entered.error)
            entered.error = dialog->error;
        *dialog = entered;
    } else {
        dialog_release(&entered);
    }
    free(text);
}

static void input_key(struct model *model, struct dialog *dialog,
                      struct key key)
{
    if (is_escape(key)) {
        close_input(model, dialog);
    } else if (is_plain(key, KEY_NAME_ENTER)) {
        enter_input(model, dialog);
    } else if (dialog->complete &&
               (is_plain(key, KEY_NAME_TAB) || is_plain(key, KEY_NAME_DOWN))) {
        char *text = dialog->complete(model, field_text(&dialog->field));

        if (text)
            field_set(&dialog->field, text);
        free(text);
        tell_change(model, dialog);
    } else if (is_plain(key, KEY_NAME_BACKSPACE) && !dialog->field.text.len &&
               dialog->is_line) {
        close_input(model, dialog);
    } else if (field_key(&dialog->field, key)) {
        tell_change(model, dialog);
    }
}

void dialog_key(struct model *model, struct dialog *dialog, struct key key)
{
    if (dialog->kind == DIALOG_CHOICE)
        choice_key(model, dialog, key);
    else if (dialog->kind == DIALOG_INPUT)
        input_key(model, dialog, key);
}

void dialog_paste(struct model *model, struct dialog *dialog, const char *bytes,
                  size_t size)
{
    if (dialog->kind != DIALOG_INPUT)
        return;
    field_paste(&dialog->field, bytes, size);
    tell_change(model, dialog);
}

/* ---- drawing ---------------------------------------------------------- */

static void draw_line_input(const struct dialog *dialog, struct area screen)
{
    struct area line = area_part(screen, 0, screen.rows - 1, screen.columns, 1);
    struct style accent = { .role = ROLE_ACCENT };
    struct style plain = { .role = ROLE_TEXT };
    int label = cluster_columns(dialog->label);

    area_fill(line, plain, " ");
    area_text(line, 0, 0, accent, dialog->label);
    if (dialog->error) {
        int columns = cluster_columns(dialog->error);
        struct style failed = { .role = ROLE_FAILED };

        area_text(line, screen.columns - columns - 1, 0, failed, dialog->error);
    }
    field_draw(&dialog->field,
               area_part(line, label, 0, line.columns - label, 1), plain);
}

static int text_rows(const struct dialog *dialog, struct canvas *canvas,
                     int columns)
{
    struct area nowhere = { .canvas = canvas, .columns = columns };
    int rows = 0;

    for (size_t i = 0; i < dialog->text.count; i++)
        rows += draw_paragraph(nowhere, 0, 0, columns, (struct style){ 0 },
                               dialog->text.items[i]);
    return rows;
}

static void draw_choices(const struct dialog *dialog, struct area inner,
                         int row, const struct icons *icons)
{
    for (size_t i = 0; i < dialog->count; i++, row++) {
        const struct dialog_choice *choice = &dialog->choices[i];
        struct style style = { .role = ROLE_TEXT };
        struct style key = { .role = ROLE_ACCENT };
        char name[2] = { choice->key, '\0' };

        area_text(inner, 1, row, style,
                  i == dialog->selected ? icons->pointer : " ");
        area_text(inner, 3, row, key, name);
        area_text(inner, 5, row, style, choice->label);
        if (i == dialog->selected)
            area_mark(inner, 0, row, -1, ATTRIBUTE_SELECTED);
    }
}

static void draw_field(const struct dialog *dialog, struct area inner, int row)
{
    struct style accent = { .role = ROLE_ACCENT };
    struct style failed = { .role = ROLE_FAILED };
    int label = cluster_columns(dialog->label) + 1;

    area_text(inner, 1, row, accent, dialog->label);
    field_draw(&dialog->field,
               area_part(inner, label + 1, row, inner.columns - label - 2, 1),
               (struct style){ .role = ROLE_TEXT });
    if (dialog->error)
        area_text(inner, 1, row + 1, failed, dialog->error);
}

static int box_rows(const struct dialog *dialog, struct canvas *canvas,
                    int columns)
{
    return text_rows(dialog, canvas, columns - 4) + (int)dialog->count +
           (dialog->kind == DIALOG_INPUT ? 2 : 0) + 2;
}

int dialog_docked_rows(const struct dialog *dialog, struct area screen)
{
    int rows, most = screen.rows * 2 / 3;

    if (dialog->kind == DIALOG_NONE || !dialog->is_docked)
        return 0;
    /* A view of so few rows shows nothing, and the question needs them. */
    if (screen.rows - most < VIEW_ROWS)
        most = screen.rows;
    rows = box_rows(dialog, screen.canvas, screen.columns);
    return rows > most ? most : rows;
}

/* Where there is no room for all, the choices are what must be seen. */
static void draw_text(const struct dialog *dialog, struct area inner, int rows,
                      const struct icons *icons)
{
    int used = 0, wanted = text_rows(dialog, inner.canvas, inner.columns - 2);

    inner = area_part(inner, 0, 0, inner.columns, rows);
    for (size_t i = 0; i < dialog->text.count && used < rows; i++)
        used += draw_paragraph(inner, 1, used, inner.columns - 2,
                               (struct style){ .role = ROLE_TEXT },
                               dialog->text.items[i]);
    if (wanted > rows && rows > 0)
        area_text(inner, inner.columns - 1, rows - 1, draw_role(ROLE_DIM),
                  icons->ellipsis);
}

static struct area place_box(const struct dialog *dialog, struct area area)
{
    int columns = area.columns < DIALOG_COLUMNS ? area.columns : DIALOG_COLUMNS;
    int rows;

    if (dialog->is_docked)
        return area;
    rows = box_rows(dialog, area.canvas, columns);
    rows = rows > area.rows ? area.rows : rows;
    return area_part(area, (area.columns - columns) / 2, (area.rows - rows) / 2,
                     columns, rows);
}

void dialog_draw(const struct dialog *dialog, struct area area,
                 const struct icons *icons)
{
    struct area inner;
    int fixed = dialog->kind == DIALOG_INPUT ? 2 : (int)dialog->count;

    if (dialog->kind == DIALOG_NONE)
        return;
    if (dialog->is_line) {
        draw_line_input(dialog, area);
        return;
    }
    area = place_box(dialog, area);
    area_fill(area, (struct style){ .role = ROLE_TEXT }, " ");
    inner = draw_box(area, icons, dialog->title, true);
    draw_text(dialog, inner, inner.rows - fixed, icons);
    if (dialog->kind == DIALOG_INPUT)
        draw_field(dialog, inner, inner.rows - 2);
    else
        draw_choices(dialog, inner, inner.rows - fixed, icons);
}
