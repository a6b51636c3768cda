#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/fileio.h"
#include "base/mem.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP "step-010-network"

static void checkpoint(struct fixture *f, enum step_status status,
                       json_t *record, int64_t now_ms)
{
    struct error warning = { 0 };

    assert_true(state_checkpoint(fixture_state(f), STEP, status, record, now_ms,
                                 &warning));
    assert_string_equal(warning.message, "");
    json_decref(record);
}

/* As another process would find it: nothing of ours in memory. */
static struct state *reopen(struct fixture *f)
{
    state_free(f->state);
    f->state = NULL;
    return fixture_state(f);
}

static mode_t mode_of(struct fixture *f, const char *name)
{
    struct stat info;

    assert_int_equal(lstat(fixture_path(f, fixture_state_file(f, name)), &info),
                     0);
    return info.st_mode & 0777;
}

static void state_makes_a_private_folder_that_git_ignores(void **state)
{
    struct fixture *f = *state;

    checkpoint(f, STATUS_COMPLETED, json_object(), FIXTURE_TIME);
    state_log(f->state, STATE_INFO, STEP, "started", FIXTURE_TIME);
    assert_int_equal(mode_of(f, ""), 0700);
    assert_int_equal(mode_of(f, STEP ".status"), 0600);
    assert_int_equal(mode_of(f, STEP ".json"), 0600);
    assert_int_equal(mode_of(f, "checkpoints.log"), 0600);
    assert_int_equal(mode_of(f, "deployment.log"), 0600);
    fixture_expect(f, STATE_DIR "/.gitignore", "*\n");
}

static void state_leaves_a_gitignore_that_is_there(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, STATE_DIR "/.gitignore", "mine\n");
    fixture_state(f);
    fixture_expect(f, STATE_DIR "/.gitignore", "mine\n");
}

static void state_read_mode_creates_nothing(void **state)
{
    struct fixture *f = *state;
    struct error warning = { 0 };
    struct state *read = state_open(f->dir, NULL, STATE_READ, &warning);

    assert_false(error_is_set(&warning));
    assert_int_equal(state_status(read, STEP, &warning), STATUS_PENDING);
    assert_null(state_record(read, STEP, &warning));
    assert_false(error_is_set(&warning));
    assert_false(fixture_has(f, STATE_DIR));
    state_free(read);
}

static void state_of_an_environment_is_a_state_of_its_own(void **state)
{
    struct fixture *f = *state;
    struct error warning = { 0 };
    struct state *prod = state_open(f->dir, "prod", STATE_WRITE, &warning);

    assert_false(error_is_set(&warning));
    assert_string_equal(state_path(prod),
                        fixture_path(f, STATE_DIR "/environments/prod"));
    checkpoint(f, STATUS_COMPLETED, NULL, FIXTURE_TIME);
    assert_int_equal(state_status(prod, STEP, &warning), STATUS_PENDING);
    assert_true(state_checkpoint(prod, STEP, STATUS_FAILED, NULL, FIXTURE_TIME,
                                 &warning));
    fixture_expect(f, STATE_DIR "/environments/prod/" STEP ".status",
                   "failed\n");
    fixture_expect(f, STATE_DIR "/" STEP ".status", "completed\n");
    assert_int_equal(mode_of(f, "environments/prod"), 0700);
    state_free(prod);
}

static void state_path_is_absolute(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(state_path(fixture_state(f)),
                        fixture_path(f, STATE_DIR));
    assert_int_equal(state_path(f->state)[0], '/');
    assert_false(!state_will_last(f->state));
    assert_true(state_fd(f->state) >= 0);
}

/* ---- reading ---------------------------------------------------------- */

static void state_reads_a_status_written_by_hand(void **state)
{
    static const struct {
        const char *text;
        enum step_status status;
    } cases[] = {
        { "completed\n", STATUS_COMPLETED },
        { "completed", STATUS_COMPLETED },
        { "failed\r\n", STATUS_FAILED },
        { "in_progress \n\n", STATUS_IN_PROGRESS },
        { "pending\n", STATUS_PENDING },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error warning = { 0 };

        fixture_write(f, STATE_DIR "/" STEP ".status", cases[i].text);
        assert_int_equal(state_status(fixture_state(f), STEP, &warning),
                         cases[i].status);
        assert_string_equal(warning.message, "");
    }
}

