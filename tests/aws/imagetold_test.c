#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_step.h"

#include "aws/apprunner/imagetold.h"

#include <stdio.h>
#include <string.h>

static void say(struct imagetold *told, const char *item, const char *text,
                int64_t current, int64_t total, bool is_done)
{
    struct docker_told word = { .kind = DOCKER_PROGRESS,
                                .item = item,
                                .text = text,
                                .current = current,
                                .total = total,
                                .is_done = is_done };

    imagetold_take(told, &word);
}

static void lines_reach_the_log_with_one_newline(void **state)
{
    static const char *const lines[] = { "one", "two\n", "three\r\n", "" };
    struct fixture_step *f = *state;
    struct imagetold told = { .context = f->context };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct docker_told word = { .kind = DOCKER_LINE, .text = lines[i] };

        imagetold_take(&told, &word);
    }
    assert_string_equal(strbuf_text(&f->log), "one\ntwo\nthree\n\n");
    imagetold_release(&told);
}

static void layers_are_told_in_our_words(void **state)
{
    struct fixture_step *f = *state;
    struct imagetold told = { .context = f->context };

    say(&told, "4f1e", "Preparing", 0, 0, false);
    say(&told, "4f1e", "Pushing", 20, 100, false);
    say(&told, "77aa", "Layer already exists", 0, 0, true);
    say(&told, "4f1e", "Pushed", 0, 0, true);
    assert_int_equal(f->items.count, 4);
    assert_string_equal(f->items.items[0], "4f1e waiting 0/0");
    assert_string_equal(f->items.items[1], "4f1e pushing 20/100");
    assert_string_equal(f->items.items[2], "77aa already there 0/0 done");
    assert_string_equal(f->items.items[3], "4f1e pushed 100/100 done");
    assert_string_equal(strbuf_text(&f->log),
                        "77aa: already there\n4f1e: pushed, 100 B\n");
    imagetold_release(&told);
}

static void amounts_never_pass_their_total(void **state)
{
    struct fixture_step *f = *state;
    struct imagetold told = { .context = f->context };

    say(&told, "a", "Pushing", 2048, 3, false);
    assert_string_equal(f->items.items[0], "a pushing 3/3");
    assert_int_equal(imagetold_percent(&told), 99);
    imagetold_release(&told);
}

static void the_percentage_is_of_all_bytes_and_never_goes_back(void **state)
{
    struct fixture_step *f = *state;
    struct imagetold told = { .context = f->context };

    assert_int_equal(imagetold_percent(&told), -1);
    say(&told, "a", "Pushing", 50, 100, false);
    say(&told, "b", "Pushing", 0, 300, false);
    assert_int_equal(imagetold_percent(&told), 12);
    say(&told, "b", "Pushing", 250, 300, false);
    say(&told, "a", "Pushed", 0, 0, true);
    assert_int_equal(imagetold_percent(&told), 87);
    assert_int_equal(f->percents.count, 3);
    assert_string_equal(f->percents.items[0], "50");
    assert_string_equal(f->percents.items[1], "75");
    assert_string_equal(f->percents.items[2], "87");
    assert_int_equal(imagetold_bytes(&told), 400);
    imagetold_release(&told);
}

static void a_build_counts_its_steps(void **state)
{
    struct fixture_step *f = *state;
    struct imagetold told = { .context = f->context, .by_items = true };

    say(&told, "1", "FROM", 0, 0, true);
    say(&told, "2", "RUN", 0, 0, false);
    say(&told, "3", "COPY", 0, 0, false);
    say(&told, "4", "CMD", 0, 0, false);
    say(&told, "context", "sending", 10, 10, true);
    assert_int_equal(imagetold_percent(&told), 25);
    assert_string_equal(strbuf_text(&f->log), "");
    imagetold_release(&told);
}

static void a_build_without_items_counts_its_lines(void **state)
{
    static const char *const lines[] = { "Step 1/4 : FROM scratch\n",
                                         "Step 3/4 : RUN make\n",
                                         "Step 9/0 :", "Step by step",
                                         "Step 2/4 : COPY" };
    struct fixture_step *f = *state;
    struct imagetold told = { .context = f->context, .by_items = true };

    say(&told, "context", "sending", 10, 10, true);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct docker_told word = { .kind = DOCKER_LINE, .text = lines[i] };

        imagetold_take(&told, &word);
    }
    assert_int_equal(f->percents.count, 1);
    assert_string_equal(f->percents.items[0], "50");
    imagetold_release(&told);
}

static void sizes_are_for_people(void **state)
{
    static const struct {
        int64_t bytes;
        const char *text;
    } cases[] = {
        { 0, "0 B" },
        { 999, "999 B" },
        { 1000, "1.0 kB" },
        { 999949, "999.9 kB" },
        { 999960, "1.0 MB" },
        { 63012345, "63.0 MB" },
        { INT64_C(5250000000), "5.2 GB" },
        { INT64_MAX, "9223.4 PB" },
    };
    char text[IMAGETOLD_SIZE_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(imagetold_size(cases[i].bytes, text),
                            cases[i].text);
}

static void amounts_that_cannot_be_are_added_up_all_the_same(void **state)
{
    struct fixture_step *f = *state;
    struct imagetold told = { .context = f->context };

    say(&told, "a", "Pushing", INT64_MAX, INT64_MAX, false);
    say(&told, "b", "Pushing", INT64_MAX, INT64_MAX, false);
    assert_int_equal(imagetold_percent(&told), 99);
    assert_true(imagetold_bytes(&told) > 0);
    imagetold_release(&told);
}

static void endless_items_are_not_kept(void **state)
{
    struct fixture_step *f = *state;
    struct imagetold told = { .context = f->context };
    char name[32];

    for (int i = 0; i < 6000; i++) {
        snprintf(name, sizeof(name), "%d", i);
        say(&told, name, "Pushing", 0, 1, false);
    }
    assert_true(told.count < 5000);
    assert_int_equal(f->items.count, 6000);
    imagetold_release(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_STEP_TEST(lines_reach_the_log_with_one_newline),
        FIXTURE_STEP_TEST(layers_are_told_in_our_words),
        FIXTURE_STEP_TEST(amounts_never_pass_their_total),
        FIXTURE_STEP_TEST(the_percentage_is_of_all_bytes_and_never_goes_back),
        FIXTURE_STEP_TEST(a_build_counts_its_steps),
        FIXTURE_STEP_TEST(a_build_without_items_counts_its_lines),
        FIXTURE_STEP_TEST(sizes_are_for_people),
        FIXTURE_STEP_TEST(amounts_that_cannot_be_are_added_up_all_the_same),
        FIXTURE_STEP_TEST(endless_items_are_not_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
