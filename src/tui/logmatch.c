#include "tui/logmatch.h"

#include "base/mem.h"
#include "tui/logerror.h"

#include <stdlib.h>
#include <string.h>

enum { CASE_BIT = 0x20, ESCAPE = 0x1b };

/* ---- what to look for ------------------------------------------------- */

/* All bytes of what logerror.c looks for. */
static const char error_bytes[] = "acdefiklnoprstuxbE:\xE2\x9C\x96\x9D\x8C";

static bool is_upper(char byte)
{
    return byte >= 'A' && byte <= 'Z';
}

static bool is_lower(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

static char lower(char byte)
{
    return is_upper(byte) ? (char)(byte | CASE_BIT) : byte;
}

/* How rare a byte is in logs: the common ones in order, the others behind. */
static int rarity(char byte)
{
    static const char common[] = " etaoinsr0ld1c-2u:p/.m3f4h56g87=9b,_y\"v]["
                                 "wk)(TEISADCx'RPNOL\tFMUBGzj@q#";
    const char *place = byte ? strchr(common, byte) : NULL;

    return place ? (int)(place - common) : (int)sizeof(common);
}

/* Of one byte, that byte twice. */
static void choose_rare(struct logmatch *match)
{
    size_t best = 0, second;

    for (size_t i = 1; i < match->size; i++) {
        if (rarity(match->text[i]) > rarity(match->text[best]))
            best = i;
    }
    second = best || match->size == 1 ? 0 : 1;
    for (size_t i = 0; i < match->size; i++) {
        if (i != best && rarity(match->text[i]) > rarity(match->text[second]))
            second = i;
    }
    match->rare[0] = best < second ? best : second;
    match->rare[1] = best < second ? second : best;
}

static void note_bytes(struct logmatch *match, const char *bytes)
{
    for (; *bytes; bytes++) {
        match->has_byte[(unsigned char)*bytes] = true;
        if (is_lower(*bytes))
            match->has_byte[*bytes & ~CASE_BIT] = true;
    }
}

static void set_text(struct logmatch *match, const char *text)
{
    match->text = mem_text(text);
    match->size = strlen(text);
    match->folds = true;
    for (size_t i = 0; i < match->size; i++) {
        if (is_upper(text[i]))
            match->folds = false;
    }
    choose_rare(match);
    note_bytes(match, text);
}

static enum log_match_kind kind_of(const struct log_match *wanted)
{
    bool has_text = wanted->text && *wanted->text;

    if (wanted->kind == LOG_MATCH_ERRORS || has_text)
        return wanted->kind;
    return LOG_MATCH_NOTHING;
}

void logmatch_init(struct logmatch *match, const struct log_match *wanted)
{
    *match = (struct logmatch){ .kind = kind_of(wanted) };
    if (match->kind == LOG_MATCH_ERRORS)
        note_bytes(match, error_bytes);
    else if (match->kind != LOG_MATCH_NOTHING)
        set_text(match, wanted->text);
}

void logmatch_release(struct logmatch *match)
{
    free(match->text);
    strbuf_release(&match->plain);
    *match = (struct logmatch){ 0 };
}

bool logmatch_is(const struct logmatch *match, const struct log_match *wanted)
{
    enum log_match_kind kind = kind_of(wanted);

    if (kind != match->kind)
        return false;
    return !match->text || strcmp(match->text, wanted->text) == 0;
}

bool logmatch_is_nothing(const struct logmatch *match)
{
    return match->kind == LOG_MATCH_NOTHING;
}

bool logmatch_is_negated(const struct logmatch *match)
{
    return match->kind == LOG_MATCH_NOT;
}

/* ---- looking for it --------------------------------------------------- */

enum { RUN = 64 };

/* Two bytes at a distance; those of `fold` are set before they are compared. */
struct pair {
    unsigned char first, first_fold;
    unsigned char second, second_fold;
    size_t distance;
};

static unsigned char fold_of(const struct logmatch *match, char byte)
{
    return match->folds && is_lower(byte) ? CASE_BIT : 0;
}

static struct pair pair_of(const struct logmatch *match)
{
    char first = match->text[match->rare[0]];
    char second = match->text[match->rare[1]];

    return (struct pair){
        .first = (unsigned char)first,
        .first_fold = fold_of(match, first),
        .second = (unsigned char)second,
        .second_fold = fold_of(match, second),
        .distance = match->rare[1] - match->rare[0],
    };
}

static bool is_pair_at(const unsigned char *bytes, const struct pair *pair)
{
    return (bytes[0] | pair->first_fold) == pair->first &&
           (bytes[pair->distance] | pair->second_fold) == pair->second;
}

/* No branches, so that it becomes vector code. */
static bool run_has_pair(const unsigned char *bytes, const struct pair *pair)
{
    const unsigned char *others = bytes + pair->distance;
    unsigned char first = pair->first, first_fold = pair->first_fold;
    unsigned char second = pair->second, second_fold = pair->second_fold;
    unsigned char any = 0;

    for (int i = 0; i < RUN; i++)
        any |= (unsigned char)(((bytes[i] | first_fold) == first) &
                               ((others[i] | second_fold) == second));
    return any != 0;
}

static bool has_text_at(const struct logmatch *match, const char *bytes,
                        size_t size)
{
    if (size < match->size)
        return false;
    if (!match->folds)
        return memcmp(bytes, match->text, match->size) == 0;
    for (size_t i = 0; i < match->size; i++) {
        if (lower(bytes[i]) != match->text[i])
            return false;
    }
    return true;
}

/* Where the text begins from `from` on; `size` when it does not. */
static size_t find_text(const struct logmatch *match, const char *bytes,
                        size_t size, size_t from)
{
    struct pair pair = pair_of(match);
    size_t lead = match->rare[0], at = from + lead, end;

    while (at + pair.distance < size) {
        const unsigned char *run = (const unsigned char *)bytes + at;

        end = size - pair.distance;
        if (end - at >= RUN) {
            end = at + RUN;
            if (!run_has_pair(run, &pair)) {
                at = end;
                continue;
            }
        }
        for (; at < end; at++) {
            if (is_pair_at((const unsigned char *)bytes + at, &pair) &&
                has_text_at(match, bytes + at - lead, size - at + lead))
                return at - lead;
        }
    }
    return size;
}

static size_t find_candidate(const struct logmatch *match, const char *bytes,
                             size_t size, size_t from)
{
    if (match->kind == LOG_MATCH_ERRORS)
        return logerror_seek(bytes, size, from);
    return find_text(match, bytes, size, from);
}

static size_t find_escape(const char *bytes, size_t size, size_t from)
{
    const char *escape =
        from < size ? memchr(bytes + from, ESCAPE, size - from) : NULL;

    return escape ? (size_t)(escape - bytes) : size;
}

size_t logmatch_seek(const struct logmatch *match, struct logseek *seek,
                     const char *bytes, size_t size, size_t from)
{
    if (logmatch_is_nothing(match))
        return size;
    if (!seek->is_begun || seek->candidate < from)
        seek->candidate = find_candidate(match, bytes, size, from);
    if (!seek->is_begun || seek->escape < from)
        seek->escape = find_escape(bytes, size, from);
    seek->is_begun = true;
    return seek->candidate < seek->escape ? seek->candidate : seek->escape;
}

/* ---- a line ----------------------------------------------------------- */

/* The end of a sequence that goes on at `at` up to a final byte that is not
 * below `lowest`; a byte that cannot belong to it ends it. */
static size_t sequence_end(const char *bytes, size_t size, size_t at,
                           char lowest)
{
    while (at < size && bytes[at] >= 0x20 && bytes[at] < lowest)
        at++;
    return at < size && bytes[at] >= lowest && bytes[at] < 0x7f ? at + 1 : at;
}

/* Of a string (OSC, DCS ...): BEL or ESC \ ends it, another ESC as well. */
static size_t string_end(const char *bytes, size_t size, size_t at)
{
    for (; at < size; at++) {
        if (bytes[at] == '\a')
            return at + 1;
        if (bytes[at] == ESCAPE)
            return at + 1 < size && bytes[at + 1] == '\\' ? at + 2 : at;
    }
    return at;
}

static size_t escape_end(const char *bytes, size_t size, size_t at)
{
    if (at + 1 >= size)
        return size;
    switch (bytes[at + 1]) {
    case '[':
        return sequence_end(bytes, size, at + 2, 0x40);
    case ']':
    case 'P':
    case '_':
    case '^':
    case 'X':
        return string_end(bytes, size, at + 2);
    default:
        return sequence_end(bytes, size, at + 1, 0x30);
    }
}

void logmatch_plain(const char *bytes, size_t size, struct strbuf *out)
{
    size_t at = 0;

    while (at < size) {
        size_t escape = find_escape(bytes, size, at);

        strbuf_add(out, bytes + at, escape - at);
        at = escape < size ? escape_end(bytes, size, escape) : size;
    }
}

static bool is_plain_match(const struct logmatch *match, const char *text,
                           size_t size)
{
    if (match->kind == LOG_MATCH_ERRORS)
        return logerror_is(text, size);
    return find_text(match, text, size, 0) < size;
}

static bool holds_plainly(struct logmatch *match, const char *text, size_t size)
{
    strbuf_clear(&match->plain);
    logmatch_plain(text, size, &match->plain);
    return is_plain_match(match, strbuf_text(&match->plain), match->plain.len);
}

/* Whether an escape sequence (the first is at `escape`) may divide what is
 * looked for. */
static bool may_be_divided(const struct logmatch *match, const char *text,
                           size_t size, size_t escape)
{
    while (escape < size) {
        size_t begin = escape;

        while (escape < size && text[escape] == ESCAPE)
            escape = escape_end(text, size, escape);
        if (begin && escape < size &&
            match->has_byte[(unsigned char)text[begin - 1]] &&
            match->has_byte[(unsigned char)text[escape]])
            return true;
        escape = find_escape(text, size, escape);
    }
    return false;
}

bool logmatch_holds(struct logmatch *match, const struct logseek *seek,
                    const char *bytes, size_t from, size_t to)
{
    const char *text = bytes + from;
    size_t size = to - from;

    if (logmatch_is_nothing(match))
        return false;
    if (seek->escape < to)
        return (seek->candidate < to ||
                may_be_divided(match, text, size, seek->escape - from)) &&
               holds_plainly(match, text, size);
    if (seek->candidate >= to)
        return false;
    if (match->kind == LOG_MATCH_ERRORS)
        return logerror_is(text, size);
    return to - seek->candidate >= match->size;
}

bool logmatch_line(struct logmatch *match, const char *text, size_t size)
{
    bool holds;

    if (logmatch_is_nothing(match))
        return false;
    holds = find_escape(text, size, 0) < size
                ? holds_plainly(match, text, size)
                : is_plain_match(match, text, size);
    return holds != logmatch_is_negated(match);
}
