/*
 * Masking secrets in JSON, text by text: behind the masks it is still JSON.
 */
#ifndef STEPDECK_BASE_REDACT_JSON_H
#define STEPDECK_BASE_REDACT_JSON_H

#include "base/redact.h"

#include <jansson.h>

/* The masked value, a new reference: `json` itself when it is an object or a
 * list, whose texts at any depth are replaced where they stand. Texts of
 * members named in `spared` (ended by NULL; may be NULL) stay as they are, and
 * so do names. */
json_t *redact_json(json_t *json, const struct redact *redact,
                    const char *const *spared);

#endif
