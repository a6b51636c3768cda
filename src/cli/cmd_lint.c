#include "cli/command.h"
#include "cli/output.h"
#include "core/engine.h"
#include "core/lint.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_FILES = 100000 };

static const enum output_style styles[LINT_SEVERITY_COUNT] = {
    [LINT_REMARK] = STYLE_ACCENT,
    [LINT_WARNING] = STYLE_WARNING,
    [LINT_ERROR] = STYLE_FAILED,
};

static void print_finding(const struct lint_finding *finding)
{
    char *file = output_safe(finding->file);
    char *message = output_safe(finding->message);
    char *advice = output_safe(finding->advice);

    output_printf("%s%s", output_on(STYLE_BOLD), *file ? file : "project");
    if (finding->line)
        output_printf(":%d", finding->line);
    output_printf(":%s %s%s:%s %s\n", output_off(),
                  output_on(styles[finding->severity]),
                  lint_severity_name(finding->severity), output_off(), message);
    if (*advice)
        output_printf("    %s\n", advice);
    free(file);
    free(message);
    free(advice);
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void print_counts(const struct lint *lint)
{
    const char *separator = "";
    size_t files = lint->file_count;

    for (int severity = LINT_ERROR; severity >= LINT_REMARK; severity--) {
        size_t count = lint->by_severity[severity];

        if (!count)
            continue;
        output_printf("%s%zu %s%s", separator, count,
                      lint_severity_name((enum lint_severity)severity),
                      plural(count));
        separator = ", ";
    }
    output_printf("; %zu file%s checked\n", files, plural(files));
}

static void print_findings(const struct lint *lint)
{
    for (size_t i = 0; i < lint->count; i++) {
        const struct lint_finding *finding = &lint->findings[i];

        if (i && strcmp(finding[-1].file, finding->file) != 0)
            output_printf("\n");
        print_finding(finding);
    }
    if (lint->count) {
        output_printf("\n");
        print_counts(lint);
    } else if (lint->file_count) {
        output_printf("Nothing to mend: %zu file%s checked.\n",
                      lint->file_count, plural(lint->file_count));
    } else {
        output_printf("There is nothing to check here; 'stepdeck init' writes "
                      "the first steps.\n");
    }
}

static int run_lint(const struct options *options)
{
    struct lint_request request = {
        .dir = ".",
        .environment =
            options->given[OPTION_ENV] ? options->values[OPTION_ENV] : NULL,
        .overrides = &options->overrides,
        .files = &options->arguments,
        .verbose = options->verbose > 0,
    };
    struct lint lint = { 0 };
    struct error err = { 0 };
    int status = EXIT_STATUS_DONE;

    if (!lint_run(&lint, &request, &err)) {
        status = command_fail(&err);
    } else {
        if (options->given[OPTION_JSON])
            output_json(lint_json(&lint));
        else
            print_findings(&lint);
        if (lint.by_severity[LINT_ERROR])
            status = EXIT_STATUS_INPUT;
    }
    lint_release(&lint);
    return status;
}

const struct command command_lint = {
    .name = "lint",
    .arguments = "[FILE...]",
    .most = MOST_FILES,
    .groups = OPTIONS_PROJECT | OPTIONS_JSON,
    .summary = "find faults in step scripts before they bite",
    .description =
        "Looks at the step scripts, the shell libraries, hooks, configuration "
        "files and diagnosis rules, and tells what is wrong with them, where, "
        "and what to do: relative state folders, ERR traps, unguarded cd, "
        "syntax errors, missing or malformed headers, prerequisites that do "
        "not exist, come later or form a circle. Nothing is executed. With "
        "FILEs (or ids of steps) only these are looked at; with -v it also "
        "tells which prerequisites and outputs are prose and not checked. "
        "Errors end in exit status 2, warnings and remarks in 0.",
    .examples = "stepdeck lint\n"
                "stepdeck lint step-010-network.sh\n"
                "stepdeck lint --json",
    .run = run_lint,
};
