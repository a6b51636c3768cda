#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/strvec.h"
#include "cli/command.h"
#include "cli/past.h"
#include "cli/workspace.h"
#include "core/runs.h"
#include "core/secrets.h"

#include <stdlib.h>
#include <string.h>

enum {
    RUN_CELLS = 21,
    COMMAND_CELLS = 9,
    RESULT_CELLS = 11,
    DURATION_CELLS = 6,
    WORD_CELLS = 11
};

static void print_state(enum step_status like)
{
    output_printf("%s%s%s ", output_on(output_style_of(like)),
                  output_icon(like), output_off());
}

static const char *duration_text(int64_t duration_ms, char *text)
{
    text[0] = '\0';
    return duration_ms < 0 ? text : clock_format_duration(duration_ms, text);
}

/* ---- all runs --------------------------------------------------------- */

static void print_head(void)
{
    output_printf("%s%*s %-*s  %-16s  %-*s %-*s %*s  %s%s\n",
                  output_on(STYLE_DIM), past_icon_width(), "", RUN_CELLS, "run",
                  "started", COMMAND_CELLS, "command", RESULT_CELLS, "result",
                  DURATION_CELLS, "time", "steps", output_off());
}

static void print_why(const struct report *report)
{
    size_t indent = (size_t)past_icon_width() + 1;
    const struct run_step *culprit = report_culprit(report);
    const char *message = culprit ? culprit->message : NULL;
    char *remark = report_remark(report), *text;

    if (report->result == REPORT_UNREADABLE)
        output_paragraph(indent, STYLE_WARNING, "", report->error.message);
    if (culprit && report->result != REPORT_DONE) {
        text = mem_format("%s%s%s", culprit->id, message ? ": " : "",
                          message ? message : "");
        output_paragraph(indent, STYLE_DIM, "", text);
        free(text);
    }
    if (remark)
        output_paragraph(indent, STYLE_WARNING, "", remark);
    free(remark);
}

static void print_row(const struct report *report)
{
    int64_t now_ms = clock_wall(clock_system());
    enum step_status like = report_result_status(report->result);
    char duration[CLOCK_TEXT_SIZE], minute[PAST_MINUTE_SIZE];
    char *run = output_column(report->id, RUN_CELLS);
    char *command = output_column(
        report->model.command ? report->model.command : "", COMMAND_CELLS);

    print_state(like);
    duration_text(report_duration(report, now_ms), duration);
    output_printf("%s  %-16s  %s %s%-*s%s", run,
                  past_minute(report->model.start_ms, minute), command,
                  output_on(output_style_of(like)),
                  *duration ? RESULT_CELLS : 0,
                  report_result_name(report->result), output_off());
    if (*duration)
        output_printf(" %*s", DURATION_CELLS, duration);
    if (report->model.step_count)
        output_printf("  %zu/%zu", report_completed(report),
                      report->model.step_count);
    output_printf("\n");
    print_why(report);
    free(command);
    free(run);
}

static void visit_runs(const struct session *session, const struct strvec *ids,
                       const struct redact *redact, json_t *json)
{
    if (!json && ids->count)
        print_head();
    for (size_t i = ids->count; i > 0; i--) {
        struct report report;

        report_load(&report, session->state, ids->items[i - 1], redact);
        if (json)
            json_array_append_new(json, report_summary_json(&report));
        else
            print_row(&report);
        report_release(&report);
    }
}

static void show_all(const struct options *options,
                     const struct session *session, const struct redact *redact)
{
    struct strvec ids = { 0 };

    runs_list(session->state, &ids);
    if (options->given[OPTION_JSON]) {
        json_t *runs = json_array();
        json_t *json = json_object();

        visit_runs(session, &ids, redact, runs);
        json_object_set_new(json, "runs", runs);
        output_json(json);
    } else {
        visit_runs(session, &ids, redact, NULL);
        if (!ids.count)
            output_printf("There are no runs yet; 'stepdeck deploy' starts the "
                          "first.\n");
    }
    output_flush();
    strvec_release(&ids);
}

