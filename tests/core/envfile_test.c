#include "base/mem.h"
#include "core/envfile.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

static const char *look_up(void *context, const char *key)
{
    (void)context;
    if (strcmp(key, "OUTER") == 0)
        return "outer value";
    if (strcmp(key, "EMPTY") == 0)
        return "";
    return NULL;
}

static bool parse(const char *text, struct envfile *out, struct error *err)
{
    return envfile_parse(".env", text, strlen(text), look_up, NULL, out, err);
}

/* Files with one key KEY that this parser and bash must read alike. */
static const struct {
    const char *text;
    const char *value;
} accepted[] = {
    { "KEY=value", "value" },
    { "KEY=value\n", "value" },
    { "KEY=", "" },
    { "KEY=''", "" },
    { "KEY=\"\"", "" },
    { "KEY=   ", "" },
    { "KEY= # nothing", "" },
    { "  \tKEY=value  \t\n", "value" },
    { "# first\n\n  # second\nKEY=a", "a" },
    { "KEY=a # comment\n", "a" },
    { "KEY=a#b", "a#b" },
    { "KEY=#b", "#b" },
    { "KEY='a'#b", "a#b" },
    { "KEY='# no comment'", "# no comment" },
    { "# comment \\\nKEY=a", "a" },
    { "export KEY=a", "a" },
    { "export \t KEY='a b'", "a b" },
    { "export=a\nKEY=$export", "a" },
    { "exported=a\nKEY=$exported", "a" },
    { "KEY=a=b=c", "a=b=c" },
    { "KEY=http://h:80/p?q=1", "http://h:80/p?q=1" },
    { "KEY=*.[ch]", "*.[ch]" },
    { "KEY={a,b}", "{a,b}" },
    { "KEY=a!b!", "a!b!" },
    { "KEY='single $OUTER `x` \\ \"'", "single $OUTER `x` \\ \"" },
    { "KEY='two\nlines'", "two\nlines" },
    { "KEY='a\\\nb'", "a\\\nb" },
    { "KEY=\"two\nlines\"", "two\nlines" },
    { "KEY=\"\\\" \\\\ \\$ \\`\"", "\" \\ $ `" },
    { "KEY=\"\\a \\n \\'\"", "\\a \\n \\'" },
    { "KEY=\"a\\\nb\"", "ab" },
    { "KEY=\"a\\\\\nb\"", "a\\\nb" },
    { "KEY=\"it's\"", "it's" },
    { "KEY=a\"b\"'c'd", "abcd" },
    { "KEY='a'\"'\"'b'", "a'b" },
    { "KEY='it'\\''s'", "it's" },
    { "KEY=a\\ b", "a b" },
    { "KEY=\\$OUTER\\;\\#\\n", "$OUTER;#n" },
    { "KEY=a\\\nb", "ab" },
    { "KEY=\\\na", "a" },
    { "KEY=a \\\n# comment", "a" },
    { "KEY=a\\\n#b", "a#b" },
    { "KEY=a\\\\\nB=b", "a\\" },
    { "KEY=a\\", "a\\" },
    { "K\\\nEY=a", "a" },
    { "KEY=$OUTER", "outer value" },
    { "KEY=${OUTER}s", "outer values" },
    { "KEY=\"<$OUTER>\"", "<outer value>" },
    { "KEY=$OUT\\\nER", "outer value" },
    { "KEY=[$UNSET_ONE]", "[]" },
    { "A=1\nB=$A$A\nKEY=$B${A}2", "1112" },
    { "KEY=a\nKEY=${KEY}b", "ab" },
    { "KEY=$KEY.", "." },
    { "OUTER=mine\nKEY=$OUTER", "mine" },
    { "A='$OUTER'\nKEY=\"$A\"", "$OUTER" },
    { "A='a  b'\nKEY=$A", "a  b" },
    { "A='*'\nKEY=$A", "*" },
    { "KEY=$", "$" },
    { "KEY=\"$\"", "$" },
    { "KEY=a$.b", "a$.b" },
    { "KEY=\"a$ b$\"", "a$ b$" },
    { "KEY=\"$'x'\"", "$'x'" },
    { "KEY=${UNSET_ONE:-d}", "d" },
    { "KEY=${UNSET_ONE-d}", "d" },
    { "KEY=${EMPTY:-d}", "d" },
    { "KEY=${EMPTY-d}", "" },
    { "KEY=${OUTER:-d}", "outer value" },
    { "KEY=${UNSET_ONE:-}", "" },
    { "KEY=${UNSET_ONE:-a b  c}", "a b  c" },
    { "KEY=${UNSET_ONE:-a;b|c&d#e}", "a;b|c&d#e" },
    { "KEY=${UNSET_ONE:-'a}b'\"c}d\"\\}e}", "a}bc}d}e" },
    { "KEY=${UNSET_ONE:-{x}}", "{x}" },
    { "KEY=${UNSET_ONE:-${EMPTY:-$OUTER}}", "outer value" },
    { "KEY=${UNSET_ONE:-two\nlines}", "two\nlines" },
    { "KEY=\"${UNSET_ONE:-a\\}b\\c}\"", "a}b\\c" },
    { "KEY=\"${UNSET_ONE:-<(x)}\"", "<(x)" },
    { "KEY=\"${UNSET_ONE-${OUTER}!}\"", "outer value!" },
    { "KEY=\xc3\xa9\xff\x01\x7f", "\xc3\xa9\xff\x01\x7f" },
    { "KEY='\xc3\xa9\xff\x01\x7f'", "\xc3\xa9\xff\x01\x7f" },
    { "KEY=\"\xc3\xa9\xff\x01\x7f\"", "\xc3\xa9\xff\x01\x7f" },
    { "KEY='a\r\nb'", "a\r\nb" },
    { "KEY=a\rb", "a\rb" },
    { "KEY=a\n\n\n", "a" },
};

