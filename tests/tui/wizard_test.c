#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_wizard.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "tui/ask.h"
#include "tui/loadsetup.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void expect_file(const char *name, const char *part)
{
    char *text = fixture_wizard_read(name);

    if (!text || !strstr(text, part))
        fail_msg("%s has no '%s':\n%s", name, part, text ? text : "(none)");
    free(text);
}

static void expect_answer(const struct fixture_wizard *f, const char *key,
                          const char *value)
{
    assert_string_equal(setup_value(f->model.wizard->setup, key), value);
}

/* ---- looking ---------------------------------------------------------- */

static void wizard_says_that_it_looks_until_the_loader_answers(void **state)
{
    struct fixture_wizard *f = *state;

    model_show(&f->model, VIEW_WIZARD);
    fixture_wizard_expect(f, "looking at the project ...");
    fixture_wizard_serve(f);
    assert_string_equal(fixture_wizard_asks(f), "PROJECT_NAME");
    fixture_wizard_expect(f, "Project name");
}

static void wizard_hands_the_job_out_once(void **state)
{
    struct fixture_wizard *f = *state;
    struct load_setup job = { 0 };
    struct loaded *loaded;

    assert_false(wizard_take_job(&f->model, &job));
    model_show(&f->model, VIEW_WIZARD);
    assert_true(wizard_take_job(&f->model, &job));
    assert_null(job.setup);
    assert_false(wizard_take_job(&f->model, &job));
    loaded = screen_answer(LOAD_SETUP, NULL);
    loadsetup_do(&loaded->setup, &loaded->error);
    model_loaded(&f->model, loaded);
    assert_false(wizard_take_job(&f->model, &job));
}

static void wizard_can_be_left_while_it_looks(void **state)
{
    struct fixture_wizard *f = *state;

    model_show(&f->model, VIEW_WIZARD);
    screen_keys(&f->model, "Esc");
    assert_int_equal(f->model.view, VIEW_DEPLOY);
    fixture_wizard_serve(f);
    fixture_wizard_open(f);
    assert_string_equal(fixture_wizard_asks(f), "PROJECT_NAME");
}

static void wizard_ignores_an_answer_nobody_waits_for(void **state)
{
    struct fixture_wizard *f = *state;
    struct loaded *loaded = screen_answer(LOAD_SETUP, NULL);

    loadsetup_do(&loaded->setup, &loaded->error);
    assert_non_null(loaded->setup.setup);
    model_loaded(&f->model, loaded);
    assert_null(f->model.wizard);
}

static void wizard_shows_which_file_cannot_be_read_and_tries_again(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, ".env", "A=1\nB='open\n");
    fixture_wizard_open(f);
    fixture_wizard_expect(f, ".env:2");
    fixture_wizard_expect(f, "r tries again");
    fixture_wizard_keys(f, "r");
    fixture_wizard_expect(f, ".env:2");
    fixture_wizard_write(f, ".env", "A=1\nB='closed'\n");
    fixture_wizard_keys(f, "r");
    assert_string_equal(fixture_wizard_asks(f), "PROJECT_NAME");
}

static void wizard_that_cannot_begin_is_left_without_a_question(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, ".env", "B='open\n");
    fixture_wizard_open(f);
    fixture_wizard_keys(f, "Esc");
    assert_int_equal(f->model.view, VIEW_DEPLOY);
    assert_null(f->model.wizard);
    fixture_wizard_open(f);
    fixture_wizard_keys(f, "q");
    assert_int_equal(f->leaves, 1);
}

static void wizard_names_the_step_000_of_the_project(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, "step-000-setup.sh", "#!/bin/sh\n");
    fixture_wizard_open(f);
    fixture_wizard_expect(f, "runs the project's own step 000");
    fixture_wizard_keys(f, "Enter");
    assert_false(fixture_wizard_shows(f, 100, 40, "own step 000"));
}

/* ---- questions -------------------------------------------------------- */

static void question_shows_its_default_and_where_it_comes_from(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    assert_string_equal(fixture_wizard_field(f), "acme-api");
    fixture_wizard_expect(f, "name of the folder");
    fixture_wizard_expect(f, "1/3");
}

static void enter_goes_on_and_keeps_what_was_typed(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_keys(f, "C-u shop Enter");
    assert_string_equal(fixture_wizard_asks(f), "ENVIRONMENT");
    expect_answer(f, "PROJECT_NAME", "shop");
    fixture_wizard_expect(f, "2/3");
    fixture_wizard_expect(f, "shop");
}

