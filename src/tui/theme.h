/*
 * Themes: what each role looks like, for terminals of 1, 16, 256 or 16 million
 * colours. Files `themes/NAME.theme` (INI); the ones that come with the program
 * are compiled in, users add theirs in $XDG_CONFIG_HOME/stepdeck/themes/.
 *
 *     [theme]
 *     name = Dark
 *     inherits = default          ; the default when left out
 *
 *     [failed]                    ; a role
 *     foreground.16 = red         ; a name, bright-NAME, or none
 *     foreground.256 = 203
 *     foreground.true = #f2777a
 *     background.16 = ...
 *     attributes = bold underline ; or none
 *
 *     [terminal]                  ; of pictures: the terminal's own colours
 *     foreground.true = #d0d0d0
 *     background.true = #101014
 *
 * What a theme leaves out it inherits; a foreground or background given for one
 * depth is given for all. A colour missing for a depth is that of the next
 * lower depth, else the one above it brought down. A role without a foreground
 * or background has that of the role `text`.
 *
 *     struct theme *theme = theme_load("dark", dir, &err);
 *     if (!theme)
 *         theme = theme_load("default", NULL, NULL);      never fails
 *     look = theme_look(theme, &cell->style, DEPTH_256);
 *     theme_free(theme);
 *
 * Blocking file access in theme_load(), theme_parse() and theme_names(); what
 * is loaded is read-only. Foreign text: tests/fuzz/theme_fuzz.c.
 */
#ifndef STEPDECK_TUI_THEME_H
#define STEPDECK_TUI_THEME_H

#include "base/error.h"
#include "base/strvec.h"
#include "tui/colour.h"
#include "tui/style.h"

/* What to show: colours as in style.h (0: the terminal's own), and the
 * attributes without the overlays. */
struct look {
    uint32_t foreground, background;
    uint8_t attributes;
};

struct theme;

/* The theme of that name: the user's in the folder `themes` of `user_dir`
 * (preferences_dir(); may be NULL) before the built-in. A user's theme may have
 * the name of a built-in one and inherit it; the built-in ones inherit from
 * each other only. NULL with ERROR_INPUT: no such theme (with a did-you-mean),
 * or file and line of what is wrong with it. */
NODISCARD struct theme *theme_load(const char *name, const char *user_dir,
                                   struct error *err);
/* From text, for tests and fuzzing; `name` is used in errors. */
NODISCARD struct theme *theme_parse(const char *name, const char *text,
                                    size_t size, const char *user_dir,
                                    struct error *err);
void theme_free(struct theme *theme);

/* The names of all themes there are, sorted. */
void theme_names(const char *user_dir, struct strvec *names);
/* The name it is loaded by, and the one that its file gives it. */
const char *theme_name(const struct theme *theme);
const char *theme_title(const struct theme *theme);

/* How a style looks. A child's own colours come down to the depth; DEPTH_MONO
 * (also for NO_COLOR) leaves attributes only, and shows a selection in reverse
 * and a match underlined where the theme has only colours for them. */
struct look theme_look(const struct theme *theme, const struct style *style,
                       enum colour_depth depth);

/* The terminal's own colours for pictures, as 0xRRGGBB. */
void theme_terminal(const struct theme *theme, uint32_t *foreground,
                    uint32_t *background);
/* A colour (style.h) as 0xRRGGBB: xterm's values for the 256. */
uint32_t theme_rgb(uint32_t colour);

#endif
