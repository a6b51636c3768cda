/* The plain line printer and the last page. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_output.h"

#include "base/mem.h"
#include "cli/lines.h"
#include "cli/output.h"
#include "cli/summary.h"
#include "core/outcome.h"

#include <stdlib.h>
#include <string.h>

#define PLAN                                                                   \
    "\"project\":\"acme\",\"environment\":\"prod\",\"plan\":["                 \
    "{\"step\":\"step-010-a\",\"number\":10,\"title\":\"Make\","               \
    "\"action\":\"run\",\"critical\":true},"                                   \
    "{\"step\":\"step-020-b\",\"number\":20,\"title\":\"B\","                  \
    "\"action\":\"skip\",\"critical\":true}]"

#define STEP "\"step\":\"step-010-a\""

/* A printer over a project that has no state. */
struct printing {
    struct state *state;
    struct run_model model;
    struct printer printer;
};

static struct printing *start(bool use_groups, bool is_quiet)
{
    struct printing *printing = mem_new(1, sizeof(*printing));
    struct lines_settings settings = { .resume_command =
                                           "stepdeck deploy --env prod",
                                       .use_groups = use_groups,
                                       .is_quiet = is_quiet };

    plain_output();
    printing->state = state_open("/nonexistent", NULL, STATE_READ, NULL);
    settings.state = printing->state;
    printing->printer = lines_printer(&settings);
    tell(&printing->model, NULL, "run.start", PLAN);
    capture_begin();
    return printing;
}

/* Ends the capture and everything; the text is to be freed. */
static char *finish(struct printing *printing)
{
    char *text;

    printing->printer.release(printing->printer.context);
    text = capture_end();
    run_model_release(&printing->model);
    state_free(printing->state);
    free(printing);
    return text;
}

static void say(struct printing *printing, const char *type,
                const char *members)
{
    tell(&printing->model, &printing->printer, type, members);
}

static void print(struct printing *printing, const char *bytes)
{
    printing->printer.output(printing->printer.context, "step-010-a", bytes,
                             strlen(bytes), 0);
}

static void expect(struct printing *printing, const char *text)
{
    char *found = finish(printing);

    assert_string_equal(found, text);
    free(found);
}

/* ---- events ----------------------------------------------------------- */

static void lines_tell_the_life_of_a_step(void **state)
{
    struct printing *printing = start(false, false);

    (void)state;
    say(printing, "step.start", STEP ",\"title\":\"Make\"");
    say(printing, "step.end",
        STEP ",\"status\":\"completed\",\"duration_ms\":102000,\"attempt\":1");
    expect(printing, "17:00:07 [>>] step-010-a  started (1/1)\n"
                     "17:00:07 [ok] step-010-a  completed in 1m42s\n");
}

static void lines_tell_failures_attempts_and_blocks(void **state)
{
    struct printing *printing = start(false, false);

    (void)state;
    say(printing, "step.start", STEP);
    say(printing, "step.retry",
        STEP ",\"attempt\":1,\"attempts\":3,\"delay_ms\":5000,"
             "\"message\":\"failed with exit status 1\"");
    say(printing, "diagnosis",
        STEP ",\"id\":\"t-known\",\"cause\":\"the cause\"");
    say(printing, "step.end",
        STEP ",\"status\":\"failed\",\"duration_ms\":2000,\"attempt\":2,"
             "\"message\":\"was ended by SIGSEGV\"");
    say(printing, "step.end",
        STEP ",\"status\":\"failed\",\"duration_ms\":2000,\"attempt\":2,"
             "\"message\":\"the build failed: no disk\"");
    say(printing, "step.end",
        "\"step\":\"step-020-b\",\"status\":\"blocked\",\"message\":"
        "\"needs step-010-a, which failed\"");
    expect(printing,
           "17:00:07 [>>] step-010-a  started (1/1)\n"
           "17:00:07 [<>] step-010-a  attempt 1 of 3 failed with exit status "
           "1; next in 5.0s\n"
           "17:00:07 [~~] step-010-a  known failure 't-known': the cause\n"
           "17:00:07 [!!] step-010-a  was ended by SIGSEGV after 2.0s\n"
           "17:00:07 [!!] step-010-a  the build failed: no disk (after 2.0s)\n"
           "17:00:07 [##] step-020-b  blocked: needs step-010-a, which "
           "failed\n");
}

static void lines_make_messages_safe_for_the_terminal(void **state)
{
    struct printing *printing = start(false, false);

    (void)state;
    say(printing, "warning", "\"message\":\"a\\u001b[2Jb\\nc\\u0007\"");
    expect(printing, "17:00:07 [~~] ab c\n");
}

