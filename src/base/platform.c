/* For renameat2() and F_SETPIPE_SZ, which are Linux's own. */
#define _GNU_SOURCE

#include "base/platform.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

enum { WIDE_PIPE_BYTES = 512 * 1024 };

bool platform_exchange_names(int dir_fd, const char *left, const char *right)
{
#if defined(__linux__) && defined(RENAME_EXCHANGE)
    return renameat2(dir_fd, left, dir_fd, right, RENAME_EXCHANGE) == 0;
#elif defined(__APPLE__) && defined(RENAME_SWAP)
    return renameatx_np(dir_fd, left, dir_fd, right, RENAME_SWAP) == 0;
#else
    (void)dir_fd;
    (void)left;
    (void)right;
    return false;
#endif
}

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
