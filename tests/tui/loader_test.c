/* The loader with a target that answers when it is told to: in a project of its
 * own, which is the working directory. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/cancel.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "core/target.h"
#include "tui/wanted.h"

#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the target ------------------------------------------------------- */

static atomic_bool is_cancelled;

static struct target_run *open_run(const struct target_request *request,
                                   struct error *warning)
{
    (void)warning;
    return (struct target_run *)(uintptr_t)request;
}

static void close_run(struct target_run *run)
{
    (void)run;
}

/* Does not answer at all. */
static json_t *never(struct target_run *run, struct cancel *cancel,
                     struct error *err)
{
    (void)run;
    while (cancel_wait(cancel, 60 * 1000))
        continue;
    atomic_store(&is_cancelled, true);
    error_set(err, ERROR_CANCELLED, "cancelled");
    return NULL;
}

static void preview(struct target_run *run, const struct target_step *step,
                    struct strvec *lines)
{
    const struct target_request *request = (const void *)run;

    strvec_addf(lines, "%s %s %s", step->id,
                request->is_read_only ? "would" : "does", request->command);
}

static void nothing(struct step_context *context, struct step_outcome *outcome)
{
    (void)context;
    (void)outcome;
}

static bool prunes(const struct config *config)
{
    return config_get(config, "PRUNE_IMAGES") != NULL;
}

static bool rolls_back(const struct config *config)
{
    const char *value = config_get(config, "NO_ROLLBACK");

    return !value || strcmp(value, "yes") != 0;
}

static const struct target_step steps[] = {
    { .number = 20,
      .id = "020-build",
      .title = "Build",
      .critical = true,
      .always = true,
      .run = nothing },
    { .number = 46,
      .id = "046-back",
      .title = "Back",
      .critical = true,
      .always = true,
      .stands_alone = true,
      .role = TARGET_ROLLBACK,
      .is_wanted = rolls_back,
      .run = nothing },
    { .number = 60,
      .id = "060-prune",
      .title = "Prune",
      .always = true,
      .stands_alone = true,
      .role = TARGET_PRUNE,
      .is_wanted = prunes,
      .run = nothing },
};

static const struct target_ops target = {
    .name = "apprunner",
    .steps = steps,
    .step_count = sizeof(steps) / sizeof(steps[0]),
    .open = open_run,
    .close = close_run,
    .preview = preview,
    .status = never,
};

/* ---- the project ------------------------------------------------------ */

struct project_dir {
    char *dir, *before;
};

static int set_up(void **state)
{
    struct project_dir *f = mem_new(1, sizeof(*f));
    char path[] = "/tmp/stepdeck-loader.XXXXXX";
    static const char settings[] = "SERVICE_NAME=web\n";

    target_register(&target);
    atomic_store(&is_cancelled, false);
    f->before = getcwd(NULL, 0);
    if (!mkdtemp(path) || chdir(path) ||
        !fileio_replace(AT_FDCWD, "deployment-config.env", settings,
                        sizeof(settings) - 1, 0644, FILEIO_LAZY, NULL))
        return -1;
    f->dir = mem_text(path);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct project_dir *f = *state;
    bool ok =
        chdir(f->before) == 0 && fileio_remove_tree(AT_FDCWD, f->dir, NULL);

    target_reset();
    free(f->dir);
    free(f->before);
    free(f);
    return ok ? 0 : -1;
}

static struct loaded *await(struct loader *loader)
{
    struct loaded *loaded;

    while (!(loaded = loader_take(loader))) {
        struct pollfd wait = { .fd = loader_fd(loader), .events = POLLIN };

        assert_int_equal(poll(&wait, 1, 60 * 1000), 1);
    }
    return loaded;
}

/* ---- lanes ------------------------------------------------------------ */

static void nothing_waits_for_a_cloud_that_does_not_answer(void **state)
{
    struct console_request request = { 0 };
    struct error err = { 0 };
    struct loader *loader = loader_start(&request, &err);
    struct loaded *loaded;

    (void)state;
    assert_non_null(loader);
    loader_ask(loader, LOAD_CLOUD, NULL, NULL);
    loader_ask(loader, LOAD_HISTORY, NULL, NULL);
    loaded = await(loader);
    assert_int_equal(loaded->kind, LOAD_HISTORY);
    loaded_free(loaded);
    /* Nor does leaving. */
    loader_stop(loader);
    assert_true(atomic_load(&is_cancelled));
}

