/*
 * The answers and the defaults. After every change all slots are worked out
 * anew, in the order of the table: what a question's default or choices depend
 * on stands above it. There are a dozen questions, so nothing is lost by that,
 * and no default can be out of date.
 */
#include "core/setup_private.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "core/config.h"
#include "core/target.h"

#include <stdlib.h>
#include <string.h>

/* ---- slots ------------------------------------------------------------ */

static const struct setup_slot *slot_of(const struct setup *setup,
                                        const char *key)
{
    int row = setup_row(key);

    return row < 0 ? NULL : &setup->slots[row];
}

static void clear_choices(struct setup_slot *slot)
{
    for (size_t i = 0; i < slot->choice_count; i++) {
        free(slot->choices[i].value);
        free(slot->choices[i].origin);
    }
    slot->choice_count = 0;
}

/* What may stand as an answer at all; whether a choice is one of the choices
 * shows when they are known. */
static bool check_form(const struct setup *setup,
                       const struct setup_question *row, const char *value,
                       struct error *err)
{
    if (!setup_check_text(row->key, value, err))
        return false;
    if (row->kind == SETUP_NUMBER &&
        value[strspn(value, "0123456789")] != '\0') {
        error_set(err, ERROR_INPUT, "'%s' is not a number", value);
        return error_hint(err, "write digits");
    }
    return !row->check || row->check(setup, value, err);
}

static void add_choice(const struct setup *setup,
                       const struct setup_question *row,
                       struct setup_slot *slot, const char *value,
                       const char *origin)
{
    for (size_t i = 0; i < slot->choice_count; i++) {
        if (strcmp(slot->choices[i].value, value) == 0)
            return;
    }
    if (!*value || !check_form(setup, row, value, NULL))
        return;
    slot->choices = mem_grow(slot->choices, slot->choice_count,
                             &slot->choice_capacity, sizeof(*slot->choices));
    slot->choices[slot->choice_count++] =
        (struct setup_choice){ mem_text(value), mem_text(origin) };
}

static bool counts(const struct setup *setup, const struct setup_offered *offer)
{
    return !offer->when_key ||
           strcmp(setup_value(setup, offer->when_key), offer->when_value) == 0;
}

static void add_offers(const struct setup *setup,
                       const struct setup_question *row,
                       struct setup_slot *slot, enum setup_rank rank)
{
    for (size_t i = 0; i < setup->offer_count; i++) {
        const struct setup_offered *offer = &setup->offers[i];

        if (offer->rank == rank && strcmp(offer->key, row->key) == 0 &&
            counts(setup, offer))
            add_choice(setup, row, slot, offer->value, offer->origin);
    }
}

static void add_existing(const struct setup *setup,
                         const struct setup_question *row,
                         struct setup_slot *slot)
{
    const char *file;
    const char *value = row->home == SETUP_NOWHERE
                            ? NULL
                            : setup_existing_value(setup, row->key, &file);
    char *origin;

    if (!value)
        return;
    origin = mem_format("in %s", file);
    add_choice(setup, row, slot, value, origin);
    free(origin);
}

/* The choices, the default first; whether there is one among them. */
static bool gather(const struct setup *setup, const struct setup_question *row,
                   struct setup_slot *slot)
{
    char *derived;
    bool has_default;

    clear_choices(slot);
    add_existing(setup, row, slot);
    add_offers(setup, row, slot, SETUP_CONFIGURED);
    add_offers(setup, row, slot, SETUP_DETECTED);
    derived = row->derive ? row->derive(setup) : NULL;
    if (derived)
        add_choice(setup, row, slot, derived, row->derived_from);
    free(derived);
    if (row->missing)
        add_choice(setup, row, slot, row->missing, "");
    has_default = slot->choice_count > 0;
    if (row->kind == SETUP_YES_NO) {
        add_choice(setup, row, slot, "yes", "");
        add_choice(setup, row, slot, "no", "");
    }
    add_offers(setup, row, slot, SETUP_POSSIBLE);
    return has_default;
}

static void refresh_slot(struct setup *setup, size_t i)
{
    const struct setup_question *row = &setup_questions()[i];
    struct setup_slot *slot = &setup->slots[i];
    bool has_default = gather(setup, row, slot);

    slot->origin = NULL;
    if (slot->answer) {
        slot->value = slot->answer;
    } else if (has_default) {
        slot->value = slot->choices[0].value;
        slot->origin = slot->choices[0].origin;
    } else {
        slot->value = "";
        slot->origin = "";
    }
    slot->is_asked = !row->is_asked || row->is_asked(setup);
}

