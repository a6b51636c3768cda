#include "core/project.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "core/repo.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SCRIPT_LIMIT = 32 << 20, /* larger files are programs, without a header */
    PREFIX_SIZE = 9          /* "step-NNN-" */
};

/* ---- names ------------------------------------------------------------ */

static const char *extension_of(const char *file)
{
    const char *dot = strrchr(file, '.');

    if (!dot || !dot[1])
        return NULL;
    for (const char *c = dot + 1; *c; c++) {
        if (!isalnum((unsigned char)*c))
            return NULL;
    }
    return dot;
}

static bool is_leftover(const char *file)
{
    static const char *const endings[] = { "bak", "orig", "rej",
                                           "swp", "tmp",  "old" };
    const char *extension = extension_of(file);
    size_t size = strlen(file);

    if (size && file[size - 1] == '~')
        return true;
    for (size_t i = 0; extension && i < sizeof(endings) / sizeof(endings[0]);
         i++) {
        if (strcmp(extension + 1, endings[i]) == 0)
            return true;
    }
    return false;
}

bool step_parse_file_name(const char *file, char **id, int *number)
{
    const char *extension;
    size_t size;

    if (strncmp(file, "step-", 5) != 0 || !isdigit((unsigned char)file[5]) ||
        !isdigit((unsigned char)file[6]) || !isdigit((unsigned char)file[7]) ||
        file[8] != '-' || !file[PREFIX_SIZE] || is_leftover(file))
        return false;
    extension = extension_of(file + PREFIX_SIZE);
    size = extension ? (size_t)(extension - file) : strlen(file);
    if (size == PREFIX_SIZE)
        return false;
    *id = mem_bytes(file, size);
    *number = (file[5] - '0') * 100 + (file[6] - '0') * 10 + file[7] - '0';
    return true;
}

const char *step_name(const struct step *step)
{
    return step->id + PREFIX_SIZE;
}

enum step_range step_range(const struct step *step)
{
    if (step->number == STEP_SETUP_NUMBER)
        return RANGE_SETUP;
    return step->number < STEP_FIRST_TEARDOWN ? RANGE_DEPLOY : RANGE_TEARDOWN;
}

/* ---- one step --------------------------------------------------------- */

static void release_step(struct step *step)
{
    free(step->id);
    free(step->file);
    free(step->title);
    header_release(&step->header);
    needs_free(step->needs, step->need_count);
    free(step->requires);
    strvec_release(&step->unknown_steps);
}

/* The id goes into lines whose fields are parted by blanks. */
static bool check_id(const struct step *step, struct error *err)
{
    for (const char *c = step->id; *c; c++) {
        if (!isgraph((unsigned char)*c) && (unsigned char)*c < 0x80) {
            error_set(err, ERROR_INPUT,
                      "the file name '%s' has a blank or control character",
                      step->file);
            return error_hint(err, "rename it, for example with '-' instead");
        }
    }
    if (utf8_is_valid(step->id, strlen(step->id)))
        return true;
    error_set(err, ERROR_INPUT, "the name of step %03d is not UTF-8",
              step->number);
    return error_hint(err, "rename the file");
}

static bool read_script(const struct project *project, struct step *step,
                        struct error *err)
{
    char *path = fileio_join(project->dir, step->file);
    struct strbuf bytes = { 0 };
    struct error reading = { 0 };
    struct stat info;
    bool ok;

    if (stat(path, &info) == 0 && info.st_size > SCRIPT_LIMIT) {
        ok = digest_file(AT_FDCWD, path, step->digest, &reading);
        strbuf_add(&bytes, "", 1);
    } else {
        ok = fileio_read(AT_FDCWD, path, SCRIPT_LIMIT, &bytes, &reading);
        if (ok)
            digest_bytes(strbuf_text(&bytes), bytes.len, step->digest);
    }
    if (ok) {
        ok = header_parse(step->file, strbuf_text(&bytes), bytes.len,
                          &step->header, err);
    } else {
        error_set(err, ERROR_INPUT, "%s", reading.message);
        error_hint(err, "make it readable: chmod +r %s", step->file);
    }
    strbuf_release(&bytes);
    free(path);
    return ok;
}

static char *title_from_name(const struct step *step)
{
    char *title = mem_text(step_name(step));

    for (char *c = title; *c; c++) {
        if (*c == '-' || *c == '_')
            *c = ' ';
    }
    title[0] = (char)toupper((unsigned char)title[0]);
    return title;
}

