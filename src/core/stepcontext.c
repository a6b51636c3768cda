/* What a running step tells, and what a built-in one may ask. */
#include "core/worker_private.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { PROGRESS_INTERVAL_MS = 100 };

/* ---- what it may ask -------------------------------------------------- */

const struct config *context_config(const struct step_context *context)
{
    return &context->job.project->config;
}

const struct project *context_project(const struct step_context *context)
{
    return context->job.project;
}

const struct clock *context_clock(const struct step_context *context)
{
    return context->job.clock;
}

void *context_target(const struct step_context *context)
{
    return context->job.target_run;
}

bool context_wait(struct step_context *context, int64_t duration_ms)
{
    return clock_wait(context->job.clock, duration_ms, &context->cancel);
}

bool context_is_cancelled(struct step_context *context)
{
    return cancel_level(&context->cancel) != CANCEL_NONE;
}

struct cancel *context_cancel(struct step_context *context)
{
    return &context->cancel;
}

/* ---- what it tells ---------------------------------------------------- */

void context_emit(struct step_context *context, struct event *event)
{
    event_set_text(event, "step", context->job.step->id);
    worker_send(&context->job, WORKER_EVENT, event, NULL, NULL);
}

void context_warn(struct step_context *context, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    worker_send(&context->job, WORKER_WARNING, NULL,
                mem_format_args(format, args), NULL);
    va_end(args);
}

void context_output(struct step_context *context, const char *bytes,
                    size_t size)
{
    int percent;

    steplog_write(context->log, bytes, size);
    if (progress_scan(&context->progress, bytes, size, &percent))
        context_progress(context, percent, NULL);
    if (context->job.reader)
        queue_poke(context->job.reader);
}

void context_log(struct step_context *context, const char *format, ...)
{
    va_list args;
    char *line;

    va_start(args, format);
    line = mem_format_args(format, args);
    va_end(args);
    context_output(context, line, strlen(line));
    context_output(context, "\n", 1);
    free(line);
}

/* ---- progress --------------------------------------------------------- */

void context_progress(struct step_context *context, int percent,
                      const char *text)
{
    int64_t now = clock_monotonic(context->job.clock);
    struct event *event;

    if (!text && (percent == context->last_percent ||
                  (percent != 100 &&
                   now - context->last_progress_ms < PROGRESS_INTERVAL_MS)))
        return;
    context->last_percent = percent;
    context->last_progress_ms = now;
    event = event_new(EVENT_STEP_PROGRESS);
    if (percent >= 0)
        event_set_int(event, "percent", percent);
    event_set_text(event, "message", text);
    context_emit(context, event);
}

static size_t place_of(const char *name)
{
    size_t hash = 5381;

    for (; *name; name++)
        hash = hash * 33 + (unsigned char)*name;
    return hash % CONTEXT_ITEMS;
}

void context_progress_item(struct step_context *context,
                           const struct context_item *item)
{
    int64_t now = clock_monotonic(context->job.clock);
    int64_t *told = &context->item_told_ms[place_of(item->name)];
    struct event *event;

    if (!item->is_done && *told && now - *told < PROGRESS_INTERVAL_MS)
        return;
    *told = now;
    event = event_new(EVENT_STEP_PROGRESS);
    event_set_text(event, "item", item->name);
    event_set_text(event, "message", item->text);
    event_set_int(event, "current", item->current);
    if (item->total > 0)
        event_set_int(event, "total", item->total);
    event_set_bool(event, "done", item->is_done);
    context_emit(context, event);
}
