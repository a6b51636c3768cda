/* The wizard's stages: what comes from the loader and what goes to it. */
#include "base/mem.h"
#include "tui/ask.h"
#include "tui/loadsetup.h"
#include "tui/wizard_private.h"

#include <stdlib.h>

/* ---- life ------------------------------------------------------------- */

void wizard_free(struct wizard_view *wizard)
{
    struct load_setup owned;

    if (!wizard)
        return;
    owned = (struct load_setup){ .setup = wizard->setup,
                                 .files = wizard->files,
                                 .result = wizard->result };
    loadsetup_release(&owned);
    field_release(&wizard->field);
    free(wizard->filter);
    wizard_page_release(&wizard->page);
    free(wizard);
}

static void drop(struct model *model)
{
    wizard_free(model->wizard);
    model->wizard = NULL;
}

/* The configuration is another one now. */
static void finish(struct model *model)
{
    drop(model);
    model_ask(model, REQUEST_PLAN, NULL);
}

/* ---- to the loader and back ------------------------------------------- */

void wizard_begin(struct model *model, enum wizard_stage stage)
{
    model->wizard->stage = stage;
    error_clear(&model->wizard->error);
    model_ask(model, REQUEST_SETUP, NULL);
}

bool wizard_take_job(struct model *model, struct load_setup *job)
{
    struct wizard_view *wizard = model->wizard;

    if (!wizard || wizard->is_away ||
        (wizard->stage != WIZARD_LOOKING && wizard->stage != WIZARD_PLANNING &&
         wizard->stage != WIZARD_WRITING))
        return false;
    *job = (struct load_setup){
        .setup = wizard->setup,
        .files = wizard->files,
        .result = wizard->result,
        .writes = wizard->stage == WIZARD_WRITING,
        .anew = wizard->looks_anew,
        .has_steps = wizard->has_steps,
        .has_own_setup = wizard->has_own_setup,
    };
    wizard->setup = NULL;
    wizard->files = NULL;
    wizard->result = NULL;
    wizard->is_away = true;
    return true;
}

static void take_back(struct wizard_view *wizard, struct loaded *loaded)
{
    struct load_setup *job = &loaded->setup;

    wizard->setup = job->setup;
    wizard->files = job->files;
    wizard->result = job->result;
    wizard->has_steps = job->has_steps;
    wizard->has_own_setup = job->has_own_setup;
    *job = (struct load_setup){ 0 };
    wizard->error = loaded->error;
    wizard->is_away = false;
}

static bool is_in_sight(const struct model *model)
{
    return model->view == VIEW_WIZARD ||
           (model->view == VIEW_HELP && model->previous == VIEW_WIZARD);
}

static void show_result(struct model *model)
{
    struct wizard_view *wizard = model->wizard;

    wizard->stage = WIZARD_RESULT;
    wizard_result_build(wizard);
    if (is_in_sight(model))
        return;
    if (error_is_set(&wizard->error)) {
        model_say(model, ROLE_FAILED,
                  "not everything is written: ':setup' shows why");
        return;
    }
    model_say(model, ROLE_OK, "the configuration is written");
    finish(model);
}

static void load(struct model *model, struct loaded *loaded)
{
    struct wizard_view *wizard = model->wizard;

    if (loaded->kind == LOAD_OFFERS && wizard)
        wizard_offers_take(wizard, &loaded->setup.setup);
    if (loaded->kind != LOAD_SETUP || !wizard || !wizard->is_away)
        return;
    take_back(wizard, loaded);
    if (wizard->stage == WIZARD_WRITING) {
        show_result(model);
    } else if (error_is_set(&wizard->error)) {
        wizard->stage = WIZARD_FAILED;
    } else if (wizard->stage == WIZARD_PLANNING) {
        wizard->stage = WIZARD_REVIEW;
        wizard->deaf_until_ms = model->now_ms + ASK_DEAF_MS;
        if (wizard->looks_anew)
            wizard_offers_ask(model);
        wizard->looks_anew = false;
        wizard->comes_from_page = false;
        wizard_review_build(wizard);
    } else {
        wizard_ask_show(wizard);
        wizard_offers_ask(model);
    }
}

static void enter(struct model *model)
{
    if (model->wizard)
        return;
    model->wizard = mem_new(1, sizeof(*model->wizard));
    wizard_begin(model, WIZARD_LOOKING);
}

/* ---- leaving ---------------------------------------------------------- */

static void leave_chosen(struct model *model, int choice)
{
    if (choice != 0)
        return;
    drop(model);
    model_show(model, VIEW_DEPLOY);
}

static void quit_chosen(struct model *model, int choice)
{
    if (choice == 0)
        ask_leave(model);
}

static void ask_to_give_up(struct model *model, const char *title,
                           void (*chosen)(struct model *model, int choice))
{
    static const struct dialog_choice choices[] = {
        { 'y', "yes; the answers are lost" },
        { 'n', "no, stay" },
    };

    const struct setup_result *result = model->wizard->result;

    dialog_choice(&model->dialog, title, choices, 2, chosen);
    dialog_say(&model->dialog, result && result->written.count
                                   ? "What has been written stays."
                                   : "Nothing has been written.");
    model->dialog.selected = 1;
}

void wizard_ask_leave(struct model *model)
{
    ask_to_give_up(model, "Leave the wizard?", leave_chosen);
}

/* ---- actions ---------------------------------------------------------- */

/* Looks at the files as they are now; the answers, where there are any, are
 * kept. */
static void try_again(struct model *model)
{
    struct wizard_view *wizard = model->wizard;

    wizard->looks_anew = wizard->setup != NULL;
    wizard_begin(model, wizard->setup ? WIZARD_PLANNING : WIZARD_LOOKING);
}

