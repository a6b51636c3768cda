/* Real processes. Nothing here waits for time to pass but the one second that
 * child_run() itself gives to a background process, and the timeouts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/cancel.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "core/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LONG_MS = 600000, END_WAIT_MS = 30000 };

/* One run and what came of it. When the output holds `cue`, the cancel rises
 * to `level`; a second cue raises it further. */
struct run {
    struct child_request request;
    struct child_result result;
    struct error err;
    struct cancel cancel;
    struct strbuf output, errors;
    struct {
        const char *text;
        enum cancel_level level;
    } cues[2];
};

static void take_output(void *context, const char *bytes, size_t size)
{
    struct run *run = context;

    strbuf_add(&run->output, bytes, size);
    for (int i = 0; i < 2; i++) {
        if (run->cues[i].text &&
            strstr(strbuf_text(&run->output), run->cues[i].text))
            cancel_raise(&run->cancel, run->cues[i].level);
    }
}

static struct run *new_run(struct fixture *f)
{
    struct run *run = mem_new(1, sizeof(*run));

    assert_true(cancel_init(&run->cancel, &run->err));
    run->request = (struct child_request){ .dir = f->dir,
                                           .marker_fd = -1,
                                           .cancel = &run->cancel,
                                           .output = take_output,
                                           .context = run };
    return run;
}

static void free_run(struct run *run)
{
    cancel_release(&run->cancel);
    strbuf_release(&run->output);
    strbuf_release(&run->errors);
    free(run);
}

static bool run_words(struct run *run, const char *first, const char *second,
                      const char *third)
{
    char *argv[] = { mem_text(first), mem_text(second), mem_text(third), NULL };
    bool ok;

    run->request.argv = argv;
    ok = child_run(&run->request, &run->result, &run->err);
    for (int i = 0; i < 3; i++)
        free(argv[i]);
    return ok;
}

