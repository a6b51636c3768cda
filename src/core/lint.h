/*
 * Faults of a project, found before they bite (design 5).
 *
 *     struct lint lint = { 0 };
 *     if (lint_run(&lint, &request, &err))
 *         for (size_t i = 0; i < lint.count; i++)
 *             show(&lint.findings[i]);
 *     lint_release(&lint);
 *
 * Looked at are the step scripts, the shell libraries and entry scripts of the
 * standard structure, hooks, configuration files and diagnosis rules. Nothing
 * is executed, but shells are asked (`bash -n`) whether they understand a
 * script. One broken file does not hide the faults of the others, as it does
 * for project_load().
 */
#ifndef STEPDECK_CORE_LINT_H
#define STEPDECK_CORE_LINT_H

#include "base/error.h"
#include "base/strvec.h"

#include <jansson.h>

enum lint_severity {
    LINT_REMARK,  /* worth knowing */
    LINT_WARNING, /* works today, and will not some day */
    LINT_ERROR,   /* does not work, or loses the state */
    LINT_SEVERITY_COUNT
};

struct lint_finding {
    enum lint_severity severity;
    const char *rule; /* "relative-state": for filters */
    char *file;       /* relative to the project; "" for the whole of it */
    int line;         /* 0: the file as a whole */
    char *message;
    char *advice; /* what to do */
};

/* Sorted by file and line. */
struct lint {
    struct lint_finding *findings;
    size_t count, capacity;
    size_t by_severity[LINT_SEVERITY_COUNT];
    size_t file_count; /* that were looked at */
    /* While it runs: the files asked for, whose findings alone are kept; NULL:
     * all. Borrowed. */
    const struct strvec *only;
};

struct lint_request {
    const char *dir;
    const char *environment;        /* --env, or NULL */
    const struct strvec *overrides; /* "KEY=VALUE", may be NULL */
    const struct strvec *files;     /* only these; NULL or empty: all */
    bool verbose;                   /* what is not checked as well */
};

/* False when the folder or one of `files` cannot be read. `lint` is to be
 * released in any case. */
NODISCARD bool lint_run(struct lint *lint, const struct lint_request *request,
                        struct error *err);
void lint_release(struct lint *lint);

/* Whether findings about `file` are wanted; counts it then. For the parts of
 * lint, as are the next two. */
bool lint_begin_file(struct lint *lint, const char *file);

/* Adds a finding; NULL `file` and `advice` are empty ones. */
void lint_add(struct lint *lint, enum lint_severity severity, const char *rule,
              const char *file, int line, const char *advice,
              const char *format, ...) PRINTF_LIKE(7, 8);

/* As lint_add for a message that begins with `FILE:`, `FILE:LINE:` or
 * `FILE:LINE:COLUMN:`, which are taken off; `file` is used when it does not. */
void lint_add_placed(struct lint *lint, enum lint_severity severity,
                     const char *rule, const char *file, const char *message,
                     const char *advice);

/* "remark", "warning", "error" */
const char *lint_severity_name(enum lint_severity severity);

/* [{"file", "line", "severity", "rule", "message", "suggestion"}] */
json_t *lint_json(const struct lint *lint);

#endif
