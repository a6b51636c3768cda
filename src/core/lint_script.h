/*
 * The part of lint that looks into one script: line ends, the lessons of
 * lint_shell.h, and its syntax. See lint.h.
 */
#ifndef STEPDECK_CORE_LINT_SCRIPT_H
#define STEPDECK_CORE_LINT_SCRIPT_H

#include "core/lint.h"

enum { LINT_SCRIPT_LIMIT = 4 << 20 }; /* larger files are not read */

struct lint_script {
    char *file;  /* for findings: relative to the project */
    char *path;  /* absolute */
    char *shell; /* to check the syntax with; NULL: none, or no shell script */
    struct lint result; /* of the syntax check */
};

/* All scripts whose syntax is to be checked. */
struct lint_scripts {
    struct lint_script *items;
    size_t count, capacity;
};

/* The name of the shell that the first line of the script names ("bash"), to
 * free; NULL for another interpreter. Without such a line it is bash. */
char *lint_script_shell(const char *bytes, size_t size);

/* Looks at the text of the script `file` and adds it to `scripts`. */
void lint_script_check(struct lint *lint, const char *file, const char *path,
                       const char *bytes, size_t size,
                       struct lint_scripts *scripts);

/* As lint_script_check for a file of the folder `dir`, which it reads. */
void lint_script_check_file(struct lint *lint, const char *dir,
                            const char *file, struct lint_scripts *scripts);

/* Asks the shells whether they understand the scripts, as many at once as
 * there are processors. */
void lint_scripts_check_syntax(struct lint *lint, struct lint_scripts *scripts);
void lint_scripts_release(struct lint_scripts *scripts);

/* One line that a shell wrote about `path`: the line number and the message,
 * which points into `text`. False for lines that only quote the script. */
NODISCARD bool lint_script_parse(const char *text, const char *path, int *line,
                                 const char **message);

#endif
