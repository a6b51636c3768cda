#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tui/canvas.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define WIDE "\xE4\xB8\xAD"
#define ACUTE "\xCC\x81"
#define JOINER "\xE2\x80\x8D"
#define HEART "\xE2\x9D\xA4\xEF\xB8\x8F"
#define WOMAN "\xF0\x9F\x91\xA9"
#define ELLIPSIS "\xE2\x80\xA6"

static const struct style plain = { 0 };
static const struct style ok = { .role = ROLE_OK };

static void expect_text(const struct canvas *canvas, const char *expected)
{
    struct strbuf text = { 0 };

    canvas_text(canvas, &text);
    assert_string_equal(strbuf_text(&text), expected);
    strbuf_release(&text);
}

static void expect_styles(const struct canvas *canvas, const char *expected)
{
    struct strbuf text = { 0 };

    canvas_styles(canvas, &text);
    assert_string_equal(strbuf_text(&text), expected);
    strbuf_release(&text);
}

/* Every wide character has its right half, and no half is alone. */
static void expect_whole(const struct canvas *canvas)
{
    for (int row = 0; row < canvas->rows; row++) {
        bool right = false;

        for (int column = 0; column < canvas->columns; column++) {
            const struct cell *cell = canvas_cell(canvas, column, row);

            assert_int_equal(cell->width == 0, right);
            assert_true(cell->width || !cell->text[0]);
            right = cell->width == 2;
        }
        assert_false(right);
    }
}

/* A new canvas, filled with `filler` unless that is NULL. */
static struct canvas make(int columns, int rows, const char *filler)
{
    struct canvas canvas = { 0 };

    canvas_resize(&canvas, columns, rows);
    if (filler)
        area_fill(canvas_area(&canvas), plain, filler);
    return canvas;
}

/* ---- the canvas ------------------------------------------------------- */

static void canvas_clamps_its_size(void **state)
{
    static const struct {
        int columns, rows, expected_columns, expected_rows;
    } cases[] = {
        { 80, 24, 80, 24 },
        { 0, 0, 1, 1 },
        { -5, INT_MIN, 1, 1 },
        { INT_MAX, INT_MAX, CANVAS_MOST_COLUMNS, CANVAS_MOST_ROWS },
        { 3, 2, 3, 2 },
    };
    struct canvas canvas = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        canvas_resize(&canvas, cases[i].columns, cases[i].rows);
        assert_int_equal(canvas.columns, cases[i].expected_columns);
        assert_int_equal(canvas.rows, cases[i].expected_rows);
        area_fill(canvas_area(&canvas), ok, "x");
    }
    canvas_resize(&canvas, 2, 2);
    expect_text(&canvas, "\n\n");
    expect_styles(&canvas, "\n\n");
    canvas_release(&canvas);
    assert_null(canvas.cells);
    canvas_release(&canvas);
}

static void canvas_erase_takes_text_style_and_cursor(void **state)
{
    struct canvas canvas = make(3, 2, NULL);

    (void)state;
    area_text(canvas_area(&canvas), 0, 0, ok, WIDE "b");
    area_cursor(canvas_area(&canvas), 2, 1);
    canvas_erase(&canvas);
    expect_text(&canvas, "\n\n");
    expect_styles(&canvas, "\n\n");
    expect_whole(&canvas);
    assert_false(canvas.has_cursor);
    canvas_release(&canvas);
}

static void canvas_cell_is_null_outside(void **state)
{
    struct canvas canvas = make(3, 2, NULL);

    (void)state;
    assert_ptr_equal(canvas_cell(&canvas, 2, 1), &canvas.cells[5]);
    assert_null(canvas_cell(&canvas, 3, 0));
    assert_null(canvas_cell(&canvas, 0, 2));
    assert_null(canvas_cell(&canvas, -1, 0));
    assert_null(canvas_cell(&canvas, 0, -1));
    canvas_release(&canvas);
}