enum { ACCEPTED_COUNT = sizeof(accepted) / sizeof(accepted[0]) };

static void envfile_gives_text_the_meaning_of_the_shell(void **state)
{
    (void)state;
    for (size_t i = 0; i < ACCEPTED_COUNT; i++) {
        struct envfile file = { 0 };
        struct error err = { 0 };

        if (!parse(accepted[i].text, &file, &err))
            fail_msg("<%s>: %s", accepted[i].text, err.message);
        if (strcmp(envfile_value(&file, "KEY"), accepted[i].value) != 0)
            fail_msg("<%s> gives <%s>", accepted[i].text,
                     envfile_value(&file, "KEY"));
        envfile_release(&file);
    }
}

/* What bash makes of KEY after sourcing the bytes; to free. An `x` behind the
 * value tells an empty one from a failure. */
static char *ask_bash(const char *bytes)
{
    char path[] = "/tmp/stepdeck-envfile-XXXXXX";
    struct strbuf answer = { 0 };
    int fd = mkstemp(path);
    char *command;
    FILE *pipe;
    int byte;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
    close(fd);
    command = mem_format("env -i LC_ALL=C EMPTY= OUTER='outer value' bash "
                         "--norc --noprofile -c '. %s; printf %%sx \"$KEY\"'",
                         path);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    while ((byte = fgetc(pipe)) != EOF)
        strbuf_addc(&answer, (char)byte);
    pclose(pipe);
    unlink(path);
    free(command);
    assert_true(answer.len > 0 && answer.data[answer.len - 1] == 'x');
    strbuf_truncate(&answer, answer.len - 1);
    return strbuf_take(&answer);
}

static bool have_bash(void)
{
    return system("bash -c true >/dev/null 2>&1") == 0;
}

static void envfile_reads_what_bash_reads(void **state)
{
    (void)state;
    if (!have_bash()) {
        print_message("no bash here\n");
        skip();
    }
    for (size_t i = 0; i < ACCEPTED_COUNT; i++) {
        char *answer = ask_bash(accepted[i].text);

        if (strcmp(answer, accepted[i].value) != 0)
            fail_msg("<%s>: bash reads <%s>", accepted[i].text, answer);
        free(answer);
    }
}

static void envfile_leaves_a_tilde_alone(void **state)
{
    struct envfile file = { 0 };

    (void)state;
    assert_true(parse("KEY=~/x:~", &file, NULL));
    assert_string_equal(envfile_value(&file, "KEY"), "~/x:~");
    envfile_release(&file);
}

