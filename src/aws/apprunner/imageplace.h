/*
 * Where an image comes from and where it goes to: the settings that preflight,
 * build and push read, in one place.
 *
 *     struct imageplace place = { 0 };
 *     if (imageplace_find(&place, deployment, &err))
 *         ... place.context_dir, place.dockerfile ...
 *     imageplace_release(&place);
 */
#ifndef STEPDECK_AWS_APPRUNNER_IMAGEPLACE_H
#define STEPDECK_AWS_APPRUNNER_IMAGEPLACE_H

#include "base/error.h"

struct deployment;
struct ecr_repository;
struct step_context;

#define IMAGEPLACE_PLATFORM "linux/amd64"

struct imageplace {
    char *context_dir; /* absolute */
    char *dockerfile;  /* absolute */
};

/* Resolves BUILD_CONTEXT and DOCKERFILE. A Dockerfile is looked for in the
 * project first, then in the context. ERROR_INPUT when one is not there. */
NODISCARD bool imageplace_find(struct imageplace *place,
                               const struct deployment *deployment,
                               struct error *err);
void imageplace_release(struct imageplace *place);

/* ECR_REPOSITORY, else SERVICE_NAME; NULL when neither is set. Borrowed. */
const char *imageplace_repository(const struct deployment *deployment);

/* Reads the repository, and creates it when there is none and the run may
 * change something; `created` (may be NULL) says so. Sets
 * deployment->image.repository. ERROR_NOT_FOUND in a read-only run. */
NODISCARD bool imageplace_reach(struct deployment *deployment,
                                struct step_context *context,
                                struct ecr_repository *repository,
                                bool *created, struct error *err);

#endif
