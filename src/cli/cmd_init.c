/* The commands that write files of a project: init and new. */
#include "base/fileio.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/scaffold.h"
#include "core/engine.h"
#include "core/project.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- init ------------------------------------------------------------- */

static void print_files(const char *title, enum output_style style,
                        const char *dir, const struct strvec *files)
{
    for (size_t i = 0; i < files->count; i++) {
        char *path = fileio_join(dir, files->items[i]);
        char *safe = output_safe(path);

        output_printf("%s%-8s%s%s\n", output_on(style), title, output_off(),
                      safe);
        free(safe);
        free(path);
    }
}

static void print_missing_ignores(const char *dir,
                                  const struct scaffold_result *result)
{
    struct strvec lines = { 0 };

    if (strvec_has(&result->kept, ".gitignore"))
        scaffold_missing_ignores(dir, &lines);
    if (lines.count)
        output_printf("\nYour .gitignore was kept; it should have these lines "
                      "as well:\n");
    for (size_t i = 0; i < lines.count; i++)
        output_printf("  %s\n", lines.items[i]);
    strvec_release(&lines);
}

static void print_next(const char *dir)
{
    char *safe = output_safe(dir);

    output_printf("\nNext:\n");
    if (strcmp(dir, ".") != 0)
        output_printf("  cd %s\n", safe);
    output_printf("  edit the step-*.sh files: your commands go where they say "
                  ">>>\n"
                  "  stepdeck plan       shows what a deployment would do\n"
                  "  stepdeck deploy     runs it; without stepdeck: bash "
                  "deploy-all.sh\n");
    free(safe);
}

static int run_init(const struct options *options)
{
    const char *dir =
        options->arguments.count ? options->arguments.items[0] : ".";
    struct scaffold_result result = { 0 };
    struct error err = { 0 };
    int status = EXIT_STATUS_DONE;
    bool ok;

    if (!*dir) {
        error_set(&err, ERROR_INPUT, "the folder's name is empty");
        return command_fail(&err);
    }
    ok = scaffold_write(dir, &result, &err);
    print_files("written", STYLE_OK, dir, &result.written);
    print_files("kept", STYLE_DIM, dir, &result.kept);
    if (ok) {
        output_printf("\n%zu written, %zu kept\n", result.written.count,
                      result.kept.count);
        print_missing_ignores(dir, &result);
        print_next(dir);
    } else {
        error_hint(&err, "when that is mended, run it again: what is written "
                         "is kept");
        command_fail(&err);
        status = EXIT_STATUS_INTERNAL;
    }
    scaffold_result_release(&result);
    return status;
}

const struct command command_init = {
    .name = "init",
    .arguments = "[DIR]",
    .most = 1,
    .summary = "write the standard files of a project",
    .description =
        "Writes the standard structure into DIR (default: the current folder, "
        "created when missing): step scripts, the two shell libraries, "
        "deploy-all.sh, deployment-status.sh and what belongs to them. A file "
        "that exists is kept as it is. The steps run as delivered, and deploy "
        "nothing until your commands are in them.",
    .examples = "stepdeck init\n"
                "stepdeck init acme-api",
    .run = run_init,
};

/* ---- new -------------------------------------------------------------- */

static bool read_number(const char *text, int *number, struct error *err)
{
    size_t size = strspn(text, "0123456789");

    if (size >= 1 && size <= 3 && !text[size]) {
        *number = atoi(text);
        return true;
    }
    error_set(err, ERROR_INPUT, "'%s' is not a step number", text);
    return error_hint(err, "write a number from 0 to 999, like 025");
}

/* Refuses an id that another file has (step-010-x.py), and gives the file
 * that has the number (to free), NULL when none has. */
static bool check_free(int number, const char *slug, char **neighbour,
                       struct error *err)
{
    char *wanted = mem_format("step-%03d-%s", number, slug);
    struct strvec names = { 0 };
    int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fileio_list(fd, &names, err);

    for (size_t i = 0; ok && i < names.count; i++) {
        char *id;
        int other;

        if (!step_parse_file_name(names.items[i], &id, &other))
            continue;
        if (strcmp(id, wanted) == 0) {
            error_set(err, ERROR_INPUT, "'%s' is the step '%s' already",
                      names.items[i], id);
            ok = error_hint(err, "choose another number or name");
        } else if (other == number && !*neighbour) {
            *neighbour = mem_text(names.items[i]);
        }
        free(id);
    }
    if (fd >= 0)
        close(fd);
    else
        error_set(err, ERROR_IO, "cannot list the current folder");
    strvec_release(&names);
    free(wanted);
    return ok;
}

static void print_step(int number, const char *slug, const char *neighbour)
{
    char *safe = neighbour ? output_safe(neighbour) : NULL;

    output_printf("%swritten%s step-%03d-%s.sh\n", output_on(STYLE_OK),
                  output_off(), number, slug);
    if (safe)
        output_printf("%snote%s    %s has the number %03d as well; such steps "
                      "run in the order of their names\n",
                      output_on(STYLE_WARNING), output_off(), safe, number);
    if (!fileio_exists(AT_FDCWD, "error-handling.sh"))
        output_printf("%snote%s    it needs error-handling.sh, which is not "
                      "here: 'stepdeck init' writes it\n",
                      output_on(STYLE_WARNING), output_off());
    output_printf("\nPut your commands where it says >>>, then run it:\n"
                  "  stepdeck run step-%03d-%s\n"
                  "  bash step-%03d-%s.sh\n",
                  number, slug, number, slug);
    free(safe);
}

static int run_new(const struct options *options)
{
    char *slug = NULL, *neighbour = NULL;
    struct error err = { 0 };
    int number = 0, status = EXIT_STATUS_DONE;

    if (read_number(options->arguments.items[0], &number, &err))
        slug = scaffold_slug(options->arguments.items[1], &err);
    if (slug && check_free(number, slug, &neighbour, &err) &&
        scaffold_write_step(number, slug, &err))
        print_step(number, slug, neighbour);
    else
        status = command_fail(&err);
    free(neighbour);
    free(slug);
    return status;
}

const struct command command_new = {
    .name = "new",
    .arguments = "NNN NAME",
    .least = 2,
    .most = 2,
    .summary = "write one step script",
    .description =
        "Writes step-NNN-NAME.sh in the standard shape into the current "
        "folder, ready to be filled in. NNN is 0 to 999: 000 sets up, 001 is "
        "the preflight check, 002 to 899 deploy, 900 to 999 tear down. NAME "
        "becomes lower case with dashes. An existing step is never touched.",
    .examples = "stepdeck new 030 load-data\n"
                "stepdeck new 40 'Warm the caches'",
    .run = run_new,
};
