#include "tui/history.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Logs of the state have seconds, journals milliseconds. */
enum { SECOND_MS = 1000 };

static bool is_named(const char *text, const char *name)
{
    return text && strcmp(text, name) == 0;
}

static void keep_name(char kept[HISTORY_NAME_SIZE], const char *name)
{
    snprintf(kept, HISTORY_NAME_SIZE, "%s", name ? name : "");
}

/* ---- what is selected ------------------------------------------------- */

const struct past_run *history_run(const struct history_view *history)
{
    return history->list.selected < history->count
               ? &history->runs[history->list.selected]
               : NULL;
}

const struct report *history_report(const struct history_view *history)
{
    const struct past_run *run = history_run(history);

    if (run && history->report && is_named(history->report->id, run->id))
        return history->report;
    if (run && history->compared && is_named(history->compared->id, run->id))
        return history->compared;
    return NULL;
}

const struct run_step *history_step(const struct history_view *history)
{
    const struct report *report = history_report(history);

    return report && history->steps.selected < report->model.step_count
               ? &report->model.steps[history->steps.selected]
               : NULL;
}

static bool is_during(const struct past_run *run, int64_t wall_ms)
{
    if (run->start_ms <= 0 || wall_ms + SECOND_MS <= run->start_ms)
        return false;
    return run->result == REPORT_RUNNING || run->duration_ms < 0 ||
           wall_ms <= run->start_ms + run->duration_ms + SECOND_MS;
}

const struct past_run *history_run_at(const struct history_view *history,
                                      int64_t wall_ms)
{
    const struct past_run *found = NULL;

    /* Logs know only seconds: in the one in which a run ends and the next
     * begins, an error is that of the older run, which comes later here. */
    for (size_t i = 0; i < history->count; i++) {
        if (is_during(&history->runs[i], wall_ms))
            found = &history->runs[i];
    }
    return found;
}

static bool select_run(struct history_view *history, const char *id)
{
    for (size_t i = 0; i < history->count; i++) {
        if (is_named(history->runs[i].id, id)) {
            list_select(&history->list, i);
            return true;
        }
    }
    return false;
}

static bool select_step(struct history_view *history, const char *id)
{
    const struct report *report = history_report(history);

    for (size_t i = 0; report && i < report->model.step_count; i++) {
        if (is_named(report->model.steps[i].id, id)) {
            history->steps.selected = i;
            return true;
        }
    }
    return false;
}

/* ---- settling --------------------------------------------------------- */

static const char *why_no_log(const struct report *report,
                              const struct run_step *step)
{
    if (report_is_unreached(report, step))
        return "the run never came to this step";
    switch (step->status) {
    case STATUS_SKIPPED:
        return step->was_completed
                   ? "completed in an earlier run; it did not run again"
                   : "skipped; it did not run";
    case STATUS_BLOCKED:
        return "blocked; it did not run";
    default:
        return "it has not started yet";
    }
}

static void show_log(struct model *model)
{
    struct history_view *history = &model->history;
    const struct report *report = history_report(history);
    const struct run_step *step = history_step(history);
    char *path = NULL;

    /* model_goto_log() shows what is still on its way here. */
    if (history->wanted_step[0])
        return;
    if (!step) {
        logpane_show(&history->log, NULL, "", 0);
        return;
    }
    if (step->start_ms)
        path = model_log_path(model, report->id, step->id);
    history->log.is_growing =
        report->result == REPORT_RUNNING && status_is_running(step->status);
    logpane_show(&history->log, path, why_no_log(report, step), step->start_ms);
    free(path);
}

static void choose_wanted_step(struct model *model)
{
    struct history_view *history = &model->history;

    if (!history->wanted_step[0] || !history_report(history))
        return;
    if (select_step(history, history->wanted_step))
        history->steps.was_moved = true;
    else
        model_say(model, ROLE_WARNING, "the run does not know of %s",
                  history->wanted_step);
    history->wanted_step[0] = '\0';
}

void history_settle(struct model *model)
{
    struct history_view *history = &model->history;
    const struct past_run *run = history_run(history);

    if (history->wanted_run[0])
        return;
    if (run && !history_report(history) && !history->is_asking &&
        !is_named(history->asked, run->id)) {
        keep_name(history->asked, run->id);
        history->is_asking = true;
        error_clear(&history->error);
        model_load(model, LOAD_RUN, run->id, NULL);
    }
    choose_wanted_step(model);
    show_log(model);
}

/* ---- loading ---------------------------------------------------------- */

void history_reload(struct model *model)
{
    /* Not from settle(): what was read may have grown since. */
    model->history.asked[0] = '\0';
    model->history.is_asking = false;
    model_load(model, LOAD_HISTORY, NULL, NULL);
}

static void free_runs(struct history_view *history)
{
    for (size_t i = 0; i < history->count; i++)
        past_run_release(&history->runs[i]);
    free(history->runs);
    history->runs = NULL;
    history->count = 0;
}

/* What was wanted is there now, or it is not. */
static void go_to_wanted(struct model *model)
{
    struct history_view *history = &model->history;

    if (!history->wanted_run[0] || !history->is_loaded)
        return;
    if (!select_run(history, history->wanted_run)) {
        model_say(model, ROLE_WARNING, "run %s is not there any more",
                  history->wanted_run);
        history->wanted_step[0] = '\0';
    }
    history->wanted_run[0] = '\0';
}

/* The report of a run that has gone on since is read again. */
static void drop_outdated(struct history_view *history)
{
    const struct past_run *run = history_run(history);

    if (!run || !history->report || !is_named(history->report->id, run->id))
        return;
    if (run->result == REPORT_RUNNING ||
        run->result != history->report->result) {
        report_free(history->report);
        history->report = NULL;
    }
}

