#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_wizard.h"

#include <string.h>

/* Each at the four sizes: wide, normal, narrow, the least. */
static void expect_sizes(struct fixture_wizard *f, const char *name)
{
    screen_expect(&f->model, name, 120, 40);
    screen_expect(&f->model, name, 80, 24);
    screen_expect(&f->model, name, 50, 20);
    screen_expect(&f->model, name, 40, 10);
}

static void first_question_with_a_step_000(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, "step-000-setup.sh", "#!/bin/sh\n");
    fixture_wizard_open(f);
    expect_sizes(f, "wizard-first");
}

static void answer_with_wide_characters(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_name(f, "店舗-🚀-👩‍🚀");
    fixture_wizard_open(f);
    fixture_wizard_keys(f, "-é");
    expect_sizes(f, "wizard-wide-characters");
}

static void region_that_is_wrong(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_target();
    fixture_wizard_open(f);
    fixture_wizard_go(f, "DEPLOY_TARGET");
    fixture_wizard_keys(f, "Down Enter Enter eu");
    expect_sizes(f, "wizard-region-wrong");
}

static void region_that_is_picked(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_target();
    fixture_wizard_open(f);
    fixture_wizard_go(f, "DEPLOY_TARGET");
    fixture_wizard_keys(f, "Down Enter Enter Down Down PgDn");
    expect_sizes(f, "wizard-region-picked");
}

static void memory_that_is_doubtful(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_target();
    fixture_wizard_open(f);
    fixture_wizard_go(f, "DEPLOY_TARGET");
    fixture_wizard_keys(f, "Down Enter Enter us-east-1 Enter");
    fixture_wizard_go(f, "SERVICE_MEMORY");
    fixture_wizard_keys(f, "C-u 12288");
    expect_sizes(f, "wizard-doubt");
}

static void choice_of_files(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_go(f, "SETUP_FILES");
    expect_sizes(f, "wizard-choice");
}

static void yes_or_no(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, "terraform/main.tf", "");
    fixture_wizard_open(f);
    fixture_wizard_go(f, "SETUP_TERRAFORM");
    fixture_wizard_keys(f, "n");
    expect_sizes(f, "wizard-yes-no");
}

static void review_of_files_that_change(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, ".env", "# mine\nENVIRONMENT=dev\nOTHER=1\n");
    fixture_wizard_write(f, "deployment-config.env", "PROJECT_NAME=shop\n");
    fixture_wizard_open(f);
    fixture_wizard_keys(f, "C-u 店舗-🚀 Enter C-u prod Enter");
    fixture_wizard_go(f, "REVIEW");
    expect_sizes(f, "wizard-review");
    fixture_wizard_keys(f, "Tab");
    screen_expect(&f->model, "wizard-review-file", 40, 10);
    fixture_wizard_keys(f, "e Down");
    screen_expect(&f->model, "wizard-review-choosing", 80, 24);
}

static void result_with_an_old_file(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, ".env", "OTHER=1\n");
    fixture_wizard_open(f);
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_keys(f, "Enter");
    expect_sizes(f, "wizard-result");
}

static void result_that_is_not_whole(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_go(f, "REVIEW");
    fixture_wizard_write(f, "deployment-config.env", "ADDED=meanwhile\n");
    fixture_wizard_keys(f, "Enter");
    expect_sizes(f, "wizard-not-written");
}

static void project_that_cannot_be_read(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, ".env", "A=1\nB='open\n");
    fixture_wizard_open(f);
    expect_sizes(f, "wizard-unreadable");
}

static void leaving_is_asked_for(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_open(f);
    fixture_wizard_keys(f, "Esc");
    screen_expect(&f->model, "wizard-leave", 80, 24);
    screen_expect(&f->model, "wizard-leave", 40, 10);
}

static void signs_without_unicode(void **state)
{
    struct fixture_wizard *f = *state;

    f->model.icons = icons_of(ICONS_ASCII);
    fixture_wizard_open(f);
    fixture_wizard_keys(f, "Enter Enter");
    screen_expect(&f->model, "wizard-ascii", 120, 40);
}

/* No size may crash, and what is typed is in sight at the least one. */
static void every_size_can_be_drawn(void **state)
{
    struct fixture_wizard *f = *state;

    fixture_wizard_write(f, "step-000-setup.sh", "#!/bin/sh\n");
    fixture_wizard_target();
    fixture_wizard_open(f);
    for (int stage = 0; stage < 30 && f->model.wizard; stage++) {
        for (int columns = 1; columns < 130; columns += 3) {
            for (int rows = 1; rows < 30; rows += 2)
                fixture_wizard_shows(f, columns, rows, "");
        }
        if (f->model.wizard->stage == WIZARD_ASKING)
            assert_true(
                fixture_wizard_shows(f, 40, 10, fixture_wizard_field(f)));
        fixture_wizard_keys(
            f, strcmp(fixture_wizard_asks(f), "DEPLOY_TARGET") == 0 ? "a Enter"
               : strcmp(fixture_wizard_asks(f), "AWS_REGION") == 0
                   ? "us-east-1 Enter"
                   : "Enter");
    }
    assert_null(f->model.wizard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WIZARD_TEST(first_question_with_a_step_000),
        WIZARD_TEST(answer_with_wide_characters),
        WIZARD_TEST(region_that_is_wrong),
        WIZARD_TEST(region_that_is_picked),
        WIZARD_TEST(memory_that_is_doubtful),
        WIZARD_TEST(choice_of_files),
        WIZARD_TEST(yes_or_no),
        WIZARD_TEST(review_of_files_that_change),
        WIZARD_TEST(result_with_an_old_file),
        WIZARD_TEST(result_that_is_not_whole),
        WIZARD_TEST(project_that_cannot_be_read),
        WIZARD_TEST(leaving_is_asked_for),
        WIZARD_TEST(signs_without_unicode),
        WIZARD_TEST(every_size_can_be_drawn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
