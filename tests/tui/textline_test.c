#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/cluster.h"
#include "base/mem.h"
#include "tui/textline.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define WIDE "\xE4\xB8\xAD"
#define WIDER "\xE6\x96\x87"
#define ACUTE "\xCC\x81"
#define JOINER "\xE2\x80\x8D"
#define WOMAN "\xF0\x9F\x91\xA9"
#define LAPTOP "\xF0\x9F\x92\xBB"
#define BAD "\xEF\xBF\xBD"

struct row {
    const char *bytes;
    const char *plain;
};

/* What the cells promise to whoever draws them. */
static void expect_sound(const struct textline *line)
{
    for (size_t i = 0; i < line->count; i++) {
        const struct textcell *cell = &line->cells[i];

        assert_true(cell->begin + cell->size <= line->text.len);
        assert_true(cell->width <= 2);
        assert_int_equal(cell->width == 0, i && line->cells[i - 1].width == 2);
        if (cell->width == 2) {
            assert_true(line->has_wide);
            assert_true(cell->size);
            assert_true(i + 1 < line->count);
        }
        if (cell->width == 0)
            assert_int_equal(cell->size, 0);
        if (cell->size) {
            struct cluster cluster =
                cluster_next(line->text.data + cell->begin, cell->size);

            assert_int_equal(cluster.size, cell->size);
            assert_int_equal(cluster.width, cell->width);
        }
    }
}

static void expect_plain(struct textline *line, const char *bytes, size_t size,
                         const char *plain)
{
    /* An exact allocation, so that a read behind the end is caught. */
    char *exact = malloc(size ? size : 1);
    struct strbuf text = { 0 };

    assert_non_null(exact);
    memcpy(exact, bytes, size);
    textline_assemble(line, exact, size);
    free(exact);
    expect_sound(line);
    textline_plain(line, &text, NULL);
    assert_string_equal(strbuf_text(&text), plain);
    strbuf_release(&text);
}

static void expect_rows(const struct row *rows, size_t count)
{
    struct textline line = { 0 };

    for (size_t i = 0; i < count; i++)
        expect_plain(&line, rows[i].bytes, strlen(rows[i].bytes),
                     rows[i].plain);
    textline_release(&line);
}

/* ---- moving and erasing ----------------------------------------------- */

static void textline_keeps_plain_text(void **state)
{
    static const struct row rows[] = {
        { "", "" },
        { "a", "a" },
        { "Hello, world ~!", "Hello, world ~!" },
        { "  a  ", "  a  " },
        { "gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F" },
        { WIDE WIDER, WIDE WIDER },
    };

    (void)state;
    expect_rows(rows, COUNT(rows));
}

static void textline_applies_carriage_returns(void **state)
{
    static const struct row rows[] = {
        { "abc\rX", "Xbc" },
        { "abc\r", "abc" },
        { "\rabc", "abc" },
        { "abc\r\r\rX", "Xbc" },
        { "abc\rXYZW", "XYZW" },
        { " 10%\r 50%\r100%", "100%" },
        { "[#   ]\r[##  ]\r[### ]\r[####] done", "[####] done" },
        { "downloading 1 of 10\rdone", "doneloading 1 of 10" },
        { "abc\r\n", "abc" },
    };

    (void)state;
    expect_rows(rows, COUNT(rows));
}

static void textline_applies_backspaces(void **state)
{
    static const struct row rows[] = {
        { "ab\bc", "ac" },       { "ab\b", "ab" },
        { "\b\b\bab", "ab" },    { "50%\b\b\b60%", "60%" },
        { "a\b\b\b\bbc", "bc" }, { "|\b/\b-\b\\\b ", " " },
        { "ab\x7f", "ab" },
    };

    (void)state;
    expect_rows(rows, COUNT(rows));
}

