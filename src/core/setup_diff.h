/* What a change does to a text, line by line, as diff -u shows it. Pure. */
#ifndef STEPDECK_CORE_SETUP_DIFF_H
#define STEPDECK_CORE_SETUP_DIFF_H

#include <stddef.h>

struct setup_diff {
    char *text;            /* "" when nothing changes */
    size_t added, removed; /* lines */
};

/* Compares; `old` is NULL for a file that is not there yet. The text is for
 * the caller to free. Lines that are the same on both sides are recognised
 * unless the part that differs has thousands of them; then all of it is shown
 * as replaced. */
struct setup_diff setup_diff(const char *name, const char *old,
                             const char *text);

#endif
