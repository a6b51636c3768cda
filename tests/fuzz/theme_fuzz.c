/* Any bytes give a theme with colours of the asked depth, or an error that
 * names the file. */
#include "tui/theme.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void check_colour(uint32_t colour, enum colour_depth depth)
{
    if (!colour)
        return;
    demand(depth != DEPTH_MONO);
    if (colour & COLOUR_RGB) {
        demand(depth == DEPTH_TRUE && colour - COLOUR_RGB <= 0xffffff);
    } else {
        demand((colour & COLOUR_INDEX) && (colour & COLOUR_VALUE) < 256);
        demand(depth != DEPTH_16 || (colour & COLOUR_VALUE) < 16);
    }
    demand(theme_rgb(colour) <= 0xffffff);
}

static void check_looks(const struct theme *theme)
{
    struct style style = { 0 };

    for (int depth = 0; depth < DEPTH_COUNT; depth++) {
        for (int role = 0; role < ROLE_COUNT; role++) {
            for (int overlay = 0; overlay < 4; overlay++) {
                struct look look;

                style.role = (uint8_t)role;
                style.attributes = (uint8_t)(overlay * ATTRIBUTE_SELECTED);
                look = theme_look(theme, &style, (enum colour_depth)depth);
                check_colour(look.foreground, (enum colour_depth)depth);
                check_colour(look.background, (enum colour_depth)depth);
                demand(look.attributes < ATTRIBUTE_SELECTED);
            }
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = { 0 };
    struct theme *theme =
        theme_parse("fuzz", (const char *)data, size, NULL, &err);
    uint32_t foreground, background;

    if (!theme) {
        demand(err.code == ERROR_INPUT);
        demand(strncmp(err.message, "fuzz.theme:", 11) == 0);
        return 0;
    }
    check_looks(theme);
    theme_terminal(theme, &foreground, &background);
    demand(foreground <= 0xffffff && background <= 0xffffff);
    demand(*theme_title(theme) != '\0');
    theme_free(theme);
    return 0;
}
