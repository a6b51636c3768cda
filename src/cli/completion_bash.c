/*
 * bash 3.2 (macOS) has no compopt, no mapfile and no associative arrays; and
 * `compgen -W` would run a command substitution in a file's name. So words are
 * matched by a loop of the script's own. Where nothing is offered, readline
 * completes files (-o default).
 */
#include "cli/completion.h"
#include "cli/output.h"

#include <string.h>

static const char helpers[] =
    "# bash completion for stepdeck, made by: stepdeck completion bash\n"
    "# In ~/.bashrc:  eval \"$(stepdeck completion bash)\"\n"
    "\n"
    "# Offers those of the words that begin with the first one.\n"
    "_stepdeck_words() {\n"
    "    local current=\"$1\" word\n"
    "    shift\n"
    "    for word in \"$@\"; do\n"
    "        case \"$word\" in\n"
    "            \"$current\"*) COMPREPLY+=(\"$word\") ;;\n"
    "        esac\n"
    "    done\n"
    "}\n"
    "\n"
    "_stepdeck_steps() {\n"
    "    local file name\n"
    "    for file in \"$2\"/step-[0-9][0-9][0-9]-*; do\n"
    "        name=\"${file##*/}\"\n"
    "        case \"$name\" in\n"
    "            *[!A-Za-z0-9._-]* | *.bak | *.orig | *.rej | *.swp | *.tmp | "
    "*.old) ;;\n"
    "            *) [ -f \"$file\" ] && _stepdeck_words \"$1\" "
    "\"${name%.*}\" ;;\n"
    "        esac\n"
    "    done\n"
    "}\n"
    "\n"
    "_stepdeck_runs() {\n"
    "    local folder\n"
    "    for folder in \"$2\"/.deployment-state/runs/*/; do\n"
    "        folder=\"${folder%/}\"\n"
    "        [ -d \"$folder\" ] && _stepdeck_words \"$1\" "
    "\"${folder##*/}\"\n"
    "    done\n"
    "}\n"
    "\n"
    "_stepdeck_environments() {\n"
    "    local file\n"
    "    for file in \"$2\"/environments/*.env; do\n"
    "        file=\"${file##*/}\"\n"
    "        case \"$file\" in\n"
    "            *[!A-Za-z0-9._-]*) ;;\n"
    "            *) _stepdeck_words \"$1\" \"${file%.env}\" ;;\n"
    "        esac\n"
    "    done\n"
    "}\n"
    "\n";

/* The words before the cursor: which command, how many arguments, and an
 * option that waits for its value. `=` is a word of its own to readline. */
static const char scan_head[] =
    "_stepdeck() {\n"
    "    local current=\"${COMP_WORDS[COMP_CWORD]}\" command=\"\" "
    "expected=\"\"\n"
    "    local dir=\".\" position=1 index=1 word\n"
    "    COMPREPLY=()\n"
    "    while [ \"$index\" -lt \"$COMP_CWORD\" ]; do\n"
    "        word=\"${COMP_WORDS[index]}\"\n"
    "        index=$((index + 1))\n"
    "        if [ \"$word\" = \"=\" ]; then\n"
    "            expected=\"${expected:-=}\"\n"
    "        elif [ -n \"$expected\" ]; then\n"
    "            case \"$expected\" in\n"
    "                -C | --directory) dir=\"$word\" ;;\n"
    "            esac\n"
    "            expected=\"\"\n"
    "        else\n"
    "            case \"$word\" in\n";

static const char scan_tail[] =
    ") expected=\"$word\" ;;\n"
    "                -*) ;;\n"
    "                *)\n"
    "                    if [ -n \"$command\" ]; then\n"
    "                        position=$((position + 1))\n"
    "                    else\n"
    "                        command=\"$word\"\n"
    "                    fi\n"
    "                    ;;\n"
    "            esac\n"
    "        fi\n"
    "    done\n"
    "    if [ \"$current\" = \"=\" ]; then\n"
    "        current=\"\"\n"
    "        expected=\"${expected:-=}\"\n"
    "    fi\n"
    "\n";

static void write_command_names(void)
{
    const struct command *const *table = command_table();

    for (size_t i = 0; table[i]; i++)
        output_printf(" %s", table[i]->name);
}

