#include "cli/status_view.h"

#include "cli/cloud_view.h"

#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/past.h"
#include "core/repo.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    NUMBER_CELLS = 3,
    WORD_CELLS = 11,
    DURATION_CELLS = 6,
    WHEN_CELLS = 16,
    RECENT_COUNT = 3
};

/* ---- header ----------------------------------------------------------- */

static void add_fact(struct strbuf *line, const char *text)
{
    strbuf_addf(line, "%s%s", output_is_ascii() ? " | " : " · ", text);
}

static void print_header(const struct project *project)
{
    const char *environment = config_get(&project->config, "ENVIRONMENT");
    const char *target = project->target ? project->target->name : NULL;
    struct strbuf line = { 0 };
    struct repo_info git;
    char *name, *facts;

    if (environment)
        add_fact(&line, environment);
    if (target)
        add_fact(&line, target);
    if (repo_read(project->dir, &git)) {
        char *text = mem_format("%s%s%.7s", git.branch ? git.branch : "",
                                git.branch && git.commit ? "@" : "",
                                git.commit ? git.commit : "");

        if (*text)
            add_fact(&line, text);
        free(text);
        repo_info_release(&git);
    }
    name = output_safe(project->name);
    facts = output_safe(strbuf_text(&line));
    output_printf("%s%s%s%s\n", output_on(STYLE_BOLD), name, output_off(),
                  facts);
    free(facts);
    free(name);
    strbuf_release(&line);
}

/* ---- steps ------------------------------------------------------------ */

static enum step_status shown_status(const struct overview_step *step)
{
    return step->is_interrupted ? STATUS_STALE : step->status;
}

static void print_step(const struct overview_step *step)
{
    int icon = past_icon_width();
    size_t width = OUTPUT_WIDTH - 2 - (size_t)icon - 1 - NUMBER_CELLS - 1 - 2 -
                   WORD_CELLS - 1 - DURATION_CELLS - 2 - WHEN_CELLS;
    char duration[CLOCK_TEXT_SIZE] = "", minute[PAST_MINUTE_SIZE];
    char *title = output_column(step->step->title, width);
    const char *on = output_on(output_style_of(shown_status(step)));

    if (step->duration_ms >= 0)
        clock_format_duration(step->duration_ms, duration);
    past_minute(step->time_ms, minute);
    output_printf(
        "  %s%s%s %03d %s  %s%-*s%s", on, output_icon(shown_status(step)),
        output_off(), step->step->number, title, on, *minute ? WORD_CELLS : 0,
        step->is_interrupted ? "interrupted" : status_name(step->status),
        output_off());
    if (*minute)
        output_printf(" %*s  %s", DURATION_CELLS, duration, minute);
    output_printf("\n");
    if (step->reason)
        output_paragraph((size_t)(2 + icon + 1 + NUMBER_CELLS + 1), STYLE_DIM,
                         "", step->reason);
    free(title);
}

static void print_range(const struct overview *overview, enum step_range range)
{
    for (size_t i = 0; i < overview->count; i++) {
        if (step_range(overview->steps[i].step) == range)
            print_step(&overview->steps[i]);
    }
}

static void print_counts(const struct overview *overview)
{
    static const enum step_status others[] = { STATUS_IN_PROGRESS,
                                               STATUS_FAILED, STATUS_STALE,
                                               STATUS_BLOCKED, STATUS_PENDING };
    size_t interrupted = 0;

    for (size_t i = 0; i < overview->count; i++)
        interrupted += overview->steps[i].is_interrupted;
    output_printf("\n  %zu of %zu completed",
                  overview_count(overview, STATUS_COMPLETED),
                  overview_total(overview));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        size_t count = overview_count(overview, others[i]);

        if (others[i] == STATUS_IN_PROGRESS)
            count -= interrupted < count ? interrupted : count;
        if (count)
            output_printf(", %zu %s", count,
                          others[i] == STATUS_IN_PROGRESS
                              ? "in progress"
                              : status_name(others[i]));
    }
    if (interrupted)
        output_printf(", %zu interrupted", interrupted);
    output_printf("\n");
}

static void print_steps(const struct overview *overview)
{
    if (!overview->count)
        return;
    output_heading("Steps");
    print_range(overview, RANGE_SETUP);
    print_range(overview, RANGE_DEPLOY);
    if (overview_total(overview))
        print_counts(overview);
    if (overview_has_teardown(overview)) {
        output_heading("Teardown");
        print_range(overview, RANGE_TEARDOWN);
    }
}

/* ---- last run --------------------------------------------------------- */

static void print_last_run(const struct overview *overview)
{
    const struct report *last = &overview->last;
    const struct run_step *culprit;
    char minute[PAST_MINUTE_SIZE], duration[CLOCK_TEXT_SIZE];
    enum step_status like;
    int64_t duration_ms;

    if (!overview->has_run)
        return;
    culprit = report_culprit(last);
    like = report_result_status(last->result);
    duration_ms = report_duration(last, clock_wall(clock_system()));
    output_heading("Last run");
    output_printf("  %s%s %s%s", output_on(output_style_of(like)),
                  output_icon(like), report_result_name(last->result),
                  output_off());
    if (culprit && last->result != REPORT_DONE)
        output_printf(" at step %03d", culprit->number);
    if (duration_ms >= 0)
        output_printf(", %s %s, started %s",
                      last->result == REPORT_RUNNING       ? "for"
                      : last->result == REPORT_INTERRUPTED ? "after at least"
                                                           : "took",
                      clock_format_duration(duration_ms, duration),
                      past_minute(last->model.start_ms, minute));
    output_printf("\n");
    output_paragraph((size_t)(2 + past_icon_width() + 1), STYLE_DIM, "",
                     last->id);
}

