#include "core/stream.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/strbuf.h"

#include <stdlib.h>

struct stream {
    char *run;
    struct journal *journal;
    const struct redact *redact;
    const struct clock *clock;
    struct queue *reader;
    int64_t seq;
};

struct stream *stream_new(const char *run, struct journal *journal,
                          const struct redact *redact,
                          const struct clock *clock, struct queue *reader)
{
    struct stream *stream = mem_new(1, sizeof(*stream));

    *stream = (struct stream){ .run = mem_text(run),
                               .journal = journal,
                               .redact = redact,
                               .clock = clock,
                               .reader = reader };
    return stream;
}

void stream_free(struct stream *stream)
{
    if (!stream)
        return;
    free(stream->run);
    free(stream);
}

bool stream_emit(struct stream *stream, struct event *event, bool durable,
                 struct error *warning)
{
    char time[CLOCK_TEXT_SIZE];
    bool ok = true;

    event_set_int(event, "seq", ++stream->seq);
    event_set_text(event, "time",
                   clock_format_millis(clock_wall(stream->clock), time));
    event_set_text(event, "run", stream->run);
    if (!redact_is_empty(stream->redact))
        event_redact(event, stream->redact);
    if (stream->journal) {
        struct strbuf line = { 0 };
        char *text = jsonx_line(event_json(event));

        strbuf_adds(&line, text);
        strbuf_addc(&line, '\n');
        free(text);
        ok = journal_append(stream->journal, line.data, line.len, durable,
                            warning);
        strbuf_release(&line);
    }
    if (stream->reader)
        queue_push(stream->reader, event);
    else
        event_unref(event);
    return ok;
}
