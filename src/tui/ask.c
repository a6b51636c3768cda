#include "tui/ask.h"

#include "base/mem.h"
#include "tui/draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the engine's questions ------------------------------------------- */

static bool is_kind(const struct model *model, const char *kind)
{
    return model->prompt.is_open && strcmp(model->prompt.kind, kind) == 0;
}

bool ask_answer(struct model *model, const char *answer)
{
    if (!model->prompt.is_open || model->mode != MODE_LIVE)
        return false;
    model->prompt.is_open = false;
    model_ask(model, REQUEST_ANSWER, answer);
    return true;
}

static void failure_chosen(struct model *model, int choice)
{
    static const char *const answers[] = { "retry", "skip", "stop" };

    if (choice >= 0 && choice < 3) {
        ask_answer(model, answers[choice]);
        return;
    }
    model_show_asked(model);
    if (model->prompt.is_open)
        model_say(model, ROLE_WARNING,
                  "the run waits: r retries, S skips, x stops, Enter asks");
}

static void confirm_chosen(struct model *model, int choice)
{
    if (choice >= 0) {
        ask_answer(model, choice == 0 ? "yes" : "no");
        return;
    }
    model_show_asked(model);
    if (model->prompt.is_open)
        model_say(model, ROLE_WARNING,
                  "the run waits for your answer: Enter asks again");
}

static void ask_failure(struct model *model)
{
    const struct prompt *prompt = &model->prompt;
    const struct run_step *step = run_model_step(&model->run, prompt->step);
    const struct dialog_choice choices[] = {
        { 'r', "retry the step" },
        { 'S', "skip it and go on" },
        { 'x', step && step->rolls_back ? "stop, and roll back the service"
                                        : "stop the run; it can be resumed" },
    };
    char *label = draw_step_label(prompt->step);
    char *title = mem_format("%s failed", label);

    dialog_choice(&model->dialog, title, choices, 3, failure_chosen);
    /* Where there is little room, what comes first is what is seen. */
    if (step && step->cause)
        dialog_say(&model->dialog, step->cause);
    dialog_say(&model->dialog, prompt->message);
    if (step && step->suggestion) {
        char *text = mem_format("Try: %s", step->suggestion);

        dialog_say(&model->dialog, text);
        free(text);
    }
    if (step && step->documentation)
        dialog_say(&model->dialog, step->documentation);
    if (step && step->rolls_back)
        dialog_say(&model->dialog,
                   "Stopping puts the previous version back, as its own step.");
    dialog_say(&model->dialog, "Esc shows the log; the run waits.");
    model->dialog.is_docked = true;
    free(title);
    free(label);
}

static void ask_yes_no(struct model *model, const char *why, const char *yes,
                       const char *no)
{
    struct dialog_choice choices[] = { { 'y', yes }, { 'n', no } };
    char *label = draw_step_label(model->prompt.step);

    dialog_choice(&model->dialog, label, choices, 2, confirm_chosen);
    free(label);
    dialog_say(&model->dialog, model->prompt.message);
    dialog_say(&model->dialog, why);
    model->dialog.is_docked = true;
    /* What cannot be taken back is not one careless Enter away. */
    model->dialog.selected = 1;
}

void ask_again(struct model *model)
{
    if (!model->prompt.is_open || model->mode != MODE_LIVE)
        return;
    model->prompt.was_shown = true;
    if (is_kind(model, "failure"))
        ask_failure(model);
    else if (is_kind(model, "continue"))
        ask_yes_no(model,
                   "It may fail without stopping the run. Go on without it? "
                   "Esc shows its log; the run waits.",
                   "go on without it", "stop the run here");
    else
        ask_yes_no(model, NULL, "yes, run it", "no, leave it");
}

void ask_open(struct model *model, const struct event *event)
{
    struct prompt *prompt = &model->prompt;
    const char *kind = event_text(event, "kind");
    const char *step = event_text(event, "step");
    const char *message = event_text(event, "message");

    free(prompt->kind);
    free(prompt->step);
    free(prompt->message);
    prompt->kind = mem_text(kind ? kind : "");
    prompt->step = mem_text(step ? step : "");
    prompt->message = mem_text(message ? message : "");
    prompt->is_open = true;
    if (model->mode != MODE_LIVE)
        return;
    if (is_kind(model, "terminal")) {
        prompt->is_open = false;
        model_ask(model, REQUEST_TERMINAL, step);
        return;
    }
    prompt->was_shown = false;
    ask_waiting(model);
}

void ask_waiting(struct model *model)
{
    /* What is typed into an open dialog is meant for that one, and so are the
     * keys that are on their way. */
    if (!model->prompt.is_open || model->prompt.was_shown ||
        model->mode != MODE_LIVE || model->dialog.kind != DIALOG_NONE)
        return;
    ask_again(model);
    model->dialog.deaf_until_ms = model->now_ms + ASK_DEAF_MS;
}

void ask_close(struct model *model)
{
    if (model->prompt.is_open && model->dialog.kind == DIALOG_CHOICE &&
        (model->dialog.chosen == failure_chosen ||
         model->dialog.chosen == confirm_chosen))
        dialog_release(&model->dialog);
    model->prompt.is_open = false;
}

/* ---- errors and leaving ----------------------------------------------- */

static void dismissed(struct model *model, int choice)
{
    (void)model;
    (void)choice;
}

