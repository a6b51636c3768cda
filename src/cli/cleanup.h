/* deploy --cleanup-old: earlier deployment scripts go into the archive, once
 * what replaces them has worked. */
#ifndef STEPDECK_CLI_CLEANUP_H
#define STEPDECK_CLI_CLEANUP_H

#include "cli/options.h"

/* Asks on a terminal, unless everything is approved. Gives `status` back, or
 * that of the error. */
int cleanup_old(const struct options *options, int status);

#endif