static void state_counts_a_foreign_word_as_pending_and_says_so(void **state)
{
    static const char *const words[] = {
        "done\n",       "COMPLETED\n",           "skipped\n", "stale\n", "",
        " completed\n", "completed\ncompleted\n"
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(words); i++) {
        struct error warning = { 0 };

        fixture_write(f, STATE_DIR "/" STEP ".status", words[i]);
        assert_int_equal(state_status(fixture_state(f), STEP, &warning),
                         STATUS_PENDING);
        fixture_expect_error(&warning, ERROR_INPUT, STEP ".status",
                             "write pending, in_progress, completed or failed");
    }
}

static void state_explains_a_status_file_that_cannot_be_read(void **state)
{
    struct fixture *f = *state;
    struct error warning = { 0 };
    char *text = mem_new(2001, 1);

    memset(text, 'x', 2000);
    fixture_write(f, STATE_DIR "/" STEP ".status", text);
    assert_int_equal(state_status(fixture_state(f), STEP, &warning),
                     STATUS_PENDING);
    fixture_expect_part(warning.message, STEP ".status");
    fixture_expect_part(warning.hint, "pending");
    free(text);
}

static void state_does_not_read_through_a_planted_link(void **state)
{
    struct fixture *f = *state;
    struct error warning = { 0 };

    fixture_state(f);
    fixture_write(f, "elsewhere", "completed\n");
    assert_int_equal(symlink(fixture_path(f, "elsewhere"),
                             fixture_path(f, STATE_DIR "/" STEP ".status")),
                     0);
    assert_int_equal(state_status(f->state, STEP, &warning), STATUS_PENDING);
    assert_true(error_is_set(&warning));
}

static void state_does_not_write_through_a_planted_link(void **state)
{
    struct fixture *f = *state;
    struct error warning = { 0 };

    fixture_state(f);
    fixture_write(f, "victim", "precious\n");
    assert_int_equal(
        symlink("../victim", fixture_path(f, STATE_DIR "/checkpoints.log")), 0);
    assert_int_equal(
        symlink("../victim", fixture_path(f, STATE_DIR "/" STEP ".status")), 0);
    assert_false(state_checkpoint(f->state, STEP, STATUS_COMPLETED, NULL,
                                  FIXTURE_TIME, &warning));
    assert_true(error_is_set(&warning));
    fixture_expect(f, "victim", "precious\n");
    fixture_expect(f, STATE_DIR "/" STEP ".status", "completed\n");
}

static void state_refuses_a_linked_folder_and_does_without(void **state)
{
    struct fixture *f = *state;
    struct error warning = { 0 };

    assert_int_equal(mkdir(fixture_path(f, "elsewhere"), 0700), 0);
    assert_int_equal(symlink("elsewhere", fixture_path(f, STATE_DIR)), 0);
    f->state = state_open(f->dir, NULL, STATE_WRITE, &warning);
    assert_true(!state_will_last(f->state));
    assert_true(error_is_set(&warning));
    assert_false(fixture_has(f, "elsewhere/checkpoints.log"));
}

static void expect_stand_in(struct fixture *f)
{
    struct error warning = { 0 };

    fixture_write(f, STATE_DIR, "a file where the folder should be");
    f->state = state_open(f->dir, NULL, STATE_WRITE, &warning);
    assert_true(error_is_set(&warning));
    fixture_expect_part(warning.hint, "will not be remembered");
    assert_false(state_will_last(f->state));
    error_clear(&warning);
    assert_true(state_checkpoint(f->state, STEP, STATUS_COMPLETED, NULL,
                                 FIXTURE_TIME, &warning));
    assert_int_equal(state_status(f->state, STEP, &warning), STATUS_COMPLETED);
    assert_null(state_record(f->state, STEP, &warning));
    state_log(f->state, STATE_ERROR, STEP, "lost", FIXTURE_TIME);
    assert_true(state_archive(f->state, FIXTURE_TIME, &warning));
    assert_int_equal(state_status(f->state, STEP, &warning), STATUS_PENDING);
    assert_false(error_is_set(&warning));
}

