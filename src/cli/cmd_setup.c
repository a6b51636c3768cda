/*
 * Setting a project up: by its own step 000, or by the built-in questions
 * (core/setup.h). These are answered by options, by a file, or line by line at
 * the terminal.
 */
#include "base/fileio.h"
#include "base/mem.h"
#include "cli/ask.h"
#include "cli/command.h"
#include "cli/flow.h"
#include "cli/output.h"
#include "cli/screen.h"
#include "core/envfile.h"
#include "core/outcome.h"
#include "core/setup.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST_LINE = 4096 };

static void print_safe(const char *before, const char *text, const char *after)
{
    char *safe = output_safe(text);

    output_printf("%s%s%s", before, safe, after);
    free(safe);
}

/* ---- answers that were given ------------------------------------------ */

static bool answer_from_file(struct setup *setup, const char *path,
                             struct error *err)
{
    struct strbuf text = { 0 };
    bool ok = fileio_read(AT_FDCWD, path, ENVFILE_LARGEST, &text, err);

    if (ok) {
        ok = setup_answer_file(setup, path, strbuf_text(&text), text.len, err);
    } else if (err->code == ERROR_NOT_FOUND || err->code == ERROR_IO) {
        err->code = ERROR_INPUT;
        error_hint(err, "name a file of KEY=VALUE lines with --answers");
    }
    strbuf_release(&text);
    return ok;
}

/* The key that an option answers, NULL for none. */
static const char *key_of(const struct option_row *row)
{
    return row->id == OPTION_ENV ? "ENVIRONMENT" : row->key;
}

/* `*any`: whether there was one. */
static bool answer_from_options(struct setup *setup,
                                const struct options *options, bool *any,
                                struct error *err)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_table()[i];

        if (!options->given[i] || !key_of(row))
            continue;
        *any = true;
        if (!setup_answer(setup, key_of(row), options->values[i], err))
            return error_wrap(err, "option '--%s'", row->name);
    }
    return true;
}

/* ---- line by line ----------------------------------------------------- */

/* What can be chosen, unless it is a long list of plain words. */
static void print_choices(const struct setup *setup,
                          const struct setup_question *question)
{
    size_t count;
    const struct setup_choice *choices =
        setup_choices(setup, question->key, &count);

    for (size_t i = 0; count > 1 && i < count; i++) {
        if (!*choices[i].origin && question->kind != SETUP_CHOICE)
            continue;
        print_safe("    ", choices[i].value, "");
        print_safe(*choices[i].origin ? ": " : "", choices[i].origin, "\n");
    }
}

static void print_question(const struct setup *setup,
                           const struct setup_question *question)
{
    const char *origin = setup_origin(setup, question->key);

    output_printf("\n%s%zu/%zu %s%s\n", output_on(STYLE_BOLD),
                  setup_number(setup), setup_count(setup), question->title,
                  output_off());
    output_paragraph(2, STYLE_PLAIN, "", question->help);
    print_choices(setup, question);
    if (origin && *origin && *setup_value(setup, question->key))
        print_safe("  default: ", origin, "\n");
}

static void print_doubt(const struct setup *setup, const char *key)
{
    const char *doubt = setup_doubt(setup, key, setup_value(setup, key));

    if (!doubt)
        return;
    output_printf("%swarning%s %s", output_on(STYLE_WARNING), output_off(),
                  key);
    print_safe(" '", setup_value(setup, key), "': ");
    output_printf("%s\n", doubt);
}

static void print_error(const struct error *err)
{
    print_safe("  ", err->message, "\n");
    if (*err->hint)
        print_safe("  ", err->hint, "\n");
}

/* Shows the current question and takes one line; false when the input has
 * ended. */
static bool ask_one(struct setup *setup)
{
    const struct setup_question *question = setup_current(setup);
    char line[LONGEST_LINE];
    struct error err = { 0 };
    char *safe, *shown;
    bool ok;

    print_question(setup, question);
    safe = output_safe(setup_value(setup, question->key));
    shown = mem_format("[%s]:", safe);
    ask_show(question->title, shown);
    free(shown);
    free(safe);
    if (!ask_line(line, sizeof(line)))
        return false;
    if (strcmp(line, "<") == 0) {
        setup_back(setup);
        return true;
    }
    ok = setup_next(setup,
                    !*line                   ? NULL
                    : strcmp(line, "-") == 0 ? ""
                                             : line,
                    &err);
    if (ok)
        print_doubt(setup, question->key);
    else
        print_error(&err);
    return true;
}

