#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/jsonx.h"
#include "base/mem.h"
#include "core/fingerprint.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP "step-010-network"

static json_t *make(struct fixture *f)
{
    fixture_project(f);
    return fingerprint_make(&f->project, fixture_step(f, STEP),
                            fingerprint_steps(&f->project,
                                              fixture_step(f, STEP),
                                              fixture_state(f)));
}

/* The reason that `change` gives, NULL for none. */
static void expect_difference(struct fixture *f, json_t *before,
                              const char *reason)
{
    json_t *now = make(f);
    char *found = fingerprint_difference(before, now);

    if (reason) {
        assert_non_null(found);
        assert_string_equal(found, reason);
    } else if (found) {
        fail_msg("'%s' where nothing changed", found);
    }
    free(found);
    json_decref(now);
    json_decref(before);
}

static void fingerprint_has_script_inputs_and_environment(void **state)
{
    struct fixture *f = *state;
    char digest[DIGEST_TEXT_SIZE];
    json_t *made;
    const char *script;

    fixture_script(f, STEP ".sh",
                   "# Inputs: in/*.tf\n# Prerequisites: env MODE\n", "exit 0");
    fixture_write(f, "in/a.tf", "a");
    strvec_add(&f->options, "MODE=x");
    made = make(f);
    script = fixture_read(f, STEP ".sh");
    digest_bytes(script, strlen(script), digest);
    assert_string_equal(jsonx_text(made, "script", ""), digest);
    digest_bytes("a", 1, digest);
    assert_string_equal(
        jsonx_text(json_object_get(made, "inputs"), "in/a.tf", ""), digest);
    digest_bytes("x", 1, digest);
    assert_string_equal(
        jsonx_text(json_object_get(made, "environment"), "MODE", ""), digest);
    assert_int_equal(json_object_size(made), 4);
    assert_int_equal(json_object_size(json_object_get(made, "steps")), 0);
    json_decref(made);
}

static void fingerprint_of_what_stays_the_same_is_the_same(void **state)
{
    struct fixture *f = *state;

    fixture_script(f, STEP ".sh",
                   "# Inputs: in, *.txt\n# Prerequisites: env MODE, env GONE\n",
                   "exit 0");
    fixture_write(f, "in/deep/er/a", "a");
    fixture_write(f, "b.txt", "b");
    expect_difference(f, make(f), NULL);
}

static void fingerprint_notices_another_script(void **state)
{
    struct fixture *f = *state;
    json_t *before;

    fixture_script(f, STEP ".sh", NULL, "exit 0");
    before = make(f);
    fixture_script(f, STEP ".sh", NULL, "exit 0 # really");
    expect_difference(f, before, "the script changed");
}

static void fingerprint_notices_changed_new_and_lost_inputs(void **state)
{
    struct fixture *f = *state;
    json_t *before;

    fixture_script(f, STEP ".sh", "# Inputs: in/*.tf config\n", "exit 0");
    fixture_write(f, "in/a.tf", "a");
    fixture_write(f, "config/deep/b", "b");
    before = make(f);
    fixture_write(f, "in/a.tf", "A");
    expect_difference(f, before, "in/a.tf changed");
    before = make(f);
    fixture_write(f, "in/z.tf", "z");
    expect_difference(f, before, "in/z.tf is new");
    before = make(f);
    fixture_write(f, "config/deep/b", "B");
    expect_difference(f, before, "config/deep/b changed");
    before = make(f);
    fixture_write(f, "config/c", "c");
    expect_difference(f, before, "config/c is new");
    before = make(f);
    assert_int_equal(unlink(fixture_path(f, "in/a.tf")), 0);
    expect_difference(f, before, "in/a.tf is gone");
}

static void fingerprint_notices_another_value(void **state)
{
    struct fixture *f = *state;
    json_t *before;

    fixture_script(f, STEP ".sh", "# Prerequisites: env MODE\n", "exit 0");
    fixture_write(f, ".env", "MODE=a\nOTHER=a\n");
    before = make(f);
    fixture_write(f, ".env", "MODE=a\nOTHER=b\n");
    expect_difference(f, before, NULL);
    before = make(f);
    fixture_write(f, ".env", "MODE=b\n");
    expect_difference(f, before, "MODE changed");
    before = make(f);
    fixture_script(f, STEP ".sh", "# Prerequisites: env MODE, env MORE\n",
                   "exit 0");
    json_object_set(before, "script", json_object_get(before, "script"));
    expect_difference(f, before, "the script changed");
}

/* A step that another needs by name, completed with this fingerprint. */
static void complete_base(struct fixture *f, const char *body)
{
    json_t *record = json_object();

    fixture_script(f, "step-001-base.sh", NULL, body);
    fixture_project(f);
    json_object_set_new(
        record, "fingerprint",
        fingerprint_make(&f->project, fixture_step(f, "step-001-base"), NULL));
    assert_true(state_checkpoint(fixture_state(f), "step-001-base",
                                 STATUS_COMPLETED, record, FIXTURE_TIME, NULL));
    json_decref(record);
}

static void
fingerprint_notices_a_change_of_what_the_step_is_built_on(void **state)
{
    struct fixture *f = *state;
    json_t *before;

    complete_base(f, "exit 0");
    fixture_script(f, STEP ".sh", "# Prerequisites: step-001-base\n", "exit 0");
    before = make(f);
    assert_int_equal(json_object_size(json_object_get(before, "steps")), 1);
    complete_base(f, "exit 0");
    expect_difference(f, before, NULL);
    before = make(f);
    complete_base(f, "exit 0 # changed");
    expect_difference(f, before, "step-001-base, which it needs, changed");
}

