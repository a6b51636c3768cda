#include "cli/help.h"

#include "base/mem.h"
#include "cli/manual.h"
#include "cli/output.h"
#include "core/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef STEPDECK_VERSION
#define STEPDECK_VERSION "unknown"
#endif

static void print_option(const struct option_row *row)
{
    char letter[] = { '-', row->letter, ',', ' ', '\0' };
    char *name = mem_format(
        "%s--%s%s%s", row->letter ? letter : "    ", row->name,
        row->argument ? (row->argument[0] == '[' ? "[=" : " ") : "",
        row->argument ? row->argument + (row->argument[0] == '[') : "");

    output_printf("  %-28s %s\n", name, row->help);
    free(name);
}

static void print_options(unsigned groups)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (option_table()[i].groups & groups)
            print_option(&option_table()[i]);
    }
}

const struct help_entry *help_statuses(void)
{
    static const struct help_entry statuses[] = {
        { "0", "done" },
        { "1", "internal error" },
        { "2", "usage or configuration error" },
        { "3", "a step script failed" },
        { "4", "blocked: a prerequisite is not met, or nobody confirmed" },
        { "5", "the lock is held by another run" },
        { "6", "cancelled at a safe point; run the command again to go on" },
        { "10", "the image could not be built" },
        { "11", "the image could not be pushed" },
        { "12", "the service could not be created or updated" },
        { "13", "the health validation failed" },
        { "14", "the deployment timed out" },
        { "15", "the rollback failed" },
        { "20", "the preflight failed" },
        { NULL, NULL },
    };

    return statuses;
}

static void print_statuses(void)
{
    output_heading("Exit statuses");
    for (const struct help_entry *status = help_statuses(); status->name;
         status++)
        output_printf("  %-3s %s\n", status->name, status->text);
}

/* ---- pages ------------------------------------------------------------ */

void help_overview(void)
{
    const struct command *const *table = command_table();

    output_printf("stepdeck runs a project's numbered deployment steps in "
                  "order, and remembers\nexactly what happened.\n");
    output_heading("Usage");
    output_printf("  stepdeck [OPTIONS] [COMMAND] [ARGUMENTS]\n");
    output_heading("Commands");
    for (size_t i = 0; table[i]; i++)
        output_printf("  %-12s %s\n", table[i]->name, table[i]->summary);
    output_heading("Options of every command");
    print_options(OPTIONS_COMMON);
    output_printf("\nOptions without a command mean 'deploy'. All about one "
                  "command:\n  stepdeck COMMAND --help\n");
}

void help_command(const struct command *command)
{
    const char *example = command->examples;

    output_heading("Usage");
    output_printf("  stepdeck %s%s%s [OPTIONS]\n\n", command->name,
                  *command->arguments ? " " : "", command->arguments);
    output_paragraph(2, STYLE_PLAIN, "", command->description);
    if (command->groups) {
        output_heading("Options");
        print_options(command->groups);
    }
    output_heading("Options of every command");
    print_options(OPTIONS_COMMON);
    output_heading("Examples");
    while (*example) {
        size_t size = strcspn(example, "\n");

        output_printf("  %.*s\n", (int)size, example);
        example += size + (example[size] == '\n');
    }
    print_statuses();
}

void help_version(void)
{
    output_printf("stepdeck %s\n", STEPDECK_VERSION);
}

/* ---- commands --------------------------------------------------------- */

static int show_version(const struct options *options)
{
    (void)options;
    help_version();
    return EXIT_STATUS_DONE;
}

const struct command command_version = {
    .name = "version",
    .arguments = "",
    .summary = "show the version",
    .description = "Shows the version of stepdeck.",
    .examples = "stepdeck version",
    .run = show_version,
};

static int show_help(const struct options *options)
{
    const char *topic =
        options->arguments.count ? options->arguments.items[0] : NULL;
    const struct command *command = topic ? command_find(topic) : NULL;
    struct error err = { 0 };

    if (!topic) {
        help_overview();
    } else if (command) {
        help_command(command);
    } else if (strcmp(topic, "man") == 0) {
        manual_write(stdout);
    } else {
        error_set(&err, ERROR_INPUT, "there is no help on '%s'", topic);
        error_hint(&err, "'stepdeck help' lists the commands; 'stepdeck help "
                         "man' writes the manual page");
        return command_fail(&err);
    }
    return EXIT_STATUS_DONE;
}

const struct command command_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .most = 1,
    .summary = "show help, of one command too",
    .description = "Shows the overview, all about one command, or with 'man' "
                   "the manual page in roff.",
    .examples = "stepdeck help\n"
                "stepdeck help deploy\n"
                "stepdeck help man > stepdeck.1",
    .run = show_help,
};
