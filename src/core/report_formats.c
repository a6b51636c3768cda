/* The formats of a report that are no JSON. Part of report.h. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/utf8.h"
#include "core/report.h"
#include "core/runs.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- escaping --------------------------------------------------------- */

/* XML 1.0 knows no control characters but these, and not the last two of the
 * basic plane. */
static bool is_xml_text(const char *bytes, size_t length)
{
    unsigned char first = (unsigned char)bytes[0];

    if (first < 0x20)
        return first == '\t' || first == '\n' || first == '\r';
    return length != 3 || (memcmp(bytes, "\xEF\xBF\xBE", 3) != 0 &&
                           memcmp(bytes, "\xEF\xBF\xBF", 3) != 0);
}

void report_escape_xml(const char *bytes, size_t size, struct strbuf *out)
{
    static const struct {
        char byte;
        const char *entity;
    } entities[] = { { '&', "&amp;" },  { '<', "&lt;" },   { '>', "&gt;" },
                     { '"', "&quot;" }, { '\'', "&#39;" }, { '\r', "&#13;" } };

    while (size) {
        size_t length = utf8_sequence(bytes, size);
        const char *entity = NULL;

        for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
            if (entities[i].byte == bytes[0])
                entity = entities[i].entity;
        }
        if (entity)
            strbuf_adds(out, entity);
        else if (!length)
            strbuf_adds(out, "\xEF\xBF\xBD");
        else if (is_xml_text(bytes, length))
            strbuf_add(out, bytes, length);
        bytes += length ? length : 1;
        size -= length ? length : 1;
    }
}

void report_escape_markdown(const char *text, struct strbuf *out)
{
    struct strbuf safe = { 0 };

    utf8_sanitise(text, strlen(text), false, &safe);
    for (const char *c = strbuf_text(&safe); *c; c++) {
        if (*c == '<')
            strbuf_adds(out, "&lt;");
        else if (*c == '&')
            strbuf_adds(out, "&amp;");
        else if (strchr("\\`*_[]|~$", *c))
            strbuf_addf(out, "\\%c", *c);
        else
            strbuf_addc(out, *c);
    }
    strbuf_release(&safe);
}

static void add_xml(struct strbuf *out, const char *text)
{
    struct strbuf safe = { 0 };

    if (!text)
        return;
    utf8_sanitise(text, strlen(text), false, &safe);
    report_escape_xml(strbuf_text(&safe), safe.len, out);
    strbuf_release(&safe);
}

static void add_attribute(struct strbuf *out, const char *name,
                          const char *text)
{
    strbuf_addf(out, " %s=\"", name);
    add_xml(out, text);
    strbuf_addc(out, '"');
}

/* ---- logs ------------------------------------------------------------- */

/* Colours and the like are dropped line by line: the lines stay. */
static void add_lines(const char *bytes, size_t size, struct strbuf *out)
{
    while (size) {
        const char *end = memchr(bytes, '\n', size);
        size_t length = end ? (size_t)(end - bytes) : size;

        utf8_sanitise(bytes, length, false, out);
        strbuf_addc(out, '\n');
        length += end != NULL;
        bytes += length;
        size -= length;
    }
}

static void read_tail(int fd, struct strbuf *out)
{
    struct stat info;
    off_t start = 0;
    const char *line;
    ssize_t size;

    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
        return;
    if (info.st_size > REPORT_LOG_TAIL)
        start = info.st_size - REPORT_LOG_TAIL;
    strbuf_reserve(out, REPORT_LOG_TAIL);
    size = pread(fd, out->data, REPORT_LOG_TAIL, start);
    out->len = size > 0 ? (size_t)size : 0;
    out->data[out->len] = '\0';
    line = start ? memchr(out->data, '\n', out->len) : NULL;
    if (line)
        strbuf_consume(out, (size_t)(line + 1 - out->data));
}

void report_log_tail(const struct report *report, const char *step,
                     struct strbuf *out)
{
    char *path = mem_format("runs/%s/%s.log", report->id, step);
    struct strbuf raw = { 0 }, masked = { 0 };
    int fd = -1;

