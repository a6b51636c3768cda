#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/jsonx.h"
#include "base/redact_json.h"

#include <stdlib.h>
#include <string.h>

static int set_up(void **state)
{
    struct redact *redact = redact_new();

    if (redact_add(redact, "hunter2hunter2") != REDACT_ADDED)
        return -1;
    redact_seal(redact);
    *state = redact;
    return 0;
}

static int tear_down(void **state)
{
    redact_free(*state);
    return 0;
}

static void expect(const struct redact *redact, const char *text,
                   const char *const *spared, const char *wanted)
{
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    json_t *masked;
    char *line;

    assert_non_null(json);
    masked = redact_json(json, redact, spared);
    line = jsonx_line(masked);
    assert_string_equal(line, wanted);
    free(line);
    json_decref(masked);
    json_decref(json);
}

static void redact_json_masks_texts_at_any_depth(void **state)
{
    expect(*state, "\"a hunter2hunter2\"", NULL, "\"a ***\"");
    expect(*state, "[\"hunter2hunter2\",[\"x\",[\"hunter2hunter2!\"]]]", NULL,
           "[\"***\",[\"x\",[\"***!\"]]]");
    expect(*state, "{\"a\":{\"b\":[{\"c\":\"is hunter2hunter2\"}]}}", NULL,
           "{\"a\":{\"b\":[{\"c\":\"is ***\"}]}}");
}

static void redact_json_keeps_what_is_no_text(void **state)
{
    static const char text[] =
        "{\"a\":1,\"b\":2.5,\"c\":null,\"d\":true,\"e\":[],\"f\":{},"
        "\"g\":\"hunter2\",\"hunter2hunter2\":3}";

    expect(*state, text, NULL, text);
    expect(*state, "7", NULL, "7");
}

static void redact_json_spares_named_texts_only(void **state)
{
    static const char *const spared[] = { "status", "step", NULL };

    expect(*state,
           "{\"status\":\"hunter2hunter2\",\"steps\":[{\"step\":"
           "\"hunter2hunter2\",\"title\":\"hunter2hunter2\"}]}",
           spared,
           "{\"status\":\"hunter2hunter2\",\"steps\":[{\"step\":"
           "\"hunter2hunter2\",\"title\":\"***\"}]}");
    expect(*state, "{\"status\":[\"hunter2hunter2\"]}", spared,
           "{\"status\":[\"***\"]}");
}

static void redact_json_gives_the_container_itself(void **state)
{
    json_t *json = json_pack("{s:s}", "a", "hunter2hunter2");
    json_t *masked = redact_json(json, *state, NULL);

    assert_ptr_equal(masked, json);
    assert_string_equal(jsonx_text(json, "a", ""), "***");
    json_decref(masked);
    json_decref(json);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(redact_json_masks_texts_at_any_depth),
        cmocka_unit_test(redact_json_keeps_what_is_no_text),
        cmocka_unit_test(redact_json_spares_named_texts_only),
        cmocka_unit_test(redact_json_gives_the_container_itself),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
