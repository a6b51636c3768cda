#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "core/migrate.h"
#include "core/migrate_mention.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SERVICE "aws apprunner update-service --service-name acme\n"
#define ARCHIVED "deployment-archive/20261121T170000Z"

static int set_up(void **state)
{
    int status = fixture_set_up(state);
    struct fixture *f = *state;

    if (status == 0)
        setenv("HOME", fixture_path(f, "home"), 1);
    unsetenv("AWS_CONFIG_FILE");
    unsetenv("AWS_SHARED_CREDENTIALS_FILE");
    umask(022);
    return status;
}

#define MIGRATE_TEST(name)                                                     \
    cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

static struct migrate find(struct fixture *f)
{
    struct migrate migrate;
    struct error err = { 0 };

    if (!migrate_find(&migrate, f->dir, &err))
        fail_msg("%s", err.message);
    return migrate;
}

/* The scripts that are found, parted by blanks. */
static const char *scripts(struct fixture *f)
{
    struct migrate migrate = find(f);
    struct strbuf text = { 0 };

    for (size_t i = 0; i < migrate.script_count; i++)
        strbuf_addf(&text, "%s%s", i ? " " : "", migrate.scripts[i].path);
    migrate_release(&migrate);
    return fixture_keep(f, strbuf_take(&text));
}

/* ---- finding ---------------------------------------------------------- */

static void find_knows_scripts_by_name_and_by_what_they_do(void **state)
{
    struct fixture *f = *state;

    fixture_write(f, "deploy.sh", "docker push x\n");
    fixture_write(f, "ops/build-and-push.sh", "docker push x\n");
    fixture_write(f, "ops/my-AppRunner.sh", "true\n");
    fixture_write(f, "bin/release", "#!/usr/bin/env bash\n" SERVICE);
    fixture_write(f, "bin/tool", "#!/usr/bin/python3\n" SERVICE);
    fixture_write(f, "notes.txt", SERVICE);
    fixture_write(f, "status.sh", "aws apprunner list-services\n");
    fixture_write(f, "build.sh", "docker push x\n");
    assert_string_equal(scripts(f), "bin/release ops/my-AppRunner.sh deploy.sh "
                                    "ops/build-and-push.sh");
}

static void find_leaves_ours_and_what_is_not_the_projects(void **state)
{
    static const char *const paths[] = {
        "step-010-service.sh",       "node_modules/a/deploy.sh",
        "deployment-archive/x/a.sh", ".git/deploy.sh",
        ".deployment-state/a.sh",    "hooks/after.sh",
        "vendor/deploy.sh",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(paths); i++)
        fixture_write(f, paths[i], SERVICE);
    fixture_write(f, "inner/.git/HEAD", "ref\n");
    fixture_write(f, "inner/deploy.sh", SERVICE);
    fixture_write(f, "deploy.sh", "exec stepdeck deploy\n");
    fixture_write(f, "elsewhere", SERVICE);
    assert_int_equal(symlink("elsewhere", fixture_path(f, "deploy-x.sh")), 0);
    assert_string_equal(scripts(f), "");
}

