#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/queue.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static bool is_readable(const struct queue *queue)
{
    struct pollfd poll_fd = { .fd = queue_fd(queue), .events = POLLIN };

    return poll(&poll_fd, 1, 0) == 1;
}

static void queue_gives_items_in_order(void **state)
{
    int items[1000];
    struct queue *queue = queue_new(NULL, NULL);

    (void)state;
    assert_null(queue_take(queue));
    for (size_t i = 0; i < 1000; i++)
        queue_push(queue, &items[i]);
    for (size_t i = 0; i < 1000; i++)
        assert_ptr_equal(queue_take(queue), &items[i]);
    assert_null(queue_take(queue));
    queue_push(queue, &items[5]);
    assert_ptr_equal(queue_take(queue), &items[5]);
    assert_null(queue_take(queue));
    queue_free(queue);
}

static void queue_writes_one_byte_for_many_pushes(void **state)
{
    struct queue *queue = queue_new(NULL, NULL);
    char bytes[64];
    int item;

    (void)state;
    assert_false(is_readable(queue));
    for (int i = 0; i < 100000; i++)
        queue_push(queue, &item);
    queue_poke(queue);
    assert_true(is_readable(queue));
    assert_int_equal(read(queue_fd(queue), bytes, sizeof(bytes)), 1);
    assert_false(is_readable(queue));
    while (queue_take(queue))
        ;
    queue_free(queue);
}

static void queue_tells_again_after_a_drain(void **state)
{
    struct queue *queue = queue_new(NULL, NULL);
    int item;

    (void)state;
    for (int i = 0; i < 3; i++) {
        queue_push(queue, &item);
        assert_true(is_readable(queue));
        queue_drain(queue);
        assert_false(is_readable(queue));
        /* Items stay until they are taken. */
        assert_non_null(queue_take(queue));
    }
    queue_poke(queue);
    assert_true(is_readable(queue));
    assert_null(queue_take(queue));
    queue_free(queue);
}

static void queue_wait_returns_without_news_after_its_time(void **state)
{
    struct queue *queue = queue_new(NULL, NULL);
    int item;

    (void)state;
    queue_wait(queue, 0);
    assert_null(queue_take(queue));
    queue_push(queue, &item);
    queue_wait(queue, -1);
    assert_false(is_readable(queue));
    assert_ptr_equal(queue_take(queue), &item);
    queue_poke(queue);
    queue_wait(queue, INT64_MAX);
    assert_false(is_readable(queue));
    queue_free(queue);
}

static void queue_descriptor_is_closed_on_exec(void **state)
{
    struct queue *queue = queue_new(NULL, NULL);

    (void)state;
    assert_true(fcntl(queue_fd(queue), F_GETFD) & FD_CLOEXEC);
    queue_free(queue);
}

static int released;

static void count_released(void *item)
{
    released++;
    free(item);
}

static void queue_free_releases_what_is_left(void **state)
{
    struct queue *queue = queue_new(count_released, NULL);

    (void)state;
    released = 0;
    for (int i = 0; i < 5; i++)
        queue_push(queue, mem_new(1, 1));
    free(queue_take(queue));
    queue_free(queue);
    assert_int_equal(released, 4);
    queue_free(NULL);
}

enum { WRITERS = 2, ITEMS = 20000 };

struct parcel {
    int writer;
    int number;
};

struct writer {
    struct queue *queue;
    int number;
};

static void *write_parcels(void *context)
{
    const struct writer *writer = context;

    for (int i = 0; i < ITEMS; i++) {
        struct parcel *parcel = mem_new(1, sizeof(*parcel));

        parcel->writer = writer->number;
        parcel->number = i;
        queue_push(writer->queue, parcel);
    }
    return NULL;
}

static void queue_loses_nothing_between_threads(void **state)
{
    struct queue *queue = queue_new(free, NULL);
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    int next[WRITERS] = { 0 };

    (void)state;
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){ queue, i };
        assert_int_equal(
            pthread_create(&threads[i], NULL, write_parcels, &writers[i]), 0);
    }
    /* A wake-up that was missed would hang here; ctest ends that. */
    while (next[0] < ITEMS || next[1] < ITEMS) {
        struct parcel *parcel;

        queue_wait(queue, -1);
        while ((parcel = queue_take(queue)) != NULL) {
            assert_int_equal(parcel->number, next[parcel->writer]);
            next[parcel->writer]++;
            free(parcel);
        }
    }
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_null(queue_take(queue));
    queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queue_gives_items_in_order),
        cmocka_unit_test(queue_writes_one_byte_for_many_pushes),
        cmocka_unit_test(queue_tells_again_after_a_drain),
        cmocka_unit_test(queue_wait_returns_without_news_after_its_time),
        cmocka_unit_test(queue_descriptor_is_closed_on_exec),
        cmocka_unit_test(queue_free_releases_what_is_left),
        cmocka_unit_test(queue_loses_nothing_between_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
