#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_output.h"

#include "base/redact.h"
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

static int set_up(void **state)
{
    struct redact *redact = redact_new();

    plain_output();
    if (redact_add(redact, "hunter2hunter2") != REDACT_ADDED ||
        redact_add(redact, "first line\nsecond line") != REDACT_ADDED)
        return -1;
    redact_seal(redact);
    output_set_redact(redact);
    *state = redact;
    return 0;
}

static int tear_down(void **state)
{
    output_set_redact(NULL);
    redact_free(*state);
    return 0;
}

static void expect_safe(const char *text, const char *wanted)
{
    char *safe = output_safe(text);

    assert_string_equal(safe, wanted);
    free(safe);
}

static void output_safe_masks_secrets(void **state)
{
    (void)state;
    expect_safe("it is hunter2hunter2.", "it is ***.");
    expect_safe("it is hunter2.", "it is hunter2.");
    expect_safe("", "");
    output_set_redact(NULL);
    expect_safe("it is hunter2hunter2.", "it is hunter2hunter2.");
}

/* Behind the sanitising its two lines would be one. */
static void output_safe_masks_before_it_makes_safe(void **state)
{
    (void)state;
    expect_safe("\x1b[31ma first line\nsecond line", "a ***");
}

static void output_column_masks_before_it_cuts(void **state)
{
    char *column = output_column("hunter2hunter2", 8);

    (void)state;
    assert_string_equal(column, "***     ");
    free(column);
}

static char *printed(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);

    capture_begin();
    output_json(json);
    return capture_end();
}

static void output_json_masks_secrets_at_any_depth(void **state)
{
    char *text = printed("{\"title\":\"hunter2hunter2\",\"steps\":[{\"reason\":"
                         "\"for hunter2hunter2\"}],\"count\":2}");

    (void)state;
    assert_string_equal(text,
                        "{\n  \"title\": \"***\",\n  \"steps\": [\n    {\n"
                        "      \"reason\": \"for ***\"\n    }\n  ],\n"
                        "  \"count\": 2\n}\n");
    free(text);
}

static void output_json_spares_the_words_others_rely_on(void **state)
{
    char *text = printed("{\"steps\":[{\"step\":\"hunter2hunter2\","
                         "\"status\":\"hunter2hunter2\"}]}");

    (void)state;
    expect_part(text, "\"step\": \"hunter2hunter2\"");
    expect_part(text, "\"status\": \"hunter2hunter2\"");
    free(text);
}

static void output_json_without_secrets_is_as_it_was(void **state)
{
    char *text;

    (void)state;
    output_set_redact(NULL);
    text = printed("{\"title\":\"hunter2hunter2\"}");
    assert_string_equal(text, "{\n  \"title\": \"hunter2hunter2\"\n}\n");
    free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(output_safe_masks_secrets),
        TEST(output_safe_masks_before_it_makes_safe),
        TEST(output_column_masks_before_it_cuts),
        TEST(output_json_masks_secrets_at_any_depth),
        TEST(output_json_spares_the_words_others_rely_on),
        TEST(output_json_without_secrets_is_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
