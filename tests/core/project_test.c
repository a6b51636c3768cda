#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/mem.h"
#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void expect_steps(struct fixture *f, const char *ids)
{
    struct strbuf found = { 0 };

    fixture_project(f);
    for (size_t i = 0; i < f->project.count; i++)
        strbuf_addf(&found, "%s%s", i ? " " : "", f->project.steps[i].id);
    assert_string_equal(strbuf_text(&found), ids);
    strbuf_release(&found);
}

static void expect_refusal(struct fixture *f, const char *part,
                           const char *hint)
{
    struct project project = { 0 };
    struct error err = { 0 };

    assert_false(project_load(&project, f->dir, NULL, &f->options, &err));
    fixture_expect_error(&err, ERROR_INPUT, part, hint);
    assert_null(project.steps);
    assert_null(project.dir);
}

/* ---- discovery -------------------------------------------------------- */

static void project_without_steps_is_empty(void **state)
{
    struct fixture *f = *state;

    expect_steps(f, "");
    assert_string_equal(f->project.dir, f->dir);
    assert_string_equal(f->project.name, "acme");
    assert_null(f->project.target);
}

static void project_finds_shell_files_and_other_executables(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    fixture_write(f, "step-020-b.sh", "#!/bin/sh\n");
    fixture_script(f, "step-030-c.py", NULL, "exit 0");
    fixture_script(f, "step-040-d", NULL, "exit 0");
    fixture_write(f, "step-050-notes.txt", "not executable");
    fixture_write(f, "step-060-data", "not executable");
    fixture_script(f, "sub/step-070-deep.sh", NULL, "exit 0");
    assert_int_equal(mkdir(fixture_path(f, "step-080-folder.sh"), 0755), 0);
    expect_steps(f, "step-010-a step-020-b step-030-c step-040-d");
    assert_false(fixture_step(f, "step-020-b")->is_executable);
    assert_true(fixture_step(f, "step-030-c")->is_executable);
    assert_string_equal(fixture_step(f, "step-030-c")->file, "step-030-c.py");
}

static void project_passes_over_names_that_are_no_steps(void **state)
{
    static const char *const names[] = { "step-1-a.sh",     "step-0100-a.sh",
                                         "step-abc-a.sh",   "step-010.sh",
                                         "step-010-.sh",    "Step-010-a.sh",
                                         "step-010-a.sh~",  "step-010-a.sh.bak",
                                         "step-010-a.orig", "my-step-010-a.sh",
                                         ".step-010-a.sh",  "step-010-a.old" };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(names); i++)
        fixture_script(f, names[i], NULL, "exit 0");
    expect_steps(f, "");
}

static void step_file_names_give_id_and_number(void **state)
{
    static const struct {
        const char *file, *id;
        int number;
    } cases[] = {
        { "step-010-network.sh", "step-010-network", 10 },
        { "step-000-setup", "step-000-setup", 0 },
        { "step-999-a.b.sh", "step-999-a.b", 999 },
        { "step-020-v1.2", "step-020-v1", 20 },
        { "step-020-x.", "step-020-x.", 20 },
        { "step-020-a.tar-gz", "step-020-a.tar-gz", 20 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *id = NULL;
        int number = -1;

        assert_true(step_parse_file_name(cases[i].file, &id, &number));
        assert_string_equal(id, cases[i].id);
        assert_int_equal(number, cases[i].number);
        free(id);
    }
}

static void project_orders_steps_by_number_then_by_name(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "step-100-z.sh", NULL, "exit 0");
    fixture_script(f, "step-020-b.sh", NULL, "exit 0");
    fixture_script(f, "step-020-a.sh", NULL, "exit 0");
    fixture_script(f, "step-099-y.sh", NULL, "exit 0");
    fixture_script(f, "step-000-s.sh", NULL, "exit 0");
    expect_steps(f, "step-000-s step-020-a step-020-b step-099-y step-100-z");
}

static void project_refuses_two_files_of_one_step_and_names_both(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    fixture_script(f, "step-010-a.py", NULL, "exit 0");
    expect_refusal(f, "step-010-a.py", "rename one of them");
    expect_refusal(f, "step-010-a.sh", "rename one of them");
}

