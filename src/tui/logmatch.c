#include "tui/logmatch.h"

#include "base/mem.h"
#include "tui/logerror.h"

#include <stdlib.h>
#include <string.h>

enum { CASE_BIT = 0x20, ESCAPE = 0x1b };

/* ---- what to look for ------------------------------------------------- */

/* One of these is in every word of logerror.c, `lead` bytes from its begin. */
static const struct logpair error_pairs[] = {
    { 'r', CASE_BIT, 'r', CASE_BIT, 1, 1 }, /* error */
    { 'f', CASE_BIT, 'a', CASE_BIT, 1, 0 }, /* fatal, failed, failure */
    { 'p', CASE_BIT, 'n', CASE_BIT, 2, 0 }, /* panic */
    { 'x', CASE_BIT, 'c', CASE_BIT, 1, 1 }, /* exception */
    { 'b', CASE_BIT, 'k', CASE_BIT, 3, 5 }, /* traceback */
    { 0x9C, 0, 0x96, 0, 1, 1 },             /* the icons */
    { 0x9D, 0, 0x8C, 0, 1, 1 },
    { 'E', 0, ':', 0, 1, 0 },
};
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

static unsigned char fold_of(const struct logmatch *match, char byte)
{
    return match->folds && is_lower(byte) ? CASE_BIT : 0;
}

/* The two rarest bytes of the text; of one byte, that byte twice. */
static void choose_pair(struct logmatch *match)
{
    size_t best = 0, second = 0, low, high;

    for (size_t i = 1; i < match->size; i++) {
        if (rarity(match->text[i]) > rarity(match->text[best]))
            best = i;
    }
    if (match->size > 1)
        second = best ? 0 : 1;
    for (size_t i = 0; i < match->size; i++) {
        if (i != best && rarity(match->text[i]) > rarity(match->text[second]))
            second = i;
    }
    low = best < second ? best : second;
    high = best < second ? second : best;
    match->pair_count = 1;
    match->pairs[0] = (struct logpair){
        .first = (unsigned char)match->text[low],
        .first_fold = fold_of(match, match->text[low]),
        .second = (unsigned char)match->text[high],
        .second_fold = fold_of(match, match->text[high]),
        .distance = high - low,
        .lead = low,
    };
}

static void note_starts(struct logmatch *match)
{
    for (size_t i = 0; i < match->pair_count; i++) {
        const struct logpair *pair = &match->pairs[i];
        unsigned bit = 1U << i;

        match->starts[pair->first] |= (unsigned char)bit;
        match->starts[pair->first & ~pair->first_fold & 0xFF] |=
            (unsigned char)bit;
        if (pair->distance > match->span)
            match->span = pair->distance;
    }
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
    choose_pair(match);
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
    if (match->kind == LOG_MATCH_ERRORS) {
        memcpy(match->pairs, error_pairs, sizeof(error_pairs));
        match->pair_count = sizeof(error_pairs) / sizeof(error_pairs[0]);
        note_bytes(match, error_bytes);
    } else if (match->kind != LOG_MATCH_NOTHING) {
        set_text(match, wanted->text);
    }
    note_starts(match);
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

/* So many bytes are looked at together: first the many, then the few. */
enum { RUN = 128, SHORT_RUN = 16 };

/* No branches, so that it becomes vector code; `run` is a constant. */
static inline bool has_pair(const unsigned char *bytes,
                            const struct logpair *pair, int run)
{
    const unsigned char *others = bytes + pair->distance;
    unsigned char first = pair->first, first_fold = pair->first_fold;
    unsigned char second = pair->second, second_fold = pair->second_fold;
    unsigned char any = 0;

    for (int i = 0; i < run; i++)
        any |= (unsigned char)(((bytes[i] | first_fold) == first) &
                               ((others[i] | second_fold) == second));
    return any != 0;
}

static bool run_has_any(const struct logmatch *match, const char *bytes)
{
    for (size_t i = 0; i < match->pair_count; i++) {
        if (has_pair((const unsigned char *)bytes, &match->pairs[i], RUN))
            return true;
    }
    return false;
}

static bool short_run_has_any(const struct logmatch *match, const char *bytes)
{
    for (size_t i = 0; i < match->pair_count; i++) {
        if (has_pair((const unsigned char *)bytes, &match->pairs[i], SHORT_RUN))
            return true;
    }
    return false;
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

/* Where the candidate begins whose pair is at `at`; `size` when there is none.
 */
static size_t candidate_at(const struct logmatch *match, const char *bytes,
                           size_t size, size_t from, size_t at)
{
    unsigned bits = match->starts[(unsigned char)bytes[at]];

    for (size_t i = 0; bits; i++, bits >>= 1) {
        const struct logpair *pair = &match->pairs[i];
        size_t other = at + pair->distance, begin = at - pair->lead;

        if (!(bits & 1) || other >= size || at < from + pair->lead ||
            ((unsigned char)bytes[other] | pair->second_fold) != pair->second)
            continue;
        if (match->kind == LOG_MATCH_ERRORS
                ? logerror_may_begin(bytes, size, begin)
                : has_text_at(match, bytes + begin, size - begin))
            return begin;
    }
    return size;
}

/* The end of the bytes from `at` on that hold no pair, as far as whole runs
 * tell. */
static size_t skip_runs(const struct logmatch *match, const char *bytes,
                        size_t size, size_t at)
{
    while (size - at >= RUN + match->span && !run_has_any(match, bytes + at))
        at += RUN;
    while (size - at >= SHORT_RUN + match->span &&
           !short_run_has_any(match, bytes + at))
        at += SHORT_RUN;
    return at;
}

/* The first byte of the first candidate from `from` on. */
static size_t find_candidate(const struct logmatch *match, const char *bytes,
                             size_t size, size_t from)
{
    size_t at = from;

    while (at < size) {
        size_t end;

        at = skip_runs(match, bytes, size, at);
        end = size - at > SHORT_RUN ? at + SHORT_RUN : size;
        for (; at < end; at++) {
            size_t begin = match->starts[(unsigned char)bytes[at]]
                               ? candidate_at(match, bytes, size, from, at)
                               : size;

            if (begin < size)
                return begin;
        }
    }
    return size;
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
    return find_candidate(match, text, size, 0) < size;
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
