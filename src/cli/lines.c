#include "cli/lines.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "cli/output.h"
#include "cli/summary.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_LIMIT = 64 * 1024, HEARTBEAT_MS = 30000 };

/* A line of one step that has no end yet. */
struct partial {
    char *step;
    char *prefix; /* what stands before each of its lines */
    struct strbuf text;
    bool was_cut; /* its beginning has been printed already */
};

struct lines {
    struct lines_settings settings;
    struct partial *partials;
    size_t count, capacity;
    int64_t last_print_ms; /* monotonic; for the heartbeat */
    char *group;           /* step whose GitHub group is open */
    struct strbuf safe;
};

/* ---- child output ----------------------------------------------------- */

static void note_print(struct lines *lines)
{
    lines->last_print_ms = clock_monotonic(clock_system());
}

static struct partial *partial_of(struct lines *lines, const char *step)
{
    struct partial *partial;

    for (size_t i = 0; i < lines->count; i++) {
        if (strcmp(lines->partials[i].step, step) == 0)
            return &lines->partials[i];
    }
    lines->partials = mem_grow(lines->partials, lines->count, &lines->capacity,
                               sizeof(*lines->partials));
    partial = &lines->partials[lines->count++];
    *partial = (struct partial){
        .step = mem_text(step),
        .prefix = mem_format("%s%s%s %s ", output_on(STYLE_DIM), step,
                             output_off(), output_is_ascii() ? "|" : "│"),
    };
    return partial;
}

/* GitHub's runner still takes its old commands (`##[error]`) anywhere in a
 * line; the new ones (`::error::`) only at its beginning, where our prefix
 * stands. */
static void defuse(struct strbuf *line)
{
    for (char *c = line->data; (c = strstr(c, "##[")) != NULL; c++)
        c[1] = ' ';
}

/* Prints one line: what a carriage return has overwritten is left out, and no
 * byte of it can drive the terminal or the CI runner. */
static void print_line(struct lines *lines, const struct partial *partial,
                       const char *text, size_t size)
{
    const char *last = text;
    const char *next;

    while (size && text[size - 1] == '\r')
        size--;
    while ((next = memchr(last, '\r', size)) != NULL) {
        size -= (size_t)(next + 1 - last);
        last = next + 1;
    }
    strbuf_clear(&lines->safe);
    strbuf_adds(&lines->safe, partial->prefix);
    utf8_sanitise(last, size, output_has_colour(), &lines->safe);
    if (lines->settings.use_groups)
        defuse(&lines->safe);
    strbuf_adds(&lines->safe, output_off());
    strbuf_addc(&lines->safe, '\n');
    output_write(strbuf_text(&lines->safe), lines->safe.len);
}

static void add_partial(struct lines *lines, struct partial *partial,
                        const char *bytes, size_t size)
{
    strbuf_add(&partial->text, bytes, size);
    if (partial->text.len < LINE_LIMIT)
        return;
    print_line(lines, partial, partial->text.data, partial->text.len);
    strbuf_clear(&partial->text);
    partial->was_cut = true;
}

static void print_output(void *context, const char *step, const char *bytes,
                         size_t size, int64_t offset)
{
    struct lines *lines = context;
    struct partial *partial = partial_of(lines, step);

    (void)offset;
    note_print(lines);
    while (size) {
        const char *end = memchr(bytes, '\n', size);
        size_t length = end ? (size_t)(end - bytes) : size;

        if (!end) {
            add_partial(lines, partial, bytes, length);
            return;
        }
        if (partial->text.len) {
            strbuf_add(&partial->text, bytes, length);
            print_line(lines, partial, partial->text.data, partial->text.len);
            strbuf_clear(&partial->text);
        } else if (length || !partial->was_cut) {
            print_line(lines, partial, bytes, length);
        }
        partial->was_cut = false;
        bytes += length + 1;
        size -= length + 1;
    }
}

