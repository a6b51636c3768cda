/* Counting in the background: the sums of newlines and matches, and what they
 * are good for. */
#include "base/mem.h"
#include "tui/logsource_private.h"

#include <string.h>
#include <unistd.h>

/* ---- counting --------------------------------------------------------- */

static void count_newlines(struct logsource *source,
                           const struct logstretch *stretch)
{
    struct logindex *newlines = &source->newlines;
    int64_t end = stretch->base + (int64_t)stretch->size;
    int64_t at = newlines->reached;

    if (at < stretch->base || at >= end)
        return;
    while (at < end) {
        int64_t until = logindex_boundary(newlines, at);
        const char *bytes = stretch->bytes + (at - stretch->base);

        if (until > end)
            until = end;
        logindex_add(newlines, at,
                     mem_count(bytes, (size_t)(until - at), '\n'));
        logindex_advance(newlines, until);
        at = until;
    }
    source->ends_in_newline = stretch->bytes[stretch->size - 1] == '\n';
}

static bool add_match(void *context, struct logplace line, struct logplace next)
{
    struct logsource *source = context;

    (void)next;
    logindex_add(&source->matches, line.at, 1);
    return true;
}

static bool add_tail_match(void *context, struct logplace line,
                           struct logplace next)
{
    struct logsource *source = context;

    (void)line;
    (void)next;
    source->tail_matches++;
    return true;
}

/* A line without its end goes into the sums when it has one; until then it is
 * counted beside them. */
static void count_matches(struct logsource *source,
                          const struct logstretch *stretch)
{
    struct logstretch open = *stretch;

    if (source->searched.at < stretch->base)
        return;
    open.is_end = false;
    source->searched = loglines_match(&open, &source->search, source->searched,
                                      INT64_MAX, add_match, source);
    logindex_advance(&source->matches, source->searched.at);
    source->tail_matches = 0;
    source->tail_end = source->searched.at;
    if (!stretch->is_end)
        return;
    loglines_match(stretch, &source->search, source->searched, INT64_MAX,
                   add_tail_match, source);
    source->tail_end = source->size;
}

static bool is_searching(const struct logsource *source)
{
    return !logmatch_is_nothing(&source->search) &&
           source->tail_end < source->size;
}

/* Where there is something to do; false when there is nothing. */
static bool find_work(const struct logsource *source, int64_t *place)
{
    bool is_counting = source->newlines.reached < source->size;

    if (source->is_broken)
        return false;
    if (!is_searching(source)) {
        *place = source->newlines.reached;
        return is_counting;
    }
    *place = source->searched.at;
    if (is_counting && source->newlines.reached < *place)
        *place = source->newlines.reached;
    return true;
}

bool logsource_work(struct logsource *source, size_t budget)
{
    size_t done = 0;
    int64_t place;

    if (source->times.is_partial)
        logtimes_read(&source->times, source->times_fd, budget);
    while (find_work(source, &place)) {
        struct logstretch stretch;

        if (done >= budget || logsource_is_cancelled(source))
            return true;
        if (!logsource_read(source, &source->slice, place,
                            place + (int64_t)source->limits.read, &stretch)) {
            source->is_broken = true;
            return false;
        }
        count_newlines(source, &stretch);
        if (is_searching(source))
            count_matches(source, &stretch);
        done += stretch.size;
    }
    return source->times.is_partial;
}

void logsource_stats(const struct logsource *source, struct log_stats *stats)
{
    int64_t counted = source->newlines.reached;

    *stats = (struct log_stats){
        .size = source->size,
        .counted = counted,
        .lines = source->newlines.total +
                 (counted > 0 && !source->ends_in_newline ? 1 : 0),
        .matches = source->matches.total + source->tail_matches,
        .searched = source->tail_end,
    };
}

void logsource_restart_search(struct logsource *source)
{
    logindex_clear(&source->matches);
    source->searched = (struct logplace){ 0 };
    source->tail_matches = source->tail_end = 0;
}