static void project_names_a_script_that_cannot_be_read(void **state)
{
    struct fixture *f = *state;
    bool is_root = geteuid() == 0;

    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    assert_int_equal(chmod(fixture_path(f, "step-010-a.sh"), 0111), 0);
    if (is_root)
        assert_int_equal(seteuid(65534), 0);
    expect_refusal(f, "step-010-a.sh", "chmod +r step-010-a.sh");
    if (is_root)
        assert_int_equal(seteuid(0), 0);
}

static void project_names_a_script_whose_link_leads_nowhere(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(symlink("nowhere", fixture_path(f, "step-010-a.sh")), 0);
    expect_refusal(f, "step-010-a.sh", "");
}

static void project_refuses_names_that_would_break_its_lines(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "step-010-a b.sh", NULL, "exit 0");
    expect_refusal(f, "blank or control character", "rename it");
    assert_int_equal(unlink(fixture_path(f, "step-010-a b.sh")), 0);
    fixture_script(f, "step-010-a\xff.sh", NULL, "exit 0");
    expect_refusal(f, "not UTF-8", "rename");
    assert_int_equal(unlink(fixture_path(f, "step-010-a\xff.sh")), 0);
    fixture_script(f, "step-010-größe.sh", NULL, "exit 0");
    expect_steps(f, "step-010-größe");
}

static void project_names_the_place_of_a_faulty_header(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "step-010-a.sh", "# A - title\n# Attempts: many\n",
                   "exit 0");
    expect_refusal(f, "step-010-a.sh:3:13", "");
    fixture_script(f, "step-010-a.sh", "# Prerequisites: env 1x\n", "exit 0");
    expect_refusal(f, "step-010-a.sh:2: Prerequisites", "env NAME");
}

static void project_in_a_folder_that_is_not_there_is_refused(void **state)
{
    struct project project = { 0 };
    struct error err = { 0 };

    (void)state;
    assert_false(project_load(&project, "/nonexistent/here", NULL, NULL, &err));
    fixture_expect_error(&err, ERROR_INPUT, "/nonexistent/here",
                         "name a folder that exists");
}

static void project_folder_is_absolute_and_without_links(void **state)
{
    struct fixture *f = *state;
    struct project project = { 0 };
    struct error err = { 0 };

    assert_int_equal(mkdir(fixture_path(f, "real"), 0755), 0);
    assert_int_equal(symlink("real", fixture_path(f, "link")), 0);
    assert_true(
        project_load(&project, fixture_path(f, "link"), NULL, NULL, &err));
    assert_string_equal(project.dir, fixture_path(f, "real"));
    assert_string_equal(project.name, "real");
    project_release(&project);
}

/* ---- one step --------------------------------------------------------- */

static void step_title_comes_from_header_or_name(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, "step-010-a.sh", "# Acme - Create it\n", "exit 0");
    fixture_script(f, "step-020-push_the-image.sh", NULL, "exit 0");
    fixture_project(f);
    assert_string_equal(fixture_step(f, "step-010-a")->title, "Create it");
    assert_string_equal(fixture_step(f, "step-020-push_the-image")->title,
                        "Push the image");
    assert_string_equal(step_name(fixture_step(f, "step-010-a")), "a");
}

static void step_of_a_program_has_no_header(void **state)
{
    struct fixture *f = *state;
    const struct step *step;
    struct error err = { 0 };

    fixture_script(f, "step-010-a", NULL, "exit 0");
    fixture_write(f, "step-010-a",
                  "\x7f"
                  "ELF rest");
    assert_int_equal(chmod(fixture_path(f, "step-010-a"), 0755), 0);
    fixture_project(f);
    step = fixture_step(f, "step-010-a");
    assert_false(step->header.is_script);
    assert_true(step->header.critical);
    assert_true(step_check_runnable(step, &err));
    assert_int_equal(strlen(step->digest), DIGEST_TEXT_SIZE - 1);
}

