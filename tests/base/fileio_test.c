#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/fileio.h"
#include "base/strvec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LIMIT = 100000 };

/* An empty folder for each test, removed behind it without fileio's help. */
struct scratch {
    char path[64];
    int fd;
};

static struct scratch scratch;

static int set_up(void **state)
{
    (void)state;
    strcpy(scratch.path, "/tmp/fileio_test.XXXXXX");
    if (!mkdtemp(scratch.path))
        return -1;
    scratch.fd = open(scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return scratch.fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    close(scratch.fd);
    snprintf(command, sizeof(command), "rm -rf '%s'", scratch.path);
    return system(command);
}

static void put(const char *name, const char *text)
{
    int fd = openat(scratch.fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void expect_content(const char *name, const char *text)
{
    char bytes[512];
    int fd = openat(scratch.fd, name, O_RDONLY);
    ssize_t count;

    assert_true(fd >= 0);
    count = read(fd, bytes, sizeof(bytes) - 1);
    close(fd);
    assert_true(count >= 0);
    bytes[count] = '\0';
    assert_string_equal(bytes, text);
}

static size_t count_entries(void)
{
    DIR *dir = opendir(scratch.path);
    size_t count = 0;

    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 2;
}

/* Writes beyond `bytes` of a file fail from now on, as on a full disk. */
static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void lift_file_size(void)
{
    limit_file_size(0);
}

static void fileio_pipe_is_closed_on_exec(void **state)
{
    int fds[2];

    (void)state;
    assert_true(fileio_pipe(fds, false, NULL));
    for (int i = 0; i < 2; i++) {
        assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
        assert_false(fcntl(fds[i], F_GETFL) & O_NONBLOCK);
        close(fds[i]);
    }
    assert_true(fileio_pipe(fds, true, NULL));
    for (int i = 0; i < 2; i++) {
        assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
        assert_true(fcntl(fds[i], F_GETFL) & O_NONBLOCK);
        close(fds[i]);
    }
}

static void fileio_read_appends_the_whole_file(void **state)
{
    struct strbuf out = { 0 };

    (void)state;
    put("a", "content\n");
    put("empty", "");
    strbuf_adds(&out, "before ");
    assert_true(fileio_read(scratch.fd, "a", LIMIT, &out, NULL));
    assert_string_equal(strbuf_text(&out), "before content\n");
    assert_true(fileio_read(scratch.fd, "empty", LIMIT, &out, NULL));
    assert_string_equal(strbuf_text(&out), "before content\n");
    assert_int_equal(out.len, 15);
    strbuf_release(&out);
    assert_true(fileio_read_state(scratch.fd, "a", LIMIT, &out, NULL));
    assert_string_equal(strbuf_text(&out), "content\n");
    strbuf_release(&out);
}

static void fileio_read_has_a_ceiling(void **state)
{
    struct error err = { 0 };
    struct strbuf out = { 0 };

    (void)state;
    put("ten", "0123456789");
    strbuf_adds(&out, "kept");
    assert_true(fileio_read(scratch.fd, "ten", 10, &out, &err));
    assert_string_equal(strbuf_text(&out), "kept0123456789");
    assert_false(fileio_read(scratch.fd, "ten", 9, &out, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_string_equal(strbuf_text(&out), "kept0123456789");
    error_clear(&err);
    assert_false(fileio_read(scratch.fd, "ten", 0, &out, &err));
    strbuf_release(&out);
}

static void fileio_read_tells_absent_from_unreadable(void **state)
{
    struct error err = { 0 };
    struct strbuf out = { 0 };

    (void)state;
    assert_false(fileio_read(scratch.fd, "absent", LIMIT, &out, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.message, "'absent'"));
    error_clear(&err);
    put("file", "x");
    assert_false(fileio_read(scratch.fd, "file/x", LIMIT, &out, &err));
    assert_int_equal(err.code, ERROR_IO);
    strbuf_release(&out);
}

static void
fileio_read_refuses_folders_and_does_not_hang_on_a_fifo(void **state)
{
    struct error err = { 0 };
    struct strbuf out = { 0 };

    (void)state;
    assert_int_equal(mkdirat(scratch.fd, "folder", 0700), 0);
    assert_false(fileio_read(scratch.fd, "folder", LIMIT, &out, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    error_clear(&err);
    assert_int_equal(mkfifoat(scratch.fd, "fifo", 0600), 0);
    assert_false(fileio_read(scratch.fd, "fifo", LIMIT, &out, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    error_clear(&err);
    assert_false(fileio_read_state(scratch.fd, "fifo", LIMIT, &out, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    strbuf_release(&out);
}

static void fileio_read_follows_links_for_projects_only(void **state)
{
    struct error err = { 0 };
    struct strbuf out = { 0 };

    (void)state;
    put("real", "text");
    assert_int_equal(symlinkat("real", scratch.fd, "link"), 0);
    assert_true(fileio_read(scratch.fd, "link", LIMIT, &out, &err));
    assert_string_equal(strbuf_text(&out), "text");
    assert_false(fileio_read_state(scratch.fd, "link", LIMIT, &out, &err));
    assert_int_equal(err.code, ERROR_IO);
    strbuf_release(&out);
}

static void fileio_replace_writes_and_replaces(void **state)
{
    struct stat info;

    (void)state;
    assert_true(
        fileio_replace(scratch.fd, "a", "one", 3, 0600, FILEIO_DURABLE, NULL));
    expect_content("a", "one");
    assert_int_equal(fstatat(scratch.fd, "a", &info, 0), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_true(
        fileio_replace(scratch.fd, "a", "second", 6, 0600, FILEIO_LAZY, NULL));
    expect_content("a", "second");
    assert_true(
        fileio_replace(scratch.fd, "a", "", 0, 0600, FILEIO_LAZY, NULL));
    expect_content("a", "");
    assert_int_equal(count_entries(), 1);
}

static void fileio_replace_shows_old_bytes_to_who_reads_them(void **state)
{
    char bytes[8] = "";
    int fd;

    (void)state;
    put("a", "old");
    fd = openat(scratch.fd, "a", O_RDONLY);
    assert_true(
        fileio_replace(scratch.fd, "a", "new", 3, 0600, FILEIO_LAZY, NULL));
    assert_int_equal(read(fd, bytes, 3), 3);
    assert_string_equal(bytes, "old");
    close(fd);
}

static void fileio_replace_keeps_the_old_file_on_a_full_disk(void **state)
{
    struct error err = { 0 };
    char large[5000];
    bool ok;

    (void)state;
    memset(large, 'x', sizeof(large));
    put("a", "old");
    limit_file_size(4096);
    ok = fileio_replace(scratch.fd, "a", large, sizeof(large), 0600,
                        FILEIO_DURABLE, &err);
    lift_file_size();
    assert_false(ok);
    assert_int_equal(err.code, ERROR_IO);
    expect_content("a", "old");
    assert_int_equal(count_entries(), 1);
}

static void fileio_replace_cleans_up_when_it_cannot_rename(void **state)
{
    struct error err = { 0 };

    (void)state;
    assert_int_equal(mkdirat(scratch.fd, "a", 0700), 0);
    put("a/inside", "kept");
    assert_false(
        fileio_replace(scratch.fd, "a", "new", 3, 0600, FILEIO_LAZY, &err));
    assert_int_equal(err.code, ERROR_IO);
    expect_content("a/inside", "kept");
    assert_int_equal(count_entries(), 1);
    error_clear(&err);
    assert_false(fileio_replace(scratch.fd, "absent/a", "new", 3, 0600,
                                FILEIO_LAZY, &err));
    assert_int_equal(err.code, ERROR_IO);
}

static void fileio_replace_writes_through_no_link(void **state)
{
    (void)state;
    put("victim", "precious");
    assert_int_equal(symlinkat("victim", scratch.fd, "a"), 0);
    assert_int_equal(symlinkat("victim", scratch.fd, "a.tmp~"), 0);
    assert_true(
        fileio_replace(scratch.fd, "a", "new", 3, 0600, FILEIO_LAZY, NULL));
    expect_content("a", "new");
    expect_content("victim", "precious");
    assert_int_equal(count_entries(), 2);
}

static void fileio_append_adds_records(void **state)
{
    struct stat info;
    int fd = fileio_open_append(scratch.fd, "log", NULL);

    (void)state;
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(fstat(fd, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_true(fileio_append(fd, "one\n", 4, NULL));
    assert_true(fileio_append(fd, "two\n", 4, NULL));
    close(fd);
    fd = fileio_open_append(scratch.fd, "log", NULL);
    assert_true(fileio_append(fd, "three\n", 6, NULL));
    close(fd);
    expect_content("log", "one\ntwo\nthree\n");
}

static void fileio_append_closes_a_torn_line(void **state)
{
    int fd;

    (void)state;
    put("log", "whole\ntor");
    fd = fileio_open_append(scratch.fd, "log", NULL);
    assert_true(fileio_append(fd, "next\n", 5, NULL));
    close(fd);
    expect_content("log", "whole\ntor\nnext\n");
}

static void fileio_append_takes_a_half_record_back(void **state)
{
    struct error err = { 0 };
    char old[4093], large[100];
    int fd;
    bool ok;

    (void)state;
    memset(old, 'o', sizeof(old));
    memset(large, 'x', sizeof(large));
    old[sizeof(old) - 2] = '\n';
    old[sizeof(old) - 1] = '\0';
    put("log", old);
    fd = fileio_open_append(scratch.fd, "log", NULL);
    limit_file_size(4096); /* four bytes are left */
    ok = fileio_append(fd, large, sizeof(large), &err);
    lift_file_size();
    assert_false(ok);
    assert_int_equal(err.code, ERROR_IO);
    assert_int_equal(lseek(fd, 0, SEEK_END), 4092);
    assert_true(fileio_append(fd, "x\n", 2, NULL));
    assert_int_equal(lseek(fd, 0, SEEK_END), 4094);
    close(fd);
}

static void fileio_append_refuses_to_follow_a_link(void **state)
{
    struct error err = { 0 };

    (void)state;
    put("victim", "precious");
    assert_int_equal(symlinkat("victim", scratch.fd, "log"), 0);
    assert_int_equal(symlinkat("nothing", scratch.fd, "dangling"), 0);
    assert_int_equal(fileio_open_append(scratch.fd, "log", &err), -1);
    assert_int_equal(err.code, ERROR_IO);
    assert_int_equal(fileio_open_append(scratch.fd, "dangling", &err), -1);
    assert_int_equal(faccessat(scratch.fd, "nothing", F_OK, 0), -1);
    expect_content("victim", "precious");
}

static void fileio_make_dirs_creates_what_is_missing(void **state)
{
    struct stat info;

    (void)state;
    assert_true(fileio_make_dirs(scratch.fd, "a/b/c", 0700, NULL));
    assert_int_equal(fstatat(scratch.fd, "a/b/c", &info, 0), 0);
    assert_true(S_ISDIR(info.st_mode));
    assert_int_equal(info.st_mode & 0777, 0700);
    assert_true(fileio_make_dirs(scratch.fd, "a/b/c", 0700, NULL));
    assert_true(fileio_make_dirs(scratch.fd, "a//b/d/", 0700, NULL));
    assert_true(fileio_exists(scratch.fd, "a/b/d"));
    assert_true(fileio_make_dirs(scratch.fd, scratch.path, 0700, NULL));
    assert_true(fileio_make_dirs(AT_FDCWD, "/", 0700, NULL));
    assert_true(fileio_make_dirs(AT_FDCWD, ".", 0700, NULL));
}

static void fileio_make_dirs_names_what_stands_in_the_way(void **state)
{
    struct error err = { 0 };

    (void)state;
    put("file", "x");
    assert_false(fileio_make_dirs(scratch.fd, "file", 0700, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_non_null(strstr(err.message, "'file'"));
    error_clear(&err);
    assert_false(fileio_make_dirs(scratch.fd, "file/below", 0700, &err));
    assert_int_equal(err.code, ERROR_IO);
    error_clear(&err);
    assert_false(fileio_make_dirs(scratch.fd, "", 0700, &err));
    assert_int_equal(err.code, ERROR_IO);
}

static void fileio_open_dir_refuses_links_and_files(void **state)
{
    struct error err = { 0 };
    int fd;

    (void)state;
    assert_int_equal(mkdirat(scratch.fd, "folder", 0700), 0);
    assert_int_equal(symlinkat("folder", scratch.fd, "link"), 0);
    put("file", "x");
    fd = fileio_open_dir(scratch.fd, "folder", &err);
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
    assert_int_equal(fileio_open_dir(scratch.fd, "link", &err), -1);
    assert_int_equal(err.code, ERROR_IO);
    error_clear(&err);
    assert_int_equal(fileio_open_dir(scratch.fd, "file", &err), -1);
    assert_int_equal(err.code, ERROR_IO);
    error_clear(&err);
    assert_int_equal(fileio_open_dir(scratch.fd, "absent", &err), -1);
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void fileio_remove_tree_removes_everything_below(void **state)
{
    (void)state;
    assert_true(fileio_make_dirs(scratch.fd, "tree/a/b", 0700, NULL));
    put("tree/one", "1");
    put("tree/a/two", "2");
    put("tree/a/b/.hidden", "3");
    assert_true(fileio_remove_tree(scratch.fd, "tree", NULL));
    assert_int_equal(count_entries(), 0);
    put("file", "x");
    assert_true(fileio_remove_tree(scratch.fd, "file", NULL));
    assert_true(fileio_remove_tree(scratch.fd, "absent", NULL));
    assert_int_equal(count_entries(), 0);
}

static void fileio_remove_tree_follows_no_link(void **state)
{
    (void)state;
    assert_true(fileio_make_dirs(scratch.fd, "outside", 0700, NULL));
    put("outside/precious", "kept");
    assert_true(fileio_make_dirs(scratch.fd, "tree", 0700, NULL));
    assert_int_equal(symlinkat("../outside", scratch.fd, "tree/link"), 0);
    assert_int_equal(symlinkat("outside", scratch.fd, "top"), 0);
    assert_true(fileio_remove_tree(scratch.fd, "tree", NULL));
    assert_true(fileio_remove_tree(scratch.fd, "top", NULL));
    assert_false(fileio_exists(scratch.fd, "tree"));
    assert_false(fileio_exists(scratch.fd, "top"));
    expect_content("outside/precious", "kept");
}

static void fileio_list_gives_sorted_names_without_dots(void **state)
{
    struct strvec names = { 0 };

    (void)state;
    assert_true(fileio_list(scratch.fd, &names, NULL));
    assert_int_equal(names.count, 0);
    put("b", "");
    put(".hidden", "");
    put("a", "");
    assert_int_equal(mkdirat(scratch.fd, "c", 0700), 0);
    assert_true(fileio_list(scratch.fd, &names, NULL));
    assert_int_equal(names.count, 3);
    assert_string_equal(names.items[0], "a");
    assert_string_equal(names.items[1], "b");
    assert_string_equal(names.items[2], "c");
    strvec_release(&names);
    /* The descriptor stays open and can be listed again. */
    assert_true(fileio_list(scratch.fd, &names, NULL));
    assert_int_equal(names.count, 3);
    strvec_release(&names);
}

static void fileio_list_refuses_what_is_no_folder(void **state)
{
    struct strvec names = { 0 };
    struct error err = { 0 };
    int fd;

    (void)state;
    put("file", "");
    fd = openat(scratch.fd, "file", O_RDONLY);
    assert_false(fileio_list(fd, &names, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_int_equal(names.count, 0);
    close(fd);
    strvec_release(&names);
}

static void fileio_write_all_fails_on_a_closed_pipe(void **state)
{
    struct error err = { 0 };
    int fds[2];

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_true(fileio_pipe(fds, false, NULL));
    assert_true(fileio_write_all(fds[1], "", 0, &err));
    assert_true(fileio_write_all(fds[1], "x", 1, &err));
    close(fds[0]);
    assert_false(fileio_write_all(fds[1], "x", 1, &err));
    assert_int_equal(err.code, ERROR_IO);
    close(fds[1]);
}

static void fileio_join_and_base_handle_paths(void **state)
{
    static const struct {
        const char *dir;
        const char *name;
        const char *joined;
    } cases[] = {
        { "a", "b", "a/b" },     { "a/", "b", "a/b" },  { "", "b", "b" },
        { ".", "b", "b" },       { "/", "b", "/b" },    { "a", "/b", "/b" },
        { "./a", "b", "./a/b" }, { "..", "b", "../b" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *joined = fileio_join(cases[i].dir, cases[i].name);

        assert_string_equal(joined, cases[i].joined);
        free(joined);
    }
    assert_string_equal(fileio_base("a/b/c"), "c");
    assert_string_equal(fileio_base("c"), "c");
    assert_string_equal(fileio_base("/c"), "c");
    assert_string_equal(fileio_base("c/"), "");
}

#define SCRATCH_TEST(test)                                                     \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(fileio_pipe_is_closed_on_exec),
        SCRATCH_TEST(fileio_read_appends_the_whole_file),
        SCRATCH_TEST(fileio_read_has_a_ceiling),
        SCRATCH_TEST(fileio_read_tells_absent_from_unreadable),
        SCRATCH_TEST(fileio_read_refuses_folders_and_does_not_hang_on_a_fifo),
        SCRATCH_TEST(fileio_read_follows_links_for_projects_only),
        SCRATCH_TEST(fileio_replace_writes_and_replaces),
        SCRATCH_TEST(fileio_replace_shows_old_bytes_to_who_reads_them),
        SCRATCH_TEST(fileio_replace_keeps_the_old_file_on_a_full_disk),
        SCRATCH_TEST(fileio_replace_cleans_up_when_it_cannot_rename),
        SCRATCH_TEST(fileio_replace_writes_through_no_link),
        SCRATCH_TEST(fileio_append_adds_records),
        SCRATCH_TEST(fileio_append_closes_a_torn_line),
        SCRATCH_TEST(fileio_append_takes_a_half_record_back),
        SCRATCH_TEST(fileio_append_refuses_to_follow_a_link),
        SCRATCH_TEST(fileio_make_dirs_creates_what_is_missing),
        SCRATCH_TEST(fileio_make_dirs_names_what_stands_in_the_way),
        SCRATCH_TEST(fileio_open_dir_refuses_links_and_files),
        SCRATCH_TEST(fileio_remove_tree_removes_everything_below),
        SCRATCH_TEST(fileio_remove_tree_follows_no_link),
        SCRATCH_TEST(fileio_list_gives_sorted_names_without_dots),
        SCRATCH_TEST(fileio_list_refuses_what_is_no_folder),
        SCRATCH_TEST(fileio_write_all_fails_on_a_closed_pipe),
        SCRATCH_TEST(fileio_join_and_base_handle_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
