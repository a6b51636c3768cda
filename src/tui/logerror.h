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

/* Whether `bytes[at]` may be the first of what makes a line one: true for all
 * that do, whatever is around, and for few others. */
bool logerror_may_begin(const char *bytes, size_t size, size_t at);

#endif
