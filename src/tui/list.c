#include "tui/list.h"

enum { MARGIN = 2 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* By how much an action moves; 0 when it is no movement within the list. */
static long distance(const struct list *list, enum action action)
{
    long page = list->rows > 1 ? list->rows - 1 : 1;
    long half = list->rows > 2 ? list->rows / 2 : 1;

    switch (action) {
    case ACTION_DOWN:
        return 1;
    case ACTION_UP:
        return -1;
    case ACTION_HALF_DOWN:
        return half;
    case ACTION_HALF_UP:
        return -half;
    case ACTION_PAGE_DOWN:
        return page;
    case ACTION_PAGE_UP:
        return -page;
    case ACTION_TOP:
        return -(long)list->count;
    case ACTION_BOTTOM:
        return (long)list->count;
    default:
        return 0;
    }
}

static size_t moved(size_t from, long by, size_t most)
{
    if (by < 0)
        return (size_t)-by > from ? 0 : from - (size_t)-by;
    return least(from + (size_t)by, most);
}

/* No empty rows behind the end while there is something before the top. */
static void fit_top(struct list *list)
{
    size_t shown = list->rows > 0 ? (size_t)list->rows : 1;

    list->top = least(list->top, list->count > shown ? list->count - shown : 0);
}

bool list_act(struct list *list, enum action action)
{
    long by = distance(list, action);

    if (!by && action != ACTION_TOP && action != ACTION_BOTTOM)
        return false;
    list->selected =
        moved(list->selected, by, list->count ? list->count - 1 : 0);
    list->was_moved = true;
    list_fit(list, list->count, list->rows);
    return true;
}

bool list_scroll(struct list *list, enum action action)
{
    long by = distance(list, action);

    if (!by && action != ACTION_TOP && action != ACTION_BOTTOM)
        return false;
    list->top = moved(list->top, by, list->count);
    fit_top(list);
    return true;
}

void list_fit_text(struct list *list, size_t count, int rows)
{
    list->count = count;
    list->rows = rows;
    fit_top(list);
}

void list_fit(struct list *list, size_t count, int rows)
{
    size_t shown = rows > 0 ? (size_t)rows : 1;
    size_t margin;

    list->count = count;
    list->rows = rows;
    list->selected = least(list->selected, count ? count - 1 : 0);
    /* A little of what comes before and behind stays in sight. */
    margin = shown > 4 * MARGIN ? MARGIN : 0;
    if (list->selected < list->top + margin)
        list->top = list->selected > margin ? list->selected - margin : 0;
    if (list->selected + margin >= list->top + shown)
        list->top = list->selected + margin - shown + 1;
    fit_top(list);
}

void list_select(struct list *list, size_t index)
{
    list->selected = index;
    list_fit(list, list->count, list->rows);
}
