#include "cli/past.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "core/advice.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int past_icon_width(void)
{
    return output_is_ascii() ? 4 : 1;
}

char *past_minute(int64_t wall_ms, char *text)
{
    char whole[REPORT_TIME_SIZE];

    report_time(wall_ms, whole);
    memcpy(text, whole, PAST_MINUTE_SIZE - 1);
    text[PAST_MINUTE_SIZE - 1] = '\0';
    return text;
}

/* ---- commands --------------------------------------------------------- */

/* As a shell reads it back. */
static void add_word(struct strbuf *out, const char *word)
{
    bool is_plain = *word != '\0';

    for (const char *c = word; *c; c++)
        is_plain = is_plain &&
                   (isalnum((unsigned char)*c) || strchr("_./-+:@%,=", *c));
    if (is_plain) {
        strbuf_adds(out, word);
        return;
    }
    strbuf_addc(out, '\'');
    for (const char *c = word; *c; c++) {
        if (*c == '\'')
            strbuf_adds(out, "'\\''");
        else
            strbuf_addc(out, *c);
    }
    strbuf_addc(out, '\'');
}

static void add_option(struct strbuf *out, const struct options *options,
                       enum option_id id, const char *words)
{
    if (!options->given[id])
        return;
    strbuf_adds(out, words);
    add_word(out, options->values[id]);
}

char *past_command(const struct options *options, const char *words)
{
    struct strbuf text = { 0 };

    strbuf_adds(&text, "stepdeck");
    add_option(&text, options, OPTION_DIR, " -C ");
    strbuf_addf(&text, " %s", words);
    add_option(&text, options, OPTION_ENV, " --env ");
    return strbuf_take(&text);
}

/* ---- entries of logs -------------------------------------------------- */

bool past_choose_step(const struct options *options,
                      const struct project *project, const struct statelog *log,
                      char **step, struct error *err)
{
    const char *text =
        options->arguments.count ? options->arguments.items[0] : NULL;
    size_t index;

    *step = NULL;
    if (!text)
        return true;
    if (statelog_last(log, text))
        *step = mem_text(text);
    else if (project_find(project, text, &index, err))
        *step = mem_text(project->steps[index].id);
    return *step != NULL;
}

bool past_is_shown(const struct statelog_entry *entry, const char *step)
{
    return !step || strcmp(entry->step, step) == 0;
}

/* ---- advice ----------------------------------------------------------- */

void past_advise(const struct overview *overview, const struct options *options,
                 struct past_advice *past)
{
    struct advice advice;

    advice_make(&advice, overview);
    past->sentence = advice.sentence;
    past->suggestion = advice.suggestion;
    past->command = advice.words ? past_command(options, advice.words) : NULL;
}

void past_advice_release(struct past_advice *advice)
{
    free(advice->sentence);
    free(advice->suggestion);
    free(advice->command);
    *advice = (struct past_advice){ 0 };
}
