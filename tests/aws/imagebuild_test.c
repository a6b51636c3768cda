#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture_step.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* The project has no git unless a test makes one: its tag is the time. */

#define TAG "20261121T170000Z"
#define ID                                                                     \
    "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define DIGEST                                                                 \
    "sha256:4383383838383838383838383838383838383838383838383838383838383838"
#define REPOSITORY                                                             \
    "{\"repositories\":[{\"repositoryName\":\"web\",\"repositoryArn\":\"arn:"  \
    "aws:ecr:us-east-1:123456789012:repository/web\",\"repositoryUri\":"       \
    "\"host:5000/web\",\"imageTagMutability\":\"MUTABLE\"}]}"
#define INSPECTED(architecture)                                                \
    "{\"Id\":\"" ID "\",\"Os\":\"linux\",\"Architecture\":\"" architecture     \
    "\",\"Size\":41200000}"

/* ---- the builder ------------------------------------------------------ */

/* Stands in for the one of docker_build.c, which has tests of its own. */
static struct {
    char *asked; /* "CONTEXT DOCKERFILE TAG PLATFORM ARGUMENTS LABELS" */
    const char *failure; /* NULL: the build works */
} builder;

static void add_words(struct strbuf *text, const struct strvec *words)
{
    for (size_t i = 0; i < words->count; i++)
        strbuf_addf(text, " %s", words->items[i]);
}

bool docker_build(struct docker *docker, const struct docker_build *build,
                  char **image, struct error *err)
{
    struct docker_told line = { .kind = DOCKER_LINE,
                                .text = "Step 2/2 : COPY a /" };
    struct strbuf asked = { 0 };

    assert_non_null(docker);
    strbuf_addf(&asked, "%s %s %s %s", build->context_dir, build->dockerfile,
                build->tag, build->platform);
    add_words(&asked, build->arguments);
    add_words(&asked, build->labels);
    free(builder.asked);
    builder.asked = strbuf_take(&asked);
    build->tell(build->tell_context, &line);
    if (builder.failure)
        return error_set(err, ERROR_BLOCKED, "%s", builder.failure);
    *image = mem_text(ID);
    return true;
}

static int set_up(void **state)
{
    builder.failure = NULL;
    builder.asked = NULL;
    return fixture_step_set_up(state);
}

static int tear_down(void **state)
{
    free(builder.asked);
    builder.asked = NULL;
    return fixture_step_tear_down(state);
}

#define BUILD_TEST(name)                                                       \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* ---- a project -------------------------------------------------------- */

static void begin(struct fixture_step *f)
{
    fixture_step_cloud(f);
    fixture_step_docker(f);
    fixture_step_set(f, "ECR_REPOSITORY", "web");
    fixture_step_write(f, "Dockerfile", "FROM scratch\nCOPY a /\n");
    fixture_step_write(f, "a", "a\n");
}

static void commit(struct fixture_step *f)
{
    fixture_step_git(f, "init -q");
    fixture_step_git(f, "add .");
    fixture_step_git(f, "commit -q -m first");
}

static void run(struct fixture_step *f)
{
    fixture_step_open(f);
    imagebuild_run(f->context, &f->outcome);
}

static void expect_failed(struct fixture_step *f, const char *message,
                          const char *suggestion)
{
    fixture_step_expect_failure(f, EXIT_STATUS_BUILD_FAILED, message,
                                suggestion);
}

/* ---- building --------------------------------------------------------- */

static void an_image_is_built_for_amd64_with_its_labels(void **state)
{
    struct fixture_step *f = *state;

    begin(f);
    fixture_step_set(f, "BUILD_ARGS", "MODE=fast LEVEL=2");
    fixture_server_answer(f->cloud, 200, REPOSITORY);
    fixture_server_answer(f->daemon, 200, INSPECTED("amd64"));
    run(f);
    fixture_step_expect_success(f);
    assert_true(f->deployment.image.was_built);
    assert_string_equal(f->deployment.image.tag, TAG);
    assert_string_equal(f->deployment.image.local_id, ID);
    assert_null(f->deployment.image.digest);
    fixture_step_expect(builder.asked, f->dir);
    fixture_step_expect(builder.asked, "/Dockerfile host:5000/web:" TAG
                                       " linux/amd64 MODE=fast LEVEL=2 "
                                       "stepdeck.tag=" TAG);
    fixture_step_expect(strbuf_text(&f->log), "Step 2/2 : COPY a /");
    fixture_step_expect(strbuf_text(&f->log), "linux/amd64, 41.2 MB");
    assert_string_equal(f->events.items[0], "cloud.phase build started");
    assert_string_equal(f->events.items[1], "cloud.phase build ended");
}

static void an_image_for_another_processor_fails(void **state)
{
    struct fixture_step *f = *state;

    begin(f);
    fixture_server_answer(f->cloud, 200, REPOSITORY);
    fixture_server_answer(f->daemon, 200, INSPECTED("arm64"));
    run(f);
    expect_failed(f, "is for linux/arm64", "--platform");
    assert_false(f->deployment.image.was_built);
}

