#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/fileio.h"
#include "base/mem.h"
#include "tui/preferences.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct parsed {
    struct preferences likes;
    struct keymap keys;
    struct strvec warnings;
};

static void parse(struct parsed *parsed, const char *text)
{
    *parsed = (struct parsed){ 0 };
    preferences_defaults(&parsed->likes);
    keymap_defaults(&parsed->keys);
    preferences_parse(&parsed->likes, &parsed->keys, text, strlen(text),
                      &parsed->warnings);
}

static void release(struct parsed *parsed)
{
    preferences_release(&parsed->likes);
    keymap_release(&parsed->keys);
    strvec_release(&parsed->warnings);
}

static void preferences_read_every_setting(void **state)
{
    struct parsed parsed;

    (void)state;
    parse(&parsed, "[console]\r\n"
                   "theme = dark\r\n"
                   "icons = ascii ; plain\r\n"
                   "follow = no\r\n"
                   "wrap = yes\r\n"
                   "timestamps = elapsed\r\n"
                   "mouse = on\r\n"
                   "list-width = 45\r\n"
                   "bell = true\r\n"
                   "notify = 1\r\n"
                   "[keys]\r\n"
                   "follow = F f\r\n"
                   "palette = :\r\n");
    assert_int_equal(parsed.warnings.count, 0);
    assert_string_equal(parsed.likes.theme, "dark");
    assert_int_equal(parsed.likes.icons, ICONS_ASCII);
    assert_false(parsed.likes.follow);
    assert_true(parsed.likes.wrap);
    assert_int_equal(parsed.likes.times, TIMES_ELAPSED);
    assert_true(parsed.likes.mouse);
    assert_int_equal(parsed.likes.list_width, 45);
    assert_true(parsed.likes.bell);
    assert_true(parsed.likes.notify);
    assert_int_equal(keymap_feed(&parsed.keys, (struct key){ .code = 'F' }),
                     ACTION_FOLLOW);
    release(&parsed);
}

static void preferences_of_no_text_are_the_defaults(void **state)
{
    struct parsed parsed;

    (void)state;
    parse(&parsed, "");
    assert_int_equal(parsed.warnings.count, 0);
    assert_null(parsed.likes.theme);
    assert_int_equal(parsed.likes.icons, ICONS_TEXT);
    assert_true(parsed.likes.follow);
    assert_false(parsed.likes.wrap || parsed.likes.mouse || parsed.likes.bell ||
                 parsed.likes.notify);
    assert_int_equal(parsed.likes.times, TIMES_NONE);
    assert_int_equal(parsed.likes.list_width, LIST_WIDTH_USUAL);
    release(&parsed);
}

static void preferences_name_each_bad_line_and_go_on(void **state)
{
    static const char *const expected[] = {
        "config.ini:2: unknown setting 'thme'; did you mean 'theme'?",
        "config.ini:3: 'icons' cannot be 'pretty'; text, emoji or ascii",
        "config.ini:4: 'wrap' cannot be 'maybe'; yes or no",
        "config.ini:5: 'list-width' cannot be '71'; a percentage from 15 to 70",
        "config.ini:6: 'timestamps' cannot be 'always'; "
        "none, time or elapsed",
        "config.ini:7: 'theme' cannot be ''; the name of a theme",
        "config.ini:11: unknown action 'folow'; did you mean 'follow'?",
        "config.ini:12: unknown key 'Entr'; did you mean 'Enter'?",
        "config.ini:14: 'a' stands in no section that is known; "
        "there are [console] and [keys]",
        "config.ini:8: neither [section] nor name = value",
    };
    struct parsed parsed;

    (void)state;
    parse(&parsed, "[console]\nthme = dark\nicons = pretty\nwrap = maybe\n"
                   "list-width = 71\ntimestamps = always\ntheme =\n"
                   "nonsense\nmouse = yes\n"
                   "[keys]\nfolow = F\nopen = Entr\n[colours]\na = 1\n");
    assert_int_equal(parsed.warnings.count,
                     sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < parsed.warnings.count; i++)
        assert_string_equal(parsed.warnings.items[i], expected[i]);
    assert_true(parsed.likes.mouse);
    assert_null(parsed.likes.theme);
    assert_int_equal(parsed.likes.list_width, LIST_WIDTH_USUAL);
    release(&parsed);
}

static void preferences_refuse_widths_out_of_range(void **state)
{
    static const char *const bad[] = { "14",  "71",     "-30",
                                       "30%", "030303", "99999999999999999999",
                                       "" };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char *text = mem_format("[console]\nlist-width = %s\n", bad[i]);
        struct parsed parsed;

        parse(&parsed, text);
        assert_int_equal(parsed.warnings.count, 1);
        assert_int_equal(parsed.likes.list_width, LIST_WIDTH_USUAL);
        release(&parsed);
        free(text);
    }
}

