/* The build context's tar, read back by a few lines of our own: a header is
 * 512 bytes, name at 0, mode at 100, owner at 108, size at 124, kind at 156,
 * target at 157; kind 'L' holds a long name for the next one.
 * https://www.gnu.org/software/tar/manual/html_node/Standard.html */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/docker/context.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strvec.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BLOCK = 512 };

struct fixture {
    char dir[64];
    int fd;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));

    snprintf(f->dir, sizeof(f->dir), "/tmp/stepdeck-context.XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(f->fd >= 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    close(f->fd);
    assert_true(fileio_remove_tree(AT_FDCWD, f->dir, NULL));
    free(f);
    return 0;
}

static void put(struct fixture *f, const char *name, const char *text)
{
    char *dir = mem_text(name);
    char *slash = strrchr(dir, '/');
    struct error err = { 0 };

    if (slash) {
        *slash = '\0';
        assert_true(fileio_make_dirs(f->fd, dir, 0755, &err));
    }
    if (!fileio_replace(f->fd, name, text, strlen(text), 0644, FILEIO_LAZY,
                        &err))
        fail_msg("%s", err.message);
    free(dir);
}

/* ---- reading ---------------------------------------------------------- */

static struct context *open_context(struct fixture *f, const char *dockerfile)
{
    struct error err = { 0 };
    struct context *context = context_open(f->dir, dockerfile, &err);

    if (!context)
        fail_msg("%s", err.message);
    return context;
}

static void read_all(struct context *context, size_t piece, struct strbuf *out)
{
    struct error err = { 0 };
    char buffer[8192];
    ssize_t count;

    while ((count = context_read(context, buffer, piece, &err)) > 0)
        strbuf_add(out, buffer, (size_t)count);
    if (count < 0)
        fail_msg("%s", err.message);
    assert_int_equal(context_read(context, buffer, piece, &err), 0);
}

static bool has_sum(const char *header)
{
    unsigned sum = 0;

    for (int i = 0; i < BLOCK; i++)
        sum += i >= 148 && i < 156 ? ' ' : (unsigned char)header[i];
    return sum == strtoul(header + 148, NULL, 8);
}

/* Each entry as "NAME", "NAME/", "NAME -> TARGET" or "NAME=CONTENT" for short
 * texts. Fails on a tar that is not whole. */
static void read_tar(const struct strbuf *tar, struct strvec *entries)
{
    char *long_name = NULL;
    size_t at = 0;

    assert_int_equal(tar->len % BLOCK, 0);
    while (at < tar->len && tar->data[at]) {
        const char *header = tar->data + at;
        size_t size = strtoul(header + 124, NULL, 8);
        char *name = long_name ? long_name : mem_bytes(header, 100);

        assert_true(has_sum(header));
        assert_int_equal(strtoul(header + 108, NULL, 8), 0);
        assert_int_equal(strtoul(header + 116, NULL, 8), 0);
        long_name = NULL;
        at += BLOCK;
        assert_true(at + size <= tar->len);
        if (header[156] == 'L')
            long_name = mem_text(tar->data + at);
        else if (header[156] == '2')
            strvec_addf(entries, "%s -> %.100s", name, header + 157);
        else if (header[156] == '0' && size < 100)
            strvec_addf(entries, "%s=%.*s", name, (int)size, tar->data + at);
        else
            strvec_add(entries, name);
        free(name);
        at += (size + BLOCK - 1) / BLOCK * BLOCK;
    }
    assert_true(at + 2 * BLOCK <= tar->len);
    assert_null(long_name);
}

static void check_entries(struct fixture *f, const char *dockerfile,
                          const char *expected)
{
    struct context *context = open_context(f, dockerfile);
    struct strbuf tar = { 0 }, found = { 0 };
    struct strvec entries = { 0 };

    read_all(context, 8192, &tar);
    read_tar(&tar, &entries);
    for (size_t i = 0; i < entries.count; i++)
        strbuf_addf(&found, "%s%s", i ? "\n" : "", entries.items[i]);
    assert_string_equal(strbuf_text(&found), expected);
    strvec_release(&entries);
    strbuf_release(&found);
    strbuf_release(&tar);
    context_close(context);
}

/* ---- tests ------------------------------------------------------------ */

static void tree_goes_along_sorted_with_links_as_links(void **state)
{
    struct fixture *f = *state;
    struct context *context;

    put(f, "Dockerfile", "FROM scratch");
    put(f, "z", "last");
    put(f, "src/b", "B");
    put(f, "src/a", "");
    assert_int_equal(symlinkat("/etc/passwd", f->fd, "link"), 0);
    assert_int_equal(symlinkat("src", f->fd, "folder-link"), 0);
    assert_int_equal(mkdirat(f->fd, "empty", 0755), 0);
    check_entries(f, NULL,
                  "Dockerfile=FROM scratch\n"
                  "empty/\n"
                  "folder-link -> src\n"
                  "link -> /etc/passwd\n"
                  "src/\n"
                  "src/a=\n"
                  "src/b=B\n"
                  "z=last");
    context = open_context(f, "Dockerfile");
    assert_int_equal(context_files(context), 6);
    assert_int_equal(context_bytes(context), 17);
    assert_string_equal(context_dockerfile(context), "Dockerfile");
    context_close(context);
}

