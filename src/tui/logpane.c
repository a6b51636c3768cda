#include "tui/logpane.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { LINES_AROUND = 200, COLUMN_STEP = 8, CONTEXT_MOST = 50 };

static void say(struct logpane *pane, const char *text)
{
    free(pane->notice);
    pane->notice = mem_text(text);
}

static void forget_hit(struct logpane *pane)
{
    pane->hit = -1;
    pane->hit_ordinal = 0;
}

void logpane_release(struct logpane *pane)
{
    logwindow_release(&pane->window);
    textline_release(&pane->scratch);
    free(pane->path);
    free(pane->empty_text);
    free(pane->search);
    free(pane->filter);
    free(pane->notice);
    *pane = (struct logpane){ 0 };
}

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

void logpane_show(struct logpane *pane, const char *path,
                  const char *empty_text, int64_t start_ms)
{
    pane->start_ms = start_ms;
    if (!is_same(pane->empty_text, empty_text)) {
        free(pane->empty_text);
        pane->empty_text = mem_text(empty_text);
    }
    if (is_same(pane->path, path))
        return;
    free(pane->path);
    pane->path = mem_text(path);
    logwindow_release(&pane->window);
    pane->stats = (struct log_stats){ 0 };
    error_clear(&pane->error);
    pane->follow = !pane->begins_at_top;
    pane->top = 0;
    pane->top_row = pane->column = 0;
    pane->pending = 0;
    pane->center = false;
    forget_hit(pane);
    /* What is left out of one log may be what matters in the next. */
    free(pane->filter);
    pane->filter = NULL;
    say(pane, NULL);
    pane->wants_find = pane->is_finding = false;
    pane->more_finds = 0;
    pane->wants_window = true;
}

/* ---- places ----------------------------------------------------------- */

void logpane_set_follow(struct logpane *pane, bool follow)
{
    if (pane->follow && !follow) {
        pane->seen_size = pane->stats.size;
        pane->seen_lines = pane->stats.lines;
    }
    if (pane->follow != follow)
        pane->wants_window = true;
    pane->follow = follow;
    if (follow)
        pane->pending = 0;
}

void logpane_goto(struct logpane *pane, int64_t offset)
{
    logpane_set_follow(pane, false);
    pane->top = offset;
    pane->top_row = 0;
    pane->pending = 0;
    pane->center = true;
    pane->wants_window = true;
}

void logpane_goto_line(struct logpane *pane, int64_t number)
{
    logpane_goto(pane, 0);
    /* The number is turned into a place by the answer. */
    pane->find_from = number;
    pane->find_kind = LOG_MATCH_NOTHING;
    pane->wants_find = true;
}

void logpane_scroll(struct logpane *pane, long rows)
{
    if (rows < 0)
        logpane_set_follow(pane, false);
    pane->pending += rows;
}

static void go_top(struct logpane *pane)
{
    logpane_goto(pane, 0);
    pane->center = false;
}

/* ---- searching -------------------------------------------------------- */

static void find(struct logpane *pane, enum log_match_kind kind, int direction,
                 int64_t from, bool here)
{
    pane->find_kind = kind;
    pane->find_direction = direction;
    pane->find_from = from;
    pane->find_here = here;
    pane->wants_find = pane->is_finding = true;
    say(pane, NULL);
}

/* Where a jump begins: the last hit while it is in sight, else what is. */
static int64_t origin(const struct logpane *pane)
{
    if (pane->hit >= 0)
        return pane->hit;
    return pane->follow ? LOG_FROM_END : pane->top;
}

void logpane_search(struct logpane *pane, const char *text)
{
    if (text && !*text)
        text = NULL;
    if (!is_same(pane->search, text)) {
        free(pane->search);
        pane->search = mem_text(text);
        pane->stats.matches = pane->stats.searched = 0;
    }
    forget_hit(pane);
    say(pane, NULL);
    pane->wants_window = true;
    if (text)
        find(pane, LOG_MATCH_TEXT, pane->follow ? -1 : 1,
             pane->follow ? LOG_FROM_END : pane->top, true);
}

