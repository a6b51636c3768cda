#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/fileio.h"
#include "base/mem.h"
#include "tui/theme.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RED (COLOUR_INDEX + 1)
#define GREEN (COLOUR_INDEX + 2)

static const char *const built_in[] = {
    "colour-blind", "dark", "default", "high-contrast", "light", "monochrome"
};

enum { BUILT_IN_COUNT = sizeof(built_in) / sizeof(built_in[0]) };

static struct theme *load(const char *name)
{
    struct error err = { 0 };
    struct theme *theme = theme_load(name, NULL, &err);

    if (!theme || error_is_set(&err))
        fail_msg("%s: %s", name, err.message);
    return theme;
}

static struct theme *parse(const char *text)
{
    struct error err = { 0 };
    struct theme *theme = theme_parse("mine", text, strlen(text), NULL, &err);

    if (!theme)
        fail_msg("%s", err.message);
    return theme;
}

static struct look look_of(const struct theme *theme, enum role role,
                           int attributes, enum colour_depth depth)
{
    struct style style = { .role = (uint8_t)role,
                           .attributes = (uint8_t)attributes };

    return theme_look(theme, &style, depth);
}

static void expect_look(struct look look, uint32_t foreground,
                        uint32_t background, int attributes)
{
    assert_int_equal(look.foreground, foreground);
    assert_int_equal(look.background, background);
    assert_int_equal(look.attributes, attributes);
}

/* ---- contrast (WCAG 2.1, "relative luminance") ------------------------ */

/* The n-th root of 0 to 1, by Newton, for want of libm. */
static double root(double value, int n)
{
    double guess = 1;

    for (int i = 0; i < 60 && value > 0; i++) {
        double power = 1;

        for (int j = 1; j < n; j++)
            power *= guess;
        guess += (value / power - guess) / n;
    }
    return value > 0 ? guess : 0;
}

static double linear(uint32_t channel)
{
    double value = (double)(channel & 0xff) / 255;

    double base = (value + 0.055) / 1.055;

    /* base to the power of 2.4 */
    return value <= 0.04045 ? value / 12.92
                            : base * base * root(base * base, 5);
}

static double luminance(uint32_t rgb)
{
    return 0.2126 * linear(rgb >> 16) + 0.7152 * linear(rgb >> 8) +
           0.0722 * linear(rgb);
}

static double contrast(uint32_t left, uint32_t right)
{
    double one = luminance(left) + 0.05;
    double other = luminance(right) + 0.05;

    return one > other ? one / other : other / one;
}

/* Of a look on the terminal that the theme is made for. */
static double look_contrast(const struct theme *theme, struct look look)
{
    uint32_t foreground, background;

    theme_terminal(theme, &foreground, &background);
    if (look.foreground)
        foreground = theme_rgb(look.foreground);
    if (look.background)
        background = theme_rgb(look.background);
    return look.attributes & ATTRIBUTE_REVERSE
               ? contrast(background, foreground)
               : contrast(foreground, background);
}

static bool is_quiet(int role)
{
    return role == ROLE_DIM || role == ROLE_SKIPPED || role == ROLE_BORDER;
}

static void expect_contrast(const char *name, enum colour_depth depth,
                            double least, double least_quiet)
{
    struct theme *theme = load(name);

    for (int role = 0; role < ROLE_COUNT; role++) {
        double wanted = is_quiet(role) ? least_quiet : least;
        double plain =
            look_contrast(theme, look_of(theme, (enum role)role, 0, depth));

        if (plain < wanted)
            fail_msg("%s: role %d has %.2f at depth %d", name, role, plain,
                     (int)depth);
    }
    theme_free(theme);
}

/* In the selected row nobody shows borders. */
static void expect_selected_contrast(const char *name, double least,
                                     double least_quiet)
{
    struct theme *theme = load(name);

    for (int role = 0; role < ROLE_COUNT; role++) {
        double wanted = is_quiet(role) ? least_quiet : least;
        double selected =
            look_contrast(theme, look_of(theme, (enum role)role,
                                         ATTRIBUTE_SELECTED, DEPTH_TRUE));

        if (role != ROLE_BORDER && selected < wanted)
            fail_msg("%s: role %d has %.2f when selected", name, role,
                     selected);
    }
    theme_free(theme);
}

