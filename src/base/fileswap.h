/*
 * Exchanging the names of two files in one step, where the system can
 * (renameat2(2) on Linux, renameatx_np(2) on macOS).
 */
#ifndef STEPDECK_BASE_FILESWAP_H
#define STEPDECK_BASE_FILESWAP_H

#include <stdbool.h>

/* Both names must exist below `dir_fd`. False, with nothing changed, where
 * that cannot be done; the caller then renames. */
bool fileswap_exchange(int dir_fd, const char *left, const char *right);

#endif
