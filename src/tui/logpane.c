#include "tui/logpane_private.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { LINES_AROUND = 200, COLUMN_STEP = 8, CONTEXT_MOST = 50 };

void logpane_say(struct logpane *pane, const char *text)
{
    free(pane->notice);
    pane->notice = mem_text(text);
}

void logpane_ask_anew(struct logpane *pane)
{
    pane->serial = 0;
    pane->is_waiting = false;
    pane->wants_window = true;
}

void logpane_release(struct logpane *pane)
{
    logwindow_release(&pane->window);
    textline_release(&pane->scratch);
    free(pane->shapes);
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

/* Nothing is known of this log. */
static void forget_log(struct logpane *pane)
{
    logwindow_release(&pane->window);
    logpane_forget_shapes(pane);
    pane->stats = (struct log_stats){ 0 };
    error_clear(&pane->error);
    pane->top = (struct logspot){ 0 };
    pane->column = 0;
    pane->pending = 0;
    pane->wanted_line = 0;
    pane->center = pane->shows_match = false;
    pane->seen_size = pane->seen_lines = -1;
    pane->is_shown = pane->is_settled = pane->shows_end = false;
    pane->widest = 0;
    pane->is_typing = false;
    logpane_forget_find(pane);
    logpane_forget_hit(pane);
    logpane_say(pane, NULL);
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
    forget_log(pane);
    /* What is left out of one log may be what matters in the next. */
    free(pane->filter);
    pane->filter = NULL;
    pane->follow = !pane->begins_at_top;
    logpane_ask_anew(pane);
}

/* ---- places ----------------------------------------------------------- */

void logpane_freeze(struct logpane *pane)
{
    bool is_counted = pane->stats.counted >= pane->stats.size;

    if (!pane->follow)
        return;
    pane->follow = false;
    pane->top = pane->shown;
    if (!pane->is_shown)
        pane->top = (struct logspot){ 0 };
    pane->seen_size = pane->stats.size;
    pane->seen_lines = is_counted ? pane->stats.lines : -1;
}

/* Another place than the one that is shown. */
static void leave_place(struct logpane *pane)
{
    pane->pending = 0;
    pane->wanted_line = 0;
    pane->center = pane->shows_match = false;
    pane->is_settled = false;
    logpane_forget_find(pane);
    logpane_ask_anew(pane);
}

void logpane_set_follow(struct logpane *pane, bool follow)
{
    if (pane->follow == follow) {
        pane->pending = follow ? 0 : pane->pending;
        return;
    }
    if (follow) {
        leave_place(pane);
        pane->follow = true;
    } else {
        logpane_freeze(pane);
        logpane_ask_anew(pane);
    }
}

void logpane_goto(struct logpane *pane, int64_t offset)
{
    logpane_set_follow(pane, false);
    leave_place(pane);
    pane->top = (struct logspot){ .offset = offset };
    pane->center = true;
}

void logpane_goto_line(struct logpane *pane, int64_t number)
{
    logpane_goto(pane, 0);
    pane->wanted_line = number;
}

void logpane_scroll(struct logpane *pane, long rows)
{
    /* On the way to the end it is from there that one goes up. */
    if (rows < 0 && pane->follow && pane->shows_end)
        logpane_set_follow(pane, false);
    pane->pending += rows;
    pane->was_moved = true;
    pane->is_typing = false;
}

static void go_top(struct logpane *pane)
{
    logpane_goto(pane, 0);
    pane->center = false;
}

void logpane_filter(struct logpane *pane, const char *text)
{
    if (text && (!*text || strcmp(text, "!") == 0))
        text = NULL;
    free(pane->filter);
    pane->filter = mem_text(text);
    pane->context = 0;
    logpane_ask_anew(pane);
}

/* ---- actions ---------------------------------------------------------- */

static void change_context(struct logpane *pane, enum action action)
{
    if (action == ACTION_MORE_CONTEXT && pane->context < CONTEXT_MOST)
        pane->context++;
    if (action == ACTION_LESS_CONTEXT && pane->context)
        pane->context--;
    logpane_ask_anew(pane);
}

static bool jump(struct logpane *pane, enum action action)
{
    switch (action) {
    case ACTION_NEXT_MATCH:
    case ACTION_PREVIOUS_MATCH:
        if (pane->search)
            logpane_find_next(pane, LOG_MATCH_TEXT,
                              action == ACTION_NEXT_MATCH ? 1 : -1);
        else
            logpane_say(pane, "nothing to search for yet");
        return true;
    case ACTION_NEXT_ERROR:
    case ACTION_PREVIOUS_ERROR:
        logpane_find_next(pane, LOG_MATCH_ERRORS,
                          action == ACTION_NEXT_ERROR ? 1 : -1);
        return true;
    case ACTION_MORE_CONTEXT:
    case ACTION_LESS_CONTEXT:
        if (!pane->filter)
            return false;
        change_context(pane, action);
        return true;
    default:
        return false;
    }
}

static void scroll_right(struct logpane *pane)
{
    size_t end = pane->column + (size_t)logpane_text_columns(pane);

    if (!pane->wrap && (!pane->is_shown || end < pane->widest))
        pane->column += COLUMN_STEP;
}

/* The line at the top stays there, unless it would push out of sight what has
 * been found. */
static void toggle_wrap(struct logpane *pane)
{
    bool shows_hit =
        !pane->follow && pane->hit >= 0 && logpane_is_in_sight(pane, pane->hit);

    pane->wrap = !pane->wrap;
    pane->column = 0;
    if (!shows_hit)
        return;
    pane->top = (struct logspot){ .offset = pane->hit };
    pane->center = pane->shows_match = true;
    /* An answer that comes before the next frame leaves the place alone. */
    pane->is_settled = false;
}

static bool toggle(struct logpane *pane, enum action action)
{
    switch (action) {
    case ACTION_FOLLOW:
        logpane_set_follow(pane, !pane->follow);
        return true;
    case ACTION_WRAP:
        toggle_wrap(pane);
        return true;
    case ACTION_TIMESTAMPS:
        pane->times = (pane->times + 1) % (TIMES_ELAPSED + 1);
        return true;
    case ACTION_LEFT:
        pane->column -= pane->column < COLUMN_STEP ? pane->column : COLUMN_STEP;
        return true;
    case ACTION_RIGHT:
        scroll_right(pane);
        return true;
    default:
        return false;
    }
}

/* The rows by which an action scrolls; 0: it does not. */
static long scroll_of(const struct logpane *pane, enum action action)
{
    long page = pane->rows > 1 ? pane->rows - 1 : 1;

    switch (action) {
    case ACTION_DOWN:
        return 1;
    case ACTION_UP:
        return -1;
    case ACTION_HALF_DOWN:
        return page / 2 + 1;
    case ACTION_HALF_UP:
        return -(page / 2 + 1);
    case ACTION_PAGE_DOWN:
        return page;
    case ACTION_PAGE_UP:
        return -page;
    default:
        return 0;
    }
}

static bool move(struct logpane *pane, enum action action)
{
    long rows = scroll_of(pane, action);

    if (rows)
        logpane_scroll(pane, rows);
    else if (action == ACTION_TOP)
        go_top(pane);
    else if (action == ACTION_BOTTOM)
        logpane_set_follow(pane, true);
    else
        return false;
    pane->was_moved = true;
    logpane_say(pane, NULL);
    return true;
}

bool logpane_act(struct logpane *pane, enum action action)
{
    bool is_ours =
        move(pane, action) || toggle(pane, action) || jump(pane, action);

    if (is_ours)
        pane->is_typing = false;
    return is_ours;
}

/* ---- questions and answers -------------------------------------------- */

/* All panes ask the same thread: no two questions have the same number. */
static uint64_t new_serial(void)
{
    static uint64_t last;

    return ++last;
}

static void fill_query(const struct logpane *pane, struct log_query *query)
{
    size_t around =
        LINES_AROUND + 3 * (size_t)(pane->rows > 0 ? pane->rows : 0);

    *query = (struct log_query){
        .anchor = LOG_ANCHOR_OFFSET,
        .place = pane->top.offset,
        .before = around,
        .after = around,
        .filter = logpane_filter_match(pane),
        .context = pane->context,
    };
    if (pane->follow) {
        query->anchor = LOG_ANCHOR_END;
    } else if (pane->wanted_line) {
        query->anchor = LOG_ANCHOR_LINE;
        query->place = pane->wanted_line;
    }
}

bool logpane_question(struct logpane *pane, struct log_question *question)
{
    bool has_turned = pane->path && pane->asked_growing != pane->is_growing;

    if (!pane->wants_window && !pane->wants_find && !has_turned)
        return false;
    pane->serial = new_serial();
    pane->asked_place =
        pane->follow || pane->wanted_line ? -1 : pane->top.offset;
    pane->asked_growing = pane->is_growing;
    *question = (struct log_question){
        .serial = pane->serial,
        .path = pane->path,
        .wants_window = true,
        .follow = pane->is_growing,
        .search = { .kind = pane->search ? LOG_MATCH_TEXT : LOG_MATCH_NOTHING,
                    .text = pane->search },
    };
    fill_query(pane, &question->query);
    if (pane->is_finding)
        logpane_fill_find(pane, question);
    pane->wants_window = pane->wants_find = false;
    pane->is_waiting = true;
    return true;
}

/* How many lines there were when following stopped is known once they are
 * counted. */
static void take_stats(struct logpane *pane, const struct log_stats *stats)
{
    pane->stats = *stats;
    if (pane->seen_size < 0 || stats->size < pane->seen_size) {
        pane->seen_size = stats->size;
        pane->seen_lines = -1;
    }
    if (pane->seen_lines < 0 && stats->counted >= pane->seen_size)
        pane->seen_lines = stats->lines;
}

static void take_window(struct logpane *pane, struct log_answer *answer)
{
    struct log_window old = pane->window;
    bool has_grown = old.count && old.file_size != answer->window.file_size;

    pane->window = answer->window;
    answer->window = old;
    logpane_forget_shapes(pane);
    if (pane->wanted_line && pane->window.count) {
        pane->top.offset = pane->window.lines[pane->window.anchor].offset;
        pane->top.column = 0;
        pane->asked_place = pane->top.offset;
        pane->wanted_line = 0;
    } else if (has_grown && pane->is_settled && !pane->follow) {
        pane->top = pane->shown;
    }
    pane->window_place =
        answer->was_found ? answer->hit.offset : pane->asked_place;
}

void logpane_answer(struct logpane *pane, struct log_answer *answer)
{
    bool is_useful = true;

    if (!pane->serial || answer->serial != pane->serial)
        return;
    pane->is_waiting = false;
    take_stats(pane, &answer->stats);
    if (answer->has_window || error_is_set(&answer->error))
        pane->error = answer->error;
    if (answer->was_find)
        is_useful = logpane_take_hit(pane, answer);
    else if (answer->was_found && answer->hit.offset == pane->hit)
        pane->hit_ordinal = answer->hit.ordinal;
    if (answer->has_window && is_useful)
        take_window(pane, answer);
}