void ask_error(struct model *model, const char *title, const struct error *err)
{
    static const struct dialog_choice choices[] = { { 0, "close" } };

    dialog_choice(&model->dialog, title, choices, 1, dismissed);
    dialog_say(&model->dialog, err->message);
    dialog_say(&model->dialog, err->hint);
    model->dialog.is_docked = true;
}

static void leave_chosen(struct model *model, int choice)
{
    if (choice == 0) {
        model->leaves_at_end = true;
        model_interrupt(model);
    } else if (choice == 1) {
        model_ask(model, REQUEST_DETACH, NULL);
    }
    if (choice && model->prompt.is_open)
        ask_again(model);
}

static void leave_stopping_chosen(struct model *model, int choice)
{
    if (choice != 0)
        return;
    model->leaves_at_end = true;
    if (model->interrupts == 1)
        model_interrupt(model);
}

static void ask_leave_stopping(struct model *model)
{
    static const struct dialog_choice choices[] = {
        { 'x', "kill what still runs, then leave" },
        { 's', "stay until it has stopped" },
    };

    dialog_choice(&model->dialog, "The run is stopping", choices, 2,
                  leave_stopping_chosen);
    model->dialog.selected = 1;
}

void ask_leave(struct model *model)
{
    static const struct dialog_choice choices[] = {
        { 'x', "stop the run at the next safe point, then leave" },
        { 'd', "leave; the run goes on (stepdeck attach)" },
        { 's', "stay" },
    };

    if (model->mode != MODE_LIVE) {
        model_ask(model, REQUEST_LEAVE, NULL);
        return;
    }
    if (model->interrupts) {
        ask_leave_stopping(model);
        return;
    }
    dialog_choice(&model->dialog, "Steps are running", choices, 3,
                  leave_chosen);
    model->dialog.selected = 2;
}

static void stop_chosen(struct model *model, int choice)
{
    const struct run_step *step = model_step(model);

    if (choice != 0 || !step)
        return;
    model_ask(model, REQUEST_STOP_STEP, step->id);
    snprintf(model->stopping, sizeof(model->stopping), "%s", step->id);
}

void ask_run_ended(struct model *model)
{
    ask_close(model);
    if (model->dialog.kind == DIALOG_CHOICE &&
        (model->dialog.chosen == leave_chosen ||
         model->dialog.chosen == leave_stopping_chosen ||
         model->dialog.chosen == stop_chosen))
        dialog_release(&model->dialog);
}

void ask_step_ended(struct model *model, const char *step)
{
    const struct run_step *selected = model_step(model);

    if (model->dialog.kind == DIALOG_CHOICE &&
        model->dialog.chosen == stop_chosen && selected &&
        strcmp(selected->id, step) == 0)
        dialog_release(&model->dialog);
}

void ask_stop_step(struct model *model, const struct run_step *step)
{
    static const struct dialog_choice choices[] = {
        { 'y', "stop it; a script gets TERM, and KILL after 10 s" },
        { 'n', "let it run" },
    };
    char *label = draw_step_label(step->id);
    char *title = mem_format("Stop %s?", label);

    dialog_choice(&model->dialog, title, choices, 2, stop_chosen);
    free(title);
    free(label);
}

/* ---- the lines at the bottom ------------------------------------------ */

static bool search_entered(struct model *model, const char *text)
{
    struct logpane *pane = model_log(model);

    if (!pane)
        return true;
    /* Enter alone repeats the last search. */
    if (*text || !pane->search)
        logpane_search(pane, text);
    else
        logpane_act(pane, ACTION_NEXT_MATCH);
    return true;
}

static void search_changed(struct model *model, const char *text)
{
    struct logpane *pane = model_log(model);

    if (pane && text && *text)
        logpane_search(pane, text);
    else if (pane && !text)
        logpane_search(pane, NULL);
}

void ask_search(struct model *model)
{
    const struct logpane *pane = model_log(model);
    char *last = pane ? mem_text(pane->search) : NULL;

    if (!pane) {
        model_say(model, ROLE_WARNING, "there is no log here to search");
        return;
    }
    dialog_input(&model->dialog, "/", search_entered);
    model->dialog.changed = search_changed;
    model->dialog.field.last = last;
}

static bool filter_entered(struct model *model, const char *text)
{
    struct logpane *pane = model_log(model);

    if (pane)
        logpane_filter(pane, text);
    return true;
}

void ask_filter(struct model *model)
{
    const struct logpane *pane = model_log(model);

    if (!pane) {
        model_say(model, ROLE_WARNING, "there is no log here to filter");
        return;
    }
    dialog_input(&model->dialog, "&", filter_entered);
    field_set(&model->dialog.field, pane->filter);
}

static bool save_entered(struct model *model, const char *text)
{
    const struct logpane *pane = model_log(model);

    if (!*text) {
        model->dialog.error = mem_text("name a file");
        return false;
    }
    if (pane && pane->path)
        model_load(model, LOAD_COPY, pane->path, text);
    return true;
}

void ask_save(struct model *model)
{
    const struct logpane *pane = model_log(model);
    const char *name;

    if (!pane || !pane->path) {
        model_say(model, ROLE_WARNING, "there is no log here to save");
        return;
    }
    name = strrchr(pane->path, '/');
    dialog_input(&model->dialog, "save as: ", save_entered);
    field_set(&model->dialog.field, name ? name + 1 : pane->path);
}
