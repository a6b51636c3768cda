/*
 * Unlike project_load() this goes on behind a fault: a step whose header
 * cannot be read is still a step that others may name.
 */
#include "core/lint_steps.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "core/circle.h"
#include "core/plan.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

struct steps {
    struct lint *lint;
    struct project *project;
    bool verbose;
    struct lint_scripts *scripts;
};

/* ---- names ------------------------------------------------------------ */

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), length = strlen(end);

    return size >= length && strcmp(text + size - length, end) == 0;
}

/* Whether the name without its last extension (or `~`) is that of a step. */
static bool is_leftover(const char *file)
{
    const char *dot = strrchr(file, '.');
    size_t size = ends_with(file, "~") ? strlen(file) - 1
                  : dot                ? (size_t)(dot - file)
                                       : 0;
    char *stem = mem_bytes(file, size);
    char *id;
    int number;
    bool is_step = step_parse_file_name(stem, &id, &number);

    if (is_step)
        free(id);
    free(stem);
    return is_step;
}

static bool is_script(const char *path)
{
    struct strbuf bytes = { 0 };
    bool starts =
        fileio_read(AT_FDCWD, path, LINT_SCRIPT_LIMIT, &bytes, NULL) &&
        bytes.len > 2 && memcmp(bytes.data, "#!", 2) == 0;

    strbuf_release(&bytes);
    return starts;
}

/* A file that is no step, and may have been meant to be one. */
static void check_near_miss(const struct steps *steps, const char *file,
                            const char *path, bool has_step_name)
{
    struct stat info;

    if (strncasecmp(file, "step", 4) != 0 || stat(path, &info) != 0 ||
        !S_ISREG(info.st_mode))
        return;
    if (has_step_name) {
        char *advice = mem_format("chmod +x %s", file);

        if (is_script(path))
            lint_add(steps->lint, LINT_WARNING, "not-a-step", file, 0, advice,
                     "this is no step: it neither ends in .sh nor is "
                     "executable");
        free(advice);
    } else if (is_leftover(file)) {
        if (steps->verbose)
            lint_add(steps->lint, LINT_REMARK, "leftover", file, 0,
                     "remove it when it is not needed any more",
                     "this looks like a left-over copy and is no step");
    } else if ((file[4] == '-' || file[4] == '_') &&
               isdigit((unsigned char)file[5]) &&
               (ends_with(file, ".sh") || access(path, X_OK) == 0)) {
        lint_add(steps->lint, LINT_WARNING, "not-a-step", file, 0,
                 "rename it to step-NNN-name.sh, NNN from 000 to 999",
                 "this is no step: its number does not have three digits "
                 "between dashes");
    }
}

/* ---- one step --------------------------------------------------------- */

static void check_id(const struct steps *steps, const struct step *step)
{
    for (const char *byte = step->id; *byte; byte++) {
        if (!isgraph((unsigned char)*byte) && (unsigned char)*byte < 0x80) {
            lint_add(steps->lint, LINT_ERROR, "name", step->file, 0,
                     "rename it, for example with '-' instead",
                     "the file name has a blank or control character");
            return;
        }
    }
}

static void check_header(const struct steps *steps, const struct step *step)
{
    const struct header *header = &step->header;

    for (size_t i = 0; i < header->remarks.count; i++) {
        const char *remark = header->remarks.items[i];
        int line = 0;

        if (strncmp(remark, "line ", 5) == 0) {
            line = atoi(remark + 5);
            remark = strchr(remark, ':') + 2;
        }
        lint_add(steps->lint, LINT_WARNING, "header", step->file, line,
                 "mend the line, or reword it", "%s", remark);
    }
    if (!header->is_script)
        return;
    if (!header->title)
        lint_add(steps->lint, LINT_WARNING, "header", step->file, 1,
                 "begin with '# Project - What the step does', "
                 "'# Prerequisites: ...' and '# Outputs: ...'",
                 "the script has no header");
    else if (step->number > STEP_PREFLIGHT_NUMBER &&
             !header->has_prerequisites && !header->lines[HEADER_PREREQUISITES])
        lint_add(steps->lint, LINT_REMARK, "header", step->file, 1,
                 "add '# Prerequisites: ...', with 'none' if there are none",
                 "without a Prerequisites line the step needs all earlier "
                 "critical steps");
}

