#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_log.h"

#include "base/clock.h"
#include "base/mem.h"
#include "tui/logthread.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEADLINE_MS = 60000 };

static const struct log_match needle = { LOG_MATCH_TEXT, "needle" };

static struct logthread *start(void)
{
    struct error err = { 0 };
    struct logthread *thread = logthread_start(&err);

    assert_non_null(thread);
    return thread;
}

/* The next answer, however long it takes. */
static struct log_answer *next_answer(struct logthread *thread)
{
    for (;;) {
        struct pollfd poll_fd = { .fd = logthread_fd(thread),
                                  .events = POLLIN };
        struct log_answer *answer = logthread_take(thread);

        if (answer)
            return answer;
        assert_int_equal(poll(&poll_fd, 1, DEADLINE_MS), 1);
    }
}

/* Takes answers until one to `serial` is as it should be. */
static struct log_answer *
wait_until(struct logthread *thread, uint64_t serial,
           bool (*holds)(const struct log_answer *answer))
{
    for (;;) {
        struct log_answer *answer = next_answer(thread);

        if (answer->serial == serial && holds(answer))
            return answer;
        log_answer_free(answer);
    }
}

static bool has_window(const struct log_answer *answer)
{
    return answer->has_window;
}

static bool is_complete(const struct log_answer *answer)
{
    return answer->stats.size && answer->stats.counted == answer->stats.size;
}

static bool is_searched(const struct log_answer *answer)
{
    return answer->stats.size && answer->stats.searched == answer->stats.size;
}

static bool has_error(const struct log_answer *answer)
{
    return error_is_set(&answer->error);
}

static bool was_find(const struct log_answer *answer)
{
    return answer->was_find;
}

static bool has_ordinal(const struct log_answer *answer)
{
    return answer->hit.ordinal != 0;
}

static bool has_numbers(const struct log_answer *answer)
{
    return answer->has_window && answer->window.lines[0].number;
}

static struct log_question ask_for_end(const struct fixture_log *log,
                                       uint64_t serial)
{
    return (struct log_question){
        .serial = serial,
        .path = log->path,
        .wants_window = true,
        .query = { .anchor = LOG_ANCHOR_END, .before = 4 },
    };
}

static void expect_last(const struct log_answer *answer, const char *text)
{
    const struct log_window *window = &answer->window;
    const struct log_line *line = &window->lines[window->count - 1];

    assert_true(window->count > 0);
    assert_int_equal(line->size, strlen(text));
    assert_memory_equal(window->bytes.data + line->begin, text, line->size);
}

static void a_question_is_answered_with_a_window(void **state)
{
    struct fixture_log *log = fixture_log_new(LOG_PIECE);
    struct logthread *thread = start();
    struct log_question question = ask_for_end(log, 7);
    struct log_answer *answer;

    (void)state;
    fixture_log_puts(log, "one\ntwo needle\nthree");
    question.search = needle;
    logthread_ask(thread, &question);
    answer = wait_until(thread, 7, has_window);
    expect_last(answer, "three");
    assert_int_equal(answer->stats.lines, 3);
    assert_int_equal(answer->stats.matches, 1);
    assert_int_equal(answer->window.lines[2].number, 3);
    log_answer_free(answer);
    logthread_stop(thread);
    fixture_log_free(log);
}

static void a_jump_is_answered_with_the_window_around_it(void **state)
{
    struct fixture_log *log = fixture_log_new(LOG_PIECE);
    struct logthread *thread = start();
    struct log_question question = ask_for_end(log, 1);
    struct log_answer *answer;

    (void)state;
    fixture_log_puts(log, "needle\nb\nneedle\nd\n");
    question.find = question.search = needle;
    question.find_from = LOG_FROM_END;
    question.find_direction = -1;
    logthread_ask(thread, &question);
    answer = wait_until(thread, 1, was_find);
    assert_true(answer->was_found && answer->has_window);
    assert_int_equal(answer->hit.offset, 9);
    assert_int_equal(answer->window.lines[answer->window.anchor].offset, 9);
    if (!answer->hit.ordinal) {
        log_answer_free(answer);
        answer = wait_until(thread, 1, has_ordinal);
        assert_false(answer->was_find);
    }
    assert_int_equal(answer->hit.ordinal, 2);
    log_answer_free(answer);
    question.serial = 2;
    question.find.text = "nowhere";
    logthread_ask(thread, &question);
    answer = wait_until(thread, 2, was_find);
    assert_false(answer->was_found);
    assert_true(answer->has_window);
    log_answer_free(answer);
    logthread_stop(thread);
    fixture_log_free(log);
}