static struct step *add_step(struct project *project)
{
    struct step *step;

    project->steps = mem_grow(project->steps, project->count,
                              &project->capacity, sizeof(*project->steps));
    step = &project->steps[project->count++];
    *step = (struct step){ 0 };
    return step;
}

struct step *project_add_file(struct project *project, const char *file)
{
    char *path = fileio_join(project->dir, file);
    const char *extension = extension_of(file);
    bool is_shell = extension && strcmp(extension, ".sh") == 0;
    bool is_executable = access(path, X_OK) == 0;
    struct step *step = NULL;
    struct stat info;
    char *id;
    int number;

    /* A link that leads nowhere is a step that cannot be read. */
    if ((stat(path, &info) < 0 || S_ISREG(info.st_mode)) &&
        (is_shell || is_executable) &&
        step_parse_file_name(file, &id, &number)) {
        step = add_step(project);
        step->id = id;
        step->number = number;
        step->file = mem_text(file);
        step->is_executable = is_executable;
    }
    free(path);
    return step;
}

static bool add_script(struct project *project, const char *file,
                       struct error *err)
{
    struct step *step = project_add_file(project, file);

    if (!step)
        return true;
    if (!check_id(step, err) || !read_script(project, step, err))
        return false;
    if (!needs_parse(&step->header.prerequisites_raw, &step->needs,
                     &step->need_count, err))
        return error_wrap(err, "%s:%d: Prerequisites", file,
                          step->header.lines[HEADER_PREREQUISITES]);
    step->title = step->header.title && step->header.title[0]
                      ? mem_text(step->header.title)
                      : title_from_name(step);
    return true;
}

static void add_builtins(struct project *project)
{
    for (size_t i = 0; project->target && i < project->target->step_count;
         i++) {
        const struct target_step *builtin = &project->target->steps[i];
        struct step *step;

        if (builtin->is_wanted && !builtin->is_wanted(&project->config))
            continue;
        step = add_step(project);
        step->id = mem_format("step-%s", builtin->id);
        step->title = mem_text(builtin->title);
        step->number = builtin->number;
        step->is_executable = true;
        step->builtin = builtin;
        step->header.critical = builtin->critical;
        step->header.always = builtin->always;
        step->header.attempts = builtin->attempts;
        step->header.rollback = builtin->rolls_back;
        step->header.has_prerequisites = builtin->stands_alone;
        step->header.delay_ms = -1;
        step->header.description = mem_text(builtin->description);
    }
}

/* ---- all steps -------------------------------------------------------- */

static int compare_steps(const void *left, const void *right)
{
    const struct step *a = left, *b = right;

    if (a->number != b->number)
        return a->number - b->number;
    /* A project's own preflight comes before the built-in one. */
    if (!a->builtin != !b->builtin)
        return a->builtin ? 1 : -1;
    return strcmp(a->id, b->id);
}

static bool check_unique(const struct project *project, struct error *err)
{
    for (size_t i = 1; i < project->count; i++) {
        const struct step *a = &project->steps[i - 1], *b = a + 1;

        if (strcmp(a->id, b->id) != 0)
            continue;
        error_set(err, ERROR_INPUT, "'%s' and '%s' are the same step '%s'",
                  a->file ? a->file : "the built-in step",
                  b->file ? b->file : "the built-in step", a->id);
        return error_hint(err, "rename one of them");
    }
    return true;
}

static bool is_named(const struct step *step, const char *name)
{
    size_t size = strlen(name);

    return strcmp(step->id, name) == 0 ||
           (step->file && strcmp(step->file, name) == 0) ||
           (size == PREFIX_SIZE - 1 && strncmp(step->id, name, size) == 0);
}

static void resolve_needs(struct project *project, struct step *step)
{
    for (size_t i = 0; i < step->need_count; i++) {
        bool found = false;

        if (step->needs[i].kind != NEED_STEP)
            continue;
        for (size_t j = 0; j < project->count; j++) {
            if (!is_named(&project->steps[j], step->needs[i].name))
                continue;
            step->requires = mem_resize(step->requires, step->require_count + 1,
                                        sizeof(*step->requires));
            step->requires[step->require_count++] = j;
            found = true;
        }
        if (!found)
            strvec_add(&step->unknown_steps, step->needs[i].name);
    }
}

