#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "emulator/tarfile.h"

#include "base/fileio.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 512, CHECKSUM = 148, TYPE = 156, SIZE = 124 };

/* What tarfile_write() makes of the entries. */
static struct strbuf write_tar(const struct tarfile *tar)
{
    char path[] = "/tmp/stepdeck-tar.XXXXXX";
    struct strbuf out = { 0 };
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_true(tarfile_write(tar, fd, NULL));
    close(fd);
    assert_true(fileio_read(AT_FDCWD, path, 1 << 20, &out, NULL));
    unlink(path);
    return out;
}

static void add_file(struct tarfile *tar, const char *path, const char *text)
{
    struct tarfile_entry entry = { .mode = 0755,
                                   .bytes = text,
                                   .size = strlen(text) };

    tarfile_add(tar, path, &entry);
}

static void tarfile_reads_what_it_writes(void **state)
{
    struct tarfile_entry folder = { .kind = TARFILE_FOLDER, .mode = 0700 };
    struct tarfile_entry link = { .kind = TARFILE_LINK, .mode = 0777 };
    struct tarfile tar = { 0 }, read = { 0 };
    const struct tarfile_entry *found;
    char deep[301], far[201];
    struct strbuf bytes;

    (void)state;
    memset(deep, 'd', 300);
    deep[150] = '/';
    deep[300] = '\0';
    memset(far, 'l', 200);
    far[200] = '\0';
    link.link = far;
    add_file(&tar, "web", "old");
    add_file(&tar, "web", "program");
    add_file(&tar, deep, "deep");
    tarfile_add(&tar, "folder", &folder);
    tarfile_add(&tar, "folder/link", &link);
    bytes = write_tar(&tar);
    assert_true(tarfile_read(bytes.data, bytes.len, &read, NULL));
    assert_int_equal(read.count, 4);
    found = tarfile_find(&read, "web");
    assert_int_equal(found->mode, 0755);
    assert_int_equal(found->size, 7);
    assert_memory_equal(found->bytes, "program", 7);
    assert_non_null(tarfile_find(&read, deep));
    assert_int_equal(tarfile_find(&read, "folder")->kind, TARFILE_FOLDER);
    assert_string_equal(tarfile_find(&read, "folder/link")->link, far);
    strbuf_release(&bytes);
    tarfile_release(&tar);
    tarfile_release(&read);
}

static void tarfile_gives_the_same_bytes_for_the_same_entries(void **state)
{
    struct tarfile tar = { 0 };
    struct strbuf one, two;

    (void)state;
    add_file(&tar, "a", "A");
    one = write_tar(&tar);
    two = write_tar(&tar);
    assert_int_equal(one.len, two.len);
    assert_memory_equal(one.data, two.data, one.len);
    strbuf_release(&one);
    strbuf_release(&two);
    tarfile_release(&tar);
}

/* Makes the first header's checksum right again. */
static void mend(struct strbuf *bytes)
{
    unsigned sum = 0;

    memset(bytes->data + CHECKSUM, ' ', 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += (unsigned char)bytes->data[i];
    snprintf(bytes->data + CHECKSUM, 8, "%06o", sum);
}

static bool is_read(const struct strbuf *bytes)
{
    struct tarfile tar = { 0 };
    struct error err = { 0 };
    bool done = tarfile_read(bytes->data, bytes->len, &tar, &err);

    assert_true(done || err.code == ERROR_INPUT);
    tarfile_release(&tar);
    return done;
}

static void tarfile_refuses_what_is_damaged(void **state)
{
    struct tarfile tar = { 0 };
    struct strbuf bytes;

    (void)state;
    add_file(&tar, "a", "text");
    bytes = write_tar(&tar);
    mend(&bytes);
    assert_true(is_read(&bytes));
    bytes.data[0] = 'b'; /* another name, the old sum */
    assert_false(is_read(&bytes));
    memcpy(bytes.data + SIZE, "77777777777", 11);
    mend(&bytes);
    assert_false(is_read(&bytes));
    memcpy(bytes.data + SIZE, "0000000000x", 11);
    mend(&bytes);
    assert_false(is_read(&bytes));
    memcpy(bytes.data + SIZE, "00000000004", 11);
    bytes.data[TYPE] = '3'; /* a device */
    mend(&bytes);
    assert_false(is_read(&bytes));
    bytes.data[TYPE] = '1'; /* a hard link to nothing */
    mend(&bytes);
    assert_false(is_read(&bytes));
    strbuf_release(&bytes);
    tarfile_release(&tar);
}

static void tarfile_refuses_names_that_lead_out(void **state)
{
    struct tarfile tar = { 0 };
    struct strbuf bytes;

    (void)state;
    add_file(&tar, "a/../../b", "text");
    bytes = write_tar(&tar);
    assert_false(is_read(&bytes));
    strbuf_release(&bytes);
    tarfile_release(&tar);
}

static void tarfile_refuses_extended_headers_with_a_wrong_length(void **state)
{
    static const char *const records[] = {
        "99 path=a\n", "0 path=a\n",        "path=a\n",
        "11 path=a\n", "000000000005 p=\n", "9 pathab\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        struct tarfile tar = { 0 };
        struct strbuf bytes;

        add_file(&tar, "pax", records[i]);
        bytes = write_tar(&tar);
        bytes.data[TYPE] = 'x';
        mend(&bytes);
        assert_false(is_read(&bytes));
        strbuf_release(&bytes);
        tarfile_release(&tar);
    }
}

static void tarfile_survives_every_cut(void **state)
{
    struct tarfile tar = { 0 };
    struct strbuf bytes;
    char name[151];

    (void)state;
    memset(name, 'n', 150);
    name[150] = '\0';
    add_file(&tar, name, "text");
    bytes = write_tar(&tar);
    for (size_t size = 0; size < bytes.len; size++) {
        struct strbuf cut = { 0 };

        /* A copy of its own, so that a sanitizer sees a byte too far. */
        strbuf_add(&cut, bytes.data, size);
        is_read(&cut);
        strbuf_release(&cut);
    }
    strbuf_release(&bytes);
    tarfile_release(&tar);
}

static void tarfile_cleans_paths(void **state)
{
    static const char *const cases[][2] = {
        { "./a//b/", "a/b" }, { "/", "" },       { ".", "" },
        { "a/./b", "a/b" },   { "a/..", NULL },  { "..", NULL },
        { "..a/b", "..a/b" }, { "/abs", "abs" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *clean = tarfile_clean(cases[i][0]);

        if (cases[i][1])
            assert_string_equal(clean, cases[i][1]);
        else
            assert_null(clean);
        free(clean);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tarfile_reads_what_it_writes),
        cmocka_unit_test(tarfile_gives_the_same_bytes_for_the_same_entries),
        cmocka_unit_test(tarfile_refuses_what_is_damaged),
        cmocka_unit_test(tarfile_refuses_names_that_lead_out),
        cmocka_unit_test(tarfile_refuses_extended_headers_with_a_wrong_length),
        cmocka_unit_test(tarfile_survives_every_cut),
        cmocka_unit_test(tarfile_cleans_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