static void textline_sets_tabs_every_eight_columns(void **state)
{
    static const struct row rows[] = {
        { "\tx", "        x" },
        { "a\tx", "a       x" },
        { "1234567\tx", "1234567 x" },
        { "12345678\tx", "12345678        x" },
        { "a\tb\tx", "a       b       x" },
        { WIDE "\tx", WIDE "      x" },
        { "a\t", "a" },
        /* a tab moves, it does not overwrite */
        { "0123456789\r\tX", "01234567X9" },
        { "0123456789\r\t\tX", "0123456789      X" },
    };

    (void)state;
    expect_rows(rows, COUNT(rows));
}

static void textline_erases_as_told(void **state)
{
    static const struct row rows[] = {
        /* 0: from the cursor on */
        { "abcdef\r\x1b[K", "" },
        { "abcdef\r\x1b[0K", "" },
        { "abcdef\rX\x1b[K", "X" },
        { "abcdef\b\b\x1b[KX", "abcdX" },
        { "long progress 99%\r\x1b[Kdone", "done" },
        { "long progress 99%\rdone\x1b[K", "done" },
        /* 1: up to the cursor and with it */
        { "abcdef\b\b\x1b[1K", "     f" },
        { "abcdef\r\x1b[1K", " bcdef" },
        { "abcdef\x1b[1K", "" },
        { "abcdef\x1b[1KX", "      X" },
        { "abc\x1b[1K\rX", "X" },
        { "abcdef\b\x1b[1K\rX\t\x1b[1K\ry", "y" },
        { "abcdef\x1b[1K\rghi\x1b[1K", "" },
        { "abcdef\x1b[1K\r\x1b[K\tx", "        x" },
        /* 2: everything; the cursor stays */
        { "abcdef\x1b[2K", "" },
        { "abcdef\x1b[2KX", "      X" },
        { "abcdef\x1b[2K\rX", "X" },
        { "abcdef\r\x1b[2KX", "X" },
        { "abcdef\b\b\x1b[2KX", "    X" },
        { "abc\x1b[2K\x1b[2Kd\x1b[1K\rX", "X" },
        /* other parameters */
        { "abc\r\x1b[3K", "abc" },
        { "abc\r\x1b[00K", "" },
        { "abc\r\x1b[02K", "" },
        { "abc\r\x1b[12K", "abc" },
        { "abc\r\x1b[1;2K", " bc" },
        { "abc\r\x1b[;2K", "" },
        { "abc\r\x1b[?K", "abc" },
        { "abc\r\x1b[ K", "abc" },
        { "abc\r\x1b[:K", "abc" },
        /* what was erased is gone for marks as well */
        { "e\x1b[2K" ACUTE "x", " x" },
    };

    (void)state;
    expect_rows(rows, COUNT(rows));
}

static void textline_keeps_written_blanks_only(void **state)
{
    struct textline line = { 0 };

    (void)state;
    expect_plain(&line, "abc\b\b  ", 7, "a  ");
    assert_int_equal(line.count, 3);
    expect_plain(&line, "abc\x1b[2K\rx", 9, "x");
    assert_int_equal(line.count, 1);
    expect_plain(&line, "a\t\t", 3, "a");
    assert_int_equal(line.count, 1);
    textline_release(&line);
}

static void textline_takes_wide_ones_apart(void **state)
{
    static const struct row rows[] = {
        { WIDE WIDER "\rx", "x " WIDER },
        { WIDE WIDER "\rxy", "xy" WIDER },
        { WIDE WIDER "\rxyz", "xyz" },
        { WIDE WIDER "\bx", WIDE " x" },
        { WIDE WIDER "\b\bx", WIDE "x" },
        { WIDE WIDER "\b\b\bx", " x" WIDER },
        { "abc\r" WIDE, WIDE "c" },
        { "abc\rx" WIDE, "x" WIDE },
        { WIDE WIDER "\rx" WIDE, "x" WIDE },
        { WIDE WIDER "\b\x1b[K", WIDE },
        { WIDE WIDER "\b\b\b\x1b[1K", "  " WIDER },
        { WIDE WIDER "\r\x1b[1K", "  " WIDER },
        { "a" WIDE "\b\x1b[2Kx", "  x" },
    };

    (void)state;
    expect_rows(rows, COUNT(rows));
}

