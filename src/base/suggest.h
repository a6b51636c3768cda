/* "Did you mean ...?": the known word nearest to a mistyped one. */
#ifndef STEPDECK_BASE_SUGGEST_H
#define STEPDECK_BASE_SUGGEST_H

#include <stddef.h>

/* Borrowed from `words` (`count` of them); NULL when none is near enough
 * (more than a third of the letters differ). */
const char *suggest_nearest(const char *word, const char *const *words,
                            size_t count);

#endif
