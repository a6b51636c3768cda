#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/cluster.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ACUTE "\xCC\x81"
#define EMOJI_SELECTOR "\xEF\xB8\x8F"
#define JOINER "\xE2\x80\x8D"
#define WOMAN "\xF0\x9F\x91\xA9"
#define LAPTOP "\xF0\x9F\x92\xBB"
#define MEDIUM_SKIN "\xF0\x9F\x8F\xBD"
#define FLAG_D "\xF0\x9F\x87\xA9"
#define FLAG_E "\xF0\x9F\x87\xAA"

/* One cluster each, with its width. */
static const struct {
    const char *what;
    const char *text;
    int width;
} clusters[] = {
    { "a letter", "a", 1 },
    { "a space", " ", 1 },
    { "a control character", "\x1b", 0 },
    { "a newline", "\n", 0 },
    { "DEL", "\x7f", 0 },
    { "an encoded C1 control", "\xC2\x9B", 0 },
    { "beyond ASCII", "\xC3\xA9", 1 },
    { "a letter and a mark", "e" ACUTE, 1 },
    { "a letter and three marks", "e" ACUTE ACUTE ACUTE, 1 },
    { "a mark alone", ACUTE, 0 },
    { "a joiner alone", JOINER, 0 },
    { "a zero-width space", "\xE2\x80\x8B", 0 },
    { "a bidirectional override", "\xE2\x80\xAE", 0 },
    { "U+FFFD", "\xEF\xBF\xBD", 1 },
    { "Cyrillic, ambiguous", "\xD0\xAF", 1 },
    { "a box, ambiguous", "\xE2\x94\x80", 1 },
    { "an ellipsis, ambiguous", "\xE2\x80\xA6", 1 },
    { "a check mark", "\xE2\x9C\x94", 1 },
    { "for private use", "\xEE\x82\xA0", 1 },
    { "Chinese", "\xE4\xB8\xAD", 2 },
    { "fullwidth A", "\xEF\xBC\xA1", 2 },
    { "halfwidth Katakana", "\xEF\xBD\xB1", 1 },
    { "an ideographic space", "\xE3\x80\x80", 2 },
    { "Chinese with a mark", "\xE4\xB8\xAD" ACUTE, 2 },
    { "a Hangul syllable", "\xED\x95\x9C", 2 },
    { "Hangul in three parts", "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", 2 },
    { "Hangul in two parts", "\xE1\x84\x92\xE1\x85\xA1", 2 },
    { "Thai with a vowel", "\xE0\xB8\x81\xE0\xB8\xB4", 1 },
    { "Hebrew", "\xD7\xA9", 1 },
    { "an emoji", "\xF0\x9F\x9A\x80", 2 },
    { "a check mark button", "\xE2\x9C\x85", 2 },
    { "a heart as text", "\xE2\x9D\xA4", 1 },
    { "a heart as emoji", "\xE2\x9D\xA4" EMOJI_SELECTOR, 2 },
    { "a warning as emoji", "\xE2\x9A\xA0" EMOJI_SELECTOR, 2 },
    { "a letter has no emoji form", "a" EMOJI_SELECTOR, 1 },
    { "a keycap", "1" EMOJI_SELECTOR "\xE2\x83\xA3", 2 },
    { "a number sign keycap", "#" EMOJI_SELECTOR "\xE2\x83\xA3", 2 },
    { "a keycap as text", "1\xE2\x83\xA3", 1 },
    { "a flag", FLAG_D FLAG_E, 2 },
    { "half a flag", FLAG_D, 1 },
    { "a skin tone", WOMAN MEDIUM_SKIN, 2 },
    { "joined", WOMAN JOINER LAPTOP, 2 },
    { "joined, with a skin tone", WOMAN MEDIUM_SKIN JOINER LAPTOP, 2 },
    { "a family", WOMAN JOINER WOMAN JOINER WOMAN JOINER WOMAN, 2 },
    { "the longest",
      WOMAN MEDIUM_SKIN JOINER "\xE2\x9D\xA4" EMOJI_SELECTOR JOINER
                               "\xF0\x9F\x92\x8B" JOINER WOMAN MEDIUM_SKIN,
      2 },
    { "the flag of England",
      "\xF0\x9F\x8F\xB4\xF3\xA0\x81\xA7\xF3\xA0\x81\xA2\xF3\xA0\x81\xA5"
      "\xF3\xA0\x81\xAE\xF3\xA0\x81\xA7\xF3\xA0\x81\xBF",
      2 },
    { "the last code point", "\xF4\x8F\xBF\xBF", 1 },
};

static void expect_cluster(const char *what, const char *text, size_t size,
                           size_t cluster_size, int width)
{
    struct cluster cluster = cluster_next(text, size);

    if (cluster.size != cluster_size || cluster.width != width)
        fail_msg("%s: %zu bytes, width %d; expected %zu, %d", what,
                 cluster.size, cluster.width, cluster_size, width);
}

