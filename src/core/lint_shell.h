/*
 * The lessons of the requirements, looked for in the text of a shell script:
 * relative state folders, ERR traps, unguarded `cd`. The script is read, never
 * run.
 *
 *     lint_shell_scan(bytes, size, report, context);
 *
 * It knows the shell's grammar well enough that comments, strings and
 * here-documents do not fool it, and takes any bytes. A `cd` counts as guarded
 * in a subshell or a pipeline, as a condition, before `||` and `&&`, after
 * `set -e` (within a function: with `set -e` anywhere), and when the script
 * comes back (`cd -`, `cd ..`, `popd`, or a `cd` to a variable that was set
 * from `pwd`).
 *
 * Pure functions, for any thread.
 */
#ifndef STEPDECK_CORE_LINT_SHELL_H
#define STEPDECK_CORE_LINT_SHELL_H

#include "base/error.h"

#include <stddef.h>

enum lint_lesson {
    LESSON_STATE_DIR,   /* subject: the assignment */
    LESSON_STATE_WRITE, /* subject: the path written to */
    LESSON_ERR_TRAP,    /* subject: what the trap runs */
    LESSON_CD           /* subject: the folder */
};

/* `report` gets each lesson not heeded, with its line (from 1), not sorted.
 * `subject` is text of the script, to be kept no longer than the call. */
void lint_shell_scan(const char *bytes, size_t size,
                     void (*report)(void *context, enum lint_lesson lesson,
                                    int line, const char *subject),
                     void *context);

#endif
