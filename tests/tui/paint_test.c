#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tui/paint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a terminal, as strict as can be ---------------------------------- */

enum { COLUMNS = 24, ROWS = 6 };

struct shown {
    char text[CELL_TEXT_SIZE];
    int width;
    struct look look;
};

/* It understands what the painter may send, and fails the test for the rest.
 * Where terminals differ (where the cursor is behind a character that is not
 * ASCII, what is left of half a wide one) it does something useless. */
struct screen {
    struct shown cells[ROWS][COLUMNS];
    int columns, rows;
    int column, row; /* -1: somewhere */
    struct look look;
    bool has_cursor, is_synchronised;
    int printed; /* characters */
};

static void shown_set(struct shown *cell, const char *text, int width,
                      struct look look)
{
    snprintf(cell->text, sizeof(cell->text), "%s", text);
    cell->width = width;
    cell->look = look;
}

static void screen_spoil(struct screen *screen, int column, int row)
{
    const struct look odd = { .attributes = 255 };

    if (column >= 0 && column < screen->columns)
        shown_set(&screen->cells[row][column], "#", 1, odd);
}

static void screen_print(struct screen *screen, const char *text, size_t size,
                         int width)
{
    char copy[CELL_TEXT_SIZE];
    int column = screen->column, row = screen->row;
    struct shown *cells = screen->cells[row];

    assert_true(column >= 0 && row >= 0);
    assert_true(size < sizeof(copy));
    assert_true(column + width <= screen->columns);
    memcpy(copy, text, size);
    copy[size] = '\0';
    if (cells[column].width == 0)
        screen_spoil(screen, column - 1, row);
    if (cells[column + width - 1].width == 2)
        screen_spoil(screen, column + width, row);
    shown_set(&cells[column], copy, width, screen->look);
    if (width == 2)
        shown_set(&cells[column + 1], "", 0, screen->look);
    screen->printed++;
    screen->column += width;
    if ((unsigned char)text[0] >= 0x80 || screen->column >= screen->columns)
        screen->column = screen->row = -1;
}

static void screen_erase(struct screen *screen, int column, int row)
{
    const struct look plain = { 0 };

    assert_memory_equal(&screen->look.attributes, &plain.attributes, 1);
    assert_int_equal(screen->look.background, 0);
    for (; column < screen->columns; column++)
        shown_set(&screen->cells[row][column], " ", 1, plain);
}

static uint32_t *colour_of(struct screen *screen, int number)
{
    return number == 38 ? &screen->look.foreground : &screen->look.background;
}

static void screen_colours(struct screen *screen, const int *values, int count)
{
    static const uint8_t attributes[] = {
        [1] = ATTRIBUTE_BOLD,    [2] = ATTRIBUTE_DIM,
        [3] = ATTRIBUTE_ITALIC,  [4] = ATTRIBUTE_UNDERLINE,
        [7] = ATTRIBUTE_REVERSE,
    };

    for (int i = 0; i < count; i++) {
        if (values[i] == 0) {
            screen->look = (struct look){ 0 };
        } else if (values[i] < 8 && attributes[values[i]]) {
            screen->look.attributes |= attributes[values[i]];
        } else if (values[i + 1] == 5) {
            assert_int_equal(count - i, 3);
            *colour_of(screen, values[i]) =
                COLOUR_INDEX | (uint32_t)values[i + 2];
            return;
        } else {
            assert_int_equal(values[i + 1], 2);
            assert_int_equal(count - i, 5);
            *colour_of(screen, values[i]) =
                COLOUR_RGB | (uint32_t)values[i + 2] << 16 |
                (uint32_t)values[i + 3] << 8 | (uint32_t)values[i + 4];
            return;
        }
    }
}

