/*
 * Waiting for a child's end together with other descriptors.
 *
 * Linux has a descriptor for a process (pidfd_open(2)); elsewhere
 * procwatch_open() gives -1 and the caller asks waitpid(WNOHANG) every
 * PROCWATCH_TICK_MS.
 */
#ifndef STEPDECK_CORE_PROCWATCH_H
#define STEPDECK_CORE_PROCWATCH_H

#include <sys/types.h>

enum { PROCWATCH_TICK_MS = 20 };

/* A close-on-exec descriptor that is readable once `pid` has ended, or -1. To
 * close(2). */
int procwatch_open(pid_t pid);

#endif