static void canvas_copy_is_the_same_picture(void **state)
{
    struct canvas canvas = make(5, 2, NULL), copy = make(20, 9, "x");
    struct canvas nothing = { 0 };

    (void)state;
    area_text(canvas_area(&canvas), 0, 1, ok, WIDE "b");
    area_cursor(canvas_area(&canvas), 4, 1);
    canvas_copy(&copy, &canvas);
    canvas_erase(&canvas);
    assert_int_equal(copy.columns, 5);
    assert_int_equal(copy.rows, 2);
    expect_text(&copy, "\n" WIDE "b\n");
    expect_styles(&copy, "\nooo\n");
    assert_true(copy.has_cursor);
    assert_int_equal(copy.cursor_column, 4);
    assert_int_equal(copy.cursor_row, 1);
    canvas_copy(&copy, &nothing);
    expect_text(&copy, "");
    canvas_release(&canvas);
    canvas_release(&copy);
}

/* ---- areas ------------------------------------------------------------ */

static void area_part_is_clipped_to_its_area(void **state)
{
    static const struct {
        int column, row, columns, rows;
        int expected[4]; /* of the canvas */
    } cases[] = {
        { 0, 0, 6, 4, { 2, 1, 6, 4 } },
        { 1, 1, 2, 2, { 3, 2, 2, 2 } },
        { 4, 3, 9, 9, { 6, 4, 2, 1 } },
        { -2, -1, 4, 3, { 2, 1, 2, 2 } },
        { -9, -9, 3, 3, { 2, 1, 0, 0 } },
        { 9, 9, 3, 3, { 8, 5, 0, 0 } },
        { 1, 1, -3, -1, { 3, 2, 0, 0 } },
        { INT_MIN, INT_MIN, INT_MAX, INT_MAX, { 2, 1, 0, 0 } },
        { INT_MAX, INT_MAX, INT_MAX, INT_MAX, { 8, 5, 0, 0 } },
        { 1, 1, INT_MAX, INT_MAX, { 3, 2, 5, 3 } },
    };
    struct canvas canvas = make(10, 8, NULL);
    struct area outer = area_part(canvas_area(&canvas), 2, 1, 6, 4);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct area part = area_part(outer, cases[i].column, cases[i].row,
                                     cases[i].columns, cases[i].rows);

        assert_ptr_equal(part.canvas, &canvas);
        assert_int_equal(part.column, cases[i].expected[0]);
        assert_int_equal(part.row, cases[i].expected[1]);
        assert_int_equal(part.columns, cases[i].expected[2]);
        assert_int_equal(part.rows, cases[i].expected[3]);
    }
    canvas_release(&canvas);
}

static void area_inset_leaves_the_border_out(void **state)
{
    struct canvas canvas = make(5, 4, "x");

    (void)state;
    area_fill(area_inset(canvas_area(&canvas), 1), plain, "o");
    expect_text(&canvas, "xxxxx\nxooox\nxooox\nxxxxx\n");
    assert_int_equal(area_inset(canvas_area(&canvas), 2).rows, 0);
    assert_int_equal(area_inset(canvas_area(&canvas), 9).columns, 0);
    canvas_release(&canvas);
}

/* ---- text ------------------------------------------------------------- */

