/* Requests as a client of the cloud sends them, signed with the emulator's own
 * keys. Failures fail the test. */
#ifndef STEPDECK_TEST_EMULATOR_CALL_H
#define STEPDECK_TEST_EMULATOR_CALL_H

#include "emulator/emulator.h"

/* Adds the headers of a signed request, names in lower case. */
void fixture_sign(const char *method, const char *url, const char *service,
                  const char *body, struct strvec *headers);

/* Asks a JSON service: "apprunner", "AppRunner.ListServices", "{}". The
 * answer's body, to free. */
char *fixture_call(struct emulator *emulator, const char *service,
                   const char *target, const char *body, int *status);

#endif
