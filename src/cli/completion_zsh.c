#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/completion.h"
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

static const char helpers[] =
    "#compdef stepdeck\n"
    "# zsh completion for stepdeck, made by: stepdeck completion zsh\n"
    "# Save it as _stepdeck in a folder of $fpath, or in ~/.zshrc, behind\n"
    "# compinit:  eval \"$(stepdeck completion zsh)\"\n"
    "\n"
    "_stepdeck_steps() {\n"
    "    local -a names\n"
    "    names=(step-[0-9][0-9][0-9]-*~*(\\~|.bak|.orig|.rej|.swp|.tmp|.old)"
    "(N.:r))\n"
    "    compadd -a names\n"
    "}\n"
    "\n"
    "_stepdeck_runs() {\n"
    "    local -a names\n"
    "    names=(.deployment-state/runs/*(N/:t))\n"
    "    compadd -a names\n"
    "}\n"
    "\n"
    "_stepdeck_environments() {\n"
    "    local -a names\n"
    "    names=(environments/*.env(N:t:r))\n"
    "    compadd -a names\n"
    "}\n"
    "\n";

/* Help texts stand between brackets, where a bracket ends them. */
static char *escape_help(const char *text)
{
    struct strbuf escaped = { 0 };

    for (; *text; text++) {
        if (strchr("[]\\", *text))
            strbuf_addc(&escaped, '\\');
        strbuf_addc(&escaped, *text);
    }
    return strbuf_take(&escaped);
}

/* ":NAME:ACTION"; to free. */
static char *action_of(const struct completion *completion)
{
    static const char *const actions[] = {
        [COMPLETION_NOTHING] = " ",
        [COMPLETION_WORDS] = "",
        [COMPLETION_FILES] = "_files",
        [COMPLETION_FOLDERS] = "_directories",
        [COMPLETION_STEPS] = "_stepdeck_steps",
        [COMPLETION_RUNS] = "_stepdeck_runs",
        [COMPLETION_ENVIRONMENTS] = "_stepdeck_environments",
        [COMPLETION_COMMANDS] = "_stepdeck_commands",
    };
    struct strbuf text = { 0 };

    strbuf_addf(&text, ":%s:%s", completion->name, actions[completion->kind]);
    for (size_t i = 0; i < completion->words.count; i++)
        strbuf_addf(&text, "%s%s", i ? " " : "(", completion->words.items[i]);
    if (completion->words.count)
        strbuf_addc(&text, ')');
    return strbuf_take(&text);
}

static bool may_repeat(const struct option_row *row)
{
    return row->id == OPTION_ONLY || row->id == OPTION_SKIP ||
           row->id == OPTION_VERBOSE;
}

static void write_option(const struct option_row *row, const char *indent)
{
    struct completion completion;
    char *help = escape_help(row->help), *action, *tail, *quoted;
    bool optional = row->argument && row->argument[0] == '[';
    const char *mark = optional ? "=-" : row->argument ? "=" : "";

    completion_of_option(row, &completion);
    action = row->argument ? action_of(&completion) : mem_text("");
    tail = mem_format("[%s]%s%s", help, optional ? ":" : "", action);
    quoted = completion_quote(tail);
    output_printf("%s", indent);
    if (row->letter && may_repeat(row))
        output_printf("'*'{-%c,--%s}%s\n", row->letter, row->name, quoted);
    else if (row->letter)
        output_printf("'(-%c --%s)'{-%c%s,--%s%s}%s\n", row->letter, row->name,
                      row->letter, row->argument ? "+" : "", row->name, mark,
                      quoted);
    else
        output_printf("'%s--%s%s'%s\n", may_repeat(row) ? "*" : "", row->name,
                      mark, quoted);
    free(quoted);
    free(tail);
    free(action);
    free(help);
    completion_release(&completion);
}

static void write_arguments(const struct command *command, const char *indent)
{
    struct completion completion;

    for (size_t i = 0; completion_of_argument(command, i, &completion); i++) {
        char *action = action_of(&completion);
        char *quoted = completion_quote(action);

        if (completion.repeats)
            output_printf("%s'*'%s\n", indent, quoted);
        else
            output_printf("%s'%zu'%s\n", indent, i + 1, quoted);
        free(quoted);
        free(action);
        completion_release(&completion);
    }
}

static void write_commands(void)
{
    const struct command *const *table = command_table();

    output_printf("_stepdeck_commands() {\n"
                  "    local -a commands\n"
                  "    commands=(\n");
    for (size_t i = 0; table[i]; i++) {
        char *text = mem_format("%s:%s", table[i]->name, table[i]->summary);
        char *quoted = completion_quote(text);

        output_printf("        %s\n", quoted);
        free(quoted);
        free(text);
    }
    output_printf("    )\n"
                  "    _describe -t commands command commands\n"
                  "}\n\n");
}

static void write_command(const struct command *command)
{
    static const char indent[] = "                ";

    output_printf("        %s)\n"
                  "            specs=(\n",
                  command->name);
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (completion_takes(command, &option_table()[i]))
            write_option(&option_table()[i], indent);
    }
    write_arguments(command, indent);
    output_printf("            )\n"
                  "            ;;\n");
}

void completion_write_zsh(void)
{
    const struct command *const *table = command_table();

    output_printf("%s", helpers);
    write_commands();
    output_printf("_stepdeck() {\n"
                  "    setopt localoptions extendedglob\n"
                  "    local curcontext=\"$curcontext\" state line\n"
                  "    local -a common specs\n"
                  "    typeset -A opt_args\n"
                  "    common=(\n");
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (option_table()[i].groups & OPTIONS_COMMON)
            write_option(&option_table()[i], "        ");
    }
    output_printf("    )\n"
                  "    _arguments -C -s $common '1:command:_stepdeck_commands' "
                  "'*::argument:->arguments'\n"
                  "    [[ $state == arguments ]] || return\n"
                  "    specs=()\n"
                  "    case $words[1] in\n");
    for (size_t i = 0; table[i]; i++)
        write_command(table[i]);
    output_printf("    esac\n"
                  "    _arguments -s $common $specs\n"
                  "}\n\n"
                  "if [[ $funcstack[1] == _stepdeck ]]; then\n"
                  "    _stepdeck \"$@\"\n"
                  "else\n"
                  "    compdef _stepdeck stepdeck\n"
                  "fi\n");
}