static void print_lock(const struct overview *overview)
{
    const json_t *holder = overview->holder;
    char minute[PAST_MINUTE_SIZE];
    int64_t since_ms = 0;
    char *text;

    if (!overview->is_locked)
        return;
    (void)!clock_parse(jsonx_text(holder, "since", ""), &since_ms);
    text = mem_format("held by process %" PRId64 " of %s on %s, since %s",
                      jsonx_int(holder, "pid", 0),
                      jsonx_text(holder, "user", "somebody"),
                      jsonx_text(holder, "host", "this machine"),
                      past_minute(since_ms, minute));
    output_heading("Lock");
    output_paragraph(2, STYLE_PLAIN, "",
                     holder ? text
                            : "held by a process that has not said who "
                              "it is");
    free(text);
}

/* ---- errors and warnings ---------------------------------------------- */

static void print_entry(const struct overview *overview,
                        const struct statelog_entry *entry)
{
    size_t indent = 2 + (size_t)past_icon_width() + 1;
    enum step_status like =
        entry->level == STATE_ERROR ? STATUS_FAILED : STATUS_STALE;
    const char *suggestion = overview_suggestion(overview, entry);
    char minute[PAST_MINUTE_SIZE];
    char *safe = output_safe(entry->step);

    output_printf("  %s%s%s %s  %s\n", output_on(output_style_of(like)),
                  output_icon(like), output_off(),
                  past_minute(entry->time_ms, minute), safe);
    output_paragraph(indent, STYLE_PLAIN, "", entry->message);
    if (suggestion)
        output_paragraph(indent, STYLE_ACCENT, "Suggestion: ", suggestion);
    free(safe);
}

static void print_log(const struct overview *overview,
                      const struct statelog *log, const char *name)
{
    size_t first = log->count > RECENT_COUNT ? log->count - RECENT_COUNT : 0;
    char *heading;

    if (!log->count)
        return;
    heading = first ? mem_format("%s: %zu, the last %d", name, log->count,
                                 RECENT_COUNT)
                    : mem_format("%s: %zu", name, log->count);
    output_heading(heading);
    free(heading);
    for (size_t i = first; i < log->count; i++)
        print_entry(overview, &log->entries[i]);
}

static void print_remarks(const struct overview *overview)
{
    print_log(overview, &overview->errors, "Errors");
    print_log(overview, &overview->warnings, "Warnings");
    if (!overview->errors.count && !overview->warnings.count &&
        overview->has_run)
        output_printf("\n%sNo errors and no warnings%s\n", output_on(STYLE_DIM),
                      output_off());
    if (overview->notices.count)
        output_heading("Notes");
    for (size_t i = 0; i < overview->notices.count; i++)
        output_paragraph(2, STYLE_WARNING, "", overview->notices.items[i]);
}

/* ---- next action and logs --------------------------------------------- */

/* Whether the suggestion stands above already, with the newest error. */
static bool is_shown(const struct overview *overview, const char *suggestion)
{
    const struct statelog *errors = &overview->errors;
    const char *shown =
        errors->count
            ? overview_suggestion(overview, &errors->entries[errors->count - 1])
            : NULL;

    return shown && strcmp(shown, suggestion) == 0;
}

static void print_next(const struct overview *overview,
                       const struct options *options)
{
    struct past_advice advice;

    past_advise(overview, options, &advice);
    output_heading("Next");
    output_paragraph(2, STYLE_PLAIN, "", advice.sentence);
    if (advice.suggestion && !is_shown(overview, advice.suggestion))
        output_paragraph(2, STYLE_ACCENT, "Suggestion: ", advice.suggestion);
    if (advice.command) {
        char *safe = output_safe(advice.command);

        output_printf("    %s%s%s\n", output_on(STYLE_BOLD), safe,
                      output_off());
        free(safe);
    }
    past_advice_release(&advice);
}

/* The logs that are there, the step's that needs attention first. */
static void list_logs(const struct overview *overview, struct strvec *names)
{
    static const char *const logs[] = { "errors.log", "warnings.log",
                                        "checkpoints.log", "deployment.log" };
    int fd = state_fd(overview->state);

    if (fd < 0)
        return;
    if (overview->next)
        strvec_addf(names, "%s.log", overview->next->step->id);
    if (names->count && !fileio_exists(fd, names->items[0]))
        strvec_release(names);
    for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
        if (fileio_exists(fd, logs[i]))
            strvec_add(names, logs[i]);
    }
    if (overview->has_run)
        strvec_addf(names, "runs/%s/", overview->last.id);
}

static void print_logs(const struct overview *overview)
{
    struct strvec names = { 0 };

    list_logs(overview, &names);
    if (names.count) {
        char *safe = output_safe(state_path(overview->state));

        output_heading("Logs");
        output_printf("  %s\n", safe);
        free(safe);
    }
    for (size_t i = 0; i < names.count; i++)
        output_paragraph(4, STYLE_PLAIN, "", names.items[i]);
    strvec_release(&names);
}

void status_view_print(const struct overview *overview,
                       const struct status_cloud *cloud,
                       const struct options *options)
{
    print_header(overview->project);
    print_steps(overview);
    if (cloud->status || error_is_set(&cloud->err))
        cloud_view_print(cloud->status, &cloud->err);
    print_last_run(overview);
    print_lock(overview);
    print_remarks(overview);
    print_next(overview, options);
    print_logs(overview);
}