static void envfile_accepts_crlf_and_a_byte_order_mark(void **state)
{
    struct envfile file = { 0 };

    (void)state;
    assert_true(parse("\xEF\xBB\xBF# c\r\n\r\nA=1\r\nB='x y' # c\r\nC=\r\n"
                      "D=a\\\r\nb\r\nE=\"a\\\r\nb\"\r\n",
                      &file, NULL));
    assert_int_equal(file.count, 5);
    assert_string_equal(envfile_value(&file, "A"), "1");
    assert_string_equal(envfile_value(&file, "B"), "x y");
    assert_string_equal(envfile_value(&file, "C"), "");
    assert_string_equal(envfile_value(&file, "D"), "ab");
    assert_string_equal(envfile_value(&file, "E"), "ab");
    envfile_release(&file);
}

static void envfile_keeps_order_and_the_last_of_duplicates(void **state)
{
    struct envfile file = { 0 };

    (void)state;
    assert_true(parse("A=1\nB='\n\n'\n# c\nexport C=3\nA=4\n", &file, NULL));
    assert_int_equal(file.count, 3);
    assert_string_equal(file.entries[0].key, "A");
    assert_string_equal(file.entries[0].value, "4");
    assert_int_equal(file.entries[0].line, 7);
    assert_string_equal(file.entries[1].key, "B");
    assert_int_equal(file.entries[1].line, 2);
    assert_string_equal(file.entries[2].key, "C");
    assert_int_equal(file.entries[2].line, 6);
    assert_null(envfile_value(&file, "D"));
    envfile_release(&file);
}

static void envfile_takes_an_empty_file(void **state)
{
    struct envfile file = { 0 };

    (void)state;
    assert_true(envfile_parse(".env", NULL, 0, NULL, NULL, &file, NULL));
    assert_int_equal(file.count, 0);
    assert_true(envfile_parse(".env", "A=[$A]", 6, NULL, NULL, &file, NULL));
    assert_string_equal(envfile_value(&file, "A"), "[]");
    envfile_release(&file);
}

