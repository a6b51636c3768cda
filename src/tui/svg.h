/*
 * A picture of a canvas: a window with what the terminal would show, as an SVG
 * file that needs nothing else (no fonts, scripts or links).
 *
 *     struct strbuf picture = { 0 };
 *     canvas_svg(&canvas, theme, "deploy", &picture);
 *
 * The same canvas and theme give the same bytes.
 */
#ifndef STEPDECK_TUI_SVG_H
#define STEPDECK_TUI_SVG_H

#include "base/strbuf.h"

struct canvas;
struct theme;

/* Appends the picture. `title` (may be NULL) is foreign text. */
void canvas_svg(const struct canvas *canvas, const struct theme *theme,
                const char *title, struct strbuf *out);

#endif
