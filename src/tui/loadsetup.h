/*
 * The wizard's jobs (LOAD_SETUP), done in the loader's thread:
 *
 *     loadsetup_do(&job, &err);
 *     ... the job goes back to the wizard, or: loadsetup_release(&job);
 *
 * Blocking: reads and writes files, asks git. The project is the working
 * directory.
 */
#ifndef STEPDECK_TUI_LOADSETUP_H
#define STEPDECK_TUI_LOADSETUP_H

#include "tui/loader.h"

struct cancel;

/* Without `setup`: looks the project up and gives one. With `files` and
 * `writes`: writes them, and `result` says how far it came. Else makes `files`
 * in place of those there are; with `anew` the setup is made again before, with
 * the same answers, because files have changed since.
 * On failure `err` is set, and the job holds what it held, but for `files`
 * that could not be made again. */
void loadsetup_do(struct load_setup *job, struct error *err);

/* LOAD_OFFERS: `job->setup` becomes one that has asked the cloud what is there,
 * until `cancel` is raised. NULL with an error. */
void loadsetup_offers(struct load_setup *job, struct cancel *cancel,
                      struct error *err);

/* Frees what the job owns. */
void loadsetup_release(struct load_setup *job);

#endif
