#include "base/mem.h"
#include "base/strbuf.h"
#include "core/header.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

static struct header parse(const char *text)
{
    struct header header;
    struct error err = { 0 };

    if (!header_parse("s.sh", text, strlen(text), &header, &err))
        fail_msg("<%s>: %s", text, err.message);
    return header;
}

static void assert_items(const struct strvec *vec, const char *expected)
{
    struct strbuf joined = { 0 };

    for (size_t i = 0; i < vec->count; i++)
        strbuf_addf(&joined, "%s%s", i ? "|" : "", vec->items[i]);
    assert_string_equal(strbuf_text(&joined), expected);
    strbuf_release(&joined);
}

static void header_reads_every_directive(void **state)
{
    struct header header =
        parse("#!/bin/bash\n"
              "# Acme API - Create the network\n"
              "# Creates the VPC that everything\n"
              "# else lives in.\n"
              "# Prerequisites: step-005-login, command terraform >= 1.5, env "
              "AWS_REGION\n"
              "# Inputs: terraform/*.tf Dockerfile, x.json\n"
              "# Outputs: terraform/outputs.json\n"
              "# Attempts: 3\n"
              "# Delay: 10s\n"
              "# Timeout: 20m\n"
              "# Critical: no\n"
              "# Parallel: network\n"
              "# Interactive: yes\n"
              "# Always: 1\n"
              "# Rollback: TRUE\n"
              "# Confirm: Really create billable resources?\n"
              "set -e\n"
              "# Timeout: 1s\n");

    (void)state;
    assert_string_equal(header.shebang, "#!/bin/bash");
    assert_string_equal(header.title, "Create the network");
    assert_string_equal(header.description,
                        "Creates the VPC that everything else lives in.");
    assert_true(header.has_prerequisites);
    assert_items(&header.prerequisites_raw,
                 "step-005-login|command terraform >= 1.5|env AWS_REGION");
    assert_items(&header.inputs, "terraform/*.tf|Dockerfile|x.json");
    assert_items(&header.outputs, "terraform/outputs.json");
    assert_int_equal(header.attempts, 3);
    assert_int_equal(header.delay_ms, 10000);
    assert_int_equal(header.timeout_ms, 1200000);
    assert_false(header.critical);
    assert_string_equal(header.parallel, "network");
    assert_true(header.interactive);
    assert_true(header.always);
    assert_true(header.rollback);
    assert_string_equal(header.confirm, "Really create billable resources?");
    assert_true(header.is_script);
    assert_false(header.crlf);
    assert_int_equal(header.remarks.count, 0);
    for (int i = 0; i < HEADER_DIRECTIVE_COUNT; i++)
        assert_int_equal(header.lines[i], i + 5);
    header_release(&header);
}

static void assert_is_default(const struct header *header)
{
    assert_null(header->title);
    assert_null(header->description);
    assert_false(header->has_prerequisites);
    assert_int_equal(header->attempts, 0);
    assert_int_equal(header->delay_ms, -1);
    assert_int_equal(header->timeout_ms, 0);
    assert_true(header->critical);
    assert_false(header->interactive || header->always || header->rollback);
    assert_null(header->parallel);
    assert_null(header->confirm);
    assert_int_equal(header->remarks.count, 0);
}

static void header_of_a_bare_script_is_the_default(void **state)
{
    static const char *const scripts[] = {
        "",
        "\n",
        "#!/bin/sh\n",
        "#!/bin/sh\nset -e\n# Timeout: 5m\n",
        "echo hi\n# Title\n",
        "#\n##\n# ----- #\n#####\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        struct header header = parse(scripts[i]);

        assert_is_default(&header);
        assert_true(header.is_script);
        header_release(&header);
    }
}

static void header_reads_the_shape_of_the_requirements(void **state)
{
    struct header header =
        parse("#!/bin/bash\n"
              "\n"
              "# [Project Name] - [Step Description]\n"
              "# This script [what it does] and [why it's important]\n"
              "# Prerequisites: [what must be done first]\n"
              "# Outputs: [what it creates/configures]\n"
              "\n"
              "set -euo pipefail\n");

    (void)state;
    assert_string_equal(header.title, "[Step Description]");
    assert_string_equal(header.description, "This script [what it does] and "
                                            "[why it's important]");
    assert_items(&header.prerequisites_raw, "[what must be done first]");
    assert_items(&header.outputs, "[what it creates/configures]");
    assert_int_equal(header.lines[HEADER_OUTPUTS], 6);
    header_release(&header);
}