static void state_without_a_folder_goes_on_in_a_temporary_one(void **state)
{
    struct fixture *f = *state;
    const char *path;
    struct stat info;

    setenv("TMPDIR", f->dir, 1);
    expect_stand_in(f);
    unsetenv("TMPDIR");
    path = fixture_keep(f, mem_text(state_path(f->state)));
    assert_int_equal(strncmp(path, f->dir, strlen(f->dir)), 0);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    state_free(f->state);
    f->state = NULL;
    assert_int_equal(stat(path, &info), -1);
}

static void state_without_any_folder_goes_on_in_memory(void **state)
{
    struct fixture *f = *state;

    setenv("TMPDIR", "/nonexistent", 1);
    expect_stand_in(f);
    unsetenv("TMPDIR");
    assert_int_equal(state_fd(f->state), -1);
}

/* ---- checkpoints ------------------------------------------------------ */

static void state_checkpoint_writes_record_status_and_line(void **state)
{
    struct fixture *f = *state;
    struct error warning = { 0 };
    json_t *record;

    checkpoint(f, STATUS_IN_PROGRESS, NULL, FIXTURE_TIME);
    fixture_expect(f, STATE_DIR "/" STEP ".status", "in_progress\n");
    assert_false(fixture_has(f, STATE_DIR "/" STEP ".json"));
    checkpoint(f, STATUS_COMPLETED, json_pack("{s:i}", "attempts", 2),
               FIXTURE_TIME + 61000);
    fixture_expect(f, STATE_DIR "/" STEP ".status", "completed\n");
    fixture_expect(f, STATE_DIR "/checkpoints.log",
                   "2026-11-21T17:00:00Z " STEP " in_progress\n"
                   "2026-11-21T17:01:01Z " STEP " completed\n");
    record = state_record(reopen(f), STEP, &warning);
    assert_string_equal(warning.message, "");
    assert_int_equal(json_integer_value(json_object_get(record, "attempts")),
                     2);
    assert_string_equal(json_string_value(json_object_get(record, "time")),
                        "2026-11-21T17:01:01Z");
    assert_string_equal(json_string_value(json_object_get(record, "status")),
                        "completed");
    json_decref(record);
}

static void expect_record(struct fixture *f, bool believed)
{
    struct error warning = { 0 };
    json_t *record = state_record(reopen(f), STEP, &warning);

    assert_string_equal(warning.message, "");
    assert_int_equal(record != NULL, believed);
    json_decref(record);
}

static void
state_does_not_believe_a_record_when_a_later_checkpoint_was_written_by_hand(
    void **state)
{
    struct fixture *f = *state;

    checkpoint(f, STATUS_COMPLETED, json_object(), FIXTURE_TIME);
    expect_record(f, true);
    fixture_append(f, STATE_DIR "/checkpoints.log",
                   "2026-11-21T17:05:00Z " STEP " completed\n");
    expect_record(f, false);
    checkpoint(f, STATUS_COMPLETED, json_object(), FIXTURE_TIME + 600000);
    expect_record(f, true);
}

static void
state_believes_a_record_whatever_others_wrote_about_others(void **state)
{
    struct fixture *f = *state;

    checkpoint(f, STATUS_COMPLETED, json_object(), FIXTURE_TIME);
    fixture_append(f, STATE_DIR "/checkpoints.log",
                   "2026-11-21T17:05:00Z step-020-other completed\n"
                   "2026-11-21T17:05:00Z " STEP "-more completed\n"
                   "2026-11-21T17:05:00Z " STEP " celebrated\n"
                   "some words of a person\n\n"
                   "yesterday " STEP " failed\n"
                   "2026-11-21T17:09:00Z " STEP " fai");
    expect_record(f, true);
}

/* Killed between the status and the line: the record is of another time than
 * the last line, and the status stands without it. */
static void
state_does_not_believe_a_record_whose_line_was_never_written(void **state)
{
    struct fixture *f = *state;

    checkpoint(f, STATUS_IN_PROGRESS, NULL, FIXTURE_TIME);
    checkpoint(f, STATUS_COMPLETED, json_object(), FIXTURE_TIME + 5000);
    fixture_write(f, STATE_DIR "/checkpoints.log",
                  "2026-11-21T17:00:00Z " STEP " in_progress\n");
    expect_record(f, false);
    assert_int_equal(state_status(f->state, STEP, NULL), STATUS_COMPLETED);
}