/* ---- one run ---------------------------------------------------------- */

static void print_field(const char *label, const char *text)
{
    if (text && *text)
        output_paragraph(2, STYLE_DIM, label, text);
}

static void print_facts(const struct report *report)
{
    const struct run_model *model = &report->model;
    int64_t now_ms = clock_wall(clock_system());
    enum step_status like = report_result_status(report->result);
    char time[REPORT_TIME_SIZE], duration[CLOCK_TEXT_SIZE];
    char *git = model->commit ? mem_format("%.7s%s%s", model->commit,
                                           model->branch ? " on " : "",
                                           model->branch ? model->branch : "")
                              : NULL;
    char *remark = report_remark(report);

    print_state(like);
    output_printf("%s%s: %s%s", output_on(STYLE_BOLD), report->id,
                  report_result_name(report->result), output_off());
    if (model->has_ended && model->exit_status)
        output_printf(" (exit status %d)", model->exit_status);
    output_printf(model->start_ms ? "\n\n" : "\n");
    print_field("Command      ", model->command);
    print_field("Project      ", model->project);
    print_field("Environment  ", model->environment);
    if (model->target && strcmp(model->target, "none") != 0)
        print_field("Target       ", model->target);
    print_field("Commit       ", git);
    print_field("Started      ", report_time(model->start_ms, time));
    print_field(report->result == REPORT_INTERRUPTED ? "At least     "
                                                     : "Took         ",
                duration_text(report_duration(report, now_ms), duration));
    print_field("Verdict      ", model->verdict);
    print_field("Note         ", remark);
    free(remark);
    free(git);
}

static void print_detail(const struct report *report,
                         const struct run_step *step)
{
    size_t indent = 2 + (size_t)past_icon_width() + 1;

    if (step->message && step->status != STATUS_COMPLETED &&
        !report_is_unreached(report, step))
        output_paragraph(indent, STYLE_PLAIN, "", step->message);
    if (step->cause)
        output_paragraph(indent, STYLE_DIM, "Cause: ", step->cause);
    if (step->suggestion && !report_is_unreached(report, step))
        output_paragraph(indent, STYLE_ACCENT,
                         "Suggestion: ", step->suggestion);
    if (step->documentation)
        output_paragraph(indent, STYLE_DIM, "See: ", step->documentation);
}

static size_t step_width(const struct run_model *model)
{
    size_t most = OUTPUT_WIDTH - 2 - (size_t)past_icon_width() - 1 - 2 -
                  WORD_CELLS - 1 - DURATION_CELLS - 2 - strlen("99 attempts");
    size_t width = 0;

    for (size_t i = 0; i < model->step_count; i++) {
        size_t length = strlen(model->steps[i].id);

        width = length > width ? length : width;
    }
    return width < most ? width : most;
}

static void print_step(const struct report *report, const struct run_step *step,
                       size_t width)
{
    int64_t duration_ms =
        report_step_duration(report, step, clock_wall(clock_system()));
    enum step_status like = report_step_status(report, step);
    char duration[CLOCK_TEXT_SIZE];
    char *id = output_column(step->id, width);

    output_printf("  ");
    print_state(like);
    duration_text(duration_ms, duration);
    output_printf("%s  %s%-*s%s", id, output_on(output_style_of(like)),
                  *duration ? WORD_CELLS : 0, report_step_word(report, step),
                  output_off());
    if (*duration)
        output_printf(" %*s", DURATION_CELLS, duration);
    if (step->attempts > 1)
        output_printf("  %d attempts", step->attempts);
    output_printf("\n");
    print_detail(report, step);
    free(id);
}

