/* Searching in the log pane: from one line to another, typed faster than it is
 * answered, and among the lines that a filter shows. */
#include "tui/logpane_private.h"

#include "base/mem.h"
#include "tui/logmatch.h"

#include <stdlib.h>
#include <string.h>

/*
 * DESIGN. The source looks for lines without regard to the filter. When it
 * finds one that is hidden, the window that came with it (lines that are shown,
 * around where the hidden one would be) is gone through, and the jump goes on
 * from the first line that matches, or from the window's end. So however many
 * matches are hidden, they cost a question for a window of lines, not for each
 * of them. It ends when it has gone around twice.
 */
enum { WRAPS_MOST = 2 };

void logpane_forget_find(struct logpane *pane)
{
    pane->wants_find = pane->is_finding = false;
    pane->more_finds = pane->find_wraps = 0;
}

void logpane_forget_hit(struct logpane *pane)
{
    pane->hit = -1;
    pane->hit_ordinal = 0;
}

/* ---- asking ----------------------------------------------------------- */

static void find_on(struct logpane *pane, int64_t from, bool here)
{
    pane->find_from = from;
    pane->find_here = here;
    pane->wants_find = pane->is_finding = true;
}

static void find(struct logpane *pane, enum log_match_kind kind, int direction)
{
    pane->find_kind = kind;
    pane->find_direction = direction;
    pane->find_wraps = 0;
    logpane_say(pane, NULL);
}

static const char *text_of(const struct logpane *pane)
{
    return pane->find_kind == LOG_MATCH_TEXT ? pane->search : NULL;
}

void logpane_fill_find(const struct logpane *pane,
                       struct log_question *question)
{
    question->find.kind = pane->find_kind;
    question->find.text = text_of(pane);
    question->find_from = pane->find_from;
    question->find_direction = pane->find_direction;
    question->find_here = pane->find_here;
}

struct log_match logpane_filter_match(const struct logpane *pane)
{
    struct log_match match = { .kind = LOG_MATCH_NOTHING };

    if (pane->filter && pane->filter[0] == '!') {
        match.kind = LOG_MATCH_NOT;
        match.text = pane->filter + 1;
    } else if (pane->filter) {
        match.kind = LOG_MATCH_TEXT;
        match.text = pane->filter;
    }
    return match;
}

/* A jump begins at the line of the last one, as long as that is in sight, else
 * at the top, which counts when it goes down. */
void logpane_find_next(struct logpane *pane, enum log_match_kind kind,
                       int direction)
{
    if (pane->is_finding && pane->find_kind == kind) {
        pane->more_finds += direction;
        return;
    }
    pane->more_finds = 0;
    find(pane, kind, direction);
    if (pane->hit >= 0)
        find_on(pane, pane->hit, false);
    else if (pane->follow)
        find_on(pane, LOG_FROM_END, false);
    else
        find_on(pane, pane->top.offset, direction > 0);
}

/* ---- typing ----------------------------------------------------------- */

/* Whether one may come from the other by typing. */
static bool is_edited(const char *a, const char *b)
{
    return strncmp(a, b, strlen(a)) == 0 || strncmp(a, b, strlen(b)) == 0;
}

static void begin_typing(struct logpane *pane, const char *text)
{
    pane->is_typing = true;
    pane->was_typed = strlen(text) == 1;
    pane->typing_follow = pane->follow;
    pane->typing_top = pane->top;
}

static void go_back(struct logpane *pane)
{
    if (pane->typing_follow) {
        logpane_set_follow(pane, true);
    } else {
        logpane_goto(pane, pane->typing_top.offset);
        pane->top = pane->typing_top;
        pane->center = false;
    }
}

static void set_search(struct logpane *pane, const char *text)
{
    char *copy = mem_text(text);

    free(pane->search);
    pane->search = copy;
    pane->stats.matches = pane->stats.searched = 0;
    logpane_forget_find(pane);
    logpane_forget_hit(pane);
    logpane_say(pane, NULL);
    logpane_ask_anew(pane);
}

void logpane_search(struct logpane *pane, const char *text)
{
    bool was_typing = pane->is_typing && pane->search;

    if (text && was_typing && strcmp(text, pane->search) == 0) {
        pane->is_typing = false;
        return;
    }
    if (!text || !*text) {
        set_search(pane, NULL);
        if (was_typing && pane->was_typed)
            go_back(pane);
        pane->is_typing = false;
        return;
    }
    if (was_typing && is_edited(text, pane->search))
        pane->was_typed = true;
    else
        begin_typing(pane, text);
    set_search(pane, text);
    find(pane, LOG_MATCH_TEXT, pane->typing_follow ? -1 : 1);
    find_on(pane, pane->typing_follow ? LOG_FROM_END : pane->typing_top.offset,
            true);
}

