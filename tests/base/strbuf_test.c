#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

static void strbuf_is_empty_text_when_zeroed(void **state)
{
    struct strbuf buf = { 0 };

    (void)state;
    assert_string_equal(strbuf_text(&buf), "");
    strbuf_clear(&buf);
    strbuf_truncate(&buf, 5);
    strbuf_consume(&buf, 5);
    strbuf_add(&buf, NULL, 0);
    assert_string_equal(strbuf_text(&buf), "");
    assert_int_equal(buf.len, 0);
    strbuf_release(&buf);
}

static void strbuf_add_appends_and_terminates(void **state)
{
    struct strbuf buf = { 0 };

    (void)state;
    strbuf_adds(&buf, "abc");
    strbuf_addc(&buf, 'd');
    strbuf_addf(&buf, "%03d%s", 7, "");
    strbuf_add(&buf, "x\0y", 3);
    assert_int_equal(buf.len, 10);
    assert_memory_equal(buf.data, "abcd007x\0y", 11);
    strbuf_addf(&buf, "%s", "");
    assert_int_equal(buf.len, 10);
    strbuf_release(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.capacity, 0);
}

static void strbuf_grows_over_many_adds(void **state)
{
    struct strbuf buf = { 0 };

    (void)state;
    for (int i = 0; i < 10000; i++)
        strbuf_addf(&buf, "%d,", i % 10);
    assert_int_equal(buf.len, 20000);
    assert_int_equal(strlen(strbuf_text(&buf)), 20000);
    assert_string_equal(strbuf_text(&buf) + 19980, "0,1,2,3,4,5,6,7,8,9,");
    strbuf_release(&buf);
}

static void strbuf_take_gives_the_text_away(void **state)
{
    struct strbuf buf = { 0 };
    char *text = strbuf_take(&buf);

    (void)state;
    assert_string_equal(text, "");
    free(text);
    strbuf_adds(&buf, "mine");
    text = strbuf_take(&buf);
    assert_string_equal(text, "mine");
    assert_null(buf.data);
    assert_int_equal(buf.len, 0);
    free(text);
}

static void strbuf_consume_drops_the_front(void **state)
{
    struct strbuf buf = { 0 };

    (void)state;
    strbuf_adds(&buf, "abcdef");
    strbuf_consume(&buf, 2);
    assert_string_equal(strbuf_text(&buf), "cdef");
    strbuf_consume(&buf, 0);
    assert_string_equal(strbuf_text(&buf), "cdef");
    strbuf_consume(&buf, 4);
    assert_string_equal(strbuf_text(&buf), "");
    strbuf_adds(&buf, "z");
    strbuf_consume(&buf, 99);
    assert_int_equal(buf.len, 0);
    strbuf_release(&buf);
}

static void strbuf_truncate_never_lengthens(void **state)
{
    struct strbuf buf = { 0 };

    (void)state;
    strbuf_adds(&buf, "abcdef");
    strbuf_truncate(&buf, 9);
    assert_string_equal(strbuf_text(&buf), "abcdef");
    strbuf_truncate(&buf, 3);
    assert_string_equal(strbuf_text(&buf), "abc");
    strbuf_release(&buf);
}

static void strbuf_reserve_and_clear_keep_memory(void **state)
{
    struct strbuf buf = { 0 };
    char *memory;

    (void)state;
    strbuf_adds(&buf, "ab");
    strbuf_reserve(&buf, 1000);
    assert_true(buf.capacity >= 1003);
    assert_string_equal(strbuf_text(&buf), "ab");
    memory = buf.data;
    strbuf_clear(&buf);
    for (int i = 0; i < 1000; i++)
        strbuf_addc(&buf, 'x');
    assert_ptr_equal(buf.data, memory);
    strbuf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strbuf_is_empty_text_when_zeroed),
        cmocka_unit_test(strbuf_add_appends_and_terminates),
        cmocka_unit_test(strbuf_grows_over_many_adds),
        cmocka_unit_test(strbuf_take_gives_the_text_away),
        cmocka_unit_test(strbuf_consume_drops_the_front),
        cmocka_unit_test(strbuf_truncate_never_lengthens),
        cmocka_unit_test(strbuf_reserve_and_clear_keep_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
