#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/mem.h"
#include "core/circle.h"
#include "core/outcome.h"
#include "core/outputs.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>

/* ---- outputs ---------------------------------------------------------- */

static const char *missing_of(struct fixture *f, const char *outputs)
{
    char *header = mem_format("# Outputs: %s\n", outputs);

    fixture_script(f, "step-010-a.sh", header, "exit 0");
    free(header);
    fixture_project(f);
    return outputs_find_missing(&f->project, fixture_step(f, "step-010-a"));
}

static void outputs_name_the_first_that_is_missing(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "out/there.txt", "x");
    assert_null(missing_of(f, "out/there.txt"));
    assert_string_equal(missing_of(f, "out/there.txt, out/gone.txt, b.txt"),
                        "out/gone.txt");
}

static void outputs_may_be_patterns(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(missing_of(f, "out/*.txt"), "out/*.txt");
    fixture_write(f, "out/one.txt", "x");
    assert_null(missing_of(f, "out/*.txt"));
}

static void outputs_that_are_prose_are_not_looked_for(void **state)
{
    struct fixture *f = *state;

    assert_null(missing_of(f, "a network that everything lives in"));
}

/* ---- circles ---------------------------------------------------------- */

static void circle_is_found_wherever_it_begins(void **state)
{
    struct fixture *f = *state;
    char *circle;

    fixture_script(f, "step-010-a.sh", "# Prerequisites: step-020-b\n", "true");
    fixture_script(f, "step-020-b.sh", "# Prerequisites: step-030-c\n", "true");
    fixture_script(f, "step-030-c.sh", "# Prerequisites: step-020-b\n", "true");
    circle = circle_find(fixture_project(f));
    assert_string_equal(circle, "step-020-b -> step-030-c -> step-020-b");
    free(circle);
}

static void circle_is_none_where_two_ways_lead_to_one_step(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "step-010-a.sh", "# Prerequisites: none\n", "true");
    fixture_script(f, "step-020-b.sh", "# Prerequisites: step-010-a\n", "true");
    fixture_script(f, "step-030-c.sh",
                   "# Prerequisites: step-010-a, step-020-b\n", "true");
    assert_null(circle_find(fixture_project(f)));
}

/* ---- words and statuses ----------------------------------------------- */

static void status_words_are_read_back_and_only_whole(void **state)
{
    enum step_status status;

    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        const char *name = status_name((enum step_status)i);

        assert_true(status_parse(name, strlen(name), &status));
        assert_int_equal(status, i);
        assert_false(status_parse(name, strlen(name) - 1, &status));
    }
    assert_false(status_parse("Completed", 9, &status));
    assert_true(status_is_stored(STATUS_FAILED));
    assert_false(status_is_stored(STATUS_SKIPPED));
}

static void outcome_of_the_preflight_has_a_status_of_its_own(void **state)
{
    struct fixture *f = *state;
    struct step_outcome outcome = { .status = STATUS_FAILED };

    fixture_script(f, "step-001-checks.sh", NULL, "false");
    fixture_script(f, "step-010-a.sh", NULL, "false");
    fixture_project(f);
    assert_int_equal(
        outcome_exit_status(fixture_step(f, "step-001-checks"), &outcome),
        EXIT_STATUS_PREFLIGHT);
    assert_int_equal(
        outcome_exit_status(fixture_step(f, "step-010-a"), &outcome),
        EXIT_STATUS_STEP_FAILED);
    outcome.run_status = 13;
    assert_int_equal(
        outcome_exit_status(fixture_step(f, "step-001-checks"), &outcome), 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(outputs_name_the_first_that_is_missing),
        FIXTURE_TEST(outputs_may_be_patterns),
        FIXTURE_TEST(outputs_that_are_prose_are_not_looked_for),
        FIXTURE_TEST(circle_is_found_wherever_it_begins),
        FIXTURE_TEST(circle_is_none_where_two_ways_lead_to_one_step),
        FIXTURE_TEST(status_words_are_read_back_and_only_whole),
        FIXTURE_TEST(outcome_of_the_preflight_has_a_status_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
