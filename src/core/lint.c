#include "core/lint.h"

#include "base/fileio.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "core/diagnosis.h"
#include "core/lint_config.h"
#include "core/lint_script.h"
#include "core/lint_steps.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RULE_FILE_LIMIT = 1 << 20 };

/* ---- findings --------------------------------------------------------- */

const char *lint_severity_name(enum lint_severity severity)
{
    static const char *const names[LINT_SEVERITY_COUNT] = { "remark", "warning",
                                                            "error" };

    return names[severity];
}

static bool is_wanted(const struct lint *lint, const char *file)
{
    return !lint->only || strvec_has(lint->only, file);
}

bool lint_begin_file(struct lint *lint, const char *file)
{
    bool wanted = is_wanted(lint, file);

    lint->file_count += wanted;
    return wanted;
}

void lint_add(struct lint *lint, enum lint_severity severity, const char *rule,
              const char *file, int line, const char *advice,
              const char *format, ...)
{
    struct lint_finding *finding;
    va_list args;

    file = file ? file : "";
    if (!is_wanted(lint, file))
        return;
    lint->findings = mem_grow(lint->findings, lint->count, &lint->capacity,
                              sizeof(*lint->findings));
    finding = &lint->findings[lint->count++];
    *finding =
        (struct lint_finding){ .severity = severity,
                               .rule = rule,
                               .file = mem_text(file),
                               .line = line,
                               .advice = mem_text(advice ? advice : "") };
    va_start(args, format);
    finding->message = mem_format_args(format, args);
    va_end(args);
    lint->by_severity[severity]++;
}

/* The number in front of `:` at `text`, behind which `*end` then stands. */
static int read_number(const char *text, const char **end)
{
    char *behind;
    long number;

    if (!isdigit((unsigned char)*text))
        return 0;
    number = strtol(text, &behind, 10);
    if (*behind != ':' || number <= 0 || number > INT_MAX)
        return 0;
    *end = behind + 1;
    return (int)number;
}

void lint_add_placed(struct lint *lint, enum lint_severity severity,
                     const char *rule, const char *file, const char *message,
                     const char *advice)
{
    const char *colon = strchr(message, ':');
    const char *rest = NULL;
    char *place = NULL;
    int line = 0;

    if (colon && (line = read_number(colon + 1, &rest)) != 0) {
        place = mem_bytes(message, (size_t)(colon - message));
        (void)read_number(rest, &rest);
    } else if (colon && file && strlen(file) == (size_t)(colon - message) &&
               strncmp(message, file, strlen(file)) == 0) {
        rest = colon + 1;
    }
    if (rest)
        message = rest + strspn(rest, " ");
    lint_add(lint, severity, rule, place ? place : file, line, advice, "%s",
             message);
    free(place);
}

static int compare_findings(const void *left, const void *right)
{
    const struct lint_finding *a = left, *b = right;
    int order = strcmp(a->file, b->file);

    if (!order)
        order = (a->line > b->line) - (a->line < b->line);
    if (!order)
        order = (int)b->severity - (int)a->severity;
    return order ? order : strcmp(a->message, b->message);
}

json_t *lint_json(const struct lint *lint)
{
    json_t *list = json_array();

    for (size_t i = 0; i < lint->count; i++) {
        const struct lint_finding *finding = &lint->findings[i];
        json_t *json = json_object();

        jsonx_set_text(json, "file", finding->file);
        jsonx_set_int(json, "line", finding->line);
        jsonx_set_text(json, "severity", lint_severity_name(finding->severity));
        jsonx_set_text(json, "rule", finding->rule);
        jsonx_set_text(json, "message", finding->message);
        jsonx_set_text(json, "suggestion", finding->advice);
        json_array_append_new(list, json);
    }
    return list;
}

void lint_release(struct lint *lint)
{
    for (size_t i = 0; i < lint->count; i++) {
        free(lint->findings[i].file);
        free(lint->findings[i].message);
        free(lint->findings[i].advice);
    }
    free(lint->findings);
    *lint = (struct lint){ 0 };
}

/* ---- files of the project --------------------------------------------- */

/* The names in a folder of the project that end in `end`, with the folder in
 * front. */
static void list_folder(const char *dir, const char *folder, const char *end,
                        struct strvec *files)
{
    char *path = fileio_join(dir, folder);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct strvec names = { 0 };

