#include "cli/manual.h"

#include "cli/command.h"
#include "cli/help.h"
#include "core/config.h"

#include <ctype.h>
#include <string.h>

#ifndef STEPDECK_VERSION
#define STEPDECK_VERSION "unknown"
#endif

/* ---- roff ------------------------------------------------------------- */

/* Text as it is meant: a hyphen that can be copied, no escape, and no request
 * where a line starts. */
static void write_bytes(FILE *out, const char *text, size_t size)
{
    static const struct {
        char byte;
        const char *escape;
    } escapes[] = {
        { '\\', "\\e" },  { '-', "\\-" },   { '\'', "\\(aq" }, { '`', "\\(ga" },
        { '^', "\\(ha" }, { '~', "\\(ti" }, { '"', "\\(dq" },
    };
    enum { COUNT = sizeof(escapes) / sizeof(escapes[0]) };

    if (size && *text == '.')
        fputs("\\&", out);
    for (; size; size--, text++) {
        size_t i = 0;

        while (i < COUNT && escapes[i].byte != *text)
            i++;
        if (i < COUNT)
            fputs(escapes[i].escape, out);
        else
            fputc(*text, out);
    }
}

static void write_text(FILE *out, const char *text)
{
    write_bytes(out, text, strlen(text));
}

/* A paragraph with every sentence on its own line, as roff wants it. */
static void write_prose(FILE *out, const char *text)
{
    while (*text) {
        const char *stop = strstr(text, ". ");
        size_t size = stop ? (size_t)(stop - text) + 1 : strlen(text);

        write_bytes(out, text, size);
        fputc('\n', out);
        text += size;
        text += strspn(text, " ");
    }
}

/* A sentence from a table, where they are lower case without a full stop. */
static void write_sentence(FILE *out, const char *text)
{
    char first = (char)toupper((unsigned char)*text);

    write_bytes(out, &first, 1);
    write_text(out, text + 1);
    fputs(".\n", out);
}

static void write_section(FILE *out, const char *title)
{
    fprintf(out, ".SH %s\n", title);
}

static void write_entries(FILE *out, const struct help_entry *entries)
{
    for (; entries->name; entries++) {
        fputs(".TP\n.B ", out);
        write_text(out, entries->name);
        fputc('\n', out);
        write_prose(out, entries->text);
    }
}

/* ---- sections --------------------------------------------------------- */

static void write_start(FILE *out)
{
    fprintf(out, ".TH STEPDECK 1 \"\" \"stepdeck %s\" \"User Commands\"\n",
            STEPDECK_VERSION);
    write_section(out, "NAME");
    fputs("stepdeck \\- run the numbered deployment steps of a project\n", out);
    write_section(out, "SYNOPSIS");
    fputs(".B stepdeck\n"
          "[\\fIOPTIONS\\fR] [\\fICOMMAND\\fR] [\\fIARGUMENTS\\fR]\n",
          out);
    write_section(out, "DESCRIPTION");
    write_prose(out,
                "stepdeck runs the steps of a project (files step-NNN-name.sh "
                "and other executables of that form) in the order of their "
                "numbers, and remembers exactly what happened. "
                "A step that is completed and has not changed is skipped, so "
                "a deployment that was stopped goes on where it was. "
                "Step 000 sets up, 001 is the preflight check, 002 to 899 "
                "deploy, 900 to 999 tear down.");
    fputs(".PP\n", out);
    write_prose(out, "The comment block at the start of a step is its "
                     "documentation and its configuration: title, "
                     "Prerequisites, Inputs, Outputs, Attempts, Delay, "
                     "Timeout, Critical, Parallel, Interactive, Always, "
                     "Rollback and Confirm. "
                     "Options may stand before or behind the command; options "
                     "without a command mean 'deploy'.");
}

static void write_option(FILE *out, const struct option_row *row)
{
    bool optional = row->argument && row->argument[0] == '[';

    fputs(".TP\n", out);
    if (row->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
    fputs("\\fB\\-\\-", out);
    write_text(out, row->name);
    fputs("\\fR", out);
    if (optional)
        fprintf(out, "[=\\fI%.*s\\fR]", (int)strcspn(row->argument + 1, "]"),
                row->argument + 1);
    else if (row->argument)
        fprintf(out, " \\fI%s\\fR", row->argument);
    fputc('\n', out);
    write_sentence(out, row->help);
}

/* The options a command takes beyond those of every command. */
static void write_taken_options(FILE *out, const struct command *command)
{
    const char *separator = "Options: ";

    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_table()[i];

        if (!(row->groups & command->groups) || (row->groups & OPTIONS_COMMON))
            continue;
        fprintf(out, "%s\\fB\\-\\-", separator);
        write_text(out, row->name);
        fputs("\\fR", out);
        separator = ", ";
    }
    if (strcmp(separator, ", ") == 0)
        fputs(".\n", out);
}