static void step_without_interpreter_or_with_crlf_cannot_run(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };

    fixture_write(f, "step-010-a.sh", "echo no shebang\n");
    fixture_write(f, "step-020-b.sh", "#!/bin/sh\r\necho\r\n");
    fixture_script(f, "step-030-c.sh", NULL, "exit 0");
    fixture_project(f);
    assert_false(step_check_runnable(fixture_step(f, "step-010-a"), &err));
    fixture_expect_error(&err, ERROR_INPUT, "step-010-a.sh:1", "#!/bin/bash");
    error_clear(&err);
    assert_false(step_check_runnable(fixture_step(f, "step-020-b"), &err));
    fixture_expect_error(&err, ERROR_INPUT, "Windows line ends", "sed");
    error_clear(&err);
    assert_true(step_check_runnable(fixture_step(f, "step-030-c"), &err));
}

static void step_ranges_are_those_of_the_design(void **state)
{
    static const struct {
        int number;
        enum step_range range;
    } cases[] = { { 0, RANGE_SETUP },      { 1, RANGE_DEPLOY },
                  { 2, RANGE_DEPLOY },     { 899, RANGE_DEPLOY },
                  { 900, RANGE_TEARDOWN }, { 999, RANGE_TEARDOWN } };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct step step = { .number = cases[i].number };

        assert_int_equal(step_range(&step), cases[i].range);
    }
}

static void step_needs_are_resolved_by_every_way_to_name_them(void **state)
{
    struct fixture *f = *state;
    const struct step *step;

    fixture_script(f, "step-010-a.sh", NULL, "exit 0");
    fixture_script(f, "step-020-b.sh", NULL, "exit 0");
    fixture_script(f, "step-030-c.sh",
                   "# Prerequisites: step-010-a.sh, step-020-b, step-099-z,\n"
                   "#   command sh\n",
                   "exit 0");
    fixture_project(f);
    step = fixture_step(f, "step-030-c");
    assert_int_equal(step->need_count, 4);
    assert_int_equal(step->require_count, 2);
    assert_string_equal(f->project.steps[step->requires[0]].id, "step-010-a");
    assert_string_equal(f->project.steps[step->requires[1]].id, "step-020-b");
    assert_int_equal(step->unknown_steps.count, 1);
    assert_string_equal(step->unknown_steps.items[0], "step-099-z");
}

/* ---- finding ---------------------------------------------------------- */

static void fill(struct fixture *f)
{
    fixture_script(f, "step-010-network.sh", NULL, "exit 0");
    fixture_script(f, "step-020-image.sh", NULL, "exit 0");
    fixture_script(f, "step-030-image.sh", NULL, "exit 0");
    fixture_script(f, "step-030-push.sh", NULL, "exit 0");
    fixture_project(f);
}

static void step_is_found_as_people_name_it(void **state)
{
    static const char *const names[] = { "10",
                                         "010",
                                         "network",
                                         "step-010-network",
                                         "010-network",
                                         "step-010-network.sh",
                                         "./step-010-network.sh" };
    struct fixture *f = *state;

    fill(f);
    for (size_t i = 0; i < COUNT(names); i++) {
        struct error err = { 0 };
        size_t index = 99;

        if (!project_find(&f->project, names[i], &index, &err))
            fail_msg("%s: %s", names[i], err.message);
        assert_string_equal(f->project.steps[index].id, "step-010-network");
    }
}

static void step_name_that_fits_several_lists_them(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    size_t index;

    fill(f);
    assert_false(project_find(&f->project, "image", &index, &err));
    fixture_expect_error(&err, ERROR_INPUT, "step-020-image, step-030-image",
                         "write the whole name");
    error_clear(&err);
    assert_false(project_find(&f->project, "30", &index, &err));
    fixture_expect_error(&err, ERROR_INPUT, "step-030-image, step-030-push",
                         "write the whole name");
}

static void step_that_is_not_there_gets_the_nearest(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };
    size_t index;

    fill(f);
    assert_false(project_find(&f->project, "step-010-netwrok", &index, &err));
    fixture_expect_error(&err, ERROR_INPUT, "there is no step",
                         "did you mean 'step-010-network'?");
    error_clear(&err);
    assert_false(project_find(&f->project, "zebra", &index, &err));
    fixture_expect_error(&err, ERROR_INPUT, "there is no step 'zebra'",
                         "stepdeck status");
}

