/* Any bytes as a journal: read, folded into the model, and reported in every
 * format, whatever they claim. */
#include "base/mem.h"
#include "base/utf8.h"
#include "core/journal.h"
#include "core/report.h"
#include "core/runmodel.h"
#include "core/state.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static bool apply(void *context, const struct event *event)
{
    run_model_apply(context, event);
    return true;
}

static void check(const struct run_model *model)
{
    size_t count = 0;

    for (int status = 0; status < STATUS_COUNT; status++)
        count += run_model_count(model, (enum step_status)status);
    demand(count == model->step_count);
    demand(run_model_planned(model) <= model->step_count);
    for (size_t i = 0; i < model->step_count; i++) {
        demand(model->steps[i].id != NULL);
        demand(run_model_step(model, model->steps[i].id) != NULL);
    }
}

static void make_reports(const struct report *report)
{
    void (*const formats[])(const struct report *,
                            struct strbuf *) = { report_junit, report_markdown,
                                                 report_html };

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct strbuf out = { 0 };

        formats[i](report, &out);
        demand(utf8_is_valid(strbuf_text(&out), out.len));
        demand(!memchr(strbuf_text(&out), '\x1b', out.len));
        strbuf_release(&out);
    }
    json_decref(report_json(report));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct report report = { .result = REPORT_INTERRUPTED };
    struct state *state = state_open("/nonexistent", NULL, STATE_READ, NULL);
    char *remark;

    report.id = mem_text("fuzz");
    report.state = state;
    journal_read_bytes((const char *)data, size, apply, &report.model,
                       &report.skipped);
    check(&report.model);
    make_reports(&report);
    remark = report_remark(&report);
    demand(report.skipped == 0 || remark != NULL);
    free(remark);
    report_release(&report);
    state_free(state);
    return 0;
}
