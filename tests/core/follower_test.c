#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "core/event.h"
#include "core/follower.h"
#include "core/lock.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUN "20261121T170000Z-0001"
#define JOURNAL STATE_DIR "/runs/" RUN "/events.ndjson"

#define WARNING(seq) "{\"type\":\"warning\",\"seq\":" seq "}\n"
#define END(seq) "{\"type\":\"run.end\",\"seq\":" seq ",\"exit_status\":3}\n"

enum { DEADLINE_MS = 60000, LOOKS = 4 };

/* ---- a run of somebody else ------------------------------------------- */

static void write_start(struct fixture *f, pid_t pid)
{
    char *line = mem_format("{\"type\":\"run.start\",\"seq\":1,\"pid\":%ld}\n",
                            (long)pid);

    fixture_write(f, JOURNAL, line);
    free(line);
}

/* The lock as the run has it; `run` NULL: before its first step. */
static struct lock *take_lock(struct fixture *f, const char *run)
{
    struct error warning = { 0 }, err = { 0 };
    struct lock *lock = lock_acquire(state_fd(fixture_state(f)), 0, NULL,
                                     clock_system(), &warning, &err);

    assert_non_null(lock);
    assert_string_equal(warning.message, "");
    if (run)
        lock_describe(lock, run, NULL, "step-010-a");
    return lock;
}

static struct follower *follow(struct fixture *f)
{
    struct error err = { 0 };
    struct follower *follower =
        follower_start(fixture_state(f), RUN, true, &err);

    if (!follower)
        fail_msg("%s", err.message);
    assert_string_equal(follower_run(follower), RUN);
    return follower;
}

/* ---- waiting ---------------------------------------------------------- */

static void wait_for_news(struct follower *follower)
{
    struct queue *events = follower_events(follower);
    struct pollfd fd = { .fd = queue_fd(events), .events = POLLIN };

    if (poll(&fd, 1, DEADLINE_MS) != 1)
        fail_msg("the follower says nothing");
    queue_drain(events);
}

/* Time for the follower to look several times. */
static void wait_for_looks(struct follower *follower)
{
    for (int i = 0; i < LOOKS; i++)
        wait_for_news(follower);
}

static struct event *take(struct follower *follower)
{
    struct event *event;

    while (!(event = queue_take(follower_events(follower))))
        wait_for_news(follower);
    return event;
}

static void expect_event(struct follower *follower, enum event_type type,
                         int seq)
{
    struct event *event = take(follower);

    assert_int_equal(event_type(event), type);
    assert_int_equal(event_int(event, "seq", 0), seq);
    event_unref(event);
}

static void expect_nothing(struct follower *follower)
{
    wait_for_looks(follower);
    assert_null(queue_take(follower_events(follower)));
}

static void expect_over(struct follower *follower, bool has_died)
{
    while (!follower_is_over(follower))
        wait_for_news(follower);
    assert_int_equal(follower_has_died(follower), has_died);
}

/* ---- reading ---------------------------------------------------------- */

static void follower_reads_a_run_that_is_over(void **state)
{
    struct fixture *f = *state;
    struct follower *follower;

    write_start(f, getpid());
    fixture_append(f, JOURNAL, WARNING("2") END("3"));
    follower = follow(f);
    expect_event(follower, EVENT_RUN_START, 1);
    expect_event(follower, EVENT_WARNING, 2);
    expect_event(follower, EVENT_RUN_END, 3);
    expect_over(follower, false);
    assert_null(queue_take(follower_events(follower)));
    assert_int_equal(follower_skipped(follower), 0);
    follower_stop(follower);
}

