#include "tui/progresspane.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "tui/draw.h"
#include "tui/itembars.h"
#include "tui/resultpane.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROWS_USUAL = 3,
    ROWS_MOST = 6,
    ROWS_RESULT = 9, /* with what serves now */
    ROWS_BARS = 14,  /* where the screen is tall */
    GRACE_S = 10
};

static int bounded(int value, int least, int most)
{
    return value > most ? most : value < least ? least : value;
}

/* Whether it says what it is doing. */
static bool has_doing(const struct run_step *step)
{
    return step->note || step->operation_state;
}

/* Whether a running step waits for an operation of the cloud. */
static bool is_in_cloud(const struct run_model *run)
{
    for (size_t i = 0; i < run->step_count; i++) {
        if (run->steps[i].status == STATUS_IN_PROGRESS &&
            run->steps[i].operation_state)
            return true;
    }
    return false;
}

int progresspane_rows(const struct model *model, const struct layout *layout)
{
    size_t running = run_model_count(&model->run, STATUS_IN_PROGRESS);
    const struct run_step *step = model_step(model);
    int rows = ROWS_USUAL;

    if (layout->shape == SHAPE_NARROW)
        return 2;
    if (model->mode == MODE_OVER && model->run.verdict)
        return ROWS_RESULT;
    /* A failure has more to say than how far it is. */
    if (layout->body.rows >= 18 &&
        ((step && step->status == STATUS_FAILED) ||
         (model->mode == MODE_OVER && model->exit_status &&
          model->exit_status != EXIT_STATUS_CANCELLED)))
        return ROWS_MOST;
    if (model->interrupts && is_in_cloud(&model->run))
        return ROWS_MOST - 1;
    if (running == 1 && step && step->status == STATUS_IN_PROGRESS &&
        step->items.count) {
        rows = 1 + (has_doing(step) ? 1 : 0) + itembars_rows(&step->items);
        return bounded(rows, ROWS_USUAL,
                       layout->body.rows / 3 < ROWS_BARS ? layout->body.rows / 3
                                                         : ROWS_BARS);
    }
    if (running > 1)
        rows += (int)(running > 4 ? 4 : running) - 1;
    return rows > ROWS_MOST ? ROWS_MOST : rows;
}

/* ---- a step that runs ------------------------------------------------- */

static int64_t elapsed(const struct model *model, const struct run_step *step)
{
    int64_t ms = model->now_ms - step->start_ms;

    return step->start_ms && ms > 0 ? ms : 0;
}

/* How far a step is: what it reports itself, else by its usual duration; -1
 * when neither tells. */
static int percent_of(const struct model *model, const struct run_step *step)
{
    int64_t usual = timings_usual(&model->timings, step->id, NULL);
    int64_t ms = elapsed(model, step);

    if (step->percent >= 0)
        return step->percent;
    if (run_items_percent(&step->items) >= 0)
        return run_items_percent(&step->items);
    if (usual <= 0)
        return -1;
    /* By the clock alone nothing is ever done. */
    return ms >= usual ? 99 : (int)(ms * 99 / usual);
}

static char *usual_words(const struct model *model, const struct run_step *step)
{
    size_t count = 0;
    int64_t usual = timings_usual(&model->timings, step->id, &count);
    char text[CLOCK_TEXT_SIZE];

    /* Its own word about that is better, and stands below. */
    if (usual < 0 || (step->operation_state && step->note))
        return mem_text("");
    draw_duration(usual, text);
    if (timings_is_slow(&model->timings, step, model->now_ms))
        return mem_format("slower than usual: %s", text);
    return mem_format(count == 1 ? "last time %s" : "usually %s", text);
}

static void draw_running(const struct model *model, struct area area, int row,
                         const struct run_step *step)
{
    int percent = percent_of(model, step);
    char text[CLOCK_TEXT_SIZE];
    char *usual = usual_words(model, step);
    bool slow = timings_is_slow(&model->timings, step, model->now_ms);
    int column = 1, width = area.columns / 3;

    if (elapsed(model, step) < 1000)
        memcpy(text, "0s", sizeof("0s"));
    else
        draw_duration(elapsed(model, step) / 1000 * 1000, text);
    if (percent >= 0 && width >= 8) {
        char *number = step->percent >= 0 ? mem_format(" %3d%%", percent)
                                          : mem_text("    ~");

        draw_bar(area, column, row, width, percent, model->icons,
                 draw_role(ROLE_RUNNING));
        column += width;
        column += area_text(area, column, row, draw_role(ROLE_TEXT), number);
        column += 2;
        free(number);
    }
    column += area_text(area, column, row, draw_bold(ROLE_TEXT), text) + 2;
    area_fit(area, column, row, area.columns - column - 1,
             draw_role(slow ? ROLE_WARNING : ROLE_DIM), usual,
             model->icons->ellipsis);
    free(usual);
}

