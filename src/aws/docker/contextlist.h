/*
 * Which files of a folder make up the build context: names, sorted, and their
 * sizes; and the Dockerfile and ignore file, wherever they are.
 *
 *     struct contextlist list = { 0 };
 *     if (contextlist_read(&list, dir, dockerfile, &err))
 *         ... list.paths, relative to list.fd ...
 *     contextlist_release(&list);
 *
 * Links are not followed; sockets, pipes and devices are left out. A folder
 * comes before what is in it.
 */
#ifndef STEPDECK_AWS_DOCKER_CONTEXTLIST_H
#define STEPDECK_AWS_DOCKER_CONTEXTLIST_H

#include "aws/docker/dockerignore.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <stdint.h>

struct contextlist {
    char *dir;
    int fd; /* of the folder; only valid when `is_open` */
    bool is_open;
    struct strvec paths;
    size_t files;
    int64_t bytes;

    char *dockerfile; /* its name in the context */
    bool is_outside;  /* of the folder: both texts go along as they are here */
    struct strbuf dockerfile_text;
    struct strbuf ignore_text;
    struct dockerignore ignore;
};

/* ERROR_INPUT names what is missing, unreadable or no pattern. */
NODISCARD bool contextlist_read(struct contextlist *list, const char *dir,
                                const char *dockerfile, struct error *err);
void contextlist_release(struct contextlist *list);

/* Says that a file cannot be read, and why: always false. */
bool contextlist_refuse(const struct contextlist *list, const char *path,
                        int number, struct error *err);

#endif