static void default_that_was_only_looked_at_follows_other_answers(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_target();
    fixture_wizard_open(f);
    fixture_wizard_go(f, "DEPLOY_TARGET");
    fixture_wizard_keys(f, "Down Enter Enter us-east-1 Enter");
    assert_string_equal(fixture_wizard_asks(f), "SERVICE_NAME");
    assert_string_equal(fixture_wizard_field(f), "acme-api");
    fixture_wizard_keys(f, "Enter Esc Esc Esc Esc Esc Esc");
    assert_string_equal(fixture_wizard_asks(f), "PROJECT_NAME");
    fixture_wizard_keys(f, "C-u shop Enter");
    expect_answer(f, "SERVICE_NAME", "shop");
}

static void letters_are_typed_and_do_nothing_else(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_keys(f, "C-u q Space : ? 7 d r s [e");
    assert_string_equal(fixture_wizard_field(f), "q :?7drs[e");
    assert_int_equal(f->model.view, VIEW_WIZARD);
    assert_int_equal(f->model.dialog.kind, DIALOG_NONE);
    assert_int_equal(f->leaves, 0);
}

static void esc_and_shift_tab_go_back(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_keys(f, "Enter Enter");
    assert_string_equal(fixture_wizard_asks(f), "SETUP_FILES");
    fixture_wizard_keys(f, "Esc");
    assert_string_equal(fixture_wizard_asks(f), "ENVIRONMENT");
    fixture_wizard_keys(f, "S-Tab");
    assert_string_equal(fixture_wizard_asks(f), "PROJECT_NAME");
    fixture_wizard_keys(f, "Tab");
    assert_string_equal(fixture_wizard_asks(f), "ENVIRONMENT");
}

static void
left_goes_back_only_from_the_start_of_an_unchanged_field(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_keys(f, "Enter Left");
    assert_string_equal(fixture_wizard_asks(f), "ENVIRONMENT");
    fixture_wizard_keys(f, "Home Left");
    assert_string_equal(fixture_wizard_asks(f), "PROJECT_NAME");
    fixture_wizard_keys(f, "Enter Home x Home Left");
    assert_string_equal(fixture_wizard_asks(f), "ENVIRONMENT");
    fixture_wizard_keys(f, "C-e C-u Left");
    assert_string_equal(fixture_wizard_asks(f), "PROJECT_NAME");
    fixture_wizard_keys(f, "Home Left Left");
    assert_string_equal(fixture_wizard_asks(f), "PROJECT_NAME");
    assert_int_equal(f->model.dialog.kind, DIALOG_NONE);
}

static void esc_on_the_first_question_asks_before_answers_are_lost(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_keys(f, "x Esc");
    fixture_wizard_expect(f, "Leave the wizard?");
    fixture_wizard_keys(f, "n");
    assert_string_equal(fixture_wizard_field(f), "acme-apix");
    fixture_wizard_keys(f, "Esc Enter");
    assert_string_equal(fixture_wizard_asks(f), "PROJECT_NAME");
    fixture_wizard_keys(f, "Esc y");
    assert_int_equal(f->model.view, VIEW_DEPLOY);
    assert_null(f->model.wizard);
    fixture_wizard_open(f);
    assert_string_equal(fixture_wizard_field(f), "acme-api");
}

static void wrong_answer_is_told_while_it_is_typed_and_refused(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, "terraform/main.tf", "");
    fixture_wizard_open(f);
    fixture_wizard_go(f, "AWS_REGION");
    fixture_wizard_keys(f, "mars");
    fixture_wizard_expect(f, "'mars' is not a region");
    fixture_wizard_expect(f, "write it like us-east-1");
    fixture_wizard_keys(f, "Enter");
    assert_string_equal(fixture_wizard_asks(f), "AWS_REGION");
    assert_string_equal(fixture_wizard_field(f), "mars");
    fixture_wizard_keys(f, "C-u eu-west-1");
    assert_false(fixture_wizard_shows(f, 100, 40, "is not a region"));
    fixture_wizard_keys(f, "Enter");
    expect_answer(f, "AWS_REGION", "eu-west-1");
}