static void finish_output(struct lines *lines, const char *step)
{
    for (size_t i = 0; i < lines->count; i++) {
        struct partial *partial = &lines->partials[i];

        if (strcmp(partial->step, step) != 0)
            continue;
        if (partial->text.len)
            print_line(lines, partial, partial->text.data, partial->text.len);
        strbuf_release(&partial->text);
        free(partial->step);
        free(partial->prefix);
        *partial = lines->partials[--lines->count];
        return;
    }
}

/* ---- events ----------------------------------------------------------- */

/* "17:00:07 ▶ step-010-x  text" */
static void print_event(struct lines *lines, int64_t time_ms,
                        enum step_status status, const char *step,
                        const char *text)
{
    char time[CLOCK_TEXT_SIZE];
    char *safe = output_safe(text);

    note_print(lines);
    output_printf("%s%s%s %s%s%s %s%s%s\n", output_on(STYLE_DIM),
                  clock_format_local(time_ms, time), output_off(),
                  output_on(output_style_of(status)), output_icon(status),
                  output_off(), step ? step : "", step ? "  " : "", safe);
    free(safe);
}

static void open_group(struct lines *lines, const char *step, const char *title)
{
    char *safe;

    if (!lines->settings.use_groups || lines->group)
        return;
    safe = output_safe(title ? title : step);
    output_printf("::group::%s  %s\n", step, safe);
    lines->group = mem_text(step);
    free(safe);
}

static void close_group(struct lines *lines, const char *step)
{
    if (!lines->group || strcmp(lines->group, step) != 0)
        return;
    output_printf("::endgroup::\n");
    free(lines->group);
    lines->group = NULL;
}

static void tell_start(struct lines *lines, const struct run_model *model,
                       const struct event *event, const char *step)
{
    const struct run_step *known = run_model_step(model, step);
    char *text = mem_format("started (%zu/%zu)",
                            known ? run_model_position(model, known) : 0,
                            run_model_planned(model));

    open_group(lines, step, event_text(event, "title"));
    print_event(lines, event_time(event), STATUS_IN_PROGRESS, step, text);
    free(text);
}

/* What goes on well with "after 2s"; other messages are sentences about
 * something else. */