static void take_runs(struct model *model, struct loaded *loaded)
{
    struct history_view *history = &model->history;
    const struct past_run *run = history_run(history);
    char selected[HISTORY_NAME_SIZE];

    history->error = loaded->error;
    if (error_is_set(&loaded->error)) {
        model_say(model, ROLE_FAILED, "%s", loaded->error.message);
        history->wanted_run[0] = history->wanted_step[0] = '\0';
        return;
    }
    keep_name(selected, run && history->list.was_moved ? run->id : NULL);
    free_runs(history);
    history->runs = loaded->history;
    history->count = loaded->history_count;
    loaded->history = NULL;
    loaded->history_count = 0;
    history->is_loaded = true;
    list_fit(&history->list, history->count, history->list.rows);
    if (!select_run(history, selected))
        list_select(&history->list, 0);
    go_to_wanted(model);
    drop_outdated(history);
}

/* The step to look at first: the one that went wrong. */
static void choose_step(struct history_view *history)
{
    const struct report *report = history_report(history);
    const struct run_step *culprit = report ? report_culprit(report) : NULL;
    struct list *steps = &history->steps;

    if (!report)
        return;
    *steps = (struct list){ .rows = steps->rows };
    if (culprit)
        steps->selected = (size_t)(culprit - report->model.steps);
    list_fit(steps, report->model.step_count, steps->rows);
}

static struct report *take_report(struct loaded *loaded)
{
    struct report *report = loaded->report;

    loaded->report = NULL;
    return report;
}

/* What was left behind meanwhile is dropped. */
static void take_run(struct model *model, struct loaded *loaded)
{
    struct history_view *history = &model->history;
    const struct past_run *run = history_run(history);
    const struct run_step *step = history_step(history);
    char kept[HISTORY_NAME_SIZE];

    if (!loaded->text)
        return;
    if (is_named(loaded->text, history->asked))
        history->is_asking = false;
    if (history->compares && is_named(history->marked, loaded->text)) {
        report_free(history->compared);
        history->compared = take_report(loaded);
    } else if (run && is_named(loaded->text, run->id)) {
        keep_name(kept, history->steps.was_moved && step ? step->id : NULL);
        report_free(history->report);
        history->report = take_report(loaded);
        choose_step(history);
        history->steps.was_moved = select_step(history, kept);
    } else {
        return;
    }
    history->error = loaded->error;
    if (error_is_set(&loaded->error))
        history->wanted_step[0] = '\0';
}

void history_load(struct model *model, struct loaded *loaded)
{
    if (loaded->kind == LOAD_HISTORY)
        take_runs(model, loaded);
    else if (loaded->kind == LOAD_RUN)
        take_run(model, loaded);
    else
        return;
    history_settle(model);
}

/* ---- comparing -------------------------------------------------------- */

void history_compare(struct model *model)
{
    struct history_view *history = &model->history;
    const struct past_run *run = history_run(history);

    if (!run)
        return;
    if (history->compares || !history->marked) {
        history_end_comparison(model);
        history->marked = mem_text(run->id);
        model_say(model, ROLE_DIM,
                  "marked as A; select another run and compare again");
        return;
    }
    if (is_named(history->marked, run->id)) {
        history_end_comparison(model);
        return;
    }
    history->compares = true;
    history->comparison = (struct list){ 0 };
    error_clear(&history->error);
    model_load(model, LOAD_RUN, history->marked, NULL);
}

bool history_end_comparison(struct model *model)
{
    struct history_view *history = &model->history;

    if (!history->marked)
        return false;
    /* The selected run may be the one that was compared with. */
    if (history_report(history) == history->compared && history->compared) {
        report_free(history->report);
        history->report = history->compared;
        history->compared = NULL;
        choose_step(history);
    }
    report_free(history->compared);
    history->compared = NULL;
    free(history->marked);
    history->marked = NULL;
    history->compares = false;
    history_settle(model);
    return true;
}

/* ---- going somewhere -------------------------------------------------- */

void model_goto_log(struct model *model, const char *run, const char *step,
                    const char *text)
{
    struct history_view *history = &model->history;
    char *path = model_log_path(model, run, step);

    history_end_comparison(model);
    keep_name(history->wanted_run, run);
    keep_name(history->wanted_step, step);
    history->focus = HISTORY_LOG;
    history->list.was_moved = true;
    logpane_show(&history->log, path, "", 0);
    logpane_search_or_error(&history->log, text);
    if (model->view != VIEW_HISTORY)
        model_show(model, VIEW_HISTORY);
    else
        history_reload(model);
    free(path);
}

/* The first line of a message, cut where a log may have wrapped it. */
static char *first_line(const char *text)
{
    return mem_bytes(text, strcspn(text, "\r\n"));
}

void history_goto(struct model *model, const char *step, int64_t wall_ms,
                  const char *text)
{
    const struct history_view *history = &model->history;
    const struct past_run *run = history_run_at(history, wall_ms);
    char *line = text ? first_line(text) : NULL;

    if (!history->is_loaded) {
        model_say(model, ROLE_WARNING,
                  error_is_set(&history->error)
                      ? "the history could not be read: %s"
                      : "the history is still being read; try again%s",
                  error_is_set(&history->error) ? history->error.message : "");
    } else if (!history->count) {
        model_say(model, ROLE_WARNING,
                  "no run is known: %s was run by hand, or its run has been "
                  "removed",
                  step);
    } else if (run) {
        model_goto_log(model, run->id, step, line);
    } else {
        model_goto_log(model, history->runs[0].id, step, line);
        model_say(model, ROLE_WARNING,
                  "no run is known of that time; this is the newest run");
    }
    free(line);
}
