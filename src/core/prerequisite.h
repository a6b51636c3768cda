/*
 * Whether the command, env and file prerequisites of a step are met. Step
 * prerequisites belong to the plan (core/plan.h).
 */
#ifndef STEPDECK_CORE_PREREQUISITE_H
#define STEPDECK_CORE_PREREQUISITE_H

#include "core/project.h"

struct cancel;

/* Checks one need; ERROR_BLOCKED says what is missing and how to mend it. A
 * version is asked from the command itself, which is run for that, at most a
 * few seconds: not for a thread that draws. Raising `cancel` (may be NULL)
 * ends that with ERROR_CANCELLED. */
NODISCARD bool prerequisite_check(const struct project *project,
                                  const struct need *need,
                                  struct cancel *cancel, struct error *err);

/* The path of a command as the shell would find it, or NULL; to free. */
char *prerequisite_find_command(const char *name);

#endif
