/*
 * The run as NDJSON: the journal's lines, and `step.output` lines with the
 * bytes of the steps' logs (docs/events.md).
 */
#ifndef STEPDECK_CLI_JSONLINES_H
#define STEPDECK_CLI_JSONLINES_H

#include "cli/printer.h"

#include <stdio.h>

/* `file` is closed on release when `owns_file`. */
struct printer jsonlines_printer(FILE *file, bool owns_file, const char *run);

#endif
