/*
 * A Dockerfile as a list of instructions, and the words in them.
 *
 *     struct dockerfile file = { 0 };
 *     if (dockerfile_read(text, &file, &err))
 *         ... file.items[0].word is "FROM", .rest "scratch", .line 1 ...
 *     dockerfile_release(&file);
 *
 * https://docs.docker.com/reference/dockerfile/
 */
#ifndef STEPDECK_EMULATOR_DOCKERFILE_H
#define STEPDECK_EMULATOR_DOCKERFILE_H

#include "base/error.h"
#include "base/strvec.h"

#include <jansson.h>
#include <stddef.h>

struct dockerfile_item {
    char *word; /* in capitals */
    char *rest; /* continued lines joined, spaces around cut off */
    int line;   /* where it begins */
};
struct dockerfile {
    struct dockerfile_item *items;
    size_t count, capacity;
};

/* ERROR_INPUT: an instruction that is none, a here-document. */
NODISCARD bool dockerfile_read(const char *text, struct dockerfile *file,
                               struct error *err);
void dockerfile_release(struct dockerfile *file);

/* The words of `text`: quotes taken away, $NAME, ${NAME}, ${NAME:-TEXT} and
 * ${NAME:+TEXT} replaced by `variables` (texts; NULL: none are replaced); or
 * those of a JSON array. */
NODISCARD bool dockerfile_words(const char *text, const json_t *variables,
                                struct strvec *words, struct error *err);
/* Whether `text` is a JSON array of texts; to give back, else NULL. */
json_t *dockerfile_list(const char *text);

#endif
