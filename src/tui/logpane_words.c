/* What the border of a log pane says. */
#include "base/cluster.h"
#include "base/mem.h"
#include "tui/logpane.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* 18204 -> "18 204" */
static void add_number(struct strbuf *out, int64_t number)
{
    char *digits = mem_format("%lld", (long long)number);
    size_t size = strlen(digits);

    for (size_t i = 0; i < size; i++) {
        if (i && (size - i) % 3 == 0 && isdigit((unsigned char)digits[i - 1]))
            strbuf_addc(out, ' ');
        strbuf_addc(out, digits[i]);
    }
    free(digits);
}

/* The parts of the title, in the order in which they stand. */
enum part { PART_PLACE, PART_LINES, PART_FILTER, PART_SEARCH, PART_NOTICE };
enum { PARTS = PART_NOTICE + 1 };

static void say_place(const struct logpane *pane, const struct icons *icons,
                      struct strbuf *out)
{
    int64_t fresh =
        pane->seen_lines < 0 ? 0 : pane->stats.lines - pane->seen_lines;

    if (pane->follow && pane->is_growing) {
        strbuf_adds(out, "following");
    } else if (fresh > 0 && !pane->follow) {
        strbuf_addf(out, "%s ", icons->more_below);
        add_number(out, fresh);
        strbuf_adds(out, " new");
    } else if (pane->window.at_start && pane->window.at_end &&
               pane->window.count <= (size_t)pane->rows) {
        return;
    } else if (pane->follow) {
        strbuf_adds(out, "at the end");
    } else if (pane->stats.size) {
        strbuf_addf(out, "%d %%",
                    (int)(pane->shown.offset * 100 / pane->stats.size));
    }
}

static void say_lines(const struct logpane *pane, struct strbuf *out)
{
    if (!pane->stats.size)
        return;
    add_number(out, pane->stats.lines);
    strbuf_adds(out, pane->stats.counted < pane->stats.size ? "+ lines"
                     : pane->stats.lines == 1               ? " line"
                                                            : " lines");
}

static void say_filter(const struct logpane *pane, struct strbuf *out)
{
    if (!pane->filter)
        return;
    strbuf_addf(out, "only %s", pane->filter);
    if (pane->context)
        strbuf_addf(out, " ±%zu", pane->context);
}

static void say_search(const struct logpane *pane, struct strbuf *out)
{
    if (!pane->search)
        return;
    strbuf_addf(out, "/%s ", pane->search);
    if (pane->hit_ordinal) {
        add_number(out, pane->hit_ordinal);
        strbuf_addc(out, '/');
    }
    add_number(out, pane->stats.matches);
    if (pane->stats.searched < pane->stats.size)
        strbuf_addf(out, " in %d %%",
                    (int)(pane->stats.searched * 100 / pane->stats.size));
}

/* Which parts fit in the columns: whole ones, those that matter most first. */
static void choose_parts(const struct strbuf parts[PARTS], int columns,
                         bool chosen[PARTS])
{
    static const enum part by_worth[PARTS] = { PART_SEARCH, PART_NOTICE,
                                               PART_PLACE, PART_FILTER,
                                               PART_LINES };

    for (size_t i = 0; i < PARTS; i++) {
        enum part part = by_worth[i];
        int width = cluster_columns(strbuf_text(&parts[part])) + 3;

        chosen[part] = parts[part].len && width <= columns;
        if (chosen[part])
            columns -= width;
    }
}

void logpane_title(const struct logpane *pane, const struct icons *icons,
                   int columns, struct strbuf *out)
{
    struct strbuf parts[PARTS] = { 0 };
    bool chosen[PARTS];

    if (!pane->path)
        return;
    say_place(pane, icons, &parts[PART_PLACE]);
    say_lines(pane, &parts[PART_LINES]);
    say_filter(pane, &parts[PART_FILTER]);
    say_search(pane, &parts[PART_SEARCH]);
    if (pane->notice)
        strbuf_adds(&parts[PART_NOTICE], pane->notice);
    choose_parts(parts, columns + 3, chosen);
    for (size_t i = 0; i < PARTS; i++) {
        if (chosen[i] && out->len)
            strbuf_addf(out, " %s ", icons->horizontal);
        if (chosen[i])
            strbuf_adds(out, strbuf_text(&parts[i]));
        strbuf_release(&parts[i]);
    }
}
