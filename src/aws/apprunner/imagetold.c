#include "aws/apprunner/imagetold.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "core/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ITEMS = 4096, NEARLY_ALL = 99 };

/* Of an item: no layer is as large, and that many of them can be added up. */
static const int64_t most_bytes = INT64_C(1) << 50;

/* https://github.com/moby/moby/blob/master/daemon/internal/distribution/push_v2.go
 */
static const struct {
    const char *docker, *ours;
} words[] = {
    { "Preparing", "waiting" },
    { "Waiting", "waiting" },
    { "Pushing", "pushing" },
    { "Pushed", "pushed" },
    { "Layer already exists", "already there" },
    { "Mounted from", "already there" },
    { "Retrying", "trying again" },
    { "Downloading", "downloading" },
    { "Extracting", "extracting" },
    { "Pull complete", "pulled" },
};

/* What Docker says of a layer in our words: "pushing", "already there". */
static const char *words_of(const char *status)
{
    for (size_t i = 0; status && i < sizeof(words) / sizeof(words[0]); i++) {
        if (strncmp(status, words[i].docker, strlen(words[i].docker)) == 0)
            return words[i].ours;
    }
    return status;
}

char *imagetold_size(int64_t bytes, char text[IMAGETOLD_SIZE_TEXT])
{
    static const char *const units[] = { "kB", "MB", "GB", "TB", "PB" };
    double size = (double)bytes / 1000;
    size_t unit = 0;

    while (size >= 999.95 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        size /= 1000;
        unit++;
    }
    if (bytes < 1000)
        snprintf(text, IMAGETOLD_SIZE_TEXT, "%d B", (int)bytes);
    else
        snprintf(text, IMAGETOLD_SIZE_TEXT, "%.1f %s", size, units[unit]);
    return text;
}

/* NULL when there are too many to be kept. */
static struct imagetold_item *find_item(struct imagetold *told,
                                        const char *name)
{
    struct imagetold_item *item;

    for (size_t i = 0; i < told->count; i++) {
        if (strcmp(told->items[i].name, name) == 0)
            return &told->items[i];
    }
    if (told->count == MOST_ITEMS)
        return NULL;
    told->items = mem_grow(told->items, told->count, &told->capacity,
                           sizeof(*told->items));
    item = &told->items[told->count++];
    *item = (struct imagetold_item){ .name = mem_text(name) };
    return item;
}

static int percent_of(int64_t part, int64_t whole)
{
    int percent = whole > 0 ? (int)((double)part / (double)whole * 100) : -1;

    return percent > NEARLY_ALL ? NEARLY_ALL : percent;
}

/* Of a layer that was there already no amounts are known: it counts nothing. */
int imagetold_percent(const struct imagetold *told)
{
    int64_t current = 0, total = 0, steps = 0, done = 0;

    for (size_t i = 0; i < told->count; i++) {
        const struct imagetold_item *item = &told->items[i];

        total += item->total;
        current += item->is_done ? item->total : item->current;
        /* What has bytes (the context, a layer) is no step of a build. */
        steps += !item->total;
        done += !item->total && item->is_done;
    }
    return told->by_items ? percent_of(done, steps)
                          : percent_of(current, total);
}

int64_t imagetold_bytes(const struct imagetold *told)
{
    int64_t bytes = 0;

    for (size_t i = 0; i < told->count; i++)
        bytes += told->items[i].total;
    return bytes;
}

static void tell_percent(struct imagetold *told, int percent)
{
    if (percent <= told->percent)
        return;
    told->percent = percent;
    context_progress(told->context, percent, NULL);
}

/* "Step 2/9 : RUN make" (Podman: "STEP 2/9: ...") of a builder that has no
 * items; -1 for other lines. */
static int percent_of_line(const char *text)
{
    unsigned step, steps;

    if (sscanf(text, "%*4[StepSTEP] %4u/%4u", &step, &steps) != 2 || !step ||
        !steps)
        return -1;
    return percent_of(step - 1, steps);
}

/* In one piece, for each is told on by itself. */
static void take_line(struct imagetold *told, const char *text)
{
    struct strbuf line = { 0 };
    size_t size = text ? strlen(text) : 0;

    if (!text)
        return;
    while (size && (text[size - 1] == '\n' || text[size - 1] == '\r'))
        size--;
    strbuf_add(&line, text, size);
    strbuf_addc(&line, '\n');
    context_output(told->context, line.data, line.len);
    strbuf_release(&line);
    if (told->by_items)
        tell_percent(told, percent_of_line(text));
}

/* The log of a run without a console tells each layer once, at its end. */
static void log_end(const struct imagetold *told, const char *name,
                    const char *text, int64_t total)
{
    char size[IMAGETOLD_SIZE_TEXT];

    if (total > 0)
        context_log(told->context, "%s: %s, %s", name, text,
                    imagetold_size(total, size));
    else
        context_log(told->context, "%s: %s", name, text);
}

static void take_progress(struct imagetold *told,
                          const struct docker_told *word)
{
    const char *text = words_of(word->text);
    struct imagetold_item *item = find_item(told, word->item);
    struct context_item shown = { .name = word->item,
                                  .text = text ? text : "",
                                  .current = word->current,
                                  .total = word->total,
                                  .is_done = word->is_done };
    bool was_done = item && item->is_done;

    if (item) {
        if (word->total > 0)
            item->total = word->total < most_bytes ? word->total : most_bytes;
        item->current = word->current;
        /* The daemon's amount may run past the total that it gave. */
        if (item->current > item->total)
            item->current = item->total;
        item->is_done = word->is_done;
        shown.current = item->is_done ? item->total : item->current;
        shown.total = item->total;
    }
    context_progress_item(told->context, &shown);
    if (word->is_done && !was_done && !told->by_items)
        log_end(told, word->item, shown.text, shown.total);
    tell_percent(told, imagetold_percent(told));
}

void imagetold_take(void *opaque, const struct docker_told *word)
{
    struct imagetold *told = opaque;

    if (word->kind == DOCKER_LINE)
        take_line(told, word->text);
    else if (word->item)
        take_progress(told, word);
}

void imagetold_release(struct imagetold *told)
{
    for (size_t i = 0; i < told->count; i++)
        free(told->items[i].name);
    free(told->items);
    *told = (struct imagetold){ 0 };
}
