/*
 * What the completions of all shells are made from: what may stand behind an
 * option, and as an argument of a command, read off the tables.
 */
#ifndef STEPDECK_CLI_COMPLETION_H
#define STEPDECK_CLI_COMPLETION_H

#include "cli/command.h"

enum completion_kind {
    COMPLETION_NOTHING, /* nothing that could be guessed */
    COMPLETION_WORDS,   /* one of the `words` */
    COMPLETION_FILES,
    COMPLETION_FOLDERS,
    COMPLETION_STEPS,
    COMPLETION_RUNS,
    COMPLETION_ENVIRONMENTS,
    COMPLETION_COMMANDS
};

struct completion {
    enum completion_kind kind;
    struct strvec words;
    bool repeats; /* an argument that ends in "..." */
    char *name;   /* "STEP" */
};

/* To be given back by completion_release(). */
void completion_of_option(const struct option_row *row, struct completion *out);
/* The argument at `index`; false when the command has none there. */
bool completion_of_argument(const struct command *command, size_t index,
                            struct completion *out);
void completion_release(struct completion *completion);

/* Whether the command takes the option, the common ones left out. */
bool completion_takes(const struct command *command,
                      const struct option_row *row);

/* The text between single quotes, for a POSIX shell or fish; to free. */
char *completion_quote(const char *text);
char *completion_quote_fish(const char *text);

/* Each writes its script to stdout. */
void completion_write_bash(void);
void completion_write_zsh(void);
void completion_write_fish(void);

#endif
