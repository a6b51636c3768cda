#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/cancel.h"
#include "base/clock.h"

#include <poll.h>
#include <pthread.h>

/* Far longer than ctest waits: a test that waits this long has failed. */
enum { FOR_EVER_MS = 24 * 3600 * 1000 };

static bool is_readable(const struct cancel *cancel)
{
    struct pollfd poll_fd = { .fd = cancel_fd(cancel), .events = POLLIN };

    return poll(&poll_fd, 1, 0) == 1;
}

static void cancel_level_only_rises(void **state)
{
    struct cancel cancel;

    (void)state;
    assert_true(cancel_init(&cancel, NULL));
    assert_int_equal(cancel_level(&cancel), CANCEL_NONE);
    cancel_raise(&cancel, CANCEL_STOP);
    assert_int_equal(cancel_level(&cancel), CANCEL_STOP);
    cancel_raise(&cancel, CANCEL_KILL);
    cancel_raise(&cancel, CANCEL_STOP);
    cancel_raise(&cancel, CANCEL_NONE);
    assert_int_equal(cancel_level(&cancel), CANCEL_KILL);
    cancel_release(&cancel);
}

static void cancel_descriptor_tells_each_rise(void **state)
{
    struct cancel cancel;

    (void)state;
    assert_true(cancel_init(&cancel, NULL));
    assert_false(is_readable(&cancel));
    cancel_raise(&cancel, CANCEL_NONE);
    assert_false(is_readable(&cancel));
    cancel_raise(&cancel, CANCEL_STOP);
    assert_true(is_readable(&cancel));
    cancel_drain(&cancel);
    assert_false(is_readable(&cancel));
    cancel_raise(&cancel, CANCEL_KILL);
    assert_true(is_readable(&cancel));
    cancel_drain(&cancel);
    cancel_drain(&cancel);
    assert_false(is_readable(&cancel));
    cancel_release(&cancel);
}

static void cancel_raise_never_blocks(void **state)
{
    struct cancel cancel;

    (void)state;
    assert_true(cancel_init(&cancel, NULL));
    /* More than any pipe holds. */
    for (int i = 0; i < 200000; i++)
        cancel_raise(&cancel, CANCEL_STOP);
    cancel_drain(&cancel);
    assert_false(is_readable(&cancel));
    cancel_release(&cancel);
}

static void cancel_wait_ends_with_its_time_or_at_once(void **state)
{
    struct cancel cancel;

    (void)state;
    assert_true(cancel_init(&cancel, NULL));
    assert_true(cancel_wait(&cancel, 0));
    assert_true(cancel_wait(&cancel, 1));
    cancel_raise(&cancel, CANCEL_STOP);
    assert_false(cancel_wait(&cancel, FOR_EVER_MS));
    /* Draining forgets the wake-up, not the level. */
    cancel_drain(&cancel);
    assert_false(cancel_wait(&cancel, FOR_EVER_MS));
    assert_false(clock_wait(clock_system(), FOR_EVER_MS, &cancel));
    cancel_release(&cancel);
}

static void *raise_stop(void *context)
{
    cancel_raise(context, CANCEL_STOP);
    return NULL;
}

static void cancel_wait_is_ended_by_another_thread(void **state)
{
    struct cancel cancel;
    pthread_t thread;

    (void)state;
    assert_true(cancel_init(&cancel, NULL));
    assert_int_equal(pthread_create(&thread, NULL, raise_stop, &cancel), 0);
    assert_false(cancel_wait(&cancel, FOR_EVER_MS));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(cancel_level(&cancel), CANCEL_STOP);
    cancel_release(&cancel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cancel_level_only_rises),
        cmocka_unit_test(cancel_descriptor_tells_each_rise),
        cmocka_unit_test(cancel_raise_never_blocks),
        cmocka_unit_test(cancel_wait_ends_with_its_time_or_at_once),
        cmocka_unit_test(cancel_wait_is_ended_by_another_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