void project_arrange(struct project *project)
{
    add_builtins(project);
    if (project->count > 1)
        qsort(project->steps, project->count, sizeof(*project->steps),
              compare_steps);
    for (size_t i = 0; i < project->count; i++)
        resolve_needs(project, &project->steps[i]);
}

static bool list_scripts(struct project *project, struct error *err)
{
    DIR *dir = opendir(project->dir);
    struct dirent *entry;
    bool ok = true;

    if (!dir)
        return error_set_errno(err, ERROR_INPUT, errno, "cannot list '%s'",
                               project->dir);
    while (ok && (entry = readdir(dir)) != NULL)
        ok = add_script(project, entry->d_name, err);
    closedir(dir);
    return ok;
}

static char *project_name(const struct project *project)
{
    const char *configured = config_get(&project->config, "PROJECT_NAME");
    char *remote;

    if (configured)
        return mem_text(configured);
    remote = repo_remote_name(project->dir);
    return remote ? remote : mem_text(fileio_base(project->dir));
}

bool project_load(struct project *project, const char *dir,
                  const char *environment, const struct strvec *options,
                  struct error *err)
{
    project->dir = realpath(dir, NULL);
    if (!project->dir) {
        error_set_errno(err, ERROR_INPUT, errno, "cannot open '%s'", dir);
        return error_hint(err, "name a folder that exists");
    }
    if (!config_load(&project->config, project->dir, environment, options,
                     err) ||
        !target_choose(&project->config, &project->target, err) ||
        !list_scripts(project, err)) {
        project_release(project);
        return false;
    }
    project_arrange(project);
    if (!check_unique(project, err)) {
        project_release(project);
        return false;
    }
    project->name = project_name(project);
    return true;
}

void project_release(struct project *project)
{
    for (size_t i = 0; i < project->count; i++)
        release_step(&project->steps[i]);
    free(project->steps);
    free(project->dir);
    free(project->name);
    config_release(&project->config);
    *project = (struct project){ 0 };
}

/* ---- finding ---------------------------------------------------------- */

static bool is_meant(const struct step *step, const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);

    if (isdigit((unsigned char)text[0]) && !*end)
        return number == step->number;
    return is_named(step, text) || strcmp(step_name(step), text) == 0 ||
           strcmp(step->id + strlen("step-"), text) == 0;
}

static bool refuse_unknown(const struct project *project, const char *text,
                           struct error *err)
{
    const char **ids = mem_new(project->count, sizeof(*ids));
    const char *nearest;

    for (size_t i = 0; i < project->count; i++)
        ids[i] = project->steps[i].id;
    nearest = suggest_nearest(text, ids, project->count);
    error_set(err, ERROR_INPUT, "there is no step '%s'", text);
    if (nearest)
        error_hint(err, "did you mean '%s'?", nearest);
    else
        error_hint(err, "'stepdeck status' lists the steps");
    free(ids);
    return false;
}

bool project_find(const struct project *project, const char *text,
                  size_t *index, struct error *err)
{
    struct strbuf found = { 0 };
    const char *base = fileio_base(text);
    size_t count = 0;

    for (size_t i = 0; i < project->count; i++) {
        if (!is_meant(&project->steps[i], base))
            continue;
        strbuf_addf(&found, "%s%s", count++ ? ", " : "", project->steps[i].id);
        *index = i;
    }
    if (count > 1) {
        error_set(err, ERROR_INPUT, "'%s' may be any of %s", text,
                  strbuf_text(&found));
        error_hint(err, "write the whole name");
    }
    strbuf_release(&found);
    if (!count)
        return refuse_unknown(project, text, err);
    return count == 1;
}

bool step_is_rollback(const struct step *step)
{
    return step->builtin && step->builtin->role == TARGET_ROLLBACK;
}

bool step_check_runnable(const struct step *step, struct error *err)
{
    if (step->builtin || !step->header.is_script)
        return true;
    if (step->header.crlf) {
        error_set(err, ERROR_INPUT, "%s:1: the script has Windows line ends",
                  step->file);
        return error_hint(err, "convert it: sed -i.bak 's/\\r$//' %s",
                          step->file);
    }
    if (!step->header.shebang) {
        error_set(err, ERROR_INPUT,
                  "%s:1: the script does not say what runs it", step->file);
        return error_hint(err, "make '#!/bin/bash' its first line");
    }
    return true;
}
