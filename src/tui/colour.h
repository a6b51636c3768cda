/*
 * Colours (style.h) and how they come down to what a terminal can show. Pure
 * functions; values outside of their range are folded into it.
 */
#ifndef STEPDECK_TUI_COLOUR_H
#define STEPDECK_TUI_COLOUR_H

#include "tui/style.h"

enum colour_depth { DEPTH_MONO, DEPTH_16, DEPTH_256, DEPTH_TRUE };
enum { DEPTH_COUNT = DEPTH_TRUE + 1 };

/* The colour with no more than the depth can show: 0 stays 0, everything is 0
 * at DEPTH_MONO. Of the first 16 of an indexed palette only their hue is
 * known, so nothing else is ever brought to one of them at DEPTH_256. */
uint32_t colour_down(uint32_t colour, enum colour_depth depth);

/* As 0xRRGGBB, with xterm's values for the 256; 0 for 0. */
uint32_t colour_rgb(uint32_t colour);

#endif
