/* For F_SETPIPE_SZ, which is Linux's own. */
#define _GNU_SOURCE

#include "base/platform.h"

#include "base/mem.h"

#include <fcntl.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

enum { WIDE_PIPE_BYTES = 512 * 1024 };

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
