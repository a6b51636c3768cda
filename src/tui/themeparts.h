/* What theme.c and themefile.c share, and nobody else: a theme as its file
 * gives it (rules), and as the screen needs it (looks). */
#ifndef STEPDECK_TUI_THEMEPARTS_H
#define STEPDECK_TUI_THEMEPARTS_H

#include "tui/theme.h"

enum ground { FOREGROUND, BACKGROUND, GROUND_COUNT };

/* A role in the file; what is not given is inherited. */
struct theme_rule {
    uint32_t colours[GROUND_COUNT][DEPTH_COUNT];
    bool is_given[GROUND_COUNT][DEPTH_COUNT];
    uint8_t attributes;
    bool has_attributes;
};

struct theme {
    char *name;
    char *title; /* NULL: the name */
    struct theme_rule rules[ROLE_COUNT];
    uint32_t terminal[GROUND_COUNT];
    bool has_terminal[GROUND_COUNT];
    struct look looks[DEPTH_COUNT][ROLE_COUNT];
};

/* The text of a theme as its file gives it. `inherits` is the name it gives,
 * with its line; NULL when it gives none; to free. False with ERROR_INPUT that
 * begins with "FILE:LINE: ". */
NODISCARD bool themefile_read(const char *file, const char *text, size_t size,
                              struct theme *theme, char **inherits, int *line,
                              struct error *err);

#endif