static void cluster_has_the_width_that_terminals_draw(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(clusters); i++) {
        size_t size = strlen(clusters[i].text);

        expect_cluster(clusters[i].what, clusters[i].text, size, size,
                       clusters[i].width);
        assert_int_equal(cluster_columns(clusters[i].text), clusters[i].width);
    }
}

static void cluster_ends_where_the_next_begins(void **state)
{
    char text[128];

    (void)state;
    for (size_t i = 0; i < COUNT(clusters); i++) {
        size_t size = strlen(clusters[i].text);

        strcat(strcpy(text, clusters[i].text), "xy");
        expect_cluster(clusters[i].what, text, size + 2, size,
                       clusters[i].width);
        strcat(strcpy(text, clusters[i].text), "\xE4\xB8\xAD");
        expect_cluster(clusters[i].what, text, size + 3, size,
                       clusters[i].width);
        strcat(strcpy(text, clusters[i].text), "\r");
        expect_cluster(clusters[i].what, text, size + 1, size,
                       clusters[i].width);
    }
}

static void cluster_of_three_flag_halves_is_one_flag(void **state)
{
    (void)state;
    expect_cluster("flag", FLAG_D FLAG_E FLAG_D, 12, 8, 2);
    assert_int_equal(cluster_columns(FLAG_D FLAG_E FLAG_D FLAG_E), 4);
}

static void cluster_takes_an_invalid_byte_alone(void **state)
{
    (void)state;
    expect_cluster("FF", "\xFF", 1, 1, 1);
    expect_cluster("FF and a letter", "\xFFz", 2, 1, 1);
    expect_cluster("a continuation", "\x80" ACUTE, 3, 1, 1);
    expect_cluster("cut short", "\xE4\xB8", 2, 1, 1);
    expect_cluster("overlong", "\xC0\xAF", 2, 1, 1);
    expect_cluster("a surrogate", "\xED\xA0\x80", 3, 1, 1);
    expect_cluster("before an invalid byte", "a\xFF", 2, 1, 1);
    expect_cluster("beyond ASCII before one", "\xC3\xA9\xFF", 3, 2, 1);
    expect_cluster("NUL", "\0a", 2, 1, 0);
}

static void cluster_reads_nothing_behind_its_size(void **state)
{
    (void)state;
    expect_cluster("mark outside", "e" ACUTE, 1, 1, 1);
    expect_cluster("joined outside", WOMAN JOINER LAPTOP, 7, 7, 2);
    expect_cluster("cut within", "\xE4\xB8\xAD", 2, 1, 1);
}

static void cluster_cuts_floods_into_pieces_of_no_width(void **state)
{
    char text[2 * 300 + 2] = "e";
    size_t at = 0, pieces = 0;

    (void)state;
    for (int i = 0; i < 300; i++)
        strcat(text, ACUTE);
    while (text[at]) {
        struct cluster cluster = cluster_next(text + at, strlen(text + at));

        assert_in_range(cluster.size, 1, CLUSTER_LIMIT);
        assert_int_equal(cluster.width, pieces ? 0 : 1);
        at += cluster.size;
        pieces++;
    }
    assert_in_range(pieces, 601 / CLUSTER_LIMIT, 601 / CLUSTER_LIMIT + 2);
    assert_int_equal(cluster_columns(text), 1);
}

static void cluster_columns_adds_the_widths(void **state)
{
    (void)state;
    assert_int_equal(cluster_columns(""), 0);
    assert_int_equal(cluster_columns("plain text"), 10);
    assert_int_equal(cluster_columns("a\xE4\xB8\xAD"
                                     "e" ACUTE WOMAN),
                     6);
}

static void cluster_fit_never_splits(void **state)
{
    static const char text[] = "a\xE4\xB8\xAD"
                               "e" ACUTE WOMAN JOINER LAPTOP "z";
    static const struct {
        int columns;
        size_t size;
        int used;
    } cases[] = {
        { -1, 0, 0 }, { 0, 0, 0 },  { 1, 1, 1 },   { 2, 1, 1 },
        { 3, 4, 3 },  { 4, 7, 4 },  { 5, 7, 4 },   { 6, 18, 6 },
        { 7, 19, 7 }, { 8, 19, 7 }, { 99, 19, 7 },
    };
    size_t size = strlen(text);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int used = -1;

        assert_int_equal(cluster_fit(text, size, cases[i].columns, &used),
                         cases[i].size);
        assert_int_equal(used, cases[i].used);
    }
    assert_int_equal(cluster_fit(text, 3, 5, NULL), 3); /* two bad bytes */
    assert_int_equal(cluster_fit("", 0, 5, NULL), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(cluster_has_the_width_that_terminals_draw),
        cmocka_unit_test(cluster_ends_where_the_next_begins),
        cmocka_unit_test(cluster_of_three_flag_halves_is_one_flag),
        cmocka_unit_test(cluster_takes_an_invalid_byte_alone),
        cmocka_unit_test(cluster_reads_nothing_behind_its_size),
        cmocka_unit_test(cluster_cuts_floods_into_pieces_of_no_width),
        cmocka_unit_test(cluster_columns_adds_the_widths),
        cmocka_unit_test(cluster_fit_never_splits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
