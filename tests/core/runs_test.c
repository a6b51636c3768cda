#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/mem.h"
#include "core/runs.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP "step-010-network"

static const char *create(struct fixture *f, int64_t now_ms)
{
    struct error warning = { 0 };
    char *id = runs_create(fixture_state(f), now_ms, &warning);

    assert_string_equal(warning.message, "");
    return fixture_keep(f, id);
}

static const char *find(struct fixture *f, const char *text)
{
    struct error err = { 0 };
    char *id = runs_find(fixture_state(f), text, &err);

    if (!id)
        fail_msg("%s", err.message);
    return fixture_keep(f, id);
}

static void runs_ids_are_a_time_and_four_digits(void **state)
{
    struct fixture *f = *state;
    const char *id = create(f, FIXTURE_TIME);

    assert_int_equal(strlen(id), strlen("20261121T170000Z-7f3c"));
    assert_memory_equal(id, "20261121T170000Z-", 17);
    for (int i = 17; i < 21; i++)
        assert_true(isxdigit((unsigned char)id[i]) &&
                    !isupper((unsigned char)id[i]));
    assert_true(
        fixture_has(f, fixture_keep(f, mem_format(STATE_DIR "/runs/%s", id))));
}

static void runs_started_in_one_instant_are_told_apart(void **state)
{
    struct fixture *f = *state;
    struct strvec ids = { 0 };

    for (int i = 0; i < 20; i++) {
        const char *id = create(f, FIXTURE_TIME);

        assert_false(strvec_has(&ids, id));
        strvec_add(&ids, id);
    }
    strvec_release(&ids);
}

static void runs_in_memory_have_an_id_and_no_folder(void **state)
{
    struct fixture *f = *state;
    struct error warning = { 0 };
    struct state *none = state_open(f->dir, NULL, STATE_READ, NULL);
    char *id = runs_create(none, FIXTURE_TIME, &warning);
    struct strvec ids = { 0 };

    assert_non_null(id);
    assert_false(error_is_set(&warning));
    assert_int_equal(runs_open_log(none, id, STEP, &warning), -1);
    assert_true(error_is_set(&warning));
    assert_int_equal(runs_open_marker(none, id, STEP), -1);
    assert_false(runs_is_alive(none, STEP));
    runs_list(none, &ids);
    assert_int_equal(ids.count, 0);
    runs_prune(none, 0);
    state_free(none);
    free(id);
}

static void runs_that_cannot_be_made_have_an_id_all_the_same(void **state)
{
    struct fixture *f = *state;
    struct error warning = { 0 };
    char *id;

    fixture_write(f, STATE_DIR "/runs", "a file");
    id = runs_create(fixture_state(f), FIXTURE_TIME, &warning);
    assert_non_null(id);
    assert_true(error_is_set(&warning));
    free(id);
}

static void runs_log_of_a_step_is_linked_to_its_newest(void **state)
{
    struct fixture *f = *state;
    struct error warning = { 0 };
    struct stat newest, linked;

    for (int i = 0; i < 2; i++) {
        const char *run = create(f, FIXTURE_TIME + i);
        int fd = runs_open_log(f->state, run, STEP, &warning);
        char *path = runs_log_path(f->state, run, STEP);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, i ? "2" : "1", 1), 1);
        assert_int_equal(stat(path, &newest), 0);
        assert_int_equal(newest.st_mode & 0777, 0600);
        close(fd);
        free(path);
    }
    assert_string_equal(warning.message, "");
    assert_int_equal(lstat(fixture_path(f, STATE_DIR "/" STEP ".log"), &linked),
                     0);
    assert_int_equal(linked.st_ino, newest.st_ino);
    fixture_expect(f, STATE_DIR "/" STEP ".log", "2");
}

