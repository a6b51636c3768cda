/* --tail: what the service says, until Ctrl-C. */
#ifndef STEPDECK_CLI_TAIL_H
#define STEPDECK_CLI_TAIL_H

#include "cli/options.h"

/* Follows the logs of the project's service. Gives `status` back, or that of
 * the error which ended it. */
int tail_follow(const struct options *options, int status);

#endif
