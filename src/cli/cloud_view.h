/* How the service stands in the cloud, as `stepdeck status` shows it. */
#ifndef STEPDECK_CLI_CLOUD_VIEW_H
#define STEPDECK_CLI_CLOUD_VIEW_H

#include "base/error.h"

#include <jansson.h>

/* `cloud` is what target_status() gave (see docs/app-runner.md for its
 * members); NULL with `err`: why nothing is known. */
void cloud_view_print(const json_t *cloud, const struct error *err);

#endif
