/* Paths of the state folder in a script that are relative, and so break as soon
 * as the script changes folders. Part of lint_shell.h. */
#ifndef STEPDECK_CORE_LINT_PATH_H
#define STEPDECK_CORE_LINT_PATH_H

#include "base/error.h"

#include <stddef.h>

/* Whether the text is the relative path of the state folder, or of something
 * in it. */
bool lint_path_is_state(const char *text);

/* Whether the assignment of `value` to the variable of `size` bytes at `name`
 * makes the state folder a relative path. */
bool lint_path_is_relative_state(const char *name, size_t size,
                                 const char *value);

#endif