/* ---- clusters --------------------------------------------------------- */

static void textline_keeps_clusters_in_one_cell(void **state)
{
    static const struct {
        const char *bytes;
        size_t count;
    } cases[] = {
        { "e" ACUTE, 1 },
        { "e" ACUTE ACUTE "x", 2 },
        { "ae" ACUTE "x", 3 },
        { WIDE ACUTE, 2 },
        { WOMAN JOINER LAPTOP, 2 },
        { WOMAN JOINER LAPTOP "x", 3 },
        { "1\xEF\xB8\x8F\xE2\x83\xA3", 2 },
        { "\xE2\x9A\xA0\xEF\xB8\x8F!", 3 },
        { "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA", 2 },
        { "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", 2 },
        { "\xE2\x94\x80\xE2\x94\x80", 2 },
    };
    struct textline line = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        expect_plain(&line, cases[i].bytes, strlen(cases[i].bytes),
                     cases[i].bytes);
        assert_int_equal(line.count, cases[i].count);
    }
    textline_release(&line);
}

static void textline_joins_marks_behind_a_sequence(void **state)
{
    static const struct row rows[] = {
        { "e\x1b[31m" ACUTE "x", "e" ACUTE "x" },
        { "e" ACUTE "\x1b[31m" ACUTE "x", "e" ACUTE ACUTE "x" },
        { WIDE "\x1b[m" ACUTE "x", WIDE ACUTE "x" },
        { WOMAN "\x1b[m" JOINER "\x1b[m" LAPTOP, WOMAN JOINER LAPTOP },
        /* nothing to join */
        { ACUTE "x", "x" },
        { "a\r" ACUTE "x", "x" },
        { "ab\b" ACUTE "x", "ax" },
        { "a\t" ACUTE "x", "a       x" },
        { "a\x1b[m\xE2\x80\x8Bx", "ax" },
    };

    (void)state;
    expect_rows(rows, COUNT(rows));
}

static void textline_cuts_floods_of_marks(void **state)
{
    static const char *const marks[] = { ACUTE,          JOINER,
                                         "\xE2\x80\x8B", "\xE2\x80\xAE",
                                         "\xEF\xB8\x8F", "\xF3\xA0\x81\xA7" };
    struct textline line = { 0 };
    struct strbuf flood = { 0 }, plain = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT(marks); i++) {
        strbuf_clear(&flood);
        strbuf_clear(&plain);
        strbuf_addc(&flood, 'e');
        for (int j = 0; j < 10000; j++) {
            strbuf_adds(&flood, marks[i]);
            if (j % 100 == 0)
                strbuf_adds(&flood, "\x1b[m");
        }
        strbuf_addc(&flood, 'x');
        textline_assemble(&line, flood.data, flood.len);
        expect_sound(&line);
        textline_plain(&line, &plain, NULL);
        assert_int_equal(line.count, 2);
        assert_in_range(plain.len, 2, 1 + CLUSTER_LIMIT);
        assert_int_equal(plain.data[plain.len - 1], 'x');
    }
    strbuf_release(&flood);
    strbuf_release(&plain);
    textline_release(&line);
}

static void textline_keeps_the_order_of_the_bytes(void **state)
{
    static const struct row rows[] = {
        { "abc \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D def",
          "abc \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D def" },
        { "\xD8\xB3\xD9\x84\xD8\xA7\xD9\x85", "\xD8\xB3\xD9\x84\xD8\xA7\xD9"
                                              "\x85" },
    };

    (void)state;
    expect_rows(rows, COUNT(rows));
}

/* ---- what is dropped -------------------------------------------------- */

