#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/mem.h"
#include "base/redact.h"
#include "core/steplog.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static int open_log(struct fixture *f)
{
    int fd = open(fixture_path(f, "log"), O_WRONLY | O_CREAT | O_APPEND, 0600);

    assert_true(fd >= 0);
    return fd;
}

static struct redact *secret(const char *value)
{
    struct redact *redact = redact_new();

    if (value)
        assert_int_equal(redact_add(redact, value), REDACT_ADDED);
    redact_seal(redact);
    return redact;
}

static void put(struct steplog *log, const char *text)
{
    steplog_write(log, text, strlen(text));
}

static void steplog_writes_the_bytes_as_they_are(void **state)
{
    static const char bytes[] = "a\0b\xff\xfe\r\n";
    struct fixture *f = *state;
    struct redact *redact = secret(NULL);
    struct steplog *log = steplog_new(open_log(f), redact);
    const char *found;

    steplog_write(log, bytes, sizeof(bytes) - 1);
    steplog_finish(log);
    assert_int_equal(steplog_size(log), sizeof(bytes) - 1);
    assert_int_equal(steplog_lost(log), 0);
    assert_int_equal(steplog_tail(log)->len, sizeof(bytes) - 1);
    found = fixture_read(f, "log");
    assert_memory_equal(found, bytes, sizeof(bytes) - 1);
    steplog_free(log);
    redact_free(redact);
}

static void steplog_masks_a_secret_across_every_cut(void **state)
{
    static const char text[] = "token=hunter2hunter2 end\n";
    struct fixture *f = *state;
    struct redact *redact = secret("hunter2hunter2");

    for (size_t cut = 0; cut < sizeof(text) - 1; cut++) {
        struct steplog *log = steplog_new(open_log(f), redact);

        steplog_write(log, text, cut);
        steplog_write(log, text + cut, sizeof(text) - 1 - cut);
        steplog_finish(log);
        fixture_expect(f, "log", "token=*** end\n");
        assert_string_equal(strbuf_text(steplog_tail(log)), "token=*** end\n");
        assert_int_equal(steplog_size(log), strlen("token=*** end\n"));
        steplog_free(log);
        assert_int_equal(unlink(fixture_path(f, "log")), 0);
    }
    redact_free(redact);
}

static void steplog_keeps_the_tail_of_a_flood(void **state)
{
    enum { PIECE = 10000, PIECES = 60 };
    struct fixture *f = *state;
    struct redact *redact = secret(NULL);
    struct steplog *log = steplog_new(open_log(f), redact);
    char piece[PIECE];

    for (int i = 0; i < PIECES; i++) {
        memset(piece, 'a' + i % 26, PIECE);
        steplog_write(log, piece, PIECE);
        assert_in_range(steplog_tail(log)->len, 0, 2 * STEPLOG_TAIL_BYTES);
    }
    assert_true(steplog_tail(log)->len >= STEPLOG_TAIL_BYTES);
    assert_memory_equal(
        steplog_tail(log)->data + steplog_tail(log)->len - PIECE, piece, PIECE);
    assert_int_equal(steplog_size(log), PIECE * PIECES);
    steplog_free(log);
    redact_free(redact);
}

static void steplog_keeps_the_tail_of_one_enormous_write(void **state)
{
    enum { SIZE = 5 * STEPLOG_TAIL_BYTES };
    struct redact *redact = secret(NULL);
    struct steplog *log = steplog_new(-1, redact);
    char *bytes = mem_new(SIZE, 1);

    (void)state;
    memset(bytes, 'x', SIZE);
    bytes[SIZE - 1] = '!';
    put(log, "before");
    steplog_write(log, bytes, SIZE);
    assert_int_equal(steplog_tail(log)->len, STEPLOG_TAIL_BYTES);
    assert_int_equal(steplog_tail(log)->data[STEPLOG_TAIL_BYTES - 1], '!');
    free(bytes);
    steplog_free(log);
    redact_free(redact);
}

static void steplog_tail_starts_anew_with_an_attempt(void **state)
{
    struct fixture *f = *state;
    struct redact *redact = secret(NULL);
    struct steplog *log = steplog_new(open_log(f), redact);

    put(log, "first\n");
    steplog_mark(log);
    put(log, "second\n");
    assert_string_equal(strbuf_text(steplog_tail(log)), "second\n");
    fixture_expect(f, "log", "first\nsecond\n");
    steplog_free(log);
    redact_free(redact);
}

static void
steplog_without_a_file_keeps_the_tail_and_counts_the_loss(void **state)
{
    struct redact *redact = secret(NULL);
    struct steplog *log = steplog_new(-1, redact);

    (void)state;
    put(log, "words\n");
    steplog_finish(log);
    assert_int_equal(steplog_size(log), 0);
    assert_int_equal(steplog_lost(log), 6);
    assert_string_equal(strbuf_text(steplog_tail(log)), "words\n");
    steplog_free(log);
    redact_free(redact);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void steplog_counts_what_a_full_disk_refused_and_goes_on(void **state)
{
    struct fixture *f = *state;
    struct redact *redact = secret(NULL);
    struct steplog *log = steplog_new(open_log(f), redact);

    limit_files(10);
    put(log, "0123456789abc");
    put(log, "def");
    limit_files(RLIM_INFINITY);
    put(log, "ghi");
    assert_int_equal(steplog_lost(log), 6);
    assert_int_equal(steplog_size(log), 13);
    assert_string_equal(strbuf_text(steplog_tail(log)), "0123456789abcdefghi");
    fixture_expect(f, "log", "0123456789ghi");
    steplog_free(log);
    redact_free(redact);
}

static void steplog_may_be_freed_when_there_is_none(void **state)
{
    (void)state;
    steplog_free(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(steplog_writes_the_bytes_as_they_are),
        FIXTURE_TEST(steplog_masks_a_secret_across_every_cut),
        FIXTURE_TEST(steplog_keeps_the_tail_of_a_flood),
        FIXTURE_TEST(steplog_keeps_the_tail_of_one_enormous_write),
        FIXTURE_TEST(steplog_tail_starts_anew_with_an_attempt),
        FIXTURE_TEST(steplog_without_a_file_keeps_the_tail_and_counts_the_loss),
        FIXTURE_TEST(steplog_counts_what_a_full_disk_refused_and_goes_on),
        FIXTURE_TEST(steplog_may_be_freed_when_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
