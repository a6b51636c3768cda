#include "cli/past.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NARROWEST = 20 };

/* ---- layout ----------------------------------------------------------- */

static size_t count_cells(const char *text, size_t size)
{
    size_t cells = 0;

    while (size) {
        size_t length = utf8_sequence(text, size);

        length = length ? length : 1;
        text += length;
        size -= length;
        cells++;
    }
    return cells;
}

/* The bytes of the next line: as many words as fit, at least one. */
static size_t fit_words(const char *text, size_t room)
{
    size_t best = 0;

    for (size_t i = 0;; i++) {
        if (text[i] != ' ' && text[i] != '\0')
            continue;
        if (best && count_cells(text, i) > room)
            return best;
        best = i;
        if (text[i] == '\0')
            return best;
    }
}

void past_paragraph(size_t indent, enum output_style style, const char *label,
                    const char *text)
{
    char *safe = output_safe(text);
    const char *next = safe;
    const char *on = output_on(style);
    const char *off = style == STYLE_PLAIN ? "" : output_off();
    size_t hang = indent + count_cells(label, strlen(label));
    size_t room = hang + NARROWEST < PAST_WIDTH ? PAST_WIDTH - hang : NARROWEST;

    output_printf("%*s%s%s%s", (int)indent, "", on, label, *label ? off : "");
    do {
        size_t length;

        while (*next == ' ')
            next++;
        length = fit_words(next, room);
        if (next != safe && *next)
            output_printf("\n%*s%s", (int)hang, "", *label ? "" : on);
        output_printf("%.*s%s", (int)length, next, *label ? "" : off);
        next += length;
    } while (*next);
    output_printf("\n");
    free(safe);
}

void past_heading(const char *text)
{
    output_printf("\n%s%s%s\n", output_on(STYLE_BOLD), text, output_off());
}

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

/* "step-010-x is stale: main.tf changed."; a reason that says the same word
 * again ("failed with exit status 3") takes its place. */
static char *sentence_about(const struct overview_step *step, const char *what)
{
    const char *reason = step->reason;

    if (!reason)
        return mem_format("%s %s.", step->step->id, what);
    if (strncmp(reason, what, strlen(what)) == 0)
        return mem_format("%s %s.", step->step->id, reason);
    return mem_format("%s %s: %s.", step->step->id, what, reason);
}

/* The suggestion of the last run for the step that failed in it. */
static const char *mends(const struct overview *overview)
{
    const struct run_step *step =
        overview->has_run
            ? run_model_step(&overview->last.model, overview->next->step->id)
            : NULL;

    return step && step->status == STATUS_FAILED ? step->suggestion : NULL;
}

static void advise_on_plan(const struct overview *overview,
                           struct past_advice *advice)
{
    advice->sentence = mem_format("The deployment cannot be planned: %s.",
                                  overview->plan_error.message);
    if (overview->plan_error.hint[0])
        advice->suggestion = mem_text(overview->plan_error.hint);
}

static void advise_on_end(const struct overview *overview,
                          const struct options *options,
                          struct past_advice *advice)
{
    bool has_teardown = overview_has_teardown(overview);

    advice->sentence =
        mem_format("All steps of the deployment are completed.%s",
                   has_teardown ? " To tear everything down:" : "");
    if (has_teardown)
        advice->command = past_command(options, "destroy");
}

static const struct overview_step *
find_interrupted(const struct overview *overview)
{
    for (size_t i = 0; i < overview->count; i++) {
        if (overview->steps[i].is_interrupted)
            return &overview->steps[i];
    }
    return NULL;
}

static void advise_on_step(const struct overview *overview,
                           struct past_advice *advice)
{
    const struct overview_step *next = overview->next;
    const struct overview_step *interrupted = find_interrupted(overview);

    if (overview->advice == ADVICE_UNBLOCK) {
        advice->sentence = sentence_about(next, "is blocked");
        advice->suggestion = mem_text(next->item->suggestion);
    } else if (interrupted && interrupted != next) {
        advice->sentence =
            mem_format("%s was interrupted; a deployment goes on at %s.",
                       interrupted->step->id, next->step->id);
    } else if (overview->advice == ADVICE_RESUME) {
        advice->sentence = sentence_about(next, interrupted ? "was interrupted"
                                                            : "is in progress");
    } else if (overview->advice == ADVICE_RETRY) {
        advice->sentence = sentence_about(next, "failed");
        advice->suggestion = mem_text(mends(overview));
    } else if (overview->advice == ADVICE_REPEAT) {
        advice->sentence = sentence_about(next, "is stale");
    } else {
        advice->sentence =
            mem_format("%s is next: %s.", next->step->id, next->step->title);
    }
}

void past_advise(const struct overview *overview, const struct options *options,
                 struct past_advice *advice)
{
    const char *words = "deploy";

    *advice = (struct past_advice){ 0 };
    switch (overview->advice) {
    case ADVICE_SET_UP:
        advice->sentence = mem_text("There are no deployment steps here yet.");
        words = "init";
        break;
    case ADVICE_WATCH:
        advice->sentence = mem_text("A run is under way.");
        words = "attach";
        break;
    case ADVICE_MEND_PLAN:
        advise_on_plan(overview, advice);
        break;
    case ADVICE_NOTHING:
        advise_on_end(overview, options, advice);
        return;
    default:
        advise_on_step(overview, advice);
        break;
    }
    advice->command = past_command(options, words);
}

void past_advice_release(struct past_advice *advice)
{
    free(advice->sentence);
    free(advice->suggestion);
    free(advice->command);
    *advice = (struct past_advice){ 0 };
}