static void screen_command(struct screen *screen, const char *text, char final)
{
    bool is_private = text[0] == '?';
    int values[8] = { 0 }, count = 0;
    const char *at = text + is_private;
    char *end;

    do {
        values[count++] = (int)strtol(at, &end, 10);
        at = end + 1;
    } while (*end == ';' && count < 6);
    if (is_private && values[0] == 25) {
        screen->has_cursor = final == 'h';
    } else if (is_private) {
        assert_int_equal(values[0], 2026);
        screen->is_synchronised = final == 'h';
    } else if (final == 'H') {
        screen->row = values[0] - 1;
        screen->column = values[1] - 1;
        assert_true(screen->row >= 0 && screen->row < screen->rows);
        assert_true(screen->column >= 0 && screen->column < screen->columns);
    } else if (final == 'm') {
        screen_colours(screen, values, count);
    } else if (final == 'K') {
        screen_erase(screen, screen->column, screen->row);
    } else {
        assert_int_equal(final, 'J');
        for (int row = 0; row < screen->rows; row++)
            screen_erase(screen, 0, row);
    }
}

/* The clusters that the tests use, and how wide they are. */
static const struct {
    const char *text;
    int width;
} clusters[] = {
    { "e\xCC\x81", 1 },
    { "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB", 2 },
    { "\xE4\xB8\x96", 2 },
    { "\xE2\x9C\x94", 1 },
    { "\xC3\xA9", 1 },
};

static void screen_take(struct screen *screen, const struct strbuf *bytes)
{
    const char *at = strbuf_text(bytes), *end = at + bytes->len;

    while (at < end) {
        size_t size = 1, i = 0;
        int width = 1;

        if (*at == '\x1b') {
            assert_int_equal(at[1], '[');
            size = 2 + strspn(at + 2, "?0123456789;");
            screen_command(screen, at + 2, at[size]);
            at += size + 1;
            continue;
        }
        assert_true((unsigned char)*at >= ' ' && *at != 0x7f);
        for (; i < sizeof(clusters) / sizeof(clusters[0]); i++) {
            if (strncmp(at, clusters[i].text, strlen(clusters[i].text)) == 0) {
                size = strlen(clusters[i].text);
                width = clusters[i].width;
                break;
            }
        }
        assert_true(size > 1 || (unsigned char)*at < 0x80);
        screen_print(screen, at, size, width);
        at += size;
    }
}

/* ---- the painter's terminal ------------------------------------------- */

static void add_move(void *context, int column, int row, struct strbuf *out)
{
    (void)context;
    strbuf_addf(out, "\x1b[%d;%dH", row + 1, column + 1);
}

static void add_colour(void *context, bool background, int number,
                       struct strbuf *out)
{
    (void)context;
    assert_true(number >= 0 && number < 256);
    strbuf_addf(out, "\x1b[%d;5;%dm", background ? 48 : 38, number);
}

static struct paint_terminal terminal_of(enum colour_depth depth)
{
    return (struct paint_terminal){ .depth = depth,
                                    .has_dim = true,
                                    .has_italic = true,
                                    .move = add_move,
                                    .colour = add_colour };
}

static struct theme *load_theme(void)
{
    struct error err = { 0 };
    struct theme *theme = theme_load("default", NULL, &err);

    assert_string_equal(err.message, "");
    assert_non_null(theme);
    return theme;
}

/* ---- arriving --------------------------------------------------------- */

static unsigned chance(unsigned *seed, unsigned below)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % below;
}

static struct style random_style(unsigned *seed)
{
    struct style style = { .role = (uint8_t)chance(seed, ROLE_COUNT) };

    if (chance(seed, 2))
        style.attributes = (uint8_t)chance(seed, 128);
    if (chance(seed, 4) == 0)
        style.foreground = COLOUR_INDEX | chance(seed, 256);
    if (chance(seed, 4) == 0)
        style.background = COLOUR_RGB | chance(seed, 0x8000) << 7;
    if (chance(seed, 2))
        style = (struct style){ 0 };
    return style;
}

