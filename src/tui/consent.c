/* The way from the wish to run something to the yes. */
#include "base/jsonx.h"
#include "base/mem.h"
#include "core/alone.h"
#include "tui/ask.h"

#include <stdlib.h>
#include <string.h>

enum { LOCK_WAIT_MS = 10 * 60 * 1000 };

void ask_forget(struct model *model)
{
    free(model->wish.command);
    free(model->wish.only);
    model->wish = (struct wish){ 0 };
}

void model_wish(struct model *model, const char *command, const char *only)
{
    if (model_is_running(model) || model->mode == MODE_WATCHING) {
        model_say(model, ROLE_WARNING, "a run is under way");
        return;
    }
    ask_forget(model);
    model->wish.command = mem_text(command);
    model->wish.only = mem_text(only);
    model_show(model, VIEW_PLAN);
    model_ask(model, REQUEST_PLAN, NULL);
}

/* Nothing is to be run after all: back to where it was asked for, and to the
 * plan of everything. */
static void go_back(struct model *model)
{
    bool is_first = model->wish.is_first;

    ask_forget(model);
    if (!is_first && model->view == VIEW_PLAN && model->previous != VIEW_PLAN)
        model_show(model, model->previous);
    model_ask(model, REQUEST_PLAN, NULL);
}

static void launch(struct model *model)
{
    model->wish.approved = true;
    model->mode = MODE_STARTING;
    model_show(model, VIEW_DEPLOY);
    model_ask(model, REQUEST_LAUNCH, NULL);
}

static void consent_chosen(struct model *model, int choice)
{
    if (choice == 0) {
        launch(model);
        return;
    }
    if (model->wish.is_first)
        model->exit_status = EXIT_STATUS_CANCELLED;
    go_back(model);
    model_say(model, ROLE_DIM, "nothing was done");
}

static bool consent_typed(struct model *model, const char *text)
{
    if (!model->typed || strcmp(text, model->typed) != 0) {
        model->dialog.error = mem_text("that is something else");
        return false;
    }
    launch(model);
    return true;
}

static void typed_changed(struct model *model, const char *text)
{
    if (!text)
        consent_chosen(model, -1);
}

static size_t count_action(const struct model *model, const char *action)
{
    size_t count = 0, index;
    json_t *entry;

    json_array_foreach(model->plan, index, entry)
    {
        count += strcmp(jsonx_text(entry, "action", ""), action) == 0;
    }
    return count;
}

static void show_consent(struct model *model, size_t runs)
{
    static const struct dialog_choice choices[] = { { 'y', "start" },
                                                    { 'n', "not now" } };
    const struct console_request *request = model->request;
    const struct alone *alone = alone_find(model->wish.command);
    const char *question = model->wish.is_first ? request->question
                           : alone              ? alone->question
                                                : NULL;
    size_t skips = count_action(model, "skip");
    char *title =
        question ? mem_text(question)
                 : mem_format("Run %zu step%s?", runs, runs == 1 ? "" : "s");
    char *text = NULL;

    if (model->wish.is_first && model->typed) {
        dialog_input(&model->dialog, "> ", consent_typed);
        model->dialog.is_line = false;
        model->dialog.changed = typed_changed;
        model->dialog.title = mem_text(title);
        text = mem_format("%zu step%s will run. Type '%s' and Enter to go on, "
                          "Esc to leave everything as it is.",
                          runs, runs == 1 ? "" : "s", model->typed);
    } else {
        dialog_choice(&model->dialog, title, choices, 2, consent_chosen);
        /* As on plain lines: Enter alone starts nothing. */
        model->dialog.selected = 1;
        if (skips)
            text = mem_format("%zu of %zu %s skipped.", skips,
                              json_array_size(model->plan),
                              skips == 1 ? "is" : "are");
    }
    dialog_say(&model->dialog, text);
    model->dialog.is_docked = true;
    free(text);
    free(title);
}

/* The first entry of the plan that is blocked, or NULL. */
static const json_t *first_blocked(const struct model *model)
{
    size_t index;
    json_t *entry;

    json_array_foreach(model->plan, index, entry)
    {
        if (strcmp(jsonx_text(entry, "action", ""), "blocked") == 0)
            return entry;
    }
    return NULL;
}

static void nothing_chosen(struct model *model, int choice)
{
    (void)choice;
    go_back(model);
}

static void show_nothing(struct model *model)
{
    static const struct dialog_choice choices[] = { { 0, "close" } };
    const json_t *blocked = first_blocked(model);
    const char *try = jsonx_text(blocked, "suggestion", NULL);
    char *text = NULL;

    dialog_choice(&model->dialog, "Nothing can run", choices, 1,
                  nothing_chosen);
    if (blocked)
        text = mem_format("%s %s.", jsonx_text(blocked, "step", ""),
                          jsonx_text(blocked, "reason", "is blocked"));
    dialog_say(&model->dialog,
               blocked ? text
                       : "Every step is completed and unchanged. To run one "
                         "again, select it and press r.");
    free(text);
    text = try ? mem_format("Try: %s", try) : NULL;
    dialog_say(&model->dialog, text);
    free(text);
    model->dialog.is_docked = true;
}

/* `stepdeck run 030` of a step that is blocked ends as it does headless. */
static void note_obstacle(struct model *model)
{
    const json_t *blocked = first_blocked(model);
    struct error err = { 0 };

    if (!model->wish.is_first || !blocked)
        return;
    error_set(&err, ERROR_BLOCKED, "%s is blocked: %s",
              jsonx_text(blocked, "step", ""),
              jsonx_text(blocked, "reason", ""));
    error_hint(
        &err, "%s",
        jsonx_text(blocked, "suggestion", "'stepdeck plan' shows it all"));
    model_fail(model, &err);
}

void ask_consent(struct model *model)
{
    size_t runs = count_action(model, "run");

    if (error_is_set(&model->plan_error)) {
        if (model->wish.is_first)
            model_fail(model, &model->plan_error);
        ask_forget(model);
        ask_error(model, "There is no plan", &model->plan_error);
    } else if (model->wish.approved ||
               (model->wish.is_first && model->request->starts)) {
        launch(model);
    } else if (!runs) {
        note_obstacle(model);
        show_nothing(model);
    } else {
        show_consent(model, runs);
    }
}

/* ---- the lock --------------------------------------------------------- */

static void locked_chosen(struct model *model, int choice)
{
    if (choice == 1) {
        model->wish.wait_ms = LOCK_WAIT_MS;
        launch(model);
        model_say(model, ROLE_WARNING,
                  "waiting for the lock; Ctrl-C stops waiting");
        return;
    }
    ask_forget(model);
    if (choice == 0)
        model_load(model, LOAD_WATCH, NULL, NULL);
}

void ask_locked(struct model *model, const struct error *err)
{
    static const struct dialog_choice choices[] = {
        { 'a', "watch the run that holds it" },
        { 'w', "wait for it, at most 10 minutes, and then start" },
        { 'c', "close" },
    };

    dialog_choice(&model->dialog, "It did not start", choices, 3,
                  locked_chosen);
    dialog_say(&model->dialog, err->message);
    model->dialog.is_docked = true;
}
