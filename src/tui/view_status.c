/* How the project stands: the words of `stepdeck status`, as a page that is
 * scrolled. */
#include "base/jsonx.h"
#include "base/mem.h"
#include "core/advice.h"
#include "tui/cloudpart.h"
#include "tui/draw.h"
#include "tui/model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_COLUMNS = 13, RECENT_COUNT = 3, INDENT = 3 };

/* A page grows downwards; without rows it is only measured. */
struct page {
    const struct model *model;
    struct area area;
    int row;
};

static void add_text(struct page *page, int column, struct style style,
                     const char *text)
{
    page->row += draw_paragraph(page->area, column, page->row,
                                page->area.columns - column - 1, style, text);
}

static void add_heading(struct page *page, const char *text)
{
    page->row++;
    add_text(page, 1, draw_bold(ROLE_TITLE), text);
}

static void add_labelled(struct page *page, int column, enum role role,
                         const char *label, const char *text)
{
    char *whole = mem_format("%s%s", label, text);

    add_text(page, column, draw_role(role), whole);
    free(whole);
}

static void add_fact(struct page *page, const char *label, const char *text)
{
    if (!text || !*text)
        return;
    area_text(page->area, 1, page->row, draw_role(ROLE_DIM), label);
    add_text(page, 1 + LABEL_COLUMNS, draw_role(ROLE_TEXT), text);
}

/* An icon and what stands behind it; further rows begin below the text. */
static void add_item(struct page *page, enum step_status like,
                     struct style style, const char *text)
{
    const struct icons *icons = page->model->icons;

    area_text(page->area, INDENT, page->row, draw_status_style(like),
              icons->status[like]);
    add_text(page, INDENT + icons->status_columns + 1, style, text);
}

static int item_column(const struct page *page)
{
    return INDENT + page->model->icons->status_columns + 1;
}

/* ---- the project ------------------------------------------------------ */

static void add_lock(struct page *page, const struct overview *overview)
{
    const json_t *holder = overview->holder;
    char minute[DRAW_MINUTE_SIZE];
    int64_t since_ms = 0;
    char *text;

    if (!overview->is_locked)
        return;
    (void)!clock_parse(jsonx_text(holder, "since", ""), &since_ms);
    text = mem_format("held by process %" PRId64 " of %s on %s, since %s",
                      jsonx_int(holder, "pid", 0),
                      jsonx_text(holder, "user", "somebody"),
                      jsonx_text(holder, "host", "this machine"),
                      draw_minute(since_ms, true, minute));
    add_fact(page, "Lock",
             holder ? text : "held by a process that has not said who it is");
    free(text);
}

static void add_project(struct page *page, const struct overview *overview)
{
    const struct project *project = overview->project;
    const struct heading *heading = &page->model->heading;
    const char *environment = config_get(&project->config, "ENVIRONMENT");
    char *git = heading->commit
                    ? mem_format("%.7s%s%s", heading->commit,
                                 heading->branch ? " on " : "",
                                 heading->branch ? heading->branch : "")
                    : mem_text(heading->branch);

    add_fact(page, "Project", project->name);
    add_fact(page, "Environment",
             environment ? environment : heading->environment);
    add_fact(page, "Target", project->target ? project->target->name : NULL);
    add_fact(page, "Region", heading->region);
    add_fact(page, "Commit", git);
    add_fact(page, "Folder", project->dir);
    add_fact(page, "State", state_path(overview->state));
    add_lock(page, overview);
    free(git);
}

/* ---- the last run ----------------------------------------------------- */

