/* The rules of .dockerignore, as Docker's own matcher has them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/docker/dockerignore.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

struct match_case {
    const char *patterns, *path;
    bool is_out;
};

static void check(const struct match_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct dockerignore ignore = { 0 };
        struct error err = { 0 };

        if (!dockerignore_parse(&ignore, cases[i].patterns,
                                strlen(cases[i].patterns), &err))
            fail_msg("'%s': %s", cases[i].patterns, err.message);
        if (dockerignore_excludes(&ignore, cases[i].path) != cases[i].is_out)
            fail_msg("'%s' and '%s'", cases[i].patterns, cases[i].path);
        dockerignore_release(&ignore);
    }
}

#define CHECK(cases) check(cases, sizeof(cases) / sizeof((cases)[0]))

static void pattern_takes_a_path_and_what_is_below_it(void **state)
{
    static const struct match_case cases[] = {
        { "a", "a", true },      { "a", "a/b/c", true },
        { "a", "ab", false },    { "a", "b/a", false },
        { "a/b", "a/b", true },  { "a/b", "a/b/c", true },
        { "a/b", "a", false },   { "/a", "a", true },
        { "a/", "a", true },     { "./a/../b", "b", true },
        { "../a", "a", false },  { "/../a", "a", true },
        { "a//b", "a/b", true }, { "a b /c", "a b /c", true },
        { "", "a", false },      { ".", "a", false },
        { "/", "a", false },
    };

    (void)state;
    CHECK(cases);
}

static void star_stays_within_a_name(void **state)
{
    static const struct match_case cases[] = {
        { "*", "a", true },
        { "*", "a/b", true },
        { "*.o", "main.o", true },
        { "*.o", "src/main.o", false },
        { "*/*.o", "src/main.o", true },
        { "*/*.o", "a/src/main.o", false },
        { "*.o", ".o", true },
        { "a*c", "abbc", true },
        { "a*c", "a/c", false },
        { "a?c", "abc", true },
        { "a?c", "ac", false },
        { "a?c", "a/c", false },
        { "?", "\xC3\xA4", true },
        { "??", "\xC3\xA4", false },
        { "a*b*c", "aXbYc", true },
        { "a*b*c", "aXbY", false },
    };

    (void)state;
    CHECK(cases);
}

static void two_stars_cross_folders(void **state)
{
    static const struct match_case cases[] = {
        { "**", "a/b/c", true },
        { "**/x", "x", true },
        { "**/x", "a/x", true },
        { "**/x", "a/b/x", true },
        { "**/x", "a/b/x/c", true },
        { "**/x", "a/yx", false },
        { "a/**", "a/b", true },
        { "a/**", "a/b/c", true },
        { "a/**", "a", false },
        { "a/**/c", "a/c", true },
        { "a/**/c", "a/b/b/c", true },
        { "a/**/c", "a/b/xc", false },
        { "**/*.o", "main.o", true },
        { "**/*.o", "src/main.o", true },
        { "**.o", "src/.o", true },
        { "a**b", "ab", true },
        { "a**b", "aXb", false },
        { "a**b", "aX/b", true },
        { "**/**/x", "a/b/x", true },
        { "**/node_modules", "web/app/node_modules/left/pad.js", true },
    };

    (void)state;
    CHECK(cases);
}

static void class_is_one_character(void **state)
{
    static const struct match_case cases[] = {
        { "[ab]", "a", true },
        { "[ab]", "c", false },
        { "[a-c]x", "bx", true },
        { "[a-c]x", "dx", false },
        { "[^a]", "b", true },
        { "[^a]", "a", false },
        { "a[^b]c", "a/c", false },
        { "[\\]]", "]", true },
        { "[\\-x]", "-", true },
        { "[!a]", "!", true },
        { "file[0-9].txt", "file7.txt", true },
        { "[\xC3\xA4-\xC3\xB6]", "\xC3\xB6", true },
    };

    (void)state;
    CHECK(cases);
}

static void other_characters_mean_themselves(void **state)
{
    static const struct match_case cases[] = {
        { "a.b", "a.b", true },
        { "a.b", "axb", false },
        { "a+(b)|{c}$^", "a+(b)|{c}$^", true },
        { "a+", "aa", false },
        { "\\*", "*", true },
        { "\\*", "a", false },
        { "\\!a", "!a", true },
        { "a\\b", "ab", true },
        { "]", "]", true },
        { "\\#a", "#a", true },
        { "a\xFF", "a\xFF", true },
        { "a\xFF", "a\xFE", false },
        { "a]", "a]", true },
    };

    (void)state;
    CHECK(cases);
}

