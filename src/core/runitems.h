/*
 * What a running step has under way at once: layers that are pushed, parts of
 * a build. A fold of step.progress events with an `item`, part of the run's
 * model (runmodel.h).
 */
#ifndef STEPDECK_CORE_RUNITEMS_H
#define STEPDECK_CORE_RUNITEMS_H

#include "core/event.h"

#include <stddef.h>
#include <stdint.h>

enum { RUN_ITEMS_LIMIT = 128 };

struct run_item {
    char *name;
    char *text;                /* "pushing"; may be NULL */
    int64_t current, total;    /* bytes; total 0: not known */
    int64_t first_ms, last_ms; /* when it was told of, wall time */
    int64_t first_current;     /* what it began with: not of this transfer */
    bool is_done;
};

/* `= { 0 }` is empty. In the order of their first event. */
struct run_items {
    struct run_item *items;
    size_t count, capacity;
};

/* Takes in an event with an `item`; beyond the limit new ones are dropped. */
void run_items_apply(struct run_items *items, const struct event *event);
void run_items_release(struct run_items *items);

/* Bytes a second since it began; 0: not known. */
int64_t run_item_rate(const struct run_item *item);
/* 0 to 100 over all whose total is known, -1 when there is none. */
int run_items_percent(const struct run_items *items);

#endif