static void add_last_run(struct page *page, const struct overview *overview)
{
    const struct report *last = &overview->last;
    const struct run_step *culprit;
    enum step_status like;
    int64_t duration_ms;
    char minute[DRAW_MINUTE_SIZE], duration[CLOCK_TEXT_SIZE];
    struct strbuf text = { 0 };

    add_heading(page, "Last run");
    if (!overview->has_run) {
        add_text(page, INDENT, draw_role(ROLE_DIM), "There are no runs yet.");
        return;
    }
    culprit = report_culprit(last);
    like = report_result_status(last->result);
    duration_ms = report_duration(last, page->model->now_ms);
    strbuf_adds(&text, report_result_name(last->result));
    if (culprit && last->result != REPORT_DONE)
        strbuf_addf(&text, " at step %03d", culprit->number);
    if (duration_ms >= 0)
        strbuf_addf(&text, ", %s %s, started %s",
                    last->result == REPORT_RUNNING       ? "for"
                    : last->result == REPORT_INTERRUPTED ? "after at least"
                                                         : "took",
                    draw_duration(duration_ms, duration),
                    draw_minute(last->model.start_ms, true, minute));
    add_item(page, like, draw_status_style(like), strbuf_text(&text));
    add_text(page, item_column(page), draw_role(ROLE_DIM), last->id);
    strbuf_release(&text);
}

/* ---- what to do next -------------------------------------------------- */

/* The command, and the key that does the same here. */
static void add_command(struct page *page, const char *words)
{
    const char *environment = page->model->request->launch.environment;
    char *command =
        mem_format("stepdeck %s%s%s", words, environment ? " --env " : "",
                   environment ? environment : "");
    struct strbuf key = { 0 };

    add_text(page, 2 * INDENT, draw_bold(ROLE_TEXT), command);
    if (strcmp(words, "deploy") == 0)
        keymap_print(&page->model->keys, ACTION_START, false, &key);
    if (key.len) {
        strbuf_adds(&key, " does it here.");
        add_text(page, 2 * INDENT, draw_role(ROLE_DIM), strbuf_text(&key));
    }
    strbuf_release(&key);
    free(command);
}

/* The run is this console's own. */
static void add_own_run(struct page *page)
{
    const struct prompt *prompt = &page->model->prompt;
    struct strbuf key = { 0 };

    if (prompt->is_open) {
        char *label = draw_step_label(prompt->step);
        char *text = mem_format("%s waits for your answer.", label);

        add_text(page, INDENT, draw_role(ROLE_TEXT), text);
        free(text);
        free(label);
    } else {
        add_text(page, INDENT, draw_role(ROLE_TEXT), "The run is under way.");
    }
    keymap_print(&page->model->keys, ACTION_VIEW_DEPLOY, false, &key);
    if (key.len) {
        strbuf_adds(&key, " shows it.");
        add_text(page, 2 * INDENT, draw_role(ROLE_DIM), strbuf_text(&key));
    }
    strbuf_release(&key);
}

static void add_next(struct page *page, const struct overview *overview)
{
    struct advice advice;

    add_heading(page, "Next");
    if (page->model->mode == MODE_LIVE) {
        add_own_run(page);
        return;
    }
    advice_make(&advice, overview);
    add_text(page, INDENT, draw_role(ROLE_TEXT), advice.sentence);
    if (advice.suggestion)
        add_labelled(page, INDENT, ROLE_ACCENT,
                     "Suggestion: ", advice.suggestion);
    if (advice.words)
        add_command(page, advice.words);
    advice_release(&advice);
}

/* ---- steps ------------------------------------------------------------ */

static enum step_status shown_status(const struct overview_step *step)
{
    return step->is_interrupted ? STATUS_STALE : step->status;
}

static void add_step(struct page *page, const struct overview_step *step)
{
    enum step_status like = shown_status(step);
    char *text = mem_format(
        "%03d %s: %s", step->step->number, step->step->title,
        step->is_interrupted ? "interrupted" : draw_status_word(step->status));

    add_item(page, like, draw_role(ROLE_TEXT), text);
    if (step->reason)
        add_text(page, item_column(page), draw_role(ROLE_DIM), step->reason);
    free(text);
}

static size_t count_interrupted(const struct overview *overview)
{
    size_t count = 0;

    for (size_t i = 0; i < overview->count; i++)
        count += overview->steps[i].is_interrupted;
    return count;
}