/* ERROR_INPUT when the file of the environment cannot be understood. */
static bool refresh(struct setup *setup, struct error *err)
{
    const char *environment;

    if (!setup->is_ready)
        return true;
    for (size_t i = 0; i < setup_row_count(); i++) {
        setup->slots[i].value = "";
        setup->slots[i].is_asked = false;
    }
    refresh_slot(setup, (size_t)setup_row("ENVIRONMENT"));
    environment = setup_value(setup, "ENVIRONMENT");
    if (strcmp(environment, setup->environment) != 0 &&
        !setup_existing_choose(setup, environment, err))
        return false;
    for (size_t i = 0; i < setup_row_count(); i++)
        refresh_slot(setup, i);
    return true;
}

void setup_refresh(struct setup *setup)
{
    (void)!refresh(setup, NULL);
}

static void release_offer(struct setup_offered *offer)
{
    free(offer->key);
    free(offer->value);
    free(offer->origin);
    free(offer->when_key);
    free(offer->when_value);
}

void setup_offer(struct setup *setup, const struct setup_offer *offer)
{
    struct setup_offered *copy;

    setup->offers = mem_grow(setup->offers, setup->offer_count,
                             &setup->offer_capacity, sizeof(*setup->offers));
    copy = &setup->offers[setup->offer_count++];
    *copy = (struct setup_offered){
        .key = mem_text(offer->key),
        .value = mem_text(offer->value),
        .origin = mem_text(offer->origin ? offer->origin : ""),
        .when_key = mem_text(offer->when_key),
        .when_value = mem_text(offer->when_value),
        .rank = offer->rank,
    };
    if (refresh(setup, NULL))
        return;
    /* It would make an environment the default whose file cannot be read. */
    release_offer(&setup->offers[--setup->offer_count]);
    (void)!refresh(setup, NULL);
}

/* ---- life ------------------------------------------------------------- */

static void ask_clouds(struct setup *setup, struct cancel *cancel)
{
    const struct target_ops *target;

    for (size_t i = 0; (target = target_at(i)) != NULL; i++) {
        if (target->offer)
            target->offer(setup, cancel);
    }
}

struct setup *setup_new(const struct setup_request *request, struct error *err)
{
    struct setup *setup = mem_new(1, sizeof(*setup));

    setup->dir = mem_text(request->dir);
    setup->clock = request->clock ? request->clock : clock_system();
    setup->slots = mem_new(setup_row_count(), sizeof(*setup->slots));
    if (!setup_existing_read(setup, err) ||
        !setup_existing_choose(setup, "", err)) {
        setup_free(setup);
        return NULL;
    }
    setup_detect(setup);
    setup->is_ready = true;
    if (!refresh(setup, err)) {
        setup_free(setup);
        return NULL;
    }
    if (request->asks_clouds)
        ask_clouds(setup, request->cancel);
    while (setup->at < setup_row_count() && !setup->slots[setup->at].is_asked)
        setup->at++;
    return setup;
}

void setup_free(struct setup *setup)
{
    if (!setup)
        return;
    for (size_t i = 0; i < setup_row_count(); i++) {
        clear_choices(&setup->slots[i]);
        free(setup->slots[i].choices);
        free(setup->slots[i].answer);
    }
    for (size_t i = 0; i < setup->offer_count; i++)
        release_offer(&setup->offers[i]);
    for (size_t i = 0; i < setup->extra_count; i++)
        free(setup->extras[i].value);
    setup_existing_release(setup);
    free(setup->slots);
    free(setup->offers);
    free(setup->extras);
    free(setup->dir);
    free(setup);
}

const char *setup_dir(const struct setup *setup)
{
    return setup->dir;
}

/* ---- reading ---------------------------------------------------------- */

static struct setup_extra *extra_of(const struct setup *setup, const char *key)
{
    for (size_t i = 0; i < setup->extra_count; i++) {
        if (strcmp(setup->extras[i].key, key) == 0)
            return &setup->extras[i];
    }
    return NULL;
}

const char *setup_value(const struct setup *setup, const char *key)
{
    const struct setup_slot *slot = slot_of(setup, key);
    const struct setup_extra *extra = slot ? NULL : extra_of(setup, key);

    if (extra)
        return extra->value;
    return slot && slot->value ? slot->value : "";
}

const char *setup_origin(const struct setup *setup, const char *key)
{
    const struct setup_slot *slot = slot_of(setup, key);

    return slot ? slot->origin : NULL;
}

bool setup_is_answered(const struct setup *setup, const char *key)
{
    const struct setup_slot *slot = slot_of(setup, key);

    return slot ? slot->answer != NULL : extra_of(setup, key) != NULL;
}