static void missing_answer_is_told_by_enter(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_target();
    fixture_wizard_open(f);
    fixture_wizard_go(f, "DEPLOY_TARGET");
    fixture_wizard_keys(f, "Down Enter Enter");
    assert_string_equal(fixture_wizard_asks(f), "AWS_REGION");
    assert_false(fixture_wizard_shows(f, 100, 40, "needs a region"));
    assert_false(fixture_wizard_shows(f, 100, 40, "may stay empty"));
    fixture_wizard_keys(f, "Enter");
    fixture_wizard_expect(f, "a cloud target needs a region");
    assert_string_equal(fixture_wizard_asks(f), "AWS_REGION");
}

static void doubtful_answer_is_warned_of_and_taken(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, "terraform/main.tf", "");
    fixture_wizard_open(f);
    fixture_wizard_go(f, "AWS_REGION");
    fixture_wizard_keys(f, "xx-west-9");
    fixture_wizard_expect(f, "not among the regions known to this version");
    fixture_wizard_keys(f, "Enter");
    expect_answer(f, "AWS_REGION", "xx-west-9");
}

static void
environment_that_cannot_be_read_is_refused_with_file_and_line(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, "environments/prod.env", "A=1\nB='open\n");
    fixture_wizard_open(f);
    fixture_wizard_keys(f, "Enter C-u prod Enter");
    assert_string_equal(fixture_wizard_asks(f), "ENVIRONMENT");
    fixture_wizard_expect(f, "environments/prod.env:2");
}

static void suggestions_fill_the_field_and_are_narrowed_by_typing(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, "terraform/main.tf", "");
    fixture_wizard_open(f);
    fixture_wizard_go(f, "AWS_REGION");
    fixture_wizard_keys(f, "WEST");
    fixture_wizard_expect(f, "us-west-2");
    assert_false(fixture_wizard_shows(f, 100, 40, "ap-south-1"));
    fixture_wizard_keys(f, "Down");
    assert_non_null(strstr(fixture_wizard_field(f), "west"));
    fixture_wizard_keys(f, "PgDn PgDn PgDn PgUp PgUp PgUp Down Up");
    assert_non_null(strstr(fixture_wizard_field(f), "west"));
    fixture_wizard_keys(f, "Enter");
    assert_non_null(
        strstr(setup_value(f->model.wizard->setup, "AWS_REGION"), "west"));
}

static void choice_is_made_by_arrows_and_by_letter(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_go(f, "SETUP_FILES");
    assert_string_equal(fixture_wizard_field(f), "split");
    fixture_wizard_keys(f, "Down Down");
    assert_string_equal(fixture_wizard_field(f), "env");
    fixture_wizard_keys(f, "Up");
    assert_string_equal(fixture_wizard_field(f), "split");
    fixture_wizard_keys(f, "e");
    assert_string_equal(fixture_wizard_field(f), "env");
    fixture_wizard_keys(f, "x Backspace Home");
    assert_string_equal(fixture_wizard_field(f), "split");
}

static void yes_or_no_is_said_by_letter_and_by_arrows(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, "terraform/main.tf", "");
    fixture_wizard_open(f);
    fixture_wizard_go(f, "SETUP_TERRAFORM");
    assert_string_equal(fixture_wizard_field(f), "yes");
    fixture_wizard_keys(f, "n");
    assert_string_equal(fixture_wizard_field(f), "no");
    fixture_wizard_keys(f, "Left");
    assert_string_equal(fixture_wizard_field(f), "yes");
    fixture_wizard_keys(f, "Right Enter");
    expect_answer(f, "SETUP_TERRAFORM", "no");
    fixture_wizard_keys(f, "Esc y Enter");
    expect_answer(f, "SETUP_TERRAFORM", "yes");
}

static void paste_goes_to_the_field_without_further_lines(void **state)
{
    struct fixture_wizard *f = *state;
    static const char text[] = "店舗-🚀\nrm -rf /\n";

    fixture_wizard_open(f);
    fixture_wizard_keys(f, "C-u");
    model_paste(&f->model, text, strlen(text));
    assert_string_equal(fixture_wizard_field(f), "店舗-🚀");
    assert_non_null(strstr(f->model.notice.text, "first line"));
    assert_string_equal(fixture_wizard_asks(f), "PROJECT_NAME");
    fixture_wizard_go(f, "SETUP_FILES");
    expect_answer(f, "PROJECT_NAME", "店舗-🚀");
    model_paste(&f->model, "env", 3);
    assert_string_equal(fixture_wizard_field(f), "split");
}

