#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tui/logindex.h"

#include <string.h>

enum { BLOCK = 10, LIMIT = 6, SIZE = 500 };

/* A thing at every byte that is set. */
struct things {
    unsigned char is_set[SIZE];
    struct logindex index;
};

static void fill(struct things *things, unsigned every, unsigned from,
                 unsigned to)
{
    memset(things, 0, sizeof(*things));
    logindex_init(&things->index, BLOCK, LIMIT);
    for (unsigned i = from; i < to; i += every)
        things->is_set[i] = 1;
}

static void add(struct things *things, int64_t from, int64_t to)
{
    for (int64_t i = from; i < to; i++) {
        if (things->is_set[i])
            logindex_add(&things->index, i, 1);
    }
    logindex_advance(&things->index, to);
}

static int64_t count(const struct things *things, int64_t to)
{
    int64_t sum = 0;

    for (int64_t i = 0; i < to; i++)
        sum += things->is_set[i];
    return sum;
}

static void expect_sums(const struct things *things, int64_t reached)
{
    const struct logindex *index = &things->index;

    assert_int_equal(index->total, count(things, reached));
    for (int64_t offset = 0; offset <= reached; offset++) {
        int64_t boundary;
        int64_t sum = logindex_before(index, offset, &boundary);

        assert_true(boundary <= offset && offset < boundary + index->block);
        assert_int_equal(sum, count(things, boundary));
        assert_int_equal(logindex_boundary(index, offset),
                         boundary + index->block);
    }
    for (int64_t number = 1; number <= index->total; number++) {
        int64_t boundary;
        int64_t sum = logindex_find(index, number, &boundary);

        assert_int_equal(sum, count(things, boundary));
        assert_true(sum < number);
        assert_true(boundary + index->block > reached ||
                    count(things, boundary + index->block) >= number);
    }
}

/* Nothing that is there is skipped, and no empty block is looked at. */
static void expect_skips(const struct things *things, int64_t reached)
{
    const struct logindex *index = &things->index;

    for (int64_t offset = 0; offset <= reached; offset++) {
        int64_t on = logindex_skip(index, offset);
        int64_t back = logindex_skip_back(index, offset);

        assert_true(on >= offset && on <= reached);
        assert_true(back <= offset && back >= 0);
        assert_int_equal(count(things, on), count(things, offset));
        assert_int_equal(count(things, back), count(things, offset));
        if (on < reached && on % index->block == 0)
            assert_true(on + index->block > reached ||
                        count(things, on + index->block) > count(things, on));
    }
    assert_int_equal(logindex_skip(index, reached + 7), reached + 7);
    assert_int_equal(logindex_skip_back(index, reached + 7), reached + 7);
}

static void sums_hold_while_the_blocks_double(void **state)
{
    struct things things;

    (void)state;
    for (unsigned every = 1; every < 60; every += 7) {
        fill(&things, every, every / 2, SIZE);
        for (int64_t at = 0; at < SIZE; at += 13) {
            int64_t to = at + 13 < SIZE ? at + 13 : SIZE;

            add(&things, at, to);
            assert_true(things.index.count <= LIMIT);
            expect_sums(&things, to);
            expect_skips(&things, to);
        }
        assert_int_equal(things.index.block, 16 * BLOCK);
        logindex_release(&things.index);
    }
}

static void skips_pass_over_all_that_is_empty(void **state)
{
    struct things things;

    (void)state;
    fill(&things, 1, 31, 32);
    add(&things, 0, 55);
    assert_int_equal(logindex_skip(&things.index, 0), 30);
    assert_int_equal(logindex_skip(&things.index, 35), 35);
    assert_int_equal(logindex_skip(&things.index, 40), 55);
    assert_int_equal(logindex_skip_back(&things.index, 55), 40);
    assert_int_equal(logindex_skip_back(&things.index, 30), 0);
    logindex_release(&things.index);
}

static void many_may_be_added_at_once(void **state)
{
    struct logindex index;
    int64_t boundary;

    (void)state;
    logindex_init(&index, BLOCK, LIMIT);
    logindex_add(&index, 3, 5);
    logindex_add(&index, 10, 7);
    logindex_advance(&index, 20);
    assert_int_equal(logindex_before(&index, 10, &boundary), 5);
    assert_int_equal(logindex_before(&index, 20, &boundary), 12);
    assert_int_equal(logindex_find(&index, 6, &boundary), 5);
    assert_int_equal(boundary, 10);
    logindex_release(&index);
}

static void a_cleared_index_is_a_new_one(void **state)
{
    struct things things;
    int64_t boundary;

    (void)state;
    fill(&things, 3, 0, SIZE);
    add(&things, 0, SIZE);
    logindex_clear(&things.index);
    assert_int_equal(things.index.block, BLOCK);
    assert_int_equal(things.index.total, 0);
    assert_int_equal(logindex_before(&things.index, 0, &boundary), 0);
    add(&things, 0, 100);
    expect_sums(&things, 100);
    logindex_release(&things.index);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_hold_while_the_blocks_double),
        cmocka_unit_test(skips_pass_over_all_that_is_empty),
        cmocka_unit_test(many_may_be_added_at_once),
        cmocka_unit_test(a_cleared_index_is_a_new_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