static void find_leaves_every_script_of_the_scaffold(void **state)
{
    struct fixture *f = *state;
    struct strvec names = { 0 };
    int fd = open(SOURCE_DIR "/scaffold", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_true(fileio_list(fd, &names, NULL));
    assert_true(names.count > 10);
    for (size_t i = 0; i < names.count; i++) {
        struct strbuf text = { 0 };

        assert_true(fileio_read(fd, names.items[i], 1 << 20, &text, NULL));
        fixture_write(f, names.items[i], strbuf_text(&text));
        strbuf_release(&text);
    }
    strvec_release(&names);
    close(fd);
    assert_string_equal(scripts(f), "");
}

static void expect_chosen(const struct migrate *migrate, enum migrate_kind kind,
                          const char *key, const char *value, const char *file)
{
    const struct migrate_finding *finding = migrate_chosen(migrate, kind, key);

    if (!finding)
        fail_msg("no %s", key);
    else if (strcmp(finding->value, value) != 0 ||
             strcmp(finding->file, file) != 0)
        fail_msg("%s is '%s' of %s", key, finding->value, finding->file);
}

static void find_chooses_the_service_scripts_first(void **state)
{
    struct fixture *f = *state;
    struct migrate migrate;

    fixture_write(f, "build-and-push.sh", "REGION=us-east-1\nPORT=1\n");
    fixture_write(f, "deploy.sh",
                  "REGION=us-east-2\n"
                  "curl $URL/health\n"
                  "docker build -t weak .\n");
    fixture_write(f, "zz.sh",
                  SERVICE "REGION=eu-west-1\n"
                          "curl $URL/status\nPORT=$X\n");
    fixture_write(f, "update-service.sh", "ECR_REPO=strong\n");
    migrate = find(f);
    expect_chosen(&migrate, MIGRATE_SETTING, "AWS_REGION", "eu-west-1",
                  "zz.sh");
    expect_chosen(&migrate, MIGRATE_SETTING, "HEALTH_PATH", "/status", "zz.sh");
    expect_chosen(&migrate, MIGRATE_SETTING, "ECR_REPOSITORY", "strong",
                  "update-service.sh");
    expect_chosen(&migrate, MIGRATE_SETTING, "PORT", "1", "build-and-push.sh");
    migrate_release(&migrate);
}

static void find_reads_the_json_beside_a_script(void **state)
{
    struct fixture *f = *state;
    struct migrate migrate;
    char *script = mem_format("aws apprunner create-service --cli-input-json "
                              "file://in.json\n"
                              "aws apprunner x --cli-input-json "
                              "file://../../%s/out.json\n",
                              fileio_base(f->dir));

    fixture_write(f, "ops/x.sh", script);
    free(script);
    fixture_write(f, "ops/in.json", "{\n\"ServiceName\": \"acme\"}");
    /* Inside, but by a way that leads out of the project. */
    fixture_write(f, "out.json", "{\"ServiceName\": \"evil\"}");
    migrate = find(f);
    assert_int_equal(migrate.found.count, 1);
    expect_chosen(&migrate, MIGRATE_SETTING, "SERVICE_NAME", "acme",
                  "ops/in.json");
    assert_int_equal(migrate.found.findings[0].line, 2);
    migrate_release(&migrate);
}

static void find_follows_what_a_script_sources(void **state)
{
    struct fixture *f = *state;
    struct migrate migrate;

    fixture_write(f, "ops/x.sh",
                  "DIR=$(dirname \"$0\")\n"
                  ". \"$DIR/vars.sh\"\n"
                  "source \"$DIR/../config/common.sh\"\n"
                  "[ -f .env ] && . .env\n"
                  ". /etc/profile\n. ../../out.sh\n"
                  "aws apprunner update-service --service-name $N "
                  "--region $R --profile $P\n");
    fixture_write(f, "ops/y.sh", "aws apprunner update-service\n. ./vars.sh\n");
    fixture_write(f, "ops/vars.sh", "N=acme\nPORT=3000\n");
    fixture_write(f, "config/common.sh", "R=eu-west-1\n");
    fixture_write(f, ".env", "P=me\nPORT=4000\n");
    migrate = find(f);
    assert_int_equal(migrate.script_count, 2);
    assert_int_equal(migrate.found.count, 4);
    expect_chosen(&migrate, MIGRATE_SETTING, "SERVICE_NAME", "acme",
                  "ops/x.sh");
    expect_chosen(&migrate, MIGRATE_SETTING, "AWS_REGION", "eu-west-1",
                  "ops/x.sh");
    expect_chosen(&migrate, MIGRATE_SETTING, "AWS_PROFILE", "me", "ops/x.sh");
    expect_chosen(&migrate, MIGRATE_SETTING, "PORT", "3000", "ops/vars.sh");
    migrate_release(&migrate);
}

static void find_fails_without_a_folder(void **state)
{
    struct migrate migrate;
    struct error err = { 0 };

    (void)state;
    assert_false(migrate_find(&migrate, "/nowhere/at/all", &err));
    fixture_expect_error(&err, ERROR_INPUT, "/nowhere/at/all", "-C");
    migrate_release(&migrate);
}

/* ---- mentions --------------------------------------------------------- */

static void mentions_are_names_of_the_script_and_no_others(void **state)
{
    static const struct {
        const char *line, *script;
        bool names;
    } samples[] = {
        { "run ./deploy.sh now", "deploy.sh", true },
        { "Run deploy.sh.", "deploy.sh", true },
        { "`ops/deploy.sh`", "ops/deploy.sh", true },
        { "\"$ROOT/ops/deploy.sh\"", "ops/deploy.sh", true },
        { "cd ops && ./deploy.sh", "ops/deploy.sh", true },
        { "other/deploy.sh", "ops/deploy.sh", false },
        { "redeploy.sh", "deploy.sh", false },
        { "deploy.sh.bak", "deploy.sh", false },
        { "deploy-all.sh", "deploy.sh", false },
        { "", "deploy.sh", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(samples); i++) {
        const char *line = samples[i].line;

        if (migrate_line_names(line, strlen(line), samples[i].script) !=
            samples[i].names)
            fail_msg("'%s' and %s", line, samples[i].script);
    }
}

static void mentions_are_found_in_documents_and_pipelines(void **state)
{
    static const char *const files[] = { ".github/workflows/a.yml",
                                         ".gitlab-ci.yml",
                                         "Makefile",
                                         "README",
                                         "all.sh",
                                         "docs/a.md",
                                         "package.json" };
    struct fixture *f = *state;
    struct migrate migrate;

    fixture_write(f, "deploy.sh", "PORT=1\n");
    fixture_write(f, "code.c", "// deploy.sh\n");
    for (size_t i = 0; i < COUNT(files); i++)
        fixture_write(f, files[i], "\nsh deploy.sh\n");
    migrate = find(f);
    assert_int_equal(migrate.mention_count, COUNT(files));
    for (size_t i = 0; i < COUNT(files); i++) {
        bool found = false;

        for (size_t j = 0; j < migrate.mention_count; j++)
            found = found || (strcmp(migrate.mentions[j].file, files[i]) == 0 &&
                              migrate.mentions[j].line == 2);
        if (!found)
            fail_msg("%s", files[i]);
    }
    migrate_release(&migrate);
}

/* ---- writing ---------------------------------------------------------- */

static void run(struct fixture *f, struct migrate_plan *plan)
{
    struct setup_request request = { .dir = f->dir };
    struct migrate migrate = find(f);
    struct error err = { 0 };
    struct setup *setup = setup_new(&request, &err);
    struct setup_result result = { 0 };

    assert_non_null(setup);
    migrate_offer(&migrate, setup);
    if (!migrate_plan(&migrate, setup, plan, &err) ||
        !migrate_write(plan, &result, &err))
        fail_msg("%s (%s)", err.message, err.hint);
    setup_result_release(&result);
    setup_free(setup);
    migrate_release(&migrate);
}

static void write_keeps_what_is_configured_already(void **state)
{
    struct fixture *f = *state;
    struct migrate_plan plan;

    fixture_write(f, "deploy.sh",
                  SERVICE "PORT=3000\nREGION=eu-west-1\n"
                          "ACCESS_ROLE_ARN=arn:aws:iam::1:role/new\n");
    fixture_write(f, "deployment-config.env",
                  "PORT=4000\nACCESS_ROLE_ARN=arn:aws:iam::1:role/old\n");
    fixture_write(f, "Dockerfile", "FROM scratch\nEXPOSE 9000\n");
    run(f, &plan);
    migrate_plan_release(&plan);
    fixture_expect_part(fixture_read(f, "deployment-config.env"),
                        "PORT=4000\nACCESS_ROLE_ARN=arn:aws:iam::1:role/old\n");
    fixture_expect_part(fixture_read(f, "deployment-config.env"),
                        "AWS_REGION=eu-west-1\n");
    assert_true(fixture_has(f, "deployment-config.env.bak"));
    run(f, &plan);
    assert_false(migrate_plan_is_changed(&plan));
    migrate_plan_release(&plan);
}

static void write_prefers_the_scripts_to_what_is_detected(void **state)
{
    struct fixture *f = *state;
    struct migrate_plan plan;

    fixture_write(f, "deploy.sh",
                  SERVICE "PORT=3000\nPORT=abc\nCPU=7\n"
                          "REGION=eu-west-1\n");
    fixture_write(f, "Dockerfile", "FROM scratch\nEXPOSE 9000\n");
    run(f, &plan);
    migrate_plan_release(&plan);
    fixture_expect_part(fixture_read(f, "deployment-config.env"),
                        "PORT=3000\n");
    fixture_expect_part(fixture_read(f, "deployment-config.env"),
                        "SERVICE_CPU=1024\n");
}

static void write_puts_secrets_into_env_and_shows_none(void **state)
{
    struct fixture *f = *state;
    struct migrate_plan plan;

    fixture_write(f, "deploy.sh",
                  SERVICE "REGION=eu-west-1\nDB_PASSWORD=hunter2hunter2\n"
                          "API_KEY=other-secret\n");
    fixture_write(f, ".env", "API_KEY=mine-for-long\n");
    run(f, &plan);
    fixture_expect_part(fixture_read(f, ".env"),
                        "DB_PASSWORD=hunter2hunter2\n");
    fixture_expect_part(fixture_read(f, ".env"), "API_KEY=mine-for-long\n");
    assert_null(strstr(fixture_read(f, "deployment-config.env"), "hunter2"));
    assert_int_equal(plan.kept_secrets.count, 1);
    for (size_t i = 0; i < plan.files.count; i++) {
        assert_null(strstr(plan.files.items[i].diff, "hunter2"));
        assert_null(strstr(plan.files.items[i].diff, "mine"));
    }
    migrate_plan_release(&plan);
}

#define VARIABLES                                                              \
    "J='{\"RuntimeEnvironmentVariables\": {\"A\": \"b\"},\n"                   \
    "\"RuntimeEnvironmentSecrets\": {\"S\": \"arn:aws:ssm:x\"}}'\n"

static void write_never_replaces_a_service_file(void **state)
{
    static const char text[] = "{\n  \"environment\": {\n    \"A\": \"b\"\n  "
                               "},\n  \"secrets\": {\n    \"S\": "
                               "\"arn:aws:ssm:x\"\n  }\n}\n";
    struct fixture *f = *state;
    struct migrate_plan plan;

    fixture_write(f, "deploy.sh", SERVICE "REGION=eu-west-1\n" VARIABLES);
    run(f, &plan);
    assert_string_equal(plan.service_file, "service.json");
    assert_false(plan.has_service);
    migrate_plan_release(&plan);
    fixture_expect(f, "service.json", text);
    run(f, &plan);
    assert_null(plan.service_file);
    migrate_plan_release(&plan);

    fixture_write(f, "service.json", "{}");
    run(f, &plan);
    assert_string_equal(plan.service_file, "service.json.migrated");
    assert_true(plan.has_service);
    migrate_plan_release(&plan);
    fixture_expect(f, "service.json", "{}");
    fixture_expect(f, "service.json.migrated", text);
}

/* ---- the archive ------------------------------------------------------ */

static bool put_away(struct fixture *f, const char *paths,
                     struct migrate_moved *moved, struct error *err)
{
    struct strvec list = { 0 };
    bool ok;

    strvec_split(&list, paths, " ");
    ok = migrate_archive(f->dir, &list, FIXTURE_TIME, moved, err);
    strvec_release(&list);
    return ok;
}

static void archive_moves_and_undo_puts_back(void **state)
{
    struct fixture *f = *state;
    struct migrate_moved moved;
    struct error err = { 0 };
    struct stat before, after;

    fixture_write(f, "deploy.sh", "one\n");
    fixture_write(f, "ops/in/push.sh", "two\n");
    assert_int_equal(chmod(fixture_path(f, "deploy.sh"), 0751), 0);
    assert_int_equal(stat(fixture_path(f, "deploy.sh"), &before), 0);
    assert_true(put_away(f, "deploy.sh ops/in/push.sh", &moved, &err));
    assert_string_equal(moved.archive, ARCHIVED);
    assert_int_equal(moved.files.count, 2);
    migrate_moved_release(&moved);
    assert_false(fixture_has(f, "deploy.sh"));
    fixture_expect(f, ARCHIVED "/deploy.sh", "one\n");
    fixture_expect(f, ARCHIVED "/ops/in/push.sh", "two\n");
    fixture_expect_part(fixture_read(f, ARCHIVED "/manifest.json"),
                        "\"mode\": \"0751\"");

    assert_int_equal(rmdir(fixture_path(f, "ops/in")), 0);
    assert_true(migrate_undo(f->dir, NULL, &moved, &err));
    assert_int_equal(moved.files.count, 2);
    assert_int_equal(moved.changed.count, 0);
    migrate_moved_release(&moved);
    fixture_expect(f, "ops/in/push.sh", "two\n");
    assert_int_equal(stat(fixture_path(f, "deploy.sh"), &after), 0);
    assert_true(before.st_ino == after.st_ino);
    assert_int_equal(after.st_mode & 07777, 0751);
    assert_true(fixture_has(f, ARCHIVED "/manifest.undone.json"));
    assert_false(migrate_undo(f->dir, NULL, &moved, &err));
    fixture_expect_error(&err, ERROR_INPUT, "no archive to put back",
                         "deployment-archive");
}

static void archive_in_the_same_second_is_another_one(void **state)
{
    struct fixture *f = *state;
    struct migrate_moved moved;
    struct error err = { 0 };

    fixture_write(f, "deploy.sh", "one\n");
    assert_true(put_away(f, "deploy.sh", &moved, &err));
    migrate_moved_release(&moved);
    fixture_write(f, "deploy-b.sh", "two\n");
    assert_true(put_away(f, "deploy-b.sh", &moved, &err));
    assert_string_equal(moved.archive, ARCHIVED "-2");
    migrate_moved_release(&moved);
    assert_true(migrate_undo(f->dir, NULL, &moved, &err));
    assert_string_equal(moved.archive, ARCHIVED "-2");
    migrate_moved_release(&moved);
    assert_true(migrate_undo(f->dir, "20261121", &moved, &err));
    assert_string_equal(moved.archive, ARCHIVED);
    migrate_moved_release(&moved);
    fixture_expect(f, "deploy.sh", "one\n");
}

static void archive_that_fails_leaves_nothing_half(void **state)
{
    struct fixture *f = *state;
    struct migrate_moved moved;
    struct error err = { 0 };

    fixture_write(f, "deploy.sh", "one\n");
    assert_false(put_away(f, "deploy.sh gone.sh", &moved, &err));
    fixture_expect_error(&err, ERROR_INPUT, "gone.sh", "nothing was moved");
    error_clear(&err);
    assert_false(put_away(f, "deploy.sh ../x", &moved, &err));
    error_clear(&err);
    /* The same file twice: the second move fails after the first one. */
    assert_false(put_away(f, "deploy.sh deploy.sh", &moved, &err));
    fixture_expect_error(&err, ERROR_IO, "cannot move 'deploy.sh'",
                         "everything is where it was");
    fixture_expect(f, "deploy.sh", "one\n");
    assert_false(fixture_has(f, "deployment-archive"));
}

static void archive_goes_through_no_link(void **state)
{
    struct fixture *f = *state;
    struct migrate_moved moved;
    struct error err = { 0 };

    fixture_write(f, "deploy.sh", "one\n");
    fixture_write(f, "elsewhere/x", "x\n");
    assert_int_equal(
        symlink("elsewhere", fixture_path(f, "deployment-archive")), 0);
    assert_false(put_away(f, "deploy.sh", &moved, &err));
    fixture_expect(f, "deploy.sh", "one\n");
}

static void undo_overwrites_nothing(void **state)
{
    struct fixture *f = *state;
    struct migrate_moved moved;
    struct error err = { 0 };

    fixture_write(f, "a/deploy.sh", "one\n");
    fixture_write(f, "deploy.sh", "two\n");
    assert_true(put_away(f, "a/deploy.sh deploy.sh", &moved, &err));
    migrate_moved_release(&moved);
    fixture_write(f, "deploy.sh", "new\n");
    assert_false(migrate_undo(f->dir, NULL, &moved, &err));
    fixture_expect_error(&err, ERROR_INPUT, "'deploy.sh' already",
                         "nothing was put back");
    fixture_expect(f, "deploy.sh", "new\n");
    assert_false(fixture_has(f, "a/deploy.sh"));
    fixture_expect(f, ARCHIVED "/a/deploy.sh", "one\n");
}

static void undo_goes_on_where_archiving_was_cut_off(void **state)
{
    struct fixture *f = *state;
    struct migrate_moved moved;
    struct error err = { 0 };

    fixture_write(f, "a.sh", "one\n");
    fixture_write(f, "b.sh", "two\n");
    assert_true(put_away(f, "a.sh b.sh", &moved, &err));
    migrate_moved_release(&moved);
    assert_int_equal(
        rename(fixture_path(f, ARCHIVED "/b.sh"), fixture_path(f, "b.sh")), 0);
    fixture_write(f, ARCHIVED "/a.sh", "changed\n");
    assert_true(migrate_undo(f->dir, ARCHIVED, &moved, &err));
    assert_int_equal(moved.files.count, 1);
    assert_int_equal(moved.changed.count, 1);
    migrate_moved_release(&moved);
    fixture_expect(f, "a.sh", "changed\n");
    fixture_expect(f, "b.sh", "two\n");
}

static void undo_refuses_a_manifest_that_leads_out(void **state)
{
    static const char *const paths[] = { "../x.sh", "/tmp/x.sh", "a/../x.sh",
                                         "", "manifest.json" };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(paths); i++) {
        char *text = mem_format("{\"v\": 1, \"files\": [{\"path\": \"%s\", "
                                "\"sha256\": \"%064d\", \"mode\": \"0644\"}]}",
                                paths[i], 0);
        struct migrate_moved moved;
        struct error err = { 0 };

        fixture_write(f, ARCHIVED "/manifest.json", text);
        assert_false(migrate_undo(f->dir, NULL, &moved, &err));
        fixture_expect_error(&err, ERROR_INPUT, "not a manifest", "by hand");
        free(text);
    }
}

static void cleanup_archives_what_is_found(void **state)
{
    struct fixture *f = *state;
    struct migrate_moved moved;
    struct error err = { 0 };

    assert_true(migrate_cleanup(f->dir, FIXTURE_TIME, &moved, &err));
    assert_int_equal(moved.files.count, 0);
    assert_null(moved.archive);
    fixture_write(f, "deploy.sh", SERVICE);
    fixture_write(f, "step-010-a.sh", SERVICE);
    assert_true(migrate_cleanup(f->dir, FIXTURE_TIME, &moved, &err));
    assert_int_equal(moved.files.count, 1);
    assert_string_equal(moved.files.items[0], "deploy.sh");
    migrate_moved_release(&moved);
    assert_true(fixture_has(f, "step-010-a.sh"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        MIGRATE_TEST(find_knows_scripts_by_name_and_by_what_they_do),
        MIGRATE_TEST(find_leaves_ours_and_what_is_not_the_projects),
        MIGRATE_TEST(find_leaves_every_script_of_the_scaffold),
        MIGRATE_TEST(find_chooses_the_service_scripts_first),
        MIGRATE_TEST(find_reads_the_json_beside_a_script),
        MIGRATE_TEST(find_follows_what_a_script_sources),
        MIGRATE_TEST(find_fails_without_a_folder),
        MIGRATE_TEST(mentions_are_names_of_the_script_and_no_others),
        MIGRATE_TEST(mentions_are_found_in_documents_and_pipelines),
        MIGRATE_TEST(write_keeps_what_is_configured_already),
        MIGRATE_TEST(write_prefers_the_scripts_to_what_is_detected),
        MIGRATE_TEST(write_puts_secrets_into_env_and_shows_none),
        MIGRATE_TEST(write_never_replaces_a_service_file),
        MIGRATE_TEST(archive_moves_and_undo_puts_back),
        MIGRATE_TEST(archive_in_the_same_second_is_another_one),
        MIGRATE_TEST(archive_that_fails_leaves_nothing_half),
        MIGRATE_TEST(archive_goes_through_no_link),
        MIGRATE_TEST(undo_overwrites_nothing),
        MIGRATE_TEST(undo_goes_on_where_archiving_was_cut_off),
        MIGRATE_TEST(undo_refuses_a_manifest_that_leads_out),
        MIGRATE_TEST(cleanup_archives_what_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