static void remark_prose(const struct steps *steps, const struct step *step)
{
    const struct header *header = &step->header;

    for (size_t i = 0; i < step->need_count; i++) {
        if (step->needs[i].kind == NEED_PROSE)
            lint_add(steps->lint, LINT_REMARK, "prose", step->file,
                     header->lines[HEADER_PREREQUISITES],
                     "to have it checked: step-..., command NAME, env NAME or "
                     "file PATH",
                     "the prerequisite '%s' is prose and not checked",
                     step->needs[i].text);
    }
    for (size_t i = 0; i < header->outputs.count; i++) {
        const char *output = header->outputs.items[i];

        if (!need_is_output_path(output) && strcasecmp(output, "none") != 0)
            lint_add(steps->lint, LINT_REMARK, "prose", step->file,
                     header->lines[HEADER_OUTPUTS],
                     "to have it checked: a path with a '/' or a '.'",
                     "the output '%s' is prose and not checked", output);
    }
}

static void check_runnable(const struct steps *steps, const struct step *step)
{
    char *advice = mem_format("chmod +x %s", step->file);

    if (!step->is_executable)
        lint_add(steps->lint, LINT_WARNING, "not-executable", step->file, 0,
                 advice, "the script is not executable");
    if (step->header.is_script && !step->header.shebang)
        lint_add(steps->lint, LINT_ERROR, "interpreter", step->file, 1,
                 "make '#!/bin/bash' its first line",
                 "the script does not say what runs it");
    free(advice);
}

/* Reads the header and what it needs; a fault in them is told. */
static bool parse_header(const struct steps *steps, struct step *step,
                         const char *bytes, size_t size)
{
    struct error err = { 0 };
    char *place;

    if (!header_parse(step->file, bytes, size, &step->header, &err)) {
        lint_add_placed(steps->lint, LINT_ERROR, "header", step->file,
                        err.message, err.hint);
        return false;
    }
    if (needs_parse(&step->header.prerequisites_raw, &step->needs,
                    &step->need_count, &err))
        return true;
    place = mem_format("%s:%d: Prerequisites: %s", step->file,
                       step->header.lines[HEADER_PREREQUISITES], err.message);
    lint_add_placed(steps->lint, LINT_ERROR, "header", step->file, place,
                    err.hint);
    free(place);
    return true;
}

static void check_step(const struct steps *steps, struct step *step,
                       const char *path)
{
    bool wanted = lint_begin_file(steps->lint, step->file);
    struct strbuf bytes = { 0 };
    struct error err = { 0 };
    struct stat info;

    check_id(steps, step);
    if (stat(path, &info) == 0 && info.st_size > LINT_SCRIPT_LIMIT)
        goto out;
    if (!fileio_read(AT_FDCWD, path, LINT_SCRIPT_LIMIT, &bytes, &err)) {
        char *advice = mem_format("make it readable: chmod +r %s", step->file);

        lint_add(steps->lint, LINT_ERROR, "unreadable", step->file, 0, advice,
                 "%s", err.message);
        free(advice);
        goto out;
    }
    if (parse_header(steps, step, strbuf_text(&bytes), bytes.len)) {
        check_header(steps, step);
        check_runnable(steps, step);
        if (steps->verbose)
            remark_prose(steps, step);
        wanted = wanted && step->header.is_script;
    }
    if (wanted)
        lint_script_check(steps->lint, step->file, path, strbuf_text(&bytes),
                          bytes.len, steps->scripts);
out:
    strbuf_release(&bytes);
}

static void take_file(const struct steps *steps, const char *file)
{
    char *path = fileio_join(steps->project->dir, file);
    struct step *step = project_add_file(steps->project, file);
    char *id = NULL;
    int number;

    if (step) {
        check_step(steps, step, path);
    } else {
        check_near_miss(steps, file, path,
                        step_parse_file_name(file, &id, &number));
        free(id);
    }
    free(path);
}

