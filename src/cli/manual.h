/* The manual page stepdeck(1), made from the tables of commands, options and
 * configuration keys. */
#ifndef STEPDECK_CLI_MANUAL_H
#define STEPDECK_CLI_MANUAL_H

#include <stdio.h>

/* Writes roff for the man macros. */
void manual_write(FILE *out);

#endif