static const struct {
    const char *text;
    const char *place;
    const char *message;
} refused[] = {
    { "A=1\nKEY=$(date)\n", ".env:2:5: ", "command substitution" },
    { "KEY=a$((1+1))", ".env:1:6: ", "arithmetic" },
    { "KEY=$[1+1]", ".env:1:5: ", "arithmetic" },
    { "KEY=`date`", ".env:1:5: ", "command substitution" },
    { "KEY=\"x `date`\"", ".env:1:8: ", "command substitution" },
    { "KEY=\"x $(date)\"", ".env:1:8: ", "command substitution" },
    { "KEY=${A:-$(date)}", ".env:1:10: ", "command substitution" },
    { "KEY=${OUTER:-`date`}", ".env:1:14: ", "command substitution" },
    { "KEY=\"${A:-$(date)}\"", ".env:1:11: ", "command substitution" },
    { "KEY=<(date)", ".env:1:5: ", "process substitution" },
    { "KEY=>(date)", ".env:1:5: ", "process substitution" },
    { "KEY=${A:-<(date)}", ".env:1:10: ", "process substitution" },
    { "KEY=$'a'", ".env:1:5: ", "quote with escapes" },
    { "KEY=$\"a\"", ".env:1:5: ", "translated quote" },
    { "KEY=\"${A:-\"b\"}\"", ".env:1:11: ", "a quote inside" },
    { "KEY=\"${A:-$'b'}\"", ".env:1:12: ", "a quote inside" },
    { "KEY=\"${A:-it's}\"", ".env:1:13: ", "a quote inside" },
    { "KEY=pa$1word", ".env:1:7: ", "'$1' is a parameter" },
    { "KEY=\"$@\"", ".env:1:6: ", "'$@' is a parameter" },
    { "KEY=$$", ".env:1:5: ", "'$$' is a parameter" },
    { "KEY=${A:=b}", ".env:1:5: ", "this form of '${'" },
    { "KEY=${A%b}", ".env:1:5: ", "this form of '${'" },
    { "KEY=${A:1:2}", ".env:1:5: ", "this form of '${'" },
    { "KEY=${A+b}", ".env:1:5: ", "this form of '${'" },
    { "KEY=${#A}", ".env:1:5: ", "without a name" },
    { "KEY=${!A}", ".env:1:5: ", "without a name" },
    { "KEY=${}", ".env:1:5: ", "without a name" },
    { "KEY=${1}", ".env:1:5: ", "without a name" },
    { "KEY=x${A", ".env:1:6: ", "this form of '${'" },
    { "KEY=x${A:-b\n", ".env:1:6: ", "never closed" },
    { "\n\nKEY='a\n\n", ".env:3:5: ", "never closed" },
    { "KEY=\"a\nB=1", ".env:1:5: ", "never closed" },
    { "KEY=\"a\\", ".env:1:5: ", "never closed" },
    { "KEY=(a b)", ".env:1:5: ", "array" },
    { "KEY[0]=a", ".env:1:4: ", "array" },
    { "KEY+=a", ".env:1:4: ", "appends" },
    { "KEY=a;rm x", ".env:1:6: ", "another command" },
    { "KEY=a ; rm x", ".env:1:7: ", "another command" },
    { "KEY=a & rm x", ".env:1:7: ", "background" },
    { "KEY=a&&rm x", ".env:1:6: ", "background" },
    { "KEY=a|b", ".env:1:6: ", "pipeline" },
    { "KEY=a >b", ".env:1:7: ", "write a file" },
    { "KEY=<b", ".env:1:5: ", "read a file" },
    { "KEY=a(b)", ".env:1:6: ", "'('" },
    { "KEY=a)", ".env:1:6: ", "')'" },
    { "KEY=two words", ".env:1:9: ", "ends at the space" },
    { "KEY=a B=b", ".env:1:7: ", "ends at the space" },
    { "KEY=\"\" a", ".env:1:8: ", "ends at the space" },
    { "KEY =a", ".env:1:4: ", "a space between 'KEY' and '='" },
    { "KEY = a", ".env:1:4: ", "a space between 'KEY' and '='" },
    { "KEY= a", ".env:1:6: ", "a space between 'KEY=' and its value" },
    { "KEY: a", ".env:1:4: ", "'KEY:'" },
    { "my-key=a", ".env:1:3: ", "'my-' is no key" },
    { "a.b=c", ".env:1:2: ", "'a.' is no key" },
    { "1KEY=a", ".env:1:1: ", "a key must stand here" },
    { "=a", ".env:1:1: ", "a key must stand here" },
    { "  ./x.sh", ".env:1:3: ", "a key must stand here" },
    { ". ./x.sh", ".env:1:1: ", "a key must stand here" },
    { "[ -f x ]", ".env:1:1: ", "a key must stand here" },
    { "source x", ".env:1:1: ", "'source' is no assignment" },
    { "if true; then", ".env:1:1: ", "'if' is no assignment" },
    { "set -a", ".env:1:1: ", "'set' is no assignment" },
    { "KEY", ".env:1:1: ", "'KEY' is no assignment" },
    { "A=1\n export KEY\n", ".env:2:9: ", "'export KEY' gives no value" },
    { "export", ".env:1:1: ", "'export' is no assignment" },
    { "export -p", ".env:1:8: ", "a key must stand here" },
    { "readonly KEY=a", ".env:1:1: ", "'readonly' is no assignment" },
    { "\xEF\xBB\xBFKEY", ".env:1:1: ", "'KEY' is no assignment" },
    { "A=1\r\nKEY\r\n", ".env:2:1: ", "'KEY' is no assignment" },
};

static void envfile_refuses_what_the_shell_would_act_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct envfile file = { 0 };
        struct error err = { 0 };

        if (parse(refused[i].text, &file, &err))
            fail_msg("<%s> was accepted", refused[i].text);
        assert_int_equal(err.code, ERROR_INPUT);
        if (strncmp(err.message, refused[i].place, strlen(refused[i].place)) ||
            !strstr(err.message, refused[i].message))
            fail_msg("<%s>: %s", refused[i].text, err.message);
        assert_string_not_equal(err.hint, "");
        assert_null(file.entries);
        assert_int_equal(file.count, 0);
    }
}

static void envfile_errors_never_show_a_value(void **state)
{
    static const char *const texts[] = {
        "KEY=hunter2 hunter2",
        "KEY=hunter2;hunter2",
        "KEY='hunter2",
        "KEY=hunter2$(hunter2)",
        "KEY=\"${A:-hunter2`hunter2`}\"",
        "KEY=(hunter2)",
        "KEY = hunter2",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct envfile file = { 0 };
        struct error err = { 0 };

        assert_false(parse(texts[i], &file, &err));
        assert_null(strstr(err.message, "hunter2"));
        assert_null(strstr(err.hint, "hunter2"));
    }
}

