/*
 * --attached: whoever started the emulator speaks to it by its standard input,
 * a line each, and is answered with a line: `ok`, or what was wrong. The lines
 * are faults (fault_add), or `clear`. The end of the input ends the emulator,
 * so that it does not outlive its owner, however that ends.
 */
#ifndef STEPDECK_EMULATOR_ATTACHED_H
#define STEPDECK_EMULATOR_ATTACHED_H

#include "emulator/emulator.h"

/* Instead of server_wait(): until the input ends, or INT or TERM. */
void attached_wait(struct emulator *emulator);

#endif
