#include "core/procwatch.h"

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

int procwatch_open(pid_t pid)
{
#if defined(__linux__) && defined(SYS_pidfd_open)
    return (int)syscall(SYS_pidfd_open, pid, 0);
#else
    (void)pid;
    return -1;
#endif
}
