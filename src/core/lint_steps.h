/*
 * The part of lint that looks at the steps: their names, headers and
 * prerequisites, one by one and as an order. See lint.h.
 */
#ifndef STEPDECK_CORE_LINT_STEPS_H
#define STEPDECK_CORE_LINT_STEPS_H

#include "core/lint.h"
#include "core/lint_script.h"
#include "core/project.h"

/* Looks at all steps among `names`, the files of the project's folder.
 * `project` has its folder, configuration and target; the steps are added to
 * it, also those that project_load() would refuse. Scripts are added to
 * `scripts`. */
void lint_steps(struct lint *lint, struct project *project,
                const struct strvec *names, bool verbose,
                struct lint_scripts *scripts);

#endif