static void add_counts(struct page *page, const struct overview *overview)
{
    static const enum step_status others[] = { STATUS_IN_PROGRESS,
                                               STATUS_FAILED, STATUS_STALE,
                                               STATUS_BLOCKED, STATUS_PENDING };
    size_t interrupted = count_interrupted(overview);
    struct strbuf text = { 0 };

    strbuf_addf(&text, "%zu of %zu completed",
                overview_count(overview, STATUS_COMPLETED),
                overview_total(overview));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        size_t count = overview_count(overview, others[i]);

        if (others[i] == STATUS_IN_PROGRESS)
            count -= interrupted < count ? interrupted : count;
        if (count)
            strbuf_addf(&text, ", %zu %s", count, draw_status_word(others[i]));
    }
    if (interrupted)
        strbuf_addf(&text, ", %zu interrupted", interrupted);
    add_text(page, INDENT, draw_role(ROLE_TEXT), strbuf_text(&text));
    strbuf_release(&text);
}

static void add_bar(struct page *page, const struct overview *overview)
{
    size_t total = overview_total(overview);
    size_t done = overview_count(overview, STATUS_COMPLETED);
    int columns = page->area.columns - 2 * INDENT;

    draw_bar(page->area, INDENT, page->row++, columns < 40 ? columns : 40,
             (int)(done * 100 / total), page->model->icons, draw_role(ROLE_OK));
}

static void add_steps(struct page *page, const struct overview *overview)
{
    add_heading(page, "Steps");
    if (!overview_total(overview)) {
        add_text(page, INDENT, draw_role(ROLE_DIM),
                 "There are no deployment steps here yet.");
        return;
    }
    add_bar(page, overview);
    add_counts(page, overview);
    for (size_t i = 0; i < overview->count; i++) {
        const struct overview_step *step = &overview->steps[i];

        /* Setup and teardown are there to be run when somebody wants to. */
        if (step->status == STATUS_COMPLETED ||
            (step->status == STATUS_PENDING &&
             step_range(step->step) != RANGE_DEPLOY))
            continue;
        add_step(page, step);
    }
}

/* ---- errors, warnings, notes ------------------------------------------ */

static void add_entry(struct page *page, const struct overview *overview,
                      const struct statelog_entry *entry)
{
    enum step_status like =
        entry->level == STATE_ERROR ? STATUS_FAILED : STATUS_STALE;
    const char *suggestion = overview_suggestion(overview, entry);
    char minute[DRAW_MINUTE_SIZE];
    char *text = mem_format("%s  %s", draw_minute(entry->time_ms, true, minute),
                            entry->step);

    add_item(page, like, draw_role(ROLE_TEXT), text);
    add_text(page, item_column(page), draw_role(ROLE_TEXT),
             entry->message ? entry->message : "");
    if (suggestion)
        add_labelled(page, item_column(page), ROLE_ACCENT,
                     "Suggestion: ", suggestion);
    free(text);
}

static void add_log(struct page *page, const struct overview *overview,
                    const struct statelog *log, const char *name)
{
    size_t first = log->count > RECENT_COUNT ? log->count - RECENT_COUNT : 0;
    char *heading;

    if (!log->count)
        return;
    heading = first ? mem_format("%s: %zu, the last %d", name, log->count,
                                 RECENT_COUNT)
                    : mem_format("%s: %zu", name, log->count);
    add_heading(page, heading);
    free(heading);
    for (size_t i = first; i < log->count; i++)
        add_entry(page, overview, &log->entries[i]);
}

static void add_notes(struct page *page, const struct overview *overview)
{
    const struct error *warning = &page->model->status.session->state_warning;

    if (!overview->notices.count && !error_is_set(warning))
        return;
    add_heading(page, "Notes");
    if (error_is_set(warning))
        add_labelled(page, INDENT, ROLE_WARNING, warning->message, "");
    for (size_t i = 0; i < overview->notices.count; i++)
        add_text(page, INDENT, draw_role(ROLE_WARNING),
                 overview->notices.items[i]);
}