    /* A step's name out of a journal is not to lead out of the run. */
    if (state_fd(report->state) >= 0 && !strchr(step, '/'))
        fd = openat(state_fd(report->state), path,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) {
        read_tail(fd, &raw);
        close(fd);
    }
    if (report->redact)
        redact_text(report->redact, strbuf_text(&raw), raw.len, &masked);
    else
        strbuf_add(&masked, strbuf_text(&raw), raw.len);
    add_lines(strbuf_text(&masked), masked.len, out);
    strbuf_release(&masked);
    strbuf_release(&raw);
    free(path);
}

static void add_log_xml(const struct report *report,
                        const struct run_step *step, const char *before,
                        const char *after, struct strbuf *out)
{
    struct strbuf log = { 0 };

    report_log_tail(report, step->id, &log);
    if (log.len) {
        strbuf_adds(out, before);
        report_escape_xml(log.data, log.len, out);
        strbuf_adds(out, after);
    }
    strbuf_release(&log);
}

/* ---- JUnit ------------------------------------------------------------ */

enum verdict { VERDICT_PASSED, VERDICT_SKIPPED, VERDICT_FAILED, VERDICT_ERROR };

static enum verdict judge(const struct report *report,
                          const struct run_step *step)
{
    switch (step->status) {
    case STATUS_COMPLETED:
        return VERDICT_PASSED;
    case STATUS_FAILED:
        return VERDICT_FAILED;
    case STATUS_BLOCKED:
        return VERDICT_ERROR;
    case STATUS_IN_PROGRESS:
    case STATUS_RETRYING:
        return report->result == REPORT_RUNNING ? VERDICT_SKIPPED
                                                : VERDICT_ERROR;
    default:
        return VERDICT_SKIPPED;
    }
}

static void add_seconds(struct strbuf *out, int64_t duration_ms)
{
    if (duration_ms < 0)
        duration_ms = 0;
    strbuf_addf(out, " time=\"%" PRId64 ".%03d\"", duration_ms / 1000,
                (int)(duration_ms % 1000));
}

static const char *class_name(const struct report *report)
{
    const struct run_model *model = &report->model;

    if (model->target && strcmp(model->target, "none") != 0)
        return model->target;
    return model->project ? model->project : "stepdeck";
}

static void add_problem(const struct report *report,
                        const struct run_step *step, enum verdict verdict,
                        struct strbuf *out)
{
    const char *word = report_step_word(report, step);
    const char *element = verdict == VERDICT_FAILED ? "failure" : "error";

    strbuf_addf(out, "      <%s", element);
    add_attribute(out, "type",
                  verdict != VERDICT_FAILED ? word
                  : step->exit_status >= 0  ? "exit"
                                            : "stopped");
    add_attribute(out, "message", step->message ? step->message : word);
    strbuf_addc(out, '>');
    add_xml(out, step->message ? step->message : word);
    if (step->cause) {
        strbuf_adds(out, "\nCause: ");
        add_xml(out, step->cause);
    }
    if (step->suggestion) {
        strbuf_adds(out, "\nSuggestion: ");
        add_xml(out, step->suggestion);
    }
    strbuf_addf(out, "</%s>\n", element);
}

static void add_case(const struct report *report, const struct run_step *step,
                     struct strbuf *out)
{
    enum verdict verdict = judge(report, step);

    strbuf_adds(out, "    <testcase");
    add_attribute(out, "classname", class_name(report));
    add_attribute(out, "name", step->id);
    add_seconds(out, step->duration_ms);
    strbuf_adds(out, ">\n");
    if (verdict == VERDICT_SKIPPED) {
        strbuf_adds(out, "      <skipped");
        add_attribute(out, "message",
                      step->message && !report_is_unreached(report, step)
                          ? step->message
                          : report_step_word(report, step));
        strbuf_adds(out, "/>\n");
    } else if (verdict != VERDICT_PASSED) {
        add_problem(report, step, verdict, out);
    }
    add_log_xml(report, step, "      <system-out>", "</system-out>\n", out);
    strbuf_adds(out, "    </testcase>\n");
}

