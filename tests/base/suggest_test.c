#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/suggest.h"

#include <string.h>

static const char *const commands[] = {
    "setup",   "init",        "new",    "plan",   "deploy",   "run",
    "next",    "preflight",   "lint",   "status", "history",  "logs",
    "errors",  "checkpoints", "report", "attach", "rollback", "prune",
    "destroy", "lock",        "help",
};

static const char *nearest(const char *word)
{
    return suggest_nearest(word, commands,
                           sizeof(commands) / sizeof(commands[0]));
}

static void suggest_finds_the_word_that_was_meant(void **state)
{
    static const struct {
        const char *typed;
        const char *meant;
    } cases[] = {
        { "depoly", "deploy" },  /* neighbours swapped */
        { "deplo", "deploy" },   /* cut short */
        { "deplyo", "deploy" },  /* swapped at the end */
        { "deploi", "deploy" },  /* one letter changed */
        { "ddeploy", "deploy" }, /* one letter too many */
        { "roll", "rollback" },  /* the beginning */
        { "prefligth", "preflight" }, { "statsu", "status" },
        { "histroy", "history" },     { "check-points", "checkpoints" },
        { "dstroy", "destroy" },      { "lok", "lock" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *found = nearest(cases[i].typed);

        assert_non_null(found);
        assert_string_equal(found, cases[i].meant);
    }
}

static void suggest_is_silent_when_nothing_is_near(void **state)
{
    static const char *const words[] = {
        "xyzzy", "terraform", "kubernetes", "qqq", "deletions", "1234567",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        assert_null(nearest(words[i]));
    assert_null(suggest_nearest("deploy", NULL, 0));
}

static void suggest_borrows_from_the_list(void **state)
{
    (void)state;
    assert_ptr_equal(nearest("deplo"), commands[4]);
}

static void suggest_survives_words_of_any_length(void **state)
{
    char word[5000];
    const char *const words[] = { word };

    (void)state;
    memset(word, 'a', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    assert_ptr_equal(suggest_nearest(word, words, 1), word);
    assert_null(nearest(word));
    assert_null(suggest_nearest("b", words, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suggest_finds_the_word_that_was_meant),
        cmocka_unit_test(suggest_is_silent_when_nothing_is_near),
        cmocka_unit_test(suggest_borrows_from_the_list),
        cmocka_unit_test(suggest_survives_words_of_any_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