/* Runs shell commands; the child must at least have started. */
static void run_shell(struct run *run, const char *commands)
{
    if (!run_words(run, "/bin/sh", "-c", commands))
        fail_msg("%s", run->err.message);
    assert_false(error_is_set(&run->err));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void expect_output(struct fixture *f, const char *commands,
                          const char *output)
{
    struct run *run = new_run(f);

    run_shell(run, commands);
    assert_string_equal(strbuf_text(&run->output), output);
    assert_int_equal(run->result.end, CHILD_EXITED);
    free_run(run);
}

/* ---- ends ------------------------------------------------------------- */

static void child_exit_status_is_given(void **state)
{
    static const char *const commands[] = { "exit 0", "exit 7", "exit 255" };
    static const int statuses[] = { 0, 7, 255 };

    for (size_t i = 0; i < COUNT(commands); i++) {
        struct run *run = new_run(*state);

        run_shell(run, commands[i]);
        assert_int_equal(run->result.end, CHILD_EXITED);
        assert_int_equal(run->result.exit_status, statuses[i]);
        assert_int_equal(run->result.signal, 0);
        assert_false(run->result.left_background);
        free_run(run);
    }
}

static void child_ended_by_a_signal_is_told_apart(void **state)
{
    struct run *run = new_run(*state);

    run_shell(run, "ulimit -c 0; kill -SEGV $$");
    assert_int_equal(run->result.end, CHILD_SIGNALLED);
    assert_int_equal(run->result.signal, SIGSEGV);
    free_run(run);
}

static void child_signals_have_names(void **state)
{
    char text[CHILD_SIGNAL_SIZE];

    (void)state;
    assert_string_equal(child_signal_name(SIGTERM, text), "SIGTERM");
    assert_string_equal(child_signal_name(SIGKILL, text), "SIGKILL");
    assert_string_equal(child_signal_name(SIGSEGV, text), "SIGSEGV");
    assert_string_equal(child_signal_name(99, text), "signal 99");
    assert_string_equal(child_signal_name(1000000, text), "signal 1000000");
}

static void child_may_close_its_output_early_and_go_on(void **state)
{
    struct fixture *f = *state;
    struct run *run = new_run(f);

    run_shell(run, "echo before; exec >/dev/null 2>&1; i=0;"
                   "while [ $i -lt 30000 ]; do i=$((i+1)); done;"
                   "echo after > after; exit 5");
    assert_int_equal(run->result.end, CHILD_EXITED);
    assert_int_equal(run->result.exit_status, 5);
    assert_string_equal(strbuf_text(&run->output), "before\n");
    fixture_expect(f, "after", "after\n");
    assert_false(run->result.left_background);
    free_run(run);
}

static void child_that_left_a_background_process_is_not_waited_for(void **state)
{
    struct fixture *f = *state;
    struct run *run = new_run(f);
    pid_t pid;

    run_shell(run, "sleep 1000 & echo $! > pid; echo out; exit 3");
    assert_int_equal(run->result.end, CHILD_EXITED);
    assert_int_equal(run->result.exit_status, 3);
    assert_true(run->result.left_background);
    assert_string_equal(strbuf_text(&run->output), "out\n");
    pid = (pid_t)atol(fixture_read(f, "pid"));
    assert_int_equal(kill(pid, 0), 0);
    kill(pid, SIGKILL);
    free_run(run);
}

static void child_output_of_a_process_that_outlives_it_is_read(void **state)
{
    struct fixture *f = *state;
    struct run *run = new_run(f);

    run_shell(run, "(i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done;"
                   " echo late) & exit 0");
    assert_string_equal(strbuf_text(&run->output), "late\n");
    assert_false(run->result.left_background);
    free_run(run);
}

static void
child_background_process_without_the_output_does_not_count(void **state)
{
    struct fixture *f = *state;
    struct run *run = new_run(f);

    run_shell(run, "sleep 1000 >/dev/null 2>&1 & echo $! > pid");
    assert_false(run->result.left_background);
    kill((pid_t)atol(fixture_read(f, "pid")), SIGKILL);
    free_run(run);
}

/* ---- output ----------------------------------------------------------- */

static void take_errors(void *context, const char *bytes, size_t size)
{
    struct run *run = context;

    strbuf_add(&run->errors, bytes, size);
}

static void child_errors_may_be_taken_by_themselves(void **state)
{
    struct run *run = new_run(*state);

    run->request.errors = take_errors;
    run_shell(run, "echo out; echo wrong >&2; exec >&-; echo late >&2");
    assert_string_equal(strbuf_text(&run->output), "out\n");
    assert_string_equal(strbuf_text(&run->errors), "wrong\nlate\n");
    assert_false(run->result.left_background);
    free_run(run);
}

static void child_that_writes_more_than_its_limit_is_ended(void **state)
{
    struct run *run = new_run(*state);

    run->request.errors = take_errors;
    run->request.output_limit = 1000;
    run_shell(run, "while :; do echo 0123456789; echo 0123456789 >&2; done");
    assert_true(run->result.wrote_too_much);
    assert_int_equal(run->result.end, CHILD_CANCELLED);
    assert_in_range(run->output.len + run->errors.len, 0, 1000);
    free_run(run);
    run = new_run(*state);
    run->request.output_limit = 3;
    run_shell(run, "echo ab");
    assert_false(run->result.wrote_too_much);
    assert_string_equal(strbuf_text(&run->output), "ab\n");
    free_run(run);
}

static void child_output_and_errors_arrive_in_order(void **state)
{
    expect_output(*state, "echo a; echo b >&2; echo c", "a\nb\nc\n");
}

static void child_bytes_pass_unchanged(void **state)
{
    static const char bytes[] = "a\0b\xff\xfe\xc3\r\x1b[31m";
    struct run *run = new_run(*state);

    run_shell(run, "printf 'a\\000b\\377\\376\\303\\r\\033[31m'");
    assert_int_equal(run->output.len, sizeof(bytes) - 1);
    assert_memory_equal(run->output.data, bytes, sizeof(bytes) - 1);
    free_run(run);
}

struct flood {
    size_t size;
    size_t odd;
};

static void count_output(void *context, const char *bytes, size_t size)
{
    struct flood *flood = context;

    flood->size += size;
    for (size_t i = 0; i < size; i++)
        flood->odd += bytes[i] != 'x';
}

static void child_line_of_fifty_megabytes_arrives_whole(void **state)
{
    struct run *run = new_run(*state);
    struct flood flood = { 0 };

    run->request.output = count_output;
    run->request.context = &flood;
    run_shell(run, "head -c 50000000 /dev/zero | tr '\\0' x");
    assert_int_equal(flood.size, 50000000);
    assert_int_equal(flood.odd, 0);
    free_run(run);
}

/* ---- surroundings ----------------------------------------------------- */

static void child_reads_nothing(void **state)
{
    expect_output(*state, "read line || echo end of file", "end of file\n");
}

static void child_runs_in_the_folder_given(void **state)
{
    struct fixture *f = *state;

    expect_output(f, "pwd -P", fixture_keep(f, mem_format("%s\n", f->dir)));
}

static void child_gets_the_environment_given_and_nothing_else(void **state)
{
    char first[] = "FIRST=1", second[] = "SECOND=two words";
    char *const environment[] = { first, second, NULL };
    struct run *run = new_run(*state);

    setenv("STEPDECK_TEST_LEAK", "leaked", 1);
    run->request.environment = environment;
    run_shell(run, "echo \"$FIRST,$SECOND,$STEPDECK_TEST_LEAK\"");
    assert_string_equal(strbuf_text(&run->output), "1,two words,\n");
    free_run(run);
    expect_output(*state, "echo \"$STEPDECK_TEST_LEAK\"", "leaked\n");
    unsetenv("STEPDECK_TEST_LEAK");
}

static void child_is_looked_up_on_the_path(void **state)
{
    struct run *run = new_run(*state);

    assert_true(run_words(run, "sh", "-c", "echo found"));
    assert_string_equal(strbuf_text(&run->output), "found\n");
    free_run(run);
}

static void child_words_are_not_read_by_a_shell(void **state)
{
    struct run *run = new_run(*state);

    assert_true(run_words(run, "/bin/echo", "$(id); `id` > x", "*"));
    assert_string_equal(strbuf_text(&run->output), "$(id); `id` > x *\n");
    free_run(run);
}

static void child_starts_with_no_signal_blocked_or_ignored(void **state)
{
    struct run *run = new_run(*state);
    sigset_t all, before;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    signal(SIGINT, SIG_IGN);
    run_shell(run, "kill -INT $$; echo survived");
    signal(SIGINT, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    assert_int_equal(run->result.end, CHILD_SIGNALLED);
    assert_int_equal(run->result.signal, SIGINT);
    free_run(run);
}

static void child_keeps_the_marker_open_and_nothing_else(void **state)
{
    struct fixture *f = *state;
    struct run *run = new_run(f);
    int fd =
        open(fixture_path(f, "marker"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int other =
        open(fixture_path(f, "other"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    run->request.marker_fd = fd;
    run_shell(run, "for fd in /dev/fd/*; do readlink $fd; done |"
                   " grep -e /marker -e /other | sort -u; sleep 1000"
                   " >/dev/null 2>&1 & echo $! > pid");
    if (run->output.len)
        assert_string_equal(strbuf_text(&run->output),
                            fixture_keep(f, mem_format("%s/marker\n", f->dir)));
    kill((pid_t)atol(fixture_read(f, "pid")), SIGKILL);
    close(fd);
    close(other);
    free_run(run);
}

static void child_with_the_terminal_is_not_listened_to(void **state)
{
    struct fixture *f = *state;
    struct run *run = new_run(f);

    run->request.interactive = true;
    run_shell(run, "echo seen by nobody > out; exit 4");
    assert_int_equal(run->result.exit_status, 4);
    assert_false(run->result.left_background);
    assert_int_equal(run->output.len, 0);
    fixture_expect(f, "out", "seen by nobody\n");
    free_run(run);
}

/* ---- what cannot start ------------------------------------------------ */

static void expect_no_start(struct fixture *f, const char *path,
                            enum error_code code)
{
    struct run *run = new_run(f);

    assert_false(run_words(run, path, NULL, NULL));
    assert_int_equal(run->err.code, code);
    fixture_expect_part(run->err.message,
                        fixture_keep(f, mem_format("cannot start '%s'", path)));
    assert_int_equal(run->output.len, 0);
    free_run(run);
}

static void child_that_is_not_there_cannot_start(void **state)
{
    struct fixture *f = *state;

    expect_no_start(f, "/nonexistent/program", ERROR_NOT_FOUND);
    expect_no_start(f, "stepdeck-no-such-program", ERROR_NOT_FOUND);
    expect_no_start(f, fixture_path(f, ""), ERROR_IO);
}

static void child_without_its_interpreter_cannot_start(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "script", NULL, "");
    fixture_write(f, "script", "#!/nonexistent/interpreter\n");
    assert_int_equal(chmod(fixture_path(f, "script"), 0755), 0);
    expect_no_start(f, fixture_path(f, "script"), ERROR_NOT_FOUND);
}

static void child_without_an_interpreter_line_cannot_start(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "script", "echo no first line\n");
    assert_int_equal(chmod(fixture_path(f, "script"), 0755), 0);
    expect_no_start(f, fixture_path(f, "script"), ERROR_IO);
}

static void child_without_its_folder_cannot_start(void **state)
{
    struct run *run = new_run(*state);

    run->request.dir = "/nonexistent";
    assert_false(run_words(run, "/bin/sh", "-c", "exit 0"));
    assert_true(error_is_set(&run->err));
    free_run(run);
}

/* ---- timeout and cancel ----------------------------------------------- */

/* Whether everybody who held the write end is gone. */
static bool is_everybody_gone(int read_fd)
{
    struct pollfd fd = { .fd = read_fd, .events = POLLIN };
    char byte;

    return poll(&fd, 1, END_WAIT_MS) == 1 && read(read_fd, &byte, 1) == 0;
}

/* A grandchild that ignores TERM, in the group but not waited for. */
#define STUBBORN                                                               \
    "sh -c 'trap \"\" TERM; echo $$ > pid; echo ready;"                        \
    " while :; do sleep 1000; done' & wait"

static void child_timeout_ends_the_whole_group(void **state)
{
    struct fixture *f = *state;
    bool started = false;

    /* A machine too busy to start it in time gets more time. */
    for (int64_t timeout_ms = 300; !started; timeout_ms *= 2) {
        struct run *run = new_run(f);
        int fds[2];

        assert_int_equal(pipe(fds), 0);
        run->request.marker_fd = fds[1];
        run->request.timeout_ms = timeout_ms;
        run->request.grace_ms = 100;
        fcntl(fds[0], F_SETFD, FD_CLOEXEC);
        fcntl(fds[1], F_SETFD, FD_CLOEXEC);
        run_shell(run, STUBBORN);
        close(fds[1]);
        assert_int_equal(run->result.end, CHILD_TIMED_OUT);
        assert_true(is_everybody_gone(fds[0]));
        close(fds[0]);
        started = fixture_has(f, "pid") && run->output.len;
        free_run(run);
    }
}

static void child_timeout_leaves_who_ends_in_time_alone(void **state)
{
    struct run *run = new_run(*state);

    run->request.timeout_ms = LONG_MS;
    run_shell(run, "exit 2");
    assert_int_equal(run->result.end, CHILD_EXITED);
    assert_int_equal(run->result.exit_status, 2);
    free_run(run);
}

static void child_cancel_lets_it_clean_up(void **state)
{
    struct fixture *f = *state;
    struct run *run = new_run(f);

    run->request.grace_ms = LONG_MS;
    run->cues[0].text = "ready";
    run->cues[0].level = CANCEL_STOP;
    run_shell(run, "trap 'echo cleaned; exit 3' TERM; echo ready;"
                   "while :; do :; done");
    assert_int_equal(run->result.end, CHILD_CANCELLED);
    assert_int_equal(run->result.exit_status, 3);
    assert_int_equal(run->result.signal, 0);
    assert_string_equal(strbuf_text(&run->output), "ready\ncleaned\n");
    free_run(run);
}

static void child_cancel_ends_a_stubborn_group_after_the_grace(void **state)
{
    struct fixture *f = *state;
    struct run *run = new_run(f);
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    fcntl(fds[0], F_SETFD, FD_CLOEXEC);
    fcntl(fds[1], F_SETFD, FD_CLOEXEC);
    run->request.marker_fd = fds[1];
    run->request.grace_ms = 50;
    run->cues[0].text = "ready";
    run->cues[0].level = CANCEL_STOP;
    run_shell(run, STUBBORN);
    close(fds[1]);
    assert_int_equal(run->result.end, CHILD_CANCELLED);
    assert_int_equal(run->result.signal, SIGTERM);
    assert_true(is_everybody_gone(fds[0]));
    close(fds[0]);
    free_run(run);
}

/* A shell dies of TERM at once, what it started is still cleaning up. */
static void child_cancel_waits_for_the_whole_group(void **state)
{
    struct fixture *f = *state;
    struct run *run = new_run(f);

    run->request.grace_ms = LONG_MS;
    run->cues[0].text = "ready";
    run->cues[0].level = CANCEL_STOP;
    run_shell(run, "exec >out; sh -c 'trap \"sleep 0.1; touch cleaned; exit\" "
                   "TERM; echo ready >&2; while :; do :; done' & wait");
    assert_int_equal(run->result.end, CHILD_CANCELLED);
    assert_int_equal(run->result.signal, SIGTERM);
    assert_true(fixture_has(f, "cleaned"));
    free_run(run);
}

static void child_second_cancel_does_not_wait_for_the_grace(void **state)
{
    struct fixture *f = *state;
    struct run *run = new_run(f);

    run->request.grace_ms = LONG_MS;
    run->cues[0].text = "ready";
    run->cues[0].level = CANCEL_STOP;
    run->cues[1].text = "stubborn";
    run->cues[1].level = CANCEL_KILL;
    run_shell(run, "trap 'echo stubborn' TERM; echo ready;"
                   "while :; do :; done");
    assert_int_equal(run->result.end, CHILD_CANCELLED);
    assert_int_equal(run->result.signal, SIGKILL);
    free_run(run);
}

static void child_kill_gives_no_grace(void **state)
{
    struct fixture *f = *state;
    struct run *run = new_run(f);

    run->request.grace_ms = LONG_MS;
    run->cues[0].text = "ready";
    run->cues[0].level = CANCEL_KILL;
    run_shell(run, "trap 'echo cleaned' TERM; echo ready;"
                   "while :; do :; done");
    assert_int_equal(run->result.end, CHILD_CANCELLED);
    assert_int_equal(run->result.signal, SIGKILL);
    assert_null(strstr(strbuf_text(&run->output), "cleaned"));
    free_run(run);
}

static void child_cancelled_before_it_starts_does_not_stay(void **state)
{
    struct run *run = new_run(*state);

    cancel_raise(&run->cancel, CANCEL_STOP);
    run_shell(run, "exec sleep 1000");
    assert_int_equal(run->result.end, CHILD_CANCELLED);
    free_run(run);
}

static void child_that_is_stopped_can_be_cancelled(void **state)
{
    struct run *run = new_run(*state);

    run->request.grace_ms = LONG_MS;
    run->cues[0].text = "ready";
    run->cues[0].level = CANCEL_STOP;
    run_shell(run, "echo ready; kill -STOP $$; exec sleep 1000");
    assert_int_equal(run->result.end, CHILD_CANCELLED);
    free_run(run);
}

static void child_without_a_cancel_runs_to_its_end(void **state)
{
    struct run *run = new_run(*state);

    run->request.cancel = NULL;
    run_shell(run, "echo out");
    assert_string_equal(strbuf_text(&run->output), "out\n");
    free_run(run);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(child_exit_status_is_given),
        FIXTURE_TEST(child_ended_by_a_signal_is_told_apart),
        FIXTURE_TEST(child_signals_have_names),
        FIXTURE_TEST(child_may_close_its_output_early_and_go_on),
        FIXTURE_TEST(child_that_left_a_background_process_is_not_waited_for),
        FIXTURE_TEST(child_output_of_a_process_that_outlives_it_is_read),
        FIXTURE_TEST(
            child_background_process_without_the_output_does_not_count),
        FIXTURE_TEST(child_errors_may_be_taken_by_themselves),
        FIXTURE_TEST(child_that_writes_more_than_its_limit_is_ended),
        FIXTURE_TEST(child_output_and_errors_arrive_in_order),
        FIXTURE_TEST(child_bytes_pass_unchanged),
        FIXTURE_TEST(child_line_of_fifty_megabytes_arrives_whole),
        FIXTURE_TEST(child_reads_nothing),
        FIXTURE_TEST(child_runs_in_the_folder_given),
        FIXTURE_TEST(child_gets_the_environment_given_and_nothing_else),
        FIXTURE_TEST(child_is_looked_up_on_the_path),
        FIXTURE_TEST(child_words_are_not_read_by_a_shell),
        FIXTURE_TEST(child_starts_with_no_signal_blocked_or_ignored),
        FIXTURE_TEST(child_keeps_the_marker_open_and_nothing_else),
        FIXTURE_TEST(child_with_the_terminal_is_not_listened_to),
        FIXTURE_TEST(child_that_is_not_there_cannot_start),
        FIXTURE_TEST(child_without_its_interpreter_cannot_start),
        FIXTURE_TEST(child_without_an_interpreter_line_cannot_start),
        FIXTURE_TEST(child_without_its_folder_cannot_start),
        FIXTURE_TEST(child_timeout_ends_the_whole_group),
        FIXTURE_TEST(child_timeout_leaves_who_ends_in_time_alone),
        FIXTURE_TEST(child_cancel_lets_it_clean_up),
        FIXTURE_TEST(child_cancel_ends_a_stubborn_group_after_the_grace),
        FIXTURE_TEST(child_cancel_waits_for_the_whole_group),
        FIXTURE_TEST(child_second_cancel_does_not_wait_for_the_grace),
        FIXTURE_TEST(child_kill_gives_no_grace),
        FIXTURE_TEST(child_cancelled_before_it_starts_does_not_stay),
        FIXTURE_TEST(child_that_is_stopped_can_be_cancelled),
        FIXTURE_TEST(child_without_a_cancel_runs_to_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
