#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/mem.h"
#include "core/repo.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a repository ----------------------------------------------------- */

/* Runs git in the fixture's folder, away from the user's own settings. */
static void git(struct fixture *f, const char *command)
{
    char *line =
        mem_format("cd '%s' && exec >/dev/null 2>&1 && git -c user.name=t -c "
                   "user.email=t@example.org "
                   "-c commit.gpgsign=false -c init.defaultBranch=main %s",
                   f->dir, command);
    int status = 0;
    pid_t child;

    if (access("/usr/bin/git", X_OK) < 0 && access("/bin/git", X_OK) < 0) {
        free(line);
        skip();
    }
    child = fork();
    if (child == 0) {
        setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
        setenv("GIT_CONFIG_SYSTEM", "/dev/null", 1);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    free(line);
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void begin(struct fixture *f)
{
    fixture_write(f, "a.txt", "one\n");
    fixture_write(f, "sub/b.txt", "two\n");
    fixture_write(f, ".gitignore", "*.log\n");
    git(f, "init -q");
    git(f, "add .");
    git(f, "commit -q -m first");
}

static struct repo_changes look(struct fixture *f)
{
    struct repo_changes changes;
    struct error err = { 0 };

    assert_true(repo_read_changes(f->dir, STATE_DIR, &changes, &err));
    assert_int_equal(strlen(changes.digest),
                     changes.is_dirty ? REPO_CHANGES_DIGITS : 0);
    return changes;
}

/* ---- rules ------------------------------------------------------------ */

static void a_committed_tree_is_clean(void **state)
{
    struct fixture *f = *state;

    begin(f);
    assert_false(look(f).is_dirty);
    fixture_write(f, "a.txt", "one\n");
    assert_false(look(f).is_dirty);
}

static void what_git_ignores_does_not_count(void **state)
{
    struct fixture *f = *state;

    begin(f);
    fixture_write(f, "run.log", "noise\n");
    fixture_write(f, "sub/run.log", "noise\n");
    assert_false(look(f).is_dirty);
}

static void the_state_folder_does_not_count(void **state)
{
    struct fixture *f = *state;

    begin(f);
    fixture_write(f, STATE_DIR "/deployment.txt", "noise\n");
    fixture_write(f, "sub/" STATE_DIR "/x", "noise\n");
    assert_false(look(f).is_dirty);
    fixture_write(f, STATE_DIR "x", "no noise\n");
    assert_true(look(f).is_dirty);
}

static void every_kind_of_change_counts(void **state)
{
    static const char *const changes[] = {
        "version && echo more >>a.txt", "version && echo new >sub/new.txt",
        "version && rm a.txt",          "version && chmod +x a.txt",
        "version && ln -s a.txt link",  "version && mkdir d && echo x >d/e",
        "rm -q --cached a.txt",         "mv a.txt c.txt",
    };
    struct strvec seen = { 0 };
    struct fixture *f = *state;

    begin(f);
    for (size_t i = 0; i < COUNT(changes); i++) {
        struct repo_changes now;

        git(f, changes[i]);
        now = look(f);
        assert_true(now.is_dirty);
        /* The last two take a.txt away, as the third does. */
        if (i < 6)
            assert_false(strvec_has(&seen, now.digest));
        strvec_add(&seen, now.digest);
        git(f, "reset -q --hard");
        git(f, "clean -fdq");
        assert_false(look(f).is_dirty);
    }
    strvec_release(&seen);
}

static void the_same_changes_have_the_same_digest(void **state)
{
    struct fixture *f = *state;
    struct repo_changes before, staged, other, again;

    begin(f);
    fixture_write(f, "a.txt", "three\n");
    before = look(f);
    git(f, "add a.txt");
    staged = look(f);
    fixture_write(f, "a.txt", "four\n");
    other = look(f);
    fixture_write(f, "a.txt", "three\n");
    again = look(f);
    assert_string_equal(before.digest, staged.digest);
    assert_string_not_equal(before.digest, other.digest);
    assert_string_equal(before.digest, again.digest);
}

static void a_folder_without_git_has_no_changes_to_read(void **state)
{
    struct fixture *f = *state;
    struct repo_changes changes;
    struct error err = { 0 };

    assert_false(repo_read_changes(f->dir, NULL, &changes, &err));
    fixture_expect_error(&err, ERROR_NOT_FOUND, "is in no work tree", "");
}

static void a_tree_without_a_commit_is_dirty_by_its_files(void **state)
{
    struct fixture *f = *state;

    git(f, "init -q");
    assert_false(look(f).is_dirty);
    fixture_write(f, "a.txt", "one\n");
    assert_true(look(f).is_dirty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_committed_tree_is_clean),
        FIXTURE_TEST(what_git_ignores_does_not_count),
        FIXTURE_TEST(the_state_folder_does_not_count),
        FIXTURE_TEST(every_kind_of_change_counts),
        FIXTURE_TEST(the_same_changes_have_the_same_digest),
        FIXTURE_TEST(a_folder_without_git_has_no_changes_to_read),
        FIXTURE_TEST(a_tree_without_a_commit_is_dirty_by_its_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
