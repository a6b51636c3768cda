/*
 * Failed builds and pushes: the likely cause and what mends it, from the words
 * of the builder, the daemon or the registry. Pure.
 *
 * The rules of core/diagnosis.h look at the log of any step; these are for what
 * only an error message of ours holds, and tell which failures pass by
 * themselves.
 */
#ifndef STEPDECK_AWS_APPRUNNER_BUILDADVICE_H
#define STEPDECK_AWS_APPRUNNER_BUILDADVICE_H

#include <stdbool.h>
#include <stddef.h>

struct error;

struct buildadvice {
    const char *sign;  /* part of the words, in lower case */
    const char *sign2; /* another part that must be there too; NULL: none */
    const char *cause; /* a sentence without its full stop */
    const char *mend;  /* what to do */
    bool passes;       /* another attempt, with a fresh token, is worth it */
};

/* The first row that fits `words` (case does not matter); NULL for none. */
const struct buildadvice *buildadvice_find(const char *words);
/* The table, for tests; NULL behind the last. */
const struct buildadvice *buildadvice_at(size_t index);

/* Gives the error the advice as its hint, in place of its own. */
void buildadvice_add(struct error *err);

#endif
