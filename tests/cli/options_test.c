#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A command line as the shell would split it at blanks; `values` points into
 * it. */
struct line {
    struct strvec words;
    struct options options;
    struct error err;
};

/* getopt(3) remembers a place in the last command line, which is gone. A
 * program parses once and needs no such thing. */
static void forget_last(void)
{
    char name[] = "stepdeck";
    char *argv[] = { name, NULL };

    optind = 0;
    (void)getopt(1, argv, "-:");
}

static bool parse(struct line *line, const char *text)
{
    *line = (struct line){ 0 };
    forget_last();
    strvec_add(&line->words, "stepdeck");
    strvec_split(&line->words, text, " ");
    return options_parse(&line->options, (int)line->words.count,
                         line->words.items, &line->err);
}

static void release(struct line *line)
{
    options_release(&line->options);
    strvec_release(&line->words);
}

static void expect_command(const char *text, const char *command)
{
    struct line line;

    if (!parse(&line, text))
        fail_msg("'%s': %s", text, line.err.message);
    if (command) {
        assert_non_null(line.options.command);
        assert_string_equal(line.options.command->name, command);
    } else {
        assert_null(line.options.command);
    }
    release(&line);
}

static void expect_refusal(const char *text, const char *message,
                           const char *hint)
{
    struct line line;

    if (parse(&line, text))
        fail_msg("'%s' was accepted", text);
    assert_int_equal(line.err.code, ERROR_INPUT);
    if (!strstr(line.err.message, message))
        fail_msg("'%s': '%s'", text, line.err.message);
    if (!strstr(line.err.hint, hint))
        fail_msg("'%s': hint '%s'", text, line.err.hint);
    release(&line);
}

/* ---- the command ------------------------------------------------------ */

static void options_without_words_give_no_command(void **state)
{
    (void)state;
    expect_command("", NULL);
    expect_command("-v --ascii --color never", NULL);
    expect_command("--theme dark -C /tmp", NULL);
}

static void options_without_a_command_mean_deploy(void **state)
{
    (void)state;
    expect_command("--service-name web --dry-run", "deploy");
    expect_command("-y", "deploy");
    expect_command("--json", "deploy");
}

static void options_may_stand_before_or_behind_the_command(void **state)
{
    static const char *const texts[] = { "--env prod deploy",
                                         "deploy --env prod",
                                         "-v deploy --env=prod" };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct line line;

        assert_true(parse(&line, texts[i]));
        assert_string_equal(line.options.command->name, "deploy");
        assert_true(line.options.given[OPTION_ENV]);
        assert_string_equal(line.options.values[OPTION_ENV], "prod");
        assert_int_equal(line.options.arguments.count, 0);
        release(&line);
    }
}

static void options_leave_the_arguments_of_the_command(void **state)
{
    struct line line;

    (void)state;
    assert_true(parse(&line, "run 10 --env prod network"));
    assert_string_equal(line.options.command->name, "run");
    assert_int_equal(line.options.arguments.count, 2);
    assert_string_equal(line.options.arguments.items[0], "10");
    assert_string_equal(line.options.arguments.items[1], "network");
    assert_null(line.options.arguments.items[2]);
    release(&line);
}

static void options_end_behind_two_dashes(void **state)
{
    struct line line;

    (void)state;
    assert_true(parse(&line, "run -- --env"));
    assert_int_equal(line.options.arguments.count, 1);
    assert_string_equal(line.options.arguments.items[0], "--env");
    assert_false(line.options.given[OPTION_ENV]);
    release(&line);
}

static void options_refuse_an_unknown_command_with_the_nearest(void **state)
{
    (void)state;
    expect_refusal("deplyo", "unknown command 'deplyo'",
                   "did you mean 'stepdeck deploy'?");
    expect_refusal("xyzzy", "unknown command 'xyzzy'", "stepdeck help");
}

static void options_check_the_number_of_arguments(void **state)
{
    (void)state;
    expect_refusal("run", "'run' takes", "stepdeck run --help");
    expect_refusal("deploy now", "'deploy' takes no arguments",
                   "stepdeck deploy --help");
    expect_command("run --help", "run");
}

/* ---- options ---------------------------------------------------------- */

