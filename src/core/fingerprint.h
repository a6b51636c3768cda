/*
 * What a completed step was made of, so that resume can be honest: the bytes
 * of its script, of its declared inputs, the values it declares to need (`env`
 * prerequisites), and the fingerprints of the steps that its Prerequisites
 * name. As JSON, for STEP.json:
 *
 *     {
 *       "script": SHA256,
 *       "inputs": {PATH: SHA256},
 *       "environment": {KEY: SHA256},
 *       "steps": {STEP: SHA256}
 *     }
 *
 * So a step built on what has changed since is stale, however the run ended
 * that changed it.
 */
#ifndef STEPDECK_CORE_FINGERPRINT_H
#define STEPDECK_CORE_FINGERPRINT_H

#include "base/digest.h"
#include "core/project.h"
#include "core/state.h"

#include <jansson.h>

/* Reads the inputs as they are now. `Inputs` items are patterns relative to
 * the project (glob(7)); a folder stands for all files below it. `steps` is
 * taken over, NULL for none. To json_decref(). */
json_t *fingerprint_make(const struct project *project, const struct step *step,
                         json_t *steps);

/* The "steps" of a step, from the records of its prerequisites as they are
 * now. One that was completed by hand has none and is left out. To
 * json_decref(). */
json_t *fingerprint_steps(const struct project *project,
                          const struct step *step, const struct state *state);

/* The digest of a fingerprint, as it stands in "steps". */
void fingerprint_digest(const json_t *fingerprint, char text[DIGEST_TEXT_SIZE]);

/* What differs, as a reason for people ("main.tf changed"), to free; NULL when
 * nothing does. Of the steps only those that both know are compared. */
char *fingerprint_difference(const json_t *before, const json_t *now);

#endif
