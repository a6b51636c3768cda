/*
 * The part of lint that looks into one script: line ends, the lessons of
 * lint_shell.h, and its syntax. See lint.h.
 */
#ifndef STEPDECK_CORE_LINT_SCRIPT_H
#define STEPDECK_CORE_LINT_SCRIPT_H

#include "core/lint.h"

struct lint_script {
    char *file;  /* for findings: relative to the project */
    char *path;  /* absolute */
    char *shell; /* to check the syntax with; NULL: none, or no shell script */
    struct lint result; /* of the syntax check */
};

/* The name of the shell that the first line of the script names ("bash"), to
 * free; NULL for another interpreter. Without such a line it is bash. */
char *lint_script_shell(const char *bytes, size_t size);

/* Looks at the text of the script `file` and fills `script`, to be given to
 * lint_script_check_syntax(). */
void lint_script_check(struct lint *lint, const char *file, const char *path,
                       const char *bytes, size_t size,
                       struct lint_script *script);

/* Asks the shells whether they understand the scripts, as many at once as
 * there are processors, and releases them. */
void lint_script_check_syntax(struct lint *lint, struct lint_script *scripts,
                              size_t count);

/* One line that a shell wrote about `path`: the line number and the message,
 * which points into `text`. False for lines that only quote the script. */
NODISCARD bool lint_script_parse(const char *text, const char *path, int *line,
                                 const char **message);

#endif