/* What went wrong outside of any step must not read as a success. */
static size_t add_run_cases(const struct report *report, struct strbuf *out)
{
    size_t count = 0;

    for (size_t i = 0; i < report->model.errors.count; i++) {
        const struct run_remark *error = &report->model.errors.items[i];

        if (error->step)
            continue;
        strbuf_adds(out, "    <testcase");
        add_attribute(out, "classname", class_name(report));
        strbuf_adds(out, " name=\"run\" time=\"0.000\">\n      <error");
        add_attribute(out, "type", "run");
        add_attribute(out, "message", error->message);
        strbuf_addc(out, '>');
        add_xml(out, error->message);
        if (error->suggestion)
            strbuf_adds(out, "\nSuggestion: ");
        add_xml(out, error->suggestion);
        strbuf_adds(out, "</error>\n    </testcase>\n");
        count++;
    }
    return count;
}

void report_junit(const struct report *report, struct strbuf *out)
{
    const struct run_model *model = &report->model;
    size_t counts[VERDICT_ERROR + 1] = { 0 };
    struct strbuf cases = { 0 };
    char time[CLOCK_TEXT_SIZE];
    size_t of_run;

    for (size_t i = 0; i < model->step_count; i++) {
        counts[judge(report, &model->steps[i])]++;
        add_case(report, &model->steps[i], &cases);
    }
    of_run = add_run_cases(report, &cases);
    strbuf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                     "<testsuites>\n  <testsuite");
    add_attribute(out, "name", model->command ? model->command : "stepdeck");
    strbuf_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"",
                model->step_count + of_run, counts[VERDICT_FAILED],
                counts[VERDICT_ERROR] + of_run);
    strbuf_addf(out, " skipped=\"%zu\"", counts[VERDICT_SKIPPED]);
    add_seconds(out, report_duration(report, clock_wall(clock_system())));
    /* The strictest of the schemas wants no zone; the time is UTC. */
    strbuf_addf(out, " timestamp=\"%.19s\"",
                clock_format_seconds(model->start_ms, time));
    strbuf_adds(out, ">\n");
    strbuf_add(out, strbuf_text(&cases), cases.len);
    strbuf_adds(out, "  </testsuite>\n</testsuites>\n");
    strbuf_release(&cases);
}

/* ---- Markdown --------------------------------------------------------- */

static void add_duration(struct strbuf *out, const struct run_step *step)
{
    char text[CLOCK_TEXT_SIZE];

    if (step->start_ms)
        strbuf_adds(out, clock_format_duration(step->duration_ms, text));
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

        strbuf_addf(out, "| %s | ", status_icon(step->status, false));
        report_escape_markdown(step->id, out);
        strbuf_addf(out, " | %s | ", report_step_word(report, step));
        add_duration(out, step);
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
    ".blocked,.in_progress,.retrying{color:var(--warn)}\n"
    "pre{overflow:auto;max-height:30rem;padding:.8rem;"
    "border:1px solid var(--line);white-space:pre-wrap;"
    "overflow-wrap:anywhere}\ndd{margin:0 0 .6rem 1.2rem}\n"
    "</style>\n";

static void escape_html(const char *text, struct strbuf *out)
{
    add_xml(out, text);
}

static void add_html_row(const struct report *report,
                         const struct run_step *step, struct strbuf *out)
{
    strbuf_adds(out, "<tr><td>");
    add_xml(out, step->id);
    strbuf_adds(out, "<br><small class=\"facts\">");
    add_xml(out, step->title);
    strbuf_addf(out, "</small></td><td class=\"%s\">%s %s",
                status_name(step->status), status_icon(step->status, false),
                report_step_word(report, step));
    if (step->message && !report_is_unreached(report, step) &&
        step->status != STATUS_COMPLETED) {
        strbuf_adds(out, "<br><small>");
        add_xml(out, step->message);
        strbuf_adds(out, "</small>");
    }
    strbuf_adds(out, "</td><td class=\"number\">");
    add_duration(out, step);
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
    add_xml(out, text);
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
        add_xml(out, remark->step ? remark->step : "run");
        strbuf_adds(out, "</strong></dt>\n");
        add_definition(out, "", remark->message);
        add_definition(out, "Cause: ", step ? step->cause : NULL);
        add_definition(out, "Suggestion: ", remark->suggestion);
        add_definition(out, "Documentation: ",
                       step ? step->documentation : NULL);
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
        add_xml(&before, step->id);
        strbuf_adds(&before, "</summary>\n<pre>");
        add_log_xml(report, step, strbuf_text(&before), "</pre></details>\n",
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