/* What a power failure leaves where a block was never written. */
static void state_reads_the_checkpoints_behind_zeros(void **state)
{
    static const char log[] = "2026-11-21T16:00:00Z " STEP " completed\n"
                              "\0\0\0\0\n"
                              "2026-11-21T17:00:00Z " STEP " completed\n";
    struct fixture *f = *state;

    checkpoint(f, STATUS_COMPLETED, json_object(), FIXTURE_TIME);
    assert_true(fileio_replace(state_fd(f->state), "checkpoints.log", log,
                               sizeof(log) - 1, 0600, FILEIO_LAZY, NULL));
    expect_record(f, true);
}

static void state_names_a_record_that_cannot_be_read(void **state)
{
    static const char *const texts[] = { "", "{", "[]", "{\"a\":1}{", "null" };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct error warning = { 0 };

        fixture_write(f, STATE_DIR "/" STEP ".json", texts[i]);
        assert_null(state_record(fixture_state(f), STEP, &warning));
        fixture_expect_part(warning.message, STEP ".json");
        fixture_expect_part(warning.hint, "status still counts");
    }
}

static void state_without_a_record_says_nothing(void **state)
{
    struct fixture *f = *state;
    struct error warning = { 0 };

    checkpoint(f, STATUS_COMPLETED, NULL, FIXTURE_TIME);
    assert_null(state_record(f->state, STEP, &warning));
    assert_false(error_is_set(&warning));
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void state_remembers_a_status_the_disk_refused(void **state)
{
    struct fixture *f = *state;
    struct error warning = { 0 };
    bool written;

    checkpoint(f, STATUS_IN_PROGRESS, NULL, FIXTURE_TIME);
    limit_files(0);
    written = state_checkpoint(f->state, STEP, STATUS_COMPLETED, NULL,
                               FIXTURE_TIME + 1000, &warning);
    limit_files(RLIM_INFINITY);
    assert_false(written);
    assert_int_equal(warning.code, ERROR_IO);
    fixture_expect(f, STATE_DIR "/" STEP ".status", "in_progress\n");
    error_clear(&warning);
    assert_int_equal(state_status(f->state, STEP, &warning), STATUS_COMPLETED);
    assert_false(error_is_set(&warning));
    checkpoint(f, STATUS_FAILED, NULL, FIXTURE_TIME + 2000);
    assert_int_equal(state_status(f->state, STEP, &warning), STATUS_FAILED);
    fixture_expect(f, STATE_DIR "/checkpoints.log",
                   "2026-11-21T17:00:00Z " STEP " in_progress\n"
                   "2026-11-21T17:00:02Z " STEP " failed\n");
}

/* Whatever stood in the place of a status, the next ones are written too. */
static void state_goes_on_behind_what_is_no_status_file(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "victim", "precious\n");
    for (int i = 0; i < 4; i++) {
        const char *path = fixture_path(f, STATE_DIR "/" STEP ".status");

        if (i == 1)
            assert_int_equal(symlink("../victim", path), 0);
        if (i == 2)
            assert_int_equal(mkdir(path, 0700), 0);
        checkpoint(f, STATUS_IN_PROGRESS, NULL, FIXTURE_TIME);
        checkpoint(f, STATUS_COMPLETED, json_object(), FIXTURE_TIME);
        fixture_expect(f, STATE_DIR "/" STEP ".status", "completed\n");
        assert_int_equal(unlink(path), 0);
    }
    fixture_expect(f, "victim", "precious\n");
}

static void
state_files_are_private_where_a_script_wrote_them_openly(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, STATE_DIR "/" STEP ".status", "failed\n");
    checkpoint(f, STATUS_IN_PROGRESS, NULL, FIXTURE_TIME);
    checkpoint(f, STATUS_COMPLETED, json_object(), FIXTURE_TIME);
    checkpoint(f, STATUS_COMPLETED, json_object(), FIXTURE_TIME);
    assert_int_equal(mode_of(f, STEP ".status"), 0600);
    assert_int_equal(mode_of(f, STEP ".json"), 0600);
}