static void help_and_other_views_keep_everything(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_keys(f, "Enter x F1");
    assert_int_equal(f->model.view, VIEW_HELP);
    fixture_wizard_keys(f, "Esc");
    assert_int_equal(f->model.view, VIEW_WIZARD);
    assert_string_equal(fixture_wizard_asks(f), "ENVIRONMENT");
    assert_string_equal(fixture_wizard_field(f), "devx");
}

static void interrupt_is_not_for_the_field(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_keys(f, "C-c");
    assert_int_equal(f->leaves, 0);
    assert_string_equal(fixture_wizard_field(f), "acme-api");
    fixture_wizard_keys(f, "C-c");
    assert_int_equal(f->leaves, 1);
}

/* ---- review ----------------------------------------------------------- */

static void review_shows_answers_files_changes_and_the_command(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, ".env", "# mine\nENVIRONMENT=test\n");
    fixture_wizard_open(f);
    fixture_wizard_keys(f, "Enter C-u prod Enter");
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_expect(f, "Project name");
    fixture_wizard_expect(f, "kept beside it as FILE.bak");
    fixture_wizard_expect(f, "-ENVIRONMENT=test");
    fixture_wizard_expect(f, "+ENVIRONMENT=prod");
    fixture_wizard_expect(f, "environments/prod.env (new)");
    fixture_wizard_expect(f, "stepdeck setup --wizard --auto-approve --env "
                             "prod");
    fixture_wizard_keys(f, "y");
    assert_string_equal(f->copied,
                        "stepdeck setup --wizard --auto-approve --env prod");
}

static void review_shows_the_answers_a_command_cannot_hold(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_keys(f, "C-u shop Enter");
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_expect(f, "stepdeck setup --answers answers.env");
    fixture_wizard_expect(f, "PROJECT_NAME=shop");
}

static void the_review_does_not_hear_what_was_meant_for_a_question(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    f->is_hasty = true;
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_keys(f, "Enter");
    assert_false(fileio_exists(AT_FDCWD, "deployment-config.env"));
    model_tick(&f->model, f->model.now_ms + ASK_DEAF_MS);
    fixture_wizard_keys(f, "Enter");
    assert_true(fileio_exists(AT_FDCWD, "deployment-config.env"));
}

static void enter_on_the_review_writes_and_then_goes_to_the_steps(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, ".env", "OTHER=1\n");
    fixture_wizard_open(f);
    fixture_wizard_keys(f, "C-u 店舗 Enter");
    fixture_wizard_go(f, "REVIEW");
    assert_false(fileio_exists(AT_FDCWD, "deployment-config.env"));
    fixture_wizard_keys(f, "Enter");
    expect_file("deployment-config.env", "店舗");
    expect_file(".env", "ENVIRONMENT=dev");
    expect_file(".env.bak", "OTHER=1");
    fixture_wizard_expect(f, "deployment-config.env");
    fixture_wizard_expect(f, ".env.bak");
    fixture_wizard_expect(f, "'stepdeck init'");
    assert_int_equal(f->plans, 0);
    fixture_wizard_keys(f, "Enter");
    assert_int_equal(f->model.view, VIEW_DEPLOY);
    assert_true(f->plans > 0);
    assert_null(f->model.wizard);
}

static void result_offers_to_deploy_where_there_are_steps(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, "step-010-build.sh", "#!/bin/sh\n");
    fixture_wizard_open(f);
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_keys(f, "w");
    fixture_wizard_expect(f, "d deploys");
    fixture_wizard_keys(f, "d");
    assert_string_equal(f->model.wish.command, "deploy");
    assert_true(f->plans > 0);
    assert_null(f->model.wizard);
}

static void leaving_the_result_for_another_view_loads_the_plan(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_keys(f, "Enter 1");
    assert_int_equal(f->model.view, VIEW_DEPLOY);
    assert_true(f->plans > 0);
    assert_null(f->model.wizard);
}

static void writing_goes_on_when_the_wizard_is_out_of_sight(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_go(f, "REVIEW");
    screen_keys(&f->model, "Enter 1");
    fixture_wizard_serve(f);
    expect_file(".env", "ENVIRONMENT=dev");
    assert_int_equal(f->model.view, VIEW_DEPLOY);
    assert_true(f->plans > 0);
    assert_non_null(strstr(f->model.notice.text, "written"));
    assert_null(f->model.wizard);
}

