#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tui/termin.h"

#include <stdlib.h>
#include <string.h>

/* One input as a word: "C-a", "paste:text", "wheel:3", "click:2,3". */
static void describe(const struct input *input, struct strbuf *out)
{
    if (out->len)
        strbuf_addc(out, ' ');
    switch (input->kind) {
    case INPUT_KEY:
        key_print(input->key, out);
        break;
    case INPUT_PASTE:
        strbuf_adds(out, "paste:");
        strbuf_add(out, input->text, input->size);
        break;
    case INPUT_WHEEL:
        strbuf_addf(out, "wheel:%d", input->wheel);
        break;
    case INPUT_CLICK:
        strbuf_addf(out, "click:%d,%d", input->column, input->row);
        break;
    case INPUT_CLOSED:
        fail();
    }
}

static void feed(struct termin *in, const char *bytes, size_t size,
                 struct strbuf *out)
{
    struct input input;

    for (size_t i = 0; i < size; i++) {
        if (termin_byte(in, (unsigned char)bytes[i], &input))
            describe(&input, out);
    }
}

/* Nothing comes any more. */
static void rest(struct termin *in, struct strbuf *out)
{
    struct input input;

    while (termin_patience(in)) {
        if (termin_pause(in, &input))
            describe(&input, out);
    }
}