/* What is said about a step stands with the step already. */
static void print_remarks(const struct report *report,
                          const struct run_remarks *remarks,
                          enum step_status like, const char *heading)
{
    char *label = mem_format("%s ", output_icon(like));
    bool any = false;

    for (size_t i = 0; i < remarks->count; i++) {
        const struct run_remark *remark = &remarks->items[i];
        const struct run_step *step =
            run_model_step(&report->model, remark->step);
        char *text;

        if (step && step->message &&
            strcmp(step->message, remark->message) == 0)
            continue;
        if (!any)
            output_heading(heading);
        any = true;
        text = mem_format("%s%s%s", remark->step ? remark->step : "",
                          remark->step ? ": " : "", remark->message);
        output_paragraph(2, output_style_of(like), label, text);
        free(text);
        if (remark->suggestion)
            output_paragraph(2 + (size_t)past_icon_width() + 1, STYLE_ACCENT,
                             "Suggestion: ", remark->suggestion);
    }
    free(label);
}

static void print_logs(const struct report *report)
{
    char *journal = runs_journal_path(report->id);
    char *folder =
        mem_format("%s/runs/%s", state_path(report->state), report->id);

    output_heading("Files");
    output_printf("  %s\n", folder);
    output_printf("    %-30s  the journal\n", fileio_base(journal));
    for (size_t i = 0; i < report->model.step_count; i++) {
        const struct run_step *step = &report->model.steps[i];
        char *path = runs_log_path(report->state, report->id, step->id);
        char *safe = output_safe(fileio_base(path));

        if (!strchr(step->id, '/') &&
            fileio_exists(state_fd(report->state), path))
            output_printf("    %s\n", safe);
        free(safe);
        free(path);
    }
    free(folder);
    free(journal);
}

static void print_run(const struct report *report)
{
    size_t width = step_width(&report->model);

    print_facts(report);
    if (report->model.step_count)
        output_heading("Steps");
    for (size_t i = 0; i < report->model.step_count; i++)
        print_step(report, &report->model.steps[i], width);
    print_remarks(report, &report->model.errors, STATUS_FAILED, "Errors");
    print_remarks(report, &report->model.warnings, STATUS_STALE, "Warnings");
    print_logs(report);
    output_flush();
}

static int show_one(const struct options *options,
                    const struct session *session, const struct redact *redact)
{
    struct report report;
    struct error err = { 0 };
    char *id = runs_find(session->state, options->arguments.items[0], &err);
    int status = 0;

    if (!id)
        return command_fail(&err);
    report_load(&report, session->state, id, redact);
    if (options->given[OPTION_JSON]) {
        output_json(report_json(&report));
    } else if (report.result == REPORT_UNREADABLE) {
        output_paragraph(0, STYLE_WARNING, "", report.error.message);
        output_flush();
    } else {
        print_run(&report);
    }
    report_release(&report);
    free(id);
    return status;
}

static int run_history(const struct options *options)
{
    struct session session = { 0 };
    struct redact *redact;
    struct error err = { 0 };
    int status = 0;

    if (!workspace_open(&session, options, STATE_READ, &err))
        return command_fail(&err);
    redact = secrets_collect(&session.project.config);
    if (options->arguments.count)
        status = show_one(options, &session, redact);
    else
        show_all(options, &session, redact);
    redact_free(redact);
    workspace_close(&session);
    return status;
}

const struct command command_history = {
    .name = "history",
    .arguments = "[RUN]",
    .most = 1,
    .groups = OPTIONS_PROJECT | OPTIONS_JSON,
    .summary = "past runs, or the steps of one of them",
    .description =
        "Lists the runs, the newest first: when each was started, how it ended "
        "and how long it took. With RUN: its steps, what went wrong, and where "
        "its journal and logs are. A run may be named by its id, by the "
        "beginning or end of it, or as 'last'.",
    .examples = "stepdeck history\n"
                "stepdeck history last\n"
                "stepdeck history 7f3c --json",
    .run = run_history,
};
