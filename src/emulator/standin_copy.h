/*
 * COPY and ADD: from the context into the layer that is being made.
 */
#ifndef STEPDECK_EMULATOR_STANDIN_COPY_H
#define STEPDECK_EMULATOR_STANDIN_COPY_H

#include "base/error.h"
#include "base/strvec.h"
#include "emulator/tarfile.h"

/* "a/b" below `workdir`, without a slash at either end; an absolute path as it
 * is. To free; NULL when it leads out. */
char *standin_copy_target(const char *workdir, const char *path);

/* The words behind COPY or ADD. ERROR_INPUT in Docker's words, also for what
 * only a real Docker can do. */
NODISCARD bool standin_copy(const struct tarfile *context,
                            struct tarfile *layer, const char *workdir,
                            bool is_add, const struct strvec *words,
                            struct error *err);

#endif