static void themes_can_be_read_on_their_background(void **state)
{
    static const char *const names[] = { "dark", "light", "colour-blind" };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        expect_contrast(names[i], DEPTH_TRUE, 4.5, 3);
        expect_contrast(names[i], DEPTH_256, 4.5, 3);
        expect_selected_contrast(names[i], 4.5, 3);
    }
}

static void high_contrast_has_seven_to_one_at_every_depth(void **state)
{
    (void)state;
    expect_contrast("high-contrast", DEPTH_TRUE, 7, 7);
    expect_contrast("high-contrast", DEPTH_256, 7, 7);
    expect_contrast("high-contrast", DEPTH_16, 7, 7);
    expect_selected_contrast("high-contrast", 7, 7);
}

/* How far apart two colours are for somebody without red (or green) cones,
 * after Viénot, Brettel and Mollon (1999): red and green fall together in
 * linear light; `red` is what the red channel has in it. Compared by
 * lightness and by the blue that is left. */
static double distance_without(double red, uint32_t left, uint32_t right)
{
    double ours = red * linear(left >> 16) + (1 - red) * linear(left >> 8);
    double theirs = red * linear(right >> 16) + (1 - red) * linear(right >> 8);
    double yellow = root(ours, 3) - root(theirs, 3);
    double blue = root(linear(left), 3) - root(linear(right), 3);

    return root(yellow * yellow + blue * blue, 2);
}

static void colour_blind_theme_keeps_the_statuses_apart(void **state)
{
    static const enum role roles[] = { ROLE_OK, ROLE_FAILED, ROLE_WARNING,
                                       ROLE_RUNNING, ROLE_DIM };
    struct theme *theme = load("colour-blind");

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < i; j++) {
            uint32_t one =
                theme_rgb(look_of(theme, roles[i], 0, DEPTH_TRUE).foreground);
            uint32_t other =
                theme_rgb(look_of(theme, roles[j], 0, DEPTH_TRUE).foreground);
            double protan = distance_without(0.112, one, other);
            double deutan = distance_without(0.293, one, other);

            if (protan < 0.2 || deutan < 0.2)
                fail_msg("roles %d and %d: %.2f and %.2f", (int)roles[i],
                         (int)roles[j], protan, deutan);
        }
    }
    theme_free(theme);
}

/* ---- what is built in ------------------------------------------------- */

static void every_built_in_theme_loads(void **state)
{
    struct strvec names = { 0 };

    (void)state;
    theme_names(NULL, &names);
    assert_int_equal(names.count, BUILT_IN_COUNT);
    for (size_t i = 0; i < names.count; i++) {
        struct theme *theme = load(names.items[i]);

        assert_string_equal(names.items[i], built_in[i]);
        assert_string_equal(theme_name(theme), built_in[i]);
        assert_string_not_equal(theme_title(theme), built_in[i]);
        theme_free(theme);
    }
    strvec_release(&names);
}

static void default_theme_keeps_the_terminals_own_colours(void **state)
{
    /* On white: yellow, bright white; on black: blue, black. */
    static const int unfit[] = { 0, 3, 4, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
    struct theme *theme = load("default");

    (void)state;
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct look look = look_of(theme, (enum role)role, 0, DEPTH_TRUE);

        assert_false(look.foreground & COLOUR_RGB);
        if (role == ROLE_MATCH)
            continue; /* brings both of its colours */
        assert_int_equal(look.background, 0);
        for (size_t i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++)
            assert_int_not_equal(look.foreground,
                                 COLOUR_INDEX + (uint32_t)unfit[i]);
    }
    expect_look(look_of(theme, ROLE_TEXT, 0, DEPTH_TRUE), 0, 0, 0);
    expect_look(look_of(theme, ROLE_DIM, 0, DEPTH_16), 0, 0, ATTRIBUTE_DIM);
    expect_look(look_of(theme, ROLE_SELECTION, 0, DEPTH_16), 0, 0,
                ATTRIBUTE_REVERSE);
    theme_free(theme);
}