static void textline_drops_other_sequences(void **state)
{
    static const struct row rows[] = {
        /* CSI */
        { "a\x1b[2Jb", "ab" },
        { "a\x1b[5Gb", "ab" },
        { "a\x1b[10;20Hb", "ab" },
        { "a\x1b[3Ab", "ab" },
        { "a\x1b[9Cb", "ab" },
        { "a\x1b[?25lb", "ab" },
        { "a\x1b[?1049hb", "ab" },
        { "a\x1b[6nb", "ab" },
        { "a\x1b[!pb", "ab" },
        { "a\x1b[1 qb", "ab" },
        { "a\x1b[200~b", "ab" },
        { "a\x1b[@b", "ab" },
        { "a\x1b[J\x1b[Kb", "ab" },
        /* OSC, DCS, SOS, PM, APC */
        { "a\x1b]0;title\ab", "ab" },
        { "a\x1b]0;title\x1b\\b", "ab" },
        { "a\x1b]0;title\xC2\x9C"
          "b",
          "ab" },
        { "a\x1b]8;;http://host/\x1b\\link\x1b]8;;\x1b\\b", "alinkb" },
        { "a\x1b]52;c;aGk=\ab", "ab" },
        { "a\x1b]9;4;1;42\ab", "ab" },
        { "a\x1bPq#0;2;0\x1b\\b", "ab" },
        { "a\x1b^x\x1b\\b", "ab" },
        { "a\x1b_Gf=100;AAAA\x1b\\b", "ab" },
        { "a\x1bXx\x1b\\b", "ab" },
        { "a\x1b]0;\xE2\x9C\x94\ab", "ab" },
        /* other escapes */
        { "a\x1b"
          "cb",
          "ab" },
        { "a\x1b(0b", "ab" },
        { "a\x1b#8b", "ab" },
        { "a\x1b"
          "7b\x1b"
          "8c",
          "abc" },
        { "a\x1b=b", "ab" },
    };

    (void)state;
    expect_rows(rows, COUNT(rows));
}

static void textline_ends_broken_sequences_early(void **state)
{
    static const struct row rows[] = {
        /* never terminated */
        { "a\x1b", "a" },
        { "a\x1b[", "a" },
        { "a\x1b[31", "a" },
        { "a\x1b[31;", "a" },
        { "a\x1b]0;title", "a" },
        { "a\x1bPx", "a" },
        { "a\x1b(", "a" },
        { "a\x1b]0;x\x1b", "a" },
        /* broken off by what cannot be in them */
        { "a\x1b[31\rb", "b" },
        { "a\x1b[31\xC3\xA9z", "a\xC3\xA9z" },
        { "a\x1b[31\x1b[32mb", "ab" },
        { "a\x1b\x1b[31mb", "ab" },
        { "a\x1b[3\x18mb", "amb" },
        { "a\x1b]0;new\x1b[31mred", "ared" },
        { "a\x1b]0;new\x18red", "ared" },
        { "a\x1b]0;new\x1ared", "ared" },
        { "a\x1b\xC3\xA9z", "a\xC3\xA9z" },
        { "a\x1b\tb", "a       b" },
        /* the rest of one that began in the piece before */
        { "31mred", "31mred" },
        { "tle\abody", "tlebody" },
    };

    (void)state;
    expect_rows(rows, COUNT(rows));
}

