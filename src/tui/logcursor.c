/*
 * The lines that a filter shows, one after the other in either direction.
 *
 * DESIGN. A line is shown when it matches or is near a match. Going through
 * the file, near means either behind a match that was passed (`left` more
 * lines) or before one that comes; the latter is found by a scan as soon as a
 * line would otherwise not be shown, and the lines up to `shown_to` belong to
 * it. So lines that are not shown are never looked at one by one.
 */
#include "tui/logsource_private.h"

static bool step_back(struct logsource *source, struct logplace *line)
{
    return logsource_line(source, line->at - 1, line);
}

static void show(struct logcursor *cursor, struct logplace line,
                 struct logplace next, bool is_context)
{
    cursor->has_row = true;
    cursor->row = (struct logrow){ .line = line,
                                   .end = next.at,
                                   .is_context = is_context };
    cursor->place = cursor->direction > 0 ? next : line;
}

/* The next line in the direction; false at the end, or when it cannot be
 * read. */
static bool take_line(struct logcursor *cursor, struct logplace *line,
                      struct logplace *next)
{
    *line = *next = cursor->place;
    return cursor->direction > 0 ? logsource_next(cursor->source, *line, next)
                                 : step_back(cursor->source, line);
}

static bool is_at_end(const struct logcursor *cursor)
{
    return cursor->direction > 0 ? cursor->place.at >= cursor->source->size
                                 : cursor->place.at <= 0;
}

/* How many lines from here on belong to a match that is behind us. */
static bool look_behind(struct logcursor *cursor)
{
    struct logcursor behind = *cursor;
    struct logplace line, next;
    bool is_match;

    behind.direction = -cursor->direction;
    for (size_t i = 0; i < cursor->context && !is_at_end(&behind); i++) {
        if (!take_line(&behind, &line, &next) ||
            !logscan_is_match(cursor->source, cursor->filter, line, next,
                              &is_match))
            return false;
        if (is_match) {
            cursor->left = cursor->context - i;
            return true;
        }
        behind.place = behind.direction > 0 ? next : line;
    }
    return true;
}

/* To the first line that is shown before the match that comes, but not before
 * where we are. */
static bool jump_forward(struct logcursor *cursor, struct logplace from,
                         bool *is_end)
{
    struct logfound found;
    struct logplace line;

    if (!logscan_forward(cursor->source, cursor->filter, from, INT64_MAX,
                         &found))
        return false;
    *is_end = !found.is_found;
    if (*is_end)
        return true;
    line = found.line;
    for (size_t i = 0; i < cursor->context && line.at > cursor->place.at; i++) {
        if (!step_back(cursor->source, &line))
            return false;
    }
    cursor->place = line;
    cursor->shown_to = found.line.at;
    return true;
}

static bool jump_back(struct logcursor *cursor, int64_t to, bool *is_end)
{
    struct logfound found;
    struct logplace line;

    if (!logscan_back(cursor->source, cursor->filter, 0, to, &found))
        return false;
    *is_end = !found.is_found;
    if (*is_end)
        return true;
    line = found.next;
    for (size_t i = 0; i < cursor->context && line.at < cursor->place.at; i++) {
        if (!logsource_next(cursor->source, line, &line))
            return false;
    }
    cursor->place = line;
    cursor->shown_to = found.next.at;
    return true;
}

static bool is_beside_next(const struct logcursor *cursor, struct logplace line)
{
    return cursor->direction > 0 ? line.at < cursor->shown_to
                                 : line.at >= cursor->shown_to;
}

/* Shows the line or jumps to one that is shown. */
static bool look_at_line(struct logcursor *cursor, bool *is_end)
{
    struct logplace line, next;
    bool is_match = true;

    if (!take_line(cursor, &line, &next))
        return false;
    if (!logmatch_is_nothing(cursor->filter)) {
        if (is_beside_next(cursor, line)) {
            show(cursor, line, next, true);
            return true;
        }
        if (!logscan_is_match(cursor->source, cursor->filter, line, next,
                              &is_match))
            return false;
    }
    if (is_match) {
        cursor->left = cursor->context;
        show(cursor, line, next, false);
    } else if (cursor->left) {
        cursor->left--;
        show(cursor, line, next, true);
    } else {
        return cursor->direction > 0 ? jump_forward(cursor, next, is_end)
                                     : jump_back(cursor, line.at, is_end);
    }
    return true;
}

bool logcursor_look(struct logcursor *cursor)
{
    bool is_end = false;

    if (!cursor->is_begun) {
        cursor->is_begun = true;
        cursor->shown_to = cursor->direction > 0 ? 0 : INT64_MAX;
        if (!logmatch_is_nothing(cursor->filter) && !look_behind(cursor))
            return false;
    }
    while (!cursor->has_row && !is_end && !is_at_end(cursor)) {
        if (logsource_is_cancelled(cursor->source) ||
            !look_at_line(cursor, &is_end))
            return false;
    }
    if (is_end)
        cursor->place.at = cursor->direction > 0 ? cursor->source->size : 0;
    return true;
}
