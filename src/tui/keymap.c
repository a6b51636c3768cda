#include "tui/keymap.h"

#include "base/mem.h"
#include "base/strvec.h"
#include "base/suggest.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool same_key(struct key left, struct key right)
{
    return left.code == right.code && left.modifiers == right.modifiers;
}

/* Whether the first `count` keys of the binding are these. */
static bool begins_with(const struct keymap_binding *binding,
                        const struct key *keys, size_t count)
{
    if (binding->count < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!same_key(binding->keys[i], keys[i]))
            return false;
    }
    return true;
}

static bool same_keys(const struct keymap_binding *left,
                      const struct keymap_binding *right)
{
    return left->count == right->count &&
           begins_with(left, right->keys, right->count);
}

/* Whether one of the two is the beginning of the other, longer one. */
static bool hides(const struct keymap_binding *left,
                  const struct keymap_binding *right)
{
    if (left->count == right->count)
        return false;
    return left->count < right->count
               ? begins_with(right, left->keys, left->count)
               : begins_with(left, right->keys, right->count);
}

static bool unknown_key(const char *word, struct error *err)
{
    const char *names[KEY_NAMES_MOST];
    const char *nearest = suggest_nearest(word, names, key_names(names));

    error_set(err, ERROR_INPUT, "unknown key '%s'", word);
    if (nearest)
        return error_hint(err, "did you mean '%s'?", nearest);
    return error_hint(err, "keys are written as f, ]e, C-d, A-x, PgDn, F1");
}

/* A word that is no key but several characters, to be typed one after the
 * other. One that looks like a mistyped name is refused: nobody wants to type
 * P, g, D and m. */
static bool parse_sequence(const char *word, struct keymap_binding *binding)
{
    const char *names[KEY_NAMES_MOST];
    size_t size = strlen(word);

    if (size > 2 && (word[1] == '-' ||
                     suggest_nearest(word, names, key_names(names)) != NULL))
        return false;
    while (*word) {
        size_t length;

        if (binding->count == KEYMAP_SEQUENCE)
            return false;
        length = key_character(word, size, &binding->keys[binding->count]);
        if (!length)
            return false;
        binding->count++;
        word += length;
        size -= length;
    }
    return binding->count > 0;
}

static bool parse_word(const char *word, struct keymap_binding *binding,
                       struct error *err)
{
    if (key_parse(word, strlen(word), &binding->keys[0])) {
        binding->count = 1;
        return true;
    }
    return parse_sequence(word, binding) || unknown_key(word, err);
}

static void add(struct keymap *map, const struct keymap_binding *binding)
{
    map->bindings = mem_grow(map->bindings, map->count, &map->capacity,
                             sizeof(*map->bindings));
    map->bindings[map->count++] = *binding;
}

/* The bindings of one action from `keys`, into an empty map. */
static bool parse_keys(enum action action, const char *keys,
                       struct keymap *parsed, struct error *err)
{
    struct strvec words = { 0 };
    bool parses = true;

    if (strcmp(keys, "none") == 0)
        return true;
    strvec_split(&words, keys, " \t");
    if (!words.count) {
        parses = error_set(err, ERROR_INPUT, "no key");
        error_hint(err, "write none for no key at all");
    }
    for (size_t i = 0; parses && i < words.count; i++) {
        struct keymap_binding binding = { .action = action };
        bool is_double = false;

        parses = parse_word(words.items[i], &binding, err);
        for (size_t j = 0; parses && j < parsed->count; j++)
            is_double = is_double || same_keys(&parsed->bindings[j], &binding);
        if (parses && !is_double)
            add(parsed, &binding);
    }
    strvec_release(&words);
    return parses;
}

static void print_keys(const struct keymap_binding *binding, struct strbuf *out)
{
    for (size_t i = 0; i < binding->count; i++)
        key_print(binding->keys[i], out);
}

static bool hidden(const struct keymap_binding *one,
                   const struct keymap_binding *other, struct error *err)
{
    const char *name = action_info(other->action)->name;
    struct strbuf left = { 0 };
    struct strbuf right = { 0 };

    print_keys(one, &left);
    print_keys(other, &right);
    error_set(err, ERROR_INPUT, "'%s' and '%s' (%s) begin alike",
              strbuf_text(&left), strbuf_text(&right), name);
    strbuf_release(&left);
    strbuf_release(&right);
    return error_hint(err, "give '%s' another key first", name);
}