static void envfile_refuses_a_nul_byte(void **state)
{
    struct envfile file = { 0 };
    struct error err = { 0 };

    (void)state;
    assert_false(envfile_parse("f", "A=1\nB=\0\n", 8, NULL, NULL, &file, &err));
    assert_string_equal(err.message, "f:2:3: a NUL byte");
}

static void envfile_refuses_a_file_above_the_limit(void **state)
{
    char *bytes = mem_new(ENVFILE_LARGEST + 1, 1);
    struct envfile file = { 0 };
    struct error err = { 0 };

    (void)state;
    memset(bytes, 'a', ENVFILE_LARGEST + 1);
    memcpy(bytes, "A=", 2);
    assert_true(
        envfile_parse("f", bytes, ENVFILE_LARGEST, NULL, NULL, &file, &err));
    assert_int_equal(strlen(envfile_value(&file, "A")), ENVFILE_LARGEST - 2);
    envfile_release(&file);
    assert_false(envfile_parse("f", bytes, ENVFILE_LARGEST + 1, NULL, NULL,
                               &file, &err));
    assert_string_equal(err.message, "f: larger than 1048576 bytes");
    free(bytes);
}

static void envfile_refuses_expansions_that_grow_without_end(void **state)
{
    struct strbuf text = { 0 };
    struct envfile file = { 0 };
    struct error err = { 0 };

    (void)state;
    strbuf_adds(&text, "A=aaaaaaaaaaaaaaaa\n");
    for (int i = 0; i < 60; i++)
        strbuf_adds(&text, "A=$A$A\n");
    assert_false(parse(strbuf_text(&text), &file, &err));
    assert_non_null(strstr(err.message, "expand to more than"));
    strbuf_release(&text);
}

static void envfile_refuses_defaults_nested_too_deeply(void **state)
{
    struct strbuf text = { 0 };
    struct envfile file = { 0 };
    struct error err = { 0 };

    (void)state;
    strbuf_adds(&text, "A=");
    for (int i = 0; i < 100000; i++)
        strbuf_adds(&text, "${A:-");
    assert_false(parse(strbuf_text(&text), &file, &err));
    assert_non_null(strstr(err.message, "nested too deeply"));
    strbuf_release(&text);
}

static void envfile_refuses_more_keys_than_the_limit(void **state)
{
    struct strbuf text = { 0 };
    struct envfile file = { 0 };
    struct error err = { 0 };

    (void)state;
    for (int i = 0; i < ENVFILE_MOST_KEYS; i++)
        strbuf_addf(&text, "K%d=1\n", i);
    assert_true(parse(strbuf_text(&text), &file, &err));
    assert_int_equal(file.count, ENVFILE_MOST_KEYS);
    envfile_release(&file);
    strbuf_adds(&text, "K=1\n");
    assert_false(parse(strbuf_text(&text), &file, &err));
    assert_string_equal(err.message, ".env:4097:1: more than 4096 keys");
    strbuf_release(&text);
}

static char *quoted_line(const char *value)
{
    struct strbuf text = { 0 };

    strbuf_adds(&text, "KEY=");
    assert_true(envfile_quote(value, &text));
    strbuf_adds(&text, "\nNEXT=1\n");
    return strbuf_take(&text);
}

static void assert_reads_back(const char *value)
{
    char *text = quoted_line(value);
    struct envfile file = { 0 };
    struct error err = { 0 };

    if (!parse(text, &file, &err))
        fail_msg("<%s>: %s", text, err.message);
    assert_int_equal(file.count, 2);
    assert_string_equal(envfile_value(&file, "KEY"), value);
    envfile_release(&file);
    free(text);
}

static void envfile_quote_is_read_back_for_any_bytes(void **state)
{
    static const char nasty[] = "'\"\\$`\n\r #~!{}()ab=;&|<>\t\xff";
    uint32_t random = 12345;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        char value[24];
        size_t size = 0;

        for (; size < (size_t)round % sizeof(value); size++) {
            random = random * 1664525 + 1013904223;
            value[size] = nasty[(random >> 16) % (sizeof(nasty) - 1)];
            if (round % 2)
                value[size] = (char)((random >> 16) % 255 + 1);
        }
        value[size < sizeof(value) ? size : sizeof(value) - 1] = '\0';
        assert_reads_back(value);
    }
}

