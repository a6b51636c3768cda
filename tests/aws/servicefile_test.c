#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_step.h"

#include "aws/apprunner/servicefile.h"

#include "base/jsonx.h"

#include <stdlib.h>
#include <string.h>

static bool parse(const char *text, struct servicefile *file, struct error *err)
{
    return servicefile_parse("service.json", text, strlen(text), file, err);
}

static void expect_maps(const char *text, const char *environment,
                        const char *secrets)
{
    struct servicefile file;
    struct error err = { 0 };
    char *found;

    if (!parse(text, &file, &err))
        fail_msg("%s: %s", text, err.message);
    found = json_dumps(file.environment, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(found, environment);
    free(found);
    found = json_dumps(file.secrets, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(found, secrets);
    free(found);
    servicefile_release(&file);
}

static void maps_and_arrays_become_maps(void **state)
{
    (void)state;
    expect_maps("{}", "{}", "{}");
    expect_maps("{\"environment\":null}", "{}", "{}");
    expect_maps("{\"environment\":{\"B\":\"2\",\"A\":\"\"}}",
                "{\"A\":\"\",\"B\":\"2\"}", "{}");
    expect_maps("{\"environment\":[{\"Name\":\"A\",\"Value\":\"1\"},"
                "{\"name\":\"B\",\"value\":\"2\"}]}",
                "{\"A\":\"1\",\"B\":\"2\"}", "{}");
    expect_maps("{\"secrets\":[{\"Name\":\"T\",\"Value\":\"arn:a\"},"
                "{\"name\":\"U\",\"valueFrom\":\"arn:b\"}]}",
                "{}", "{\"T\":\"arn:a\",\"U\":\"arn:b\"}");
    expect_maps("{\"$schema\":1,\"_note\":2,\"environment\":{\"OLD\":null}}",
                "{\"OLD\":null}", "{}");
}

static void a_name_may_move_from_the_environment_to_the_secrets(void **state)
{
    (void)state;
    expect_maps("{\"environment\":{\"T\":null},\"secrets\":{\"T\":\"arn:a\"}}",
                "{\"T\":null}", "{\"T\":\"arn:a\"}");
}

static void bad_input_names_file_and_place_but_no_value(void **state)
{
    static const struct {
        const char *text, *part;
    } rows[] = {
        { "[]", "service.json: a JSON object is expected" },
        { "{\"environment\":\n {\"A\": hidden}}", "service.json: line 2" },
        { "{\"enviroment\":{}}", "unknown member 'enviroment'" },
        { "{\"environment\":\"hidden\"}", "environment is no map" },
        { "{\"environment\":{\"A\":5}}", "environment.A: the value of 'A' is" },
        { "{\"environment\":{\"A\":true}}", "is not a text" },
        { "{\"environment\":{\"A\":{\"b\":\"hidden\"}}}", "is not a text" },
        { "{\"environment\":{\"A=B\":\"hidden\"}}", "the name is not usable" },
        { "{\"environment\":{\"\":\"hidden\"}}", "the name is not usable" },
        { "{\"environment\":{\"AWSAPPRUNNER_A\":\"hidden\"}}",
          "the name is reserved" },
        { "{\"environment\":{\"A B\":\"hidden\"}}", "the name is not usable" },
        { "{\"environment\":[{\"Name\":\"A\",\"Value\":\"hidden\"},"
          "{\"Name\":\"A\",\"Value\":\"hidden\"}]}",
          "environment[1]: 'A' is there twice" },
        { "{\"environment\":{\"A\":\"hidden\",\"A\":\"hidden\"}}", "line 1" },
        { "{\"environment\":[{\"Value\":\"hidden\"}]}",
          "environment[0] has no Name" },
        { "{\"environment\":[{\"Name\":\"A\"}]}",
          "environment[0] has no Value" },
        { "{\"environment\":[\"hidden\"]}", "environment[0] has no Name" },
        { "{\"secrets\":{\"A\":\"\"}}", "the value of 'A' is empty" },
        { "{\"environment\":{\"A\":\"hidden\"},\"secrets\":{\"A\":\"arn:"
          "hidden\"}}",
          "'A' is in both" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct servicefile file;
        struct error err = { 0 };

        if (parse(rows[i].text, &file, &err))
            fail_msg("taken: %s", rows[i].text);
        assert_int_equal(err.code, ERROR_INPUT);
        fixture_step_expect(err.message, "service.json");
        fixture_step_expect(err.message, rows[i].part);
        fixture_step_expect_not(err.message, "hidden");
        assert_string_not_equal(err.hint, "");
        assert_null(file.environment);
    }
}

static void a_misspelled_member_is_guessed(void **state)
{
    struct servicefile file;
    struct error err = { 0 };

    (void)state;
    assert_false(parse("{\"enviroment\":{}}", &file, &err));
    fixture_step_expect(err.hint, "'environment'");
}

static void a_file_nobody_named_need_not_be_there(void **state)
{
    struct fixture_step *f = *state;
    struct servicefile file;
    struct error err = { 0 };

    fixture_step_open(f);
    assert_true(servicefile_load(&f->project, &file, &err));
    assert_int_equal(json_object_size(file.environment), 0);
    servicefile_release(&file);
}

static void a_file_that_is_named_has_to_be_there(void **state)
{
    struct fixture_step *f = *state;
    struct servicefile file;
    struct error err = { 0 };

    fixture_step_set(f, "SERVICE_CONFIG", "other.json");
    fixture_step_open(f);
    assert_false(servicefile_load(&f->project, &file, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    fixture_step_expect(err.message, "other.json");
}

static void the_file_is_read_from_the_project(void **state)
{
    struct fixture_step *f = *state;
    struct servicefile file;
    struct error err = { 0 };

    fixture_step_write(f, "service.json", "{\"secrets\":{\"T\":\"arn:a\"}}");
    fixture_step_open(f);
    assert_true(servicefile_load(&f->project, &file, &err));
    assert_string_equal(jsonx_text(file.secrets, "T", ""), "arn:a");
    servicefile_release(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_and_arrays_become_maps),
        cmocka_unit_test(a_name_may_move_from_the_environment_to_the_secrets),
        cmocka_unit_test(bad_input_names_file_and_place_but_no_value),
        cmocka_unit_test(a_misspelled_member_is_guessed),
        FIXTURE_STEP_TEST(a_file_nobody_named_need_not_be_there),
        FIXTURE_STEP_TEST(a_file_that_is_named_has_to_be_there),
        FIXTURE_STEP_TEST(the_file_is_read_from_the_project),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