static void how_it_is_read_changes_no_byte(void **state)
{
    struct fixture *f = *state;
    static const size_t pieces[] = { 1, 511, 8192 };
    struct strbuf tars[3] = { { 0 }, { 0 }, { 0 } };

    put(f, "Dockerfile", "FROM scratch");
    put(f, "a/b", "text");
    for (size_t i = 0; i < 3; i++) {
        struct context *context = open_context(f, NULL);

        read_all(context, pieces[i], &tars[i]);
        context_close(context);
        assert_int_equal(tars[i].len, tars[0].len);
        assert_memory_equal(tars[i].data, tars[0].data, tars[0].len);
    }
    for (size_t i = 0; i < 3; i++)
        strbuf_release(&tars[i]);
}

static void ignore_file_is_heeded_but_what_is_needed_goes_along(void **state)
{
    struct fixture *f = *state;

    put(f, "docker/Dockerfile", "FROM scratch");
    put(f, "docker/other", "x");
    put(f, ".dockerignore", "*\n!src/**/*.c\n");
    put(f, "src/main.c", "C");
    put(f, "src/main.o", "O");
    put(f, "src/deep/er.c", "D");
    put(f, "node_modules/x/y.c", "no");
    check_entries(f, "docker/Dockerfile",
                  ".dockerignore=*\n!src/**/*.c\n\n"
                  "docker/Dockerfile=FROM scratch\n"
                  "src/deep/er.c=D\n"
                  "src/main.c=C");
}

static void ignore_file_of_its_own_wins(void **state)
{
    struct fixture *f = *state;

    put(f, "web.Dockerfile", "FROM scratch");
    put(f, "web.Dockerfile.dockerignore", "a\n*.dockerignore\n");
    put(f, ".dockerignore", "b\n");
    put(f, "a", "A");
    put(f, "b", "B");
    check_entries(f, "./web.Dockerfile",
                  ".dockerignore=b\n\n"
                  "b=B\n"
                  "web.Dockerfile=FROM scratch");
}