static void no_theme_needs_colours_to_show_selection_and_matches(void **state)
{
    (void)state;
    for (size_t i = 0; i < BUILT_IN_COUNT; i++) {
        struct theme *theme = load(built_in[i]);

        for (int role = 0; role < ROLE_COUNT; role++) {
            struct look plain = look_of(theme, (enum role)role, 0, DEPTH_MONO);

            assert_int_equal(plain.foreground, 0);
            assert_int_equal(plain.background, 0);
        }
        assert_true(
            look_of(theme, ROLE_OK, ATTRIBUTE_SELECTED, DEPTH_MONO).attributes &
            ATTRIBUTE_REVERSE);
        assert_true(
            look_of(theme, ROLE_OK, ATTRIBUTE_MATCHED, DEPTH_MONO).attributes &
            (ATTRIBUTE_REVERSE | ATTRIBUTE_UNDERLINE));
        assert_true(look_of(theme, ROLE_FAILED, 0, DEPTH_MONO).attributes &
                    ATTRIBUTE_BOLD);
        theme_free(theme);
    }
}

static void a_match_is_seen_in_the_selected_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < BUILT_IN_COUNT; i++) {
        struct theme *theme = load(built_in[i]);

        for (int depth = 0; depth < DEPTH_COUNT; depth++) {
            struct look row = look_of(theme, ROLE_TEXT, ATTRIBUTE_SELECTED,
                                      (enum colour_depth)depth);
            struct look match = look_of(theme, ROLE_TEXT,
                                        ATTRIBUTE_SELECTED | ATTRIBUTE_MATCHED,
                                        (enum colour_depth)depth);

            if (row.background == match.background &&
                row.attributes == match.attributes)
                fail_msg("%s: not at depth %d", built_in[i], depth);
        }
        theme_free(theme);
    }
}

static void monochrome_has_no_colours_at_any_depth(void **state)
{
    struct theme *theme = load("monochrome");

    (void)state;
    for (int depth = 0; depth < DEPTH_COUNT; depth++) {
        for (int role = 0; role < ROLE_COUNT; role++) {
            struct look look = look_of(theme, (enum role)role,
                                       ATTRIBUTE_SELECTED | ATTRIBUTE_MATCHED,
                                       (enum colour_depth)depth);

            assert_int_equal(look.foreground, 0);
            assert_int_equal(look.background, 0);
        }
    }
    theme_free(theme);
}

/* ---- reading ---------------------------------------------------------- */

static void theme_takes_a_colour_from_the_next_lower_depth(void **state)
{
    struct theme *theme = parse("[ok]\nforeground.16 = red\n"
                                "foreground.true = #123456\n");

    (void)state;
    expect_look(look_of(theme, ROLE_OK, 0, DEPTH_MONO), 0, 0, 0);
    expect_look(look_of(theme, ROLE_OK, 0, DEPTH_16), RED, 0, 0);
    expect_look(look_of(theme, ROLE_OK, 0, DEPTH_256), RED, 0, 0);
    expect_look(look_of(theme, ROLE_OK, 0, DEPTH_TRUE), COLOUR_RGB + 0x123456,
                0, 0);
    theme_free(theme);
}

static void theme_brings_a_colour_down_when_there_is_no_lower_one(void **state)
{
    struct theme *theme = parse("[ok]\nbackground.true = #ff8a85\n"
                                "foreground.256 = 203\n");

    (void)state;
    expect_look(look_of(theme, ROLE_OK, 0, DEPTH_16), COLOUR_INDEX + 9,
                COLOUR_INDEX + 9, 0);
    expect_look(look_of(theme, ROLE_OK, 0, DEPTH_256), COLOUR_INDEX + 203,
                COLOUR_INDEX + 210, 0);
    expect_look(look_of(theme, ROLE_OK, 0, DEPTH_TRUE), COLOUR_INDEX + 203,
                COLOUR_RGB + 0xff8a85, 0);
    theme_free(theme);
}

