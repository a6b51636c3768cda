/* credential_process, and the values that all sources are read into. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_credentials.h"

#include "aws/credentials_private.h"
#include "base/cancel.h"
#include "base/mem.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* ---- words ------------------------------------------------------------ */

static const struct {
    const char *line, *words; /* each between < and >; NULL: refused */
} lines[] = {
    { "", "" },
    { " \t\n", "" },
    { "a", "<a>" },
    { "  a  b\tc\nd ", "<a><b><c><d>" },
    { "a 'b c' d", "<a><b c><d>" },
    { "a \"b c\"d'e f'", "<a><b cde f>" },
    { "a '' \"\"", "<a><><>" },
    { "a\\ b", "<a b>" },
    { "'a\\ b'", "<a\\ b>" },
    { "\"a\\\"b\\\\c\\n\"", "<a\"b\\c\\n>" },
    { "\\'a", "<'a>" },
    { "a $HOME ~ * ; | > # `x` $(y)",
      "<a><$HOME><~><*><;><|><>><#><`x`><$(y)>" },
    { "'a", NULL },
    { "\"a\\\"", NULL },
    { "\"a\\", NULL },
    { "a \\", NULL },
};

static void a_command_is_split_as_the_aws_command_splits_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct strvec words = { 0 };
        struct strbuf got = { 0 };
        struct error err = { 0 };
        bool ok = cred_split_words(lines[i].line, &words, &err);

        assert_true(ok || err.code == ERROR_INPUT);
        for (size_t j = 0; j < words.count; j++)
            strbuf_addf(&got, "<%s>", words.items[j]);
        if (ok != (lines[i].words != NULL) ||
            (ok && strcmp(strbuf_text(&got), lines[i].words) != 0))
            fail_msg("'%s' gives %s", lines[i].line, strbuf_text(&got));
        strbuf_release(&got);
        strvec_release(&words);
    }
}

/* ---- children --------------------------------------------------------- */

struct run {
    struct strbuf out, errors;
    int status;
    struct error err;
};

static bool run(struct run *run, const char *script, int64_t timeout_ms,
                struct cancel *cancel)
{
    char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, mem_text(script),
                     NULL };
    bool ok = cred_run(argv, timeout_ms, cancel, &run->out, &run->errors,
                       &run->status, &run->err);

    free(argv[2]);
    return ok;
}

static void run_release(struct run *run)
{
    strbuf_release(&run->out);
    strbuf_release(&run->errors);
    *run = (struct run){ 0 };
}

static void output_and_errors_come_apart(void **state)
{
    struct run r = { 0 };

    (void)state;
    assert_true(run(&r, "echo out; echo wrong >&2; cat; exit 3", 60000, NULL));
    assert_string_equal(strbuf_text(&r.out), "out\n");
    assert_string_equal(strbuf_text(&r.errors), "wrong\n");
    assert_int_equal(r.status, 3);
    run_release(&r);
    assert_true(run(&r, "kill -KILL $$", 60000, NULL));
    assert_int_equal(r.status, 128 + SIGKILL);
    run_release(&r);
}

static void a_program_that_is_not_there_is_named(void **state)
{
    char *argv[] = { (char[]){ "/nowhere/helper" }, NULL };
    struct run r = { 0 };

    (void)state;
    assert_false(
        cred_run(argv, 1000, NULL, &r.out, &r.errors, &r.status, &r.err));
    assert_non_null(strstr(r.err.message, "'/nowhere/helper'"));
    run_release(&r);
}

static void a_program_that_does_not_end_is_ended(void **state)
{
    struct run r = { 0 };

    (void)state;
    assert_false(run(&r, "while :; do :; done", 1, NULL));
    assert_int_equal(r.err.code, ERROR_BLOCKED);
    assert_non_null(strstr(r.err.message, "does not end"));
    run_release(&r);
}

static void a_program_that_writes_without_end_is_ended(void **state)
{
    struct run r = { 0 };

    (void)state;
    assert_false(run(&r,
                     "while :; do echo 0123456789012345678901234567890123"
                     "45678901234567890123456789012345678901234567890123"
                     "45678901234567890123456789; done",
                     600000, NULL));
    assert_non_null(strstr(r.err.message, "writes without an end"));
    assert_true(r.out.len <= CRED_LIMIT);
    run_release(&r);
}

static void a_cancelled_program_is_ended(void **state)
{
    struct cancel cancel;
    struct run r = { 0 };

    (void)state;
    assert_true(cancel_init(&cancel, NULL));
    cancel_raise(&cancel, CANCEL_STOP);
    assert_false(run(&r, "while :; do :; done", 600000, &cancel));
    assert_int_equal(r.err.code, ERROR_CANCELLED);
    run_release(&r);
    cancel_release(&cancel);
}

/* ---- answers ---------------------------------------------------------- */

#define ANSWER                                                                 \
    "{\"Version\": 1, \"AccessKeyId\": \"" WORLD_ACCESS                        \
    "\", \"SecretAccessKey\": \"" WORLD_SECRET                                 \
    "\", \"SessionToken\": \"" WORLD_TOKEN                                     \
    "\", \"Expiration\": \"2026-11-21T19:00:00+01:00\"}"

