#include "tui/runpane.h"

#include "base/cluster.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "core/cloudwords.h"
#include "tui/draw.h"

#include <stdlib.h>
#include <string.h>

enum {
    WORD_COLUMNS = 11,
    DURATION_COLUMNS = 6,
    ATTEMPTS_COLUMNS = 4,
    WORD_LEAST_ROOM = 42,
    LOADING_ROWS = 5,
    FRAME_COLUMNS = 9,
    STEP_NOTES = 3 /* rows left for why the selected step failed */
};

/* ---- one step --------------------------------------------------------- */

static bool has_attempts(const struct report *report)
{
    for (size_t i = 0; i < report->model.step_count; i++) {
        if (report->model.steps[i].attempts > 1)
            return true;
    }
    return false;
}

static void draw_step(const struct model *model, struct area row,
                      const struct report *report, const struct run_step *step)
{
    enum step_status like = report_step_status(report, step);
    int icon = model->icons->status_columns, column = row.columns - 1;
    bool with_word = row.columns >= WORD_LEAST_ROOM;
    char text[CLOCK_TEXT_SIZE], *label = draw_step_label(step->id);

    area_text(row, 1, 0, draw_status_style(like), model->icons->status[like]);
    if (has_attempts(report))
        column -= ATTEMPTS_COLUMNS;
    if (step->attempts > 1) {
        char *attempts = mem_format("%dx", step->attempts);

        draw_cell(row, column, 0, ATTEMPTS_COLUMNS, draw_role(ROLE_WARNING),
                  attempts);
        free(attempts);
    }
    column -= DURATION_COLUMNS;
    draw_cell(
        row, column, 0, DURATION_COLUMNS, draw_role(ROLE_DIM),
        draw_duration(report_step_duration(report, step, model->now_ms), text));
    column -= with_word ? WORD_COLUMNS + 1 : 1;
    if (with_word)
        area_text(row, column, 0, draw_status_style(like),
                  like == STATUS_IN_PROGRESS ? draw_status_word(like)
                                             : report_step_word(report, step));
    area_fit(row, 2 + icon, 0, column - 3 - icon, draw_role(ROLE_TEXT), label,
             model->icons->ellipsis);
    free(label);
}

static int draw_note(struct area area, int row, enum role role,
                     const char *label, const char *text)
{
    char *whole;
    int rows;

    if (!text || !*text)
        return row;
    whole = mem_format("%s%s", label, text);
    rows =
        draw_paragraph(area, 1, row, area.columns - 2, draw_role(role), whole);
    free(whole);
    return row + rows;
}

/* What is to be said about the run as a whole, above its steps. Gives the row
 * below. */
static int draw_run_notes(struct area area, const struct past_run *run,
                          const struct report *report)
{
    const char *verdict = report->model.verdict;
    const char *words = cloud_verdict_words(verdict);
    char *remark = report_remark(report);
    int row = 0;

    if (report->result == REPORT_UNREADABLE)
        row = draw_note(area, row, ROLE_WARNING, "", report->error.message);
    else if (report->result == REPORT_RUNNING)
        row = draw_note(area, row, ROLE_RUNNING, "",
                        "Still under way; this is how far it had come.");
    if (report->result != REPORT_UNREADABLE)
        row = draw_note(area, row, ROLE_WARNING, "",
                        remark ? remark : run->remark);
    free(remark);
    if (words) {
        const char *tag = jsonx_text(report->model.summary, "image_tag", NULL);
        char *text = mem_format("%s: %s", verdict, words);

        row = draw_note(
            area, row,
            cloud_verdict_tone(verdict) == CLOUD_GOOD ? ROLE_OK : ROLE_WARNING,
            "", text);
        row = draw_note(area, row, ROLE_DIM, "image ", tag);
        free(text);
    }
    return row;
}