static void theme_inherits_what_it_leaves_out(void **state)
{
    static const char text[] = "[failed]\n"
                               "foreground.256 = 100\n"
                               "[warning]\n"
                               "attributes = italic underline\n"
                               "[theme]\n"
                               "inherits = dark\n"
                               "name = Mine\n";
    struct theme *theme = parse(text);
    struct theme *dark = load("dark");
    struct look failed = look_of(theme, ROLE_FAILED, 0, DEPTH_TRUE);
    struct look warning = look_of(theme, ROLE_WARNING, 0, DEPTH_TRUE);
    struct look ours = look_of(theme, ROLE_RUNNING, 0, DEPTH_TRUE);
    struct look theirs = look_of(dark, ROLE_RUNNING, 0, DEPTH_TRUE);

    (void)state;
    assert_string_equal(theme_name(theme), "mine");
    assert_string_equal(theme_title(theme), "Mine");
    expect_look(failed, COLOUR_INDEX + 100, 0, ATTRIBUTE_BOLD);
    expect_look(warning, look_of(dark, ROLE_WARNING, 0, DEPTH_TRUE).foreground,
                0, ATTRIBUTE_ITALIC | ATTRIBUTE_UNDERLINE);
    expect_look(ours, theirs.foreground, theirs.background, theirs.attributes);
    theme_free(dark);
    theme_free(theme);
}

static void theme_gives_roles_the_colours_of_text(void **state)
{
    struct theme *theme = parse("[text]\nforeground.16 = white\n"
                                "background.16 = blue\n"
                                "[ok]\nforeground.16 = green\n"
                                "[dim]\nbackground.16 = none\n");
    uint32_t white = COLOUR_INDEX + 7, blue = COLOUR_INDEX + 4;

    (void)state;
    expect_look(look_of(theme, ROLE_WAITING, 0, DEPTH_16), white, blue, 0);
    expect_look(look_of(theme, ROLE_OK, 0, DEPTH_16), GREEN, blue, 0);
    expect_look(look_of(theme, ROLE_DIM, 0, DEPTH_16), white, 0, ATTRIBUTE_DIM);
    /* Reversed, a colour would become a block: the text's own is taken. */
    expect_look(look_of(theme, ROLE_OK, ATTRIBUTE_SELECTED, DEPTH_16), white,
                blue, ATTRIBUTE_REVERSE);
    expect_look(look_of(theme, ROLE_SELECTION, 0, DEPTH_16), white, blue,
                ATTRIBUTE_REVERSE);
    theme_free(theme);
}

static void theme_gives_pictures_the_terminals_colours(void **state)
{
    struct theme *theme = parse("[terminal]\nbackground.true = #102030\n");
    uint32_t foreground, background;

    (void)state;
    theme_terminal(theme, &foreground, &background);
    assert_int_equal(background, 0x102030);
    assert_true(contrast(foreground, background) > 7);
    theme_free(theme);
}

static void expect_fault(const char *text, const char *message,
                         const char *hint)
{
    struct error err = { 0 };
    struct theme *theme = theme_parse("mine", text, strlen(text), NULL, &err);

    assert_null(theme);
    assert_int_equal(err.code, ERROR_INPUT);
    if (strcmp(err.message, message) != 0 || !strstr(err.hint, hint))
        fail_msg("'%s' (%s)", err.message, err.hint);
}

static void theme_names_file_and_line_of_what_is_wrong(void **state)
{
    (void)state;
    expect_fault("[faild]\nattributes = bold\n",
                 "mine.theme:2: unknown role 'faild'", "'failed'");
    expect_fault("[ok]\nforeground.8 = red\n",
                 "mine.theme:2: unknown setting 'foreground.8'",
                 "'foreground.");
    expect_fault("[ok]\n\nforeground.16 = rad\n",
                 "mine.theme:3: unknown colour 'rad'", "'red'");
    expect_fault("[ok]\nforeground.16 = 7\n",
                 "mine.theme:2: unknown colour '7'", "a name");
    expect_fault("[ok]\nforeground.256 = 256\n",
                 "mine.theme:2: unknown colour '256'", "0 to 255");
    expect_fault("[ok]\nforeground.256 = 99999999999999999999\n",
                 "mine.theme:2: unknown colour '99999999999999999999'",
                 "0 to 255");
    expect_fault("[ok]\nforeground.true = #12345\n",
                 "mine.theme:2: unknown colour '#12345'", "#rrggbb");
    expect_fault("[ok]\nforeground.true = red\n",
                 "mine.theme:2: unknown colour 'red'", "#rrggbb");
    expect_fault("[ok]\nattributes = bold blink\n",
                 "mine.theme:2: unknown attribute 'blink'", "bold, dim");
    expect_fault("[theme]\nparent = dark\n",
                 "mine.theme:2: unknown setting 'parent'", "inherits");
    expect_fault("[theme]\ninherits =\n", "mine.theme:2: 'inherits' is empty",
                 "");
    expect_fault("[terminal]\nforeground.16 = red\n",
                 "mine.theme:2: unknown setting 'foreground.16'", "true");
    expect_fault("[terminal]\nforeground.true = none\n",
                 "mine.theme:2: unknown colour 'none'", "#rrggbb");
    expect_fault("name = x\n",
                 "mine.theme:1: 'name' stands before the first [section]", "");
    expect_fault("[ok]\nnonsense\nattributes = blink\n",
                 "mine.theme:2: neither [section] nor name = value", "comment");
    expect_fault("[ok]\nattributes = blink\nnonsense\n",
                 "mine.theme:2: unknown attribute 'blink'", "bold");
    expect_fault("\n[theme]\ninherits = drak\n",
                 "mine.theme:3: there is no theme 'drak'", "'dark'");
    expect_fault("[theme]\ninherits = ../dark\n",
                 "mine.theme:2: there is no theme '../dark'", "");
    expect_fault("[theme]\ninherits = mine\n",
                 "mine.theme:2: it inherits itself", "");
}