static void draw_something(struct canvas *canvas, unsigned *seed)
{
    struct area all = canvas_area(canvas);
    unsigned strokes = chance(seed, 12);

    for (unsigned i = 0; i < strokes; i++) {
        struct strbuf text = { 0 };
        unsigned count = chance(seed, 9);

        for (unsigned k = 0; k < count; k++) {
            unsigned which = chance(seed, 9);

            strbuf_adds(&text, which < 5   ? clusters[which].text
                               : which < 7 ? " "
                               : which < 8 ? "x"
                                           : "ab");
        }
        area_text(all, (int)chance(seed, COLUMNS) - 2, (int)chance(seed, ROWS),
                  random_style(seed), strbuf_text(&text));
        strbuf_release(&text);
    }
    if (chance(seed, 8) == 0)
        area_fill(area_part(all, (int)chance(seed, COLUMNS), 0, COLUMNS,
                            (int)chance(seed, ROWS)),
                  random_style(seed), NULL);
    if (chance(seed, 3) == 0)
        area_cursor(all, (int)chance(seed, COLUMNS), (int)chance(seed, ROWS));
}

static struct look expected_look(const struct paint_terminal *terminal,
                                 const struct theme *theme,
                                 const struct style *style)
{
    struct look look = theme_look(theme, style, terminal->depth);

    if (!terminal->has_dim)
        look.attributes &= (uint8_t)~ATTRIBUTE_DIM;
    if (!terminal->has_italic)
        look.attributes &= (uint8_t)~ATTRIBUTE_ITALIC;
    return look;
}

static void check_cell(const struct paint_terminal *terminal,
                       const struct theme *theme, const struct cell *cells,
                       int column, const struct shown *shown)
{
    const struct cell *cell = &cells[column];
    const struct cell *owner = cell->width ? cell : cell - 1;
    struct look look = expected_look(terminal, theme, &owner->style);
    const char *text = cell->text[0] || !cell->width ? cell->text : " ";
    int width = cell->width;

    if (terminal->is_ascii && owner->text[0] && owner->text[1]) {
        text = cell->width ? "?" : " ";
        width = 1;
    }
    assert_string_equal(shown->text, text);
    assert_int_equal(shown->width, width);
    assert_int_equal(shown->look.foreground, look.foreground);
    assert_int_equal(shown->look.background, look.background);
    assert_int_equal(shown->look.attributes, look.attributes);
}

static void check_screen(const struct paint_terminal *terminal,
                         const struct theme *theme, const struct canvas *canvas,
                         const struct screen *screen)
{
    const struct look plain = { 0 };

    for (int row = 0; row < canvas->rows; row++) {
        for (int column = 0; column < canvas->columns; column++)
            check_cell(terminal, theme, canvas_cell(canvas, 0, row), column,
                       &screen->cells[row][column]);
    }
    assert_memory_equal(&screen->look, &plain, sizeof(plain));
    assert_false(screen->is_synchronised);
    assert_int_equal(screen->has_cursor, canvas->has_cursor);
    if (canvas->has_cursor) {
        assert_int_equal(screen->column, canvas->cursor_column);
        assert_int_equal(screen->row, canvas->cursor_row);
    }
}

/* A screen that shows nobody knows what. */
static struct screen strange_screen(int columns, int rows)
{
    struct screen screen = { .columns = columns,
                             .rows = rows,
                             .column = -1,
                             .row = -1,
                             .has_cursor = true };

    for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++)
            screen_spoil(&screen, column, row);
    }
    return screen;
}

static void try_frames(const struct paint_terminal *terminal,
                       const struct theme *theme, unsigned seed)
{
    struct canvas before = { 0 }, after = { 0 };
    struct strbuf bytes = { 0 };
    int columns = 1 + (int)chance(&seed, COLUMNS);
    int rows = 1 + (int)chance(&seed, ROWS);
    struct screen screen = strange_screen(columns, rows);

    canvas_resize(&after, columns, rows);
    for (int i = 0; i < 12; i++) {
        draw_something(&after, &seed);
        strbuf_clear(&bytes);
        paint(terminal, theme, i ? &before : NULL, &after, &bytes);
        screen_take(&screen, &bytes);
        check_screen(terminal, theme, &after, &screen);
        canvas_copy(&before, &after);
        if (chance(&seed, 6) == 0)
            canvas_erase(&after);
    }
    strbuf_release(&bytes);
    canvas_release(&before);
    canvas_release(&after);
}

