/* What the review and the result say. */
#include "base/mem.h"
#include "tui/draw.h"
#include "tui/wizard_private.h"

#include <stdlib.h>
#include <string.h>

static const char answers_file[] = "answers.env";

static void add_heading(struct wizard_page *page, const char *text)
{
    if (page->count)
        wizard_page_add(page, LINE_TEXT, draw_role(ROLE_TEXT), "");
    wizard_page_add(page, LINE_HEADING, draw_bold(ROLE_TITLE), text);
}

static struct wizard_line *add_text(struct wizard_page *page, enum role role,
                                    const char *text)
{
    return wizard_page_add(page, LINE_TEXT, draw_role(role), text);
}

static void add_icon(struct wizard_page *page, enum step_status status,
                     const char *text)
{
    add_text(page, ROLE_TEXT, text)->icon = (int)status;
}

/* ---- the review ------------------------------------------------------- */

static void add_answers(struct wizard_view *wizard)
{
    add_heading(&wizard->page, "Answers");
    for (const struct setup_question *row = setup_questions(); row->key;
         row++) {
        const char *value = setup_value(wizard->setup, row->key);
        struct wizard_line *line;

        if (!setup_is_asked(wizard->setup, row->key))
            continue;
        line = add_text(&wizard->page, *value ? ROLE_TEXT : ROLE_DIM,
                        *value ? value : "(empty)");
        line->label = mem_text(row->title);
        line->key = row->key;
    }
}

static char *file_words(const struct setup_file *file)
{
    if (!file->is_changed)
        return mem_text("unchanged");
    if (file->is_new)
        return mem_format("new, %zu lines", file->added);
    return mem_format("changed, +%zu -%zu", file->added, file->removed);
}

static void add_files(struct wizard_view *wizard)
{
    const struct setup_files *files = wizard->files;
    bool has_old = false;

    add_heading(&wizard->page, "Files");
    for (size_t i = 0; i < files->count; i++) {
        const struct setup_file *file = &files->items[i];
        char *words = file_words(file);
        struct wizard_line *line = add_text(
            &wizard->page, file->is_changed ? ROLE_TEXT : ROLE_DIM, words);

        line->label = mem_text(file->name);
        free(words);
        has_old = has_old || (file->is_changed && !file->is_new);
    }
    if (has_old)
        add_text(&wizard->page, ROLE_DIM,
                 "What is there now is kept beside it as FILE.bak.");
    if (!setup_files_are_changed(files))
        add_icon(&wizard->page, STATUS_COMPLETED,
                 "The files say all of this already: there is nothing to "
                 "write.");
}

static bool needs_answers_file(const char *command)
{
    return strstr(command, " --answers ") != NULL;
}

char *wizard_command(const struct wizard_view *wizard)
{
    return setup_command(wizard->setup, answers_file);
}

static void add_command(struct wizard_view *wizard)
{
    char *command = wizard_command(wizard);

    add_heading(&wizard->page, "The same without questions");
    add_text(&wizard->page, ROLE_ACCENT, command);
    if (needs_answers_file(command)) {
        char *answers = setup_answers_text(wizard->setup);
        char *words = mem_format("with these lines in %s:", answers_file);

        add_text(&wizard->page, ROLE_DIM, words);
        wizard_page_add_bytes(&wizard->page, answers, false);
        free(words);
        free(answers);
    }
    free(command);
}

/* Without the two lines that name the file, which the heading does. */
static const char *changes_of(const char *diff)
{
    const char *begin = strstr(diff, "@@");

    return begin ? begin : diff;
}

static void add_diffs(struct wizard_view *wizard)
{
    for (size_t i = 0; i < wizard->files->count; i++) {
        const struct setup_file *file = &wizard->files->items[i];
        char *title;

        if (!file->is_changed)
            continue;
        title =
            mem_format("%s (%s)", file->name, file->is_new ? "new" : "changed");
        add_heading(&wizard->page, title);
        wizard->page.lines[wizard->page.count - 1].is_stop = true;
        wizard_page_add_bytes(&wizard->page, changes_of(file->diff), true);
        free(title);
    }
}

void wizard_review_build(struct wizard_view *wizard)
{
    wizard_page_release(&wizard->page);
    add_answers(wizard);
    add_files(wizard);
    add_command(wizard);
    add_diffs(wizard);
}

/* ---- the result ------------------------------------------------------- */

static void add_names(struct wizard_page *page, const char *title,
                      const struct strvec *names, enum step_status status)
{
    if (!names->count)
        return;
    add_heading(page, title);
    for (size_t i = 0; i < names->count; i++)
        add_icon(page, status, names->items[i]);
}

bool wizard_leads_to_steps(const struct wizard_view *wizard)
{
    const char *target = setup_value(wizard->setup, "DEPLOY_TARGET");

    /* A target brings steps of its own. */
    return wizard->has_steps || (*target && strcmp(target, "none") != 0);
}

static void add_next(struct wizard_view *wizard)
{
    struct wizard_page *page = &wizard->page;

    add_heading(page, "What comes next");
    if (wizard_leads_to_steps(wizard)) {
        add_text(page, ROLE_TEXT,
                 "d deploys: it shows the plan and asks before anything runs.");
        add_text(page, ROLE_TEXT, "Enter shows the steps.");
        return;
    }
    add_text(page, ROLE_TEXT, "There are no steps here yet.");
    add_text(
        page, ROLE_TEXT,
        "In the shell, 'stepdeck init' writes the first ones and 'stepdeck "
        "new' one more.");
}

static void add_failure(struct wizard_view *wizard)
{
    struct wizard_page *page = &wizard->page;

    add_heading(page, "Not everything is written");
    add_icon(page, STATUS_FAILED, wizard->error.message);
    if (wizard->error.hint[0])
        add_text(page, ROLE_ACCENT, wizard->error.hint);
    add_text(page, ROLE_TEXT,
             "r looks at the files again and shows what is left to write.");
}

void wizard_result_build(struct wizard_view *wizard)
{
    const struct setup_result *result = wizard->result;
    bool has_failed = error_is_set(&wizard->error);

    wizard_page_release(&wizard->page);
    if (has_failed)
        add_failure(wizard);
    add_names(&wizard->page, "Written", &result->written, STATUS_COMPLETED);
    add_names(&wizard->page, "The old ones are kept as", &result->kept,
              STATUS_COMPLETED);
    add_names(&wizard->page, "Not written", &result->missing, STATUS_FAILED);
    if (!has_failed)
        add_next(wizard);
}
