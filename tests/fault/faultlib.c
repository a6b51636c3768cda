/*
 * Faults on request, for LD_PRELOAD (Linux).
 *
 *     LD_PRELOAD=libfaultlib.so FAULT=kill FAULT_AT=17 stepdeck deploy
 *
 * Counts the calls by which a process named "stepdeck" changes anything inside
 * a `.deployment-state` folder, and lets the FAULT_AT-th of them go wrong:
 *
 *     FAULT=kill     the process dies (SIGKILL) instead of making the call
 *     FAULT=torn     as kill; a write leaves half of its bytes behind
 *     FAULT=eio      this call fails with EIO, later ones work
 *     FAULT=enospc   from here on nothing more is written: the first write is
 *                    cut to its half, then every one fails with ENOSPC
 *
 * FAULT_COUNT=FILE gets the number of counted calls when the process exits,
 * FAULT_TRACE=FILE a line "NUMBER CALL PATH" for each. The children of the
 * process inherit the variables but have other names, so nothing happens in
 * them. The real work is done by syscall(2): nothing is looked up, and so the
 * order of constructors does not matter.
 */

/* The fortified open(2) is an inline function and would stand in the way. */
#undef _FORTIFY_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STATE_FOLDER "/.deployment-state"
#define PROGRAM "stepdeck\n"

enum { TEXT_SIZE = 2 * PATH_MAX };

enum fault { FAULT_NONE, FAULT_KILL, FAULT_TORN, FAULT_EIO, FAULT_ENOSPC };

/* What the caller has to do with its call. */
enum verdict { GO_ON, FAIL, CUT };

static enum fault fault;
static long fault_at;
static pid_t owner; /* 0: not our process, everything passes */
static int trace_fd = -1;
static atomic_long calls;
static atomic_bool is_full;
static atomic_bool was_cut;

/* Those of glibc for large files have no prototypes here. */
int open64(const char *path, int flags, ...);
int openat64(int dir_fd, const char *path, int flags, ...);
ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t offset);
int ftruncate64(int fd, off_t size);

/* ---- which calls count ------------------------------------------------- */

static bool is_in_state(const char *path)
{
    const char *found = strstr(path, STATE_FOLDER);

    return found && (found[sizeof(STATE_FOLDER) - 1] == '/' ||
                     found[sizeof(STATE_FOLDER) - 1] == '\0');
}

/* The path behind a descriptor, "" when there is none. */
static void path_of_fd(int fd, char text[TEXT_SIZE])
{
    char link[64];
    ssize_t size;

    if (fd == AT_FDCWD)
        snprintf(link, sizeof(link), "/proc/self/cwd");
    else
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    size = readlink(link, text, PATH_MAX);
    text[size > 0 ? size : 0] = '\0';
}

static void path_at(int dir_fd, const char *path, char text[TEXT_SIZE])
{
    size_t used = 0;

    if (path[0] != '/') {
        path_of_fd(dir_fd, text);
        used = strlen(text);
    }
    snprintf(text + used, TEXT_SIZE - used, "/%s", path);
}

/* ---- what happens to them ---------------------------------------------- */

static void die(void)
{
    kill(owner, SIGKILL);
    for (;;)
        pause();
}

static void trace(long number, const char *call, const char *path)
{
    char line[TEXT_SIZE + 64];
    int size = snprintf(line, sizeof(line), "%ld %s %s\n", number, call, path);

    if (trace_fd >= 0 && size > 0)
        syscall(SYS_write, trace_fd, line, (size_t)size);
}

static enum verdict full_disk(bool is_write)
{
    if (!is_write)
        return GO_ON;
    if (!atomic_exchange(&was_cut, true))
        return CUT;
    errno = ENOSPC;
    return FAIL;
}

static enum verdict judge(const char *call, const char *path, bool is_write)
{
    long number;

    if (!owner || owner != getpid() || !is_in_state(path))
        return GO_ON;
    number = atomic_fetch_add(&calls, 1) + 1;
    trace(number, call, path);
    if (number == fault_at) {
        if (fault == FAULT_KILL || (fault == FAULT_TORN && !is_write))
            die();
        if (fault == FAULT_TORN)
            return CUT;
        if (fault == FAULT_EIO) {
            errno = EIO;
            return FAIL;
        }
        atomic_store(&is_full, fault == FAULT_ENOSPC);
    }
    return atomic_load(&is_full) ? full_disk(is_write) : GO_ON;
}

/* For calls that only change something. */
static bool fails_fd(const char *call, int fd)
{
    char path[TEXT_SIZE];
    int before = errno;

    path_of_fd(fd, path);
    errno = before;
    return judge(call, path, false) == FAIL;
}

static bool fails_at(const char *call, int dir_fd, const char *name)
{
    char path[TEXT_SIZE];
    int before = errno;

    path_at(dir_fd, name, path);
    errno = before;
    return judge(call, path, false) == FAIL;
}

