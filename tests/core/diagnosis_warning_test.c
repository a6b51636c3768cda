/* What is said about broken rules that are read late. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "core/diagnosis.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const char *take(struct fixture *f, struct diagnosis_rules *rules)
{
    char *text = NULL;

    if (!diagnosis_take_warning(rules, &text)) {
        assert_null(text);
        return NULL;
    }
    return fixture_keep(f, text);
}

static void diagnosis_warning_names_a_broken_file_once(void **state)
{
    struct fixture *f = *state;
    struct diagnosis_rules *rules = diagnosis_open(f->dir);
    const char *text;

    fixture_write(f, "diagnoses/broken.json", "{\"rules\":");
    assert_null(take(f, rules));
    assert_null(diagnosis_find(rules, "alpha", 5));
    text = take(f, rules);
    assert_non_null(text);
    fixture_expect_part(text, "broken.json");
    assert_null(strstr(text, "more"));
    assert_null(diagnosis_find(rules, "alpha", 5));
    assert_null(take(f, rules));
    diagnosis_free(rules);
}

static void diagnosis_warning_counts_what_else_is_broken(void **state)
{
    struct fixture *f = *state;
    struct diagnosis_rules *rules = diagnosis_open(f->dir);
    const char *text;

    fixture_write(f, "diagnoses/a.json", "{\"rules\":[{},{}]}");
    fixture_write(f, "diagnoses/b.json", "[]");
    assert_null(diagnosis_find(rules, "alpha", 5));
    text = take(f, rules);
    assert_non_null(text);
    fixture_expect_part(text, "a.json: rule 1");
    fixture_expect_part(text, "2 more");
    fixture_expect_part(text, "stepdeck lint");
    assert_null(take(f, rules));
    diagnosis_free(rules);
}

static void diagnosis_warning_is_none_where_nothing_is_broken(void **state)
{
    struct fixture *f = *state;
    struct diagnosis_rules *rules = diagnosis_open(f->dir);

    fixture_write(f, "diagnoses/good.json", "{\"rules\":[]}");
    assert_null(diagnosis_find(rules, "alpha", 5));
    assert_null(take(f, rules));
    diagnosis_free(rules);
}

static void diagnosis_warning_that_nobody_takes_is_freed(void **state)
{
    struct fixture *f = *state;
    struct diagnosis_rules *rules = diagnosis_open(f->dir);

    fixture_write(f, "diagnoses/broken.json", "");
    assert_null(diagnosis_find(rules, "alpha", 5));
    diagnosis_free(rules);
}

enum { THREADS = 4 };

struct race {
    struct diagnosis_rules *rules;
    atomic_int taken;
};

static void *find_and_take(void *opaque)
{
    struct race *race = opaque;
    char *text = NULL;

    (void)diagnosis_find(race->rules, "alpha", 5);
    if (diagnosis_take_warning(race->rules, &text))
        atomic_fetch_add(&race->taken, 1);
    free(text);
    return NULL;
}

static void diagnosis_warning_is_given_to_one_thread_only(void **state)
{
    struct fixture *f = *state;
    struct race race = { .rules = diagnosis_open(f->dir) };
    pthread_t threads[THREADS];

    fixture_write(f, "diagnoses/broken.json", "");
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, find_and_take, &race), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&race.taken), 1);
    diagnosis_free(race.rules);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(diagnosis_warning_names_a_broken_file_once),
        FIXTURE_TEST(diagnosis_warning_counts_what_else_is_broken),
        FIXTURE_TEST(diagnosis_warning_is_none_where_nothing_is_broken),
        FIXTURE_TEST(diagnosis_warning_that_nobody_takes_is_freed),
        FIXTURE_TEST(diagnosis_warning_is_given_to_one_thread_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
