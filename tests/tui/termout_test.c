#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tui/termout.h"

#include <stdlib.h>
#include <string.h>

static void expect(struct strbuf *out, const char *bytes)
{
    assert_string_equal(strbuf_text(out), bytes);
    strbuf_release(out);
}

static void termout_tells_xterms_kin_from_others(void **state)
{
    static const char *const kin[] = {
        "xterm", "xterm-256color", "screen", "tmux-256color", "rxvt-unicode",
        "st",    "st-256color",    "foot",   "alacritty"
    };
    static const char *const others[] = { "linux", "vt100",  "vt220", "ansi",
                                          "dumb",  "cygwin", "sun",   "" };

    (void)state;
    for (size_t i = 0; i < sizeof(kin) / sizeof(kin[0]); i++)
        assert_true(termout_is_xterm(kin[i]));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(termout_is_xterm(others[i]));
}

static void termout_knows_what_stands_between(void **state)
{
    (void)state;
    assert_int_equal(termout_wrap("xterm", NULL), TERMOUT_PLAIN);
    assert_int_equal(termout_wrap("xterm", ""), TERMOUT_PLAIN);
    assert_int_equal(termout_wrap("screen", "/tmp/tmux"), TERMOUT_TMUX);
    assert_int_equal(termout_wrap("tmux-256color", "/tmp/tmux"), TERMOUT_TMUX);
    assert_int_equal(termout_wrap("screen.xterm-256color", NULL),
                     TERMOUT_SCREEN);
}

static void termout_title_is_sanitised(void **state)
{
    struct strbuf out = { 0 };

    (void)state;
    termout_title("a\x1b]52;c;aGk=\a\x1b[2Jb\xC2\x9D"
                  "c\nd\xC3\xA9",
                  false, &out);
    expect(&out, "\x1b]2;abc d\xC3\xA9\a");
    termout_title("\xE2\x9C\x94 d\xC3\xA9", true, &out);
    expect(&out, "\x1b]2;? d?\a");
}

static void termout_title_is_cut_behind_a_character(void **state)
{
    char title[1001] = "";
    struct strbuf out = { 0 };

    (void)state;
    for (int i = 0; i < 333; i++)
        memcpy(title + 3 * i, "\xE2\x9C\x94", 3);
    termout_title(title, false, &out);
    assert_int_equal(out.len, 4 + TERMOUT_TEXT_LIMIT / 3 * 3 + 1);
    strbuf_release(&out);
}

static void termout_progress_has_four_states(void **state)
{
    struct strbuf out = { 0 };

    (void)state;
    termout_progress(42, false, &out);
    expect(&out, "\x1b]9;4;1;42\a");
    termout_progress(42, true, &out);
    expect(&out, "\x1b]9;4;2;42\a");
    termout_progress(1000, false, &out);
    expect(&out, "\x1b]9;4;1;100\a");
    termout_progress(TERMOUT_BUSY, false, &out);
    expect(&out, "\x1b]9;4;3;0\a");
    termout_progress(TERMOUT_BUSY, true, &out);
    expect(&out, "\x1b]9;4;2;100\a");
    termout_progress(TERMOUT_IDLE, true, &out);
    expect(&out, "\x1b]9;4;0;0\a");
}

static void termout_copy_reaches_the_terminal_outside(void **state)
{
    struct strbuf out = { 0 };

    (void)state;
    assert_true(termout_copy(TERMOUT_PLAIN, "hi", 2, &out));
    expect(&out, "\x1b]52;c;aGk=\a");
    assert_true(termout_copy(TERMOUT_TMUX, "hi", 2, &out));
    expect(&out, "\x1b]52;c;aGk=\a"
                 "\x1bPtmux;\x1b\x1b]52;c;aGk=\a\x1b\\");
    assert_true(termout_copy(TERMOUT_SCREEN, "hi", 2, &out));
    expect(&out, "\x1bP\x1b]52;c;aGk=\a\x1b\\");
}

/* What a terminal gets when screen has taken its own off. */
static void unwrap(struct strbuf *bytes)
{
    struct strbuf plain = { 0 };
    const char *at = strbuf_text(bytes);

    while (*at) {
        const char *end = strstr(at, "\x1b\\");

        assert_int_equal(strncmp(at, "\x1bP", 2), 0);
        assert_non_null(end);
        assert_true(end - at <= 256);
        strbuf_add(&plain, at + 2, (size_t)(end - at) - 2);
        at = end + 2;
    }
    strbuf_release(bytes);
    *bytes = plain;
}

static void termout_copy_comes_through_screen_in_pieces(void **state)
{
    static char text[TERMOUT_COPY_LIMIT];
    struct strbuf out = { 0 }, plain = { 0 };

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_true(termout_copy(TERMOUT_PLAIN, text, 5000, &plain));
    assert_true(termout_copy(TERMOUT_SCREEN, text, 5000, &out));
    unwrap(&out);
    expect(&out, strbuf_text(&plain));
    strbuf_release(&plain);
}

static void termout_copy_refuses_what_is_too_long(void **state)
{
    static char text[TERMOUT_COPY_LIMIT];
    struct strbuf out = { 0 };

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_true(
        termout_copy(TERMOUT_PLAIN, text, TERMOUT_COPY_LIMIT / 4 * 3, &out));
    assert_int_equal(out.len, 7 + TERMOUT_COPY_LIMIT + 1);
    strbuf_release(&out);
    assert_false(termout_copy(TERMOUT_PLAIN, text,
                              TERMOUT_COPY_LIMIT / 4 * 3 + 1, &out));
    assert_int_equal(out.len, 0);
}

static void termout_notification_is_no_other_command(void **state)
{
    struct strbuf out = { 0 };

    (void)state;
    termout_notify(TERMOUT_PLAIN, "done\a\x1b[2J", false, &out);
    expect(&out, "\x1b]9;done\a");
    termout_notify(TERMOUT_PLAIN, "4;1;50", false, &out);
    expect(&out, "\x1b]9; 4;1;50\a");
    termout_notify(TERMOUT_TMUX, "done", false, &out);
    expect(&out, "\x1bPtmux;\x1b\x1b]9;done\a\x1b\\");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(termout_tells_xterms_kin_from_others),
        cmocka_unit_test(termout_knows_what_stands_between),
        cmocka_unit_test(termout_title_is_sanitised),
        cmocka_unit_test(termout_title_is_cut_behind_a_character),
        cmocka_unit_test(termout_progress_has_four_states),
        cmocka_unit_test(termout_copy_reaches_the_terminal_outside),
        cmocka_unit_test(termout_copy_comes_through_screen_in_pieces),
        cmocka_unit_test(termout_copy_refuses_what_is_too_long),
        cmocka_unit_test(termout_notification_is_no_other_command),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