static void add_remarks(struct page *page, const struct overview *overview)
{
    add_log(page, overview, &overview->errors, "Errors");
    add_log(page, overview, &overview->warnings, "Warnings");
    if (!overview->errors.count && !overview->warnings.count &&
        overview->has_run) {
        page->row++;
        add_text(page, 1, draw_role(ROLE_DIM), "No errors and no warnings");
    }
    add_notes(page, overview);
}

/* ---- logs ------------------------------------------------------------- */

static void add_file(struct page *page, const struct overview *overview,
                     bool is_there, const char *name)
{
    char *path = mem_format("%s/%s", state_path(overview->state), name);

    if (is_there)
        add_text(page, INDENT, draw_role(ROLE_TEXT), path);
    free(path);
}

/* What is known to be there: nothing here may ask the disk. */
static void add_logs(struct page *page, const struct overview *overview)
{
    const struct overview_step *next = overview->next;
    char *run =
        mem_format("runs/%s/", overview->has_run ? overview->last.id : "");
    char *step = mem_format("%s.log", next ? next->step->id : "");

    if (overview->has_run || overview->checkpoints.count)
        add_heading(page, "Logs");
    add_file(page, overview, next && next->attempts > 0, step);
    add_file(page, overview, overview->errors.count > 0, "errors.log");
    add_file(page, overview, overview->warnings.count > 0, "warnings.log");
    add_file(page, overview, overview->checkpoints.count > 0,
             "checkpoints.log");
    add_file(page, overview, overview->has_run, run);
    free(step);
    free(run);
}

/* ---- the view --------------------------------------------------------- */

static int draw_page(const struct model *model, struct area area, int row)
{
    const struct overview *overview = model->status.overview;
    struct page page = { .model = model, .area = area, .row = row };

    add_project(&page, overview);
    page.row +=
        cloudpart_draw(model, area, page.row, INDENT, LABEL_COLUMNS - 2);
    add_last_run(&page, overview);
    add_next(&page, overview);
    add_steps(&page, overview);
    add_remarks(&page, overview);
    add_logs(&page, overview);
    return page.row - row;
}

static void draw(struct model *model, const struct layout *layout)
{
    struct status_view *view = &model->status;
    struct area inner =
        draw_box(layout->body, model->icons, "How the project stands", true);
    int rows;

    if (error_is_set(&view->error)) {
        draw_error(inner, &view->error, model->icons);
        return;
    }
    if (!view->overview) {
        draw_message(inner, draw_role(ROLE_DIM), "loading ...", NULL);
        return;
    }
    rows = draw_page(model, area_part(inner, 0, 0, inner.columns, 0), 0);
    list_fit_text(&view->list, (size_t)rows, inner.rows);
    draw_page(model, inner, -(int)view->list.top);
    draw_more(layout->body, model->icons, &view->list);
}

static void enter(struct model *model)
{
    model_load(model, LOAD_STATUS, NULL, NULL);
    cloudpart_ask(model);
}

/* The cloud is asked again when the run has ended, not at each of its steps. */
static void refresh(struct model *model)
{
    model_load(model, LOAD_STATUS, NULL, NULL);
    if (model->mode == MODE_OVER)
        cloudpart_ask(model);
}

static void load(struct model *model, struct loaded *loaded)
{
    struct status_view *view = &model->status;

    if (loaded->kind == LOAD_CLOUD)
        cloudpart_load(model, loaded);
    if (loaded->kind != LOAD_STATUS)
        return;
    view->error = loaded->error;
    overview_free(view->overview, view->session);
    view->overview = loaded->overview;
    view->session = loaded->session;
    loaded->overview = NULL;
    loaded->session = NULL;
}

static bool act(struct model *model, enum action action)
{
    return list_scroll(&model->status.list, action);
}

const struct view view_status = {
    .title = "status",
    .enter = enter,
    .refresh = refresh,
    .act = act,
    .draw = draw,
    .load = load,
    .hints = { { ACTION_START, "deploy" },
               { ACTION_VIEW_ERRORS, "errors" },
               { ACTION_VIEW_HISTORY, "history" },
               { ACTION_DOWN, "scroll" } },
};