static void editing_changes_only_the_value(void **state)
{
    static const struct {
        const char *before, *after;
    } cases[] = {
        { "", "[console]\ntheme = new\n" },
        { "\xef\xbb\xbf", "\xef\xbb\xbf[console]\ntheme = new\n" },
        { "; mine\n", "; mine\n\n[console]\ntheme = new\n" },
        { "; mine", "; mine\n\n[console]\ntheme = new\n" },
        { "[keys]\r\nopen = o\r\n",
          "[keys]\r\nopen = o\r\n\r\n[console]\r\ntheme = new\r\n" },
        { "[console]", "[console]\ntheme = new\n" },
        { "[console]\n\n[keys]\n", "[console]\ntheme = new\n\n[keys]\n" },
        { "[console]\ntheme = old\n", "[console]\ntheme = new\n" },
        { "[console]\r\ntheme=old\r\nwrap = no\r\n",
          "[console]\r\ntheme=new\r\nwrap = no\r\n" },
        { "[console]\n\ttheme :  old  thing \t ; mine\n",
          "[console]\n\ttheme :  new \t ; mine\n" },
        { "[console]\ntheme = old", "[console]\ntheme = new" },
        { "[console]\ntheme =", "[console]\ntheme = new" },
        { "[console]\ntheme =  ; mine\r\n",
          "[console]\ntheme = new  ; mine\r\n" },
        { "[console]\ntheme = a;b\n", "[console]\ntheme = new\n" },
        { "[console]\nwrap = no", "[console]\nwrap = no\ntheme = new\n" },
        { "[console]\n  wrap = no ; x\n\n[keys]\nopen = o\n",
          "[console]\n  wrap = no ; x\n  theme = new\n\n[keys]\nopen = o\n" },
        { "[console]\nwrap =\n  theme = nested\n",
          "[console]\ntheme = new\nwrap =\n  theme = nested\n" },
        { "[keys]\ntheme = old\n[console]\nwrap = no\n",
          "[keys]\ntheme = old\n[console]\nwrap = no\ntheme = new\n" },
        { "[console]\ntheme = one\n[keys]\n[console]\ntheme = two\n",
          "[console]\ntheme = one\n[keys]\n[console]\ntheme = new\n" },
        { "\xef\xbb\xbf[console]\n; theme = x\ntheme = old\n",
          "\xef\xbb\xbf[console]\n; theme = x\ntheme = new\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = preferences_edit(cases[i].before, "theme", "new");
        struct parsed parsed;

        assert_string_equal(text, cases[i].after);
        parse(&parsed, text);
        assert_string_equal(parsed.likes.theme, "new");
        release(&parsed);
        free(text);
    }
}

/* ---- files ------------------------------------------------------------ */

static char home[] = "/tmp/stepdeck-likes-XXXXXX";

static int make_home(void **state)
{
    (void)state;
    return mkdtemp(home) ? 0 : -1;
}

static int remove_home(void **state)
{
    (void)state;
    return fileio_remove_tree(AT_FDCWD, home, NULL) ? 0 : -1;
}

static int set_home(void **state)
{
    char *config = fileio_join(home, ".config");

    (void)state;
    unsetenv("XDG_CONFIG_HOME");
    setenv("HOME", home, 1);
    assert_true(fileio_remove_tree(AT_FDCWD, config, NULL));
    free(config);
    return 0;
}

static void expect_file(const char *expected)
{
    char *path = preferences_path();
    struct strbuf text = { 0 };

    assert_true(fileio_read(AT_FDCWD, path, 1000, &text, NULL));
    assert_string_equal(strbuf_text(&text), expected);
    strbuf_release(&text);
    free(path);
}

static void expect_text(char *text, const char *tail, const char *base)
{
    char *expected = mem_format("%s%s", base, tail);

    assert_string_equal(text, expected);
    free(expected);
    free(text);
}

static void write_file(const char *text)
{
    char *dir = preferences_dir();
    char *path = preferences_path();

    assert_true(fileio_make_dirs(AT_FDCWD, dir, 0700, NULL));
    assert_true(fileio_replace(AT_FDCWD, path, text, strlen(text), 0640,
                               FILEIO_LAZY, NULL));
    free(path);
    free(dir);
}

static void preferences_are_where_the_environment_says(void **state)
{
    (void)state;
    expect_text(preferences_path(), "/.config/stepdeck/config.ini", home);
    expect_text(preferences_dir(), "/.config/stepdeck", home);
    setenv("XDG_CONFIG_HOME", "relative", 1);
    expect_text(preferences_dir(), "/.config/stepdeck", home);
    setenv("XDG_CONFIG_HOME", "/xdg", 1);
    expect_text(preferences_dir(), "/stepdeck", "/xdg");
    unsetenv("XDG_CONFIG_HOME");
}

static void without_a_home_there_are_the_defaults(void **state)
{
    struct parsed parsed;
    struct preferences before;
    struct error err = { 0 };

    (void)state;
    unsetenv("HOME");
    assert_null(preferences_path());
    assert_null(preferences_dir());
    parse(&parsed, "");
    preferences_load(&parsed.likes, &parsed.keys, &parsed.warnings);
    assert_int_equal(parsed.warnings.count, 0);
    preferences_defaults(&before);
    parsed.likes.wrap = true;
    assert_false(preferences_save(&parsed.likes, &before, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    release(&parsed);
}

static void what_was_saved_is_loaded(void **state)
{
    struct parsed saved, loaded;
    struct preferences before;

    (void)state;
    parse(&saved, "");
    preferences_defaults(&before);
    saved.likes.theme = mem_text("light");
    saved.likes.icons = ICONS_EMOJI;
    saved.likes.follow = false;
    saved.likes.times = TIMES_CLOCK;
    saved.likes.list_width = 50;
    assert_true(preferences_save(&saved.likes, &before, NULL));
    expect_file("[console]\ntheme = light\nicons = emoji\nfollow = no\n"
                "timestamps = time\nlist-width = 50\n");
    parse(&loaded, "");
    preferences_load(&loaded.likes, &loaded.keys, &loaded.warnings);
    assert_int_equal(loaded.warnings.count, 0);
    assert_string_equal(loaded.likes.theme, "light");
    assert_int_equal(loaded.likes.icons, ICONS_EMOJI);
    assert_false(loaded.likes.follow);
    assert_int_equal(loaded.likes.times, TIMES_CLOCK);
    assert_int_equal(loaded.likes.list_width, 50);
    release(&loaded);
    release(&saved);
}

static void saving_writes_only_what_differs(void **state)
{
    struct parsed parsed;
    struct preferences before;
    struct stat info;
    char *path = preferences_path();

    (void)state;
    preferences_defaults(&before);
    parse(&parsed, "");
    assert_true(preferences_save(&parsed.likes, &before, NULL));
    assert_false(fileio_exists(AT_FDCWD, path));
    write_file("; mine\n[console]\nicons = pretty\nwrap = no ; never\n");
    parsed.likes.wrap = true;
    assert_true(preferences_save(&parsed.likes, &before, NULL));
    expect_file("; mine\n[console]\nicons = pretty\nwrap = yes ; never\n");
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    release(&parsed);
    free(path);
}

static void saving_goes_through_a_link(void **state)
{
    char *path = preferences_path();
    char *target = fileio_join(home, "dotfile");
    struct parsed parsed;
    struct preferences before;
    struct stat info;

    (void)state;
    write_file("");
    assert_int_equal(rename(path, target), 0);
    assert_int_equal(symlink(target, path), 0);
    preferences_defaults(&before);
    parse(&parsed, "");
    parsed.likes.bell = true;
    assert_true(preferences_save(&parsed.likes, &before, NULL));
    expect_file("[console]\nbell = yes\n");
    assert_int_equal(lstat(path, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    release(&parsed);
    free(target);
    free(path);
}

static void what_cannot_be_read_is_told_and_left_alone(void **state)
{
    char *path = preferences_path();
    struct parsed parsed;
    struct preferences before;
    struct error err = { 0 };

    (void)state;
    assert_true(fileio_make_dirs(AT_FDCWD, path, 0700, NULL));
    parse(&parsed, "");
    preferences_load(&parsed.likes, &parsed.keys, &parsed.warnings);
    assert_int_equal(parsed.warnings.count, 1);
    preferences_defaults(&before);
    parsed.likes.bell = true;
    assert_false(preferences_save(&parsed.likes, &before, &err));
    assert_true(error_is_set(&err));
    assert_true(fileio_remove_tree(AT_FDCWD, path, NULL));
    assert_true(
        fileio_replace(AT_FDCWD, path, "a\0b", 3, 0600, FILEIO_LAZY, NULL));
    error_clear(&err);
    assert_false(preferences_save(&parsed.likes, &before, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    release(&parsed);
    free(path);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(preferences_read_every_setting),
        cmocka_unit_test(preferences_of_no_text_are_the_defaults),
        cmocka_unit_test(preferences_name_each_bad_line_and_go_on),
        cmocka_unit_test(preferences_refuse_widths_out_of_range),
        cmocka_unit_test(editing_changes_only_the_value),
        cmocka_unit_test_setup(preferences_are_where_the_environment_says,
                               set_home),
        cmocka_unit_test_setup(without_a_home_there_are_the_defaults, set_home),
        cmocka_unit_test_setup(what_was_saved_is_loaded, set_home),
        cmocka_unit_test_setup(saving_writes_only_what_differs, set_home),
        cmocka_unit_test_setup(saving_goes_through_a_link, set_home),
        cmocka_unit_test_setup(what_cannot_be_read_is_told_and_left_alone,
                               set_home),
    };

    return cmocka_run_group_tests(tests, make_home, remove_home);
}