static void textline_drops_controls(void **state)
{
    static const struct row rows[] = {
        { "a\ab", "ab" },
        { "a\vb\fc", "abc" },
        { "a\nb", "ab" },
        { "a\x0e\x0f"
          "b",
          "ab" },
        { "a\x7f"
          "b",
          "ab" },
        /* C1: as a byte, and encoded */
        { "a\x9B"
          "31mb",
          "a31mb" },
        { "a\x85"
          "b",
          "ab" },
        { "a\xC2\x9B"
          "31mb",
          "a31mb" },
        { "a\xC2\x85"
          "b",
          "ab" },
        { "a\xC2\xA0"
          "b",
          "a\xC2\xA0"
          "b" },
        /* bidirectional and zero-width controls */
        { "a\xE2\x80\xAE"
          "b\xE2\x80\xAC",
          "ab" },
        { "a\xE2\x80\xAA"
          "b",
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
        { "a\xE2\x80\xA8"
          "b\xE2\x80\xA9",
          "ab" },
    };
    struct textline line = { 0 };

    (void)state;
    expect_rows(rows, COUNT(rows));
    expect_plain(&line, "a\0b", 3, "ab");
    expect_plain(&line, "a\x1b\0b", 4, "ab");
    expect_plain(&line, "a\x1b[\0mb", 6, "amb");
    textline_release(&line);
}

static void textline_shows_invalid_bytes(void **state)
{
    static const struct row rows[] = {
        { "a\xFFz", "a" BAD "z" },           { "\xFF\xFE", BAD BAD },
        { "a\xE4\xB8", "a" BAD BAD },        { "a\xE4z", "a" BAD "z" },
        { "gr\xFC\xDF", "gr" BAD BAD },      { "\xC0\xAF", BAD BAD },
        { "\xED\xA0\x80", BAD BAD }, /* a surrogate; its end is a C1 byte */
        { "e" ACUTE "\xFF", "e" ACUTE BAD },
    };

    (void)state;
    expect_rows(rows, COUNT(rows));
}

/* ---- styles ----------------------------------------------------------- */

static void textline_keeps_colours_and_attributes(void **state)
{
    enum {
        BOLD = ATTRIBUTE_BOLD,
        DIM = ATTRIBUTE_DIM,
        ITALIC = ATTRIBUTE_ITALIC,
        UNDERLINE = ATTRIBUTE_UNDERLINE,
        REVERSE = ATTRIBUTE_REVERSE
    };
    static const struct {
        const char *parameters; /* of one sequence, or several with \n */
        uint8_t attributes;
        uint32_t foreground, background;
    } cases[] = {
        { "", 0, 0, 0 },
        { "0", 0, 0, 0 },
        { "1", BOLD, 0, 0 },
        { "2", DIM, 0, 0 },
        { "3", ITALIC, 0, 0 },
        { "4", UNDERLINE, 0, 0 },
        { "7", REVERSE, 0, 0 },
        { "21", UNDERLINE, 0, 0 },
        { "1;2;3;4;7", BOLD | DIM | ITALIC | UNDERLINE | REVERSE, 0, 0 },
        { "1;2;3;4;7;22", ITALIC | UNDERLINE | REVERSE, 0, 0 },
        { "1;2;3;4;7;23", BOLD | DIM | UNDERLINE | REVERSE, 0, 0 },
        { "1;2;3;4;7;24", BOLD | DIM | ITALIC | REVERSE, 0, 0 },
        { "1;2;3;4;7;27", BOLD | DIM | ITALIC | UNDERLINE, 0, 0 },
        { "5;6;8;9;25;28;29;53;73", 0, 0, 0 },
        /* 8 and 16 colours */
        { "30", 0, COLOUR_INDEX + 0, 0 },
        { "37", 0, COLOUR_INDEX + 7, 0 },
        { "90", 0, COLOUR_INDEX + 8, 0 },
        { "97", 0, COLOUR_INDEX + 15, 0 },
        { "40", 0, 0, COLOUR_INDEX + 0 },
        { "47", 0, 0, COLOUR_INDEX + 7 },
        { "100", 0, 0, COLOUR_INDEX + 8 },
        { "107", 0, 0, COLOUR_INDEX + 15 },
        { "1;31;42", BOLD, COLOUR_INDEX + 1, COLOUR_INDEX + 2 },
        { "31;42;39", 0, 0, COLOUR_INDEX + 2 },
        { "31;42;49", 0, COLOUR_INDEX + 1, 0 },
        { "89", 0, 0, 0 },
        { "98", 0, 0, 0 },
        { "108", 0, 0, 0 },
        /* 256 colours */
        { "38;5;0", 0, COLOUR_INDEX + 0, 0 },
        { "38;5;203", 0, COLOUR_INDEX + 203, 0 },
        { "48;5;255", 0, 0, COLOUR_INDEX + 255 },
        { "38;5;256", 0, 0, 0 },
        { "31;38;5;300", 0, COLOUR_INDEX + 1, 0 },
        { "38;5;203;1", BOLD, COLOUR_INDEX + 203, 0 },
        { "38;5;1;48;5;2;4", UNDERLINE, COLOUR_INDEX + 1, COLOUR_INDEX + 2 },
        { "38:5:203", 0, COLOUR_INDEX + 203, 0 },
        { "38:5:203;1", BOLD, COLOUR_INDEX + 203, 0 },
        { "38:5", 0, 0, 0 },
        { "38:5:999", 0, 0, 0 },
        /* 16 million */
        { "38;2;1;2;3", 0, COLOUR_RGB + 0x010203, 0 },
        { "48;2;255;128;0", 0, 0, COLOUR_RGB + 0xff8000 },
        { "38;2;0;0;0;1", BOLD, COLOUR_RGB + 0, 0 },
        { "38;2;1;2;256;1", BOLD, 0, 0 },
        { "38;2;;;;1", BOLD, COLOUR_RGB + 0, 0 },
        { "38:2:1:2:3", 0, COLOUR_RGB + 0x010203, 0 },
        { "38:2::1:2:3", 0, COLOUR_RGB + 0x010203, 0 },
        { "38:2:0:1:2:3:::;4", UNDERLINE, COLOUR_RGB + 0x010203, 0 },
        { "48:2::1:2:3", 0, 0, COLOUR_RGB + 0x010203 },
        { "38:2:1:2", 0, 0, 0 },
        /* the colour of the underline is not kept, nor taken for others */
        { "58;5;1", 0, 0, 0 },
        { "58;2;1;4;7;3", ITALIC, 0, 0 },
        { "58:2::1:4:7", 0, 0, 0 },
        /* underlines of all kinds, and none */
        { "4:3", UNDERLINE, 0, 0 },
        { "4;4:0", 0, 0, 0 },
        { "1:2", 0, 0, 0 },
        /* cut short */
        { "38", 0, 0, 0 },
        { "38;5", 0, 0, 0 },
        { "1;38;2;1", BOLD, 0, 0 },
        { "1;38;2;1;2", BOLD, 0, 0 },
        { "38;9;1", BOLD, 0, 0 },
        /* nothing is 0 */
        { "1;", 0, 0, 0 },
        { ";1", BOLD, 0, 0 },
        { "1;;3", ITALIC, 0, 0 },
        /* numbers beyond all bounds */
        { "99999999999999999999", 0, 0, 0 },
        { "4294967297", 0, 0, 0 },
        { "38;5;4294967297", 0, 0, 0 },
        { "0000000000000000000000000031", 0, COLOUR_INDEX + 1, 0 },
        { "1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18;19;20;31;32;33;34",
          BOLD | DIM | ITALIC | UNDERLINE | REVERSE, COLOUR_INDEX + 4, 0 },
        /* other commands that end with m */
        { ">4;2", 0, 0, 0 },
        { "?1", 0, 0, 0 },
        { "1 ", 0, 0, 0 },
    };
    struct textline line = { 0 };
    char bytes[128];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct style *style;

        strcat(strcat(strcpy(bytes, "\x1b["), cases[i].parameters), "mx");
        expect_plain(&line, bytes, strlen(bytes), "x");
        style = &line.cells[0].style;
        if (style->attributes != cases[i].attributes ||
            style->foreground != cases[i].foreground ||
            style->background != cases[i].background)
            fail_msg("%s: %x %x %x", cases[i].parameters, style->attributes,
                     style->foreground, style->background);
        assert_int_equal(style->role, ROLE_TEXT);
    }
    textline_release(&line);
}