/* The statement that offers the values. */
static void write_offer(const struct completion *completion)
{
    switch (completion->kind) {
    case COMPLETION_WORDS:
        output_printf("_stepdeck_words \"$current\"");
        for (size_t i = 0; i < completion->words.count; i++)
            output_printf(" %s", completion->words.items[i]);
        break;
    case COMPLETION_STEPS:
        output_printf("_stepdeck_steps \"$current\" \"$dir\"");
        break;
    case COMPLETION_RUNS:
        output_printf("_stepdeck_runs \"$current\" \"$dir\"");
        break;
    case COMPLETION_ENVIRONMENTS:
        output_printf("_stepdeck_environments \"$current\" \"$dir\"");
        break;
    case COMPLETION_COMMANDS:
        output_printf("_stepdeck_words \"$current\"");
        write_command_names();
        break;
    case COMPLETION_FILES:
    case COMPLETION_FOLDERS:
    case COMPLETION_NOTHING:
        break;
    }
}

static bool is_offered(const struct completion *completion)
{
    return completion->kind != COMPLETION_NOTHING &&
           completion->kind != COMPLETION_FILES &&
           completion->kind != COMPLETION_FOLDERS;
}

static bool needs_value(const struct option_row *row)
{
    return row->argument && row->argument[0] != '[';
}

static void write_scan(void)
{
    const char *separator = "                ";

    output_printf("%s", scan_head);
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_table()[i];

        if (!needs_value(row))
            continue;
        if (row->letter)
            output_printf("%s-%c | --%s", separator, row->letter, row->name);
        else
            output_printf("%s--%s", separator, row->name);
        separator = " | ";
    }
    output_printf("%s", scan_tail);
}

static void write_values(void)
{
    output_printf("    case \"$expected\" in\n"
                  "        '') ;;\n");
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_table()[i];
        struct completion completion;

        if (!needs_value(row))
            continue;
        completion_of_option(row, &completion);
        if (is_offered(&completion)) {
            output_printf("        --%s) ", row->name);
            write_offer(&completion);
            output_printf(" ;;\n");
        }
        completion_release(&completion);
    }
    output_printf("    esac\n"
                  "    [ -z \"$expected\" ] || return 0\n\n");
}

static void write_option_words(const struct command *command, bool common)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_table()[i];

        if (common ? (row->groups & OPTIONS_COMMON) != 0
                   : completion_takes(command, row))
            output_printf(" --%s", row->name);
    }
}

static void write_options(void)
{
    const struct command *const *table = command_table();

    output_printf("    case \"$current\" in\n"
                  "        -*)\n"
                  "            _stepdeck_words \"$current\"");
    write_option_words(NULL, true);
    output_printf("\n            case \"$command\" in\n");
    for (size_t i = 0; table[i]; i++) {
        if (!table[i]->groups)
            continue;
        output_printf("                %s%s) _stepdeck_words \"$current\"",
                      strcmp(table[i]->name, "deploy") == 0 ? "'' | " : "",
                      table[i]->name);
        write_option_words(table[i], false);
        output_printf(" ;;\n");
    }
    output_printf("            esac\n"
                  "            return 0\n"
                  "            ;;\n"
                  "    esac\n\n");
}

static void write_arguments(void)
{
    const struct command *const *table = command_table();

    output_printf("    case \"$command:$position\" in\n"
                  "        :*) _stepdeck_words \"$current\"");
    write_command_names();
    output_printf(" ;;\n");
    for (size_t i = 0; table[i]; i++) {
        struct completion completion;

        for (size_t j = 0; completion_of_argument(table[i], j, &completion);
             j++) {
            if (is_offered(&completion)) {
                if (completion.repeats)
                    output_printf("        %s:*) ", table[i]->name);
                else
                    output_printf("        %s:%zu) ", table[i]->name, j + 1);
                write_offer(&completion);
                output_printf(" ;;\n");
            }
            completion_release(&completion);
        }
    }
    output_printf("    esac\n"
                  "    return 0\n"
                  "}\n\n");
}

void completion_write_bash(void)
{
    output_printf("%s", helpers);
    write_scan();
    write_values();
    write_options();
    write_arguments();
    output_printf("complete -o default -F _stepdeck stepdeck\n");
}