void logpane_filter(struct logpane *pane, const char *text)
{
    if (text && (!*text || strcmp(text, "!") == 0))
        text = NULL;
    free(pane->filter);
    pane->filter = mem_text(text);
    pane->context = 0;
    pane->wants_window = true;
    pane->center = !pane->follow;
}

/* From one line that matches to the next. Typed faster than it is answered,
 * each counts. */
static void find_next(struct logpane *pane, enum log_match_kind kind,
                      int direction)
{
    if (pane->is_finding && pane->find_kind == kind &&
        pane->find_direction == direction) {
        pane->more_finds++;
        return;
    }
    pane->more_finds = 0;
    find(pane, kind, direction, origin(pane), false);
}

static bool jump(struct logpane *pane, enum action action)
{
    switch (action) {
    case ACTION_NEXT_MATCH:
    case ACTION_PREVIOUS_MATCH:
        if (pane->search)
            find_next(pane, LOG_MATCH_TEXT,
                      action == ACTION_NEXT_MATCH ? 1 : -1);
        else
            say(pane, "nothing to search for yet");
        return true;
    case ACTION_NEXT_ERROR:
    case ACTION_PREVIOUS_ERROR:
        find_next(pane, LOG_MATCH_ERRORS, action == ACTION_NEXT_ERROR ? 1 : -1);
        return true;
    case ACTION_MORE_CONTEXT:
    case ACTION_LESS_CONTEXT:
        if (!pane->filter)
            return false;
        if (action == ACTION_MORE_CONTEXT && pane->context < CONTEXT_MOST)
            pane->context++;
        if (action == ACTION_LESS_CONTEXT && pane->context)
            pane->context--;
        pane->wants_window = true;
        return true;
    default:
        return false;
    }
}

/* ---- actions ---------------------------------------------------------- */

static bool toggle(struct logpane *pane, enum action action)
{
    switch (action) {
    case ACTION_FOLLOW:
        logpane_set_follow(pane, !pane->follow);
        return true;
    case ACTION_WRAP:
        pane->wrap = !pane->wrap;
        pane->column = pane->top_row = 0;
        return true;
    case ACTION_TIMESTAMPS:
        pane->times = (pane->times + 1) % (TIMES_ELAPSED + 1);
        return true;
    case ACTION_LEFT:
        pane->column -= pane->column < COLUMN_STEP ? pane->column : COLUMN_STEP;
        return true;
    case ACTION_RIGHT:
        if (!pane->wrap)
            pane->column += COLUMN_STEP;
        return true;
    default:
        return false;
    }
}

static bool move(struct logpane *pane, enum action action)
{
    long page = pane->rows > 1 ? pane->rows - 1 : 1;

    switch (action) {
    case ACTION_DOWN:
        logpane_scroll(pane, 1);
        return true;
    case ACTION_UP:
        logpane_scroll(pane, -1);
        return true;
    case ACTION_HALF_DOWN:
        logpane_scroll(pane, page / 2 + 1);
        return true;
    case ACTION_HALF_UP:
        logpane_scroll(pane, -(page / 2 + 1));
        return true;
    case ACTION_PAGE_DOWN:
        logpane_scroll(pane, page);
        return true;
    case ACTION_PAGE_UP:
        logpane_scroll(pane, -page);
        return true;
    case ACTION_TOP:
        go_top(pane);
        return true;
    case ACTION_BOTTOM:
        logpane_set_follow(pane, true);
        return true;
    default:
        return false;
    }
}

bool logpane_act(struct logpane *pane, enum action action)
{
    if (move(pane, action)) {
        forget_hit(pane);
        say(pane, NULL);
        return true;
    }
    return toggle(pane, action) || jump(pane, action);
}

/* ---- questions and answers -------------------------------------------- */

static struct log_match filter_match(const struct logpane *pane)
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

