/* The page of `stepdeck status`, as text and as JSON. */
#ifndef STEPDECK_CLI_STATUS_VIEW_H
#define STEPDECK_CLI_STATUS_VIEW_H

#include "cli/options.h"
#include "core/overview.h"

#include <jansson.h>

/* What the target said (target_status()); both empty without a target. */
struct status_cloud {
    json_t *status;
    struct error err;
};

void status_view_print(const struct overview *overview,
                       const struct status_cloud *cloud,
                       const struct options *options);
/* To json_decref(). */
json_t *status_view_json(const struct overview *overview,
                         const struct status_cloud *cloud,
                         const struct options *options);

#endif