static const struct {
    const char *bytes;
    const char *inputs;
} cases[] = {
    /* characters */
    { "jG ]~", "j G Space ] ~" },
    { "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x9A\x80",
      "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x9A\x80" },
    { "\x01\x03\x1a\x1c\x1d\x1f", "C-a C-c C-z C-\\ C-] C-_" },
    { "\r\n\t\b\x7f", "Enter Enter Tab Backspace Backspace" },
    { "\x11\x13", "C-q C-s" },
    /* what is no character */
    { "a\x80\xff\xc0\xfe"
      "b",
      "a b" },
    { "\xE2\x82x", "x" },
    { "\xE2\x82\xE2\x82\xAC", "\xE2\x82\xAC" },
    { "\xC2\x85q", "q" },
    { "\xED\xA0\x80q", "q" },
    { "\xF4\x90\x80\x80q", "q" },
    { "\xE2\x82", "" },
    /* Esc and Alt */
    { "\x1b", "Esc" },
    { "\x1b\x1b", "Esc Esc" },
    { "\x1b\x1b\x1b", "Esc Esc Esc" },
    { "\x1bx\x1b\r\x1b\x7f", "A-x A-Enter A-Backspace" },
    { "\x1b\xC3\xA9", "A-\xC3\xA9" },
    { "\x1b]", "A-]" },
    { "\x1bP", "A-P" },
    { "\x1b\x01", "C-A-a" },
    /* keys */
    { "\x1b[A\x1b[B\x1b[C\x1b[D", "Up Down Right Left" },
    { "\x1bOA\x1bOB\x1bOC\x1bOD", "Up Down Right Left" },
    { "\x1b[H\x1b[F\x1bOH\x1bOF", "Home End Home End" },
    { "\x1b[1~\x1b[4~\x1b[7~\x1b[8~", "Home End Home End" },
    { "\x1b[2~\x1b[3~\x1b[5~\x1b[6~", "Insert Delete PgUp PgDn" },
    { "\x1bOP\x1bOQ\x1bOR\x1bOS", "F1 F2 F3 F4" },
    { "\x1b[11~\x1b[15~\x1b[17~\x1b[24~", "F1 F5 F6 F12" },
    { "\x1b[[A\x1b[[E", "F1 F5" },
    { "\x1b[Z", "S-Tab" },
    { "\x1b[1;5A\x1b[1;2B\x1b[1;3C\x1b[1;8D",
      "C-Up S-Down A-Right C-A-S-Left" },
    { "\x1b[3;5~\x1b[5;2~\x1b[1;2P", "C-Delete S-PgUp S-F1" },
    { "\x1b\x1b[A", "A-Up" },
    { "\x1b\x1bOA", "A-Up" },
    { "\x1bOM\x1bOp\x1bOy\x1bOk", "Enter 0 9 +" },
    /* the mouse */
    { "\x1b[<64;10;5M\x1b[<65;10;5M", "wheel:-3 wheel:3" },
    { "\x1b[<0;3;4M\x1b[<0;3;4m", "click:2,3" },
    { "\x1b[<2;3;4M\x1b[<1;3;4M\x1b[<32;3;4M\x1b[<35;3;4M", "" },
    { "\x1b[<66;3;4M\x1b[<4;3;4M\x1b[<80;3;4M", "wheel:-3" },
    { "\x1b[<0;0;4M\x1b[<0;3M\x1b[<0;3;4;5M\x1b[<M\x1b[<;;Mq", "q" },
    { "\x1b[<0;99999999999;4M", "click:9998,3" },
    { "\x1b[M !!q", "q" },
    { "\x1b[<0;10;5", "" },
    /* what a terminal says unasked, or asked by another program */
    { "\x1b[?62;4;22cq", "q" },
    { "\x1b[>41;354;0cq", "q" },
    { "\x1b[24;80Rq", "q" },
    { "\x1b[0nq", "q" },
    { "\x1b[?2026;2$yq", "q" },
    { "\x1b[I\x1b[Oq", "q" },
    { "\x1b]11;rgb:0000/0000/0000\x1b\\q", "q" },
    { "\x1b]11;rgb:0000/0000/0000\aq", "q" },
    { "\x1bP1+r524742\x1b\\q", "q" },
    { "\x1b_Gi=1;OK\x1b\\q", "q" },
    { "\x1b[27;5;9~q", "q" },
    { "\x1b[97;5uq", "q" },
    { "\x1b[201~q", "q" },
    { "\x1b[99~\x1b[~\x1b[1;2;3~q", "q" },
    { "\x1b[111111111111111111111111111111111111111111111111111111Aq", "q" },
    /* half of something */
    { "\x1b[", "" },
    { "\x1bO", "" },
    { "\x1b[1;", "" },
    { "\x1b[[", "" },
    { "\x1b[M ", "" },
    { "\x1b]11;rgb", "" },
    { "\x1b]11;rgb\x1b", "" },
    { "\x1b[1;\rq", "Enter q" },
    { "\x1b[1;\x1b[A", "Up" },
    { "\x1b]0;x\x1b[A", "Up" },
    { "\x1b[1\x18q", "q" },
    { "\x1b]0;x\x1aq", "q" },
    { "\x1b[1;\xC3\xA9", "\xC3\xA9" },
    /* pasting */
    { "\x1b[200~hello\x1b[201~q", "paste:hello q" },
    { "\x1b[200~\x1b[201~", "paste:" },
    { "\x1b[200~a\x1b[A\x1b[20\x1b\x1b[201~q", "paste:a\x1b[A\x1b[20\x1b q" },
    { "\x1b[200~never ended", "paste:never ended" },
    { "\x1b[200~almost\x1b[201", "paste:almost\x1b[201" },
    { "\x1b[200~a\x1b[200~b\x1b[201~", "paste:a\x1b[200~b" },
};

static void termin_makes_inputs_of_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct termin in = { 0 };
        struct strbuf out = { 0 };

        feed(&in, cases[i].bytes, strlen(cases[i].bytes), &out);
        rest(&in, &out);
        if (strcmp(strbuf_text(&out), cases[i].inputs) != 0)
            fail_msg("case %zu: '%s' instead of '%s'", i, strbuf_text(&out),
                     cases[i].inputs);
        strbuf_release(&out);
        termin_release(&in);
    }
}

static void termin_forgets_what_came_before_a_pause(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct termin in = { 0 };
        struct strbuf out = { 0 };

        feed(&in, cases[i].bytes, strlen(cases[i].bytes), &out);
        rest(&in, &out);
        strbuf_clear(&out);
        feed(&in, "j\x1b[A", 4, &out);
        assert_string_equal(strbuf_text(&out), "j Up");
        strbuf_release(&out);
        termin_release(&in);
    }
}

