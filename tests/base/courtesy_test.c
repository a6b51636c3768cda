#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/courtesy.h"
#include "base/fileio.h"

#include <pthread.h>
#include <unistd.h>

static int64_t now(void)
{
    return clock_monotonic(clock_system());
}

/* What was looked at is known for some milliseconds. */
static void wait_for_a_look(void)
{
    int64_t begin = now();

    while (now() - begin < 5)
        continue;
}

static void courtesy_gives_nothing_when_nobody_waits(void **state)
{
    int fds[2];

    (void)state;
    assert_true(fileio_pipe(fds, false, NULL));
    courtesy_watch(fds[0]);
    assert_false(courtesy_give());
    courtesy_watch(-1);
    assert_false(courtesy_give());
    close(fds[0]);
    close(fds[1]);
}

static void courtesy_has_an_end_while_input_stays_unread(void **state)
{
    int fds[2];
    int64_t begin;
    char byte;

    (void)state;
    assert_true(fileio_pipe(fds, false, NULL));
    courtesy_watch(fds[0]);
    assert_int_equal(write(fds[1], "k", 1), 1);
    begin = now();
    wait_for_a_look();
    assert_true(courtesy_give());
    assert_true(now() - begin >= COURTESY_LIMIT_MS);
    /* It is the same key still. */
    assert_false(courtesy_give());
    wait_for_a_look();
    assert_false(courtesy_give());
    assert_int_equal(read(fds[0], &byte, 1), 1);
    wait_for_a_look();
    assert_false(courtesy_give());
    /* Another one. */
    assert_int_equal(write(fds[1], "k", 1), 1);
    wait_for_a_look();
    assert_true(courtesy_give());
    courtesy_watch(-1);
    assert_false(courtesy_give());
    close(fds[0]);
    close(fds[1]);
}

static void *draw(void *context)
{
    int64_t begin = now();

    (void)context;
    while (now() - begin < 3)
        continue;
    courtesy_ask(false);
    return NULL;
}

static void courtesy_ends_with_the_asking(void **state)
{
    bool has_ended = false;

    (void)state;
    /* Once in a while the other thread gets no processor in time. */
    for (int i = 0; i < 50 && !has_ended; i++) {
        pthread_t thread;

        courtesy_ask(true);
        assert_int_equal(pthread_create(&thread, NULL, draw, NULL), 0);
        (void)courtesy_give();
        assert_int_equal(pthread_join(thread, NULL), 0);
        /* Only who did not wait to the limit gives to the next key at once. */
        courtesy_ask(true);
        has_ended = courtesy_give();
        courtesy_ask(false);
        assert_false(courtesy_give());
    }
    assert_true(has_ended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(courtesy_gives_nothing_when_nobody_waits),
        cmocka_unit_test(courtesy_has_an_end_while_input_stays_unread),
        cmocka_unit_test(courtesy_ends_with_the_asking),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