/* ---- all steps -------------------------------------------------------- */

static bool share_a_group(const struct step *a, const struct step *b)
{
    return a->header.parallel && b->header.parallel &&
           strcmp(a->header.parallel, b->header.parallel) == 0;
}

/* Two files of one id, and steps that share a number without being meant to
 * run together. */
static void check_clashes(const struct steps *steps)
{
    const struct project *project = steps->project;
    size_t first = 0;

    for (size_t i = 1; i < project->count; i++) {
        const struct step *step = &project->steps[i], *before = step - 1;

        if (project->steps[first].number != step->number)
            first = i;
        if (first == i || !step->file)
            continue;
        if (strcmp(step->id, before->id) == 0)
            lint_add(steps->lint, LINT_ERROR, "same-step", step->file, 0,
                     "rename one of them",
                     "'%s' and this file are the same "
                     "step '%s'",
                     before->file, step->id);
        else if (!share_a_group(&project->steps[first], step))
            lint_add(steps->lint, LINT_REMARK, "same-number", step->file, 0,
                     "give it a number of its own if the order matters",
                     "%03d is the number of '%s' as well; such steps run in "
                     "the order of their names",
                     step->number, project->steps[first].id);
    }
}

static void report_unknown(const struct steps *steps, const struct step *step,
                           const char *name)
{
    const struct project *project = steps->project;
    const char **ids = mem_new(project->count, sizeof(*ids));
    const char *nearest;
    char *advice;

    for (size_t i = 0; i < project->count; i++)
        ids[i] = project->steps[i].id;
    nearest = suggest_nearest(name, ids, project->count);
    advice = nearest ? mem_format("did you mean '%s'?", nearest)
                     : mem_text("'stepdeck status' lists the steps");
    lint_add(steps->lint, LINT_ERROR, "prerequisite", step->file,
             step->header.lines[HEADER_PREREQUISITES], advice,
             "the prerequisite '%s' does not exist", name);
    free(advice);
    free(ids);
}

/* Prerequisites that come later; in a circle one always does, and is told with
 * the circle. */
static void check_order(const struct steps *steps, size_t index,
                        const char *circle)
{
    const struct step *step = &steps->project->steps[index];

    for (size_t i = 0; i < step->require_count; i++) {
        const struct step *later = &steps->project->steps[step->requires[i]];

        if (step->requires[i] <= index ||
            (circle && strstr(circle, step->id) && strstr(circle, later->id)))
            continue;
        lint_add(steps->lint, LINT_ERROR, "prerequisite", step->file,
                 step->header.lines[HEADER_PREREQUISITES],
                 "renumber one of them",
                 "the prerequisite '%s' comes later than this step", later->id);
    }
}

static void report_circle(const struct steps *steps, const char *circle)
{
    size_t size = strcspn(circle, " ");

    for (size_t i = 0; i < steps->project->count; i++) {
        const struct step *step = &steps->project->steps[i];

        if (strlen(step->id) != size || strncmp(step->id, circle, size) != 0)
            continue;
        lint_add(steps->lint, LINT_ERROR, "circle", step->file,
                 step->header.lines[HEADER_PREREQUISITES], "remove one of them",
                 "prerequisites form a circle: %s", circle);
        return;
    }
}

void lint_steps(struct lint *lint, struct project *project,
                const struct strvec *names, bool verbose,
                struct lint_scripts *scripts)
{
    struct steps steps = { lint, project, verbose, scripts };
    char *circle;

    for (size_t i = 0; i < names->count; i++)
        take_file(&steps, names->items[i]);
    project_arrange(project);
    check_clashes(&steps);
    for (size_t i = 0; i < project->count; i++) {
        const struct step *step = &project->steps[i];

        for (size_t j = 0; j < step->unknown_steps.count; j++)
            report_unknown(&steps, step, step->unknown_steps.items[j]);
    }
    circle = circle_find(project);
    for (size_t i = 0; i < project->count; i++)
        check_order(&steps, i, circle);
    if (circle)
        report_circle(&steps, circle);
    free(circle);
}