    if (fd >= 0 && fileio_list(fd, &names, NULL)) {
        for (size_t i = 0; i < names.count; i++) {
            size_t size = strlen(names.items[i]);

            if (size > strlen(end) &&
                strcmp(names.items[i] + size - strlen(end), end) == 0)
                strvec_addf(files, "%s/%s", folder, names.items[i]);
        }
    }
    if (fd >= 0)
        close(fd);
    strvec_release(&names);
    free(path);
}

static void check_configuration(struct lint *lint,
                                const struct lint_request *request,
                                struct project *project)
{
    struct strvec files = { 0 };

    strvec_add(&files, ".env");
    strvec_add(&files, "deployment-config.env");
    list_folder(project->dir, "environments", ".env", &files);
    lint_config(lint, request, &files, project);
    strvec_release(&files);
}

static void check_hook(struct lint *lint, const char *dir, const char *file,
                       struct lint_scripts *scripts)
{
    static const char *const hooks[] = { "pre-run", "pre-step", "post-step",
                                         "post-run" };
    static const size_t count = sizeof(hooks) / sizeof(hooks[0]);
    const char *name = fileio_base(file), *nearest;
    char *path = fileio_join(dir, file), *advice = NULL;
    bool is_executable = access(path, X_OK) == 0;
    size_t i = 0;

    while (i < count && strcmp(name, hooks[i]) != 0)
        i++;
    if (i < count) {
        advice = mem_format("chmod +x %s", file);
        if (!is_executable)
            lint_add(lint, LINT_WARNING, "hook", file, 0, advice,
                     "the hook is not executable");
        lint_script_check_file(lint, dir, file, scripts);
    } else if (is_executable) {
        nearest = suggest_nearest(name, hooks, count);
        advice = nearest ? mem_format("did you mean '%s'?", nearest)
                         : mem_text("hooks are pre-run, pre-step, post-step "
                                    "and post-run");
        lint_add(lint, LINT_WARNING, "hook", file, 0, advice,
                 "no hook has this name: it will never run");
    }
    free(advice);
    free(path);
}

static void check_rule_file(struct lint *lint, const char *dir,
                            const char *file, struct diagnosis_rules *rules)
{
    char *path = fileio_join(dir, file);
    struct strvec warnings = { 0 };
    struct strbuf text = { 0 };
    struct error err = { 0 };

    lint_begin_file(lint, file);
    if (!fileio_read(AT_FDCWD, path, RULE_FILE_LIMIT, &text, &err) ||
        !diagnosis_add(rules, file, strbuf_text(&text), text.len, &warnings,
                       &err))
        lint_add_placed(lint, LINT_ERROR, "diagnosis", file, err.message,
                        err.hint);
    for (size_t i = 0; i < warnings.count; i++)
        lint_add_placed(lint, LINT_WARNING, "diagnosis", file,
                        warnings.items[i],
                        "the rule is left out until it is "
                        "mended");
    strvec_release(&warnings);
    strbuf_release(&text);
    free(path);
}

static void check_rules(struct lint *lint, const char *dir)
{
    struct strvec files = { 0 };
    struct diagnosis_rules *rules;

    list_folder(dir, "diagnoses", ".json", &files);
    if (files.count) {
        rules = diagnosis_load(NULL, NULL);
        for (size_t i = 0; i < files.count; i++)
            check_rule_file(lint, dir, files.items[i], rules);
        diagnosis_free(rules);
    }
    strvec_release(&files);
}

/* The shell files of the standard structure that are no steps. */
static void check_libraries(struct lint *lint, const char *dir,
                            const struct strvec *names,
                            struct lint_scripts *scripts)
{
    static const char *const libraries[] = {
        "error-handling.sh", "step-navigation.sh", "deploy-all.sh",
        "deployment-status.sh", "deploy.sh"
    };

    for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++) {
        if (strvec_has(names, libraries[i]))
            lint_script_check_file(lint, dir, libraries[i], scripts);
    }
}

/* ---- the files asked for ---------------------------------------------- */

