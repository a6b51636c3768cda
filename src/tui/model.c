/* The model's life, and what comes in from the run and from the loader. Keys
 * are in act.c, drawing in frame.c. */
#include "tui/model.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "tui/ask.h"
#include "tui/wizard.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { NOTICE_MS = 6000, REFRESH_MS = 1000 };

static const struct view *const views[VIEW_COUNT] = {
    [VIEW_DEPLOY] = &view_deploy,   [VIEW_PLAN] = &view_plan,
    [VIEW_HISTORY] = &view_history, [VIEW_ERRORS] = &view_errors,
    [VIEW_STATUS] = &view_status,   [VIEW_CHECKPOINTS] = &view_checkpoints,
    [VIEW_HELP] = &view_help,       [VIEW_WIZARD] = &view_wizard,
};

/* ---- life ------------------------------------------------------------- */

void model_init(struct model *model, const struct console_request *request)
{
    *model = (struct model){ .request = request };
    preferences_defaults(&model->preferences);
    keymap_defaults(&model->keys);
    model->icons = icons_of(ICONS_TEXT);
    model->log.hit = model->history.log.hit = -1;
    /* Answers to one pane are none for the other. */
    model->history.log.serial = (uint64_t)1 << 32;
}

static void release_history(struct history_view *history)
{
    for (size_t i = 0; i < history->count; i++)
        past_run_release(&history->runs[i]);
    free(history->runs);
    report_free(history->report);
    report_free(history->compared);
    free(history->marked);
    logpane_release(&history->log);
}

void model_forget_run(struct model *model)
{
    run_model_release(&model->run);
    free(model->prompt.kind);
    free(model->prompt.step);
    free(model->prompt.message);
    model->prompt = (struct prompt){ 0 };
}

void request_release(struct request *request)
{
    free(request->text);
    free(request->other);
    *request = (struct request){ 0 };
}

void model_release(struct model *model)
{
    model_forget_run(model);
    release_history(&model->history);
    statelog_release(&model->remarks.book.log);
    strvec_release(&model->remarks.hints);
    statelog_release(&model->checkpoints.log);
    overview_free(model->status.overview, model->status.session);
    json_decref(model->status.cloud);
    wizard_free(model->wizard);
    preferences_release(&model->preferences);
    keymap_release(&model->keys);
    heading_release(&model->heading);
    json_decref(model->plan);
    json_decref(model->previews);
    timings_release(&model->timings);
    strvec_release(&model->skips);
    strvec_release(&model->themes);
    logpane_release(&model->log);
    dialog_release(&model->dialog);
    free(model->notice.text);
    free(model->theme);
    free(model->typed);
    free(model->wish.command);
    free(model->wish.only);
    for (size_t i = 0; i < model->outbox_count; i++)
        request_release(&model->outbox[i]);
    *model = (struct model){ 0 };
}

/* ---- what goes out ---------------------------------------------------- */

static struct request *add_request(struct model *model, enum request_kind kind)
{
    /* Full only while nobody takes any: the oldest has lost its meaning. */
    if (model->outbox_count == OUTBOX_SIZE) {
        request_release(&model->outbox[0]);
        memmove(model->outbox, model->outbox + 1,
                (OUTBOX_SIZE - 1) * sizeof(model->outbox[0]));
        model->outbox_count--;
    }
    model->outbox[model->outbox_count] = (struct request){ .kind = kind };
    return &model->outbox[model->outbox_count++];
}

void model_ask(struct model *model, enum request_kind kind, const char *text)
{
    /* The plan is made of what holds when the request is taken: once is
     * enough. */
    for (size_t i = 0; kind == REQUEST_PLAN && i < model->outbox_count; i++) {
        if (model->outbox[i].kind == kind)
            return;
    }
    add_request(model, kind)->text = mem_text(text);
}

void model_load(struct model *model, enum load_kind kind, const char *text,
                const char *other)
{
    struct request *request = add_request(model, REQUEST_LOAD);

    request->load = kind;
    request->text = mem_text(text);
    request->other = mem_text(other);
}

bool model_take(struct model *model, struct request *request)
{
    if (!model->outbox_count)
        return false;
    *request = model->outbox[0];
    model->outbox_count--;
    memmove(model->outbox, model->outbox + 1,
            model->outbox_count * sizeof(model->outbox[0]));
    return true;
}

void model_say(struct model *model, enum role role, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    free(model->notice.text);
    model->notice.text = mem_format_args(format, args);
    va_end(args);
    model->notice.role = role;
    model->notice.until_ms = model->now_ms + NOTICE_MS;
}

void model_fail(struct model *model, const struct error *err)
{
    model->exit_status = engine_exit_status(err);
    model->failure = *err;
}

