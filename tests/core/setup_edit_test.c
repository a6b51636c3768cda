#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "core/setup_diff.h"
#include "core/setup_docker.h"
#include "core/setup_edit.h"
#include "core/setup_hcl.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct change {
    const char *old, *key, *value, *text;
};

static void expect_change(enum setup_syntax syntax, const struct change *change)
{
    struct strbuf text = { 0 };
    struct error err = { 0 };

    strbuf_adds(&text, change->old);
    if (!setup_edit(syntax, "file", &text, change->key, change->value, &err))
        fail_msg("%s: %s", change->old, err.message);
    assert_string_equal(strbuf_text(&text), change->text);
    strbuf_release(&text);
}

static void expect_refusal(enum setup_syntax syntax, const char *old,
                           const char *key, const char *value)
{
    struct strbuf text = { 0 };
    struct error err = { 0 };

    strbuf_adds(&text, old);
    if (setup_edit(syntax, "file", &text, key, value, &err))
        fail_msg("changed to: %s", strbuf_text(&text));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_true(*err.message && *err.hint);
    assert_string_equal(strbuf_text(&text), old);
    strbuf_release(&text);
}

static void edit_changes_only_the_value_of_the_key(void **state)
{
    static const struct change changes[] = {
        { "", "A", "1", "A=1\n" },
        { "B=2\n", "A", "1", "B=2\nA=1\n" },
        { "B=2", "A", "1", "B=2\nA=1\n" },
        { "A=1\n", "A", "2", "A=2\n" },
        { "# A=0\nexport A=1 # why\nB=2\n", "A", "x y",
          "# A=0\nexport A='x y' # why\nB=2\n" },
        { "A='a\nb' # two lines\nB=2\n", "A", "c", "A=c # two lines\nB=2\n" },
        { "A=a\\\nb\nB=2\n", "A", "c", "A=c\nB=2\n" },
        { "A=1\nA=2\n", "A", "3", "A=1\nA=3\n" },
        { "A=1\r\nB=2\r\n", "C", "3", "A=1\r\nB=2\r\nC=3\r\n" },
        { "A=1\r\nB=2\r\n", "A", "3", "A=3\r\nB=2\r\n" },
        { "\xEF\xBB\xBF"
          "A=1\n",
          "A", "2",
          "\xEF\xBB\xBF"
          "A=2\n" },
        { "A=\n", "A", "it's \"$x\"", "A=\"it's \\\"\\$x\\\"\"\n" },
        { "A=1\n", "A", "", "A=\n" },
        { "  A=1\n\n", "A", "2", "  A=2\n\n" },
        { "URL=https://$A\n", "A", "2", "URL=https://$A\nA=2\n" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(changes); i++)
        expect_change(SETUP_ENV, &changes[i]);
}

static void edit_removes_all_lines_of_a_key(void **state)
{
    static const struct change changes[] = {
        { "A=1\n# about B\nB=2\nA=3\n", "A", NULL, "# about B\nB=2\n" },
        { "B=2\n", "A", NULL, "B=2\n" },
        { "A='1\n2'\nB=2", "A", NULL, "B=2" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(changes); i++)
        expect_change(SETUP_ENV, &changes[i]);
}

static void edit_refuses_what_would_not_be_read_back(void **state)
{
    (void)state;
    expect_refusal(SETUP_ENV, "A=$(date)\n", "B", "1");
    expect_refusal(SETUP_ENV, "echo hello\n", "B", "1");
    expect_refusal(SETUP_ENV, "A=1 B=2\n", "B", "1");
}

static void edit_of_variables_keeps_their_file(void **state)
{
    static const struct change changes[] = {
        { "", "a", "1", "a = \"1\"\n" },
        { "a = \"0\" # why\n", "a", "1", "a = \"1\" # why\n" },
        { "a=0\nb = 2\n", "a", "x", "a=\"x\"\nb = 2\n" },
        { "/* a = 3\n*/ // a = 4\nb = 2", "a", "\"q\" \\ ${x} %{y}",
          "/* a = 3\n*/ // a = 4\nb = 2\n"
          "a = \"\\\"q\\\" \\\\ $${x} %%{y}\"\n" },
        { "tags = {\n  a = \"no\"\n  # }\n}\na = [\n  1, 2 ]\nb = 3\n", "a",
          "1", "tags = {\n  a = \"no\"\n  # }\n}\na = \"1\"\nb = 3\n" },
        { "t = <<EOT\na = 1\nEOT\na = <<-EOT\n  x\n  EOT\n", "a", "1",
          "t = <<EOT\na = 1\nEOT\na = \"1\"\n" },
        { "a = \"} # \\\" \"\r\nb = 1\r\n", "a", "1",
          "a = \"1\"\r\nb = 1\r\n" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(changes); i++)
        expect_change(SETUP_HCL, &changes[i]);
}

static void edit_refuses_variables_it_does_not_understand(void **state)
{
    static const char *const texts[] = {
        "a = \"open\n", "a = [1\n", "a = 1 ]\n",          "block {\n}\n",
        "a == 1\n",     "a =\n",    "a = \"${var.b}\"\n", "/* open\n",
        "a = <<EOT\nb", "= 1\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        expect_refusal(SETUP_HCL, texts[i], "z", "1");
}

static void declared_variables_are_found(void **state)
{
    static const char text[] = "# variable \"no\" {}\n"
                               "variable \"region\" {\n  default = \"x\"\n}\n"
                               "  variable   \"port\" {}\n";

    (void)state;
    assert_true(setup_hcl_declares(text, sizeof(text) - 1, "region"));
    assert_true(setup_hcl_declares(text, sizeof(text) - 1, "port"));
    assert_false(setup_hcl_declares(text, sizeof(text) - 1, "no"));
    assert_false(setup_hcl_declares(text, sizeof(text) - 1, "reg"));
}

static bool is_token(void *context, const char *key)
{
    (void)context;
    return strcmp(key, "TOKEN") == 0;
}

static void mask_hides_the_values_of_secrets(void **state)
{
    static const char text[] = "A=1\nTOKEN='se\ncret' # c\nTOKEN=\nB=2";
    struct strbuf out = { 0 };

    (void)state;
    setup_edit_mask(SETUP_ENV, text, sizeof(text) - 1, is_token, NULL, &out);
    assert_string_equal(strbuf_text(&out), "A=1\nTOKEN=*** # c\nTOKEN=\nB=2");
    strbuf_release(&out);
}

/* ---- diff ------------------------------------------------------------- */

static void expect_diff(const char *old, const char *text, const char *wanted)
{
    struct setup_diff diff = setup_diff("f", old, text);

    assert_string_equal(diff.text, wanted);
    free(diff.text);
}

static void diff_of_equal_texts_is_empty(void **state)
{
    (void)state;
    expect_diff("a\nb\n", "a\nb\n", "");
    expect_diff("", "", "");
}

static void diff_shows_changes_in_their_surroundings(void **state)
{
    (void)state;
    expect_diff(NULL, "a\nb\n",
                "--- /dev/null\n+++ f\n@@ -0,0 +1,2 @@\n+a\n+b\n");
    expect_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
                "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n "
                "8\n");
    expect_diff("a\nb\nc\nd\n", "b\nx\nd\ne\n",
                "--- f\n+++ f\n@@ -1,4 +1,4 @@\n-a\n b\n-c\n+x\n d\n+e\n");
    expect_diff("a", "a\n",
                "--- f\n+++ f\n@@ -1 +1 @@\n-a\n\\ No newline at end of "
                "file\n+a\n");
}

static void diff_makes_a_hunk_of_each_distant_change(void **state)
{
    (void)state;
    expect_diff("x\n1\n2\n3\n4\n5\n6\n7\ny\n", "1\n2\n3\n4\n5\n6\n7\ny\nz\n",
                "--- f\n+++ f\n@@ -1,4 +1,3 @@\n-x\n 1\n 2\n 3\n"
                "@@ -7,3 +6,4 @@\n 6\n 7\n y\n+z\n");
}

static void diff_counts_its_lines(void **state)
{
    struct setup_diff diff = setup_diff("f", "a\nb\n", "b\nc\nd\n");

    (void)state;
    assert_int_equal(diff.removed, 1);
    assert_int_equal(diff.added, 2);
    free(diff.text);
}

static void diff_of_thousands_of_lines_replaces_them(void **state)
{
    struct strbuf old = { 0 }, text = { 0 };
    struct setup_diff diff;

    (void)state;
    strbuf_adds(&old, "first\n");
    strbuf_adds(&text, "first\n");
    for (int i = 0; i < 3000; i++) {
        strbuf_addf(&old, "a%d\n", i);
        strbuf_addf(&text, "b%d\n", i);
    }
    diff = setup_diff("f", strbuf_text(&old), strbuf_text(&text));
    assert_int_equal(diff.removed, 3000);
    assert_int_equal(diff.added, 3000);
    free(diff.text);
    strbuf_release(&old);
    strbuf_release(&text);
}

/* ---- Docker ----------------------------------------------------------- */

static void port_is_what_the_last_stage_exposes(void **state)
{
    static const struct {
        const char *text;
        int port;
    } cases[] = {
        { "", 0 },
        { "FROM x\nEXPOSE 8080\n", 8080 },
        { "FROM x\nexpose 53/udp 3000/tcp 4000\nEXPOSE 5000", 3000 },
        { "FROM a\nEXPOSE 1\nFROM b\nEXPOSE 2\n", 2 },
        { "FROM a\nEXPOSE 1\nFROM b\nRUN true\n", 1 },
        { "FROM a\n# EXPOSE 1\nRUN echo \\\n# c\n EXPOSE 2\n", 0 },
        { "FROM a\nENV A=1 PORT=\"3000\"\nEXPOSE ${PORT}\n", 3000 },
        { "FROM a\nARG PORT=9\nENV PORT 90\nEXPOSE $PORT/tcp\n", 90 },
        { "FROM a\nEXPOSE ${PORT:-8081}\n", 8081 },
        { "FROM a\nEXPOSE $PORT\n", 0 },
        { "FROM a\nEXPOSE 70000\nEXPOSE 80-90\n", 0 },
        { "FROM a\nEXPOSE \\\n  8080 \\\n  9090\r\n", 8080 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(
            setup_docker_port(cases[i].text, strlen(cases[i].text)),
            cases[i].port);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(edit_changes_only_the_value_of_the_key),
        cmocka_unit_test(edit_removes_all_lines_of_a_key),
        cmocka_unit_test(edit_refuses_what_would_not_be_read_back),
        cmocka_unit_test(edit_of_variables_keeps_their_file),
        cmocka_unit_test(edit_refuses_variables_it_does_not_understand),
        cmocka_unit_test(declared_variables_are_found),
        cmocka_unit_test(mask_hides_the_values_of_secrets),
        cmocka_unit_test(diff_of_equal_texts_is_empty),
        cmocka_unit_test(diff_shows_changes_in_their_surroundings),
        cmocka_unit_test(diff_makes_a_hunk_of_each_distant_change),
        cmocka_unit_test(diff_counts_its_lines),
        cmocka_unit_test(diff_of_thousands_of_lines_replaces_them),
        cmocka_unit_test(port_is_what_the_last_stage_exposes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
