#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "core/progress.h"

#include <string.h>

enum { SILENT = -100 };

/* What a scan of `text` reports, fed in pieces of `piece` bytes. */
static int scan(const char *text, size_t piece)
{
    struct progress progress = { 0 };
    size_t size = strlen(text);
    int last = SILENT;

    for (size_t at = 0; at < size; at += piece) {
        size_t length = size - at < piece ? size - at : piece;
        int percent = SILENT;

        if (progress_scan(&progress, text + at, length, &percent))
            last = percent;
        else
            assert_int_equal(percent, SILENT);
    }
    return last;
}

static const struct {
    const char *text;
    int percent;
} cases[] = {
    { "\x1b]9;4;1;42\a", 42 },
    { "\x1b]9;4;1;42\x1b\\", 42 },
    { "\x1b]9;4;1;0\a", 0 },
    { "\x1b]9;4;1;100\a", 100 },
    { "\x1b]9;4;1;250\a", 100 },
    { "\x1b]9;4;0\a", PROGRESS_NONE },
    { "\x1b]9;4;0;\a", PROGRESS_NONE },
    { "\x1b]9;4;0;55\x1b\\", PROGRESS_NONE },
    { "before\x1b]9;4;1;7\aafter", 7 },
    { "\x1b]9;4;1;7\a\x1b]9;4;1;8\a", 8 },
    { "\x1b[31mred\x1b[0m\x1b]9;4;1;9\a", 9 },
    { "\x1b]0;title\a\x1b]9;4;1;10\a", 10 },
    { "\x1b\x1b]9;4;1;11\a", 11 },
    { "\x1b]9;\x1b]9;4;1;12\a", 12 },
    { "\x1b]9;4;1;5\x1b]9;4;1;13\a", 13 },
    { "", SILENT },
    { "42", SILENT },
    { "\x1b]9;4;1;42", SILENT },
    { "\x1b]9;4;2;42\a", SILENT },
    { "\x1b]9;4;3\a", SILENT },
    { "\x1b]9;4;4;10\a", SILENT },
    { "\x1b]9;4;\a", SILENT },
    { "\x1b]9;4;1\a", SILENT },
    { "\x1b]9;4;1;\a", SILENT },
    { "\x1b]9;4;1;-5\a", SILENT },
    { "\x1b]9;4;x;5\a", SILENT },
    { "\x1b]9;5;1;42\a", SILENT },
    { "\x1b]8;;http://host\a", SILENT },
    { "]9;4;1;42\a", SILENT },
};

static void progress_finds_what_the_sequence_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int percent = scan(cases[i].text, 4096);

        if (percent != cases[i].percent)
            fail_msg("case %zu: %d instead of %d", i, percent,
                     cases[i].percent);
    }
}

static void progress_finds_it_however_the_reads_cut_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t piece = 1; piece < 16; piece++) {
            int percent = scan(cases[i].text, piece);

            if (percent != cases[i].percent)
                fail_msg("case %zu in pieces of %zu: %d instead of %d", i,
                         piece, percent, cases[i].percent);
        }
    }
}

static void progress_gives_an_endless_sequence_up(void **state)
{
    char text[200] = "\x1b]9;4;1;";

    (void)state;
    memset(text + 8, '7', 100);
    strcpy(text + 108, "\a\x1b]9;4;1;3\a");
    assert_int_equal(scan(text, 4096), 3);
    assert_int_equal(scan(text, 1), 3);
    text[108] = '7';
    assert_int_equal(scan(text, 4096), 3);
    text[109] = '\0';
    assert_int_equal(scan(text, 4096), SILENT);
}

static void progress_is_never_outside_its_range(void **state)
{
    static const char *const numbers[] = {
        "2147483648",  "4294967295",           "4294967290",
        "99999999999", "18446744073709551615", "000000000000000001"
    };

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char text[64] = "\x1b]9;4;1;";
        int percent;

        strcat(strcat(text, numbers[i]), "\a");
        percent = scan(text, 4096);
        assert_true(percent == SILENT || (percent >= 0 && percent <= 100));
    }
}

static void progress_passes_over_nul_bytes(void **state)
{
    static const char text[] = "a\0b\x1b]9;4;1;42\a\0";
    struct progress progress = { 0 };
    int percent = SILENT;

    (void)state;
    assert_true(progress_scan(&progress, text, sizeof(text), &percent));
    assert_int_equal(percent, 42);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(progress_finds_what_the_sequence_says),
        cmocka_unit_test(progress_finds_it_however_the_reads_cut_it),
        cmocka_unit_test(progress_gives_an_endless_sequence_up),
        cmocka_unit_test(progress_is_never_outside_its_range),
        cmocka_unit_test(progress_passes_over_nul_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
