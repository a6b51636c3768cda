#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Computed with sha256sum(1). The sizes stand around the block of SHA-256 (64,
 * padding from 56) and around the piece in which files are read. */
static const struct {
    const char *head; /* the text itself, or ... */
    char fill;        /* ... this byte */
    size_t size;
    const char *digest;
} vectors[] = {
    { "", 0, 0,
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "stepdeck", 0, 8,
      "dea86d76779f4de1398c27479c65c8ee84133b4469121ae6d5752a5ebf2f8fa8" },
    { "The quick step jumps over the lazy deck.\n", 0, 41,
      "67f1f2ac7fe96e36df85e2c57379f756403ecd1894b2697cc656f25bbee97d52" },
    { "\0\377\n", 0, 3,
      "712450d3c4a79eea9509e75dc1dacdeff58034df538536cfae2da882bd8a0c50" },
    { NULL, 'a', 55,
      "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
    { NULL, 'a', 56,
      "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
    { NULL, 'a', 63,
      "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34" },
    { NULL, 'a', 64,
      "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
    { NULL, 'a', 16384,
      "f3336bea752b5a28743033dd2c844a4a63fba08871aaee2586a2bf2d69be83a2" },
    { NULL, 'a', 16385,
      "608b801060d579a7b659a01755259a13dec8853b97d3d8062763c97ffac6ddae" },
    { NULL, '\0', 1000000,
      "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025" },
};

enum { VECTORS = sizeof(vectors) / sizeof(vectors[0]) };

static char *content_of(size_t number)
{
    char *content = mem_new(vectors[number].size + 1, 1);

    if (vectors[number].head)
        memcpy(content, vectors[number].head, vectors[number].size);
    else
        memset(content, vectors[number].fill, vectors[number].size);
    return content;
}

static void digest_bytes_gives_the_known_digests(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTORS; i++) {
        char *content = content_of(i);
        char text[DIGEST_TEXT_SIZE];

        digest_bytes(content, vectors[i].size, text);
        assert_string_equal(text, vectors[i].digest);
        free(content);
    }
}

static void digest_add_may_be_cut_anywhere(void **state)
{
    const char *content = vectors[2].head;

    (void)state;
    for (size_t cut = 0; cut <= vectors[2].size; cut++) {
        struct digest *digest = digest_new();
        char text[DIGEST_TEXT_SIZE];

        digest_add(digest, content, cut);
        digest_add(digest, content + cut, vectors[2].size - cut);
        digest_finish(digest, text);
        assert_string_equal(text, vectors[2].digest);
    }
}

static void digest_file_reads_files_of_any_size(void **state)
{
    char path[] = "/tmp/digest_test.XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    for (size_t i = 0; i < VECTORS; i++) {
        char *content = content_of(i);
        char text[DIGEST_TEXT_SIZE];
        struct error err = { 0 };

        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, content, vectors[i].size, 0),
                         vectors[i].size);
        assert_true(digest_file(AT_FDCWD, path, text, &err));
        assert_string_equal(text, vectors[i].digest);
        free(content);
    }
    close(fd);
    unlink(path);
}

static void digest_file_says_what_cannot_be_read(void **state)
{
    char text[DIGEST_TEXT_SIZE];
    struct error err = { 0 };

    (void)state;
    assert_false(digest_file(AT_FDCWD, "/nonexistent/file", text, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_non_null(strstr(err.message, "'/nonexistent/file'"));
    error_clear(&err);
    assert_false(digest_file(AT_FDCWD, "/tmp", text, &err));
    assert_int_equal(err.code, ERROR_IO);
}

/* The values are those of RFC 3174 and of sha1sum(1). */
static void sha1_is_that_of_the_standard(void **state)
{
    static const struct {
        const char *text, *hash;
    } hashes[] = {
        { "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
        { "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
        { "1234567890123456789012345678901234567890123456789012345678901234",
          "c71490fc24aa3d19e11282da77032dd9cdb33103" },
        { "1234567890123456789012345678901234567890123456789012345",
          "827a683fdfdbef225a2421078b7789b134c7eafa" },
    };
    char text[DIGEST_SHA1_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        digest_sha1(hashes[i].text, strlen(hashes[i].text), text);
        assert_string_equal(text, hashes[i].hash);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digest_bytes_gives_the_known_digests),
        cmocka_unit_test(digest_add_may_be_cut_anywhere),
        cmocka_unit_test(digest_file_reads_files_of_any_size),
        cmocka_unit_test(digest_file_says_what_cannot_be_read),
        cmocka_unit_test(sha1_is_that_of_the_standard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