static void
a_question_that_follows_is_answered_when_the_file_grows(void **state)
{
    struct fixture_log *log = fixture_log_new(LOG_PIECE);
    struct logthread *thread = start();
    struct log_question question = ask_for_end(log, 1);
    struct log_answer *answer;

    (void)state;
    fixture_log_puts(log, "one\n");
    question.follow = true;
    logthread_ask(thread, &question);
    log_answer_free(wait_until(thread, 1, has_window));
    fixture_log_puts(log, "two\n");
    logthread_poke(thread);
    answer = wait_until(thread, 1, has_window);
    expect_last(answer, "two");
    log_answer_free(answer);
    /* Without being told. */
    fixture_log_puts(log, "three\n");
    answer = wait_until(thread, 1, has_window);
    expect_last(answer, "three");
    log_answer_free(answer);
    logthread_stop(thread);
    fixture_log_free(log);
}

static void a_question_that_does_not_follow_gets_the_count_only(void **state)
{
    struct fixture_log *log = fixture_log_new(LOG_PIECE);
    struct logthread *thread = start();
    struct log_question question = ask_for_end(log, 1);
    struct log_answer *answer;

    (void)state;
    fixture_log_puts(log, "one\n");
    logthread_ask(thread, &question);
    log_answer_free(wait_until(thread, 1, has_window));
    fixture_log_puts(log, "two\n");
    logthread_poke(thread);
    answer = next_answer(thread);
    assert_false(answer->has_window);
    assert_int_equal(answer->stats.lines, 2);
    log_answer_free(answer);
    logthread_stop(thread);
    fixture_log_free(log);
}

static void a_log_that_is_not_there_yet_is_shown_when_it_is(void **state)
{
    struct fixture_log *log = fixture_log_new(LOG_PIECE);
    char *later = mem_format("%s/later.log", log->dir);
    struct logthread *thread = start();
    struct log_question question = ask_for_end(log, 1);
    struct log_answer *answer;

    (void)state;
    fixture_log_puts(log, "at last\n");
    question.path = later;
    question.follow = true;
    logthread_ask(thread, &question);
    answer = wait_until(thread, 1, has_error);
    assert_int_equal(answer->error.code, ERROR_NOT_FOUND);
    assert_false(answer->has_window);
    log_answer_free(answer);
    assert_int_equal(rename(log->path, later), 0);
    logthread_poke(thread);
    answer = wait_until(thread, 1, has_window);
    expect_last(answer, "at last");
    log_answer_free(answer);
    logthread_stop(thread);
    unlink(later);
    free(later);
    fixture_log_free(log);
}

static void no_log_is_answered_with_nothing(void **state)
{
    struct logthread *thread = start();
    const struct log_question question = { .serial = 3, .wants_window = true };
    struct log_answer *answer;

    (void)state;
    logthread_ask(thread, &question);
    answer = next_answer(thread);
    assert_int_equal(answer->serial, 3);
    assert_false(answer->has_window || has_error(answer));
    assert_int_equal(answer->stats.size, 0);
    log_answer_free(answer);
    logthread_stop(thread);
}

/* So large that counting takes many slices. */
static void write_much(struct fixture_log *log, size_t megabytes)
{
    enum { SIZE = 1 << 20 };
    char *bytes = mem_new(SIZE, 1);

    memset(bytes, 'x', SIZE);
    for (size_t i = 63; i < SIZE; i += 64)
        bytes[i] = '\n';
    for (size_t i = 0; i < megabytes; i++)
        assert_int_equal(write(log->fd, bytes, SIZE), SIZE);
    free(bytes);
}

static void counting_goes_on_behind_the_answers(void **state)
{
    enum { MEGABYTES = 64 };
    struct fixture_log *log = fixture_log_new(LOG_PIECE);
    struct logthread *thread = start();
    struct log_question question = ask_for_end(log, 1);
    struct log_answer *answer;

    (void)state;
    write_much(log, MEGABYTES);
    question.search = (struct log_match){ LOG_MATCH_TEXT, "xx" };
    logthread_ask(thread, &question);
    log_answer_free(wait_until(thread, 1, has_window));
    answer = wait_until(thread, 1, is_searched);
    assert_true(is_complete(answer));
    assert_int_equal(answer->stats.lines, MEGABYTES << 14);
    assert_int_equal(answer->stats.matches, MEGABYTES << 14);
    log_answer_free(answer);
    logthread_stop(thread);
    fixture_log_free(log);
}

