#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/base64.h"

#include <string.h>

static void base64_pads_to_groups_of_four(void **state)
{
    /* Made with `printf TEXT | base64`. */
    static const char *const cases[][2] = {
        { "", "" },
        { "a", "YQ==" },
        { "ab", "YWI=" },
        { "abc", "YWJj" },
        { "abcd", "YWJjZA==" },
        { "step by step", "c3RlcCBieSBzdGVw" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct strbuf out = { 0 };

        base64_encode(cases[i][0], strlen(cases[i][0]), &out);
        assert_string_equal(strbuf_text(&out), cases[i][1]);
        strbuf_release(&out);
    }
}

static void base64_takes_bytes_of_any_kind(void **state)
{
    static const unsigned char bytes[] = { 0x00, 0xff, 0x10, 0x80, 0xfb, 0xf0 };
    struct strbuf out = { 0 };

    (void)state;
    strbuf_adds(&out, "before ");
    base64_encode(bytes, sizeof(bytes), &out);
    assert_string_equal(strbuf_text(&out), "before AP8QgPvw");
    strbuf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_pads_to_groups_of_four),
        cmocka_unit_test(base64_takes_bytes_of_any_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
