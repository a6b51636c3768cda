#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/inifile.h"
#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

struct seen {
    struct strbuf text;
    int most; /* values to take; 0: all */
    int count;
};

static bool on_value(void *context, int line, const char *section,
                     const char *name, const char *value)
{
    struct seen *seen = context;

    strbuf_addf(&seen->text, "%d %s.%s=%s\n", line, section, name, value);
    seen->count++;
    return !seen->most || seen->count < seen->most;
}

/* Parses and compares what was seen and the first bad line. */
static void expect_bytes(const char *text, size_t size, const char *expected,
                         int expected_bad)
{
    struct seen seen = { 0 };
    int bad = -1;

    assert_true(inifile_parse(text, size, on_value, &seen, &bad, NULL));
    assert_string_equal(strbuf_text(&seen.text), expected);
    assert_int_equal(bad, expected_bad);
    strbuf_release(&seen.text);
}

static void expect(const char *text, const char *expected, int expected_bad)
{
    expect_bytes(text, strlen(text), expected, expected_bad);
}

static void inifile_gives_sections_names_values_and_lines(void **state)
{
    (void)state;
    expect("", "", 0);
    expect("a = 1\n[one]\n\n  b: 2  \n; no\n# no\n[two]\nc=x = y",
           "1 .a=1\n4 one.b=2\n8 two.c=x = y\n", 0);
}

static void inifile_takes_carriage_returns_and_a_byte_order_mark(void **state)
{
    (void)state;
    expect("\xef\xbb\xbf[one]\r\na = 1\r\n\r\nb = 2\r\n",
           "2 one.a=1\n4 one.b=2\n", 0);
}

static void inifile_ends_a_value_at_a_comment_behind_a_space(void **state)
{
    (void)state;
    expect("a = 1 ; one\nb = 1;2\nc = ; three\nd = #fff\n",
           "1 .a=1\n2 .b=1;2\n3 .c=\n4 .d=#fff\n", 0);
}

static void inifile_takes_indented_lines_for_themselves(void **state)
{
    (void)state;
    expect("[one]\n  a = 1\n  b = 2\n\tc = 3\n",
           "2 one.a=1\n3 one.b=2\n4 one.c=3\n", 0);
    expect("[one]\n  a =\n  b = 2\n", "2 one.a=\n3 one.b=2\n", 0);
}

static void inifile_leaves_out_what_is_nested_below_an_empty_value(void **state)
{
    (void)state;
    expect("[one]\ns3 =\n  region = here\n\n  deep = 1\nregion = there\n",
           "2 one.s3=\n6 one.region=there\n", 0);
    expect("[one]\ns3 =\n  [two]\n  a = 1\n[three]\n  b = 2\n",
           "2 one.s3=\n6 three.b=2\n", 0);
}

static void inifile_names_the_first_bad_line_and_goes_on(void **state)
{
    (void)state;
    expect("a = 1\nnonsense\nb = 2\n[open\nc = 3\n", "1 .a=1\n3 .b=2\n5 .c=3\n",
           2);
    expect("[one]\n= 1\nb = 2\n", "3 one.b=2\n", 2);
    expect("[one]\n[two ; ]\nb = 2\n", "3 one.b=2\n", 2);
    expect_bytes("a = 1\nb = \0 2\nc = 3\n", 20, "1 .a=1\n3 .c=3\n", 2);
}

static void inifile_takes_lines_of_any_length(void **state)
{
    char value[5001];
    struct strbuf text = { 0 };
    struct strbuf expected = { 0 };

    (void)state;
    memset(value, 'v', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    for (size_t length = 150; length <= 250; length++) {
        const char *tail = value + sizeof(value) - 1 - length;

        strbuf_addf(&text, "name = %s\nb = 2\n", tail);
        strbuf_addf(&expected, "1 .name=%s\n2 .b=2\n", tail);
        expect(text.data, expected.data, 0);
        strbuf_clear(&text);
        strbuf_clear(&expected);
    }
    strbuf_addf(&text, "a = %s ; %s\r\n; %s\nb = 2\n", value, value, value);
    strbuf_addf(&expected, "1 .a=%s\n3 .b=2\n", value);
    expect(text.data, expected.data, 0);
    strbuf_clear(&text);
    strbuf_addf(&text, "a = 1\n%s\n%s = 3\nb = 2\n", value, value);
    expect(text.data, "1 .a=1\n4 .b=2\n", 2);
    strbuf_release(&text);
    strbuf_release(&expected);
}

static void inifile_takes_sections_of_any_length(void **state)
{
    char name[301];
    struct strbuf text = { 0 };
    struct strbuf expected = { 0 };

    (void)state;
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    for (size_t length = 1; length < sizeof(name); length++) {
        const char *tail = name + sizeof(name) - 1 - length;

        strbuf_addf(&text, "[%s] ; %s\na = 1\n[~]\nb = 2\n", tail, name);
        strbuf_addf(&expected, "2 %s.a=1\n4 ~.b=2\n", tail);
        expect(text.data, expected.data, 0);
        strbuf_clear(&text);
        strbuf_clear(&expected);
    }
    strbuf_release(&text);
    strbuf_release(&expected);
}

static void inifile_ends_when_the_visitor_has_enough(void **state)
{
    static const char text[] = "a = 1\nb = 2\nc = 3\n";
    struct seen seen = { .most = 2 };
    struct error err = { 0 };

    (void)state;
    assert_false(
        inifile_parse(text, strlen(text), on_value, &seen, NULL, &err));
    assert_string_equal(strbuf_text(&seen.text), "1 .a=1\n2 .b=2\n");
    assert_false(error_is_set(&err));
    strbuf_release(&seen.text);
}

static void inifile_refuses_what_is_too_large(void **state)
{
    size_t size = (size_t)INIFILE_SIZE_LIMIT + 1;
    char *text = malloc(size);
    struct seen seen = { 0 };
    struct error err = { 0 };

    (void)state;
    assert_non_null(text);
    memset(text, '\n', size);
    assert_true(inifile_parse(text, size - 1, on_value, &seen, NULL, &err));
    assert_false(inifile_parse(text, size, on_value, &seen, NULL, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(inifile_gives_sections_names_values_and_lines),
        cmocka_unit_test(inifile_takes_carriage_returns_and_a_byte_order_mark),
        cmocka_unit_test(inifile_ends_a_value_at_a_comment_behind_a_space),
        cmocka_unit_test(inifile_takes_indented_lines_for_themselves),
        cmocka_unit_test(
            inifile_leaves_out_what_is_nested_below_an_empty_value),
        cmocka_unit_test(inifile_names_the_first_bad_line_and_goes_on),
        cmocka_unit_test(inifile_takes_lines_of_any_length),
        cmocka_unit_test(inifile_takes_sections_of_any_length),
        cmocka_unit_test(inifile_ends_when_the_visitor_has_enough),
        cmocka_unit_test(inifile_refuses_what_is_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
