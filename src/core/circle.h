/* Prerequisites that lead back to where they began. */
#ifndef STEPDECK_CORE_CIRCLE_H
#define STEPDECK_CORE_CIRCLE_H

#include "core/project.h"

/* The first circle of steps that need each other by name, "a -> b -> a", or
 * NULL; to free. */
char *circle_find(const struct project *project);

#endif
