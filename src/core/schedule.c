#include "core/schedule.h"

#include "base/mem.h"
#include "base/strbuf.h"

#include <stdint.h>
#include <stdlib.h>

#define NO_ITEM SIZE_MAX

void schedule_init(struct schedule *schedule, const struct plan *plan,
                   size_t jobs)
{
    *schedule = (struct schedule){ .plan = plan, .jobs = jobs ? jobs : 1 };
    schedule->states = mem_new(plan->count, sizeof(*schedule->states));
    schedule->blockers = mem_new(plan->count, sizeof(*schedule->blockers));
    for (size_t i = 0; i < plan->count; i++)
        schedule->blockers[i] = NO_ITEM;
}

void schedule_release(struct schedule *schedule)
{
    free(schedule->states);
    free(schedule->blockers);
    *schedule = (struct schedule){ 0 };
}

static bool has_ended(enum schedule_state state)
{
    return state != SCHEDULE_WAITING && state != SCHEDULE_RUNNING;
}

static bool is_in_the_way(enum schedule_state state)
{
    return state == SCHEDULE_FAILED || state == SCHEDULE_GAVE_UP ||
           state == SCHEDULE_BLOCKED;
}

/* The item of a required step, NO_ITEM when it is not in this plan (then the
 * plan has found it met already). */
static size_t required_item(const struct schedule *schedule,
                            const struct step *step, size_t index)
{
    const struct plan_item *item =
        plan_item_of(schedule->plan, step->requires[index]);

    return item ? (size_t)(item - schedule->plan->items) : NO_ITEM;
}

/* The first failed or blocked item that `item` needs by name. */
static size_t find_named_blocker(const struct schedule *schedule, size_t item)
{
    const struct step *step = plan_step(schedule->plan, item);

    for (size_t i = 0; i < step->require_count; i++) {
        size_t needed = required_item(schedule, step, i);

        if (needed != NO_ITEM && is_in_the_way(schedule->states[needed]))
            return needed;
    }
    return NO_ITEM;
}

/* The same by the default rule: earlier critical steps outside its group. */
static size_t find_default_blocker(const struct schedule *schedule, size_t item)
{
    if (plan_step(schedule->plan, item)->header.has_prerequisites)
        return NO_ITEM;
    for (size_t i = 0; i < item; i++) {
        enum schedule_state state = schedule->states[i];

        if ((state == SCHEDULE_FAILED || state == SCHEDULE_BLOCKED) &&
            plan_step(schedule->plan, i)->header.critical &&
            !plan_is_same_group(schedule->plan, i, item))
            return i;
    }
    return NO_ITEM;
}

static bool must_wait(const struct schedule *schedule, size_t item)
{
    const struct step *step = plan_step(schedule->plan, item);

    for (size_t i = 0; i < step->require_count; i++) {
        size_t needed = required_item(schedule, step, i);

        if (needed != NO_ITEM && !has_ended(schedule->states[needed]))
            return true;
    }
    return false;
}

/* The first failure decides which group may go on. */
static void stop_behind(struct schedule *schedule, size_t item)
{
    if (!schedule->stopping)
        schedule->failure = item;
    schedule->stopping = true;
}

static bool block_item(struct schedule *schedule, size_t item, size_t blocker)
{
    schedule->states[item] = SCHEDULE_BLOCKED;
    schedule->blockers[item] = blocker;
    if (plan_step(schedule->plan, item)->header.critical)
        stop_behind(schedule, item);
    return true;
}

/* What to do with one waiting item; false when nothing now. */
static bool choose(struct schedule *schedule, size_t item,
                   struct schedule_choice *choice)
{
    enum plan_action action = schedule->plan->items[item].action;
    size_t blocker;

    choice->item = item;
    if (action == PLAN_SKIP) {
        schedule->states[item] = SCHEDULE_MET;
        choice->kind = SCHEDULE_SKIP;
        return true;
    }
    blocker = find_named_blocker(schedule, item);
    if (action == PLAN_BLOCKED || blocker != NO_ITEM) {
        choice->kind = SCHEDULE_BLOCK;
        return block_item(schedule, item, blocker);
    }
    if (schedule->running >= schedule->jobs || must_wait(schedule, item))
        return false;
    schedule->states[item] = SCHEDULE_RUNNING;
    schedule->running++;
    choice->kind = SCHEDULE_START;
    return true;
}