/* ---- what steps print ------------------------------------------------- */

static void lines_stand_behind_the_step_that_printed_them(void **state)
{
    struct printing *printing = start(false, false);

    (void)state;
    print(printing, "one\ntwo\n\nthree");
    print(printing, " and more\n");
    expect(printing, "step-010-a | one\nstep-010-a | two\nstep-010-a | \n"
                     "step-010-a | three and more\n");
}

static void lines_without_an_end_are_printed_with_the_step_s_end(void **state)
{
    struct printing *printing = start(false, false);

    (void)state;
    print(printing, "no newline");
    say(printing, "step.end", STEP ",\"status\":\"completed\"");
    expect(printing, "step-010-a | no newline\n"
                     "17:00:07 [ok] step-010-a  completed in 0ms\n");
}

static void lines_show_the_last_state_of_a_progress_bar(void **state)
{
    struct printing *printing = start(false, false);

    (void)state;
    print(printing, "10%\r50%\r100%\r\nnext\r\n");
    expect(printing, "step-010-a | 100%\nstep-010-a | next\n");
}

static void lines_of_steps_cannot_drive_terminal_or_runner(void **state)
{
    struct printing *printing = start(true, false);
    char *text;

    (void)state;
    print(printing, "::error::boo\n\x1b[2J::set-output name=x::y\n"
                    "   ::add-mask::x\n\r::group::g\n");
    text = finish(printing);
    assert_string_equal(text, "step-010-a | ::error::boo\n"
                              "step-010-a | ::set-output name=x::y\n"
                              "step-010-a |    ::add-mask::x\n"
                              "step-010-a | ::group::g\n");
    free(text);
}

/* The runner looks for the old form of its commands anywhere in a line. */
static void lines_of_steps_cannot_use_the_runner_s_old_commands(void **state)
{
    struct printing *printing = start(true, false);
    char *text;

    (void)state;
    print(printing, "##[error]boo\n");
    text = finish(printing);
    expect_part(text, "error");
    expect_no_part(text, "##[");
    free(text);
}

static void lines_of_a_million_bytes_are_cut_into_pieces(void **state)
{
    struct printing *printing = start(false, false);
    char *flood = mem_new(1000001, 1), *text;
    size_t count = 0;

    (void)state;
    memset(flood, 'x', 1000000);
    print(printing, flood);
    print(printing, "\n");
    text = finish(printing);
    for (const char *c = text; *c; c++)
        count += *c == 'x';
    assert_int_equal(count, 1000000);
    free(text);
    free(flood);
}

static void lines_when_quiet_want_no_output(void **state)
{
    struct printing *printing = start(false, true);

    (void)state;
    assert_false(printing->printer.wants_output);
    assert_null(printing->printer.output);
    expect(printing, "");
}

static void lines_group_steps_for_the_runner(void **state)
{
    struct printing *printing = start(true, false);

    (void)state;
    say(printing, "step.start", STEP ",\"title\":\"Make\"");
    print(printing, "out\n");
    say(printing, "step.end",
        STEP ",\"status\":\"completed\",\"duration_ms\":1000,\"attempt\":1");
    expect(printing, "::group::step-010-a  Make\n"
                     "17:00:07 [>>] step-010-a  started (1/1)\n"
                     "step-010-a | out\n::endgroup::\n"
                     "17:00:07 [ok] step-010-a  completed in 1.0s\n");
}

static void lines_heartbeat_is_silent_while_something_was_said(void **state)
{
    struct printing *printing = start(false, false);

    (void)state;
    printing->printer.tick(printing->printer.context, &printing->model);
    expect(printing, "");
}

/* ---- the last page ---------------------------------------------------- */

static void page_repeats_every_error_with_what_mends_it(void **state)
{
    struct printing *printing = start(false, false);
    char *text;

    (void)state;
    say(printing, "step.end",
        STEP ",\"status\":\"failed\",\"attempt\":1,\"message\":\"broke\"");
    say(printing, "error",
        STEP ",\"message\":\"broke\",\"suggestion\":\"mend it\"");
    say(printing, "run.end",
        "\"exit_status\":3,\"summary\":{\"elapsed_ms\":61000}");
    text = finish(printing);
    expect_part(text, "Errors\n  [!!] step-010-a: broke\n");
    expect_part(text, "Suggestion:    mend it");
    expect_part(text, "[!!] failed in 1m01s: 0 completed");
    expect_part(text, "1 failed");
    expect_part(text, "stepdeck deploy --env prod");
    expect_part(text, "goes on at step-010-a");
    expect_part(text, "--skip step-010-a");
    expect_part(text, "--fresh-start");
    free(text);
}