void logsource_search(struct logsource *source, const struct log_match *match)
{
    if (logmatch_is(&source->search, match))
        return;
    logmatch_release(&source->search);
    logmatch_init(&source->search, match);
    logsource_restart_search(source);
}

/* ---- what the writer has counted ---------------------------------------- */

/* The newlines from `at` to `end`, or -1 when they cannot be read. */
static int64_t count_between(struct logsource *source, int64_t at, int64_t end)
{
    int64_t count = 0;

    while (at < end) {
        struct logstretch stretch;
        int64_t until;

        if (!logsource_read(source, &source->slice, at, at + 1, &stretch))
            return -1;
        until = stretch.base + (int64_t)stretch.size;
        if (until > end)
            until = end;
        count += mem_count(stretch.bytes + (at - stretch.base),
                           (size_t)(until - at), '\n');
        at = until;
    }
    return count;
}

void logsource_take_newlines(void *context, int64_t offset, int64_t count)
{
    struct logsource *source = context;
    struct logindex *newlines = &source->newlines;
    int64_t more = count - newlines->total, bytes = offset - newlines->reached;
    char last;

    if (source->distrusts_marks ||
        offset != logindex_boundary(newlines, newlines->reached))
        return;
    /* The file may have grown since it was looked at. */
    if (more < 0 || more > bytes ||
        pread(source->fd, &last, 1, offset - 1) != 1) {
        source->distrusts_marks = true;
        return;
    }
    if (source->size < offset)
        source->size = offset;
    /* What begins right belongs to this log. */
    if (!source->trusts_marks &&
        count_between(source, newlines->reached, offset) != more) {
        source->distrusts_marks = true;
        return;
    }
    source->trusts_marks = true;
    logindex_add(newlines, newlines->reached, more);
    logindex_advance(newlines, offset);
    source->ends_in_newline = last == '\n';
}

/* ---- numbers of lines ------------------------------------------------- */

int64_t logsource_newlines(struct logsource *source, int64_t offset)
{
    int64_t at, count, more;

    if (offset > source->newlines.reached)
        return -1;
    count = logindex_before(&source->newlines, offset, &at);
    more = count_between(source, at, offset);
    return more < 0 ? -1 : count + more;
}

/* The place behind the `left`-th newline from `at` on. */
static bool pass_newlines(struct logsource *source, int64_t at, int64_t left,
                          int64_t *place)
{
    while (left > 0) {
        struct logstretch stretch;
        const char *begin, *end, *newline;

        *place = at;
        if (!logsource_read(source, &source->slice, at, at + 1, &stretch))
            return false;
        begin = stretch.bytes + (at - stretch.base);
        end = stretch.bytes + stretch.size;
        while (left > 0 && begin < end &&
               (newline = memchr(begin, '\n', (size_t)(end - begin)))) {
            begin = newline + 1;
            left--;
        }
        if (left > 0)
            begin = end;
        at = stretch.base + (begin - stretch.bytes);
    }
    *place = at;
    return true;
}

bool logsource_numbered(struct logsource *source, int64_t number,
                        struct logplace *line)
{
    enum { BUDGET = 1 << 20 };
    int64_t wanted = number - 1, at, before;

    *line = (struct logplace){ 0 };
    if (wanted <= 0)
        return true;
    while (source->newlines.total < wanted && logsource_work(source, BUDGET)) {
        if (logsource_is_cancelled(source))
            return false;
    }
    if (source->newlines.total < wanted)
        return logsource_line(source, source->size - 1, line);
    before = logindex_find(&source->newlines, wanted, &at);
    if (!pass_newlines(source, at, wanted - before, &at) && at < source->size)
        return false;
    /* Behind the last newline there is no line; nor where fewer came than the
     * writer has counted. */
    if (at >= source->size)
        return logsource_line(source, source->size - 1, line);
    line->at = at;
    return true;
}