static void header_takes_the_whole_first_line_without_a_dash(void **state)
{
    struct header header = parse("# Well-known title\n# More - less\n");

    (void)state;
    assert_string_equal(header.title, "Well-known title");
    assert_string_equal(header.description, "More - less");
    assert_null(header.shebang);
    header_release(&header);
}

static void header_leaves_out_rulers_and_lines_for_tools(void **state)
{
    struct header header = parse("#!/bin/sh\n"
                                 "# shellcheck disable=SC2034\n"
                                 "# -*- mode: sh -*-\n"
                                 "# SPDX-License-Identifier: MIT\n"
                                 "##################\n"
                                 "##   The title  \n"
                                 "# ================\n"
                                 "\n"
                                 "#Described here\n");

    (void)state;
    assert_string_equal(header.title, "The title");
    assert_string_equal(header.description, "Described here");
    header_release(&header);
}

static void header_takes_prose_with_colons_for_prose(void **state)
{
    struct header header = parse("# Title\n"
                                 "# Note: see the manual\n"
                                 "# Timeout in words: long\n"
                                 "# https://example.com/x\n");

    (void)state;
    assert_string_equal(header.description,
                        "Note: see the manual Timeout in words: long "
                        "https://example.com/x");
    assert_int_equal(header.timeout_ms, 0);
    assert_int_equal(header.remarks.count, 0);
    header_release(&header);
}

static void header_ends_the_description_at_the_first_directive(void **state)
{
    struct header header = parse("# Title\n# One\n# Always: yes\n# Two\n");

    (void)state;
    assert_string_equal(header.description, "One");
    header_release(&header);
    header = parse("# Always: yes\n# Not a title\n");
    assert_null(header.title);
    header_release(&header);
}

static void header_names_have_any_case_and_spacing(void **state)
{
    struct header header = parse("# T\n#timeout:5m\n  #  ATTEMPTS :  7  \n"
                                 "#\tcritical\t:\tFalse\n");

    (void)state;
    assert_int_equal(header.timeout_ms, 300000);
    assert_int_equal(header.attempts, 7);
    assert_false(header.critical);
    header_release(&header);
}

static void header_notes_a_near_miss(void **state)
{
    struct header header = parse("# T\n# Timout: 5m\n# prerequisite: a\n"
                                 "# Atempts: 3\n# Author: me\n");

    (void)state;
    assert_items(&header.remarks, "line 2: 'Timout' looks like 'Timeout'|"
                                  "line 3: 'prerequisite' looks like "
                                  "'Prerequisites'|"
                                  "line 4: 'Atempts' looks like 'Attempts'");
    assert_int_equal(header.timeout_ms, 0);
    header_release(&header);
}

static void header_takes_the_last_of_two_and_says_so(void **state)
{
    struct header header = parse("# T\n# Timeout: 5m\n# Timeout: 6m\n"
                                 "# Parallel: a\n# Parallel: b\n");

    (void)state;
    assert_int_equal(header.timeout_ms, 360000);
    assert_string_equal(header.parallel, "b");
    assert_int_equal(header.lines[HEADER_TIMEOUT], 3);
    assert_items(&header.remarks,
                 "line 3: 'Timeout' was given in line 2 already; the last one "
                 "counts|line 5: 'Parallel' was given in line 4 already; the "
                 "last one counts");
    header_release(&header);
}

static void header_lists_accumulate(void **state)
{
    struct header header = parse("# T\n# Prerequisites: a, b\n"
                                 "# Prerequisites: c\n# Inputs: x\n"
                                 "# Inputs: y\n# Outputs: o/1\n"
                                 "# Outputs: o/2\n");

    (void)state;
    assert_items(&header.prerequisites_raw, "a|b|c");
    assert_items(&header.inputs, "x|y");
    assert_items(&header.outputs, "o/1|o/2");
    assert_int_equal(header.remarks.count, 0);
    header_release(&header);
}