static void page_of_a_success_has_no_recovery(void **state)
{
    struct printing *printing = start(false, false);
    char *text;

    (void)state;
    say(printing, "step.end", STEP ",\"status\":\"completed\",\"attempt\":1");
    say(printing, "warning", "\"message\":\"slow\"");
    say(printing, "run.end", "\"exit_status\":0");
    text = finish(printing);
    expect_part(text, "[ok] done in");
    expect_part(text, "1 warning\n");
    expect_part(text, "Warnings\n  [~~] slow\n");
    expect_no_part(text, "Recovery");
    expect_no_part(text, "Errors");
    free(text);
}

static void page_has_a_word_for_each_exit_status(void **state)
{
    (void)state;
    assert_string_equal(summary_word(EXIT_STATUS_DONE), "done");
    assert_string_equal(summary_word(EXIT_STATUS_STEP_FAILED), "failed");
    assert_string_equal(summary_word(EXIT_STATUS_BLOCKED), "blocked");
    assert_string_equal(summary_word(EXIT_STATUS_CANCELLED), "cancelled");
    assert_string_equal(summary_word(EXIT_STATUS_LOCKED), "lock lost");
    assert_string_equal(summary_word(EXIT_STATUS_PREFLIGHT),
                        "preflight failed");
    assert_string_equal(summary_word(EXIT_STATUS_BUILD_FAILED), "build failed");
    assert_string_equal(summary_word(EXIT_STATUS_ROLLBACK_FAILED),
                        "rollback failed");
    assert_string_equal(summary_word(77), "failed");
}

/* ---- output ----------------------------------------------------------- */

static bool is_coloured(const char *choice)
{
    struct options options = { 0 };

    options.given[OPTION_COLOR] = choice != NULL;
    options.values[OPTION_COLOR] = choice;
    output_setup(&options);
    return output_has_colour();
}

static void output_colour_is_decided_in_the_order_of_the_design(void **state)
{
    (void)state;
    setenv("NO_COLOR", "1", 1);
    setenv("FORCE_COLOR", "1", 1);
    assert_true(is_coloured("always"));
    assert_false(is_coloured("never"));
    assert_false(is_coloured("auto"));
    assert_false(is_coloured(NULL));
    unsetenv("NO_COLOR");
    assert_true(is_coloured(NULL));
    setenv("NO_COLOR", "", 1);
    assert_true(is_coloured(NULL));
    unsetenv("NO_COLOR");
    unsetenv("FORCE_COLOR");
    plain_output();
    assert_string_equal(output_on(STYLE_FAILED), "");
    assert_string_equal(output_off(), "");
}

static void expect_column(const char *text, size_t width, const char *column)
{
    char *found = output_column(text, width);

    assert_string_equal(found, column);
    free(found);
}

static void output_columns_have_their_width(void **state)
{
    (void)state;
    plain_output();
    expect_column("ab", 4, "ab  ");
    expect_column("abcd", 4, "abcd");
    expect_column("abcde", 4, "abc~");
    expect_column("größer", 6, "größer");
    expect_column("größer", 4, "grö~");
    expect_column("a\nb", 3, "a b");
    expect_column("", 2, "  ");
    expect_column("abc", 0, "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_tell_the_life_of_a_step),
        cmocka_unit_test(lines_tell_failures_attempts_and_blocks),
        cmocka_unit_test(lines_make_messages_safe_for_the_terminal),
        cmocka_unit_test(lines_stand_behind_the_step_that_printed_them),
        cmocka_unit_test(lines_without_an_end_are_printed_with_the_step_s_end),
        cmocka_unit_test(lines_show_the_last_state_of_a_progress_bar),
        cmocka_unit_test(lines_of_steps_cannot_drive_terminal_or_runner),
        cmocka_unit_test(lines_of_steps_cannot_use_the_runner_s_old_commands),
        cmocka_unit_test(lines_of_a_million_bytes_are_cut_into_pieces),
        cmocka_unit_test(lines_when_quiet_want_no_output),
        cmocka_unit_test(lines_group_steps_for_the_runner),
        cmocka_unit_test(lines_heartbeat_is_silent_while_something_was_said),
        cmocka_unit_test(page_repeats_every_error_with_what_mends_it),
        cmocka_unit_test(page_of_a_success_has_no_recovery),
        cmocka_unit_test(page_has_a_word_for_each_exit_status),
        cmocka_unit_test(output_colour_is_decided_in_the_order_of_the_design),
        cmocka_unit_test(output_columns_have_their_width),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
