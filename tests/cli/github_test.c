#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_output.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/github.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The runner's files, in a folder of their own. */
struct runner {
    char dir[64];
    char output[96], page[96];
};

static int set_up(void **state)
{
    struct runner *runner = mem_new(1, sizeof(*runner));

    strcpy(runner->dir, "/tmp/github_test.XXXXXX");
    if (!mkdtemp(runner->dir))
        return -1;
    strcat(strcpy(runner->output, runner->dir), "/output");
    strcat(strcpy(runner->page, runner->dir), "/page");
    setenv("GITHUB_OUTPUT", runner->output, 1);
    setenv("GITHUB_STEP_SUMMARY", runner->page, 1);
    plain_output();
    *state = runner;
    return 0;
}

static int tear_down(void **state)
{
    struct runner *runner = *state;
    bool removed = fileio_remove_tree(AT_FDCWD, runner->dir, NULL);

    unsetenv("GITHUB_OUTPUT");
    unsetenv("GITHUB_STEP_SUMMARY");
    free(runner);
    return removed ? 0 : -1;
}

static char *read_file(const char *path)
{
    struct strbuf text = { 0 };

    assert_true(fileio_read(AT_FDCWD, path, (size_t)4 << 20, &text, NULL));
    return text.len ? strbuf_take(&text) : mem_text("");
}

#define PLAN                                                                   \
    "\"project\":\"acme\",\"command\":\"deploy\",\"plan\":[{\"step\":"         \
    "\"step-010-a\",\"number\":10,\"title\":\"A\",\"action\":\"run\","         \
    "\"critical\":true}]"

/* A run of one step that ends; what is printed at its end, to free. */
static char *end_run(struct run_model *model, const char *end)
{
    struct printer printer = github_printer("stepdeck deploy --env prod");
    char *text;

    capture_begin();
    tell(model, &printer, "run.end", end);
    text = capture_end();
    printer.release(printer.context);
    return text;
}

static void expect_escaped(const char *text, bool is_property,
                           const char *escaped)
{
    struct strbuf out = { 0 };

    github_escape(text, is_property, &out);
    assert_string_equal(strbuf_text(&out), escaped);
    strbuf_release(&out);
}

static void github_escapes_what_would_end_a_command(void **state)
{
    (void)state;
    expect_escaped("plain text: a, b", false, "plain text: a, b");
    expect_escaped("100%\r\nnext", false, "100%25%0D%0Anext");
    expect_escaped("a:b,c%\n", true, "a%3Ab%2Cc%25%0A");
    expect_escaped("%0A", false, "%250A");
    expect_escaped("✔", true, "✔");
    expect_escaped("", true, "");
}

static void github_is_there_when_it_says_so(void **state)
{
    (void)state;
    unsetenv("GITHUB_ACTIONS");
    assert_false(github_is_present());
    setenv("GITHUB_ACTIONS", "false", 1);
    assert_false(github_is_present());
    setenv("GITHUB_ACTIONS", "true", 1);
    assert_true(github_is_present());
    unsetenv("GITHUB_ACTIONS");
}

static void github_annotates_errors_with_their_suggestion(void **state)
{
    struct run_model model = { 0 };
    char *text;

    (void)state;
    tell(&model, NULL, "run.start", PLAN);
    tell(&model, NULL, "error",
         "\"step\":\"step-010-a\",\"message\":\"broke: 100%\\nbadly\","
         "\"suggestion\":\"mend it\"");
    tell(&model, NULL, "warning", "\"message\":\"slow\"");
    text = end_run(&model, "\"exit_status\":3");
    assert_string_equal(text, "::error title=step-010-a::broke: 100%25%0Abadly"
                              "%0Amend it\n"
                              "::warning title=stepdeck::slow\n");
    free(text);
    run_model_release(&model);
}

