#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/cancel.h"
#include "core/lock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

/* Time passes only by waiting; at wait number `release_at` the lock is let go,
 * or who only looks (a descriptor) has seen enough, at wait number `cancel_at`
 * the wait is cancelled. */
struct waiting {
    int64_t now_ms;
    int waits, release_at, cancel_at;
    struct lock *released;
    int looker_fd;
};

static int64_t now(void *context)
{
    return FIXTURE_TIME + ((struct waiting *)context)->now_ms;
}

static bool wait_for(void *context, int64_t duration_ms, struct cancel *cancel)
{
    struct waiting *waiting = context;

    (void)cancel;
    waiting->waits++;
    waiting->now_ms += duration_ms;
    if (waiting->waits == waiting->release_at) {
        lock_release(waiting->released);
        waiting->released = NULL;
        if (waiting->looker_fd)
            close(waiting->looker_fd);
    }
    return waiting->waits != waiting->cancel_at;
}

static struct clock clock_of(struct waiting *waiting)
{
    return (struct clock){ .context = waiting,
                           .wall_ms = now,
                           .monotonic_ms = now,
                           .wait = wait_for };
}

static struct lock *acquire(struct fixture *f, int64_t wait_ms,
                            struct waiting *waiting, struct error *err)
{
    struct waiting none = { 0 };
    struct clock clock = clock_of(waiting ? waiting : &none);
    struct error warning = { 0 };
    struct lock *lock = lock_acquire(state_fd(fixture_state(f)), wait_ms, NULL,
                                     &clock, &warning, err);

    assert_string_equal(warning.message, "");
    return lock;
}

static struct lock *take(struct fixture *f)
{
    struct error err = { 0 };
    struct lock *lock = acquire(f, 0, NULL, &err);

    if (!lock)
        fail_msg("%s", err.message);
    return lock;
}

static void lock_is_held_until_it_is_released(void **state)
{
    struct fixture *f = *state;
    struct lock *lock = take(f);
    struct error err = { 0 };

    assert_null(acquire(f, 0, NULL, &err));
    fixture_expect_error(&err, ERROR_LOCKED, "another run holds the lock: pid ",
                         "--lock-wait");
    lock_release(lock);
    fixture_expect(f, STATE_DIR "/lock", "");
    lock_release(take(f));
    lock_release(NULL);
}

static void lock_is_refused_also_to_those_who_want_no_error(void **state)
{
    struct fixture *f = *state;
    struct lock *lock = take(f);

    assert_null(acquire(f, 0, NULL, NULL));
    lock_release(lock);
}

static void lock_is_waited_for(void **state)
{
    struct fixture *f = *state;
    struct waiting waiting = { .release_at = 3, .released = take(f) };
    struct error err = { 0 };
    struct lock *lock = acquire(f, 600000, &waiting, &err);

    assert_non_null(lock);
    assert_false(error_is_set(&err));
    assert_int_equal(waiting.waits, 3);
    lock_release(lock);
}

static void lock_is_waited_for_no_longer_than_asked(void **state)
{
    struct fixture *f = *state;
    struct lock *held = take(f);
    struct waiting waiting = { 0 };
    struct error err = { 0 };

    assert_null(acquire(f, 10000, &waiting, &err));
    fixture_expect_error(&err, ERROR_LOCKED, "another run holds the lock",
                         "stepdeck lock break");
    assert_in_range(waiting.now_ms, 10000, 10999);
    lock_release(held);
}

/* What lock_inspect() does, and is stopped in the middle of it. */
static int look(struct fixture *f)
{
    int fd;

    fixture_write(f, STATE_DIR "/lock", "");
    fd = open(fixture_path(f, STATE_DIR "/lock"), O_RDWR | O_CLOEXEC);
    assert_true(fd > 0);
    assert_int_equal(flock(fd, LOCK_SH | LOCK_NB), 0);
    return fd;
}

static void lock_is_not_refused_for_somebody_who_only_looks(void **state)
{
    struct fixture *f = *state;
    struct waiting waiting = { .release_at = 1, .looker_fd = look(f) };
    struct error err = { 0 };
    struct lock *lock = acquire(f, 0, &waiting, &err);

    assert_non_null(lock);
    assert_false(error_is_set(&err));
    assert_int_equal(waiting.waits, 1);
    lock_release(lock);
}