static void header_lists_go_on_behind_a_comma_or_by_bullets(void **state)
{
    struct header header = parse("# T\n"
                                 "# Prerequisites: step-001-a,\n"
                                 "#    step-002-b, step-003-c,\n"
                                 "#    env X\n"
                                 "#    prose that is no item\n"
                                 "# Outputs:\n"
                                 "#   - a.json\n"
                                 "#   * the VPC\n"
                                 "#\n"
                                 "#   - no item any more\n"
                                 "# Inputs: x,\n"
                                 "# Timeout: 5s\n");

    (void)state;
    assert_items(&header.prerequisites_raw,
                 "step-001-a|step-002-b|step-003-c|env X");
    assert_items(&header.outputs, "a.json|the VPC");
    assert_items(&header.inputs, "x");
    assert_int_equal(header.timeout_ms, 5000);
    header_release(&header);
}

static void header_keeps_prose_outputs_whole(void **state)
{
    struct header header = parse("# T\n# Outputs: a.json b/c, the VPC and its "
                                 "subnets., out/ and CI/CD\n");

    (void)state;
    assert_items(&header.outputs,
                 "a.json|b/c|the VPC and its subnets.|out/ and CI/CD");
    header_release(&header);
}

static void header_keeps_the_default_when_prerequisites_are_empty(void **state)
{
    struct header header = parse("# T\n# Prerequisites:\n");

    (void)state;
    assert_false(header.has_prerequisites);
    assert_int_equal(header.remarks.count, 1);
    assert_non_null(strstr(header.remarks.items[0], "line 2: "));
    header_release(&header);
    header = parse("# T\n# Prerequisites: none\n");
    assert_true(header.has_prerequisites);
    assert_items(&header.prerequisites_raw, "none");
    header_release(&header);
}

