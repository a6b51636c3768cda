/* What the loader brings, taken into the model. */
#include "base/mem.h"
#include "tui/ask.h"
#include "tui/model.h"

#include <stdlib.h>
#include <string.h>

/* What the plan would do in the cloud is asked for when somebody looks at it,
 * once a plan. */
void model_ask_previews(struct model *model)
{
    if (model->view != VIEW_PLAN || !model->has_target || !model->plan ||
        model->asks_previews || model->is_previewed ||
        model->mode == MODE_LIVE || model->mode == MODE_WATCHING)
        return;
    model->asks_previews = model->is_previewed = true;
    model_ask(model, REQUEST_PREVIEW, NULL);
}

static void take_plan(struct model *model, struct loaded *loaded)
{
    if (loaded->heading.project) {
        heading_release(&model->heading);
        model->heading = loaded->heading;
        loaded->heading = (struct heading){ 0 };
        model->has_steps = loaded->has_steps;
        model->has_target = loaded->has_target;
    }
    if (loaded->has_timings) {
        timings_release(&model->timings);
        model->timings = loaded->timings;
        loaded->timings = (struct timings){ 0 };
    }
    free(model->typed);
    model->typed = loaded->typed;
    loaded->typed = NULL;
    model->plan_error = loaded->error;
    json_decref(model->plan);
    model->plan = loaded->plan;
    loaded->plan = NULL;
    json_decref(model->previews);
    model->previews = NULL;
    model->is_previewed = false;
    model_ask_previews(model);
    if (loaded->notice)
        model_say(model, ROLE_WARNING, "%s", loaded->notice);
}

/* The plan is what the screen shows, unless it shows a run. */
static void show_plan(struct model *model)
{
    struct list kept = model->steps;

    if (model->mode == MODE_LIVE || model->mode == MODE_WATCHING)
        return;
    /* A run that has ended stays in sight until another one begins. */
    if (model->mode == MODE_OVER)
        return;
    model_forget_run(model);
    if (model->mode != MODE_STARTING)
        model->mode = MODE_IDLE;
    run_model_apply_plan(&model->run, model->plan);
    model->steps = kept;
    list_fit(&model->steps, model->run.step_count, kept.rows);
}

static void plan_loaded(struct model *model, struct loaded *loaded)
{
    bool is_first = model->mode == MODE_LOADING;

    take_plan(model, loaded);
    show_plan(model);
    if (is_first && !model->has_steps && !loaded->is_set_up &&
        !model->wish.command) {
        model_show(model, VIEW_WIZARD);
        return;
    }
    if (model->wish.command)
        ask_consent(model);
    else if (loaded->is_under_way && model->mode == MODE_IDLE)
        model_load(model, LOAD_WATCH, NULL, NULL);
}

static void launch_loaded(struct model *model, struct loaded *loaded)
{
    if (loaded->changed) {
        model->mode = MODE_IDLE;
        model->wish.approved = false;
        take_plan(model, loaded);
        show_plan(model);
        model_say(model, ROLE_WARNING,
                  "the plan has changed since it was shown");
        ask_consent(model);
        return;
    }
    if (!error_is_set(&loaded->error)) {
        ask_forget(model);
        if (loaded->notice)
            model_say(model, ROLE_WARNING, "%s", loaded->notice);
        return;
    }
    model->mode = MODE_IDLE;
    if (model->wish.is_first)
        model_fail(model, &loaded->error);
    if (loaded->error.code == ERROR_LOCKED) {
        ask_locked(model, &loaded->error);
        return;
    }
    ask_forget(model);
    ask_error(model, "It did not start", &loaded->error);
}

static void join_loaded(struct model *model, struct loaded *loaded)
{
    model->exit_status = loaded->exit_status;
    /* The plan is another one now. */
    if (!model->wish.command)
        model_ask(model, REQUEST_PLAN, NULL);
    if (error_is_set(&loaded->error))
        ask_error(model, "After the run", &loaded->error);
    if (loaded->has_timings) {
        timings_release(&model->timings);
        model->timings = loaded->timings;
        loaded->timings = (struct timings){ 0 };
    }
}

/* Of a plan that has been replaced meanwhile it is of no use. */
static void previews_loaded(struct model *model, struct loaded *loaded)
{
    model->asks_previews = false;
    if (model->is_previewed) {
        json_decref(model->previews);
        model->previews = loaded->previews;
        loaded->previews = NULL;
    }
    model_ask_previews(model);
}

static void theme_loaded(struct model *model, const struct loaded *loaded)
{
    if (!error_is_set(&loaded->error)) {
        free(model->theme);
        model->theme = mem_text(loaded->text);
    } else if (loaded->text && model->preferences.theme &&
               strcmp(loaded->text, model->preferences.theme) == 0) {
        /* Others were shown while the name was being typed. */
        model_say(model, ROLE_FAILED, "%s (%s)", loaded->error.message,
                  loaded->error.hint);
    }
}

void model_loaded(struct model *model, struct loaded *loaded)
{
    switch (loaded->kind) {
    case LOAD_PLAN:
        plan_loaded(model, loaded);
        break;
    case LOAD_PREVIEW:
        previews_loaded(model, loaded);
        break;
    case LOAD_LAUNCH:
        launch_loaded(model, loaded);
        break;
    case LOAD_JOIN:
        join_loaded(model, loaded);
        break;
    case LOAD_WATCH:
        if (error_is_set(&loaded->error))
            ask_error(model, "There is nothing to watch", &loaded->error);
        break;
    case LOAD_PREFERENCES:
        if (error_is_set(&loaded->error))
            model_say(model, ROLE_WARNING, "%s", loaded->error.message);
        break;
    case LOAD_THEME:
        theme_loaded(model, loaded);
        break;
    case LOAD_CLIP:
        if (error_is_set(&loaded->error))
            model_say(model, ROLE_DIM, "copied to the clipboard");
        else
            model_say(model, ROLE_DIM,
                      "copied to the clipboard and to copied.txt in the state");
        break;
    case LOAD_PICTURE:
    case LOAD_COPY:
        if (error_is_set(&loaded->error))
            model_say(model, ROLE_FAILED, "%s", loaded->error.message);
        else
            model_say(model, ROLE_OK, "saved as %s", loaded->text);
        break;
    default:
        for (enum view_id i = 0; i < VIEW_COUNT; i++) {
            if (model_view_of(i)->load)
                model_view_of(i)->load(model, loaded);
        }
        break;
    }
    loaded_free(loaded);
    model_settle(model);
}
