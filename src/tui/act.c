/* What keys mean: the way from a key to a change of the model. */
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "tui/ask.h"
#include "tui/model.h"
#include "tui/palette.h"

#include <stdlib.h>
#include <string.h>

enum { STILL_DEAF_MS = 500 };

/* ---- stopping --------------------------------------------------------- */

void model_interrupt(struct model *model)
{
    if (model->mode == MODE_STARTING) {
        model_ask(model, REQUEST_CANCEL, NULL);
        return;
    }
    if (model->mode != MODE_LIVE) {
        if (model->interrupts++ || model->mode == MODE_WATCHING)
            model_ask(model, REQUEST_LEAVE, NULL);
        else
            model_say(model, ROLE_DIM,
                      "nothing is running; Ctrl-C again, or q, leaves");
        return;
    }
    switch (++model->interrupts) {
    case 1:
        model->stopped_ms = model->now_ms;
        ask_close(model);
        model_ask(model, REQUEST_STOP, NULL);
        model_say(model, ROLE_WARNING,
                  "stopping: running steps have 10 s to end (Ctrl-C again "
                  "kills them)");
        break;
    case 2:
        model_ask(model, REQUEST_KILL, NULL);
        model_say(model, ROLE_WARNING,
                  "killing the running steps (Ctrl-C again leaves at once)");
        break;
    default:
        model_ask(model, REQUEST_ABANDON, NULL);
        break;
    }
}

/* ---- acting on the run ------------------------------------------------ */

/* The step that is selected where the user is, NULL when none is. */
static const char *selected_step(const struct model *model)
{
    const struct run_step *step = model_step(model);

    if (model->view == VIEW_PLAN)
        return jsonx_text(
            json_array_get(model->plan, model->plan_list.selected), "step",
            NULL);
    return model->view == VIEW_DEPLOY && step ? step->id : NULL;
}

static void retry(struct model *model)
{
    const char *step = selected_step(model);

    if (ask_answer(model, "retry"))
        return;
    if (!step)
        model_say(model, ROLE_WARNING,
                  "select a step in the list of steps (1) or the plan (2)");
    else
        model_wish(model, "run", step);
}

/* Takes the step out of the list, or adds it; whether it is in it now. */
static bool toggle_skip(struct model *model, const char *step)
{
    struct strvec kept = { 0 };
    bool found = strvec_has(&model->skips, step);

    for (size_t i = 0; i < model->skips.count; i++) {
        if (strcmp(model->skips.items[i], step) != 0)
            strvec_add(&kept, model->skips.items[i]);
    }
    if (!found)
        strvec_add(&kept, step);
    strvec_release(&model->skips);
    model->skips = kept;
    return !found;
}

static void skip(struct model *model)
{
    const char *step = selected_step(model);

    if (ask_answer(model, "skip"))
        return;
    if (model_is_running(model) || !step) {
        model_say(model, ROLE_WARNING,
                  "select a step that has not run; S leaves it out");
        return;
    }
    /* What S was pressed on is what the next one is meant for. */
    model->steps.was_moved = true;
    model_say(model, ROLE_DIM, "%s: %s (S changes that)", step,
              toggle_skip(model, step) ? "left out of the next run"
                                       : "not left out any more");
    model_ask(model, REQUEST_PLAN, NULL);
}

static void stop(struct model *model)
{
    const struct run_step *step = model_step(model);

    if (ask_answer(model, "stop"))
        return;
    if (model->mode != MODE_LIVE || !step || !status_is_running(step->status))
        model_say(model, ROLE_WARNING, "the selected step is not running");
    else
        ask_stop_step(model, step);
}

/* A command that runs one step; its name is that of the action. */
static void run_alone(struct model *model, enum action action)
{
    const char *command = action_info(action)->name;

    if (model_can(model, action) || model_is_running(model))
        model_wish(model, command, NULL);
    else
        model_say(model, ROLE_WARNING,
                  "%s needs a cloud target: ':setup' names a service", command);
}

/* A run that is watched belongs to somebody else. */
static bool is_out_of_reach(struct model *model, enum action action)
{
    if (model->mode != MODE_WATCHING || action < ACTION_START ||
        action >= ACTION_INTERRUPT)
        return false;
    model_say(model, ROLE_WARNING,
              "only watching: it is stopped where it was started (process %d)",
              model->run.pid);
    return true;
}