static void follower_gives_events_as_the_journal_grows(void **state)
{
    struct fixture *f = *state;
    struct lock *lock = take_lock(f, RUN);
    struct follower *follower;

    write_start(f, getpid());
    follower = follow(f);
    expect_event(follower, EVENT_RUN_START, 1);
    fixture_append(f, JOURNAL, WARNING("2"));
    expect_event(follower, EVENT_WARNING, 2);
    expect_nothing(follower);
    assert_false(follower_is_over(follower));
    fixture_append(f, JOURNAL, WARNING("3") WARNING("4") END("5"));
    expect_event(follower, EVENT_WARNING, 3);
    expect_event(follower, EVENT_WARNING, 4);
    expect_event(follower, EVENT_RUN_END, 5);
    expect_over(follower, false);
    follower_stop(follower);
    lock_release(lock);
}

static void follower_waits_for_the_rest_of_a_torn_line(void **state)
{
    struct fixture *f = *state;
    struct lock *lock = take_lock(f, RUN);
    struct follower *follower;

    write_start(f, getpid());
    fixture_append(f, JOURNAL, "{\"type\":\"warning\",");
    follower = follow(f);
    expect_event(follower, EVENT_RUN_START, 1);
    expect_nothing(follower);
    fixture_append(f, JOURNAL, "\"seq\":2}");
    expect_nothing(follower);
    fixture_append(f, JOURNAL, "\n" END("3"));
    expect_event(follower, EVENT_WARNING, 2);
    expect_event(follower, EVENT_RUN_END, 3);
    assert_int_equal(follower_skipped(follower), 0);
    follower_stop(follower);
    lock_release(lock);
}

static void follower_hands_on_what_a_newer_version_writes(void **state)
{
    struct fixture *f = *state;
    struct follower *follower;
    struct event *event;

    write_start(f, getpid());
    fixture_append(f, JOURNAL,
                   "{\"v\":9,\"type\":\"moon.landing\",\"seq\":2}\n"
                   "words\n\n[1]\n" END("3"));
    follower = follow(f);
    expect_event(follower, EVENT_RUN_START, 1);
    event = take(follower);
    assert_int_equal(event_type(event), EVENT_UNKNOWN);
    assert_string_equal(event_text(event, "type"), "moon.landing");
    assert_int_equal(event_int(event, "v", 0), 9);
    event_unref(event);
    expect_event(follower, EVENT_RUN_END, 3);
    assert_int_equal(follower_skipped(follower), 2);
    follower_stop(follower);
}

/* `size` bytes in the member "text". */
static void append_long_line(struct fixture *f, size_t size)
{
    struct strbuf line = { 0 };

    strbuf_adds(&line, "{\"type\":\"warning\",\"seq\":2,\"text\":\"");
    for (size_t i = 0; i < size; i++)
        strbuf_addc(&line, 'x');
    strbuf_adds(&line, "\"}\n");
    fixture_append(f, JOURNAL, strbuf_text(&line));
    strbuf_release(&line);
}

static void follower_takes_lines_longer_than_a_read(void **state)
{
    struct fixture *f = *state;
    struct follower *follower;
    struct event *event;

    write_start(f, getpid());
    append_long_line(f, 300000);
    fixture_append(f, JOURNAL, END("3"));
    follower = follow(f);
    expect_event(follower, EVENT_RUN_START, 1);
    event = take(follower);
    assert_int_equal(strlen(event_text(event, "text")), 300000);
    event_unref(event);
    expect_event(follower, EVENT_RUN_END, 3);
    follower_stop(follower);
}

static void follower_passes_over_a_line_without_measure(void **state)
{
    struct fixture *f = *state;
    struct follower *follower;

    write_start(f, getpid());
    append_long_line(f, 17 << 20);
    fixture_append(f, JOURNAL, END("3"));
    follower = follow(f);
    expect_event(follower, EVENT_RUN_START, 1);
    expect_event(follower, EVENT_RUN_END, 3);
    assert_int_equal(follower_skipped(follower), 1);
    follower_stop(follower);
}

/* ---- ends ------------------------------------------------------------- */

static void follower_can_be_stopped_in_the_midst(void **state)
{
    struct fixture *f = *state;
    struct lock *lock = take_lock(f, RUN);
    struct follower *follower;

    write_start(f, getpid());
    fixture_append(f, JOURNAL, WARNING("2"));
    follower = follow(f);
    expect_event(follower, EVENT_RUN_START, 1);
    follower_stop(follower);
    follower_stop(NULL);
    lock_release(lock);
}

