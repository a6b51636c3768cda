#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/error.h"

#include <errno.h>
#include <string.h>

static void error_set_keeps_the_first_error(void **state)
{
    struct error err = { 0 };

    (void)state;
    assert_false(error_set(&err, ERROR_INPUT, "first '%s'", "x"));
    assert_false(error_set(&err, ERROR_IO, "second"));
    assert_false(error_set_errno(&err, ERROR_IO, ENOENT, "third"));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_string_equal(err.message, "first 'x'");
}

static void error_set_errno_appends_the_text_of_the_number(void **state)
{
    struct error err = { 0 };
    char expected[256] = "cannot open 'x': ";

    (void)state;
    strcat(expected, strerror(EACCES));
    error_set_errno(&err, ERROR_IO, EACCES, "cannot open '%s'", "x");
    assert_string_equal(err.message, expected);
    assert_int_equal(err.code, ERROR_IO);
}

static void error_hint_keeps_the_first_advice(void **state)
{
    struct error err = { 0 };

    (void)state;
    error_set(&err, ERROR_INPUT, "wrong");
    assert_false(error_hint(&err, "try %d", 1));
    error_hint(&err, "try 2");
    assert_string_equal(err.hint, "try 1");
}

static void error_wrap_puts_the_context_in_front(void **state)
{
    struct error err = { 0 };

    (void)state;
    error_set(&err, ERROR_NOT_FOUND, "inner");
    assert_false(error_wrap(&err, "file '%s'", "a"));
    assert_false(error_wrap(&err, "step %d", 7));
    assert_string_equal(err.message, "step 7: file 'a': inner");
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void error_texts_are_cut_not_overrun(void **state)
{
    struct error err = { 0 };
    char text[4 * ERROR_TEXT_SIZE];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    error_set(&err, ERROR_INPUT, "%s", text);
    error_hint(&err, "%s", text);
    assert_int_equal(strlen(err.message), ERROR_TEXT_SIZE - 1);
    assert_int_equal(strlen(err.hint), ERROR_TEXT_SIZE - 1);
    error_wrap(&err, "outer");
    assert_int_equal(strlen(err.message), ERROR_TEXT_SIZE - 1);
    assert_memory_equal(err.message, "outer: xxx", 10);
    error_wrap(&err, "%s", text);
    assert_int_equal(strlen(err.message), ERROR_TEXT_SIZE - 1);
}

static void error_functions_accept_no_error(void **state)
{
    (void)state;
    assert_false(error_set(NULL, ERROR_IO, "x"));
    assert_false(error_set_errno(NULL, ERROR_IO, EIO, "x"));
    assert_false(error_hint(NULL, "x"));
    assert_false(error_wrap(NULL, "x"));
    error_clear(NULL);
    assert_false(error_is_set(NULL));
}

static void error_clear_makes_room_for_another(void **state)
{
    struct error err = { 0 };

    (void)state;
    assert_false(error_is_set(&err));
    error_set(&err, ERROR_IO, "first");
    error_hint(&err, "hint");
    assert_true(error_is_set(&err));
    error_clear(&err);
    assert_false(error_is_set(&err));
    assert_string_equal(err.message, "");
    assert_string_equal(err.hint, "");
    error_set(&err, ERROR_LOCKED, "second");
    assert_string_equal(err.message, "second");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_set_keeps_the_first_error),
        cmocka_unit_test(error_set_errno_appends_the_text_of_the_number),
        cmocka_unit_test(error_hint_keeps_the_first_advice),
        cmocka_unit_test(error_wrap_puts_the_context_in_front),
        cmocka_unit_test(error_texts_are_cut_not_overrun),
        cmocka_unit_test(error_functions_accept_no_error),
        cmocka_unit_test(error_clear_makes_room_for_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
