#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "tui/canvas.h"
#include "tui/svg.h"
#include "tui/theme.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDE "\xE4\xB8\xAD"
#define ACUTE "\xCC\x81"
#define LINE "\xE2\x94\x80"
#define CHECK "\xE2\x9C\x94"

static const struct style plain = { 0 };

/* ---- well-formedness -------------------------------------------------- */

enum { DEPTH_LIMIT = 16, NAME_LIMIT = 16 };

/* The tags that are open. */
struct reader {
    const char *at;
    char names[DEPTH_LIMIT][NAME_LIMIT];
    int depth;
    int roots;
};

static bool is_name(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static void read_entity(struct reader *reader)
{
    static const char *const entities[] = { "&amp;", "&lt;", "&gt;", "&quot;" };

    for (size_t i = 0; i < 4; i++) {
        size_t size = strlen(entities[i]);

        if (strncmp(reader->at, entities[i], size) == 0) {
            reader->at += size;
            return;
        }
    }
    fail_msg("a raw &: %.20s", reader->at);
}

/* The characters up to a `<` or `"`. */
static void read_characters(struct reader *reader)
{
    while (*reader->at && !strchr("<\"", *reader->at)) {
        unsigned char byte = (unsigned char)*reader->at;

        assert_true(byte != '>' && (byte >= 0x20 || byte == '\n'));
        if (byte == '&')
            read_entity(reader);
        else
            reader->at++;
    }
}

static void read_name(struct reader *reader, char name[NAME_LIMIT])
{
    size_t size = 0;

    while (is_name(reader->at[size]) || (size && reader->at[size] == '-'))
        size++;
    assert_in_range(size, 1, NAME_LIMIT - 1);
    memcpy(name, reader->at, size);
    name[size] = '\0';
    reader->at += size;
}

static void read_attributes(struct reader *reader)
{
    char name[NAME_LIMIT];

    while (*reader->at == ' ') {
        reader->at++;
        read_name(reader, name);
        assert_int_equal(strncmp(reader->at, "=\"", 2), 0);
        reader->at += 2;
        read_characters(reader);
        assert_int_equal(*reader->at++, '"');
    }
}

static void read_tag(struct reader *reader)
{
    char name[NAME_LIMIT];
    bool closes = *++reader->at == '/';

    if (closes) {
        reader->at++;
        read_name(reader, name);
        assert_true(reader->depth > 0);
        assert_string_equal(reader->names[--reader->depth], name);
    } else {
        assert_true(reader->depth < DEPTH_LIMIT);
        reader->roots += reader->depth == 0;
        read_name(reader, reader->names[reader->depth++]);
        read_attributes(reader);
        if (*reader->at == '/') {
            reader->at++;
            reader->depth--;
        }
    }
    assert_int_equal(*reader->at++, '>');
}

static void expect_well_formed(const char *picture)
{
    struct reader reader = { .at = picture };

    assert_true(utf8_is_valid(picture, strlen(picture)));
    while (*reader.at) {
        if (*reader.at == '<')
            read_tag(&reader);
        else if (*reader.at == '"')
            reader.at++;
        else
            read_characters(&reader);
    }
    assert_int_equal(reader.depth, 0);
    assert_int_equal(reader.roots, 1);
}

/* ---- fixture ---------------------------------------------------------- */

static int load_theme(void **state)
{
    struct error err = { 0 };

    *state = theme_load("default", NULL, &err);
    return *state ? 0 : -1;
}

static int free_theme(void **state)
{
    theme_free(*state);
    return 0;
}

static struct canvas make(int columns, int rows)
{
    struct canvas canvas = { 0 };

    canvas_resize(&canvas, columns, rows);
    return canvas;
}

/* The picture, to free; well-formed, or the test fails. */
static char *picture_of(const struct canvas *canvas, const struct theme *theme,
                        const char *title)
{
    struct strbuf out = { 0 };

    canvas_svg(canvas, theme, title, &out);
    expect_well_formed(out.data);
    return strbuf_take(&out);
}

static void expect_part(const char *picture, const char *part)
{
    if (!strstr(picture, part))
        fail_msg("no %s in\n%s", part, picture);
}

static void expect_no_part(const char *picture, const char *part)
{
    if (strstr(picture, part))
        fail_msg("a %s in\n%s", part, picture);
}

static size_t count_parts(const char *text, const char *part)
{
    size_t count = 0;

    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        count++;
    return count;
}

/* A row with the text is a picture with the part. */
static void expect_row(const struct theme *theme, struct style style,
                       const char *text, const char *part)
{
    struct canvas canvas = make(20, 1);
    char *picture;

    area_text(canvas_area(&canvas), 0, 0, style, text);
    picture = picture_of(&canvas, theme, NULL);
    expect_part(picture, part);
    free(picture);
    canvas_release(&canvas);
}

/* ---- tests ------------------------------------------------------------ */

static void svg_is_a_window_of_the_size_of_the_canvas(void **state)
{
    struct canvas canvas = make(80, 24);
    char *picture = picture_of(&canvas, *state, "stepdeck");

    expect_part(picture, "<svg xmlns=\"http://www.w3.org/2000/svg\" "
                         "width=\"744\" height=\"474\" "
                         "viewBox=\"0 0 744 474\" role=\"img\">\n"
                         "<title>stepdeck</title>\n");
    expect_part(picture, "width=\"743\" height=\"473\" rx=\"8\" "
                         "fill=\"#16181d\"");
    expect_part(picture, "text-anchor=\"middle\"");
    expect_part(picture, ">stepdeck</text>");
    assert_int_equal(count_parts(picture, "<text"), 1);
    free(picture);
    canvas_release(&canvas);
}

static void svg_of_an_empty_canvas_is_well_formed(void **state)
{
    struct canvas canvas = { 0 };
    char *picture = picture_of(&canvas, *state, "x");

    assert_int_equal(count_parts(picture, "<text"), 1);
    free(picture);
}

static void svg_merges_text_of_equal_look(void **state)
{
    struct canvas canvas = make(40, 2);
    struct area area = canvas_area(&canvas);
    char *picture;

    area_text(area, 1, 0, plain, "hello big world  again");
    area_text(area, 0, 1, (struct style){ .role = ROLE_TITLE }, "one ");
    area_text(area, 4, 1, plain, "two");
    picture = picture_of(&canvas, *state, NULL);
    assert_int_equal(count_parts(picture, "<text"), 5);
    expect_part(picture, "<text x=\"21\" y=\"44\" textLength=\"135\" "
                         "lengthAdjust=\"spacingAndGlyphs\">"
                         "hello big world</text>");
    expect_part(picture, "<text x=\"174\" y=\"44\" textLength=\"45\" "
                         "lengthAdjust=\"spacingAndGlyphs\">again</text>");
    expect_part(picture, "<text x=\"12\" y=\"62\" textLength=\"27\" "
                         "font-weight=\"bold\" "
                         "lengthAdjust=\"spacingAndGlyphs\">one</text>");
    expect_part(picture, "<text x=\"48\" y=\"62\" textLength=\"27\" "
                         "lengthAdjust=\"spacingAndGlyphs\">two</text>");
    free(picture);
    canvas_release(&canvas);
}

static void svg_pieces_end_with_their_row(void **state)
{
    struct canvas canvas = make(3, 2);
    char *picture;

    area_text(canvas_area(&canvas), 0, 0, plain, "ab");
    area_text(canvas_area(&canvas), 0, 1, plain, "cde");
    picture = picture_of(&canvas, *state, NULL);
    expect_part(picture, "textLength=\"18\" "
                         "lengthAdjust=\"spacingAndGlyphs\">ab</text>");
    expect_part(picture, "textLength=\"27\" "
                         "lengthAdjust=\"spacingAndGlyphs\">cde</text>");
    free(picture);
    canvas_release(&canvas);
}

static void svg_keeps_every_cluster_on_the_grid(void **state)
{
    struct canvas canvas = make(20, 1);
    char *picture;

    area_text(canvas_area(&canvas), 0, 0, plain,
              "a" WIDE WIDE "e" ACUTE CHECK "b" LINE LINE LINE);
    picture = picture_of(&canvas, *state, NULL);
    expect_part(picture, "x=\"12\" y=\"44\" textLength=\"9\" "
                         "lengthAdjust=\"spacingAndGlyphs\">a<");
    expect_part(picture, "x=\"21\" y=\"44\" textLength=\"18\" "
                         "lengthAdjust=\"spacingAndGlyphs\">" WIDE "<");
    expect_part(picture, "x=\"39\" y=\"44\" textLength=\"18\" "
                         "lengthAdjust=\"spacingAndGlyphs\">" WIDE "<");
    expect_part(picture, "x=\"66\" y=\"44\" textLength=\"9\" "
                         "lengthAdjust=\"spacingAndGlyphs\">" CHECK "<");
    expect_part(picture, "x=\"75\" y=\"44\" textLength=\"9\" "
                         "lengthAdjust=\"spacingAndGlyphs\">b<");
    expect_part(picture,
                "x=\"84\" y=\"44\" textLength=\"27\" "
                "lengthAdjust=\"spacingAndGlyphs\">" LINE LINE LINE "<");
    free(picture);
    canvas_release(&canvas);
}

static void svg_escapes_text(void **state)
{
    expect_row(*state, plain, "<a href=\"x\">&amp;",
               ">&lt;a href=&quot;x&quot;&gt;&amp;amp;</text>");
}

static void svg_drops_what_xml_has_not(void **state)
{
    expect_row(*state, plain, "\xEF\xBF\xBE", "spacingAndGlyphs\"></text>");
    expect_row(*state, plain, "\xEF\xBF\xBF", "spacingAndGlyphs\"></text>");
    expect_row(*state, plain, "\xEF\xBF\xBD", ">\xEF\xBF\xBD</text>");
}

static void svg_shows_attributes(void **state)
{
    static const struct {
        uint8_t attributes;
        const char *part;
    } cases[] = {
        { ATTRIBUTE_BOLD, "textLength=\"9\" font-weight=\"bold\" length" },
        { ATTRIBUTE_ITALIC, "textLength=\"9\" font-style=\"italic\" length" },
        { ATTRIBUTE_UNDERLINE, "<rect x=\"12\" y=\"46\" width=\"9\" "
                               "height=\"1\" fill=\"#d8dade\"/>" },
        { ATTRIBUTE_REVERSE, "<rect x=\"12\" y=\"30\" width=\"9\" "
                             "height=\"18\" fill=\"#d8dade\"/>" },
        { ATTRIBUTE_REVERSE, "textLength=\"9\" fill=\"#16181d\"" },
        { ATTRIBUTE_DIM, "textLength=\"9\" fill=\"#8f9195\"" },
        { ATTRIBUTE_SELECTED, "textLength=\"9\" fill=\"#16181d\"" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect_row(*state, (struct style){ .attributes = cases[i].attributes },
                   "x", cases[i].part);
}

static void svg_shows_colours(void **state)
{
    struct style failed = { .role = ROLE_FAILED };
    struct style own = { .foreground = COLOUR_RGB + 0x010203,
                         .background = COLOUR_INDEX + 196 };
    char part[64];

    snprintf(part, sizeof(part), "textLength=\"9\" fill=\"#%06x\"",
             (unsigned)theme_rgb(COLOUR_INDEX + 1));
    expect_row(*state, failed, "x", part);
    expect_row(*state, own, "x", "textLength=\"9\" fill=\"#010203\"");
    expect_row(*state, own, "x y",
               "<rect x=\"12\" y=\"30\" width=\"27\" height=\"18\" "
               "fill=\"#ff0000\"/>");
}

static void svg_underlines_and_fills_spaces_too(void **state)
{
    struct style style = { .attributes = ATTRIBUTE_UNDERLINE,
                           .background = COLOUR_RGB + 0x102030 };
    struct canvas canvas = make(10, 1);
    char *picture;

    area_text(canvas_area(&canvas), 0, 0, style, "  " WIDE "  ");
    picture = picture_of(&canvas, *state, NULL);
    expect_part(picture, "<rect x=\"12\" y=\"30\" width=\"54\" height=\"18\" "
                         "fill=\"#102030\"/>");
    expect_part(picture, "<rect x=\"12\" y=\"46\" width=\"54\" height=\"1\" "
                         "fill=\"#d8dade\"/>");
    assert_int_equal(count_parts(picture, "<rect"), 3);
    free(picture);
    canvas_release(&canvas);
}

static void svg_title_is_foreign_text(void **state)
{
    struct canvas canvas = make(30, 1);
    char *picture =
        picture_of(&canvas, *state, "a<b>&\x1b[31m\x1b]0;x\a\xFF\ndeploy");

    expect_part(picture, "<title>a&lt;b&gt;&amp;\xEF\xBF\xBD deploy</title>");
    expect_part(picture, ">a&lt;b&gt;&amp;\xEF\xBF\xBD deploy</text>");
    free(picture);
    picture = picture_of(&canvas, *state, "longer than there is room for it");
    expect_part(picture, "<title>longer than there </title>");
    free(picture);
    picture = picture_of(&canvas, *state, NULL);
    expect_part(picture, "<title></title>");
    free(picture);
    canvas_release(&canvas);
}

static void svg_shows_the_cursor(void **state)
{
    static const char cursor[] = "<rect x=\"39.5\" y=\"48.5\" width=\"8\" "
                                 "height=\"17\" fill=\"none\"";
    struct canvas canvas = make(10, 3);
    char *picture = picture_of(&canvas, *state, NULL);

    expect_no_part(picture, "fill=\"none\"");
    free(picture);
    area_cursor(canvas_area(&canvas), 3, 1);
    picture = picture_of(&canvas, *state, NULL);
    expect_part(picture, cursor);
    free(picture);
    canvas_release(&canvas);
}

/* Every role and attribute, and every printable character of ASCII. */
static void draw_everything(struct canvas *canvas)
{
    static const char *const texts[] = { "x",   WIDE,        " ", "&<>\"'",
                                         CHECK, ("e" ACUTE), LINE };
    unsigned seed = 1;

    for (int i = 0; i < 400; i++) {
        struct style style = { 0 };

        seed = seed * 1103515245u + 12345u;
        style.role = (uint8_t)((seed >> 8) % ROLE_COUNT);
        style.attributes = (uint8_t)((seed >> 16) & 0x7f);
        style.foreground = i % 3 ? 0 : COLOUR_INDEX + (seed >> 12) % 256;
        style.background = i % 5 ? 0 : COLOUR_RGB + ((seed >> 4) & 0xffffff);
        area_text(canvas_area(canvas), i * 7 % 40, i % 10, style,
                  texts[(seed >> 20) % 7]);
    }
    for (int i = 0x20; i < 0x7f; i++)
        area_cluster(canvas_area(canvas), (i - 0x20) % 40, 7 + (i - 0x20) / 40,
                     plain, (char[]){ (char)i, '\0' }, 1, 1);
}

static void svg_is_the_same_each_time(void **state)
{
    struct canvas canvas = make(40, 10);
    char *picture, *again;
    struct strbuf appended = { 0 };

    draw_everything(&canvas);
    picture = picture_of(&canvas, *state, "all");
    again = picture_of(&canvas, *state, "all");
    assert_string_equal(picture, again);
    strbuf_adds(&appended, "before");
    canvas_svg(&canvas, *state, "all", &appended);
    assert_int_equal(memcmp(appended.data, "before", 6), 0);
    assert_string_equal(appended.data + 6, picture);
    strbuf_release(&appended);
    free(picture);
    free(again);
    canvas_release(&canvas);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(svg_is_a_window_of_the_size_of_the_canvas),
        cmocka_unit_test(svg_of_an_empty_canvas_is_well_formed),
        cmocka_unit_test(svg_merges_text_of_equal_look),
        cmocka_unit_test(svg_pieces_end_with_their_row),
        cmocka_unit_test(svg_keeps_every_cluster_on_the_grid),
        cmocka_unit_test(svg_escapes_text),
        cmocka_unit_test(svg_drops_what_xml_has_not),
        cmocka_unit_test(svg_shows_attributes),
        cmocka_unit_test(svg_shows_colours),
        cmocka_unit_test(svg_underlines_and_fills_spaces_too),
        cmocka_unit_test(svg_title_is_foreign_text),
        cmocka_unit_test(svg_shows_the_cursor),
        cmocka_unit_test(svg_is_the_same_each_time),
    };

    return cmocka_run_group_tests(tests, load_theme, free_theme);
}
