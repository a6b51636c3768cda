/*
 * The local cloud for a rehearsal: stepdeck-emulator as a child, for as long as
 * it is wanted.
 *
 *     struct emulated emulated = { 0 };
 *     if (emulated_start(&emulated, &err)) {
 *         ... the environment of this process points at it ...
 *         emulated_fault(&emulated, "health:fail");
 *     }
 *     emulated_stop(&emulated);
 *
 * The child reads faults from us line by line, and ends when we do, however
 * that is.
 */
#ifndef STEPDECK_CLI_EMULATED_H
#define STEPDECK_CLI_EMULATED_H

#include "base/error.h"

#include <sys/types.h>

struct emulated {
    pid_t pid;
    int commands_fd; /* its standard input */
    int answers_fd;  /* its standard output */
    char *url;
    char *docker_socket; /* where its stand-in for Docker listens; NULL: a real
                            Docker is used */
};

/* Starts it and waits until it can be asked; sets AWS_ENDPOINT_URL, keys and
 * region in our environment, and DOCKER_HOST with the stand-in. Before there
 * are threads. */
NODISCARD bool emulated_start(struct emulated *emulated, struct error *err);
/* From now on (see 'stepdeck-emulator --help' for the words). */
NODISCARD bool emulated_fault(struct emulated *emulated, const char *fault,
                              struct error *err);
void emulated_stop(struct emulated *emulated);

#endif
