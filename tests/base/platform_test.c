/* For syscall(), which is not in POSIX. */
#define _GNU_SOURCE

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/fileio.h"
#include "base/platform.h"

#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/sched.h>
#include <sys/syscall.h>
#endif

static void
platform_watch_is_readable_only_when_the_child_has_ended(void **state)
{
    struct pollfd watch = { .events = POLLIN };
    int fds[2], status;
    pid_t pid;

    (void)state;
    assert_true(fileio_pipe(fds, false, NULL));
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char byte;

        close(fds[1]);
        _exit(read(fds[0], &byte, 1) == 0 ? 7 : 1);
    }
    close(fds[0]);
    watch.fd = platform_watch_process(pid);
    if (watch.fd < 0) {
        /* This system has none: the caller asks waitpid() from time to time. */
        close(fds[1]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return;
    }
    assert_int_equal(poll(&watch, 1, 0), 0);
    close(fds[1]);
    assert_int_equal(poll(&watch, 1, -1), 1);
    assert_int_equal(waitpid(pid, &status, WNOHANG), pid);
    assert_int_equal(WEXITSTATUS(status), 7);
    close(watch.fd);
}

static void platform_wide_pipe_passes_bytes_unchanged(void **state)
{
    char text[6] = "";
    int fds[2];

    (void)state;
    assert_true(fileio_pipe(fds, false, NULL));
    platform_widen_pipe(fds[0]);
    assert_int_equal(write(fds[1], "hello", 5), 5);
    assert_int_equal(read(fds[0], text, 5), 5);
    assert_string_equal(text, "hello");
    close(fds[0]);
    close(fds[1]);
    platform_widen_pipe(-1);
}

#ifdef __linux__
/* As in <linux/sched/types.h>, which does not go together with <sched.h>. */
struct schedule {
    uint32_t size, sched_policy;
    uint64_t sched_flags;
    int32_t sched_nice;
    uint32_t sched_priority;
    uint64_t sched_runtime, sched_deadline, sched_period;
};

static void read_schedule(struct schedule *attributes)
{
    assert_int_equal(
        syscall(SYS_sched_getattr, 0, attributes, sizeof(*attributes), 0), 0);
}

static void *read_of_thread(void *attributes)
{
    read_schedule(attributes);
    return NULL;
}

static void platform_hurry_is_not_inherited(void **state)
{
    struct schedule before = { 0 }, hurried = { 0 }, child = { 0 };
    pthread_t thread;

    (void)state;
    read_schedule(&before);
    platform_hurry_thread();
    read_schedule(&hurried);
    assert_int_equal(hurried.sched_policy, before.sched_policy);
    assert_int_equal(hurried.sched_nice, before.sched_nice);
    if (before.sched_policy == SCHED_NORMAL && before.sched_nice >= 0)
        assert_true(hurried.sched_flags & SCHED_FLAG_RESET_ON_FORK);
    /* Where the kernel tells the slice. */
    if (before.sched_runtime)
        assert_in_range(hurried.sched_runtime, 1, before.sched_runtime - 1);
    assert_int_equal(pthread_create(&thread, NULL, read_of_thread, &child), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(child.sched_policy, before.sched_policy);
    assert_int_equal(child.sched_nice, before.sched_nice);
    assert_int_equal(child.sched_runtime, before.sched_runtime);
    assert_int_equal(child.sched_flags, before.sched_flags);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            platform_watch_is_readable_only_when_the_child_has_ended),
        cmocka_unit_test(platform_wide_pipe_passes_bytes_unchanged),
#ifdef __linux__
        cmocka_unit_test(platform_hurry_is_not_inherited),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