/* How much the step prints, and how fast. */
static void draw_output(const struct model *model, struct area area, int row)
{
    char *size = itembars_size((double)model->log.stats.size);
    char *rate = itembars_size((double)model->output_rate);
    char *text = model->output_rate
                     ? mem_format("%s of output, %s/s", size, rate)
                     : mem_format("%s of output", size);

    if (model->log.stats.size)
        area_fit(area, 1, row, area.columns - 2, draw_role(ROLE_DIM), text,
                 model->icons->ellipsis);
    free(text);
    free(rate);
    free(size);
}

static void draw_running_all(const struct model *model, struct area area)
{
    const struct run_step *selected = model_step(model);
    int row = 0;

    for (size_t i = 0; i < model->run.step_count && row < area.rows; i++) {
        const struct run_step *step = &model->run.steps[i];
        char *name;

        if (step->status != STATUS_IN_PROGRESS)
            continue;
        name = draw_step_label(step->id);
        area_fit(area, 1, row, area.columns / 3,
                 step == selected ? draw_bold(ROLE_TEXT) : draw_role(ROLE_TEXT),
                 name, model->icons->ellipsis);
        draw_running(model,
                     area_part(area, area.columns / 3 + 1, row,
                               area.columns - area.columns / 3 - 1, 1),
                     0, step);
        row++;
        free(name);
    }
}

/* ---- words ------------------------------------------------------------ */

static int say(struct area area, int row, struct style style, const char *text)
{
    return text && *text && row < area.rows
               ? draw_paragraph(area, 1, row, area.columns - 2, style, text)
               : 0;
}

static int say_suggestion(struct area area, int row,
                          const struct run_step *step)
{
    char *text;
    int rows;

    if (!step->suggestion)
        return 0;
    text = mem_format("Try: %s", step->suggestion);
    rows = say(area, row, draw_role(ROLE_ACCENT), text);
    free(text);
    return rows;
}

static void draw_failed(struct area area, const struct run_step *step)
{
    int row = 0;

    row += say(area, row, draw_role(ROLE_FAILED), step->message);
    row += say(area, row, draw_role(ROLE_TEXT), step->cause);
    say_suggestion(area, row, step);
}

static void draw_completed(struct area area, const struct run_step *step)
{
    char text[CLOCK_TEXT_SIZE];
    char *line;
    int row;

    draw_duration(step->duration_ms, text);
    line = step->attempts > 1 ? mem_format("completed in %s, at attempt %d",
                                           text, step->attempts)
                              : mem_format("completed in %s", text);
    row = say(area, 0, draw_status_style(STATUS_COMPLETED), line);
    free(line);
    if (step->attempts < 2 || !step->message)
        return;
    line = mem_format("the attempt before: %s", step->message);
    say(area, row, draw_role(ROLE_DIM), line);
    free(line);
}

static void draw_stopping(const struct model *model, struct area area)
{
    int64_t left = GRACE_S - (model->now_ms - model->stopped_ms) / 1000;
    int row = 0;
    char *text;

    if (model->interrupts == 1 && left > 0)
        text = mem_format("Stopping at the next safe point: running steps have "
                          "%lld s to end. Ctrl-C again kills them.",
                          (long long)left);
    else
        text = mem_text("Killing the running steps. Ctrl-C again leaves at "
                        "once, with nothing more written.");
    row += say(area, row, draw_role(ROLE_WARNING), text);
    free(text);
    if (is_in_cloud(&model->run))
        say(area, row, draw_role(ROLE_TEXT),
            "What the cloud has begun goes on there; 'stepdeck deploy' takes "
            "it up again.");
}

static size_t count_blocked(const struct run_model *run)
{
    size_t count = 0;

    for (size_t i = 0; i < run->step_count; i++)
        count += run->steps[i].is_blocked;
    return count;
}

