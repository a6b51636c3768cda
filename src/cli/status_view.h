/* The page of `stepdeck status`, as text and as JSON. */
#ifndef STEPDECK_CLI_STATUS_VIEW_H
#define STEPDECK_CLI_STATUS_VIEW_H

#include "cli/options.h"
#include "core/overview.h"

void status_view_print(const struct overview *overview,
                       const struct options *options);
/* To json_decref(). */
json_t *status_view_json(const struct overview *overview,
                         const struct options *options);

#endif