static void runs_log_opened_again_goes_on_at_its_end(void **state)
{
    struct fixture *f = *state;
    const char *run = create(f, FIXTURE_TIME);

    for (int i = 0; i < 2; i++) {
        int fd = runs_open_log(f->state, run, STEP, NULL);

        assert_int_equal(write(fd, "line\n", 5), 5);
        close(fd);
    }
    fixture_expect(f, STATE_DIR "/" STEP ".log", "line\nline\n");
}

static void runs_log_does_not_follow_a_planted_link(void **state)
{
    struct fixture *f = *state;
    const char *run = create(f, FIXTURE_TIME);
    struct error warning = { 0 };
    char *path = runs_log_path(f->state, run, STEP);

    fixture_write(f, "victim", "precious\n");
    assert_int_equal(symlink(fixture_path(f, "victim"), path), 0);
    assert_int_equal(runs_open_log(f->state, run, STEP, &warning), -1);
    assert_true(error_is_set(&warning));
    free(path);
}

static void runs_marker_tells_as_long_as_it_is_open(void **state)
{
    struct fixture *f = *state;
    const char *run = create(f, FIXTURE_TIME);
    int log = runs_open_log(f->state, run, STEP, NULL), first, second;

    assert_false(runs_is_alive(f->state, STEP));
    first = runs_open_marker(f->state, run, STEP);
    second = runs_open_marker(f->state, run, STEP);
    assert_true(first >= 0 && second >= 0);
    assert_true(runs_is_alive(f->state, STEP));
    close(first);
    assert_true(runs_is_alive(f->state, STEP));
    close(second);
    assert_false(runs_is_alive(f->state, STEP));
    assert_false(runs_is_alive(f->state, "step-020-other"));
    assert_int_equal(runs_open_marker(f->state, run, "step-020-other"), -1);
    close(log);
}

static void runs_are_listed_oldest_first(void **state)
{
    struct fixture *f = *state;
    const char *late = "20261121T170005Z-0001";
    const char *early = "20261121T170000Z-ffff";
    struct strvec ids = { 0 };

    fixture_write(f, STATE_DIR "/runs/20261121T170005Z-0001/x", "");
    fixture_write(f, STATE_DIR "/runs/20261121T170000Z-ffff/x", "");
    runs_list(fixture_state(f), &ids);
    assert_int_equal(ids.count, 2);
    assert_string_equal(ids.items[0], early);
    assert_string_equal(ids.items[1], late);
    strvec_release(&ids);
}

static void runs_prune_removes_the_oldest(void **state)
{
    struct fixture *f = *state;
    struct strvec ids = { 0 };
    const char *last = NULL;

    for (int i = 0; i < 5; i++) {
        last = create(f, FIXTURE_TIME + i * 1000);
        close(runs_open_log(f->state, last, STEP, NULL));
    }
    runs_prune(f->state, 7);
    runs_list(f->state, &ids);
    assert_int_equal(ids.count, 5);
    strvec_release(&ids);
    runs_prune(f->state, 2);
    runs_list(f->state, &ids);
    assert_int_equal(ids.count, 2);
    assert_memory_equal(ids.items[0], "20261121T170003Z-", 17);
    assert_string_equal(ids.items[1], last);
    strvec_release(&ids);
    fixture_expect(f, STATE_DIR "/" STEP ".log", "");
}

static void runs_follow_the_newest_when_the_clock_was_set_back(void **state)
{
    static const int64_t times[] = {
        0, 86400000, 1000, 2000, 86400000, 90000000
    };
    struct fixture *f = *state;
    const char *ids[COUNT(times)];

    for (size_t i = 0; i < COUNT(times); i++) {
        ids[i] = create(f, FIXTURE_TIME + times[i]);
        assert_string_equal(find(f, "last"), ids[i]);
        assert_int_equal(strlen(ids[i]), strlen("20261121T170000Z-7f3c"));
        if (i)
            assert_true(strcmp(ids[i - 1], ids[i]) < 0);
    }
    assert_memory_equal(ids[3], "20261122T170000Z-", 17);
    assert_memory_equal(ids[5], "20261122T180000Z-", 17);
}