/* The file of the step that `text` names by its id, or NULL. To free. */
static char *find_by_id(const struct strvec *names, const char *text)
{
    char *found = NULL;

    for (size_t i = 0; !found && i < names->count; i++) {
        char *id;
        int number;

        if (!step_parse_file_name(names->items[i], &id, &number))
            continue;
        if (strcmp(id, text) == 0)
            found = mem_text(names->items[i]);
        free(id);
    }
    return found;
}

/* The path relative to the project when it is in there, else absolute. */
static char *relative_path(const char *dir, const char *path)
{
    const char *base = fileio_base(path);
    char *folder =
        base == path ? mem_text(".") : mem_bytes(path, (size_t)(base - path));
    char *real = realpath(folder, NULL);
    char *relative;
    size_t size = strlen(dir);

    free(folder);
    if (!real)
        return mem_text(path);
    if (strcmp(real, dir) == 0)
        relative = mem_text(base);
    else if (strncmp(real, dir, size) == 0 && real[size] == '/')
        relative = mem_format("%s/%s", real + size + 1, base);
    else
        relative = mem_format("%s/%s", real, base);
    free(real);
    return relative;
}

static bool choose_files(const struct lint_request *request, const char *dir,
                         const struct strvec *names, struct strvec *chosen,
                         struct error *err)
{
    for (size_t i = 0; i < request->files->count; i++) {
        const char *text = request->files->items[i];
        char *file = access(text, F_OK) == 0 ? relative_path(dir, text)
                                             : find_by_id(names, text);

        if (!file) {
            error_set(err, ERROR_INPUT, "there is no file '%s'", text);
            return error_hint(err, "name a file, or a step by its id");
        }
        strvec_take(chosen, file);
    }
    return true;
}

/* Files asked for that belong to nothing stepdeck knows are taken for
 * scripts. */
static void check_others(struct lint *lint, const char *dir,
                         const struct strvec *names,
                         struct lint_scripts *scripts)
{
    for (size_t i = 0; lint->only && i < lint->only->count; i++) {
        const char *file = lint->only->items[i];
        const char *dot = strrchr(file, '.');
        bool known =
            dot && (strcmp(dot, ".env") == 0 || strcmp(dot, ".json") == 0);

        for (size_t j = 0; !known && j < scripts->count; j++)
            known = strcmp(scripts->items[j].file, file) == 0;
        if (!known &&
            !(strncmp(file, "step-", 5) == 0 && strvec_has(names, file)))
            lint_script_check_file(lint, dir, file, scripts);
    }
}

/* ---- running ---------------------------------------------------------- */

static void check_all(struct lint *lint, const struct lint_request *request,
                      struct project *project, const struct strvec *names)
{
    struct lint_scripts scripts = { 0 };
    struct strvec hooks = { 0 };

    check_configuration(lint, request, project);
    lint_steps(lint, project, names, request->verbose, &scripts);
    check_libraries(lint, project->dir, names, &scripts);
    list_folder(project->dir, "hooks", "", &hooks);
    for (size_t i = 0; i < hooks.count; i++)
        check_hook(lint, project->dir, hooks.items[i], &scripts);
    check_rules(lint, project->dir);
    check_others(lint, project->dir, names, &scripts);
    lint_scripts_check_syntax(lint, &scripts);
    lint_scripts_release(&scripts);
    strvec_release(&hooks);
}

bool lint_run(struct lint *lint, const struct lint_request *request,
              struct error *err)
{
    struct project project = { .dir = realpath(request->dir, NULL) };
    struct strvec names = { 0 }, chosen = { 0 };
    int fd = project.dir ? open(project.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                         : -1;
    bool ok;

    if (fd < 0) {
        error_set_errno(err, ERROR_INPUT, errno, "cannot open '%s'",
                        request->dir);
        ok = error_hint(err, "name a folder that exists");
        goto out;
    }
    ok = fileio_list(fd, &names, err);
    close(fd);
    if (!ok)
        goto out;
    if (request->files && request->files->count) {
        ok = choose_files(request, project.dir, &names, &chosen, err);
        lint->only = &chosen;
    }
    if (ok)
        check_all(lint, request, &project, &names);
    if (lint->count > 1)
        qsort(lint->findings, lint->count, sizeof(*lint->findings),
              compare_findings);
out:
    lint->only = NULL;
    project_release(&project);
    strvec_release(&names);
    strvec_release(&chosen);
    return ok;
}
