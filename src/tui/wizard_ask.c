/* One question: typing, choosing, on and back. */
#include "base/mem.h"
#include "tui/wizard_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool wizard_is_typed(const struct setup_question *question)
{
    return question->kind == SETUP_TEXT || question->kind == SETUP_NUMBER;
}

static size_t row_of(const struct setup_question *question)
{
    return (size_t)(question - setup_questions());
}

bool wizard_has_passed(const struct wizard_view *wizard,
                       const struct setup_question *question)
{
    return wizard->passed >> row_of(question) & 1;
}

char *wizard_answer(const struct wizard_view *wizard)
{
    const char *text = field_text(&wizard->field);
    size_t size;

    text += strspn(text, " ");
    size = strlen(text);
    while (size && text[size - 1] == ' ')
        size--;
    return mem_bytes(text, size);
}

/* ---- choices ---------------------------------------------------------- */

/* Whether `part` stands anywhere in `text`, capitals or not. */
static bool holds(const char *text, const char *part)
{
    size_t size = strlen(part);

    for (; *text; text++) {
        if (strncasecmp(text, part, size) == 0)
            return true;
    }
    return !size;
}

size_t wizard_matches(const struct wizard_view *wizard,
                      const struct setup_choice *out[WIZARD_CHOICES])
{
    const struct setup_question *question = setup_current(wizard->setup);
    size_t count, found = 0;
    const struct setup_choice *choices =
        setup_choices(wizard->setup, question->key, &count);

    for (size_t i = 0; i < count && found < WIZARD_CHOICES; i++) {
        if (!wizard->filter || holds(choices[i].value, wizard->filter))
            out[found++] = &choices[i];
    }
    return found;
}

/* Selects the choice that the field holds, where there is one. */
static void find_picked(struct wizard_view *wizard)
{
    const struct setup_choice *choices[WIZARD_CHOICES];
    size_t count = wizard_matches(wizard, choices);
    char *answer = wizard_answer(wizard);

    wizard->has_picked = false;
    wizard->choices.selected = 0;
    wizard->choices.count = count;
    for (size_t i = 0; i < count && !wizard->has_picked; i++) {
        if (strcmp(choices[i]->value, answer) == 0) {
            wizard->has_picked = true;
            wizard->choices.selected = i;
        }
    }
    free(answer);
}

static void pick(struct wizard_view *wizard, size_t index)
{
    const struct setup_choice *choices[WIZARD_CHOICES];
    size_t count = wizard_matches(wizard, choices);

    if (index >= count)
        return;
    field_set(&wizard->field, choices[index]->value);
    list_select(&wizard->choices, index);
    wizard->has_picked = true;
    wizard->is_changed = true;
    error_clear(&wizard->error);
}

static void move_choice(struct wizard_view *wizard, enum action action)
{
    struct list *list = &wizard->choices;

    /* What is typed stands above the first suggestion. */
    if (!wizard->has_picked)
        list->selected = 0;
    else
        list_act(list, action);
    pick(wizard, list->selected);
}

static bool choice_moves(struct wizard_view *wizard, struct key key)
{
    static const struct {
        enum key_name key;
        enum action action;
    } moves[] = {
        { KEY_NAME_UP, ACTION_UP },
        { KEY_NAME_DOWN, ACTION_DOWN },
        { KEY_NAME_PAGE_UP, ACTION_PAGE_UP },
        { KEY_NAME_PAGE_DOWN, ACTION_PAGE_DOWN },
    };

    for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
        if (key.code == moves[i].key && !key.modifiers) {
            move_choice(wizard, moves[i].action);
            return true;
        }
    }
    return false;
}

/* The next choice that begins with the character. */
static void pick_by_letter(struct wizard_view *wizard, uint32_t code)
{
    const struct setup_choice *choices[WIZARD_CHOICES];
    size_t count = wizard_matches(wizard, choices);

    for (size_t i = 1; i <= count && code < 0x80; i++) {
        size_t at = (wizard->choices.selected + i) % count;
        int first = (unsigned char)choices[at]->value[0];

        if (tolower(first) == tolower((int)code)) {
            pick(wizard, at);
            return;
        }
    }
}

/* A key where nothing is typed: one of a few is chosen. */
static bool choice_key(struct wizard_view *wizard, struct key key, bool toggles)
{
    struct list *list = &wizard->choices;

    if (key.modifiers)
        return false;
    if (toggles && (key.code == KEY_NAME_LEFT || key.code == KEY_NAME_RIGHT ||
                    key.code == ' ')) {
        pick(wizard, list->count ? (list->selected + 1) % list->count : 0);
    } else if (key.code == KEY_NAME_HOME) {
        pick(wizard, 0);
    } else if (key.code == KEY_NAME_END) {
        pick(wizard, list->count ? list->count - 1 : 0);
    } else if (key.code < KEY_NAME_FIRST) {
        pick_by_letter(wizard, key.code);
    } else {
        return false;
    }
    return true;
}

/* ---- typing ----------------------------------------------------------- */

static void note_typed(struct wizard_view *wizard)
{
    wizard->is_changed = true;
    error_clear(&wizard->error);
    free(wizard->filter);
    wizard->filter = wizard_answer(wizard);
    wizard->choices.top = 0;
    find_picked(wizard);
}

/* Moving the cursor changes nothing; anything else does. */
static bool type_key(struct wizard_view *wizard, struct key key)
{
    char *before = mem_text(field_text(&wizard->field));
    bool taken = field_key(&wizard->field, key);

    if (strcmp(before, field_text(&wizard->field)) != 0)
        note_typed(wizard);
    free(before);
    return taken;
}

