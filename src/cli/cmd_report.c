#include "base/mem.h"
#include "base/redact.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/workspace.h"
#include "core/report.h"
#include "core/runs.h"
#include "core/secrets.h"

#include <stdlib.h>
#include <string.h>

static void print_json(const struct report *report, struct strbuf *out)
{
    json_t *json = report_json(report);
    char *text = json_dumps(json, JSON_INDENT(2));

    strbuf_addf(out, "%s\n", text);
    free(text);
    json_decref(json);
}

static const struct {
    const char *name;
    void (*make)(const struct report *report, struct strbuf *out);
} formats[] = { { "md", report_markdown },
                { "junit", report_junit },
                { "html", report_html },
                { "json", print_json } };

/* The option's value has been checked when it was parsed. */
static void print_report(const struct report *report, const char *format)
{
    struct strbuf out = { 0 };
    size_t choice = 0;

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(formats[i].name, format) == 0)
            choice = i;
    }
    formats[choice].make(report, &out);
    output_write(strbuf_text(&out), out.len);
    output_flush();
    strbuf_release(&out);
}

static int run_report(const struct options *options)
{
    struct session session = { 0 };
    struct report report = { 0 };
    struct redact *redact;
    struct error err = { 0 };
    int status = 0;
    char *id;

    if (!workspace_open(&session, options, STATE_READ, &err))
        return command_fail(&err);
    redact = secrets_collect(&session.project.config);
    id = runs_find(
        session.state,
        options->arguments.count ? options->arguments.items[0] : NULL, &err);
    if (id)
        report_load(&report, session.state, id, redact);
    if (!id)
        status = command_fail(&err);
    else if (report.result == REPORT_UNREADABLE)
        status = command_fail(&report.error);
    else
        print_report(&report, options->given[OPTION_FORMAT]
                                  ? options->values[OPTION_FORMAT]
                                  : formats[0].name);
    report_release(&report);
    free(id);
    redact_free(redact);
    workspace_close(&session);
    return status;
}

const struct command command_report = {
    .name = "report",
    .arguments = "[RUN]",
    .most = 1,
    .groups = OPTIONS_PROJECT | OPTIONS_REPORT,
    .summary = "a report of one run: Markdown, JUnit, HTML or JSON",
    .description =
        "Writes a report of a run (the last one, without RUN) to stdout: 'md' "
        "is a table with the errors and what mends them, 'junit' the XML that "
        "CI servers read, 'html' one page that needs nothing else, 'json' "
        "everything that is known. A run may be named by its id, by the "
        "beginning or end of it, or as 'last'.",
    .examples = "stepdeck report --format junit > report.xml\n"
                "stepdeck report last --format html > report.html\n"
                "stepdeck report 7f3c",
    .run = run_report,
};
