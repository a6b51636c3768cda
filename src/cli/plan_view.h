/* A plan, written for people. */
#ifndef STEPDECK_CLI_PLAN_VIEW_H
#define STEPDECK_CLI_PLAN_VIEW_H

#include "core/plan.h"

/* To stdout. With `is_verbose`, skipped steps that a plan would fold and the
 * configuration with its origins are shown as well. */
void plan_view_print(const struct plan *plan, bool is_verbose);

#endif