/* ---- what was found --------------------------------------------------- */

/* What was to be shown stands in other words in the log: the last line that
 * looks like an error is the next best, the end is better than nothing. */
static bool fall_back(struct logpane *pane)
{
    if (!pane->falls_back)
        return false;
    if (pane->find_kind == LOG_MATCH_TEXT) {
        set_search(pane, NULL);
        pane->is_typing = false;
        find(pane, LOG_MATCH_ERRORS, -1);
        find_on(pane, LOG_FROM_END, true);
        return true;
    }
    pane->falls_back = false;
    logpane_forget_find(pane);
    logpane_forget_hit(pane);
    logpane_set_follow(pane, true);
    return true;
}

void logpane_search_or_error(struct logpane *pane, const char *text)
{
    logpane_search(pane, text);
    pane->is_typing = false;
    pane->falls_back = true;
}

static void find_in_vain(struct logpane *pane)
{
    if (fall_back(pane))
        return;
    logpane_forget_find(pane);
    logpane_forget_hit(pane);
    logpane_say(pane, pane->find_kind == LOG_MATCH_ERRORS ? "no errors found"
                                                          : "not found");
}

/* The jumps that were asked for meanwhile. */
static void go_on(struct logpane *pane)
{
    int direction = pane->more_finds > 0 ? 1 : -1;

    if (!pane->more_finds)
        return;
    pane->more_finds -= direction;
    pane->find_direction = direction;
    pane->find_wraps = 0;
    find_on(pane, pane->hit, false);
}

static void go_to_hit(struct logpane *pane, const struct log_hit *hit)
{
    logpane_freeze(pane);
    pane->falls_back = false;
    pane->hit = hit->offset;
    pane->hit_ordinal = hit->ordinal;
    pane->top = (struct logspot){ .offset = hit->offset };
    pane->pending = 0;
    pane->wanted_line = 0;
    pane->center = pane->shows_match = true;
    pane->is_settled = false;
    pane->is_finding = pane->wants_window = false;
    if (pane->find_wraps)
        logpane_say(pane, pane->find_direction > 0 ? "on from the top"
                                                   : "on from the end");
    go_on(pane);
}

/* The first line behind `offset`, or at it; the window's count for none. */
static size_t line_from(const struct log_window *window, int64_t offset)
{
    size_t low = 0, high = window->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (window->lines[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The next line of the window that matches, from `line` on in the direction;
 * its count for none. */
static size_t matching_line(const struct logpane *pane,
                            const struct log_window *window, size_t line)
{
    struct log_match wanted = { pane->find_kind, text_of(pane) };
    struct logmatch match;

    logmatch_init(&match, &wanted);
    /* Upwards it ends behind zero. */
    for (; line < window->count; line += (size_t)pane->find_direction) {
        const struct log_line *found = &window->lines[line];

        if (logmatch_line(&match, window->bytes.data + found->begin,
                          found->size))
            break;
    }
    logmatch_release(&match);
    return line < window->count ? line : window->count;
}

/* Goes on from a line that the filter hides. */
static void pass_hidden(struct logpane *pane, const struct log_window *window,
                        size_t behind)
{
    bool down = pane->find_direction > 0;
    size_t line = matching_line(pane, window, down ? behind : behind - 1);

    if (line < window->count) {
        find_on(pane, window->lines[line].offset, true);
    } else if (down ? window->at_end : window->at_start) {
        pane->find_wraps++;
        find_on(pane, down ? 0 : LOG_FROM_END, true);
    } else {
        line = down ? window->count - 1 : 0;
        find_on(pane, window->lines[line].offset, false);
    }
    if (pane->find_wraps >= WRAPS_MOST)
        find_in_vain(pane);
}

bool logpane_take_hit(struct logpane *pane, const struct log_answer *answer)
{
    const struct log_window *window = &answer->window;
    int64_t offset = answer->hit.offset;
    size_t line;

    if (!answer->was_found) {
        find_in_vain(pane);
        return true;
    }
    pane->find_wraps += answer->hit.wrapped;
    if (!pane->filter || !answer->has_window) {
        go_to_hit(pane, &answer->hit);
        return true;
    }
    line = line_from(window, offset);
    if (line < window->count && window->lines[line].offset == offset) {
        go_to_hit(pane, &answer->hit);
        return true;
    }
    if (window->count && pane->find_wraps < WRAPS_MOST)
        pass_hidden(pane, window, line);
    else
        find_in_vain(pane);
    /* The window is about another place than the pane's. */
    pane->wants_window = true;
    return false;
}
