/* What the records of a build and a push come to, however they are cut. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aws/docker/dockerstream.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define HEX64 "4383aa0011223344556677889900aabbccddeeff00112233445566778899aabb"
#define DIGEST "sha256:" HEX64

static void take_told(void *context, const struct docker_told *told)
{
    struct strbuf *log = context;

    if (told->kind == DOCKER_LINE)
        strbuf_addf(log, "|%s", told->text);
    else
        strbuf_addf(log, "|%s:%s %lld/%lld%s", told->item, told->text,
                    (long long)told->current, (long long)told->total,
                    told->is_done ? "!" : "");
}

/* Feeds `text` in pieces of `piece` bytes. */
static void feed(struct dockerstream *stream, const char *text, size_t piece)
{
    size_t size = strlen(text);

    for (size_t at = 0; at < size; at += piece)
        dockerstream_add(stream, text + at,
                         size - at < piece ? size - at : piece);
    dockerstream_finish(stream);
}

struct stream_case {
    const char *bytes;
    const char *told, *error, *image, *digest; /* NULL: none */
};

static void check_text(const char *actual, const char *expected)
{
    if (expected)
        assert_string_equal(actual ? actual : "(null)", expected);
    else
        assert_null(actual);
}

static void check_cases(const struct stream_case *cases, size_t count)
{
    static const size_t pieces[] = { 1, 2, 7, 4096 };

    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < sizeof(pieces) / sizeof(pieces[0]); j++) {
            struct strbuf log = { 0 };
            struct dockerstream stream = { .tell = take_told,
                                           .tell_context = &log };

            feed(&stream, cases[i].bytes, pieces[j]);
            assert_string_equal(strbuf_text(&log), cases[i].told);
            check_text(stream.error, cases[i].error);
            check_text(stream.image, cases[i].image);
            check_text(stream.digest, cases[i].digest);
            dockerstream_release(&stream);
            strbuf_release(&log);
        }
    }
}

#define CHECK(cases) check_cases(cases, sizeof(cases) / sizeof((cases)[0]))

static void output_of_a_build_is_told_line_by_line(void **state)
{
    static const struct stream_case cases[] = {
        { "{\"stream\":\"Step 1/2 : FROM scratch\"}\r\n{\"stream\":\"\\n\"}"
          "\r\n{\"stream\":\" ---\\u003e \\n\"}\r\n",
          "|Step 1/2 : FROM scratch| ---> ", NULL, NULL, NULL },
        { "{\"stream\":\"one\\ntwo\\r\\nthree\"}\n", "|one|two|three", NULL,
          NULL, NULL },
        { "{\"stream\":\"10%\\r20%\\r\"}\n{\"stream\":\"\\n\"}\n", "|10%|20%",
          NULL, NULL, NULL },
        { "{\"stream\":\"a\\r\"}\n{\"stream\":\"\\nb\"}\n", "|a|b", NULL, NULL,
          NULL },
        { "{\"stream\":\"\"}\n{\"stream\":\"\\n\\nx\"}", "|||x", NULL, NULL,
          NULL },
        { "{\"stream\":\"a\\u0000b\\n\"}", "|a b", NULL, NULL, NULL },
    };

    (void)state;
    CHECK(cases);
}

static void image_comes_from_aux_or_from_the_last_words(void **state)
{
    static const struct stream_case cases[] = {
        { "{\"aux\":{\"ID\":\"" DIGEST "\"}}\n"
          "{\"stream\":\"Successfully built 4383aa001122\\n\"}\n",
          "|Successfully built 4383aa001122", NULL, DIGEST, NULL },
        { "{\"stream\":\"Successfully built 4383aa001122\\n\"}\n"
          "{\"aux\":{\"ID\":\"" DIGEST "\"}}\n",
          "|Successfully built 4383aa001122", NULL, DIGEST, NULL },
        { "{\"stream\":\"Successfully built 4383aa001122\\n\"}\n",
          "|Successfully built 4383aa001122", NULL, "4383aa001122", NULL },
        { "{\"id\":\"moby.image.id\",\"aux\":{\"ID\":\"" DIGEST "\"}}\n", "",
          NULL, DIGEST, NULL },
        { "{\"aux\":{\"ID\":\"sha256:short\"}}\n", "", NULL, NULL, NULL },
        { "{\"id\":\"moby.buildkit.trace\",\"aux\":\"bm90aGluZw==\"}\n", "",
          NULL, NULL, NULL },
        { "{\"stream\":\"Successfully built nothing\\n\"}\n",
          "|Successfully built nothing", NULL, NULL, NULL },
    };

    (void)state;
    CHECK(cases);
}

