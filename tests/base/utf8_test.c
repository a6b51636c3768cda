#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/utf8.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void utf8_sequence_follows_the_table_of_rfc_3629(void **state)
{
    /* The bounds of each row of the table in its section 4, from both sides. */
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {
        { "A", 1 },
        { "\x7F", 1 },
        { "\x80", 0 }, /* a continuation alone */
        { "\xBF", 0 },
        { "\xC0\x80", 0 }, /* overlong */
        { "\xC1\xBF", 0 },
        { "\xC2\x7F", 0 },
        { "\xC2\x80", 2 },
        { "\xDF\xBF", 2 },
        { "\xDF\xC0", 0 },
        { "\xE0\x9F\xBF", 0 }, /* overlong */
        { "\xE0\xA0\x80", 3 },
        { "\xE1\x80\x80", 3 },
        { "\xEC\xBF\xBF", 3 },
        { "\xED\x9F\xBF", 3 },
        { "\xED\xA0\x80", 0 }, /* surrogates */
        { "\xED\xBF\xBF", 0 },
        { "\xEE\x80\x80", 3 },
        { "\xEF\xBF\xBF", 3 },
        { "\xEF\xBF\x7F", 0 },
        { "\xEF\xBF\xC0", 0 },
        { "\xF0\x8F\xBF\xBF", 0 }, /* overlong */
        { "\xF0\x90\x80\x80", 4 },
        { "\xF1\x80\x80\x80", 4 },
        { "\xF3\xBF\xBF\xBF", 4 },
        { "\xF4\x8F\xBF\xBF", 4 },
        { "\xF4\x90\x80\x80", 0 }, /* beyond U+10FFFF */
        { "\xF5\x80\x80\x80", 0 },
        { "\xFE", 0 },
        { "\xFF", 0 },
        { "\xF0\x90\x80\x41", 0 },
        { "\xF0\x90\x41\x80", 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t size = strlen(cases[i].bytes);

        assert_int_equal(utf8_sequence(cases[i].bytes, size), cases[i].length);
        assert_int_equal(utf8_is_valid(cases[i].bytes, size),
                         cases[i].length == size);
        /* Cut short it is none. */
        for (size_t cut = 0; cut < cases[i].length; cut++)
            assert_int_equal(utf8_sequence(cases[i].bytes, cut), 0);
    }
    assert_int_equal(utf8_sequence("\0", 1), 1);
    assert_true(utf8_is_valid("", 0));
    assert_true(utf8_is_valid("a\xC3\xA4z", 4));
    assert_false(utf8_is_valid("a\xC3\xA4\xC3", 4));
}

static void expect_repaired(const char *bytes, const char *repaired)
{
    struct strbuf out = { 0 };

    utf8_repair(bytes, strlen(bytes), &out);
    assert_string_equal(strbuf_text(&out), repaired);
    assert_true(utf8_is_valid(strbuf_text(&out), out.len));
    strbuf_release(&out);
}

static void utf8_repair_replaces_each_invalid_byte(void **state)
{
    (void)state;
    expect_repaired("", "");
    expect_repaired("plain \xE2\x9C\x94", "plain \xE2\x9C\x94");
    expect_repaired("a\xFFz", "a\xEF\xBF\xBDz");
    expect_repaired("\xE2\x9C", "\xEF\xBF\xBD\xEF\xBF\xBD");
    expect_repaired("\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    expect_repaired("\xC3\x28", "\xEF\xBF\xBD(");
    expect_repaired("\x1b[31m\n", "\x1b[31m\n");
}

static void expect_sanitised(const char *bytes, size_t size, bool keep_colour,
                             const char *expected)
{
    struct strbuf out = { 0 };

    utf8_sanitise(bytes, size, keep_colour, &out);
    assert_string_equal(strbuf_text(&out), expected);
    strbuf_release(&out);
}

static void utf8_sanitise_drops_what_drives_a_terminal(void **state)
{
    static const struct {
        const char *bytes;
        const char *sanitised;
    } cases[] = {
        { "", "" },
        { "plain \xE2\x9C\x94 text", "plain \xE2\x9C\x94 text" },
        { "a\tb\nc\r", "a    b c" },
        { "a\a\b\f\v\x7F\x01z", "az" },
        { "bad\xFF\xC3", "bad\xEF\xBF\xBD\xEF\xBF\xBD" },
        /* CSI */
        { "a\x1b[31mb\x1b[0mc", "abc" },
        { "a\x1b[2J\x1b[1;1Hb", "ab" },
        { "a\x1b[?1049hb", "ab" },
        { "a\x1b[ qb", "ab" },
        { "a\x1b[>4;2mb", "ab" },
        { "a\x1b[", "a" },
        { "a\x1b[31", "a" },
        { "a\x1b[31\nnext", "a next" },
        { "a\x1b[31\x1b[0mb", "ab" },
        { "a\x1b[31\xC3\xA4z", "a\xC3\xA4z" },
        /* OSC, DCS, PM, APC, SOS */
        { "a\x1b]0;title\ab", "ab" },
        { "a\x1b]8;;http://x\x1b\\b", "ab" },
        { "a\x1b]52;c;aGk=\x1b\\b", "ab" },
        { "a\x1bPq#0\x1b\\b", "ab" },
        { "a\x1b^x\x1b\\b", "ab" },
        { "a\x1b_x\x1b\\b", "ab" },
        { "a\x1bXx\x1b\\b", "ab" },
        { "a\x1b]0;never ends", "a" },
        { "a\x1b]0;never ends\nnext", "a next" },
        { "a\x1bP never ends\nnext", "a next" },
        { "a\x1b]0;new\x1b[31mred", "ared" },
        { "a\x1b]0;x\x1b", "a" },
        /* other escapes */
        { "a\x1b", "a" },
        { "a\x1b"
          "c"
          "b",
          "ab" },
        { "a\x1b(0b", "ab" },
        { "a\x1b(", "a" },
        { "a\x1b(\nb", "a b" },
        { "a\x1b\nb", "a b" },
        { "a\x1b\x1b[31mb", "ab" },
        { "a\x1b\xC3\xA4z", "a\xC3\xA4z" },
        /* C1 controls in UTF-8: CSI, OSC, NEL */
        { "a\xC2\x9B"
          "31mb",
          "a31mb" },
        { "a\xC2\x9D"
          "0;t\xC2\x9C"
          "b",
          "a0;tb" },
        { "a\xC2\x85"
          "b",
          "ab" },
        { "a\xC2\xA0"
          "b",
          "a\xC2\xA0"
          "b" },
        /* and as bytes */
        { "a\x9B"
          "31mb",
          "a\xEF\xBF\xBD"
          "31mb" },
        /* bidirectional and zero-width controls */
        { "a\xE2\x80\xAE"
          "b\xE2\x80\xAC",
          "ab" },
        { "a\xE2\x81\xA6"
          "b\xE2\x81\xA9",
          "ab" },
        { "a\xE2\x80\x8E"
          "b\xE2\x80\x8F",
          "ab" },
        { "a\xD8\x9C"
          "b",
          "ab" },
        { "a\xE2\x80\x8B"
          "b\xEF\xBB\xBF",
          "ab" },
        { "a\xD8\x9B"
          "b",
          "a\xD8\x9B"
          "b" },
        { "a\xE2\x80\xA6"
          "b",
          "a\xE2\x80\xA6"
          "b" },
        { "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB",
          "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_sanitised(cases[i].bytes, strlen(cases[i].bytes), false,
                         cases[i].sanitised);
    expect_sanitised("a\0b", 3, false, "ab");
    expect_sanitised("a\x1b\0b\nc", 6, false, "ab c");
}

static void utf8_sanitise_keeps_colours_when_asked(void **state)
{
    static const struct {
        const char *bytes;
        const char *sanitised;
    } cases[] = {
        { "\x1b[31mred\x1b[m", "\x1b[31mred\x1b[m" },
        { "\x1b[38;2;1;2;3mx\x1b[0m", "\x1b[38;2;1;2;3mx\x1b[0m" },
        { "\x1b[4:3mx", "\x1b[4:3mx" },
        { "\x1b[2Jx\x1b[1mb", "x\x1b[1mb" },
        { "\x1b[>4;2mx", "x" }, /* sets a keyboard mode */
        { "\x1b[?1mx", "x" },
        { "\x1b[1 mx", "x" },
        { "\x1b[31", "" },
        { "\x1b]0;m\ax", "x" },
        { "\x1bmx", "x" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_sanitised(cases[i].bytes, strlen(cases[i].bytes), true,
                         cases[i].sanitised);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_sequence_follows_the_table_of_rfc_3629),
        cmocka_unit_test(utf8_repair_replaces_each_invalid_byte),
        cmocka_unit_test(utf8_sanitise_drops_what_drives_a_terminal),
        cmocka_unit_test(utf8_sanitise_keeps_colours_when_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
