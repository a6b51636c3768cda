/*
 * The common beginning and end are cut off; between them the longest common
 * subsequence of lines is found by the usual table, whose size is limited:
 * what is compared here are a few changed lines of a configuration.
 */
#include "core/setup_diff.h"

#include "base/mem.h"
#include "base/strbuf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CONTEXT = 3, MOST_CELLS = 4000000 };

struct line {
    const char *text;
    size_t size; /* with its newline, which the last may lack */
};

struct lines {
    struct line *items;
    size_t count, capacity;
};

/* A line of the result. */
struct row {
    char mark; /* ' ', '-' or '+' */
    struct line line;
};

struct rows {
    struct row *items;
    size_t count, capacity;
};

static struct lines split(const char *text)
{
    struct lines lines = { 0 };

    while (*text) {
        const char *end = strchr(text, '\n');
        size_t size = end ? (size_t)(end - text) + 1 : strlen(text);

        lines.items = mem_grow(lines.items, lines.count, &lines.capacity,
                               sizeof(*lines.items));
        lines.items[lines.count++] = (struct line){ text, size };
        text += size;
    }
    return lines;
}

static bool same(const struct line *left, const struct line *right)
{
    return left->size == right->size &&
           memcmp(left->text, right->text, left->size) == 0;
}

static void add_row(struct rows *rows, char mark, const struct line *line)
{
    rows->items = mem_grow(rows->items, rows->count, &rows->capacity,
                           sizeof(*rows->items));
    rows->items[rows->count++] = (struct row){ mark, *line };
}

/* table[i][j]: how many lines old[i..] and new[j..] have in common. */
static uint32_t *count_common(const struct line *old, size_t old_count,
                              const struct line *new, size_t new_count)
{
    size_t width = new_count + 1;
    uint32_t *table = mem_new((old_count + 1) * width, sizeof(*table));

    for (size_t i = old_count; i-- > 0;) {
        for (size_t j = new_count; j-- > 0;) {
            uint32_t down = table[(i + 1) * width + j];
            uint32_t right = table[i * width + j + 1];

            table[i * width + j] = same(&old[i], &new[j])
                                       ? table[(i + 1) * width + j + 1] + 1
                                   : down >= right ? down
                                                   : right;
        }
    }
    return table;
}

static void replace_all(struct rows *rows, const struct line *old,
                        size_t old_count, const struct line *new,
                        size_t new_count)
{
    for (size_t i = 0; i < old_count; i++)
        add_row(rows, '-', &old[i]);
    for (size_t j = 0; j < new_count; j++)
        add_row(rows, '+', &new[j]);
}

static void compare(struct rows *rows, const struct line *old, size_t old_count,
                    const struct line *new, size_t new_count)
{
    size_t width = new_count + 1;
    size_t i = 0, j = 0;
    uint32_t *table;

    if ((old_count + 1) > MOST_CELLS / width) {
        replace_all(rows, old, old_count, new, new_count);
        return;
    }
    table = count_common(old, old_count, new, new_count);
    while (i < old_count && j < new_count) {
        if (same(&old[i], &new[j])) {
            add_row(rows, ' ', &old[i]);
            i++;
            j++;
        } else if (table[(i + 1) * width + j] >= table[i * width + j + 1]) {
            add_row(rows, '-', &old[i++]);
        } else {
            add_row(rows, '+', &new[j++]);
        }
    }
    replace_all(rows, old + i, old_count - i, new + j, new_count - j);
    free(table);
}

/* A text without lines has no array to add to. */
static const struct line *from(const struct lines *lines, size_t index)
{
    static const struct line none = { 0 };

    return lines->items ? lines->items + index : &none;
}

/* All lines of both texts, marked. */
static struct rows merge(const struct lines *old, const struct lines *new)
{
    struct rows rows = { 0 };
    size_t least = old->count < new->count ? old->count : new->count;
    size_t head = 0, tail = 0;

    while (head < least && same(&old->items[head], &new->items[head]))
        add_row(&rows, ' ', &old->items[head++]);
    while (tail < least - head && same(&old->items[old->count - 1 - tail],
                                       &new->items[new->count - 1 - tail]))
        tail++;
    if (head < old->count - tail || head < new->count - tail)
        compare(&rows, from(old, head), old->count - tail - head,
                from(new, head), new->count - tail - head);
    for (size_t i = old->count - tail; i < old->count; i++)
        add_row(&rows, ' ', &old->items[i]);
    return rows;
}

/* Where the hunk that begins at row `start` ends: behind the context of its
 * last change. */
static size_t hunk_end(const struct rows *rows, size_t start)
{
    size_t end = start;

    for (size_t i = start; i < rows->count && i <= end + (size_t)2 * CONTEXT;
         i++) {
        if (rows->items[i].mark != ' ')
            end = i;
    }
    end += 1 + CONTEXT;
    return end < rows->count ? end : rows->count;
}

static size_t count_marks(const struct rows *rows, size_t from, size_t to,
                          char mark)
{
    size_t count = 0;

    for (size_t i = from; i < to; i++)
        count += rows->items[i].mark == mark;
    return count;
}

static void add_range(struct strbuf *out, char sign, size_t before,
                      size_t count)
{
    strbuf_addf(out, " %c%zu", sign, count ? before + 1 : before);
    if (count != 1)
        strbuf_addf(out, ",%zu", count);
}

static void add_hunk(const struct rows *rows, size_t from, size_t to,
                     struct strbuf *out)
{
    size_t kept_before = count_marks(rows, 0, from, ' ');
    size_t kept = count_marks(rows, from, to, ' ');

    strbuf_adds(out, "@@");
    add_range(out, '-', kept_before + count_marks(rows, 0, from, '-'),
              kept + count_marks(rows, from, to, '-'));
    add_range(out, '+', kept_before + count_marks(rows, 0, from, '+'),
              kept + count_marks(rows, from, to, '+'));
    strbuf_adds(out, " @@\n");
    for (size_t i = from; i < to; i++) {
        const struct row *row = &rows->items[i];

        strbuf_addc(out, row->mark);
        strbuf_add(out, row->line.text, row->line.size);
        if (row->line.text[row->line.size - 1] != '\n')
            strbuf_adds(out, "\n\\ No newline at end of file\n");
    }
}

static void add_hunks(const struct rows *rows, struct strbuf *out)
{
    for (size_t i = 0; i < rows->count; i++) {
        size_t from, to;

        if (rows->items[i].mark == ' ')
            continue;
        from = i > CONTEXT ? i - CONTEXT : 0;
        to = hunk_end(rows, i);
        add_hunk(rows, from, to, out);
        i = to - 1;
    }
}

struct setup_diff setup_diff(const char *name, const char *old,
                             const char *text)
{
    struct lines before = split(old ? old : "");
    struct lines after = split(text);
    struct rows rows = merge(&before, &after);
    struct setup_diff diff = {
        .added = count_marks(&rows, 0, rows.count, '+'),
        .removed = count_marks(&rows, 0, rows.count, '-'),
    };
    struct strbuf out = { 0 };

    if (diff.added || diff.removed) {
        strbuf_addf(&out, "--- %s\n+++ %s\n", old ? name : "/dev/null", name);
        add_hunks(&rows, &out);
    }
    diff.text = mem_text(strbuf_text(&out));
    strbuf_release(&out);
    free(rows.items);
    free(before.items);
    free(after.items);
    return diff;
}
