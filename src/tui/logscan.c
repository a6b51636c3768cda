/* Looking for matches, forwards and back. Where the sums are about the same
 * match they say which blocks hold none. */
#include "tui/logsource_private.h"

#include <string.h>

/* Going back, so much is looked at first. */
enum { FIRST_PIECES = 1, GROWTH = 4 };

static bool is_search(const struct logsource *source,
                      const struct logmatch *match)
{
    const struct log_match wanted = { .kind = match->kind,
                                      .text = match->text };

    return logmatch_is(&source->search, &wanted);
}

static bool keep_first(void *context, struct logplace line,
                       struct logplace next)
{
    struct logfound *found = context;

    *found = (struct logfound){ .is_found = true, .line = line, .next = next };
    return false;
}

static bool keep_last(void *context, struct logplace line, struct logplace next)
{
    keep_first(context, line, next);
    return true;
}

/* Calls `found` for the matches from `*line` on in the bytes that are read at
 * once, and moves `*line` behind them. */
static bool scan_slice(struct logsource *source, struct logmatch *match,
                       struct logplace *line, int64_t to, loglines_found *found,
                       void *context)
{
    struct logstretch stretch;
    int64_t begin = line->at;

    if (logsource_is_cancelled(source) ||
        !logsource_read(source, &source->slice, begin,
                        begin + loglines_look_ahead(source->limits.piece),
                        &stretch))
        return false;
    *line = loglines_match(&stretch, match, *line, to, found, context);
    return line->at > begin;
}

bool logscan_forward(struct logsource *source, struct logmatch *match,
                     struct logplace from, int64_t to, struct logfound *found)
{
    bool has_sums = is_search(source, match);

    found->is_found = false;
    if (to > source->size)
        to = source->size;
    while (from.at < to && !found->is_found) {
        int64_t skipped =
            has_sums ? logindex_skip(&source->matches, from.at) : from.at;

        if (skipped > from.at) {
            if (!logsource_line_from(source, skipped, &from))
                return false;
        } else if (!scan_slice(source, match, &from, to, keep_first, found)) {
            return false;
        }
    }
    return true;
}

/* The last match of those that begin at `*line` or behind it. */
static bool scan_last(struct logsource *source, struct logmatch *match,
                      struct logplace line, int64_t to, struct logfound *found)
{
    while (line.at < to) {
        if (!scan_slice(source, match, &line, to, keep_last, found))
            return false;
    }
    return true;
}

bool logscan_back(struct logsource *source, struct logmatch *match,
                  int64_t from, int64_t to, struct logfound *found)
{
    bool has_sums = is_search(source, match);
    int64_t chunk = FIRST_PIECES * source->limits.piece;

    found->is_found = false;
    if (to > source->size)
        to = source->size;
    while (!found->is_found) {
        struct logplace line;
        int64_t begin;

        if (has_sums)
            to = logindex_skip_back(&source->matches, to);
        if (to <= from)
            return true;
        begin = to - chunk > from ? to - chunk : from;
        if (!logsource_line(source, begin, &line) ||
            (line.at < from && !logsource_line_from(source, from, &line)) ||
            !scan_last(source, match, line, to, found))
            return false;
        to = line.at;
        if (chunk < (int64_t)source->limits.read)
            chunk *= GROWTH;
    }
    return true;
}

bool logscan_is_match(struct logsource *source, struct logmatch *match,
                      struct logplace line, struct logplace next,
                      bool *is_match)
{
    struct logstretch stretch;
    const char *text;
    size_t size;

    if (!logsource_read(source, &source->window, line.at, next.at, &stretch))
        return false;
    text = loglines_text(&stretch, line, next, &size);
    *is_match = logmatch_line(match, text, size);
    return true;
}

/* ---- a jump ----------------------------------------------------------- */

/* From `edge` on (direction 1) or before it, then the rest of the file. */
static bool find_around(struct logsource *source, struct logmatch *match,
                        struct logplace edge, int direction,
                        struct logfound *found, bool *wrapped)
{
    const struct logplace begin = { 0 };

    *wrapped = false;
    if (direction > 0 ? !logscan_forward(source, match, edge, INT64_MAX, found)
                      : !logscan_back(source, match, 0, edge.at, found))
        return false;
    if (found->is_found)
        return true;
    *wrapped = true;
    if (direction > 0 ? !logscan_forward(source, match, begin, edge.at, found)
                      : !logscan_back(source, match, edge.at, INT64_MAX, found))
        return false;
    return found->is_found;
}

/* Where looking begins: before the line or behind it. */
static bool find_edge(struct logsource *source, int64_t offset, int direction,
                      bool here, struct logplace *edge)
{
    if (offset < 0 || offset >= source->size) {
        *edge = (struct logplace){ .at = source->size };
        return true;
    }
    if (!logsource_line(source, offset, edge))
        return false;
    return here == (direction > 0) || logsource_next(source, *edge, edge);
}

bool logsource_find(struct logsource *source, const struct log_match *match,
                    int64_t offset, int direction, bool here,
                    struct log_hit *hit)
{
    struct logmatch matcher;
    struct logfound found = { 0 };
    struct logplace edge;
    bool ok;

    *hit = (struct log_hit){ 0 };
    logmatch_init(&matcher, match);
    ok = !logmatch_is_nothing(&matcher) && source->size > 0 &&
         find_edge(source, offset, direction, here, &edge) &&
         find_around(source, &matcher, edge, direction, &found, &hit->wrapped);
    if (ok) {
        hit->offset = found.line.at;
        hit->ordinal = is_search(source, &matcher)
                           ? logsource_ordinal(source, found.line.at)
                           : 0;
    }
    logmatch_release(&matcher);
    return ok;
}

struct tally {
    int64_t count;
    int64_t last;
};

static bool count_match(void *context, struct logplace line,
                        struct logplace next)
{
    struct tally *tally = context;

    (void)next;
    tally->count++;
    tally->last = line.at;
    return true;
}

int64_t logsource_ordinal(struct logsource *source, int64_t offset)
{
    struct tally tally = { .last = -1 };
    struct logplace line;
    int64_t at;

    if (offset < 0 || offset >= source->tail_end)
        return 0;
    tally.count = logindex_before(&source->matches, offset, &at);
    if (!logsource_line_from(source, at, &line))
        return 0;
    while (line.at <= offset) {
        if (!scan_slice(source, &source->search, &line, offset + 1, count_match,
                        &tally))
            return 0;
    }
    return tally.last == offset ? tally.count : 0;
}
