/*
 * What a step needs: the items of `Prerequisites`, told apart.
 *
 *     struct need *needs = NULL;
 *     size_t count = 0;
 *     if (needs_parse(&header.prerequisites, &needs, &count, err))
 *         ...
 *     needs_free(needs, count);
 *
 * Items of a checkable form are `step-NNN-name` (one word, an extension stays
 * as written), `command NAME`, `command NAME >= VERSION` (also > = == <= <;
 * without an operator the version is the least one), `env NAME` and
 * `file PATH`. Anything else is prose for people. An item that has the shape
 * of a form and a value that cannot be is ERROR_INPUT rather than prose: it was
 * meant to be checked. Pure functions, for any thread.
 */
#ifndef STEPDECK_CORE_NEEDS_H
#define STEPDECK_CORE_NEEDS_H

#include "base/strvec.h"
#include "core/version.h"

enum need_kind { NEED_STEP, NEED_COMMAND, NEED_ENV, NEED_FILE, NEED_PROSE };

struct need {
    enum need_kind kind;
    char *name; /* step, command, variable or path; NULL for prose */
    enum version_operator op; /* of a command; VERSION_ANY without version */
    char *version;            /* of a command; NULL without version */
    char *text;               /* the item as written */
};

/* Reads one item. `out` is to be given back by need_release(); on failure it
 * is empty. */
NODISCARD bool need_parse(const char *item, struct need *out,
                          struct error *err);
void need_release(struct need *need);

/* Reads all items; a single `none` gives no needs. `out` is to be given back
 * by needs_free(); on failure it is NULL and `count` 0. */
NODISCARD bool needs_parse(const struct strvec *items, struct need **out,
                           size_t *count, struct error *err);
void needs_free(struct need *needs, size_t count);

/* Whether an item of `Outputs` is a path that must exist after success: a
 * single word holding a `/` or a `.`. A full stop at its end, `n/a` and URLs
 * are what people write into prose, and do not make one. */
bool need_is_output_path(const char *item);

#endif
