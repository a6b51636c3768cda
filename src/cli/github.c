#include "cli/github.h"

#include "base/clock.h"
#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "cli/output.h"
#include "cli/summary.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ANNOTATION_LIMIT = 10,       /* the runner drops what is beyond */
    STEP_SUMMARY_LIMIT = 1000000 /* bytes; the runner takes 1 MiB a step */
};

bool github_is_present(void)
{
    const char *value = getenv("GITHUB_ACTIONS");

    return value && strcmp(value, "true") == 0;
}

void github_escape(const char *text, bool is_property, struct strbuf *out)
{
    static const char hex[] = "0123456789ABCDEF";
    const char *special = is_property ? "%\r\n:," : "%\r\n";

    for (; *text; text++) {
        if (strchr(special, *text))
            strbuf_addf(out, "%%%c%c", hex[(unsigned char)*text >> 4],
                        hex[(unsigned char)*text & 15]);
        else
            strbuf_addc(out, *text);
    }
}

static void annotate(const char *level, const struct run_remark *remark)
{
    struct strbuf line = { 0 };

    strbuf_addf(&line, "::%s title=", level);
    github_escape(remark->step ? remark->step : "stepdeck", true, &line);
    strbuf_adds(&line, "::");
    github_escape(remark->message, false, &line);
    if (remark->suggestion) {
        strbuf_adds(&line, "%0A");
        github_escape(remark->suggestion, false, &line);
    }
    output_printf("%s\n", strbuf_text(&line));
    strbuf_release(&line);
}

static void annotate_all(const char *level, const struct run_remarks *remarks)
{
    size_t shown = remarks->count;

    if (shown > ANNOTATION_LIMIT)
        shown = ANNOTATION_LIMIT - 1;
    for (size_t i = 0; i < shown; i++)
        annotate(level, &remarks->items[i]);
    if (remarks->count > shown)
        output_printf("::%s title=stepdeck::and %zu more, see the log\n", level,
                      remarks->count - shown);
}

/* Text for a cell of a Markdown table. */
static void add_cell(struct strbuf *out, const char *text)
{
    struct strbuf safe = { 0 };

    utf8_sanitise(text, strlen(text), false, &safe);
    for (const char *c = strbuf_text(&safe); *c; c++) {
        if (strchr("|\\`<>*_[]", *c))
            strbuf_addc(out, '\\');
        strbuf_addc(out, *c);
    }
    strbuf_release(&safe);
}

static void add_step_row(struct strbuf *page, const struct run_step *step)
{
    char duration[CLOCK_TEXT_SIZE] = "";

    if (step->duration_ms)
        clock_format_duration(step->duration_ms, duration);
    strbuf_addf(page, "| %s | ", status_icon(step->status, false));
    add_cell(page, step->id);
    strbuf_addf(page, " | %s | %s | ", status_name(step->status), duration);
    add_cell(page, step->message ? step->message : "");
    strbuf_adds(page, " |\n");
}

static void build_page(const struct run_model *model, const char *resume,
                       struct strbuf *page)
{
    strbuf_adds(page, "### stepdeck: ");
    add_cell(page, model->project ? model->project : "");
    strbuf_addf(page, " %s\n\n| | step | result | time | |\n|-|-|-|-|-|\n",
                summary_word(model->exit_status));
    for (size_t i = 0; i < model->step_count; i++) {
        if (page->len > STEP_SUMMARY_LIMIT) {
            strbuf_adds(page, "| | and more, see the log | | | |\n");
            break;
        }
        add_step_row(page, &model->steps[i]);
    }
    if (model->exit_status)
        strbuf_addf(page, "\nTo go on: `%s`\n", resume);
    strbuf_addc(page, '\n');
}

/* The runner gives a file in this variable to append to. */
static void append_to(const char *variable, const struct strbuf *text)
{
    const char *path = getenv(variable);
    int fd = path && *path
                 ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644)
                 : -1;

    if (fd < 0)
        return;
    (void)!fileio_write_all(fd, strbuf_text(text), text->len, NULL);
    close(fd);
}

static void add_output(struct strbuf *out, const char *name, const char *value)
{
    /* A value of several lines could smuggle in another output. */
    if (value && !strpbrk(value, "\r\n"))
        strbuf_addf(out, "%s=%s\n", name, value);
}

static void write_outputs(const struct run_model *model)
{
    struct strbuf out = { 0 };

    add_output(&out, "run-id", model->run);
    strbuf_addf(&out, "exit-status=%d\n", model->exit_status);
    add_output(&out, "service-url",
               jsonx_text(model->summary, "service_url", NULL));
    add_output(&out, "image-digest",
               jsonx_text(model->summary, "image_digest", NULL));
    add_output(&out, "verdict", model->verdict);
    append_to("GITHUB_OUTPUT", &out);
    strbuf_release(&out);
}

static void tell_end(void *context, const struct run_model *model,
                     const struct event *event)
{
    struct strbuf page = { 0 };

    if (event_type(event) != EVENT_RUN_END)
        return;
    annotate_all("error", &model->errors);
    annotate_all("warning", &model->warnings);
    build_page(model, context, &page);
    append_to("GITHUB_STEP_SUMMARY", &page);
    strbuf_release(&page);
    write_outputs(model);
}

static void release(void *context)
{
    free(context);
}

struct printer github_printer(const char *resume)
{
    return (struct printer){ .context = mem_text(resume),
                             .event = tell_end,
                             .release = release };
}
