/* The reports for people: Markdown and HTML. Part of report.h. */
#include "base/clock.h"
#include "core/report_text.h"

#include <stdlib.h>

static void add_duration(const struct report *report,
                         const struct run_step *step, struct strbuf *out)
{
    int64_t duration_ms =
        report_step_duration(report, step, clock_wall(clock_system()));
    char text[CLOCK_TEXT_SIZE];

    if (duration_ms >= 0)
        strbuf_adds(out, clock_format_duration(duration_ms, text));
}

static void add_labelled(struct strbuf *out, const char *label,
                         const char *text)
{
    if (!text)
        return;
    strbuf_addf(out, "  - %s", label);
    report_escape_markdown(text, out);
    strbuf_addc(out, '\n');
}

static void add_remarks(struct strbuf *out, const char *heading,
                        const struct run_model *model,
                        const struct run_remarks *remarks)
{
    if (remarks->count)
        strbuf_addf(out, "\n## %s\n\n", heading);
    for (size_t i = 0; i < remarks->count; i++) {
        const struct run_remark *remark = &remarks->items[i];
        const struct run_step *step = run_model_step(model, remark->step);

        strbuf_adds(out, "- ");
        if (remark->step) {
            strbuf_adds(out, "**");
            report_escape_markdown(remark->step, out);
            strbuf_adds(out, "**: ");
        }
        report_escape_markdown(remark->message, out);
        strbuf_addc(out, '\n');
        add_labelled(out, "Cause: ", step ? step->cause : NULL);
        add_labelled(out, "Suggestion: ", remark->suggestion);
        add_labelled(out, "Documentation: ", step ? step->documentation : NULL);
    }
}

static void add_heading(const struct report *report,
                        void (*escape)(const char *text, struct strbuf *out),
                        struct strbuf *out)
{
    const struct run_model *model = &report->model;

    escape(model->project ? model->project : "stepdeck", out);
    strbuf_adds(out, ": ");
    escape(model->command ? model->command : "run", out);
    strbuf_addf(out, " %s", report_result_name(report->result));
}

static void add_facts(const struct report *report,
                      void (*escape)(const char *text, struct strbuf *out),
                      struct strbuf *out)
{
    const struct run_model *model = &report->model;
    int64_t duration_ms = report_duration(report, clock_wall(clock_system()));
    char text[CLOCK_TEXT_SIZE];
    char *remark = report_remark(report);

    strbuf_adds(out, "Run ");
    escape(report->id, out);
    if (model->environment) {
        strbuf_adds(out, ", environment ");
        escape(model->environment, out);
    }
    if (model->start_ms)
        strbuf_addf(out, ", started %s",
                    clock_format_seconds(model->start_ms, text));
    if (duration_ms >= 0)
        strbuf_addf(out, ", %s", clock_format_duration(duration_ms, text));
    if (model->commit)
        strbuf_addf(out, ", commit %.7s", model->commit);
    strbuf_addf(out, ", %zu of %zu steps completed", report_completed(report),
                model->step_count);
    if (remark)
        strbuf_addf(out, " (%s)", remark);
    free(remark);
}

void report_markdown(const struct report *report, struct strbuf *out)
{
    const struct run_model *model = &report->model;

    strbuf_adds(out, "# ");
    add_heading(report, report_escape_markdown, out);
    strbuf_adds(out, "\n\n");
    add_facts(report, report_escape_markdown, out);
    strbuf_adds(out, "\n\n|   | Step | Status | Duration | Attempts |\n"
                     "|---|---|---|--:|--:|\n");
    for (size_t i = 0; i < model->step_count; i++) {
        const struct run_step *step = &model->steps[i];

        strbuf_addf(out, "| %s | ",
                    status_icon(report_step_status(report, step), false));
        report_escape_markdown(step->id, out);
        strbuf_addf(out, " | %s | ", report_step_word(report, step));
        add_duration(report, step, out);
        strbuf_adds(out, " | ");
        if (step->attempts)
            strbuf_addf(out, "%d", step->attempts);
        strbuf_adds(out, " |\n");
    }
    add_remarks(out, "Errors", model, &model->errors);
    add_remarks(out, "Warnings", model, &model->warnings);
}

/* ---- HTML ------------------------------------------------------------- */