static void folder_that_cannot_return_is_not_looked_into(void **state)
{
    struct fixture *f = *state;
    struct context *context;
    struct strbuf path = { 0 };
    struct error err = { 0 };

    put(f, "Dockerfile", "FROM scratch");
    put(f, ".dockerignore", "out\n!elsewhere/x\n");
    strbuf_adds(&path, "out");
    for (int i = 0; i < 300; i++)
        strbuf_adds(&path, "/d");
    assert_true(fileio_make_dirs(f->fd, strbuf_text(&path), 0755, &err));
    context = open_context(f, NULL);
    assert_int_equal(context_files(context), 2);
    context_close(context);
    /* Looked into, it would be too deep. */
    put(f, ".dockerignore", "out\n!**/x\n");
    assert_null(context_open(f->dir, NULL, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_non_null(strstr(err.message, "too deep"));
    strbuf_release(&path);
}

static void dockerfile_outside_gets_a_name_and_is_kept_out(void **state)
{
    struct fixture *f = *state;
    char *outside = mem_format("%s/Dockerfile", f->dir);
    char *inner = mem_format("%s/app", f->dir);
    struct error err = { 0 };
    struct context *context;
    struct strbuf tar = { 0 };
    struct strvec entries = { 0 };

    put(f, "Dockerfile", "FROM scratch");
    put(f, "app/a", "A");
    put(f, "app/.dockerignore", "b");
    context = context_open(inner, "../Dockerfile", &err);
    assert_non_null(context);
    read_all(context, 8192, &tar);
    read_tar(&tar, &entries);
    assert_int_equal(entries.count, 3);
    assert_string_equal(entries.items[0], "a=A");
    assert_string_equal(entries.items[1], ".dockerfile.stepdeck=FROM scratch");
    assert_string_equal(entries.items[2],
                        ".dockerignore=b\n.dockerfile.stepdeck\n");
    assert_string_equal(context_dockerfile(context), ".dockerfile.stepdeck");
    context_close(context);
    strvec_release(&entries);
    strbuf_release(&tar);

    /* An absolute name of one inside is a name inside. */
    context = context_open(f->dir, outside, &err);
    assert_non_null(context);
    assert_string_equal(context_dockerfile(context), "Dockerfile");
    context_close(context);
    free(outside);
    free(inner);
}

static void long_and_foreign_names_survive(void **state)
{
    struct fixture *f = *state;
    struct strbuf name = { 0 }, expected = { 0 };

    for (int i = 0; i < 12; i++)
        strbuf_adds(&name, "z-long-folder-name-");
    put(f, "Dockerfile", "F");
    put(f, "\xC3\xA4\xFF", "bytes");
    put(f, strbuf_text(&name), "long");
    strbuf_addf(&expected, "Dockerfile=F\n%s=long\n\xC3\xA4\xFF=bytes",
                strbuf_text(&name));
    check_entries(f, NULL, strbuf_text(&expected));
    strbuf_release(&name);
    strbuf_release(&expected);
}

static void sockets_and_pipes_are_left_out(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    put(f, "Dockerfile", "F");
    assert_int_equal(mkfifoat(f->fd, "pipe", 0600), 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", f->dir);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    check_entries(f, NULL, "Dockerfile=F");
    close(fd);
}

static void file_that_changes_under_way_leaves_the_tar_whole(void **state)
{
    struct fixture *f = *state;
    struct strbuf text = { 0 }, tar = { 0 };
    struct strvec entries = { 0 };
    struct context *context;
    struct error err = { 0 };
    char buffer[BLOCK];
    int fd;

    for (int i = 0; i < 300000; i++)
        strbuf_addc(&text, 'x');
    put(f, "Dockerfile", "F");
    put(f, "a", strbuf_text(&text));
    put(f, "b", "gone");
    put(f, "c", "grows");
    context = open_context(f, NULL);
    /* Into the middle of "a". */
    for (int i = 0; i < 4; i++) {
        assert_int_equal(context_read(context, buffer, BLOCK, &err), BLOCK);
        strbuf_add(&tar, buffer, BLOCK);
    }
    fd = openat(f->fd, "a", O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(unlinkat(f->fd, "b", 0), 0);
    put(f, "c", "grows and grows");
    read_all(context, 8192, &tar);
    read_tar(&tar, &entries);
    assert_int_equal(entries.count, 3);
    assert_string_equal(entries.items[1], "a");
    assert_string_equal(entries.items[2], "c=grows and grows");
    context_close(context);
    strvec_release(&entries);
    strbuf_release(&text);
    strbuf_release(&tar);
}

/* The leak checker looks at what is left behind. */
static void context_may_be_closed_at_any_point(void **state)
{
    struct fixture *f = *state;
    struct strbuf text = { 0 };
    char buffer[BLOCK];

    for (int i = 0; i < 300000; i++)
        strbuf_addc(&text, 'x');
    put(f, "Dockerfile", "F");
    put(f, "a", strbuf_text(&text));
    for (int reads = 0; reads < 5; reads++) {
        struct context *context = open_context(f, NULL);

        for (int i = 0; i < reads; i++)
            assert_int_equal(context_read(context, buffer, BLOCK, NULL), BLOCK);
        context_close(context);
    }
    context_close(NULL);
    strbuf_release(&text);
}

static void faults_are_named_before_anything_is_sent(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };

    assert_null(context_open("/nowhere/at/all", NULL, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_non_null(strstr(err.message, "/nowhere/at/all"));
    error_clear(&err);
    assert_null(context_open(f->dir, NULL, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_non_null(strstr(err.message, "Dockerfile"));
    error_clear(&err);
    put(f, "Dockerfile", "F");
    put(f, ".dockerignore", "fine\n[\n");
    assert_null(context_open(f->dir, NULL, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_non_null(strstr(err.message, ".dockerignore"));
    assert_non_null(strstr(err.message, "line 2"));
}

static void unreadable_file_is_named(void **state)
{
    struct fixture *f = *state;
    struct error err = { 0 };

    if (geteuid() == 0) {
        print_message("skipped: root can read everything\n");
        skip();
    }
    put(f, "Dockerfile", "F");
    put(f, "src/locked", "x");
    assert_int_equal(fchmodat(f->fd, "src/locked", 0, 0), 0);
    assert_null(context_open(f->dir, NULL, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_non_null(strstr(err.message, "src/locked"));
    put(f, ".dockerignore", "src/locked");
    context_close(open_context(f, NULL));
}

#define WITH_FOLDER(test)                                                      \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(tree_goes_along_sorted_with_links_as_links),
        WITH_FOLDER(how_it_is_read_changes_no_byte),
        WITH_FOLDER(ignore_file_is_heeded_but_what_is_needed_goes_along),
        WITH_FOLDER(ignore_file_of_its_own_wins),
        WITH_FOLDER(folder_that_cannot_return_is_not_looked_into),
        WITH_FOLDER(dockerfile_outside_gets_a_name_and_is_kept_out),
        WITH_FOLDER(long_and_foreign_names_survive),
        WITH_FOLDER(sockets_and_pipes_are_left_out),
        WITH_FOLDER(file_that_changes_under_way_leaves_the_tar_whole),
        WITH_FOLDER(context_may_be_closed_at_any_point),
        WITH_FOLDER(faults_are_named_before_anything_is_sent),
        WITH_FOLDER(unreadable_file_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