static void failed_write_out_of_sight_is_told_and_kept(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_write(f, ".env", "ADDED=meanwhile\n");
    screen_keys(&f->model, "Enter 1");
    fixture_wizard_serve(f);
    assert_non_null(strstr(f->model.notice.text, "not everything"));
    fixture_wizard_open(f);
    fixture_wizard_expect(f, "has changed since it was looked at");
}

static void review_without_a_change_writes_nothing(void **state)
{
    struct fixture_wizard *f = *state;
    char *before, *after;

    fixture_wizard_open(f);
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_keys(f, "Enter Enter");
    before = fixture_wizard_read(".env");
    fixture_wizard_open(f);
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_expect(f, "there is nothing to write");
    fixture_wizard_keys(f, "Enter");
    assert_int_equal(f->model.view, VIEW_DEPLOY);
    after = fixture_wizard_read(".env");
    assert_string_equal(before, after);
    assert_false(fileio_exists(AT_FDCWD, ".env.bak"));
    free(before);
    free(after);
}

static void esc_on_the_review_goes_back_to_the_questions(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_keys(f, "Esc");
    assert_string_equal(fixture_wizard_asks(f), "SETUP_FILES");
    fixture_wizard_keys(f, "Esc Esc C-u shop Enter Enter Enter");
    fixture_wizard_expect(f, "+PROJECT_NAME=shop");
}

static void one_answer_can_be_changed_from_the_review(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_keys(f, "e Down Enter");
    assert_string_equal(fixture_wizard_asks(f), "ENVIRONMENT");
    fixture_wizard_keys(f, "C-u prod Enter");
    fixture_wizard_expect(f, "environments/prod.env");
    assert_int_equal(f->model.wizard->stage, WIZARD_REVIEW);
    fixture_wizard_keys(f, "e Enter Esc");
    assert_int_equal(f->model.wizard->stage, WIZARD_REVIEW);
    fixture_wizard_keys(f, "e Esc");
    assert_int_equal(f->model.wizard->stage, WIZARD_REVIEW);
    assert_false(f->model.wizard->page.is_choosing);
}

static void changed_answer_asks_what_it_opens_before_the_review(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_target();
    fixture_wizard_open(f);
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_keys(f, "e Down Down Enter");
    assert_string_equal(fixture_wizard_asks(f), "DEPLOY_TARGET");
    fixture_wizard_keys(f, "a Enter");
    assert_string_equal(fixture_wizard_asks(f), "AWS_PROFILE");
    fixture_wizard_keys(f, "Enter us-east-1 Enter");
    assert_string_equal(fixture_wizard_asks(f), "SERVICE_NAME");
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_expect(f, "Review");
    fixture_wizard_keys(f, "G");
    fixture_wizard_expect(f, "+SERVICE_NAME=acme-api");
}

static void review_scrolls_and_tab_goes_from_file_to_file(void **state)
{
    struct fixture_wizard *f = *state;
    size_t first, second;

    fixture_wizard_open(f);
    fixture_wizard_keys(f, "Enter C-u prod Enter");
    fixture_wizard_go(f, "REVIEW");
    assert_true(fixture_wizard_shows(f, 40, 10, "Answers"));
    fixture_wizard_keys(f, "Tab");
    assert_true(fixture_wizard_shows(f, 40, 10, ".env (new)"));
    first = f->model.wizard->page.list.top;
    fixture_wizard_keys(f, "Tab");
    assert_true(fixture_wizard_shows(f, 40, 10, "deployment-config.env (new)"));
    second = f->model.wizard->page.list.top;
    assert_true(second > first);
    fixture_wizard_keys(f, "S-Tab");
    assert_int_equal(f->model.wizard->page.list.top, first);
    fixture_wizard_keys(f, "G");
    assert_true(fixture_wizard_shows(f, 40, 10, "100%"));
    fixture_wizard_keys(f, "g j");
    assert_int_equal(f->model.wizard->page.list.top, 1);
}

static void quitting_on_the_review_asks_first(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_keys(f, "q");
    fixture_wizard_expect(f, "Leave stepdeck?");
    fixture_wizard_keys(f, "Esc");
    assert_int_equal(f->leaves, 0);
    fixture_wizard_keys(f, "q y");
    assert_int_equal(f->leaves, 1);
}

