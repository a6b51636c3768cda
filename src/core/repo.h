/*
 * What git knows about the project, by libgit2: the only file that uses it.
 * Everything here reads; nothing runs git or its hooks.
 */
#ifndef STEPDECK_CORE_REPO_H
#define STEPDECK_CORE_REPO_H

#include "base/error.h"

struct repo_info {
    char *commit; /* 40 hexadecimal digits, or NULL without a commit */
    char *branch; /* NULL when detached or without a commit */
};

/* The last part of the origin's URL without ".git", or NULL; to free. */
char *repo_remote_name(const char *dir);

/* False when `dir` is in no repository. */
NODISCARD bool repo_read(const char *dir, struct repo_info *info);
void repo_info_release(struct repo_info *info);

#endif
