/* Lines and matches of a log. The first byte says what to look for and how
 * long its text is; the text and the log follow. However one comes to a line it
 * is the same one, and many lines together match as each by itself. */
#include "base/mem.h"
#include "tui/loglines.h"
#include "tui/logmatch.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PIECE = 16, TEXT_MOST = 15 };

static void demand(bool holds)
{
    if (!holds)
        abort();
}

struct check {
    const struct logstretch *stretch;
    struct logmatch *match;
    struct logplace line; /* the next that is not checked */
};

static bool matches(const struct check *check, struct logplace line,
                    struct logplace next)
{
    size_t size;
    const char *text = loglines_text(check->stretch, line, next, &size);

    return logmatch_line(check->match, text, size);
}

static void pass_to(struct check *check, int64_t offset)
{
    struct logplace next;

    while (check->line.at < offset &&
           loglines_next(check->stretch, check->line, &next)) {
        demand(!matches(check, check->line, next));
        check->line = next;
    }
    demand(check->line.at == offset);
}

static bool check_match(void *context, struct logplace line,
                        struct logplace next)
{
    struct check *check = context;

    pass_to(check, line.at);
    demand(check->line.is_continued == line.is_continued);
    demand(matches(check, line, next));
    check->line = next;
    return true;
}

static void check_lines(const struct logstretch *stretch)
{
    struct logplace line = { 0 }, next;

    while (loglines_next(stretch, line, &next)) {
        demand(next.at > line.at && next.at - line.at <= 2 * PIECE + 3);
        for (int64_t at = line.at; at < next.at; at++) {
            struct logplace found = loglines_begin(stretch, NULL, at);

            demand(found.at == line.at &&
                   found.is_continued == line.is_continued);
        }
        line = next;
    }
    demand(line.at == (int64_t)stretch->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct logstretch stretch = { .piece = PIECE, .is_end = true };
    struct log_match wanted;
    struct logmatch match;
    struct check check = { .stretch = &stretch, .match = &match };
    size_t text_size;
    char *text;

    if (!size)
        return 0;
    text_size = data[0] & TEXT_MOST;
    if (text_size > size - 1)
        text_size = size - 1;
    text = mem_bytes((const char *)data + 1, text_size);
    wanted = (struct log_match){ (enum log_match_kind)(data[0] >> 6), text };
    stretch.bytes = (const char *)data + 1 + text_size;
    stretch.size = size - 1 - text_size;
    check_lines(&stretch);
    logmatch_init(&match, &wanted);
    if (!logmatch_is_nothing(&match)) {
        loglines_match(&stretch, &match, check.line, INT64_MAX, check_match,
                       &check);
        pass_to(&check, (int64_t)stretch.size);
    }
    logmatch_release(&match);
    free(text);
    return 0;
}