static void textline_styles_what_is_written_next(void **state)
{
    static const char bytes[] = "a\x1b[31mb" WIDE "\x1b[1mc\x1b[md\r\x1b[32mA";
    static const uint32_t colours[] = { 2, 1, 1, 1, 1, 0 };
    struct textline line = { 0 };

    (void)state;
    expect_plain(&line, bytes, strlen(bytes), "Ab" WIDE "cd");
    assert_int_equal(line.count, COUNT(colours));
    for (size_t i = 0; i < line.count; i++) {
        const struct style *style = &line.cells[i].style;

        assert_int_equal(style->foreground & ~COLOUR_INDEX, colours[i]);
        assert_int_equal(style->attributes, i == 4 ? ATTRIBUTE_BOLD : 0);
    }
    /* The next line begins without. */
    expect_plain(&line, "x", 1, "x");
    assert_int_equal(line.cells[0].style.foreground, 0);
    textline_release(&line);
}

static void textline_keeps_coloured_blanks(void **state)
{
    static const char bytes[] = "\x1b[41m  \x1b[m";
    struct textline line = { 0 };

    (void)state;
    expect_plain(&line, bytes, strlen(bytes), "  ");
    assert_int_equal(line.cells[1].style.background, COLOUR_INDEX + 1);
    textline_release(&line);
}