static const char *const nasty_values[] = {
    "",
    "plain-1.2_3/x:y@z,%+",
    "two words",
    "it's",
    "\"double\"",
    "both ' and \"",
    "' $HOME `date` $(date) \\ \" !x",
    "$HOME `date` $(date) \\ \" !x",
    "~",
    "~/x",
    "a:~",
    "#x",
    "a #b",
    "\n",
    "\n'\n",
    "ends in newline\n",
    "ends in backslash\\",
    "' ends in backslash\\",
    "back\\\nslash newline '",
    "back\\\r\nslash crlf '",
    "\r",
    "\r\n",
    "a\tb ",
    " ",
    "*?[a]{b,c}",
    "a;b&c|d<e>f(g)",
    "=",
    "!",
    "-n",
    "\x01\x02\x7f\x1b[0m",
    "'\x01\x02\x7f\x1b[0m$",
    "'\\\x7f",
    "'*\\\x7f\\\x01*",
    "*\\\x7f\\\x01*",
    "'\x7f'",
    "'\x01'",
    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\x80",
    "\xff\xfe'\x80",
};

static void envfile_quote_is_read_back_by_bash(void **state)
{
    (void)state;
    if (!have_bash()) {
        print_message("no bash here\n");
        skip();
    }
    for (size_t i = 0; i < sizeof(nasty_values) / sizeof(nasty_values[0]);
         i++) {
        char *text = quoted_line(nasty_values[i]);
        char *answer = ask_bash(text);

        if (strcmp(answer, nasty_values[i]) != 0)
            fail_msg("<%s>: bash reads <%s>", text, answer);
        assert_reads_back(nasty_values[i]);
        free(answer);
        free(text);
    }
}

static void envfile_quote_leaves_plain_values_bare(void **state)
{
    struct strbuf text = { 0 };

    (void)state;
    assert_true(envfile_quote("us-east-1", &text));
    assert_string_equal(strbuf_text(&text), "us-east-1");
    strbuf_clear(&text);
    assert_true(envfile_quote("a b", &text));
    assert_string_equal(strbuf_text(&text), "'a b'");
    strbuf_clear(&text);
    assert_true(envfile_quote("it's $5", &text));
    assert_string_equal(strbuf_text(&text), "\"it's \\$5\"");
    strbuf_release(&text);
}

static void envfile_quote_refuses_a_value_that_no_file_could_hold(void **state)
{
    char *value = mem_new(ENVFILE_LARGEST + 1, 1);
    struct strbuf text = { 0 };

    (void)state;
    memset(value, '\'', ENVFILE_LARGEST);
    assert_false(envfile_quote(value, &text));
    assert_int_equal(text.len, 0);
    free(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(envfile_gives_text_the_meaning_of_the_shell),
        cmocka_unit_test(envfile_reads_what_bash_reads),
        cmocka_unit_test(envfile_leaves_a_tilde_alone),
        cmocka_unit_test(envfile_accepts_crlf_and_a_byte_order_mark),
        cmocka_unit_test(envfile_keeps_order_and_the_last_of_duplicates),
        cmocka_unit_test(envfile_takes_an_empty_file),
        cmocka_unit_test(envfile_refuses_what_the_shell_would_act_on),
        cmocka_unit_test(envfile_errors_never_show_a_value),
        cmocka_unit_test(envfile_refuses_a_nul_byte),
        cmocka_unit_test(envfile_refuses_a_file_above_the_limit),
        cmocka_unit_test(envfile_refuses_expansions_that_grow_without_end),
        cmocka_unit_test(envfile_refuses_defaults_nested_too_deeply),
        cmocka_unit_test(envfile_refuses_more_keys_than_the_limit),
        cmocka_unit_test(envfile_quote_is_read_back_for_any_bytes),
        cmocka_unit_test(envfile_quote_is_read_back_by_bash),
        cmocka_unit_test(envfile_quote_leaves_plain_values_bare),
        cmocka_unit_test(envfile_quote_refuses_a_value_that_no_file_could_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
