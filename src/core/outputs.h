/* What a step declares to create. */
#ifndef STEPDECK_CORE_OUTPUTS_H
#define STEPDECK_CORE_OUTPUTS_H

#include "core/project.h"

/* The first item of `Outputs` that is a path (or a pattern, glob(7)) and names
 * nothing; NULL when all are there. Borrowed from the step. */
const char *outputs_find_missing(const struct project *project,
                                 const struct step *step);

#endif
