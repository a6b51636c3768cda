/*
 * What the user likes: $XDG_CONFIG_HOME/stepdeck/config.ini (else
 * ~/.config/stepdeck/config.ini).
 *
 *     [console]
 *     theme = default
 *     icons = text          ; text, emoji, ascii
 *     follow = yes
 *     wrap = no
 *     timestamps = none     ; none, time, elapsed
 *     mouse = no
 *     list-width = 32       ; percent of the screen
 *     bell = no             ; ring when a run ends
 *     notify = no           ; desktop notification (OSC 9) when a run ends
 *
 *     [keys]
 *     follow = F f          ; an action of actions.h = its keys, or none
 *
 * A bad line is told with its number and ignored, never fatal. What is changed
 * on the screen is remembered by changing or adding its line and leaving every
 * other byte of the file as it is.
 *
 *     struct preferences likes;
 *     preferences_defaults(&likes);
 *     preferences_load(&likes, &keymap, &warnings);
 *     preferences_release(&likes);
 *
 * A preferences owns its `theme`. Reading the environment, these are for the
 * start of the program, or a thread while nobody calls setenv(3). Foreign
 * text: tests/fuzz/preferences_fuzz.c.
 */
#ifndef STEPDECK_TUI_PREFERENCES_H
#define STEPDECK_TUI_PREFERENCES_H

#include "base/strvec.h"
#include "tui/icons.h"
#include "tui/keymap.h"

enum time_mode { TIMES_NONE, TIMES_CLOCK, TIMES_ELAPSED };

struct preferences {
    char *theme; /* NULL: default */
    enum icon_set icons;
    bool follow, wrap, mouse, bell, notify;
    enum time_mode times;
    int list_width; /* percent, 15 to 70 */
};

enum { LIST_WIDTH_LEAST = 15, LIST_WIDTH_MOST = 70, LIST_WIDTH_USUAL = 32 };

void preferences_defaults(struct preferences *preferences);
void preferences_release(struct preferences *preferences);

/* Reads text of the file; `warnings` gets "config.ini:3: ..." for each value
 * that is ignored, and for the first line that is no INI. `keys` and
 * `warnings` may be NULL. */
void preferences_parse(struct preferences *preferences, struct keymap *keys,
                       const char *text, size_t size, struct strvec *warnings);

/* The path of config.ini, and the folder it is in; to free; NULL without a
 * home. */
char *preferences_path(void);
char *preferences_dir(void);

/* Reads the file; one that is not there is fine. */
void preferences_load(struct preferences *preferences, struct keymap *keys,
                      struct strvec *warnings);

/* The text of the file with `key` of [console] set to `value`, which has no
 * line end, no semicolon and no spaces around it; to free. */
char *preferences_edit(const char *text, const char *key, const char *value);

/* Writes back what differs from `before`; a file that is a link stays one.
 * ERROR_NOT_FOUND without a home. Blocking: not on the UI thread. */
NODISCARD bool preferences_save(const struct preferences *preferences,
                                const struct preferences *before,
                                struct error *err);

#endif