static void review_starts_no_run(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_keys(f, "d r R x S");
    assert_null(f->model.wish.command);
    assert_int_equal(f->plans, 0);
    assert_int_equal(f->model.wizard->stage, WIZARD_REVIEW);
}

/* ---- failures --------------------------------------------------------- */

static void failed_write_says_how_far_it_came_and_tries_again(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_keys(f, "C-u shop Enter");
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_write(f, "deployment-config.env", "ADDED=meanwhile\n");
    fixture_wizard_keys(f, "Enter");
    fixture_wizard_expect(f, "has changed since it was looked at");
    fixture_wizard_expect(f, "Written");
    fixture_wizard_expect(f, "Not written");
    expect_file(".env", "ENVIRONMENT=dev");
    expect_file("deployment-config.env", "ADDED=meanwhile\n");
    fixture_wizard_keys(f, "r");
    assert_int_equal(f->model.wizard->stage, WIZARD_REVIEW);
    fixture_wizard_expect(f, "+PROJECT_NAME=shop");
    fixture_wizard_keys(f, "Enter");
    expect_file("deployment-config.env", "ADDED=meanwhile\n");
    expect_file("deployment-config.env", "PROJECT_NAME=shop\n");
    fixture_wizard_expect(f, "What comes next");
}

static void answers_survive_a_failed_write_and_can_be_changed(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_keys(f, "C-u shop Enter");
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_write(f, "deployment-config.env", "ADDED=meanwhile\n");
    fixture_wizard_keys(f, "Enter Esc");
    assert_string_equal(fixture_wizard_asks(f), "SETUP_FILES");
    fixture_wizard_keys(f, "e Enter Enter");
    expect_file(".env", "PROJECT_NAME=shop\n");
    fixture_wizard_expect(f, "What comes next");
}

static void
leaving_after_a_failed_write_says_that_some_of_it_stays(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_write(f, "deployment-config.env", "ADDED=meanwhile\n");
    fixture_wizard_keys(f, "Enter q");
    fixture_wizard_expect(f, "What has been written stays.");
}

static void plan_that_cannot_be_made_is_shown_and_tried_again(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, "terraform/main.tf", "");
    fixture_wizard_write(f, "terraform/terraform.tfvars", "a = {\n");
    fixture_wizard_open(f);
    fixture_wizard_keys(f, "C-u shop Enter");
    for (int i = 0; i < 10 && f->model.wizard->stage == WIZARD_ASKING; i++)
        fixture_wizard_keys(f, "Enter");
    assert_int_equal(f->model.wizard->stage, WIZARD_FAILED);
    fixture_wizard_expect(f, "terraform/terraform.tfvars");
    fixture_wizard_expect(f, "with the same answers");
    fixture_wizard_keys(f, "Esc");
    assert_string_equal(fixture_wizard_asks(f), "SETUP_FILES");
    fixture_wizard_keys(f, "Enter");
    assert_int_equal(f->model.wizard->stage, WIZARD_FAILED);
    fixture_wizard_write(f, "terraform/terraform.tfvars", "a = 1\n");
    fixture_wizard_keys(f, "r");
    assert_int_equal(f->model.wizard->stage, WIZARD_REVIEW);
    fixture_wizard_expect(f, "+PROJECT_NAME=shop");
}

/* ---- the loader's part ------------------------------------------------ */

static void loadsetup_keeps_what_it_had_when_looking_again_fails(void **state)
{
    struct fixture_wizard *f = *state;
    struct load_setup job = { 0 };
    struct error err = { 0 };
    const struct setup *setup;

    loadsetup_do(&job, &err);
    setup = job.setup;
    assert_non_null(setup);
    assert_true(setup_answer(job.setup, "PROJECT_NAME", "shop", &err));
    fixture_wizard_write(f, ".env", "B='open\n");
    job.anew = true;
    loadsetup_do(&job, &err);
    assert_int_equal(err.code, ERROR_INPUT);
    assert_ptr_equal(job.setup, setup);
    assert_null(job.files);
    fixture_wizard_write(f, ".env", "");
    err = (struct error){ 0 };
    loadsetup_do(&job, &err);
    assert_false(error_is_set(&err));
    assert_string_equal(setup_value(job.setup, "PROJECT_NAME"), "shop");
    assert_null(setup_current(job.setup));
    assert_non_null(job.files);
    loadsetup_release(&job);
}