void model_drop_notice(struct model *model)
{
    free(model->notice.text);
    model->notice = (struct notice){ 0 };
}

/* ---- views ------------------------------------------------------------ */

const struct view *model_view(const struct model *model)
{
    return views[model->view];
}

const struct view *model_view_of(enum view_id view)
{
    return views[view];
}

struct logpane *model_log(struct model *model)
{
    const struct view *view = model_view(model);

    return view->log ? view->log(model) : NULL;
}

void model_show(struct model *model, enum view_id view)
{
    struct logpane *pane;

    if (model->view != view)
        model->previous = model->view;
    model->view = view;
    if (views[view]->enter)
        views[view]->enter(model);
    pane = model_log(model);
    if (pane)
        pane->wants_window = true;
}

bool model_is_running(const struct model *model)
{
    return model->mode == MODE_LIVE || model->mode == MODE_STARTING;
}

bool model_can(const struct model *model, enum action action)
{
    bool is_free = model->mode == MODE_IDLE || model->mode == MODE_OVER;

    switch (action) {
    case ACTION_START:
        return is_free && model->exit_status == 0;
    case ACTION_RESUME:
        return model->mode == MODE_OVER && model->exit_status != 0;
    case ACTION_RETRY:
    case ACTION_SKIP:
        return is_free || model->prompt.is_open;
    case ACTION_PREFLIGHT:
        return is_free && model->has_steps;
    case ACTION_ROLLBACK:
    case ACTION_PRUNE:
        return is_free && model->has_target;
    case ACTION_STOP:
        return model->mode == MODE_LIVE && model_step(model) &&
               status_is_running(model_step(model)->status);
    case ACTION_OPEN:
        return model->view != VIEW_DEPLOY || model->prompt.is_open;
    default:
        return true;
    }
}

/* Nothing more is to be expected of it, and nothing stands in the way. */
static bool is_behind_us(const struct run_step *step)
{
    return step->status == STATUS_COMPLETED || step->status == STATUS_SKIPPED ||
           step->was_completed ||
           (step->status == STATUS_FAILED && !step->critical);
}

size_t model_done(const struct model *model)
{
    size_t done = 0;

    for (size_t i = 0; i < model->run.step_count; i++)
        done += is_behind_us(&model->run.steps[i]);
    return done;
}

const struct run_step *model_step(const struct model *model)
{
    return model->steps.selected < model->run.step_count
               ? &model->run.steps[model->steps.selected]
               : NULL;
}

char *model_log_path(const struct model *model, const char *run,
                     const char *step)
{
    const char *state = model->heading.state_path;

    if (!state)
        return NULL;
    return run ? mem_format("%s/runs/%s/%s.log", state, run, step)
               : mem_format("%s/%s.log", state, step);
}

/* ---- the selected step and its log ------------------------------------ */

static size_t index_of(const struct run_model *run, const char *id)
{
    size_t index = 0;

    while (index < run->step_count && strcmp(run->steps[index].id, id) != 0)
        index++;
    return index;
}

/* Whether it stands in the way: failed now, or before a run that is planned. */
static bool is_in_the_way(const struct model *model,
                          const struct run_step *step)
{
    return (step->status == STATUS_FAILED && step->critical) ||
           (model->mode == MODE_IDLE && step->before == STATUS_FAILED);
}

/* The step that matters now: what is asked about, else what runs, else what
 * failed, else what is next, else the last. */
static size_t focal_step(const struct model *model)
{
    const struct run_model *run = &model->run;
    size_t asked = model->prompt.is_open ? index_of(run, model->prompt.step)
                                         : run->step_count;

    if (asked < run->step_count)
        return asked;
    for (size_t i = 0; i < run->step_count; i++) {
        if (status_is_running(run->steps[i].status))
            return i;
    }
    for (size_t i = 0; i < run->step_count; i++) {
        if (is_in_the_way(model, &run->steps[i]))
            return i;
    }
    for (size_t i = 0; i < run->step_count; i++) {
        if (run->steps[i].will_run && run->steps[i].status == STATUS_PENDING)
            return i;
    }
    return run->step_count ? run->step_count - 1 : 0;
}

void model_show_asked(struct model *model)
{
    size_t index = model->prompt.is_open
                       ? index_of(&model->run, model->prompt.step)
                       : model->run.step_count;

    if (index >= model->run.step_count)
        return;
    model->view = VIEW_DEPLOY;
    model->steps.selected = index;
    model->focus = PANE_LOG;
}

