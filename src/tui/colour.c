/*
 * To 256 colours the way goes by distance, for the cube and the greys lie
 * close. To 16 it goes by hue: a pale red is nearer to white than to any of
 * the reds, but what an author wanted to say with it is "red".
 */
#include "tui/colour.h"

static const uint32_t first_16[] = {
    0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
    0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
    0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
};

enum {
    CUBE_FIRST = 16,
    GREY_FIRST = 232,
    GREY_COUNT = 24,
    LEAST_CHROMA = 0x28, /* below it a colour is a grey */
    LEAST_BRIGHT = 0xd8  /* from here on the brighter eight */
};

struct rgb {
    int red, green, blue;
};

static struct rgb split(uint32_t value)
{
    return (struct rgb){ (int)(value >> 16 & 0xff), (int)(value >> 8 & 0xff),
                         (int)(value & 0xff) };
}

static int cube_level(int step)
{
    return step ? 55 + 40 * step : 0;
}

static uint32_t index_rgb(uint32_t index)
{
    int cube = (int)index - CUBE_FIRST;
    int grey = 8 + 10 * ((int)index - GREY_FIRST);

    if (index < CUBE_FIRST)
        return first_16[index];
    if (index >= GREY_FIRST)
        return (uint32_t)(grey << 16 | grey << 8 | grey);
    return (uint32_t)(cube_level(cube / 36) << 16 |
                      cube_level(cube / 6 % 6) << 8 | cube_level(cube % 6));
}

uint32_t colour_rgb(uint32_t colour)
{
    if (colour & COLOUR_RGB)
        return colour & COLOUR_VALUE;
    return colour & COLOUR_INDEX ? index_rgb(colour & 0xff) : 0;
}

/* Squared, weighted by what the eye sees; the weight of red and blue depends
 * on how much red there is. */
static int distance(struct rgb left, struct rgb right)
{
    int mean = (left.red + right.red) / 2;
    int red = left.red - right.red;
    int green = left.green - right.green;
    int blue = left.blue - right.blue;

    return ((512 + mean) * red * red + 1024 * green * green +
            (767 - mean) * blue * blue) >>
           8;
}

static int nearest_step(int value)
{
    return value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40;
}

static uint32_t nearest_256(struct rgb want)
{
    int cube = CUBE_FIRST + 36 * nearest_step(want.red) +
               6 * nearest_step(want.green) + nearest_step(want.blue);
    int mean = (want.red + want.green + want.blue) / 3;
    int step = mean < 8 ? 0 : (mean - 3) / 10;
    int grey = GREY_FIRST + (step < GREY_COUNT ? step : GREY_COUNT - 1);
    int to_cube = distance(want, split(index_rgb((uint32_t)cube)));
    int to_grey = distance(want, split(index_rgb((uint32_t)grey)));

    return (uint32_t)(to_grey < to_cube ? grey : cube);
}

static int most(struct rgb colour)
{
    int value = colour.red > colour.green ? colour.red : colour.green;

    return value > colour.blue ? value : colour.blue;
}

static int least(struct rgb colour)
{
    int value = colour.red < colour.green ? colour.red : colour.green;

    return value < colour.blue ? value : colour.blue;
}

static uint32_t nearest_grey(int value)
{
    return value < 0x40 ? 0 : value < 0xb2 ? 8 : value < 0xf2 ? 7 : 15;
}

static uint32_t nearest_16(struct rgb want)
{
    int high = most(want), low = least(want);
    int middle = (high + low) / 2;
    uint32_t hue = (want.red > middle ? 1u : 0u) |
                   (want.green > middle ? 2u : 0u) |
                   (want.blue > middle ? 4u : 0u);

    if (high - low < LEAST_CHROMA)
        return nearest_grey(middle);
    return hue + (high >= LEAST_BRIGHT ? 8 : 0);
}

uint32_t colour_down(uint32_t colour, enum colour_depth depth)
{
    if (!(colour & (COLOUR_INDEX | COLOUR_RGB)) || depth == DEPTH_MONO)
        return 0;
    if (depth == DEPTH_256 && (colour & COLOUR_RGB))
        return COLOUR_INDEX + nearest_256(split(colour_rgb(colour)));
    if (depth == DEPTH_16 &&
        ((colour & COLOUR_RGB) || (colour & 0xff) >= CUBE_FIRST))
        return COLOUR_INDEX + nearest_16(split(colour_rgb(colour)));
    return colour;
}