static void area_text_draws_only_inside(void **state)
{
    static const struct {
        int column, row;
        const char *text;
        int columns; /* taken */
        const char *expected;
    } cases[] = {
        { 0, 0, "abc", 3, "......\n.abc..\n......\n" },
        { 1, 0, "abcdef", 3, "......\n..abc.\n......\n" },
        { 3, 0, "z", 1, "......\n....z.\n......\n" },
        { 4, 0, "z", 0, "......\n......\n......\n" },
        { -2, 0, "abcdefghi", 6, "......\n.cdef.\n......\n" },
        { -9, 0, "abc", 3, "......\n......\n......\n" },
        { 0, -1, "abc", 3, "......\n......\n......\n" },
        { 0, 1, "abc", 3, "......\n......\n......\n" },
        { INT_MIN, 0, "abc", 3, "......\n......\n......\n" },
        { INT_MAX, 0, "abc", 0, "......\n......\n......\n" },
        { 0, 0, "", 0, "......\n......\n......\n" },
        /* wide, whole and cut */
        { 0, 0, WIDE "b", 3, "......\n." WIDE "b..\n......\n" },
        { 2, 0, WIDE, 2, "......\n..." WIDE ".\n......\n" },
        { 3, 0, WIDE, 1, "......\n.... .\n......\n" },
        { 0, 0, "a" WIDE WIDE, 4, "......\n.a" WIDE " .\n......\n" },
        { -1, 0, WIDE "b", 3, "......\n. b...\n......\n" },
        { -2, 0, WIDE "b", 3, "......\n.b....\n......\n" },
        { 4, 0, WIDE, 0, "......\n......\n......\n" },
        /* marks */
        { 0, 0, "e" ACUTE "b", 2, "......\n.e" ACUTE "b...\n......\n" },
        { 0, 0, ACUTE "b", 1, "......\n.b....\n......\n" },
        { 3, 0, "e" ACUTE "b", 1, "......\n....e" ACUTE ".\n......\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct canvas canvas = make(6, 3, ".");
        struct area area = area_part(canvas_area(&canvas), 1, 1, 4, 1);
        int columns = area_text(area, cases[i].column, cases[i].row, plain,
                                cases[i].text);

        if (columns != cases[i].columns)
            fail_msg("case %zu: %d columns", i, columns);
        expect_text(&canvas, cases[i].expected);
        expect_whole(&canvas);
        canvas_release(&canvas);
    }
}

static void area_text_lets_no_control_through(void **state)
{
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        { "a\x1b[31mb", "ab\n" },
        { "a\x1b]0;title\ab", "ab\n" },
        { "a\tb", "a    b\n" },
        { "a\nb", "a b\n" },
        { "a\rb", "ab\n" },
        { "a\x7f\bb", "ab\n" },
        { "a\xC2\x9B"
          "b",
          "ab\n" },
        { "a\xE2\x80\xAE"
          "b",
          "ab\n" },
        { "a\xE2\x81\xA6"
          "b",
          "ab\n" },
        { "a\xD8\x9C"
          "b",
          "ab\n" },
        { "a\xEF\xBB\xBF"
          "b",
          "ab\n" },
        { "a\xFF"
          "b",
          "a\xEF\xBF\xBD"
          "b\n" },
        { "a\xE2\x80", "a\xEF\xBF\xBD\xEF\xBF\xBD\n" },
        { "a\xE2\x80\xA8"
          "b",
          "ab\n" },
        { "a" ELLIPSIS "b", "a" ELLIPSIS "b\n" },
        { "\xD8\xB9", "\xD8\xB9\n" },
        { "\xC2\xA9", "\xC2\xA9\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct canvas canvas = make(10, 1, NULL);

        area_text(canvas_area(&canvas), 0, 0, plain, cases[i].text);
        expect_text(&canvas, cases[i].expected);
        canvas_release(&canvas);
    }
}

static void area_text_over_half_a_wide_one_leaves_a_space(void **state)
{
    static const struct {
        int column;
        const char *text;
        const char *expected;
    } cases[] = {
        { 0, "x", "x " WIDE WIDE "\n" },  { 1, "x", " x" WIDE WIDE "\n" },
        { 1, "xy", " xy " WIDE "\n" },    { 1, WIDE, " " WIDE " " WIDE "\n" },
        { 2, WIDE, WIDE WIDE WIDE "\n" }, { 3, WIDE, WIDE " " WIDE "\n" },
        { 5, "x", WIDE WIDE " x\n" },     { -1, WIDE, "  " WIDE WIDE "\n" },
        { 5, WIDE, WIDE WIDE "\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct canvas canvas = make(6, 1, WIDE);

        area_text(canvas_area(&canvas), cases[i].column, 0, plain,
                  cases[i].text);
        expect_text(&canvas, cases[i].expected);
        expect_whole(&canvas);
        canvas_release(&canvas);
    }
}

static void area_text_leaves_no_half_beside_the_area(void **state)
{
    struct canvas canvas = make(6, 1, WIDE);
    struct area area = area_part(canvas_area(&canvas), 1, 0, 2, 1);

    (void)state;
    area_text(area, 0, 0, ok, "xy");
    expect_text(&canvas, " xy " WIDE "\n");
    expect_styles(&canvas, ".oo\n");
    expect_whole(&canvas);
    canvas_release(&canvas);
}

static void area_fit_cuts_with_the_ellipsis(void **state)
{
    static const struct {
        int column, columns;
        const char *text;
        int used;
        const char *expected;
    } cases[] = {
        { 0, 5, "hello", 5, "hello\n" },
        { 0, 4, "hello", 4, "hel" ELLIPSIS "\n" },
        { 0, 1, "hello", 1, ELLIPSIS "\n" },
        { 0, 0, "hello", 0, "\n" },
        { 0, -3, "hello", 0, "\n" },
        { 0, 5, "", 0, "\n" },
        { 0, 99, "hello world", 8, "hello w" ELLIPSIS "\n" },
        { 6, 99, "hello", 2, "      h" ELLIPSIS "\n" },
        { 8, 99, "hello", 0, "\n" },
        /* a wide one that does not fit leaves no gap before the ellipsis */
        { 0, 4, "a" WIDE WIDE, 4, "a" WIDE ELLIPSIS "\n" },
        { 0, 3, "a" WIDE WIDE, 2, "a" ELLIPSIS "\n" },
        { 0, 5, "a" WIDE WIDE, 5, "a" WIDE WIDE "\n" },
        /* what is dropped takes no room */
        { 0, 5, "\x1b[31mhello\x1b[m", 5, "hello\n" },
        { 0, 1, "e" ACUTE ACUTE, 1, "e" ACUTE ACUTE "\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct canvas canvas = make(8, 1, NULL);
        int used = area_fit(canvas_area(&canvas), cases[i].column, 0,
                            cases[i].columns, plain, cases[i].text, ELLIPSIS);

        if (used != cases[i].used)
            fail_msg("case %zu: %d columns", i, used);
        expect_text(&canvas, cases[i].expected);
        canvas_release(&canvas);
    }
}

static void area_fit_cuts_an_ellipsis_that_does_not_fit(void **state)
{
    struct canvas canvas = make(8, 1, NULL);

    (void)state;
    assert_int_equal(
        area_fit(canvas_area(&canvas), 0, 0, 2, plain, "hello", "..."), 2);
    expect_text(&canvas, "..\n");
    assert_int_equal(
        area_fit(canvas_area(&canvas), 0, 0, 2, plain, "hello", ""), 2);
    expect_text(&canvas, "he\n");
    canvas_release(&canvas);
}

/* ---- cells ------------------------------------------------------------ */

static void area_cluster_cuts_a_long_one_behind_a_code_point(void **state)
{
    static const struct {
        const char *bytes;
        int width;
        const char *expected;
    } cases[] = {
        /* 25 bytes: the fourth person does not fit, nor the joiner */
        { WOMAN JOINER WOMAN JOINER WOMAN JOINER WOMAN, 2,
          WOMAN JOINER WOMAN JOINER WOMAN "\n" },
        /* 20 bytes: without the second one, its joiner joins nothing */
        { WOMAN JOINER HEART JOINER WOMAN, 2, WOMAN JOINER HEART "\n" },
        { "e" ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE, 1,
          "e" ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE "\n" },
        { "\xC3\xA9" ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE, 1,
          "\xC3\xA9" ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE ACUTE "\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct canvas canvas = make(4, 1, NULL);

        area_cluster(canvas_area(&canvas), 0, 0, plain, cases[i].bytes,
                     strlen(cases[i].bytes), cases[i].width);
        expect_text(&canvas, cases[i].expected);
        expect_whole(&canvas);
        canvas_release(&canvas);
    }
}

static void area_cluster_of_a_control_is_a_space(void **state)
{
    static const char *const controls[] = { "\x1b", "\n", "\x7f", "\xC2\x9B",
                                            "" };
    struct canvas canvas = make(3, 1, "x");

    (void)state;
    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
        area_cluster(canvas_area(&canvas), 1, 0, plain, controls[i],
                     strlen(controls[i]), 1);
        expect_text(&canvas, "x x\n");
        area_cluster(canvas_area(&canvas), 1, 0, plain, "y", 1, 1);
    }
    area_cluster(canvas_area(&canvas), 1, 0, ok, ACUTE, 2, 0);
    area_cluster(canvas_area(&canvas), 1, 0, ok, NULL, 0, -1);
    expect_text(&canvas, "xyx\n");
    expect_styles(&canvas, "\n");
    area_cluster(canvas_area(&canvas), 1, 0, ok, NULL, 0, 2);
    expect_text(&canvas, "x\n");
    expect_styles(&canvas, ".oo\n");
    expect_whole(&canvas);
    canvas_release(&canvas);
}

static void area_cluster_outside_of_an_area_is_not_drawn(void **state)
{
    static const int columns[] = { INT_MIN, -2, -1, 2, 3, INT_MAX };
    struct canvas canvas = make(6, 3, ".");
    struct area area = area_part(canvas_area(&canvas), 2, 1, 2, 1);
    struct area none = area_part(canvas_area(&canvas), 2, 1, 0, 0);

    (void)state;
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        area_cluster(area, columns[i], 0, ok, "x", 1, 1);
        area_cluster(area, columns[i], 1, ok, "x", 1, 1);
        area_cluster(area, 0, columns[i], ok, "x", 1, 1);
        area_cluster(none, columns[i], 0, ok, WIDE, 3, 2);
    }
    area_cluster(none, 0, 0, ok, WIDE, 3, 2);
    area_fill(none, ok, "x");
    area_mark(none, 0, 0, -1, ATTRIBUTE_SELECTED);
    area_cursor(none, 0, 0);
    expect_text(&canvas, "......\n......\n......\n");
    expect_styles(&canvas, "\n\n\n");
    assert_false(canvas.has_cursor);
    canvas_release(&canvas);
}

static void area_fill_fills_every_cell(void **state)
{
    struct canvas canvas = make(5, 2, NULL);
    struct area all = canvas_area(&canvas);

    (void)state;
    area_fill(all, ok, WIDE);
    expect_text(&canvas, WIDE WIDE "\n" WIDE WIDE "\n");
    expect_styles(&canvas, "ooooo\nooooo\n");
    expect_whole(&canvas);
    area_fill(area_part(all, 1, 0, 3, 1), plain, "-");
    expect_text(&canvas, " ---\n" WIDE WIDE "\n");
    area_fill(all, plain, ACUTE);
    expect_text(&canvas, "\n\n");
    area_fill(all, ok, NULL);
    expect_styles(&canvas, "ooooo\nooooo\n");
    area_fill(all, plain, "");
    expect_text(&canvas, "\n\n");
    expect_styles(&canvas, "\n\n");
    canvas_release(&canvas);
}

static void area_mark_lays_attributes_over_the_style(void **state)
{
    static const struct {
        int column, row, columns;
        const char *expected;
    } cases[] = {
        { 0, 0, 2, ".##\n" },
        { 0, 0, -1, ".####\n" },
        { 2, 0, -1, "...##\n" },
        { -1, 0, 2, ".#\n" },
        { -9, 0, -1, ".####\n" },
        { 3, 0, 9, "....#\n" },
        { 4, 0, 1, "\n" },
        { 0, 1, 2, "\n" },
        { 0, -1, 2, "\n" },
        { 0, 0, 0, "\n" },
        { 1, 0, INT_MAX, "..###\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct canvas canvas = make(6, 1, "x");
        struct area area = area_part(canvas_area(&canvas), 1, 0, 4, 1);

        area_mark(area, cases[i].column, cases[i].row, cases[i].columns,
                  ATTRIBUTE_SELECTED);
        expect_styles(&canvas, cases[i].expected);
        expect_text(&canvas, "xxxxxx\n");
        canvas_release(&canvas);
    }
}

static void area_mark_marks_both_halves(void **state)
{
    struct canvas canvas = make(8, 1, WIDE);

    (void)state;
    area_mark(canvas_area(&canvas), 1, 0, 1, ATTRIBUTE_MATCHED);
    expect_styles(&canvas, "**\n");
    area_mark(canvas_area(&canvas), 4, 0, 1, ATTRIBUTE_SELECTED);
    expect_styles(&canvas, "**..##\n");
    area_mark(canvas_area(&canvas), 5, 0, 3, ATTRIBUTE_MATCHED);
    expect_styles(&canvas, "**..@@**\n");
    expect_whole(&canvas);
    canvas_release(&canvas);
}

static void area_cursor_is_seen_only_inside(void **state)
{
    struct canvas canvas = make(6, 3, NULL);
    struct area area = area_part(canvas_area(&canvas), 1, 1, 4, 1);

    (void)state;
    area_cursor(area, 4, 0);
    area_cursor(area, -1, 0);
    area_cursor(area, 0, 1);
    area_cursor(area, 0, -1);
    assert_false(canvas.has_cursor);
    area_cursor(area, 3, 0);
    assert_true(canvas.has_cursor);
    assert_int_equal(canvas.cursor_column, 4);
    assert_int_equal(canvas.cursor_row, 1);
    canvas_release(&canvas);
}

static void canvas_styles_has_a_letter_for_each_style(void **state)
{
    static const char letters[] = ".oFwr-sdaSbftm";
    struct canvas canvas = make(ROLE_COUNT + 6, 1, NULL);
    struct area area = canvas_area(&canvas);
    struct style own = { .foreground = COLOUR_INDEX + 1 };
    struct style background = { .background = COLOUR_RGB };
    struct style bold = { .attributes = ATTRIBUTE_BOLD };
    struct style both = { .attributes = ATTRIBUTE_SELECTED | ATTRIBUTE_MATCHED,
                          .role = ROLE_FAILED };
    char expected[64];

    (void)state;
    assert_int_equal(strlen(letters), ROLE_COUNT);
    for (int role = 0; role < ROLE_COUNT; role++)
        area_text(area, role, 0, (struct style){ .role = (uint8_t)role }, "x");
    area_text(area, ROLE_COUNT, 0, own, "x");
    area_text(area, ROLE_COUNT + 1, 0, background, "x");
    area_text(area, ROLE_COUNT + 2, 0, bold, "x");
    area_text(area, ROLE_COUNT + 3, 0, both, "x");
    strcat(strcpy(expected, letters), "cc.@\n");
    expect_styles(&canvas, expected);
    canvas_release(&canvas);
}

static void canvas_stays_whole_whatever_is_drawn(void **state)
{
    static const char *const texts[] = {
        "x", WIDE, "xy", WIDE WIDE, "e" ACUTE, WOMAN JOINER WOMAN, " "
    };
    struct canvas canvas = make(9, 2, NULL);
    unsigned seed = 12345;

    (void)state;
    for (int i = 0; i < 5000; i++) {
        int numbers[5];
        struct area area;

        for (size_t j = 0; j < 5; j++) {
            seed = seed * 1103515245u + 12345u;
            numbers[j] = (int)((seed >> 16) % 14);
        }
        area = area_part(canvas_area(&canvas), numbers[0] - 2, 0,
                         numbers[1] - 1, 2);
        area_text(area, numbers[2] - 4, numbers[3] % 2, plain,
                  texts[numbers[4] % 7]);
        expect_whole(&canvas);
    }
    canvas_release(&canvas);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(canvas_clamps_its_size),
        cmocka_unit_test(canvas_erase_takes_text_style_and_cursor),
        cmocka_unit_test(canvas_cell_is_null_outside),
        cmocka_unit_test(canvas_copy_is_the_same_picture),
        cmocka_unit_test(area_part_is_clipped_to_its_area),
        cmocka_unit_test(area_inset_leaves_the_border_out),
        cmocka_unit_test(area_text_draws_only_inside),
        cmocka_unit_test(area_text_lets_no_control_through),
        cmocka_unit_test(area_text_over_half_a_wide_one_leaves_a_space),
        cmocka_unit_test(area_text_leaves_no_half_beside_the_area),
        cmocka_unit_test(area_fit_cuts_with_the_ellipsis),
        cmocka_unit_test(area_fit_cuts_an_ellipsis_that_does_not_fit),
        cmocka_unit_test(area_cluster_cuts_a_long_one_behind_a_code_point),
        cmocka_unit_test(area_cluster_of_a_control_is_a_space),
        cmocka_unit_test(area_cluster_outside_of_an_area_is_not_drawn),
        cmocka_unit_test(area_fill_fills_every_cell),
        cmocka_unit_test(area_mark_lays_attributes_over_the_style),
        cmocka_unit_test(area_mark_marks_both_halves),
        cmocka_unit_test(area_cursor_is_seen_only_inside),
        cmocka_unit_test(canvas_styles_has_a_letter_for_each_style),
        cmocka_unit_test(canvas_stays_whole_whatever_is_drawn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