static size_t count_parts(const char *text, const char *part)
{
    size_t count = 0;

    for (; (text = strstr(text, part)) != NULL; text++)
        count++;
    return count;
}

static void github_annotates_at_most_ten_errors(void **state)
{
    struct run_model model = { 0 };
    char *text;

    (void)state;
    for (int i = 0; i < 12; i++)
        tell(&model, NULL, "error", "\"message\":\"broke\"");
    text = end_run(&model, "\"exit_status\":3");
    assert_int_equal(count_parts(text, "::error "), 10);
    expect_part(text, "and 3 more, see the log");
    free(text);
    run_model_release(&model);
}

static void github_annotates_ten_errors_as_they_are(void **state)
{
    struct run_model model = { 0 };
    char *text;

    (void)state;
    for (int i = 0; i < 10; i++)
        tell(&model, NULL, "error", "\"message\":\"broke\"");
    text = end_run(&model, "\"exit_status\":3");
    assert_int_equal(count_parts(text, "::broke"), 10);
    expect_no_part(text, "more, see");
    free(text);
    run_model_release(&model);
}

static void github_never_prints_a_mask_command(void **state)
{
    struct run_model model = { 0 };
    char *text;

    (void)state;
    tell(&model, NULL, "error", "\"message\":\"\\n::add-mask::secret\"");
    text = end_run(&model, "\"exit_status\":3");
    expect_no_part(text, "\n::add-mask");
    assert_int_equal(strncmp(text, "::error ", 8), 0);
    free(text);
    run_model_release(&model);
}

static void github_page_is_a_table_of_the_steps(void **state)
{
    struct runner *runner = *state;
    struct run_model model = { 0 };
    char *page;

    tell(&model, NULL, "run.start", PLAN);
    tell(&model, NULL, "step.start", "\"step\":\"step-010-a\"");
    tell(&model, NULL, "step.end",
         "\"step\":\"step-010-a\",\"status\":\"failed\","
         "\"duration_ms\":70000,\"message\":\"a|b <i>`c`\"");
    free(end_run(&model, "\"exit_status\":3"));
    page = read_file(runner->page);
    expect_part(page, "### stepdeck: acme failed");
    expect_part(page, "| step-010-a | failed | 1m10s | "
                      "a\\|b \\<i\\>\\`c\\` |");
    expect_part(page, "To go on: `stepdeck deploy --env prod`");
    free(page);
    run_model_release(&model);
}

static void github_page_of_a_success_needs_no_resume(void **state)
{
    struct runner *runner = *state;
    struct run_model model = { 0 };
    char *page;

    tell(&model, NULL, "run.start", PLAN);
    free(end_run(&model, "\"exit_status\":0"));
    page = read_file(runner->page);
    expect_part(page, "acme done");
    expect_no_part(page, "To go on");
    free(page);
    run_model_release(&model);
}

static void github_page_stays_below_what_the_runner_takes(void **state)
{
    struct runner *runner = *state;
    struct run_model model = { 0 };
    char *long_text = mem_new(3001, 1), *page;

    memset(long_text, 'x', 3000);
    tell(&model, NULL, "run.start", PLAN);
    for (int i = 0; i < 500; i++) {
        char *members = mem_format("\"step\":\"step-%03d-s\",\"status\":"
                                   "\"failed\",\"message\":\"%s\"",
                                   i, long_text);

        tell(&model, NULL, "step.end", members);
        free(members);
    }
    free(end_run(&model, "\"exit_status\":3"));
    page = read_file(runner->page);
    assert_true(strlen(page) < 1024 * 1024);
    expect_part(page, "and more, see the log");
    free(page);
    free(long_text);
    run_model_release(&model);
}

