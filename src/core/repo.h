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

enum { REPO_CHANGES_DIGITS = 8 };

/* How the files differ from the commit. */
struct repo_changes {
    bool is_dirty;
    /* Of the paths that differ and what stands there now: the same changes give
     * the same digits, staged or not. "" when nothing differs. */
    char digest[REPO_CHANGES_DIGITS + 1];
};

/* Compares the whole work tree around `dir` with the index and the commit.
 * Files that git ignores do not count, nor does anything below a folder called
 * `left_out` (may be NULL); untracked ones do. Of a file larger than 64 MiB
 * only the size and time are looked at. ERROR_NOT_FOUND without a work tree,
 * ERROR_IO when it cannot be read. */
NODISCARD bool repo_read_changes(const char *dir, const char *left_out,
                                 struct repo_changes *changes,
                                 struct error *err);

#endif
