/*
 * Commands that run one step of the project by itself: which step, and what
 * has to be configured for it.
 *
 *     const struct alone *alone = alone_find("rollback");
 *     if (alone && alone->setting) put it below the other overrides, then
 *     if (alone_select(alone, &project, &only, &err))
 *         run `only`, whether completed or not
 *
 * Values only, no threads.
 */
#ifndef STEPDECK_CORE_ALONE_H
#define STEPDECK_CORE_ALONE_H

#include "base/error.h"

struct project;
struct step;
struct strvec;

struct alone {
    const char *command;
    /* "KEY=VALUE" without which the step is not there; NULL: none. */
    const char *setting;
    const char *question; /* before it starts; NULL: nothing is asked */
    bool (*is_wanted)(const struct step *step);
    bool needs_target;
};

/* NULL for any other command. */
const struct alone *alone_find(const char *command);

/* Adds the ids of the steps. ERROR_INPUT: the project has none. */
NODISCARD bool alone_select(const struct alone *alone,
                            const struct project *project, struct strvec *only,
                            struct error *err);

#endif