static void paint_arrives_at_every_depth(void **state)
{
    struct theme *theme = load_theme();

    (void)state;
    for (int depth = DEPTH_MONO; depth <= DEPTH_TRUE; depth++) {
        for (unsigned seed = 1; seed <= 250; seed++) {
            struct paint_terminal terminal =
                terminal_of((enum colour_depth)depth);

            terminal.is_ascii = seed % 5 == 0;
            terminal.has_dim = seed % 3 != 0;
            terminal.has_italic = seed % 4 != 0;
            terminal.lines_are_narrow = seed % 5 > 1;
            terminal.synchronises = seed % 2 == 0;
            try_frames(&terminal, theme, seed * 77 + (unsigned)depth);
        }
    }
    theme_free(theme);
}

/* ---- what is sent ----------------------------------------------------- */

struct pair {
    struct theme *theme;
    struct canvas before, after;
    struct strbuf bytes;
    struct paint_terminal terminal;
};

static void pair_init(struct pair *pair)
{
    *pair = (struct pair){ .theme = load_theme(),
                           .terminal = terminal_of(DEPTH_256) };
    canvas_resize(&pair->before, 10, 3);
    area_text(canvas_area(&pair->before), 0, 1, (struct style){ 0 },
              "0123456789");
    canvas_copy(&pair->after, &pair->before);
}

static const char *pair_paint(struct pair *pair)
{
    strbuf_clear(&pair->bytes);
    paint(&pair->terminal, pair->theme, &pair->before, &pair->after,
          &pair->bytes);
    return strbuf_text(&pair->bytes);
}

static void pair_release(struct pair *pair)
{
    theme_free(pair->theme);
    canvas_release(&pair->before);
    canvas_release(&pair->after);
    strbuf_release(&pair->bytes);
}

static void paint_sends_nothing_when_nothing_differs(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair);
    pair.terminal.synchronises = true;
    assert_string_equal(pair_paint(&pair), "");
    area_cursor(canvas_area(&pair.before), 3, 1);
    area_cursor(canvas_area(&pair.after), 3, 1);
    assert_string_equal(pair_paint(&pair), "");
    pair_release(&pair);
}

static void paint_sends_only_what_differs(void **state)
{
    const struct style plain = { 0 };
    struct pair pair;

    (void)state;
    pair_init(&pair);
    area_text(canvas_area(&pair.after), 1, 1, plain, "ab");
    area_text(canvas_area(&pair.after), 9, 1, plain, "c");
    assert_string_equal(pair_paint(&pair), "\x1b[2;2Hab\x1b[2;10Hc");
    pair_release(&pair);
}

/* Moving the cursor takes more bytes than a few letters. */
static void paint_writes_a_small_gap_again(void **state)
{
    const struct style plain = { 0 };
    struct style bold = plain;
    struct pair pair;

    (void)state;
    bold.attributes = ATTRIBUTE_BOLD;
    pair_init(&pair);
    area_text(canvas_area(&pair.before), 0, 1, plain, "0123456789");
    area_text(canvas_area(&pair.after), 0, 1, plain, "a123b56789");
    assert_string_equal(pair_paint(&pair), "\x1b[2;1Ha123b");
    /* Not where the look would have to change as well. */
    area_text(canvas_area(&pair.before), 2, 1, bold, "2");
    area_text(canvas_area(&pair.after), 2, 1, bold, "2");
    assert_string_equal(pair_paint(&pair), "\x1b[2;1Ha\x1b[2;5Hb");
    pair_release(&pair);
}

/* A text that goes from a box leaves an empty row and the border. */
static void paint_erases_up_to_a_border(void **state)
{
    const struct style plain = { 0 };
    struct pair pair;

    (void)state;
    pair_init(&pair);
    pair.terminal.lines_are_narrow = true;
    canvas_resize(&pair.before, 21, 3);
    canvas_resize(&pair.after, 21, 3);
    area_text(canvas_area(&pair.before), 0, 0, plain, "│a long line of text│");
    area_text(canvas_area(&pair.after), 0, 0, plain, "│a                  │");
    assert_string_equal(pair_paint(&pair), "\x1b[1;4H\x1b[K\x1b[1;21H│");
    pair_release(&pair);
}

