#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "emulator/dockerfile.h"

#include <string.h>

static void dockerfile_joins_lines_and_leaves_comments_out(void **state)
{
    static const char text[] = "# a comment\n"
                               "\n"
                               "from scratch\r\n"
                               "ENV A=1 \\\n"
                               "    # within\n"
                               "\n"
                               "    B=2\n"
                               "  COPY a  b  \n"
                               "CMD last \\";
    static const struct {
        const char *word, *rest;
        int line;
    } expected[] = { { "FROM", "scratch", 3 },
                     { "ENV", "A=1 B=2", 4 },
                     { "COPY", "a  b", 8 },
                     { "CMD", "last ", 9 } };
    struct dockerfile file = { 0 };

    (void)state;
    assert_true(dockerfile_read(text, &file, NULL));
    assert_int_equal(file.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(file.items[i].word, expected[i].word);
        assert_string_equal(file.items[i].rest, expected[i].rest);
        assert_int_equal(file.items[i].line, expected[i].line);
    }
    dockerfile_release(&file);
}

static void dockerfile_refuses_with_the_line(void **state)
{
    static const char *const cases[][2] = {
        { "", "cannot be empty" },
        { "# only\n", "cannot be empty" },
        { "FROM scratch\nFRMO x\n", "line 2: unknown instruction: FRMO" },
        { "FROM scratch\n\nRUN <<EOF\nls\nEOF\n", "line 3" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct dockerfile file = { 0 };
        struct error err = { 0 };

        assert_false(dockerfile_read(cases[i][0], &file, &err));
        assert_int_equal(err.code, ERROR_INPUT);
        assert_non_null(strstr(err.message, cases[i][1]));
        dockerfile_release(&file);
    }
}

/* The words with "|" between them. */
static void assert_words(const char *text, const char *expected)
{
    json_t *variables = json_pack("{s:s, s:s}", "NAME", "a value", "EMPTY", "");
    struct strvec words = { 0 }, wanted = { 0 };

    assert_true(dockerfile_words(text, variables, &words, NULL));
    strvec_split(&wanted, expected, "|");
    assert_int_equal(words.count, wanted.count);
    for (size_t i = 0; i < words.count; i++)
        assert_string_equal(words.items[i], wanted.items[i]);
    strvec_release(&words);
    strvec_release(&wanted);
    json_decref(variables);
}

static void dockerfile_splits_and_expands_words(void **state)
{
    static const char *const cases[][2] = {
        { "a  b\tc", "a|b|c" },
        { "\"a b\" c\\ d", "a b|c d" },
        { "x=$NAME", "x=a value" },
        { "x=\"${NAME}s\"", "x=a values" },
        { "'$NAME'", "$NAME" },
        { "\\$NAME", "$NAME" },
        { "${NONE:-other}", "other" },
        { "${EMPTY:-other}", "other" },
        { "${NAME:-other}", "a value" },
        { "${NAME:+set}", "set" },
        { "x${NONE:+set}", "x" },
        { "[\"a b\", \"$NAME\"]", "a b|a value" },
        { "[a", "[a" },
        { "a$", "a$" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_words(cases[i][0], cases[i][1]);
}

static void dockerfile_refuses_what_has_no_end(void **state)
{
    static const char *const cases[] = { "\"a", "'a", "a ${NAME",
                                         "[\"${NAME\"]" };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *variables = json_object();
        struct strvec words = { 0 };
        struct error err = { 0 };

        assert_false(dockerfile_words(cases[i], variables, &words, &err));
        assert_int_equal(err.code, ERROR_INPUT);
        strvec_release(&words);
        json_decref(variables);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dockerfile_joins_lines_and_leaves_comments_out),
        cmocka_unit_test(dockerfile_refuses_with_the_line),
        cmocka_unit_test(dockerfile_splits_and_expands_words),
        cmocka_unit_test(dockerfile_refuses_what_has_no_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
