#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/jsonx.h"

#include <stdlib.h>
#include <string.h>

static json_t *parse(const char *text)
{
    struct error err = { 0 };
    json_t *json = jsonx_parse_object(text, strlen(text), &err);

    assert_non_null(json);
    assert_false(error_is_set(&err));
    return json;
}

static void jsonx_parse_takes_one_object(void **state)
{
    json_t *json = parse(" { \"a\": 1 } \n");

    (void)state;
    assert_int_equal(jsonx_int(json, "a", 0), 1);
    json_decref(json);
}

static void jsonx_parse_refuses_anything_else(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "[]",
        "1",
        "\"a\"",
        "null",
        "{",
        "{}{}",
        "{\"a\":}",
        "{'a':1}",
        "{\"a\":1,}",
        "{\"a\":1}x",
        "{\"a\":1,\"a\":2}", /* a member twice */
        "{\"a\":\"\xFF\"}",  /* no UTF-8 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct error err = { 0 };

        if (jsonx_parse_object(texts[i], strlen(texts[i]), &err))
            fail_msg("'%s' was read", texts[i]);
        assert_int_equal(err.code, ERROR_INPUT);
        assert_true(err.message[0] != '\0');
    }
}

static void jsonx_parse_says_where_it_went_wrong(void **state)
{
    const char text[] = "{\n  \"a\": 1,\n  \"b\" 2\n}";
    struct error err = { 0 };

    (void)state;
    assert_null(jsonx_parse_object(text, strlen(text), &err));
    assert_memory_equal(err.message, "line 3, column ", 15);
    error_clear(&err);
    assert_null(jsonx_parse_object(NULL, 0, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_memory_equal(err.message, "line 1, ", 8);
    assert_null(jsonx_parse_object("[1]", 3, NULL));
}

static void jsonx_parse_respects_the_size(void **state)
{
    struct error err = { 0 };
    json_t *json = jsonx_parse_object("{}garbage", 2, &err);

    (void)state;
    assert_non_null(json);
    json_decref(json);
}

static void jsonx_reads_members_or_defaults(void **state)
{
    json_t *json = parse("{\"text\":\"x\",\"empty\":\"\",\"int\":-5,"
                         "\"real\":1.5,\"yes\":true,\"no\":false,"
                         "\"null\":null,\"big\":9007199254740993}");

    (void)state;
    assert_string_equal(jsonx_text(json, "text", "d"), "x");
    assert_string_equal(jsonx_text(json, "empty", "d"), "");
    assert_string_equal(jsonx_text(json, "int", "d"), "d");
    assert_string_equal(jsonx_text(json, "null", "d"), "d");
    assert_null(jsonx_text(json, "absent", NULL));
    assert_int_equal(jsonx_int(json, "int", 7), -5);
    assert_int_equal(jsonx_int(json, "text", 7), 7);
    assert_int_equal(jsonx_int(json, "real", 7), 7);
    assert_int_equal(jsonx_int(json, "absent", 7), 7);
    assert_true(jsonx_int(json, "big", 0) == 9007199254740993);
    assert_true(jsonx_bool(json, "yes"));
    assert_false(jsonx_bool(json, "no"));
    assert_false(jsonx_bool(json, "int"));
    assert_false(jsonx_bool(json, "absent"));
    json_decref(json);
}

static void jsonx_reads_nothing_from_no_object(void **state)
{
    json_t *array = json_array();

    (void)state;
    assert_string_equal(jsonx_text(NULL, "a", "d"), "d");
    assert_int_equal(jsonx_int(NULL, "a", 3), 3);
    assert_false(jsonx_bool(NULL, "a"));
    assert_string_equal(jsonx_text(array, "a", "d"), "d");
    assert_int_equal(jsonx_int(array, "a", 3), 3);
    assert_false(jsonx_bool(array, "a"));
    json_decref(array);
}

static void jsonx_writes_members(void **state)
{
    json_t *json = json_object();
    char *line;

    (void)state;
    jsonx_set_text(json, "a", "x\n\"y\"");
    jsonx_set_text(json, "left out", NULL);
    jsonx_set_int(json, "b", INT64_MIN);
    jsonx_set_bool(json, "c", true);
    jsonx_set_bool(json, "d", false);
    line = jsonx_line(json);
    assert_string_equal(line, "{\"a\":\"x\\n\\\"y\\\"\","
                              "\"b\":-9223372036854775808,"
                              "\"c\":true,\"d\":false}");
    free(line);
    json_decref(json);
}

static void jsonx_set_replaces_a_member(void **state)
{
    json_t *json = json_object();
    char *line;

    (void)state;
    jsonx_set_int(json, "a", 1);
    jsonx_set_text(json, "a", "2");
    line = jsonx_line(json);
    assert_string_equal(line, "{\"a\":\"2\"}");
    free(line);
    json_decref(json);
}

static void jsonx_repairs_bytes_that_are_no_text(void **state)
{
    json_t *json = json_object();
    json_t *string = jsonx_string("\xC3\xA4\xC3\x00z", 5);
    json_t *empty = jsonx_string(NULL, 0);

    (void)state;
    jsonx_set_text(json, "a", "\xFFok");
    assert_string_equal(jsonx_text(json, "a", ""), "\xEF\xBF\xBDok");
    assert_int_equal(json_string_length(string), 7);
    assert_memory_equal(json_string_value(string), "\xC3\xA4\xEF\xBF\xBD\0z",
                        7);
    assert_string_equal(json_string_value(empty), "");
    json_decref(json);
    json_decref(string);
    json_decref(empty);
}

static void jsonx_line_is_one_line_for_any_value(void **state)
{
    json_t *text = json_string("a\nb");
    json_t *nested = parse("{\"a\":[1,{\"b\":\"c\\nd\"}]}");
    char *line = jsonx_line(text);

    (void)state;
    assert_string_equal(line, "\"a\\nb\"");
    free(line);
    line = jsonx_line(nested);
    assert_string_equal(line, "{\"a\":[1,{\"b\":\"c\\nd\"}]}");
    free(line);
    json_decref(text);
    json_decref(nested);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jsonx_parse_takes_one_object),
        cmocka_unit_test(jsonx_parse_refuses_anything_else),
        cmocka_unit_test(jsonx_parse_says_where_it_went_wrong),
        cmocka_unit_test(jsonx_parse_respects_the_size),
        cmocka_unit_test(jsonx_reads_members_or_defaults),
        cmocka_unit_test(jsonx_reads_nothing_from_no_object),
        cmocka_unit_test(jsonx_writes_members),
        cmocka_unit_test(jsonx_set_replaces_a_member),
        cmocka_unit_test(jsonx_repairs_bytes_that_are_no_text),
        cmocka_unit_test(jsonx_line_is_one_line_for_any_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
