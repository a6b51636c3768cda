#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/apprunner/buildadvice.h"

#include "base/error.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Words as the tools write them, and a part of the cause that they have. */
static const struct {
    const char *words, *cause;
    bool passes;
} cases[] = {
    { "failed to solve: failed to copy: write /var/lib/docker/x: no space left "
      "on device",
      "disk is full", false },
    { "toomanyrequests: You have reached your pull rate limit", "limits pulls",
      false },
    { "exec /bin/sh: exec format error", "another kind of processor", false },
    { "no match for platform in manifest: not found", "not there for", false },
    { "pull access denied for acme/base, repository does not exist or may "
      "require 'docker login': denied: requested access to the resource is "
      "denied",
      "does not exist, or is private", false },
    { "manifest for node:99 not found: manifest unknown: manifest unknown",
      "no such tag", false },
    { "Dockerfile parse error line 3: unknown instruction: COPPY",
      "the Dockerfile has an error", false },
    { "COPY failed: file not found in build context or excluded by "
      ".dockerignore: stat app.py: file does not exist",
      "not in the build context", false },
    { "failed to compute cache key: failed to calculate checksum of ref x: "
      "\"/app.py\": not found",
      "not in the build context", false },
    { "the --mount option requires BuildKit. Refer to https://docs.docker.com",
      "needs BuildKit", false },
    { "The command '/bin/sh -c make' returned a non-zero code: 2",
      "a command of the build failed", false },
    { "The command '/bin/sh -c make' returned a non-zero code: 137",
      "want of memory", false },
    { "failed to create shim task: OCI runtime create failed: runc create "
      "failed: unable to start container process: exec: \"/bin/make\": stat "
      "/bin/make: no such file or directory: unknown",
      "a RUN names a program that is not in the image", false },
    { "OCI runtime create failed: exec: \"make\": executable file not found in "
      "$PATH: unknown",
      "a RUN names a program that is not in the image", false },
    { "process \"/bin/sh -c make\" did not complete successfully: exit code: 2",
      "a command of the build failed", false },
    { "tag invalid: The image tag 'v1' already exists in the 'web' repository "
      "and cannot be overwritten because the repository is immutable.",
      "taken by another image", false },
    { "denied: Your authorization token has expired. Reauthenticate and try "
      "again.",
      "has expired", true },
    { "no basic auth credentials", "did not get or take", true },
    { "name unknown: The repository with name 'web' does not exist in the "
      "registry with id '123456789012'",
      "gone, or is in another region", false },
    { "denied: User: arn:aws:iam::1:user/x is not authorized to perform: "
      "ecr:InitiateLayerUpload",
      "lack a permission", false },
    { "dial tcp: lookup 1.dkr.ecr.us-east-1.amazonaws.com: no such host",
      "cannot resolve", true },
    { "read tcp 10.0.0.1:1->2.2.2.2:443: read: connection reset by peer",
      "was cut", true },
    { "net/http: TLS handshake timeout", "slow", true },
    { "x509: certificate signed by unknown authority", "does not trust",
      false },
    { "received unexpected HTTP status: 503 Service Unavailable", "busy",
      true },
};

static void known_words_have_their_cause(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct buildadvice *advice = buildadvice_find(cases[i].words);

        if (!advice)
            fail_msg("no advice for: %s", cases[i].words);
        if (!strstr(advice->cause, cases[i].cause))
            fail_msg("'%s' for: %s", advice->cause, cases[i].words);
        if (advice->passes != cases[i].passes)
            fail_msg("passes is wrong for: %s", cases[i].words);
    }
}

static void other_words_have_none(void **state)
{
    (void)state;
    assert_null(buildadvice_find(""));
    assert_null(buildadvice_find("all is well"));
    assert_null(buildadvice_find("manifest for")); /* half of a row */
}

/* A sign in upper case would never be found, one that holds an earlier one
 * never reached. */
static void every_row_can_be_found(void **state)
{
    (void)state;
    for (size_t i = 0; buildadvice_at(i); i++) {
        const struct buildadvice *row = buildadvice_at(i);
        char words[256];

        for (const char *at = row->sign; *at; at++)
            assert_false(isupper((unsigned char)*at));
        for (const char *at = row->sign2 ? row->sign2 : ""; *at; at++)
            assert_false(isupper((unsigned char)*at));
        assert_true(row->cause[0] && row->mend[0]);
        snprintf(words, sizeof(words), "x %s y %s", row->sign,
                 row->sign2 ? row->sign2 : "");
        if (buildadvice_find(words) != row)
            fail_msg("row '%s' is hidden by '%s'", row->sign,
                     buildadvice_find(words)->sign);
    }
}

static void advice_takes_the_place_of_the_hint(void **state)
{
    struct error err = { 0 };

    (void)state;
    error_set(&err, ERROR_BLOCKED, "write x: no space left on device");
    error_hint(&err, "look at the log");
    buildadvice_add(&err);
    assert_string_equal(err.message, "write x: no space left on device");
    assert_non_null(strstr(err.hint, "docker system df"));
}

static void without_advice_the_hint_stays(void **state)
{
    struct error err = { 0 };

    (void)state;
    error_set(&err, ERROR_BLOCKED, "something else");
    error_hint(&err, "look at the log");
    buildadvice_add(&err);
    assert_string_equal(err.hint, "look at the log");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_words_have_their_cause),
        cmocka_unit_test(other_words_have_none),
        cmocka_unit_test(every_row_can_be_found),
        cmocka_unit_test(advice_takes_the_place_of_the_hint),
        cmocka_unit_test(without_advice_the_hint_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
