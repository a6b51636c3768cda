/*
 * What a completed step was made of, so that resume can be honest: the bytes
 * of its script, of its declared inputs, and the values it declares to need
 * (`env` prerequisites). As JSON, for STEP.json:
 *
 *     {"script": SHA256, "inputs": {PATH: SHA256}, "environment": {KEY:
 * SHA256}}
 */
#ifndef STEPDECK_CORE_FINGERPRINT_H
#define STEPDECK_CORE_FINGERPRINT_H

#include "core/project.h"

#include <jansson.h>

/* Reads the inputs as they are now. `Inputs` items are patterns relative to
 * the project (glob(7)); a folder stands for all files below it. To
 * json_decref(). */
json_t *fingerprint_make(const struct project *project,
                         const struct step *step);

/* What differs, as a reason for people ("main.tf changed"), to free; NULL when
 * nothing does. */
char *fingerprint_difference(const json_t *before, const json_t *now);

#endif