static void follower_tells_that_a_run_has_died(void **state)
{
    struct fixture *f = *state;
    struct follower *follower;

    /* Nobody holds the lock, and the pid is long another process's. */
    write_start(f, getpid());
    fixture_append(f, JOURNAL, WARNING("2") "{\"type\":\"run.e");
    follower = follow(f);
    expect_over(follower, true);
    expect_event(follower, EVENT_RUN_START, 1);
    expect_event(follower, EVENT_WARNING, 2);
    assert_null(queue_take(follower_events(follower)));
    follower_stop(follower);
}

static void follower_tells_that_another_run_has_the_lock(void **state)
{
    struct fixture *f = *state;
    struct lock *lock = take_lock(f, "20261121T180000Z-0001");
    struct follower *follower;

    write_start(f, getpid());
    follower = follow(f);
    expect_over(follower, true);
    follower_stop(follower);
    lock_release(lock);
}

static void follower_knows_a_run_before_its_first_step_by_its_pid(void **state)
{
    struct fixture *f = *state;
    struct lock *lock = take_lock(f, NULL);
    struct follower *follower;

    write_start(f, getpid());
    follower = follow(f);
    wait_for_looks(follower);
    assert_false(follower_is_over(follower));
    follower_stop(follower);
    write_start(f, getpid() + 1);
    follower = follow(f);
    expect_over(follower, true);
    follower_stop(follower);
    lock_release(lock);
}

/* A child that lives until it is killed. */
static pid_t start_child(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        for (;;)
            pause();
    }
    assert_true(pid > 0);
    return pid;
}

static void follower_stays_with_a_run_whose_lock_was_broken(void **state)
{
    struct fixture *f = *state;
    pid_t pid = start_child();
    struct lock *lock = take_lock(f, RUN);
    struct follower *follower;

    write_start(f, pid);
    follower = follow(f);
    expect_event(follower, EVENT_RUN_START, 1);
    wait_for_looks(follower);
    assert_true(lock_break(state_fd(f->state), NULL));
    expect_nothing(follower);
    assert_false(follower_is_over(follower));
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    expect_over(follower, true);
    follower_stop(follower);
    lock_release(lock);
}

/* ---- no run ----------------------------------------------------------- */

static void follower_needs_a_journal(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };

    assert_null(follower_start(fixture_state(f), RUN, false, &err));
    fixture_expect_error(&err, ERROR_NOT_FOUND, "run " RUN, "");
    fixture_write(f, STATE_DIR "/other", END("1"));
    fixture_write(f, STATE_DIR "/runs/" RUN "/x", "");
    assert_int_equal(symlink("../../other", fixture_path(f, JOURNAL)), 0);
    error_clear(&err);
    assert_null(follower_start(f->state, RUN, false, &err));
    assert_int_equal(err.code, ERROR_IO);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(follower_reads_a_run_that_is_over),
        FIXTURE_TEST(follower_gives_events_as_the_journal_grows),
        FIXTURE_TEST(follower_waits_for_the_rest_of_a_torn_line),
        FIXTURE_TEST(follower_hands_on_what_a_newer_version_writes),
        FIXTURE_TEST(follower_takes_lines_longer_than_a_read),
        FIXTURE_TEST(follower_passes_over_a_line_without_measure),
        FIXTURE_TEST(follower_can_be_stopped_in_the_midst),
        FIXTURE_TEST(follower_tells_that_a_run_has_died),
        FIXTURE_TEST(follower_tells_that_another_run_has_the_lock),
        FIXTURE_TEST(follower_knows_a_run_before_its_first_step_by_its_pid),
        FIXTURE_TEST(follower_stays_with_a_run_whose_lock_was_broken),
        FIXTURE_TEST(follower_needs_a_journal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
