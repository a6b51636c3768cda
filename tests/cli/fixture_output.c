#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_output.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int saved_fd = -1;
static FILE *captured;

void capture_begin(void)
{
    fflush(stdout);
    captured = tmpfile();
    saved_fd = dup(STDOUT_FILENO);
    assert_non_null(captured);
    assert_true(saved_fd >= 0);
    assert_true(dup2(fileno(captured), STDOUT_FILENO) >= 0);
}

char *capture_end(void)
{
    struct strbuf text = { 0 };
    char bytes[4096];
    size_t size;

    output_flush();
    fflush(stdout);
    dup2(saved_fd, STDOUT_FILENO);
    close(saved_fd);
    rewind(captured);
    while ((size = fread(bytes, 1, sizeof(bytes), captured)) > 0)
        strbuf_add(&text, bytes, size);
    fclose(captured);
    return text.len ? strbuf_take(&text) : mem_text("");
}

void plain_output(void)
{
    struct options options = { 0 };

    options.given[OPTION_ASCII] = true;
    options.given[OPTION_COLOR] = true;
    options.values[OPTION_COLOR] = "never";
    output_setup(&options);
    setenv("TZ", "UTC", 1);
    tzset();
}

struct event *make_event(const char *type, const char *members)
{
    struct error err = { 0 };
    char *line = mem_format("{\"v\":1,\"seq\":1,\"time\":"
                            "\"2026-11-21T17:00:07.000Z\",\"run\":\"R-7f3c\","
                            "\"type\":\"%s\"%s%s}",
                            type, *members ? "," : "", members);
    struct event *event = event_parse(line, strlen(line), &err);

    if (!event)
        fail_msg("%s: %s", line, err.message);
    free(line);
    return event;
}

void tell(struct run_model *model, const struct printer *printer,
          const char *type, const char *members)
{
    struct event *event = make_event(type, members);

    run_model_apply(model, event);
    if (printer && printer->event)
        printer->event(printer->context, model, event);
    event_unref(event);
}

void expect_part(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' does not hold '%s'", text, part);
}

void expect_no_part(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("'%s' holds '%s'", text, part);
}
