#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/mem.h"
#include "base/redact.h"
#include "core/secrets.h"

#include <stdlib.h>
#include <string.h>

/* What is left of `text` with the secrets of the project. */
static const char *masked(struct fixture *f, const char *text)
{
    struct redact *redact = secrets_collect(&fixture_project(f)->config);
    struct strbuf out = { 0 };

    redact_text(redact, text, strlen(text), &out);
    redact_free(redact);
    return fixture_keep(f, strbuf_take(&out));
}

static void set(struct fixture *f, const char *key, const char *value)
{
    const char *line = fixture_keep(f, mem_format("%s='%s'\n", key, value));

    fixture_write(f, ".env", line);
}

static void secrets_are_values_of_secret_names(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, ".env",
                  "DB_PASSWORD=hunter2hunter2\nPLAIN=nothing-secret\n"
                  "LISTED=listed-value\nSECRET_KEYS=LISTED\n");
    assert_string_equal(masked(f, "hunter2hunter2 nothing-secret listed-value"),
                        "*** nothing-secret ***");
}

static void secrets_are_passwords_in_urls_of_any_key(void **state)
{
    static const struct {
        const char *value, *text, *left;
    } cases[] = {
        { "postgres://u:dbpassw0rd@h/x", "dbpassw0rd", "***" },
        { "postgres://u:dbpassw0rd@h/x", "postgres://u:dbpassw0rd@h/x",
          "postgres://u:***@h/x" },
        { "redis://:dbpassw0rd@h:6379", "dbpassw0rd", "***" },
        { "see amqp://a:first-one@h, amqp://b:other-one@h", "first-one",
          "***" },
        { "see amqp://a:first-one@h, amqp://b:other-one@h", "other-one",
          "***" },
        { "http://u:first-one@h1,http://u:other-one@h2", "other-one", "***" },
        { "http://u:with?mark#and@h/x", "with?mark#and", "***" },
        { "http://u:with:colon@h/x", "with:colon", "***" },
        { "http://u:at@in-it@h/x", "at@in-it", "***" },
        { "http://u:slash/in-it@h/x", "slash/in-it", "***" },
        { "{\"u\":\"http://u:dbpassw0rd@h\",\"to\":\"a@b.c\"}", "dbpassw0rd",
          "***" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        set(*state, "DATABASE_URL", cases[i].value);
        assert_string_equal(masked(*state, cases[i].text), cases[i].left);
    }
}

static void secrets_in_urls_are_masked_also_decoded(void **state)
{
    struct fixture *f = *state;

    set(f, "DATABASE_URL", "postgres://u:p%40ss%2fw%6Frd@h/x");
    assert_string_equal(masked(f, "p%40ss%2fw%6Frd"), "***");
    assert_string_equal(masked(f, "login with p@ss/word"), "login with ***");
    set(f, "DATABASE_URL", "postgres://u:100%sure%4@h/x");
    assert_string_equal(masked(f, "100%sure%4"), "***");
}

static void secrets_in_urls_are_nothing_else(void **state)
{
    static const char *const values[] = {
        "https://example.com/a/path",
        "https://example.com:844312/a@b.c",
        "ssh://deploy@example.com/repo",
        "u:dbpassw0rd@example.com",
        "https://u:short@example.com",
        "https://u:@example.com",
        "https://",
        "://:@",
        "https://example.com/x user:dbpassw0rd@h",
    };
    static const char text[] = "example.com dbpassw0rd deploy short 844312/a";

    for (size_t i = 0; i < COUNT(values); i++) {
        set(*state, "ANY_URL", values[i]);
        assert_string_equal(masked(*state, text), text);
    }
}

static void secrets_are_looked_for_in_the_process_environment(void **state)
{
    struct fixture *f = *state;

    setenv("STEPDECK_TEST_PROXY", "http://u:proxy-passw0rd@h:3128", 1);
    setenv("STEPDECK_TEST_PASSWORD", "the-environments", 1);
    assert_string_equal(masked(f, "proxy-passw0rd the-environments"),
                        "*** ***");
    unsetenv("STEPDECK_TEST_PROXY");
    unsetenv("STEPDECK_TEST_PASSWORD");
    assert_string_equal(masked(f, "proxy-passw0rd the-environments"),
                        "proxy-passw0rd the-environments");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(secrets_are_values_of_secret_names),
        FIXTURE_TEST(secrets_are_passwords_in_urls_of_any_key),
        FIXTURE_TEST(secrets_in_urls_are_masked_also_decoded),
        FIXTURE_TEST(secrets_in_urls_are_nothing_else),
        FIXTURE_TEST(secrets_are_looked_for_in_the_process_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