static void set_process(struct world *world, const char *answer,
                        const char *behind)
{
    char *path = world_file(world, "answer", answer);
    char *text = mem_format("[default]\ncredential_process = sh -c \"cat '%s'"
                            "; %s\"\n",
                            path, behind);

    world_config(world, text);
    free(path);
    free(text);
}

static void a_program_gives_keys(void **state)
{
    struct world *w = *state;
    struct credentials_keys keys = { 0 };
    struct error err = { 0 };

    set_process(w, ANSWER, "echo a warning >&2");
    if (!world_get(w, &keys, &err))
        fail_msg("%s", err.message);
    assert_string_equal(keys.access_key, WORLD_ACCESS);
    assert_string_equal(keys.secret_key, WORLD_SECRET);
    assert_string_equal(keys.token, WORLD_TOKEN);
    assert_true(keys.expires_ms == WORLD_TIME + 3600 * 1000);
    assert_string_equal(credentials_source(w->credentials),
                        "profile 'default' (credential_process)");
    credentials_keys_release(&keys);
}

static const struct {
    const char *answer, *behind, *message;
} bad_answers[] = {
    { ANSWER, "echo \\\"it broke: " WORLD_SECRET "\\\" >&2; exit 2",
      "it ended with status 2: it broke: ***" },
    { ANSWER, "exit 1", "it ended with status 1" },
    { "", "exit 0", "no JSON object" },
    { ANSWER "x", "exit 0", "no JSON object" },
    { "{\"AccessKeyId\": \"" WORLD_ACCESS "\"}", "exit 0", "Version 1" },
    { "{\"Version\": 2}", "exit 0", "Version 1" },
    { "{\"Version\": 1, \"AccessKeyId\": \"" WORLD_ACCESS "\"}", "exit 0",
      "there is no secret key" },
    { "{\"Version\": 1, \"AccessKeyId\": 5}", "exit 0",
      "there is no access key" },
};

static void a_program_that_fails_is_told_without_keys(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < COUNT(bad_answers); i++) {
        set_process(w, bad_answers[i].answer, bad_answers[i].behind);
        world_expect_error(w, bad_answers[i].message, "by hand");
    }
    world_config(w, "[default]\ncredential_process = 'open\n");
    world_expect_error(w, "a quote or escape does not end", NULL);
    world_config(w, "[default]\ncredential_process = /nowhere/helper\n");
    world_expect_error(w, "profile 'default': credential_process", NULL);
}

/* ---- values ----------------------------------------------------------- */

static const struct {
    const char *text;
    int64_t wall_ms; /* -1: refused */
} times[] = {
    { "2026-11-21T17:00:00Z", WORLD_TIME },
    { "2026-11-21T17:00:00.5Z", WORLD_TIME },
    { "2026-11-21T17:00:00.123456789Z", WORLD_TIME },
    { "2026-11-21T17:00:00UTC", WORLD_TIME },
    { "2026-11-21T17:00:00+00:00", WORLD_TIME },
    { "2026-11-21T18:30:00+01:30", WORLD_TIME },
    { "2026-11-21T12:00:00-05:00", WORLD_TIME },
    { "2026-11-21T17:00:00", -1 },
    { "2026-11-21T17:00:00+0000", -1 },
    { "2026-11-21T17:00:00+00:0x", -1 },
    { "2026-11-21T17:00:00.Zx", -1 },
    { "2026-13-21T17:00:00Z", -1 },
    { "2026-11-21", -1 },
    { "", -1 },
};

static void the_times_of_other_programs_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(times); i++) {
        int64_t wall_ms = -1;

        if (!cred_parse_time(times[i].text, &wall_ms))
            wall_ms = -1;
        if (wall_ms != times[i].wall_ms)
            fail_msg("'%s'", times[i].text);
    }
}

static const struct {
    const char *said, *quoted;
} quotes[] = {
    { "plain words.", "plain words" },
    { "  first line\nsecond", "first line" },
    { "a\tb\x1b[31mc", "a b [31mc" },
    { "caf\xc3\xa9", "caf" },
    { "key " WORLD_ACCESS ", ok", "key ***, ok" },
    { "ASIAABCDEFGHIJKLMNOP", "***" },
    { "(" WORLD_SECRET ")", "(***)" },
    { "token=" WORLD_TOKEN, "***" },
    { "arn:aws:iam::123456789012:role/a-role is fine",
      "arn:aws:iam::123456789012:role/a-role is fine" },
    { "commit 0a4d55a8d778e5022fab701977c5d840bbc486d0",
      "commit 0a4d55a8d778e5022fab701977c5d840bbc486d0" },
    { "", "" },
};

static void what_others_say_is_quoted_without_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(quotes); i++) {
        char *got = cred_quote(quotes[i].said, strlen(quotes[i].said));

        assert_string_equal(got, quotes[i].quoted);
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_is_split_as_the_aws_command_splits_it),
        cmocka_unit_test(output_and_errors_come_apart),
        cmocka_unit_test(a_program_that_is_not_there_is_named),
        cmocka_unit_test(a_program_that_does_not_end_is_ended),
        cmocka_unit_test(a_program_that_writes_without_end_is_ended),
        cmocka_unit_test(a_cancelled_program_is_ended),
        WORLD_TEST(a_program_gives_keys),
        WORLD_TEST(a_program_that_fails_is_told_without_keys),
        cmocka_unit_test(the_times_of_other_programs_are_read),
        cmocka_unit_test(what_others_say_is_quoted_without_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
