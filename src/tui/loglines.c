#include "tui/loglines.h"

#include "tui/logmatch.h"

#include <string.h>

/* The bytes of a UTF-8 sequence that may stand before and behind a cut. */
enum { SEQUENCE_REST = 3 };

int64_t loglines_look_back(int64_t piece)
{
    return 3 * piece + 2 * SEQUENCE_REST;
}

int64_t loglines_look_ahead(int64_t piece)
{
    return 2 * piece + 2 * SEQUENCE_REST;
}

static int64_t end_of(const struct logstretch *stretch)
{
    return stretch->base + (int64_t)stretch->size;
}

static const char *at(const struct logstretch *stretch, int64_t offset)
{
    return stretch->bytes + (offset - stretch->base);
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

static int sequence_length(char lead)
{
    unsigned char byte = (unsigned char)lead;

    return byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
}

/* The cut moved behind a sequence that it would divide. What it moves over are
 * continuation bytes only, so the place stays when the file grows. */
static int64_t move_cut(const struct logstretch *stretch, int64_t cut)
{
    int rest = 0;

    for (int back = 1; back <= SEQUENCE_REST; back++) {
        if (cut - back < stretch->base)
            break;
        if (is_continuation(*at(stretch, cut - back)))
            continue;
        rest = sequence_length(*at(stretch, cut - back)) - back;
        break;
    }
    while (rest-- > 0 && cut < end_of(stretch) &&
           is_continuation(*at(stretch, cut)))
        cut++;
    return cut;
}

/* Where the line is cut unless it ends before. */
static int64_t next_cut(const struct logstretch *stretch, struct logplace line)
{
    int64_t piece = stretch->piece;
    int64_t multiple = line.at / piece * piece;

    if (!line.is_continued && multiple < line.at)
        multiple += piece;
    return multiple + piece;
}

bool loglines_next(const struct logstretch *stretch, struct logplace line,
                   struct logplace *next)
{
    int64_t cut = next_cut(stretch, line), end = end_of(stretch);
    int64_t until = cut < end ? cut : end;
    const char *newline = until > line.at ? memchr(at(stretch, line.at), '\n',
                                                   (size_t)(until - line.at))
                                          : NULL;

    *next = (struct logplace){ .at = end };
    if (newline) {
        next->at = stretch->base + (newline - stretch->bytes) + 1;
        return true;
    }
    if (!stretch->is_end && cut + SEQUENCE_REST >= end)
        return false;
    if (line.at >= end)
        return false;
    if (cut >= end)
        return true;
    cut = move_cut(stretch, cut);
    if (cut >= end)
        return true;
    /* A piece of nothing but the newline would be shown as an empty line. */
    next->is_continued = *at(stretch, cut) != '\n';
    next->at = next->is_continued ? cut : cut + 1;
    return true;
}

/* In a line so long that its beginning is out of sight. */
static struct logplace find_piece(const struct logstretch *stretch,
                                  int64_t offset)
{
    int64_t multiple = offset / stretch->piece * stretch->piece;
    int64_t cut = move_cut(stretch, multiple);

    /* What is behind the bytes may move the cut. */
    if (cut > offset || cut >= end_of(stretch) || *at(stretch, cut) == '\n')
        cut = move_cut(stretch, multiple - stretch->piece);
    return (struct logplace){ .at = cut, .is_continued = true };
}

/* The last newline in the range, or what is before it. Looks at runs, for the
 * sake of vector code. */
static int64_t last_newline(const struct logstretch *stretch, int64_t from,
                            int64_t to)
{
    enum { RUN = 16 };

    while (to - from >= RUN) {
        const char *bytes = at(stretch, to - RUN);
        unsigned char any = 0;

        for (int i = 0; i < RUN; i++)
            any |= (unsigned char)(bytes[i] == '\n');
        if (any)
            break;
        to -= RUN;
    }
    while (to > from && *at(stretch, to - 1) != '\n')
        to--;
    return to - 1;
}

struct logplace loglines_begin(const struct logstretch *stretch,
                               const struct logplace *known, int64_t offset)
{
    int64_t floor = offset - loglines_look_back(stretch->piece);
    struct logplace line = { 0 }, next;
    int64_t newline;

    if (known)
        line = *known;
    if (floor < line.at)
        floor = line.at;
    newline = last_newline(stretch, floor, offset);
    if (newline >= floor)
        line = (struct logplace){ .at = newline + 1 };
    else if (floor > line.at)
        return find_piece(stretch, offset);
    while (loglines_next(stretch, line, &next) && next.at <= offset)
        line = next;
    return line;
}

const char *loglines_text(const struct logstretch *stretch,
                          struct logplace line, struct logplace next,
                          size_t *size)
{
    const char *text = at(stretch, line.at);

    *size = (size_t)(next.at - line.at);
    if (*size && text[*size - 1] == '\n')
        --*size;
    return text;
}

/* ---- matching --------------------------------------------------------- */

struct walk {
    const struct logstretch *stretch;
    struct logmatch *match;
    struct logseek seek;
    int64_t to;
};

/* Where the next line is that may hold what is looked for. */
static int64_t next_candidate(struct walk *walk, int64_t offset)
{
    const struct logstretch *stretch = walk->stretch;

    return stretch->base + (int64_t)logmatch_seek(
                               walk->match, &walk->seek, stretch->bytes,
                               stretch->size, (size_t)(offset - stretch->base));
}

static bool line_holds(struct walk *walk, struct logplace line,
                       struct logplace next)
{
    const char *bytes = walk->stretch->bytes, *text;
    size_t size, from;

    if (next_candidate(walk, line.at) >= next.at)
        return false;
    text = loglines_text(walk->stretch, line, next, &size);
    from = (size_t)(text - bytes);
    return logmatch_holds(walk->match, &walk->seek, bytes, from, from + size);
}

/* Passes over lines without a candidate at once. */
static struct logplace match_holding(struct walk *walk, struct logplace line,
                                     loglines_found *found, void *context)
{
    const struct logstretch *stretch = walk->stretch;
    struct logplace next;

    while (line.at < walk->to) {
        int64_t candidate = next_candidate(walk, line.at);
        int64_t end = end_of(stretch);
        bool is_none = candidate >= end || candidate >= walk->to;

        if (is_none)
            candidate = walk->to < end ? walk->to - 1 : end;
        line = loglines_begin(stretch, &line, candidate);
        if (line.at >= walk->to || !loglines_next(stretch, line, &next))
            break;
        if (line_holds(walk, line, next) && !found(context, line, next))
            return next;
        line = next;
    }
    return line;
}

static struct logplace match_lacking(struct walk *walk, struct logplace line,
                                     loglines_found *found, void *context)
{
    struct logplace next;

    while (line.at < walk->to && loglines_next(walk->stretch, line, &next)) {
        if (!line_holds(walk, line, next) && !found(context, line, next))
            return next;
        line = next;
    }
    return line;
}

struct logplace loglines_match(const struct logstretch *stretch,
                               struct logmatch *match, struct logplace from,
                               int64_t to, loglines_found *found, void *context)
{
    struct walk walk = { .stretch = stretch, .match = match, .to = to };

    return logmatch_is_negated(match)
               ? match_lacking(&walk, from, found, context)
               : match_holding(&walk, from, found, context);
}
