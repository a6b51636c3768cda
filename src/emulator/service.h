/*
 * The JSON of an App Runner service: its defaults, merging an update over it,
 * and what App Runner refuses. All with the lock.
 */
#ifndef STEPDECK_EMULATOR_SERVICE_H
#define STEPDECK_EMULATOR_SERVICE_H

#include "emulator/emulator.h"

/* What CreateService's input becomes, the defaults filled in; to json_decref().
 */
json_t *service_new(const json_t *input, const char *arn, const char *id);
/* Lays an UpdateService over it: what is left out stays, variables and secrets
 * are replaced as a whole. */
void service_merge(json_t *service, const json_t *input);
/* The image's name, the roles and what they trust. */
NODISCARD bool service_check(struct emulator *emulator, const json_t *service,
                             struct emulator_failure *failure);

#endif