static void failure_inside_the_stream_is_found(void **state)
{
    static const struct stream_case cases[] = {
        { "{\"errorDetail\":{\"code\":1,\"message\":\"it broke\"},"
          "\"error\":\"old words\"}\r\n",
          "", "it broke", NULL, NULL },
        { "{\"error\":\"old words\"}\n", "", "old words", NULL, NULL },
        { "{\"errorDetail\":{},\"error\":\"old words\"}\n", "", "old words",
          NULL, NULL },
        { "{\"errorDetail\":{\"message\":\"\"}}\n", "",
          "it failed and does not say why", NULL, NULL },
        { "{\"errorDetail\":{\"message\":\"first\"}}\n"
          "{\"errorDetail\":{\"message\":\"second\"}}\n",
          "", "first", NULL, NULL },
        { "{\"errorDetail\":{\"message\":\"without an end\"}}", "",
          "without an end", NULL, NULL },
        { "{\"stream\":\"Successfully built 4383aa001122\\n\"}\n"
          "{\"errorDetail\":{\"message\":\"no space\"}}\n",
          "|Successfully built 4383aa001122", "no space", "4383aa001122",
          NULL },
    };

    (void)state;
    CHECK(cases);
}

static void layers_are_told_with_amounts_that_make_sense(void **state)
{
    static const struct stream_case cases[] = {
        { "{\"status\":\"The push refers to repository [h/r]\"}\r\n"
          "{\"status\":\"Preparing\",\"progressDetail\":{},\"id\":\"a1\"}\r\n",
          "|The push refers to repository [h/r]|a1:Preparing 0/0", NULL, NULL,
          NULL },
        { "{\"status\":\"Pushing\",\"progressDetail\":{\"current\":2048,"
          "\"total\":3},\"progress\":\"[====>]\",\"id\":\"a1\"}\n",
          "|a1:Pushing 3/3", NULL, NULL, NULL },
        { "{\"status\":\"Pushing\",\"progressDetail\":{\"current\":-5,"
          "\"total\":-3},\"id\":\"a1\"}\n",
          "|a1:Pushing 0/0", NULL, NULL, NULL },
        { "{\"status\":\"Pushing\",\"progressDetail\":{\"current\":512},"
          "\"id\":\"a1\"}\n",
          "|a1:Pushing 512/0", NULL, NULL, NULL },
        /* The end keeps the size that was told before. */
        { "{\"status\":\"Pushing\",\"progressDetail\":{\"current\":5,"
          "\"total\":9},\"id\":\"a1\"}\n"
          "{\"status\":\"Pushed\",\"progressDetail\":{},\"id\":\"a1\"}\n",
          "|a1:Pushing 5/9|a1:Pushed 9/9!", NULL, NULL, NULL },
        { "{\"status\":\"Layer already exists\",\"id\":\"b2\"}\n"
          "{\"status\":\"Mounted from other/repo\",\"id\":\"c3\"}\n",
          "|b2:Layer already exists 0/0!|c3:Mounted from other/repo 0/0!", NULL,
          NULL, NULL },
        { "{\"status\":\"Pulling from library/x\",\"id\":\"3.18\"}\n"
          "{\"status\":\"Pull complete\",\"id\":\"a1\"}\n",
          "|Pulling from library/x|a1:Pull complete 0/0!", NULL, NULL, NULL },
    };

    (void)state;
    CHECK(cases);
}

