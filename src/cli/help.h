/* Help, made from the tables of commands and options. */
#ifndef STEPDECK_CLI_HELP_H
#define STEPDECK_CLI_HELP_H

#include "cli/command.h"

/* An exit status of the program, or another thing with a name. */
struct help_entry {
    const char *name;
    const char *text;
};
/* The exit statuses, ended by a NULL name. */
const struct help_entry *help_statuses(void);

/* To stdout: the overview, or all about one command. */
void help_overview(void);
void help_command(const struct command *command);

/* "STEPDECK VERSION". */
void help_version(void);

#endif
