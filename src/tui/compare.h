/* The durations of two runs side by side: part of the history. */
#ifndef STEPDECK_TUI_COMPARE_H
#define STEPDECK_TUI_COMPARE_H

#include "tui/history.h"

/* One step of either run. */
struct compared_step {
    const struct run_step *a, *b; /* NULL: not in that run */
};

/* The steps of both runs by number and name; to free. */
struct compared_step *compare_steps(const struct report *a,
                                    const struct report *b, size_t *count);

/* "slower", "faster", or "about the same" (within a twentieth) when `b_ms` is
 * seen beside `a_ms`; "" when one of them is negative, for unknown. */
const char *compare_word(int64_t a_ms, int64_t b_ms);

/* Draws the marked run beside the selected one. */
void compare_draw(struct model *model, struct area area, bool focused);

#endif
