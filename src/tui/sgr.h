/*
 * The colours and attributes that a child asked for: the parameters of the
 * control sequence "select graphic rendition", ESC [ PARAMETERS m, as ECMA-48
 * 8.3.117 and xterm's control sequences define them. Parts are separated by
 * semicolons; those of an extended colour also by colons (ITU-T T.416).
 *
 * Foreign bytes, by way of textline.c: tests/fuzz/textline_fuzz.c.
 */
#ifndef STEPDECK_TUI_SGR_H
#define STEPDECK_TUI_SGR_H

#include "tui/style.h"

#include <stddef.h>

/* Changes the style as `size` bytes of digits, colons and semicolons say. What
 * is unknown, out of range or not there in full changes nothing; blinking,
 * hidden and struck out text stay as they are. */
void sgr_apply(struct style *style, const char *parameters, size_t size);

#endif
