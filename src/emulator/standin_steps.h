/*
 * The instructions of a Dockerfile, carried out one after the other on an image
 * that is being made.
 */
#ifndef STEPDECK_EMULATOR_STANDIN_STEPS_H
#define STEPDECK_EMULATOR_STANDIN_STEPS_H

#include "base/error.h"
#include "emulator/dockerfile.h"
#include "emulator/tarfile.h"

#include <jansson.h>

struct standin_call;

struct standin_work {
    struct standin_call *call;
    struct tarfile context, layer;
    json_t *given;     /* build arguments */
    json_t *variables; /* ARG and ENV, as far as they are read */
    json_t *config;    /* of the image, since the last FROM */
    json_t *history;
    char *workdir;
    bool has_base;
};

/* ERROR_INPUT in Docker's words, or that it needs a real Docker. */
NODISCARD bool standin_steps_run(struct standin_work *work,
                                 const struct dockerfile_item *item,
                                 struct error *err);
/* A member of the configuration, made as `empty` (taken) if it is not there;
 * borrowed. */
json_t *standin_steps_member(struct standin_work *work, const char *name,
                             json_t *empty);

#endif
