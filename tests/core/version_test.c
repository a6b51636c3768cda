#include "core/version.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

static void version_find_reads_what_programs_print(void **state)
{
    static const struct {
        const char *output;
        const char *version;
    } cases[] = {
        { "Terraform v1.5.7\non linux_amd64\n\nYour version of Terraform is "
          "out of date! The latest version\nis 1.9.0. Update by downloading",
          "1.5.7" },
        { "Terraform v1.6.0-rc1\n", "1.6.0-rc1" },
        { "aws-cli/2.13.5 Python/3.11.4 Linux/5.15.0 exe/x86_64.debian.12",
          "2.13.5" },
        { "git version 2.39.5 (Apple Git-154)", "2.39.5" },
        { "Docker version 28.2.2, build e6534b4", "28.2.2" },
        { "Docker version 20.10.24+dfsg1, build 297e128", "20.10.24" },
        { "Docker Compose version v2.20.2", "2.20.2" },
        { "Client: Docker Engine - Community\n Version:  24.0.5\n API "
          "version: 1.43\n",
          "24.0.5" },
        { "v20.11.0\n", "20.11.0" },
        { "jq-1.6", "1.6" },
        { "jq-1.7.1-apple", "1.7.1" },
        { "GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)",
          "5.2.15" },
        { "Python 3.11.2", "3.11.2" },
        { "Python 3.13.0a2+", "3.13.0a2" },
        { "Python 3.12.0rc1.", "3.12.0rc1" },
        { "go version go1.21.3 linux/amd64", "1.21.3" },
        { "openjdk version \"17.0.1\" 2021-10-19", "17.0.1" },
        { "Picked up JAVA_TOOL_OPTIONS: -Xmx1.5g\nopenjdk version \"17.0.1\"",
          "17.0.1" },
        { "java version \"1.8.0_352\"", "1.8.0" },
        { "ansible [core 2.14.3]\n  python version = 3.11.2", "2.14.3" },
        { "mysql  Ver 8.0.35-0ubuntu0.22.04.1 for Linux", "8.0.35" },
        { "psql (PostgreSQL) 15.6 (Debian 15.6-0+deb12u1)", "15.6" },
        { "OpenSSH_9.2p1 Debian-2+deb12u3", "9.2" },
        { "OpenSSL 1.1.1w  11 Sep 2023", "1.1.1" },
        { "tmux 3.3a", "3.3" },
        { "less 590 (GNU regular expressions)", "590" },
        { "app 2.0.0-SNAPSHOT", "2.0.0-SNAPSHOT" },
        { "app 1.0-present", "1.0" },
        { "The version is 1.9.0.", "1.9.0" },
        { "3", "3" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char found[VERSION_TEXT_SIZE];

        if (!version_find(cases[i].output, found, sizeof(found)))
            fail_msg("nothing found in '%s'", cases[i].output);
        assert_string_equal(found, cases[i].version);
    }
}

static void version_find_finds_nothing_where_there_is_no_version(void **state)
{
    static const char *const outputs[] = {
        "", "command not found", "build e6534b4", "amd64", "v", "x86",
    };
    char found[VERSION_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
        memset(found, 'x', sizeof(found));
        assert_false(version_find(outputs[i], found, sizeof(found)));
        assert_string_equal(found, "");
    }
}

static void version_find_never_cuts_a_version_to_fit(void **state)
{
    char found[6];

    (void)state;
    assert_true(version_find("12.34", found, sizeof(found)));
    assert_string_equal(found, "12.34");
    assert_false(version_find("12.345", found, sizeof(found)));
    assert_true(version_find("12.345 then 1.2", found, sizeof(found)));
    assert_string_equal(found, "1.2");
}

/* Each one is newer than all before it. */
static const char *const ascending[] = {
    "0",
    "0.0.1",
    "0.9",
    "0.10",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-beta2",
    "1.0.0-beta11",
    "1.0.0rc1",
    "v1",
    "1.0.0.1",
    "1.5.7",
    "1.10",
    "2.0~rc1",
    "2",
    "10",
    "99999999999999999999999.1",
    "100000000000000000000000",
};

enum { ASCENDING_COUNT = sizeof(ascending) / sizeof(ascending[0]) };

static void version_compare_orders_every_pair(void **state)
{
    (void)state;
    for (size_t i = 0; i < ASCENDING_COUNT; i++) {
        for (size_t j = 0; j < ASCENDING_COUNT; j++) {
            int order = version_compare(ascending[i], ascending[j]);

            if ((order > 0) - (order < 0) != (i > j) - (i < j))
                fail_msg("'%s' against '%s' gives %d", ascending[i],
                         ascending[j], order);
        }
    }
}

static void version_compare_ignores_what_does_not_count(void **state)
{
    static const char *const equals[][2] = {
        { "1", "1.0.0" },           { "v1.2", "V1.2" },
        { "01.02", "1.2" },         { "1.2+build5", "1.2+build6" },
        { "1.2-rc1+x", "1.2-RC1" }, { "1.1.1w", "1.1.1" },
        { "9.2p1", "9.2" },         { "1.2-", "1.2" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(equals) / sizeof(equals[0]); i++) {
        assert_int_equal(version_compare(equals[i][0], equals[i][1]), 0);
        assert_int_equal(version_compare(equals[i][1], equals[i][0]), 0);
    }
}

static void version_is_valid_takes_whole_versions_only(void **state)
{
    static const char *const good[] = {
        "1", "1.5", "v1.5.7", "1.0.0-rc.1", "1.0+dfsg1", "1.1.1w", "3.12.0rc1",
    };
    static const char *const bad[] = {
        "",          "v",    "abc", "1.",  ".5", "1..2",
        "1.5 or so", "1.5,", "-1",  "1.x", "1-", "latest",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(version_is_valid(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (version_is_valid(bad[i]))
            fail_msg("'%s' was taken for a version", bad[i]);
    }
}

static void version_operators_hold_as_their_signs_say(void **state)
{
    static const struct {
        const char *text;
        bool older, equal, newer;
    } cases[] = {
        { ">=", false, true, true }, { ">", false, false, true },
        { "=", false, true, false }, { "==", false, true, false },
        { "<=", true, true, false }, { "<", true, false, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum version_operator op = VERSION_ANY;

        assert_int_equal(version_operator_read(cases[i].text, &op),
                         strlen(cases[i].text));
        assert_int_equal(version_operator_holds(-7, op), cases[i].older);
        assert_int_equal(version_operator_holds(0, op), cases[i].equal);
        assert_int_equal(version_operator_holds(7, op), cases[i].newer);
        if (i != 3)
            assert_string_equal(version_operator_text(op), cases[i].text);
    }
    assert_true(version_operator_holds(-1, VERSION_ANY));
    assert_true(version_operator_holds(1, VERSION_ANY));
}

static void version_operator_read_leaves_other_text_alone(void **state)
{
    enum version_operator op = VERSION_ANY;

    (void)state;
    assert_int_equal(version_operator_read("1.5", &op), 0);
    assert_int_equal(version_operator_read("~> 1.5", &op), 0);
    assert_int_equal(version_operator_read("", &op), 0);
    assert_int_equal(op, VERSION_ANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_find_reads_what_programs_print),
        cmocka_unit_test(version_find_finds_nothing_where_there_is_no_version),
        cmocka_unit_test(version_find_never_cuts_a_version_to_fit),
        cmocka_unit_test(version_compare_orders_every_pair),
        cmocka_unit_test(version_compare_ignores_what_does_not_count),
        cmocka_unit_test(version_is_valid_takes_whole_versions_only),
        cmocka_unit_test(version_operators_hold_as_their_signs_say),
        cmocka_unit_test(version_operator_read_leaves_other_text_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