static void fill_find(const struct logpane *pane, struct log_question *question)
{
    if (pane->find_kind == LOG_MATCH_NOTHING) {
        question->query.anchor = LOG_ANCHOR_LINE;
        question->query.place = pane->find_from;
        question->follow = false;
        return;
    }
    question->find.kind = pane->find_kind;
    question->find.text = pane->search;
    question->find_from = pane->find_from;
    question->find_direction = pane->find_direction;
    question->find_here = pane->find_here;
}

bool logpane_question(struct logpane *pane, struct log_question *question)
{
    size_t around =
        LINES_AROUND + 3 * (size_t)(pane->rows > 0 ? pane->rows : 0);

    if (!pane->wants_window && !pane->wants_find)
        return false;
    *question = (struct log_question){
        .serial = ++pane->serial,
        .path = pane->path,
        .wants_window = true,
        .follow = pane->is_growing,
        .query = { .anchor = pane->follow ? LOG_ANCHOR_END : LOG_ANCHOR_OFFSET,
                   .place = pane->top,
                   .before = around,
                   .after = pane->follow ? 0 : around,
                   .filter = filter_match(pane),
                   .context = pane->context },
        .search = { .kind = pane->search ? LOG_MATCH_TEXT : LOG_MATCH_NOTHING,
                    .text = pane->search },
    };
    if (pane->wants_find)
        fill_find(pane, question);
    pane->wants_window = pane->wants_find = false;
    pane->is_waiting = true;
    return true;
}

/* What was to be seen has other words in the log: the last line that looks
 * like an error is the next best, the end is better than nothing. */
static bool fall_back(struct logpane *pane)
{
    if (!pane->falls_back)
        return false;
    if (pane->find_kind == LOG_MATCH_TEXT) {
        free(pane->search);
        pane->search = NULL;
        find(pane, LOG_MATCH_ERRORS, -1, LOG_FROM_END, true);
        return true;
    }
    pane->falls_back = false;
    forget_hit(pane);
    logpane_set_follow(pane, true);
    pane->wants_window = true;
    return true;
}

static void take_hit(struct logpane *pane, const struct log_answer *answer)
{
    if (!answer->was_found && fall_back(pane))
        return;
    if (!answer->was_found) {
        pane->more_finds = 0;
        forget_hit(pane);
        say(pane, pane->find_kind == LOG_MATCH_ERRORS
                      ? "no line looks like an error"
                      : "not found");
        pane->wants_window = true;
        return;
    }
    logpane_set_follow(pane, false);
    pane->falls_back = false;
    pane->hit = answer->hit.offset;
    pane->hit_ordinal = answer->hit.ordinal;
    pane->top = answer->hit.offset;
    pane->top_row = 0;
    pane->pending = 0;
    pane->center = true;
    if (answer->hit.wrapped)
        say(pane,
            pane->find_direction > 0 ? "on from the top" : "on from the end");
    /* From now on the question is about this place. */
    pane->wants_window = pane->is_growing;
    if (pane->more_finds) {
        pane->more_finds--;
        find(pane, pane->find_kind, pane->find_direction, pane->hit, false);
    }
}

void logpane_answer(struct logpane *pane, struct log_answer *answer)
{
    struct log_window old = pane->window;

    if (answer->serial != pane->serial)
        return;
    pane->is_waiting = pane->is_finding = false;
    pane->stats = answer->stats;
    pane->error = answer->error;
    /* The count may come later than the place. */
    if (answer->was_found && answer->hit.offset == pane->hit)
        pane->hit_ordinal = answer->hit.ordinal;
    if (answer->was_find)
        take_hit(pane, answer);
    if (!answer->has_window)
        return;
    pane->window = answer->window;
    answer->window = old;
    if (pane->find_kind == LOG_MATCH_NOTHING && pane->center &&
        pane->window.anchor < pane->window.count && !pane->follow)
        pane->top = pane->window.lines[pane->window.anchor].offset;
}