static bool is_about_step(const char *message)
{
    static const char *const beginnings[] = { "failed", "was ", "timed out" };

    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        if (strncmp(message, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    }
    return false;
}

static char *end_text(const struct run_step *step)
{
    char duration[CLOCK_TEXT_SIZE];

    clock_format_duration(step->duration_ms, duration);
    switch (step->status) {
    case STATUS_COMPLETED:
        return step->attempts > 1 ? mem_format("completed in %s, attempt %d",
                                               duration, step->attempts)
                                  : mem_format("completed in %s", duration);
    case STATUS_FAILED:
        if (step->message && !is_about_step(step->message))
            return mem_format("%s (after %s%s)", step->message, duration,
                              step->critical ? "" : ", not critical");
        return mem_format("%s after %s%s",
                          step->message ? step->message : "failed", duration,
                          step->critical ? "" : " (not critical)");
    case STATUS_BLOCKED:
        return mem_format("blocked: %s", step->message ? step->message : "");
    default:
        return mem_format("%s: %s", status_name(step->status),
                          step->message ? step->message : "");
    }
}

static void tell_end(struct lines *lines, const struct run_model *model,
                     const struct event *event, const char *step)
{
    const struct run_step *known = run_model_step(model, step);
    char *text;

    finish_output(lines, step);
    close_group(lines, step);
    if (!known)
        return;
    text = end_text(known);
    print_event(lines, event_time(event), known->status, step, text);
    free(text);
}

static void tell_retry(struct lines *lines, const struct event *event,
                       const char *step)
{
    char duration[CLOCK_TEXT_SIZE];
    const char *message = event_text(event, "message");
    char *text = mem_format(
        "attempt %d of %d %s; next in %s", (int)event_int(event, "attempt", 0),
        (int)event_int(event, "attempts", 0), message ? message : "failed",
        clock_format_duration(event_int(event, "delay_ms", 0), duration));

    print_event(lines, event_time(event), STATUS_RETRYING, step, text);
    free(text);
}

static void tell_diagnosis(struct lines *lines, const struct event *event,
                           const char *step)
{
    const char *cause = event_text(event, "cause");
    char *text = mem_format("known failure '%s': %s", event_text(event, "id"),
                            cause ? cause : "");

    print_event(lines, event_time(event), STATUS_STALE, step, text);
    free(text);
}

/* Output that is in no log comes with a warning. */
static void tell_lost_output(struct lines *lines, const char *step,
                             const char *output)
{
    if (!step || !output)
        return;
    print_output(lines, step, output, strlen(output), 0);
    finish_output(lines, step);
}

static void tell_run_start(struct lines *lines, const struct run_model *model,
                           const struct event *event)
{
    size_t planned = run_model_planned(model);
    char *text = mem_format(
        "%s %s %s  run %s  %zu step%s to run, %zu to skip",
        model->project ? model->project : "", output_is_ascii() ? ">" : "▸",
        model->environment ? model->environment : "", model->run, planned,
        planned == 1 ? "" : "s", model->step_count - planned);

    print_event(lines, event_time(event), STATUS_IN_PROGRESS, NULL, text);
    free(text);
}

static void print_run_event(void *context, const struct run_model *model,
                            const struct event *event)
{
    struct lines *lines = context;
    const char *step = event_text(event, "step");
    const char *message = event_text(event, "message");

    switch (event_type(event)) {
    case EVENT_RUN_START:
        tell_run_start(lines, model, event);
        break;
    case EVENT_STEP_START:
        tell_start(lines, model, event, step);
        break;
    case EVENT_STEP_END:
        tell_end(lines, model, event, step);
        break;
    case EVENT_STEP_RETRY:
        tell_retry(lines, event, step);
        break;
    case EVENT_DIAGNOSIS:
        tell_diagnosis(lines, event, step);
        break;
    case EVENT_WARNING:
        print_event(lines, event_time(event), STATUS_STALE, step,
                    message ? message : "");
        tell_lost_output(lines, step, event_text(event, "output"));
        break;
    case EVENT_RUN_END:
        summary_print(model, lines->settings.state,
                      lines->settings.resume_command, lines->settings.is_quiet);
        break;
    default:
        break;
    }
}

static void add_running(struct strbuf *text, const struct run_step *step,
                        int64_t wall)
{
    char duration[CLOCK_TEXT_SIZE];

    strbuf_addf(text, "%s%s %s", text->len ? ", " : "still running: ", step->id,
                clock_format_duration(wall - step->start_ms, duration));
    if (step->percent >= 0)
        strbuf_addf(text, " %d%%", step->percent);
}

/* One line every 30 seconds, only in silence: CI kills what says nothing. */
static void beat(void *context, const struct run_model *model)
{
    struct lines *lines = context;
    int64_t wall = clock_wall(clock_system());
    struct strbuf text = { 0 };

    if (clock_monotonic(clock_system()) - lines->last_print_ms < HEARTBEAT_MS)
        return;
    for (size_t i = 0; i < model->step_count; i++) {
        if (status_is_running(model->steps[i].status))
            add_running(&text, &model->steps[i], wall);
    }
    if (text.len)
        print_event(lines, wall, STATUS_IN_PROGRESS, NULL, strbuf_text(&text));
    strbuf_release(&text);
}

static void release(void *context)
{
    struct lines *lines = context;

    while (lines->count)
        finish_output(lines, lines->partials[0].step);
    free(lines->partials);
    free(lines->group);
    strbuf_release(&lines->safe);
    free(lines);
}

struct printer lines_printer(const struct lines_settings *settings)
{
    struct lines *lines = mem_new(1, sizeof(*lines));

    lines->settings = *settings;
    note_print(lines);
    return (struct printer){ .context = lines,
                             .event = print_run_event,
                             .output = settings->is_quiet ? NULL : print_output,
                             .tick = beat,
                             .release = release,
                             .wants_output = !settings->is_quiet };
}
