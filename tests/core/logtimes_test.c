#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"
#include "fixture_run.h"

#include "base/mem.h"
#include "base/redact.h"
#include "base/strbuf.h"
#include "core/logtimes.h"
#include "core/steplog.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t wall_now;

static int64_t tell_wall(void *context)
{
    (void)context;
    return wall_now;
}

static const struct clock test_clock = { .wall_ms = tell_wall };

static int open_times(struct fixture *f)
{
    int fd = open(fixture_path(f, "times"), O_RDWR | O_CREAT | O_APPEND, 0600);

    assert_true(fd >= 0);
    return fd;
}

static void mark(struct logtimes_writer *writer, int64_t now, int64_t offset)
{
    wall_now = now;
    logtimes_mark(writer, offset);
}

/* ---- writer ----------------------------------------------------------- */

static void marks_are_at_most_every_interval(void **state)
{
    struct fixture *f = *state;
    struct logtimes_writer writer = { .fd = open_times(f),
                                      .clock = &test_clock };

    mark(&writer, 1000, 0);
    mark(&writer, 1100, 10);
    mark(&writer, 1199, 20);
    mark(&writer, 1200, 30);
    mark(&writer, 1399, 40);
    mark(&writer, 9000, 50);
    logtimes_writer_release(&writer);
    fixture_expect(f, "times", "0 1000\n30 1200\n50 9000\n");
}

static void a_clock_that_is_set_back_is_marked(void **state)
{
    struct fixture *f = *state;
    struct logtimes_writer writer = { .fd = open_times(f),
                                      .clock = &test_clock };

    mark(&writer, 5000, 0);
    mark(&writer, 1000, 10);
    mark(&writer, 1100, 20);
    logtimes_writer_release(&writer);
    fixture_expect(f, "times", "0 5000\n10 1000\n");
}

static void a_disk_that_refuses_ends_the_times_only(void **state)
{
    struct fixture *f = *state;
    struct redact *redact = redact_new();
    struct steplog *log;
    int log_fd = open(fixture_path(f, "log"), O_WRONLY | O_CREAT, 0600);

    redact_seal(redact);
    log = steplog_new(log_fd, redact);
    /* A descriptor for reading takes nothing. */
    steplog_keep_times(log, open(fixture_path(f, "log"), O_RDONLY),
                       &test_clock);
    steplog_write(log, "one\n", 4);
    wall_now += 1000;
    steplog_write(log, "two\n", 4);
    assert_int_equal(steplog_lost(log), 0);
    fixture_expect(f, "log", "one\ntwo\n");
    steplog_free(log);
    redact_free(redact);
}

static void a_log_marks_where_its_output_begins(void **state)
{
    struct fixture *f = *state;
    struct redact *redact = redact_new();
    struct steplog *log;

    redact_seal(redact);
    log = steplog_new(open(fixture_path(f, "log"), O_WRONLY | O_CREAT, 0600),
                      redact);
    steplog_keep_times(log, open_times(f), &test_clock);
    wall_now = 7000;
    steplog_write(log, "one\n", 4);
    wall_now = 7050;
    steplog_write(log, "two\n", 4);
    wall_now = 7300;
    steplog_write(log, "three\n", 6);
    steplog_write(log, "four\n", 5);
    wall_now = 7900;
    steplog_write(log, "", 0);
    steplog_finish(log);
    steplog_free(log);
    redact_free(redact);
    fixture_expect(f, "times", "0 7000\n8 7300\n");
}

static void the_newlines_before_each_block_are_marked(void **state)
{
    enum { LINE = 10, PIECE = LINE * 7777, PIECES = 30 };
    struct fixture *f = *state;
    struct redact *redact = redact_new();
    struct steplog *log;
    char *piece = mem_new(PIECE, 1);

    memset(piece, 'x', PIECE);
    for (int i = LINE - 1; i < PIECE; i += LINE)
        piece[i] = '\n';
    redact_seal(redact);
    log = steplog_new(open(fixture_path(f, "log"), O_WRONLY | O_CREAT, 0600),
                      redact);
    wall_now = 7000;
    steplog_keep_times(log, open_times(f), &test_clock);
    for (int i = 0; i < PIECES; i++)
        steplog_write(log, piece, PIECE);
    steplog_finish(log);
    steplog_free(log);
    redact_free(redact);
    free(piece);
    fixture_expect(f, "times",
                   "0 7000\n1048576 7000 104857\n2097152 7000 209715\n");
}