/* ---- columns and rows ------------------------------------------------- */

static void textline_plain_tells_the_columns(void **state)
{
    static const char bytes[] = "a" WIDE "e" ACUTE "\tz\r\x1b[1K";
    static const char expected[] = " " WIDE "e" ACUTE "    z";
    static const uint32_t places[] = { 0, 1, 1, 1, 3, 3, 3, 4, 5, 6, 7, 8, 9 };
    struct textline line = { 0 };
    struct strbuf text = { 0 };
    uint32_t *columns = NULL;

    (void)state;
    strbuf_adds(&text, "before:");
    textline_assemble(&line, bytes, strlen(bytes));
    for (int round = 0; round < 2; round++) {
        strbuf_truncate(&text, 7);
        textline_plain(&line, &text, &columns);
        assert_int_equal(memcmp(text.data, "before:", 7), 0);
        assert_string_equal(text.data + 7, expected);
        assert_int_equal(strlen(expected) + 1, COUNT(places));
        assert_memory_equal(columns, places, sizeof(places));
    }
    textline_assemble(&line, "", 0);
    textline_plain(&line, &text, &columns);
    assert_int_equal(columns[0], 0);
    free(columns);
    strbuf_release(&text);
    textline_release(&line);
}

static void textline_rows_never_split_a_wide_one(void **state)
{
    static const struct {
        const char *bytes;
        int width;
        size_t rows;
        size_t begins[6]; /* of the rows, and of one behind the last */
    } cases[] = {
        { "", 5, 1, { 0, 0 } },
        { "abc", 5, 1, { 0, 3 } },
        { "abcde", 5, 1, { 0, 5 } },
        { "abcdef", 5, 2, { 0, 5, 6 } },
        { "abcdefghij", 5, 2, { 0, 5, 10 } },
        { "abcd", 1, 4, { 0, 1, 2, 3, 4 } },
        { "abcd", 0, 4, { 0, 1, 2, 3, 4 } },
        { "abcd", -7, 4, { 0, 1, 2, 3, 4 } },
        { WIDE WIDE WIDE, 4, 2, { 0, 4, 6 } },
        { WIDE WIDE WIDE, 5, 2, { 0, 4, 6 } },
        { WIDE WIDE WIDE, 3, 3, { 0, 2, 4, 6 } },
        { WIDE WIDE WIDE, 2, 3, { 0, 2, 4, 6 } },
        { WIDE WIDE WIDE, 1, 3, { 0, 2, 4, 6 } },
        { "a" WIDE WIDE, 3, 2, { 0, 3, 5 } },
        { "a" WIDE WIDE, 4, 2, { 0, 3, 5 } },
        { "a" WIDE "b", 1, 3, { 0, 1, 3, 4 } },
        { "a" WIDE "b", 2, 3, { 0, 1, 3, 4 } },
        { WIDE, 9, 1, { 0, 2 } },
    };
    struct textline line = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        textline_assemble(&line, cases[i].bytes, strlen(cases[i].bytes));
        if (textline_rows(&line, cases[i].width) != cases[i].rows)
            fail_msg("case %zu: %zu rows", i,
                     textline_rows(&line, cases[i].width));
        for (size_t row = 0; row <= cases[i].rows; row++)
            assert_int_equal(textline_row_begin(&line, cases[i].width, row),
                             cases[i].begins[row]);
        assert_int_equal(textline_row_begin(&line, cases[i].width, SIZE_MAX),
                         line.count);
    }
    textline_release(&line);
}