bool setup_is_asked(const struct setup *setup, const char *key)
{
    const struct setup_slot *slot = slot_of(setup, key);

    return slot && slot->is_asked;
}

const struct setup_choice *setup_choices(const struct setup *setup,
                                         const char *key, size_t *count)
{
    const struct setup_slot *slot = slot_of(setup, key);

    *count = slot ? slot->choice_count : 0;
    return slot ? slot->choices : NULL;
}

/* ---- checking --------------------------------------------------------- */

static bool refuse_choice(const struct setup_slot *slot, const char *value,
                          struct error *err)
{
    struct strbuf list = { 0 };

    for (size_t i = 0; i < slot->choice_count; i++) {
        if (strcmp(slot->choices[i].value, value) == 0) {
            strbuf_release(&list);
            return true;
        }
        strbuf_addf(&list, "%s%s", i ? ", " : "", slot->choices[i].value);
    }
    error_set(err, ERROR_INPUT, "'%s' is none of the choices", value);
    error_hint(err, "choose one of: %s", strbuf_text(&list));
    strbuf_release(&list);
    return false;
}

/* The known key nearest to an unknown one. */
static bool refuse_key(const char *key, struct error *err)
{
    const struct setup_question *rows = setup_questions();
    const struct config_key *keys = config_keys();
    const char *names[64];
    const char *nearest;
    size_t count = 0;

    for (size_t i = 0; rows[i].key && count < 64; i++)
        names[count++] = rows[i].key;
    for (size_t i = 0; keys[i].name && count < 64; i++)
        names[count++] = keys[i].name;
    nearest = suggest_nearest(key, names, count);
    error_set(err, ERROR_INPUT, "unknown key '%s'", key);
    if (nearest)
        return error_hint(err, "did you mean '%s'?", nearest);
    return error_hint(err, "docs/configuration.md lists the keys; keys of your "
                           "own belong into the files themselves");
}

static const char *config_name(const char *key)
{
    for (const struct config_key *row = config_keys(); row->name; row++) {
        if (strcmp(row->name, key) == 0)
            return row->name;
    }
    return NULL;
}

bool setup_knows(const char *key)
{
    return setup_row(key) >= 0 || config_name(key);
}

bool setup_check(const struct setup *setup, const char *key, const char *value,
                 struct error *err)
{
    const struct setup_slot *slot = slot_of(setup, key);
    const struct setup_question *row;

    if (!slot)
        return config_name(key) ? setup_check_text(key, value, err)
                                : refuse_key(key, err);
    row = &setup_questions()[slot - setup->slots];
    if (!*value && !(row->missing && !*row->missing)) {
        error_set(err, ERROR_INPUT, "this needs an answer");
        return error_hint(err, "write a value");
    }
    if (!check_form(setup, row, value, err))
        return false;
    return (row->kind != SETUP_CHOICE && row->kind != SETUP_YES_NO) ||
           refuse_choice(slot, value, err);
}

const char *setup_doubt(const struct setup *setup, const char *key,
                        const char *value)
{
    int row = setup_row(key);

    return row >= 0 && setup_questions()[row].doubt
               ? setup_questions()[row].doubt(setup, value)
               : NULL;
}

/* ---- answering -------------------------------------------------------- */

static void answer_extra(struct setup *setup, const char *key,
                         const char *value)
{
    struct setup_extra *extra = extra_of(setup, key);

    if (!extra) {
        setup->extras =
            mem_grow(setup->extras, setup->extra_count, &setup->extra_capacity,
                     sizeof(*setup->extras));
        extra = &setup->extras[setup->extra_count++];
        *extra = (struct setup_extra){ .key = config_name(key) };
    }
    free(extra->value);
    extra->value = mem_text(value);
}

static char *trim(const char *value)
{
    size_t size;

    value += strspn(value, " \t");
    size = strlen(value);
    while (size && strchr(" \t", value[size - 1]))
        size--;
    return mem_bytes(value, size);
}

bool setup_answer(struct setup *setup, const char *key, const char *value,
                  struct error *err)
{
    char *text = trim(value);
    int row = setup_row(key);
    char *old;

    if (!setup_check(setup, key, text, err)) {
        free(text);
        return false;
    }
    if (row < 0) {
        answer_extra(setup, key, text);
        free(text);
        return true;
    }
    old = setup->slots[row].answer;
    setup->slots[row].answer = text;
    if (refresh(setup, err)) {
        free(old);
        return true;
    }
    setup->slots[row].answer = old;
    free(text);
    (void)!refresh(setup, NULL);
    return false;
}