static void fingerprint_knows_nothing_of_steps_completed_by_hand(void **state)
{
    struct fixture *f = *state;
    json_t *before;

    complete_base(f, "exit 0");
    fixture_script(f, STEP ".sh", "# Prerequisites: step-001-base\n", "exit 0");
    before = make(f);
    assert_int_equal(unlink(fixture_path(f, STATE_DIR "/step-001-base.json")),
                     0);
    expect_difference(f, before, NULL);
    before = make(f);
    assert_int_equal(json_object_size(json_object_get(before, "steps")), 0);
    complete_base(f, "exit 0");
    expect_difference(f, before, NULL);
}

static void fingerprint_digest_is_of_the_content(void **state)
{
    json_t *one = json_pack("{s:s,s:s}", "a", "1", "b", "2");
    json_t *same = json_pack("{s:s,s:s}", "b", "2", "a", "1");
    json_t *other = json_pack("{s:s,s:s}", "a", "1", "b", "3");
    char first[DIGEST_TEXT_SIZE], second[DIGEST_TEXT_SIZE];

    (void)state;
    fingerprint_digest(one, first);
    fingerprint_digest(same, second);
    assert_string_equal(first, second);
    fingerprint_digest(other, second);
    assert_string_not_equal(first, second);
    json_decref(one);
    json_decref(same);
    json_decref(other);
}

static void fingerprint_shows_no_value(void **state)
{
    struct fixture *f = *state;
    json_t *made;
    char *line;

    fixture_script(f, STEP ".sh", "# Prerequisites: env TOKEN\n", "exit 0");
    fixture_write(f, ".env", "TOKEN=hunter2hunter2\n");
    made = make(f);
    line = jsonx_line(made);
    assert_null(strstr(line, "hunter2hunter2"));
    free(line);
    json_decref(made);
}

static void fingerprint_takes_a_value_from_the_environment_too(void **state)
{
    struct fixture *f = *state;
    json_t *before;

    fixture_script(f, STEP ".sh", "# Prerequisites: env STEPDECK_TEST_MODE\n",
                   "exit 0");
    setenv("STEPDECK_TEST_MODE", "a", 1);
    before = make(f);
    setenv("STEPDECK_TEST_MODE", "b", 1);
    expect_difference(f, before, "STEPDECK_TEST_MODE changed");
    unsetenv("STEPDECK_TEST_MODE");
}

static void fingerprint_of_a_folder_leaves_our_own_state_out(void **state)
{
    struct fixture *f = *state;
    json_t *before;

    fixture_script(f, STEP ".sh", "# Inputs: .\n", "exit 0");
    fixture_write(f, "a", "a");
    fixture_write(f, STATE_DIR "/" STEP ".status", "pending\n");
    before = make(f);
    fixture_write(f, STATE_DIR "/" STEP ".status", "completed\n");
    expect_difference(f, before, NULL);
    before = make(f);
    fixture_write(f, "a", "b");
    expect_difference(f, before, "./a changed");
}

static void fingerprint_looks_into_a_folder_of_any_name(void **state)
{
    struct fixture *f = *state;
    char *odd = mem_format("%s/a[1]* b?", f->dir);
    char *inside = mem_format("%s/in.tf", odd);
    struct fixture other = *f;
    json_t *before;

    assert_int_equal(mkdir(odd, 0755), 0);
    other.dir = odd;
    fixture_script(&other, STEP ".sh", "# Inputs: *.tf\n", "exit 0");
    fixture_write(&other, "in.tf", "a");
    before = make(&other);
    assert_non_null(
        json_object_get(json_object_get(before, "inputs"), "in.tf"));
    fixture_write(&other, "in.tf", "b");
    expect_difference(&other, before, "in.tf changed");
    project_release(&other.project);
    state_free(other.state);
    f->kept = other.kept;
    free(inside);
    free(odd);
}

static void fingerprint_ends_in_folders_that_contain_themselves(void **state)
{
    struct fixture *f = *state;
    json_t *made;

    fixture_script(f, STEP ".sh", "# Inputs: loop\n", "exit 0");
    fixture_write(f, "loop/a", "a");
    assert_int_equal(symlink(".", fixture_path(f, "loop/again")), 0);
    assert_int_equal(symlink("..", fixture_path(f, "loop/up")), 0);
    made = make(f);
    assert_non_null(json_object_get(json_object_get(made, "inputs"), "loop/a"));
    json_decref(made);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FIXTURE_TEST(fingerprint_has_script_inputs_and_environment),
        FIXTURE_TEST(fingerprint_of_what_stays_the_same_is_the_same),
        FIXTURE_TEST(fingerprint_notices_another_script),
        FIXTURE_TEST(fingerprint_notices_changed_new_and_lost_inputs),
        FIXTURE_TEST(fingerprint_notices_another_value),
        FIXTURE_TEST(fingerprint_notices_a_change_of_what_the_step_is_built_on),
        FIXTURE_TEST(fingerprint_knows_nothing_of_steps_completed_by_hand),
        FIXTURE_TEST(fingerprint_digest_is_of_the_content),
        FIXTURE_TEST(fingerprint_shows_no_value),
        FIXTURE_TEST(fingerprint_takes_a_value_from_the_environment_too),
        FIXTURE_TEST(fingerprint_of_a_folder_leaves_our_own_state_out),
        FIXTURE_TEST(fingerprint_looks_into_a_folder_of_any_name),
        FIXTURE_TEST(fingerprint_ends_in_folders_that_contain_themselves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
