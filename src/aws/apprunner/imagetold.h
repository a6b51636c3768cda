/*
 * What a build or push tells meanwhile, as lines of the step's log and as its
 * progress: each layer for itself, and all of them in percent.
 *
 *     struct imagetold told = { .context = context };
 *     push.tell = imagetold_take;
 *     push.tell_context = &told;
 *     ...
 *     imagetold_release(&told);
 */
#ifndef STEPDECK_AWS_APPRUNNER_IMAGETOLD_H
#define STEPDECK_AWS_APPRUNNER_IMAGETOLD_H

#include "aws/docker/docker.h"

struct step_context;

struct imagetold_item {
    char *name;
    int64_t current, total;
    bool is_done;
};

struct imagetold {
    struct step_context *context;
    bool by_items; /* a build: percent of steps that are done, not of bytes */
    struct imagetold_item *items;
    size_t count, capacity;
    int percent; /* told last; never goes back */
};

/* A docker_tell. */
void imagetold_take(void *opaque, const struct docker_told *word);
/* How far all of it is, 0 to 99; -1 while that is not known. */
int imagetold_percent(const struct imagetold *told);
/* The bytes of the items that had to be moved. */
int64_t imagetold_bytes(const struct imagetold *told);
void imagetold_release(struct imagetold *told);

/* "41.2 MB", for people; `text` holds this many bytes. Returns it. */
enum { IMAGETOLD_SIZE_TEXT = 24 };
char *imagetold_size(int64_t bytes, char text[IMAGETOLD_SIZE_TEXT]);

#endif