static bool act_on_run(struct model *model, enum action action)
{
    if (is_out_of_reach(model, action))
        return true;
    switch (action) {
    case ACTION_START:
    case ACTION_RESUME:
        model_wish(model, "deploy", NULL);
        return true;
    case ACTION_RETRY:
        retry(model);
        return true;
    case ACTION_SKIP:
        skip(model);
        return true;
    case ACTION_STOP:
        stop(model);
        return true;
    case ACTION_PREFLIGHT:
    case ACTION_ROLLBACK:
    case ACTION_PRUNE:
        run_alone(model, action);
        return true;
    case ACTION_INTERRUPT:
        model_interrupt(model);
        return true;
    default:
        return false;
    }
}

/* ---- acting on the log ------------------------------------------------ */

static void open_log(struct model *model, enum request_kind kind)
{
    const struct logpane *pane = model_log(model);

    if (pane && pane->path)
        model_ask(model, kind, pane->path);
    else
        model_say(model, ROLE_WARNING, "there is no log here");
}

static void copy_log(struct model *model)
{
    const struct logpane *pane = model_log(model);
    struct strbuf text = { 0 };

    if (pane)
        logpane_text(pane, &text);
    if (text.len)
        model_ask(model, REQUEST_COPY, strbuf_text(&text));
    else
        model_say(model, ROLE_WARNING, "there is nothing to copy");
    strbuf_release(&text);
}

static bool act_on_log(struct model *model, enum action action)
{
    switch (action) {
    case ACTION_SEARCH:
        ask_search(model);
        return true;
    case ACTION_FILTER:
        ask_filter(model);
        return true;
    case ACTION_SAVE:
        ask_save(model);
        return true;
    case ACTION_COPY:
        copy_log(model);
        return true;
    case ACTION_PAGER:
        open_log(model, REQUEST_PAGER);
        return true;
    case ACTION_EDITOR:
        open_log(model, REQUEST_EDITOR);
        return true;
    case ACTION_STREAM:
        model_ask(model, REQUEST_STREAM, NULL);
        return true;
    default:
        return false;
    }
}

/* Keys of the log work wherever a log is in sight; what is remembered of them
 * holds for every log. */
static bool act_in_log(struct model *model, enum action action)
{
    struct preferences *likes = &model->preferences;
    struct logpane *pane = model_log(model);
    struct logpane *panes[] = { &model->log, &model->history.log };

    if (!pane || !logpane_act(pane, action))
        return false;
    if (action != ACTION_FOLLOW && action != ACTION_WRAP &&
        action != ACTION_TIMESTAMPS)
        return true;
    likes->wrap = pane->wrap;
    likes->times = pane->times;
    if (action == ACTION_FOLLOW)
        likes->follow = pane->follow;
    for (size_t i = 0; i < 2; i++) {
        panes[i]->begins_at_top = !likes->follow;
        panes[i]->wrap = pane->wrap;
        panes[i]->times = pane->times;
    }
    model_ask(model, REQUEST_REMEMBER, NULL);
    return true;
}

static bool is_movement(enum action action)
{
    return action >= ACTION_DOWN && action <= ACTION_PAGE_UP;
}

/* ---- acting on the screen --------------------------------------------- */

static void resize_list(struct model *model, int by)
{
    int width = model->preferences.list_width + by;

    if (width < LIST_WIDTH_LEAST || width > LIST_WIDTH_MOST)
        return;
    model->preferences.list_width = width;
    model_ask(model, REQUEST_REMEMBER, NULL);
}

static void take_picture(struct model *model)
{
    char time[CLOCK_TEXT_SIZE];
    char *name = mem_format("stepdeck-%s.svg",
                            clock_format_compact(model->now_ms, time));

    model_ask(model, REQUEST_PICTURE, name);
    free(name);
}

static bool act_on_screen(struct model *model, enum action action)
{
    switch (action) {
    case ACTION_PALETTE:
        palette_open(model);
        return true;
    case ACTION_GROW:
        resize_list(model, 2);
        return true;
    case ACTION_SHRINK:
        resize_list(model, -2);
        return true;
    case ACTION_ZOOM:
        model->is_zoomed = !model->is_zoomed;
        return true;
    case ACTION_MOUSE:
        model->preferences.mouse = !model->preferences.mouse;
        model_say(model, ROLE_DIM, "mouse: %s",
                  model->preferences.mouse ? "on" : "off");
        model_ask(model, REQUEST_MOUSE, NULL);
        model_ask(model, REQUEST_REMEMBER, NULL);
        return true;
    case ACTION_PICTURE:
        take_picture(model);
        return true;
    case ACTION_REDRAW:
        model_ask(model, REQUEST_REDRAW, NULL);
        return true;
    case ACTION_SUSPEND:
        model_ask(model, REQUEST_SUSPEND, NULL);
        return true;
    case ACTION_QUIT:
        ask_leave(model);
        return true;
    default:
        return false;
    }
}