static void write_commands(FILE *out)
{
    const struct command *const *table = command_table();

    write_section(out, "COMMANDS");
    for (size_t i = 0; table[i]; i++) {
        fprintf(out, ".TP\n\\fB%s\\fR", table[i]->name);
        if (*table[i]->arguments) {
            fputs(" \\fI", out);
            write_text(out, table[i]->arguments);
            fputs("\\fR", out);
        }
        fputc('\n', out);
        write_prose(out, table[i]->description);
        write_taken_options(out, table[i]);
    }
}

static void write_options(FILE *out)
{
    write_section(out, "OPTIONS");
    fputs("Times are written 90, 90s, 20m or 1h.\n"
          ".SS Options of every command\n",
          out);
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (option_table()[i].groups & OPTIONS_COMMON)
            write_option(out, &option_table()[i]);
    }
    fputs(".SS Further options\n", out);
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (!(option_table()[i].groups & OPTIONS_COMMON))
            write_option(out, &option_table()[i]);
    }
}

static void write_statuses(FILE *out)
{
    write_section(out, "EXIT STATUS");
    write_entries(out, help_statuses());
}

static void write_files(FILE *out)
{
    static const struct help_entry files[] = {
        { "step-NNN-name.sh", "A step. Any executable of that name is one." },
        { "deployment-config.env, .env, environments/NAME.env",
          "The configuration, lines KEY=VALUE; a later one of these files "
          "counts more. They are read, never executed." },
        { "hooks/pre-run, hooks/pre-step, hooks/post-step, hooks/post-run",
          "Executables that are run around a run and around each step." },
        { "diagnoses/*.json",
          "Known failures, what causes them and what to do. Those in "
          "$XDG_CONFIG_HOME/stepdeck/diagnoses count as well." },
        { ".deployment-state/",
          "What happened: STEP.status, STEP.log, checkpoints.log, errors.log, "
          "warnings.log, deployment.log, and runs/ID with the journal and the "
          "logs of each run." },
        { NULL, NULL },
    };

    write_section(out, "FILES");
    write_entries(out, files);
}

static void write_environment(FILE *out)
{
    static const struct help_entry variables[] = {
        { "STEPDECK_NO_TUI, CI", "Plain lines instead of the console." },
        { "NO_COLOR, FORCE_COLOR", "Colours never, or always." },
        { "AWS_DEFAULT_REGION", "Counts where AWS_REGION is not set." },
        { "DEPLOYMENT_STATE_DIR, SCRIPT_NAME, STEPDECK_RUN_ID, "
          "STEPDECK_ATTEMPT, STEPDECK_HEADLESS",
          "Given to the steps: the absolute state folder, the step, the run, "
          "the attempt from 1, and 1 where nobody can answer." },
        { NULL, NULL },
    };

    write_section(out, "ENVIRONMENT");
    write_entries(out, variables);
    fputs(".PP\n"
          "These keys of the configuration count more here than in its "
          "files:\n",
          out);
    for (const struct config_key *key = config_keys(); key->name; key++) {
        fputs(".TP\n.B ", out);
        write_text(out, key->name);
        fputc('\n', out);
        write_sentence(out, key->meaning);
        if (key->missing) {
            fputs("Default: ", out);
            write_text(out, key->missing);
            fputs("\n", out);
        }
    }
}

static void write_examples(FILE *out)
{
    const struct command *const *table = command_table();

    write_section(out, "EXAMPLES");
    for (size_t i = 0; table[i]; i++) {
        const char *line = table[i]->examples;

        fputs(".PP\n", out);
        write_sentence(out, table[i]->summary);
        fputs(".PP\n.in +4n\n.nf\n", out);
        while (*line) {
            size_t size = strcspn(line, "\n");

            write_bytes(out, line, size);
            fputc('\n', out);
            line += size + (line[size] == '\n');
        }
        fputs(".fi\n.in\n", out);
    }
}

void manual_write(FILE *out)
{
    write_start(out);
    write_commands(out);
    write_options(out);
    write_statuses(out);
    write_files(out);
    write_environment(out);
    write_examples(out);
    write_section(out, "SEE ALSO");
    fputs(".BR bash (1),\n.BR flock (2)\n", out);
}