static void back_to_questions(struct model *model)
{
    model->wizard->comes_from_page = false;
    if (setup_back(model->wizard->setup))
        wizard_ask_show(model->wizard);
}

static void write_files(struct model *model)
{
    if (setup_files_are_changed(model->wizard->files)) {
        wizard_begin(model, WIZARD_WRITING);
        return;
    }
    finish(model);
    model_show(model, VIEW_DEPLOY);
}

static void change_answer(struct model *model)
{
    struct wizard_view *wizard = model->wizard;
    struct wizard_page *page = &wizard->page;

    page->is_choosing = false;
    if (!setup_go(wizard->setup, page->lines[page->chosen].key))
        return;
    wizard->comes_from_page = true;
    wizard_ask_show(wizard);
}

static bool act_on_review(struct model *model, enum action action)
{
    struct wizard_page *page = &model->wizard->page;
    char *command;

    if (wizard_page_act(page, action))
        return true;
    switch (action) {
    case ACTION_OPEN:
        if (page->is_choosing)
            change_answer(model);
        else if (model->now_ms >= model->wizard->deaf_until_ms)
            write_files(model);
        return true;
    case ACTION_BACK:
        if (page->is_choosing)
            page->is_choosing = false;
        else
            back_to_questions(model);
        return true;
    case ACTION_COPY:
        command = wizard_command(model->wizard);
        model_ask(model, REQUEST_COPY, command);
        free(command);
        return true;
    default:
        return false;
    }
}

static bool act_on_success(struct model *model, enum action action)
{
    if (action == ACTION_OPEN || action == ACTION_BACK) {
        finish(model);
        model_show(model, VIEW_DEPLOY);
        return true;
    }
    if (action == ACTION_START && wizard_leads_to_steps(model->wizard)) {
        drop(model);
        model_show(model, VIEW_DEPLOY);
        model_wish(model, "deploy", NULL);
        /* The wish brings the plan with it; a second one would ask twice. */
        if (!model->wish.command)
            model_ask(model, REQUEST_PLAN, NULL);
        return true;
    }
    if (action >= ACTION_VIEW_DEPLOY && action <= ACTION_VIEW_STATUS)
        finish(model);
    return false;
}

/* Something went wrong: r tries again. */
static bool act_on_failure(struct model *model, enum action action)
{
    struct wizard_view *wizard = model->wizard;

    if (action == ACTION_RETRY) {
        try_again(model);
    } else if (action == ACTION_BACK && wizard->setup) {
        /* What was written is no longer as it was read. */
        wizard->looks_anew = true;
        back_to_questions(model);
    } else if (action == ACTION_BACK) {
        drop(model);
        model_show(model, VIEW_DEPLOY);
    } else {
        return action == ACTION_OPEN;
    }
    return true;
}

static bool act_on_asking(struct model *model, enum action action)
{
    if (action == ACTION_OPEN)
        wizard_ask_next(model);
    else if (action == ACTION_BACK)
        wizard_ask_back(model);
    else
        return false;
    return true;
}

static bool act_on_stage(struct model *model, enum action action)
{
    struct wizard_view *wizard = model->wizard;

    switch (wizard->stage) {
    case WIZARD_ASKING:
        return act_on_asking(model, action);
    case WIZARD_REVIEW:
        return act_on_review(model, action);
    case WIZARD_RESULT:
        return wizard_page_act(&wizard->page, action) ||
               (error_is_set(&wizard->error) ? act_on_failure(model, action)
                                             : act_on_success(model, action));
    case WIZARD_FAILED:
        return act_on_failure(model, action);
    case WIZARD_LOOKING:
    case WIZARD_PLANNING:
    case WIZARD_WRITING:
        break;
    }
    return false;
}

/* Whether answers would be lost that nothing has been made of. */
static bool has_answers(const struct wizard_view *wizard)
{
    return wizard->setup &&
           !(wizard->stage == WIZARD_RESULT && !error_is_set(&wizard->error));
}

static bool act(struct model *model, enum action action)
{
    if (!model->wizard)
        return false;
    if (act_on_stage(model, action))
        return true;
    if (action == ACTION_QUIT && model->wizard && has_answers(model->wizard)) {
        ask_to_give_up(model, "Leave stepdeck?", quit_chosen);
        return true;
    }
    /* Steps are run from the other views: here the letters are too close. */
    return action == ACTION_START || action == ACTION_RETRY ||
           action == ACTION_RESUME || action == ACTION_SKIP ||
           action == ACTION_STOP;
}

/* ---- keys ------------------------------------------------------------- */

static bool review_key(struct model *model, struct key key)
{
    struct wizard_page *page = &model->wizard->page;

    /* Not in the middle of "]e". */
    if (key.modifiers || model->keys.pending_count)
        return false;
    if (key.code == 'e')
        wizard_page_choose(page);
    else if (key.code == 'w' && !page->is_choosing)
        write_files(model);
    else
        return false;
    return true;
}

static bool take_key(struct model *model, struct key key)
{
    if (!model->wizard)
        return false;
    if (model->wizard->stage == WIZARD_ASKING)
        return wizard_ask_key(model, key);
    return model->wizard->stage == WIZARD_REVIEW && review_key(model, key);
}

static void paste(struct model *model, const char *bytes, size_t size)
{
    if (model->wizard && model->wizard->stage == WIZARD_ASKING)
        wizard_ask_paste(model, bytes, size);
    else
        model_say(model, ROLE_DIM, "nothing here takes a paste");
}

const struct view view_wizard = {
    .title = "setup",
    .enter = enter,
    .act = act,
    .draw = wizard_draw,
    .load = load,
    .key = take_key,
    .paste = paste,
    .hints = { { ACTION_OPEN, "go on" }, { ACTION_BACK, "back" } },
};