static const char style[] =
    "<style>\n"
    ":root{color-scheme:light dark;--ink:#1d2228;--paper:#fff;--soft:#59636e;"
    "--line:#d5dae0;--ok:#17703a;--bad:#b3261e;--warn:#8a5300}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e4e7eb;--paper:#15181c;"
    "--soft:#a3acb6;--line:#373d45;--ok:#6fce91;--bad:#ff8f87;"
    "--warn:#f0b45a}}\n"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);"
    "background:var(--paper);max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "\n.facts{color:var(--soft)}\ntable{border-collapse:collapse;width:100%}\n"
    "th,td{text-align:left;padding:.35rem .6rem;"
    "border-bottom:1px solid var(--line);vertical-align:top}\n"
    ".number{text-align:right;white-space:nowrap}\n"
    ".completed{color:var(--ok)}.failed{color:var(--bad)}"
    ".blocked,.stale,.in_progress,.retrying{color:var(--warn)}\n"
    "pre{overflow:auto;max-height:30rem;padding:.8rem;"
    "border:1px solid var(--line);white-space:pre-wrap;"
    "overflow-wrap:anywhere}\ndd{margin:0 0 .6rem 1.2rem}\n"
    "</style>\n";

static void escape_html(const char *text, struct strbuf *out)
{
    report_add_xml(out, text);
}

static void add_html_row(const struct report *report,
                         const struct run_step *step, struct strbuf *out)
{
    strbuf_adds(out, "<tr><td>");
    report_add_xml(out, step->id);
    strbuf_adds(out, "<br><small class=\"facts\">");
    report_add_xml(out, step->title);
    strbuf_addf(out, "</small></td><td class=\"%s\">%s %s",
                status_name(report_step_status(report, step)),
                status_icon(report_step_status(report, step), false),
                report_step_word(report, step));
    if (step->message && !report_is_unreached(report, step) &&
        step->status != STATUS_COMPLETED) {
        strbuf_adds(out, "<br><small>");
        report_add_xml(out, step->message);
        strbuf_adds(out, "</small>");
    }
    strbuf_adds(out, "</td><td class=\"number\">");
    add_duration(report, step, out);
    strbuf_adds(out, "</td><td class=\"number\">");
    if (step->attempts)
        strbuf_addf(out, "%d", step->attempts);
    strbuf_adds(out, "</td></tr>\n");
}

static void add_definition(struct strbuf *out, const char *label,
                           const char *text)
{
    if (!text)
        return;
    strbuf_addf(out, "<dd>%s", label);
    report_add_xml(out, text);
    strbuf_adds(out, "</dd>\n");
}

static void add_html_remarks(const struct report *report, const char *heading,
                             const struct run_remarks *remarks,
                             struct strbuf *out)
{
    if (!remarks->count)
        return;
    strbuf_addf(out, "<h2>%s</h2>\n<dl>\n", heading);
    for (size_t i = 0; i < remarks->count; i++) {
        const struct run_remark *remark = &remarks->items[i];
        const struct run_step *step =
            run_model_step(&report->model, remark->step);

        strbuf_adds(out, "<dt><strong>");
        report_add_xml(out, remark->step ? remark->step : "run");
        strbuf_adds(out, "</strong></dt>\n");
        add_definition(out, "", remark->message);
        add_definition(out, "Cause: ", step ? step->cause : NULL);
        add_definition(out, "Suggestion: ", remark->suggestion);
        add_definition(out,
                       "Documentation: ", step ? step->documentation : NULL);
    }
    strbuf_adds(out, "</dl>\n");
}

static void add_html_logs(const struct report *report, struct strbuf *out)
{
    for (size_t i = 0; i < report->model.step_count; i++) {
        const struct run_step *step = &report->model.steps[i];
        struct strbuf before = { 0 };

        strbuf_addf(&before, "<details%s><summary>Log of ",
                    step->status == STATUS_FAILED ? " open" : "");
        report_add_xml(&before, step->id);
        strbuf_adds(&before, "</summary>\n<pre>");
        report_add_log(report, step, strbuf_text(&before), "</pre></details>\n",
                       out);
        strbuf_release(&before);
    }
}

void report_html(const struct report *report, struct strbuf *out)
{
    const struct run_model *model = &report->model;

    strbuf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                     "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                     "content=\"width=device-width, initial-scale=1\">\n"
                     "<title>");
    add_heading(report, escape_html, out);
    strbuf_addf(out, "</title>\n%s</head>\n<body>\n<h1>", style);
    add_heading(report, escape_html, out);
    strbuf_adds(out, "</h1>\n<p class=\"facts\">");
    add_facts(report, escape_html, out);
    strbuf_adds(out, "</p>\n<table>\n<thead><tr><th>Step</th><th>Status</th>"
                     "<th class=\"number\">Duration</th>"
                     "<th class=\"number\">Attempts</th></tr></thead>\n"
                     "<tbody>\n");
    for (size_t i = 0; i < model->step_count; i++)
        add_html_row(report, &model->steps[i], out);
    strbuf_adds(out, "</tbody>\n</table>\n");
    add_html_remarks(report, "Errors", &model->errors, out);
    add_html_remarks(report, "Warnings", &model->warnings, out);
    add_html_logs(report, out);
    strbuf_adds(out, "</body>\n</html>\n");
}