static void what_was_there_before_is_not_counted(void **state)
{
    struct fixture *f = *state;
    struct logtimes_writer writer = { .fd = open_times(f),
                                      .clock = &test_clock };
    char *bytes = mem_new(LOGTIMES_BLOCK, 2);

    logtimes_count(&writer, 1, bytes, (size_t)2 * LOGTIMES_BLOCK);
    logtimes_count(&writer, 0, bytes, 1);
    logtimes_count(&writer, 2, bytes, (size_t)2 * LOGTIMES_BLOCK - 2);
    logtimes_writer_release(&writer);
    fixture_expect(f, "times", "");
    free(bytes);
}

static void a_run_leaves_the_times_beside_the_log(void **state)
{
    struct fixture *f = *state;
    struct logtimes times = { 0 };
    struct fixture_run *run;
    const char *path;
    int fd;

    fixture_script(f, "step-010-a.sh", NULL, "echo out");
    run = fixture_run_new(f);
    fixture_run_go(run);
    path = fixture_keep(f, mem_format("%s/runs/%s/step-010-a.times",
                                      state_path(f->state), run->id));
    fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_false(logtimes_read(&times, fd, 1000));
    assert_int_equal(times.count, 1);
    assert_int_equal(times.entries[0].offset, 0);
    assert_in_range(times.entries[0].wall_ms, FIXTURE_TIME, INT64_MAX);
    close(fd);
    logtimes_release(&times);
    fixture_run_free(run);
}

/* ---- reader ----------------------------------------------------------- */

static void feed(struct logtimes *times, const char *text, size_t piece)
{
    size_t size = strlen(text);

    for (size_t at = 0; at < size; at += piece)
        logtimes_feed(times, text + at, size - at < piece ? size - at : piece);
}

static void times_are_those_of_the_last_mark_before(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 20; piece++) {
        struct logtimes times = { 0 };

        feed(&times, "5 1000\n10 2000\n10 2500\n20 1500\n", piece);
        assert_int_equal(logtimes_at(&times, 0), 0);
        assert_int_equal(logtimes_at(&times, 4), 0);
        assert_int_equal(logtimes_at(&times, 5), 1000);
        assert_int_equal(logtimes_at(&times, 9), 1000);
        assert_int_equal(logtimes_at(&times, 10), 2500);
        assert_int_equal(logtimes_at(&times, 20), 1500);
        assert_int_equal(logtimes_at(&times, INT64_MAX), 1500);
        logtimes_release(&times);
    }
}

static void what_is_no_mark_is_passed_over(void **state)
{
    static const char *const lines[] = {
        "",
        "1",
        "1 ",
        " 1 2",
        "1 2 ",
        "1  2",
        "1 2 3",
        "-1 2",
        "1 -2",
        "x 2",
        "1 x",
        "1\t2",
        "1 2x",
        "0x1 2",
        "+1 2",
        "1,2",
        "5000 1 ",
        "\r",
        "1 2\r",
        "1234567890123456789 2",
        "1 1234567890123456789",
        "000000000000000000000000000000000000000000000000000000000000001 2",
        "7 99999999999999999999999999999999999999999999999999999999999999",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct logtimes times = { 0 };
        char *text = mem_format("3 100\n%s\n9 200\n", lines[i]);

        feed(&times, text, 7);
        if (times.count != 2)
            fail_msg("'%s' is a mark", lines[i]);
        assert_int_equal(logtimes_at(&times, 8), 100);
        assert_int_equal(logtimes_at(&times, 9), 200);
        free(text);
        logtimes_release(&times);
    }
}

