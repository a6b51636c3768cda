#include "cli/jsonlines.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

struct jsonlines {
    FILE *file;
    bool owns_file;
    bool closed; /* nobody reads any more */
    char *run;
};

static void write_line(struct jsonlines *jsonlines, const json_t *json)
{
    char *line = jsonx_line(json);

    if (!jsonlines->closed &&
        (fputs(line, jsonlines->file) == EOF ||
         fputc('\n', jsonlines->file) == EOF || fflush(jsonlines->file) == EOF))
        jsonlines->closed = true;
    free(line);
}

static void write_event(void *context, const struct run_model *model,
                        const struct event *event)
{
    (void)model;
    write_line(context, event_json(event));
}

static void write_output(void *context, const char *step, const char *bytes,
                         size_t size, int64_t offset)
{
    struct jsonlines *jsonlines = context;
    json_t *json = json_object();
    char time[CLOCK_TEXT_SIZE];

    jsonx_set_int(json, "v", EVENT_VERSION);
    jsonx_set_text(json, "time",
                   clock_format_millis(clock_wall(clock_system()), time));
    jsonx_set_text(json, "run", jsonlines->run);
    jsonx_set_text(json, "type", event_type_name(EVENT_STEP_OUTPUT));
    jsonx_set_text(json, "step", step);
    jsonx_set_int(json, "offset", offset);
    /* A piece that is no text by itself (bytes of any kind, or a character cut
     * by the read) goes as base64, so that the pieces joined are the bytes. */
    if (utf8_is_valid(bytes, size) && !memchr(bytes, '\0', size)) {
        json_object_set_new(json, "text", json_stringn(bytes, size));
    } else {
        struct strbuf encoded = { 0 };

        base64_encode(bytes, size, &encoded);
        jsonx_set_text(json, "text_base64", strbuf_text(&encoded));
        strbuf_release(&encoded);
    }
    write_line(jsonlines, json);
    json_decref(json);
}

static void release(void *context)
{
    struct jsonlines *jsonlines = context;

    if (jsonlines->owns_file)
        fclose(jsonlines->file);
    else
        fflush(jsonlines->file);
    free(jsonlines->run);
    free(jsonlines);
}

struct printer jsonlines_printer(FILE *file, bool owns_file, const char *run)
{
    struct jsonlines *jsonlines = mem_new(1, sizeof(*jsonlines));

    jsonlines->file = file;
    jsonlines->owns_file = owns_file;
    jsonlines->run = mem_text(run);
    return (struct printer){ .context = jsonlines,
                             .event = write_event,
                             .output = write_output,
                             .release = release,
                             .wants_output = true };
}