static void a_failed_build_has_the_builders_words_and_advice(void **state)
{
    struct fixture_step *f = *state;

    begin(f);
    fixture_server_answer(f->cloud, 200, REPOSITORY);
    builder.failure = "The command '/bin/sh -c make' returned a non-zero "
                      "code: 2";
    run(f);
    expect_failed(f, "returned a non-zero code: 2",
                  "a command of the build failed");
}

static void a_bad_build_argument_is_named(void **state)
{
    struct fixture_step *f = *state;

    begin(f);
    fixture_step_set(f, "BUILD_ARGS", "MODE=fast LEVEL");
    fixture_server_answer(f->cloud, 200, REPOSITORY);
    run(f);
    expect_failed(f, "'LEVEL' in BUILD_ARGS", "NAME=VALUE");
}

static void without_a_dockerfile_nothing_is_built(void **state)
{
    struct fixture_step *f = *state;

    begin(f);
    fixture_step_set(f, "DOCKERFILE", "other.docker");
    fixture_server_answer(f->cloud, 200, REPOSITORY);
    run(f);
    expect_failed(f, "no Dockerfile 'other.docker'", "DOCKERFILE");
}

/* ---- not building ----------------------------------------------------- */

#define FOUND "{\"imageDetails\":[{\"imageDigest\":\"" DIGEST "\"}]}"

static void a_clean_commit_that_is_in_the_repository_is_not_built(void **state)
{
    struct fixture_step *f = *state;

    begin(f);
    commit(f);
    fixture_server_answer(f->cloud, 200, REPOSITORY);
    fixture_server_answer(f->cloud, 200, FOUND);
    run(f);
    fixture_step_expect_success(f);
    assert_false(f->deployment.image.was_built);
    assert_string_equal(f->deployment.image.digest, DIGEST);
    assert_int_equal(fixture_server_requests(f->daemon), 0);
    fixture_step_expect(strbuf_text(&f->log), "nothing to build");
}

static void force_latest_builds_all_the_same(void **state)
{
    struct fixture_step *f = *state;

    begin(f);
    commit(f);
    setenv("FORCE_LATEST", "yes", 1);
    fixture_server_answer(f->cloud, 200, REPOSITORY);
    fixture_server_answer(f->daemon, 200, INSPECTED("amd64"));
    run(f);
    unsetenv("FORCE_LATEST");
    fixture_step_expect_success(f);
    assert_true(f->deployment.image.was_built);
    assert_null(f->deployment.image.digest);
}

static void a_changed_tree_is_built_all_the_same(void **state)
{
    struct fixture_step *f = *state;

    begin(f);
    commit(f);
    fixture_step_write(f, "a", "b\n");
    fixture_server_answer(f->cloud, 200, REPOSITORY);
    fixture_server_answer(f->daemon, 200, INSPECTED("amd64"));
    run(f);
    fixture_step_expect_success(f);
    assert_true(f->deployment.image.is_dirty);
    fixture_step_expect(builder.asked, "-dirty-");
    fixture_step_expect(builder.asked, "org.opencontainers.image.revision=");
}

/* ---- the dry run ------------------------------------------------------ */

static void a_preview_builds_nothing(void **state)
{
    struct fixture_step *f = *state;
    struct strvec lines = { 0 };

    begin(f);
    fixture_step_open(f);
    f->request.is_read_only = true;
    imagebuild_preview(&f->deployment, &lines);
    assert_int_equal(lines.count, 1);
    fixture_step_expect(lines.items[0], "would build ");
    fixture_step_expect(lines.items[0], "tagged " TAG);
    assert_int_equal(fixture_server_requests(f->cloud), 0);
    assert_int_equal(fixture_server_requests(f->daemon), 0);
    strvec_release(&lines);
}

static void a_preview_knows_what_need_not_be_built(void **state)
{
    struct fixture_step *f = *state;
    struct strvec lines = { 0 };

    begin(f);
    commit(f);
    fixture_step_open(f);
    f->request.is_read_only = true;
    fixture_server_answer(f->cloud, 200, FOUND);
    imagebuild_preview(&f->deployment, &lines);
    assert_int_equal(lines.count, 1);
    fixture_step_expect(lines.items[0], "would build nothing");
    strvec_release(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BUILD_TEST(an_image_is_built_for_amd64_with_its_labels),
        BUILD_TEST(an_image_for_another_processor_fails),
        BUILD_TEST(a_failed_build_has_the_builders_words_and_advice),
        BUILD_TEST(a_bad_build_argument_is_named),
        BUILD_TEST(without_a_dockerfile_nothing_is_built),
        BUILD_TEST(a_clean_commit_that_is_in_the_repository_is_not_built),
        BUILD_TEST(force_latest_builds_all_the_same),
        BUILD_TEST(a_changed_tree_is_built_all_the_same),
        BUILD_TEST(a_preview_builds_nothing),
        BUILD_TEST(a_preview_knows_what_need_not_be_built),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