static void a_mark_that_goes_back_and_a_torn_one_do_not_count(void **state)
{
    struct logtimes times = { 0 };

    (void)state;
    feed(&times, "10 100\n5 200\n20 300\n30 40", 100);
    assert_int_equal(times.count, 2);
    assert_int_equal(logtimes_at(&times, 7), 0);
    assert_int_equal(logtimes_at(&times, 99), 300);
    feed(&times, "0\n", 100);
    assert_int_equal(logtimes_at(&times, 99), 400);
    logtimes_release(&times);
}

static void many_marks_are_thinned_out_evenly(void **state)
{
    enum { MARKS = 5 * LOGTIMES_MARKS };
    struct logtimes times = { 0 };

    (void)state;
    for (int64_t i = 0; i < MARKS; i++) {
        char line[LOGTIMES_LINE];
        int size = snprintf(line, sizeof(line), "%" PRId64 " %" PRId64 "\n",
                            i * 100, i * 10);

        logtimes_feed(&times, line, (size_t)size);
        assert_true(times.count < LOGTIMES_MARKS);
    }
    assert_in_range(times.count, LOGTIMES_MARKS / 2, LOGTIMES_MARKS);
    for (size_t i = 1; i < times.count; i++)
        assert_int_equal(times.entries[i].offset - times.entries[i - 1].offset,
                         800);
    for (int64_t i = 0; i < MARKS; i += 1001)
        assert_in_range(i * 10 - logtimes_at(&times, i * 100), 0, 70);
    logtimes_release(&times);
}

static void note_newlines(void *context, int64_t offset, int64_t newlines)
{
    struct strbuf *told = context;

    strbuf_addf(told, "%d:%d ", (int)offset, (int)newlines);
}

static void newlines_are_told_as_they_come(void **state)
{
    struct strbuf told = { 0 };
    struct logtimes times = { .tell_newlines = note_newlines,
                              .context = &told };

    (void)state;
    feed(&times, "0 1\n7 2 3\n8 2 \n9 2 x\n10 2 4 5\n11 2 -1\n12 3 6\n", 3);
    assert_string_equal(strbuf_text(&told), "7:3 12:6 ");
    /* No times: those of a flood would crowd out the others. */
    assert_int_equal(logtimes_at(&times, 12), 1);
    assert_int_equal(times.count, 1);
    logtimes_release(&times);
    strbuf_release(&told);
}

static void a_file_is_read_on_as_it_grows(void **state)
{
    struct fixture *f = *state;
    struct logtimes times = { 0 };
    int fd = open_times(f);

    fixture_append(f, "times", "0 100\n10 200\n20 300\n");
    assert_true(logtimes_read(&times, fd, 8));
    assert_int_equal(logtimes_at(&times, 0), 0);
    assert_true(logtimes_read(&times, fd, 8));
    assert_int_equal(logtimes_at(&times, 0), 100);
    /* What comes next may be a mark for it. */
    assert_int_equal(logtimes_at(&times, 15), 0);
    assert_false(logtimes_read(&times, fd, 100));
    assert_int_equal(logtimes_at(&times, 15), 200);
    assert_int_equal(logtimes_at(&times, 99), 300);
    fixture_append(f, "times", "30 400\n");
    assert_false(logtimes_read(&times, fd, 100));
    assert_int_equal(logtimes_at(&times, 99), 400);
    close(fd);
    logtimes_release(&times);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(marks_are_at_most_every_interval),
        FIXTURE_TEST(a_clock_that_is_set_back_is_marked),
        FIXTURE_TEST(a_disk_that_refuses_ends_the_times_only),
        FIXTURE_TEST(a_log_marks_where_its_output_begins),
        FIXTURE_TEST(the_newlines_before_each_block_are_marked),
        FIXTURE_TEST(what_was_there_before_is_not_counted),
        FIXTURE_TEST(a_run_leaves_the_times_beside_the_log),
        cmocka_unit_test(times_are_those_of_the_last_mark_before),
        cmocka_unit_test(what_is_no_mark_is_passed_over),
        cmocka_unit_test(a_mark_that_goes_back_and_a_torn_one_do_not_count),
        cmocka_unit_test(many_marks_are_thinned_out_evenly),
        cmocka_unit_test(newlines_are_told_as_they_come),
        FIXTURE_TEST(a_file_is_read_on_as_it_grows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
