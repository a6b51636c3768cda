/*
 * What GitHub Actions is told at the end of a run: annotations (at most 10
 * errors and 10 warnings, worst first), the step summary table, and outputs.
 * Groups around steps are the line printer's (lines.h). Formats:
 * docs.github.com, workflow commands.
 */
#ifndef STEPDECK_CLI_GITHUB_H
#define STEPDECK_CLI_GITHUB_H

#include "cli/printer.h"

/* GITHUB_ACTIONS=true. */
bool github_is_present(void);

/* `resume` is the command that goes on; borrowed. */
struct printer github_printer(const char *resume);

/* Appends `text` escaped as the data or a property of a workflow command. */
struct strbuf;
void github_escape(const char *text, bool is_property, struct strbuf *out);

#endif