static void draw_idle(const struct model *model, struct area area)
{
    size_t runs = run_model_planned(&model->run);
    size_t blocked = count_blocked(&model->run);
    const struct run_step *step = model_step(model);
    char *text = NULL;
    int row = 0;

    if (model->mode == MODE_STARTING)
        text = mem_text("Taking the lock and making the plan ...");
    else if (!model->run.step_count)
        text = mem_text("");
    else if (runs)
        text = mem_format("%zu of %zu step%s would run%s. d shows the plan "
                          "and asks.",
                          runs, model->run.step_count,
                          model->run.step_count == 1 ? "" : "s",
                          blocked ? ", some are blocked" : "");
    else if (blocked)
        text = mem_format("Nothing can run: %zu step%s blocked.", blocked,
                          blocked == 1 ? " is" : "s are");
    else
        text = mem_text("Everything is completed and unchanged.");
    row += say(area, row, draw_role(ROLE_TEXT), text);
    free(text);
    if (step && step->message) {
        text = mem_format("%s: %s", step->id, step->message);
        row += say(area, row, draw_role(ROLE_DIM), text);
        free(text);
    }
    if (step)
        say_suggestion(area, row, step);
}

/* What it is doing: "UPDATE_SERVICE: IN_PROGRESS, usually takes 6m". */
static int draw_doing(const struct model *model, struct area area, int row,
                      const struct run_step *step)
{
    const char *note = step->note ? step->note : "";
    char *text;

    if (!has_doing(step))
        return 0;
    text = step->operation_state
               ? mem_format("%s: %s%s%s",
                            step->operation ? step->operation : "operation",
                            step->operation_state, *note ? ", " : "", note)
               : mem_text(note);
    area_fit(area, 1, row, area.columns - 2,
             draw_role(step->operation_state ? ROLE_TEXT : ROLE_DIM), text,
             model->icons->ellipsis);
    free(text);
    return 1;
}

static void draw_in_progress(const struct model *model, struct area inner,
                             const struct run_step *step)
{
    int row = 1;

    draw_running(model, inner, 0, step);
    if (strcmp(step->id, model->stopping) == 0)
        row += say(inner, row, draw_bold(ROLE_WARNING),
                   "It is being stopped; a script has 10 s for it.");
    /* Where there is one row, the bars have it. */
    if (!step->items.count || inner.rows > row + 1)
        row += draw_doing(model, inner, row, step);
    if (step->items.count)
        itembars_draw(
            &step->items, model->icons,
            area_part(inner, 0, row, inner.columns, inner.rows - row));
    else if (!has_doing(step))
        draw_output(model, inner, row);
}

/* ---- the pane --------------------------------------------------------- */

static char *pane_title(const struct model *model)
{
    const struct run_step *step = model_step(model);
    size_t running = run_model_count(&model->run, STATUS_IN_PROGRESS);

    if (model->mode == MODE_IDLE || model->mode == MODE_STARTING || !step)
        return mem_text(model->mode == MODE_STARTING ? "Starting" : "Next");
    if (model->mode == MODE_OVER)
        return mem_text("Result");
    if (running > 1)
        return mem_format("Progress %s %zu steps are running",
                          model->icons->horizontal, running);
    return mem_format("Progress %s %s %zu/%zu", model->icons->horizontal,
                      step->title ? step->title : step->id,
                      model->steps.selected + 1, model->run.step_count);
}

static void draw_selected(const struct model *model, struct area inner,
                          const struct run_step *step)
{
    int row = 0;

    switch (step->status) {
    case STATUS_IN_PROGRESS:
        draw_in_progress(model, inner, step);
        break;
    case STATUS_FAILED:
        draw_failed(inner, step);
        break;
    case STATUS_COMPLETED:
        draw_completed(inner, step);
        break;
    case STATUS_RETRYING:
        row += say(inner, row, draw_role(ROLE_WARNING), step->message);
        say(inner, row, draw_role(ROLE_DIM), "it is tried again");
        break;
    default:
        row += say(inner, row, draw_status_style(step->status),
                   draw_status_word(step->status));
        row += say(inner, row, draw_role(ROLE_DIM), step->message);
        say_suggestion(inner, row, step);
        break;
    }
}

void progresspane_draw(const struct model *model, struct area area)
{
    const struct run_step *step = model_step(model);
    char *title = pane_title(model);
    struct area inner = draw_box(area, model->icons, title, false);

    if (model->mode <= MODE_STARTING || !step)
        draw_idle(model, inner);
    else if (model->mode == MODE_OVER)
        resultpane_draw(model, inner);
    else if (model->interrupts)
        draw_stopping(model, inner);
    else if (run_model_count(&model->run, STATUS_IN_PROGRESS) > 1)
        draw_running_all(model, inner);
    else
        draw_selected(model, inner, step);
    free(title);
}
