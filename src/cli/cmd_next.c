#include "base/jsonx.h"
#include "base/mem.h"
#include "base/redact.h"
#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/past.h"
#include "cli/workspace.h"
#include "core/secrets.h"

#include <stdlib.h>
#include <string.h>

/* How to run the script without us: by the shell its first line names. NULL
 * for a built-in step; to free. */
static char *by_hand(const struct step *step)
{
    const char *shebang = step->header.shebang;

    if (!step->file)
        return NULL;
    if (!step->header.is_script || (shebang && !strstr(shebang, "sh")))
        return mem_format("./%s", step->file);
    return mem_format("bash %s", step->file);
}

static char *needs_text(const struct step *step)
{
    struct strbuf text = { 0 };

    if (!step->header.has_prerequisites)
        return mem_text("all earlier critical steps");
    for (size_t i = 0; i < step->header.prerequisites_raw.count; i++)
        strbuf_addf(&text, "%s%s", i ? ", " : "",
                    step->header.prerequisites_raw.items[i]);
    if (!text.len)
        strbuf_adds(&text, "none");
    return strbuf_take(&text);
}

static char *run_command(const struct options *options, const struct step *step)
{
    char *words = mem_format("run %s", step->id);
    char *command = past_command(options, words);

    free(words);
    return command;
}

static void print_field(const char *label, const char *text)
{
    if (text)
        output_paragraph(2, STYLE_DIM, label, text);
}

/* Not wrapped: a command is there to be copied. */
static void print_command(const char *label, const char *command)
{
    char *safe;

    if (!command)
        return;
    safe = output_safe(command);
    output_printf("  %s%s%s%s%s%s\n", output_on(STYLE_DIM), label, output_off(),
                  output_on(STYLE_ACCENT), safe, output_off());
    free(safe);
}

static void print_step(const struct overview_step *next,
                       const struct past_advice *advice,
                       const struct options *options)
{
    const struct step *step = next->step;
    char *needs = needs_text(step);
    char *run = run_command(options, step);
    char *hand = by_hand(step);

    output_printf("%s%s%s\n", output_on(STYLE_BOLD), step->id, output_off());
    output_paragraph(2, STYLE_PLAIN, "", step->title);
    if (step->header.description)
        output_paragraph(2, STYLE_DIM, "", step->header.description);
    output_printf("\n");
    print_field("Status          ", next->is_interrupted
                                        ? "interrupted"
                                        : status_name(next->status));
    print_field("Because         ",
                next->reason ? next->reason : next->item->reason);
    print_field("Needs           ", needs);
    print_field("Suggestion      ", advice->suggestion);
    output_printf("\n");
    print_command("All from here   ", advice->command);
    print_command("Only this step  ", run);
    print_command("By hand         ", hand);
    free(hand);
    free(run);
    free(needs);
}

static void print_text(const struct overview *overview,
                       const struct past_advice *advice,
                       const struct options *options)
{
    if (overview->next && overview->advice != ADVICE_WATCH) {
        print_step(overview->next, advice, options);
    } else {
        output_paragraph(0, STYLE_PLAIN, "", advice->sentence);
        if (advice->suggestion)
            output_paragraph(0, STYLE_WARNING, "", advice->suggestion);
        if (advice->command)
            output_printf("  %s%s%s\n", output_on(STYLE_ACCENT),
                          advice->command, output_off());
    }
    output_flush();
}

static void add_step_json(json_t *json, const struct overview_step *next,
                          const struct options *options)
{
    const struct step *step = next->step;
    json_t *needs = json_array(), *commands = json_object();
    char *run = run_command(options, step);
    char *deploy = past_command(options, "deploy");
    char *hand = by_hand(step);

    jsonx_set_text(json, "step", step->id);
    jsonx_set_int(json, "number", step->number);
    jsonx_set_text(json, "title", step->title);
    jsonx_set_text(json, "description", step->header.description);
    jsonx_set_text(json, "status", status_name(next->status));
    jsonx_set_text(json, "action", plan_action_name(next->item->action));
    jsonx_set_text(json, "reason", next->item->reason);
    for (size_t i = 0; i < step->header.prerequisites_raw.count; i++)
        json_array_append_new(
            needs, json_string(step->header.prerequisites_raw.items[i]));
    json_object_set_new(json, "prerequisites", needs);
    jsonx_set_text(commands, "deploy", deploy);
    jsonx_set_text(commands, "run", run);
    jsonx_set_text(commands, "by_hand", hand);
    json_object_set_new(json, "commands", commands);
    free(hand);
    free(deploy);
    free(run);
}

static void print_json(const struct overview *overview,
                       const struct past_advice *advice,
                       const struct options *options)
{
    json_t *json = json_object();

    if (overview->next)
        add_step_json(json, overview->next, options);
    else
        json_object_set_new(json, "step", json_null());
    jsonx_set_text(json, "message", advice->sentence);
    jsonx_set_text(json, "suggestion", advice->suggestion);
    jsonx_set_text(json, "command", advice->command);
    output_json(json);
}

static int run_next(const struct options *options)
{
    struct session session = { 0 };
    struct overview overview = { 0 };
    struct past_advice advice;
    struct redact *redact;
    struct error err = { 0 };

    if (!workspace_open(&session, options, STATE_READ, &err))
        return command_fail(&err);
    redact = secrets_collect(&session.project.config);
    overview_make(&overview, &session.project, session.state, redact);
    past_advise(&overview, options, &advice);
    if (options->given[OPTION_JSON])
        print_json(&overview, &advice, options);
    else
        print_text(&overview, &advice, options);
    past_advice_release(&advice);
    overview_release(&overview);
    redact_free(redact);
    workspace_close(&session);
    return 0;
}

const struct command command_next = {
    .name = "next",
    .arguments = "",
    .groups = OPTIONS_PROJECT | OPTIONS_JSON,
    .summary = "the next step, and the command that runs it",
    .description =
        "Tells which step a deployment would run next: the first that has not "
        "run yet, failed, was interrupted or is stale, with its description, "
        "what it needs, and the commands that run it. After the last step it "
        "says so.",
    .examples = "stepdeck next\n"
                "stepdeck next --json",
    .run = run_next,
};