static void options_of_the_design_go_with_deploy(void **state)
{
    static const char *const texts[] = { "--service-name web",
                                         "--region eu-west-1",
                                         "--ecr-repo web",
                                         "--force-latest",
                                         "--force-restart",
                                         "--dry-run",
                                         "--tail",
                                         "--json",
                                         "--cleanup-old",
                                         "--prune-images",
                                         "--prune-images=5",
                                         "--deploy-timeout 20m",
                                         "--health-timeout 5",
                                         "--health-retries 3",
                                         "--auto-approve",
                                         "-y",
                                         "--fresh-start",
                                         "--skip-preflight",
                                         "--help",
                                         "-h",
                                         "--no-tui",
                                         "--env prod",
                                         "--profile p",
                                         "--from 10",
                                         "--until 20",
                                         "--only 10",
                                         "--skip 10",
                                         "--jobs 2",
                                         "--no-rollback",
                                         "--lock-wait 10m",
                                         "--events FILE",
                                         "--theme dark",
                                         "--ascii",
                                         "--color auto",
                                         "-v",
                                         "-q",
                                         "-C DIR" };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        char *text = mem_format("deploy %s", texts[i]);

        expect_command(text, "deploy");
        free(text);
    }
}

static void options_refuse_an_unknown_one_with_the_nearest(void **state)
{
    (void)state;
    expect_refusal("deploy --dryrun", "unknown option '--dryrun'",
                   "did you mean '--dry-run'?");
    expect_refusal("--skip-prefligth", "unknown option '--skip-prefligth'",
                   "did you mean '--skip-preflight'?");
    expect_refusal("deploy --xyzzyx", "unknown option '--xyzzyx'",
                   "stepdeck help");
    expect_refusal("deploy -Z", "unknown option '-Z'", "stepdeck help");
    expect_refusal("deploy --xyzzyx=value", "unknown option '--xyzzyx", "");
}

static void options_refuse_values_that_are_missing_or_too_many(void **state)
{
    (void)state;
    expect_refusal("deploy --jobs", "'--jobs' needs a value", "");
    expect_refusal("deploy -C", "'-C' needs a value", "");
    expect_refusal("deploy --dry-run=yes", "'--dry-run=yes' takes no value",
                   "");
    expect_refusal("deploy --env=", "option '--env': the value is empty",
                   "--env NAME");
}

static void options_check_their_values(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "deploy --jobs 0", "option '--jobs': '0'" },
        { "deploy --jobs many", "option '--jobs': 'many'" },
        { "deploy --jobs 2x", "option '--jobs': '2x'" },
        { "deploy --jobs -1", "option '--jobs': '-1'" },
        { "deploy --health-retries 0", "option '--health-retries'" },
        { "deploy --prune-images=none", "option '--prune-images': 'none'" },
        { "deploy --lock-wait soon", "option '--lock-wait'" },
        { "deploy --deploy-timeout -5", "option '--deploy-timeout'" },
        { "deploy --health-timeout 1d", "option '--health-timeout'" },
        { "deploy --color purple", "option '--color': 'purple'" },
        { "report --format pdf", "option '--format': 'pdf'" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_refusal(cases[i].text, cases[i].message, "");
}

static void options_times_accept_the_usual_forms(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        { "deploy --lock-wait 90", 90000 },
        { "deploy --lock-wait 90s", 90000 },
        { "deploy --lock-wait=20m", 1200000 },
        { "deploy --lock-wait 1h", 3600000 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct line line;

        assert_true(parse(&line, cases[i].text));
        assert_int_equal(options_duration(&line.options, OPTION_LOCK_WAIT, 7),
                         cases[i].ms);
        release(&line);
    }
}

static void options_not_given_have_the_default_of_the_caller(void **state)
{
    struct line line;

    (void)state;
    assert_true(parse(&line, "deploy --prune-images"));
    assert_int_equal(options_duration(&line.options, OPTION_LOCK_WAIT, 7), 7);
    assert_int_equal(options_number(&line.options, OPTION_JOBS, 3), 3);
    assert_true(line.options.given[OPTION_PRUNE_IMAGES]);
    assert_int_equal(options_number(&line.options, OPTION_PRUNE_IMAGES, 10),
                     10);
    release(&line);
    assert_true(parse(&line, "deploy --prune-images=4 --jobs 8"));
    assert_int_equal(options_number(&line.options, OPTION_PRUNE_IMAGES, 10), 4);
    assert_int_equal(options_number(&line.options, OPTION_JOBS, 3), 8);
    release(&line);
}

static void options_override_the_configuration(void **state)
{
    static const char *const overrides[] = {
        "SERVICE_NAME=web", "AWS_REGION=eu-west-1", "ECR_REPOSITORY=r",
        "AWS_PROFILE=p",    "DEPLOY_TIMEOUT=20m",   "HEALTH_TIMEOUT=5",
        "HEALTH_RETRIES=3", "PRUNE_IMAGES=4",       "FORCE_LATEST=yes",
        "NO_ROLLBACK=yes"
    };
    struct line line;

    (void)state;
    assert_true(parse(&line, "deploy --service-name web --region eu-west-1 "
                             "--ecr-repo r --profile p --deploy-timeout 20m "
                             "--health-timeout 5 --health-retries 3 "
                             "--prune-images=4 --env prod --force-latest "
                             "--no-rollback"));
    assert_int_equal(line.options.overrides.count, COUNT(overrides));
    for (size_t i = 0; i < COUNT(overrides); i++)
        assert_true(strvec_has(&line.options.overrides, overrides[i]));
    release(&line);
    assert_true(parse(&line, "deploy --prune-images"));
    assert_true(strvec_has(&line.options.overrides, "PRUNE_IMAGES=yes"));
    assert_int_equal(line.options.overrides.count, 1);
    release(&line);
}

