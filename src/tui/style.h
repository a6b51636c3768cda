/*
 * How a cell looks: what it means (a role, which the theme gives its colours),
 * and what a child's own escape sequences asked for on top of that.
 *
 * Views name roles; only theme.c knows colours. `= { 0 }` is plain text in the
 * terminal's own colours.
 */
#ifndef STEPDECK_TUI_STYLE_H
#define STEPDECK_TUI_STYLE_H

#include <stdint.h>

enum role {
    ROLE_TEXT,
    ROLE_OK,
    ROLE_FAILED,
    ROLE_WARNING,
    ROLE_RUNNING,
    ROLE_WAITING,
    ROLE_SKIPPED,
    ROLE_DIM,
    ROLE_ACCENT,
    ROLE_SELECTION, /* the selected row of the focused pane */
    ROLE_BORDER,
    ROLE_FOCUS, /* the border of the focused pane */
    ROLE_TITLE,
    ROLE_MATCH, /* what a search found */
    ROLE_COUNT
};

enum attribute {
    ATTRIBUTE_BOLD = 1,
    ATTRIBUTE_DIM = 2,
    ATTRIBUTE_ITALIC = 4,
    ATTRIBUTE_UNDERLINE = 8,
    ATTRIBUTE_REVERSE = 16,
    /* Laid over the role: its background and attributes win, its foreground
     * only where it gives one. */
    ATTRIBUTE_SELECTED = 32, /* ROLE_SELECTION over the style */
    ATTRIBUTE_MATCHED = 64   /* ROLE_MATCH over the style */
};

/* A colour is 0 (the role's own), COLOUR_INDEX plus one of the 256, or
 * COLOUR_RGB plus 0xRRGGBB. */
#define COLOUR_INDEX 0x1000000u
#define COLOUR_RGB 0x2000000u
#define COLOUR_VALUE 0x0ffffffu

struct style {
    uint8_t role;       /* enum role */
    uint8_t attributes; /* enum attribute, or-ed */
    uint32_t foreground, background;
};

#endif
