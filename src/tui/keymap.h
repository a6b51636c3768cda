/*
 * Keys and what they do.
 *
 * A key is a character or a named key, with Control (C-), Alt (A-) or Shift
 * (S-, named keys only): "j", "C-d", "PgDn", "A-x", "Space", "F1". term.c
 * makes them from what the terminal sends; the keymap turns one or several in
 * a row ("]e") into an action.
 *
 *     struct keymap map = { 0 };
 *     keymap_defaults(&map);
 *     if (!keymap_bind(&map, "follow", "F f", &err)) ...
 *     action = keymap_feed(&map, key);     ACTION_NONE, or pending, or one
 *     keymap_release(&map);
 */
#ifndef STEPDECK_TUI_KEYMAP_H
#define STEPDECK_TUI_KEYMAP_H

#include "base/error.h"
#include "base/strbuf.h"
#include "tui/actions.h"

#include <stdint.h>

/* Named keys lie beyond Unicode. */
enum key_name {
    KEY_NAME_FIRST = 0x110000,
    KEY_NAME_ENTER = KEY_NAME_FIRST,
    KEY_NAME_TAB,
    KEY_NAME_ESC,
    KEY_NAME_BACKSPACE,
    KEY_NAME_DELETE,
    KEY_NAME_INSERT,
    KEY_NAME_UP,
    KEY_NAME_DOWN,
    KEY_NAME_LEFT,
    KEY_NAME_RIGHT,
    KEY_NAME_HOME,
    KEY_NAME_END,
    KEY_NAME_PAGE_UP,
    KEY_NAME_PAGE_DOWN,
    KEY_NAME_F1, /* ... F12 follow */
    KEY_NAME_F12 = KEY_NAME_F1 + 11,
    KEY_NAME_LAST = KEY_NAME_F12
};

enum key_modifier { KEY_CONTROL = 1, KEY_ALT = 2, KEY_SHIFT = 4 };

/* C-d is { 'd', KEY_CONTROL }, a capital letter is itself without KEY_SHIFT. */
struct key {
    uint32_t code; /* a Unicode character or an enum key_name; 0: none */
    uint8_t modifiers;
};

/* Reads one name ("C-d", "PgDn", "j"); false for any other text. Names like
 * PgDn in any case, "PageDown" as well. Folded as terminals do: C-D is C-d,
 * C-i Tab, C-m Enter, C-[ Esc. */
NODISCARD bool key_parse(const char *name, size_t size, struct key *key);
/* The one printable character at the beginning of `text`: gives its bytes, 0
 * when there is none. */
NODISCARD size_t key_character(const char *text, size_t size, struct key *key);
/* "C-d", "PgDn", "j"; appends. */
void key_print(struct key key, struct strbuf *out);

/* The names of the named keys; gives how many. */
enum { KEY_NAMES_MOST = 40 };
size_t key_names(const char *out[KEY_NAMES_MOST]);

enum { KEYMAP_SEQUENCE = 4 };

struct keymap_binding {
    struct key keys[KEYMAP_SEQUENCE];
    size_t count;
    enum action action;
};

struct keymap {
    struct keymap_binding *bindings;
    size_t count, capacity;
    struct key pending[KEYMAP_SEQUENCE]; /* typed so far */
    size_t pending_count;
};

/* Forgets every binding and takes those of actions.h. */
void keymap_defaults(struct keymap *map);
void keymap_release(struct keymap *map);

/* Gives the action exactly these keys (separated by spaces; "none" for no
 * key), taking them from other actions. ERROR_INPUT for an unknown action
 * (with a did-you-mean) or key, or a sequence that hides another; the map is
 * then as it was. */
NODISCARD bool keymap_bind(struct keymap *map, const char *action,
                           const char *keys, struct error *err);

/* What the key does. ACTION_NONE: nothing, or more keys are needed (then
 * pending_count is not 0). A key that does not go on with what was typed is
 * dropped with it, so Esc (or any other key) leaves a sequence. */
enum action keymap_feed(struct keymap *map, struct key key);

/* Whether this one key, by itself, does the action. */
bool keymap_is_bound(const struct keymap *map, struct key key,
                     enum action action);

/* The first key of the action as the screen names it ("f", "]e", "C-c"); ""
 * without one. Appends; with `all`, every key, separated by spaces. */
void keymap_print(const struct keymap *map, enum action action, bool all,
                  struct strbuf *out);

#endif