static void last_match_decides(void **state)
{
    static const struct match_case cases[] = {
        { "*\n!a", "a", false },
        { "*\n!a", "b", true },
        { "*\n!a", "a/b", false },
        { "!a\n*", "a", true },
        { "*.md\n!README.md", "README.md", false },
        { "*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true },
        { "docs\n!docs/x", "docs/x", false },
        { "docs\n!docs/x", "docs/y", true },
        { "*\n!**/*.c", "a/b.c", false },
        { "! a", "a", false },
        { "*\n! /a/ ", "a/b", false },
    };

    (void)state;
    CHECK(cases);
}

static void comments_blanks_and_marks_are_no_patterns(void **state)
{
    static const struct match_case cases[] = {
        { "#a\n", "#a", false },
        { "  #a\n", "#a", true },
        { "\r\n\n  \na\r\n", "a", true },
        { "\xEF\xBB\xBF# comment\n", "# comment", false },
        { "\xEF\xBB\xBF"
          "a",
          "a", true },
        { "  a  \n", "a", true },
    };

    (void)state;
    CHECK(cases);
}

static void bad_pattern_is_refused_with_its_line(void **state)
{
    static const char *const bad[] = { "!",   "a\\",  "[",    "[a", "[]",
                                       "[^]", "[a-]", "[-a]", "a[", "[\\" };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct dockerignore ignore = { 0 };
        struct error err = { 0 };
        struct strbuf text = { 0 };

        strbuf_addf(&text, "fine\n# comment\n%s\n", bad[i]);
        if (dockerignore_parse(&ignore, text.data, text.len, &err))
            fail_msg("'%s' is taken", bad[i]);
        assert_int_equal(err.code, ERROR_INPUT);
        assert_non_null(strstr(err.message, "line 3"));
        dockerignore_release(&ignore);
        strbuf_release(&text);
    }
}

static void folder_is_entered_only_when_something_may_return(void **state)
{
    static const struct {
        const char *patterns, *dir;
        bool may;
    } cases[] = {
        { "*", "a", false },
        { "a\nb", "a", false },
        { "*\n!a/b", "a", true },
        { "*\n!a/b", "c", false },
        { "*\n!a/b", "a/b", false },
        { "*\n!a/b/c", "a/b", true },
        { "*\n!*/b", "c", true },
        { "*\n!*/b", "c/d", false },
        { "*\n!**/b", "c/d", true },
        { "node_modules\n!README.md", "node_modules", false },
        { "a\n!ab", "a", false },
        { "a\n!a/**", "a/b/c", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct dockerignore ignore = { 0 };
        struct error err = { 0 };

        assert_true(dockerignore_parse(&ignore, cases[i].patterns,
                                       strlen(cases[i].patterns), &err));
        if (dockerignore_may_return(&ignore, cases[i].dir) != cases[i].may)
            fail_msg("'%s' and '%s'", cases[i].patterns, cases[i].dir);
        dockerignore_release(&ignore);
    }
}

/* One that tries each way would need longer than the universe is old. */
static void many_stars_are_no_burden(void **state)
{
    struct dockerignore ignore = { 0 };
    struct strbuf pattern = { 0 }, path = { 0 };
    struct error err = { 0 };

    (void)state;
    for (int i = 0; i < 100; i++) {
        strbuf_adds(&pattern, "*a");
        strbuf_adds(&path, "aaaa");
    }
    strbuf_adds(&pattern, "/**/**/**/b");
    assert_true(dockerignore_parse(&ignore, pattern.data, pattern.len, &err));
    assert_false(dockerignore_excludes(&ignore, strbuf_text(&path)));
    dockerignore_release(&ignore);
    strbuf_clear(&pattern);
    for (int i = 0; i < 3000; i++)
        strbuf_addc(&pattern, 'a');
    assert_false(dockerignore_parse(&ignore, pattern.data, pattern.len, &err));
    dockerignore_release(&ignore);
    strbuf_release(&pattern);
    strbuf_release(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pattern_takes_a_path_and_what_is_below_it),
        cmocka_unit_test(star_stays_within_a_name),
        cmocka_unit_test(two_stars_cross_folders),
        cmocka_unit_test(class_is_one_character),
        cmocka_unit_test(other_characters_mean_themselves),
        cmocka_unit_test(last_match_decides),
        cmocka_unit_test(comments_blanks_and_marks_are_no_patterns),
        cmocka_unit_test(bad_pattern_is_refused_with_its_line),
        cmocka_unit_test(folder_is_entered_only_when_something_may_return),
        cmocka_unit_test(many_stars_are_no_burden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