static void an_unknown_theme_is_named_with_the_nearest(void **state)
{
    struct error err = { 0 };

    (void)state;
    assert_null(theme_load("ligth", NULL, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_string_equal(err.message, "there is no theme 'ligth'");
    assert_string_equal(err.hint, "did you mean 'light'?");
    assert_null(theme_load("", NULL, NULL));
    assert_null(theme_load("dar", NULL, NULL));
    assert_null(theme_load("dark.theme", NULL, NULL));
    assert_null(theme_load("/etc/passwd", NULL, NULL));
}

/* ---- the user's folder ------------------------------------------------ */

static char dir[] = "/tmp/stepdeck-theme-XXXXXX";

static int make_dir(void **state)
{
    char *themes;

    (void)state;
    if (!mkdtemp(dir))
        return -1;
    themes = fileio_join(dir, "themes");
    assert_true(fileio_make_dirs(AT_FDCWD, themes, 0755, NULL));
    free(themes);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    return fileio_remove_tree(AT_FDCWD, dir, NULL) ? 0 : -1;
}

static void write_theme(const char *file, const char *text)
{
    char *path = mem_format("%s/themes/%s", dir, file);

    assert_true(fileio_replace(AT_FDCWD, path, text, strlen(text), 0644,
                               FILEIO_LAZY, NULL));
    free(path);
}

static void users_themes_come_before_the_built_in(void **state)
{
    struct error err = { 0 };
    struct strvec names = { 0 };
    struct theme *theme;

    (void)state;
    write_theme("dark.theme", "[theme]\nname = Mine\ninherits = dark\n"
                              "[ok]\nforeground.16 = red\n");
    write_theme("also.theme", "[theme]\ninherits = dark\n");
    write_theme("also.txt", "");
    theme = theme_load("dark", dir, &err);
    assert_non_null(theme);
    assert_string_equal(theme_title(theme), "Mine");
    expect_look(look_of(theme, ROLE_OK, 0, DEPTH_TRUE), RED, 0, 0);
    assert_true(look_of(theme, ROLE_FAILED, 0, DEPTH_TRUE).foreground &
                COLOUR_RGB);
    theme_free(theme);
    theme = theme_load("also", dir, &err);
    assert_non_null(theme);
    assert_string_equal(theme_title(theme), "also");
    expect_look(look_of(theme, ROLE_OK, 0, DEPTH_TRUE), RED, 0, 0);
    theme_free(theme);
    theme_names(dir, &names);
    assert_int_equal(names.count, BUILT_IN_COUNT + 1);
    assert_string_equal(names.items[0], "also");
    strvec_release(&names);
}

static void a_users_default_builds_on_the_built_in_one(void **state)
{
    struct theme *theme;

    (void)state;
    write_theme("default.theme", "[ok]\nforeground.16 = red\n");
    theme = theme_load("default", dir, NULL);
    assert_non_null(theme);
    expect_look(look_of(theme, ROLE_OK, 0, DEPTH_16), RED, 0, 0);
    expect_look(look_of(theme, ROLE_FAILED, 0, DEPTH_16), RED, 0,
                ATTRIBUTE_BOLD);
    theme_free(theme);
    /* What comes with the program does not change with it. */
    theme = theme_load("monochrome", dir, NULL);
    assert_non_null(theme);
    expect_look(look_of(theme, ROLE_OK, 0, DEPTH_16), 0, 0, 0);
    theme_free(theme);
}

static void expect_load_fault(const char *name, const char *message)
{
    struct error err = { 0 };

    assert_null(theme_load(name, dir, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    if (!strstr(err.message, message))
        fail_msg("'%s'", err.message);
}

static void circles_and_endless_chains_are_refused(void **state)
{
    (void)state;
    write_theme("one.theme", "[theme]\ninherits = two\n");
    write_theme("two.theme", "[theme]\ninherits = three\n");
    write_theme("three.theme", "\n[theme]\ninherits = one\n");
    expect_load_fault("one",
                      "three.theme:3: 'one' inherits this one: a circle");
    write_theme("self.theme", "[theme]\ninherits = self\n");
    expect_load_fault("self", "self.theme:2: it inherits itself");
    for (int i = 0; i < 20; i++) {
        char file[32], text[64];

        snprintf(file, sizeof(file), "chain%d.theme", i);
        snprintf(text, sizeof(text), "[theme]\ninherits = chain%d\n", i + 1);
        write_theme(file, text);
    }
    expect_load_fault("chain0", "in a row");
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
    char *path = fileio_join(dir, "themes/folder.theme");
    char *large = mem_new(1, 100001);

    (void)state;
    assert_true(fileio_make_dirs(AT_FDCWD, path, 0755, NULL));
    expect_load_fault("folder", "folder.theme");
    memset(large, '\n', 100000);
    write_theme("large.theme", large);
    expect_load_fault("large", "larger than");
    write_theme("bad.theme", "[ok]\nattributes = blink\n");
    expect_load_fault("bad", "/bad.theme:2: unknown attribute");
    free(large);
    free(path);
}

/* ---- colours ---------------------------------------------------------- */

static void colours_have_the_values_of_xterm(void **state)
{
    (void)state;
    assert_int_equal(theme_rgb(0), 0);
    assert_int_equal(theme_rgb(COLOUR_RGB + 0x123456), 0x123456);
    assert_int_equal(theme_rgb(RED), 0xcd0000);
    assert_int_equal(theme_rgb(COLOUR_INDEX + 15), 0xffffff);
    assert_int_equal(theme_rgb(COLOUR_INDEX + 16), 0x000000);
    assert_int_equal(theme_rgb(COLOUR_INDEX + 17), 0x00005f);
    assert_int_equal(theme_rgb(COLOUR_INDEX + 203), 0xff5f5f);
    assert_int_equal(theme_rgb(COLOUR_INDEX + 231), 0xffffff);
    assert_int_equal(theme_rgb(COLOUR_INDEX + 232), 0x080808);
    assert_int_equal(theme_rgb(COLOUR_INDEX + 255), 0xeeeeee);
}

static void a_colour_of_the_256_is_its_own_nearest(void **state)
{
    (void)state;
    for (uint32_t index = 16; index < 256; index++) {
        uint32_t rgb = theme_rgb(COLOUR_INDEX + index);
        uint32_t nearest = colour_down(COLOUR_RGB + rgb, DEPTH_256);

        assert_int_equal(theme_rgb(nearest), rgb);
        assert_true((nearest & COLOUR_VALUE) >= 16);
    }
}

static void sixteen_colours_keep_the_hue(void **state)
{
    static const struct {
        uint32_t rgb;
        int index;
    } cases[] = {
        { 0x000000, 0 }, { 0xffffff, 15 }, { 0x808080, 8 }, { 0xd0d0d0, 7 },
        { 0x800000, 1 }, { 0xf2777a, 9 },  { 0x00a000, 2 }, { 0x7fe08b, 10 },
        { 0xb08000, 3 }, { 0xffd080, 11 }, { 0x2040a0, 4 }, { 0x74a7ff, 12 },
        { 0xa020a0, 5 }, { 0xff80ff, 13 }, { 0x00a0a0, 6 }, { 0x80f0f0, 14 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t colour = colour_down(COLOUR_RGB + cases[i].rgb, DEPTH_16);

        if (colour != COLOUR_INDEX + (uint32_t)cases[i].index)
            fail_msg("#%06x is %d", cases[i].rgb, (int)(colour & COLOUR_VALUE));
    }
}

static void a_childs_own_colours_come_down_to_the_depth(void **state)
{
    struct style style = { .role = ROLE_TEXT,
                           .attributes = ATTRIBUTE_ITALIC,
                           .foreground = COLOUR_RGB + 0xff5f5f,
                           .background = COLOUR_INDEX + 21 };
    struct theme *theme = load("default");

    (void)state;
    expect_look(theme_look(theme, &style, DEPTH_TRUE), style.foreground,
                style.background, ATTRIBUTE_ITALIC);
    expect_look(theme_look(theme, &style, DEPTH_256), COLOUR_INDEX + 203,
                style.background, ATTRIBUTE_ITALIC);
    expect_look(theme_look(theme, &style, DEPTH_16), COLOUR_INDEX + 9,
                COLOUR_INDEX + 12, ATTRIBUTE_ITALIC);
    expect_look(theme_look(theme, &style, DEPTH_MONO), 0, 0, ATTRIBUTE_ITALIC);
    style.foreground = RED;
    assert_int_equal(theme_look(theme, &style, DEPTH_16).foreground, RED);
    theme_free(theme);
}

static void overlays_win_over_a_childs_background(void **state)
{
    struct style style = { .role = ROLE_TEXT,
                           .attributes = ATTRIBUTE_SELECTED | ATTRIBUTE_BOLD |
                                         ATTRIBUTE_REVERSE,
                           .foreground = RED,
                           .background = GREEN };
    struct theme *theme = parse("[selection]\nbackground.16 = blue\n"
                                "attributes = underline\n");

    (void)state;
    expect_look(theme_look(theme, &style, DEPTH_16), RED, COLOUR_INDEX + 4,
                ATTRIBUTE_BOLD | ATTRIBUTE_UNDERLINE);
    style.attributes |= ATTRIBUTE_MATCHED;
    expect_look(theme_look(theme, &style, DEPTH_16), COLOUR_INDEX,
                COLOUR_INDEX + 3, ATTRIBUTE_BOLD | ATTRIBUTE_UNDERLINE);
    style.role = 200;
    style.attributes = 0;
    expect_look(theme_look(theme, &style, DEPTH_16), RED, GREEN, 0);
    theme_free(theme);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(themes_can_be_read_on_their_background),
        cmocka_unit_test(high_contrast_has_seven_to_one_at_every_depth),
        cmocka_unit_test(colour_blind_theme_keeps_the_statuses_apart),
        cmocka_unit_test(every_built_in_theme_loads),
        cmocka_unit_test(default_theme_keeps_the_terminals_own_colours),
        cmocka_unit_test(no_theme_needs_colours_to_show_selection_and_matches),
        cmocka_unit_test(a_match_is_seen_in_the_selected_row),
        cmocka_unit_test(monochrome_has_no_colours_at_any_depth),
        cmocka_unit_test(theme_takes_a_colour_from_the_next_lower_depth),
        cmocka_unit_test(theme_brings_a_colour_down_when_there_is_no_lower_one),
        cmocka_unit_test(theme_inherits_what_it_leaves_out),
        cmocka_unit_test(theme_gives_roles_the_colours_of_text),
        cmocka_unit_test(theme_gives_pictures_the_terminals_colours),
        cmocka_unit_test(theme_names_file_and_line_of_what_is_wrong),
        cmocka_unit_test(an_unknown_theme_is_named_with_the_nearest),
        cmocka_unit_test(users_themes_come_before_the_built_in),
        cmocka_unit_test(a_users_default_builds_on_the_built_in_one),
        cmocka_unit_test(circles_and_endless_chains_are_refused),
        cmocka_unit_test(a_file_that_cannot_be_read_is_an_error),
        cmocka_unit_test(colours_have_the_values_of_xterm),
        cmocka_unit_test(a_colour_of_the_256_is_its_own_nearest),
        cmocka_unit_test(sixteen_colours_keep_the_hue),
        cmocka_unit_test(a_childs_own_colours_come_down_to_the_depth),
        cmocka_unit_test(overlays_win_over_a_childs_background),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
