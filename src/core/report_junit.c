/* The report as JUnit XML, for CI servers. Part of report.h. */
#include "base/clock.h"
#include "core/report_text.h"

#include <inttypes.h>
#include <string.h>

static void add_attribute(struct strbuf *out, const char *name,
                          const char *text)
{
    strbuf_addf(out, " %s=\"", name);
    report_add_xml(out, text);
    strbuf_addc(out, '"');
}

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
    report_add_xml(out, step->message ? step->message : word);
    if (step->cause) {
        strbuf_adds(out, "\nCause: ");
        report_add_xml(out, step->cause);
    }
    if (step->suggestion) {
        strbuf_adds(out, "\nSuggestion: ");
        report_add_xml(out, step->suggestion);
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
    report_add_log(report, step, "      <system-out>", "</system-out>\n", out);
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
        report_add_xml(out, error->message);
        if (error->suggestion)
            strbuf_adds(out, "\nSuggestion: ");
        report_add_xml(out, error->suggestion);
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
    if (model->start_ms)
        strbuf_addf(out, " timestamp=\"%.19s\"",
                    clock_format_seconds(model->start_ms, time));
    strbuf_adds(out, ">\n");
    strbuf_add(out, strbuf_text(&cases), cases.len);
    strbuf_adds(out, "  </testsuite>\n</testsuites>\n");
    strbuf_release(&cases);
}
