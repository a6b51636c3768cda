#include "cli/completion.h"

#include "base/mem.h"
#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

/* Options whose values are fixed words. */
static const struct {
    enum option_id id;
    const char *words;
} fixed[] = {
    { OPTION_COLOR, "auto always never" },
    { OPTION_FORMAT, "junit json html md" },
};

static enum completion_kind kind_of(const char *name)
{
    static const struct {
        const char *name;
        enum completion_kind kind;
    } kinds[] = {
        { "FILE", COMPLETION_FILES },       { "DIR", COMPLETION_FOLDERS },
        { "STEP", COMPLETION_STEPS },       { "RUN", COMPLETION_RUNS },
        { "COMMAND", COMPLETION_COMMANDS }, { "TOPIC", COMPLETION_COMMANDS },
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(name, kinds[i].name) == 0)
            return kinds[i].kind;
    }
    return COMPLETION_NOTHING;
}

void completion_of_option(const struct option_row *row, struct completion *out)
{
    const char *name = row->argument ? row->argument : "";

    *out = (struct completion){ 0 };
    name += *name == '[';
    out->name = mem_bytes(name, strcspn(name, "]"));
    out->kind = kind_of(out->name);
    if (row->id == OPTION_ENV)
        out->kind = COMPLETION_ENVIRONMENTS;
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (fixed[i].id == row->id) {
            out->kind = COMPLETION_WORDS;
            strvec_split(&out->words, fixed[i].words, " ");
        }
    }
}

bool completion_of_argument(const struct command *command, size_t index,
                            struct completion *out)
{
    struct strvec specs = { 0 };
    const char *spec;
    bool found;

    *out = (struct completion){ 0 };
    strvec_split(&specs, command->arguments, " ");
    found = index < specs.count;
    if (found) {
        spec = specs.items[index];
        spec += *spec == '[';
        out->name = mem_bytes(spec, strcspn(spec, "]."));
        out->repeats = strstr(spec, "...") != NULL;
        out->kind = kind_of(out->name);
        if (strchr(out->name, '|')) {
            out->kind = COMPLETION_WORDS;
            strvec_split(&out->words, out->name, "|");
        }
    }
    strvec_release(&specs);
    return found;
}

void completion_release(struct completion *completion)
{
    strvec_release(&completion->words);
    free(completion->name);
    *completion = (struct completion){ 0 };
}

bool completion_takes(const struct command *command,
                      const struct option_row *row)
{
    return (row->groups & command->groups) != 0 &&
           !(row->groups & OPTIONS_COMMON);
}

char *completion_quote(const char *text)
{
    struct strbuf quoted = { 0 };

    strbuf_addc(&quoted, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            strbuf_adds(&quoted, "'\\''");
        else
            strbuf_addc(&quoted, *text);
    }
    strbuf_addc(&quoted, '\'');
    return strbuf_take(&quoted);
}

char *completion_quote_fish(const char *text)
{
    struct strbuf quoted = { 0 };

    strbuf_addc(&quoted, '\'');
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            strbuf_addc(&quoted, '\\');
        strbuf_addc(&quoted, *text);
    }
    strbuf_addc(&quoted, '\'');
    return strbuf_take(&quoted);
}
