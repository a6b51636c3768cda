/* What is there in the cloud arrives while questions are being asked. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_wizard.h"

#include "core/target.h"

#include <string.h>

static void offer(struct setup *setup, struct cancel *cancel)
{
    const struct setup_offer offers[] = {
        { .key = "SERVICE_NAME",
          .value = "web-of-the-account",
          .origin = "a service of account 123456789012",
          .rank = SETUP_POSSIBLE },
        { .key = "PROJECT_NAME",
          .value = "found-in-the-cloud",
          .origin = "of account 123456789012",
          .rank = SETUP_CONFIGURED },
    };

    (void)cancel;
    for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++)
        setup_offer(setup, &offers[i]);
}

/* The answer of the loader. */
static void arrive(struct fixture_wizard *f)
{
    static const struct target_ops cloud = { .name = "apprunner",
                                             .offer = offer };
    const struct setup_request request = { .dir = ".",
                                           .clock = &f->clock,
                                           .asks_clouds = true };
    struct loaded *loaded = screen_answer(LOAD_OFFERS, NULL);

    target_reset();
    target_register(&cloud);
    loaded->setup.setup = setup_new(&request, &loaded->error);
    assert_non_null(loaded->setup.setup);
    model_loaded(&f->model, loaded);
}

static void open_wizard(struct fixture_wizard *f)
{
    fixture_wizard_target();
    fixture_wizard_open(f);
}

static void the_first_question_does_not_wait_for_the_cloud(void **state)
{
    struct fixture_wizard *f = *state;

    open_wizard(f);
    f->model.wizard->asks_cloud = true;
    assert_string_equal(fixture_wizard_asks(f), "PROJECT_NAME");
    fixture_wizard_expect(f, "looking for what is there in the cloud ...");
    screen_expect(&f->model, "wizard-cloud", 80, 24);
    arrive(f);
    assert_false(fixture_wizard_shows(f, 100, 40, "looking for what is there"));
}

static void what_is_in_the_field_stays(void **state)
{
    struct fixture_wizard *f = *state;

    open_wizard(f);
    fixture_wizard_keys(f, "C-u my-own");
    arrive(f);
    assert_string_equal(fixture_wizard_field(f), "my-own");
    fixture_wizard_keys(f, "Enter");
    assert_string_equal(setup_value(f->model.wizard->setup, "PROJECT_NAME"),
                        "my-own");
}

static void
a_default_that_was_passed_is_not_changed_behind_the_back(void **state)
{
    struct fixture_wizard *f = *state;

    open_wizard(f);
    fixture_wizard_keys(f, "Enter");
    arrive(f);
    assert_string_not_equal(fixture_wizard_asks(f), "PROJECT_NAME");
    assert_string_equal(setup_value(f->model.wizard->setup, "PROJECT_NAME"),
                        "acme-api");
}

static void what_the_account_has_is_listed_with_its_origin(void **state)
{
    struct fixture_wizard *f = *state;

    open_wizard(f);
    fixture_wizard_keys(f, "Enter");
    arrive(f);
    for (int i = 0; i < 20; i++) {
        if (strcmp(fixture_wizard_asks(f), "SERVICE_NAME") == 0)
            break;
        if (strcmp(fixture_wizard_asks(f), "DEPLOY_TARGET") == 0)
            fixture_wizard_keys(f, "a");
        if (strcmp(fixture_wizard_asks(f), "AWS_REGION") == 0)
            fixture_wizard_keys(f, "C-u us-east-1");
        fixture_wizard_keys(f, "Enter");
    }
    assert_string_equal(fixture_wizard_asks(f), "SERVICE_NAME");
    fixture_wizard_expect(f, "web-of-the-account");
    fixture_wizard_expect(f, "a service of account 123456789012");
}

static void what_comes_too_late_is_dropped(void **state)
{
    struct fixture_wizard *f = *state;

    open_wizard(f);
    fixture_wizard_keys(f, "Esc y");
    assert_null(f->model.wizard);
    arrive(f);
    assert_null(f->model.wizard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WIZARD_TEST(the_first_question_does_not_wait_for_the_cloud),
        WIZARD_TEST(what_is_in_the_field_stays),
        WIZARD_TEST(a_default_that_was_passed_is_not_changed_behind_the_back),
        WIZARD_TEST(what_the_account_has_is_listed_with_its_origin),
        WIZARD_TEST(what_comes_too_late_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