static bool change_view(struct model *model, enum action action)
{
    if (action >= ACTION_VIEW_DEPLOY && action <= ACTION_VIEW_HELP) {
        enum view_id view = (enum view_id)(action - ACTION_VIEW_DEPLOY);

        if (view == VIEW_HELP && model->view == VIEW_HELP)
            view = model->previous;
        model_show(model, view);
        return true;
    }
    if (action != ACTION_BACK)
        return false;
    if (model->is_zoomed)
        model->is_zoomed = false;
    else if (model->view != VIEW_DEPLOY)
        model_show(model,
                   model->view == VIEW_HELP ? model->previous : VIEW_DEPLOY);
    return true;
}

void model_act(struct model *model, enum action action)
{
    const struct view *view = model_view(model);

    if (action == ACTION_NONE)
        return;
    if ((view->act && view->act(model, action)) || act_on_run(model, action) ||
        act_on_log(model, action) || act_on_screen(model, action) ||
        change_view(model, action) ||
        (!is_movement(action) && act_in_log(model, action)))
        return;
    if (is_movement(action) || action == ACTION_NEXT_PANE ||
        action == ACTION_PREVIOUS_PANE || action == ACTION_OPEN)
        return;
    model_say(model, ROLE_DIM, "'%s' means nothing here",
              action_info(action)->name);
}

/* Beside a docked question the view can still be looked through. */
static bool scroll_behind(struct model *model, struct key key)
{
    static const enum action allowed[] = { ACTION_PAGE_DOWN, ACTION_PAGE_UP,
                                           ACTION_HALF_DOWN, ACTION_HALF_UP,
                                           ACTION_TOP,       ACTION_BOTTOM,
                                           ACTION_LEFT,      ACTION_RIGHT };
    enum action action;

    if (!model->dialog.is_docked || model->dialog.kind != DIALOG_CHOICE)
        return false;
    action = keymap_feed(&model->keys, key);
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        if (action != allowed[i])
            continue;
        if (!model_log(model) || !logpane_act(model_log(model), action))
            model_act(model, action);
        return true;
    }
    return false;
}

/* A question that came by itself hears nothing at first, nor while what was
 * being typed goes on. */
static void key_to_dialog(struct model *model, struct key key)
{
    struct dialog *dialog = &model->dialog;

    if (model->now_ms >= dialog->deaf_until_ms)
        dialog_key(model, dialog, key);
    else
        dialog->deaf_until_ms = model->now_ms + STILL_DEAF_MS;
}

void model_key(struct model *model, struct key key)
{
    const struct view *view = model_view(model);
    bool is_interrupt = key.code == 'c' && key.modifiers == KEY_CONTROL;
    /* Also of a dialog, where a plain character is typed into a field. */
    bool is_picture = (key.modifiers || key.code >= KEY_NAME_FIRST) &&
                      keymap_is_bound(&model->keys, key, ACTION_PICTURE);

    model_drop_notice(model);
    if (is_picture) {
        take_picture(model);
    } else if (model->dialog.kind != DIALOG_NONE &&
               !(is_interrupt && model->mode == MODE_LIVE)) {
        if (!scroll_behind(model, key))
            key_to_dialog(model, key);
    } else if (is_interrupt || !view->key || !view->key(model, key)) {
        model_act(model, keymap_feed(&model->keys, key));
    }
    ask_waiting(model);
    model_settle(model);
}

void model_click(struct model *model, int column, int row)
{
    const struct view *view = model_view(model);

    if (model->dialog.kind == DIALOG_NONE && view->click)
        view->click(model, column, row);
}

void model_paste(struct model *model, const char *bytes, size_t size)
{
    const struct view *view = model_view(model);

    if (model->dialog.kind != DIALOG_NONE)
        dialog_paste(model, &model->dialog, bytes, size);
    else if (view->paste)
        view->paste(model, bytes, size);
    else
        model_say(model, ROLE_DIM, "nothing here takes a paste");
}
