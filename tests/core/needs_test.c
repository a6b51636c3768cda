#include "core/needs.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

static void need_parse_tells_the_forms_apart(void **state)
{
    static const struct {
        const char *item;
        enum need_kind kind;
        const char *name;
        enum version_operator op;
        const char *version;
    } cases[] = {
        { "step-005-login", NEED_STEP, "step-005-login", VERSION_ANY, NULL },
        { " step-005-login.sh ", NEED_STEP, "step-005-login.sh", VERSION_ANY,
          NULL },
        { "command terraform", NEED_COMMAND, "terraform", VERSION_ANY, NULL },
        { "command terraform >= 1.5", NEED_COMMAND, "terraform",
          VERSION_AT_LEAST, "1.5" },
        { "command terraform>=1.5", NEED_COMMAND, "terraform", VERSION_AT_LEAST,
          "1.5" },
        { "command\tnode  <  v20", NEED_COMMAND, "node", VERSION_BELOW, "v20" },
        { "command jq > 1.6", NEED_COMMAND, "jq", VERSION_ABOVE, "1.6" },
        { "command jq = 1.6", NEED_COMMAND, "jq", VERSION_EQUAL, "1.6" },
        { "command jq == 1.6", NEED_COMMAND, "jq", VERSION_EQUAL, "1.6" },
        { "command jq <=1.6", NEED_COMMAND, "jq", VERSION_AT_MOST, "1.6" },
        { "command python3 3.11", NEED_COMMAND, "python3", VERSION_AT_LEAST,
          "3.11" },
        { "command ./bin/tool-x", NEED_COMMAND, "./bin/tool-x", VERSION_ANY,
          NULL },
        { "env AWS_REGION", NEED_ENV, "AWS_REGION", VERSION_ANY, NULL },
        { "env _x1", NEED_ENV, "_x1", VERSION_ANY, NULL },
        { "file terraform/main.tf", NEED_FILE, "terraform/main.tf", VERSION_ANY,
          NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = { 0 };
        struct need need;

        if (!need_parse(cases[i].item, &need, &err))
            fail_msg("'%s': %s", cases[i].item, err.message);
        assert_int_equal(need.kind, cases[i].kind);
        assert_string_equal(need.name, cases[i].name);
        assert_int_equal(need.op, cases[i].op);
        if (cases[i].version)
            assert_string_equal(need.version, cases[i].version);
        else
            assert_null(need.version);
        need_release(&need);
    }
}

static void need_parse_leaves_prose_unchecked(void **state)
{
    static const char *const items[] = {
        "[what must be done first]",
        "AWS credentials are configured",
        "command line tools are installed",
        "command terraform of version 1.5",
        "command",
        "env",
        "file",
        "env variables are set",
        "env AWS_REGION or AWS_DEFAULT_REGION",
        "file main.tf exists",
        "files main.tf",
        "commander",
        "step-",
        "step 005",
        "step-005 has run",
        "Command terraform",
        "",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        struct error err = { 0 };
        struct need need;

        if (!need_parse(items[i], &need, &err))
            fail_msg("'%s': %s", items[i], err.message);
        if (need.kind != NEED_PROSE)
            fail_msg("'%s' is not prose", items[i]);
        assert_null(need.name);
        assert_null(need.version);
        assert_int_equal(need.op, VERSION_ANY);
        assert_string_equal(need.text, items[i]);
        need_release(&need);
    }
}

static void need_parse_refuses_a_form_with_a_value_that_cannot_be(void **state)
{
    static const char *const items[] = {
        "command terraform >= abc",
        "command terraform >=",
        "command terraform => 1.5",
        "command terraform ~> 1.5",
        "command terraform != 1.5",
        "command terraform >= 1.5 or so",
        "command >= 1.5",
        "command a;b",
        "command $(ls)",
        "env 1X",
        "env AWS_REGION=eu",
        "env $HOME",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        struct error err = { 0 };
        struct need need;

        if (need_parse(items[i], &need, &err))
            fail_msg("'%s' was taken", items[i]);
        assert_int_equal(err.code, ERROR_INPUT);
        assert_non_null(strstr(err.message, items[i]));
        assert_string_not_equal(err.hint, "");
        assert_null(need.text);
    }
}

static void needs_parse_takes_none_alone_as_no_needs(void **state)
{
    struct strvec items = { 0 };
    struct need *needs;
    size_t count = 9;

    (void)state;
    strvec_add(&items, "None");
    assert_true(needs_parse(&items, &needs, &count, NULL));
    assert_int_equal(count, 0);
    needs_free(needs, count);
    strvec_add(&items, "env HOME");
    assert_true(needs_parse(&items, &needs, &count, NULL));
    assert_int_equal(count, 2);
    assert_int_equal(needs[0].kind, NEED_PROSE);
    assert_int_equal(needs[1].kind, NEED_ENV);
    needs_free(needs, count);
    strvec_release(&items);
}

static void needs_parse_gives_nothing_when_one_item_is_refused(void **state)
{
    struct strvec items = { 0 };
    struct error err = { 0 };
    struct need *needs;
    size_t count = 9;

    (void)state;
    strvec_add(&items, "step-001-a");
    strvec_add(&items, "env 1X");
    strvec_add(&items, "env 2X");
    assert_false(needs_parse(&items, &needs, &count, &err));
    assert_null(needs);
    assert_int_equal(count, 0);
    assert_non_null(strstr(err.message, "1X"));
    strvec_release(&items);
}

static void
need_is_output_path_takes_single_words_that_look_like_one(void **state)
{
    static const char *const paths[] = {
        "terraform/outputs.json", "out.json", ".env", "./x", "dir/", "a.b.",
    };
    static const char *const others[] = {
        "",
        "infrastructure",
        "the VPC.",
        "a.json b.json",
        "Nothing.",
        "...",
        "N/A",
        "none",
        "http://localhost:8080/",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        assert_true(need_is_output_path(paths[i]));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (need_is_output_path(others[i]))
            fail_msg("'%s' was taken for a path", others[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(need_parse_tells_the_forms_apart),
        cmocka_unit_test(need_parse_leaves_prose_unchecked),
        cmocka_unit_test(need_parse_refuses_a_form_with_a_value_that_cannot_be),
        cmocka_unit_test(needs_parse_takes_none_alone_as_no_needs),
        cmocka_unit_test(needs_parse_gives_nothing_when_one_item_is_refused),
        cmocka_unit_test(
            need_is_output_path_takes_single_words_that_look_like_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