/* ---- the target's steps ----------------------------------------------- */

static bool is_wanted(const struct config *config)
{
    return config_get(config, "WANTED") != NULL;
}

static const struct target_step moon_steps[] = {
    { .number = 1, .id = "001-preflight", .title = "Check", .critical = true },
    { .number = 20,
      .id = "020-launch",
      .title = "Launch",
      .description = "Up.",
      .critical = true,
      .always = true,
      .attempts = 3 },
    { .number = 60,
      .id = "060-return",
      .title = "Return",
      .is_wanted = is_wanted },
};

static const struct target_ops moon = { .name = "moon",
                                        .steps = moon_steps,
                                        .step_count = COUNT(moon_steps) };

static void builtin_steps_take_their_place_among_the_scripts(void **state)
{
    struct fixture *f = *state;
    const struct step *step;

    target_register(&moon);
    strvec_add(&f->options, "DEPLOY_TARGET=moon");
    fixture_script(f, "step-001-own.sh", NULL, "exit 0");
    fixture_script(f, "step-015-fuel.sh", NULL, "exit 0");
    fixture_script(f, "step-020-zzz.sh", NULL, "exit 0");
    expect_steps(f, "step-001-own step-001-preflight step-015-fuel "
                    "step-020-zzz step-020-launch");
    step = fixture_step(f, "step-020-launch");
    assert_ptr_equal(step->builtin, &moon_steps[1]);
    assert_null(step->file);
    assert_string_equal(step->title, "Launch");
    assert_true(step->header.critical && step->header.always);
    assert_int_equal(step->header.attempts, 3);
    strvec_add(&f->options, "WANTED=yes");
    fixture_project(f);
    assert_non_null(fixture_step(f, "step-060-return"));
}

static void builtin_step_and_script_of_one_id_are_refused(void **state)
{
    struct fixture *f = *state;

    target_register(&moon);
    strvec_add(&f->options, "DEPLOY_TARGET=moon");
    fixture_script(f, "step-020-launch.sh", NULL, "exit 0");
    expect_refusal(f, "step-020-launch.sh", "rename one of them");
    expect_refusal(f, "the built-in step", "rename one of them");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(project_without_steps_is_empty),
        FIXTURE_TEST(project_finds_shell_files_and_other_executables),
        FIXTURE_TEST(project_passes_over_names_that_are_no_steps),
        FIXTURE_TEST(step_file_names_give_id_and_number),
        FIXTURE_TEST(project_orders_steps_by_number_then_by_name),
        FIXTURE_TEST(project_refuses_two_files_of_one_step_and_names_both),
        FIXTURE_TEST(project_names_a_script_that_cannot_be_read),
        FIXTURE_TEST(project_names_a_script_whose_link_leads_nowhere),
        FIXTURE_TEST(project_refuses_names_that_would_break_its_lines),
        FIXTURE_TEST(project_names_the_place_of_a_faulty_header),
        FIXTURE_TEST(project_in_a_folder_that_is_not_there_is_refused),
        FIXTURE_TEST(project_folder_is_absolute_and_without_links),
        FIXTURE_TEST(step_title_comes_from_header_or_name),
        FIXTURE_TEST(step_of_a_program_has_no_header),
        FIXTURE_TEST(step_without_interpreter_or_with_crlf_cannot_run),
        FIXTURE_TEST(step_ranges_are_those_of_the_design),
        FIXTURE_TEST(step_needs_are_resolved_by_every_way_to_name_them),
        FIXTURE_TEST(step_is_found_as_people_name_it),
        FIXTURE_TEST(step_name_that_fits_several_lists_them),
        FIXTURE_TEST(step_that_is_not_there_gets_the_nearest),
        FIXTURE_TEST(builtin_steps_take_their_place_among_the_scripts),
        FIXTURE_TEST(builtin_step_and_script_of_one_id_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