/* `cp -al` is how people keep a copy. */
static void state_leaves_a_hard_linked_copy_as_it_is(void **state)
{
    struct fixture *f = *state;

    checkpoint(f, STATUS_FAILED, NULL, FIXTURE_TIME);
    assert_int_equal(link(fixture_path(f, STATE_DIR "/" STEP ".status"),
                          fixture_path(f, "copy")),
                     0);
    checkpoint(f, STATUS_IN_PROGRESS, NULL, FIXTURE_TIME);
    checkpoint(f, STATUS_COMPLETED, json_object(), FIXTURE_TIME);
    checkpoint(f, STATUS_COMPLETED, json_object(), FIXTURE_TIME);
    fixture_expect(f, "copy", "failed\n");
}

static void
state_sees_what_a_script_wrote_after_its_own_checkpoint(void **state)
{
    struct fixture *f = *state;

    checkpoint(f, STATUS_FAILED, NULL, FIXTURE_TIME);
    fixture_write(f, STATE_DIR "/" STEP ".status", "completed\n");
    assert_int_equal(state_status(f->state, STEP, NULL), STATUS_COMPLETED);
}

static void state_closes_a_torn_line_before_the_next(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, STATE_DIR "/checkpoints.log", "2026-11-21T16:00:00Z st");
    checkpoint(f, STATUS_COMPLETED, NULL, FIXTURE_TIME);
    fixture_expect(f, STATE_DIR "/checkpoints.log",
                   "2026-11-21T16:00:00Z st\n"
                   "2026-11-21T17:00:00Z " STEP " completed\n");
}

/* ---- logs ------------------------------------------------------------- */

static void state_log_writes_by_level(void **state)
{
    struct fixture *f = *state;
    struct state *ours = fixture_state(f);

    state_log(ours, STATE_INFO, STEP, "started", FIXTURE_TIME);
    state_log(ours, STATE_WARNING, STEP, "slow", FIXTURE_TIME + 1000);
    state_log(ours, STATE_ERROR, STEP, "broke\r\nbadly", FIXTURE_TIME + 2000);
    fixture_expect(f, STATE_DIR "/deployment.log",
                   "2026-11-21T17:00:00Z INFO [" STEP "]: started\n"
                   "2026-11-21T17:00:01Z WARNING [" STEP "]: slow\n"
                   "2026-11-21T17:00:02Z ERROR [" STEP "]: broke  badly\n");
    fixture_expect(f, STATE_DIR "/warnings.log",
                   "2026-11-21T17:00:01Z WARNING [" STEP "]: slow\n");
    fixture_expect(f, STATE_DIR "/errors.log",
                   "2026-11-21T17:00:02Z ERROR [" STEP "]: broke  badly\n");
}

static void state_log_drops_what_the_disk_refuses(void **state)
{
    struct fixture *f = *state;

    fixture_state(f);
    assert_int_equal(mkdir(fixture_path(f, STATE_DIR "/errors.log"), 0700), 0);
    state_log(f->state, STATE_ERROR, STEP, "broke", FIXTURE_TIME);
    fixture_expect(f, STATE_DIR "/deployment.log",
                   "2026-11-21T17:00:00Z ERROR [" STEP "]: broke\n");
}

/* ---- archive ---------------------------------------------------------- */

static void fill(struct fixture *f)
{
    checkpoint(f, STATUS_COMPLETED, json_object(), FIXTURE_TIME);
    state_log(f->state, STATE_ERROR, STEP, "broke", FIXTURE_TIME);
    state_log(f->state, STATE_WARNING, STEP, "slow", FIXTURE_TIME);
    fixture_write(f, STATE_DIR "/" STEP ".log", "output\n");
    fixture_write(f, STATE_DIR "/runs/20261121T170000Z-7f3c/events.ndjson",
                  "{}\n");
}

static void state_archive_moves_states_and_leaves_the_history(void **state)
{
    static const char *const moved[] = { STEP ".status", STEP ".json",
                                         STEP ".log",    "checkpoints.log",
                                         "errors.log",   "warnings.log" };
    struct fixture *f = *state;
    struct error err = { 0 };

    fill(f);
    assert_true(state_archive(f->state, FIXTURE_TIME, &err));
    for (size_t i = 0; i < COUNT(moved); i++) {
        char *there =
            mem_format(STATE_DIR "/archive/20261121T170000Z/%s", moved[i]);

        assert_true(fixture_has(f, there));
        assert_false(fixture_has(f, fixture_state_file(f, moved[i])));
        free(there);
    }
    assert_true(fixture_has(f, STATE_DIR "/deployment.log"));
    assert_true(
        fixture_has(f, STATE_DIR "/runs/20261121T170000Z-7f3c/events.ndjson"));
    assert_int_equal(state_status(f->state, STEP, NULL), STATUS_PENDING);
}