static void github_outputs_are_lines_behind_those_that_are_there(void **state)
{
    struct runner *runner = *state;
    struct run_model model = { 0 };
    char *output;
    int fd = open(runner->output, O_WRONLY | O_CREAT, 0600);

    assert_int_equal(write(fd, "mine=1\n", 7), 7);
    close(fd);
    tell(&model, NULL, "run.start", PLAN);
    free(end_run(&model, "\"exit_status\":0,\"verdict\":\"live\",\"summary\":"
                         "{\"service_url\":\"https://x.example\","
                         "\"image_digest\":\"sha256:1\"}"));
    output = read_file(runner->output);
    assert_string_equal(output, "mine=1\nrun-id=R-7f3c\nexit-status=0\n"
                                "service-url=https://x.example\n"
                                "image-digest=sha256:1\nverdict=live\n");
    free(output);
    run_model_release(&model);
}

static void github_outputs_carry_no_verdict_without_a_cloud_target(void **state)
{
    struct runner *runner = *state;
    struct run_model model = { 0 };
    char *output;

    tell(&model, NULL, "run.start", PLAN);
    free(end_run(&model, "\"exit_status\":3,\"verdict\":null,\"summary\":"
                         "{\"service_url\":null}"));
    output = read_file(runner->output);
    assert_string_equal(output, "run-id=R-7f3c\nexit-status=3\n");
    free(output);
    run_model_release(&model);
}

static void github_output_of_several_lines_is_left_out(void **state)
{
    struct runner *runner = *state;
    struct run_model model = { 0 };
    char *output;

    tell(&model, NULL, "run.start", PLAN);
    free(end_run(&model, "\"exit_status\":0,\"summary\":"
                         "{\"service_url\":\"x\\nverdict=live\"}"));
    output = read_file(runner->output);
    expect_no_part(output, "verdict");
    expect_no_part(output, "service-url");
    free(output);
    run_model_release(&model);
}

static void github_without_its_files_only_prints(void **state)
{
    struct runner *runner = *state;
    struct run_model model = { 0 };
    char *text;

    unsetenv("GITHUB_OUTPUT");
    setenv("GITHUB_STEP_SUMMARY", "/nonexistent/page", 1);
    tell(&model, NULL, "error", "\"message\":\"broke\"");
    text = end_run(&model, "\"exit_status\":3");
    assert_string_equal(text, "::error title=stepdeck::broke\n");
    assert_int_equal(access(runner->output, F_OK), -1);
    free(text);
    run_model_release(&model);
}

static void github_says_nothing_before_the_end(void **state)
{
    struct runner *runner = *state;
    struct printer printer = github_printer("stepdeck deploy");
    struct run_model model = { 0 };
    char *text;

    capture_begin();
    tell(&model, &printer, "run.start", PLAN);
    tell(&model, &printer, "error", "\"message\":\"broke\"");
    text = capture_end();
    assert_string_equal(text, "");
    assert_int_equal(access(runner->page, F_OK), -1);
    free(text);
    printer.release(printer.context);
    run_model_release(&model);
}

#define RUNNER_TEST(name)                                                      \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        RUNNER_TEST(github_escapes_what_would_end_a_command),
        RUNNER_TEST(github_is_there_when_it_says_so),
        RUNNER_TEST(github_annotates_errors_with_their_suggestion),
        RUNNER_TEST(github_annotates_at_most_ten_errors),
        RUNNER_TEST(github_annotates_ten_errors_as_they_are),
        RUNNER_TEST(github_never_prints_a_mask_command),
        RUNNER_TEST(github_page_is_a_table_of_the_steps),
        RUNNER_TEST(github_page_of_a_success_needs_no_resume),
        RUNNER_TEST(github_page_stays_below_what_the_runner_takes),
        RUNNER_TEST(github_outputs_are_lines_behind_those_that_are_there),
        RUNNER_TEST(github_outputs_carry_no_verdict_without_a_cloud_target),
        RUNNER_TEST(github_output_of_several_lines_is_left_out),
        RUNNER_TEST(github_without_its_files_only_prints),
        RUNNER_TEST(github_says_nothing_before_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
