/*
 * What one system has and another has not, each with what stands in for it.
 */
#ifndef STEPDECK_BASE_PLATFORM_H
#define STEPDECK_BASE_PLATFORM_H

#include <sys/types.h>

enum { PLATFORM_TICK_MS = 20 };

/* A close-on-exec descriptor that is readable once the child `pid` has ended
 * (pidfd_open(2) on Linux), or -1: the caller then asks waitpid(WNOHANG) every
 * PLATFORM_TICK_MS. To close(2). */
int platform_watch_process(pid_t pid);

/* Lets a pipe hold more than the usual 64 KiB (Linux), so that a flood costs
 * fewer changes between its writer and its reader. A wish: may do nothing. */
void platform_widen_pipe(int fd);

/* Lets this thread, which works seldom and shortly, have its turn sooner where
 * processors are short (Linux from 6.12: a short slice). It gets no more of
 * them, and what it starts, threads and children, is as without. A wish. */
void platform_hurry_thread(void);

/* The absolute path of this program (Linux), else NULL. To free. */
char *platform_program(void);

#endif
