/*
 * The part of lint that looks at the configuration. See lint.h.
 */
#ifndef STEPDECK_CORE_LINT_CONFIG_H
#define STEPDECK_CORE_LINT_CONFIG_H

#include "core/lint.h"
#include "core/project.h"

/* Looks at the `files` of the project's folder, those of all environments too,
 * and then at the configuration as it is in use. Without an error it is loaded
 * into `project`, and the target chosen. */
void lint_config(struct lint *lint, const struct lint_request *request,
                 const struct strvec *files, struct project *project);

#endif
