#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_step.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const struct deployment_image *make(struct fixture_step *f)
{
    struct error err = { 0 };

    if (!f->is_open)
        fixture_step_open(f);
    if (!imagetag_make(&f->deployment, &err))
        fail_msg("%s", err.message);
    return &f->deployment.image;
}

static void begin(struct fixture_step *f)
{
    fixture_step_write(f, "app.txt", "one\n");
    fixture_step_git(f, "init -q");
    fixture_step_git(f, "add .");
    fixture_step_git(f, "commit -q -m first");
}

static void without_git_the_tag_is_the_time(void **state)
{
    struct fixture_step *f = *state;
    const struct deployment_image *image = make(f);

    assert_string_equal(image->tag, "20261121T170000Z");
    assert_null(image->commit);
    assert_false(image->is_dirty);
}

static void a_clean_tree_is_tagged_by_its_commit(void **state)
{
    struct fixture_step *f = *state;
    const struct deployment_image *image;

    begin(f);
    image = make(f);
    assert_int_equal(strlen(image->commit), 40);
    assert_int_equal(strlen(image->tag), 12);
    assert_memory_equal(image->tag, image->commit, 12);
    assert_false(image->is_dirty);
}

static void a_changed_tree_is_tagged_by_its_changes(void **state)
{
    struct fixture_step *f = *state;
    const struct deployment_image *image;
    char *first;

    begin(f);
    fixture_step_write(f, "app.txt", "two\n");
    image = make(f);
    assert_true(image->is_dirty);
    assert_int_equal(strlen(image->tag), 12 + strlen("-dirty-") + 8);
    assert_memory_equal(image->tag, image->commit, 12);
    assert_memory_equal(image->tag + 12, "-dirty-", 7);
    assert_int_equal(strspn(image->tag + 19, "0123456789abcdef"), 8);
    first = mem_text(image->tag);
    assert_string_equal(make(f)->tag, first);
    fixture_step_write(f, "app.txt", "three\n");
    assert_string_not_equal(make(f)->tag, first);
    free(first);
}

/* The state folder is made by opening the project: it must not dirty it. */
static void our_own_state_is_no_change(void **state)
{
    struct fixture_step *f = *state;

    begin(f);
    (void)make(f);
    fixture_step_write(f, STATE_DIR "/apprunner.json", "{}");
    assert_false(make(f)->is_dirty);
}

static void another_tag_forgets_the_image_of_the_last(void **state)
{
    struct fixture_step *f = *state;
    struct deployment_image *image = &f->deployment.image;

    begin(f);
    (void)make(f);
    image->digest = mem_text("sha256:1");
    image->local_id = mem_text("sha256:2");
    (void)make(f);
    assert_string_equal(image->digest, "sha256:1");
    assert_string_equal(image->local_id, "sha256:2");
    fixture_step_write(f, "app.txt", "two\n");
    (void)make(f);
    assert_null(image->digest);
    assert_null(image->local_id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_STEP_TEST(without_git_the_tag_is_the_time),
        FIXTURE_STEP_TEST(a_clean_tree_is_tagged_by_its_commit),
        FIXTURE_STEP_TEST(a_changed_tree_is_tagged_by_its_changes),
        FIXTURE_STEP_TEST(our_own_state_is_no_change),
        FIXTURE_STEP_TEST(another_tag_forgets_the_image_of_the_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
