#include "core/timings.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strvec.h"
#include "core/outcome.h"
#include "core/runs.h"

#include <stdlib.h>
#include <string.h>

enum { SLOW_LEAST_MS = 5000 };

/* ---- what is known ---------------------------------------------------- */

/* The place of a step, or where it would stand. */
static size_t find_place(const struct timings *timings, const char *step,
                         bool *found)
{
    size_t low = 0, high = timings->count;

    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(timings->steps[middle].step, step);

        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct timing *timing_of(struct timings *timings, const char *step)
{
    bool found;
    size_t place = find_place(timings, step, &found);
    struct timing *timing;

    if (found)
        return &timings->steps[place];
    timings->steps = mem_grow(timings->steps, timings->count,
                              &timings->capacity, sizeof(*timings->steps));
    timing = &timings->steps[place];
    memmove(timing + 1, timing, (timings->count - place) * sizeof(*timing));
    timings->count++;
    *timing = (struct timing){ .step = mem_text(step) };
    return timing;
}

static void add_sample(struct timing *timing, int64_t duration_ms)
{
    size_t place = timing->count;

    if (duration_ms < 0 || timing->count == TIMINGS_RUNS)
        return;
    while (place > 0 && timing->samples_ms[place - 1] > duration_ms) {
        timing->samples_ms[place] = timing->samples_ms[place - 1];
        place--;
    }
    timing->samples_ms[place] = duration_ms;
    timing->count++;
}

static int64_t median(const struct timing *timing)
{
    size_t middle = timing->count / 2;
    int64_t high, low;

    if (!timing->count)
        return -1;
    high = timing->samples_ms[middle];
    low = timing->samples_ms[timing->count % 2 ? middle : middle - 1];
    return low + (high - low) / 2;
}

void timings_add(struct timings *timings, const struct run_model *model,
                 const char *command)
{
    bool is_meant =
        !command || (model->command && strcmp(model->command, command) == 0);

    for (size_t i = 0; i < model->step_count; i++) {
        const struct run_step *step = &model->steps[i];

        /* A step that was skipped as completed took no time. */
        if (step->status == STATUS_COMPLETED && step->start_ms)
            add_sample(timing_of(timings, step->id), step->duration_ms);
    }
    if (is_meant && model->has_ended && model->exit_status == EXIT_STATUS_DONE)
        add_sample(&timings->whole,
                   jsonx_int(model->summary, "elapsed_ms", -1));
}

void timings_load(struct timings *timings, const struct state *state,
                  const char *command)
{
    struct strvec runs = { 0 };

    *timings = (struct timings){ 0 };
    runs_list(state, &runs);
    for (size_t i = 0; i < runs.count && i < TIMINGS_RUNS; i++) {
        struct run_model model = { 0 };

        if (run_model_load(&model, state, runs.items[runs.count - 1 - i], NULL,
                           NULL))
            timings_add(timings, &model, command);
        run_model_release(&model);
    }
    strvec_release(&runs);
}

void timings_release(struct timings *timings)
{
    for (size_t i = 0; i < timings->count; i++)
        free(timings->steps[i].step);
    free(timings->steps);
    *timings = (struct timings){ 0 };
}

int64_t timings_usual(const struct timings *timings, const char *step,
                      size_t *count)
{
    static const struct timing unknown;
    const struct timing *timing = &timings->whole;

    if (step) {
        bool found;
        size_t place = find_place(timings, step, &found);

        timing = found ? &timings->steps[place] : &unknown;
    }
    if (count)
        *count = timing->count;
    return median(timing);
}

/* ---- what is left ----------------------------------------------------- */

static int64_t elapsed_of(const struct run_step *step, int64_t now_ms)
{
    return now_ms > step->start_ms ? now_ms - step->start_ms : 0;
}

/* 0 for a step with which nothing is to be done; -1: not known. */
static int64_t remaining_of(const struct timings *timings,
                            const struct run_step *step, int64_t now_ms)
{
    bool is_due = step->will_run && step->status == STATUS_PENDING;
    int64_t usual_ms, elapsed_ms;

    if (!is_due && !status_is_running(step->status))
        return 0;
    usual_ms = timings_usual(timings, step->id, NULL);
    elapsed_ms = is_due ? 0 : elapsed_of(step, now_ms);
    if (usual_ms < 0)
        return -1;
    return usual_ms > elapsed_ms ? usual_ms - elapsed_ms : 0;
}

static bool is_same_group(const struct run_step *step,
                          const struct run_step *other)
{
    return step->group && other->group &&
           strcmp(step->group, other->group) == 0;
}

int64_t timings_remaining(const struct timings *timings,
                          const struct run_model *model, int64_t now_ms)
{
    int64_t total_ms = 0, group_ms = 0;

    if (model->has_ended)
        return 0;
    for (size_t i = 0; i < model->step_count; i++) {
        const struct run_step *step = &model->steps[i];
        int64_t left_ms = remaining_of(timings, step, now_ms);

        if (left_ms < 0)
            return -1;
        if (i && !is_same_group(step, step - 1)) {
            total_ms += group_ms;
            group_ms = 0;
        }
        if (left_ms > group_ms)
            group_ms = left_ms;
    }
    return total_ms + group_ms;
}

bool timings_is_slow(const struct timings *timings, const struct run_step *step,
                     int64_t now_ms)
{
    int64_t usual_ms = timings_usual(timings, step->id, NULL);
    int64_t over_ms;

    if (usual_ms < 0 || !status_is_running(step->status))
        return false;
    over_ms = elapsed_of(step, now_ms) - usual_ms;
    return over_ms >= SLOW_LEAST_MS && over_ms > usual_ms / 2;
}