static bool ask_all(struct setup *setup, struct error *err)
{
    output_printf("Enter takes the value in brackets, '<' goes back, '-' "
                  "leaves a value empty.\n");
    while (setup_current(setup)) {
        if (!ask_one(setup)) {
            output_printf("\n");
            return error_set(err, ERROR_CANCELLED, "nothing was written");
        }
    }
    output_printf("\n");
    return true;
}

/* ---- what comes of it ------------------------------------------------- */

static enum output_style style_of_line(const char *line)
{
    switch (*line) {
    case '+':
        return STYLE_OK;
    case '-':
        return STYLE_FAILED;
    case '@':
        return STYLE_ACCENT;
    default:
        return STYLE_PLAIN;
    }
}

static void print_diff(const char *diff)
{
    while (*diff) {
        size_t size = strcspn(diff, "\n");
        char *line = mem_bytes(diff, size);
        char *safe = output_safe(line);
        enum output_style style = style_of_line(line);

        output_printf("%s%s%s\n", output_on(style), safe,
                      style == STYLE_PLAIN ? "" : output_off());
        free(safe);
        free(line);
        diff += size + (diff[size] == '\n');
    }
}

static void print_diffs(const struct setup_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        print_diff(files->items[i].diff);
}

static void print_values(const struct setup *setup)
{
    for (const struct setup_question *row = setup_questions(); row->key;
         row++) {
        if (!setup_is_asked(setup, row->key))
            continue;
        output_printf("  %-28s", row->title);
        print_safe(" ", setup_value(setup, row->key), "\n");
    }
}

static void print_command(const struct setup *setup)
{
    char *command = setup_command(setup, "FILE");
    char *text = setup_answers_text(setup);

    print_safe("\nThe same without questions:\n  ", command, "\n");
    if (strstr(command, " --answers ")) {
        struct strvec lines = { 0 };

        strvec_split(&lines, text, "\n");
        output_printf("with these lines in FILE:\n");
        for (size_t i = 0; i < lines.count; i++)
            print_safe("  ", lines.items[i], "\n");
        strvec_release(&lines);
    }
    free(text);
    free(command);
}

static void print_written(const struct setup_files *files,
                          const struct setup_result *result)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct setup_file *file = &files->items[i];
        bool written = strvec_has(&result->written, file->name);

        if (!written && file->is_changed)
            continue;
        output_printf("%s%-10s%s", output_on(written ? STYLE_OK : STYLE_DIM),
                      written ? "written" : "unchanged", output_off());
        print_safe("", file->name, "");
        if (written)
            output_printf("  +%zu -%zu", file->added, file->removed);
        output_printf("\n");
    }
    for (size_t i = 0; i < result->kept.count; i++) {
        output_printf("%s%-10s%s", output_on(STYLE_DIM), "kept", output_off());
        print_safe("", result->kept.items[i], "\n");
    }
}

static bool review(const struct setup *setup, const struct setup_files *files,
                   struct error *err)
{
    print_values(setup);
    output_printf("\n");
    print_diffs(files);
    print_command(setup);
    output_printf("\n");
    return ask_yes("Write these files?") ||
           error_set(err, ERROR_CANCELLED, "nothing was written");
}

static bool write_files(const struct setup_files *files, struct error *err)
{
    struct setup_result result = { 0 };
    bool ok = setup_write(files, &result, err);

    print_written(files, &result);
    if (ok)
        output_printf("\nNext: stepdeck plan   shows what a deployment would "
                      "do\n");
    setup_result_release(&result);
    return ok;
}

/* ---- the built-in setup ----------------------------------------------- */

/* What is doubtful about answers that nobody looked at. */
static void print_doubts(const struct setup *setup)
{
    for (const struct setup_question *row = setup_questions(); row->key;
         row++) {
        if (setup_is_asked(setup, row->key))
            print_doubt(setup, row->key);
    }
}

/* From answered questions to written files; `asks`: after a review. */
static bool finish(const struct setup *setup, const struct options *options,
                   bool asks, struct error *err)
{
    struct setup_files files = { 0 };
    bool ok = setup_plan(setup, &files, err);

    if (!ok)
        return error_hint(err, "answer it with --answers FILE or its option");
    if (!asks)
        print_doubts(setup);
    if (!setup_files_are_changed(&files))
        output_printf("Nothing to change: the files say this already.\n");
    else if (options->given[OPTION_DRY_RUN])
        print_diffs(&files);
    else
        ok = (!asks || review(setup, &files, err)) && write_files(&files, err);
    setup_files_release(&files);
    return ok;
}