static void paint_trusts_lines_where_they_are_narrow(void **state)
{
    const struct style plain = { 0 };
    struct pair pair;

    (void)state;
    pair_init(&pair);
    area_text(canvas_area(&pair.after), 0, 0, plain, "┌─a");
    assert_string_equal(pair_paint(&pair), "\x1b[1;1H┌\x1b[1;2H─\x1b[1;3Ha");
    pair.terminal.lines_are_narrow = true;
    assert_string_equal(pair_paint(&pair), "\x1b[1;1H┌─a");
    pair_release(&pair);
}

static void paint_places_the_cursor_behind_what_is_not_ascii(void **state)
{
    const struct style plain = { 0 };
    struct pair pair;

    (void)state;
    pair_init(&pair);
    area_text(canvas_area(&pair.after), 0, 0, plain, "\xE2\x9C\x94 x");
    assert_string_equal(pair_paint(&pair), "\x1b[1;1H\xE2\x9C\x94\x1b[1;3Hx");
    pair_release(&pair);
}

static void paint_erases_an_empty_rest_of_a_row(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair);
    area_text(canvas_area(&pair.after), 2, 1, (struct style){ 0 }, "        ");
    assert_string_equal(pair_paint(&pair), "\x1b[2;3H\x1b[K");
    pair_release(&pair);
}

static void paint_moves_the_cursor_alone(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair);
    area_cursor(canvas_area(&pair.after), 3, 1);
    assert_string_equal(pair_paint(&pair), "\x1b[2;4H\x1b[?25h");
    canvas_copy(&pair.before, &pair.after);
    area_cursor(canvas_area(&pair.after), 4, 1);
    assert_string_equal(pair_paint(&pair), "\x1b[?25l\x1b[2;5H\x1b[?25h");
    pair.before.has_cursor = true;
    pair.after.has_cursor = false;
    assert_string_equal(pair_paint(&pair), "\x1b[?25l");
    pair_release(&pair);
}

static void paint_wraps_a_frame_where_the_terminal_can(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair);
    pair.terminal.synchronises = true;
    area_text(canvas_area(&pair.after), 0, 0, (struct style){ 0 }, "x");
    assert_string_equal(pair_paint(&pair), "\x1b[?2026h\x1b[1;1Hx\x1b[?2026l");
    pair_release(&pair);
}

static void paint_erases_a_screen_of_another_size(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair);
    canvas_resize(&pair.after, 9, 3);
    area_text(canvas_area(&pair.after), 0, 2, (struct style){ 0 }, "x");
    assert_string_equal(pair_paint(&pair), "\x1b[?25l\x1b[0m\x1b[2J\x1b[3;1Hx");
    pair_release(&pair);
}

static void paint_uses_no_colours_without_any(void **state)
{
    const struct style loud = { .role = ROLE_FAILED,
                                .attributes = ATTRIBUTE_BOLD,
                                .foreground = COLOUR_RGB | 0xff0000,
                                .background = COLOUR_INDEX | 3 };
    struct pair pair;

    (void)state;
    pair_init(&pair);
    pair.terminal = terminal_of(DEPTH_MONO);
    area_text(canvas_area(&pair.after), 0, 0, loud, "x");
    assert_null(strstr(pair_paint(&pair), "8;"));
    assert_non_null(strstr(pair_paint(&pair), "\x1b[1"));
    pair_release(&pair);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(paint_arrives_at_every_depth),
        cmocka_unit_test(paint_sends_nothing_when_nothing_differs),
        cmocka_unit_test(paint_sends_only_what_differs),
        cmocka_unit_test(paint_writes_a_small_gap_again),
        cmocka_unit_test(paint_erases_up_to_a_border),
        cmocka_unit_test(paint_trusts_lines_where_they_are_narrow),
        cmocka_unit_test(paint_places_the_cursor_behind_what_is_not_ascii),
        cmocka_unit_test(paint_erases_an_empty_rest_of_a_row),
        cmocka_unit_test(paint_moves_the_cursor_alone),
        cmocka_unit_test(paint_wraps_a_frame_where_the_terminal_can),
        cmocka_unit_test(paint_erases_a_screen_of_another_size),
        cmocka_unit_test(paint_uses_no_colours_without_any),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