struct schedule_choice schedule_next(struct schedule *schedule)
{
    struct schedule_choice choice = { .kind = SCHEDULE_END };
    size_t count = schedule->plan->count;

    while (schedule->head < count &&
           has_ended(schedule->states[schedule->head]))
        schedule->head++;
    for (size_t i = schedule->head; !schedule->stopped && i < count; i++) {
        size_t first = schedule->stopping ? schedule->failure : schedule->head;

        if (i != first && !plan_is_same_group(schedule->plan, first, i))
            break;
        if (schedule->states[i] == SCHEDULE_WAITING &&
            choose(schedule, i, &choice))
            return choice;
    }
    if (schedule->running)
        choice.kind = SCHEDULE_WAIT;
    return choice;
}

void schedule_unstart(struct schedule *schedule, size_t item)
{
    schedule->running--;
    schedule->states[item] = SCHEDULE_WAITING;
}

void schedule_completed(struct schedule *schedule, size_t item)
{
    schedule->running--;
    schedule->states[item] = SCHEDULE_MET;
}

void schedule_failed(struct schedule *schedule, size_t item)
{
    bool critical = plan_step(schedule->plan, item)->header.critical;

    schedule->running--;
    schedule->states[item] = critical ? SCHEDULE_FAILED : SCHEDULE_GAVE_UP;
    if (critical)
        stop_behind(schedule, item);
}

void schedule_blocked(struct schedule *schedule, size_t item)
{
    schedule->running--;
    block_item(schedule, item, NO_ITEM);
}

bool schedule_is_unfinished(const struct schedule *schedule)
{
    for (size_t i = schedule->head; i < schedule->plan->count; i++) {
        if (!has_ended(schedule->states[i]) &&
            schedule->plan->items[i].action != PLAN_SKIP)
            return true;
    }
    return false;
}

void schedule_stop(struct schedule *schedule)
{
    schedule->stopped = true;
}

void schedule_force(struct schedule *schedule, size_t item)
{
    schedule->states[item] = SCHEDULE_RUNNING;
    schedule->running++;
}

/* Going on is right only when no other critical step stands in the way. */
static void resume(struct schedule *schedule)
{
    schedule->stopping = false;
    for (size_t i = 0; i < schedule->plan->count; i++) {
        if ((schedule->states[i] == SCHEDULE_FAILED ||
             schedule->states[i] == SCHEDULE_BLOCKED) &&
            plan_step(schedule->plan, i)->header.critical)
            stop_behind(schedule, i);
    }
}

void schedule_retry(struct schedule *schedule, size_t item)
{
    schedule->states[item] = SCHEDULE_WAITING;
    if (item < schedule->head)
        schedule->head = item;
    resume(schedule);
}

void schedule_skip(struct schedule *schedule, size_t item)
{
    schedule->states[item] = SCHEDULE_MET;
    resume(schedule);
}

bool schedule_block_next(struct schedule *schedule, size_t *item)
{
    for (size_t i = schedule->head; i < schedule->plan->count; i++) {
        size_t blocker;

        if (schedule->states[i] != SCHEDULE_WAITING ||
            schedule->plan->items[i].action == PLAN_SKIP)
            continue;
        blocker = find_named_blocker(schedule, i);
        if (blocker == NO_ITEM)
            blocker = find_default_blocker(schedule, i);
        if (blocker == NO_ITEM &&
            schedule->plan->items[i].action != PLAN_BLOCKED)
            continue;
        *item = i;
        return block_item(schedule, i, blocker);
    }
    return false;
}

char *schedule_chain(const struct schedule *schedule, size_t item)
{
    struct strbuf text = { 0 };
    size_t blocker = schedule->blockers[item];

    if (blocker == NO_ITEM)
        return mem_text(schedule->plan->items[item].reason);
    for (size_t hops = 0; blocker != NO_ITEM && hops < schedule->plan->count;
         hops++) {
        bool blocked = schedule->states[blocker] == SCHEDULE_BLOCKED;
        size_t next = schedule->blockers[blocker];

        strbuf_addf(&text, "%sneeds %s", text.len ? ", which " : "",
                    plan_step(schedule->plan, blocker)->id);
        if (!blocked)
            strbuf_adds(&text, ", which failed");
        else if (next == NO_ITEM)
            strbuf_adds(&text, ", which is blocked");
        blocker = next;
    }
    return strbuf_take(&text);
}