static void loadsetup_tells_steps_from_the_setup_step(void **state)
{
    struct fixture_wizard *f = *state;
    struct load_setup job = { 0 };

    fixture_wizard_write(f, "notes.txt", "");
    fixture_wizard_write(f, "step-000-setup.sh", "");
    loadsetup_do(&job, NULL);
    assert_true(job.has_own_setup);
    assert_false(job.has_steps);
    loadsetup_release(&job);
    fixture_wizard_write(f, "step-010-build.sh", "");
    loadsetup_do(&job, NULL);
    assert_true(job.has_steps);
    loadsetup_release(&job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WIZARD_TEST(wizard_says_that_it_looks_until_the_loader_answers),
        WIZARD_TEST(wizard_hands_the_job_out_once),
        WIZARD_TEST(wizard_can_be_left_while_it_looks),
        WIZARD_TEST(wizard_ignores_an_answer_nobody_waits_for),
        WIZARD_TEST(wizard_shows_which_file_cannot_be_read_and_tries_again),
        WIZARD_TEST(wizard_that_cannot_begin_is_left_without_a_question),
        WIZARD_TEST(wizard_names_the_step_000_of_the_project),
        WIZARD_TEST(question_shows_its_default_and_where_it_comes_from),
        WIZARD_TEST(enter_goes_on_and_keeps_what_was_typed),
        WIZARD_TEST(default_that_was_only_looked_at_follows_other_answers),
        WIZARD_TEST(letters_are_typed_and_do_nothing_else),
        WIZARD_TEST(esc_and_shift_tab_go_back),
        WIZARD_TEST(left_goes_back_only_from_the_start_of_an_unchanged_field),
        WIZARD_TEST(esc_on_the_first_question_asks_before_answers_are_lost),
        WIZARD_TEST(wrong_answer_is_told_while_it_is_typed_and_refused),
        WIZARD_TEST(missing_answer_is_told_by_enter),
        WIZARD_TEST(doubtful_answer_is_warned_of_and_taken),
        WIZARD_TEST(
            environment_that_cannot_be_read_is_refused_with_file_and_line),
        WIZARD_TEST(suggestions_fill_the_field_and_are_narrowed_by_typing),
        WIZARD_TEST(choice_is_made_by_arrows_and_by_letter),
        WIZARD_TEST(yes_or_no_is_said_by_letter_and_by_arrows),
        WIZARD_TEST(paste_goes_to_the_field_without_further_lines),
        WIZARD_TEST(help_and_other_views_keep_everything),
        WIZARD_TEST(interrupt_is_not_for_the_field),
        WIZARD_TEST(review_shows_answers_files_changes_and_the_command),
        WIZARD_TEST(review_shows_the_answers_a_command_cannot_hold),
        WIZARD_TEST(the_review_does_not_hear_what_was_meant_for_a_question),
        WIZARD_TEST(enter_on_the_review_writes_and_then_goes_to_the_steps),
        WIZARD_TEST(result_offers_to_deploy_where_there_are_steps),
        WIZARD_TEST(leaving_the_result_for_another_view_loads_the_plan),
        WIZARD_TEST(writing_goes_on_when_the_wizard_is_out_of_sight),
        WIZARD_TEST(failed_write_out_of_sight_is_told_and_kept),
        WIZARD_TEST(review_without_a_change_writes_nothing),
        WIZARD_TEST(esc_on_the_review_goes_back_to_the_questions),
        WIZARD_TEST(one_answer_can_be_changed_from_the_review),
        WIZARD_TEST(changed_answer_asks_what_it_opens_before_the_review),
        WIZARD_TEST(review_scrolls_and_tab_goes_from_file_to_file),
        WIZARD_TEST(quitting_on_the_review_asks_first),
        WIZARD_TEST(review_starts_no_run),
        WIZARD_TEST(failed_write_says_how_far_it_came_and_tries_again),
        WIZARD_TEST(answers_survive_a_failed_write_and_can_be_changed),
        WIZARD_TEST(leaving_after_a_failed_write_says_that_some_of_it_stays),
        WIZARD_TEST(plan_that_cannot_be_made_is_shown_and_tried_again),
        WIZARD_TEST(loadsetup_keeps_what_it_had_when_looking_again_fails),
        WIZARD_TEST(loadsetup_tells_steps_from_the_setup_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