static void runs_prune_keeps_what_ran_after_the_clock_was_set_back(void **state)
{
    struct fixture *f = *state;
    const char *last;

    create(f, FIXTURE_TIME + 86400000);
    create(f, FIXTURE_TIME);
    last = create(f, FIXTURE_TIME + 1000);
    runs_prune(f->state, 1);
    assert_string_equal(find(f, NULL), last);
}

/* No number is left in that second. */
static void runs_do_not_follow_an_id_that_nothing_can_follow(void **state)
{
    static const char *const tails[] = { "ffff", "ffffffffffffffffffffff" };

    for (size_t i = 0; i < COUNT(tails); i++) {
        struct fixture *f = *state;
        const char *name = fixture_keep(
            f, mem_format(STATE_DIR "/runs/2099010%zuT000000Z-%s/x", i + 1,
                          tails[i]));

        fixture_write(f, name, "");
        assert_memory_equal(create(f, FIXTURE_TIME), "20261121T170000Z-", 17);
    }
}

static void runs_are_found_as_people_name_them(void **state)
{
    struct fixture *f = *state;
    const char *first = create(f, FIXTURE_TIME);
    const char *last = create(f, FIXTURE_TIME + 1000);

    assert_string_equal(find(f, NULL), last);
    assert_string_equal(find(f, "last"), last);
    assert_string_equal(find(f, first), first);
    assert_string_equal(find(f, first + 17), first);
    assert_string_equal(find(f, "20261121T170001"), last);
}

static void runs_that_are_not_there_are_explained(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };

    assert_null(runs_find(fixture_state(f), NULL, &err));
    fixture_expect_error(&err, ERROR_INPUT, "there are no runs yet",
                         "stepdeck deploy");
    create(f, FIXTURE_TIME);
    create(f, FIXTURE_TIME + 1000);
    error_clear(&err);
    assert_null(runs_find(f->state, "nonsense", &err));
    fixture_expect_error(&err, ERROR_INPUT, "there is no run 'nonsense'",
                         "stepdeck history");
    error_clear(&err);
    assert_null(runs_find(f->state, "20261121T1700", &err));
    fixture_expect_error(&err, ERROR_INPUT,
                         "several runs are called '20261121T1700'",
                         "stepdeck history");
}

static void runs_journal_is_below_the_run(void **state)
{
    char *path = runs_journal_path("20261121T170000Z-7f3c");

    (void)state;
    assert_string_equal(path, "runs/20261121T170000Z-7f3c/events.ndjson");
    free(path);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(runs_ids_are_a_time_and_four_digits),
        FIXTURE_TEST(runs_started_in_one_instant_are_told_apart),
        FIXTURE_TEST(runs_in_memory_have_an_id_and_no_folder),
        FIXTURE_TEST(runs_that_cannot_be_made_have_an_id_all_the_same),
        FIXTURE_TEST(runs_log_of_a_step_is_linked_to_its_newest),
        FIXTURE_TEST(runs_log_opened_again_goes_on_at_its_end),
        FIXTURE_TEST(runs_log_does_not_follow_a_planted_link),
        FIXTURE_TEST(runs_marker_tells_as_long_as_it_is_open),
        FIXTURE_TEST(runs_are_listed_oldest_first),
        FIXTURE_TEST(runs_prune_removes_the_oldest),
        FIXTURE_TEST(runs_follow_the_newest_when_the_clock_was_set_back),
        FIXTURE_TEST(runs_prune_keeps_what_ran_after_the_clock_was_set_back),
        FIXTURE_TEST(runs_do_not_follow_an_id_that_nothing_can_follow),
        FIXTURE_TEST(runs_are_found_as_people_name_them),
        FIXTURE_TEST(runs_that_are_not_there_are_explained),
        FIXTURE_TEST(runs_journal_is_below_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