/* What is to be said about the selected step, below the steps. */
static int draw_step_notes(struct area area, const struct report *report,
                           const struct run_step *step)
{
    int row = 0;

    if (!step || report_is_unreached(report, step))
        return row;
    if (step->status != STATUS_COMPLETED)
        row = draw_note(area, row, ROLE_TEXT, "", step->message);
    row = draw_note(area, row, ROLE_DIM, "Cause: ", step->cause);
    row = draw_note(area, row, ROLE_ACCENT, "Suggestion: ", step->suggestion);
    return draw_note(area, row, ROLE_DIM, "See: ", step->documentation);
}

/* The rows that notes take, measured where there is nothing to draw on. */
static struct area nowhere(struct area area)
{
    return area_part(area, 0, 0, area.columns, 0);
}

/* "Run 7f3c: failed (exit status 3)" */
static char *run_title(const struct report *report, const struct past_run *run)
{
    enum report_result result = report ? report->result : run->result;
    const char *dash = strrchr(run->id, '-');
    const char *name = dash && dash[1] ? dash + 1 : run->id;

    if (report && report->model.has_ended && report->model.exit_status)
        return mem_format("Run %s: %s (exit status %d)", name,
                          report_result_name(result),
                          report->model.exit_status);
    return mem_format("Run %s: %s", name, report_result_name(result));
}

static struct area draw_run_box(const struct model *model, struct area area,
                                bool focused)
{
    const struct past_run *run = history_run(&model->history);
    char *title = run ? run_title(history_report(&model->history), run)
                      : mem_text("Steps");
    struct area inner = draw_box(area, model->icons, title, focused);

    if (run && run->commit) {
        char *note = mem_format("commit %.7s", run->commit);

        if (cluster_columns(title) + cluster_columns(note) + FRAME_COLUMNS <=
            area.columns)
            draw_box_note(area, model->icons, title, note, focused);
        free(note);
    }
    free(title);
    return inner;
}

static void draw_step_rows(struct model *model, struct area area, bool focused,
                           const struct report *report)
{
    struct list *list = &model->history.steps;

    list_fit(list, report->model.step_count, area.rows);
    for (int i = 0; i < area.rows; i++) {
        size_t index = list->top + (size_t)i;

        if (index >= report->model.step_count)
            return;
        draw_step(model, area_part(area, 0, i, area.columns, 1), report,
                  &report->model.steps[index]);
        if (index == list->selected)
            draw_selection(area, i, focused, model->icons);
    }
}

void runpane_draw(struct model *model, struct area area, bool focused)
{
    struct history_view *history = &model->history;
    const struct past_run *run = history_run(history);
    const struct report *report = history_report(history);
    struct area inner = draw_run_box(model, area, focused);
    int above, below, room;

    if (!run)
        return;
    if (!report) {
        if (error_is_set(&history->error))
            draw_error(inner, &history->error, model->icons);
        else
            draw_message(inner, draw_role(ROLE_DIM), "loading ...", NULL);
        return;
    }
    above = draw_run_notes(inner, run, report);
    if (!report->model.step_count && inner.rows > above)
        draw_message(
            area_part(inner, 0, above, inner.columns, inner.rows - above),
            draw_role(ROLE_DIM), "Nothing is recorded of it.", NULL);
    below = draw_step_notes(nowhere(inner), report, history_step(history));
    /* What the steps leave, but why one failed is worth half of the rows. */
    room = inner.rows - above - (int)report->model.step_count;
    if (room < (inner.rows - above) / 2)
        room = (inner.rows - above) / 2;
    below = below < room ? below : room;
    draw_step_rows(
        model,
        area_part(inner, 0, above, inner.columns, inner.rows - above - below),
        focused, report);
    draw_more(area, model->icons, &history->steps);
    if (below)
        draw_step_notes(
            area_part(inner, 0, inner.rows - below, inner.columns, below),
            report, history_step(history));
}

int runpane_rows(const struct model *model, int columns)
{
    const struct history_view *history = &model->history;
    const struct report *report = history_report(history);
    struct area area = { .columns = columns - 2 };

    if (!report)
        return LOADING_ROWS;
    return 2 + draw_run_notes(area, history_run(history), report) +
           (int)report->model.step_count + STEP_NOTES;
}