/* Whether the new bindings of `action` leave all others in reach. */
static bool check_hiding(const struct keymap *map, enum action action,
                         const struct keymap *added, struct error *err)
{
    for (size_t i = 0; i < added->count; i++) {
        const struct keymap_binding *binding = &added->bindings[i];

        for (size_t j = 0; j < map->count; j++) {
            if (map->bindings[j].action != action &&
                hides(binding, &map->bindings[j]))
                return hidden(binding, &map->bindings[j], err);
        }
        for (size_t j = 0; j < i; j++) {
            if (hides(binding, &added->bindings[j]))
                return hidden(binding, &added->bindings[j], err);
        }
    }
    return true;
}

/* Takes the action's own keys and those of `added` out. */
static void take_out(struct keymap *map, enum action action,
                     const struct keymap *added)
{
    size_t kept = 0;

    for (size_t i = 0; i < map->count; i++) {
        bool is_taken = map->bindings[i].action == action;

        for (size_t j = 0; j < added->count; j++)
            is_taken =
                is_taken || same_keys(&map->bindings[i], &added->bindings[j]);
        if (!is_taken)
            map->bindings[kept++] = map->bindings[i];
    }
    map->count = kept;
}

static enum action find_action(const char *name, struct error *err)
{
    const char *names[ACTION_COUNT];
    enum action action = action_find(name);
    const char *nearest;

    if (action != ACTION_NONE)
        return action;
    for (int i = 1; i < ACTION_COUNT; i++)
        names[i - 1] = action_info((enum action)i)->name;
    nearest = suggest_nearest(name, names, ACTION_COUNT - 1);
    error_set(err, ERROR_INPUT, "unknown action '%s'", name);
    if (nearest)
        error_hint(err, "did you mean '%s'?", nearest);
    else
        error_hint(err, "the help (?) lists the actions");
    return ACTION_NONE;
}

bool keymap_bind(struct keymap *map, const char *action, const char *keys,
                 struct error *err)
{
    struct keymap added = { 0 };
    enum action found = find_action(action, err);
    bool is_bound = found != ACTION_NONE &&
                    parse_keys(found, keys, &added, err) &&
                    check_hiding(map, found, &added, err);

    if (is_bound) {
        take_out(map, found, &added);
        for (size_t i = 0; i < added.count; i++)
            add(map, &added.bindings[i]);
        map->pending_count = 0;
    }
    free(added.bindings);
    return is_bound;
}

void keymap_defaults(struct keymap *map)
{
    map->count = map->pending_count = 0;
    for (int i = 1; i < ACTION_COUNT; i++) {
        const struct action_info *info = action_info((enum action)i);
        bool is_bound = keymap_bind(map, info->name, info->keys, NULL);

        assert(is_bound);
        (void)is_bound;
    }
}

void keymap_release(struct keymap *map)
{
    free(map->bindings);
    *map = (struct keymap){ 0 };
}

enum action keymap_feed(struct keymap *map, struct key key)
{
    size_t count = map->pending_count + 1;

    map->pending[map->pending_count] = key;
    map->pending_count = 0;
    for (size_t i = 0; i < map->count; i++) {
        const struct keymap_binding *binding = &map->bindings[i];

        if (!begins_with(binding, map->pending, count))
            continue;
        if (binding->count == count)
            return binding->action;
        /* Longer than what was typed, so there is room for another key. */
        map->pending_count = count;
    }
    return ACTION_NONE;
}

bool keymap_is_bound(const struct keymap *map, struct key key,
                     enum action action)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct keymap_binding *binding = &map->bindings[i];

        if (binding->action == action && binding->count == 1 &&
            begins_with(binding, &key, 1))
            return true;
    }
    return false;
}

static void print_binding(const struct keymap_binding *binding,
                          struct strbuf *out)
{
    for (size_t i = 0; i < binding->count; i++)
        key_print(binding->keys[i], out);
}

void keymap_print(const struct keymap *map, enum action action, bool all,
                  struct strbuf *out)
{
    bool is_first = true;

    for (size_t i = 0; i < map->count; i++) {
        if (map->bindings[i].action != action)
            continue;
        if (!is_first)
            strbuf_addc(out, ' ');
        print_binding(&map->bindings[i], out);
        if (!all)
            return;
        is_first = false;
    }
}