static void termin_takes_a_nul_for_control_space(void **state)
{
    struct termin in = { 0 };
    struct strbuf out = { 0 };

    (void)state;
    feed(&in, "\0", 1, &out);
    assert_string_equal(strbuf_text(&out), "C-Space");
    strbuf_release(&out);
}

static void termin_puts_alt_before_a_key_of_curses(void **state)
{
    const struct key up = { .code = KEY_NAME_UP };
    struct termin in = { 0 };
    struct strbuf out = { 0 };
    struct input input;

    (void)state;
    assert_true(termin_key(&in, up, &input));
    describe(&input, &out);
    feed(&in, "\x1b", 1, &out);
    assert_true(termin_key(&in, up, &input));
    describe(&input, &out);
    feed(&in, "\x1b[1;", 4, &out);
    assert_true(termin_key(&in, up, &input));
    describe(&input, &out);
    assert_string_equal(strbuf_text(&out), "Up A-Up Up");
    strbuf_release(&out);
}

static void termin_waits_longer_for_a_mouse_report_than_for_a_key(void **state)
{
    struct termin in = { 0 };
    struct strbuf out = { 0 };

    (void)state;
    assert_int_equal(termin_patience(&in), 0);
    feed(&in, "\x1b", 1, &out);
    assert_int_equal(termin_patience(&in), TERMIN_ESC_MS);
    feed(&in, "[<0;", 4, &out);
    assert_int_equal(termin_patience(&in), TERMIN_MOUSE_MS);
    feed(&in, "1;1M\x1b[200~", 10, &out);
    assert_int_equal(termin_patience(&in), TERMIN_PASTE_MS);
    feed(&in, "\x1b[201~", 6, &out);
    assert_int_equal(termin_patience(&in), 0);
    assert_string_equal(strbuf_text(&out), "click:0,0 paste:");
    strbuf_release(&out);
    termin_release(&in);
}

static void termin_cuts_a_paste_behind_a_character(void **state)
{
    enum { TOO_MANY = TERMIN_PASTE_LIMIT / 3 + 100 };
    struct termin in = { 0 };
    struct strbuf none = { 0 };
    struct input input = { 0 };

    (void)state;
    feed(&in, "\x1b[200~", 6, &none);
    for (int i = 0; i < TOO_MANY; i++)
        feed(&in, "\xE4\xB8\x96", 3, &none);
    feed(&in, "\x1b[201", 5, &none);
    assert_true(termin_byte(&in, '~', &input));
    assert_int_equal(input.kind, INPUT_PASTE);
    assert_int_equal(input.size, TERMIN_PASTE_LIMIT / 3 * 3);
    assert_memory_equal(input.text + input.size - 3, "\xE4\xB8\x96", 3);
    termin_forget(&in);
    assert_int_equal(in.paste.capacity, 0);
    assert_int_equal(none.len, 0);
}

/* Whoever reads as many bytes as are wanted never reads one too many. */
static void termin_wants_no_byte_behind_a_paste(void **state)
{
    static const char text[] = "\x1b[200~ab\x1b[201\x1b[2\x1b[201~jk";
    const char *at = text + 6;
    struct termin in = { 0 };
    struct strbuf out = { 0 };
    size_t wanted;

    (void)state;
    feed(&in, text, 6, &out);
    while ((wanted = termin_wanted(&in)) > 0) {
        assert_true(at + wanted <= text + strlen(text) - 2);
        feed(&in, at, wanted, &out);
        at += wanted;
    }
    assert_string_equal(at, "jk");
    assert_string_equal(strbuf_text(&out), "paste:ab\x1b[201\x1b[2");
    strbuf_release(&out);
    termin_release(&in);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(termin_makes_inputs_of_bytes),
        cmocka_unit_test(termin_forgets_what_came_before_a_pause),
        cmocka_unit_test(termin_takes_a_nul_for_control_space),
        cmocka_unit_test(termin_puts_alt_before_a_key_of_curses),
        cmocka_unit_test(termin_waits_longer_for_a_mouse_report_than_for_a_key),
        cmocka_unit_test(termin_cuts_a_paste_behind_a_character),
        cmocka_unit_test(termin_wants_no_byte_behind_a_paste),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