static const char *why_no_log(const struct run_step *step)
{
    switch (step->status) {
    case STATUS_BLOCKED:
        return step->message ? step->message : "it is blocked";
    case STATUS_PENDING:
        return "it has not started yet";
    default:
        return step->interactive
                   ? "it had the terminal; its output is not recorded"
                   : "it has no log";
    }
}

/* Whether the log of an earlier run is the newest there is. */
static bool shows_earlier(const struct model *model,
                          const struct run_step *step)
{
    return model->mode == MODE_IDLE || model->mode == MODE_STARTING ||
           !step->start_ms;
}

static bool has_earlier(const struct run_step *step)
{
    return step->before != STATUS_PENDING || step->was_completed;
}

void model_settle(struct model *model)
{
    const struct run_step *step;
    char *path = NULL;

    if (!model->steps.was_moved)
        model->steps.selected = focal_step(model);
    step = model_step(model);
    if (!step) {
        logpane_show(&model->log, NULL, "", 0);
        return;
    }
    if (step->interactive)
        path = NULL;
    else if (!shows_earlier(model, step))
        path = model_log_path(model, model->run.run, step->id);
    else if (has_earlier(step))
        path = model_log_path(model, NULL, step->id);
    model->log.is_growing = status_is_running(step->status);
    logpane_show(&model->log, path, why_no_log(step), step->start_ms);
    free(path);
}

/* ---- events ----------------------------------------------------------- */

void model_begin(struct model *model, enum run_mode mode)
{
    model_forget_run(model);
    model->exit_status = 0;
    error_clear(&model->failure);
    model->mode = mode;
    model->interrupts = 0;
    model->has_died = false;
    model->steps = (struct list){ 0 };
    strvec_release(&model->skips);
    logpane_show(&model->log, NULL, "", 0);
}

/* What a view has loaded of the state on disk is read again. */
static void refresh_view(struct model *model)
{
    const struct view *view = model_view(model);

    if (view->refresh)
        view->refresh(model);
    else if (view->enter && model->view > VIEW_PLAN && model->view < VIEW_HELP)
        view->enter(model);
    model->refreshed_ms = model->now_ms;
}

static void note_end(struct model *model, const struct event *event)
{
    model->mode = MODE_OVER;
    model->exit_status = (int)event_int(event, "exit_status", 1);
    ask_run_ended(model);
    /* What was said of the run under way is not true any more. */
    model_drop_notice(model);
    model->stopping[0] = '\0';
    refresh_view(model);
    if (model->leaves_at_end)
        model_ask(model, REQUEST_LEAVE, NULL);
}

void model_event(struct model *model, const struct event *event)
{
    const char *step = event_text(event, "step");

    run_model_apply(&model->run, event);
    switch (event_type(event)) {
    case EVENT_STEP_END:
        if (step && strcmp(step, model->stopping) == 0)
            model->stopping[0] = '\0';
        if (step)
            ask_step_ended(model, step);
        /* The last bytes of a log come with its end. */
        if (model_step(model) && step &&
            strcmp(model_step(model)->id, step) == 0)
            model->log.wants_window = true;
        if (model->now_ms - model->refreshed_ms >= REFRESH_MS)
            refresh_view(model);
        break;
    case EVENT_PROMPT:
        ask_open(model, event);
        break;
    case EVENT_ANSWER:
        ask_close(model);
        break;
    case EVENT_RUN_END:
        note_end(model, event);
        break;
    default:
        break;
    }
}

/* ---- time ------------------------------------------------------------- */

/* About once a second, how fast the log in sight grows. */
static void measure_output(struct model *model)
{
    int64_t size = model->log.stats.size;
    int64_t passed_ms = model->now_ms - model->output_ms;

    if (passed_ms >= 0 && passed_ms < 1000)
        return;
    /* What was there when the log came into sight is no rate. */
    model->output_rate = model->output_size && size >= model->output_size &&
                                 passed_ms > 0 && passed_ms < 5000
                             ? (size - model->output_size) * 1000 / passed_ms
                             : 0;
    model->output_size = size;
    model->output_ms = model->now_ms;
}

void model_tick(struct model *model, int64_t now_ms)
{
    model->now_ms = now_ms;
    measure_output(model);
    if (model->notice.text && now_ms >= model->notice.until_ms)
        model_drop_notice(model);
}

int64_t model_next_tick(const struct model *model)
{
    int64_t next = -1;

    if (model->mode == MODE_LIVE || model->mode == MODE_WATCHING ||
        model->mode == MODE_STARTING)
        next = 1000 - model->now_ms % 1000;
    if (model->notice.text) {
        int64_t left = model->notice.until_ms - model->now_ms;

        left = left > 0 ? left : 0;
        next = next < 0 || left < next ? left : next;
    }
    return next;
}