static void lines_get_their_numbers_when_they_are_counted(void **state)
{
    enum { MEGABYTES = 64 };
    struct fixture_log *log = fixture_log_new(LOG_PIECE);
    struct logthread *thread = start();
    struct log_question question = ask_for_end(log, 1);
    struct log_answer *answer;

    (void)state;
    write_much(log, MEGABYTES);
    logthread_ask(thread, &question);
    answer = wait_until(thread, 1, has_numbers);
    assert_int_equal(answer->window.lines[4].number, MEGABYTES << 14);
    log_answer_free(answer);
    logthread_stop(thread);
    fixture_log_free(log);
}

static void the_newest_question_wins(void **state)
{
    enum { QUESTIONS = 200 };
    struct fixture_log *log = fixture_log_new(LOG_PIECE);
    struct logthread *thread = start();
    struct log_question question = ask_for_end(log, 0);
    struct log_answer *answer;
    uint64_t last = 0;

    (void)state;
    write_much(log, 64);
    question.query.filter = (struct log_match){ LOG_MATCH_TEXT, "nowhere" };
    question.find = needle;
    question.find_direction = 1;
    for (uint64_t i = 1; i <= QUESTIONS; i++) {
        if (i == QUESTIONS)
            question = ask_for_end(log, i);
        question.serial = i;
        logthread_ask(thread, &question);
        answer = logthread_take(thread);
        if (answer) {
            assert_true(answer->serial > last || !answer->was_find);
            last = answer->serial;
        }
        log_answer_free(answer);
    }
    answer = wait_until(thread, QUESTIONS, has_window);
    assert_int_equal(answer->window.count, 5);
    log_answer_free(answer);
    logthread_stop(thread);
    fixture_log_free(log);
}

/* However fast the file grows: not more than the time that has passed allows.
 */
static void answers_come_at_most_sixty_times_a_second(void **state)
{
    enum { LINES = 3000 };
    struct fixture_log *log = fixture_log_new(LOG_PIECE);
    struct logthread *thread = start();
    struct log_question question = ask_for_end(log, 1);
    int64_t begin = clock_monotonic(clock_system()), answers = 0, size = 0;

    (void)state;
    question.follow = true;
    logthread_ask(thread, &question);
    for (int i = 0; i < LINES || size < LINES * 5;) {
        struct log_answer *answer;

        if (i++ < LINES)
            assert_int_equal(write(log->fd, "line\n", 5), 5);
        logthread_poke(thread);
        answer = i < LINES ? logthread_take(thread) : next_answer(thread);
        if (!answer)
            continue;
        answers += answer->has_window;
        size = answer->stats.size;
        log_answer_free(answer);
    }
    assert_in_range(answers, 1,
                    (clock_monotonic(clock_system()) - begin) * 60 / 1000 + 2);
    logthread_stop(thread);
    fixture_log_free(log);
}

static void stopping_does_not_wait_for_a_long_search(void **state)
{
    struct fixture_log *log = fixture_log_new(LOG_PIECE);

    (void)state;
    write_much(log, 64);
    for (int i = 0; i < 20; i++) {
        struct logthread *thread = start();
        struct log_question question = ask_for_end(log, 1);

        question.find = needle;
        question.find_direction = 1;
        logthread_ask(thread, &question);
        logthread_stop(thread);
    }
    logthread_stop(NULL);
    fixture_log_free(log);
}

static volatile sig_atomic_t handled_elsewhere;
static pthread_t main_thread;

static void handle(int number)
{
    (void)number;
    if (!pthread_equal(pthread_self(), main_thread))
        handled_elsewhere = 1;
}

static void signals_never_come_to_the_thread(void **state)
{
    struct sigaction action = { .sa_handler = handle }, old;
    struct logthread *thread;

    (void)state;
    main_thread = pthread_self();
    sigaction(SIGUSR1, &action, &old);
    thread = start();
    for (int i = 0; i < 100; i++)
        kill(getpid(), SIGUSR1);
    logthread_stop(thread);
    sigaction(SIGUSR1, &old, NULL);
    assert_false(handled_elsewhere);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_is_answered_with_a_window),
        cmocka_unit_test(a_jump_is_answered_with_the_window_around_it),
        cmocka_unit_test(
            a_question_that_follows_is_answered_when_the_file_grows),
        cmocka_unit_test(a_question_that_does_not_follow_gets_the_count_only),
        cmocka_unit_test(a_log_that_is_not_there_yet_is_shown_when_it_is),
        cmocka_unit_test(no_log_is_answered_with_nothing),
        cmocka_unit_test(counting_goes_on_behind_the_answers),
        cmocka_unit_test(lines_get_their_numbers_when_they_are_counted),
        cmocka_unit_test(the_newest_question_wins),
        cmocka_unit_test(answers_come_at_most_sixty_times_a_second),
        cmocka_unit_test(stopping_does_not_wait_for_a_long_search),
        cmocka_unit_test(signals_never_come_to_the_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
