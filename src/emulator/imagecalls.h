/*
 * The operations of ECR's API that concern images, and what they share with
 * those of repositories (awsecr.c, which has the table). As all operations:
 * with the emulator's lock, NULL with a failure.
 */
#ifndef STEPDECK_EMULATOR_IMAGECALLS_H
#define STEPDECK_EMULATOR_IMAGECALLS_H

#include <jansson.h>

struct emulator;
struct emulator_failure;

/* The repository that "repositoryName" names; borrowed, also `*name`. */
json_t *imagecalls_repository(struct emulator *emulator, const json_t *input,
                              const char **name,
                              struct emulator_failure *failure);
/* The part of `all` (taken) that "nextToken" and "maxResults" ask for, as
 * {member: [...], "nextToken"}. */
json_t *imagecalls_page(json_t *all, const json_t *input, const char *member,
                        struct emulator_failure *failure);

json_t *imagecalls_describe(struct emulator *emulator, const json_t *input,
                            struct emulator_failure *failure);
json_t *imagecalls_list(struct emulator *emulator, const json_t *input,
                        struct emulator_failure *failure);
json_t *imagecalls_get(struct emulator *emulator, const json_t *input,
                       struct emulator_failure *failure);
json_t *imagecalls_delete(struct emulator *emulator, const json_t *input,
                          struct emulator_failure *failure);
json_t *imagecalls_put(struct emulator *emulator, const json_t *input,
                       struct emulator_failure *failure);

#endif