/* ---- previews --------------------------------------------------------- */

static struct loaded *do_job(struct load_job *job,
                             const struct console_request *request)
{
    struct cancel cancel;
    struct loaded *loaded;

    assert_true(cancel_init(&cancel, NULL));
    loaded = load_do(job, request, &cancel);
    cancel_release(&cancel);
    return loaded;
}

static void a_preview_is_of_the_plan_that_is_wanted(void **state)
{
    static const struct {
        const char *command, *step, *line;
    } rows[] = {
        { NULL, "step-020-build", "020-build would deploy" },
        { "rollback", "step-046-back", "046-back would rollback" },
        { "prune", "step-060-prune", "060-prune would prune" },
    };
    struct console_request request = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct load_job job = { .kind = LOAD_PREVIEW,
                                .command = (char *)(uintptr_t)rows[i].command };
        struct loaded *loaded = do_job(&job, &request);

        assert_int_equal(json_object_size(loaded->previews), 1);
        assert_string_equal(
            json_string_value(json_array_get(
                json_object_get(loaded->previews, rows[i].step), 0)),
            rows[i].line);
        loaded_free(loaded);
    }
}

static void a_plan_tells_whether_there_is_a_target(void **state)
{
    struct console_request request = { 0 };
    struct load_job job = { .kind = LOAD_PLAN };
    struct loaded *loaded = do_job(&job, &request);

    (void)state;
    assert_true(loaded->has_target);
    loaded_free(loaded);
    assert_int_equal(unlink("deployment-config.env"), 0);
    loaded = do_job(&job, &request);
    assert_false(loaded->has_target);
    loaded_free(loaded);
}

/* ---- commands of one step --------------------------------------------- */

static void expect_overrides(const char *opened_with, const char *command,
                             const char *expected)
{
    struct strvec given = { 0 };
    struct strbuf text = { 0 };
    struct console_request request = { .launch = { .command = opened_with,
                                                   .overrides = &given } };
    struct load_job job = { .command = (char *)(uintptr_t)command };
    struct wanted wanted = { 0 };

    if (opened_with && strcmp(opened_with, "prune") == 0)
        strvec_add(&given, "PRUNE_IMAGES=yes");
    strvec_add(&given, "A=1");
    wanted_fill(&wanted, &job, &request);
    for (size_t i = 0; i < wanted.request.overrides->count; i++)
        strbuf_addf(&text, "%s ", wanted.request.overrides->items[i]);
    assert_string_equal(strbuf_text(&text), expected);
    wanted_release(&wanted);
    strbuf_release(&text);
    strvec_release(&given);
}

static void a_command_has_its_own_setting_and_no_other(void **state)
{
    (void)state;
    expect_overrides(NULL, NULL, "A=1 ");
    expect_overrides(NULL, "deploy", "A=1 ");
    expect_overrides(NULL, "rollback", "NO_ROLLBACK=no A=1 ");
    expect_overrides("prune", "deploy", "A=1 ");
    expect_overrides("prune", "rollback", "NO_ROLLBACK=no A=1 ");
    expect_overrides("prune", "prune",
                     "PRUNE_IMAGES=yes PRUNE_IMAGES=yes A=1 ");
}

static void a_command_without_its_step_says_what_is_missing(void **state)
{
    struct console_request request = { 0 };
    struct load_job job = { .kind = LOAD_PLAN,
                            .command = (char *)(uintptr_t) "rollback" };
    struct loaded *loaded;

    (void)state;
    assert_int_equal(unlink("deployment-config.env"), 0);
    loaded = do_job(&job, &request);
    assert_int_equal(loaded->error.code, ERROR_INPUT);
    assert_non_null(strstr(loaded->error.message, "needs a cloud target"));
    loaded_free(loaded);
}

#define LOADER_TEST(name)                                                      \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOADER_TEST(nothing_waits_for_a_cloud_that_does_not_answer),
        LOADER_TEST(a_preview_is_of_the_plan_that_is_wanted),
        LOADER_TEST(a_plan_tells_whether_there_is_a_target),
        LOADER_TEST(a_command_has_its_own_setting_and_no_other),
        LOADER_TEST(a_command_without_its_step_says_what_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