static void
state_archive_loses_nothing_when_done_twice_in_a_second(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };

    fill(f);
    assert_true(state_archive(f->state, FIXTURE_TIME, &err));
    checkpoint(f, STATUS_FAILED, NULL, FIXTURE_TIME);
    fixture_expect(f, STATE_DIR "/checkpoints.log",
                   "2026-11-21T17:00:00Z " STEP " failed\n");
    assert_true(state_archive(f->state, FIXTURE_TIME, &err));
    fixture_expect(f, STATE_DIR "/archive/20261121T170000Z/" STEP ".status",
                   "completed\n");
    fixture_expect(f, STATE_DIR "/archive/20261121T170000Z-2/" STEP ".status",
                   "failed\n");
}

static void state_archive_of_nothing_makes_no_folder(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };

    assert_true(state_archive(fixture_state(f), FIXTURE_TIME, &err));
    assert_false(fixture_has(f, STATE_DIR "/archive"));
}

static void state_archive_says_when_it_cannot(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };

    fill(f);
    fixture_write(f, STATE_DIR "/archive", "a file");
    assert_false(state_archive(f->state, FIXTURE_TIME, &err));
    assert_true(error_is_set(&err));
    assert_true(fixture_has(f, STATE_DIR "/" STEP ".status"));
}

static void state_may_be_freed_when_there_is_none(void **state)
{
    (void)state;
    state_free(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(state_makes_a_private_folder_that_git_ignores),
        FIXTURE_TEST(state_leaves_a_gitignore_that_is_there),
        FIXTURE_TEST(state_read_mode_creates_nothing),
        FIXTURE_TEST(state_of_an_environment_is_a_state_of_its_own),
        FIXTURE_TEST(state_path_is_absolute),
        FIXTURE_TEST(state_reads_a_status_written_by_hand),
        FIXTURE_TEST(state_counts_a_foreign_word_as_pending_and_says_so),
        FIXTURE_TEST(state_explains_a_status_file_that_cannot_be_read),
        FIXTURE_TEST(state_does_not_read_through_a_planted_link),
        FIXTURE_TEST(state_does_not_write_through_a_planted_link),
        FIXTURE_TEST(state_refuses_a_linked_folder_and_does_without),
        FIXTURE_TEST(state_without_a_folder_goes_on_in_a_temporary_one),
        FIXTURE_TEST(state_without_any_folder_goes_on_in_memory),
        FIXTURE_TEST(state_checkpoint_writes_record_status_and_line),
        FIXTURE_TEST(
            state_does_not_believe_a_record_when_a_later_checkpoint_was_written_by_hand),
        FIXTURE_TEST(
            state_believes_a_record_whatever_others_wrote_about_others),
        FIXTURE_TEST(
            state_does_not_believe_a_record_whose_line_was_never_written),
        FIXTURE_TEST(state_reads_the_checkpoints_behind_zeros),
        FIXTURE_TEST(state_names_a_record_that_cannot_be_read),
        FIXTURE_TEST(state_without_a_record_says_nothing),
        FIXTURE_TEST(state_remembers_a_status_the_disk_refused),
        FIXTURE_TEST(state_goes_on_behind_what_is_no_status_file),
        FIXTURE_TEST(state_files_are_private_where_a_script_wrote_them_openly),
        FIXTURE_TEST(state_leaves_a_hard_linked_copy_as_it_is),
        FIXTURE_TEST(state_sees_what_a_script_wrote_after_its_own_checkpoint),
        FIXTURE_TEST(state_closes_a_torn_line_before_the_next),
        FIXTURE_TEST(state_log_writes_by_level),
        FIXTURE_TEST(state_log_drops_what_the_disk_refuses),
        FIXTURE_TEST(state_archive_moves_states_and_leaves_the_history),
        FIXTURE_TEST(state_archive_loses_nothing_when_done_twice_in_a_second),
        FIXTURE_TEST(state_archive_of_nothing_makes_no_folder),
        FIXTURE_TEST(state_archive_says_when_it_cannot),
        FIXTURE_TEST(state_may_be_freed_when_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
