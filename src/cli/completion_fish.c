#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/completion.h"
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

static const char helpers[] =
    "# fish completion for stepdeck, made by: stepdeck completion fish\n"
    "# Save it as ~/.config/fish/completions/stepdeck.fish\n"
    "\n"
    "function __stepdeck_steps\n"
    "    for file in step-*\n"
    "        string match -qr '^step-[0-9]{3}-[A-Za-z0-9._-]+$' -- $file\n"
    "        and not string match -qr "
    "'\\.(bak|orig|rej|swp|tmp|old)$' -- $file\n"
    "        and test -f $file\n"
    "        and string replace -r '\\.[A-Za-z0-9]+$' '' -- $file\n"
    "    end\n"
    "end\n"
    "\n"
    "function __stepdeck_runs\n"
    "    for folder in .deployment-state/runs/*/\n"
    "        string replace -r '^.*/([^/]+)/$' '$1' -- $folder\n"
    "    end\n"
    "end\n"
    "\n"
    "function __stepdeck_environments\n"
    "    for file in environments/*.env\n"
    "        string replace -r '^.*/(.+)\\.env$' '$1' -- $file\n"
    "    end\n"
    "end\n"
    "\n"
    "complete -c stepdeck -f\n";

/* The part behind -a or for files; to free. */
static char *values_of(const struct completion *completion)
{
    const struct command *const *table = command_table();
    struct strbuf text = { 0 };

    switch (completion->kind) {
    case COMPLETION_FILES:
        return mem_text(" -F");
    case COMPLETION_FOLDERS:
        return mem_text(" -a '(__fish_complete_directories)'");
    case COMPLETION_STEPS:
        return mem_text(" -a '(__stepdeck_steps)'");
    case COMPLETION_RUNS:
        return mem_text(" -a '(__stepdeck_runs)'");
    case COMPLETION_ENVIRONMENTS:
        return mem_text(" -a '(__stepdeck_environments)'");
    case COMPLETION_COMMANDS:
        for (size_t i = 0; table[i]; i++)
            strbuf_addf(&text, "%s%s", i ? " " : " -a '", table[i]->name);
        break;
    case COMPLETION_WORDS:
        for (size_t i = 0; i < completion->words.count; i++)
            strbuf_addf(&text, "%s%s", i ? " " : " -a '",
                        completion->words.items[i]);
        break;
    case COMPLETION_NOTHING:
        return mem_text("");
    }
    strbuf_addc(&text, '\'');
    return strbuf_take(&text);
}

/* The commands that take the option, between blanks; to free. */
static char *takers_of(const struct option_row *row)
{
    const struct command *const *table = command_table();
    struct strbuf text = { 0 };

    for (size_t i = 0; table[i]; i++) {
        if (completion_takes(table[i], row))
            strbuf_addf(&text, " %s", table[i]->name);
    }
    return text.len ? strbuf_take(&text) : NULL;
}

static void write_option(const struct option_row *row)
{
    struct completion completion;
    char *help = completion_quote_fish(row->help);
    char *takers = takers_of(row), *values;

    if (!takers && !(row->groups & OPTIONS_COMMON))
        goto out;
    completion_of_option(row, &completion);
    output_printf("complete -c stepdeck");
    if (takers)
        output_printf(" -n '__fish_seen_subcommand_from%s'", takers);
    if (row->letter)
        output_printf(" -s %c", row->letter);
    output_printf(" -l %s -d %s", row->name, help);
    if (row->argument && row->argument[0] != '[') {
        values = values_of(&completion);
        output_printf("%s%s",
                      completion.kind == COMPLETION_FILES ? " -r" : " -x",
                      values);
        free(values);
    }
    output_printf("\n");
    completion_release(&completion);
out:
    free(takers);
    free(help);
}

static void write_command(const struct command *command)
{
    char *summary = completion_quote_fish(command->summary);
    struct completion completion;

    output_printf("complete -c stepdeck -n __fish_use_subcommand -a %s -d %s\n",
                  command->name, summary);
    for (size_t i = 0; completion_of_argument(command, i, &completion); i++) {
        char *values = values_of(&completion);

        if (*values)
            output_printf("complete -c stepdeck -n "
                          "'__fish_seen_subcommand_from %s'%s\n",
                          command->name, values);
        free(values);
        completion_release(&completion);
    }
    free(summary);
}

void completion_write_fish(void)
{
    const struct command *const *table = command_table();

    output_printf("%s", helpers);
    for (size_t i = 0; table[i]; i++)
        write_command(table[i]);
    for (int i = 0; i < OPTION_COUNT; i++)
        write_option(&option_table()[i]);
}
