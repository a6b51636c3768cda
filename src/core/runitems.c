#include "core/runitems.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static struct run_item *find(struct run_items *items, const char *name)
{
    for (size_t i = 0; i < items->count; i++) {
        if (strcmp(items->items[i].name, name) == 0)
            return &items->items[i];
    }
    return NULL;
}

static struct run_item *add(struct run_items *items, const char *name)
{
    struct run_item *item;

    if (items->count >= RUN_ITEMS_LIMIT)
        return NULL;
    items->items = mem_grow(items->items, items->count, &items->capacity,
                            sizeof(*items->items));
    item = &items->items[items->count++];
    *item = (struct run_item){ .name = mem_text(name) };
    return item;
}

static int64_t amount(const struct event *event, const char *name)
{
    int64_t value = event_int(event, name, 0);

    return value > 0 ? value : 0;
}

void run_items_apply(struct run_items *items, const struct event *event)
{
    const char *name = event_text(event, "item");
    struct run_item *item = name ? find(items, name) : NULL;
    int64_t now = event_time(event);

    if (!name)
        return;
    if (!item) {
        item = add(items, name);
        if (!item)
            return;
        item->first_ms = now;
        item->first_current = amount(event, "current");
    }
    if (event_text(event, "message")) {
        free(item->text);
        item->text = mem_text(event_text(event, "message"));
    }
    item->current = amount(event, "current");
    if (amount(event, "total"))
        item->total = amount(event, "total");
    item->last_ms = now;
    item->is_done = event_bool(event, "done");
}

void run_items_release(struct run_items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        free(items->items[i].name);
        free(items->items[i].text);
    }
    free(items->items);
    *items = (struct run_items){ 0 };
}

int64_t run_item_rate(const struct run_item *item)
{
    int64_t bytes = item->current - item->first_current;
    int64_t ms = item->last_ms - item->first_ms;

    return bytes > 0 && ms > 0 && bytes < INT64_MAX / 1000 ? bytes * 1000 / ms
                                                           : 0;
}

int run_items_percent(const struct run_items *items)
{
    double done = 0, all = 0;

    for (size_t i = 0; i < items->count; i++) {
        const struct run_item *item = &items->items[i];

        all += (double)item->total;
        done += (double)(item->is_done || item->current > item->total
                             ? item->total
                             : item->current);
    }
    return all > 0 ? (int)(done * 100 / all) : -1;
}
