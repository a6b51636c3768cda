/*
 * Known failures, recognised in output by rules (docs/diagnoses.md).
 *
 *     struct diagnosis_rules *rules = diagnosis_load(dir, &warnings);
 *     const struct diagnosis *found = diagnosis_find(rules, tail, size);
 *     diagnosis_free(rules);
 *
 * Rules come from the project's `diagnoses/` folder, then from the user's
 * ($XDG_CONFIG_HOME/stepdeck/diagnoses), then from the program. A broken rule
 * is named in `warnings` and left out.
 */
#ifndef STEPDECK_CORE_DIAGNOSIS_H
#define STEPDECK_CORE_DIAGNOSIS_H

#include "base/error.h"

#include <stddef.h>

enum diagnosis_action {
    DIAGNOSIS_RETRY,       /* will pass: another attempt is worth it */
    DIAGNOSIS_FAIL,        /* will not pass: stop at once */
    DIAGNOSIS_ALREADY_DONE /* what the step wants is there already */
};

struct diagnosis {
    char *id;
    char *tool;
    char *pattern; /* POSIX extended */
    char *cause;
    char *suggestion;
    char *documentation;
    enum diagnosis_action action;
};

struct diagnosis_rules;
struct strvec;

/* `dir` is the project, NULL for the program's own rules only. `warnings` may
 * be NULL. */
struct diagnosis_rules *diagnosis_load(const char *dir,
                                       struct strvec *warnings);
void diagnosis_free(struct diagnosis_rules *rules);

/* The same, read only when diagnosis_find() is first called; for what is left
 * out, ask diagnosis_take_warning() afterwards. */
struct diagnosis_rules *diagnosis_open(const char *dir);

/* Adds the rules of one file's text. ERROR_INPUT (naming `name`) when it is no
 * rule file; a broken single rule goes to `warnings`. */
NODISCARD bool diagnosis_add(struct diagnosis_rules *rules, const char *name,
                             const char *bytes, size_t size,
                             struct strvec *warnings, struct error *err);

/* The rule for the last line of `text` that any rule matches; for that line
 * the first rule. NULL when none does. Borrowed from `rules`. Any thread. */
const struct diagnosis *diagnosis_find(struct diagnosis_rules *rules,
                                       const char *text, size_t size);

/* Once after diagnosis_find() has read rules of which some are broken: a
 * sentence about them, to free. False, and `text` untouched, when there is
 * nothing (more) to tell. Any thread. */
bool diagnosis_take_warning(struct diagnosis_rules *rules, char **text);

size_t diagnosis_count(const struct diagnosis_rules *rules);
const struct diagnosis *diagnosis_at(const struct diagnosis_rules *rules,
                                     size_t index);
const char *diagnosis_action_name(enum diagnosis_action action);

#endif