static void digest_comes_from_the_status_line_or_from_aux(void **state)
{
    static const struct stream_case cases[] = {
        { "{\"status\":\"v1: digest: " DIGEST " size: 524\"}\r\n",
          "|v1: digest: " DIGEST " size: 524", NULL, NULL, DIGEST },
        { "{\"progressDetail\":{},\"aux\":{\"Tag\":\"v1\",\"Digest\":\"" DIGEST
          "\",\"Size\":524}}\r\n",
          "", NULL, NULL, DIGEST },
        { "{\"status\":\"Digest: " DIGEST "\"}\n", "|Digest: " DIGEST, NULL,
          NULL, DIGEST },
        { "{\"status\":\"v1: digest: sha256:4383 size: 524\"}\n",
          "|v1: digest: sha256:4383 size: 524", NULL, NULL, NULL },
        { "{\"status\":\"v1: digest: " DIGEST "0 size: 1\"}\n",
          "|v1: digest: " DIGEST "0 size: 1", NULL, NULL, NULL },
        { "{\"aux\":{\"Digest\":\"md5:1\"}}\n", "", NULL, NULL, NULL },
        { "{\"aux\":{\"contentMissing\":true}}\n",
          "|the daemon does not have all of this image's content", NULL, NULL,
          NULL },
    };

    (void)state;
    CHECK(cases);
}

static void what_is_no_record_is_told_as_it_is(void **state)
{
    static const struct stream_case cases[] = {
        { "<html>proxy</html>\n", "|<html>proxy</html>", NULL, NULL, NULL },
        { "[1,2]\n{\"status\":\"x\"}\n", "|[1,2]|x", NULL, NULL, NULL },
        { "\r\n\n  \n", "", NULL, NULL, NULL },
        { "{\"status\":\"one\"}{\"status\":\"two\"}\n", "|one|two", NULL, NULL,
          NULL },
        { "{\"status\":3,\"stream\":[],\"aux\":7,\"id\":{}}\n", "", NULL, NULL,
          NULL },
        { "{\"status\":\"cut", "|{\"status\":\"cut", NULL, NULL, NULL },
    };

    (void)state;
    CHECK(cases);
}

static void endless_record_is_left_out_and_the_next_one_read(void **state)
{
    struct strbuf log = { 0 };
    struct dockerstream stream = { .tell = take_told, .tell_context = &log };
    char *block = mem_new(1, 4096);

    (void)state;
    memset(block, 'x', 4095);
    dockerstream_add(&stream, "{\"stream\":\"", 11);
    for (int i = 0; i < 1024; i++) {
        dockerstream_add(&stream, block, 4095);
        assert_true(stream.record.len <= DOCKERSTREAM_LIMIT);
        assert_true(stream.record.capacity <= 4 * DOCKERSTREAM_LIMIT);
    }
    dockerstream_add(&stream, "\"}\n{\"status\":\"next\"}\n", 21);
    dockerstream_finish(&stream);
    assert_string_equal(strbuf_text(&log),
                        "|(a record of more than a megabyte is left out)|next");
    dockerstream_release(&stream);
    strbuf_release(&log);
    free(block);
}

static void endless_line_is_cut(void **state)
{
    struct strbuf line = { 0 }, log = { 0 };
    char *block = mem_new(1, 3 * DOCKERSTREAM_LINE_LIMIT);

    (void)state;
    memset(block, 'x', 3 * DOCKERSTREAM_LINE_LIMIT - 1);
    dockerstream_lines(&line, block, 3 * DOCKERSTREAM_LINE_LIMIT - 1, take_told,
                       &log);
    assert_int_equal(line.len, DOCKERSTREAM_LINE_LIMIT - 1);
    assert_int_equal(log.len, 2 * (DOCKERSTREAM_LINE_LIMIT + 1));
    strbuf_release(&line);
    strbuf_release(&log);
    free(block);
}

static void digest_is_64_digits(void **state)
{
    static const struct {
        const char *text;
        bool is_one;
    } cases[] = {
        { DIGEST, true },           { "sha256:" HEX64 "0", false },
        { HEX64, false },           { "sha256:4383", false },
        { "sha512:" HEX64, false }, { "", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(dockerstream_is_digest(cases[i].text),
                         cases[i].is_one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_of_a_build_is_told_line_by_line),
        cmocka_unit_test(image_comes_from_aux_or_from_the_last_words),
        cmocka_unit_test(failure_inside_the_stream_is_found),
        cmocka_unit_test(layers_are_told_with_amounts_that_make_sense),
        cmocka_unit_test(digest_comes_from_the_status_line_or_from_aux),
        cmocka_unit_test(what_is_no_record_is_told_as_it_is),
        cmocka_unit_test(endless_record_is_left_out_and_the_next_one_read),
        cmocka_unit_test(endless_line_is_cut),
        cmocka_unit_test(digest_is_64_digits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
