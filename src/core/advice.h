/*
 * The overview's advice in words: what to do next, what mends it, and which
 * command does it.
 *
 *     struct advice advice;
 *     advice_make(&advice, &overview);
 *     ...
 *     advice_release(&advice);
 *
 * Values only.
 */
#ifndef STEPDECK_CORE_ADVICE_H
#define STEPDECK_CORE_ADVICE_H

#include "core/overview.h"

struct advice {
    char *sentence;
    char *suggestion;  /* what mends it; may be NULL */
    const char *words; /* of the command, "deploy"; NULL: nothing to run */
};

void advice_make(struct advice *advice, const struct overview *overview);
void advice_release(struct advice *advice);

#endif
