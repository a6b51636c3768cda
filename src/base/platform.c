/* For F_SETPIPE_SZ, which is Linux's own. */
#define _GNU_SOURCE

#include "base/platform.h"

#include "base/mem.h"

#include <fcntl.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/syscall.h>
#endif

enum { WIDE_PIPE_BYTES = 512 * 1024, HURRY_SLICE_NS = 100 * 1000 };

int platform_watch_process(pid_t pid)
{
#if defined(__linux__) && defined(SYS_pidfd_open)
    return (int)syscall(SYS_pidfd_open, pid, 0);
#else
    (void)pid;
    return -1;
#endif
}

void platform_widen_pipe(int fd)
{
#ifdef F_SETPIPE_SZ
    (void)fcntl(fd, F_SETPIPE_SZ, (int)WIDE_PIPE_BYTES);
#else
    (void)fd;
#endif
}

void platform_hurry_thread(void)
{
#ifdef __linux__
    struct sched_attr attributes = { .size = sizeof(attributes) };

    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) < 0)
        return;
    /* Somebody has thought about it already; and below 0 the flag would take
     * it from the children. */
    if (attributes.sched_policy != SCHED_NORMAL || attributes.sched_nice < 0)
        return;
    attributes.sched_flags |= SCHED_FLAG_RESET_ON_FORK;
    attributes.sched_runtime = HURRY_SLICE_NS;
    (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
#endif
}

char *platform_program(void)
{
#ifdef __linux__
    char path[4096];
    ssize_t size = readlink("/proc/self/exe", path, sizeof(path));

    if (size > 0 && (size_t)size < sizeof(path))
        return mem_bytes(path, (size_t)size);
#endif
    return NULL;
}
