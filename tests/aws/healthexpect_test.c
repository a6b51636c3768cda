#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/apprunner/healthexpect.h"

#include <string.h>

static const char answer[] =
    "{\"dependencies\": {\"ffmpeg\": {\"available\": true}},"
    " \"proxy_config_readable\": false, \"version\": \"1.10\","
    " \"workers\": 4, \"load\": 0.5, \"none\": null,"
    " \"items\": [{\"name\": \"a b\"}, \"x\"], \"0\": \"zero\"}";

static bool check(const char *text, struct error *err)
{
    struct healthexpect expect;
    json_t *json = json_loads(answer, 0, NULL);
    bool ok;

    assert_non_null(json);
    if (!healthexpect_parse(text, &expect, err))
        fail_msg("%s: %s", text, err->message);
    ok = healthexpect_check(&expect, json, err);
    healthexpect_release(&expect);
    json_decref(json);
    return ok;
}

static void what_holds_is_found(void **state)
{
    static const char *const rows[] = {
        "",
        "  ",
        "dependencies.ffmpeg.available=true",
        "proxy_config_readable=false version=1.10",
        "workers=4",
        "workers=4.0",
        "load=0.5",
        "none=null",
        "items.0.name=\"a b\"",
        "items[0].name=\"a b\"\n\titems.1=x",
        "0=zero",
        "version=\"1.10\"",
    };
    struct error err = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!check(rows[i], &err))
            fail_msg("%s: %s", rows[i], err.message);
    }
}

static void what_does_not_hold_is_named_with_what_is_there(void **state)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        { "proxy_config_readable=true",
          "'proxy_config_readable' is false, and 'true' is expected" },
        { "version=1.1", "'version' is \"1.10\", and '1.1' is expected" },
        { "workers=5", "'workers' is 4, and '5' is expected" },
        { "workers=four", "'workers' is 4, and 'four' is expected" },
        { "workers=", "'workers' is 4, and '' is expected" },
        { "none=0", "'none' is null, and '0' is expected" },
        { "gone.far=true", "'gone.far' is missing, and 'true' is expected" },
        { "version.x=1", "'version.x' is missing, and '1' is expected" },
        { "items.2=x", "'items.2' is missing, and 'x' is expected" },
        { "items.x=x", "'items.x' is missing, and 'x' is expected" },
        { "items=x", "'items' is an array, and 'x' is expected" },
        { "dependencies.ffmpeg=true",
          "'dependencies.ffmpeg' is an object, and 'true' is expected" },
        { "workers=4 version=2", "'version' is \"1.10\", and '2' is expected" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = { 0 };

        if (check(rows[i].text, &err))
            fail_msg("holds: %s", rows[i].text);
        assert_string_equal(err.message, rows[i].message);
        assert_int_equal(err.code, ERROR_BLOCKED);
    }
}

static void what_is_no_assertion_is_refused(void **state)
{
    static const struct {
        const char *text, *part;
    } rows[] = {
        { "ready", "has no '='" },         { "=true", "has no path" },
        { "a=1 ready b=2", "has no '='" }, { "a=\"x", "quote" },
        { "a=\"x\"y", "quote" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct healthexpect expect;
        struct error err = { 0 };

        assert_false(healthexpect_parse(rows[i].text, &expect, &err));
        assert_int_equal(err.code, ERROR_INPUT);
        if (!strstr(err.message, rows[i].part))
            fail_msg("%s: %s", rows[i].text, err.message);
        assert_int_equal(expect.paths.count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_holds_is_found),
        cmocka_unit_test(what_does_not_hold_is_named_with_what_is_there),
        cmocka_unit_test(what_is_no_assertion_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
