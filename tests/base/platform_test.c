#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/fileio.h"
#include "base/platform.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            platform_watch_is_readable_only_when_the_child_has_ended),
        cmocka_unit_test(platform_wide_pipe_passes_bytes_unchanged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