static bool refuse_unanswered(struct error *err)
{
    error_set(err, ERROR_INPUT,
              "setup has questions, and nobody can be asked here");
    return error_hint(err, "answer with --answers FILE (KEY=VALUE lines), or "
                           "take the defaults with --auto-approve; --dry-run "
                           "shows what would be written");
}

/* Whether the options leave nothing to ask. */
static bool asks_nothing(const struct options *options)
{
    return options->given[OPTION_ANSWERS] ||
           options->given[OPTION_AUTO_APPROVE];
}

static bool run_questions(struct setup *setup, const struct options *options,
                          struct error *err)
{
    bool asks = !asks_nothing(options) && ask_is_possible();
    bool is_answered = asks_nothing(options);

    if (options->given[OPTION_ANSWERS] &&
        !answer_from_file(setup, options->values[OPTION_ANSWERS], err))
        return false;
    if (!answer_from_options(setup, options, &is_answered, err))
        return false;
    /* A dry run shows the defaults rather than nothing. */
    if (!asks && !is_answered && !options->given[OPTION_DRY_RUN])
        return refuse_unanswered(err);
    return (!asks || ask_all(setup, err)) && finish(setup, options, asks, err);
}

static int run_builtin(const struct options *options)
{
    struct setup_request request = {
        .dir = ".", .asks_clouds = !asks_nothing(options) && ask_is_possible()
    };
    struct error err = { 0 };
    struct setup *setup = NULL;
    bool ok = true;

    if (options->given[OPTION_JSON]) {
        error_set(&err, ERROR_INPUT, "the built-in setup has no JSON output");
        error_hint(&err, "leave --json out");
        ok = false;
    }
    if (ok)
        setup = setup_new(&request, &err);
    ok = setup && run_questions(setup, options, &err);
    setup_free(setup);
    return ok ? EXIT_STATUS_DONE : command_fail(&err);
}

/* ---- the command ------------------------------------------------------ */

/* Looked for by name alone: a configuration that cannot be loaded is what
 * setup mends. */
static bool has_own_step(void)
{
    struct strvec names = { 0 };
    int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool found = false;

    if (fd < 0 || !fileio_list(fd, &names, NULL))
        names.count = 0;
    for (size_t i = 0; i < names.count; i++) {
        char *id;
        int number;

        if (!step_parse_file_name(names.items[i], &id, &number))
            continue;
        found = found || number == STEP_SETUP_NUMBER;
        free(id);
    }
    strvec_release(&names);
    if (fd >= 0)
        close(fd);
    return found;
}

static int setup(const struct options *options)
{
    struct flow_request request = {
        .command = "setup", .plan = { .range = RANGE_SETUP, .forced = true }
    };
    int status;

    if (options->given[OPTION_WIZARD] || options->given[OPTION_ANSWERS] ||
        !has_own_step()) {
        if (!asks_nothing(options) && screen_open(options, true, &status))
            return status;
        return run_builtin(options);
    }
    return options->given[OPTION_DRY_RUN] ? flow_show_plan(options, &request)
                                          : flow_run(options, &request);
}

const struct command command_setup = {
    .name = "setup",
    .arguments = "",
    .groups = OPTIONS_PROJECT | OPTIONS_RUN | OPTIONS_JSON | OPTIONS_APPROVE |
              OPTIONS_SETUP,
    .summary = "set the project up: ask, and write its configuration",
    .description =
        "Asks what a deployment has to know, with what was found in the "
        "project, git and the AWS config as defaults, and writes .env, "
        "deployment-config.env, environments/NAME.env and "
        "terraform/terraform.tfvars as far as they are needed. Only the keys "
        "that were asked for are changed; a file that changes is kept as "
        "FILE.bak. --answers FILE and the options answer without a terminal, "
        "--auto-approve takes the defaults, --dry-run shows the changes and "
        "writes nothing. A project with a step 000 of its own is set up by "
        "that, unless --wizard or --answers is given.",
    .examples = "stepdeck setup\n"
                "stepdeck setup --answers answers.env\n"
                "stepdeck setup --wizard --auto-approve --env prod --region "
                "eu-west-1 --dry-run",
    .run = setup,
};