/* The number of bytes to write, or -1 when the write fails. */
static ssize_t allowed(const char *call, int fd, size_t size)
{
    char path[TEXT_SIZE];
    int before = errno;

    path_of_fd(fd, path);
    errno = before;
    switch (judge(call, path, true)) {
    case FAIL:
        return -1;
    case CUT:
        if (size < 2 && fault == FAULT_ENOSPC) {
            errno = ENOSPC;
            return -1;
        }
        return (ssize_t)(size / 2);
    default:
        return (ssize_t)size;
    }
}

/* ---- the calls ---------------------------------------------------------- */

ssize_t write(int fd, const void *bytes, size_t size)
{
    ssize_t part = allowed("write", fd, size);

    if (part < 0)
        return -1;
    if (part < (ssize_t)size && fault == FAULT_TORN) {
        syscall(SYS_write, fd, bytes, (size_t)part);
        die();
    }
    return syscall(SYS_write, fd, bytes, (size_t)part);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t offset)
{
    ssize_t part = allowed("pwrite", fd, size);

    if (part < 0)
        return -1;
    if (part < (ssize_t)size && fault == FAULT_TORN) {
        syscall(SYS_pwrite64, fd, bytes, (size_t)part, offset);
        die();
    }
    return syscall(SYS_pwrite64, fd, bytes, (size_t)part, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    return pwrite64(fd, bytes, size, offset);
}

int fsync(int fd)
{
    return fails_fd("fsync", fd) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return fails_fd("fdatasync", fd) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int ftruncate64(int fd, off_t size)
{
    return fails_fd("ftruncate", fd) ? -1
                                     : (int)syscall(SYS_ftruncate, fd, size);
}

int ftruncate(int fd, off_t size)
{
    return ftruncate64(fd, size);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    return fails_at("renameat", to_fd, to)
               ? -1
               : (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
}

int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    return fails_at("linkat", to_fd, to)
               ? -1
               : (int)syscall(SYS_linkat, from_fd, from, to_fd, to, flags);
}

int symlinkat(const char *target, int dir_fd, const char *path)
{
    return fails_at("symlinkat", dir_fd, path)
               ? -1
               : (int)syscall(SYS_symlinkat, target, dir_fd, path);
}

int unlinkat(int dir_fd, const char *path, int flags)
{
    return fails_at("unlinkat", dir_fd, path)
               ? -1
               : (int)syscall(SYS_unlinkat, dir_fd, path, flags);
}

int mkdirat(int dir_fd, const char *path, mode_t mode)
{
    return fails_at("mkdirat", dir_fd, path)
               ? -1
               : (int)syscall(SYS_mkdirat, dir_fd, path, mode);
}

static int open_any(const char *call, int dir_fd, const char *path, int flags,
                    mode_t mode)
{
    bool changes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT);

    if (changes && fails_at(call, dir_fd, path))
        return -1;
    return (int)syscall(SYS_openat, dir_fd, path, flags, mode);
}

static mode_t take_mode(int flags, va_list arguments)
{
    return flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
}

/* The mode is there only when a file may be created. */
#define OPEN(call, dir_fd)                                                     \
    va_list arguments;                                                         \
    mode_t mode;                                                               \
                                                                               \
    va_start(arguments, flags);                                                \
    mode = take_mode(flags, arguments);                                        \
    va_end(arguments);                                                         \
    return open_any(call, dir_fd, path, flags, mode)

int open(const char *path, int flags, ...)
{
    OPEN("open", AT_FDCWD);
}

int open64(const char *path, int flags, ...)
{
    OPEN("open", AT_FDCWD);
}

int openat(int dir_fd, const char *path, int flags, ...)
{
    OPEN("openat", dir_fd);
}

int openat64(int dir_fd, const char *path, int flags, ...)
{
    OPEN("openat", dir_fd);
}

/* ---- beginning and end -------------------------------------------------- */

static bool is_our_program(void)
{
    char name[64] = "";
    int fd = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, name, sizeof(name) - 1);

    if (fd >= 0)
        close(fd);
    return size > 0 && strcmp(name, PROGRAM) == 0;
}

static enum fault parse_fault(const char *name)
{
    static const char *const names[] = {
        [FAULT_NONE] = "none", [FAULT_KILL] = "kill",     [FAULT_TORN] = "torn",
        [FAULT_EIO] = "eio",   [FAULT_ENOSPC] = "enospc",
    };

    for (size_t i = 0; name && i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0)
            return (enum fault)i;
    }
    return FAULT_NONE;
}

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("FAULT_AT");
    const char *trace_path = getenv("FAULT_TRACE");

    if (!is_our_program())
        return;
    fault = parse_fault(getenv("FAULT"));
    fault_at = at ? strtol(at, NULL, 10) : 0;
    if (trace_path)
        trace_fd =
            open(trace_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    owner = getpid();
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("FAULT_COUNT");
    FILE *file = owner == getpid() && path ? fopen(path, "we") : NULL;

    if (!file)
        return;
    fprintf(file, "%ld\n", atomic_load(&calls));
    fclose(file);
}