static void options_of_steps_may_be_repeated(void **state)
{
    struct line line;

    (void)state;
    assert_true(parse(&line, "deploy --only 10 --only=20,30 --skip 40"));
    assert_int_equal(line.options.only.count, 3);
    assert_string_equal(line.options.only.items[2], "30");
    assert_int_equal(line.options.skip.count, 1);
    release(&line);
}

static void options_letters_may_stand_together(void **state)
{
    struct line line;

    (void)state;
    assert_true(parse(&line, "deploy -vvyC DIR"));
    assert_int_equal(line.options.verbose, 2);
    assert_true(line.options.given[OPTION_AUTO_APPROVE]);
    assert_string_equal(line.options.values[OPTION_DIR], "DIR");
    release(&line);
}

static void options_of_migrate_go_with_it(void **state)
{
    struct line line;

    (void)state;
    expect_command("migrate --cleanup-old --dry-run --json -y", "migrate");
    expect_command("migrate --undo", "migrate");
    expect_refusal("setup --undo", "'--undo' does not go with 'setup'", "");
    assert_true(parse(&line, "migrate --undo=20261121"));
    assert_true(line.options.given[OPTION_UNDO]);
    assert_string_equal(line.options.values[OPTION_UNDO], "20261121");
    release(&line);
    assert_true(parse(&line, "migrate --undo 20261121"));
    assert_string_equal(line.options.values[OPTION_UNDO], "");
    assert_string_equal(line.options.arguments.items[0], "20261121");
    release(&line);
}

static void options_must_fit_their_command(void **state)
{
    (void)state;
    expect_refusal("version --jobs 2",
                   "option '--jobs' does not go with 'version'",
                   "stepdeck version --help");
    expect_refusal("history --dry-run", "'--dry-run' does not go with", "");
    expect_command("version --ascii", "version");
}

/* ---- the tables ------------------------------------------------------- */

static void options_table_is_in_order_and_explains_itself(void **state)
{
    const struct option_row *rows = option_table();

    (void)state;
    for (int i = 0; i < OPTION_COUNT; i++) {
        assert_int_equal(rows[i].id, i);
        assert_true(rows[i].groups != 0);
        assert_true(*rows[i].help);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(rows[i].name, rows[j].name);
            assert_true(!rows[i].letter || rows[i].letter != rows[j].letter);
        }
    }
}

static void options_every_command_explains_itself(void **state)
{
    const struct command *const *table = command_table();
    size_t count = 0;

    (void)state;
    for (; table[count]; count++) {
        const struct command *command = table[count];

        assert_ptr_equal(command_find(command->name), command);
        assert_true(*command->summary && *command->description);
        assert_non_null(command->arguments);
        assert_non_null(command->run);
        assert_true(command->least <= command->most);
    }
    assert_true(count >= 10);
    assert_null(command_find("nothing"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_without_words_give_no_command),
        cmocka_unit_test(options_without_a_command_mean_deploy),
        cmocka_unit_test(options_may_stand_before_or_behind_the_command),
        cmocka_unit_test(options_leave_the_arguments_of_the_command),
        cmocka_unit_test(options_end_behind_two_dashes),
        cmocka_unit_test(options_refuse_an_unknown_command_with_the_nearest),
        cmocka_unit_test(options_check_the_number_of_arguments),
        cmocka_unit_test(options_of_the_design_go_with_deploy),
        cmocka_unit_test(options_refuse_an_unknown_one_with_the_nearest),
        cmocka_unit_test(options_refuse_values_that_are_missing_or_too_many),
        cmocka_unit_test(options_check_their_values),
        cmocka_unit_test(options_times_accept_the_usual_forms),
        cmocka_unit_test(options_not_given_have_the_default_of_the_caller),
        cmocka_unit_test(options_override_the_configuration),
        cmocka_unit_test(options_of_steps_may_be_repeated),
        cmocka_unit_test(options_letters_may_stand_together),
        cmocka_unit_test(options_of_migrate_go_with_it),
        cmocka_unit_test(options_must_fit_their_command),
        cmocka_unit_test(options_table_is_in_order_and_explains_itself),
        cmocka_unit_test(options_every_command_explains_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
