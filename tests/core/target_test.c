#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

static const struct target_ops moon = { .name = "moon" };
static const struct target_ops apprunner = { .name = "apprunner" };

/* Chooses by one option; what is chosen, or the error. */
static const struct target_ops *choose(struct fixture *f, const char *option,
                                       struct error *err)
{
    const struct target_ops *ops = &moon;
    struct strvec options = { 0 };
    struct config config = { 0 };
    bool ok;

    error_clear(err);
    if (option)
        strvec_add(&options, option);
    assert_true(config_load(&config, f->dir, NULL, &options, err));
    ok = target_choose(&config, &ops, err);
    assert_int_equal(ok, !error_is_set(err));
    config_release(&config);
    strvec_release(&options);
    return ops;
}

static void target_is_none_without_a_service(void **state)
{
    struct error err = { 0 };

    target_register(&moon);
    assert_null(choose(*state, NULL, &err));
    assert_false(error_is_set(&err));
    assert_null(choose(*state, "DEPLOY_TARGET=none", &err));
    assert_false(error_is_set(&err));
}

static void target_is_the_one_that_is_asked_for(void **state)
{
    struct error err = { 0 };

    target_register(&apprunner);
    target_register(&moon);
    assert_ptr_equal(choose(*state, "DEPLOY_TARGET=moon", &err), &moon);
}

static void target_is_apprunner_when_there_is_a_service(void **state)
{
    struct error err = { 0 };

    target_register(&moon);
    target_register(&apprunner);
    assert_ptr_equal(choose(*state, "SERVICE_NAME=web", &err), &apprunner);
}

static void target_unknown_lists_the_known_ones(void **state)
{
    struct error err = { 0 };

    target_register(&moon);
    target_register(&apprunner);
    assert_null(choose(*state, "DEPLOY_TARGET=mars", &err));
    fixture_expect_error(&err, ERROR_INPUT, "'mars'", "none, moon, apprunner");
}

static void target_reset_forgets_all(void **state)
{
    struct error err = { 0 };

    target_register(&moon);
    target_reset();
    assert_null(choose(*state, "DEPLOY_TARGET=moon", &err));
    fixture_expect_error(&err, ERROR_INPUT, "'moon'", "one of: none");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(target_is_none_without_a_service),
        FIXTURE_TEST(target_is_the_one_that_is_asked_for),
        FIXTURE_TEST(target_is_apprunner_when_there_is_a_service),
        FIXTURE_TEST(target_unknown_lists_the_known_ones),
        FIXTURE_TEST(target_reset_forgets_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
