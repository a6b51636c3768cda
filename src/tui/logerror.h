/*
 * Does a line of a log look like an error?
 *
 * A line does that holds one of the words of `words` in logerror.c by itself
 * (in any case), begins with "E:", or shows a cross; unless what it says is
 * that there was none: "0 errors", "no errors", "errors: 0", "error=nil".
 * Without escape sequences. Pure.
 */
#ifndef STEPDECK_TUI_LOGERROR_H
#define STEPDECK_TUI_LOGERROR_H

#include <stdbool.h>
#include <stddef.h>

bool logerror_is(const char *line, size_t size);

/* The first byte from `from` on with which something may begin that makes its
 * line one; `size` when there is none. Finds all, whatever is around them
 * (escape sequences, ends of pieces), and few others; fast. */
size_t logerror_seek(const char *bytes, size_t size, size_t from);

#endif