/* ---- size ------------------------------------------------------------- */

static void textline_reuses_its_memory(void **state)
{
    struct textline line = { 0 };
    const struct textcell *cells;

    (void)state;
    expect_plain(&line, "a longer line", 13, "a longer line");
    cells = line.cells;
    expect_plain(&line, "short", 5, "short");
    assert_ptr_equal(line.cells, cells);
    expect_plain(&line, "", 0, "");
    assert_int_equal(line.count, 0);
    expect_plain(&line, WIDE, strlen(WIDE), WIDE);
    assert_true(line.has_wide);
    expect_plain(&line, "ab", 2, "ab");
    assert_false(line.has_wide);
    textline_release(&line);
    assert_null(line.cells);
    textline_release(&line);
}

static void textline_memory_is_linear_whatever_the_bytes(void **state)
{
    /* Each is repeated: moves and erasures without end. */
    static const char *const units[] = {
        "\r",         "\b",        "\x1b",       "\x1b[",      "\x1b]",
        "\x1b[K",     "\x1b[1K",   "\x1b[2K",    "x\x1b[2K",   "\t\x1b[1K",
        "\x1b[99999", "\x1b[31;m", "\x1b[9999C", "\x1b[9999G", "\r\t\t\x1b[1K",
        "\xFF",       ACUTE,       WIDE "\b",    WIDE "\r",    "\x9B",
    };
    enum { SIZE = 200000 };
    struct textline line = { 0 };
    char *bytes = mem_new(1, SIZE);

    (void)state;
    for (size_t i = 0; i < COUNT(units); i++) {
        size_t size = strlen(units[i]);

        for (size_t at = 0; at < SIZE; at++)
            bytes[at] = units[i][at % size];
        textline_assemble(&line, bytes, SIZE);
        assert_true(line.count <= 8 * (size_t)SIZE);
        assert_true(line.text.len <= 3 * (size_t)SIZE);
        expect_sound(&line);
        textline_release(&line);
    }
    free(bytes);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(textline_keeps_plain_text),
        cmocka_unit_test(textline_applies_carriage_returns),
        cmocka_unit_test(textline_applies_backspaces),
        cmocka_unit_test(textline_sets_tabs_every_eight_columns),
        cmocka_unit_test(textline_erases_as_told),
        cmocka_unit_test(textline_keeps_written_blanks_only),
        cmocka_unit_test(textline_takes_wide_ones_apart),
        cmocka_unit_test(textline_keeps_clusters_in_one_cell),
        cmocka_unit_test(textline_joins_marks_behind_a_sequence),
        cmocka_unit_test(textline_cuts_floods_of_marks),
        cmocka_unit_test(textline_keeps_the_order_of_the_bytes),
        cmocka_unit_test(textline_drops_other_sequences),
        cmocka_unit_test(textline_ends_broken_sequences_early),
        cmocka_unit_test(textline_drops_controls),
        cmocka_unit_test(textline_shows_invalid_bytes),
        cmocka_unit_test(textline_keeps_colours_and_attributes),
        cmocka_unit_test(textline_styles_what_is_written_next),
        cmocka_unit_test(textline_keeps_coloured_blanks),
        cmocka_unit_test(textline_plain_tells_the_columns),
        cmocka_unit_test(textline_rows_never_split_a_wide_one),
        cmocka_unit_test(textline_reuses_its_memory),
        cmocka_unit_test(textline_memory_is_linear_whatever_the_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