void wizard_ask_paste(struct model *model, const char *bytes, size_t size)
{
    struct wizard_view *wizard = model->wizard;
    const struct setup_question *question = setup_current(wizard->setup);
    size_t line = 0;

    if (!wizard_is_typed(question)) {
        model_say(model, ROLE_DIM, "nothing is typed here; choose one");
        return;
    }
    while (line < size && bytes[line] != '\n' && bytes[line] != '\r')
        line++;
    for (size_t i = line; i < size; i++) {
        if (bytes[i] != '\n' && bytes[i] != '\r') {
            model_say(model, ROLE_WARNING,
                      "only the first line of the paste was taken");
            break;
        }
    }
    field_paste(&wizard->field, bytes, line);
    note_typed(wizard);
}

/* ---- on and back ------------------------------------------------------ */

void wizard_ask_show(struct wizard_view *wizard)
{
    const struct setup_question *question = setup_current(wizard->setup);

    wizard->stage = WIZARD_ASKING;
    wizard->is_changed = false;
    error_clear(&wizard->error);
    free(wizard->filter);
    wizard->filter = NULL;
    wizard->choices = (struct list){ 0 };
    field_set(&wizard->field, setup_value(wizard->setup, question->key));
    find_picked(wizard);
    /* A choice must be one of them. */
    if (!wizard_is_typed(question) && !wizard->has_picked) {
        pick(wizard, 0);
        wizard->is_changed = false;
    }
}

void wizard_ask_refresh(struct wizard_view *wizard)
{
    const struct setup_question *question = setup_current(wizard->setup);
    char *answer = wizard_answer(wizard);

    /* What is in the field is no default any more. */
    if (strcmp(answer, setup_value(wizard->setup, question->key)) != 0)
        wizard->is_changed = true;
    free(answer);
    find_picked(wizard);
}

/* An asked question that has not been passed yet; NULL: there is none. */
static const struct setup_question *
open_question(const struct wizard_view *wizard)
{
    for (const struct setup_question *row = setup_questions(); row->key;
         row++) {
        if (setup_is_asked(wizard->setup, row->key) &&
            !wizard_has_passed(wizard, row))
            return row;
    }
    return NULL;
}

/* Behind a single answer that was changed comes what it has opened, then the
 * review. */
static void go_to_open(struct wizard_view *wizard)
{
    const struct setup_question *open = open_question(wizard);

    if (!setup_go(wizard->setup, open ? open->key : NULL))
        setup_go(wizard->setup, NULL);
}

static void show_or_plan(struct model *model)
{
    if (setup_current(model->wizard->setup))
        wizard_ask_show(model->wizard);
    else
        wizard_begin(model, WIZARD_PLANNING);
}

void wizard_ask_next(struct model *model)
{
    struct wizard_view *wizard = model->wizard;
    const struct setup_question *question = setup_current(wizard->setup);
    char *answer = wizard_answer(wizard);
    bool is_default =
        strcmp(answer, setup_value(wizard->setup, question->key)) == 0;
    bool ok;

    error_clear(&wizard->error);
    ok = setup_next(wizard->setup, is_default ? NULL : answer, &wizard->error);
    free(answer);
    if (!ok)
        return;
    wizard->passed |= (uint64_t)1 << row_of(question);
    if (wizard->comes_from_page)
        go_to_open(wizard);
    show_or_plan(model);
}

void wizard_ask_back(struct model *model)
{
    struct wizard_view *wizard = model->wizard;

    if (wizard->comes_from_page && !open_question(wizard)) {
        setup_go(wizard->setup, NULL);
        show_or_plan(model);
    } else if (setup_back(wizard->setup)) {
        wizard_ask_show(wizard);
    } else {
        wizard_ask_leave(model);
    }
}

/* ---- keys ------------------------------------------------------------- */

static bool is_plain(struct key key, uint32_t code)
{
    return key.code == code && !key.modifiers;
}

/* Left where there is nothing more on the left. */
static bool is_left_out(const struct wizard_view *wizard, struct key key,
                        const struct setup_question *question)
{
    if (!is_plain(key, KEY_NAME_LEFT) || question->kind == SETUP_YES_NO)
        return false;
    if (question->kind == SETUP_CHOICE)
        return !wizard->is_changed;
    return !wizard->field.text.len ||
           (!wizard->is_changed && !wizard->field.cursor);
}

bool wizard_ask_key(struct model *model, struct key key)
{
    struct wizard_view *wizard = model->wizard;
    const struct setup_question *question = setup_current(wizard->setup);

    if (is_plain(key, KEY_NAME_ENTER) || is_plain(key, KEY_NAME_TAB)) {
        wizard_ask_next(model);
        return true;
    }
    if (is_plain(key, KEY_NAME_ESC) ||
        (key.code == KEY_NAME_TAB && key.modifiers == KEY_SHIFT)) {
        wizard_ask_back(model);
        return true;
    }
    if (is_left_out(wizard, key, question)) {
        /* Left is pressed by the way: it never leads out of the wizard. */
        if (setup_number(wizard->setup) > 1)
            wizard_ask_back(model);
        return true;
    }
    if (choice_moves(wizard, key))
        return true;
    return wizard_is_typed(question)
               ? type_key(wizard, key)
               : choice_key(wizard, key, question->kind == SETUP_YES_NO);
}
