/*
 * Writing the files of the standard structure, which are compiled into the
 * program (scaffold/), and single steps of the standard shape. A file that
 * exists is never touched, a link never followed.
 */
#ifndef STEPDECK_CLI_SCAFFOLD_H
#define STEPDECK_CLI_SCAFFOLD_H

#include "base/error.h"
#include "base/strvec.h"

/* What scaffold_write() did, by names relative to the folder. */
struct scaffold_result {
    struct strvec written;
    struct strvec kept; /* were there before */
};

/* Writes all files into `dir`, which is created when missing. On failure the
 * files in `result` were written all the same, and no half-written one is
 * left. */
NODISCARD bool scaffold_write(const char *dir, struct scaffold_result *result,
                              struct error *err);
void scaffold_result_release(struct scaffold_result *result);

/* The lines of our .gitignore that the one in `dir` lacks. */
void scaffold_missing_ignores(const char *dir, struct strvec *lines);

enum { SCAFFOLD_SLUG_LIMIT = 100 };

/* "Load the data!" becomes "load-the-data"; a `.sh` at the end is dropped.
 * NULL with ERROR_INPUT when nothing is left or it is too long. To free. */
NODISCARD char *scaffold_slug(const char *name, struct error *err);

/* Writes step-NNN-SLUG.sh into the current folder. ERROR_INPUT when it exists
 * already. */
NODISCARD bool scaffold_write_step(int number, const char *slug,
                                   struct error *err);

#endif
