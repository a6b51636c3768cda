#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/mem.h"
#include "core/journal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST "{\"type\":\"run.start\",\"seq\":1}\n"
#define SECOND "{\"type\":\"warning\",\"seq\":2}\n"
#define THIRD "{\"type\":\"run.end\",\"seq\":3}\n"

static bool append(struct journal *journal, const char *line,
                   struct error *warning)
{
    return journal_append(journal, line, strlen(line), true, warning);
}

static struct journal *create(struct fixture *f)
{
    struct error warning = { 0 };
    struct journal *journal =
        journal_create(state_fd(fixture_state(f)), "journal", &warning);

    assert_string_equal(warning.message, "");
    return journal;
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* ---- writing ---------------------------------------------------------- */

static void journal_has_one_event_a_line(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = create(f);
    struct stat info;

    assert_true(append(journal, FIRST, NULL));
    fixture_expect(f, STATE_DIR "/journal", FIRST);
    assert_true(journal_append(journal, SECOND, strlen(SECOND), false, NULL));
    journal_close(journal);
    fixture_expect(f, STATE_DIR "/journal", FIRST SECOND);
    assert_int_equal(stat(fixture_path(f, STATE_DIR "/journal"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void
journal_keeps_what_the_disk_refuses_and_writes_it_later(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = create(f);
    struct error warning = { 0 };
    bool second, third;

    assert_true(append(journal, FIRST, NULL));
    limit_files(strlen(FIRST) + 5);
    second = append(journal, SECOND, &warning);
    limit_files(RLIM_INFINITY);
    assert_false(second);
    assert_true(error_is_set(&warning));
    fixture_expect(f, STATE_DIR "/journal", FIRST);
    third = append(journal, THIRD, NULL);
    assert_true(third);
    fixture_expect(f, STATE_DIR "/journal", FIRST SECOND THIRD);
    journal_close(journal);
    fixture_expect(f, STATE_DIR "/journal", FIRST SECOND THIRD);
}

static void journal_keeps_several_lines_in_their_order(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = create(f);
    bool first, second;

    limit_files(0);
    first = append(journal, FIRST, NULL);
    second = append(journal, SECOND, NULL);
    limit_files(RLIM_INFINITY);
    assert_false(first || second);
    assert_true(append(journal, THIRD, NULL));
    journal_close(journal);
    fixture_expect(f, STATE_DIR "/journal", FIRST SECOND THIRD);
}

static void journal_writes_what_waits_when_it_is_closed(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = create(f);
    bool written;

    limit_files(0);
    written = append(journal, FIRST, NULL);
    limit_files(RLIM_INFINITY);
    assert_false(written);
    journal_close(journal);
    fixture_expect(f, STATE_DIR "/journal", FIRST);
}

static void journal_ends_where_it_is_when_too_much_waits(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = create(f);
    size_t size = JOURNAL_PENDING_LIMIT / 2 + 2;
    char *line = mem_new(size, 1);
    bool first, second;

    memset(line, 'x', size - 1);
    line[size - 1] = '\n';
    assert_true(append(journal, FIRST, NULL));
    limit_files(strlen(FIRST));
    first = journal_append(journal, line, size, true, NULL);
    second = journal_append(journal, line, size, true, NULL);
    limit_files(RLIM_INFINITY);
    assert_false(first || second);
    assert_false(append(journal, SECOND, NULL));
    journal_close(journal);
    fixture_expect(f, STATE_DIR "/journal", FIRST);
    free(line);
}

static void journal_without_a_folder_goes_nowhere(void **state)
{
    struct error warning = { 0 };
    struct journal *journal = journal_create(-1, "journal", &warning);

    (void)state;
    assert_true(append(journal, FIRST, &warning));
    assert_false(error_is_set(&warning));
    journal_close(journal);
    journal_close(NULL);
}

static void journal_that_cannot_be_made_is_said_once(void **state)
{
    struct fixture *f = *state;
    struct error warning = { 0 };
    struct journal *journal =
        journal_create(state_fd(fixture_state(f)), "nowhere/journal", &warning);

    assert_int_equal(warning.code, ERROR_IO);
    assert_true(append(journal, FIRST, NULL));
    journal_close(journal);
}

/* ---- reading ---------------------------------------------------------- */

struct visits {
    char seqs[64];
    size_t most;
};

static bool visit(void *context, const struct event *event)
{
    struct visits *visits = context;
    size_t size = strlen(visits->seqs);

    visits->seqs[size] = (char)('0' + event_int(event, "seq", 0));
    visits->seqs[size + 1] = '\0';
    return !visits->most || size + 1 < visits->most;
}

static void expect_read(const char *bytes, const char *seqs, size_t skipped)
{
    struct visits visits = { 0 };
    size_t found = 99;

    journal_read_bytes(bytes, strlen(bytes), visit, &visits, &found);
    assert_string_equal(visits.seqs, seqs);
    assert_int_equal(found, skipped);
}

static void journal_is_read_oldest_first(void **state)
{
    (void)state;
    expect_read("", "", 0);
    expect_read(FIRST SECOND THIRD, "123", 0);
    expect_read(FIRST "\n" SECOND, "12", 0);
}

static void journal_does_not_believe_a_torn_last_line(void **state)
{
    static const char whole[] = "{\"type\":\"run.end\",\"seq\":3}";

    (void)state;
    expect_read(FIRST "{\"type\":\"wa", "1", 1);
    expect_read(FIRST "{\"type\":\"run.end\",\"seq\":3}", "1", 1);
    expect_read(whole, "", 1);
}

static void journal_counts_lines_that_are_no_events(void **state)
{
    (void)state;
    expect_read(FIRST "words\n{}\n[1]\n" THIRD, "13", 3);
    expect_read(FIRST "{\"type\":\"moon.landing\",\"seq\":2}\n", "12", 0);
}

static void journal_reading_stops_when_the_visitor_has_enough(void **state)
{
    struct visits visits = { .most = 2 };

    (void)state;
    journal_read_bytes(FIRST SECOND THIRD, strlen(FIRST SECOND THIRD), visit,
                       &visits, NULL);
    assert_string_equal(visits.seqs, "12");
}

static void journal_is_read_from_its_file(void **state)
{
    struct fixture *f = *state;
    struct visits visits = { 0 };
    struct error err = { 0 };
    size_t skipped = 99;

    fixture_write(f, STATE_DIR "/journal", FIRST SECOND "{\"to");
    assert_true(journal_read(state_fd(fixture_state(f)), "journal", visit,
                             &visits, &skipped, &err));
    assert_string_equal(visits.seqs, "12");
    assert_int_equal(skipped, 1);
}

static void journal_that_is_not_there_is_an_error(void **state)
{
    struct fixture *f = *state;
    struct visits visits = { 0 };
    struct error err = { 0 };

    assert_false(journal_read(state_fd(fixture_state(f)), "journal", visit,
                              &visits, NULL, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    fixture_write(f, "elsewhere", FIRST);
    assert_int_equal(
        symlink("../elsewhere", fixture_path(f, STATE_DIR "/journal")), 0);
    error_clear(&err);
    assert_false(journal_read(state_fd(f->state), "journal", visit, &visits,
                              NULL, &err));
    assert_true(error_is_set(&err));
    assert_string_equal(visits.seqs, "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(journal_has_one_event_a_line),
        FIXTURE_TEST(journal_keeps_what_the_disk_refuses_and_writes_it_later),
        FIXTURE_TEST(journal_keeps_several_lines_in_their_order),
        FIXTURE_TEST(journal_writes_what_waits_when_it_is_closed),
        FIXTURE_TEST(journal_ends_where_it_is_when_too_much_waits),
        FIXTURE_TEST(journal_without_a_folder_goes_nowhere),
        FIXTURE_TEST(journal_that_cannot_be_made_is_said_once),
        FIXTURE_TEST(journal_is_read_oldest_first),
        FIXTURE_TEST(journal_does_not_believe_a_torn_last_line),
        FIXTURE_TEST(journal_counts_lines_that_are_no_events),
        FIXTURE_TEST(journal_reading_stops_when_the_visitor_has_enough),
        FIXTURE_TEST(journal_is_read_from_its_file),
        FIXTURE_TEST(journal_that_is_not_there_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