static void header_refuses_malformed_values(void **state)
{
    static const struct {
        const char *line;
        const char *message;
    } cases[] = {
        { "# Attempts: 0", "s.sh:3:13: '0' is no number of attempts" },
        { "# Attempts: 101", "s.sh:3:13: '101' is no number of attempts" },
        { "# Attempts: -1", "s.sh:3:13: '-1' is no number of attempts" },
        { "# Attempts: 3 times",
          "s.sh:3:13: '3 times' is no number of attempts" },
        { "# Attempts:", "s.sh:3:12: '' is no number of attempts" },
        { "# Attempts: 99999999999999999999",
          "s.sh:3:13: '99999999999999999999' is no number of attempts" },
        { "# Delay: soon", "s.sh:3:10: 'soon' is not a time" },
        { "#Timeout:-5s", "s.sh:3:10: '-5s' is not a time" },
        { "# Critical: maybe", "s.sh:3:13: 'maybe' is neither yes nor no" },
        { "# Interactive: 2", "s.sh:3:16: '2' is neither yes nor no" },
        { "# Always:", "s.sh:3:10: '' is neither yes nor no" },
        { "  #  Rollback :  on", "s.sh:3:18: 'on' is neither yes nor no" },
        { "# Parallel:  ", "s.sh:3:12: 'Parallel' is empty" },
        { "# confirm:\t", "s.sh:3:11: 'Confirm' is empty" },
        { "# Critical: \xff", "s.sh:3:13: '\xEF\xBF\xBD' is neither yes nor "
                              "no" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = mem_format("#!/bin/sh\n# Title\n%s\n", cases[i].line);
        struct header header;
        struct error err = { 0 };

        if (header_parse("s.sh", text, strlen(text), &header, &err))
            fail_msg("'%s' was accepted", cases[i].line);
        assert_int_equal(err.code, ERROR_INPUT);
        assert_string_equal(err.message, cases[i].message);
        assert_string_not_equal(err.hint, "");
        assert_null(header.title);
        free(text);
    }
}

static void header_accepts_crlf_and_records_it(void **state)
{
    struct header header = parse("#!/bin/sh\r\n# A - B\r\n\r\n# C\r\n"
                                 "# Confirm: Sure?\r\nset -e\r\n");

    (void)state;
    assert_true(header.crlf);
    assert_string_equal(header.shebang, "#!/bin/sh");
    assert_string_equal(header.title, "B");
    assert_string_equal(header.description, "C");
    assert_string_equal(header.confirm, "Sure?");
    header_release(&header);
}

static void header_repairs_invalid_utf8(void **state)
{
    struct header header = parse("#!/bin/sh \xff\n# Caf\xc3\xa9 \xe2\x82\n"
                                 "# \x80"
                                 "a\n# Prerequisites: \xc0, b\n");

    (void)state;
    assert_string_equal(header.shebang, "#!/bin/sh \xEF\xBF\xBD");
    assert_string_equal(header.title, "Caf\xc3\xa9 \xEF\xBF\xBD\xEF\xBF\xBD");
    assert_string_equal(header.description, "\xEF\xBF\xBD"
                                            "a");
    assert_items(&header.prerequisites_raw, "\xEF\xBF\xBD|b");
    header_release(&header);
}

static void header_sees_through_a_byte_order_mark(void **state)
{
    struct header header = parse("\xEF\xBB\xBF#!/bin/sh\n# Title\n");

    (void)state;
    assert_string_equal(header.shebang, "#!/bin/sh");
    assert_string_equal(header.title, "Title");
    assert_int_equal(header.remarks.count, 1);
    header_release(&header);
}

static void header_of_a_binary_is_empty(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } binaries[] = {
        { "\x7f"
          "ELF# Title\n",
          12 },
        { "\xcf\xfa\xed\xfe# Title\n", 12 },
        { "# Title\n\0# Attempts: 0\n", 23 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++) {
        struct header header;

        assert_true(header_parse("x", binaries[i].bytes, binaries[i].size,
                                 &header, NULL));
        assert_false(header.is_script);
        assert_null(header.shebang);
        assert_is_default(&header);
        header_release(&header);
    }
}

static void header_looks_at_the_first_64_kib_only(void **state)
{
    struct strbuf text = { 0 };
    struct header header;

    (void)state;
    strbuf_adds(&text, "# Title\n");
    while (text.len < 64 * 1024 - 12)
        strbuf_adds(&text, "#\n");
    strbuf_adds(&text, "# Timeout: 20m\n# Attempts: 0\n");
    header = parse(strbuf_text(&text));
    assert_string_equal(header.title, "Title");
    assert_int_equal(header.timeout_ms, 0);
    header_release(&header);
    strbuf_release(&text);
}

static void header_takes_a_line_of_any_length(void **state)
{
    struct strbuf text = { 0 };
    struct header header;

    (void)state;
    strbuf_adds(&text, "# ");
    for (int i = 0; i < 60000; i++)
        strbuf_addc(&text, 'x');
    strbuf_adds(&text, "\n# Always: yes");
    header = parse(strbuf_text(&text));
    assert_int_equal(strlen(header.title), 60000);
    assert_true(header.always);
    header_release(&header);
    strbuf_release(&text);
}

static void header_directive_names_are_the_documented_ones(void **state)
{
    (void)state;
    assert_string_equal(header_directive_name(HEADER_PREREQUISITES),
                        "Prerequisites");
    assert_string_equal(header_directive_name(HEADER_CONFIRM), "Confirm");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_reads_every_directive),
        cmocka_unit_test(header_of_a_bare_script_is_the_default),
        cmocka_unit_test(header_reads_the_shape_of_the_requirements),
        cmocka_unit_test(header_takes_the_whole_first_line_without_a_dash),
        cmocka_unit_test(header_leaves_out_rulers_and_lines_for_tools),
        cmocka_unit_test(header_takes_prose_with_colons_for_prose),
        cmocka_unit_test(header_ends_the_description_at_the_first_directive),
        cmocka_unit_test(header_names_have_any_case_and_spacing),
        cmocka_unit_test(header_notes_a_near_miss),
        cmocka_unit_test(header_takes_the_last_of_two_and_says_so),
        cmocka_unit_test(header_lists_accumulate),
        cmocka_unit_test(header_lists_go_on_behind_a_comma_or_by_bullets),
        cmocka_unit_test(header_keeps_prose_outputs_whole),
        cmocka_unit_test(header_keeps_the_default_when_prerequisites_are_empty),
        cmocka_unit_test(header_refuses_malformed_values),
        cmocka_unit_test(header_accepts_crlf_and_records_it),
        cmocka_unit_test(header_repairs_invalid_utf8),
        cmocka_unit_test(header_sees_through_a_byte_order_mark),
        cmocka_unit_test(header_of_a_binary_is_empty),
        cmocka_unit_test(header_looks_at_the_first_64_kib_only),
        cmocka_unit_test(header_takes_a_line_of_any_length),
        cmocka_unit_test(header_directive_names_are_the_documented_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
