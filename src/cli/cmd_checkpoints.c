#include "base/jsonx.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/past.h"
#include "cli/workspace.h"
#include "core/statelog.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_STEP_CELLS = 42 };

static size_t step_width(const struct statelog *log, const char *step)
{
    size_t width = 0;

    for (size_t i = 0; i < log->count; i++) {
        size_t length = strlen(log->entries[i].step);

        if (past_is_shown(&log->entries[i], step) && length > width)
            width = length;
    }
    return width < MOST_STEP_CELLS ? width : MOST_STEP_CELLS;
}

static void print_log(const struct statelog *log, const char *step)
{
    size_t width = step_width(log, step), shown = 0;

    for (size_t i = 0; i < log->count; i++) {
        const struct statelog_entry *entry = &log->entries[i];
        char *name;

        if (!past_is_shown(entry, step))
            continue;
        name = output_column(entry->step, width);
        output_printf("%s  %s  %s%s %s%s\n", entry->time, name,
                      output_on(output_style_of(entry->status)),
                      output_icon(entry->status), status_name(entry->status),
                      output_off());
        free(name);
        shown++;
    }
    if (!shown && step)
        output_printf("There are no checkpoints of %s yet.\n", step);
    else if (!shown)
        output_printf("There are no checkpoints yet; 'stepdeck deploy' writes "
                      "the first.\n");
    if (log->unreadable)
        output_printf("%zu %s of checkpoints.log could not be read.\n",
                      log->unreadable, log->unreadable == 1 ? "line" : "lines");
    if (log->is_torn)
        output_printf("The last line of checkpoints.log is cut off; it is not "
                      "used.\n");
    output_flush();
}

static void print_json(const struct statelog *log, const char *step)
{
    json_t *json = json_object();
    json_t *entries = json_array();

    for (size_t i = 0; i < log->count; i++) {
        const struct statelog_entry *entry = &log->entries[i];
        json_t *object;

        if (!past_is_shown(entry, step))
            continue;
        object = json_object();
        jsonx_set_text(object, "time", entry->time);
        jsonx_set_text(object, "step", entry->step);
        jsonx_set_text(object, "status", status_name(entry->status));
        json_array_append_new(entries, object);
    }
    json_object_set_new(json, "checkpoints", entries);
    jsonx_set_int(json, "unreadable_lines",
                  (int64_t)log->unreadable + log->is_torn);
    output_json(json);
}

static int run_checkpoints(const struct options *options)
{
    struct session session = { 0 };
    struct statelog log = { 0 };
    struct error err = { 0 };
    char *step = NULL;
    int status = 0;

    if (!workspace_open(&session, options, STATE_READ, &err))
        return command_fail(&err);
    if (!statelog_read(&log, session.state, STATELOG_CHECKPOINTS, &err) ||
        !past_choose_step(options, &session.project, &log, &step, &err))
        status = command_fail(&err);
    else if (options->given[OPTION_JSON])
        print_json(&log, step);
    else
        print_log(&log, step);
    free(step);
    statelog_release(&log);
    workspace_close(&session);
    return status;
}

const struct command command_checkpoints = {
    .name = "checkpoints",
    .arguments = "[STEP]",
    .most = 1,
    .groups = OPTIONS_PROJECT | OPTIONS_JSON,
    .summary = "each status that a step reached, and when",
    .description =
        "Shows the lines of checkpoints.log: the time as it is stored (UTC), "
        "the step, and the status it reached. Steps run by hand are among "
        "them. With STEP only those of one step.",
    .examples = "stepdeck checkpoints\n"
                "stepdeck checkpoints 10\n"
                "stepdeck checkpoints --json",
    .run = run_checkpoints,
};
