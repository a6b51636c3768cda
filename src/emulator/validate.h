/*
 * Whether a request's members are those that the service model allows, each of
 * its type. The real services pass over members that they do not know; here
 * that is an error, since it is one in the caller.
 */
#ifndef STEPDECK_EMULATOR_VALIDATE_H
#define STEPDECK_EMULATOR_VALIDATE_H

#include "emulator/emulator.h"

/* An operation without a model passes. */
NODISCARD bool validate_input(const char *service, const char *operation,
                              const json_t *input,
                              struct emulator_failure *failure);

/* Checks `json` by a shape; `at` begins the path of a complaint. False with the
 * complaint in `why`.
 *   s text, s(A|B) one of these; i number, i(1-20); b truth; f number
 *   {Name:shape,Name!:shape} a structure, ! required; [shape] list; <shape> map
 */
NODISCARD bool validate_shape(const char *shape, const json_t *json,
                              const char *at, char why[256]);

#endif
