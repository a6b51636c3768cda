/*
 * A list of texts it owns; always ended by a NULL, so that `items` serves as
 * an argv or environ. `= { 0 }` is the empty list (items is then NULL).
 */
#ifndef STEPDECK_BASE_STRVEC_H
#define STEPDECK_BASE_STRVEC_H

#include "base/error.h"

#include <stddef.h>

struct strvec {
    char **items;
    size_t count;
    size_t capacity;
};

void strvec_release(struct strvec *vec);
/* Appends a copy of `text`. */
void strvec_add(struct strvec *vec, const char *text);
void strvec_addf(struct strvec *vec, const char *format, ...) PRINTF_LIKE(2, 3);
/* Appends `text` itself: takes ownership. */
void strvec_take(struct strvec *vec, char *text);
bool strvec_has(const struct strvec *vec, const char *text);
/* Sorts by byte value. */
void strvec_sort(struct strvec *vec);
/* Appends the pieces of `text` between any of `separators`, spaces around
 * them cut off, empty ones left out. */
void strvec_split(struct strvec *vec, const char *text, const char *separators);

#endif
