#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/strvec.h"
#include "tui/keymap.h"

#include <string.h>

static struct key key_of(const char *name)
{
    struct key key = { 0 };

    if (!key_parse(name, strlen(name), &key))
        fail_msg("'%s' is no key", name);
    return key;
}

/* The action after feeding all keys of `names`, separated by spaces; those
 * before the last must do nothing. */
static enum action feed(struct keymap *map, const char *names)
{
    struct strvec words = { 0 };
    enum action action = ACTION_NONE;

    strvec_split(&words, names, " ");
    for (size_t i = 0; i < words.count; i++) {
        assert_int_equal(action, ACTION_NONE);
        action = keymap_feed(map, key_of(words.items[i]));
    }
    strvec_release(&words);
    return action;
}

static void expect_keys(const struct keymap *map, enum action action, bool all,
                        const char *expected)
{
    struct strbuf out = { 0 };

    keymap_print(map, action, all, &out);
    assert_string_equal(strbuf_text(&out), expected);
    strbuf_release(&out);
}

static void expect_refused(const char *action, const char *keys,
                           const char *message, const char *hint)
{
    struct keymap map = { 0 };
    struct keymap before = { 0 };
    struct error err = { 0 };

    keymap_defaults(&map);
    keymap_defaults(&before);
    assert_false(keymap_bind(&map, action, keys, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    if (!strstr(err.message, message) || !strstr(err.hint, hint))
        fail_msg("'%s = %s': '%s' (%s)", action, keys, err.message, err.hint);
    assert_int_equal(map.count, before.count);
    assert_memory_equal(map.bindings, before.bindings,
                        map.count * sizeof(*map.bindings));
    keymap_release(&map);
    keymap_release(&before);
}

static void actions_have_names_that_find_them(void **state)
{
    (void)state;
    for (int i = 1; i < ACTION_COUNT; i++) {
        const struct action_info *info = action_info((enum action)i);

        assert_int_equal(action_find(info->name), i);
        assert_true(*info->help != '\0');
        assert_true(*action_group_name(info->group) != '\0');
        for (int j = 1; j < i; j++)
            assert_string_not_equal(info->name,
                                    action_info((enum action)j)->name);
    }
    assert_int_equal(action_find("nothing"), ACTION_NONE);
    assert_int_equal(action_find(""), ACTION_NONE);
}

static void keymap_takes_every_default_key(void **state)
{
    struct keymap map = { 0 };

    (void)state;
    for (int i = 1; i < ACTION_COUNT; i++) {
        const struct action_info *info = action_info((enum action)i);
        struct error err = { 0 };

        if (!keymap_bind(&map, info->name, info->keys, &err))
            fail_msg("%s = %s: %s", info->name, info->keys, err.message);
    }
    keymap_release(&map);
}

/* Keys are taken from the action that had them: all are still there only if no
 * two actions share one. */
static void keymap_gives_no_default_key_to_two_actions(void **state)
{
    struct keymap map = { 0 };

    (void)state;
    keymap_defaults(&map);
    for (int i = 1; i < ACTION_COUNT; i++) {
        struct strvec words = { 0 };
        size_t count = 0;

        if (strcmp(action_info((enum action)i)->keys, "none") != 0)
            strvec_split(&words, action_info((enum action)i)->keys, " ");
        for (size_t j = 0; j < map.count; j++)
            count += map.bindings[j].action == (enum action)i;
        if (count != words.count)
            fail_msg("%s lost a key", action_info((enum action)i)->name);
        strvec_release(&words);
    }
    keymap_release(&map);
}

static void keymap_reaches_every_default_key(void **state)
{
    struct keymap map = { 0 };

    (void)state;
    keymap_defaults(&map);
    for (size_t i = 0; i < map.count; i++) {
        struct keymap_binding binding = map.bindings[i];
        enum action action = ACTION_NONE;

        for (size_t j = 0; j < binding.count; j++) {
            assert_int_equal(action, ACTION_NONE);
            action = keymap_feed(&map, binding.keys[j]);
        }
        assert_int_equal(action, binding.action);
        assert_int_equal(map.pending_count, 0);
    }
    keymap_release(&map);
}

static void key_names_are_read_and_printed(void **state)
{
    static const struct {
        const char *name, *printed;
    } cases[] = {
        { "j", "j" },
        { "J", "J" },
        { "é", "é" },
        { "漢", "漢" },
        { "\U0001f680", "\U0001f680" },
        { "-", "-" },
        { "C--", "C--" },
        { "C-d", "C-d" },
        { "C-D", "C-d" },
        { "A-x", "A-x" },
        { "A-X", "A-X" },
        { "A-C-x", "C-A-x" },
        { "C-i", "Tab" },
        { "C-m", "Enter" },
        { "C-[", "Esc" },
        { "A-C-i", "A-Tab" },
        { "S-Tab", "S-Tab" },
        { "PgDn", "PgDn" },
        { "pgdn", "PgDn" },
        { "PageDown", "PgDn" },
        { "Return", "Enter" },
        { "Space", "Space" },
        { "C-Space", "C-Space" },
        { "F1", "F1" },
        { "F12", "F12" },
        { "C-F5", "C-F5" },
        { "Semicolon", ";" },
        { ";", ";" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct strbuf out = { 0 };

        key_print(key_of(cases[i].name), &out);
        assert_string_equal(strbuf_text(&out), cases[i].printed);
        strbuf_release(&out);
    }
}

static void other_texts_are_no_keys(void **state)
{
    static const char *const cases[] = { "",      " ",        "\t",   "\x1b",
                                         "\x7f",  "\xc2\x80", "jj",   "C-",
                                         "F0",    "F13",      "S-a",  "X-a",
                                         "C-C-a", "\xff",     "C-dd", "A--x",
                                         "Tabb",  "\xc3\xa9x" };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct key key;

        if (key_parse(cases[i], strlen(cases[i]), &key))
            fail_msg("'%s' is a key", cases[i]);
    }
    assert_false(key_parse("a\0b", 3, &(struct key){ 0 }));
}

static void keymap_waits_for_the_rest_of_a_sequence(void **state)
{
    struct keymap map = { 0 };

    (void)state;
    keymap_defaults(&map);
    assert_int_equal(keymap_feed(&map, key_of("]")), ACTION_NONE);
    assert_int_equal(map.pending_count, 1);
    assert_int_equal(keymap_feed(&map, key_of("e")), ACTION_NEXT_ERROR);
    assert_int_equal(map.pending_count, 0);
    assert_int_equal(feed(&map, "[ e"), ACTION_PREVIOUS_ERROR);
    assert_int_equal(feed(&map, "j"), ACTION_DOWN);
    keymap_release(&map);
}

static void keymap_drops_a_sequence_that_does_not_go_on(void **state)
{
    struct keymap map = { 0 };

    (void)state;
    keymap_defaults(&map);
    assert_int_equal(feed(&map, "] q"), ACTION_NONE);
    assert_int_equal(map.pending_count, 0);
    assert_int_equal(feed(&map, "] Esc"), ACTION_NONE);
    assert_int_equal(feed(&map, "Esc"), ACTION_BACK);
    assert_int_equal(feed(&map, "] ] e"), ACTION_NONE);
    assert_int_equal(feed(&map, "Q"), ACTION_NONE);
    assert_int_equal(map.pending_count, 0);
    keymap_release(&map);
}

static void keymap_gives_an_action_exactly_the_new_keys(void **state)
{
    struct keymap map = { 0 };

    (void)state;
    keymap_defaults(&map);
    assert_true(keymap_bind(&map, "follow", "F  A-f F ,f", NULL));
    assert_int_equal(feed(&map, "F"), ACTION_FOLLOW);
    assert_int_equal(feed(&map, "A-f"), ACTION_FOLLOW);
    assert_int_equal(feed(&map, ", f"), ACTION_FOLLOW);
    assert_int_equal(feed(&map, "f"), ACTION_NONE);
    expect_keys(&map, ACTION_FOLLOW, true, "F A-f ,f");
    keymap_release(&map);
}

static void keymap_takes_the_keys_from_other_actions(void **state)
{
    struct keymap map = { 0 };

    (void)state;
    keymap_defaults(&map);
    assert_true(keymap_bind(&map, "follow", "w ]e", NULL));
    assert_int_equal(feed(&map, "w"), ACTION_FOLLOW);
    assert_int_equal(feed(&map, "] e"), ACTION_FOLLOW);
    expect_keys(&map, ACTION_WRAP, true, "");
    expect_keys(&map, ACTION_NEXT_ERROR, true, "");
    assert_true(keymap_bind(&map, "follow", "none", NULL));
    expect_keys(&map, ACTION_FOLLOW, true, "");
    assert_int_equal(feed(&map, "w"), ACTION_NONE);
    keymap_defaults(&map);
    assert_int_equal(feed(&map, "w"), ACTION_WRAP);
    keymap_release(&map);
}

static void keymap_refuses_what_it_cannot_do_and_stays_as_it_was(void **state)
{
    (void)state;
    expect_refused("folow", "F", "unknown action 'folow'", "'follow'");
    expect_refused("zzzzzz", "F", "unknown action", "help");
    expect_refused("follow", "Entr", "unknown key 'Entr'", "'Enter'");
    expect_refused("follow", "F PgDwn", "unknown key 'PgDwn'", "'PgD");
    expect_refused("follow", "C-xx", "unknown key 'C-xx'", "written as");
    expect_refused("follow", "abcde", "unknown key 'abcde'", "written as");
    expect_refused("follow", "a\x01", "unknown key", "written as");
    expect_refused("follow", "", "no key", "none");
    expect_refused("follow", "]", "']' and ']e' (next-error)", "next-error");
    expect_refused("follow", "jk", "'jk' and 'j' (down)", "down");
    expect_refused("follow", "= ==", "begin alike", "follow");
}

static void keymap_lets_an_action_replace_its_own_longer_key(void **state)
{
    struct keymap map = { 0 };

    (void)state;
    keymap_defaults(&map);
    assert_true(keymap_bind(&map, "next-error", "]", NULL));
    assert_int_equal(feed(&map, "]"), ACTION_NEXT_ERROR);
    keymap_release(&map);
}

static void keymap_prints_keys_as_the_screen_names_them(void **state)
{
    struct keymap map = { 0 };

    (void)state;
    keymap_defaults(&map);
    expect_keys(&map, ACTION_FOLLOW, false, "f");
    expect_keys(&map, ACTION_NEXT_ERROR, false, "]e");
    expect_keys(&map, ACTION_INTERRUPT, false, "C-c");
    expect_keys(&map, ACTION_PREVIOUS_PANE, false, "S-Tab");
    expect_keys(&map, ACTION_PAGE_DOWN, false, "PgDn");
    expect_keys(&map, ACTION_PAGE_DOWN, true, "PgDn Space");
    assert_true(keymap_bind(&map, "follow", "C-Space A-C-x", NULL));
    expect_keys(&map, ACTION_FOLLOW, true, "C-Space C-A-x");
    keymap_release(&map);
}

static void keymap_knows_the_keys_that_stand_alone(void **state)
{
    struct keymap map = { 0 };

    (void)state;
    keymap_defaults(&map);
    assert_true(keymap_is_bound(&map, key_of("C-p"), ACTION_PICTURE));
    assert_false(keymap_is_bound(&map, key_of("]"), ACTION_NEXT_ERROR));
    assert_true(keymap_bind(&map, "screenshot", "F9", NULL));
    assert_false(keymap_is_bound(&map, key_of("C-p"), ACTION_PICTURE));
    assert_true(keymap_is_bound(&map, key_of("F9"), ACTION_PICTURE));
    keymap_release(&map);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(actions_have_names_that_find_them),
        cmocka_unit_test(keymap_takes_every_default_key),
        cmocka_unit_test(keymap_gives_no_default_key_to_two_actions),
        cmocka_unit_test(keymap_reaches_every_default_key),
        cmocka_unit_test(key_names_are_read_and_printed),
        cmocka_unit_test(other_texts_are_no_keys),
        cmocka_unit_test(keymap_waits_for_the_rest_of_a_sequence),
        cmocka_unit_test(keymap_drops_a_sequence_that_does_not_go_on),
        cmocka_unit_test(keymap_gives_an_action_exactly_the_new_keys),
        cmocka_unit_test(keymap_takes_the_keys_from_other_actions),
        cmocka_unit_test(keymap_refuses_what_it_cannot_do_and_stays_as_it_was),
        cmocka_unit_test(keymap_lets_an_action_replace_its_own_longer_key),
        cmocka_unit_test(keymap_prints_keys_as_the_screen_names_them),
        cmocka_unit_test(keymap_knows_the_keys_that_stand_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