static void lock_is_refused_after_a_moment(void **state)
{
    struct fixture *f = *state;
    struct lock *held = take(f);
    struct waiting waiting = { 0 }, cancelled = { .cancel_at = 1 };
    struct error err = { 0 };

    assert_null(acquire(f, 0, &waiting, &err));
    assert_int_equal(err.code, ERROR_LOCKED);
    assert_in_range(waiting.now_ms, 1, 500);
    error_clear(&err);
    assert_null(acquire(f, 0, &cancelled, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    lock_release(held);
}

static void lock_wait_ends_when_it_is_cancelled(void **state)
{
    struct fixture *f = *state;
    struct lock *held = take(f);
    struct waiting waiting = { .cancel_at = 2 };
    struct error err = { 0 };

    assert_null(acquire(f, 600000, &waiting, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    assert_int_equal(waiting.waits, 2);
    lock_release(held);
}

static void lock_tells_who_holds_it(void **state)
{
    struct fixture *f = *state;
    struct lock *lock = take(f);
    json_t *holder = NULL;
    struct error err = { 0 };

    lock_describe(lock, "20261121T170000Z-7f3c", "v1", "step-010-a");
    assert_true(lock_inspect(state_fd(f->state), &holder));
    assert_int_equal(json_integer_value(json_object_get(holder, "pid")),
                     getpid());
    assert_string_equal(json_string_value(json_object_get(holder, "since")),
                        "2026-11-21T17:00:00Z");
    assert_true(json_is_string(json_object_get(holder, "host")));
    json_decref(holder);
    assert_null(acquire(f, 0, NULL, &err));
    fixture_expect_part(err.message, "run 20261121T170000Z-7f3c");
    fixture_expect_part(err.message, "tag v1");
    fixture_expect_part(err.message, "step-010-a");
    fixture_expect_part(err.message, "since 2026-11-21T17:00:00Z");
    lock_release(lock);
}

static void lock_description_is_replaced_whole(void **state)
{
    struct fixture *f = *state;
    struct lock *lock = take(f);
    json_t *holder = NULL;

    lock_describe(lock, "a-long-name-of-a-run", "a-long-tag", "a-long-step");
    lock_describe(lock, "r", NULL, NULL);
    assert_true(lock_inspect(state_fd(f->state), &holder));
    assert_string_equal(json_string_value(json_object_get(holder, "run")), "r");
    assert_null(json_object_get(holder, "tag"));
    assert_null(json_object_get(holder, "step"));
    json_decref(holder);
    lock_release(lock);
}

static void lock_holder_is_described_as_far_as_known(void **state)
{
    json_t *holder = json_pack("{s:i,s:s,s:s,s:s}", "pid", 4711, "host", "ci",
                               "user", "jo", "step", "step-010-x");
    char *text = lock_holder_text(NULL);

    (void)state;
    assert_string_equal(text, "an unknown process");
    free(text);
    text = lock_holder_text(holder);
    fixture_expect_part(text, "pid 4711 on ci by jo");
    fixture_expect_part(text, "step-010-x");
    assert_null(strstr(text, "run"));
    free(text);
    json_decref(holder);
}

static void lock_inspection_takes_nothing(void **state)
{
    struct fixture *f = *state;
    json_t *holder = NULL;

    assert_false(lock_inspect(state_fd(fixture_state(f)), &holder));
    assert_null(holder);
    assert_false(fixture_has(f, STATE_DIR "/lock"));
    assert_false(lock_inspect(-1, &holder));
    lock_release(take(f));
    assert_false(lock_inspect(state_fd(f->state), &holder));
    lock_release(take(f));
}

static void lock_file_of_nonsense_is_no_holder(void **state)
{
    static const char *const texts[] = { "", "words", "[]", "{", "null\n" };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(texts); i++) {
        json_t *holder = NULL;

        fixture_write(f, STATE_DIR "/lock", texts[i]);
        assert_false(lock_inspect(state_fd(fixture_state(f)), &holder));
        assert_null(holder);
    }
    lock_release(take(f));
}

/* Takes the lock, tells the parent, and dies when the parent says so. */
static pid_t start_holder(struct fixture *f, int from_parent[2],
                          int to_parent[2])
{
    char byte = 0;
    pid_t pid;

    fixture_state(f);
    assert_int_equal(pipe(from_parent), 0);
    assert_int_equal(pipe(to_parent), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        struct waiting none = { 0 };
        struct clock clock = clock_of(&none);
        struct error err = { 0 };

        if (!lock_acquire(state_fd(f->state), 0, NULL, &clock, NULL, &err) ||
            write(to_parent[1], "!", 1) != 1)
            _exit(1);
        close(from_parent[1]);
        (void)!read(from_parent[0], &byte, 1);
        _exit(0);
    }
    assert_int_equal(read(to_parent[0], &byte, 1), 1);
    return pid;
}

static void lock_is_free_when_its_holder_is_dead(void **state)
{
    struct fixture *f = *state;
    int from_parent[2], to_parent[2], status;
    pid_t pid = start_holder(f, from_parent, to_parent);
    json_t *holder = NULL;
    struct error err = { 0 };

    assert_null(acquire(f, 0, NULL, &err));
    assert_int_equal(write(from_parent[1], "!", 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_false(lock_inspect(state_fd(f->state), &holder));
    assert_int_equal(json_integer_value(json_object_get(holder, "pid")), pid);
    json_decref(holder);
    error_clear(&err);
    assert_false(lock_break(state_fd(f->state), &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    lock_release(take(f));
    for (int i = 0; i < 2; i++) {
        close(from_parent[i]);
        close(to_parent[i]);
    }
}

static void lock_is_lost_when_somebody_breaks_it(void **state)
{
    struct fixture *f = *state;
    struct lock *lock = take(f), *next;
    json_t *holder = NULL;
    struct error err = { 0 };

    assert_false(lock_is_lost(lock));
    assert_true(lock_break(state_fd(f->state), &err));
    assert_true(lock_is_lost(lock));
    next = take(f);
    assert_true(lock_is_lost(lock));
    assert_false(lock_is_lost(next));
    lock_describe(next, "next", NULL, NULL);
    lock_describe(lock, "broken", NULL, NULL);
    lock_release(lock);
    assert_true(lock_inspect(state_fd(f->state), &holder));
    assert_string_equal(json_string_value(json_object_get(holder, "run")),
                        "next");
    json_decref(holder);
    lock_release(next);
}

static void lock_that_nobody_holds_cannot_be_broken(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };

    assert_false(lock_break(state_fd(fixture_state(f)), &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    error_clear(&err);
    assert_false(lock_break(-1, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void lock_without_a_folder_is_taken_in_name_only(void **state)
{
    struct waiting none = { 0 };
    struct clock clock = clock_of(&none);
    struct error warning = { 0 }, err = { 0 };
    struct lock *lock = lock_acquire(-1, 0, NULL, &clock, &warning, &err);

    (void)state;
    assert_non_null(lock);
    assert_false(error_is_set(&err));
    assert_true(error_is_set(&warning));
    lock_describe(lock, "run", NULL, NULL);
    assert_false(lock_is_lost(lock));
    lock_release(lock);
}

static void lock_is_not_taken_through_a_planted_link(void **state)
{
    struct fixture *f = *state;
    struct waiting none = { 0 };
    struct clock clock = clock_of(&none);
    struct error warning = { 0 }, err = { 0 };
    struct lock *lock;

    fixture_write(f, "victim", "precious\n");
    fixture_state(f);
    assert_int_equal(symlink("../victim", fixture_path(f, STATE_DIR "/lock")),
                     0);
    lock = lock_acquire(state_fd(f->state), 0, NULL, &clock, &warning, &err);
    assert_non_null(lock);
    assert_true(error_is_set(&warning));
    lock_describe(lock, "run", NULL, NULL);
    lock_release(lock);
    fixture_expect(f, "victim", "precious\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(lock_is_held_until_it_is_released),
        FIXTURE_TEST(lock_is_refused_also_to_those_who_want_no_error),
        FIXTURE_TEST(lock_is_waited_for),
        FIXTURE_TEST(lock_is_waited_for_no_longer_than_asked),
        FIXTURE_TEST(lock_is_not_refused_for_somebody_who_only_looks),
        FIXTURE_TEST(lock_is_refused_after_a_moment),
        FIXTURE_TEST(lock_wait_ends_when_it_is_cancelled),
        FIXTURE_TEST(lock_tells_who_holds_it),
        FIXTURE_TEST(lock_description_is_replaced_whole),
        FIXTURE_TEST(lock_holder_is_described_as_far_as_known),
        FIXTURE_TEST(lock_inspection_takes_nothing),
        FIXTURE_TEST(lock_file_of_nonsense_is_no_holder),
        FIXTURE_TEST(lock_is_free_when_its_holder_is_dead),
        FIXTURE_TEST(lock_is_lost_when_somebody_breaks_it),
        FIXTURE_TEST(lock_that_nobody_holds_cannot_be_broken),
        FIXTURE_TEST(lock_without_a_folder_is_taken_in_name_only),
        FIXTURE_TEST(lock_is_not_taken_through_a_planted_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
