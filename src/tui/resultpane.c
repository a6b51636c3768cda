#include "tui/resultpane.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "core/cloudwords.h"
#include "tui/draw.h"

#include <stdlib.h>
#include <string.h>

/* With less than that only what matters most is said. */
enum { ROOMY_ROWS = 4 };

static int say(struct area area, int row, struct style style, const char *text)
{
    return text && *text && row < area.rows
               ? draw_paragraph(area, 1, row, area.columns - 2, style, text)
               : 0;
}

/* Takes `text`. */
static int say_made(struct area area, int row, struct style style, char *text)
{
    int rows = say(area, row, style, text);

    free(text);
    return rows;
}

/* ---- how the run ended ------------------------------------------------ */

const struct run_step *resultpane_culprit(const struct run_model *run)
{
    const struct run_step *found = NULL;

    for (size_t i = 0; i < run->step_count; i++) {
        const struct run_step *step = &run->steps[i];

        if (step->status == STATUS_FAILED &&
            (!found || (step->critical && !found->critical)))
            found = step;
    }
    return found;
}

static size_t count_completed(const struct run_model *run)
{
    size_t count = 0;

    for (size_t i = 0; i < run->step_count; i++)
        count += run->steps[i].status == STATUS_COMPLETED ||
                 run->steps[i].was_completed;
    return count;
}

/* "Done in 4m38s: 12 of 14 steps are completed, 1 skipped, 1 failed, which is
 * not critical." */
static char *done_words(const struct run_model *run, const char *time)
{
    size_t completed = count_completed(run);
    size_t failed = run_model_count(run, STATUS_FAILED);
    size_t others = run->step_count - completed - failed;
    struct strbuf out = { 0 };

    strbuf_addf(&out, "Done in %s: %zu of %zu steps are completed", time,
                completed, run->step_count);
    if (others)
        strbuf_addf(&out, ", %zu skipped", others);
    if (failed)
        strbuf_addf(&out, ", %zu failed, which %s not critical", failed,
                    failed == 1 ? "is" : "are");
    strbuf_addc(&out, '.');
    return strbuf_take(&out);
}

static char *result_words(const struct model *model,
                          const struct run_step *failed)
{
    const struct run_model *run = &model->run;
    char text[CLOCK_TEXT_SIZE];

    draw_duration(run->last_ms - run->start_ms, text);
    if (model->has_died)
        return mem_text("The run died: its process is gone, and it left no "
                        "end. R goes on from its checkpoints.");
    if (model->exit_status == 0)
        return done_words(run, text);
    if (model->exit_status == EXIT_STATUS_CANCELLED)
        return mem_format("Stopped after %s. R goes on where it stopped.",
                          text);
    if (failed)
        return mem_format("Failed after %s at %s: %s", text, failed->id,
                          failed->message ? failed->message : "");
    return mem_format("Failed after %s (exit status %d).", text,
                      model->exit_status);
}

/* ---- what serves now -------------------------------------------------- */

static char *phase_words(const json_t *phases)
{
    struct strbuf text = { 0 };
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)phases, name, value)
    {
        char duration[CLOCK_TEXT_SIZE];

        clock_format_duration(json_integer_value(value), duration);
        strbuf_addf(&text, "%s%s %s", text.len ? ", " : "", name, duration);
    }
    strbuf_addc(&text, '\0');
    return strbuf_take(&text);
}

static struct style verdict_style(const char *verdict)
{
    bool is_good = cloud_verdict_tone(verdict) == CLOUD_GOOD;

    return draw_bold(is_good                        ? ROLE_OK
                     : strcmp(verdict, "down") == 0 ? ROLE_FAILED
                                                    : ROLE_WARNING);
}

/* The verdict and where it serves; gives the row below. */
static int say_verdict(const struct run_model *run, struct area area, int row)
{
    const char *words = cloud_verdict_words(run->verdict);

    if (!words)
        return row;
    row += say_made(area, row, verdict_style(run->verdict),
                    mem_format("%s: %s", run->verdict, words));
    return row + say(area, row, draw_role(ROLE_ACCENT),
                     jsonx_text(run->summary, "service_url", NULL));
}

static int say_image(const struct run_model *run, struct area area, int row)
{
    const json_t *phases = json_object_get(run->summary, "phases");

    if (!run->verdict)
        return row;
    row += say_made(area, row, draw_role(ROLE_TEXT),
                    cloud_run_words(run->verdict, run->summary));
    return row + say_made(area, row, draw_role(ROLE_DIM), phase_words(phases));
}

static int say_why(const struct run_step *failed, struct area area, int row)
{
    row += say(area, row, draw_role(ROLE_TEXT), failed->cause);
    if (failed->suggestion)
        row += say_made(area, row, draw_role(ROLE_ACCENT),
                        mem_format("Try: %s", failed->suggestion));
    return row;
}

void resultpane_draw(const struct model *model, struct area area)
{
    const struct run_model *run = &model->run;
    const struct run_step *failed = resultpane_culprit(run);
    bool is_good = !model->exit_status && !model->has_died;
    bool is_roomy = area.rows >= ROOMY_ROWS;
    int row = is_roomy ? 0 : say_verdict(run, area, 0);

    row += say_made(area, row, draw_bold(is_good ? ROLE_OK : ROLE_FAILED),
                    result_words(model, failed));
    if (is_roomy)
        row = say_verdict(run, area, row);
    if (!is_good && failed && model->exit_status != EXIT_STATUS_CANCELLED) {
        row = say_why(failed, area, row);
        row = say_image(run, area, row);
        say(area, row, draw_role(ROLE_DIM),
            "R goes on with what is not done, r runs the selected step again.");
    } else {
        say_image(run, area, row);
    }
}
